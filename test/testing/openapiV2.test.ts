/** OpenAPI v2: every reference of the document leads somewhere, and its protobuf is the same document. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { readFields } from "../../src/testing/internal/apiserver/protobufWire.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const read = (accept: string) =>
  Effect.gen(function*() {
    const cluster = yield* TestCluster.TestCluster
    const { body, headers, status } = yield* Effect.orDie(
      cluster.handle({ method: "GET", url: "/openapi/v2", headers: { accept }, body: new Uint8Array() })
    )
    const bytes = typeof body === "string"
      ? new TextEncoder().encode(body)
      : Buffer.concat(Chunk.toArray(yield* Effect.orDie(Stream.runCollect(body))))
    return { bytes, headers, status }
  })

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** The blocks of one number in a message. */
const blocks = (bytes: Uint8Array, number: number): ReadonlyArray<Uint8Array> =>
  [...readFields(bytes, "Message")].flatMap((field) => field.number === number && field.wire === 2 ? [field.value] : [])

const named = (bytes: Uint8Array): ReadonlyArray<string> => blocks(bytes, 1).map((each) => text(blocks(each, 1)[0]!))

describe("OpenAPI v2", () => {
  it.effect("refers only to what it defines", () =>
    Effect.gen(function*() {
      const { bytes } = yield* read("application/json")
      const document = JSON.parse(text(bytes))
      const referred = [...text(bytes).matchAll(/"\$ref":"([^"]*)"/g)].map(([, name]) => name!)
      assert.isAbove(referred.length, 1000)
      assert.deepStrictEqual(
        referred.filter((name) => !Object.hasOwn(document.definitions, name.replace("#/definitions/", ""))),
        []
      )
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("says the same in protobuf", () =>
    Effect.gen(function*() {
      const document = JSON.parse(text((yield* read("application/json")).bytes))
      const { bytes, headers, status } = yield* read("application/com.github.proto-openapi.spec.v2@v1.0+protobuf")
      assert.strictEqual(status, 200)
      assert.strictEqual(headers["content-type"], "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
      assert.strictEqual(text(blocks(bytes, 1)[0]!), "2.0")
      assert.deepStrictEqual(named(blocks(bytes, 9)[0]!), Object.keys(document.definitions))
      const paths = blocks(blocks(bytes, 8)[0]!, 2).map((each) => text(blocks(each, 1)[0]!))
      assert.deepStrictEqual(paths, Object.keys(document.paths))
    }).pipe(Effect.provide(TestCluster.layer)))
})
