import type { Effect, Scope, Stream } from "effect"
import { Api, Informers, type KubeClient, Reflector, type Store, Watcher } from "effect-kube"
import { TokenReview } from "effect-kube/kinds/authentication/v1"
import { ConfigMap, Node, Secret } from "effect-kube/kinds/core/v1"
import { expect, test } from "tstyche"

const configMaps = Api.namespaced(ConfigMap, "default")

test("an informer is a store that needs the client and a Scope", () => {
  expect(Informers.get(configMaps)).type.toBe<
    Effect.Effect<Store.Store<ConfigMap>, never, KubeClient.KubeClient | Scope.Scope>
  >()
  expect(Informers.get(configMaps, { idleTime: "1 minute", indexes: { key: ({ data }) => Object.keys(data ?? {}) } }))
    .type.toBe<Effect.Effect<Store.Store<ConfigMap, "key">, never, KubeClient.KubeClient | Scope.Scope>>()
  expect(Informers.get(configMaps, { project: ({ metadata }) => ({ metadata, only: 1 }) })).type.toBe<
    Effect.Effect<
      Store.Store<{ metadata: ConfigMap["metadata"]; only: number }>,
      never,
      KubeClient.KubeClient | Scope.Scope
    >
  >()
  expect(Informers.get).type.not.toBeCallableWith(Api.cluster(TokenReview))
})

test("several handles of one kind are one store", () => {
  const handles = ["a", "b"].map((namespace) => Api.namespaced(ConfigMap, namespace))
  expect(Reflector.make(handles)).type.toBe<
    Effect.Effect<Store.Exclusive<ConfigMap>, never, KubeClient.KubeClient | Scope.Scope>
  >()
  expect(Informers.get([Api.cluster(Node)])).type.toBe<
    Effect.Effect<Store.Store<Node>, never, KubeClient.KubeClient | Scope.Scope>
  >()
  expect(Reflector.make).type.not.toBeCallableWith(["a", "b"])
})

declare const shared: Store.Store<ConfigMap>
declare const exclusive: Store.Exclusive<ConfigMap>

test("only a consumer that chose it sees a Resync", () => {
  expect(shared.changesWith({ whenFull: "resync" })).type.toBe<
    Stream.Stream<Store.Change<ConfigMap> | Store.Resync<ConfigMap>>
  >()
  expect(shared.changesWith()).type.toBe<Stream.Stream<Store.Change<ConfigMap>>>()
  expect(shared.changesWith({ buffer: 10 })).type.toBe<Stream.Stream<Store.Change<ConfigMap>>>()
  expect(shared.changesWith({ whenFull: "join" })).type.toBe<Stream.Stream<Store.Change<ConfigMap>>>()
})

test("a store that is shared waits for nobody", () => {
  expect(exclusive.changesWith({ buffer: 10, whenFull: "backpressure" })).type.toBe<
    Stream.Stream<Store.Change<ConfigMap>>
  >()
  expect(exclusive.changesWith({ whenFull: "resync" })).type.toBe<
    Stream.Stream<Store.Change<ConfigMap> | Store.Resync<ConfigMap>>
  >()
  expect(shared.changesWith).type.not.toBeCallableWith({ whenFull: "backpressure" as const })
  expect(exclusive).type.toBeAssignableTo<Store.Store<ConfigMap>>()
  expect(shared).type.not.toBeAssignableTo<Store.Exclusive<ConfigMap>>()
  expect(Reflector.fromStream(Watcher.watch(Api.all(Secret)))).type.toBe<
    Effect.Effect<Store.Exclusive<Secret>, never, KubeClient.KubeClient | Scope.Scope>
  >()
})
