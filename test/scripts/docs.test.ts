import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { check, examplesOf } from "../../scripts/docs.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

describe("docs", () => {
  it("takes the examples out of doc comments, without the margin, with the line that they begin at", () => {
    const text =
      "/**\n * A.\n *\n * ```ts\n * const a = {\n *   b: 1\n * }\n * ```\n */\nconst text = `\n```ts\nno\n```\n`\n"
    assert.deepStrictEqual(examplesOf("src/A.ts", text), [
      { file: "src/A.ts", line: 5, code: "const a = {\n  b: 1\n}\n" }
    ])
  })

  it("takes the examples out of Markdown, and no block of another language", () => {
    const text = "# A\n\n```sh\nls\n```\n\n```ts\nlet a\n```\n"
    assert.deepStrictEqual(examplesOf("README.md", text), [{ file: "README.md", line: 8, code: "let a\n" }])
  })

  it("refuses a fence without an end", () => {
    assert.throws(() => examplesOf("README.md", "\n```ts\nlet a\n"), "README.md:2: a fence without an end")
  })

  it("says where an example is wrong", () => {
    // Inside the repository, where `effect-kube` is this package.
    fs.mkdirSync(path.join(root, "reports"), { recursive: true })
    const folder = fs.mkdtempSync(path.join(root, "reports/docs-"))
    try {
      const wrong = check(root, folder, [
        { file: "docs/a.md", line: 7, code: "const one: number = 1\n\nconst two: number = \"2\"\n" },
        {
          file: "src/protocol/internal/plural.ts",
          line: 5,
          code: "import { plural } from \"./plural.js\"\nplural(1)\n"
        }
      ])
      assert.deepStrictEqual(wrong, [
        "docs/a.md:9:7 Type 'string' is not assignable to type 'number'.",
        "src/protocol/internal/plural.ts:6:8 Argument of type 'number' is not assignable to parameter of type 'string'."
      ])
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  })
})
