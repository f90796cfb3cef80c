import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import ts from "typescript"
import { difference, generate, write } from "../../scripts/codegen.js"
import { builtinsText } from "../../scripts/codegen/builtins.js"
import { literal } from "../../scripts/codegen/literal.js"
import { model } from "../../scripts/codegen/model.js"
import { type Get, read, type Schema } from "../../scripts/codegen/read.js"

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const struct = (name: string) => ({ default: {}, allOf: [ref(name)] })
const meta = "io.k8s.apimachinery.pkg.apis.meta.v1"
const objectMeta = struct(`${meta}.ObjectMeta`)
const gvk = (group: string, version: string, kind: string) => ({
  "x-kubernetes-group-version-kind": [{ group, version, kind }]
})
const text: Schema = { type: "string" }

/** A server with two groups: toys with a kind that has everything, and rooms with one that only answers. */
const toys: { readonly [name: string]: Schema } = {
  "io.k8s.api.toys.v1.Train": {
    ...gvk("toys.k8s.io", "v1", "Train"),
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: text,
      kind: text,
      metadata: objectMeta,
      spec: struct("io.k8s.api.toys.v1.TrainSpec"),
      status: struct("io.k8s.api.toys.v1.TrainStatus")
    }
  },
  "io.k8s.api.toys.v1.TrainList": {
    ...gvk("toys.k8s.io", "v1", "TrainList"),
    type: "object",
    properties: { items: { type: "array", items: ref("io.k8s.api.toys.v1.Train") } }
  },
  "io.k8s.api.toys.v1.TrainSpec": {
    type: "object",
    required: ["cars", "length"],
    properties: {
      cars: {
        type: "array",
        items: { default: {}, allOf: [ref("io.k8s.api.toys.v1.Car")] },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "name"
      },
      length: { type: "integer", format: "int32", default: 0 },
      couplings: { type: "object", additionalProperties: { type: "array", items: text } },
      gauge: { type: "string", enum: ["H0", "N"] },
      selector: { allOf: [ref(`${meta}.LabelSelector`)], "x-kubernetes-patch-strategy": "retainKeys" },
      spare: { allOf: [ref("io.k8s.api.toys.v1.Train")] },
      tags: { type: "array", items: text, "x-kubernetes-list-type": "set" },
      weight: ref("io.k8s.apimachinery.pkg.api.resource.Quantity"),
      "odd-name": { type: "integer", format: "int64" }
    }
  },
  "io.k8s.api.toys.v1.Car": {
    type: "object",
    required: ["name"],
    properties: { name: text, inner: { type: "array", items: ref("io.k8s.api.toys.v1.Car") } }
  },
  "io.k8s.api.toys.v1.TrainStatus": { type: "object", properties: { since: { allOf: [ref(`${meta}.Time`)] } } },
  [`${meta}.LabelSelector`]: {
    type: "object",
    "x-kubernetes-map-type": "atomic",
    properties: { matchLabels: { type: "object", additionalProperties: text } }
  },
  [`${meta}.ObjectMeta`]: { type: "object", properties: {} },
  [`${meta}.Time`]: { type: "string", format: "date-time" },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": {}
}

const rooms: { readonly [name: string]: Schema } = {
  "io.k8s.api.core.v1.Room": {
    ...gvk("", "v1", "Room"),
    type: "object",
    required: ["spec"],
    properties: { apiVersion: text, kind: text, metadata: objectMeta, spec: { allOf: [ref("io.k8s.api.toys.v1.Car")] } }
  },
  [`${meta}.ObjectMeta`]: { type: "object", properties: {} },
  "io.k8s.api.toys.v1.Car": toys["io.k8s.api.toys.v1.Car"]!
}

const answers: { readonly [path: string]: unknown } = {
  "/version": { major: "1", minor: "99" },
  "/api": {
    items: [{
      versions: [{
        version: "v1",
        resources: [{
          resource: "rooms",
          responseKind: { kind: "Room" },
          scope: "Cluster",
          singularResource: "room",
          verbs: ["create"]
        }]
      }]
    }]
  },
  "/apis": {
    items: [{
      metadata: { name: "toys.k8s.io" },
      versions: [{
        version: "v1",
        resources: [{
          resource: "trains",
          responseKind: { group: "", version: "", kind: "Train" },
          scope: "Namespaced",
          singularResource: "train",
          verbs: ["watch", "list", "get"],
          shortNames: ["tr"],
          categories: ["all"],
          subresources: [
            { subresource: "whistle", verbs: ["create"], responseKind: { group: "", version: "", kind: "Whistle" } },
            {
              subresource: "scale",
              verbs: ["get"],
              responseKind: { group: "autoscaling", version: "v1", kind: "Scale" }
            }
          ]
        }]
      }]
    }]
  },
  "/openapi/v3": {
    paths: { "api/v1": { serverRelativeURL: "/rooms" }, "apis/toys.k8s.io/v1": { serverRelativeURL: "/toys" } }
  },
  "/rooms": { components: { schemas: rooms } },
  "/toys": { components: { schemas: toys } },
  "/apis/toys.k8s.io/v1/trains?limit=1": { items: [] }
}

