/**
 * The in-memory server keeps what a real one kept: the corpus' drafts are created, and what is stored is what a real
 * server served, but for uids, times and versions, the status that was written later, and fields that a server without
 * feature gates drops or does not have.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { play, scenario, type Step } from "../scenarios/scenario.js"
import { inMemory } from "../scenarios/transports.js"
import { inVirtualTime } from "../scenarios/virtualTime.js"
import { corpus, type Entry, type Json, nameOf } from "./corpus.js"

const kinds = [
  "v1 ConfigMap",
  "v1 Endpoints",
  "v1 Event",
  "v1 LimitRange",
  "v1 Namespace",
  "v1 Node",
  "v1 PersistentVolume",
  "v1 PersistentVolumeClaim",
  "v1 ResourceQuota",
  "v1 Secret",
  "v1 Service",
  "v1 ServiceAccount",
  "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration",
  "apiregistration.k8s.io/v1 APIService",
  "autoscaling/v1 HorizontalPodAutoscaler",
  "autoscaling/v2 HorizontalPodAutoscaler",
  "coordination.k8s.io/v1 Lease",
  "discovery.k8s.io/v1 EndpointSlice",
  "events.k8s.io/v1 Event",
  "flowcontrol.apiserver.k8s.io/v1 FlowSchema",
  "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration",
  "networking.k8s.io/v1 Ingress",
  "networking.k8s.io/v1 IngressClass",
  "networking.k8s.io/v1 NetworkPolicy",
  "node.k8s.io/v1 RuntimeClass",
  "rbac.authorization.k8s.io/v1 ClusterRole",
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
  "rbac.authorization.k8s.io/v1 Role",
  "rbac.authorization.k8s.io/v1 RoleBinding",
  "scheduling.k8s.io/v1 PriorityClass",
  "storage.k8s.io/v1 CSIDriver",
  "storage.k8s.io/v1 CSINode",
  "storage.k8s.io/v1 StorageClass"
]

/** Fields that only a server has whose feature gates are on, or that another one of its programs writes. */
const excused: { readonly [kind: string]: ReadonlyArray<string> } = {
  // Its controller looks for the Service.
  "apiregistration.k8s.io/v1 APIService": ["status"],
  // Of the status, which was written later.
  "autoscaling/v1 HorizontalPodAutoscaler": ["metadata.annotations"],
  // CoordinatedLeaderElection
  "coordination.k8s.io/v1 Lease": ["spec.strategy", "spec.preferredHolder"]
}

/** What each run makes anew, and what another part of the server looks after. */
const anew = ["uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"]

const without = (object: Json, paths: ReadonlyArray<string>): Json => {
  const copy = structuredClone(object) as { [field: string]: any }
  for (const path of paths) {
    const fields = path.split(".")
    const parent = fields.slice(0, -1).reduce((inner, field) => inner?.[field], copy)
    if (parent !== undefined) delete parent[fields.at(-1)!]
  }
  return copy
}

const stripped = (kind: string, object: Json, entry: Entry): Json => {
  const { status: _, ...rest } = object
  const metadata = Object.fromEntries(Object.entries(rest["metadata"]).filter(([field]) => !anew.includes(field)))
  const kept = entry.status === undefined && object["status"] !== undefined
    ? { ...rest, status: object["status"] }
    : rest
  const bare = without({ ...kept, metadata }, ["status.lastPhaseTransitionTime", ...excused[kind] ?? []])
  // Node ports and addresses are drawn.
  return JSON.parse(JSON.stringify(bare), (key, value) => /nodePort$/i.test(key) && value > 30085 ? "drawn" : value)
}

const created = (recorded: typeof corpus[number], draft: Json): Effect.Effect<Step> =>
  inVirtualTime(Effect.scoped(Effect.gen(function*() {
    const cluster = yield* Effect.orDie(
      TestCluster.make({ randomSeed: 1, namespaces: ["default", "kube-system", "corpus"] })
    )
    const { resource } = recorded
    const { apiVersion } = draft
    const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`
    const namespace = draft["metadata"].namespace
    const path = `${base}/${namespace === undefined ? "" : `namespaces/${namespace}/`}${resource.plural}`
    const steps = yield* play(
      inMemory(cluster),
      scenario("kept", function*(run) {
        yield* run.post(path, draft)
      })
    )
    return steps[0]!
  })))

describe("what a real server kept of a draft, this one keeps", () => {
  for (const recorded of corpus.filter(({ resource }) => kinds.includes(nameOf(resource)))) {
    const kind = nameOf(recorded.resource)
    it.effect(`${kind}, ${recorded.entries.length} objects`, () =>
      Effect.gen(function*() {
        for (const entry of recorded.entries) {
          const { answer, status } = yield* created(recorded, entry.draft)
          assert.strictEqual(status, 201, JSON.stringify(answer))
          assert.deepStrictEqual(
            stripped(kind, answer as Json, entry),
            stripped(kind, entry.served, entry),
            `draft ${JSON.stringify(entry.draft)}`
          )
        }
      }))
  }

  it("of all kinds that are named here", () => {
    const names = corpus.map(({ resource }) => nameOf(resource))
    assert.deepStrictEqual(kinds.filter((kind) => !names.includes(kind)), [])
  })
})
