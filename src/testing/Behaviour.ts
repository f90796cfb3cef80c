/**
 * Behaviours of a cluster that a {@link TestCluster} can have besides its API server: Pods that become ready, Deployments
 * that roll out, Jobs that complete, and what a test thinks of for its own kinds. Each is a pure function from an object
 * to what is to be written; the server runs it after each write of the object, after a delay by the clock if it has one,
 * so it obeys the `TestClock`.
 *
 * ```ts
 * import { Behaviour, TestCluster } from "effect-kube/testing"
 *
 * // The controller of somebody else, as far as this test needs it.
 * const certificates = Behaviour.make({
 *   for: { apiVersion: "cert-manager.io/v1", kind: "Certificate" },
 *   delay: "2 seconds",
 *   step: (certificate) =>
 *     certificate["status"] === undefined
 *       ? [Behaviour.status(certificate, { conditions: [{ type: "Ready", status: "True" }] })]
 *       : []
 * })
 * const cluster = TestCluster.layerWith({
 *   behaviours: [...Behaviour.pods({ delay: "1 second" }), ...Behaviour.replicaSets(), ...Behaviour.deployments(), certificates]
 * })
 * ```
 *
 * They do what tests look at, not all that the real controllers do: orphans are not adopted, taints, affinities and
 * resources do not count where a Pod is placed, probes always succeed, and a ReplicaFailure is never told.
 */

export {
  /** Looks at the object once more after a while, though nothing was written. */
  again,
  type Behaviour,
  /** Gives a Pod its node, as a scheduler does. */
  bind,
  type Concern,
  /** Creates an object. One that is there already stays as it is. */
  create,
  type KindName,
  /** A behaviour of a kind, built-in or custom. A step that finds nothing to do gives nothing, or it would go on for ever. */
  make,
  type Options,
  type Place,
  /** Deletes an object, in the background. */
  remove,
  /** Writes the whole object at its main endpoint: metadata and spec. */
  replace,
  /** Writes the status of an object. */
  status,
  type View,
  type Write
} from "./internal/apiserver/behaviours/behaviour.js"

export {
  /** All that follow: what a cluster with nodes and kube-controller-manager does. CronJobs start nothing. */
  all
} from "./internal/apiserver/behaviours/all.js"
export {
  /** PodDisruptionBudgets know how many disruptions they allow. */
  budgets
} from "./internal/apiserver/behaviours/budgets.js"
export {
  /** PersistentVolumeClaims get a volume. */
  claims
} from "./internal/apiserver/behaviours/claims.js"
export {
  /** DaemonSets have a Pod on each node, and roll out. */
  daemonSets
} from "./internal/apiserver/behaviours/daemonSets.js"
export {
  /** Deployments roll out through ReplicaSets, as maxSurge and maxUnavailable allow. */
  deployments
} from "./internal/apiserver/behaviours/deployments.js"
export {
  /** Services have EndpointSlices with the addresses of their Pods. */
  endpoints
} from "./internal/apiserver/behaviours/endpoints.js"
export {
  /** Jobs start Pods until enough have succeeded, or too many have failed. */
  jobs
} from "./internal/apiserver/behaviours/jobs.js"
export {
  type PodOptions,
  /** Pods get a node, run, are ready, end, and go when they are deleted; and the nodes for it. */
  pods
} from "./internal/apiserver/behaviours/pods.js"
export {
  /** ReplicaSets have as many Pods as they ask for. */
  replicaSets
} from "./internal/apiserver/behaviours/replicaSets.js"
export {
  /** StatefulSets have Pods with names, in order, with their claims, and roll out. */
  statefulSets
} from "./internal/apiserver/behaviours/statefulSets.js"