const get = (changed: { readonly [path: string]: unknown } = {}): Get => async (path) => {
  const body = changed[path] ?? answers[path]
  if (body === undefined) throw new Error(`no answer to ${path}`)
  const warning = "toys.k8s.io/v1 Train is deprecated in v1.98+, unavailable in v1.102+; use toys.k8s.io/v2 Train"
  return { body, warnings: path.endsWith("limit=1") ? [warning] : [] }
}

const snapshot = await read(get())
const files = generate(snapshot)
const file = (name: string): string => files.get(name) ?? ""

describe("codegen", () => {
  it("reads resources in the order of discovery, with subresources of their own group where none is named", () => {
    assert.deepStrictEqual(
      snapshot.groupVersions.map(({ group, resources, version }) => [
        group,
        version,
        resources.map(({ plural }) => plural)
      ]),
      [
        ["", "v1", ["rooms"]],
        ["toys.k8s.io", "v1", ["trains"]]
      ]
    )
    assert.deepStrictEqual(snapshot.groupVersions[1]?.resources[0]?.subresources, [
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
      "src/kinds/meta/v1.ts",
      "src/kinds/toys/v1.ts",
      "src/testing/internal/apiserver/builtins.ts"
    ])
    assert.notInclude(file("src/kinds/toys/v1.ts"), "TrainList")
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
  readonly gauge?: "H0" | "N" | (string & {}) | undefined
  readonly selector?: metaV1.LabelSelector | undefined
  readonly spare?: EmbeddedTrain | undefined
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

  it("a resource's type lists its verbs and subresources; what is deprecated says since when and what to use", () => {
    const text = file("src/kinds/toys/v1.ts")
    assert.include(
      text,
      `extends Resource.Resource<Train, Train, Resource.Draft<Train>, "Namespaced", "get" | "list" | "watch" | "scale" | "whistle">`
    )
    assert.include(text, "@deprecated since Kubernetes 1.98: use toys.k8s.io/v2 Train")
    assert.include(
      text,
      "https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.99/#trainspec-v1-toys-k8s-io"
    )
    const answering = file("src/kinds/core/v1.ts")
    assert.include(
      answering,
      `extends Resource.Resource<Room, Room, Resource.QuestionDraft<Room>, "Cluster", "create">`
    )
    assert.include(answering, "readonly metadata: ObjectMeta\n  readonly spec: toysV1.Car\n")
  })

  it("descriptors keep keys, sets and patch strategies, and refer to structs through functions", () => {
    const text = file("src/kinds/internal/toys/v1.ts")
    assert.include(
      text,
      `export const TrainSpec: Struct = {
  required: ["cars", "length"],
  fields: {
    cars: { list: () => Car, keys: ["name"], patch: "merge", mergeKey: "name" },
    length: "int32",
    couplings: { record: { list: "string" } },
    gauge: "string",
    selector: { merged: () => metaV1.LabelSelector, patch: "retainKeys" },
    spare: () => EmbeddedTrain,
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
    assert.deepStrictEqual(generate(await read(get())), files)
    assert.include(builtinsText(snapshot), "filled: [\"spec\", \"status\"]")
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
    const failure = async (changed: { readonly [name: string]: Schema }) => {
      try {
        model(await read(get({ "/toys": { components: { schemas: { ...toys, ...changed } } } })))
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    }
    const status = "io.k8s.api.toys.v1.TrainStatus"
    assert.strictEqual(
      await failure({ [status]: { type: "object", properties: { a: { type: "tuple" } } } }),
      `${status}.a: a type that is not known: {"type":"tuple"}`
    )
    assert.strictEqual(
      await failure({ [status]: { type: "object", properties: { a: ref("io.k8s.api.toys.v1.Gone") } } }),
      "no document describes io.k8s.api.toys.v1.Gone"
    )
    assert.strictEqual(
      await failure({ "io.k8s.api.toys.v1.Car": { type: "object", properties: { other: text } } }),
      "two documents disagree on io.k8s.api.toys.v1.Car"
    )
    assert.strictEqual(
      await failure({ "io.k8s.api.toys.v1.Train": { type: "object" } }),
      "no document describes toys.k8s.io/v1 Train"
    )
  })

  it("prints data on one line where it fits, else an item a line", () => {
    assert.strictEqual(literal({ a: [1, "b"], "c-d": {} }), "{ a: [1, \"b\"], \"c-d\": {} }")
    const long = Array.from({ length: 30 }, (_, i) => `item ${i}`)
    assert.strictEqual(literal({ long }).split("\n").length, 34)
  })
})
