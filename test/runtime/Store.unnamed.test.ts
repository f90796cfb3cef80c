/** Items of a list whose name cannot be read: nobody knows which objects they are. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Reflector from "../../src/runtime/Reflector.js"
import { configMaps, type ModelServer } from "./modelServer.js"
import { onServer, settle } from "./watching.js"

/** Has a and b; the next list has these items in the place of a. What consumers are told, and what the store has then. */
const relisted = (server: ModelServer, item: (text: string) => string) =>
  Effect.gen(function*() {
    server.put("a")
    server.put("b")
    server.put("gone")
    const store = yield* Reflector.make(configMaps)
    yield* store.ready
    const told: Array<string> = []
    yield* Effect.forkScoped(
      Stream.runForEach(
        store.changes,
        (change) => Effect.sync(() => told.push(`${change._tag} ${change.object.metadata.name}`))
      )
    )
    yield* settle
    told.length = 0
    const [a, b] = ["a", "b"].map((name) => JSON.stringify(server.objects.get(`default/${name}`)))
    let broken = true
    server.script = (asked) =>
      asked.kind === "list" && broken
        ? {
          stream: Stream.make(new TextEncoder().encode(
            `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"103"},"items":[${item(a!)},${b}]}`
          ))
        }
        : undefined
    server.error(410, "Expired")
    yield* TestClock.adjust("1 minute")
    const names = Effect.map(store.list, (all) => all.map(({ metadata }) => metadata.name).sort())
    const first = { told: told.splice(0), names: yield* names, apart: (yield* store.undecodable).length }
    // The next list can be read again, and one object has really gone.
    broken = false
    server.put("b")
    server.remove("gone")
    yield* settle
    server.put("b")
    server.compact()
    yield* settle
    server.error(410, "Expired")
    yield* TestClock.adjust("1 minute")
    return { first, names: yield* names, apart: (yield* store.undecodable).length }
  })

describe("A list with an item whose name cannot be read", () => {
  it.scoped("takes nothing that is missing for deleted, for the item may be any of it, and the next list makes it good (W31, W44, W50)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const { apart, first, names } = yield* relisted(server, () => "{\"metadata\":{\"name\":\"a\",!!}}")
        assert.deepStrictEqual(first, { told: [], names: ["a", "b", "gone"], apart: 1 })
        assert.deepStrictEqual(names, ["a", "b"])
        assert.strictEqual(apart, 0)
      })
    ))

  it.scoped("keeps only the object of its uid, where that can be read (W31, W44, W50)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const { first } = yield* relisted(server, (text) => text.replace("\"name\":\"a\",", ""))
        assert.deepStrictEqual(first, { told: ["Deleted gone"], names: ["a", "b"], apart: 1 })
      })
    ))
})
