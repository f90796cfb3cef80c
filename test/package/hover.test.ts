/** What an editor says: names where a value is hovered, and the very field where it is wrong. */
import { assert, describe, it } from "@effect/vitest"
import * as path from "node:path"
import ts from "typescript"
import { root } from "./built.js"

const page = `
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Api from "effect-kube/Api"
import * as Resource from "effect-kube/Resource"
import { Deployment } from "effect-kube/kinds/apps/v1"
import { Endpoints, Pod } from "effect-kube/kinds/core/v1"
import { DeviceClass } from "effect-kube/kinds/resource/v1beta1"

class Site extends Resource.Custom<Site>()("example.org/v1", "Site", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String, theme: Schema.Struct({ colour: Schema.String }) }),
  status: Schema.Struct({ ready: Schema.Boolean })
}) {}
`

/** What is hovered, and what the editor says of it. */
const hovers: ReadonlyArray<readonly [code: string, says: string]> = [
  ["const pods = Api.namespaced(Pod, \"default\")", "const pods: Api.Namespaced<PodResource, KubeClient>"],
  ["const everyPod = Api.all(Pod)", "const everyPod: Api.All<PodResource, KubeClient>"],
  [
    "const deployments = Api.namespaced(Deployment, \"default\")",
    "const deployments: Api.Namespaced<DeploymentResource, KubeClient>"
  ],
  ["const sites = Api.namespaced(Site, \"default\")", "const sites: Api.Namespaced<typeof Site, KubeClient>"],
  ["const got = pods.get(\"a\")", "const got: Effect.Effect<Pod, NotFound | Common, KubeClient>"],
  ["const gotSite = sites.get(\"a\")", "const gotSite: Effect.Effect<Site, NotFound | Common, KubeClient>"],
  ["const list = pods.list()", "const list: Effect.Effect<Api.ResourceList<Pod>, Common | Expired, KubeClient>"],
  ["const stream = everyPod.stream()", "const stream: Stream<Pod, Common | Expired, KubeClient>"],
  [
    "const program = Effect.gen(function*() { return yield* got })",
    "const program: Effect.Effect<Pod, NotFound | Common, KubeClient>"
  ],
  ["declare const pod: Effect.Effect.Success<typeof got>", "const pod: Pod"],
  ["const { spec } = pod", "const spec: PodSpec"],
  ["const [container] = pod.spec.containers", "const container: Container"],
  ["declare const site: Effect.Effect.Success<typeof gotSite>", "const site: Site"],
  ["const kind = Pod", "const kind: PodResource"],
  ["const old = DeviceClass", "const old: DeviceClassResource"],
  ["const older = Endpoints", "const older: EndpointsResource"]
]

/** A mistake between the marks, and what the compiler must say there. */
const mistakes: ReadonlyArray<readonly [code: string, says: RegExp]> = [
  [
    "pods.create({ metadata: { name: \"a\" }, spec: { «containrs»: [] } })",
    /'containrs' does not exist in type 'PodSpec'.*'containers'/
  ],
  [
    "pods.create({ metadata: { name: \"a\" }, spec: { containers: [{ name: \"a\", «image»: 1 }] } })",
    /'number' is not assignable to type 'string'/
  ],
  [
    "deployments.create({ metadata: { name: \"a\" }, spec: { selector: {}, template: { spec: { containers: [{ name: \"a\", «image»: 1 }] } } } })",
    /'number' is not assignable to type 'string'/
  ],
  [
    "pods.create({ metadata: { name: \"a\", «lables»: {} }, spec: { containers: [] } })",
    /'lables' does not exist.*'labels'/
  ],
  ["pods.create({ «metadata»: {}, spec: { containers: [] } })", /not assignable to type 'DraftMeta'/],
  ["pods.create(«pod»)", /'Pod' is not assignable to parameter of type 'Draft<Pod>'/],
  [
    "pods.apply({ metadata: { name: \"a\" }, spec: { containers: [{ name: \"a\", «imag»: \"b\" }] } })",
    /'imag' does not exist.*'image'/
  ],
  [
    "pods.replace({ ...pod, spec: { ...pod.spec, «hostNetwork»: \"yes\" } })",
    /'string' is not assignable to type 'boolean/
  ],
  [
    "deployments.modify(\"a\", (it) => ({ ...it, spec: { ...it.spec, «replicas»: \"3\" } }))",
    /'string' is not assignable to type 'number'/
  ],
  [
    "sites.create({ metadata: { name: \"a\" }, spec: { «titel»: \"A\", theme: { colour: \"red\" } } })",
    /'titel' does not exist.*'title'/
  ],
  [
    "sites.create({ metadata: { name: \"a\" }, spec: { title: \"A\", theme: { «colour»: 1 } } })",
    /'number' is not assignable to type 'string'/
  ],
  [
    "sites.apply({ metadata: { name: \"a\" }, spec: { theme: { «color»: \"red\" } } })",
    /'color' does not exist.*'colour'/
  ],
  ["everyPod.«get»(\"a\")", /'get' does not exist on type 'All<PodResource, KubeClient>'/],
  ["pods.«scale»", /'scale' does not exist on type 'Namespaced<PodResource, KubeClient>'/],
  ["Api.cluster(«Pod»)", /'"Namespaced"' is not assignable to type '"Cluster"'/]
]

