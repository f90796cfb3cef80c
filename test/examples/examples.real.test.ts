/**
 * The examples where a real server matters: the permissions of their manifests, its garbage collector, its clock. Each runs
 * as its account, which the administrator impersonates.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as configMapGenerator from "../../examples/config-map-generator.js"
import * as documentController from "../../examples/document-controller.js"
import { objectsOf } from "../../examples/embedded.js"
import * as kindAtRunTime from "../../examples/kind-at-run-time.js"
import * as leaderElected from "../../examples/leader-elected.js"
import * as secretSyncer from "../../examples/secret-syncer.js"
import * as sharedInformers from "../../examples/shared-informers.js"
import * as Api from "../../src/client/Api.js"
import * as Discovery from "../../src/client/Discovery.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { ConfigMap, Namespace, Secret } from "../../src/kinds/core/v1.js"
import { Event } from "../../src/kinds/events/v1.js"
import { NetworkPolicy } from "../../src/kinds/networking/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import type * as Resource from "../../src/protocol/Resource.js"
import * as Crd from "../../src/runtime/Crd.js"
import * as Wait from "../../src/runtime/Wait.js"
import { kubeconfig } from "../envtest/shared.js"
import { deployment, namespace } from "./running.js"

const real = Effect.provide(NodeKubeClient.layerWith({ kubeconfig }))

/** Applies manifests as `kubectl apply --server-side` does. */
const applyAll = (objects: ReadonlyArray<unknown>) =>
  Effect.forEach(objects as ReadonlyArray<Resource.DynamicObject>, ({ apiVersion, kind, ...object }) =>
    Effect.flatMap(
      Discovery.resolve({ apiVersion, kind }),
      (resource) =>
        Api.dynamic(resource, object.metadata.namespace).apply(
          object as Resource.ApplyConfiguration<Resource.DynamicObject>,
          { force: true }
        )
    ), { discard: true })

/** The manifests of an example, and the example as the account that they make. */
const start = <E>(name: string, main: Layer.Layer<never, E, KubeClient.KubeClient>) =>
  Effect.gen(function*() {
    yield* applyAll(yield* objectsOf(name))
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    // In a cluster the namespace is the Pod's.
    const account = Layer.effect(
      KubeClient.KubeClient,
      Effect.map(KubeClient.KubeClient, (client) => ({
        ...KubeClient.impersonate(client, {
          user: `system:serviceaccount:examples:${name}`,
          groups: ["system:serviceaccounts", "system:serviceaccounts:examples", "system:authenticated"]
        }),
        namespace: "examples"
      }))
    )
    yield* Layer.buildWithScope(Layer.provide(main, account), scope)
    return Scope.close(scope, Exit.void)
  })

const observed = (generation: number) =>
  Wait.field(
    "status.observedGeneration",
    (it: configMapGenerator.ConfigMapGenerator) => it.status?.observedGeneration,
    generation
  )

