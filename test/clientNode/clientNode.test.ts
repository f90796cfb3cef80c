/** `@kubernetes/client-node` on the in-memory server, over a socket: it cannot tell it from a cluster. */
import { assert, describe, it } from "@effect/vitest"
import * as k8s from "@kubernetes/client-node"
import * as Effect from "effect/Effect"
import * as TestCluster from "../../src/testing/TestCluster.js"

const cluster = Effect.gen(function*() {
  const service = yield* TestCluster.make()
  const address = yield* Effect.provideService(TestCluster.serve(), TestCluster.TestCluster, service)
  const config = new k8s.KubeConfig()
  config.loadFromString(address.kubeconfig)
  return { service, config }
})

const ask = <A>(run: () => Promise<A>): Effect.Effect<A> => Effect.promise(run)

/** The error of a call that must fail. */
const refused = (run: () => Promise<unknown>): Effect.Effect<k8s.ApiException<string>> =>
  Effect.promise(() =>
    run().then(
      (): k8s.ApiException<string> => assert.fail("it was taken"),
      (error: k8s.ApiException<string>) => error
    )
  )

const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => holds() ? Effect.void : Effect.zipRight(Effect.sleep("5 millis"), until(holds)))

const namespace = "default"
const configMap = (name: string, data: { [key: string]: string }): k8s.V1ConfigMap => ({ metadata: { name }, data })

const deployment = (name: string): k8s.V1Deployment => ({
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image: "example.com/a:1", env: [{ name: "A", value: "1" }] }] }
    }
  }
})

const toys = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "toys.x.dev" },
  spec: {
    group: "x.dev",
    scope: "Namespaced",
    names: { plural: "toys", singular: "toy", kind: "Toy", listKind: "ToyList" },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      subresources: { status: {} },
      schema: {
        openAPIV3Schema: {
          type: "object",
          properties: {
            spec: { type: "object", properties: { size: { type: "integer", minimum: 1 } } },
            status: { type: "object", properties: { ready: { type: "boolean" } } }
          }
        }
      }
    }]
  }
}

