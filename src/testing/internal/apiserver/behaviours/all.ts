/** All behaviours that come with the server. */
import type { Behaviour } from "./behaviour.js"
import { budgets } from "./budgets.js"
import { claims } from "./claims.js"
import { daemonSets } from "./daemonSets.js"
import { deployments } from "./deployments.js"
import { endpoints } from "./endpoints.js"
import { jobs } from "./jobs.js"
import { type PodOptions, pods } from "./pods.js"
import { replicaSets } from "./replicaSets.js"
import { statefulSets } from "./statefulSets.js"

/** What a cluster with nodes and kube-controller-manager does. */
export const all = (options: { readonly pods?: PodOptions | undefined } = {}): ReadonlyArray<Behaviour> => [
  ...pods(options.pods),
  ...replicaSets(),
  ...deployments(),
  ...statefulSets(),
  ...daemonSets(),
  ...jobs(),
  ...endpoints(),
  ...budgets(),
  ...claims()
]
