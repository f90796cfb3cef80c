import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as vm from "node:vm"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import { Pod, Secret } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import { metadata } from "./served.js"

const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: null }, status: {} }

/** An object in objects, so many levels deep. */
const nested = (levels: number): string => "{\"properties\":{\"a\":".repeat(levels) + "{}" + "}}".repeat(levels)

const definition = (name: string, schema: string): string =>
  `{"metadata":{"name":"${name}","uid":"u","resourceVersion":"7","creationTimestamp":"2026-01-01T00:00:00Z"},` +
  `"spec":{"group":"b","scope":"Namespaced","names":{"kind":"A","plural":"a"},` +
  `"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":${schema}}}]},"status":{}}`

class Filtered extends Resource.Custom<Filtered>()("clux.dev/v1", "Filtered", {
  scope: "Namespaced",
  spec: Schema.Struct({
    title: Schema.String.pipe(Schema.filter(() => {
      throw new Error("boom")
    }))
  })
}) {}

describe("what is decoded and is not ours", () => {
  it.effect("is not changed, whatever class it has and wherever it comes from", () =>
    Effect.gen(function*() {
      const realm: typeof pod = vm.runInNewContext(`(${JSON.stringify(pod)})`)
      const bare: typeof pod = Object.assign(Object.create(null), pod, { spec: Object.freeze({ containers: null }) })
      for (const value of [realm, bare, structuredClone(pod)]) {
        const decoded = yield* Resource.decodeUnknown(Pod)(value)
        assert.deepStrictEqual(decoded.spec.containers, [])
        assert.isNull(value.spec.containers)
        assert.deepStrictEqual(Schema.decodeUnknownSync(Pod)(value).spec.containers, [])
        assert.isNull(value.spec.containers)
      }
    }))

  it.effect("that is a cycle or too deep is a DecodeError", () =>
    Effect.gen(function*() {
      const cycle: { [key: string]: unknown } = { ...pod }
      cycle["status"] = { more: cycle }
      const deep = { ...pod, spec: { containers: [], more: JSON.parse(nested(20_000)) } }
      for (const value of [cycle, deep]) {
        const error = yield* Effect.flip(Resource.decodeUnknown(Pod)(value))
        assert.strictEqual(
          error.message,
          "decode Pod default/a: the object does not fit the schema: (root): expected an object that is not nested so deep, found too many levels, or a cycle"
        )
        assert.isFalse(Schema.is(Pod)(value))
      }
    }))

  it.effect("that makes a program's own filter throw is a DecodeError", () =>
    Effect.gen(function*() {
      const object = { apiVersion: "clux.dev/v1", kind: "Filtered", metadata, spec: { title: "x" } }
      const error = yield* Effect.flip(Resource.decodeUnknown(Filtered)(object))
      assert.include(error.message, "an exception: Error: boom")
    }))

  it.effect("of a kind whose values are secret says nothing of them, not even of its kind", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Resource.decodeUnknown(Secret)({ apiVersion: "v1", kind: "hunter2", metadata }))
      assert.notInclude(error.message, "hunter2")
      assert.include(error.message, "found a string")
    }))
})

describe("an answer that is nested too deep", () => {
  const definitions = Api.cluster(CustomResourceDefinition)
  const ours = definition("ours", "{\"type\":\"object\"}")
  const theirs = definition("theirs", nested(5_000))
  const client = KubeClient.layerTest((request) => {
    const body = request.path.endsWith("/theirs")
      ? `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",${theirs.slice(1)}`
      : `{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[${ours},${theirs}]}`
    return Effect.succeed({
      stream: Stream.make(new TextEncoder().encode(body)),
      headers: { "content-type": "application/json" }
    })
  })

  it.effect("is a DecodeError that names it", () =>
    Effect.gen(function*() {
      assert.include((yield* Effect.flip(definitions.get("theirs"))).message, "not nested so deep")
      const error = yield* Effect.flip(definitions.list())
      assert.strictEqual(error._tag, "KubeDecodeError")
      assert.include(error.message, "theirs")
    }).pipe(Effect.provide(client)))
})
