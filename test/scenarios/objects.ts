/** Namespaces, Secrets, ConfigMaps, Leases, Events, Nodes and other small kinds: defaults, refusals and what stays. */
import { type Area, type Json, type Run, scenario } from "./scenario.js"

/** Tries bodies that are refused, each under a name of its own. */
const refuse = function*(run: Run, path: string, bodies: ReadonlyArray<Json>) {
  for (const [at, body] of bodies.entries()) {
    yield* run.post(path, { metadata: { name: `${run.namespace}-${at}` }, ...body })
  }
}

const text = (value: string) => Buffer.from(value).toString("base64")
const gone = { show: () => "gone" }

export const objects: Area = {
  name: "objects",
  scenarios: [
    scenario("Secrets by their types (S9, S57)", function*(run) {
      const secrets = run.at("secrets")
      yield* run.post(secrets, { metadata: { name: "plain" } })
      yield* run.post(secrets, {
        metadata: { name: "texts" },
        data: { a: text("1"), b: text("2") },
        stringData: { b: "3", c: "" }
      })
      yield* run.post(secrets, {
        metadata: { name: "tls" },
        type: "kubernetes.io/tls",
        stringData: { "tls.crt": "", "tls.key": "" }
      })
      yield* refuse(run, secrets, [
        { type: "kubernetes.io/tls" },
        { type: "kubernetes.io/tls", stringData: { "tls.crt": "x" } },
        { type: "kubernetes.io/basic-auth" },
        { type: "kubernetes.io/ssh-auth", stringData: { "ssh-privatekey": "" } },
        { type: "kubernetes.io/dockercfg" },
        { type: "kubernetes.io/dockercfg", stringData: { ".dockercfg": "x" } },
        { type: "kubernetes.io/dockerconfigjson" },
        { type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": "{" } },
        { type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": "[]" } },
        { type: "kubernetes.io/service-account-token" },
        { stringData: { "a/b": "c" }, data: { "": text("x") } }
      ])
      yield* run.post(secrets, {
        metadata: { name: "basic" },
        type: "kubernetes.io/basic-auth",
        stringData: { username: "u" }
      }, { show: (body) => body.data })
      yield* run.merge(`${secrets}/basic`, { type: "Opaque" })
      yield* run.put(`${secrets}/basic`, { metadata: { name: "basic" }, data: { username: text("v") } })
      yield* run.merge(`${secrets}/texts`, { immutable: true }, { show: (body) => body.immutable })
      yield* run.merge(`${secrets}/texts`, { immutable: false })
      yield* run.merge(`${secrets}/texts`, { stringData: { d: "4" } })
    }),
    scenario("ConfigMaps with wrong keys, and those that stay (S57)", function*(run) {
      const maps = run.at("configmaps")
      yield* run.post(maps, {
        metadata: { name: "a" },
        data: { "a.b": "1", empty: "" },
        binaryData: { c: text("2") },
        immutable: true
      })
      yield* run.merge(`${maps}/a`, { data: { "a.b": "2" }, binaryData: null, immutable: null })
      yield* run.merge(`${maps}/a`, { metadata: { labels: { a: "b" } } }, { show: (body) => body.metadata.labels })
      yield* refuse(run, maps, [
        { data: { "a b": "c" } },
        { data: { "..": "c", ".": "d", "..a": "e" } },
        { data: { same: "a" }, binaryData: { same: text("b"), "c/d": text("e") } },
        { data: { ["k".repeat(254)]: "a" } }
      ])
    }),
    scenario("Namespaces: labels, finalizers and status (S9, S12, S57)", function*(run) {
      const path = "/api/v1/namespaces"
      const name = `${run.namespace}-a`
      yield* run.post(path, {
        metadata: { name, labels: { "kubernetes.io/metadata.name": "other", a: "b" } },
        spec: { finalizers: ["example.com/wait"] },
        status: { phase: "Terminating" }
      })
      yield* run.merge(`${path}/${name}`, { metadata: { labels: null }, spec: { finalizers: [] } })
      yield* run.merge(`${path}/${name}/status`, { status: { phase: "Terminating" } })
      yield* run.merge(`${path}/${name}/status`, {
        status: { conditions: [{ type: "A", status: "True", reason: "B", message: "c" }] }
      }, { show: (body) => body.status })
      yield* run.post(path, { metadata: { name: "Big" } })
      yield* run.post(path, { metadata: { name: "a.b" } })
      yield* run.post(path, { metadata: { name: `${run.namespace}-x` }, spec: { finalizers: ["wait", "a/b/c"] } })
      yield* run.put(`${path}/${name}/finalize`, { metadata: { name }, spec: { finalizers: [] } }, gone)
      yield* run.delete(`${path}/${name}`, undefined, gone)
    }),
    scenario("ServiceAccounts as they are stored (S9, S57)", function*(run) {
      const accounts = run.at("serviceaccounts")
      yield* run.post(accounts, { metadata: { name: "a" } })
      yield* run.post(accounts, {
        metadata: { name: "b" },
        secrets: [{ name: "s", namespace: "n", kind: "Secret", uid: "u" }],
        imagePullSecrets: [{ name: "p" }, {}],
        automountServiceAccountToken: false
      })
      yield* run.post(accounts, { metadata: { name: "Big" } })
      yield* run.merge(`${accounts}/a`, { imagePullSecrets: [{ name: "q" }] })
    }),
    scenario("Leases with wrong durations (S57)", function*(run) {
      const leases = run.at("leases", "coordination.k8s.io/v1")
      yield* run.post(leases, { metadata: { name: "a" } })
      yield* run.post(leases, {
        metadata: { name: "b" },
        spec: {
          holderIdentity: "me",
          leaseDurationSeconds: 15,
          leaseTransitions: 0,
          acquireTime: "2020-01-02T03:04:05.678901Z",
          renewTime: "2020-01-02T03:04:05.000000Z",
          strategy: "OldestEmulationVersion",
          preferredHolder: "you"
        }
      })
      yield* run.post(leases, { metadata: { name: "c" }, spec: { renewTime: "2020-01-02T03:04:05Z" } })
      yield* run.post(leases, { metadata: { name: "x" }, spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } })
      const found = yield* run.get(`${leases}/b`, { show: (body) => body.spec?.holderIdentity })
      yield* run.put(`${leases}/b`, {
        metadata: { name: "b", resourceVersion: found.body.metadata?.resourceVersion },
        spec: { leaseDurationSeconds: -5 }
      })
      yield* run.merge(`${leases}/b`, { spec: { holderIdentity: "", leaseDurationSeconds: 1 } }, {
        show: (body) => body.spec
      })
    }),
    scenario("Events of the old group (S6, S57)", function*(run) {
      const events = run.at("events")
      const involvedObject = { kind: "Pod", name: "p", namespace: run.namespace }
      yield* run.post(events, { metadata: { name: "a" }, involvedObject })
      yield* run.post(events, {
        metadata: { name: "b" },
        involvedObject,
        reason: "Because",
        message: "it is so",
        type: "Normal",
        count: 2,
        source: { component: "c", host: "h" },
        firstTimestamp: "2020-01-02T03:04:05Z",
        lastTimestamp: "2020-01-02T03:04:06Z"
      })
      const eventTime = "2020-01-02T03:04:05.000001Z"
      const young = { involvedObject, eventTime, reportingComponent: "a.b/c", reportingInstance: "i", action: "Do" }
      yield* run.post(events, { metadata: { name: "c" }, ...young, reason: "R", series: { count: 1 } })
      yield* refuse(run, events, [
        {},
        { involvedObject: { namespace: "other" } },
        { involvedObject: { namespace: "other" }, eventTime },
        { involvedObject, eventTime, reportingComponent: "not valid", reason: "r".repeat(129) },
        { ...young, reason: "R", message: "m".repeat(1025) }
      ])
      yield* run.merge(`${events}/b`, { count: 3, message: "changed" }, { show: (body) => [body.count, body.message] })
      yield* run.get(run.at("events", "events.k8s.io/v1"), { show: (body) => body.items })
    }),
    scenario("Events of the new group (S6, S57)", function*(run) {
      const events = run.at("events", "events.k8s.io/v1")
      const regarding = { kind: "Pod", name: "p", namespace: run.namespace }
      const good = {
        regarding,
        eventTime: "2020-01-02T03:04:05.000001Z",
        reportingController: "example.com/c",
        reportingInstance: "i",
        action: "Do",
        reason: "R",
        type: "Normal",
        note: "n"
      }
      yield* run.post(events, { metadata: { name: "a" }, ...good })
      yield* run.get(`${run.at("events")}/a`)
      yield* refuse(run, events, [
        {},
        { ...good, type: "Odd" },
        { ...good, series: { count: 1, lastObservedTime: null } },
        { ...good, deprecatedCount: 2, deprecatedSource: { component: "c" } },
        {
          ...good,
          deprecatedFirstTimestamp: "2020-01-02T03:04:05Z",
          deprecatedLastTimestamp: "2020-01-02T03:04:05Z"
        },
        { regarding: { namespace: "other" }, eventTime: good.eventTime }
      ])
      yield* run.merge(`${events}/a`, { series: { count: 2, lastObservedTime: "2020-01-02T03:04:07.000000Z" } })
      yield* run.merge(`${events}/a`, { note: "other", reason: "S", action: "Undo", type: "Warning" })
      yield* run.merge(`${events}/a`, { regarding: { name: "q" }, reportingInstance: "j" })
    }),
    scenario("Nodes: taints, addresses and what stays (S9, S57)", function*(run) {
      const path = "/api/v1/nodes"
      const name = run.namespace
      yield* run.post(path, {
        metadata: { name },
        spec: { podCIDR: "10.9.0.0/24", podCIDRs: ["10.9.0.0/24"] },
        status: { capacity: { cpu: "4", memory: "8Gi", "example.com/gpu": "1" } }
      })
      yield* run.merge(`${path}/${name}`, { spec: { podCIDR: "10.9.1.0/24", podCIDRs: ["10.9.1.0/24"] } })
      yield* run.merge(`${path}/${name}`, { spec: { providerID: "a://b" } }, { show: (body) => body.spec.providerID })
      yield* run.merge(`${path}/${name}`, { spec: { providerID: "a://c" } })
      yield* run.merge(`${path}/${name}`, { spec: { providerID: null } })
      yield* run.merge(`${path}/${name}`, {
        spec: {
          taints: [
            { key: "a", effect: "NoSchedule" },
            { key: "a", value: "b", effect: "NoSchedule" },
            { key: "a b", value: "-", effect: "Never" },
            { key: "c" }
          ]
        }
      })
      yield* run.merge(`${path}/${name}`, {
        spec: { taints: [{ key: "a", effect: "NoExecute" }], unschedulable: true }
      }, {
        show: (body) => body.spec
      })
      yield* run.merge(`${path}/${name}/status`, {
        status: {
          addresses: [{ type: "InternalIP", address: "1.2.3.4" }, { type: "InternalIP", address: "1.2.3.4" }],
          capacity: { "example.com/gpu": "-1" }
        }
      })
      yield* run.merge(`${path}/${name}/status`, {
        status: { conditions: [{ type: "Ready", status: "True" }], allocatable: { cpu: "3900m" } }
      }, { show: (body) => body.status })
      yield* refuse(run, path, [
        { spec: { podCIDRs: ["10.0.0.0"] } },
        { spec: { podCIDRs: ["10.0.0.0/24", "10.0.1.0/24"] } },
        { spec: { taints: [{ key: "a" }] } }
      ])
      yield* run.post(path, { metadata: { name: "Big" } })
      yield* run.delete(`${path}/${name}`, undefined, { show: (body) => [body.kind, body.status] })
    }),
    scenario("PriorityClasses: defaults and what stays (S9, S57)", function*(run) {
      const path = "/apis/scheduling.k8s.io/v1/priorityclasses"
      const name = run.namespace
      yield* run.post(path, { metadata: { name }, value: 1000, description: "d" })
      yield* run.post(path, { metadata: { name: `${name}-b` }, preemptionPolicy: "Never" })
      yield* run.merge(`${path}/${name}`, { value: 1001 })
      yield* run.merge(`${path}/${name}`, { preemptionPolicy: "Never" })
      yield* run.merge(`${path}/${name}`, { description: "e" }, {
        show: (body) => [body.metadata.generation, body.description]
      })
      yield* refuse(run, path, [{ value: 1000000001 }, { value: 1, preemptionPolicy: "Always" }])
      yield* run.post(path, { metadata: { name: "system-mine" }, value: 1 })
      yield* run.delete(`${path}/${name}`, undefined, gone)
      yield* run.delete(`${path}/${name}-b`, undefined, gone)
    }),
    scenario("one PriorityClass at most is the default (S57)", function*(run) {
      const path = "/apis/scheduling.k8s.io/v1/priorityclasses"
      const name = run.namespace
      yield* run.post(path, { metadata: { name }, value: 1, globalDefault: true })
      // A real server's own view of the classes is a little behind.
      const watch = yield* run.watch(`${path}?watch=1&timeoutSeconds=1&labelSelector=none`)
      yield* watch.untilEnd
      yield* run.post(path, { metadata: { name: `${name}-b` }, value: 2, globalDefault: true })
      yield* run.merge(`${path}/${name}`, { description: "d" }, { show: (body) => body.description })
      yield* run.delete(`${path}/${name}`, undefined, gone)
    }),
    scenario("ResourceQuotas: names of resources and scopes (S9, S57)", function*(run) {
      const quotas = run.at("resourcequotas")
      yield* run.post(quotas, {
        metadata: { name: "a" },
        spec: { hard: { "count/jobs.batch": "100", "requests.storage": "10000Gi", "limits.cpu": "1000" }, scopes: [] },
        status: { hard: { pods: "1" } }
      })
      yield* run.post(quotas, { metadata: { name: "b" }, spec: { hard: { pods: "100" }, scopes: ["BestEffort"] } }, {
        show: (body) => [body.spec, body.status]
      })
      yield* run.merge(`${quotas}/b`, { spec: { scopes: ["NotBestEffort"] } })
      yield* run.merge(`${quotas}/a/status`, { status: { hard: { pods: "1" }, used: { pods: "0" } } }, {
        show: (body) => body.status
      })
      const hard = (hard: Json, more: Json = {}) => ({ spec: { hard, ...more } })
      yield* refuse(run, quotas, [
        hard({ pod: "1" }),
        hard({ pods: "-1" }),
        hard({ pods: "1.5" }),
        hard({ "a b/c": "1" }),
        hard({ pods: "1" }, { scopes: ["Terminating", "NotTerminating", "Other"] }),
        hard({ configmaps: "1" }, { scopes: ["BestEffort"] }),
        hard({ pods: "1" }, {
          scopeSelector: {
            matchExpressions: [
              { scopeName: "PriorityClass", operator: "In" },
              { scopeName: "Terminating", operator: "In", values: ["a"] },
              { scopeName: "Other", operator: "Is" },
              { scopeName: "PriorityClass", operator: "Exists", values: ["a"] }
            ]
          }
        })
      ])
    }),
    scenario("LimitRanges: defaults and refusals (S6, S9, S57)", function*(run) {
      const ranges = run.at("limitranges")
      yield* run.post(ranges, {
        metadata: { name: "a" },
        spec: {
          limits: [
            {
              type: "Container",
              max: { cpu: "2", memory: "1Gi" },
              min: { cpu: "100m", "ephemeral-storage": "1Mi" },
              default: { cpu: "1" }
            },
            { type: "Pod", max: { cpu: "4" }, maxLimitRequestRatio: { cpu: "10" } },
            { type: "PersistentVolumeClaim", min: { storage: "1" } }
          ]
        }
      })
      yield* run.post(ranges, { metadata: { name: "empty" } })
      const limits = (...limits: ReadonlyArray<Json>) => ({ spec: { limits } })
      yield* refuse(run, ranges, [
        limits({ type: "Box" }, { type: "" }),
        limits({ type: "Pod", default: { cpu: "1" }, defaultRequest: { cpu: "1" } }),
        limits({ type: "Container", max: { cpu: "1" }, min: { cpu: "2" } }),
        limits({ type: "Container", max: { pods: "1", "a b": "1" } }),
        limits({ type: "PersistentVolumeClaim" }),
        limits({ type: "Pod", max: { cpu: "1" } }, { type: "Pod", max: { cpu: "1" } }),
        limits({ type: "Container", default: { cpu: "3" }, max: { cpu: "2" }, defaultRequest: { cpu: "4" } }),
        limits({ type: "Pod", max: { cpu: "4" }, min: { cpu: "2" }, maxLimitRequestRatio: { cpu: "3" } }),
        limits({ type: "Pod", maxLimitRequestRatio: { memory: "500m" } })
      ])
      yield* run.merge(`${ranges}/a`, { spec: { limits: [{ type: "Pod", min: { cpu: "2" }, max: { cpu: "1" } }] } })
      yield* run.delete(ranges, undefined, gone)
    }),
    scenario("RuntimeClasses: refusals and what stays (S6, S57)", function*(run) {
      const path = "/apis/node.k8s.io/v1/runtimeclasses"
      const name = run.namespace
      yield* run.post(path, {
        metadata: { name },
        handler: "runc",
        overhead: { podFixed: { cpu: "250m" } },
        scheduling: { nodeSelector: { a: "b" }, tolerations: [{ key: "k", operator: "Exists" }] }
      })
      yield* run.merge(`${path}/${name}`, { handler: "other" })
      yield* refuse(run, path, [
        {},
        { handler: "a.b" },
        { handler: "a", overhead: { podFixed: { cpu: "-1" } } },
        { handler: "a", scheduling: { nodeSelector: { "a b": "c" } } }
      ])
      yield* run.delete(`${path}/${name}`, undefined, gone)
    })
  ]
}
