/** The smallest draft of each kind that a server takes, where it does not follow from the documents and refusals. */
import * as crypto from "node:crypto"
import { namespace } from "./candidates.js"
import { definition, schema } from "./definition.js"
import { certificate, certificateRequest } from "./pem.js"
import type { Json } from "./server.js"

export const name = "corpus"

const uid = "0e3a5b1c-6a3f-4a5b-9c1e-000000000001"
/** Stands for the time at which it is sent. */
const present = "present"

const labels = { app: "a" }
const selector = { matchLabels: labels }
const podSpec = { containers: [{ name: "a", image: "example.com/a:1" }] }
const template = { metadata: { labels }, spec: podSpec }
const jobTemplate = { spec: { ...podSpec, restartPolicy: "Never" } }
const webhooks = [{
  name: "a.example.com",
  clientConfig: { url: "https://a.example.com/" },
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
  failurePolicy: "Ignore",
  rules: [{ apiGroups: ["example.com"], apiVersions: ["v1"], resources: ["nothings"], operations: ["CREATE"] }]
}]
const matchConstraints = {
  resourceRules: [{ apiGroups: ["example.com"], apiVersions: ["v1"], resources: ["nothings"], operations: ["CREATE"] }]
}
const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "a" }
const target = { type: "AverageValue", averageValue: "1" }
const subject = { user: "a", resourceAttributes: { verb: "get", resource: "pods", namespace } }
const devices = {
  requests: [
    { name: "a", exactly: { deviceClassName: "a", count: 1 } },
    { name: "b", firstAvailable: [{ name: "a", deviceClassName: "a" }] }
  ]
}
const oldDevices = {
  requests: [
    { name: "a", deviceClassName: "a", count: 1 },
    { name: "b", firstAvailable: [{ name: "a", deviceClassName: "a" }] }
  ]
}
const allocated = {
  status: { allocation: { devices: { results: [{ request: "a", driver: "a.example.com", pool: "a", device: "a" }] } } }
}
const ranged = {
  allowMultipleAllocations: true,
  capacity: {
    a: {
      value: "1Gi",
      requestPolicy: { default: "1Gi", validRange: { min: "512Mi", max: "1Gi", step: "1Mi" } }
    }
  },
  nodeAllocatableResources: {
    cpu: { mapping: { deviceMultiplier: "1" }, overhead: { perPod: "1", perContainer: "1" } }
  }
}
const podCertificate = {
  signerName: "example.com/a",
  podName: "a",
  podUID: uid,
  serviceAccountName: "a",
  serviceAccountUID: uid,
  nodeName: "a",
  nodeUID: uid,
  maxExpirationSeconds: 3600
}
const expression = { key: "a", operator: "In", values: ["a"] }
const pool = { name: "a", generation: 1, resourceSliceCount: 1 }
const slice = { driver: "a.example.com", nodeName: "a", pool }
const about = { kind: "Pod", namespace, name: "a" }

const richPodSpec = {
  containers: [{
    name: "a",
    image: "example.com/a:1",
    resources: { requests: { "example.com/a": "1" }, limits: { "example.com/a": "1" } }
  }],
  resourceClaims: [{ name: "a", resourceClaimName: "a" }, { name: "b", resourceClaimTemplateName: "a" }],
  volumes: [{ name: "a", emptyDir: {} }, { name: "b", persistentVolumeClaim: { claimName: "a" } }]
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64")
}

/** A public key, and the Pod's uid signed with its private key, which is all zeros. */
function proof(): Json {
  const form = Buffer.from("302e020100300506032b657004220420", "hex")
  const key = crypto.createPrivateKey({ key: Buffer.concat([form, Buffer.alloc(32)]), format: "der", type: "pkcs8" })
  return {
    pkixPublicKey: crypto.createPublicKey(key).export({ format: "der", type: "spki" }).toString("base64"),
    proofOfPossession: crypto.sign(undefined, Buffer.from(uid), key).toString("base64")
  }
}

/** The base64 text inside of PEM. */
function derOf(pem: string): string {
  return pem.split("\n").filter((line) => !line.startsWith("-----")).join("")
}

