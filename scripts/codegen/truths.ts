/**
 * Where a real API server differs from its own documents. Each line is checked against a real server by
 * test/kinds/kinds.real.test.ts, so that one which is no longer true is found.
 */

/** Required fields that are sent as `null` where they are not set: Go's pointers and times that are always written. */
export const nullable: ReadonlyArray<string> = [
  "io.k8s.apimachinery.pkg.apis.meta.v1.Condition.lastTransitionTime",
  "io.k8s.api.core.v1.ScaleIOPersistentVolumeSource.secretRef",
  "io.k8s.api.core.v1.ScaleIOVolumeSource.secretRef",
  "io.k8s.api.events.v1.Event.eventTime",
  "io.k8s.api.events.v1.EventSeries.lastObservedTime"
]

/** Kinds whose creation is answered with a `Status`. */
export const answeredByStatus: ReadonlyArray<string> = [
  "io.k8s.api.core.v1.Binding"
]
