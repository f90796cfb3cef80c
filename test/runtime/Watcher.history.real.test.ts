/** Watching a real server that loses history: compacted with and without a watch cache, and restored from an older backup. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import * as ClientFaults from "../../src/testing/ClientFaults.js"
import * as EnvTest from "../../src/testing/EnvTest.js"
import { assertEqual, backoff, followed, inNamespace, short, until } from "./watchingReal.js"

const write = (api: Api.Namespaced<typeof ConfigMap>, from: number, to: number) =>
  Effect.forEach(
    Array.from({ length: to - from }, (_, i) => from + i),
    (i) => api.create({ metadata: { name: `o${String(i).padStart(3, "0")}` } }),
    { concurrency: 8, discard: true }
  )

const lists = (said: ReadonlyArray<string>) => said.filter((text) => text.startsWith("Init ")).join()

/** What a client asks for, as `list limit=5` or `watch`. */
const spied = Effect.map(KubeClient, (client) => {
  const asked: Array<string> = []
  const service: typeof KubeClient.Service = {
    ...client,
    open: (request) => {
      const query = new Map(request.query)
      const name = ["limit", "continue", "resourceVersion"].filter((key) => query.has(key)).map((key) =>
        key === "limit" ? `limit=${query.get(key)}` : key
      )
      asked.push([request.info.verb, ...name].join(" "))
      return client.open(request)
    }
  }
  return { asked, service }
})

/** Without a watch cache every watch and every page is read from etcd, as it was at its resourceVersion. */
const withoutCache = ClientFaults.layer.pipe(
  Layer.provideMerge(EnvTest.layerWith({ apiserverFlags: { "watch-cache": "false" } }))
)

describe("Watching a real server that loses history", () => {
  it.live(
    "without a watch cache: 410 after a compaction, and a token that expires between two pages, each by one list (W11, W12, W14, W23, W24, W44)",
    () =>
      Effect.gen(function*() {
        const { etcd } = yield* EnvTest.EnvTest
        const faults = yield* ClientFaults.ClientFaults
        const configMaps = Api.namespaced(ConfigMap, yield* inNamespace)
        yield* write(configMaps, 0, 200)
        const { changes, said, store, troubles } = yield* followed(configMaps)
        yield* store.ready
        yield* faults.blockWatches
        yield* configMaps.delete("o001")
        yield* configMaps.create({ metadata: { name: "new" } })
        yield* etcd.compact
        said.length = 0
        changes.length = 0
        yield* faults.unblockWatches
        yield* until(() => said.includes("InitDone"), () => said)
        assert.strictEqual(lists(said), "Init Expired")
        assert.isTrue(troubles.some(({ _tag }) => _tag === "KubeExpired"))
        yield* assertEqual(store, configMaps)
        assert.deepStrictEqual(changes, ["Deleted o001", "Added new"])

        // A consumer that is slow with the first page: some pages are there already, the next one is asked for too late.
        const { asked, service } = yield* spied
        const events: Array<string> = []
        let slow = true
        let ahead = 0
        yield* Effect.forkScoped(
          Watcher.watch(configMaps, { backoff, initialList: "paged", pageSize: 5 }).pipe(
            Stream.runForEachChunk((chunk) =>
              Effect.gen(function*() {
                for (const event of chunk) events.push(short(event))
                if (!slow || events[events.length - 1] !== "InitPage") return
                slow = false
                yield* Effect.sleep("1 second")
                ahead = asked.length
                yield* configMaps.delete("o002")
                yield* etcd.compact
              })
            ),
            Effect.provideService(KubeClient, service)
          )
        )
        yield* until(() => events.includes("InitDone"), () => events)
        yield* until(() => asked.includes("watch resourceVersion"), () => asked)
        assert.isTrue(ahead >= 2 && ahead < 30, `${ahead} pages were asked for before the consumer had taken one`)
        assert.strictEqual(asked[0], "list limit=5")
        const further = asked.slice(1, -2)
        assert.isTrue(further.length >= ahead - 1 && further.length < 39, asked.join())
        assert.deepStrictEqual(new Set(further), new Set(["list limit=5 continue"]))
        assert.deepStrictEqual(asked.slice(-2), ["list", "watch resourceVersion"])
        assert.strictEqual(lists(events), "Init Start,Init Start")
        assert.include(events, "Trouble KubeExpired")
      }).pipe(Effect.scoped, Effect.provide(withoutCache)),
    120_000
  )

  it.live(
    "an etcd that is restored from a backup: what was written since is reported deleted, and what changed since changes back (W36, W44)",
    () =>
      Effect.gen(function*() {
        const { apiserver, etcd, folder } = yield* EnvTest.EnvTest
        const configMaps = Api.namespaced(ConfigMap, yield* inNamespace)
        yield* configMaps.create({ metadata: { name: "kept" } })
        yield* configMaps.create({ metadata: { name: "changed" }, data: { at: "backup" } })
        yield* configMaps.create({ metadata: { name: "deleted" } })
        const [data, backup] = [Path.join(folder, "etcd"), Path.join(folder, "backup")]
        const stop = Effect.zipRight(apiserver.kill(), etcd.stop)
        const start = Effect.zipRight(etcd.start, apiserver.start)
        yield* stop
        yield* Effect.promise(() => Fs.promises.cp(data, backup, { recursive: true }))
        yield* start

        const { changes, said, store } = yield* followed(configMaps)
        yield* store.ready
        yield* write(configMaps, 0, 60)
        yield* configMaps.modify("changed", (configMap) => ({ ...configMap, data: { at: "later" } }))
        yield* configMaps.delete("deleted")
        // So much is written that the versions after the restore stay below what was seen for a while.
        yield* Effect.forEach(
          Array.from({ length: 240 }, (_, i) => i),
          (i) => configMaps.patch(`o0${String(i % 60).padStart(2, "0")}`, Patch.merge({ data: { i: String(i) } })),
          { concurrency: 8, discard: true }
        )
        const last = yield* configMaps.create({ metadata: { name: "last" } })
        yield* store.waitFor(last.metadata.resourceVersion)
        changes.length = 0
        said.length = 0

        yield* stop
        yield* Effect.promise(() => Fs.promises.rm(data, { recursive: true }))
        yield* Effect.promise(() => Fs.promises.rename(backup, data))
        yield* start
        yield* until(() => said.includes("InitDone"), () => said)
        assert.strictEqual(lists(said), "Init HistoryReset")
        yield* assertEqual(store, configMaps)
        const news = [...changes].sort()
        assert.strictEqual(news.filter((text) => text.startsWith("Deleted ")).length, 61)
        assert.sameMembers(news.filter((text) => !text.startsWith("Deleted ")), [
          "Added deleted",
          "Updated changed",
          ...news.filter((text) => text === "Updated kube-root-ca.crt")
        ])
        // From there on it is followed.
        yield* configMaps.create({ metadata: { name: "after" } })
        yield* until(() => said.includes("Applied after"), () => said)
        yield* assertEqual(store, configMaps)
      }).pipe(Effect.scoped, Effect.provide(EnvTest.layer)),
    120_000
  )
})