/** By group and kind: the smallest draft, or a few that have room for different fields. */
const drafts: { readonly [kind: string]: Json | ReadonlyArray<Json> } = {
  "/Pod": [{ spec: richPodSpec }, { spec: podSpec }, {
    spec: { ...podSpec, os: { name: "windows" }, securityContext: { windowsOptions: { runAsUserName: "a" } } }
  }],
  "/PodTemplate": { template },
  "/ReplicationController": { spec: { selector: labels, template } },
  "/Namespace": { metadata: { name: "corpus-2" } },
  "/Service": [{ spec: { ports: [{ port: 80 }] } }, {
    // Where the draft names no address, the server draws one.
    spec: {
      type: "LoadBalancer",
      clusterIP: "10.0.0.78",
      externalTrafficPolicy: "Local",
      ports: [{ port: 80, nodePort: 30080 }]
    }
  }],
  "/Event": { involvedObject: about },
  "events.k8s.io/Event": {
    eventTime: "2026-01-01T00:00:00.000001Z",
    regarding: about,
    reportingController: "example.com/a",
    reportingInstance: "a",
    action: "A",
    reason: "A",
    type: "Normal"
  },
  "/PersistentVolume": [
    { spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/a" } } },
    {
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        csi: { driver: "a.example.com", volumeHandle: "a" },
        volumeAttributesClassName: "a"
      }
    }
  ],
  "/PersistentVolumeClaim": { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  "apps/Deployment": { spec: { selector, template } },
  "apps/ReplicaSet": { spec: { selector, template } },
  "apps/DaemonSet": { spec: { selector, template } },
  "apps/StatefulSet": { spec: { selector, template, serviceName: "a" } },
  "apps/ControllerRevision": { data: { a: 1 }, revision: 1 },
  "batch/Job": [
    {
      spec: {
        template: jobTemplate,
        completionMode: "Indexed",
        completions: 3,
        parallelism: 1,
        backoffLimitPerIndex: 1
      }
    },
    { spec: { template: { metadata: { labels }, ...jobTemplate }, manualSelector: true, selector } }
  ],
  "batch/CronJob": {
    spec: {
      schedule: "@daily",
      jobTemplate: {
        spec: { template: jobTemplate, completionMode: "Indexed", completions: 3, backoffLimitPerIndex: 1 }
      }
    }
  },
  "autoscaling/HorizontalPodAutoscaler": { spec: { maxReplicas: 3, scaleTargetRef } },
  "autoscaling/v2/HorizontalPodAutoscaler": {
    spec: {
      maxReplicas: 3,
      scaleTargetRef,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
        { type: "ContainerResource", containerResource: { name: "cpu", container: "a", target } },
        { type: "Pods", pods: { metric: { name: "a" }, target } },
        {
          type: "Object",
          object: { metric: { name: "a" }, describedObject: scaleTargetRef, target: { type: "Value", value: "1" } }
        },
        { type: "External", external: { metric: { name: "a" }, target } }
      ]
    }
  },
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": { webhooks },
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": { webhooks },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": {
    spec: { matchConstraints, validations: [{ expression: "true" }] }
  },
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": {
    spec: {
      matchConstraints,
      reinvocationPolicy: "Never",
      mutations: [
        { patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } },
        { patchType: "JSONPatch", jsonPatch: { expression: "[JSONPatch{op: \"remove\", path: \"/a\"}]" } }
      ]
    }
  },
  "apiextensions.k8s.io/CustomResourceDefinition": [
    definition({}, schema),
    definition({
      preserveUnknownFields: false,
      conversion: {
        strategy: "Webhook",
        webhook: {
          conversionReviewVersions: ["v1"],
          clientConfig: { service: { namespace, name: "a", path: "/a", port: 443 }, caBundle: base64(certificate) }
        }
      }
    }, { type: "object" }),
    definition({
      conversion: {
        strategy: "Webhook",
        webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://a.example.com/" } }
      }
    }, { type: "object" })
  ],
  "apiregistration.k8s.io/APIService": {
    spec: {
      group: "a.example.com",
      version: "v1",
      groupPriorityMinimum: 100,
      versionPriority: 10,
      service: { namespace, name: "a" },
      insecureSkipTLSVerify: true
    }
  },
  "authentication.k8s.io/TokenReview": { spec: { token: "a" } },
  "authorization.k8s.io/SubjectAccessReview": [
    { spec: subject },
    { spec: { user: "a", nonResourceAttributes: { verb: "get", path: "/a" } } }
  ],
  "authorization.k8s.io/SelfSubjectAccessReview": [
    { spec: { resourceAttributes: subject.resourceAttributes } },
    { spec: { nonResourceAttributes: { verb: "get", path: "/a" } } }
  ],
  "authorization.k8s.io/LocalSubjectAccessReview": { metadata: { namespace }, spec: subject },
  "authorization.k8s.io/SelfSubjectRulesReview": { spec: { namespace } },
  "certificates.k8s.io/ClusterTrustBundle": [{ spec: { trustBundle: certificate } }, {
    metadata: { name: "example.com:a:corpus" },
    spec: { signerName: "example.com/a", trustBundle: certificate }
  }],
  "certificates.k8s.io/v1beta1/PodCertificateRequest": [
    { spec: { ...podCertificate, stubPKCS10Request: derOf(certificateRequest) } },
    { spec: { ...podCertificate, ...proof() } }
  ],
  "certificates.k8s.io/PodCertificateRequest": {
    spec: { ...podCertificate, stubPKCS10Request: derOf(certificateRequest) },
    status: {
      conditions: [{
        type: "Denied",
        status: "True",
        reason: "A",
        message: "a",
        lastTransitionTime: "2026-01-01T00:00:00Z"
      }]
    }
  },
  "coordination.k8s.io/LeaseCandidate": {
    spec: { leaseName: "a", binaryVersion: "1.37.0", emulationVersion: "1.36.0", strategy: "OldestEmulationVersion" }
  },
  "flowcontrol.apiserver.k8s.io/FlowSchema": {
    spec: {
      priorityLevelConfiguration: { name: "global-default" },
      matchingPrecedence: 9999,
      rules: [{
        subjects: [
          { kind: "User", user: { name: "a" } },
          { kind: "Group", group: { name: "a" } },
          { kind: "ServiceAccount", serviceAccount: { namespace, name: "a" } }
        ],
        resourceRules: [
          { verbs: ["get"], apiGroups: ["example.com"], resources: ["nothings"], namespaces: ["a"] },
          { verbs: ["get"], apiGroups: ["example.com"], resources: ["nothings"], clusterScope: true }
        ],
        nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/a"] }]
      }]
    }
  },
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": {
    spec: {
      type: "Limited",
      limited: {
        nominalConcurrencyShares: 1,
        limitResponse: { type: "Queue", queuing: { queues: 8, handSize: 4, queueLengthLimit: 5 } }
      }
    }
  },
  "resource.k8s.io/ResourceClaim": { spec: { devices }, ...allocated },
  "resource.k8s.io/v1beta1/ResourceClaim": { spec: { devices: oldDevices }, ...allocated },
  "resource.k8s.io/ResourceClaimTemplate": { spec: { spec: { devices } } },
  "resource.k8s.io/v1beta1/ResourceClaimTemplate": { spec: { spec: { devices: oldDevices } } },
  "resource.k8s.io/ResourceSlice": [
    {
      spec: {
        ...slice,
        devices: [{
          name: "a",
          attributes: { "a.example.com/a": { string: "a" } },
          capacity: { a: { value: "1Gi" } },
          nodeAllocatableResources: { cpu: { mapping: { capacityKey: "a", capacityMultiplier: "1" } } }
        }]
      }
    },
    { spec: { ...slice, nodeName: undefined, perDeviceNodeSelection: true, devices: [{ name: "a", nodeName: "a" }] } },
    { spec: { ...slice, sharedCounters: [{ name: "a", counters: { a: { value: "1" } } }] } },
    { spec: { ...slice, devices: [{ name: "a", ...ranged }] } }
  ],
  "resource.k8s.io/v1beta1/ResourceSlice": [
    {
      spec: {
        ...slice,
        devices: [{
          name: "a",
          basic: {
            attributes: { a: { string: "a" }, b: { version: "1.0.0" }, c: { bool: true }, d: { int: 1 } },
            capacity: { a: { value: "1Gi" } },
            bindingConditions: ["a"],
            bindingFailureConditions: ["b"],
            nodeAllocatableResources: { cpu: { mapping: { capacityKey: "a", capacityMultiplier: "1" } } }
          }
        }]
      }
    },
    {
      spec: {
        ...slice,
        nodeName: undefined,
        perDeviceNodeSelection: true,
        devices: [{ name: "a", basic: { allNodes: true } }]
      }
    },
    {
      spec: {
        ...slice,
        nodeName: undefined,
        perDeviceNodeSelection: true,
        devices: [{ name: "a", basic: { nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } } }]
      }
    },
    {
      spec: {
        ...slice,
        nodeName: undefined,
        perDeviceNodeSelection: true,
        devices: [{ name: "a", basic: { nodeName: "a" } }]
      }
    },
    { spec: { ...slice, sharedCounters: [{ name: "a", counters: { a: { value: "1" } } }] } },
    { spec: { ...slice, devices: [{ name: "a", basic: ranged }] } }
  ],
  "scheduling.k8s.io/Workload": [
    { spec: { podGroupTemplates: [{ name: "a", schedulingPolicy: { basic: {} } }] } },
    { spec: { podGroupTemplates: [{ name: "a", schedulingPolicy: { gang: { minCount: 1 } } }] } },
    {
      spec: {
        compositePodGroupTemplates: [{
          name: "a",
          schedulingPolicy: { basic: {} },
          podGroupTemplates: [{ name: "b", schedulingPolicy: { basic: {} } }]
        }]
      }
    },
    {
      spec: {
        compositePodGroupTemplates: [{
          name: "a",
          priority: 1,
          priorityClassName: "a",
          schedulingPolicy: { basic: {} },
          compositePodGroupTemplates: [{
            name: "b",
            priority: 1,
            priorityClassName: "a",
            schedulingPolicy: { basic: {} },
            podGroupTemplates: [{ name: "c", priority: 1, priorityClassName: "a", schedulingPolicy: { basic: {} } }]
          }]
        }]
      }
    }
  ],
  "lifecycle.k8s.io/Eviction": {
    status: {
      responders: [{ name: "example.com/a", startTime: present }],
      targetResponders: [{ name: "example.com/a", priority: 1000, state: "Active" }]
    }
  },
  "internal.apiserver.k8s.io/StorageVersion": { spec: {} },
  "networking.k8s.io/Ingress": [
    {
      spec: {
        defaultBackend: { service: { name: "a", port: { number: 80 } } },
        tls: [{ hosts: ["a.example.com"], secretName: "a" }],
        rules: [{
          host: "a.example.com",
          http: {
            paths: [{ path: "/a", pathType: "Prefix", backend: { service: { name: "a", port: { name: "a" } } } }]
          }
        }]
      }
    },
    { spec: { defaultBackend: { resource: { kind: "A", name: "a", apiGroup: "example.com" } } } }
  ],
  "networking.k8s.io/IPAddress": { spec: { parentRef: { resource: "services", namespace, name: "a" } } },
  "networking.k8s.io/ServiceCIDR": { spec: { cidrs: ["10.77.0.0/24"] } },
  "storage.k8s.io/CSIDriver": { spec: { tokenRequests: [{ audience: "a", expirationSeconds: 3600 }] } },
  "storage.k8s.io/CSINode": { spec: { drivers: [] } },
  "storagemigration.k8s.io/StorageVersionMigration": { spec: { resource: { group: "", resource: "configmaps" } } }
}

