/** Pods: what the server fills in, what it refuses, and what may change of them. */
import { type Area, type Json, type Run, scenario } from "./scenario.js"

const container = { name: "c", image: "nginx" }

const pod = (spec: Json = {}, metadata: Json = {}): Json => ({
  metadata: { name: "a", ...metadata },
  spec: { containers: [container], ...spec }
})

/** Of a container of its own. */
const withContainer = (more: Json, spec: Json = {}): Json => pod({ containers: [{ ...container, ...more }], ...spec })

/** Creates one Pod after another; those that are refused show why. */
const refuse = function*(run: Run, ...bodies: ReadonlyArray<Json>) {
  for (const body of bodies) yield* run.post(run.at("pods"), body)
}

export const pods: Area = {
  name: "pods",
  scenarios: [
    scenario("a Pod gets defaults, tolerations and a priority (S9, S13)", function*(run) {
      yield* run.post(run.at("pods"), pod())
      yield* run.post(run.at("pods"), {
        metadata: { name: "b", labels: { app: "b" } },
        spec: {
          serviceAccount: "robot",
          hostNetwork: true,
          terminationGracePeriodSeconds: -5,
          tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" }],
          initContainers: [{ name: "first", image: "busybox:1.36" }, {
            name: "side",
            image: "localhost:5000/x/side@sha256:" + "0".repeat(64),
            restartPolicy: "Always",
            resources: { limits: { memory: "0.5Gi" } }
          }],
          containers: [
            {
              name: "web",
              image: "registry.example.com:5000/team/web:v1",
              ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP", name: "dns" }],
              env: [
                { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
                { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }
              ],
              resources: { requests: { cpu: "0.5", memory: "1.5Gi" }, limits: { cpu: 1, memory: "2Gi" } },
              livenessProbe: { httpGet: { port: 80 } },
              readinessProbe: { tcpSocket: { port: "dns" }, periodSeconds: 3 },
              startupProbe: { grpc: { port: 80 } },
              lifecycle: { preStop: { httpGet: { port: 80, path: "/bye" } } }
            },
            { name: "old", image: "Not A Reference" }
          ],
          volumes: [
            { name: "none" },
            { name: "host", hostPath: { path: "/tmp" } },
            { name: "secret", secret: { secretName: "s" } },
            { name: "map", configMap: { name: "m", items: [{ key: "k", path: "p" }] } },
            { name: "down", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
            {
              name: "all",
              projected: {
                sources: [{ serviceAccountToken: { path: "token" } }, { secret: { name: "s" } }, {
                  downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] }
                }]
              }
            },
            { name: "image", image: { reference: "x/y:latest" } },
            {
              name: "claim",
              ephemeral: {
                volumeClaimTemplate: {
                  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
                }
              }
            }
          ]
        }
      })
    }),
    scenario("the quality of service of a Pod (S9)", function*(run) {
      const show = (body: Json) => ({
        resources: body.spec?.containers?.[0]?.resources,
        own: body.spec?.resources,
        qos: body.status?.qosClass
      })
      const make = function*(name: string, resources: Json, spec: Json = {}) {
        yield* run.post(run.at("pods"), {
          metadata: { name },
          spec: { containers: [{ ...container, resources }], ...spec }
        }, { show })
      }
      yield* make("limits", { limits: { cpu: "1", memory: "1Gi" } })
      yield* make("requests", { requests: { cpu: "1" } })
      yield* make("one", { limits: { cpu: "1" } })
      yield* make("storage", { limits: { "ephemeral-storage": "1Gi" } })
      yield* make("whole", { requests: { cpu: "100m" } }, { resources: { limits: { cpu: "1", memory: "1Gi" } } })
      yield* make("tiny", { requests: { cpu: "0.0001", memory: "1.5" } })
    }),
    scenario("admission gives a Pod the priority of its class (S9, S57)", function*(run) {
      const classes = "/apis/scheduling.k8s.io/v1/priorityclasses"
      const name = `${run.namespace}-high`
      yield* run.post(classes, { metadata: { name }, value: 1000, preemptionPolicy: "Never" }, { show: () => "made" })
      const show = (body: Json) => body.kind === "Status" ? body : body.spec
      yield* run.post(run.at("pods"), pod({ priorityClassName: name }), { show })
      yield* run.post(run.at("pods"), pod({ priorityClassName: "no-such-class" }))
      yield* run.post(run.at("pods"), pod({ priority: 5 }))
      yield* run.post(run.at("pods"), pod({ priorityClassName: name, preemptionPolicy: "PreemptLowerPriority" }))
      yield* run.post(run.at("pods"), pod({ runtimeClassName: "no-such-class" }))
      yield* run.delete(`${classes}/${name}`, undefined, { show: () => "gone" })
    }),
    scenario("admission gives a Pod what its RuntimeClass says (S9, S57)", function*(run) {
      const classes = "/apis/node.k8s.io/v1/runtimeclasses"
      const name = `${run.namespace}-slow`
      const show = (body: Json) => body.kind === "Status" ? body : body.spec
      yield* run.post(classes, {
        metadata: { name },
        handler: "slow",
        overhead: { podFixed: { cpu: "100m" } },
        scheduling: { nodeSelector: { runtime: "slow" }, tolerations: [{ key: "slow", operator: "Exists" }] }
      }, { show: () => "made" })
      yield* run.post(run.at("pods"), pod({ runtimeClassName: name }), { show })
      yield* run.post(run.at("pods"), pod({ runtimeClassName: name, overhead: { cpu: "1" } }), { show })
      yield* run.post(run.at("pods"), pod({ runtimeClassName: name, nodeSelector: { runtime: "fast" } }), { show })
      yield* run.post(run.at("pods"), pod({ overhead: { cpu: "1" } }), { show })
      yield* run.delete(`${classes}/${name}`, undefined, { show: () => "gone" })
    }),
    scenario("a Pod with scheduling gates waits (S9)", function*(run) {
      const path = run.at("pods")
      yield* run.post(path, pod({ schedulingGates: [{ name: "example.com/wait" }], nodeSelector: { a: "1" } }))
      yield* run.merge(`${path}/a`, { spec: { nodeSelector: { b: "2" } } }, { show: (body) => body.spec.nodeSelector })
      yield* run.merge(`${path}/a`, { spec: { nodeSelector: { a: null } } })
      yield* run.merge(`${path}/a`, { spec: { schedulingGates: [{ name: "example.com/other" }] } })
      yield* run.merge(`${path}/a`, { spec: { schedulingGates: [] } }, {
        show: (body) => body.spec.schedulingGates ?? null
      })
      yield* run.merge(`${path}/a`, { spec: { nodeSelector: { c: "3" } } })
      yield* refuse(
        run,
        pod({ schedulingGates: [{ name: "bad name" }, { name: "x" }, { name: "x" }] }),
        pod({ nodeName: "n", schedulingGates: [{ name: "x" }] })
      )
    }),
    scenario("a Pod needs containers with a name and an image (S57)", function*(run) {
      yield* refuse(
        run,
        { metadata: { name: "a" } },
        { metadata: { name: "a" }, spec: {} },
        pod({ containers: [] }),
        pod({ containers: [{}] }),
        pod({ containers: [{ name: "Bad_Name", image: " spaced " }] }),
        pod({ containers: [container, container], initContainers: [container, { name: "i", image: "i" }] }),
        pod({ restartPolicy: "Sometimes", dnsPolicy: "Guess" }),
        withContainer({ imagePullPolicy: "Maybe", terminationMessagePolicy: "Shout" })
      )
    }),
    scenario("ports of a container are checked (S57)", function*(run) {
      yield* refuse(
        run,
        withContainer({ ports: [{}, { containerPort: 0 }, { containerPort: 65_536 }, { containerPort: -1 }] }),
        withContainer({
          ports: [{ containerPort: 80, name: "Much_Too_Long_Name" }, { containerPort: 81, name: "1234" }]
        }),
        withContainer({ ports: [{ containerPort: 80, name: "a--b" }, { containerPort: 81, name: "-a" }] }),
        withContainer({ ports: [{ containerPort: 80, name: "web" }, { containerPort: 81, name: "web" }] }),
        withContainer({ ports: [{ containerPort: 80, protocol: "HTTP", hostPort: 70_000 }] }),
        withContainer({ ports: [{ containerPort: 80, hostPort: 80 }, { containerPort: 81, hostPort: 80 }] }),
        withContainer({ ports: [{ containerPort: 80, hostPort: 81 }] }, { hostNetwork: true })
      )
    }),
    scenario("the environment of a container is checked (S57)", function*(run) {
      yield* refuse(
        run,
        withContainer({
          env: [{ value: "v" }, { name: "a=b" }, { name: "ok with spaces", value: "v" }, { name: "ü" }]
        }),
        withContainer({ env: [{ name: "A", value: "v", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
        withContainer({
          env: [
            { name: "A", valueFrom: {} },
            { name: "B", valueFrom: { fieldRef: { fieldPath: "spec.containers" } } },
            { name: "C", valueFrom: { fieldRef: { fieldPath: "status.phase" } } },
            { name: "D", valueFrom: { fieldRef: { fieldPath: "metadata.labels['bad key']" } } },
            { name: "E", valueFrom: { fieldRef: { fieldPath: "spec.nodeName['x']" } } },
            { name: "F", valueFrom: { fieldRef: {} } },
            { name: "G", valueFrom: { fieldRef: { fieldPath: "metadata.name", apiVersion: "v2" } } }
          ]
        }),
        withContainer({
          env: [
            { name: "A", valueFrom: { configMapKeyRef: { name: "", key: "" } } },
            { name: "B", valueFrom: { secretKeyRef: { name: "Bad_Name", key: "bad key" } } },
            {
              name: "C",
              valueFrom: { secretKeyRef: { name: "n", key: ".." }, configMapKeyRef: { name: "n", key: "k" } }
            },
            { name: "D", valueFrom: { resourceFieldRef: { resource: "limits.gpu" } } },
            { name: "E", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1k" } } },
            { name: "F", valueFrom: { resourceFieldRef: { resource: "requests.memory", divisor: "3" } } }
          ]
        }),
        withContainer({ envFrom: [{}, { configMapRef: { name: "" } }, { secretRef: { name: "B" }, prefix: "a=" }] }),
        withContainer({ envFrom: [{ configMapRef: { name: "a" }, secretRef: { name: "b" } }] })
      )
    }),
    scenario("amounts of resources are checked (S57)", function*(run) {
      yield* refuse(
        run,
        withContainer({ resources: { requests: { cpu: "2", memory: "2Gi" }, limits: { cpu: "1", memory: "1Gi" } } }),
        withContainer({ resources: { requests: { cpu: "-1" }, limits: { memory: "-1Gi" } } }),
        withContainer({ resources: { requests: { gpu: "1", "example.com/gpu": "1", pods: "1" } } }),
        withContainer({ resources: { limits: { "example.com/gpu": "1500m", "hugepages-2Mi": "3Mi" } } }),
        withContainer({ resources: { requests: { "example.com/gpu": "1" }, limits: { "example.com/gpu": "2" } } }),
        withContainer({ resources: { limits: { "bad name": "1", "kubernetes.io/x": "1" } } }),
        withContainer({ resources: { claims: [{ name: "c" }, {}] } }),
        withContainer({ resources: { requests: { cpu: "2" }, limits: { cpu: "3" } } }, {
          resources: { requests: { cpu: "1", storage: "1" }, limits: { cpu: "2" } }
        }),
        withContainer({ resources: { requests: { cpu: "much" } } }),
        pod({ overhead: { cpu: "-1" } })
      )
    }),
    scenario("volumes are checked (S57)", function*(run) {
      const volumes = (...list: ReadonlyArray<Json>) => pod({ volumes: list })
      yield* refuse(
        run,
        volumes({}, { name: "Bad_Name" }, { name: "a", emptyDir: {} }, { name: "a", emptyDir: {} }),
        volumes({ name: "a", emptyDir: { sizeLimit: "-1" }, hostPath: { path: "/x" } }),
        volumes({ name: "a", hostPath: {} }, { name: "b", hostPath: { path: "/a/../b", type: "Hole" } }),
        volumes({ name: "a", secret: { defaultMode: 512 } }, {
          name: "b",
          secret: {
            secretName: "s",
            items: [{ key: "", path: "/abs" }, { key: "k", path: "../up", mode: 999 }, { key: "k", path: "..x" }]
          }
        }),
        volumes({ name: "a", configMap: {} }, { name: "b", persistentVolumeClaim: {} }),
        volumes({ name: "a", nfs: { path: "rel" } }, {
          name: "b",
          csi: { driver: "Bad Driver", nodePublishSecretRef: {} }
        }),
        volumes({
          name: "a",
          downwardAPI: { items: [{ path: "" }, { path: "p", fieldRef: { fieldPath: "spec.nodeName" } }] }
        }),
        volumes({
          name: "a",
          projected: {
            sources: [
              { secret: {}, configMap: { name: "c" } },
              { serviceAccountToken: { path: "", expirationSeconds: 60 } },
              { secret: { name: "s", items: [{ key: "k", path: "p" }, { key: "l", path: "p" }] } }
            ]
          }
        }),
        volumes({ name: "a", ephemeral: { volumeClaimTemplate: { spec: {} } } }, {
          name: "b",
          ephemeral: {
            volumeClaimTemplate: { spec: { accessModes: ["Sometimes"], resources: { requests: { storage: "-1" } } } }
          }
        }),
        volumes({ name: "a", ephemeral: {} }, { name: "b", image: { pullPolicy: "Maybe" } })
      )
    }),
    scenario("volume mounts need volumes and paths of their own (S57)", function*(run) {
      const mounts = (...volumeMounts: ReadonlyArray<Json>) =>
        withContainer({ volumeMounts }, { volumes: [{ name: "v", emptyDir: {} }] })
      yield* refuse(
        run,
        mounts({ name: "nowhere", mountPath: "/a" }, { name: "v", mountPath: "/b" }, { name: "v", mountPath: "/b" }),
        mounts({}, { name: "v" }),
        mounts({ name: "v", mountPath: "/a", subPath: "/abs" }, { name: "v", mountPath: "/b", subPath: "../up" }),
        mounts({ name: "v", mountPath: "/a", subPath: "x", subPathExpr: "../y" }),
        mounts({ name: "v", mountPath: "/a", mountPropagation: "Bidirectional" }, {
          name: "v",
          mountPath: "/b",
          mountPropagation: "Sideways"
        }),
        mounts({ name: "v", mountPath: "/a", recursiveReadOnly: "Enabled" }),
        withContainer({
          volumeMounts: [{ name: "v", mountPath: "/a" }],
          volumeDevices: [{ name: "v", devicePath: "/a" }, { name: "x", devicePath: "/a/../b" }, {}]
        }, { volumes: [{ name: "v", emptyDir: {} }] })
      )
    }),
    scenario("probes and lifecycle handlers are checked (S57)", function*(run) {
      yield* refuse(
        run,
        withContainer({ livenessProbe: {}, readinessProbe: { exec: {}, httpGet: { port: 80 } } }),
        withContainer({
          livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2, periodSeconds: -1 },
          readinessProbe: { tcpSocket: { port: 0 }, terminationGracePeriodSeconds: 5 },
          startupProbe: {
            httpGet: { port: "not-a-port-name-at-all", scheme: "FTP", httpHeaders: [{ name: "bad header" }] }
          }
        }),
        withContainer({ lifecycle: { postStart: {}, preStop: { sleep: { seconds: 100 } }, stopSignal: "SIGTERM" } }),
        pod({
          initContainers: [{ name: "i", image: "i", livenessProbe: { exec: { command: ["x"] } }, lifecycle: {} }]
        }),
        withContainer({ restartPolicy: "Sometimes", restartPolicyRules: [{ action: "Dance" }] }),
        withContainer({ resizePolicy: [{ resourceName: "cpu", restartPolicy: "Maybe" }, { resourceName: "disk" }] }),
        pod({
          initContainers: [{
            name: "i",
            image: "i",
            restartPolicy: "Always",
            readinessProbe: {},
            ports: [{ containerPort: 1, hostPort: 1 }, { containerPort: 2, hostPort: 1 }]
          }]
        })
      )
    }),
    scenario("where a Pod may run is checked (S57)", function*(run) {
      const required = "requiredDuringSchedulingIgnoredDuringExecution"
      const preferred = "preferredDuringSchedulingIgnoredDuringExecution"
      yield* refuse(
        run,
        pod({ nodeSelector: { "bad key": "bad value!" }, nodeName: "Bad_Node" }),
        pod({
          tolerations: [
            { operator: "Equal" },
            { key: "a", operator: "Exists", value: "v" },
            { key: "a", operator: "Near" },
            { key: "a", effect: "Explode" },
            { key: "a", effect: "NoSchedule", tolerationSeconds: 5 },
            { key: "bad key", value: "bad value!" },
            { key: "a", operator: "Gt", value: "1" }
          ]
        }),
        pod({ affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: [] } } } }),
        pod({
          affinity: {
            nodeAffinity: {
              [required]: {
                nodeSelectorTerms: [{
                  matchExpressions: [{ key: "a", operator: "In" }, { key: "a", operator: "Gt", values: ["1", "2"] }, {
                    key: "bad key",
                    operator: "Like"
                  }],
                  matchFields: [{ key: "spec.x", operator: "Exists" }]
                }]
              },
              [preferred]: [{
                weight: 0,
                preference: { matchExpressions: [{ key: "a", operator: "Exists", values: ["x"] }] }
              }]
            },
            podAffinity: { [required]: [{ labelSelector: { matchLabels: { a: "b" } } }] },
            podAntiAffinity: {
              [preferred]: [{
                weight: 101,
                podAffinityTerm: {
                  topologyKey: "bad key",
                  labelSelector: { matchExpressions: [{ key: "a", operator: "Near" }] }
                }
              }]
            }
          }
        }),
        pod({
          topologySpreadConstraints: [
            { maxSkew: 0, topologyKey: "", whenUnsatisfiable: "Cry" },
            { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway", minDomains: 0, labelSelector: {} },
            {
              maxSkew: 1,
              topologyKey: "zone",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: {},
              nodeTaintsPolicy: "X"
            }
          ]
        })
      )
    }),
    scenario("the rest of a Pod's spec is checked (S57)", function*(run) {
      yield* refuse(
        run,
        pod({
          activeDeadlineSeconds: 0,
          hostname: "Bad.Name",
          subdomain: "also bad",
          serviceAccountName: "Bad_Account"
        }),
        pod({ dnsPolicy: "None" }),
        pod({
          dnsPolicy: "None",
          dnsConfig: { nameservers: ["x", "1.1.1.1", "::1", "2.2.2.2"], searches: ["Bad!"], options: [{}] }
        }),
        pod({ hostAliases: [{ ip: "256.1.1.1", hostnames: ["Bad!"] }] }),
        pod({
          securityContext: {
            runAsUser: -1,
            fsGroup: 4294967296,
            seccompProfile: { type: "Localhost" },
            sysctls: [{ name: "Bad" }]
          }
        }),
        withContainer({
          securityContext: {
            privileged: true,
            allowPrivilegeEscalation: false,
            runAsUser: -1,
            seccompProfile: { type: "Strict", localhostProfile: "x" }
          }
        }),
        pod({ shareProcessNamespace: true, hostPID: true }),
        pod({ readinessGates: [{ conditionType: "bad type" }], preemptionPolicy: "Sometimes" }),
        pod({ ephemeralContainers: [{ name: "e", image: "e" }] }),
        pod({ os: { name: "plan9" } }),
        pod({ resourceClaims: [{ name: "a" }, { name: "a", resourceClaimName: "x", resourceClaimTemplateName: "y" }] })
      )
    }),
    scenario("what may change of a Pod (S11, S57)", function*(run) {
      const path = `${run.at("pods")}/a`
      const show = (body: Json) =>
        body.kind === "Status" ? body : { spec: body.spec, generation: body.metadata.generation }
      const { body } = yield* run.post(run.at("pods"), pod({ activeDeadlineSeconds: 100, nodeSelector: { a: "1" } }), {
        show
      })
      const image = (image: string) => ({ spec: { containers: [{ ...body.spec.containers[0], image }] } })
      yield* run.merge(path, image("nginx:2"), { show })
      yield* run.merge(path, image(""), { show })
      yield* run.merge(path, image(" x"), { show })
      yield* run.merge(path, { spec: { activeDeadlineSeconds: 50 } }, { show })
      yield* run.merge(path, { spec: { activeDeadlineSeconds: 60 } }, { show })
      yield* run.merge(path, { spec: { activeDeadlineSeconds: null } }, { show })
      const tolerations = (...more: ReadonlyArray<Json>) => ({
        spec: { tolerations: [...body.spec.tolerations, ...more] }
      })
      yield* run.merge(path, tolerations({ key: "x", operator: "Exists" }), { show })
      yield* run.merge(path, { spec: { tolerations: [{ key: "y", operator: "Exists" }] } }, { show })
      yield* run.merge(path, { metadata: { labels: { l: "1" }, annotations: { n: "2" } } }, {
        show: (body) => body.metadata
      })
      yield* run.merge(path, { spec: { containers: [body.spec.containers[0], { name: "d", image: "d" }] } })
      yield* run.merge(path, { spec: { nodeName: "n" } })
      yield* run.merge(path, {
        spec: { terminationGracePeriodSeconds: 5, hostNetwork: true, nodeSelector: { b: "2" } }
      })
      yield* run.merge(path, {
        spec: { containers: [{ ...body.spec.containers[0], env: [{ name: "A", value: "<&>" }] }] }
      })
      yield* run.merge(path, { spec: { ephemeralContainers: [{ name: "e", image: "e" }] } })
      yield* run.put(path, pod(), { show })
    }),
    scenario("the refusal of a change shows what differs (S41, S57)", function*(run) {
      const path = `${run.at("pods")}/a`
      const containers = Array.from(
        { length: 8 },
        (_, at) => ({ name: `c${at}`, image: "i", env: [{ name: "A", value: `${at}` }] })
      )
      const { body } = yield* run.post(run.at("pods"), pod({ containers }), { show: () => "made" })
      const lines = (body: Json) => body.message.split("\n")
      const change = (more: (container: Json, at: number) => Json, spec: Json = {}) =>
        run.merge(path, { spec: { containers: body.spec.containers.map(more), ...spec } }, { show: lines })
      yield* change((each, at) => at === 6 ? { ...each, env: [{ name: "B", value: "6" }, ...each.env] } : each)
      yield* change((each, at) => ({ ...each, args: at % 3 === 0 ? ["<x>", "y"] : undefined, tty: at === 7 }))
      yield* change((each, at) => ({ ...each, env: at === 2 ? undefined : each.env, stdin: true }), {
        volumes: [{ name: "v", emptyDir: { sizeLimit: "1Gi" } }],
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{
              topologyKey: "z",
              labelSelector: { matchLabels: { "2": "b", "10": "a" } }
            }]
          }
        },
        hostAliases: [{ ip: "1.1.1.1", hostnames: ["h"] }],
        restartPolicy: "Never"
      })
      yield* change((_, at) => ({ ...body.spec.containers[7 - at] }))
    }),
    scenario("what may change of a Pod's status (S12, S57)", function*(run) {
      const path = `${run.at("pods")}/a`
      yield* run.post(run.at("pods"), pod({ restartPolicy: "Never" }), { show: () => "made" })
      const show = (body: Json) => body.kind === "Status" ? body : body.status
      const status = (status: Json) => run.merge(`${path}/status`, { status }, { show })
      yield* status({ phase: "Running", podIP: "10.0.0.1", hostIP: "10.0.0.2", startTime: "2020-01-01T00:00:00Z" })
      yield* status({ qosClass: "Guaranteed" })
      yield* status({ qosClass: null })
      yield* status({ podIPs: [{ ip: "10.0.0.1" }, { ip: "10.0.0.9" }] })
      yield* status({ podIP: "nowhere", podIPs: null })
      yield* status({ conditions: [{ type: "bad type", status: "True" }, { type: "Ready", status: "True" }] })
      yield* status({ nominatedNodeName: "Bad_Node" })
      yield* status({ containerStatuses: [{ name: "ghost", image: "", imageID: "", ready: false, restartCount: 0 }] })
      const ended = {
        name: "c",
        image: "i",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: 0 } }
      }
      yield* status({ containerStatuses: [ended] })
      yield* status({ containerStatuses: [{ ...ended, state: { running: {} } }] })
    }),
    scenario("warnings about a Pod (S39)", function*(run) {
      const show = (body: Json) => body.kind === "Status" ? body : body.metadata.name
      yield* run.post(run.at("pods"), {
        metadata: { name: "dotted.name" },
        spec: {
          nodeSelector: { "beta.kubernetes.io/os": "linux" },
          imagePullSecrets: [{ name: "a" }, { name: "a" }, {}],
          hostAliases: [{ ip: "1.1.1.1" }, { ip: "1.1.1.1" }],
          containers: [{
            ...container,
            env: [{ name: "A", value: "1" }, { name: "A", value: "2" }, { name: "A", value: "$(A)3" }],
            ports: [{ containerPort: 80, name: "x" }, { containerPort: 80 }],
            resources: { requests: { memory: "1500m" } }
          }, { name: "d", image: "d", ports: [{ containerPort: 80, name: "x", hostPort: 5 }] }],
          topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" }],
          volumes: [{ name: "g", gitRepo: { repository: "r" } }]
        }
      }, { show })
    })
  ]
}
