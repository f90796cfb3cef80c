/** Promises about `Resource.extract` that TestCluster and a real server keep alike. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Api from "../../src/client/Api.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Resource from "../../src/protocol/Resource.js"
import { type Promise, promise } from "./subresources.js"

const mine = { fieldManager: "mine" }
const theirs = { fieldManager: "theirs" }

const configuration = (namespace: string, uid: string): Resource.ApplyConfiguration<Deployment> => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "web",
    namespace,
    labels: { app: "web", "example.com/a.b": "1" },
    finalizers: ["example.com/mine"],
    ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid }]
  },
  spec: {
    selector: { matchLabels: { app: "web" } },
    strategy: {},
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          {
            name: "main",
            image: "example.com/web:1",
            args: ["a", "b"],
            env: [{ name: "B", value: "2" }, { name: "A", value: "1" }],
            ports: [{ containerPort: 80, name: "http" }],
            resources: { requests: { cpu: "100m" } }
          },
          { name: "side", image: "example.com/side:1", securityContext: { capabilities: { drop: ["ALL"] } } }
        ],
        nodeSelector: { disk: "ssd" },
        volumes: [{ name: "scratch", emptyDir: {} }, { name: "settings", configMap: { name: "s" } }],
        tolerations: [{ key: "a", operator: "Exists" }]
      }
    }
  }
})

export const promises: ReadonlyArray<Promise> = [
  promise("what a manager applied comes back, and applying it again changes nothing (C45)", function*(namespace) {
    const deployments = Api.namespaced(Deployment, namespace)
    const owner = yield* Api.namespaced(ConfigMap, namespace).create({ metadata: { name: "owner" } })
    const applied = configuration(namespace, owner.metadata.uid)
    yield* deployments.apply(applied, mine)
    yield* deployments.apply({
      metadata: { name: "web", labels: { theirs: "1" }, finalizers: ["example.com/theirs"] },
      spec: {
        replicas: 3,
        template: {
          spec: {
            containers: [{ name: "main", env: [{ name: "T", value: "3" }] }, { name: "third", image: "t:1" }],
            volumes: [{ name: "scratch", emptyDir: { sizeLimit: "1Gi" } }]
          }
        }
      }
    }, theirs)
    const before = yield* deployments.patch("web", Patch.merge({ metadata: { annotations: { other: "1" } } }))
    const extracted = yield* Resource.extract(Deployment, before, mine)
    assert.deepStrictEqual<unknown>(extracted, applied)
    const after = yield* deployments.apply(extracted, mine)
    assert.strictEqual(after.metadata.resourceVersion, before.metadata.resourceVersion)
    const others = yield* Resource.extract(Deployment, before, theirs)
    assert.deepStrictEqual(others.spec?.template?.spec?.volumes, [{ name: "scratch", emptyDir: { sizeLimit: "1Gi" } }])
    assert.deepStrictEqual(others.metadata.finalizers, ["example.com/theirs"])
    const same = yield* deployments.apply(others, theirs)
    assert.strictEqual(same.metadata.resourceVersion, before.metadata.resourceVersion)
    yield* deployments.patch("web", Patch.merge({ metadata: { finalizers: null } }))
  }),

  promise("what is left out of what was extracted is removed, and what others own stays (C45)", function*(namespace) {
    const configMaps = Api.namespaced(ConfigMap, namespace)
    yield* configMaps.apply({ metadata: { name: "a", labels: { l: "1" } }, data: { a: "1", b: "2", c: "3" } }, mine)
    const read = yield* configMaps.apply({ metadata: { name: "a" }, data: { d: "4" } }, theirs)
    const extracted = yield* Resource.extract(ConfigMap, read, mine)
    const { b: _, ...data } = { b: "", ...extracted.data }
    const written = yield* configMaps.apply({ ...extracted, data }, mine)
    assert.deepStrictEqual(written.data, { a: "1", c: "3", d: "4" })
    assert.deepStrictEqual(written.metadata.labels, { l: "1" })
  }),

  promise("a manager that owns nothing has the name alone, and what was cut down is refused (C33, C45)", function*(
    namespace
  ) {
    const configMaps = Api.namespaced(ConfigMap, namespace)
    const made = yield* configMaps.create({ metadata: { name: "a" }, data: { a: "1" } }, mine)
    const nothing = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace } }
    assert.deepStrictEqual<unknown>(yield* Resource.extract(ConfigMap, made, mine), nothing)
    const { managedFields: _, ...metadata } = made.metadata
    const error = yield* Effect.flip(Resource.extract(ConfigMap, { ...made, metadata }, mine))
    assert.include(error.message, "metadata.managedFields")
  }),

  promise("what was applied to the status is extracted from there (C36, C45)", function*(namespace) {
    const deployments = Api.namespaced(Deployment, namespace)
    const owner = yield* Api.namespaced(ConfigMap, namespace).create({ metadata: { name: "owner" } })
    yield* deployments.apply(configuration(namespace, owner.metadata.uid), mine)
    const status = { conditions: [{ type: "Progressing", status: "True", reason: "Mine" }], replicas: 2 }
    const read = yield* deployments.status.apply({ metadata: { name: "web" }, status }, mine)
    const extracted = yield* Resource.extract(Deployment, read, { ...mine, subresource: "status" })
    assert.deepStrictEqual<unknown>(extracted, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace },
      status
    })
    const again = yield* deployments.status.apply(extracted, mine)
    assert.strictEqual(again.metadata.resourceVersion, read.metadata.resourceVersion)
    assert.strictEqual((yield* Resource.extract(Deployment, read, mine)).spec?.template?.spec?.containers?.length, 2)
    yield* deployments.patch("web", Patch.merge({ metadata: { finalizers: null } }))
  })
]