describe("the examples on a real server, with the permissions of their manifests", () => {
  it.live(
    "config-map-generator: the garbage collector of kube-controller-manager takes what the generator owned",
    () =>
      Effect.gen(function*() {
        yield* Crd.install(configMapGenerator.ConfigMapGenerator)
        yield* start("config-map-generator", configMapGenerator.main)
        const generators = Api.namespaced(configMapGenerator.ConfigMapGenerator, "examples")
        const configMaps = Api.namespaced(ConfigMap, "examples")
        for (const propagationPolicy of ["Background", "Foreground"] as const) {
          const { metadata } = yield* generators.create({
            metadata: { name: "shop" },
            spec: { environments: { staging: { log: "debug" }, production: {} } }
          })
          yield* Wait.until(generators, "shop", observed(1))
          yield* configMaps.delete("shop-staging")
          yield* Wait.until(configMaps, "shop-staging", Wait.exists)
          yield* generators.modify("shop", (it) => ({ ...it, spec: { environments: { staging: { log: "info" } } } }))
          yield* Wait.until(generators, "shop", observed(2))
          assert.isTrue(Option.isNone(yield* configMaps.getOption("shop-production")))

          // The collector learns of a new kind within half a minute.
          yield* generators.delete("shop", { propagationPolicy })
          yield* Wait.until(configMaps, "shop-staging", Wait.not(Wait.exists), { timeout: "90 seconds" })
          yield* Wait.until(generators, "shop", Wait.deleted(metadata.uid))
        }
      }).pipe(Effect.scoped, real),
    240_000
  )

  it.live("secret-syncer: the copies are gone before their source (K28)", () =>
    Effect.gen(function*() {
      yield* applyAll([namespace("examples-team-a"), namespace("examples-team-b")])
      yield* start("secret-syncer", secretSyncer.main)
      const [sources, inA, inB] = ["examples", "examples-team-a", "examples-team-b"].map((namespace) =>
        Api.namespaced(Secret, namespace)
      )
      const { metadata } = yield* sources.create({
        metadata: { name: "registry", annotations: { [secretSyncer.copyTo]: "examples-team-a,examples-team-b" } },
        data: { password: "b25l" }
      })
      yield* Wait.until(inA, "registry", Wait.exists)
      yield* Wait.until(inB, "registry", Wait.exists)
      yield* inA.delete("registry")
      yield* Wait.until(inA, "registry", Wait.exists)
      yield* sources.delete("registry")
      yield* Wait.until(sources, "registry", Wait.deleted(metadata.uid))
      assert.isTrue(Option.isNone(yield* inA.getOption("registry")))
      assert.isTrue(Option.isNone(yield* inB.getOption("registry")))
    }).pipe(Effect.scoped, real))

  it.live("document-controller: conditions that kubectl waits for, and events that it describes", () =>
    Effect.gen(function*() {
      yield* Crd.install(documentController.Document)
      yield* start("document-controller", documentController.operator)
      const documents = Api.namespaced(documentController.Document, "examples")
      yield* documents.create({ metadata: { name: "diary" }, spec: { title: "Diary", content: "", hide: true } })
      const { metadata } = yield* Wait.until(documents, "diary", Wait.condition("Ready"))
      yield* documents.delete("diary")
      yield* Wait.until(documents, "diary", Wait.deleted(metadata.uid))
      const events = Api.namespaced(Event, "examples").list().pipe(
        Effect.map(({ items }) =>
          items.filter(({ regarding }) => regarding?.uid === metadata.uid).map(({ reason }) => reason).sort()
        )
      )
      const told = yield* events.pipe(
        Effect.delay("50 millis"),
        Effect.repeat({ until: (reasons) => reasons.length === 2 }),
        Effect.timeout("10 seconds")
      )
      assert.deepStrictEqual(told, ["Deleted", "Hidden"])
    }).pipe(Effect.scoped, real))

  it.live("leader-elected: a leader that ends hands over at once, and the next one leads with all objects (K35)", () =>
    Effect.gen(function*() {
      yield* applyAll([namespace("examples-vault", { [leaderElected.label]: "true" })])
      const stop = yield* start("leader-elected", leaderElected.main)
      const policies = Api.namespaced(NetworkPolicy, "examples-vault")
      yield* Wait.until(policies, leaderElected.policyName, Wait.exists)
      yield* start("leader-elected", leaderElected.main)
      yield* stop
      yield* policies.delete(leaderElected.policyName)
      // The next one tries within 4.4 seconds.
      yield* Wait.until(policies, leaderElected.policyName, Wait.exists, { timeout: "10 seconds" })
      yield* Api.cluster(Namespace).delete("examples-vault")
    }).pipe(Effect.scoped, real))

  it.live("shared-informers and kind-at-run-time: their roles are enough", () =>
    Effect.gen(function*() {
      yield* applyAll([
        namespace("examples-store", { team: "storefront" }),
        deployment("examples-store", "web", "registry.example.com/web:1")
      ])
      yield* start("shared-informers", sharedInformers.main)
      yield* Wait.until(
        Api.namespaced(Deployment, "examples-store"),
        "web",
        Wait.field("team", (it: Deployment) => it.metadata.labels?.["team"], "storefront")
      )
      yield* Wait.until(Api.namespaced(ConfigMap, "examples-store"), "inventory", Wait.exists)

      yield* start("kind-at-run-time", kindAtRunTime.main)
      const configMaps = Api.namespaced(ConfigMap, "examples")
      yield* configMaps.create({ metadata: { name: "note", annotations: { [kindAtRunTime.annotation]: "1s" } } })
      yield* Wait.until(configMaps, "note", Wait.not(Wait.exists))
    }).pipe(Effect.scoped, real))
})
