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
import { child, isObject, type JsonObject, text } from "./json.js"
import { namespaceStrategy } from "./namespaces.js"
import { podStrategy } from "./pods.js"
import { configMapStrategy, secretStrategy } from "./secrets.js"
import { typed } from "./typed.js"

export interface Strategy {
  /** Created with generation 1, which counts the changes of everything but metadata and status. */
  readonly generation: boolean
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
  /** Fills in what the server knows of a new object. */
  readonly prepareCreate: (object: JsonObject) => JsonObject
  /** Keeps what the client may not change. */
  readonly prepareUpdate: (object: JsonObject, previous: JsonObject) => JsonObject
  /** Reads a body, where the kind has a decoder of its own. */
  readonly decode: ((body: JsonObject) => Decoded) | undefined
  /** Whether its own validation looks at metadata too. */
  readonly validatesMetadata: boolean
  /** What the author of an object should know, though nothing is refused. */
  readonly warnings: (object: JsonObject) => ReadonlyArray<string>
  readonly validateCreate: (object: JsonObject) => ReadonlyArray<Cause>
  readonly validateUpdate: (object: JsonObject, previous: JsonObject) => ReadonlyArray<Cause>
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
  annotationsCount: false,
  unconditionalUpdate: true,
  createOnUpdate: false,
  answersDeleted: false,
  statusKeeps: [],
  propagation: "Background",
  names: "subdomain",
  fields: {},
  unknownField: (label) => `"${label}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  prepareCreate: (object) => object,
  prepareUpdate: (object) => object,
  decode: undefined,
  validatesMetadata: false,
  warnings: () => [],
  validateCreate: () => [],
  validateUpdate: () => [],
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
  "/configmaps": { ...typed("ConfigMap"), ...configMapStrategy },
  "/endpoints": created,
  "/events": {
    ...created,
    propagation: "None",
    ...selectable(
      ...involved.map((field) => `involvedObject.${field}`),
      "reason",
      "reportingComponent",
      "source",
      "type"
    )
  },
  "/limitranges": created,
  "/namespaces": { ...answered, ...selectable("status.phase"), ...namespaceStrategy },
  "/nodes": selectable("spec.unschedulable"),
  "/persistentvolumeclaims": answered,
  "/persistentvolumes": answered,
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
    ...podStrategy
  },
  "/podtemplates": { ...counted, ...answered },
  "/replicationcontrollers": { ...counted, propagation: "Orphan", ...selectable("status.replicas") },
  "/resourcequotas": answered,
  "/secrets": { ...typed("Secret"), ...selectable("type"), ...secretStrategy },
  "/serviceaccounts": answered,
  "/services": { ...created, ...answered, names: "label1035", ...selectable("spec.clusterIP", "spec.type") },
  "admissionregistration.k8s.io/mutatingadmissionpolicies": { ...counted, ...strict },
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": { ...counted, ...strict },
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": { ...counted, ...strict },
  "admissionregistration.k8s.io/validatingadmissionpolicies": { ...counted, ...strict, ...statusOnly },
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": { ...counted, ...strict },
  "admissionregistration.k8s.io/validatingwebhookconfigurations": { ...counted, ...strict },
  "apiextensions.k8s.io/customresourcedefinitions": { ...counted, ...strict, ...statusOnly, ...definitionStrategy },
  "apiregistration.k8s.io/apiservices": strict,
  "apps/daemonsets": counted,
  "apps/deployments": { ...counted, annotationsCount: true, statusKeeps: ["labels"] },
  "apps/replicasets": counted,
  "apps/statefulsets": counted,
  "autoscaling/horizontalpodautoscalers": counted,
  "batch/cronjobs": counted,
  "batch/jobs": {
    ...counted,
    propagation: "Orphan",
    fields: { "status.successful": "status.succeeded" },
    unknownField: (label) => `field label "${label}" not supported for Job`
  },
  "certificates.k8s.io/certificatesigningrequests": selectable("spec.signerName"),
  "certificates.k8s.io/clustertrustbundles": { ...strict, ...selectable("spec.signerName") },
  "certificates.k8s.io/podcertificaterequests": {
    ...strict,
    ...statusOnly,
    ...selectable("spec.signerName", "spec.podName", "spec.nodeName")
  },
  "coordination.k8s.io/leases": { ...typed("Lease"), ...created, ...strict },
  "discovery.k8s.io/endpointslices": counted,
  "events.k8s.io/events": {
    ...created,
    propagation: "None",
    ...selectable(...involved.map((field) => `regarding.${field}`), "reason", "reportingController", "type")
  },
  "flowcontrol.apiserver.k8s.io/flowschemas": { ...counted, ...statusOnly },
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": { ...counted, ...statusOnly },
  "networking.k8s.io/ingressclasses": counted,
  "networking.k8s.io/ingresses": counted,
  "networking.k8s.io/networkpolicies": counted,
  "networking.k8s.io/servicecidrs": statusOnly,
  "node.k8s.io/runtimeclasses": { ...created, ...strict },
  "policy/poddisruptionbudgets": { ...counted, ...strict },
  "rbac.authorization.k8s.io/clusterrolebindings": { ...created, names: "path" },
  "rbac.authorization.k8s.io/clusterroles": { ...created, names: "path" },
  "rbac.authorization.k8s.io/rolebindings": { ...created, names: "path" },
  "rbac.authorization.k8s.io/roles": { ...created, names: "path" },
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
  "scheduling.k8s.io/priorityclasses": counted,
  "storage.k8s.io/csidrivers": { ...strict, ...answered },
  "storage.k8s.io/csinodes": { ...strict, ...answered, ...statusOnly },
  "storage.k8s.io/csistoragecapacities": strict,
  "storage.k8s.io/storageclasses": answered,
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

/** Name and namespace of an object that has them. */
export const nameOf = (object: JsonObject): string => text(child(object, "metadata"), "name") ?? ""
