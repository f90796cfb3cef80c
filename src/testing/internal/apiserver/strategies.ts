/**
 * What kinds do of their own when they are written, as a table: which have a generation, which may be replaced without a
 * resourceVersion, what their status endpoint takes, what a delete answers. The registry knows no kind by name.
 *
 * ```ts
 * import { strategyOf } from "./strategies.js"
 *
 * strategyOf("coordination.k8s.io/leases").createOnUpdate // true
 * ```
 *
 * Rules: the contract of the API server (S4, S6, S9, S11, S12, S16, S19, S43), read off a kube-apiserver 1.37.
 */
import type { Cause, Decoded } from "../structural.js"
import { definitionStrategy } from "./definitions.js"
import { isObject, type JsonObject } from "./json.js"
import { autoscalerStrategy } from "./kinds/autoscalers.js"
import { claimStrategy } from "./kinds/claims.js"
import { priorityClassStrategy, runtimeClassStrategy } from "./kinds/classes.js"
import { cronJobStrategy } from "./kinds/cronJobs.js"
import { disruptionBudgetStrategy } from "./kinds/disruptionBudgets.js"
import { endpointSliceStrategy, endpointsStrategy } from "./kinds/endpoints.js"
import { flowSchemaStrategy, priorityLevelStrategy } from "./kinds/flowControl.js"
import { ingressClassStrategy, ingressStrategy } from "./kinds/ingresses.js"
import { jobStrategy } from "./kinds/jobs.js"
import { eventStrategy, leaseStrategy, youngEventStrategy } from "./kinds/leases.js"
import { networkPolicyStrategy } from "./kinds/networkPolicies.js"
import { nodeStrategy } from "./kinds/nodes.js"
import { podStrategy } from "./kinds/pods.js"
import { limitRangeStrategy, quotaStrategy } from "./kinds/quotas.js"
import { clusterRoleBindingStrategy, clusterRoleStrategy, roleBindingStrategy, roleStrategy } from "./kinds/rbac.js"
import { serviceStrategy } from "./kinds/services.js"
import { csiDriverStrategy, csiNodeStrategy, storageClassStrategy } from "./kinds/storageClasses.js"
import { volumeStrategy } from "./kinds/volumes.js"
import { apiServiceStrategy, mutatingWebhookStrategy, validatingWebhookStrategy } from "./kinds/webhooks.js"
import {
  controllerRevisionStrategy,
  deploymentStrategy,
  podTemplateStrategy,
  replicaSetStrategy,
  replicationControllerStrategy
} from "./kinds/workloads.js"
import { daemonSetStrategy, statefulSetStrategy } from "./kinds/workloadSets.js"
import { namespaceStrategy } from "./namespaces.js"
import type { Moment } from "./objectMeta.js"
import { configMapStrategy, secretStrategy, serviceAccountStrategy } from "./secrets.js"
import type { Storage } from "./storage.js"
import { signingRequestStrategy } from "./subresources/approval.js"
import type { Endpoints } from "./subresources/endpoint.js"
import { podEndpoints } from "./subresources/podEndpoints.js"

/** What a write sees of the server. */
export interface State {
  readonly storage: Storage
  readonly moment: Moment
}

