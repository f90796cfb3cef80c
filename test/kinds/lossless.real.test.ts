/**
 * What our descriptors and schemas do not know survives read, modify and replace. A real server only has fields of
 * built-in kinds that it knows, so this file takes some out of our own descriptors before their checkers are built: to
 * us they are then unknown. (all.real.test.ts puts fields of a later version into what the server answers.) Of a custom
 * resource a server may keep fields that no schema tells of.
 */
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { Namespace, Pod, Secret } from "../../src/kinds/core/v1.js"
import * as apps from "../../src/kinds/internal/apps/v1.js"
import * as core from "../../src/kinds/internal/core/v1.js"
import type { Struct } from "../../src/protocol/internal/descriptor.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Request from "../../src/protocol/Request.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Crd from "../../src/runtime/Crd.js"
import * as EnvTest from "../envtest/shared.js"

const forget = (struct: Struct, ...fields: ReadonlyArray<string>): void => {
  for (const field of fields) {
    if (!(field in struct.fields)) throw new Error(`the descriptor does not know ${field} in the first place`)
    delete (struct.fields as { [field: string]: unknown })[field]
  }
}

forget(core.Secret, "immutable", "stringData")
forget(core.PodSpec, "nodeSelector", "hostAliases", "priority")
forget(core.Container, "resources", "env")
forget(apps.DeploymentSpec, "minReadySeconds", "strategy")

/** Here the server keeps what the schema does not tell of; it prunes again further down, where a schema has properties. */
const keeping = <S extends Schema.Schema.All>(schema: S) => Crd.annotate({ preserveUnknownFields: true })(schema)

/** One kind with a schema that values come out of as they are, and one whose values are made. */
class Keeper extends Resource.Custom<Keeper>()("lossless.kinds.example.com/v1", "Keeper", {
  scope: "Namespaced",
  spec: keeping(Schema.Struct({ title: Schema.String, inner: keeping(Schema.Struct({ a: Schema.Int })) }))
}) {}
class Maker extends Resource.Custom<Maker>()("lossless.kinds.example.com/v1", "Maker", {
  scope: "Namespaced",
  spec: keeping(Schema.Struct({ at: Schema.Date, inner: keeping(Schema.Struct({ a: Schema.NumberFromString })) }))
}) {}

const asked = (method: "GET" | "POST", path: string, body?: object) =>
  Effect.flatMap(
    KubeClient,
    (client) =>
      client.execute(Request.raw({ method, path, body: body === undefined ? undefined : JSON.stringify(body) }))
  ).pipe(
    Effect.map(({ body }) => body as { readonly spec: object })
  )

describe("fields that the schema of a custom resource does not know", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.scoped("survive modify and replace at any depth where the server keeps them, with a transformation in the schema or without", () =>
      Effect.gen(function*() {
        const definitions = Api.cluster(CustomResourceDefinition)
        for (const kind of [Keeper, Maker]) {
          yield* Effect.acquireRelease(
            Crd.install(kind),
            () => Effect.ignore(definitions.delete(`${kind.plural}.${kind.group}`))
          )
        }
        const unknown = {
          more: { deep: [1, { x: null, y: "2026-01-01T00:00:00Z" }], constructor: "a" },
          list: [{ b: true }, "c", 1.5]
        }
        const specs = {
          keepers: { title: "a", inner: { a: 1, newer: unknown }, ...unknown },
          makers: { at: "2026-01-01T00:00:00.000Z", inner: { a: "7", newer: unknown }, ...unknown }
        }
        const path = (plural: string) => `/apis/${Keeper.group}/v1/namespaces/default/${plural}`
        for (const [plural, kind] of [["keepers", "Keeper"], ["makers", "Maker"]] as const) {
          const metadata = { name: "a" }
          yield* asked("POST", path(plural), {
            apiVersion: Resource.apiVersion(Keeper),
            kind,
            metadata,
            spec: specs[plural]
          })
        }

        const keepers = Api.namespaced(Keeper, "default")
        yield* keepers.modify("a", (keeper) => ({ ...keeper, spec: { ...keeper.spec, title: "b" } }))
        assert.deepStrictEqual((yield* asked("GET", `${path("keepers")}/a`)).spec, { ...specs.keepers, title: "b" })
        yield* keepers.patch("a", Patch.merge({ spec: { title: "c" } }))
        yield* Effect.flatMap(keepers.get("a"), (keeper) => keepers.replace(keeper))
        assert.deepStrictEqual((yield* asked("GET", `${path("keepers")}/a`)).spec, { ...specs.keepers, title: "c" })

        const makers = Api.namespaced(Maker, "default")
        const made = yield* makers.modify("a", (maker) => ({
          ...maker,
          spec: { ...maker.spec, at: new Date(maker.spec.at.getTime() + 1000) }
        }))
        assert.strictEqual(made.spec.inner.a, 7)
        assert.deepStrictEqual((yield* asked("GET", `${path("makers")}/a`)).spec, {
          ...specs.makers,
          at: "2026-01-01T00:00:01.000Z"
        })
      }))
  })
})

