import type { Effect, Option, Scope, Stream } from "effect"
import { Api, type KubeClient, type KubeError, Reflector, Store, Watcher } from "effect-kube"
import { TokenReview } from "effect-kube/kinds/authentication/v1"
import { ConfigMap, Node } from "effect-kube/kinds/core/v1"
import { expect, test } from "tstyche"

const configMaps = Api.namespaced(ConfigMap, "default")

test("a watcher never fails and needs the client alone", () => {
  expect(Watcher.watch(configMaps)).type.toBe<
    Stream.Stream<Watcher.Event<ConfigMap>, never, KubeClient.KubeClient>
  >()
  expect(Watcher.watch).type.toBeCallableWith(Api.all(ConfigMap), { labels: "app=web", initialList: "paged" })
  expect(Watcher.watch).type.toBeCallableWith(Api.cluster(Node))
})

test("what cannot be watched is refused", () => {
  expect(Watcher.watch).type.not.toBeCallableWith(Api.cluster(TokenReview))
  expect(Reflector.make).type.not.toBeCallableWith(Api.cluster(TokenReview))
})

test("one object is not watched by name over all namespaces", () => {
  expect(Watcher.watchObject(configMaps, "a")).type.toBe<
    Stream.Stream<Option.Option<ConfigMap>, never, KubeClient.KubeClient>
  >()
  expect(Watcher.watchObject).type.not.toBeCallableWith(Api.all(ConfigMap), "a")
})

test("failOn lets the stream fail with what it chooses, and nothing else", () => {
  const forbidden = Watcher.watch(configMaps).pipe(Watcher.failOn((error) => error._tag === "KubeForbidden"))
  expect(forbidden).type.toBe<
    Stream.Stream<Watcher.Event<ConfigMap>, KubeError.Forbidden, KubeClient.KubeClient>
  >()
})

test("a projection decides what the store holds", () => {
  expect(Reflector.make(configMaps)).type.toBe<
    Effect.Effect<Store.Exclusive<ConfigMap>, never, KubeClient.KubeClient | Scope.Scope>
  >()
  const names = Reflector.make(configMaps, { project: ({ metadata }) => ({ metadata, only: 1 }) })
  expect(names).type.toBe<
    Effect.Effect<
      Store.Exclusive<{ metadata: ConfigMap["metadata"]; only: number }>,
      never,
      KubeClient.KubeClient | Scope.Scope
    >
  >()
  // Without its metadata an object has no key.
  expect(Reflector.make).type.not.toBeCallableWith(configMaps, { project: () => ({ only: 1 }) })
})

test("the names of a store's indexes are part of its type", () => {
  const indexed = Reflector.make(configMaps, { indexes: { key: ({ data }) => Object.keys(data ?? {}) } })
  expect(indexed).type.toBe<
    Effect.Effect<Store.Exclusive<ConfigMap, "key">, never, KubeClient.KubeClient | Scope.Scope>
  >()
  type Indexed = Effect.Effect.Success<typeof indexed>
  expect<Indexed["by"]>().type.toBeCallableWith("key", "a")
  expect<Indexed["by"]>().type.not.toBeCallableWith("name", "a")
  expect<Store.Store<ConfigMap>["by"]>().type.not.toBeCallableWith("key", "a")
  // A store with more indexes serves where fewer are asked for.
  expect<Indexed>().type.toBeAssignableTo<Store.Store<ConfigMap>>()
  const projected = Reflector.make(configMaps, {
    project: ({ metadata }) => ({ metadata, only: 1 }),
    indexes: { only: (object) => [String(object.only)], namespace: Store.byNamespace }
  })
  expect(projected).type.toBe<
    Effect.Effect<
      Store.Exclusive<{ metadata: ConfigMap["metadata"]; only: number }, "only" | "namespace">,
      never,
      KubeClient.KubeClient | Scope.Scope
    >
  >()
})
