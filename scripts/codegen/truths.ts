/**
 * Where a real API server differs from its own documents, or knows more than they say. Each line is checked against a
 * real server by test/kinds/kinds.real.test.ts, truths.real.test.ts or all.real.test.ts, so that one which is no longer
 * true is found.
 */

export interface Truths {
  /** Required fields that are sent as `null` where they are not set: Go's pointers and times that are always written. */
  readonly nullable: ReadonlyArray<string>
  /** Kinds whose creation is answered with a `Status`. */
  readonly answeredByStatus: ReadonlyArray<string>
  /** The features without which a server does not serve a resource, whatever its version, with those that they need. */
  readonly featureGates: { readonly [resource: string]: ReadonlyArray<string> }
  /** Values of a union's discriminator, where documents have the names of Go's fields in their place. */
  readonly discriminatorValues: { readonly [member: string]: string }
}

export const truths: Truths = {
  nullable: [
    "io.k8s.apimachinery.pkg.apis.meta.v1.Condition.lastTransitionTime",
    "io.k8s.api.certificates.v1.PodCertificateRequestSpec.stubPKCS10Request",
    "io.k8s.api.certificates.v1beta1.PodCertificateRequestSpec.stubPKCS10Request",
    "io.k8s.api.core.v1.ScaleIOPersistentVolumeSource.secretRef",
    "io.k8s.api.core.v1.ScaleIOVolumeSource.secretRef",
    "io.k8s.api.events.v1.Event.eventTime",
    "io.k8s.api.events.v1.EventSeries.lastObservedTime"
  ],
  answeredByStatus: [
    "io.k8s.api.core.v1.Binding"
  ],
  featureGates: {
    "lifecycle.k8s.io/evictionrequests": ["EvictionRequestAPI"],
    "lifecycle.k8s.io/evictions": ["EvictionRequestAPI"],
    "scheduling.k8s.io/compositepodgroups": ["CompositePodGroup", "GenericWorkload", "TopologyAwareWorkloadScheduling"],
    "scheduling.k8s.io/podgroups": ["GenericWorkload"],
    "scheduling.k8s.io/workloads": ["GenericWorkload"]
  },
  discriminatorValues: {
    "io.k8s.api.core.v1.AppArmorProfile.localhostProfile": "Localhost",
    "io.k8s.api.core.v1.SeccompProfile.localhostProfile": "Localhost",
    "io.k8s.api.flowcontrol.v1.LimitResponse.queuing": "Queue"
  }
}
