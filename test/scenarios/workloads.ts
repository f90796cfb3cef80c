/** Kinds that keep Pods running: what the server fills in, what it refuses, and what may change of them. */
import { type Area, type Json, type Run, scenario } from "./scenario.js"

const apps = "apps/v1"
const labels = { app: "a" }
const template = (spec: Json = {}, metadata: Json = { labels }): Json => ({
  metadata,
  spec: { containers: [{ name: "c", image: "nginx" }], ...spec }
})

const workload = (spec: Json = {}, metadata: Json = {}): Json => ({
  metadata: { name: "a", ...metadata },
  spec: { selector: { matchLabels: labels }, template: template(), ...spec }
})

const refuse = function*(run: Run, plural: string, ...bodies: ReadonlyArray<Json>) {
  for (const body of bodies) yield* run.post(run.at(plural, apps), body)
}

const rollout = (rollingUpdate: Json): Json => workload({ strategy: { rollingUpdate } })

const of = (more: (body: Json) => unknown) => (body: Json): unknown => body.kind === "Status" ? body : more(body)

const withGeneration = of(({ metadata, spec }) => ({ spec, generation: metadata.generation }))

export const workloads: Area = {
  name: "workloads",
  scenarios: [
    scenario("a Deployment gets defaults (S9, S13)", function*(run) {
      const path = run.at("deployments", apps)
      yield* run.post(path, workload())
      yield* run.post(path, workload({ strategy: { type: "Recreate" }, replicas: 0, paused: true }, { name: "b" }))
      yield* run.post(path, workload({ strategy: { rollingUpdate: { maxSurge: 2 } } }, { name: "c" }))
      yield* run.post(
        path,
        workload({
          template: template({
            serviceAccountName: "robot",
            terminationGracePeriodSeconds: 0,
            hostNetwork: true,
            containers: [{
              name: "c",
              image: "nginx:1",
              ports: [{ containerPort: 80 }],
              resources: { limits: { cpu: "1500m", memory: "1.5Gi" } },
              livenessProbe: { httpGet: { port: 80 } }
            }],
            volumes: [{ name: "v" }, { name: "s", secret: { secretName: "s" } }]
          })
        }, { name: "d" })
      )
    }),
    scenario("the other kinds of apps get defaults (S9, S13)", function*(run) {
      yield* run.post(run.at("replicasets", apps), workload())
      yield* run.post(run.at("statefulsets", apps), workload())
      yield* run.post(
        run.at("statefulsets", apps),
        workload({
          serviceName: "svc",
          updateStrategy: { type: "OnDelete" },
          persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete" },
          volumeClaimTemplates: [{
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "0.5Gi" } } }
          }]
        }, { name: "b" })
      )
      yield* run.post(
        run.at("statefulsets", apps),
        workload({ updateStrategy: { type: "RollingUpdate" } }, { name: "c" })
      )
      yield* run.post(run.at("daemonsets", apps), workload())
      yield* run.post(run.at("daemonsets", apps), workload({ updateStrategy: { type: "OnDelete" } }, { name: "b" }))
      yield* run.post(run.at("controllerrevisions", apps), { metadata: { name: "a" }, data: { x: 1 }, revision: 1 })
    }),
    scenario("a ReplicationController and a PodTemplate get defaults (S9, S13)", function*(run) {
      yield* run.post(run.at("replicationcontrollers"), { metadata: { name: "a" }, spec: { template: template() } })
      yield* run.post(run.at("replicationcontrollers"), {
        metadata: { name: "b", labels: { own: "1" } },
        spec: { replicas: 3, selector: { app: "a" }, template: template() }
      })
      yield* run.post(run.at("podtemplates"), { metadata: { name: "a" }, template: template() })
      yield* run.merge(`${run.at("podtemplates")}/a`, { template: { spec: { hostNetwork: true } } })
    }),
    scenario("the selector of a Deployment must match its template (S57)", function*(run) {
      yield* refuse(
        run,
        "deployments",
        { metadata: { name: "a" } },
        { metadata: { name: "a" }, spec: { template: template() } },
        workload({ selector: {} }),
        workload({ selector: { matchLabels: { app: "other" } } }),
        workload({ template: template({}, {}) }),
        workload({ selector: { matchLabels: { "bad key": "bad value!" } } }),
        workload({
          selector: {
            matchExpressions: [{ key: "app", operator: "Near" }, { key: "app", operator: "In" }, {
              key: "app",
              operator: "Exists",
              values: ["a"]
            }]
          }
        }),
        workload({ selector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["a"] }] } }),
        workload({
          template: template({}, { labels: { app: "a", "bad key": "bad value!" }, annotations: { "bad key": "v" } })
        })
      )
    }),
    scenario("the rest of a Deployment is checked (S57)", function*(run) {
      yield* refuse(
        run,
        "deployments",
        workload({ replicas: -1, minReadySeconds: -1, revisionHistoryLimit: -1, progressDeadlineSeconds: -1 }),
        workload({ minReadySeconds: 600 }),
        workload({ strategy: { type: "Sideways" } }),
        workload({ strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
        rollout({ maxSurge: 0, maxUnavailable: 0 }),
        rollout({ maxSurge: "0%", maxUnavailable: "0%" }),
        rollout({ maxSurge: "x", maxUnavailable: "-5%" }),
        rollout({ maxSurge: -1, maxUnavailable: "101%" }),
        workload({ template: template({ restartPolicy: "Never", activeDeadlineSeconds: 5 }) }),
        workload({ template: template({ containers: [] }) }),
        workload({
          template: template({ containers: [{ name: "c" }, { name: "c", image: "i", volumeMounts: [{ name: "v" }] }] })
        }),
        workload({ template: template({ ephemeralContainers: [{ name: "e", image: "e" }] }) }),
        workload({}, { name: "Bad_Name" })
      )
    }),
    scenario("what may change of a Deployment (S11, S57)", function*(run) {
      const path = `${run.at("deployments", apps)}/a`
      yield* run.post(run.at("deployments", apps), workload(), { show: () => "made" })
      yield* run.merge(path, { spec: { replicas: 3, template: { spec: { hostNetwork: true } } } }, {
        show: withGeneration
      })
      yield* run.merge(path, {
        spec: { selector: { matchLabels: { more: "1" } }, template: { metadata: { labels: { more: "1" } } } }
      })
      yield* run.merge(path, { spec: { selector: { matchLabels: { app: "b" } } } })
      yield* run.merge(path, { spec: { replicas: -1 } })
      yield* run.put(path, workload(), { show: withGeneration })
    }),
    scenario("the rest of apps is checked when it is made (S57)", function*(run) {
      yield* refuse(
        run,
        "replicasets",
        workload({ selector: {}, replicas: -1 }),
        workload({ selector: { matchLabels: { app: "b" } } })
      )
      yield* refuse(
        run,
        "statefulsets",
        { metadata: { name: "a" }, spec: {} },
        workload({ selector: {}, podManagementPolicy: "Chaos", serviceName: "Bad.Name", replicas: -1 }),
        workload({ updateStrategy: { type: "Sideways" } }),
        workload({ updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } }),
        workload({ updateStrategy: { rollingUpdate: { partition: -1, maxUnavailable: 0 } } }),
        workload({ updateStrategy: { rollingUpdate: { maxUnavailable: "200%" } } }),
        workload({ persistentVolumeClaimRetentionPolicy: { whenDeleted: "Burn" }, ordinals: { start: -1 } }),
        workload({ volumeClaimTemplates: [{ metadata: { name: "data" }, spec: {} }] }),
        workload({ template: template({ restartPolicy: "Never", activeDeadlineSeconds: 5 }) }),
        workload({ selector: { matchLabels: { app: "b" } } }),
        workload({}, { name: "dotted.name" })
      )
      yield* refuse(
        run,
        "daemonsets",
        { metadata: { name: "a" }, spec: {} },
        workload({ selector: {} }),
        workload({ selector: { matchLabels: { app: "b" } }, minReadySeconds: -1, revisionHistoryLimit: -1 }),
        workload({ updateStrategy: { type: "Sideways" } }),
        workload({ updateStrategy: { rollingUpdate: { maxSurge: 1 } } }),
        workload({ updateStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
        workload({ updateStrategy: { rollingUpdate: { maxSurge: "200%", maxUnavailable: "x" } } }),
        workload({ template: template({ restartPolicy: "OnFailure", activeDeadlineSeconds: 5 }) })
      )
      yield* refuse(
        run,
        "controllerrevisions",
        { metadata: { name: "a" }, revision: -1 },
        { metadata: { name: "a" }, revision: 1, data: [1] },
        { metadata: { name: "a" }, revision: 1, data: null }
      )
    }),
    scenario("volumes of a StatefulSet's claims can be mounted (S57)", function*(run) {
      const claim = {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
      }
      const mounted = (name: string) =>
        template({
          containers: [{ name: "c", image: "nginx", volumeMounts: [{ name, mountPath: "/data" }] }]
        })
      const path = run.at("statefulsets", apps)
      yield* run.post(path, workload({ volumeClaimTemplates: [claim], template: mounted("data") }), {
        show: of(() => "made")
      })
      yield* run.post(path, workload({ volumeClaimTemplates: [claim], template: mounted("other") }, { name: "b" }))
    }),
    scenario("what may change of a StatefulSet (S11, S57)", function*(run) {
      const path = `${run.at("statefulsets", apps)}/a`
      yield* run.post(run.at("statefulsets", apps), workload({ serviceName: "svc" }), { show: () => "made" })
      yield* run.merge(path, {
        spec: {
          replicas: 3,
          minReadySeconds: 5,
          template: { spec: { hostNetwork: true } },
          updateStrategy: { rollingUpdate: { partition: 1 } },
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" }
        }
      }, { show: withGeneration })
      yield* run.merge(path, { spec: { serviceName: "other", podManagementPolicy: "Parallel" } })
      yield* run.merge(path, { spec: { selector: { matchLabels: { app: "a", more: "1" } } } })
      yield* run.merge(path, {
        spec: {
          volumeClaimTemplates: [{
            metadata: { name: "data", labels: { l: "1" } },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
          }]
        }
      })
    }),
    scenario("what may change of a DaemonSet and a ReplicaSet (S11, S57)", function*(run) {
      const daemons = `${run.at("daemonsets", apps)}/a`
      const show = of(({ metadata, spec }) => ({
        annotations: metadata.annotations,
        generation: metadata.generation,
        updateStrategy: spec.updateStrategy
      }))
      yield* run.post(run.at("daemonsets", apps), workload(), { show })
      yield* run.merge(daemons, { spec: { minReadySeconds: 5 } }, { show })
      yield* run.merge(daemons, { spec: { template: { spec: { hostNetwork: true } } } }, { show })
      yield* run.merge(daemons, { metadata: { annotations: { "deprecated.daemonset.template.generation": "9" } } }, {
        show
      })
      yield* run.merge(daemons, { metadata: { annotations: null } }, { show })
      yield* run.merge(daemons, { spec: { selector: { matchLabels: { app: "b" } } } })
      yield* run.post(run.at("replicasets", apps), workload(), { show: () => "made" })
      yield* run.merge(`${run.at("replicasets", apps)}/a`, { spec: { selector: { matchLabels: { app: "b" } } } })
      yield* run.post(run.at("controllerrevisions", apps), { metadata: { name: "a" }, data: { x: 1 }, revision: 1 }, {
        show: () => "made"
      })
      yield* run.merge(`${run.at("controllerrevisions", apps)}/a`, { data: { x: 2 } })
      yield* run.merge(`${run.at("controllerrevisions", apps)}/a`, { revision: 2 }, {
        show: of((body) => body.revision)
      })
    }),
    scenario("a ReplicationController is checked (S57)", function*(run) {
      const path = run.at("replicationcontrollers")
      const controller = (spec: Json) => ({ metadata: { name: "a" }, spec })
      yield* run.post(path, controller({}))
      yield* run.post(path, controller({ template: template({}, {}) }))
      yield* run.post(
        path,
        controller({ selector: { app: "b" }, template: template(), replicas: -1, minReadySeconds: -1 })
      )
      yield* run.post(path, controller({ template: template({ restartPolicy: "Never", activeDeadlineSeconds: 1 }) }))
      yield* run.post(path, { metadata: { name: "Bad_Name" }, spec: { template: template() } })
      yield* run.post(run.at("podtemplates"), { metadata: { name: "a" } })
      yield* run.post(run.at("podtemplates"), {
        metadata: { name: "a" },
        template: template({ containers: [{ name: "x" }] })
      })
    }),
    scenario("the status of workloads is checked (S12, S57)", function*(run) {
      for (const plural of ["deployments", "replicasets", "statefulsets", "daemonsets"]) {
        const path = run.at(plural, apps)
        const show = of((body) => body.status)
        yield* run.post(path, workload(), { show })
        const status = plural === "daemonsets"
          ? { numberReady: -1, collisionCount: -1 }
          : { replicas: 1, readyReplicas: 2, availableReplicas: 3, observedGeneration: -1 }
        yield* run.merge(`${path}/a/status`, { status })
        yield* run.merge(`${path}/a/status`, { status: { collisionCount: 2, observedGeneration: 1, replicas: 2 } }, {
          show
        })
        yield* run.merge(`${path}/a/status`, { status: { collisionCount: 1 } }, { show })
      }
    }),
    scenario("the scale of a workload is checked (S50, S57)", function*(run) {
      const path = `${run.at("deployments", apps)}/a`
      yield* run.post(run.at("deployments", apps), workload({ replicas: 2 }), { show: () => "made" })
      const { body } = yield* run.get(`${path}/scale`)
      yield* run.put(`${path}/scale`, { ...body, spec: { replicas: -1 } })
      yield* run.merge(`${path}/scale`, { spec: { replicas: -2 } })
      yield* run.put(`${path}/scale`, { ...body, spec: { replicas: 5 } })
      yield* run.merge(`${path}/scale`, { spec: { replicas: 0 } })
      yield* run.get(path, { show: withGeneration })
      for (const plural of ["replicasets", "statefulsets"]) {
        yield* run.post(run.at(plural, apps), workload(), { show: () => "made" })
        yield* run.merge(`${run.at(plural, apps)}/a/scale`, { spec: { replicas: -1 } })
        yield* run.merge(`${run.at(plural, apps)}/a/scale`, { spec: { replicas: 3 } })
      }
      yield* run.post(run.at("replicationcontrollers"), { metadata: { name: "a" }, spec: { template: template() } }, {
        show: () => "made"
      })
      yield* run.merge(`${run.at("replicationcontrollers")}/a/scale`, { spec: { replicas: -1 } })
      yield* run.merge(`${run.at("replicationcontrollers")}/a/scale`, { spec: { replicas: 3 } })
    }),
    scenario("warnings about templates (S39)", function*(run) {
      const spec = workload({
        template: template({
          containers: [{ name: "c", image: "i", env: [{ name: "A", value: "1" }, { name: "A", value: "2" }] }]
        })
      })
      const show = of((body) => body.metadata.name)
      yield* run.post(run.at("deployments", apps), { ...spec, metadata: { name: "dotted.name" } }, { show })
      yield* run.merge(`${run.at("deployments", apps)}/dotted.name`, { metadata: { labels: { l: "1" } } }, { show })
      yield* run.merge(`${run.at("deployments", apps)}/dotted.name`, { spec: { replicas: 5 } }, { show })
      yield* run.post(run.at("daemonsets", apps), spec, { show })
      yield* run.post(run.at("statefulsets", apps), { ...spec, spec: { ...spec.spec, revisionHistoryLimit: -1 } }, {
        show
      })
    }),
    scenario("a PodDisruptionBudget is checked (S57)", function*(run) {
      const path = run.at("poddisruptionbudgets", "policy/v1")
      const budget = (spec: Json, name = "a") => ({ metadata: { name }, spec })
      yield* run.post(path, budget({}))
      yield* run.post(path, budget({ minAvailable: 1, maxUnavailable: "5%", selector: { matchLabels: labels } }, "b"))
      yield* run.post(path, budget({ minAvailable: -1 }, "b"))
      yield* run.post(path, budget({ maxUnavailable: "101%" }, "b"))
      yield* run.post(
        path,
        budget({ minAvailable: "half", selector: { matchExpressions: [{ key: "a", operator: "Near" }] } }, "b")
      )
      yield* run.post(path, budget({ minAvailable: 1, unhealthyPodEvictionPolicy: "Never" }, "b"))
      yield* run.post(path, budget({ minAvailable: "50%", selector: { matchLabels: labels } }, "c"))
      yield* run.merge(`${path}/c`, { spec: { maxUnavailable: 1 } })
      yield* run.merge(`${path}/c`, { spec: { maxUnavailable: 1, minAvailable: null } }, { show: withGeneration })
      yield* run.merge(`${path}/c/status`, { status: { currentHealthy: -1, disruptionsAllowed: -1 } })
    })
  ]
}