describe("fields that the descriptors do not know", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.scoped("survive create, get, modify and replace on a real server: Secret, Pod, Deployment", () =>
      Effect.gen(function*() {
        const namespace = yield* Effect.map(
          Effect.acquireRelease(
            Api.cluster(Namespace).create({ metadata: { generateName: "lossless-" } }),
            (it) => Effect.ignore(Api.cluster(Namespace).delete(it.metadata.name))
          ),
          (it) => it.metadata.name
        )
        const labelled = <
          K extends { readonly metadata: { readonly labels?: { readonly [key: string]: string } | undefined } }
        >(object: K): K => ({
          ...object,
          metadata: { ...object.metadata, labels: { ...object.metadata.labels, touched: "yes" } }
        })
        const podSpec = {
          nodeSelector: { disk: "ssd" },
          hostAliases: [{ ip: "10.0.0.1", hostnames: ["a.example"] }],
          containers: [{
            name: "web",
            image: "example.com/web:1",
            env: [{ name: "A", value: "1" }],
            resources: { requests: { cpu: "100m" } }
          }]
        }

        const secrets = Api.namespaced(Secret, namespace)
        yield* secrets.create({ metadata: { name: "a" }, immutable: true, data: { k: "dg==" } })
        const secret = yield* secrets.modify("a", labelled)
        assert.deepStrictEqual([secret.immutable, secret.data, secret.metadata.labels], [true, { k: "dg==" }, {
          touched: "yes"
        }])

        const pods = Api.namespaced(Pod, namespace)
        const made = yield* pods.create({ metadata: { name: "a" }, spec: podSpec })
        const pod = yield* pods.modify("a", labelled)
        assert.deepStrictEqual(pod.spec, made.spec)
        assert.deepStrictEqual([
          pod.spec.nodeSelector,
          pod.spec.hostAliases,
          pod.spec.containers[0]?.env,
          pod.spec.containers[0]?.resources
        ], [
          podSpec.nodeSelector,
          podSpec.hostAliases,
          podSpec.containers[0]?.env,
          podSpec.containers[0]?.resources
        ])

        const deployments = Api.namespaced(Deployment, namespace)
        yield* deployments.create({
          metadata: { name: "a" },
          spec: {
            minReadySeconds: 7,
            strategy: { type: "Recreate" },
            selector: { matchLabels: { app: "a" } },
            template: { metadata: { labels: { app: "a" } }, spec: podSpec }
          }
        })
        const read = yield* deployments.get("a")
        const deployment = yield* deployments.replace(labelled(read))
        assert.deepStrictEqual(deployment.spec, read.spec)
        assert.deepStrictEqual([deployment.spec.minReadySeconds, deployment.spec.strategy], [7, { type: "Recreate" }])
        assert.deepStrictEqual(deployment.spec.template.spec?.nodeSelector, podSpec.nodeSelector)
      }))
  })
})
