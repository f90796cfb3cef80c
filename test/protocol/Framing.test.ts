import { assert, describe, it, vi } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Framing from "../../src/protocol/Framing.js"

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Cuts bytes at the given places, which are taken modulo the length. */
const cutAt = (bytes: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...sorted, bytes.length].map((end, index) => bytes.slice(index === 0 ? 0 : sorted[index - 1], end))
}
const piecesOf = (bytes: Uint8Array, size: number): ReadonlyArray<Uint8Array> =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size))

/** Text as it stands in objects: with quotes, escapes, runes of every length, and what looks like the place between two items. */
const content = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "},{\"metadata\":{",
    "\"},{\"metadata\":",
    "}]}",
    "\\",
    "\\\"",
    "é",
    "日本",
    "😀",
    "a\nb",
    "\u0000",
    "\ud800"
  )
)
const places = fc.array(fc.nat(), { maxLength: 12 })

describe("lines of a watch", () => {
  const lines = (chunks: ReadonlyArray<Uint8Array>, options?: Framing.Options) => {
    const splitter = Framing.makeLineSplitter(options)
    return { splitter, lines: chunks.flatMap((chunk) => [...splitter.push(chunk)]) }
  }

  const table: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>, number]> = [
    ["whole lines", ["a\nb\n"], ["a", "b"], 0],
    ["a line in many chunks", ["a", "b", "", "c\nd", "\n"], ["abc", "d"], 0],
    ["CRLF, cut in between too", ["a\r\nb\r", "\nc\r\n"], ["a", "b", "c"], 0],
    ["empty lines are no events", ["\n\n\r\na\n", "\n"], ["a"], 0],
    ["the half line at the end is dropped", ["a\nbcd"], ["a"], 3],
    ["nothing", [""], [], 0]
  ]
  for (const [name, chunks, expected, pending] of table) {
    it(`${name} (W21)`, () => {
      const result = lines(chunks.map(encode))
      assert.deepStrictEqual(result.lines, expected)
      assert.strictEqual(result.splitter.pending, pending)
      assert.isUndefined(result.splitter.failure)
    })
  }

  it("a line that passes the bound is a failure, found before it is whole, and the lines before it are kept", () => {
    for (const chunks of [["a\n", "bbbb", "bb", "b"], ["a\nbbbbbb\nc\n"], ["a\n", "bbbb", "bb\nc\n"]]) {
      const { lines: found, splitter } = lines(chunks.map(encode), { maxLength: 5 })
      assert.deepStrictEqual(found, ["a"])
      assert.strictEqual(splitter.failure?.reason, "TooLong")
      assert.include(splitter.failure?.message, "at most 5 characters")
      assert.deepStrictEqual(splitter.push(encode("d\n")), [])
      assert.strictEqual(splitter.pending, 0)
    }
    assert.deepStrictEqual(lines([encode("bbbbb\n")], { maxLength: 5 }).lines, ["bbbbb"])
  })

  it.prop(
    "any text in any chunks gives its lines (W21)",
    [fc.array(content), content, places],
    ([texts, half, cuts]) => {
      const clean = (text: string) => new TextDecoder().decode(encode(text.replace(/[\r\n]/g, "")))
      const whole = texts.map(clean)
      const bytes = encode([...whole.map((line) => `${line}\n`), clean(half)].join(""))
      const { lines: found, splitter } = lines(cutAt(bytes, cuts))
      assert.deepStrictEqual(found, whole.filter((line) => line !== ""))
      assert.isAtMost(splitter.pending, clean(half).length)
      assert.isUndefined(splitter.failure)
    }
  )

  it.prop("bytes that are not UTF-8 are read as a decoder of the whole reads them", [
    fc.uint8Array({ maxLength: 40 }),
    places
  ], ([bytes, cuts]) => {
    const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
    const { lines: found } = lines([...cutAt(bytes, cuts), encode("\n")])
    assert.deepStrictEqual(found, `${whole}\n`.split(/\r?\n/).filter((line) => line !== ""))
  })

  it("a line of 8 MB in pieces of 16 KB, and one chunk of 8 MB, are whole", () => {
    const line = "x".repeat(8 * 1024 * 1024 - 1) + "é"
    const bytes = encode(`${line}\nsmall\n`)
    assert.deepStrictEqual(lines(piecesOf(bytes, 16 * 1024)).lines, [line, "small"])
    assert.deepStrictEqual(lines([bytes]).lines, [line, "small"])
  })
})

