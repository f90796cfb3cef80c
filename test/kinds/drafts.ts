/** One object of each kind that can be created, with fields of every sort. They have names of their own, so that suites can run together. */
import * as admissionregistration from "../../src/kinds/admissionregistration/v1.js"
import * as apiextensions from "../../src/kinds/apiextensions/v1.js"
import * as apps from "../../src/kinds/apps/v1.js"
import * as autoscalingV1 from "../../src/kinds/autoscaling/v1.js"
import * as autoscalingV2 from "../../src/kinds/autoscaling/v2.js"
import * as batch from "../../src/kinds/batch/v1.js"
import * as certificates from "../../src/kinds/certificates/v1.js"
import * as coordination from "../../src/kinds/coordination/v1.js"
import * as core from "../../src/kinds/core/v1.js"
import * as discovery from "../../src/kinds/discovery/v1.js"
import * as events from "../../src/kinds/events/v1.js"
import * as flowcontrol from "../../src/kinds/flowcontrol/v1.js"
import * as networking from "../../src/kinds/networking/v1.js"
import * as node from "../../src/kinds/node/v1.js"
import * as policy from "../../src/kinds/policy/v1.js"
import * as rbac from "../../src/kinds/rbac/v1.js"
import * as resource from "../../src/kinds/resource/v1.js"
import * as scheduling from "../../src/kinds/scheduling/v1.js"
import * as storage from "../../src/kinds/storage/v1.js"
import * as storagemigration from "../../src/kinds/storagemigration/v1.js"
import type * as Resource from "../../src/protocol/Resource.js"

export interface Sample {
  readonly resource: Resource.Any
  readonly draft: { readonly metadata: object }
}

/** Checks the draft against its kind. */
const of = <T extends Resource.Any>(
  resource: T,
  draft: Resource.DraftOf<T> & { readonly metadata: object }
): Sample => ({ resource, draft })

/** A certificate request for the subject `O=system:nodes, CN=x`, in PEM and base64. */
const certificateRequest =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIZU1JR0ZBZ0VBTUNNeEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekVLTUFnR0ExVUVBd3dCZURCWgpNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJHRmtrSklwcUVGNDVRZDdUeE1vcG1Vc0ZrbEZyM3QxCjB2cFh4QTVFYTVDMGhhbFhqOGtqR0YvM2tZdnhmbFBEd3lkZ2k2enc4ZlNmcHFXd3Z6SWtoL2lnQURBS0JnZ3EKaGtqT1BRUURBZ05JQURCRkFpQnJaVFVBQjY5ek9tVEZIRXdMdDN5YVhFYlVzS205YTlnbVBkUzZHT05ZMmdJaApBSStmU3BUL3BGR1pGWWgwb1VYZnVNTGsvYzhLSWdjeUlmLzU5VDVkTzM4VwotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K"

