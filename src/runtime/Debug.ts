/**
 * A look into a running program, for a person at a browser and for a script: its controllers, their queues and what fails
 * in them, its watches, and the leases that it campaigns for. `Metrics.layer` serves it at `/debug` and `/debug.json`.
 *
 * ```ts
 * import { Debug } from "effect-kube"
 * import { Effect } from "effect"
 *
 * const leading = Effect.map(Debug.describe, ({ leases }) => leases.filter(({ state }) => state === "Leading"))
 * ```
 *
 * It shows counts, times, selectors, the keys of objects and the texts of errors; nothing of what is in objects, and no
 * credential.
 */
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type { KubeClient } from "../client/KubeClient.js"
import type * as Controller from "./Controller.js"
import * as internal from "./internal/debugPage.js"
import type { QueueDescription } from "./internal/queueMetrics.js"
import type * as LeaderElection from "./LeaderElection.js"
import type * as Watcher from "./Watcher.js"

export type {
  /** The queues of one name, as they are at a moment. */
  QueueDescription
}

/** A campaign, as it is at a moment. */
export interface LeaseDescription {
  /** `namespace/name` of the Lease. */
  readonly lease: string
  /** Who this process is. */
  readonly identity: string
  readonly state: LeaderElection.State["_tag"]
  /** Who leads, as far as is known. */
  readonly holder: string | undefined
  /** The fencing token, while this process leads or is leaving. */
  readonly token: number | undefined
  /** How many milliseconds ago this process renewed the lease, while it has it. */
  readonly renewedMillisAgo: number | undefined
  /** What went wrong last, while this process stands by. */
  readonly trouble: string | undefined
}

/** A program as it is at a moment: plain data. */
export interface Description {
  readonly describedAt: DateTime.Utc
  /** The controllers of the client. */
  readonly controllers: ReadonlyArray<Controller.Description>
  /** The watchers of the client. */
  readonly watches: ReadonlyArray<Watcher.Description>
  /** The queues of the process that have a name: those of controllers have. */
  readonly queues: ReadonlyArray<QueueDescription>
  /** What is campaigned for on the client. */
  readonly leases: ReadonlyArray<LeaseDescription>
}

/** What runs on the client, and the named queues of the process. */
export const describe: Effect.Effect<Description, never, KubeClient> = internal.describe

/** The same in JSON; times are ISO 8601, errors are their texts. */
export const json: (description: Description) => string = internal.json

/** The same as a page of HTML that needs nothing else: no script, no style sheet, no image. */
export const page: (description: Description) => string = internal.page