const firstMistake = page.split("\n").length + hovers.length
const text = [page, ...hovers.map(([code]) => code), ...mistakes.map(([code]) => code.replace(/[«»]/g, ""))].join("\n")

/** One language service on the sources; the page itself is in no file. */
const file = path.join(root, "test/package/page.ts")
const { options } = ts.convertCompilerOptionsFromJson(
  {
    ...ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile).config.compilerOptions,
    types: [],
    noUnusedLocals: false
  },
  root
)
const read = (name: string) => name === file ? text : ts.sys.readFile(name)
const service = ts.createLanguageService({
  directoryExists: ts.sys.directoryExists,
  fileExists: (name) => name === file || ts.sys.fileExists(name),
  getCompilationSettings: () => options,
  getCurrentDirectory: () => root,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  getScriptFileNames: () => [file],
  getScriptSnapshot: (name) => {
    const content = read(name)
    return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
  },
  getScriptVersion: () => "1",
  readFile: read,
  realpath: (name) => name === file ? name : ts.sys.realpath?.(name) ?? name
})

describe("in an editor", () => {
  const limit = { timeout: 60_000 }

  it("a value is said by its name, not spelt out", limit, () => {
    const said = hovers.map(([code]): readonly [string, string] => {
      const before = /^(declare )?const (\[|\{ )?/.exec(code)?.[0].length ?? 0
      const info = service.getQuickInfoAtPosition(file, text.indexOf(`\n${code}\n`) + 1 + before)
      return [code, ts.displayPartsToString(info?.displayParts)]
    })
    assert.deepStrictEqual(said, hovers)
  })

  it("a mistake is shown at the field, by its name or what it must be", limit, () => {
    const found = service.getSemanticDiagnostics(file).map(({ length = 0, messageText, start = 0 }) => ({
      line: text.slice(0, start).split("\n").length - 1,
      at: text.slice(start, start + length),
      column: start - text.lastIndexOf("\n", start - 1) - 1,
      says: ts.flattenDiagnosticMessageText(messageText, "\n")
    }))
    assert.deepStrictEqual(
      found.map(({ at, column, line }) => ({ line: line - firstMistake, column, at })),
      mistakes.map(([code], line) => ({ line, column: code.indexOf("«"), at: /«(.*)»/.exec(code)?.[1] ?? "" }))
    )
    for (const [index, [code, says]] of mistakes.entries()) {
      assert.match(found[index]?.says ?? "", says, code)
    }
  })

  it("what is deprecated is struck through, with what to use instead and the flags that a server needs", limit, () => {
    const struck = service.getSuggestionDiagnostics(file).filter(({ reportsDeprecated }) => reportsDeprecated)
      .map(({ length, start }) => text.slice(start, start + length))
    assert.deepStrictEqual([...new Set(struck)].sort(), ["DeviceClass", "Endpoints"])
    const info = service.getQuickInfoAtPosition(file, text.indexOf("DeviceClass\n"))
    assert.include(
      (info?.tags ?? []).map((tag) => ts.displayPartsToString(tag.text)),
      "since Kubernetes 1.35, removed in 1.38: use resource.k8s.io/v1 DeviceClass (effect-kube/kinds/resource/v1)"
    )
    assert.include(
      ts.displayPartsToString(info?.documentation),
      "Not served by default: needs `--runtime-config=resource.k8s.io/v1beta1=true`."
    )
  })
})
