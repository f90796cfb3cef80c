/** What an editor shows of kinds: names and no expansions, errors at the field that is wrong, deprecations. */
import { assert, describe, it } from "@effect/vitest"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = path.resolve(fileURLToPath(import.meta.url), "../../..")
const file = path.join(root, "test/kinds/page.ts")

const page = `import { Api } from "effect-kube"
import { Endpoints, Pod } from "effect-kube/kinds/core/v1"
import { DeviceClass } from "effect-kube/kinds/resource/v1beta1"
import * as Effect from "effect/Effect"

const pods = Api.namespaced(Pod, "default")
export const program = Effect.gen(function*() {
  const pod = yield* pods.get("a")
  const spec = pod.spec
  const container = spec.containers[0]
  const made = yield* pods.create({ metadata: { name: "a" }, spec: { containers: [{ name: "a", imagee: "a" }] } })
  return [container, made, pod.spec.nodename, Endpoints, DeviceClass]
})
`

const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(
    ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile).config,
    ts.sys,
    root
  )
    .options,
  noEmit: true,
  incremental: false,
  composite: false
}

const service = ts.createLanguageService({
  directoryExists: ts.sys.directoryExists,
  fileExists: (name) => name === file || ts.sys.fileExists(name),
  readFile: (name) => name === file ? page : ts.sys.readFile(name),
  getCompilationSettings: () => options,
  getCurrentDirectory: () => root,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  getDirectories: ts.sys.getDirectories,
  getScriptFileNames: () => [file],
  getScriptSnapshot: (name) => {
    const text = name === file ? page : ts.sys.readFile(name)
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
  },
  getScriptVersion: () => "1",
  realpath: (name) => ts.sys.realpath?.(name) ?? name
})

/** What an editor shows for the first place of a text in the page. */
const hover = (at: string) => service.getQuickInfoAtPosition(file, page.indexOf(at))

const shown = (at: string): string => ts.displayPartsToString(hover(at)?.displayParts)

// The first question has TypeScript read all of effect.
describe("an editor", { timeout: 60_000 }, () => {
  it("shows a kind by its name", () => {
    assert.strictEqual(shown("pod ="), "const pod: Pod")
    assert.strictEqual(shown("spec ="), "const spec: PodSpec")
    assert.strictEqual(shown("container ="), "const container: Container")
    assert.include(shown("pods ="), "PodResource")
    assert.notInclude(shown("pods ="), "{")
  })

  it("shows a wrong field at that field", () => {
    const problems = service.getSemanticDiagnostics(file).map(({ start }) => /^\w+/.exec(page.slice(start))?.[0])
    assert.deepStrictEqual(problems, ["imagee", "nodename"])
  })

  it("strikes through what is deprecated, and tells what to use and which flags a server needs", () => {
    const struck = service.getSuggestionDiagnostics(file).filter(({ reportsDeprecated }) => reportsDeprecated)
      .map(({ length, start }) => page.slice(start, start + length))
    assert.deepStrictEqual([...new Set(struck)].sort(), ["DeviceClass", "Endpoints"])
    const info = hover("DeviceClass]")
    assert.include(
      (info?.tags ?? []).map(({ text }) => ts.displayPartsToString(text)),
      "since Kubernetes 1.35, removed in 1.38: use resource.k8s.io/v1 DeviceClass (effect-kube/kinds/resource/v1)"
    )
    assert.include(
      ts.displayPartsToString(info?.documentation),
      "Not served by default: needs `--runtime-config=resource.k8s.io/v1beta1=true`."
    )
  })
})
