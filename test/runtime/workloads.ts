/** Workloads at all stages of a rollout, and what `kubectl rollout status` makes of each. */

export interface Stage {
  readonly title: string
  readonly kind: "Deployment" | "DaemonSet" | "StatefulSet"
  readonly spec: { readonly [field: string]: unknown }
  readonly status: { readonly [field: string]: unknown }
  /** What `Rollout.progress` says. */
  readonly progress: string
  /** What kubectl writes, and how it ends. */
  readonly kubectl: RegExp
  readonly fails?: boolean
}

const progressing = (reason: string, status: string) => ({
  type: "Progressing",
  status,
  reason,
  message: reason,
  lastUpdateTime: "2026-01-02T03:04:05Z",
  lastTransitionTime: "2026-01-02T03:04:05Z"
})

const deployment = (title: string, status: object, progress: string, kubectl: RegExp, fails = false): Stage => ({
  title,
  kind: "Deployment",
  spec: { replicas: 3 },
  status: { observedGeneration: 1, ...status },
  progress,
  kubectl,
  fails
})

const counts = (replicas: number, updatedReplicas: number, availableReplicas: number) => ({
  replicas,
  updatedReplicas,
  availableReplicas,
  readyReplicas: availableReplicas
})

const daemonSet = (title: string, status: object, progress: string, kubectl: RegExp, fails = false): Stage => ({
  title,
  kind: "DaemonSet",
  spec: {},
  status: {
    observedGeneration: 1,
    currentNumberScheduled: 3,
    desiredNumberScheduled: 3,
    numberMisscheduled: 0,
    numberReady: 0,
    ...status
  },
  progress,
  kubectl,
  fails
})

const statefulSet = (
  title: string,
  updateStrategy: object | undefined,
  status: object,
  progress: string,
  kubectl: RegExp,
  fails = false
): Stage => ({
  title,
  kind: "StatefulSet",
  spec: { replicas: 3, serviceName: "web", ...(updateStrategy === undefined ? {} : { updateStrategy }) },
  status: { observedGeneration: 1, replicas: 3, ...status },
  progress,
  kubectl,
  fails
})

const onDelete = { type: "OnDelete" }
const partitioned = (partition: number) => ({ type: "RollingUpdate", rollingUpdate: { partition } })
const one = { currentRevision: "web-1", updateRevision: "web-1" }
const two = { currentRevision: "web-1", updateRevision: "web-2" }

export const stages: ReadonlyArray<Stage> = [
  deployment("unseen", { observedGeneration: 0 }, "Unobserved", /spec update to be observed/),
  deployment("updating", counts(4, 1, 3), "Updating", /1 out of 3 new replicas/),
  deployment("retiring", counts(4, 3, 3), "Retiring", /1 old replicas/),
  deployment("starting", counts(3, 3, 2), "Starting", /2 of 3 updated replicas/),
  deployment("complete", counts(3, 3, 3), "Complete", /successfully rolled out/),
  deployment(
    "late",
    { ...counts(4, 1, 3), conditions: [progressing("ProgressDeadlineExceeded", "False")] },
    "DeadlineExceeded",
    /exceeded its progress deadline/,
    true
  ),
  deployment(
    "stopped",
    { ...counts(4, 1, 3), conditions: [progressing("DeploymentPaused", "Unknown")] },
    "Updating",
    /1 out of 3 new replicas/
  ),
  daemonSet("unseen", { observedGeneration: 0 }, "Unobserved", /spec update to be observed/),
  daemonSet("updating", { updatedNumberScheduled: 1, numberAvailable: 3 }, "Updating", /1 out of 3 new pods/),
  daemonSet("starting", { updatedNumberScheduled: 3, numberAvailable: 2 }, "Starting", /2 of 3 updated pods/),
  daemonSet("complete", { updatedNumberScheduled: 3, numberAvailable: 3 }, "Complete", /successfully rolled out/),
  {
    ...daemonSet("on-delete", { updatedNumberScheduled: 1 }, "NotRolling", /only available for RollingUpdate/, true),
    spec: { updateStrategy: onDelete }
  },
  statefulSet("unseen", undefined, { observedGeneration: 0, ...one }, "Unobserved", /spec update to be observed/),
  statefulSet("starting", undefined, { readyReplicas: 1, ...one }, "Starting", /2 pods to be ready/),
  statefulSet(
    "updating",
    partitioned(1),
    { readyReplicas: 3, updatedReplicas: 1, ...two },
    "Updating",
    /1 out of 2 new pods/
  ),
  statefulSet(
    "partitioned",
    partitioned(1),
    { readyReplicas: 3, updatedReplicas: 2, ...two },
    "Complete",
    /partitioned roll out complete: 2 new pods/
  ),
  statefulSet(
    "complete",
    undefined,
    { readyReplicas: 3, updatedReplicas: 3, currentReplicas: 3, ...one },
    "Complete",
    /roll out complete: 3 new pods/
  ),
  statefulSet(
    "on-delete",
    onDelete,
    { readyReplicas: 3, ...two },
    "NotRolling",
    /only available for RollingUpdate/,
    true
  )
]

/** The object of a stage, as it is created. */
export const objectOf = ({ kind, spec, title }: Stage) => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name: title },
  spec: {
    ...spec,
    selector: { matchLabels: { app: title } },
    template: {
      metadata: { labels: { app: title } },
      spec: { containers: [{ name: "web", image: "example.com/web" }] }
    }
  }
})
