import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const configMaps = Api.all(ConfigMap)

/** The requests that came since so many. */
const requestsSince = (count: number) =>
  Effect.flatMap(TestCluster.TestCluster, (cluster) => Effect.map(cluster.requests, (all) => all.slice(count)))

const follow = (options: Watcher.Options) =>
  Effect.zipRight(
    Effect.forkScoped(Stream.runDrain(Watcher.watch(configMaps, options))),
    TestClock.adjust("10 seconds")
  )

describe("a server that cannot answer is not asked more often than the backoff says", () => {
  it.scoped("the question how new it is, after a reconnect, is asked once a step (W5, W36)", () =>
    Effect.gen(function*() {
      const { faults, requests } = yield* TestCluster.TestCluster
      yield* follow({ initialList: "streamed" })
      const before = (yield* requests).length
      // Watches are opened and lists break: what a proxy does whose server is away.
      yield* faults.inject({ when: ({ verb }) => verb === "list", fault: { _tag: "Disconnect" } })
      yield* faults.cutWatches()
      for (let second = 0; second < 60; second++) yield* TestClock.adjust("1 second")
      const asked = yield* requestsSince(before)
      const watches = asked.filter(({ verb }) => verb === "watch").length
      const lists = asked.filter(({ verb }) => verb === "list").length
      assert.isAtLeast(watches, 3)
      assert.strictEqual(lists, watches)
      assert.isAtMost(asked.length, 15)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.scoped("nor is the question for its version (W5, W9)", () =>
    Effect.gen(function*() {
      const { faults } = yield* TestCluster.TestCluster
      yield* faults.inject({ fault: { _tag: "Disconnect" } })
      yield* follow({ initialList: "auto" })
      for (let second = 0; second < 50; second++) yield* TestClock.adjust("1 second")
      const asked = yield* requestsSince(0)
      assert.isAtLeast(asked.length, 3)
      assert.isAtMost(asked.length, 8)
    }).pipe(Effect.provide(TestCluster.layer)))
})
