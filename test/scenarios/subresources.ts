/** Subresources of built-in kinds: evictions, bindings, ephemeral containers, resizes, logs, approvals and scales. */
import * as Effect from "effect/Effect"
import { type Area, type Json, type Run, scenario } from "./scenario.js"

const policy = "policy/v1"

const container = (name: string, more: object = {}) => ({ name, image: "example.com/app:1", ...more })

const pod = (name: string, spec: object = {}, labels: object = { app: "web" }) => ({
  metadata: { name, labels },
  spec: { terminationGracePeriodSeconds: 5, containers: [container("main")], ...spec }
})

const running = (ready: boolean) => ({
  status: {
    phase: "Running",
    conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: "2020-01-01T00:00:00Z" }]
  }
})

/** What evictions change of a Pod. */
const shownPod = (body: Json): Json => ({
  deleted: body.metadata?.deletionTimestamp !== undefined,
  grace: body.metadata?.deletionGracePeriodSeconds,
  conditions: body.status?.conditions,
  message: body.message
})

const headOnly = () => "…"
const quiet = { show: headOnly }

/** A Pod that runs on a node. */
const runningPod = (run: Run, name: string, options: { ready?: boolean; labels?: object; phase?: string } = {}) =>
  Effect.gen(function*() {
    yield* run.post(run.at("pods"), pod(name, { nodeName: "node-1" }, options.labels), quiet)
    const status = running(options.ready ?? true)
    yield* run.merge(`${run.at("pods")}/${name}/status`, {
      status: { ...status.status, phase: options.phase ?? "Running" }
    }, quiet)
  })

const budget = (run: Run, name: string, status: object, spec: object = {}) =>
  Effect.gen(function*() {
    const path = run.at("poddisruptionbudgets", policy)
    yield* run.post(path, {
      metadata: { name },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } }, ...spec }
    }, quiet)
    yield* run.merge(`${path}/${name}/status`, {
      status: {
        observedGeneration: 1,
        disruptionsAllowed: 0,
        currentHealthy: 1,
        desiredHealthy: 1,
        expectedPods: 1,
        ...status
      }
    }, quiet)
  })

const evict = (run: Run, name: string, more: object = {}, query = "") =>
  run.post(`${run.at("pods")}/${name}/eviction${query}`, {
    apiVersion: policy,
    kind: "Eviction",
    metadata: { name },
    ...more
  })

const see = (run: Run, name: string) => run.get(`${run.at("pods")}/${name}`, { show: shownPod })

const binding = (name: string, target: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Binding",
  metadata: { name, ...metadata },
  target: { apiVersion: "v1", kind: "Node", ...target }
})

const request = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIV01IOENBUUF3SFRFTk1Bc0dBMVVFQXd3RWFtRnVaVEVN"
  + "TUFvR0ExVUVDZ3dEWkdWMk1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUVkZm96MnpDRmJJY0t1aTBKbFlT"
  + "b2k3cnBqa044N09FeThyS2hLTEY4CnpiTUVNUXVMRFJVV2x4TlBMM2hoMEM1SVY4eUhodC9BWXA3QzFNZ25waFNLOHFBQU1B"
  + "b0dDQ3FHU000OUJBTUMKQTBjQU1FUUNJSDVFMlJsSjloQ0VvSVJNUVhGVnFRdWxoZUd5eGdDZ0M3eVZVdW9admV6V0FpQkR6"
  + "UVhiem5hMQpXOU9pNkl4Z25ZanJBRWg2TmtnOXBmcHlsTXUzMytCZWNnPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVT"
  + "VC0tLS0tCg=="

const certificates = "/apis/certificates.k8s.io/v1/certificatesigningrequests"

const signing = (run: Run) => ({
  metadata: { name: run.namespace },
  spec: { request, signerName: "example.com/signer", usages: ["client auth"] }
})

const withoutUser = (body: Json): Json =>
  body.kind !== "CertificateSigningRequest"
    ? body
    : { metadata: body.metadata, signerName: body.spec.signerName, status: body.status }

