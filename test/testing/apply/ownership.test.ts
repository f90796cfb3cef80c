/** Ownership of fields: what is left when scenarios cannot wait for a second, and laws of merging. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as TestClock from "effect/TestClock"
import { compare } from "../../../src/testing/internal/apiserver/apply/compare.js"
import { fieldsOfNew } from "../../../src/testing/internal/apiserver/apply/createFields.js"
import { fieldsOf, removeFields } from "../../../src/testing/internal/apiserver/apply/elements.js"
import { decodeFieldsV1 } from "../../../src/testing/internal/apiserver/apply/fieldsV1.js"
import { merge } from "../../../src/testing/internal/apiserver/apply/merge.js"
import { reconcile } from "../../../src/testing/internal/apiserver/apply/reconcile.js"
import { customTypeOf, kindTypeOf } from "../../../src/testing/internal/apiserver/apply/types.js"
import type { JsonObject } from "../../../src/testing/internal/apiserver/json.js"
import * as TestCluster from "../../../src/testing/TestCluster.js"
import { client, configMap, configMaps } from "../support/apiserver.js"

const text = FastCheck.constantFrom("a", "b", "c")

/** Objects of a kind with lists of every type. */
const type = customTypeOf({
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        plain: { type: "array", items: { type: "string" } },
        set: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        map: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name", "port"],
          items: {
            type: "object",
            properties: { name: { type: "string" }, port: { type: "integer", default: 80 }, value: { type: "string" } }
          }
        },
        whole: { type: "object", additionalProperties: { type: "string" }, "x-kubernetes-map-type": "atomic" },
        parts: { type: "object", additionalProperties: { type: "string" } },
        open: { type: "object", "x-kubernetes-preserve-unknown-fields": true }
      }
    }
  }
})

const item = FastCheck.record({
  name: text,
  port: FastCheck.constantFrom(80, 81),
  value: text
}, { requiredKeys: ["name"] })

const byKey = (each: { readonly name: string; readonly port?: number }): string => `${each.name}:${each.port ?? 80}`

const object = FastCheck.record({
  spec: FastCheck.record({
    plain: FastCheck.array(text, { minLength: 1, maxLength: 3 }),
    set: FastCheck.uniqueArray(text, { minLength: 1 }),
    map: FastCheck.uniqueArray(item, { minLength: 1, maxLength: 4, selector: byKey }),
    whole: FastCheck.dictionary(text, text, { minKeys: 1 }),
    parts: FastCheck.dictionary(text, text, { minKeys: 1 }),
    open: FastCheck.record({ a: FastCheck.dictionary(text, text, { minKeys: 1 }), b: FastCheck.array(text) })
  }, { requiredKeys: [] })
}) as FastCheck.Arbitrary<JsonObject>

describe("merging", () => {
  it.prop("an object merged with what it says already is the same", [object], ([one]) => {
    assert.deepStrictEqual(merge(one, one, type), one)
    const { added, modified, removed } = compare(one, structuredClone(one), type)
    assert.isTrue(added.isEmpty && modified.isEmpty && removed.isEmpty)
  })

  it.prop("what a configuration says is what is there afterwards", [object, object], ([one, other]) => {
    const merged = merge(one, other, type)
    const { added, modified, removed } = compare(other, merged, type)
    assert.isTrue(modified.isEmpty && removed.isEmpty)
    assert.isTrue(added.intersection(fieldsOf(other, type)).isEmpty)
  })

  it.prop("what was added can be removed again", [object, object], ([one, other]) => {
    const merged = merge(one, other, type)
    const { added, modified } = compare(one, merged, type)
    if (!modified.isEmpty) return
    const { added: left } = compare(one, removeFields(merged, added, type), type)
    assert.isTrue(left.isEmpty)
  })

  it.prop("the fields of a new object are those that it adds to an empty one", [object], ([one]) => {
    const fields = fieldsOfNew(one, {}, type, [])
    const { added } = compare({ metadata: {} }, { metadata: {}, ...one }, type)
    assert.isTrue(decodeFieldsV1(fields).equals(added))
  })

  it("items without a key have its default", () => {
    const pod = kindTypeOf("", "v1", "Pod")!
    const ports = (...list: ReadonlyArray<object>): JsonObject => ({
      spec: { containers: [{ name: "c", ports: list }] }
    })
    assert.deepStrictEqual(
      merge(ports({ containerPort: 80, protocol: "TCP" }), ports({ containerPort: 80, hostPort: 1 }), pod),
      ports({ containerPort: 80, protocol: "TCP", hostPort: 1 })
    )
    assert.deepStrictEqual(
      merge(ports({ containerPort: 80, protocol: "UDP" }), ports({ containerPort: 80 }), pod),
      ports({ containerPort: 80, protocol: "UDP" }, { containerPort: 80 })
    )
  })

  it("names like __proto__ are names", () => {
    const one: JsonObject = JSON.parse("{\"spec\":{\"parts\":{\"__proto__\":\"a\",\"constructor\":\"b\"}}}")
    const two: JsonObject = JSON.parse("{\"spec\":{\"parts\":{\"__proto__\":\"c\"}}}")
    const merged = merge(one, two, type)
    assert.strictEqual(JSON.stringify(merged), "{\"spec\":{\"parts\":{\"__proto__\":\"c\",\"constructor\":\"b\"}}}")
    assert.deepStrictEqual(
      [...compare(one, merged, type).modified.paths()].map((path) => path.join("/")),
      ["f:spec/f:parts/f:__proto__"]
    )
  })

  it("who owned the parts of what has become one whole owns the whole", () => {
    const owned = decodeFieldsV1({ "f:spec": { "f:whole": { "f:a": {}, "f:b": {} }, "f:parts": { "f:a": {} } } })
    assert.isTrue(
      reconcile(owned, type).equals(decodeFieldsV1({ "f:spec": { "f:whole": {}, "f:parts": { "f:a": {} } } }))
    )
  })
})

describe("managers in time", () => {
  const one = configMaps("default", "a")
  const shown = (
    reply: { readonly body: { readonly metadata: { readonly managedFields: ReadonlyArray<JsonObject> } } }
  ) => reply.body.metadata.managedFields.map(({ manager, operation, time }) => `${operation} ${manager} ${time}`)

  it.scoped("entries are sorted by what was done, then by time, then by name; a time changes with what is owned (S38)", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const service = yield* TestCluster.make()
      const { get, merge: patch, post } = client(service)
      yield* post(`${configMaps()}?fieldManager=z`, configMap("a", { data: { k: "1", l: "1", m: "1" } }))
      yield* patch(`${one}?fieldManager=y`, { data: { l: "2" } })
      assert.deepStrictEqual(shown(yield* get(one)), [
        "Update y 2026-01-01T00:00:00Z",
        "Update z 2026-01-01T00:00:00Z"
      ])
      yield* TestClock.adjust("1 second")
      const before = yield* get(one)
      yield* patch(`${one}?fieldManager=y`, { data: { l: "2" } })
      assert.deepStrictEqual((yield* get(one)).body, before.body)
      yield* patch(`${one}?fieldManager=y`, { data: { l: "3" } })
      assert.deepStrictEqual(shown(yield* get(one)), [
        "Update z 2026-01-01T00:00:00Z",
        "Update y 2026-01-01T00:00:01Z"
      ])
    }))
})