export interface Strategy {
  /** Created with generation 1, which counts the changes of everything but metadata and status. */
  readonly generation: boolean
  /** Created without a generation, which its first change brings. */
  readonly lateGeneration: boolean
  /** A new object may come with a status. */
  readonly takesStatus: boolean
  /** A change of its annotations counts too. */
  readonly annotationsCount: boolean
  /** A replace without a resourceVersion is taken. */
  readonly unconditionalUpdate: boolean
  /** A replace of what does not exist creates it. */
  readonly createOnUpdate: boolean
  /** A delete that is done answers the object, not a Status. */
  readonly answersDeleted: boolean
  /** What the status endpoint takes of the metadata: nothing, or all but these fields. */
  readonly statusKeeps: "all" | ReadonlyArray<string>
  /** What becomes of dependents when a delete does not say; `None` where the garbage collector is never asked. */
  readonly propagation: "Background" | "Orphan" | "None"
  readonly names: "subdomain" | "label" | "label1035" | "path"
  /** Field selectors beside metadata.name and metadata.namespace: label to path, and the refusal of any other. */
  readonly fields: { readonly [label: string]: string }
  readonly unknownField: (label: string) => string
  /** Fills in what the server fills in when it reads an object, for a write as for a patch. The object is fresh: it may be changed in place. */
  readonly defaults: (object: JsonObject) => JsonObject
  /**
   * What comes before all else in a write at the main endpoint and looks at what else is stored: classes that are the
   * default, addresses that are free. May refuse. `previous` is missing where the object is new.
   */
  readonly begin: (object: JsonObject, previous: JsonObject | undefined, state: State) => JsonObject
  /** Why an object that is valid may not be written after all: what a 403 says. */
  readonly forbids: (object: JsonObject, previous: JsonObject | undefined, state: State) => string | undefined
  /** Fills in what the server knows of a new object. */
  readonly prepareCreate: (object: JsonObject) => JsonObject
  /** Keeps what the client may not change. */
  readonly prepareUpdate: (object: JsonObject, previous: JsonObject) => JsonObject
  /** The same at the status endpoint. */
  readonly prepareStatus: (object: JsonObject, previous: JsonObject, state: State) => JsonObject
  /** Endpoints beside the main one and that of the status at which the object is written, by subresource. */
  readonly endpoints: Endpoints
  /** What of an object counts for its generation, where that is not everything but metadata and status. */
  readonly counted: ((object: JsonObject) => JsonObject) | undefined
  /** Reads a body, where the kind has a decoder of its own. */
  readonly decode: ((body: JsonObject) => Decoded) | undefined
  /** Whether its own validation looks at metadata too. */
  readonly validatesMetadata: boolean
  /** What whoever asks for anything of this kind is warned of. */
  readonly deprecation: string | undefined
  /** What the author of an object should know, though nothing is refused. */
  readonly warnings: (object: JsonObject, previous?: JsonObject) => ReadonlyArray<string>
  readonly validateCreate: (object: JsonObject) => ReadonlyArray<Cause>
  readonly validateUpdate: (object: JsonObject, previous: JsonObject) => ReadonlyArray<Cause>
  /** Of what is written at the status endpoint. */
  readonly validateStatus: (object: JsonObject, previous: JsonObject) => ReadonlyArray<Cause>
  /** Seconds that a deleted object lives on before it may go; nothing where a delete is never graceful. */
  readonly gracePeriod: ((object: JsonObject, requested: number | undefined) => number) | undefined
  /** How the refusal of a delete's precondition begins, where it is not the usual text. */
  readonly preconditions: string | undefined
  /** A delete of its own: what is stored instead of the object until somebody lets it go; nothing where it goes the usual way. */
  readonly terminate: ((object: JsonObject, now: string) => JsonObject | undefined) | undefined
  /** Whether an object that is being deleted and has no finalizers may go. */
  readonly mayGo: (object: JsonObject) => boolean
}

