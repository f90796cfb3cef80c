import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { defaultMaxLength } from "../../../src/protocol/internal/lineSplitter.js"
import { ListCutterImpl, type ListItem } from "../../../src/protocol/internal/listCutter.js"
import { parseFrame, parseObject } from "../../../src/protocol/internal/managedFieldsCut.js"

type Fields = { [key: string]: unknown }
const isFields = (u: unknown): u is Fields => typeof u === "object" && u !== null && !Array.isArray(u)

/** The law: what JSON.parse gives, and then a delete. */
const parsedWithout = (text: string): unknown => {
  const object: unknown = JSON.parse(text)
  if (isFields(object) && isFields(object["metadata"])) delete object["metadata"]["managedFields"]
  return object
}
const frameWithout = (line: string): unknown => {
  const frame: unknown = JSON.parse(line)
  const object = isFields(frame) ? frame["object"] : undefined
  if (isFields(object) && isFields(object["metadata"])) delete object["metadata"]["managedFields"]
  return frame
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Holds the law for a text; of what is not JSON nothing is promised but an end. */
const lawful = (text: string): void => {
  if (isJson(text)) {
    assert.deepStrictEqual(parseObject(text), parsedWithout(text), text)
    assert.deepStrictEqual(parseFrame(text), frameWithout(text), text)
  } else {
    for (const parse of [parseObject, parseFrame]) {
      try {
        parse(text)
      } catch (error) {
        assert.instanceOf(error, SyntaxError)
      }
    }
  }
}

const managed = (manager: string, fieldsV1: unknown = { "f:spec": { "f:replicas": {} } }) => ({
  manager,
  operation: "Update",
  apiVersion: "v1",
  time: "2026-01-02T03:04:05Z",
  fieldsType: "FieldsV1",
  fieldsV1
})
const two = [managed("kubectl"), managed("kubelet", { "f:status": {}, ".": {} })]
const named = { name: "a", namespace: "default", uid: "1", resourceVersion: "2" }

/** Each with the name of what it is there for. */
const corpus: { readonly [what: string]: string } = {
  "a built-in kind, as a server writes it": JSON.stringify({
    metadata: { ...named, labels: { a: "b" }, ownerReferences: [{ uid: "x" }], managedFields: two },
    spec: { volumes: [{}], containers: [] },
    status: { conditions: [] }
  }),
  "a custom kind: fields by the alphabet": JSON.stringify({
    apiVersion: "example.com/v1",
    kind: "Cron",
    metadata: { annotations: { a: "[\"b\"]" }, generation: 1, managedFields: two, ...named, ownerReferences: [{}] },
    spec: { a: [1, [2]] }
  }),
  "a template that has managedFields": JSON.stringify({
    metadata: { ...named, managedFields: two },
    spec: { volumeClaimTemplates: [{ metadata: { name: "data", managedFields: two } }] }
  }),
  "a template alone that has managedFields": JSON.stringify({
    spec: { volumeClaimTemplates: [{ metadata: { name: "data", managedFields: two } }] },
    metadata: named
  }),
  "a spec with fields of these names": JSON.stringify({
    metadata: named,
    spec: { managedFields: [{ a: 1 }], metadata: { managedFields: [2] } },
    managedFields: [3]
  }),
  "the same, before the metadata": JSON.stringify({
    managedFields: [3],
    object: { metadata: { managedFields: [4] } },
    spec: { managedFields: [{ a: 1 }], metadata: { managedFields: [2] } },
    metadata: { managedFields: two, ...named }
  }),
  "metadata in metadata": JSON.stringify({
    metadata: { metadata: { managedFields: [1] }, labels: { managedFields: "[" } }
  }),
  "a text that looks like one": JSON.stringify({
    metadata: { annotations: { last: "{\"metadata\":{\"managedFields\":[{}]}}" }, ...named, managedFields: two },
    spec: "\"managedFields\":["
  }),
  "a text that looks like one, and none": JSON.stringify({
    metadata: { annotations: { last: "{\"metadata\":{\"managedFields\":[{}]}}" }, ...named }
  }),
  "a name that ends like it": JSON.stringify({
    metadata: { "a\"managedFields": [1], unmanagedFields: [2] },
    "a\"metadata": {}
  }),
  "brackets in its texts": JSON.stringify({
    metadata: {
      ...named,
      managedFields: [managed("]", { "k:{\"a\":\"]\"}": { "v:[\"x\"]": {} }, "f:a]}": {}, "f:\\": {}, "f:}],\"": {} })]
    }
  }),
  "closing brackets alone in its texts": JSON.stringify({ metadata: { managedFields: [managed("a],\"b")], ...named } }),
  "arrays in it": JSON.stringify({ metadata: { managedFields: [{ a: [1, []], metadata: {} }, []], ...named } }),
  "only it": JSON.stringify({ metadata: { managedFields: two } }),
  "it is first": JSON.stringify({ metadata: { managedFields: two, ...named } }),
  "it is empty": JSON.stringify({ metadata: { ...named, managedFields: [] }, data: { a: "[" } }),
  "no array": JSON.stringify({ metadata: { managedFields: { a: [1] }, ...named } }),
  "null": JSON.stringify({ metadata: { managedFields: null } }),
  "a number": "{\"metadata\":{\"managedFields\":1}}",
  "none": JSON.stringify({ metadata: named, data: { a: "b" } }),
  "no metadata": JSON.stringify({ data: {} }),
  "metadata that is none": JSON.stringify({ metadata: [{ managedFields: [] }] }),
  "metadata that is null": JSON.stringify({ metadata: null, object: null }),
  "an escaped name": "{\"metadata\":{\"name\":\"a\",\"managed\\u0046ields\":[{\"a\":1}]},\"spec\":{}}",
  "an escaped name of the metadata": "{\"m\\u0065tadata\":{\"managedFields\":[{\"a\":1}],\"name\":\"a\"}}",
  "it is there twice": "{\"metadata\":{\"managedFields\":[1],\"a\":2,\"managedFields\":[3]},\"b\":4}",
  "the metadata is there twice":
    "{\"metadata\":{\"managedFields\":[1]},\"metadata\":{\"name\":\"a\",\"managedFields\":[2]}}",
  "a prototype's name": "{\"metadata\":{\"__proto__\":{\"a\":1},\"managedFields\":[1]},\"__proto__\":{\"metadata\":1}}",
  "no object": "[{\"metadata\":{\"managedFields\":[]}}]",
  "a text": "\"metadata\"",
  "an empty object": "{}",
  "not JSON in it": "{\"metadata\":{\"managedFields\":[{a}],\"name\":\"a\"}}",
  "half": "{\"metadata\":{\"managedFields\":[{\"a\":{}}],\"name\":\"a\"",
  "half of it": "{\"metadata\":{\"managedFields\":[{\"a\":{}},",
  "nothing": ""
}
const frame = (text: string, type = "MODIFIED"): string => `{"type":"${type}","object":${text}}`

describe("JSON without managedFields", () => {
  for (const [what, text] of Object.entries(corpus)) {
    it(`is what a parse and a delete give: ${what}`, () => {
      for (const each of [text, frame(text), `{"object":${text},"type":"ADDED"}`, ` ${text} \n`]) lawful(each)
      if (isJson(text)) { for (const indent of [1, 2, "\t"]) lawful(JSON.stringify(JSON.parse(text), null, indent)) }
    })
  }

  it("drops it from the object alone, and nothing else", () => {
    const text = corpus["a template that has managedFields"]!
    assert.deepStrictEqual(parseObject(text), {
      metadata: named,
      spec: { volumeClaimTemplates: [{ metadata: { name: "data", managedFields: two } }] }
    })
    assert.deepStrictEqual(parseFrame(frame(text)), { type: "MODIFIED", object: parseObject(text) })
  })

  it("refuses every strict beginning of an object: the end of an item is proved by that", () => {
    for (const text of Object.values(corpus)) {
      if (!isJson(text) || !text.startsWith("{")) continue
      for (let end = 0; end < text.length; end++) {
        assert.throws(() => parseObject(text.slice(0, end)), SyntaxError, undefined, text.slice(0, end))
      }
    }
  })

  const texts = Object.values(corpus).flatMap((text) => [text, frame(text)])
  const piece = fc.constantFrom(
    "[",
    "]",
    "{",
    "}",
    "\"",
    "\\",
    ",",
    ":",
    " ",
    "\n",
    "0",
    "\"metadata\":{",
    "\"managedFields\":[",
    ",\"managedFields\":[]",
    "]},\"a\":[",
    "\"managedFields\":[],",
    "\\\""
  )

  it("is what a parse and a delete give after any change of the text", () => {
    const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(6), put: fc.option(piece) })
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 3 }), (text, changes) => {
        let changed = text
        for (const { at, cut, put } of changes) {
          const from = Math.floor(at * changed.length)
          changed = changed.slice(0, from) + (put ?? "") + changed.slice(from + cut)
        }
        lawful(changed)
      }),
      { numRuns: 5000 }
    )
  })

  it("is what a parse and a delete give of any JSON of such names, written in any way", () => {
    const name = fc.constantFrom(
      "metadata",
      "managedFields",
      "object",
      "spec",
      "a\"managedFields",
      "k:{\"a\":[\"]\"]}",
      "]",
      "\\"
    )
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "medium", withCrossShrink: true },
        fc.oneof(name, fc.integer(), fc.constant(null), fc.boolean()),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.array(fc.tuple(name, tie("tree")), { maxLength: 4 }).map(Object.fromEntries)
      )
    }))
    const object = fc.record({
      metadata: fc.record({ name, managedFields: tree, labels: tree }, { requiredKeys: [] }),
      spec: tree
    })
    const any = fc.oneof(tree, object, fc.record({ type: name, object }))
    const escaped = (text: string): string => text.replace("F", "\\u0046")
    fc.assert(
      fc.property(any, fc.constantFrom("", " ", "\n\t"), fc.boolean(), (value, indent, escape) => {
        const text = JSON.stringify(value, null, indent)
        lawful(escape ? escaped(text) : text)
      }),
      { numRuns: 2000 }
    )
  })

  it("leaves a list's items as they are otherwise, wherever its bytes are cut", () => {
    const items = Object.values(corpus).filter((text) => isJson(text) && text.startsWith("{"))
    const templates = JSON.stringify({
      metadata: { ...named, managedFields: [managed("a", [{ metadata: {} }, { metadata: {} }])] },
      spec: { volumeClaimTemplates: [{ metadata: {} }, { metadata: { managedFields: two } }] }
    })
    const all = [items[0]!, items[2]!, templates, ...items, templates, items[0]!]
    const bytes = new TextEncoder().encode(
      `{"kind":"List","metadata":{"resourceVersion":"1"},"items":[${all.join(",")}]}\n`
    )
    for (const size of [1, 7, 64, 1000, bytes.length]) {
      const cutter = new ListCutterImpl(defaultMaxLength, parseObject)
      const values: Array<unknown> = []
      const take = (cut: ReadonlyArray<ListItem>) => {
        for (const item of cut) {
          assert.strictEqual(item.text, all[values.length])
          values.push(item._tag === "Parsed" ? item.value : undefined)
        }
      }
      for (let at = 0; at < bytes.length; at += size) take(cutter.push(bytes.subarray(at, at + size)))
      take(cutter.end())
      assert.isUndefined(cutter.failure)
      assert.deepStrictEqual(values, all.map(parsedWithout))
    }
  })
})
