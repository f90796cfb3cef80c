/** Watch-lists of a real server. */
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Request from "../../src/protocol/Request.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import type * as Store from "../../src/runtime/Store.js"
import type * as Watcher from "../../src/runtime/Watcher.js"
import * as ClientFaults from "../../src/testing/ClientFaults.js"
import * as shared from "../envtest/shared.js"
import { followed, inNamespace } from "./watchingReal.js"

/** A store by watch-list, and the URLs that its watcher asked for. */
const followedByWatchList = (
  api: Configs,
  options?: Watcher.Options,
  change: (request: Request.Request<unknown>) => object = () => ({})
) =>
  Effect.gen(function*() {
    const client = yield* KubeClient
    const asked: Array<string> = []
    const open: typeof client.open = (request) => {
      asked.push(Request.url(request))
      return client.open({ ...request, ...change(request) })
    }
    const made = yield* Effect.provideService(followed(api, { ...options, initialList: "watchList" }), KubeClient, {
      ...client,
      open
    })
    yield* made.store.ready
    return { ...made, asked }
  })

type Configs = Api.Namespaced<typeof ConfigMap>

const versions = (objects: Iterable<ConfigMap>): ReadonlyArray<string> =>
  Array.from(objects, ({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort()

const assertEqual = (store: Store.Store<ConfigMap>, api: Configs) =>
  Effect.gen(function*() {
    const last = yield* api.createOrReplace({ metadata: { name: "last" }, data: { at: crypto.randomUUID() } })
    yield* Effect.timeout(store.waitFor(last.metadata.resourceVersion), "20 seconds")
    assert.deepStrictEqual(versions(yield* store.list), versions((yield* api.list()).items))
  })

const write = (api: Configs, count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, i) => i),
    (i) => api.create({ metadata: { name: `o${i}` }, data: { i: String(i) } }),
    { concurrency: 8, discard: true }
  )

describe("A watch-list of a real server", () => {
  layer(shared.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    for (const semantics of ["consistent", "any"] as const) {
      it.scoped(`fills a store that equals the list, and goes on on the same connection: ${semantics} (W9, W16, W18)`, () =>
        Effect.gen(function*() {
          const api = Api.namespaced(ConfigMap, yield* inNamespace)
          yield* write(api, 300)
          const { asked, said, store } = yield* followedByWatchList(api, { semantics })
          if (semantics === "consistent") assert.strictEqual(yield* store.size, 300)
          yield* api.delete("o7")
          yield* assertEqual(store, api)
          const url = asked[0]!
          for (
            const part of [
              "watch=1",
              "sendInitialEvents=true",
              "resourceVersionMatch=NotOlderThan",
              "allowWatchBookmarks=true"
            ]
          ) {
            assert.include(url, part)
          }
          assert.strictEqual(url.includes("resourceVersion=0"), semantics === "any")
          assert.lengthOf(asked, 1)
          assert.deepStrictEqual(said.filter((text) => text.startsWith("Init") && text !== "InitPage"), [
            "Init Start",
            "InitDone"
          ])
        }))
    }

    it.scoped("of an empty collection is complete (W15, W18)", () =>
      Effect.gen(function*() {
        const api = Api.namespaced(ConfigMap, yield* inNamespace)
        const store = yield* Reflector.make(api, { initialList: "watchList" })
        yield* Effect.timeout(store.ready, "10 seconds")
        yield* assertEqual(store, api)
      }))

    it.scoped("is right while objects are created, changed and deleted as it begins (W18, W39, W43)", () =>
      Effect.gen(function*() {
        const api = Api.namespaced(ConfigMap, yield* inNamespace)
        yield* write(api, 200)
        const writer = (id: number) =>
          Effect.forEach(Array.from({ length: 60 }, (_, i) => i), (i) => {
            const name = `o${(id * 50 + i * 7) % 200}`
            return Effect.gen(function*() {
              if (i % 3 === 1) yield* Effect.ignore(api.createOrReplace({ metadata: { name }, data: { i: String(i) } }))
              else yield* Effect.ignore(api.delete(name))
              yield* Effect.ignore(api.createOrReplace({ metadata: { name: `n${id}-${i % 9}` } }))
            })
          }, { discard: true })
        const writers = yield* Effect.fork(Effect.forEach([0, 1, 2, 3], writer, { concurrency: "unbounded" }))
        const stores: Array<Store.Store<ConfigMap>> = []
        for (let i = 0; i < 8; i++) {
          stores.push(yield* Reflector.make(api, { initialList: "watchList" }))
          yield* Effect.sleep("150 millis")
        }
        yield* Fiber.join(writers)
        for (const store of stores) yield* assertEqual(store, api)
      }))

    it.scoped("is made again when the history has expired (W16, W23)", () =>
      Effect.gen(function*() {
        const faults = yield* ClientFaults.ClientFaults
        const api = Api.namespaced(ConfigMap, yield* inNamespace)
        yield* write(api, 20)
        const { asked, changes, said, store } = yield* followedByWatchList(api)
        yield* api.create({ metadata: { name: "before" } })
        yield* assertEqual(store, api)
        asked.length = 0
        yield* faults.blockWatches
        yield* api.delete("o3")
        yield* faults.expireWatches
        yield* faults.unblockWatches
        yield* assertEqual(store, api)
        assert.include(said, "Init Expired")
        assert.strictEqual(changes.filter((change) => change === "Deleted o3").length, 1)
        assert.isTrue(asked.every((url) => url.includes("watch=1")), asked.join("\n"))
        assert.isTrue(asked.some((url) => url.includes("sendInitialEvents=true")))
      }).pipe(Effect.provide(ClientFaults.layer)))

    it.scoped("that is refused is a list from then on: a server refuses what it takes for a mistake (W19)", () =>
      Effect.gen(function*() {
        const api = Api.namespaced(ConfigMap, yield* inNamespace)
        yield* write(api, 5)
        // What a server answers that does not take the parameters of a watch-list.
        const { asked, said, store } = yield* followedByWatchList(api, {}, ({ query }) => ({
          query: query.filter(([name]) => name !== "resourceVersionMatch")
        }))
        assert.deepStrictEqual(versions(yield* store.list), versions((yield* api.list()).items))
        assert.include(said, "Trouble KubeStatusError")
        assert.lengthOf(asked.filter((url) => url.includes("sendInitialEvents")), 1)
      }))
  })
})
