import { describe, expect, it } from "vitest"
import { checkFile } from "../../scripts/lint-house.js"

const dependencies = new Set(["effect", "@effect/platform", "@effect/platform-node", "ws", "js-yaml"])
const problems = (file: string, text: string) =>
  checkFile(file, text, dependencies).map(({ line, message }) => `${line} ${message}`)

/** What must be refused: where it stands, what it says, and a part of the message. */
const refused: ReadonlyArray<readonly [title: string, file: string, text: string, message: string]> = [
  [
    "an import against the arrows",
    "src/client/X.ts",
    `import * as Y from "../runtime/Y.js"`,
    "imports src/runtime/Y.ts: arrows go protocol ←"
  ],
  [
    "a type import against the arrows",
    "src/protocol/X.ts",
    `import type * as Api from "../client/Api.js"`,
    "imports src/client/Api.ts"
  ],
  [
    "export * against the arrows",
    "src/kinds/core/v1.ts",
    `export * from "../../client/Api.js"`,
    "imports src/client/Api.ts"
  ],
  [
    "export { } against the arrows",
    "src/runtime/X.ts",
    `export { serve } from "../testing/serve.js"`,
    "imports src/testing/serve.ts"
  ],
  [
    "a dynamic import against the arrows",
    "src/runtime/X.ts",
    `const a = () => import("../node/index.js")`,
    "imports src/node/index.ts"
  ],
  [
    "an import type node against the arrows",
    "src/client/X.ts",
    `type A = import("../testing/index.js").A`,
    "imports src/testing/index.ts"
  ],
  [
    "import = require against the arrows",
    "src/client/X.ts",
    `import Y = require("../runtime/Y.js")`,
    "imports src/runtime/Y.ts"
  ],
  [
    "an import with a detour",
    "src/client/X.ts",
    `import * as Y from "./../client/../runtime/Y.js"`,
    "imports src/runtime/Y.ts"
  ],
  [
    "an import from a nested folder",
    "src/client/internal/deep/x.ts",
    `import * as Y from "../../../runtime/Y.js"`,
    "imports src/runtime/Y.ts"
  ],
  ["node using the runtime", "src/node/X.ts", `import * as Y from "../runtime/Y.js"`, "imports src/runtime/Y.ts"],
  [
    "a computed import",
    "src/client/X.ts",
    `const load = (name: string) => import(name)`,
    "imports a module whose name is computed"
  ],
  [
    "another folder's internal",
    "src/client/X.ts",
    `import * as y from "../protocol/internal/y.js"`,
    "internal to src/protocol"
  ],
  [
    "an internal against the arrows",
    "src/client/internal/x.ts",
    `import * as y from "../../runtime/internal/y.js"`,
    "imports src/runtime/internal/y.ts: arrows"
  ],
  [
    "a nested internal from its sibling",
    "src/client/a/x.ts",
    `import * as y from "../b/internal/y.js"`,
    "internal to src/client/b"
  ],
  ["the package by its own name", "src/runtime/X.ts", `import { Api } from "effect-kube"`, "by its relative path"],
  [
    "what is outside src",
    "src/client/X.ts",
    `import * as y from "../../test/y.js"`,
    "imports test/y.ts, which is outside src"
  ],
  ["a package that is no dependency", "src/client/X.ts", `import * as y from "lodash/y"`, "neither a dependency"],
  [
    "a package that needs Node",
    "src/client/X.ts",
    `import * as y from "@effect/platform-node/NodeHttpClient"`,
    "which needs Node"
  ],
  [
    "a folder that is no part of the house",
    "src/helpers/X.ts",
    `import * as y from "effect/Effect"`,
    "no part of the house"
  ],
  ["the machine's clock", "src/testing/X.ts", `const now = new Date()`, "reads the machine's clock"],
  [
    "a type of Effect 3 alone in a public signature",
    "src/protocol/X.ts",
    `import * as Either from "effect/Either"\nexport const a = (n: number): Either.Either<number> => Either.right(n)`,
    "a public signature names Either.Either<number>"
  ],
  [
    "a type of Effect 3 alone in a public interface",
    "src/client/X.ts",
    `import type { Mailbox as M } from "effect/Mailbox"\nexport interface A { readonly a: ReadonlyArray<M<number>> }`,
    "a public signature names M<number>"
  ],
  ["a skipped effect", "test/a.test.ts", `it.effect.skip("a", () => 1)`, ".skip: every test runs"],
  ["a focused scope", "test/a.test.ts", `it.scoped.only("a", () => 1)`, ".only: every test runs"],
  ["a test that runs sometimes", "test/a.test.ts", `describe.skipIf(true)("a", () => 1)`, ".skipIf: every test runs"],
  ["a shared layer", "test/a.test.ts", `import { it, layer as l } from "@effect/vitest"`, "shares a layer"],
  ["a layer shared through it", "test/a.test.ts", `it.layer(l)((it) => 1)`, "shares a layer"]
]

const allowed: ReadonlyArray<readonly [title: string, file: string, text: string]> = [
  ["the arrows", "src/runtime/X.ts", `import * as Api from "../client/Api.js"\nimport * as y from "./internal/y.js"`],
  ["testing on node", "src/testing/X.ts", `import * as N from "../node/index.js"\nimport * as W from "ws"`],
  ["a folder's own internal, from deep inside", "src/client/a/b.ts", `import * as y from "../internal/y.js"`],
  [
    "an internal module on the internal of a folder below",
    "src/client/internal/x.ts",
    `import * as y from "../../protocol/internal/y.js"`
  ],
  ["a generated kind on the checker", "src/kinds/core/v1.ts", `import * as y from "../../protocol/internal/y.js"`],
  [
    "effect and the pure libraries",
    "src/client/X.ts",
    `import * as Effect from "effect/Effect"\nimport * as yaml from "js-yaml"`
  ],
  [
    "a type of Effect 3 alone behind a public signature",
    "src/protocol/X.ts",
    `import * as Either from "effect/Either"\nconst b = (n: number): Either.Either<number> => Either.right(n)\n` +
    `export const a = (n: number): number => { const e: Either.Either<number> = b(n); return Either.merge(e) }`
  ],
  [
    "a type of Effect 3 alone in an internal module",
    "src/protocol/internal/x.ts",
    `import * as Either from "effect/Either"\nexport const a = (n: number): Either.Either<number> => Either.right(n)`
  ],
  [
    "a type of its own under that name",
    "src/runtime/X.ts",
    `type Either<A, B> = A | B\nexport type C = Either<1, 2>`
  ],
  ["a date made from a number", "src/protocol/X.ts", `const at = (ms: number) => new Date(ms)`],
  ["the machine's clock in the command", "src/cli/X.ts", `const now = new Date()`],
  ["a real server that is shared", "test/a.real.test.ts", `import { layer } from "@effect/vitest"`],
  ["the layer of a module", "test/a.test.ts", `import { it } from "@effect/vitest"\nconst l = TestCluster.layer(1)`],
  [
    "words that only look like modes",
    "test/a.test.ts",
    `const { skip } = options; options.only("a"); it.effect("skip", () => 1)`
  ]
]

describe("lint-house", () => {
  it.each(refused)("refuses %s", (_, file, text, message) => {
    expect(problems(file, text)).toEqual([expect.stringContaining(message)])
  })

  it.each(allowed)("allows %s", (_, file, text) => {
    expect(problems(file, text)).toEqual([])
  })

  it("says the line", () => {
    expect(problems("src/client/X.ts", `\n/** why */\nimport * as Y from "../runtime/Y.js"`)).toEqual([
      expect.stringMatching(/^3 imports/)
    ])
  })
})
