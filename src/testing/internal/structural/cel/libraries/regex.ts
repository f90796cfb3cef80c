/** Regular expressions, with the meaning of RE2. */
import type { Compiled } from "../../../../../protocol/internal/re2.js"
import { compiledPattern } from "../../patterns.js"
import { type CostRule, type Overload, overload } from "../functions.js"
import { fail, ListValue } from "../values.js"

/** What is wrong with a pattern. */
export const patternProblem = (pattern: string): string | undefined => {
  const program = compiledPattern(pattern)
  return program._tag === "Malformed" ? program.message : undefined
}

const usable = (pattern: string, prefix = ""): Compiled & { readonly _tag: "Pattern" } => {
  const program = compiledPattern(pattern)
  return program._tag === "Malformed" ? fail(`${prefix}${program.message}`) : program
}

const matches = (text: string, pattern: string): boolean => usable(pattern).test(text)

const findAll = (text: string, pattern: string, maximum: bigint = -1n): ListValue => {
  const most = maximum < 0n ? Infinity : Number(maximum)
  return new ListValue([...usable(pattern, "Illegal regex: ").findAll(text, most)])
}

const product: CostRule = {
  of: ([text = 0, pattern = 0]) => Math.ceil((text + 1) * 0.1) * Math.ceil(pattern * 0.25),
  size: ({ sizes: [text = 0] }) => text
}

export const regex: ReadonlyArray<Overload> = [
  overload<[string, string]>("matches(string, string) -> bool", matches, product),
  overload<[string, string]>("string.matches(string) -> bool", matches, product),
  overload<[string, string]>(
    "string.find(string) -> string",
    (text, pattern) => usable(pattern, "Illegal regex: ").findAll(text, 1)[0] ?? "",
    product
  ),
  overload<[string, string]>("string.findAll(string) -> list(string)", findAll, product),
  overload<[string, string, bigint]>("string.findAll(string, int) -> list(string)", findAll, product)
]
