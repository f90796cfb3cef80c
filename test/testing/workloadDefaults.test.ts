/**
 * What TestCluster makes of new Pods and workloads, against what a real server made of the same drafts
 * (test/kinds/corpus): that one had all features switched on, this one has those that are on by default.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { objects } from "../../scripts/corpus/fixtures.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { corpus, type Json, nameOf } from "../kinds/corpus.js"
import { inMemory } from "../scenarios/transports.js"

const kinds = new Set([
  "v1 Pod",
  "v1 PodTemplate",
  "v1 ReplicationController",
  "apps/v1 ControllerRevision",
  "apps/v1 DaemonSet",
  "apps/v1 Deployment",
  "apps/v1 ReplicaSet",
  "apps/v1 StatefulSet",
  "batch/v1 CronJob",
  "batch/v1 Job",
  "policy/v1 PodDisruptionBudget"
])

/** Fields that only a server with all features keeps, by the feature; and what is not told twice. */
const gated: { readonly [reason: string]: RegExp } = {
  EmptyDirVolumeMode: /\.emptyDir\.mode$/,
  VolumeBindMountOptions: /\.bindMountOptions$/,
  AtomicWriteVolumeUserFields: /\.(defaultUser|user)$/,
  H2CContainerProbe: /\.httpGet\.protocol$/,
  GRPCContainerProbeTLS: /\.grpc\.mode$/,
  EvictionResponders: /\.evictionResponders$/,
  GenericWorkload: /\.schedulingGroup$/,
  ContainerStopSignals: /\.stopSignal$/,
  WorkloadWithJob: /\.spec\.scheduling$/
}

/** Of Pods that were changed at a subresource after they were made. */
const subresources = /^\.(metadata\.generation|spec\.ephemeralContainers)$/

const paths = (a: unknown, b: unknown, at: string): ReadonlyArray<string> => {
  if (JSON.stringify(a) === JSON.stringify(b)) return []
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.flatMap((item, index) => paths(item, b[index], `${at}[${index}]`))
  }
  const isObject = (value: unknown): value is Json =>
    typeof value === "object" && value !== null && !Array.isArray(value)
  if (!isObject(a) || !isObject(b)) return [at]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => paths(a[key], b[key], `${at}.${key}`))
}

/** Without what differs from run to run. The uid of an object stands in labels too. */
const comparable = (object: Json): Json => {
  const { creationTimestamp: _1, managedFields: _2, resourceVersion: _3, uid, ...metadata } = object["metadata"]
  const { status: _4, ...rest } = object
  return JSON.parse(JSON.stringify({ ...rest, metadata }).replaceAll(uid, "<uid>"))
}

describe("a new object is as a real server makes it", () => {
  for (const { entries, resource } of corpus.filter(({ resource }) => kinds.has(nameOf(resource)))) {
    for (const [at, entry] of entries.entries()) {
      it.scoped(`${nameOf(resource)}, draft ${at}`, () =>
        Effect.gen(function*() {
          const cluster = yield* TestCluster.make({ randomSeed: 1 })
          const post = (path: string, body: Json) =>
            Effect.gen(function*() {
              const answer = yield* inMemory(cluster).send({
                method: "POST",
                path,
                headers: { "content-type": "application/json" },
                body: JSON.stringify(body)
              })
              return JSON.parse(yield* Stream.mkString(Stream.decodeText(answer.body))) as Json
            })
          for (const [path, object] of objects) yield* post(path, object)
          const group = resource.group === "" ? "/api/v1" : `/apis/${resource.group}/${resource.version}`
          const made = yield* post(`${group}/namespaces/corpus/${resource.plural}`, entry.draft)
          assert.strictEqual(made["kind"] === "Status" ? made["message"] : "", "", "refused")
          const differing = paths(comparable(entry.served), comparable(made), "")
          const expected = [...Object.values(gated), ...(entry.status === undefined ? [] : [subresources])]
          assert.deepStrictEqual(differing.filter((path) => !expected.some((pattern) => pattern.test(path))), [])
        }))
    }
  }
})
