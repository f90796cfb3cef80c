/** Sharing, as a real API server sees it: by its own count of the watches that are open. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as Request from "../../src/protocol/Request.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Informers from "../../src/runtime/Informers.js"
import * as EnvTest from "../../src/testing/EnvTest.js"

const every = Api.all(ConfigMap)
const here = Api.namespaced(ConfigMap, "default")

/** How many watches of ConfigMaps the server counts. */
const open = Effect.gen(function*() {
  const client = yield* KubeClient.KubeClient
  const { body } = yield* client.execute(Request.raw({ path: "/metrics" }))
  let sum = 0
  for (const line of String(body).split("\n")) {
    if (!line.startsWith("apiserver_longrunning_requests{")) continue
    if (line.includes("resource=\"configmaps\"") && line.includes("verb=\"WATCH\"")) {
      sum += Number(line.split(" ").pop())
    }
  }
  return sum
})

/** It counts a watch for a moment longer than that is open. */
const comesTo = (count: number) =>
  Effect.retry(
    Effect.flatMap(open, (now) => now === count ? Effect.void : Effect.fail(`${now} watches, expected ${count}`)),
    { schedule: Schedule.spaced("100 millis"), times: 50 }
  )

describe("Informers on a real server", () => {
  it.live(
    "one watch for all who ask and all controllers, one for each namespace of several, and none when all is over (W51, W52, W54)",
    () =>
      Effect.gen(function*() {
        // The server itself watches some.
        const own = yield* open
        yield* here.create({ metadata: { name: "a" }, data: { at: "0" } })

        const scope = yield* Scope.make()
        const stores = yield* Effect.forEach(
          Array.from({ length: 20 }),
          () => Scope.extend(Informers.get(every, { idleTime: "1 second" }), scope),
          { concurrency: "unbounded" }
        )
        yield* Effect.forEach(stores, (store) => store.ready, { concurrency: "unbounded" })
        yield* comesTo(own + 1)

        const seen = new Set<string>()
        const controller = (name: string) =>
          Controller.make(name, {
            for: every,
            reconcile: ({ metadata }) => Effect.sync(() => void seen.add(`${name} ${metadata.name}`))
          }).pipe(Controller.owns(every))
        yield* Layer.buildWithScope(
          Layer.merge(Controller.layer(controller("one")), Controller.layer(controller("two"))),
          scope
        )
        yield* comesTo(own + 1)

        // One consumer that never takes anything, and another one.
        const told: Array<string | undefined> = []
        yield* Effect.forkIn(Stream.runForEach(stores[0]!.changesWith({ buffer: 5 }), () => Effect.never), scope)
        yield* Effect.forkIn(
          Stream.runForEach(stores[1]!.changes, ({ object }) => Effect.sync(() => told.push(object.data?.["at"]))),
          scope
        )
        for (let i = 1; i <= 50; i++) {
          const written = yield* here.createOrReplace({ metadata: { name: "a" }, data: { at: String(i) } })
          yield* Effect.timeout(stores[2]!.waitFor(written), "10 seconds")
          for (const { pending } of yield* stores[3]!.consumers) assert.isAtMost(pending, 100)
        }
        yield* Effect.sleep("200 millis")
        assert.strictEqual(told[told.length - 1], "50")
        assert.isTrue(seen.has("one a") && seen.has("two a"))

        const joined = yield* Scope.extend(
          Informers.get(["default", "kube-system"].map((namespace) => Api.namespaced(ConfigMap, namespace))),
          scope
        )
        yield* joined.ready
        assert.sameMembers(
          (yield* joined.list).map(({ metadata }) => metadata.uid),
          (yield* every.list()).items
            .filter(({ metadata }) => metadata.namespace === "default" || metadata.namespace === "kube-system")
            .map(({ metadata }) => metadata.uid)
        )
        yield* comesTo(own + 3)

        yield* Scope.close(scope, Exit.void)
        // The first for a second more, those of the namespaces for half a minute.
        yield* comesTo(own + 2)

        // Another client has its own, which ends with it, however long it would be kept.
        const { connection } = yield* EnvTest.EnvTest
        const its = yield* Scope.make()
        const client = yield* Scope.extend(NodeKubeClient.make(connection), its)
        yield* Effect.scoped(Effect.flatMap(Informers.get(every, { idleTime: Infinity }), (store) => store.ready)).pipe(
          Effect.provideService(KubeClient.KubeClient, client)
        )
        yield* comesTo(own + 3)
        yield* Scope.close(its, Exit.void)
        yield* comesTo(own + 2)
      }).pipe(Effect.provide(Layer.merge(EnvTest.layer, NodeContext.layer))),
    120_000
  )
})