const approved = (more: object = {}) => ({ type: "Approved", status: "True", reason: "Mine", message: "me", ...more })

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [container("main")] } }

const strategicPatch = { contentType: "application/strategic-merge-patch+json" }

const resized = (requests: object, limits: object = requests, more: object = {}) => ({
  spec: { containers: [{ name: "main", resources: { requests, limits }, ...more }] }
})

const shownResources = (body: Json): Json =>
  body.spec === undefined ? body : {
    generation: body.metadata.generation,
    labels: body.metadata.labels,
    qosClass: body.status.qosClass,
    containers: body.spec.containers.map((each: Json) => ({
      name: each.name,
      image: each.image,
      resources: each.resources,
      resizePolicy: each.resizePolicy
    }))
  }

const shownEphemeral = (body: Json): Json =>
  body.spec === undefined ? body : {
    generation: body.metadata.generation,
    labels: body.metadata.labels,
    image: body.spec.containers[0].image,
    ephemeralContainers: body.spec.ephemeralContainers
  }

export const subresources: Area = {
  name: "subresources",
  scenarios: [
    scenario("an eviction deletes a Pod that no budget protects (S49)", function*(run) {
      yield* runningPod(run, "a")
      yield* evict(run, "a")
      yield* see(run, "a")
      yield* evict(run, "a", { deleteOptions: { gracePeriodSeconds: 0 } })
      yield* see(run, "a")
      yield* evict(run, "a")
      yield* run.post(run.at("pods"), pod("pending"), quiet)
      yield* evict(run, "pending")
      yield* see(run, "pending")
      yield* run.post(`${run.at("pods")}/pending/eviction`, { metadata: { name: "other" } })
    }),
    scenario("a budget that allows no disruption refuses evictions (S49)", function*(run) {
      yield* runningPod(run, "a")
      yield* budget(run, "guard", {})
      yield* evict(run, "a")
      yield* evict(run, "a", {}, "?dryRun=All")
      const path = `${run.at("poddisruptionbudgets", policy)}/guard`
      yield* run.merge(`${path}/status`, { status: { currentHealthy: 3 } }, quiet)
      yield* evict(run, "a")
      const condition = (reason: string) => ({
        type: "DisruptionAllowed",
        status: "False",
        reason,
        message: "because",
        lastTransitionTime: "2020-01-01T00:00:00Z"
      })
      yield* run.merge(`${path}/status`, { status: { conditions: [condition("Other")] } }, quiet)
      yield* evict(run, "a")
      yield* run.merge(`${path}/status`, { status: { conditions: [condition("SyncFailed")] } }, quiet)
      yield* evict(run, "a")
      yield* run.merge(path, { spec: { minAvailable: 2 } }, quiet)
      yield* evict(run, "a")
      yield* see(run, "a")
    }),
    scenario("a budget that allows a disruption is charged for it (S49)", function*(run) {
      yield* runningPod(run, "a")
      yield* runningPod(run, "b")
      yield* runningPod(run, "c", { labels: { app: "other" } })
      const allowed = {
        type: "DisruptionAllowed",
        status: "True",
        reason: "SufficientPods",
        message: "",
        lastTransitionTime: "2020-01-01T00:00:00Z",
        observedGeneration: 1
      }
      yield* budget(run, "guard", { disruptionsAllowed: 1, currentHealthy: 2, conditions: [allowed] })
      const path = `${run.at("poddisruptionbudgets", policy)}/guard`
      yield* evict(run, "a", {}, "?dryRun=All")
      yield* run.get(path)
      yield* evict(run, "a")
      yield* run.get(path)
      yield* see(run, "a")
      yield* evict(run, "b")
      yield* evict(run, "c")
    }),
    scenario("two budgets of one Pod are refused (S49)", function*(run) {
      yield* runningPod(run, "a")
      yield* budget(run, "one", { disruptionsAllowed: 1 })
      yield* budget(run, "two", { disruptionsAllowed: 1 })
      yield* evict(run, "a")
      yield* see(run, "a")
    }),
    scenario("Pods that have ended or have not begun are evicted whatever their budget (S49)", function*(run) {
      yield* budget(run, "guard", {})
      for (const phase of ["Succeeded", "Failed", "Pending"]) {
        const name = phase.toLowerCase()
        yield* runningPod(run, name, { phase })
        yield* evict(run, name)
        yield* see(run, name)
      }
    }),
    scenario("Pods that are not ready are evicted as their budget says (S49)", function*(run) {
      yield* runningPod(run, "a", { ready: false })
      yield* budget(run, "guard", {}, { unhealthyPodEvictionPolicy: "IfHealthyBudget" })
      const path = `${run.at("poddisruptionbudgets", policy)}/guard`
      yield* run.merge(`${path}/status`, { status: { currentHealthy: 0 } }, quiet)
      yield* evict(run, "a")
      yield* run.merge(`${path}/status`, { status: { currentHealthy: 1 } }, quiet)
      yield* evict(run, "a")
      yield* see(run, "a")
      yield* runningPod(run, "b", { ready: false })
      yield* run.merge(`${path}/status`, { status: { currentHealthy: 0 } }, quiet)
      yield* run.merge(path, { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } }, quiet)
      yield* evict(run, "b")
      yield* see(run, "b")
      yield* run.get(path, { show: (body) => body.status })
    }),
    scenario("an eviction obeys the options of its delete (S15, S40, S49)", function*(run) {
      yield* runningPod(run, "a")
      const { body } = yield* run.get(`${run.at("pods")}/a`, quiet)
      const uid = "00000000-0000-4000-8000-000000000000"
      yield* evict(run, "a", { deleteOptions: { preconditions: { uid } } })
      yield* evict(run, "a", { deleteOptions: { preconditions: { resourceVersion: "1" } } })
      yield* evict(run, "a", { deleteOptions: { dryRun: ["All"] } })
      yield* evict(run, "a", { deleteOptions: { dryRun: ["All"] } }, "?dryRun=All")
      yield* see(run, "a")
      yield* evict(run, "a", {
        deleteOptions: {
          gracePeriodSeconds: 7,
          preconditions: { uid: body.metadata.uid, resourceVersion: body.metadata.resourceVersion }
        }
      })
      yield* see(run, "a")
      yield* evict(run, "missing")
      yield* run.post(`${run.at("pods")}/a/eviction`, { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } })
    }),
    scenario("a binding gives a Pod its node (S49)", function*(run) {
      yield* run.post(run.at("pods"), pod("a"), quiet)
      const path = `${run.at("pods")}/a/binding`
      yield* run.post(path, binding("a", { name: "node-1" }), { headers: { accept: "application/json" } })
      yield* run.get(`${run.at("pods")}/a`)
      yield* run.post(path, binding("a", { name: "node-2" }))
      yield* run.post(path, binding("b", { name: "node-2" }))
      yield* run.post(path, binding("a", { kind: "Pod", name: "node-2" }))
      yield* run.post(path, binding("a", { name: "" }))
      yield* run.post(path, binding("a", { name: "Not_A_Node" }))
      yield* run.post(`${run.at("pods")}/missing/binding`, binding("missing", { name: "node-1" }))
    }),
    scenario("a binding merges annotations and labels, and obeys preconditions (S49)", function*(run) {
      const { body } = yield* run.post(run.at("pods"), pod("a"), quiet)
      const path = `${run.at("pods")}/a/binding`
      yield* run.post(path, binding("a", { name: "node-1" }, { uid: "00000000-0000-4000-8000-000000000000" }))
      yield* run.post(path, binding("a", { name: "node-1" }, { resourceVersion: "1" }))
      yield* run.post(`${path}?dryRun=All`, binding("a", { name: "node-1" }))
      yield* run.post(
        path,
        binding("a", { name: "node-1" }, {
          uid: body.metadata.uid,
          resourceVersion: body.metadata.resourceVersion,
          annotations: { by: "me" },
          labels: { app: "bound", zone: "a" }
        })
      )
      yield* run.get(`${run.at("pods")}/a`, {
        show: ({ metadata, spec, status }) => ({ metadata, node: spec.nodeName, status })
      })
    }),
    scenario("Pods with gates and Pods that go are not bound; the old path of bindings works (S49)", function*(run) {
      yield* run.post(run.at("pods"), pod("gated", { schedulingGates: [{ name: "example.com/wait" }] }), quiet)
      yield* run.post(`${run.at("pods")}/gated/binding`, binding("gated", { name: "node-1" }))
      yield* run.post(run.at("pods"), {
        ...pod("going"),
        metadata: { name: "going", finalizers: ["example.com/hold"] }
      }, quiet)
      yield* run.delete(`${run.at("pods")}/going`, undefined, quiet)
      yield* run.post(`${run.at("pods")}/going/binding`, binding("going", { name: "node-1" }))
      yield* run.post(run.at("pods"), pod("a"), quiet)
      yield* run.post(run.at("bindings"), binding("a", { name: "node-1" }))
      yield* run.post(run.at("bindings"), binding("a", { name: "node-1" }))
      yield* run.post(run.at("bindings"), binding("missing", { name: "node-1" }))
      yield* run.get(`${run.at("pods")}/a`, { show: ({ spec }) => spec.nodeName })
      yield* run.get(run.at("bindings"))
    }),
    scenario("ephemeral containers are only added (S49)", function*(run) {
      const { body } = yield* run.post(run.at("pods"), pod("a"), quiet)
      const path = `${run.at("pods")}/a/ephemeralcontainers`
      const show = { show: shownEphemeral }
      yield* run.merge(path, {
        metadata: { labels: { more: "labels" } },
        spec: {
          containers: [container("main", { image: "example.com/app:2" })],
          ephemeralContainers: [container("debug", { targetContainerName: "main" })]
        }
      }, show)
      yield* run.request("PATCH", path, {
        ...strategicPatch,
        ...show,
        body: { spec: { ephemeralContainers: [container("second", { stdin: true, tty: true })] } }
      })
      yield* run.jsonPatch(path, [{ op: "remove", path: "/spec/ephemeralContainers/0" }])
      yield* run.jsonPatch(path, [{
        op: "add",
        path: "/spec/ephemeralContainers/-",
        value: container("third", { ports: [{ containerPort: 80 }] })
      }])
      yield* run.jsonPatch(path, [{ op: "add", path: "/spec/ephemeralContainers/-", value: container("main") }])
      yield* run.jsonPatch(path, [{ op: "add", path: "/spec/ephemeralContainers/-", value: { name: "x" } }])
      yield* run.get(path, show)
      yield* run.put(path, { ...body, spec: { ...body.spec, ephemeralContainers: [container("x")] } })
      yield* run.put(`${run.at("pods")}/missing/ephemeralcontainers`, pod("missing"))
      yield* run.merge(`${run.at("pods")}/a`, { spec: { ephemeralContainers: null } }, show)
    }),
    scenario("a resize changes cpu and memory, and nothing else (S49)", function*(run) {
      const asked = { cpu: "100m", memory: "64Mi" }
      yield* run.post(
        run.at("pods"),
        pod("a", { containers: [container("main", { resources: { requests: asked, limits: asked } })] }),
        quiet
      )
      const path = `${run.at("pods")}/a/resize`
      const patch = (body: object) => run.request("PATCH", path, { ...strategicPatch, show: shownResources, body })
      yield* patch(resized({ cpu: "200m", memory: "64Mi" }))
      yield* patch({
        ...resized({ cpu: "300m", memory: "128Mi" }, undefined, { image: "example.com/app:2" }),
        metadata: { labels: { more: "labels" } }
      })
      yield* patch(resized({ cpu: "1m" }, { cpu: "2" }))
      yield* patch(resized({ "cpu": "300m", "memory": "128Mi", "ephemeral-storage": "1Gi" }))
      yield* patch(resized({ cpu: "-1", memory: "128Mi" }))
      yield* patch({ spec: { containers: [container("second")] } })
      yield* run.jsonPatch(path, [{ op: "remove", path: "/spec/containers/0/resources/requests/cpu" }, {
        op: "remove",
        path: "/spec/containers/0/resources/limits"
      }])
      yield* run.jsonPatch(path, [{ op: "replace", path: "/spec/containers/0/name", value: "other" }])
      yield* run.get(path, { show: shownResources })
    }),
    scenario("what a resize may not take away (S49)", function*(run) {
      yield* run.post(
        run.at("pods"),
        pod("burst", {
          containers: [container("main", {
            resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "1", memory: "1Gi" } },
            resizePolicy: [{ resourceName: "cpu", restartPolicy: "NotRequired" }]
          })],
          initContainers: [container("first", { resources: { requests: { cpu: "1m" } } })]
        }),
        quiet
      )
      const path = `${run.at("pods")}/burst/resize`
      const show = { show: shownResources }
      yield* run.jsonPatch(path, [{ op: "remove", path: "/spec/containers/0/resources/requests/memory" }], show)
      yield* run.jsonPatch(path, [{ op: "remove", path: "/spec/containers/0/resources/limits/memory" }], show)
      yield* run.jsonPatch(path, [{
        op: "replace",
        path: "/spec/containers/0/resources/limits/memory",
        value: "512Mi"
      }], show)
      yield* run.jsonPatch(path, [{
        op: "replace",
        path: "/spec/initContainers/0/resources/requests/cpu",
        value: "2m"
      }], show)
      yield* run.jsonPatch(
        path,
        [{ op: "replace", path: "/spec/containers/0/resources/requests/cpu", value: "2" }],
        show
      )
      yield* run.jsonPatch(path, [{
        op: "add",
        path: "/spec/containers/0/resizePolicy",
        value: [{ resourceName: "memory", restartPolicy: "RestartContainer" }]
      }], show)
      yield* run.post(run.at("pods"), pod("best"), quiet)
      yield* run.request("PATCH", `${run.at("pods")}/best/resize`, {
        ...strategicPatch,
        body: resized({ cpu: "1" })
      })
      yield* run.merge(`${run.at("pods")}/missing/resize`, {})
    }),
    scenario("which log is meant, and which is not there (S49)", function*(run) {
      const path = `${run.at("pods")}/a/log`
      yield* run.post(run.at("pods"), pod("a"), quiet)
      yield* run.get(path)
      yield* run.get(`${path}?container=main`)
      yield* run.get(`${path}?container=other`)
      yield* run.get(`${path}?tailLines=-1&limitBytes=0&sinceSeconds=0`)
      yield* run.get(`${path}?sinceSeconds=1&sinceTime=2020-01-01T00:00:00Z`)
      yield* run.get(`${path}?stream=Other`)
      yield* run.get(`${path}?stream=Stdout&tailLines=1`)
      yield* run.get(`${path}?tailLines=many`)
      yield* run.get(`${path}?sinceTime=yesterday`)
      yield* run.get(`${path}?follow=maybe`)
      yield* run.post(
        run.at("pods"),
        pod("two", {
          containers: [container("main"), container("side")],
          initContainers: [container("first")]
        }),
        quiet
      )
      yield* run.get(`${run.at("pods")}/two/log`)
      yield* run.get(`${run.at("pods")}/two/log?container=first`)
      yield* run.get(`${run.at("pods")}/missing/log`)
      yield* run.post(path, {})
      yield* run.post(run.at("pods"), pod("lost", { nodeName: `${run.namespace}-gone` }), quiet)
      yield* run.get(`${run.at("pods")}/lost/log`)
    }),
    scenario("a signing request is approved at its own endpoint (S50)", function*(run) {
      const path = `${certificates}/${run.namespace}`
      const show = { show: withoutUser }
      const { body } = yield* run.post(certificates, signing(run), show)
      yield* run.merge(path, { status: { conditions: [approved()] }, spec: { signerName: "example.com/other" } }, show)
      yield* run.put(`${path}/approval`, {
        ...signing(run),
        metadata: { name: run.namespace, resourceVersion: body.metadata.resourceVersion },
        spec: { ...signing(run).spec, signerName: "example.com/other" },
        status: { conditions: [approved()], certificate: "bm8=" }
      }, show)
      yield* run.merge(`${path}/approval`, { status: { conditions: [] } }, show)
      yield* run.merge(`${path}/approval`, {
        status: { conditions: [approved(), { type: "Denied", status: "True", reason: "No" }] }
      }, show)
      yield* run.merge(`${path}/approval`, { status: { conditions: [approved({ message: "changed" })] } }, show)
      yield* run.merge(
        `${path}/approval`,
        { status: { conditions: [approved(), { type: "", status: "False" }] } },
        show
      )
      yield* run.merge(`${path}/status`, { status: { certificate: "bm8=" } }, show)
      yield* run.merge(`${path}/status`, { status: { conditions: [] } }, show)
      yield* run.merge(`${path}/status`, {
        status: { conditions: [approved(), { type: "Failed", status: "True", reason: "Mine" }] }
      }, show)
      yield* run.get(`${path}/approval`, show)
      yield* run.get(`${path}/status`, show)
      yield* run.put(`${certificates}/missing/approval`, { ...signing(run), metadata: { name: "missing" } })
      yield* run.delete(path)
    }),
    scenario("every workload kind has a scale (S50)", function*(run) {
      const spec = { replicas: 2, selector: { matchLabels: { app: "web" } }, template }
      const apps = "apps/v1"
      for (
        const [path, body] of [
          [run.at("deployments", apps), spec],
          [run.at("replicasets", apps), spec],
          [run.at("statefulsets", apps), { ...spec, serviceName: "web" }],
          [run.at("replicationcontrollers"), { ...spec, selector: { app: "web" } }]
        ] as const
      ) {
        yield* run.post(path, { metadata: { name: "a" }, spec: body }, quiet)
        const scale = `${path}/a/scale`
        const { body: read } = yield* run.get(scale)
        yield* run.put(scale, { ...read, spec: { replicas: 3 } })
        yield* run.merge(scale, { spec: { replicas: 4 } })
        yield* run.jsonPatch(scale, [{ op: "replace", path: "/spec/replicas", value: 5 }])
        yield* run.request("PATCH", scale, { ...strategicPatch, body: { spec: { replicas: 0 } } })
        yield* run.merge(scale, { spec: { replicas: -1 } })
        yield* run.put(scale, { ...read, spec: { replicas: 1 } })
        yield* run.get(path + "/a", { show: ({ metadata, spec }) => [metadata.generation, spec.replicas] })
      }
    }),
    scenario("a scale that is not one is refused (S50, S57)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      yield* run.post(path, {
        metadata: { name: "a" },
        spec: {
          replicas: 2,
          selector: {
            matchLabels: { app: "web" },
            matchExpressions: [{ key: "tier", operator: "In", values: ["b", "a"] }]
          },
          template: { ...template, metadata: { labels: { app: "web", tier: "a" } } }
        }
      }, quiet)
      const scale = `${path}/a/scale`
      yield* run.get(scale)
      yield* run.put(scale, {
        kind: "Scale",
        apiVersion: "autoscaling/v1",
        metadata: { name: "a" },
        spec: { replicas: "3" }
      })
      yield* run.put(scale, {
        kind: "Scale",
        apiVersion: "autoscaling/v1",
        metadata: { name: "b" },
        spec: { replicas: 3 }
      })
      yield* run.put(scale, { kind: "Deployment", apiVersion: "apps/v1", metadata: { name: "a" } })
      yield* run.put(scale, { metadata: { name: "a" }, spec: { replicas: 3 } })
      yield* run.put(scale, { kind: "Scale", apiVersion: "autoscaling/v1", metadata: {}, spec: { replicas: 3 } })
      yield* run.merge(scale, { metadata: { resourceVersion: "1" }, spec: { replicas: 3 } })
      yield* run.merge(scale, { spec: { replicas: "3" } })
      yield* run.merge(scale, { spec: { other: 3 } })
      yield* run.merge(`${scale}?fieldValidation=Strict`, { spec: { zone: 3 } })
      yield* run.jsonPatch(scale, [{ op: "test", path: "/spec/replicas", value: 9 }])
      yield* run.merge(`${scale}?dryRun=All`, { spec: { replicas: 7 } })
      yield* run.get(scale)
      yield* run.get(`${path}/missing/scale`)
      yield* run.merge(`${path}/missing/scale`, { spec: { replicas: 3 } })
      yield* run.delete(scale)
    }),
    scenario("a Pod's status endpoint takes its status (S12, S50)", function*(run) {
      const { body } = yield* run.post(run.at("pods"), pod("a", { nodeName: "node-1" }), quiet)
      const path = `${run.at("pods")}/a/status`
      const show = {
        show: ({ metadata, spec, status, message }: Json) =>
          message ?? { metadata, image: spec.containers[0].image, status }
      }
      yield* run.put(path, {
        ...body,
        metadata: {
          ...body.metadata,
          labels: { app: "new" },
          ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "x", uid: "x" }]
        },
        spec: { ...body.spec, containers: [container("main", { image: "example.com/app:2" })] },
        status: {
          phase: "Running",
          conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2020-01-01T00:00:00Z" }],
          podIP: "10.0.0.1",
          podIPs: [{ ip: "10.0.0.1" }],
          startTime: "2020-01-01T00:00:00Z",
          containerStatuses: [{
            name: "main",
            image: "example.com/app:1",
            imageID: "",
            ready: true,
            restartCount: 0,
            state: { running: { startedAt: "2020-01-01T00:00:00Z" } }
          }]
        }
      }, show)
      yield* run.request("PATCH", path, {
        ...strategicPatch,
        ...show,
        body: {
          status: { conditions: [{ type: "Initialized", status: "True", lastTransitionTime: "2020-01-01T00:00:00Z" }] }
        }
      })
      yield* run.merge(path, { status: { podIPs: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }] } })
      yield* run.merge(path, { status: { conditions: [{ type: "a b", status: "True" }] } })
      yield* run.merge(path, { status: { qosClass: "Guaranteed" } })
    }),
    scenario("subresources allow their own methods only (S49, S57)", function*(run) {
      yield* run.post(run.at("pods"), pod("a"), quiet)
      const path = `${run.at("pods")}/a`
      yield* run.get(`${path}/eviction`)
      yield* run.get(`${path}/binding`)
      yield* run.put(`${path}/binding`, binding("a", { name: "node-1" }))
      yield* run.delete(`${path}/ephemeralcontainers`)
      yield* run.post(`${path}/resize`, {})
      yield* run.get(`${path}/nonsense`)
      yield* run.get(`${path}/scale`)
      yield* run.get(`${path}/status/more`)
      yield* run.put(`${path}/log`, {})
    })
  ]
}

