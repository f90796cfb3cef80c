/**
 * The conditions of a status: what a controller says of an object in a form that people, `kubectl wait` and other
 * controllers read. Each has a type, and says whether it holds, why, and since when; it keeps its time as long as it
 * says the same, and the generation that it was found for tells whether it is up to date.
 *
 * ```ts
 * import { Conditions } from "effect-kube"
 * import { Effect, pipe } from "effect"
 *
 * interface Found {
 *   readonly generation: number
 *   readonly conditions: ReadonlyArray<Conditions.Condition>
 *   readonly replicas: number
 * }
 *
 * const conditions = ({ conditions, generation, replicas }: Found) =>
 *   pipe(
 *     conditions,
 *     Conditions.set({
 *       type: "Available",
 *       status: replicas > 0 ? "True" : "False",
 *       reason: replicas > 0 ? "MinimumReplicas" : "NoReplicas",
 *       observedGeneration: generation
 *     }),
 *     Effect.flatMap(Conditions.setReady(["Available", "Synced"], { observedGeneration: generation }))
 *   )
 * ```
 *
 * What says nothing new gives back the very list that was there, so a reconcile can tell by `===` that there is nothing
 * to write. The form is `metav1.Condition`:
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.37/#condition-v1-meta
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Timestamp from "../protocol/Timestamp.js"
import * as Crd from "./Crd.js"

/** Whether something holds; `"Unknown"` when nobody can tell at the moment. */
export type Status = "True" | "False" | "Unknown"

/** A condition as the server has it. */
export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string | null
  readonly observedGeneration?: number | undefined
}

/** What there is to say. */
export interface Change {
  /** `Ready`, `Available`, or one of one's own: `example.com/Synced`. */
  readonly type: string
  readonly status: Status
  /** Why, in one word that a machine can read: `MinimumReplicas`. */
  readonly reason: string
  /** The same for people. Default: nothing. */
  readonly message?: string | undefined
  /** The `metadata.generation` of the object that this was found for. */
  readonly observedGeneration?: number | undefined
}

/** A condition as it is said here: it fits lists of {@link Field} and of built-in kinds. */
export interface Said extends Condition {
  readonly status: Status
  readonly lastTransitionTime: string
}

/** A condition as it is made here. */
export interface Made {
  readonly type: string
  readonly status: Status
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number | undefined
}

type Conditions = ReadonlyArray<Condition>

