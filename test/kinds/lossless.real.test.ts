/**
 * What our descriptors do not know survives read, modify and replace. A real server only has fields that it knows, so
 * this file takes some out of our own descriptors before their checkers are built: to us they are then unknown.
 */
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Api from "../../src/client/Api.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { Namespace, Pod, Secret } from "../../src/kinds/core/v1.js"
import * as apps from "../../src/kinds/internal/apps/v1.js"
import * as core from "../../src/kinds/internal/core/v1.js"
import type { Struct } from "../../src/protocol/internal/descriptor.js"
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

describe("fields that the descriptors do not know", () => {
  layer(EnvTest.layer, { timeout: 60_000 })((it) => {
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