/** Names that the server prescribes. */
const names: { readonly [kind: string]: string } = {
  "apiextensions.k8s.io/CustomResourceDefinition": "things.example.com",
  "apiregistration.k8s.io/APIService": "v1.a.example.com",
  "networking.k8s.io/IPAddress": "10.0.0.200",
  "internal.apiserver.k8s.io/StorageVersion": "example.com.things"
}

export interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly namespaced: boolean
}

/** What to begin with: the first is to be filled with everything, the others with what it has no room for. */
export const draftsOf = (kind: Kind): ReadonlyArray<Json> => {
  const own = drafts[`${kind.group}/${kind.version}/${kind.kind}`] ?? drafts[`${kind.group}/${kind.kind}`] ?? {}
  const all = Array.isArray(own) ? own as ReadonlyArray<Json> : [own as Json]
  return all.map(({ status: _, ...fields }) => ({ ...root(kind), ...fields }))
}

/** What to give an object's status before all else: counts that others may not exceed, and names that others refer to. */
export const statusOf = ({ group, kind }: Kind): Json => {
  const own = drafts[`${group}/${kind}`]
  const status = Array.isArray(own) ? undefined : (own as Json | undefined)?.["status"]
  const now = new Date().toISOString().replace(/\.\d+/, "")
  return JSON.parse(
    JSON.stringify(status ?? { replicas: 9, readyReplicas: 9 }).replaceAll(JSON.stringify(present), JSON.stringify(now))
  )
}

const root = ({ group, kind, namespaced, version }: Kind): Json =>
  kind.endsWith("Review") ? { apiVersion: `${group}/${version}`, kind } : ({
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    metadata: {
      name: names[`${group}/${kind}`] ?? name,
      ...(namespaced ? { namespace } : {}),
      labels
    }
  })
