/**
 * Fields that a built-in kind's object always shows, filled in or not: a Lease without a spec is read with an empty one,
 * and a bookmark's object has nothing else. The table is what the bookmarks of a kube-apiserver 1.37 hold.
 */
import { isObject, type JsonObject, own } from "./json.js"

/** `group/version/plural` to what stands beside metadata in an object that nobody filled in. */
const zeros: { readonly [resource: string]: JsonObject } = {
  "/v1/events": {
    involvedObject: {},
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: null,
    reportingComponent: "",
    reportingInstance: ""
  },
  "/v1/limitranges": { spec: { limits: null } },
  "/v1/namespaces": { spec: {}, status: {} },
  "/v1/nodes": {
    spec: {},
    status: {
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
      nodeInfo: {
        machineID: "",
        systemUUID: "",
        bootID: "",
        kernelVersion: "",
        osImage: "",
        containerRuntimeVersion: "",
        kubeletVersion: "",
        kubeProxyVersion: "",
        operatingSystem: "",
        architecture: ""
      }
    }
  },
  "/v1/persistentvolumeclaims": { spec: { resources: {} }, status: {} },
  "/v1/persistentvolumes": { spec: {}, status: {} },
  "/v1/pods": { spec: { containers: null }, status: {} },
  "/v1/podtemplates": { template: { metadata: {}, spec: { containers: null } } },
  "/v1/replicationcontrollers": { spec: {}, status: { replicas: 0 } },
  "/v1/resourcequotas": { spec: {}, status: {} },
  "/v1/services": { spec: {}, status: { loadBalancer: {} } },
  "apiregistration.k8s.io/v1/apiservices": { spec: { groupPriorityMinimum: 0, versionPriority: 0 }, status: {} },
  "apps/v1/controllerrevisions": { data: null, revision: 0 },
  "apps/v1/daemonsets": {
    spec: { selector: null, template: { metadata: {}, spec: { containers: null } }, updateStrategy: {} },
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
  },
  "apps/v1/deployments": {
    spec: { replicas: 0, selector: null, template: { metadata: {}, spec: { containers: null } }, strategy: {} },
    status: {}
  },
  "apps/v1/replicasets": {
    spec: { replicas: 0, selector: null, template: { metadata: {}, spec: { containers: null } } },
    status: { replicas: 0 }
  },
  "apps/v1/statefulsets": {
    spec: {
      replicas: 0,
      selector: null,
      template: { metadata: {}, spec: { containers: null } },
      serviceName: "",
      updateStrategy: {}
    },
    status: { replicas: 0, availableReplicas: 0 }
  },
  "events.k8s.io/v1/events": {
    eventTime: null,
    regarding: {},
    deprecatedSource: {},
    deprecatedFirstTimestamp: null,
    deprecatedLastTimestamp: null
  },
  "autoscaling/v2/horizontalpodautoscalers": {
    spec: { scaleTargetRef: { kind: "", name: "" }, maxReplicas: 0 },
    status: { desiredReplicas: 0, currentMetrics: null }
  },
  "autoscaling/v1/horizontalpodautoscalers": {
    spec: { scaleTargetRef: { kind: "", name: "" }, maxReplicas: 0 },
    status: { currentReplicas: 0, desiredReplicas: 0 }
  },
  "batch/v1/cronjobs": {
    spec: {
      schedule: "",
      jobTemplate: { metadata: {}, spec: { template: { metadata: {}, spec: { containers: null } } } }
    },
    status: {}
  },
  "batch/v1/jobs": { spec: { template: { metadata: {}, spec: { containers: null } } }, status: {} },
  "certificates.k8s.io/v1/certificatesigningrequests": { spec: { request: null, signerName: "" }, status: {} },
  "certificates.k8s.io/v1/clustertrustbundles": { spec: { trustBundle: "" } },
  "certificates.k8s.io/v1/podcertificaterequests": {
    spec: {
      signerName: "",
      podName: "",
      podUID: "",
      serviceAccountName: "",
      serviceAccountUID: "",
      nodeName: "",
      nodeUID: "",
      stubPKCS10Request: null
    },
    status: {}
  },
  "networking.k8s.io/v1/ingressclasses": { spec: {} },
  "networking.k8s.io/v1/ingresses": { spec: {}, status: { loadBalancer: {} } },
  "networking.k8s.io/v1/ipaddresses": { spec: {} },
  "networking.k8s.io/v1/networkpolicies": { spec: { podSelector: {} } },
  "networking.k8s.io/v1/servicecidrs": { spec: {}, status: {} },
  "policy/v1/poddisruptionbudgets": {
    spec: {},
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }
  },
  "rbac.authorization.k8s.io/v1/clusterrolebindings": { roleRef: { apiGroup: "", kind: "", name: "" } },
  "rbac.authorization.k8s.io/v1/clusterroles": { rules: null },
  "rbac.authorization.k8s.io/v1/rolebindings": { roleRef: { apiGroup: "", kind: "", name: "" } },
  "rbac.authorization.k8s.io/v1/roles": { rules: null },
  "storage.k8s.io/v1/csidrivers": { spec: {} },
  "storage.k8s.io/v1/csinodes": { spec: { drivers: null }, status: {} },
  "storage.k8s.io/v1/csistoragecapacities": { storageClassName: "" },
  "storage.k8s.io/v1/storageclasses": { provisioner: "" },
  "storage.k8s.io/v1/volumeattachments": {
    spec: { attacher: "", source: {}, nodeName: "" },
    status: { attached: false }
  },
  "storage.k8s.io/v1/volumeattributesclasses": { driverName: "" },
  "admissionregistration.k8s.io/v1/mutatingadmissionpolicies": { spec: {} },
  "admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings": { spec: {} },
  "admissionregistration.k8s.io/v1/validatingadmissionpolicies": { spec: {}, status: {} },
  "admissionregistration.k8s.io/v1/validatingadmissionpolicybindings": { spec: {} },
  "apiextensions.k8s.io/v1/customresourcedefinitions": {
    spec: { group: "", names: { plural: "", kind: "" }, scope: "", versions: null },
    status: { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: null }
  },
  "scheduling.k8s.io/v1/priorityclasses": { value: 0 },
  "coordination.k8s.io/v1/leases": { spec: {} },
  "node.k8s.io/v1/runtimeclasses": { handler: "" },
  "discovery.k8s.io/v1/endpointslices": { addressType: "", endpoints: null, ports: null },
  "resource.k8s.io/v1/deviceclasses": { spec: {} },
  "resource.k8s.io/v1/devicetaintrules": { spec: { taint: { key: "", effect: "" } }, status: {} },
  "resource.k8s.io/v1/resourceclaims": { spec: { devices: { requests: null } }, status: {} },
  "resource.k8s.io/v1/resourceclaimtemplates": { spec: { metadata: {}, spec: { devices: { requests: null } } } },
  "resource.k8s.io/v1/resourceslices": {
    spec: { driver: "", pool: { name: "", generation: 0, resourceSliceCount: 0 } }
  },
  "flowcontrol.apiserver.k8s.io/v1/flowschemas": {
    spec: { priorityLevelConfiguration: { name: "" }, matchingPrecedence: 0 },
    status: {}
  },
  "flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations": { spec: { type: "" }, status: {} },
  "storagemigration.k8s.io/v1/storageversionmigrations": { spec: { resource: { group: "", resource: "" } }, status: {} }
}