const plain: Strategy = {
  generation: false,
  lateGeneration: false,
  takesStatus: false,
  annotationsCount: false,
  unconditionalUpdate: true,
  createOnUpdate: false,
  answersDeleted: false,
  statusKeeps: [],
  propagation: "Background",
  names: "subdomain",
  fields: {},
  unknownField: (label) => `"${label}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  defaults: (object) => object,
  begin: (object) => object,
  forbids: () => undefined,
  prepareCreate: (object) => object,
  prepareUpdate: (object) => object,
  prepareStatus: (object) => object,
  endpoints: {},
  counted: undefined,
  decode: undefined,
  validatesMetadata: false,
  deprecation: undefined,
  warnings: () => [],
  validateCreate: () => [],
  validateUpdate: () => [],
  validateStatus: () => [],
  gracePeriod: undefined,
  preconditions: undefined,
  terminate: undefined,
  mayGo: () => true
}

const counted = { generation: true } as const
const strict = { unconditionalUpdate: false } as const
const created = { createOnUpdate: true } as const
const answered = { answersDeleted: true } as const
const statusOnly = { statusKeeps: "all" } as const
const selectable = (...labels: ReadonlyArray<string>): Partial<Strategy> => ({
  fields: Object.fromEntries(labels.map((label) => [label, label])),
  unknownField: (label) => `field label not supported: ${label}`
})

const involved = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"]

/** `group/plural` to what differs from the plain kind. */
const table: { readonly [resource: string]: Partial<Strategy> } = {
  "/componentstatuses": { deprecation: "v1 ComponentStatus is deprecated in v1.19+" },
  "/configmaps": { ...configMapStrategy },
  "/endpoints": {
    ...created,
    ...endpointsStrategy,
    deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
  },
  "/events": {
    ...created,
    propagation: "None",
    ...selectable(
      ...involved.map((field) => `involvedObject.${field}`),
      "reason",
      "reportingComponent",
      "source",
      "type"
    ),
    ...eventStrategy
  },
  "/limitranges": { ...created, ...limitRangeStrategy },
  "/namespaces": { ...answered, ...selectable("status.phase"), ...namespaceStrategy },
  "/nodes": { ...selectable("spec.unschedulable"), ...nodeStrategy },
  "/persistentvolumeclaims": { ...answered, ...claimStrategy },
  "/persistentvolumes": { ...answered, ...volumeStrategy },
  "/pods": {
    ...counted,
    ...answered,
    ...selectable(
      "spec.nodeName",
      "spec.restartPolicy",
      "spec.schedulerName",
      "spec.serviceAccountName",
      "spec.hostNetwork",
      "status.phase",
      "status.podIP",
      "status.podIPs",
      "status.nominatedNodeName"
    ),
    ...podStrategy,
    endpoints: podEndpoints
  },
  "/podtemplates": { ...counted, ...answered, ...podTemplateStrategy },
  "/replicationcontrollers": {
    ...counted,
    propagation: "Orphan",
    ...selectable("status.replicas"),
    ...replicationControllerStrategy
  },
  "/resourcequotas": { ...answered, ...quotaStrategy },
  "/secrets": { ...selectable("type"), ...secretStrategy },
  "/serviceaccounts": { ...answered, ...serviceAccountStrategy },
  "/services": { ...created, ...answered, ...selectable("spec.clusterIP", "spec.type"), ...serviceStrategy },
  "admissionregistration.k8s.io/mutatingadmissionpolicies": { ...counted, ...strict },
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": { ...counted, ...strict },
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": { ...counted, ...strict, ...mutatingWebhookStrategy },
  "admissionregistration.k8s.io/validatingadmissionpolicies": { ...counted, ...strict, ...statusOnly },
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": { ...counted, ...strict },
  "admissionregistration.k8s.io/validatingwebhookconfigurations": {
    ...counted,
    ...strict,
    ...validatingWebhookStrategy
  },
  "apiextensions.k8s.io/customresourcedefinitions": { ...counted, ...strict, ...statusOnly, ...definitionStrategy },
  "apiregistration.k8s.io/apiservices": { ...strict, ...apiServiceStrategy },
  "apps/controllerrevisions": controllerRevisionStrategy,
  "apps/daemonsets": { ...counted, ...daemonSetStrategy },
  "apps/deployments": { ...counted, annotationsCount: true, statusKeeps: ["labels"], ...deploymentStrategy },
  "apps/replicasets": { ...counted, ...replicaSetStrategy },
  "apps/statefulsets": { ...counted, ...statefulSetStrategy },
  "autoscaling/horizontalpodautoscalers": { ...counted, ...autoscalerStrategy },
  "batch/cronjobs": { ...counted, ...cronJobStrategy },
  "batch/jobs": {
    ...counted,
    propagation: "Orphan",
    fields: { "status.successful": "status.succeeded" },
    unknownField: (label) => `field label "${label}" not supported for Job`,
    ...jobStrategy
  },
  "certificates.k8s.io/certificatesigningrequests": {
    ...selectable("spec.signerName"),
    ...signingRequestStrategy
  },
  "certificates.k8s.io/clustertrustbundles": { ...strict, ...selectable("spec.signerName") },
  "certificates.k8s.io/podcertificaterequests": {
    ...strict,
    ...statusOnly,
    ...selectable("spec.signerName", "spec.podName", "spec.nodeName")
  },
  "coordination.k8s.io/leases": { ...created, ...strict, ...leaseStrategy },
  "discovery.k8s.io/endpointslices": { ...counted, ...endpointSliceStrategy },
  "events.k8s.io/events": {
    ...created,
    propagation: "None",
    ...selectable(...involved.map((field) => `regarding.${field}`), "reason", "reportingController", "type"),
    ...youngEventStrategy
  },
  "flowcontrol.apiserver.k8s.io/flowschemas": { ...counted, ...statusOnly, ...flowSchemaStrategy },
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": { ...counted, ...statusOnly, ...priorityLevelStrategy },
  "networking.k8s.io/ingressclasses": { ...counted, ...ingressClassStrategy },
  "networking.k8s.io/ingresses": { ...counted, ...ingressStrategy },
  "networking.k8s.io/networkpolicies": { ...counted, ...networkPolicyStrategy },
  "networking.k8s.io/servicecidrs": statusOnly,
  "node.k8s.io/runtimeclasses": { ...created, ...strict, ...runtimeClassStrategy },
  "policy/poddisruptionbudgets": { ...counted, ...strict, ...disruptionBudgetStrategy },
  "rbac.authorization.k8s.io/clusterrolebindings": { ...created, ...clusterRoleBindingStrategy },
  "rbac.authorization.k8s.io/clusterroles": { ...created, ...clusterRoleStrategy },
  "rbac.authorization.k8s.io/rolebindings": { ...created, ...roleBindingStrategy },
  "rbac.authorization.k8s.io/roles": { ...created, ...roleStrategy },
  "resource.k8s.io/deviceclasses": { ...counted, ...answered },
  "resource.k8s.io/devicetaintrules": { ...counted, ...strict, ...statusOnly },
  "resource.k8s.io/resourceclaims": { ...answered, ...statusOnly },
  "resource.k8s.io/resourceclaimtemplates": answered,
  "resource.k8s.io/resourceslices": {
    ...counted,
    ...answered,
    fields: { "spec.nodeName": "spec.nodeName", "spec.driver": "spec.driver", "spec.pool.name": "spec.pool.name" },
    unknownField: (label) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${label}`
  },
  "scheduling.k8s.io/priorityclasses": { ...counted, ...priorityClassStrategy },
  "storage.k8s.io/csidrivers": { ...counted, ...strict, ...answered, ...csiDriverStrategy },
  "storage.k8s.io/csinodes": { ...strict, ...answered, ...statusOnly, ...csiNodeStrategy },
  "storage.k8s.io/csistoragecapacities": strict,
  "storage.k8s.io/storageclasses": { ...answered, ...storageClassStrategy },
  "storage.k8s.io/volumeattachments": { ...strict, ...answered, ...statusOnly },
  "storage.k8s.io/volumeattributesclasses": answered,
  "storagemigration.k8s.io/storageversionmigrations": { ...strict, ...statusOnly }
}

/** The strategy of a built-in resource. */
export const strategyOf = (resource: string): Strategy => ({ ...plain, ...table[resource] })

/** The strategy of all custom resources. */
export const customStrategy: Strategy = {
  ...plain,
  generation: true,
  unconditionalUpdate: false,
  statusKeeps: "all",
  unknownField: (label) => `field label not supported: ${label}`
}

/** What a field selector compares: the text at a path, empty where there is nothing. */
export const fieldValue = (object: JsonObject, path: string): string => {
  let value: unknown = object
  for (const name of path.split(".")) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : ""
}