interface Cut {
  readonly cutter: Framing.ListCutter
  readonly items: ReadonlyArray<Framing.ListItem>
  readonly values: ReadonlyArray<unknown>
}
const cut = (chunks: ReadonlyArray<Uint8Array>, options?: Framing.Options): Cut => {
  const cutter = Framing.makeListCutter(options)
  const items = [...chunks.flatMap((chunk) => [...cutter.push(chunk)]), ...cutter.end()]
  return { cutter, items, values: items.flatMap((item) => item._tag === "Parsed" ? [item.value] : []) }
}
const cutText = (text: string, options?: Framing.Options): Cut => cut([encode(text)], options)
const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: "a" }, { name: "b" }] } })

describe("items of a list: documents", () => {
  const head = "\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"}"
  const good: ReadonlyArray<readonly [string, string]> = [
    ["an empty list", `{${head},"items":[]}`],
    ["items: null", `{${head},"items":null}`],
    ["one item", `{${head},"items":[{"a":1}]}`],
    ["three items", `{${head},"items":[{"a":1},{"a":2},{"a":3}]}\n`],
    ["metadata after the items", `{"items":[{"a":1},{"a":2}],${head}}`],
    ["spaces everywhere", ` { ${head} , "items" : [ {"a" :1 } , { "a": 2},{"a":3} ] } \r\n\t`],
    [
      "fields that are not known",
      `{"x":[{"items":[1]}],"y":{"items":["]"]},${head},"n":-1.5e3,"t":true,"items":[{"a":1}],"z":null}`
    ],
    ["items that begin differently", `{${head},"items":[{"a":1},{"b":1},{"a":2},{},{"a":3},{"c":{"a":1}},{"a":4}]}`],
    [
      "items that hold what lies between items",
      `{${head},"items":[{"a":[{"b":1},{"a":2}]},{"a":[{"b":3},{"a":4},{"a":5}]},{"a":6}]}`
    ],
    [
      "strings that hold what lies between items",
      `{${head},"items":[{"a":"},{\\"a\\":"},{"a":"}]}"},{"a":"\\\\"},{"a":3}]}`
    ],
    ["items that are no objects", `{${head},"items":[1,"a",null,[{"a":1},{"a":2}],{"a":3},true]}`],
    ["an empty first item", `{${head},"items":[{},{"a":1},{"a":2}]}`],
    ["escaped names", `{${head},"\\u0069tems":[{"a":1}]}`],
    ["an item named after JavaScript's own", `{${head},"items":[{"__proto__":1},{"__proto__":2}]}`]
  ]
  for (const [name, text] of good) {
    it(`${name}: whole, byte by byte, and indented (W15)`, () => {
      for (
        const document of [
          text,
          JSON.stringify(JSON.parse(text), null, 2),
          JSON.stringify(JSON.parse(text), null, "\t")
        ]
      ) {
        const expected = JSON.parse(document)
        for (
          const result of [cutText(document), cut(piecesOf(encode(document), 1)), cut(piecesOf(encode(document), 7))]
        ) {
          assert.isUndefined(result.cutter.failure)
          assert.deepStrictEqual(result.values, expected.items ?? [])
          assert.deepStrictEqual(result.items.map((item) => JSON.parse(item.text)), expected.items ?? [])
          assert.strictEqual(result.cutter.head.metadata?.resourceVersion, "7")
          assert.strictEqual(result.cutter.head.kind, "PodList")
          assert.strictEqual(result.cutter.head.apiVersion, "v1")
        }
      }
    })
  }

  const bad: ReadonlyArray<readonly [string, Framing.FramingErrorReason, string, string]> = [
    ["nothing at all", "Truncated", "", "expected a list, found nothing"],
    ["spaces only", "Truncated", " \n", "expected a list, found nothing"],
    ["HTML", "NotJson", "<html><body>Sign in</body></html>", "found \"<html><body>Sign in"],
    ["text", "NotJson", "404 page not found\n", "404 page not found"],
    ["an array", "NotJson", "[{\"a\":1}]", "expected a list in JSON"],
    ["a Table", "NotAList", "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"rows\":[", "found a Table"],
    ["a Status", "NotAList", "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\"}", "found a Status"],
    ["an object", "NotAList", "{\"kind\":\"Pod\",\"metadata\":{}}", "expected a list with items, found Pod without"],
    ["an empty object", "NotAList", "{}", "found an object without"],
    ["items of another type", "NotAList", "{\"items\":{\"a\":1}}", "expected items to be one array"],
    ["items twice", "NotAList", "{\"items\":[],\"items\":[]}", "expected items to be one array"],
    ["the end missing", "Truncated", `{${head},"items":[{"a":1}]`, "found the end of the body"],
    ["the items' end missing", "Truncated", `{${head},"items":[{"a":1},{"a":2}`, "found the end of the body"],
    ["half an item", "Truncated", `{${head},"items":[{"a":1},{"a":`, "found the end of the body"],
    ["a comma at the items' end", "Malformed", `{${head},"items":[{"a":1},]}`, "expected a value"],
    ["two commas", "Malformed", `{${head},"items":[{"a":1},,{"a":2}]}`, "expected a value"],
    ["no comma", "Malformed", `{${head},"items":[{"a":1}{"a":2}]}`, "expected a comma or the end of the items"],
    ["no colon", "Malformed", "{\"items\"[]}", "expected a colon"],
    ["no name", "Malformed", "{1:2}", "expected a field's name"],
    ["a comma at the end", "Malformed", "{\"items\":[],}", "expected a field's name"],
    ["brackets mixed", "Malformed", "{\"x\":[},\"items\":[]}", "expected a value of \"x\""],
    ["no value", "Malformed", "{\"x\":,\"items\":[]}", "expected a value"],
    ["more after the end", "Malformed", `{${head},"items":[]}{}`, "expected nothing after the list"],
    ["fields run together", "Malformed", "{\"items\":[]\"x\":1}", "expected a comma or the end of the list"]
  ]
  for (const [name, reason, document, message] of bad) {
    it(`${name}: ${reason} (W15, W34)`, () => {
      assert.include(cutText(document).cutter.failure?.message, message)
      for (const result of [cutText(document), cut(piecesOf(encode(document), 1))]) {
        assert.strictEqual(result.cutter.failure?.reason, reason)
      }
    })
  }

  it("a Table is refused when its kind is known, without reading its rows (W15)", () => {
    const cutter = Framing.makeListCutter()
    cutter.push(encode("{\"kind\":\"Table\","))
    assert.strictEqual(cutter.failure?.reason, "NotAList")
  })

  it("no failure quotes an item", () => {
    for (
      const document of [
        `{${head},"items":[{"data":"c2VjcmV0"}{`,
        `{${head},"items":[{"data":"c2VjcmV0"}],"x":c2VjcmV0}`,
        `{${head},"items":[{"data":"c2VjcmV0`
      ]
    ) {
      const { failure } = cutText(document).cutter
      assert.isDefined(failure)
      assert.notInclude(JSON.stringify(failure) + failure?.message, "c2VjcmV0")
    }
  })

  it("what the list says of itself is known before its items: the next page can be asked for", () => {
    const cutter = Framing.makeListCutter()
    assert.deepStrictEqual(
      cutter.push(encode("{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"abc\",\"rema")),
      []
    )
    assert.isUndefined(cutter.head.metadata)
    cutter.push(encode("iningItemCount\":3},\"items\":["))
    assert.deepStrictEqual(cutter.head.metadata, { resourceVersion: "7", continue: "abc", remainingItemCount: 3 })
    assert.strictEqual(
      cutText("{\"metadata\":{\"continue\":\"\",\"resourceVersion\":1},\"items\":[]}").cutter.head.metadata?.continue,
      undefined
    )
    assert.deepStrictEqual(cutText("{\"metadata\":null,\"items\":[]}").cutter.head.metadata, {
      resourceVersion: undefined,
      continue: undefined,
      remainingItemCount: undefined
    })
  })

  it("an item is given as soon as the next one begins", () => {
    const cutter = Framing.makeListCutter()
    const text = JSON.stringify({ metadata: {}, items: ["a", "b", "c", "d"].map(pod) })
    const given: Array<number> = []
    for (const byte of piecesOf(encode(text), 1)) given.push(cutter.push(byte).length)
    const begin = (name: string) => text.indexOf(`{"metadata":{"name":"${name}"`)
    const before = (end: number) => given.slice(0, end).reduce((sum, count) => sum + count, 0)
    assert.strictEqual(before(begin("b")), 1)
    assert.strictEqual(before(begin("c") + "{\"metadata\":".length), 2)
    assert.strictEqual(before(begin("d") + "{\"metadata\":".length), 3)
    assert.strictEqual(cutter.end().length, 1)
  })

  it("an item that is not JSON is reported alone, with its text (W31)", () => {
    const broken = ["{\"a\":01}", "{\"a\":\"\\x\"}", "{\"a\":\"\n\"}", "{\"a\"}", "{\"a\":[1,]}", "nope"]
    for (const text of broken) {
      for (const index of [0, 1, 2, 3]) {
        const texts = ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"].toSpliced(index, 0, text)
        for (const size of [1, 5, 1000]) {
          const { cutter, items } = cut(piecesOf(encode(`{"items":[${texts.join()}]}`), size))
          assert.isUndefined(cutter.failure)
          assert.deepStrictEqual(
            items.map((item) => [item._tag, item.text]),
            texts.map((one) => [one === text ? "Unparsable" : "Parsed", one])
          )
        }
      }
    }
  })

  it("an item that passes the bound is a failure, and the items before it are kept", () => {
    const document = JSON.stringify({ items: [{ a: 1 }, { a: 2 }, { a: "x".repeat(100) }, { a: 3 }] })
    for (const size of [1, 10, 1000]) {
      const { cutter, values } = cut(piecesOf(encode(document), size), { maxLength: 50 })
      assert.strictEqual(cutter.failure?.reason, "TooLong")
      assert.deepStrictEqual(values, [{ a: 1 }, { a: 2 }])
    }
  })

  it("a large list, a large item among small ones, and items that never begin the same, in pieces of 16 KB", () => {
    const small = Array.from({ length: 5_000 }, (_, index) => pod(`é${index}`))
    const large = [
      ...small.slice(0, 20),
      { metadata: { name: "large" }, data: "},{\"metadata\":".repeat(400_000) },
      ...small.slice(20, 40)
    ]
    const different = Array.from({ length: 5_000 }, (_, index) => ({ [`key${index}`]: { text: "},{" } }))
    for (const items of [small, large, different]) {
      const bytes = encode(JSON.stringify({ kind: "List", metadata: {}, items }))
      for (const chunks of [[bytes], piecesOf(bytes, 16 * 1024)]) {
        const result = cut(chunks)
        assert.isUndefined(result.cutter.failure)
        assert.deepStrictEqual(result.values, items)
      }
    }
  })
})

