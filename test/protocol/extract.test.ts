import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Pod } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"

class Site extends Resource.Custom<Site>()("example.org/v1", "Site", {
  scope: "Namespaced",
  spec: Schema.Struct({
    at: Schema.optional(Schema.Date),
    names: Schema.optional(Schema.Array(Schema.String)),
    rows: Schema.optional(Schema.Array(Schema.Unknown)),
    options: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
  })
}) {}

const entry = (fieldsV1: unknown, more: object = {}) => ({
  manager: "me",
  operation: "Apply",
  apiVersion: "example.org/v1",
  fieldsType: "FieldsV1",
  fieldsV1: fieldsV1 as { readonly [key: string]: unknown },
  ...more
})

const site = (spec: Site["spec"], ...managedFields: ReadonlyArray<ReturnType<typeof entry>>): Site => ({
  apiVersion: "example.org/v1",
  kind: "Site",
  metadata: {
    name: "a",
    namespace: "d",
    uid: "u",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    managedFields
  },
  spec
})

const head = { apiVersion: "example.org/v1", kind: "Site", metadata: { name: "a", namespace: "d" } }
const me = { fieldManager: "me" }
const extracted = (object: Site) => Resource.extract(Site, object, me)

describe("Resource.extract", () => {
  it.effect("items by keys, values of sets and items by index come back, in the order of the list (C45)", () =>
    Effect.gen(function*() {
      const rows = [{ id: 1, port: "x", note: "mine" }, { id: 2, port: "x" }, "three", 4, { id: 1, port: "y" }]
      const object = site(
        { rows, names: ["b", "a", "c"] },
        entry({
          "f:spec": {
            "f:rows": {
              "k:{\"id\":1,\"port\":\"x\"}": { ".": {}, "f:id": {}, "f:note": {}, "f:port": {} },
              "i:2": {},
              "i:3": {}
            },
            "f:names": { "v:\"c\"": {}, "v:\"b\"": {} }
          }
        })
      )
      assert.deepStrictEqual<unknown>(yield* extracted(object), {
        ...head,
        spec: { rows: [{ id: 1, port: "x", note: "mine" }, "three", 4], names: ["b", "c"] }
      })
    }))

  it.effect("an object that was applied empty stays empty where others own its parts now (C45)", () =>
    Effect.gen(function*() {
      const spec = { options: { mine: {}, whole: { a: 1 } } }
      const filled = { options: { mine: { theirs: 1 }, whole: { a: 1 } } }
      const object = site(
        filled,
        entry({ "f:spec": { "f:options": { "f:mine": {}, "f:whole": {} } } }),
        entry({ "f:spec": { "f:options": { "f:mine": { "f:theirs": {} } } } }, { manager: "you" })
      )
      assert.deepStrictEqual<unknown>(yield* extracted(object), { ...head, spec })
    }))

  it.effect("it speaks the wire form of the kind (C45)", () =>
    Effect.gen(function*() {
      const object = site({ at: new Date(0) }, entry({ "f:spec": { "f:at": {} } }))
      assert.deepStrictEqual<unknown>(yield* extracted(object), { ...head, spec: { at: "1970-01-01T00:00:00.000Z" } })
    }))

  it.effect("what is no longer there, elements of a kind that nobody knows, and names of JavaScript's own do no harm", () =>
    Effect.gen(function*() {
      const options = JSON.parse("{\"__proto__\":{\"polluted\":true},\"constructor\":1}") as { [key: string]: unknown }
      const object = site(
        { options, names: [] },
        entry({
          "f:spec": {
            "f:options": JSON.parse(
              "{\"f:__proto__\":{\"f:polluted\":{}},\"f:constructor\":{},\"f:gone\":{}}"
            ) as object,
            "f:names": { "v:\"gone\"": {}, "v:{broken": {}, "z:new": {} },
            "f:rows": { "k:{broken": {} }
          },
          "f:toString": {}
        })
      )
      const { spec } = yield* extracted(object)
      assert.deepStrictEqual(Object.keys(spec ?? {}), ["options"])
      const found = spec?.options ?? {}
      assert.strictEqual(found["constructor"], 1)
      assert.strictEqual(Object.getPrototypeOf(found), Object.prototype)
      assert.strictEqual(({} as { polluted?: boolean }).polluted, undefined)
    }))

  it.effect("an entry of another version, of another operation or without fields is told from one that counts (C33)", () =>
    Effect.gen(function*() {
      const fields = { "f:spec": { "f:names": {} } }
      const older = yield* Effect.flip(extracted(site({}, entry(fields, { apiVersion: "example.org/v1beta1" }))))
      assert.include(
        older.message,
        "metadata.managedFields[0].apiVersion: expected \"example.org/v1\", found \"example.org/v1beta1\""
      )
      const empty = yield* Effect.flip(extracted(site({}, entry(undefined))))
      assert.include(empty.message, "metadata.managedFields[0].fieldsV1: expected an object, found nothing")
      for (const more of [{ operation: "Update" }, { manager: "you" }, { subresource: "status" }]) {
        assert.deepStrictEqual<unknown>(yield* extracted(site({ names: ["a"] }, entry(fields, more))), head)
      }
    }))

  it.effect("an item whose keys are all defaults is told by them, and a Pod's atomic parts come whole (C45)", () =>
    Effect.gen(function*() {
      const { metadata } = site(
        {},
        entry({
          "f:spec": {
            "f:containers": {
              "k:{\"name\":\"main\"}": {
                ".": {},
                "f:image": {},
                "f:ports": { "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {} }
              }
            },
            "f:affinity": { "f:nodeAffinity": { "f:requiredDuringSchedulingIgnoredDuringExecution": {} } }
          }
        }, { apiVersion: "v1" })
      )
      const required = {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n"] }] }]
      }
      const pod: Pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata,
        spec: {
          containers: [{ name: "main", image: "x", ports: [{ containerPort: 80, protocol: "TCP", name: "theirs" }] }],
          affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } }
        },
        status: {}
      }
      const found = yield* Resource.extract(Pod, pod, me)
      assert.deepStrictEqual<unknown>(found.spec, {
        containers: [{ name: "main", image: "x", ports: [{ containerPort: 80, protocol: "TCP" }] }],
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } }
      })
    }))
})
