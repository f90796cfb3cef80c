/** Rows of tables: pods and what runs them. */
import { type Area, type Json, scenario } from "./scenario.js"
import { cellsOf, container, matching, podTemplate, rows, show, silent } from "./tableViews.js"

const terminated = (exitCode: number, more: Json = {}) => ({
  terminated: { exitCode, startedAt: "2020-01-01T00:00:00Z", finishedAt: "2020-01-01T00:00:10Z", ...more }
})
const running = { running: { startedAt: "2020-01-01T00:00:00Z" } }
const state = (name: string, current: Json, more: Json = {}) => ({
  name,
  image: "c",
  imageID: "",
  ready: false,
  restartCount: 0,
  state: current,
  ...more
})

export const tableWorkloads: Area = {
  name: "tableWorkloads",
  scenarios: [
    scenario("what a pod is doing (S55)", function*(run) {
      const path = run.at("pods")
      const pod = (name: string, spec: Json = {}) => ({
        metadata: { name },
        spec: { containers: [container, { name: "d", image: "d:2" }], ...spec }
      })
      const sidecar = { name: "s", image: "s:1", restartPolicy: "Always" }
      const init = { initContainers: [{ name: "i", image: "i:1" }, sidecar] }
      const ip = { hostIP: "10.0.0.1", hostIPs: [{ ip: "10.0.0.1" }], podIP: "10.1.0.5", podIPs: [{ ip: "10.1.0.5" }] }
      const ready = [{ type: "Ready", status: "True" }, { type: "Initialized", status: "True" }]
      yield* show(run, path, pod("pending"))
      yield* show(run, path, pod("gated", { schedulingGates: [{ name: "example.com/wait" }] }), {
        conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }]
      })
      yield* show(
        run,
        path,
        pod("running", { readinessGates: [{ conditionType: "x.io/a" }, { conditionType: "x.io/b" }] }),
        {
          phase: "Running",
          ...ip,
          nominatedNodeName: "other",
          conditions: [...ready, { type: "x.io/a", status: "True" }],
          containerStatuses: [
            state("c", running, { ready: true, restartCount: 3, lastState: terminated(1) }),
            state("d", running, { ready: true, restartCount: 1 })
          ]
        }
      )
      yield* show(run, path, pod("crashing"), {
        phase: "Running",
        containerStatuses: [
          state("c", { waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 5, lastState: terminated(2) }),
          state("d", running, { ready: true })
        ]
      })
      yield* show(run, path, pod("half"), {
        phase: "Running",
        containerStatuses: [state("c", terminated(0, { reason: "Completed" })), state("d", running, { ready: true })]
      })
      yield* show(run, path, pod("half-ready"), {
        phase: "Running",
        conditions: ready,
        containerStatuses: [state("c", terminated(0, { reason: "Completed" })), state("d", running, { ready: true })]
      })
      yield* show(run, path, pod("one-failed"), {
        phase: "Running",
        containerStatuses: [
          state("c", terminated(0, { reason: "Completed" })),
          state("d", terminated(3, { reason: "Error" }))
        ]
      })
      yield* show(run, path, pod("exit-code"), { phase: "Running", containerStatuses: [state("c", terminated(3))] })
      yield* show(run, path, pod("signal"), {
        phase: "Running",
        containerStatuses: [state("c", terminated(137, { signal: 9 }))]
      })
      yield* show(run, path, pod("done"), {
        phase: "Succeeded",
        containerStatuses: [state("c", terminated(0, { reason: "Completed" }))]
      })
      yield* show(run, path, pod("failed"), { phase: "Failed", reason: "Evicted", message: "too much" })
      yield* show(run, path, pod("init-waiting", init), {
        phase: "Pending",
        initContainerStatuses: [state("i", { waiting: { reason: "ImagePullBackOff" } }), state("s", {})]
      })
      yield* show(run, path, pod("init-first", init), {
        phase: "Pending",
        initContainerStatuses: [state("i", running), state("s", { waiting: { reason: "PodInitializing" } })]
      })
      yield* show(run, path, pod("init-failed", init), {
        phase: "Pending",
        initContainerStatuses: [state("i", terminated(4), { restartCount: 2, lastState: terminated(4) })]
      })
      yield* show(run, path, pod("init-sidecar", init), {
        phase: "Running",
        conditions: ready,
        initContainerStatuses: [
          state("i", terminated(0, { reason: "Completed" }), { restartCount: 7 }),
          state("s", running, { ready: true, started: true, restartCount: 2, lastState: terminated(1) })
        ],
        containerStatuses: [state("c", running, { ready: true }), state("d", running, { ready: true })]
      })
      yield* run.post(path, {
        ...pod("leaving", { nodeName: "n" }),
        metadata: { name: "leaving", finalizers: ["example.com/w"] }
      }, silent)
      yield* run.delete(`${path}/leaving`, undefined, silent)
      yield* run.get(`${path}/leaving`, rows)
      yield* run.merge(`${path}/leaving/status`, { status: { reason: "NodeLost" } }, silent)
      yield* run.get(`${path}/leaving`, rows)
      yield* run.merge(`${path}/leaving`, { metadata: { finalizers: null } }, silent)
      yield* run.delete(`${path}/leaving?gracePeriodSeconds=0`, undefined, silent)
    }),
    scenario("rows of workloads (S55)", function*(run) {
      const spec = { replicas: 3, selector: matching, template: podTemplate }
      const apps = (plural: string) => run.at(plural, "apps/v1")
      yield* show(run, apps("deployments"), { metadata: { name: "a" }, spec }, {
        replicas: 3,
        updatedReplicas: 2,
        readyReplicas: 1,
        availableReplicas: 1
      })
      yield* show(run, apps("replicasets"), { metadata: { name: "a" }, spec }, { replicas: 2, readyReplicas: 1 })
      yield* show(run, apps("statefulsets"), { metadata: { name: "a" }, spec: { ...spec, serviceName: "s" } }, {
        replicas: 3,
        readyReplicas: 2
      })
      yield* show(run, apps("daemonsets"), {
        metadata: { name: "a" },
        spec: {
          selector: matching,
          template: { ...podTemplate, spec: { ...podTemplate.spec, nodeSelector: { b: "2", a: "1" } } }
        }
      }, {
        desiredNumberScheduled: 5,
        currentNumberScheduled: 4,
        numberReady: 3,
        updatedNumberScheduled: 2,
        numberAvailable: 1,
        numberMisscheduled: 0
      })
      yield* run.post(apps("controllerrevisions"), {
        metadata: {
          name: "a",
          ownerReferences: [{
            apiVersion: "apps/v1",
            kind: "DaemonSet",
            name: "a",
            uid: "11111111-1111-4111-8111-111111111111",
            controller: true
          }]
        },
        revision: 7,
        data: {}
      }, rows)
      yield* run.post(apps("controllerrevisions"), { metadata: { name: "b" }, revision: 1, data: {} }, rows)
      yield* run.post(run.at("replicationcontrollers"), {
        metadata: { name: "a" },
        spec: { replicas: 1, selector: { app: "a" }, template: podTemplate }
      }, rows)
      yield* run.post(run.at("podtemplates"), { metadata: { name: "a" }, template: podTemplate }, rows)
      yield* show(run, run.at("poddisruptionbudgets", "policy/v1"), {
        metadata: { name: "a" },
        spec: { minAvailable: "50%", selector: matching }
      }, { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 })
      yield* show(run, run.at("poddisruptionbudgets", "policy/v1"), {
        metadata: { name: "b" },
        spec: { maxUnavailable: 1, selector: matching }
      })
    }),
    scenario("rows of jobs (S55)", function*(run) {
      const jobs = run.at("jobs", "batch/v1")
      const spec = (more: Json = {}) => ({
        template: { spec: { restartPolicy: "Never", containers: [container] } },
        ...more
      })
      const job = (name: string, more: Json = {}) => ({ metadata: { name }, spec: spec(more) })
      const started = { startTime: "2020-01-01T00:00:00Z" }
      yield* run.post(jobs, job("plain"), silent)
      yield* run.get(`${jobs}/plain`, {
        ...rows,
        show: (body) => cellsOf(body).map((cells: Json) => cells.slice(0, 7))
      })
      yield* run.merge(`${jobs}/plain/status`, { status: { ...started, active: 1 } }, silent)
      yield* run.get(`${jobs}/plain`, {
        ...rows,
        show: (body) => cellsOf(body).map((cells: Json) => cells.slice(0, 7))
      })
      const one = { ...rows, show: (body: Json) => cellsOf(body).map((cells: Json) => cells.slice(0, 3)) }
      yield* run.post(jobs, job("many", { completions: 5, parallelism: 2 }), one)
      yield* run.post(jobs, job("any", { parallelism: 3 }), one)
      yield* run.post(jobs, job("suspended", { suspend: true }), one)
      yield* run.merge(`${jobs}/suspended/status`, {
        status: { conditions: [{ type: "Suspended", status: "True" }] }
      }, silent)
      yield* run.get(`${jobs}/suspended`, one)
      yield* run.post(run.at("cronjobs", "batch/v1"), {
        metadata: { name: "a" },
        spec: { schedule: "*/5 * * * *", timeZone: "Europe/Berlin", suspend: true, jobTemplate: { spec: spec() } }
      }, rows)
      yield* show(run, run.at("cronjobs", "batch/v1"), {
        metadata: { name: "b" },
        spec: { schedule: "@daily", jobTemplate: { spec: spec() } }
      }, { lastScheduleTime: "2020-01-01T00:00:00Z" })
    }),
    scenario("rows of autoscalers (S55)", function*(run) {
      const path = run.at("horizontalpodautoscalers", "autoscaling/v2")
      const scaler = (name: string, metrics?: Json, more: Json = {}) => ({
        metadata: { name },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" },
          maxReplicas: 4,
          metrics,
          ...more
        }
      })
      const cpu = {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } }
      }
      const memory = {
        type: "Resource",
        resource: { name: "memory", target: { type: "AverageValue", averageValue: "500Mi" } }
      }
      const external = { type: "External", external: { metric: { name: "q" }, target: { type: "Value", value: "30" } } }
      const pods = {
        type: "Pods",
        pods: { metric: { name: "p" }, target: { type: "AverageValue", averageValue: "1k" } }
      }
      yield* show(run, path, scaler("default"))
      yield* show(run, path, scaler("some", [cpu, memory], { minReplicas: 2 }), {
        currentReplicas: 3,
        desiredReplicas: 3,
        currentMetrics: [{
          type: "Resource",
          resource: { name: "cpu", current: { averageUtilization: 40, averageValue: "1" } }
        }]
      })
      yield* show(run, path, scaler("many", [external, pods, cpu]))
    })
  ]
}