/** A condition in the Schema of a status. */
export const Condition = Schema.Struct({
  type: Schema.String.pipe(Schema.maxLength(316)),
  status: Schema.Literal("True", "False", "Unknown"),
  reason: Schema.String.pipe(
    Schema.minLength(1),
    Schema.maxLength(1024),
    Schema.pattern(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
  ),
  message: Schema.String.pipe(Schema.maxLength(32_768)),
  lastTransitionTime: Timestamp.Timestamp,
  observedGeneration: Schema.optional(Schema.NonNegativeInt)
})

/** The field `conditions` in the Schema of a status: a list that the server merges by `type`. */
export const Field = Schema.Array(Condition).pipe(Crd.annotate({ listType: "map", listMapKeys: ["type"] }))

// ------------------------------------------------------------------------------------------------ reading

/** The condition of a type. */
export const get: {
  (type: string): <C extends Condition>(self: ReadonlyArray<C>) => Option.Option<C>
  <C extends Condition>(self: ReadonlyArray<C>, type: string): Option.Option<C>
} = dual(
  2,
  <C extends Condition>(self: ReadonlyArray<C>, type: string): Option.Option<C> =>
    Option.fromNullable(self.find((condition) => condition.type === type))
)

const has = (status: Status) =>
  dual<
    (type: string) => (self: Conditions) => boolean,
    (self: Conditions, type: string) => boolean
  >(2, (self: Conditions, type: string) => self.some((it) => it.type === type && it.status === status))

/** Whether the condition of a type is there and `"True"`. */
export const isTrue: {
  (type: string): (self: Conditions) => boolean
  (self: Conditions, type: string): boolean
} = has("True")

/** Whether the condition of a type is there and `"False"`. One that is not there is neither. */
export const isFalse: {
  (type: string): (self: Conditions) => boolean
  (self: Conditions, type: string): boolean
} = has("False")

// ------------------------------------------------------------------------------------------------ saying

const setAt = <C extends Condition>(self: ReadonlyArray<C>, change: Change, now: number): ReadonlyArray<C | Made> => {
  const before = self.find(({ type }) => type === change.type)
  const { message = "", observedGeneration, reason, status, type } = change
  const same = before !== undefined && before.status === status
  if (
    same && before.reason === reason && before.message === message && before.observedGeneration === observedGeneration
  ) return self
  const after: Made = {
    type,
    status,
    reason,
    message,
    lastTransitionTime: same && before.lastTransitionTime !== null
      ? before.lastTransitionTime
      : Timestamp.print(new Date(now)),
    ...(observedGeneration === undefined ? undefined : { observedGeneration })
  }
  return before === undefined ? [...self, after] : self.map((condition) => condition === before ? after : condition)
}

/**
 * Says something of an object. `lastTransitionTime` changes with the status alone; the other conditions, and the order
 * of the list, stay as they are.
 */
export const set: {
  (change: Change): <C extends Condition>(self: ReadonlyArray<C>) => Effect.Effect<ReadonlyArray<C | Made>>
  <C extends Condition>(self: ReadonlyArray<C>, change: Change): Effect.Effect<ReadonlyArray<C | Made>>
} = dual(
  2,
  <C extends Condition>(self: ReadonlyArray<C>, change: Change): Effect.Effect<ReadonlyArray<C | Made>> =>
    Effect.map(Effect.clock, (clock) => setAt(self, change, clock.unsafeCurrentTimeMillis()))
)

/** Says nothing more of a type. */
export const remove: {
  (type: string): <C extends Condition>(self: ReadonlyArray<C>) => ReadonlyArray<C>
  <C extends Condition>(self: ReadonlyArray<C>, type: string): ReadonlyArray<C>
} = dual(
  2,
  <C extends Condition>(self: ReadonlyArray<C>, type: string): ReadonlyArray<C> =>
    self.some((condition) => condition.type === type) ? self.filter((condition) => condition.type !== type) : self
)

export interface ReadyOptions {
  /** The generation that all were found for: one that was found for an older one, or has none, counts as `"Unknown"`. */
  readonly observedGeneration?: number | undefined
  /** The type of the summary. Default `"Ready"`. */
  readonly type?: string | undefined
}

const summary = (self: Conditions, types: ReadonlyArray<string>, options: ReadyOptions): Change => {
  const { observedGeneration, type = "Ready" } = options
  const found = types.map((type) => {
    const condition = self.find((condition) => condition.type === type)
    const old = condition !== undefined && observedGeneration !== undefined &&
      condition.observedGeneration !== observedGeneration
    return condition === undefined
      ? { type, status: "Unknown", message: "not known yet", reason: "Pending" }
      : old
      ? { type, status: "Unknown", message: "not known of the newest generation yet", reason: "Pending" }
      : condition
  })
  const status: Status = found.length === 0 ? "Unknown" : found.some(({ status }) => status === "False")
    ? "False"
    : found.every(({ status }) => status === "True")
    ? "True"
    : "Unknown"
  const because = found.filter((condition) => status !== "True" && condition.status === status)
  return {
    type,
    status,
    reason: status === "True" ? "AllReady" : because[0]?.reason ?? "Pending",
    message: because.map(({ message, reason, type }) => `${type}: ${message === "" ? reason : message}`).join("; "),
    observedGeneration
  }
}

/**
 * Sums others up: `"True"` if all are (and there is one), `"False"` if one is, else `"Unknown"`, with the reason of the first that decides
 * and the messages of all that do.
 */
export const setReady: {
  (
    types: ReadonlyArray<string>,
    options?: ReadyOptions
  ): <C extends Condition>(self: ReadonlyArray<C>) => Effect.Effect<ReadonlyArray<C | Made>>
  <C extends Condition>(
    self: ReadonlyArray<C>,
    types: ReadonlyArray<string>,
    options?: ReadyOptions
  ): Effect.Effect<ReadonlyArray<C | Made>>
} = dual(
  (args) => typeof args[0]?.[0] !== "string" && Array.isArray(args[1]),
  <C extends Condition>(
    self: ReadonlyArray<C>,
    types: ReadonlyArray<string>,
    options: ReadyOptions = {}
  ): Effect.Effect<ReadonlyArray<C | Made>> => set(self, summary(self, types, options))
)
