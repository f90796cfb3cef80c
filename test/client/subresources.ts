/** Promises about subresources that TestCluster and a real server keep alike. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Struct from "effect/Struct"
import type { YieldWrap } from "effect/Utils"
import { inspect } from "node:util"
import * as Api from "../../src/client/Api.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import { Deployment, StatefulSet } from "../../src/kinds/apps/v1.js"
import { CertificateSigningRequest } from "../../src/kinds/certificates/v1.js"
import { Namespace, Pod, ReplicationController, ServiceAccount } from "../../src/kinds/core/v1.js"
import { PodDisruptionBudget } from "../../src/kinds/policy/v1.js"
import * as Patch from "../../src/protocol/Patch.js"

export interface Promise {
  readonly title: string
  readonly keeps: (namespace: string) => Effect.Effect<void, unknown, KubeClient | Scope.Scope>
}

export const promise = (
  title: string,
  keeps: (namespace: string) => Generator<
    YieldWrap<Effect.Effect<unknown, unknown, KubeClient | Scope.Scope>>,
    void,
    never
  >
): Promise => ({ title, keeps: (namespace) => Effect.gen(() => keeps(namespace)) })

/** A namespace of its own for each test. */
export const inNamespace = Effect.map(
  Effect.acquireRelease(
    Api.cluster(Namespace).create({ metadata: { generateName: "api-" } }),
    (namespace) => Effect.ignore(Api.cluster(Namespace).delete(namespace.metadata.name))
  ),
  (namespace) => namespace.metadata.name
)

const podDraft = (name: string) => ({
  metadata: { name, labels: { app: "web" } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{
      name: "main",
      image: "example.com/web:1",
      resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "100m", memory: "64Mi" } }
    }]
  }
})

const template = { metadata: { labels: { app: "web" } }, spec: podDraft("a").spec }
const workload = {
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: template.metadata,
      spec: { containers: [{ name: "main", image: "example.com/web:1" }] }
    }
  }
}

/** The tag of a failure, and nothing where there is none. */
export const tagOf = <A, R>(effect: Effect.Effect<A, { readonly _tag: string }, R>) =>
  Effect.match(effect, { onFailure: (error) => error._tag, onSuccess: () => undefined })

/** A Pod that runs and is ready, as a node would say. */
const running = (namespace: string, name: string) =>
  Effect.zipRight(
    Api.namespaced(Pod, namespace).create(podDraft(name)),
    Api.namespaced(Pod, namespace).status.modify(name, (pod) => ({
      ...pod,
      status: { ...pod.status, phase: "Running", conditions: [{ type: "Ready", status: "True" }] }
    }))
  )

const budget = (namespace: string, name: string, disruptionsAllowed: number) => {
  const budgets = Api.namespaced(PodDisruptionBudget, namespace)
  return Effect.zipRight(
    budgets.create({
      metadata: { name },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } }
    }),
    budgets.status.modify(name, (it) => ({
      ...it,
      status: {
        disruptionsAllowed,
        currentHealthy: 1,
        desiredHealthy: 1,
        expectedPods: 1,
        observedGeneration: it.metadata.generation
      }
    }))
  )
}

export const request =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIV01IOENBUUF3SFRFTk1Bc0dBMVVFQXd3RWFtRnVaVEVN"
  + "TUFvR0ExVUVDZ3dEWkdWMk1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUVkZm96MnpDRmJJY0t1aTBKbFlT"
  + "b2k3cnBqa044N09FeThyS2hLTEY4CnpiTUVNUXVMRFJVV2x4TlBMM2hoMEM1SVY4eUhodC9BWXA3QzFNZ25waFNLOHFBQU1B"
  + "b0dDQ3FHU000OUJBTUMKQTBjQU1FUUNJSDVFMlJsSjloQ0VvSVJNUVhGVnFRdWxoZUd5eGdDZ0M3eVZVdW9admV6V0FpQkR6"
  + "UVhiem5hMQpXOU9pNkl4Z25ZanJBRWg2TmtnOXBmcHlsTXUzMytCZWNnPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVT"
  + "VC0tLS0tCg=="

const signingRequest = Effect.map(
  Effect.acquireRelease(
    Api.cluster(CertificateSigningRequest).create({
      metadata: { generateName: "api-" },
      spec: { request, signerName: "example.com/signer", usages: ["client auth"] }
    }),
    ({ metadata }) => Effect.ignore(Api.cluster(CertificateSigningRequest).delete(metadata.name))
  ),
  ({ metadata }) => metadata.name
)

const decisions = (signing: CertificateSigningRequest) =>
  (signing.status.conditions ?? []).map(Struct.pick("type", "status", "reason", "message"))

