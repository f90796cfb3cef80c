/** What the package leaves in a program that uses a part of it. `npm run bench -- bundle` prints how much that is. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import ts from "typescript"
import * as Resource from "../../src/protocol/Resource.js"
import { publicNames, readManifest, root } from "./built.js"
import { bundle } from "./bundling.js"

const names = publicNames(readManifest())
const kindModules = names.filter((name) => name.startsWith("effect-kube/kinds/"))

/** Everything that a bundler must find out by itself, without the word of package.json. */
const bySight = { believe: false }

describe("bundles", { timeout: 60_000 }, () => {
  it("one that uses a kind has its descriptor and what that refers to, and no other kind", async () => {
    const { configMap, pod } = await bundle({
      configMap: `import { ConfigMap } from "effect-kube/kinds/core/v1"; console.log(ConfigMap.plural)`,
      pod: `import { Pod } from "effect-kube/kinds/core/v1"; console.log(Pod.plural)`
    })
    for (const there of ["configmaps", "binaryData", "managedFields"]) {
      assert.include(configMap.text, there)
    }
    for (const absent of ["ephemeralContainers", "containers", "nodeSelector", "stringData"]) {
      assert.notInclude(configMap.text, absent)
    }
    for (const there of ["ephemeralContainers", "livenessProbe", "nodeAffinity"]) {
      assert.include(pod.text, there)
    }
    for (const absent of ["daemonEndpoints", "binaryData", "podCIDRs", "clusterIPs"]) {
      assert.notInclude(pod.text, absent)
    }
    for (const source of ["src/client/Api.ts", "src/protocol/Request.ts", "src/index.ts"]) {
      assert.notInclude(configMap.sources, source)
    }
  })

  it("of every kind there is one that holds no other resource", async () => {
    const programs: Record<string, string> = {}
    const plurals: Record<string, string> = {}
    for (const module of kindModules) {
      for (const [name, exported] of Object.entries(await import(module))) {
        if (Resource.isResource(exported)) {
          programs[`${module} ${name}`] = `import { ${name} } from "${module}"; console.log(${name}.plural)`
          plurals[`${module} ${name}`] = exported.plural
        }
      }
    }
    assert.isAbove(Object.keys(programs).length, 70)
    for (const [name, { text }] of Object.entries(await bundle(programs, bySight))) {
      const held = [...text.matchAll(/kind: "\w+",\s+plural: "(\w+)"/g)].map(([, plural]) => plural)
      assert.deepStrictEqual(held, [plurals[name]], name)
    }
  })

  it("types leave nothing", async () => {
    const { types, inline } = await bundle({
      types: `import type { Pod } from "effect-kube/kinds/core/v1"\nimport type { Api } from "effect-kube"\n` +
        `export type Mine = [Pod, Api.Common]`,
      inline: `import { type Pod } from "effect-kube/kinds/core/v1"\nexport type Mine = Pod`
    }, bySight)
    assert.strictEqual(types.text, "")
    assert.strictEqual(inline.text.replace(/^import "effect\/\w+";\n?/gm, ""), "")
  })

  it("what is imported and not used leaves nothing, of any public module", async () => {
    const programs = Object.fromEntries(names.map((name) => [name, `import * as unused from "${name}"`]))
    assert.isAbove(Object.keys(programs).length, 40)
    for (const [name, { externals, text }] of Object.entries(await bundle(programs))) {
      assert.strictEqual(text, "", name)
      assert.deepStrictEqual(externals, [], name)
    }
  })

  it("the root gives a module without its neighbours", async () => {
    const { api, kubeConfig, watcher } = await bundle({
      api: `import { Api } from "effect-kube"; console.log(Api.namespaced)`,
      watcher: `import { Watcher } from "effect-kube"; console.log(Watcher.watch)`,
      kubeConfig: `import { KubeConfig } from "effect-kube"; console.log(KubeConfig.inCluster)`
    })
    const holds = (sources: ReadonlyArray<string>, part: string) => sources.filter((source) => source.includes(part))
    assert.include(api.sources, "src/client/Api.ts")
    assert.include(watcher.sources, "src/runtime/internal/watcherState.ts")
    assert.include(kubeConfig.sources, "src/client/KubeConfig.ts")
    assert.deepStrictEqual(holds(api.sources, "src/runtime/"), [])
    assert.deepStrictEqual(holds(api.sources, "ubeConfig"), [])
    assert.deepStrictEqual(holds(api.sources, "src/kinds/"), [])
    assert.notInclude(api.externals, "js-yaml")
    assert.deepStrictEqual(holds(watcher.sources, "ontroller"), [])
    assert.deepStrictEqual(holds(watcher.sources, "tructural"), [])
    assert.notInclude(watcher.externals, "js-yaml")
    assert.deepStrictEqual(holds(kubeConfig.sources, "src/client/Api.ts"), [])
  })
})

describe("modules", () => {
  const sources = fs.readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/^cli[/\\]/.test(file))
    .map((file) => path.join(root, "src", file))

  it("do nothing when they are loaded but declare", () => {
    const acts = sources.flatMap((file) =>
      ts.createSourceFile(file, fs.readFileSync(file, "utf8"), ts.ScriptTarget.ES2022).statements.filter((statement) =>
        !(ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) || ts.isVariableStatement(statement) ||
          ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) ||
          ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) ||
          ts.isModuleDeclaration(statement))
      ).map((statement) => `${path.relative(root, file)}: ${ts.SyntaxKind[statement.kind]} at ${statement.pos}`)
    )
    assert.isAbove(sources.length, 100)
    assert.deepStrictEqual(acts, [])
  })
})
