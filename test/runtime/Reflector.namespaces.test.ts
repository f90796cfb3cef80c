import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { ConfigMap, Node, Secret } from "../../src/kinds/core/v1.js"
import * as ResourceVersion from "../../src/protocol/ResourceVersion.js"
import * as Informers from "../../src/runtime/Informers.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import type * as Store from "../../src/runtime/Store.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const places = ["default", "kube-system"]
const handles = places.map((namespace) => Api.namespaced(ConfigMap, namespace))
const settle = TestClock.adjust(0)

const put = (namespace: string, name: string, labels: { readonly [label: string]: string } = {}) =>
  Api.namespaced(ConfigMap, namespace).createOrReplace({ metadata: { name, labels }, data: { at: name } })

const watched = Effect.flatMap(TestCluster.TestCluster, (cluster) =>
  Effect.map(cluster.requests, (all) => {
    const paths = all.filter(({ verb }) => verb === "watch" || verb === "list").map(({ namespace, verb }) =>
      `${verb} ${namespace ?? "everywhere"}`
    )
    return [...new Set(paths)].sort()
  }))

const watches = Effect.flatMap(TestCluster.TestCluster, (cluster) => Effect.map(cluster.watches, (all) => all.length))

const keys = (objects: Iterable<ConfigMap>): ReadonlyArray<string> =>
  Array.from(objects, ({ metadata }) => `${metadata.namespace}/${metadata.name}`).filter((key) =>
    !key.includes("kube-root-ca")
  ).sort()

const onCluster = <A, E>(
  f: Effect.Effect<A, E, TestCluster.TestCluster | KubeClient.KubeClient | Scope.Scope>
): Effect.Effect<A, E, Scope.Scope> => Effect.provide(f, TestCluster.layer)

const doors: ReadonlyArray<{
  readonly name: string
  readonly open: (
    api: ReadonlyArray<Api.Namespaced<typeof ConfigMap>>,
    options?: Reflector.Options
  ) => Effect.Effect<Store.Store<ConfigMap, "app">, never, KubeClient.KubeClient | Scope.Scope>
}> = [
  {
    name: "Reflector.make",
    open: (api, options) =>
      Reflector.make(api, { ...options, indexes: { app: ({ metadata }) => [metadata.labels?.["app"] ?? ""] } })
  },
  {
    name: "Informers.get",
    open: (api, options) =>
      Informers.get(api, { ...options, indexes: { app: ({ metadata }) => [metadata.labels?.["app"] ?? ""] } })
  }
]

