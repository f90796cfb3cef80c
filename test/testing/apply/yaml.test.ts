/** YAML as a server reads it. What is expected is what Kubernetes' own parser makes of each text. */
import { assert, describe, it } from "@effect/vitest"
import { duplicatesText, readYaml } from "../../../src/testing/internal/apiserver/yaml.js"

const valueOf = (text: string): unknown => {
  const read = readYaml(text)
  return read.error === undefined ? read.value : { error: read.error }
}

describe("YAML", () => {
  it.each([
    ["a: yes", { a: true }],
    ["a: Off", { a: false }],
    ["a: y", { a: true }],
    ["a: ~", { a: null }],
    ["a:", { a: null }],
    ["a: 0777", { a: 511 }],
    ["a: 0o17", { a: 15 }],
    ["a: 08", { a: 8 }],
    ["a: 0x1F", { a: 31 }],
    ["a: -0b11", { a: -3 }],
    ["a: 1_000", { a: 1000 }],
    ["a: +1", { a: 1 }],
    ["a: .5", { a: 0.5 }],
    ["a: 1e3", { a: 1000 }],
    ["a: 1e999", { a: "1e999" }],
    ["a: 12:30", { a: "12:30" }],
    ["a: 2026-01-02", { a: "2026-01-02" }],
    ["a: 2026-01-02T03:04:05Z", { a: "2026-01-02T03:04:05Z" }],
    ["a: 1.2.3", { a: "1.2.3" }],
    ["a: '5'", { a: "5" }],
    ["a: \"yes\"", { a: "yes" }],
    ["a: !!str 5", { a: "5" }],
    ["a: !!int '5'", { a: 5 }],
    ["a: !!binary aGk=", { a: "hi" }],
    ["1: x\ntrue: x\n1.5: x", { "1": "x", true: "x", "1.5": "x" }],
    ["__proto__: {a: 1}", JSON.parse("{\"__proto__\":{\"a\":1}}")],
    ["a: &x [1]\nb: *x", { a: [1], b: [1] }],
    ["a: &x {p: 1, q: 1}\nb:\n  <<: *x\n  q: 2", { a: { p: 1, q: 1 }, b: { p: 1, q: 2 } }],
    ["b:\n  <<: [{p: 1}, {p: 2, q: 2}]", { b: { p: 1, q: 2 } }],
    ["a: |\n  one\n  two\n", { a: "one\ntwo\n" }],
    ["a: >-\n  one\n  two\n", { a: "one two" }],
    ["a: 1\n---\na: 2", { a: 1 }],
    ["{\"a\": [1, null, true]}", { a: [1, null, true] }],
    ["", null],
    ["- a", ["a"]]
  ])("%j", (text, expected) => {
    assert.deepStrictEqual(valueOf(text), expected)
  })

  it.each([
    ["a: .nan", "json: unsupported value: NaN"],
    ["a: -.inf", "json: unsupported value: -Inf"],
    ["a: *b", "yaml: unknown anchor 'b' referenced"],
    ["a: &a [*a]", "yaml: anchor 'a' value contains itself"],
    ["a: !!int x", "yaml: cannot decode !!str `x` as a !!int"],
    ["<<: 5", "yaml: map merge requires map or sequence of maps as the value"],
    ["[a]: 1", "yaml: invalid map key"]
  ])("%j is refused", (text, error) => {
    assert.deepStrictEqual(valueOf(text), { error })
  })

  it("a text that is no YAML says where", () => {
    assert.match(String((valueOf("a: [\nb") as { error: string }).error), /^yaml: line \d+: /)
  })

  it("a few lines of aliases do not fill the memory", () => {
    const lines = Array.from(
      { length: 30 },
      (_, at) => at === 0 ? "a0: &a0 [x, x, x, x, x, x, x, x, x]" : `a${at}: &a${at} [${`*a${at - 1}, `.repeat(9)}]`
    )
    assert.deepStrictEqual(valueOf(lines.join("\n")), { error: "yaml: document contains excessive aliasing" })
  })

  it("keys that are there twice are told with their lines; the last one counts", () => {
    const read = readYaml("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n1: x\n1: z")
    assert.deepStrictEqual(read, {
      value: { a: 3, b: { c: 2 }, "1": "z" },
      duplicates: [
        "line 4: key \"c\" already set in map",
        "line 5: key \"a\" already set in map",
        "line 7: key 1 already set in map"
      ]
    })
    assert.strictEqual(duplicatesText(["one", "two"]), "yaml: unmarshal errors:\n  one\n  two")
  })
})
