/** What a test may set of the server. */
import * as Duration from "effect/Duration"
import { type AuthOptions, type AuthSettings, authSettings } from "./auth/options.js"
import { all } from "./behaviours/all.js"
import type { Behaviour } from "./behaviours/behaviour.js"
import type { JsonObject } from "./json.js"

/** Of which container a log is asked for. */
export interface LogSource {
  /** The Pod, as it is stored. */
  readonly pod: JsonObject
  readonly container: string
  /** Whether that of the instance before the present one is meant. */
  readonly previous: boolean
}

export interface Settings {
  /** Writes that lists and watches can look back on. */
  readonly history: number
  /** Milliseconds between bookmarks. */
  readonly bookmarkInterval: number
  /** Milliseconds that a watch lives that does not say how long: from the first up to the second. */
  readonly watchTimeout: readonly [number, number]
  /** Milliseconds that a read waits for a resourceVersion that is still to come. */
  readonly futureVersionWait: number
  readonly garbageCollector: boolean
  readonly namespaceController: boolean
  readonly auth: AuthSettings | undefined
  readonly behaviours: ReadonlyArray<Behaviour>
  readonly logs: ((source: LogSource) => ReadonlyArray<string> | undefined) | undefined
}

export interface Options {
  /** Writes that lists at an older resourceVersion and watches can look back on. Default 10 000. */
  readonly history?: number | undefined
  /** The resourceVersion before the first write. Default 0. */
  readonly resourceVersion?: number | undefined
  /** Default 60 s. */
  readonly bookmarkInterval?: Duration.DurationInput | undefined
  /** How long a watch lives that does not say: a time between the two. Default 30 to 60 minutes. */
  readonly watchTimeout?: readonly [Duration.DurationInput, Duration.DurationInput] | undefined
  /** How long a read waits for a resourceVersion that is still to come. Default 3 s. */
  readonly futureVersionWait?: Duration.DurationInput | undefined
  /** Dependents go with their owners. Default true. */
  readonly garbageCollector?: boolean | undefined
  /** A deleted namespace is emptied and goes. Default true. */
  readonly namespaceController?: boolean | undefined
  /**
   * Whether requests are asked who sends them, and roles what they may (RBAC). Then a request needs a token, the roles
   * and bindings that every cluster has are there, and whoever may not is refused with a 403. Default false: everybody
   * may do everything.
   */
  readonly auth?: boolean | AuthOptions | undefined
  /** Namespaces that are there from the start. Default: default, kube-system, kube-public, kube-node-lease. */
  readonly namespaces?: ReadonlyArray<string> | undefined
  /** Objects that are there from the start, in this order: put CustomResourceDefinitions before what they define. */
  readonly objects?: ReadonlyArray<unknown> | undefined
  /**
   * What else than the API server there is of a cluster: Pods that run, Deployments that roll out. `"all"` is all that
   * `Behaviour.all` has. Default: nothing, as in a control plane without controllers and nodes.
   */
  readonly behaviours?: "all" | ReadonlyArray<Behaviour> | undefined
  /** The lines of containers that no test has written a log of; none where it answers nothing. */
  readonly logs?: ((source: LogSource) => ReadonlyArray<string> | undefined) | undefined
  /** Where uids and generated names come from. Default: the Random service. */
  readonly randomSeed?: number | undefined
}

export const settingsOf = (options: Options): Settings => ({
  history: options.history ?? 10_000,
  bookmarkInterval: Duration.toMillis(options.bookmarkInterval ?? "60 seconds"),
  watchTimeout: options.watchTimeout === undefined
    ? [1_800_000, 3_600_000]
    : [Duration.toMillis(options.watchTimeout[0]), Duration.toMillis(options.watchTimeout[1])],
  futureVersionWait: Duration.toMillis(options.futureVersionWait ?? "3 seconds"),
  garbageCollector: options.garbageCollector ?? true,
  namespaceController: options.namespaceController ?? true,
  auth: authSettings(options.auth),
  behaviours: options.behaviours === "all" ? all() : options.behaviours ?? [],
  logs: options.logs
})
