import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Reflector from "../../src/runtime/Reflector.js"

const object = (resourceVersion: string, value: string) => ({
  metadata: { name: "a", namespace: "default", uid: "1", resourceVersion, creationTimestamp: "2030-01-01T00:00:00Z" },
  data: { value }
})

it.scoped("a version that is used again after history was lost is told as an update where the object differs (W36, W46)", () =>
  Effect.gen(function*() {
    const seen = yield* Deferred.make<void>()
    const again = Effect.as(Deferred.await(seen), { _tag: "Applied" as const, object: object("7", "after") })
    const store = yield* Reflector.fromStream(
      Stream.make(
        { _tag: "Init" as const, reason: "Start" as const },
        { _tag: "InitPage" as const, objects: [object("7", "before")] },
        { _tag: "InitDone" as const, resourceVersion: "7" }
      ).pipe(Stream.concat(Stream.fromEffect(again)), Stream.concat(Stream.never))
    )
    const told = store.changes.pipe(
      Stream.tap(() => Deferred.succeed(seen, undefined)),
      Stream.map(({ _tag, object }) => `${_tag} ${object.data.value}`),
      Stream.take(2),
      Stream.runCollect
    )
    assert.deepStrictEqual([...(yield* told)], ["Added before", "Updated after"])
  }))