describe("items of a list: the worst case", () => {
  const claims = Array.from({ length: 2 }, (_, index) => ({ metadata: { name: `claim-${index}` } }))
  const data = "x".repeat(2_000)
  const lists: ReadonlyArray<readonly [string, ReadonlyArray<object>]> = [
    [
      "what lies between items is inside of each",
      Array.from({ length: 300 }, () => ({ metadata: { name: "a" }, data, claims }))
    ],
    ["no two items begin the same", Array.from({ length: 300 }, (_, index) => ({ [`key${index}`]: data }))]
  ]
  for (const [name, items] of lists) {
    it(`${name}: hardly anything is parsed twice`, () => {
      const bytes = encode(JSON.stringify({ kind: "List", metadata: {}, items }))
      const parse = vi.spyOn(JSON, "parse")
      try {
        assert.strictEqual(cut(piecesOf(bytes, 4096)).values.length, items.length)
        const parsed = parse.mock.calls.reduce((sum, [text]) => sum + text.length, 0)
        assert.isAtMost(parsed, 1.1 * bytes.length)
      } finally {
        parse.mockRestore()
      }
    })
  }

  it("no two items begin the same: they are not held back until the end", () => {
    const items = Array.from({ length: 24 }, (_, index) => ({ [`key${index}`]: "x".repeat(500_000) }))
    const cutter = Framing.makeListCutter()
    const before = piecesOf(encode(JSON.stringify({ items })), 64 * 1024).reduce(
      (sum, chunk) => sum + cutter.push(chunk).length,
      0
    )
    assert.isAtLeast(before, items.length - 1)
    assert.strictEqual(before + cutter.end().length, items.length)
  })
})

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    content,
    fc.constantFrom<unknown>(null, true, 0, -1.5, 1e21),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("metadata", "name", "items", "a\"b", "", "}"), tie("value"), {
      maxKeys: 3,
      noNullPrototype: true
    })
  )
})).value
/** Most begin as real ones do. */
const item = fc.oneof(
  { weight: 4, arbitrary: fc.record({ metadata: fc.record({ name: content }), spec: value }) },
  { weight: 1, arbitrary: fc.dictionary(content, value, { maxKeys: 3, noNullPrototype: true }) }
)
const document = fc.record({
  order: fc.shuffledSubarray(["kind", "metadata", "items", "extra"], { minLength: 4 }),
  fields: fc.record({
    kind: fc.constant("PodList"),
    metadata: fc.record({ resourceVersion: fc.constant("7") }),
    items: fc.array(item, { maxLength: 12 }),
    extra: value
  }),
  indent: fc.constantFrom("", "  ", "\t")
}).map(({ fields, indent, order }) =>
  JSON.stringify(Object.fromEntries(order.map((key) => [key, fields[key as keyof typeof fields]])), null, indent)
)