describe("@kubernetes/client-node", { timeout: 60_000 }, () => {
  it.scopedLive("creates, reads, replaces and deletes, and meets conflicts and refusals with their Status", () =>
    Effect.gen(function*() {
      const api = (yield* cluster).config.makeApiClient(k8s.CoreV1Api)
      const made = yield* ask(() => api.createNamespacedConfigMap({ namespace, body: configMap("a", { k: "v" }) }))
      assert.instanceOf(made.metadata?.creationTimestamp, Date)
      const twice = yield* refused(() => api.createNamespacedConfigMap({ namespace, body: configMap("a", {}) }))
      assert.deepInclude(JSON.parse(twice.body), { reason: "AlreadyExists", code: 409 })
      const replaced = yield* ask(() =>
        api.replaceNamespacedConfigMap({ namespace, name: "a", body: { ...made, data: { k: "w" } } })
      )
      assert.deepStrictEqual(replaced.data, { k: "w" })
      const late = yield* refused(() => api.replaceNamespacedConfigMap({ namespace, name: "a", body: made }))
      assert.deepInclude(JSON.parse(late.body), { reason: "Conflict", code: 409 })
      const invalid = yield* refused(() => api.createNamespacedConfigMap({ namespace, body: configMap("B", {}) }))
      assert.strictEqual(JSON.parse(invalid.body).details.causes[0].field, "metadata.name")
      const gone = yield* ask(() => api.deleteNamespacedConfigMap({ namespace, name: "a" }))
      assert.strictEqual(gone.status, "Success")
      const missing = yield* refused(() => api.readNamespacedConfigMap({ namespace, name: "a" }))
      assert.strictEqual(missing.code, 404)
    }))

  it.scopedLive("lists in pages and by selectors, and deletes a collection", () =>
    Effect.gen(function*() {
      const api = (yield* cluster).config.makeApiClient(k8s.CoreV1Api)
      for (let i = 0; i < 7; i++) {
        const body: k8s.V1ConfigMap = { metadata: { name: `c${i}`, labels: { odd: String(i % 2) } } }
        yield* ask(() => api.createNamespacedConfigMap({ namespace, body }))
      }
      const names: Array<string | undefined> = []
      let token: string | undefined
      do {
        const page = yield* ask(() =>
          api.listNamespacedConfigMap({ namespace, limit: 3, ...(token !== undefined && { _continue: token }) })
        )
        names.push(...page.items.map((item) => item.metadata?.name))
        token = page.metadata?._continue
      } while (token !== undefined && token !== "")
      assert.deepStrictEqual(names, ["c0", "c1", "c2", "c3", "c4", "c5", "c6"])
      const odd = yield* ask(() => api.listConfigMapForAllNamespaces({ labelSelector: "odd=1" }))
      assert.strictEqual(odd.items.length, 3)
      yield* ask(() => api.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: "odd=1" }))
      assert.strictEqual((yield* ask(() => api.listNamespacedConfigMap({ namespace }))).items.length, 4)
    }))

  it.scopedLive("patches in three ways, and applies on the server's side with conflicts", () =>
    Effect.gen(function*() {
      const api = (yield* cluster).config.makeApiClient(k8s.AppsV1Api)
      yield* ask(() => api.createNamespacedDeployment({ namespace, body: deployment("web") }))
      const patch = (body: object, strategy: string, more: object = {}) =>
        api.patchNamespacedDeployment(
          { namespace, name: "web", body, ...more },
          k8s.setHeaderOptions("Content-Type", strategy)
        )
      const merged = yield* ask(() => patch({ spec: { replicas: 2 } }, k8s.PatchStrategy.MergePatch))
      assert.strictEqual(merged.spec?.replicas, 2)
      const jsonPatched = yield* ask(() =>
        patch([{ op: "replace", path: "/spec/replicas", value: 3 }], k8s.PatchStrategy.JsonPatch)
      )
      assert.strictEqual(jsonPatched.spec?.replicas, 3)
      const container = { name: "main", env: [{ name: "B", value: "2" }] }
      const strategic = yield* ask(() =>
        patch({ spec: { template: { spec: { containers: [container] } } } }, k8s.PatchStrategy.StrategicMergePatch)
      )
      const [main] = strategic.spec?.template.spec?.containers ?? []
      assert.strictEqual(main?.image, "example.com/a:1")
      assert.deepStrictEqual(main?.env?.map(({ name }) => name).sort(), ["A", "B"])
      const applied = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 5 } }
      const conflict = yield* refused(() => patch(applied, k8s.PatchStrategy.ServerSideApply, { fieldManager: "mine" }))
      assert.strictEqual(JSON.parse(conflict.body).details.causes[0].reason, "FieldManagerConflict")
      const forced = yield* ask(() =>
        patch(applied, k8s.PatchStrategy.ServerSideApply, { fieldManager: "mine", force: true })
      )
      assert.strictEqual(forced.spec?.replicas, 5)
      assert.include((forced.metadata?.managedFields ?? []).map(({ manager }) => manager), "mine")
    }))

  it.scopedLive("an informer hears of what comes, changes and goes, also after its watch was cut", () =>
    Effect.gen(function*() {
      const { config, service } = yield* cluster
      const api = config.makeApiClient(k8s.CoreV1Api)
      yield* ask(() => api.createNamespacedConfigMap({ namespace, body: configMap("first", {}) }))
      const heard: Array<string> = []
      const informer = k8s.makeInformer(
        config,
        `/api/v1/namespaces/${namespace}/configmaps`,
        () => api.listNamespacedConfigMap({ namespace })
      )
      for (const verb of ["add", "update", "delete"] as const) {
        informer.on(verb, (object) => void heard.push(`${verb} ${object.metadata?.name}`))
      }
      informer.on("error", () => void setTimeout(() => void informer.start(), 10))
      yield* Effect.acquireRelease(ask(() => informer.start()), () => ask(() => informer.stop()))
      yield* until(() => heard.includes("add first"))
      yield* until(() => true)
      yield* Effect.repeat(service.watches, { until: (watches) => watches.length > 0 })
      yield* ask(() => api.createNamespacedConfigMap({ namespace, body: configMap("second", {}) }))
      yield* ask(() =>
        api.replaceNamespacedConfigMap({ namespace, name: "second", body: configMap("second", { k: "v" }) })
      )
      yield* until(() => heard.includes("update second"))
      assert.isAbove(yield* service.faults.cutWatches(), 0)
      yield* ask(() => api.deleteNamespacedConfigMap({ namespace, name: "first" }))
      yield* until(() => heard.includes("delete first"))
      assert.deepStrictEqual(informer.list().map(({ metadata }) => metadata?.name), ["second"])
    }))

  it.scopedLive("a watch tells of events with their objects, and ends when it is aborted", () =>
    Effect.gen(function*() {
      const { config, service } = yield* cluster
      const api = config.makeApiClient(k8s.CoreV1Api)
      const events: Array<string> = []
      const controller = yield* ask(() =>
        new k8s.Watch(config).watch(
          "/api/v1/configmaps",
          { allowWatchBookmarks: true },
          (type, object: k8s.KubernetesObject) => void events.push(`${type} ${object.metadata?.name}`),
          () => {}
        )
      )
      yield* ask(() => api.createNamespacedConfigMap({ namespace, body: configMap("a", {}) }))
      yield* until(() => events.includes("ADDED a"))
      controller.abort()
      yield* Effect.repeat(Effect.delay(service.watches, "5 millis"), { until: (watches) => watches.length === 0 })
    }))

  it.scopedLive("custom objects: defined, created, patched, their status replaced, refused by their schema", () =>
    Effect.gen(function*() {
      const { config } = yield* cluster
      const objects = k8s.KubernetesObjectApi.makeApiClient(config)
      yield* ask(() => objects.create(toys))
      const api = config.makeApiClient(k8s.CustomObjectsApi)
      const at = { group: "x.dev", version: "v1", namespace, plural: "toys" }
      const toy = { apiVersion: "x.dev/v1", kind: "Toy", metadata: { name: "t" }, spec: { size: 2 } }
      yield* ask(() => api.createNamespacedCustomObject({ ...at, body: toy }))
      const wrong = yield* refused(() =>
        api.createNamespacedCustomObject({ ...at, body: { ...toy, metadata: { name: "u" }, spec: { size: 0 } } })
      )
      assert.deepInclude(JSON.parse(wrong.body).details.causes[0], { field: "spec.size" })
      const patched = yield* ask(() =>
        api.patchNamespacedCustomObject(
          { ...at, name: "t", body: { spec: { size: 3 } } },
          k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch)
        )
      )
      assert.deepInclude(patched, { spec: { size: 3 } })
      const ready = yield* ask(() =>
        api.replaceNamespacedCustomObjectStatus({ ...at, name: "t", body: { ...patched, status: { ready: true } } })
      )
      assert.deepInclude(ready, { status: { ready: true } })
      const list = yield* ask(() => api.listNamespacedCustomObject(at))
      assert.strictEqual(list.items.length, 1)
      yield* ask(() => objects.delete({ apiVersion: "x.dev/v1", kind: "Toy", metadata: { name: "t", namespace } }))
      assert.strictEqual((yield* ask(() => api.listNamespacedCustomObject(at))).items.length, 0)
    }))

  it.scopedLive("scales by the subresource, and reads what the server is", () =>
    Effect.gen(function*() {
      const { config } = yield* cluster
      const api = config.makeApiClient(k8s.AppsV1Api)
      yield* ask(() => api.createNamespacedDeployment({ namespace, body: deployment("web") }))
      const scale = yield* ask(() => api.readNamespacedDeploymentScale({ namespace, name: "web" }))
      yield* ask(() =>
        api.replaceNamespacedDeploymentScale({ namespace, name: "web", body: { ...scale, spec: { replicas: 4 } } })
      )
      const found = yield* ask(() => api.readNamespacedDeployment({ namespace, name: "web" }))
      assert.strictEqual(found.spec?.replicas, 4)
      assert.strictEqual((yield* ask(() => config.makeApiClient(k8s.VersionApi).getCode())).major, "1")
      const resources = yield* ask(() => config.makeApiClient(k8s.AppsV1Api).getAPIResources())
      assert.include(resources.resources.map(({ name }) => name), "deployments/scale")
    }))
})