/** Versions that are stored in the form of another one. */
const storedAs: { readonly [resource: string]: string } = {
  "events.k8s.io/v1/events": "/v1/events",
  "autoscaling/v1/horizontalpodautoscalers": "autoscaling/v2/horizontalpodautoscalers"
}

/** The zeros of the form in which a version is stored. */
export const storedZeroOf = (group: string, version: string, plural: string): JsonObject => {
  const resource = `${group}/${version}/${plural}`
  return zeros[storedAs[resource] ?? resource] ?? {}
}

export const zeroOf = (group: string, version: string, plural: string): JsonObject =>
  zeros[`${group}/${version}/${plural}`] ?? {}

/** Zeros that stand for what a default fills in: leaving them out is nearer to the truth. */
const defaulted: ReadonlySet<string> = new Set(["spec.replicas"])

const fill = (zero: JsonObject, object: JsonObject, path: string): JsonObject => {
  let filled = object
  for (const key of Object.keys(zero)) {
    const at = path === "" ? key : `${path}.${key}`
    if (defaulted.has(at)) continue
    const value = own(object, key)
    const empty = zero[key]
    const next = value === undefined || value === null
      ? empty
      : isObject(empty) && isObject(value)
      ? fill(empty, value, at)
      : value
    if (next !== value) {
      if (filled === object) filled = { ...object }
      filled[key] = next
    }
  }
  return filled
}

/** The object with the zeros that it lacks. */
export const fillZero = (zero: JsonObject, object: JsonObject): JsonObject => fill(zero, object, "")
