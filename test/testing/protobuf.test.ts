/** Bodies in protobuf: what a real server writes is read as the JSON that it writes of the same object; nonsense is refused. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { definitionStrategy } from "../../src/testing/internal/apiserver/definitions.js"
import { decodeKind } from "../../src/testing/internal/apiserver/goTypes.js"
import { isObject, type JsonObject } from "../../src/testing/internal/apiserver/json.js"
import { readProtobuf } from "../../src/testing/internal/apiserver/protobuf.js"

interface Recorded {
  readonly json: { readonly [key: string]: unknown; readonly apiVersion: string; readonly kind: string }
  readonly protobuf: string
}

const file = fileURLToPath(new URL("fixtures/protobuf.json", import.meta.url))
const recorded: ReadonlyArray<Recorded> = JSON.parse(fs.readFileSync(file, "utf8"))

const none = { apiVersion: "v1", kind: "ConfigMap" }
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"))

/** A value as the decoder of its kind takes it: in canonical form, zero values as it has them. */
const asKind = (value: JsonObject): unknown => {
  const { apiVersion, kind } = value
  const [version, group = ""] = String(apiVersion).split("/").reverse()
  const decoded = kind === "CustomResourceDefinition"
    ? definitionStrategy.decode?.(value)
    : decodeKind(group, version ?? "", String(kind), value)
  if (decoded?._tag !== "Decoded") throw new Error(`${kind}: ${decoded?.message ?? "no such kind"}`)
  assert.deepStrictEqual(decoded.unknownFields, [])
  return decoded.object
}

/** The templates of claims in a StatefulSet have no kind in protobuf; the server fills it in. */
const withoutTemplateTypes = (object: JsonObject): JsonObject => {
  const spec = object["spec"]
  if (!isObject(spec) || !Array.isArray(spec["volumeClaimTemplates"])) return object
  const volumeClaimTemplates = spec["volumeClaimTemplates"].map(({ apiVersion: _, kind: _kind, ...rest }) => rest)
  return { ...object, spec: { ...spec, volumeClaimTemplates } }
}