export const drafts = (namespace: string): ReadonlyArray<Sample> => {
  const metadata = {
    name: `kinds-${namespace}`,
    labels: { app: "kinds" },
    annotations: { "example.com/note": "a" },
    finalizers: []
  }
  const labels = { app: "kinds" }
  const selector = { matchLabels: labels }
  const container = {
    name: "app",
    image: "example.com/app:1",
    args: ["--port", "80"],
    env: [{ name: "A", value: "1" }, { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
    ports: [{ name: "http", containerPort: 80 }],
    resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
    livenessProbe: { httpGet: { path: "/", port: "http" } },
    readinessProbe: { tcpSocket: { port: 80 } },
    lifecycle: { preStop: { exec: { command: ["true"] } } },
    volumeMounts: [{ name: "cache", mountPath: "/cache" }],
    securityContext: { runAsUser: 1000, capabilities: { drop: ["ALL"] } }
  }
  const podSpec: core.PodSpec = {
    containers: [container],
    volumes: [
      { name: "cache", emptyDir: { sizeLimit: "1Gi" } },
      {
        name: "all",
        projected: {
          sources: [{ configMap: { name: "a" } }, {
            downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] }
          }]
        }
      },
      {
        name: "claim",
        ephemeral: {
          volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } }
        }
      }
    ],
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{
          labelSelector: selector,
          topologyKey: "kubernetes.io/hostname"
        }]
      }
    },
    tolerations: [{ key: "a", operator: "Exists", tolerationSeconds: 30, effect: "NoExecute" }],
    topologySpreadConstraints: [{
      maxSkew: 1,
      topologyKey: "zone",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: selector
    }]
  }
  const template = { metadata: { labels }, spec: podSpec }
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
  const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }]
  const subjects = [{ kind: "User", name: "a", apiGroup: "rbac.authorization.k8s.io" }]
  const webhooks = [{
    name: "nobody.example.com",
    clientConfig: { url: "https://webhook.example.com/" },
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy: "Ignore",
    rules: [{ apiGroups: ["nobody.example.com"], apiVersions: ["v1"], resources: ["nothings"], operations: ["CREATE"] }]
  }]
  const matchConstraints = {
    resourceRules: [{
      apiGroups: ["nobody.example.com"],
      apiVersions: ["v1"],
      resources: ["nothings"],
      operations: ["CREATE"]
    }]
  }
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "a" }
  const backend = { service: { name: "a", port: { number: 80 } } }
  const group = `${namespace}.kinds.example.com`
  return [
    of(core.ConfigMap, { metadata, data: { a: "1" }, binaryData: { b: "AAE=" }, immutable: false }),
    of(core.Secret, { metadata, stringData: { a: "1" }, type: "Opaque" }),
    of(core.Service, { metadata, spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] } }),
    of(core.ServiceAccount, { metadata, automountServiceAccountToken: false, imagePullSecrets: [{ name: "a" }] }),
    of(core.Pod, { metadata, spec: podSpec }),
    of(core.PodTemplate, { metadata, template }),
    of(core.ReplicationController, { metadata, spec: { replicas: 0, selector: labels, template } }),
    of(core.PersistentVolumeClaim, { metadata, spec: claim }),
    of(core.PersistentVolume, {
      metadata,
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/tmp" } }
    }),
    of(core.ResourceQuota, { metadata, spec: { hard: { "requests.example.com/a": "10" } } }),
    of(core.LimitRange, { metadata, spec: { limits: [{ type: "PersistentVolumeClaim", max: { storage: "1Ti" } }] } }),
    of(core.Endpoints, { metadata, subsets: [{ addresses: [{ ip: "10.1.2.3" }], ports: [{ port: 80 }] }] }),
    of(core.Event, {
      metadata,
      involvedObject: { kind: "Pod", namespace, name: "a" },
      reason: "Started",
      type: "Normal",
      count: 1,
      firstTimestamp: "2026-01-01T00:00:00Z"
    }),
    of(core.Node, { metadata, spec: { taints: [{ key: "a", effect: "NoSchedule" }] } }),
    of(apps.Deployment, { metadata, spec: { replicas: 0, selector, template } }),
    of(apps.StatefulSet, {
      metadata,
      spec: {
        replicas: 0,
        selector,
        template,
        serviceName: "a",
        volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim }]
      }
    }),
    of(apps.DaemonSet, {
      metadata,
      spec: { selector, template, updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } } }
    }),
    of(apps.ReplicaSet, { metadata, spec: { replicas: 0, selector, template } }),
    of(apps.ControllerRevision, { metadata, data: { spec: { a: [1, { b: null }] } }, revision: 1 }),
    of(batch.Job, {
      metadata,
      spec: {
        suspend: true,
        template: { spec: { ...podSpec, restartPolicy: "Never" } },
        podFailurePolicy: {
          rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }]
        }
      }
    }),
    of(batch.CronJob, {
      metadata,
      spec: {
        schedule: "@daily",
        suspend: true,
        jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: "Never" } } } }
      }
    }),
    of(autoscalingV1.HorizontalPodAutoscaler, {
      metadata: { ...metadata, name: `${metadata.name}-1` },
      spec: { maxReplicas: 3, scaleTargetRef, targetCPUUtilizationPercentage: 50 }
    }),
    of(autoscalingV2.HorizontalPodAutoscaler, {
      metadata,
      spec: {
        maxReplicas: 3,
        scaleTargetRef,
        metrics: [{
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } }
        }],
        behavior: { scaleDown: { policies: [{ type: "Percent", value: 10, periodSeconds: 60 }] } }
      }
    }),
    of(policy.PodDisruptionBudget, { metadata, spec: { selector, maxUnavailable: "50%" } }),
    of(networking.Ingress, {
      metadata,
      spec: {
        defaultBackend: backend,
        rules: [{ host: "a.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }]
      }
    }),
    of(networking.IngressClass, { metadata, spec: { controller: "example.com/ingress" } }),
    of(networking.NetworkPolicy, {
      metadata,
      spec: {
        podSelector: {},
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: [{ port: 80 }, { port: "http" }] }]
      }
    }),
    of(networking.ServiceCIDR, { metadata, spec: { cidrs: ["10.77.0.0/24"] } }),
    of(rbac.Role, { metadata, rules }),
    of(rbac.RoleBinding, {
      metadata,
      subjects,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "a" }
    }),
    of(rbac.ClusterRole, {
      metadata,
      rules: [...rules, { nonResourceURLs: ["/healthz"], verbs: ["get"] }],
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { kinds: "no" } }] }
    }),
    of(rbac.ClusterRoleBinding, {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "a" }
    }),
    of(storage.StorageClass, {
      metadata,
      provisioner: "example.com/disk",
      parameters: { a: "b" },
      allowedTopologies: [{ matchLabelExpressions: [{ key: "zone", values: ["a"] }] }]
    }),
    of(storage.CSIDriver, {
      metadata,
      spec: { attachRequired: false, tokenRequests: [{ audience: "a", expirationSeconds: 3600 }] }
    }),
    of(storage.CSINode, {
      metadata,
      spec: { drivers: [{ name: "a.example.com", nodeID: "n", allocatable: { count: 3 }, topologyKeys: [] }] }
    }),
    of(storage.CSIStorageCapacity, { metadata, storageClassName: "a", capacity: "1Gi", nodeTopology: selector }),
    of(storage.VolumeAttachment, {
      metadata,
      spec: { attacher: "example.com", nodeName: "a", source: { persistentVolumeName: "a" } }
    }),
    of(storage.VolumeAttributesClass, { metadata, driverName: "example.com", parameters: { iops: "1" } }),
    of(coordination.Lease, {
      metadata,
      spec: { holderIdentity: "a", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.123456Z" }
    }),
    of(discovery.EndpointSlice, {
      metadata,
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.1.2.3"], conditions: { ready: true }, hints: { forZones: [{ name: "a" }] } }],
      ports: [{ name: "", port: 80 }]
    }),
    of(scheduling.PriorityClass, { metadata, value: 1000, globalDefault: false, preemptionPolicy: "Never" }),
    of(node.RuntimeClass, { metadata, handler: "runc", overhead: { podFixed: { cpu: "10m" } } }),
    of(events.Event, {
      metadata: { ...metadata, name: `${metadata.name}-2` },
      eventTime: "2026-01-01T00:00:00.000001Z",
      regarding: { kind: "Pod", namespace, name: "a" },
      reportingController: "example.com/test",
      reportingInstance: "a",
      action: "Start",
      reason: "Started",
      type: "Normal"
    }),
    of(flowcontrol.FlowSchema, {
      metadata,
      spec: {
        priorityLevelConfiguration: { name: "global-default" },
        matchingPrecedence: 9999,
        rules: [{
          subjects: [{ kind: "User", user: { name: "nobody" } }],
          nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/nothing"] }]
        }]
      }
    }),
    of(flowcontrol.PriorityLevelConfiguration, {
      metadata,
      spec: {
        type: "Limited",
        limited: {
          nominalConcurrencyShares: 1,
          limitResponse: { type: "Queue", queuing: { queues: 8, handSize: 4, queueLengthLimit: 5 } }
        }
      }
    }),
    of(admissionregistration.ValidatingWebhookConfiguration, { metadata, webhooks }),
    of(admissionregistration.MutatingWebhookConfiguration, { metadata, webhooks }),
    of(admissionregistration.ValidatingAdmissionPolicy, {
      metadata,
      spec: { matchConstraints, validations: [{ expression: "true", message: "a" }] }
    }),
    of(admissionregistration.ValidatingAdmissionPolicyBinding, {
      metadata,
      spec: { policyName: metadata.name, validationActions: ["Deny"] }
    }),
    of(admissionregistration.MutatingAdmissionPolicy, {
      metadata,
      spec: {
        matchConstraints,
        reinvocationPolicy: "Never",
        mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }]
      }
    }),
    of(admissionregistration.MutatingAdmissionPolicyBinding, { metadata, spec: { policyName: metadata.name } }),
    of(apiextensions.CustomResourceDefinition, {
      metadata: { ...metadata, name: `things.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { plural: "things", kind: "Thing" },
        versions: [{
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: {
                spec: {
                  type: "object",
                  required: ["a"],
                  properties: {
                    a: { type: "integer", default: 3, enum: [1, 2, 3], minimum: 1, maximum: 3.0 },
                    b: { type: "array", items: { type: "string", nullable: true }, "x-kubernetes-list-type": "atomic" },
                    c: { type: "object", additionalProperties: { type: "number" }, default: { x: 1.5 } },
                    d: { "x-kubernetes-int-or-string": true },
                    e: { type: "object", "x-kubernetes-preserve-unknown-fields": true }
                  },
                  "x-kubernetes-validations": [{ rule: "self.a > 0" }]
                }
              }
            }
          },
          subresources: { status: {} },
          additionalPrinterColumns: [{ name: "A", type: "integer", jsonPath: ".spec.a" }]
        }]
      }
    }),
    of(certificates.CertificateSigningRequest, {
      metadata,
      spec: { request: certificateRequest, signerName: "example.com/signer", usages: ["client auth"] }
    }),
    of(resource.DeviceClass, {
      metadata,
      spec: {
        selectors: [{ cel: { expression: "device.driver == \"a.example.com\"" } }],
        config: [{ opaque: { driver: "a.example.com", parameters: { a: 1 } } }]
      }
    }),
    of(resource.ResourceClaim, {
      metadata,
      spec: { devices: { requests: [{ name: "a", exactly: { deviceClassName: "a", count: 1 } }] } }
    }),
    of(resource.ResourceClaimTemplate, {
      metadata,
      spec: { spec: { devices: { requests: [{ name: "a", exactly: { deviceClassName: "a" } }] } } }
    }),
    of(resource.ResourceSlice, {
      metadata,
      spec: {
        driver: "a.example.com",
        nodeName: "a",
        pool: { name: "p", generation: 1, resourceSliceCount: 1 },
        devices: [{
          name: "d",
          attributes: { model: { string: "a" }, size: { int: 3 } },
          capacity: { memory: { value: "1Gi" } }
        }]
      }
    }),
    of(storagemigration.StorageVersionMigration, {
      metadata,
      spec: { resource: { group: "", resource: "configmaps" } }
    })
  ]
}
