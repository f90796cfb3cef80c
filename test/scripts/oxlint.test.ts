import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const root = path.resolve(fileURLToPath(import.meta.url), "../../..")

/** The names of the rules that our configuration holds against one file, in a folder where nothing else is. */
const rulesAgainst = (file: string, text: string): ReadonlyArray<string> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-oxlint-"))
  try {
    fs.cpSync(path.join(root, ".oxlintrc.json"), path.join(folder, ".oxlintrc.json"))
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    fs.writeFileSync(path.join(folder, file), text)
    const { stdout } = spawnSync(path.join(root, "node_modules/.bin/oxlint"), ["-f", "json"], {
      cwd: folder,
      encoding: "utf8"
    })
    const { diagnostics }: { readonly diagnostics: ReadonlyArray<{ readonly code: string }> } = JSON.parse(stdout)
    return [...new Set(diagnostics.map(({ code }) => code.replace(/^.*\((.*)\)$/, "$1")))].sort()
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

const imports = `import * as Effect from "effect/Effect"\n`

describe("oxlint's configuration", () => {
  it.each([
    ["a Node built-in", "src/client/X.ts", `export * as fs from "node:fs"`, "no-nodejs-modules"],
    [
      "a Node built-in without its prefix",
      "src/protocol/X.ts",
      `export const fs = () => import("fs/promises")`,
      "no-nodejs-modules"
    ],
    [
      "a Node built-in in the pure part of testing",
      "src/testing/TestCluster.ts",
      `export * as fs from "node:fs"`,
      "no-nodejs-modules"
    ],
    [
      "running an effect",
      "src/runtime/X.ts",
      `${imports}export const x = Effect.runSync(Effect.void)`,
      "no-restricted-properties"
    ],
    ["the machine's clock", "src/runtime/internal/x.ts", `export const x = Date.now()`, "no-restricted-properties"],
    ["the machine's dice", "src/client/X.ts", `export const x = Math.random()`, "no-restricted-properties"],
    ["the process", "src/client/X.ts", `export const x = process.env["A"]`, "no-restricted-globals"],
    ["a timer", "src/testing/X.ts", `setTimeout(() => {}, 1)`, "no-restricted-globals"],
    ["the console", "src/node/X.ts", `console.log(1)`, "no-console"],
    ["any", "src/client/X.ts", `export const x = (y: any) => String(y)`, "no-explicit-any"],
    ["a cast", "src/client/X.ts", `export const x = (y: unknown) => y as string`, "consistent-type-assertions"],
    [
      "a cast of what may be missing",
      "src/client/X.ts",
      `export const x = (y?: string) => y!.length`,
      "no-non-null-assertion"
    ],
    [
      "a type imported as a value",
      "src/client/X.ts",
      `${imports}export type X = Effect.Effect<void>`,
      "consistent-type-imports"
    ],
    ["a barrel", "src/client/X.ts", `export { Effect } from "effect"`, "no-restricted-imports"],
    [
      "an error silenced without a reason",
      "src/client/X.ts",
      `// @ts-expect-error\nexport const x: string = 1`,
      "ban-ts-comment"
    ],
    ["a skipped test", "test/a.test.ts", `import { it } from "vitest"\nit.skip("a", () => {})`, "no-disabled-tests"]
  ])("refuses %s", (_, file, text, rule) => {
    expect(rulesAgainst(file, text)).toEqual([rule])
  })

  it.each([
    [
      "Node in node/",
      "src/node/X.ts",
      `import * as fs from "node:fs"\nexport const x = [fs, process.env["A"], Date.now()]`
    ],
    ["Node and the console in cli/", "src/cli/X.ts", `import * as fs from "node:fs"\nconsole.log(fs, process.argv)`],
    [
      "Node in what starts the control plane",
      "src/testing/internal/guardian.ts",
      `import * as fs from "node:fs"\nexport const x = [fs, process.pid]`
    ],
    ["Node in scripts", "scripts/x.ts", `import * as fs from "node:fs"\nconsole.log(fs, process.argv)`],
    ["a cast in internal/", "src/client/internal/x.ts", `export const x = (y: any) => y as string`],
    ["as const", "src/client/X.ts", `export const x = ["a"] as const`],
    ["deep imports", "src/client/X.ts", `${imports}export const x = Effect.void`]
  ])("allows %s", (_, file, text) => {
    expect(rulesAgainst(file, text)).toEqual([])
  })
})
