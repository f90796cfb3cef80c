import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { Job } from "../../src/kinds/batch/v1.js"
import { ConfigMap, Namespace, Secret, Service } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Children from "../../src/runtime/Children.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as ControlPlane from "../../src/testing/EnvTest.js"
import * as EnvTest from "../envtest/shared.js"

const managed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, KubeClient.FieldManager, "example.com/children")

const inNamespace = Effect.map(
  Effect.acquireRelease(
    Api.cluster(Namespace).create({ metadata: { generateName: "children-" } }),
    (namespace) => Effect.ignore(Api.cluster(Namespace).delete(namespace.metadata.name))
  ),
  (namespace) => namespace.metadata.name
)

const childrenIn = (namespace: string, replicas = 1) => {
  const template = {
    metadata: { labels: { app: "web" } },
    spec: {
      restartPolicy: "Always",
      containers: [{
        name: "web",
        image: "web:1",
        env: [{ name: "A", value: "b" }],
        ports: [{ containerPort: 80 }, { name: "dns", containerPort: 53, protocol: "UDP" }],
        resources: { limits: { cpu: "500m", memory: "128Mi" } }
      }]
    }
  }
  return [
    Children.child(Api.namespaced(ConfigMap, namespace), { metadata: { name: "settings" }, data: { k: "v" } }),
    Children.child(Api.namespaced(Secret, namespace), { metadata: { name: "secret" }, data: { k: btoa("v") } }),
    Children.child(Api.namespaced(Deployment, namespace), {
      metadata: { name: "web", labels: { app: "web" }, annotations: { a: "b" } },
      spec: { replicas, selector: { matchLabels: { app: "web" } }, template }
    }),
    Children.child(Api.namespaced(Service, namespace), {
      metadata: { name: "web" },
      spec: {
        selector: { app: "web" },
        ports: [{ name: "http", port: 80, targetPort: "http" }, { name: "s", port: 443 }]
      }
    })
  ]
}

const tell = (changes: ReadonlyArray<Children.Change<Resource.KubeObject>>): ReadonlyArray<string> =>
  changes.map((change) => `${change._tag} ${change.object.kind}${change._tag === "Pruned" ? ` ${change.gone}` : ""}`)

/** The client of a test, and the verbs and plurals of the requests that go through it. */
const recording = Effect.map(KubeClient.KubeClient, (client) => {
  const requests: Array<string> = []
  const service: KubeClient.Service = {
    ...client,
    execute: (request) => {
      requests.push(`${request.info.verb} ${request.info.resource}`)
      return client.execute(request)
    },
    open: (request) => {
      requests.push(`${request.info.verb} ${request.info.resource}`)
      return client.open(request)
    }
  }
  return { service, requests }
})

