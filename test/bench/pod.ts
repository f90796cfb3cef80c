/** A Pod as a real cluster serves it: two containers with probes, volumes and a status, 6.5 kB of JSON. */

const resources = { limits: { cpu: "500m", memory: "256Mi" }, requests: { cpu: "100m", memory: "128Mi" } }

const probe = (path: string) => ({
  httpGet: { path, port: 8080, scheme: "HTTP" },
  initialDelaySeconds: 5,
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3
})

const container = (name: string) => ({
  name,
  image: `registry.example.com/team/${name}:1.24.3`,
  args: ["--port=8080", "--log-level=info", `--name=${name}`],
  ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }, {
    name: "metrics",
    containerPort: 9090,
    protocol: "TCP"
  }],
  env: [
    { name: "POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
    { name: "POD_IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } },
    { name: "DATABASE", valueFrom: { secretKeyRef: { name: "database", key: "url" } } },
    { name: "REGION", value: "eu-central-1" }
  ],
  resources,
  volumeMounts: [
    { name: "config", readOnly: true, mountPath: "/etc/config" },
    { name: "cache", mountPath: "/var/cache/app" },
    { name: "kube-api-access-x2x4k", readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }
  ],
  livenessProbe: probe("/healthz"),
  readinessProbe: probe("/readyz"),
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  imagePullPolicy: "IfNotPresent",
  securityContext: { capabilities: { drop: ["ALL"] }, runAsNonRoot: true, allowPrivilegeEscalation: false }
})

const condition = (type: string) => ({
  type,
  observedGeneration: 1,
  status: "True",
  lastProbeTime: null,
  lastTransitionTime: "2026-11-22T10:00:03Z"
})

const containerStatus = (name: string) => ({
  name,
  state: { running: { startedAt: "2026-11-22T10:00:02Z" } },
  lastState: {},
  ready: true,
  restartCount: 0,
  image: `registry.example.com/team/${name}:1.24.3`,
  imageID: "registry.example.com/team/app@sha256:4f1c5a1c1f7c0a5e8a6d7c1b9f20a1d3c4b5a697887766554433221100ffeedd",
  containerID: "containerd://9c7fe1c6b6d44bb0a9f2b3f80f3d1a5e7c9b1d3f5a7092b4d6f8091a2b3c4d5e",
  started: true,
  resources,
  volumeMounts: [{ name: "config", mountPath: "/etc/config", readOnly: true, recursiveReadOnly: "Disabled" }]
})

/** The Pod number `i`. */
export const pod = (i: number) => ({
  kind: "Pod",
  apiVersion: "v1",
  metadata: {
    name: `web-7c5ddbdf54-${i}`,
    generateName: "web-7c5ddbdf54-",
    namespace: "default",
    uid: `0e3a5b1c-6a3f-4a5b-9c1e-${String(i).padStart(12, "0")}`,
    resourceVersion: String(100_000 + i),
    generation: 1,
    creationTimestamp: "2026-11-22T10:00:00Z",
    labels: { app: "web", "pod-template-hash": "7c5ddbdf54", team: "payments", "app.kubernetes.io/part-of": "shop" },
    annotations: {
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "9090",
      "checksum/config": "7f1a9c5e3b2d4f60"
    },
    ownerReferences: [{
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "web-7c5ddbdf54",
      uid: "7a0f7f0e-1c2d-4e5f-8a9b-0c1d2e3f4a5b",
      controller: true,
      blockOwnerDeletion: true
    }]
  },
  spec: {
    volumes: [
      { name: "config", configMap: { name: "web", defaultMode: 420 } },
      { name: "cache", emptyDir: { sizeLimit: "1Gi" } },
      {
        name: "kube-api-access-x2x4k",
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
            { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
            {
              downwardAPI: {
                items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }]
              }
            }
          ],
          defaultMode: 420
        }
      }
    ],
    containers: [container("app"), container("sidecar")],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    serviceAccountName: "web",
    serviceAccount: "web",
    nodeName: `node-${i % 50}`,
    securityContext: { fsGroup: 1000 },
    schedulerName: "default-scheduler",
    tolerations: [
      { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
      { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }
    ],
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: "PreemptLowerPriority"
  },
  status: {
    observedGeneration: 1,
    phase: "Running",
    conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition),
    hostIP: "10.1.0.7",
    hostIPs: [{ ip: "10.1.0.7" }],
    podIP: "10.2.3.4",
    podIPs: [{ ip: "10.2.3.4" }],
    startTime: "2026-11-22T10:00:01Z",
    containerStatuses: [containerStatus("app"), containerStatus("sidecar")],
    qosClass: "Burstable"
  }
})
