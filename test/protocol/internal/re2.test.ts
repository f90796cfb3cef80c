import { assert, describe, it } from "@effect/vitest"
import { compile } from "../../../src/protocol/internal/re2.js"

const matches = (pattern: string, text: string): boolean => {
  const compiled = compile(pattern)
  if (compiled._tag === "Malformed") throw new Error(compiled.message)
  return compiled.test(text)
}

const refusal = (pattern: string): string => {
  const compiled = compile(pattern)
  return compiled._tag === "Malformed" ? compiled.message : "a pattern"
}

const table: ReadonlyArray<readonly [pattern: string, yes: ReadonlyArray<string>, no: ReadonlyArray<string>]> = [
  ["^[a-z]+$", ["abc"], ["", "Abc", "abc\n"]],
  ["b{2}", ["abba", "bb"], ["ab", "bab"]],
  ["^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]],
  ["^(?i)abc$", ["ABC", "aBc"], ["abd"]],
  ["^a(?i:b)c$", ["aBc"], ["ABc", "abC"]],
  ["^(?i)k$", ["k", "K", "\u212a"], ["c"]],
  ["^.$", ["a", "\r", "\u2028", "😀"], ["\n", "ab"]],
  ["(?s)^.$", ["\n"], [""]],
  ["(?m)^b$", ["a\nb\nc"], ["ab"]],
  ["^\\s$", [" ", "\t"], ["\v", "\u00a0"]],
  ["^\\w+$", ["a_1"], ["é"]],
  ["^\\pL+$", ["é", "Ω"], ["1"]],
  ["^\\p{Greek}$", ["Ω"], ["O"]],
  ["^[[:alpha:]_]+$", ["a_b"], ["a1"]],
  ["\\Aa\\z", ["a"], ["ab", "ba"]],
  ["^\\Qa.b\\E$", ["a.b"], ["axb"]],
  ["^(?P<year>[0-9]{4})-(?:0[1-9]|1[0-2])$", ["2020-12"], ["2020-13"]],
  ["a||b", ["", "c"], []],
  ["^{,3}$", ["{,3}"], ["aaa"]]
]

describe("RE2 patterns", () => {
  for (const [pattern, yes, no] of table) {
    it(`${JSON.stringify(pattern)} matches what an API server matches (S46)`, () => {
      for (const text of yes) assert.isTrue(matches(pattern, text), JSON.stringify(text))
      for (const text of no) assert.isFalse(matches(pattern, text), JSON.stringify(text))
    })
  }

  it("what RE2 lacks is refused with the server's words (S46)", () => {
    assert.strictEqual(refusal("a(?=b)"), "error parsing regexp: invalid or unsupported Perl syntax: `(?=`")
    assert.strictEqual(refusal("a(?!b)"), "error parsing regexp: invalid or unsupported Perl syntax: `(?!`")
    assert.strictEqual(refusal("(?<=a)b"), "error parsing regexp: invalid named capture: `(?<=a)b`")
    assert.strictEqual(refusal("(a)\\1"), "error parsing regexp: invalid escape sequence: `\\1`")
    assert.strictEqual(refusal("(a"), "error parsing regexp: missing closing ): `(a`")
    assert.strictEqual(refusal("a)"), "error parsing regexp: unexpected ): `a)`")
    assert.strictEqual(refusal("[a"), "error parsing regexp: missing closing ]: `[a`")
    assert.strictEqual(refusal("a**"), "error parsing regexp: invalid nested repetition operator: `**`")
    assert.strictEqual(refusal("*a"), "error parsing regexp: missing argument to repetition operator: `*`")
    assert.strictEqual(refusal("a{1001}"), "error parsing regexp: invalid repeat count: `{1001}`")
    assert.strictEqual(refusal("(a{100}){100}"), "error parsing regexp: invalid repeat count: `{100}`")
    assert.strictEqual(refusal("[z-a]"), "error parsing regexp: invalid character class range: `z-a`")
    assert.strictEqual(refusal("a\\"), "error parsing regexp: trailing backslash at end of expression: ``")
  })

  it("patterns that make a backtracking engine hang take linear time (S56)", () => {
    assert.isFalse(matches("^(a+)+$", `${"a".repeat(5_000)}b`))
    assert.isFalse(matches("^(a|aa)+$", `${"a".repeat(5_000)}b`))
    assert.isFalse(matches("(x+x+)+y", "x".repeat(5_000)))
  })

  it.each([
    ["a|ab", "abab", ["a", "a"]],
    ["ab|a", "abab", ["ab", "ab"]],
    ["a*", "baac", ["", "aa", ""]],
    ["a*?", "aa", ["", "", ""]],
    ["a+?", "aaa", ["a", "a", "a"]],
    ["[a-z]{2,3}?", "abcde", ["ab", "cd"]],
    ["(?:a|b)+c?", "abcxba", ["abc", "ba"]],
    ["^a", "aaa", ["a"]],
    ["\\b", "a b", ["", "", "", ""]],
    ["x", "abc", []],
    ["\u{1F389}.", "\u{1F389}é\u{1F389}", ["\u{1F389}é"]]
  ])("the matches of %s in %s are the leftmost that a search prefers", (pattern, text, expected) => {
    const program = compile(pattern)
    assert.strictEqual(program._tag, "Pattern")
    if (program._tag === "Pattern") assert.deepStrictEqual(program.findAll(text, Infinity), expected)
  })

  it("patterns that are too large or too deep are refused (S56)", () => {
    assert.match(refusal("(".repeat(2_000) + ")".repeat(2_000)), /^error parsing regexp: expression nests too deeply/)
    assert.match(refusal("[a-z]{1000}".repeat(2_000)), /^error parsing regexp: expression too large/)
  })
})