describe("Children against a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.scoped("created, then unchanged by lists alone, changed, pruned, and the inventory follows", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const configMaps = Api.namespaced(ConfigMap, namespace)
        const { requests, service } = yield* recording
        yield* configMaps.create({ metadata: { name: "parent" } })
        const apply = (desired: ReturnType<typeof childrenIn>) =>
          Effect.flatMap(configMaps.get("parent"), (parent) => {
            requests.length = 0
            return managed(Effect.map(Children.apply(parent, desired), tell))
          }).pipe(Effect.provideService(KubeClient.KubeClient, service))

        const desired = childrenIn(namespace)
        assert.deepStrictEqual(yield* apply(desired), [
          "Created ConfigMap",
          "Created Secret",
          "Created Deployment",
          "Created Service"
        ])
        const versions = Effect.all([
          configMaps.get("settings"),
          configMaps.get("parent"),
          Api.namespaced(Secret, namespace).get("secret"),
          Api.namespaced(Deployment, namespace).get("web"),
          Api.namespaced(Service, namespace).get("web")
        ]).pipe(Effect.map((objects) => objects.map(({ metadata }) => metadata.resourceVersion)))
        const before = yield* versions
        assert.deepStrictEqual(yield* apply(desired), [
          "Unchanged ConfigMap",
          "Unchanged Secret",
          "Unchanged Deployment",
          "Unchanged Service"
        ])
        assert.deepStrictEqual(requests.sort(), [
          "list configmaps",
          "list deployments",
          "list secrets",
          "list services"
        ])
        assert.deepStrictEqual(yield* versions, before)

        const [settings, , deployment] = childrenIn(namespace, 2)
        assert.deepStrictEqual(yield* apply([settings, deployment].flatMap((child) => child ?? [])), [
          "Unchanged ConfigMap",
          "Changed Deployment",
          "Pruned Secret true",
          "Pruned Service true"
        ])
        const key = Children.label("example.com/children")
        assert.strictEqual((yield* configMaps.get("parent")).metadata.annotations?.[key], "ConfigMap,Deployment.apps")
        yield* configMaps.patch("settings", Patch.merge({ metadata: { finalizers: ["example.com/hold"] } }))
        assert.deepStrictEqual(yield* apply([]), ["Pruned ConfigMap false", "Pruned Deployment true"])
        yield* configMaps.patch("settings", Patch.merge({ metadata: { finalizers: null } }))
        assert.deepStrictEqual(yield* apply([]), [])
        assert.isUndefined((yield* configMaps.get("parent")).metadata.annotations?.[key])
      }))

    it.scoped("what cannot be told apart on this side is applied again, and the server says that nothing changed", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const configMaps = Api.namespaced(ConfigMap, namespace)
        yield* configMaps.create({ metadata: { name: "parent" } })
        const desired = [
          Children.child(Api.namespaced(Secret, namespace), { metadata: { name: "s" }, stringData: { k: "v" } }),
          Children.child(Api.namespaced(Job, namespace), {
            metadata: { name: "j" },
            spec: {
              template: {
                spec: {
                  restartPolicy: "Never",
                  containers: [{ name: "c", image: "i", resources: { limits: { cpu: "1000m" } } }]
                }
              }
            }
          })
        ]
        const apply = managed(
          Effect.flatMap(configMaps.get("parent"), (parent) => Effect.map(Children.apply(parent, desired), tell))
        )
        assert.deepStrictEqual(yield* apply, ["Created Secret", "Created Job"])
        assert.deepStrictEqual(yield* apply, ["Unchanged Secret", "Unchanged Job"])
      }))

    it.scoped("what belongs to nobody is refused, what another owner has taken over stays", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const configMaps = Api.namespaced(ConfigMap, namespace)
        const parent = yield* configMaps.create({ metadata: { name: "parent" } })
        const other = yield* configMaps.create({ metadata: { name: "other" } })
        yield* configMaps.create({ metadata: { name: "settings" } })
        const [settings, secret] = childrenIn(namespace)
        const refused = yield* Effect.flip(managed(Children.apply(parent, [settings].flatMap((child) => child ?? []))))
        assert.strictEqual(refused._tag === "KubeChildRefused" ? refused.reason : refused._tag, "NotOwned")
        yield* managed(Children.apply(parent, [secret].flatMap((child) => child ?? [])))
        yield* Api.namespaced(Secret, namespace).patch(
          "secret",
          Patch.merge({ metadata: { ownerReferences: [Resource.ownerReference(other)] } })
        )
        assert.deepStrictEqual(yield* managed(Children.apply(yield* configMaps.get("parent"), [])), [])
        assert.isTrue(Option.isSome(yield* Api.namespaced(Secret, namespace).getOption("secret")))
      }))
  })

  it.live(
    "the garbage collector takes the children away with their parent",
    () =>
      Effect.gen(function*() {
        const configMaps = Api.namespaced(ConfigMap, "default")
        const secrets = Api.namespaced(Secret, "default")
        const parent = yield* configMaps.create({ metadata: { name: "parent" } })
        yield* managed(Children.apply(parent, childrenIn("default")))
        const made = yield* Effect.all([configMaps.get("settings"), secrets.get("secret")])
        // Its owners are there: the collector leaves them.
        yield* Effect.sleep("2 seconds")
        assert.isTrue(Option.isSome(yield* configMaps.getOption("settings")))
        yield* configMaps.delete("parent")
        const [settings, secret] = made
        yield* Wait.until(configMaps, "settings", Wait.deleted(settings.metadata.uid), { timeout: "60 seconds" })
        yield* Wait.until(secrets, "secret", Wait.deleted(secret.metadata.uid), { timeout: "60 seconds" })
      }).pipe(Effect.provide(ControlPlane.layerWith({ controllers: ["garbage-collector-controller"] }))),
    120_000
  )
})