const managersOf = (body: Json): Json => body.metadata?.managedFields ?? body

/** Who manages what was written at a subresource. */
export const subresourceManagers: Area = {
  name: "subresourceManagers",
  managers: true,
  scenarios: [
    scenario(
      "who writes at a subresource manages all that was sent there, also what it drops (S38, S49)",
      function*(run) {
        const asked = { cpu: "100m", memory: "64Mi" }
        yield* run.post(
          run.at("pods"),
          pod("a", { containers: [container("main", { resources: { requests: asked, limits: asked } })] }),
          quiet
        )
        const path = `${run.at("pods")}/a`
        const show = { show: managersOf }
        yield* run.request("PATCH", `${path}/resize?fieldManager=resizer`, {
          ...strategicPatch,
          ...show,
          body: { ...resized({ cpu: "200m", memory: "64Mi" }), metadata: { labels: { more: "labels" } } }
        })
        yield* run.merge(`${path}/ephemeralcontainers?fieldManager=debugger`, {
          metadata: { annotations: { more: "annotations" } },
          spec: {
            containers: [container("main", { image: "example.com/app:2" })],
            ephemeralContainers: [container("debug")]
          }
        }, show)
        yield* run.merge(`${path}/status?fieldManager=kubelet`, {
          metadata: { labels: { more: "labels" } },
          spec: { priority: 7 },
          status: { phase: "Running" }
        }, show)
        yield* run.post(`${path}/binding?fieldManager=scheduler`, binding("a", { name: "node-1" }))
        yield* run.get(path, show)
      }
    )
  ]
}