describe("items of a list: laws", () => {
  it.prop("any list in any chunks gives what JSON.parse gives", [document, places], ([text, cuts]) => {
    const bytes = encode(text)
    const expected = JSON.parse(new TextDecoder().decode(bytes))
    const result = cut(cutAt(bytes, cuts))
    assert.isUndefined(result.cutter.failure)
    assert.deepStrictEqual(result.values, expected.items)
    assert.strictEqual(result.items.length, expected.items.length)
    assert.strictEqual(result.cutter.head.metadata?.resourceVersion, "7")
  }, { fastCheck: { numRuns: 300 } })

  it.prop("a list that breaks off anywhere gives a failure, and no item that is not in it", [
    document,
    places,
    fc.nat()
  ], ([text, cuts, end]) => {
    const bytes = encode(text)
    const expected = JSON.parse(new TextDecoder().decode(bytes)).items
    const result = cut(cutAt(bytes.slice(0, end % bytes.length), cuts))
    assert.strictEqual(result.cutter.failure?.reason, "Truncated")
    assert.deepStrictEqual(result.values, expected.slice(0, result.items.length))
  }, { fastCheck: { numRuns: 300 } })

  it.prop("of a list with wrong bytes, what is given without complaint is what JSON.parse gives", [
    document,
    places,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(..."{}[],:\"\\a0 ")), { minLength: 1, maxLength: 3 })
  ], ([text, cuts, changes]) => {
    const bytes = encode(text)
    for (const [at, character] of changes) bytes[at % bytes.length] = character.charCodeAt(0)
    const result = cut(cutAt(bytes, cuts))
    if (result.cutter.failure !== undefined || result.items.some((item) => item._tag === "Unparsable")) return
    assert.deepStrictEqual(result.values, JSON.parse(new TextDecoder().decode(bytes)).items ?? [])
  }, { fastCheck: { numRuns: 500 } })
})
