/**
 * The layout of each resource, as a table: built-in ones by their name, custom ones by the columns of their definition.
 *
 * ```ts
 * import type { Served } from "../served.js"
 * import { layoutOf } from "./layouts.js"
 *
 * const columns = (served: Served) => layoutOf(served).columns.map((column) => column.name)
 * ```
 */
import type { Served } from "../served.js"
import * as access from "./access.js"
import { horizontalPodAutoscaler } from "./autoscaling.js"
import * as cluster from "./cluster.js"
import { customLayout } from "./customColumns.js"
import { defaultLayout, type Layout } from "./layout.js"
import * as network from "./network.js"
import { podLayout } from "./pods.js"
import * as volumes from "./volumes.js"
import * as workloads from "./workloads.js"

/** By where the objects are kept: the versions of a resource look the same. */
const layouts: { readonly [resource: string]: Layout } = {
  "/componentstatuses": cluster.componentStatus,
  "/configmaps": cluster.configMap,
  "/endpoints": network.endpoints,
  "/events": cluster.event,
  "/namespaces": cluster.namespace,
  "/nodes": cluster.node,
  "/persistentvolumeclaims": volumes.persistentVolumeClaim,
  "/persistentvolumes": volumes.persistentVolume,
  "/pods": podLayout,
  "/podtemplates": workloads.podTemplate,
  "/replicationcontrollers": workloads.replicationController,
  "/resourcequotas": cluster.resourceQuota,
  "/secrets": cluster.secret,
  "/serviceaccounts": cluster.plain,
  "/services": network.service,
  "admissionregistration.k8s.io/mutatingadmissionpolicies": access.mutatingPolicy,
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": access.policyBinding,
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": access.webhookConfiguration,
  "admissionregistration.k8s.io/validatingadmissionpolicies": access.validatingPolicy,
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": access.policyBinding,
  "admissionregistration.k8s.io/validatingwebhookconfigurations": access.webhookConfiguration,
  "apiextensions.k8s.io/customresourcedefinitions": cluster.customResourceDefinition,
  "apiregistration.k8s.io/apiservices": cluster.apiService,
  "apps/controllerrevisions": workloads.controllerRevision,
  "apps/daemonsets": workloads.daemonSet,
  "apps/deployments": workloads.deployment,
  "apps/replicasets": workloads.replicaSet,
  "apps/statefulsets": workloads.statefulSet,
  "autoscaling/horizontalpodautoscalers": horizontalPodAutoscaler,
  "batch/cronjobs": workloads.cronJob,
  "batch/jobs": workloads.job,
  "certificates.k8s.io/certificatesigningrequests": access.certificateSigningRequest,
  "certificates.k8s.io/clustertrustbundles": access.clusterTrustBundle,
  "certificates.k8s.io/podcertificaterequests": access.podCertificateRequest,
  "coordination.k8s.io/leases": cluster.lease,
  "discovery.k8s.io/endpointslices": network.endpointSlice,
  "flowcontrol.apiserver.k8s.io/flowschemas": cluster.flowSchema,
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": cluster.priorityLevel,
  "networking.k8s.io/ingressclasses": network.ingressClass,
  "networking.k8s.io/ingresses": network.ingress,
  "networking.k8s.io/ipaddresses": network.ipAddress,
  "networking.k8s.io/networkpolicies": network.networkPolicy,
  "networking.k8s.io/servicecidrs": network.serviceCidr,
  "node.k8s.io/runtimeclasses": cluster.runtimeClass,
  "policy/poddisruptionbudgets": workloads.podDisruptionBudget,
  "rbac.authorization.k8s.io/clusterrolebindings": access.roleBinding,
  "rbac.authorization.k8s.io/rolebindings": access.roleBinding,
  "resource.k8s.io/deviceclasses": cluster.plain,
  "resource.k8s.io/devicetaintrules": access.deviceTaintRule,
  "resource.k8s.io/resourceclaims": access.resourceClaim,
  "resource.k8s.io/resourceclaimtemplates": cluster.plain,
  "resource.k8s.io/resourceslices": access.resourceSlice,
  "scheduling.k8s.io/priorityclasses": cluster.priorityClass,
  "storage.k8s.io/csidrivers": volumes.csiDriver,
  "storage.k8s.io/csinodes": volumes.csiNode,
  "storage.k8s.io/storageclasses": volumes.storageClass,
  "storage.k8s.io/volumeattachments": volumes.volumeAttachment,
  "storage.k8s.io/volumeattributesclasses": volumes.volumeAttributesClass,
  "storagemigration.k8s.io/storageversionmigrations": cluster.storageVersionMigration
}

const custom = new WeakMap<Served, Layout>()

/** The layout of a resource; names and creation times where there is none of its own. */
export const layoutOf = (served: Served): Layout => {
  if (served.custom === undefined) return layouts[served.storage] ?? defaultLayout
  const known = custom.get(served)
  if (known !== undefined) return known
  const layout = customLayout(served.custom.columns)
  custom.set(served, layout)
  return layout
}