for (const { name, open } of doors) {
  describe(`several namespaces as one store: ${name}`, () => {
    it.scoped("one watch a namespace, and one store that reads and tells as one (W47, W51)", () =>
      onCluster(Effect.gen(function*() {
        yield* put("default", "a", { app: "web" })
        yield* put("kube-system", "b", { app: "web" })
        const store = yield* open([...handles, handles[0]!])
        assert.isFalse(yield* store.isReady)
        assert.deepStrictEqual(yield* store.resourceVersion, Option.none())
        yield* store.ready
        yield* settle
        assert.deepStrictEqual(yield* watched, [
          "list default",
          "list kube-system",
          "watch default",
          "watch kube-system"
        ])
        assert.strictEqual(yield* watches, 2)
        const heard: Array<string> = []
        yield* Effect.forkScoped(
          Stream.runForEach(
            store.changes,
            (change) => Effect.sync(() => heard.push(`${change._tag} ${keys([change.object]).join()}`))
          )
        )
        yield* settle
        assert.sameMembers(heard.filter((text) => text !== "Added "), ["Added default/a", "Added kube-system/b"])
        heard.length = 0
        yield* put("default", "b")
        yield* put("kube-system", "b", { app: "db" })
        yield* Api.namespaced(ConfigMap, "default").delete("a")
        yield* settle
        assert.deepStrictEqual([...heard].sort(), ["Added default/b", "Deleted default/a", "Updated kube-system/b"])
        assert.deepStrictEqual(keys(yield* store.list), ["default/b", "kube-system/b"])
        assert.strictEqual(yield* store.size, (yield* store.list).length)
        assert.deepStrictEqual(keys(yield* store.by("app", "db")), ["kube-system/b"])
        assert.deepStrictEqual([...(yield* store.keysOf("app"))].sort(), ["", "db"])
        const found = yield* store.get({ namespace: "kube-system", name: "b" })
        assert.deepStrictEqual(keys(Option.toArray(found)), ["kube-system/b"])
        assert.isTrue(Option.isNone(yield* store.get({ namespace: "elsewhere", name: "b" })))
        assert.isTrue(Option.isNone(yield* store.get({ name: "b" })))
        assert.isTrue(Option.isSome(yield* store.find(({ metadata }) => metadata.namespace === "kube-system")))
        assert.deepStrictEqual(yield* store.undecodable, [])
        assert.deepStrictEqual(yield* store.trouble, Option.none())
      })))

    it.scoped("a consumer that is resynced gets all namespaces (W52)", () =>
      onCluster(Effect.gen(function*() {
        yield* put("default", "a")
        yield* put("kube-system", "b")
        const store = yield* open(handles)
        const heard: Array<string> = []
        yield* Effect.forkScoped(Stream.runForEach(store.changesWith({ whenFull: "resync" }), (change) =>
          Effect.sync(() =>
            heard.push(
              change._tag === "Resync" ? keys(change.objects).join() : `${change._tag} ${change.object.metadata.name}`
            )
          )))
        yield* store.ready
        yield* settle
        yield* put("kube-system", "c")
        yield* settle
        assert.deepStrictEqual(heard, ["default/a,kube-system/b", "Added c"])
        assert.strictEqual((yield* store.consumers).length, 1)
      })))

    it.scoped("an object is waited for where it is; a resourceVersion everywhere (W48, W49)", () =>
      onCluster(Effect.gen(function*() {
        const store = yield* open(handles)
        yield* store.ready
        yield* settle
        const before = yield* store.resourceVersion
        // Its own part has it at once; the other one is quiet and learns of it by a bookmark.
        const written = yield* put("default", "a")
        yield* store.waitFor(written)
        assert.isTrue(Option.isSome(yield* store.get({ namespace: "default", name: "a" })))
        assert.deepStrictEqual(yield* store.resourceVersion, before)
        const everywhere = yield* Effect.fork(store.waitFor(written.metadata.resourceVersion))
        yield* settle
        assert.isTrue(Option.isNone(yield* Fiber.poll(everywhere)))
        yield* put("kube-system", "later")
        yield* settle
        yield* Fiber.join(everywhere)
        const reached = Option.getOrThrow(yield* store.resourceVersion)
        assert.isTrue(ResourceVersion.isAtLeast(reached, written.metadata.resourceVersion))
        // What is elsewhere is not waited for, nor what has no version.
        yield* store.waitFor({ metadata: { namespace: "elsewhere", resourceVersion: "99999999" } })
        yield* store.waitFor({ metadata: { namespace: "default" } })
      })))

    it.scoped("one namespace that may not be listed keeps it from being ready, and is named (W29, W55)", () =>
      onCluster(Effect.gen(function*() {
        yield* put("default", "a")
        const { faults } = yield* TestCluster.TestCluster
        yield* faults.inject({
          when: ({ namespace, verb }) => verb === "list" && namespace === "kube-system",
          times: Infinity,
          fault: { _tag: "Refuse", status: 403 }
        })
        const store = yield* open(handles, { syncTimeout: "10 seconds" })
        const ready = yield* Effect.fork(Effect.flip(store.ready))
        yield* TestClock.adjust("10 seconds")
        assert.match(
          (yield* Fiber.join(ready)).message,
          /^list ConfigMap in kube-system: not listed within 10s: .*forbidden/
        )
        assert.strictEqual(Option.getOrThrow(yield* store.trouble).error._tag, "KubeForbidden")
        assert.isFalse(yield* store.isReady)
        // What can be read is there.
        assert.deepStrictEqual(keys(yield* store.list), ["default/a"])
      })))

    it.scoped("handles that cannot be one store are refused (W51)", () =>
      onCluster(Effect.gen(function*() {
        const refusal = (apis: ReadonlyArray<unknown>) =>
          Effect.map(
            Effect.exit(Effect.scoped(open(apis as never))),
            (exit) =>
              Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof TypeError ? Cause.pretty(exit.cause) : "none"
          )
        assert.match(yield* refusal([]), /there are no handles, so nothing to follow/)
        assert.match(
          yield* refusal([handles[0], Api.namespaced(Secret, "default")]),
          /all handles must be of one resource, found ConfigMap and Secret/
        )
        assert.match(yield* refusal([handles[0], Api.all(ConfigMap)]), /over all namespaces holds what the others name/)
        assert.match(yield* refusal([Api.cluster(Node), handles[0]]), /of one resource/)
        const client = yield* KubeClient.KubeClient
        const janes = yield* Effect.provideService(
          Api.bind(handles[1]!),
          KubeClient.KubeClient,
          KubeClient.impersonate(client, { user: "jane" })
        )
        assert.match(yield* refusal([handles[0], janes]), /one cluster through one client/)
      })))
  })
}

describe("several namespaces as one store", () => {
  it.scoped("closing the scope ends all watches (W54)", () =>
    onCluster(Effect.gen(function*() {
      yield* Effect.scoped(Effect.flatMap(Reflector.make(handles), (store) => Effect.zipRight(store.ready, settle)))
      assert.strictEqual(yield* watches, 0)
      yield* Effect.scoped(
        Effect.flatMap(Informers.get(handles, { idleTime: 0 }), (store) => Effect.zipRight(store.ready, settle))
      )
      assert.strictEqual(yield* watches, 0)
    })))

  it.scoped("each namespace is shared for itself (W51)", () =>
    onCluster(Effect.gen(function*() {
      const both = yield* Informers.get(handles)
      const one = yield* Informers.get(handles[0]!)
      const same = yield* Informers.get([handles[0]!])
      yield* Effect.all([both.ready, one.ready, same.ready])
      assert.strictEqual(yield* watches, 2)
    })))

  it.scoped("back-pressure of a consumer holds every namespace's reading, and lets it go (W52)", () =>
    onCluster(Effect.gen(function*() {
      const store = yield* Reflector.make(handles)
      yield* store.ready
      const latch = yield* Effect.makeLatch(false)
      const heard: Array<string> = []
      yield* Effect.forkScoped(
        Stream.runForEach(
          store.changesWith({ buffer: 0, whenFull: "backpressure" }),
          ({ object }) => Effect.zipRight(Effect.sync(() => heard.push(object.metadata.name)), latch.await)
        )
      )
      yield* settle
      for (let i = 0; i < 6; i++) {
        yield* put(places[i % 2]!, `x${i}`)
        yield* settle
      }
      assert.isBelow((yield* store.list).filter(({ metadata }) => metadata.name.startsWith("x")).length, 6)
      assert.isTrue((yield* store.consumers)[0]!.stalls)
      yield* latch.open
      yield* settle
      assert.sameMembers(heard.filter((each) => each.startsWith("x")), ["x0", "x1", "x2", "x3", "x4", "x5"])
    })))
})
