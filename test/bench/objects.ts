/** Objects of other kinds as a real cluster serves them, and Pods of many shapes: what the checker's benchmark reads. */
import { pod } from "./pod.js"

const time = "2026-11-22T10:00:03Z"

/** What a FieldsV1 says of a value: which of its fields a manager owns. */
const fieldsOf = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return {}
  return Array.isArray(value)
    ? Object.fromEntries(value.slice(0, 2).map((item, i) => [`k:{"name":"item-${i}"}`, fieldsOf(item)]))
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [`f:${key}`, fieldsOf(item)]))
}

/** The Pod number `i` with managedFields, 11 kB: who wrote which fields is half of what a server sends. */
export const managedPod = (i: number) => {
  const object = pod(i)
  const entry = (manager: string, fieldsV1: unknown, more?: object) => ({
    manager,
    operation: "Update",
    apiVersion: "v1",
    time,
    fieldsType: "FieldsV1",
    fieldsV1,
    ...more
  })
  const managedFields = [
    entry("kube-controller-manager", { "f:spec": fieldsOf(object.spec) }),
    entry("kubelet", { "f:status": fieldsOf(object.status.conditions) }, { subresource: "status" })
  ]
  return { ...object, metadata: { ...object.metadata, managedFields } }
}

/** A generator of numbers in [0, 1) that gives the same ones each time (Numerical Recipes' linear congruence). */
const randomOf = (seed: number): () => number => {
  let state = seed % 2 ** 32
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32
}

const needed = new Set([
  ..."apiVersion kind metadata spec status name namespace uid resourceVersion creationTimestamp containers".split(" "),
  ..."key type ip path fieldPath port mountPath containerPort image imageID ready restartCount".split(" ")
])

/** The same with some of its fields left out, as no two workloads set the same ones. */
const thinned = (value: unknown, random: () => number): unknown => {
  if (Array.isArray(value)) return value.map((item) => thinned(item, random))
  if (typeof value !== "object" || value === null) return value
  const kept = Object.entries(value).filter(([key]) => needed.has(key) || random() > 0.2)
  return Object.fromEntries(kept.map(([key, item]) => [key, thinned(item, random)]))
}

/** The Pod number `i`, of one of 40 shapes. */
export const shapedPod = (i: number): unknown => thinned(pod(i), randomOf((i % 40) * 2_654_435_761))

export const deployment = (i: number) => {
  const { metadata, spec } = pod(i)
  return {
    kind: "Deployment",
    apiVersion: "apps/v1",
    metadata,
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { creationTimestamp: null, labels: { app: "web" } }, spec },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: 1 } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600
    },
    status: {
      observedGeneration: 3,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: ["Available", "Progressing"].map((type) => ({
        type,
        status: "True",
        lastUpdateTime: time,
        lastTransitionTime: time,
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability."
      }))
    }
  }
}

export const configMap = (i: number) => ({
  kind: "ConfigMap",
  apiVersion: "v1",
  metadata: pod(i).metadata,
  data: { "app.yaml": "port: 8080\n".repeat(40), "log.conf": "level=info\n".repeat(20), [`key-${i % 20}`]: "value" }
})

export const node = (i: number) => {
  const amounts = { cpu: "8", "ephemeral-storage": "100Gi", "hugepages-1Gi": "0", memory: "32Gi", pods: "110" }
  const { namespace: _, ownerReferences: __, ...metadata } = pod(i).metadata
  return {
    kind: "Node",
    apiVersion: "v1",
    metadata,
    spec: {
      podCIDR: "10.0.1.0/24",
      podCIDRs: ["10.0.1.0/24"],
      providerID: `cloud:///region/machine-${i}`,
      taints: [{ key: "dedicated", effect: "NoSchedule" }]
    },
    status: {
      capacity: amounts,
      allocatable: amounts,
      conditions: ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => ({
        type,
        status: "False",
        lastHeartbeatTime: time,
        lastTransitionTime: time,
        reason: "KubeletHasSufficient",
        message: "kubelet has sufficient resources"
      })),
      addresses: [{ type: "InternalIP", address: "10.1.1.1" }, { type: "Hostname", address: `node-${i}` }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: "0e3a5b1c6a3f4a5b9c1e000000000000",
        systemUUID: "0e3a5b1c-6a3f-4a5b-9c1e-000000000000",
        bootID: "7a0f7f0e-1c2d-4e5f-8a9b-0c1d2e3f4a5b",
        kernelVersion: "6.12.0",
        osImage: "Linux",
        containerRuntimeVersion: "containerd://2.1.0",
        kubeletVersion: "v1.37.2",
        kubeProxyVersion: "",
        operatingSystem: "linux",
        architecture: "amd64"
      },
      images: Array.from({ length: 30 }, (_, image) => ({
        names: [`registry.example.com/team/image-${image}:1.24.3`],
        sizeBytes: 12_345_678 + image
      }))
    }
  }
}

export const event = (i: number) => {
  const { creationTimestamp, name, namespace, resourceVersion, uid } = pod(i).metadata
  return {
    kind: "Event",
    apiVersion: "v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    involvedObject: { kind: "Pod", namespace, name, uid, apiVersion: "v1", resourceVersion },
    reason: "Pulled",
    message: "Container image is already present on the machine",
    source: { component: "kubelet", host: `node-${i % 50}` },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type: "Normal",
    eventTime: null,
    reportingComponent: "kubelet",
    reportingInstance: `node-${i % 50}`
  }
}