export const promises: ReadonlyArray<Promise> = [
  promise("an eviction deletes a Pod that no budget holds, and a dry run does not (C38)", function*(namespace) {
    const pods = Api.namespaced(Pod, namespace)
    yield* running(namespace, "a")
    yield* pods.evict("a", { dryRun: true })
    const { metadata } = yield* pods.get("a")
    assert.strictEqual(yield* tagOf(pods.evict("a", { preconditions: { uid: "other" } })), "KubeConflict")
    yield* pods.evict("a", { preconditions: { uid: metadata.uid }, gracePeriod: 0 })
    assert.strictEqual(yield* tagOf(pods.get("a")), "KubeNotFound")
    assert.strictEqual(yield* tagOf(pods.evict("a")), "KubeNotFound")
  }),

  promise("a budget that holds a Pod is an error of its own, which names the budget (C29, C30, C38)", function*(
    namespace
  ) {
    const pods = Api.namespaced(Pod, namespace)
    yield* running(namespace, "a")
    yield* budget(namespace, "keep", 0)
    const error = yield* Effect.flip(pods.evict("a"))
    assert.strictEqual(error._tag, "KubeDisruptionBudget")
    assert.strictEqual(
      error.message,
      `create Pod/eviction ${namespace}/a: refused by the disruption budget: The disruption budget keep needs 1 healthy`
        + " pods and has 1 currently"
    )
    assert.strictEqual((yield* pods.get("a")).metadata.deletionTimestamp, undefined)
    yield* budget(namespace, "too", 1)
    const two = yield* Effect.flip(pods.evict("a"))
    assert.strictEqual(two._tag, "KubeStatusError")
    assert.include(two.message, "more than one PodDisruptionBudget")
  }),

  promise("bind gives a Pod its node once, and only the Pod that was meant (C30, C38)", function*(namespace) {
    const pods = Api.namespaced(Pod, namespace)
    const { metadata } = yield* pods.create(podDraft("a"))
    assert.strictEqual(yield* tagOf(pods.bind("a", "n1", { preconditions: { uid: "other" } })), "KubeConflict")
    yield* pods.bind("a", "n1", { preconditions: { uid: metadata.uid }, dryRun: true })
    assert.strictEqual((yield* pods.get("a")).spec.nodeName, undefined)
    yield* pods.bind("a", "n1")
    assert.strictEqual((yield* pods.get("a")).spec.nodeName, "n1")
    assert.strictEqual(yield* tagOf(pods.bind("a", "n2")), "KubeConflict")
    assert.strictEqual(yield* tagOf(pods.bind("b", "n1")), "KubeNotFound")
    // The server has no Status for it but 500.
    yield* pods.create(podDraft("c"))
    assert.strictEqual(yield* tagOf(pods.bind("c", "")), "KubeStatusError")
  }),

  promise("a token of a ServiceAccount is Redacted, and no answer shows it (C30, C38)", function*(namespace) {
    const accounts = Api.namespaced(ServiceAccount, namespace)
    const pod = yield* Api.namespaced(Pod, namespace).create({
      ...podDraft("a"),
      spec: { ...podDraft("a").spec, serviceAccountName: "robot" }
    }).pipe(Effect.catchTag("KubeForbidden", () => Effect.succeed(undefined)))
    yield* accounts.create({ metadata: { name: "robot" } })
    const issued = yield* accounts.createToken("robot", { audiences: ["me"], expiration: "20 minutes" })
    const [, claims = ""] = Redacted.value(issued.token).split(".")
    const read = JSON.parse(Buffer.from(claims, "base64url").toString())
    assert.deepStrictEqual([read.aud, read.sub], [["me"], `system:serviceaccount:${namespace}:robot`])
    assert.strictEqual(new Date(read.exp * 1000).toISOString().replace(".000Z", "Z"), issued.expires)
    for (const text of [String(issued.token), JSON.stringify(issued), inspect(issued, { depth: 9 })]) {
      assert.notInclude(text, claims)
    }
    if (pod !== undefined) {
      const bound = yield* accounts.createToken("robot", { boundTo: pod })
      assert.include(
        Buffer.from(Redacted.value(bound.token).split(".")[1]!, "base64url").toString(),
        pod.metadata.uid
      )
    }
    assert.strictEqual(yield* tagOf(accounts.createToken("robot", { expiration: "1 minute" })), "KubeInvalid")
    assert.strictEqual(yield* tagOf(accounts.createToken("nobody")), "KubeNotFound")
  }),

  promise("a signing request is approved or denied once, with a reason (C30, C38)", function*() {
    const requests = Api.cluster(CertificateSigningRequest)
    const name = yield* signingRequest
    const approved = yield* requests.approve(name, { reason: "Known", message: "by hand" })
    assert.deepStrictEqual(decisions(approved), [
      { type: "Approved", status: "True", reason: "Known", message: "by hand" }
    ])
    const again = yield* requests.approve(name, { reason: "Other" })
    assert.strictEqual(again.metadata.resourceVersion, approved.metadata.resourceVersion)
    assert.strictEqual(yield* tagOf(requests.deny(name)), "KubeInvalid")
    const other = yield* signingRequest
    assert.deepStrictEqual(decisions(yield* requests.deny(other)).map(Struct.pick("type", "reason")), [
      { type: "Denied", reason: "DeniedByClient" }
    ])
    assert.strictEqual(yield* tagOf(requests.approve("no-such")), "KubeNotFound")
    assert.strictEqual((yield* requests.approval.get(other)).metadata.name, other)
  }),

  promise("a Namespace's finalizers go through finalize alone (C36)", function*() {
    const namespaces = Api.cluster(Namespace)
    const made = yield* namespaces.create({ metadata: { generateName: "api-final-" } })
    const { name } = made.metadata
    const more = yield* namespaces.finalize.modify(name, (it) => ({
      ...it,
      spec: { finalizers: [...it.spec.finalizers ?? [], "example.com/mine"] }
    }))
    assert.deepStrictEqual(more.spec.finalizers, ["kubernetes", "example.com/mine"])
    assert.strictEqual(yield* tagOf(namespaces.finalize.replace(made)), "KubeConflict")
    assert.deepStrictEqual((yield* namespaces.replace({ ...more, spec: {} })).spec.finalizers, [
      "kubernetes",
      "example.com/mine"
    ])
    yield* namespaces.finalize.modify(name, (it) => ({ ...it, spec: { finalizers: ["kubernetes"] } }))
    yield* namespaces.delete(name)
  }),

  promise("an ephemeral container is added to a Pod, and the Pod's other containers stay (C38)", function*(namespace) {
    const pods = Api.namespaced(Pod, namespace)
    yield* running(namespace, "a")
    const debugged = yield* pods.ephemeralContainers.add("a", {
      name: "debug",
      image: "example.com/debug:1",
      targetContainerName: "main"
    })
    const names = (pod: Pod) => (pod.spec.ephemeralContainers ?? []).map(({ name }) => name)
    assert.deepStrictEqual(names(debugged), ["debug"])
    const again = yield* pods.ephemeralContainers.add("a", { name: "more", image: "example.com/debug:1" })
    assert.deepStrictEqual(names(again), ["debug", "more"])
    assert.deepStrictEqual(names(yield* pods.ephemeralContainers.get("a")), ["debug", "more"])
    const twice = pods.ephemeralContainers.add("a", { name: "more", image: "example.com/debug:2" })
    assert.strictEqual(yield* tagOf(twice), "KubeInvalid")
    assert.strictEqual(
      yield* tagOf(pods.ephemeralContainers.add("b", { name: "more", image: "example.com/debug:1" })),
      "KubeNotFound"
    )
    const patched = yield* pods.ephemeralContainers.patch(
      "a",
      Patch.strategic({ spec: { ephemeralContainers: [{ name: "third", image: "example.com/debug:1" }] } })
    )
    assert.sameMembers([...names(patched)], ["debug", "more", "third"])
  }),

  promise("a resize changes what a running Pod's containers may use, and nothing else of it (C38)", function*(
    namespace
  ) {
    const pods = Api.namespaced(Pod, namespace)
    yield* running(namespace, "a")
    const cpu = (pod: Pod) => pod.spec.containers[0]?.resources?.requests?.["cpu"]
    const patched = yield* pods.resize.patch(
      "a",
      Patch.strategic({
        spec: { containers: [{ name: "main", resources: { requests: { cpu: "200m" }, limits: { cpu: "200m" } } }] }
      })
    )
    assert.strictEqual(cpu(patched), "200m")
    const resources = { requests: { cpu: "300m", memory: "64Mi" }, limits: { cpu: "300m", memory: "64Mi" } }
    const modified = yield* pods.resize.modify("a", (pod) => ({
      ...pod,
      spec: { ...pod.spec, containers: pod.spec.containers.map((container) => ({ ...container, resources })) }
    }))
    assert.strictEqual(cpu(modified), "300m")
    const memory = yield* Effect.flip(pods.patch(
      "a",
      Patch.strategic({
        spec: { containers: [{ name: "main", resources }, { name: "other", image: "x" }] }
      })
    ))
    assert.strictEqual(memory._tag, "KubeInvalid")
    assert.strictEqual(cpu(yield* pods.resize.get("a")), "300m")
  }),

  promise("scale tells and changes the number of replicas of every kind that has it (C36)", function*(namespace) {
    const deployments = Api.namespaced(Deployment, namespace)
    const statefulSets = Api.namespaced(StatefulSet, namespace)
    const controllers = Api.namespaced(ReplicationController, namespace)
    const made = yield* deployments.create(workload)
    yield* statefulSets.create({ ...workload, spec: { ...workload.spec, serviceName: "web" } })
    yield* controllers.create({
      metadata: { name: "web" },
      spec: { replicas: 2, selector: { app: "web" }, template: workload.spec.template }
    })
    for (const { scale } of [deployments, statefulSets, controllers]) {
      assert.strictEqual(yield* scale.get("web"), 2)
      assert.strictEqual(yield* scale.modify("web", (count) => count + 3), 5)
      assert.strictEqual(yield* scale.modify("web", (count) => count), 5)
      assert.strictEqual(yield* scale.set("web", 0, { dryRun: true }), 0)
      assert.deepInclude(yield* scale.read("web"), { replicas: 5, current: 0, selector: "app=web" })
      assert.strictEqual(yield* tagOf(scale.set("web", -1)), "KubeInvalid")
      assert.strictEqual(yield* tagOf(scale.set("other", 1)), "KubeNotFound")
    }
    // What was changed in between is read again.
    let times = 0
    const raced = yield* deployments.scale.modify("web", (count) => {
      times++
      return count + 1
    })
    assert.deepStrictEqual([raced, times], [6, 1])
    const stale = deployments.replace({ ...made, spec: { ...made.spec, replicas: 1 } })
    assert.strictEqual(yield* tagOf(stale), "KubeConflict")
  }),

  promise("the status is changed by an Effect and applied, and the spec stays (C36, C45)", function*(namespace) {
    const deployments = Api.namespaced(Deployment, namespace)
    yield* deployments.create(workload)
    const changed = yield* deployments.status.modifyEffect(
      "web",
      (it) =>
        Effect.succeed({ ...it, spec: { ...it.spec, replicas: 9 }, status: { ...it.status, observedGeneration: 7 } })
    )
    assert.deepStrictEqual([changed.status.observedGeneration, changed.spec.replicas], [7, 2])
    const condition = { type: "Progressing", status: "True", reason: "Mine" }
    const applied = yield* deployments.status.apply(
      { metadata: { name: "web" }, status: { conditions: [condition] } },
      { fieldManager: "status-writer" }
    )
    assert.deepInclude(applied.status.conditions?.[0], condition)
    assert.deepStrictEqual(
      applied.metadata.managedFields?.filter(({ manager }) => manager === "status-writer")
        .map(Struct.pick("operation", "subresource")),
      [{ operation: "Apply", subresource: "status" }]
    )
    assert.strictEqual(
      yield* tagOf(deployments.status.apply({ metadata: { name: "other" }, status: {} })),
      "KubeNotFound"
    )
  }),

  promise("any subresource can be asked for by name, JSON in and JSON out (C36, C44)", function*(namespace) {
    const deployments = Api.namespaced(Deployment, namespace)
    yield* deployments.create(workload)
    const scale = deployments.subresource("scale")
    const shown = (u: unknown) => (u as { readonly spec: { readonly replicas: number } }).spec.replicas
    assert.strictEqual(shown(yield* scale.get("web")), 2)
    assert.strictEqual(shown(yield* scale.patch("web", Patch.merge({ spec: { replicas: 4 } }))), 4)
    const body = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web", namespace } }
    assert.strictEqual(shown(yield* scale.replace("web", { ...body, spec: { replicas: 6 } })), 6)
    assert.strictEqual(yield* tagOf(scale.get("other")), "KubeNotFound")
    assert.strictEqual(yield* tagOf(deployments.subresource("no-such").get("web")), "KubeNotFound")
    yield* running(namespace, "a")
    yield* Api.namespaced(Pod, namespace).subresource("eviction").create("a", {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: "a", namespace },
      deleteOptions: { gracePeriodSeconds: 0 }
    })
    assert.strictEqual(yield* tagOf(Api.namespaced(Pod, namespace).get("a")), "KubeNotFound")
    const outside = yield* Effect.flip(deployments.subresource("scale/../../x").get("web"))
    assert.strictEqual(outside._tag === "KubeStatusError" && outside.sent, false)
  })
]