describe("readProtobuf", () => {
  it("there are more than sixty kinds", () => assert.isAbove(recorded.length, 60))

  it.each(recorded.map((each) => [`${each.json.apiVersion} ${each.json.kind}`, each] as const))(
    "%s is read as its JSON is",
    (_, { json, protobuf }) => {
      const read = readProtobuf(bytesOf(protobuf), none)
      if (read.error !== undefined || read.issue !== undefined) throw new Error(read.error ?? read.issue)
      assert.deepStrictEqual(asKind(read.value), asKind(withoutTemplateTypes({ ...json })))
    }
  )

  const varint = (value: number): ReadonlyArray<number> =>
    value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
  const part = (number: number, content: ReadonlyArray<number>): ReadonlyArray<number> => [
    ...varint(number * 8 + 2),
    ...varint(content.length),
    ...content
  ]
  const text = (value: string): ReadonlyArray<number> => [...new TextEncoder().encode(value)]
  const magic = text("k8s\0")
  const body = (apiVersion: string, kind: string, raw: ReadonlyArray<number>): Uint8Array =>
    Uint8Array.from([...magic, ...part(1, [...part(1, text(apiVersion)), ...part(2, text(kind))]), ...part(2, raw)])
  const configMap = (raw: ReadonlyArray<number>): Uint8Array => body("v1", "ConfigMap", raw)

  const name = part(1, part(1, text("a")))

  it.each<readonly [string, Uint8Array, JsonObject]>([
    ["unknown fields are passed over", configMap([...name, ...part(99, [1]), 8 * 15, 3]), { metadata: { name: "a" } }],
    ["groups are passed over", configMap([...name, 9 * 8 + 3, 8 * 15, 3, 9 * 8 + 4]), { metadata: { name: "a" } }],
    ["an envelope without a kind is of the kind that is expected", body("", "", name), { metadata: { name: "a" } }],
    ["parts of a message are merged", configMap([...name, ...part(1, part(3, text("b")))]), {
      metadata: { name: "a", namespace: "b" }
    }],
    ["an entry without a value has an empty one", configMap(part(2, part(1, text("k")))), { data: { k: "" } }],
    ["bytes are base64", configMap(part(3, [...part(1, text("k")), ...part(2, [0, 255])])), {
      binaryData: { k: "AP8=" }
    }],
    ["no text is a prototype", configMap(part(2, [...part(1, text("__proto__")), ...part(2, text("v"))])), {
      data: JSON.parse("{\"__proto__\":\"v\"}")
    }]
  ])("%s", (_, bytes, expected) => {
    assert.deepStrictEqual(readProtobuf(bytes, none), { value: { ...expected, ...none } })
  })

  it("a negative number has ten bytes", () => {
    const grace = body("v1", "DeleteOptions", [8, ...Array.from({ length: 9 }, () => 255), 1])
    assert.deepStrictEqual(readProtobuf(grace, none), {
      value: { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: -1 }
    })
  })

  it("packed numbers are read as repeated ones are", () => {
    const groups = (content: ReadonlyArray<number>) => body("v1", "Pod", part(2, part(14, content)))
    const expected = {
      value: { apiVersion: "v1", kind: "Pod", spec: { securityContext: { supplementalGroups: [1, 300] } } }
    }
    assert.deepStrictEqual(readProtobuf(groups(part(4, [1, ...varint(300)])), none), expected)
    assert.deepStrictEqual(readProtobuf(groups([32, 1, 32, ...varint(300)]), none), expected)
  })

  it.each<readonly [string, Uint8Array]>([
    ["empty data", new Uint8Array()],
    ["empty body", Uint8Array.from(magic)],
    [
      "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
      Uint8Array.from(text("{}"))
    ],
    ["unexpected EOF", Uint8Array.from([...magic, 255, 255])],
    ["proto: wrong wireType = 0 for field TypeMeta", Uint8Array.from([...magic, 8, 3])]
  ])("%s", (error, bytes) => {
    assert.deepStrictEqual(readProtobuf(bytes, none), { error })
  })

  it.each<readonly [string, ReadonlyArray<number>]>([
    ["unexpected EOF", part(1, part(1, text("a"))).slice(0, -1)],
    ["unexpected EOF", [10, 255, 255, 255, 255, 255, 255, 255, 127]],
    ["proto: integer overflow", [10, ...Array.from({ length: 11 }, () => 255)]],
    ["proto: negative length found during unmarshaling", [10, ...Array.from({ length: 9 }, () => 255), 1]],
    ["proto: wrong wireType = 0 for field ObjectMeta", [8, 5]],
    ["proto: wrong wireType = 5 for field Data", [21, 1, 2, 3, 4]],
    ["proto: illegal wireType 7", [79]],
    ["proto: ConfigMap: illegal tag 0 (wire type 2)", [2, 1, 97]],
    ["proto: ConfigMap: wiretype end group for non-group", [76]]
  ])("%s: %j", (issue, raw) => {
    assert.deepStrictEqual(readProtobuf(configMap(raw), none), { value: none, issue })
  })

  it("what is nested too deeply is refused", () => {
    let schema: ReadonlyArray<number> = []
    for (let depth = 0; depth < 1200; depth++) schema = part(28, schema)
    const versions = part(7, [...part(1, text("v1")), ...part(4, part(1, schema))])
    const read = readProtobuf(body("apiextensions.k8s.io/v1", "CustomResourceDefinition", part(2, versions)), none)
    assert.strictEqual(read.error === undefined ? read.issue : read.error, "exceeded max depth")
  })

  it("objects that are cut off or changed anywhere are read or refused, and nothing is thrown", () => {
    let state = 20260101
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return state % below
    }
    for (const { protobuf } of recorded) {
      const bytes = bytesOf(protobuf)
      for (let round = 0; round < 60; round++) {
        const changed = Uint8Array.from(bytes.subarray(0, round % 2 === 0 ? random(bytes.length) : bytes.length))
        for (let at = 0; at < round % 4 && changed.length > 0; at++) changed[random(changed.length)] = random(256)
        const read = readProtobuf(changed, none)
        assert.isTrue(typeof read.error === "string" || isObject(read.value))
      }
    }
  })
})
