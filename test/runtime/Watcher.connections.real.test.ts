/** Watching a real server through a proxy that breaks connections: in the middle of lists and watches, in silence, at the door. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import type * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import { kubeconfig, layer } from "../envtest/shared.js"
import * as cuttingProxy from "./cuttingProxy.js"
import { assertEqual, clientOf, connectionOf, followed, inNamespace, until } from "./watchingReal.js"

/** A namespace, and a client that reaches the server through a proxy. */
const setting = (options?: NodeKubeClient.Options) =>
  Effect.gen(function*() {
    const proxy = yield* cuttingProxy.open(yield* connectionOf(kubeconfig))
    const client = yield* clientOf(proxy.connection, options)
    const through = Effect.provideService(KubeClient, client)
    return { proxy, through, configMaps: Api.namespaced(ConfigMap, yield* inNamespace) }
  })

const run = <A, E>(effect: Effect.Effect<A, E, KubeClient | Scope.Scope>) =>
  effect.pipe(Effect.scoped, Effect.provide(layer))

const write = (api: Api.Namespaced<typeof ConfigMap>, from: number, to: number, text = "") =>
  Effect.forEach(
    Array.from({ length: to - from }, (_, i) => from + i),
    (i) => api.create({ metadata: { name: `o${i}` }, data: { text } }),
    { concurrency: 8, discard: true }
  )

const lists = (said: ReadonlyArray<string>) => said.filter((text) => text.startsWith("Init ")).join()

describe("Watching a real server over connections that break", () => {
  it.live(
    "a watch that is cut, by a reset, an end or in the middle of a line, goes on where it was, without a list (W21)",
    () =>
      run(Effect.gen(function*() {
        const { configMaps, proxy, through } = yield* setting()
        const { said, store, troubles } = yield* through(followed(configMaps))
        yield* store.ready
        for (const [i, how] of (["reset", "end", "half", "reset"] as const).entries()) {
          const before = troubles.length
          yield* configMaps.create({ metadata: { name: `before-${i}` }, data: { text: "x".repeat(5000) } })
          yield* until(() => said.includes(`Applied before-${i}`), () => said)
          assert.isAtLeast(proxy.cut(how), 1)
          // Of the line of this one only a part may come.
          yield* configMaps.create({ metadata: { name: `after-${i}` }, data: { text: "x".repeat(5000) } })
          yield* until(() => said.includes(`Applied after-${i}`), () => said)
          assert.isAbove(troubles.length, before)
        }
        assert.strictEqual(lists(said), "Init Start")
        assert.strictEqual(new Set(said.filter((text) => text.startsWith("Applied"))).size, 8)
        assert.strictEqual(said.filter((text) => text.startsWith("Applied")).length, 8)
        yield* assertEqual(store, configMaps)
      })),
    60_000
  )

  it.live(
    "a list that is cut in the middle is made again, and what came of it is not taken for the state (W37, W39, W43)",
    () =>
      run(Effect.gen(function*() {
        const { configMaps, proxy, through } = yield* setting()
        yield* write(configMaps, 0, 60, "x".repeat(40_000))
        for (const initialList of ["streamed", "paged"] as const) {
          const cutter = yield* Effect.forkScoped(Effect.forever(
            Effect.sync(() => proxy.cut("half")).pipe(
              Effect.zipRight(Effect.sleep("5 millis"))
            )
          ))
          const { said, store } = yield* through(followed(configMaps, { initialList, pageSize: 20 }))
          yield* until(() => said.filter((text) => text === "Trouble KubeTransportError").length >= 3, () => said)
          assert.notInclude(said, "InitDone")
          assert.isFalse(yield* store.isReady)
          assert.strictEqual(yield* store.size, 0)
          yield* Fiber.interrupt(cutter)
          yield* store.ready
          yield* assertEqual(store, configMaps)
          assert.match(lists(said), /^Init Start(,Init Start)*$/)
        }
      })),
    60_000
  )

  it.live(
    "a watch that falls silent with both ends open is given up, and goes on where it was, without a list (W2, W30)",
    () =>
      run(Effect.gen(function*() {
        const { configMaps, proxy, through } = yield* setting({ headerTimeout: { read: "1 second" } })
        const { said, store, troubles } = yield* through(
          followed(configMaps, { timeout: "3 seconds", silence: { afterTimeout: "500 millis" } })
        )
        yield* store.ready
        yield* configMaps.create({ metadata: { name: "a" } })
        yield* until(() => said.includes("Applied a"), () => said)
        // Also the connection on which the next list would have been made: the deadline for headers finds that out.
        proxy.cut("freeze")
        yield* configMaps.create({ metadata: { name: "b" } })
        yield* configMaps.delete("a")
        yield* until(() => said.includes("Deleted a"), () => said)
        assert.match(troubles.map(({ message }) => message).join(), /nothing came for/)
        assert.strictEqual(lists(said), "Init Start")
        yield* assertEqual(store, configMaps)
      })),
    60_000
  )

  it.live(
    "a server that takes the request and never answers is given up by the deadline for headers (W4, W30)",
    () =>
      run(Effect.gen(function*() {
        const { configMaps, proxy, through } = yield* setting({ headerTimeout: { read: "1 second" } })
        const silent = yield* Effect.forkScoped(Effect.forever(
          Effect.sync(() => proxy.cut("freeze")).pipe(
            Effect.zipRight(Effect.sleep("1 millis"))
          )
        ))
        const { said, store, troubles } = yield* through(followed(configMaps))
        yield* until(() => troubles.length >= 2, () => said)
        for (const error of troubles) assert.strictEqual(error._tag, "KubeTransportError")
        yield* Fiber.interrupt(silent)
        yield* store.ready
        yield* assertEqual(store, configMaps)
      })),
    60_000
  )

  it.live(
    "a server that refuses connections is asked after pauses, and all is well within one of its return (W5, W27)",
    () =>
      run(Effect.gen(function*() {
        const { configMaps, proxy, through } = yield* setting()
        const { said, store, troubles } = yield* through(followed(configMaps))
        yield* store.ready
        proxy.refuse(true)
        proxy.cut("reset")
        const opened = proxy.opened()
        yield* configMaps.create({ metadata: { name: "a" } })
        yield* until(() => troubles.length >= 5, () => said)
        assert.strictEqual(proxy.opened(), opened)
        proxy.refuse(false)
        yield* Effect.timeout(until(() => said.includes("Applied a")), "3 seconds")
        assert.strictEqual(lists(said), "Init Start")
        yield* assertEqual(store, configMaps)
      })),
    60_000
  )

  it.live(
    "when the Scope closes the connection of the watch is gone, also while it is made, listed or waited for (W54)",
    () =>
      run(Effect.gen(function*() {
        const { configMaps, proxy, through } = yield* setting()
        yield* write(configMaps, 0, 20, "x".repeat(10_000))
        for (const millis of [0, 1, 3, 10, 30, 100, 300]) {
          const scope = yield* Scope.make()
          const store = yield* through(Scope.extend(Reflector.make(configMaps), scope))
          yield* Effect.sleep(millis)
          const ready = yield* store.isReady
          yield* Scope.close(scope, Exit.void)
          // Connections for requests that end may be kept a while for the next one: two of them, not two each.
          yield* until(() => proxy.open() <= 2, () => ({ millis, ready, open: proxy.open() }))
        }
      })),
    60_000
  )
})
