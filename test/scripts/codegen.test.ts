import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import ts from "typescript"
import { difference, generate, write } from "../../scripts/codegen.js"
import { builtinsText } from "../../scripts/codegen/builtins.js"
import { literal } from "../../scripts/codegen/literal.js"
import type { Schema } from "../../scripts/codegen/read.js"
import type { Truths } from "../../scripts/codegen/truths.js"
import { everything, readSnapshots, ref, text, toys, truths } from "./toys.js"

const snapshots = await readSnapshots()
const goTypes = {
  served: {
    "io.k8s.api.toys.v1.Load": { milk: "2 e *string", coal: "1 - string" },
    "io.example.Unserved": { a: "1 e string" }
  },
  internal: { "toys.Load": "Coal s; Milk *s" }
}
const files = generate(snapshots, goTypes, truths)
const file = (name: string): string => files.get(name) ?? ""

/** With what codegen stops, when a server or what we know of it is other than it should be. */
const failure = async (
  { answers = {}, known = {}, schemas = {} }: {
    readonly answers?: { readonly [path: string]: unknown }
    readonly known?: Partial<Truths>
    readonly schemas?: { readonly [name: string]: Schema }
  }
): Promise<string | undefined> => {
  const changed = { ...answers, "/toys": { components: { schemas: { ...toys, ...schemas } } } }
  try {
    generate(await readSnapshots(changed), goTypes, { ...truths, ...known })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

describe("codegen", () => {
  it("reads resources in the order of discovery, with subresources of their own group where none is named", () => {
    const { groupVersions } = snapshots.everything
    assert.deepStrictEqual(
      groupVersions.map(({ group, resources, version }) => [group, version, resources.map(({ plural }) => plural)]),
      [
        ["", "v1", ["rooms"]],
        ["toys.k8s.io", "v1", ["trains"]],
        ["toys.k8s.io", "v1beta1", ["trains"]],
        ["toys.k8s.io", "v1alpha1", ["ghosts"]],
        ["internal.toys.k8s.io", "v1alpha1", ["springs"]]
      ]
    )
    assert.deepStrictEqual(groupVersions[1]?.resources[0]?.subresources, [
      { name: "brake", group: "toys.k8s.io", version: "v1", kind: "Train", verbs: ["update"] },
      { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get"] },
      { name: "whistle", group: "toys.k8s.io", version: "v1", kind: "Whistle", verbs: ["create"] }
    ])
  })

  it("writes each struct into the module that owns it, and what is not reachable nowhere", () => {
    assert.deepStrictEqual([...files.keys()].sort(), [
      "src/kinds/core/v1.ts",
      "src/kinds/internal/core/v1.ts",
      "src/kinds/internal/meta/v1.ts",
      "src/kinds/internal/toys/v1.ts",
      "src/kinds/internal/toys/v1alpha1.ts",
      "src/kinds/internal/toys/v1beta1.ts",
      "src/kinds/internal/toysinternal/v1alpha1.ts",
      "src/kinds/meta/v1.ts",
      "src/kinds/toys/v1.ts",
      "src/kinds/toys/v1alpha1.ts",
      "src/kinds/toys/v1beta1.ts",
      "src/kinds/toysinternal/v1alpha1.ts",
      "src/testing/internal/apiserver/builtinFields.ts",
      "src/testing/internal/apiserver/builtinSchemas.ts",
      "src/testing/internal/apiserver/builtins.ts",
      "src/testing/internal/apiserver/internalFields.ts"
    ])
    assert.notInclude(file("src/kinds/toys/v1.ts"), "TrainList")
  })

  it("tells TestCluster the schemas without their descriptions, and what only Go knows of their fields", () => {
    const schemas = file("src/testing/internal/apiserver/builtinSchemas.ts")
    assert.include(schemas, `"io.k8s.api.toys.v1.Load": '{"type":"object",`)
    assert.notInclude(schemas, `"description":"`)
    const fields = file("src/testing/internal/apiserver/builtinFields.ts")
    assert.include(fields, `  "io.k8s.api.toys.v1.Load": "coal 1 - string; milk 2 e *string"`)
    assert.notInclude(fields, "Unserved")
    assert.include(file("src/testing/internal/apiserver/internalFields.ts"), `  "toys.Load": "Coal s; Milk *s"`)
  })

  it("a group's folder is the package of its schemas; the folder of descriptors takes no group", async () => {
    assert.include(file("src/kinds/toysinternal/v1alpha1.ts"), `readonly apiVersion: "internal.toys.k8s.io/v1alpha1"`)
    assert.include(file("src/kinds/toysinternal/v1alpha1.ts"), "#spring-v1alpha1-internal-toys-k8s-io")
    const spring = everything["/internal"] as { readonly components: { readonly schemas: object } }
    const renamed = (name: string) =>
      failure({
        answers: {
          "/internal": JSON.parse(JSON.stringify(spring).replace("toysinternal.v1alpha1.Spring", name))
        }
      })
    assert.strictEqual(
      await renamed("internal.v1alpha1.Spring"),
      "io.k8s.api.internal.v1alpha1.Spring: src/kinds/internal is the folder of descriptors"
    )
    assert.strictEqual(
      await renamed("toysinternal.v1.Spring"),
      "io.k8s.api.toysinternal.v1.Spring: it is served as internal.toys.k8s.io/v1alpha1"
    )
    assert.strictEqual(
      await renamed("toys.v1alpha1.Spring"),
      "two groups in one package: ,core toys.k8s.io,toys internal.toys.k8s.io,toys"
    )
  })

  it("kinds come from the server that serves everything, the table of TestCluster from one without flags", () => {
    const table = file("src/testing/internal/apiserver/builtins.ts")
    assert.include(table, `group: "toys.k8s.io",\n    version: "v1",`)
    assert.notInclude(table, "v1beta1")
    assert.notInclude(table, "brake")
    assert.notInclude(table, "internal.toys.k8s.io")
    assert.include(file("src/kinds/toys/v1.ts"), `abilities: ["get", "list", "watch", "brake", "scale", "whistle"]`)
  })

  it("what is not served by default says which flags it needs: a version, a kind, a subresource", async () => {
    const version = "Not served by default: needs `--runtime-config=toys.k8s.io/v1beta1=true`."
    assert.strictEqual(file("src/kinds/toys/v1beta1.ts").split(version).length, 3) // the module, and the kind
    const flags = "`--runtime-config=toys.k8s.io/v1alpha1=true` and `--feature-gates=Haunting=true,Night=true`"
    assert.include(
      file("src/kinds/toys/v1alpha1.ts"),
      `not to be edited.\n *\n * Not served by default: needs ${flags}.\n *\n * \`\`\`ts`
    )
    assert.include(
      file("src/kinds/toys/v1alpha1.ts"),
      ` * The resource \`ghosts\` of \`toys.k8s.io/v1alpha1\`, and the Schema of {@link Ghost}.
 *
 * Not served by default: needs ${flags}.
 * @deprecated since Kubernetes 1.99
 */`
    )
    assert.notInclude(file("src/kinds/toys/v1.ts"), "Not served by default")
    assert.include(
      file("src/kinds/toys/v1.ts"),
      ` * What the API can do with \`trains\` of \`toys.k8s.io/v1\`.
 *
 * \`brake\` is not served by default: needs \`--feature-gates=Brakes=true\`.
`
    )
    assert.strictEqual(
      await failure({ known: { featureGates: { "toys.k8s.io/trains": ["Brakes"] } } }),
      "toys.k8s.io/v1alpha1 ghosts is served with a feature gate: say with which in scripts/codegen/truths.ts"
    )
  })

  it("what is deprecated says since when, until when, and what to use: as the server says, else its newest version", () => {
    const tag = (module: string) => /@deprecated .*/.exec(file(`src/kinds/toys/${module}.ts`))?.[0]
    assert.strictEqual(tag("v1"), "@deprecated since Kubernetes 1.98, removed in 1.102: use toys.k8s.io/v2 Train")
    assert.strictEqual(
      tag("v1beta1"),
      "@deprecated since Kubernetes 1.97, removed in 1.100: use toys.k8s.io/v1 Train (effect-kube/kinds/toys/v1)"
    )
    assert.strictEqual(tag("v1alpha1"), "@deprecated since Kubernetes 1.99")
  })

  it("a union's comment tells which fields exclude each other, and which belongs to which value", async () => {
    const text = file("src/kinds/toys/v1.ts")
    assert.include(
      text,
      ` * A union by \`type\`: only one of \`clockwork\` ("Clock") and \`steam\` ("Steam") is set.\n */`
    )
    assert.include(
      text,
      `#load-v1-toys-k8s-io
 *
 * A union: only one of \`coal\` and \`milk\` is set.
 *
 * A union, so far of \`mail\` alone.
 */
export interface Load {`
    )
    assert.strictEqual(
      await failure({ known: { discriminatorValues: {} } }),
      `io.k8s.api.toys.v1.Drive.clockwork: "Clockwork" is no type: say which is in scripts/codegen/truths.ts`
    )
  })

  it("a kind has plain fields; its spec and status are required where the document gives them a default of {}", () => {
    assert.include(
      file("src/kinds/toys/v1.ts"),
      `export interface Train {
  readonly apiVersion: "toys.k8s.io/v1"
  readonly kind: "Train"
  readonly metadata: NamespacedMeta
  readonly spec: TrainSpec
  readonly status: TrainStatus
}`
    )
    assert.include(
      file("src/kinds/toys/v1.ts"),
      `export interface TrainSpec {
  readonly cars: ReadonlyArray<Car>
  readonly length: number
  readonly couplings?: { readonly [key: string]: ReadonlyArray<string> } | undefined
  readonly drive?: Drive | undefined
  readonly gauge?: "H0" | "N" | (string & {}) | undefined
  readonly load?: Load | undefined
  readonly selector?: metaV1.LabelSelector | undefined
  readonly signals?: metaV1.LabelSelector | undefined
  readonly spare?: EmbeddedTrain | undefined
  readonly switches?: { readonly [key: string]: string } | undefined
  readonly tags?: ReadonlyArray<string> | undefined
  readonly weight?: Quantity | undefined
  readonly "odd-name"?: number | undefined
}`
    )
  })

  it("a kind inside another object was never served: all of it is optional, its metadata loose", () => {
    assert.include(
      file("src/kinds/toys/v1.ts"),
      `export interface EmbeddedTrain {
  readonly apiVersion?: string | undefined
  readonly kind?: string | undefined
  readonly metadata?: ObjectMeta | undefined
  readonly spec: TrainSpec
  readonly status?: TrainStatus | undefined
}`
    )
  })

  it("a resource's type lists its verbs and subresources; a required field that may be null says so", () => {
    const text = file("src/kinds/toys/v1.ts")
    assert.include(
      text,
      `extends Resource.Resource<Train, Train, Resource.Draft<Train>, "Namespaced", "get" | "list" | "watch" | "brake" | "scale" | "whistle">`
    )
    assert.include(
      text,
      "https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.99/#trainspec-v1-toys-k8s-io"
    )
    const answering = file("src/kinds/core/v1.ts")
    assert.include(
      answering,
      `extends Resource.Resource<Room, Room, Resource.QuestionDraft<Room>, "Cluster", "create">`
    )
    assert.include(answering, "readonly metadata: ObjectMeta\n  readonly spec: toysV1.Car | null\n")
  })

  it("descriptors keep keys, sets, patch strategies and what is atomic, and refer to structs through functions", () => {
    const text = file("src/kinds/internal/toys/v1.ts")
    assert.include(
      text,
      `export const TrainSpec: Struct = {
  required: ["cars", "length"],
  fields: {
    cars: { list: () => Car, keys: ["name"], patch: "merge", mergeKey: "name" },
    length: "int32",
    couplings: { record: { list: "string" } },
    drive: () => Drive,
    gauge: "string",
    load: () => Load,
    selector: { merged: () => metaV1.LabelSelector, patch: "retainKeys" },
    signals: { merged: () => metaV1.LabelSelector, granular: true },
    spare: () => EmbeddedTrain,
    switches: { record: "string", atomic: true },
    tags: { list: "string", set: true },
    weight: "string",
    "odd-name": "int64"
  }
}`
    )
    assert.include(text, `export const Train: Struct = {\n  required: ["spec", "status"],`)
    assert.include(
      file("src/kinds/internal/meta/v1.ts"),
      "export const LabelSelector: Struct = { atomic: true, fields: { matchLabels: { record: \"string\" } } }"
    )
  })

  it("writes TypeScript, and the same again from the same answers", async () => {
    for (const [name, text] of files) {
      const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true, fileName: name })
      assert.deepStrictEqual(diagnostics, [], name)
    }
    assert.deepStrictEqual(generate(await readSnapshots(), goTypes, truths), files)
    assert.include(builtinsText(snapshots.byDefault), "filled: [\"spec\", \"status\"]")
  })

  it("finds the first file that differs, is missing or is no longer generated; writing mends it", () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "codegen-"))
    try {
      assert.strictEqual(difference(root, files), "src/kinds/core/v1.ts is missing")
      write(root, files)
      assert.isUndefined(difference(root, files))
      fs.appendFileSync(path.join(root, "src/kinds/toys/v1.ts"), "\n")
      assert.strictEqual(difference(root, files), "src/kinds/toys/v1.ts is not what codegen writes")
      write(root, files)
      fs.mkdirSync(path.join(root, "src/kinds/old"))
      fs.writeFileSync(path.join(root, "src/kinds/old/v1.ts"), "")
      assert.strictEqual(difference(root, files), "src/kinds/old/v1.ts is no longer generated")
      write(root, files)
      assert.isUndefined(difference(root, files))
    } finally {
      fs.rmSync(root, { recursive: true })
    }
  })

  it("stops with the name of what it does not understand, instead of guessing", async () => {
    const status = "io.k8s.api.toys.v1.TrainStatus"
    assert.strictEqual(
      await failure({ schemas: { [status]: { type: "object", properties: { a: { type: "tuple" } } } } }),
      `${status}.a: a type that is not known: {"type":"tuple"}`
    )
    assert.strictEqual(
      await failure({ schemas: { [status]: { type: "object", properties: { a: ref("io.k8s.api.toys.v1.Gone") } } } }),
      "no document describes io.k8s.api.toys.v1.Gone"
    )
    assert.strictEqual(
      await failure({ schemas: { "io.k8s.api.toys.v1.Car": { type: "object", properties: { other: text } } } }),
      "two documents disagree on io.k8s.api.toys.v1.Car"
    )
    assert.strictEqual(
      await failure({ schemas: { "io.k8s.api.toys.v1.Train": { type: "object" } } }),
      "no document describes toys.k8s.io/v1 Train"
    )
    const field = (a: Schema) => failure({ schemas: { [status]: { type: "object", properties: { a } } } })
    assert.strictEqual(
      await field({ type: "object", "x-kubernetes-patch-strategy": "merge" }),
      `${status}.a: a patch strategy of neither a struct nor a list`
    )
    assert.strictEqual(
      await field({ ...ref("io.k8s.api.toys.v1.Car"), "x-kubernetes-map-type": "atomic" }),
      `${status}.a: atomic at this field alone`
    )
    assert.strictEqual(
      await failure({ schemas: { "io.k8s.api.toys.v1.Whistle": toys["io.k8s.api.toys.v1.Train"]! } }),
      "two schemas stand for toys.k8s.io/v1/Train: io.k8s.api.toys.v1.Train and io.k8s.api.toys.v1.Whistle"
    )
    assert.strictEqual(
      await failure({
        schemas: {
          [status]: { type: "object", properties: { a: ref("io.k8s.api.toys.v1.TrainResource") } },
          "io.k8s.api.toys.v1.TrainResource": { type: "object", properties: { a: text } }
        }
      }),
      "toys/v1: two types have the name TrainResource"
    )
  })

  it("prints data on one line where it fits, else an item a line", () => {
    assert.strictEqual(literal({ a: [1, "b"], "c-d": {} }), "{ a: [1, \"b\"], \"c-d\": {} }")
    const long = Array.from({ length: 30 }, (_, i) => `item ${i}`)
    assert.strictEqual(literal({ long }).split("\n").length, 34)
  })
})
