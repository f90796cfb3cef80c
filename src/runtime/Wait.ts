/**
 * Waiting until something is true of an object: that it exists, that it is gone, that it is ready. It is watched, so the
 * answer comes at once, and the watch goes on through whatever the network and the server do. The wait has a limit, and
 * at the limit it says how the object stands.
 *
 * ```ts
 * import { Api, Wait } from "effect-kube"
 * import { Pod } from "effect-kube/kinds/core/v1"
 * import { Effect } from "effect"
 *
 * const pods = Api.namespaced(Pod, "default")
 *
 * const program = Effect.gen(function*() {
 *   const pod = yield* Wait.until(pods, "web-0", Wait.condition("Ready"), { timeout: "5 minutes" })
 *   yield* pods.delete("web-0")
 *   yield* Wait.until(pods, "web-0", Wait.deleted(pod.metadata.uid))
 * })
 * ```
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type * as Api from "../client/Api.js"
import type { KubeObject } from "../protocol/Resource.js"
import * as internal from "./internal/wait.js"
import type * as Watcher from "./Watcher.js"

// ------------------------------------------------------------------------------------------------ conditions

/** Something that is true of an object or not. `Exists` is `true` where it can only be true of an object that exists. */
export interface Condition<in K, out Exists extends boolean = boolean> extends Pipeable {
  /** Whether it can only be true of an object that exists. */
  readonly needsObject: Exists
  /** What is waited for, as in "waited for ...": `condition Ready to be True`. */
  readonly description: string
  /** Whether it is true of the object; nothing where there is no object. */
  readonly holds: (object: Option.Option<K>) => boolean
  /** How the object stands, in words: `condition Ready is False (ContainersNotReady)`. */
  readonly state: (object: Option.Option<K>) => string
}

const condition_ = <K, Exists extends boolean>(
  needsObject: Exists,
  description: string,
  holds: (object: Option.Option<K>) => boolean,
  state: (object: Option.Option<K>) => string
): Condition<K, Exists> => ({
  needsObject,
  description,
  holds,
  state,
  pipe() {
    // eslint-disable-next-line prefer-rest-params
    return pipeArguments(this, arguments)
  }
})

const absent = "it does not exist"

/** A condition of one's own on an object that exists. `state` says in words how the object stands. */
export const make = <K>(
  description: string,
  holds: (object: K) => boolean,
  state?: (object: K) => string
): Condition<K, true> =>
  condition_(
    true,
    description,
    Option.exists(holds),
    Option.match({
      onNone: () => absent,
      onSome: (object) => state === undefined ? `not yet: ${description}` : state(object)
    })
  )

/** There is such an object. */
export const exists: Condition<unknown, true> = make("it to exist", () => true)

/** The object with this uid is gone; another one of the same name may be there. */
export const deleted = (uid: string): Condition<KubeObject, false> =>
  condition_(
    false,
    "it to be gone",
    Option.match({ onNone: () => true, onSome: (object: KubeObject) => object.metadata.uid !== uid }),
    Option.match({
      onNone: () => absent,
      onSome: ({ metadata }) => {
        if (metadata.deletionTimestamp === undefined) return "it exists and nobody has deleted it"
        const finalizers = metadata.finalizers ?? []
        return `it is being deleted${
          finalizers.length === 0 ? "" : `, and its finalizers are ${finalizers.join(", ")}`
        }`
      }
    })
  )

/** What objects with conditions have of them. */
export interface WithConditions {
  readonly metadata: { readonly generation?: number | undefined }
  readonly status?: {
    readonly observedGeneration?: number | undefined
    readonly conditions?:
      | ReadonlyArray<{
        readonly type?: string | undefined
        readonly status?: string | undefined
        readonly observedGeneration?: number | undefined
        readonly reason?: string | undefined
        readonly message?: string | undefined
      }>
      | undefined
  } | undefined
}

/**
 * The object's condition of this type has this status; `"True"` unless said otherwise. A condition that was told before
 * the last change of the object's spec does not count (`observedGeneration`), as with `kubectl wait`.
 */
export const condition = (
  type: string,
  status: "True" | "False" | "Unknown" = "True"
): Condition<WithConditions, true> => {
  const find = (object: WithConditions) => object.status?.conditions?.find((condition) => condition.type === type)
  const isOld = (object: WithConditions): boolean => {
    const observed = find(object)?.observedGeneration ?? object.status?.observedGeneration
    return observed !== undefined && observed < (object.metadata.generation ?? 0)
  }
  return make<WithConditions>(
    `condition ${type} to be ${status}`,
    (object) => find(object)?.status === status && !isOld(object),
    (object) => {
      const found = find(object)
      if (found === undefined) return `it has no condition ${type}`
      const why = [found.reason, found.message].filter((text) => text !== undefined && text !== "").join(": ")
      const when = isOld(object) ? ", as of before the last change" : ""
      return `condition ${type} is ${found.status}${why === "" ? "" : ` (${why})`}${when}`
    }
  )
}

/**
 * Something in the object has a value, such as `Wait.field("status.phase", (pod: Pod) => pod.status.phase, "Running")`:
 * what `kubectl wait --for=jsonpath` is for. The path is for messages only. Several values: any of them will do.
 */
export const field = <K, A extends string | number | boolean | undefined>(
  path: string,
  get: (object: K) => A,
  ...values: readonly [NoInfer<A>, ...ReadonlyArray<NoInfer<A>>]
): Condition<K, true> =>
  make(
    `${path} to be ${values.map((value) => value === undefined ? "unset" : String(value)).join(" or ")}`,
    (object) => values.includes(get(object)),
    (object) => {
      const value = get(object)
      return `${path} is ${value === undefined ? "unset" : String(value)}`
    }
  )

/** A CustomResourceDefinition is served: its condition `Established` is true. */
export const established: Condition<WithConditions, true> = condition("Established")

/** The opposite; it is also true where the object does not exist, if the condition is not. */
export const not = <K>(self: Condition<K>): Condition<K, false> =>
  condition_(false, `not (${self.description})`, (object) => !self.holds(object), self.state)

/** Both are true. */
export const and: {
  <K2, B extends boolean>(
    that: Condition<K2, B>
  ): <K, A extends boolean>(self: Condition<K, A>) => Condition<K & K2, Both<A, B>>
  <K, A extends boolean, K2, B extends boolean>(
    self: Condition<K, A>,
    that: Condition<K2, B>
  ): Condition<K & K2, Both<A, B>>
} = dual(2, <K>(self: Condition<K>, that: Condition<K>): Condition<K> =>
  condition_(
    self.needsObject || that.needsObject,
    `${self.description} and ${that.description}`,
    (object) => self.holds(object) && that.holds(object),
    (object) => [self, that].filter((one) => !one.holds(object)).map((one) => one.state(object)).join("; ")
  ))

/** At least one of them is true. */
export const or: {
  <K2, B extends boolean>(
    that: Condition<K2, B>
  ): <K, A extends boolean>(self: Condition<K, A>) => Condition<K & K2, Either<A, B>>
  <K, A extends boolean, K2, B extends boolean>(
    self: Condition<K, A>,
    that: Condition<K2, B>
  ): Condition<K & K2, Either<A, B>>
} = dual(2, <K>(self: Condition<K>, that: Condition<K>): Condition<K> =>
  condition_(
    self.needsObject && that.needsObject,
    `${self.description} or ${that.description}`,
    (object) => self.holds(object) || that.holds(object),
    (object) => `${self.state(object)}; ${that.state(object)}`
  ))

/** Of two conditions that have both to hold, one is enough that needs the object. */
type Both<A, B> = [A] extends [true] ? true : B
/** Of two conditions of which one is enough, both have to need the object. */
type Either<A, B> = [A] extends [true] ? B : false

// ------------------------------------------------------------------------------------------------ waiting

/** The condition did not come true in time. */
export class TimedOut extends Data.TaggedError("KubeWaitTimedOut")<{
  /** `Pod default/web-0`. */
  readonly waitedOn: string
  /** What was waited for. */
  readonly condition: string
  readonly timeout: Duration.Duration
  /** How the object stood at the end, in words. */
  readonly state: string
  /** What went wrong last with the watch, if it was not well at the end. */
  readonly trouble: Option.Option<Watcher.Failure>
}> {
  override get message(): string {
    const trouble = Option.match(this.trouble, { onNone: () => "", onSome: (error) => `; ${error.message}` })
    return `${this.waitedOn}: waited ${Duration.format(this.timeout)} for ${this.condition}: ${this.state}${trouble}`
  }
}

/** The object that was waited for is gone, so that the condition will not come true of it. */
export class Gone extends Data.TaggedError("KubeWaitGone")<{
  /** `Pod default/web-0`. */
  readonly waitedOn: string
  /** What was waited for. */
  readonly condition: string
  /** How the object stood when it was seen last, in words. */
  readonly state: string
}> {
  override get message(): string {
    return `${this.waitedOn}: it is gone, while ${this.condition} was waited for: ${this.state}`
  }
}

export interface Options {
  /** How long to wait. Default 30 seconds, as `kubectl wait`. */
  readonly timeout?: Duration.DurationInput | undefined
  /** How the object is watched. */
  readonly watch?: Omit<Watcher.Options, "labels" | "fields"> | undefined
}

/** What a wait answers: the object, or where there may be none an Option of it. */
export type Found<K, Exists> = [Exists] extends [true] ? K : Option.Option<K>

/**
 * Waits until a condition is true of the object of that name, and answers the object; where the condition may be true
 * of no object, an Option of it. Trouble with the server is waited out too: only {@link TimedOut} ends the wait.
 *
 * A name that no object can have (empty, `.`, `..`, with `/` or `%`) is a mistake of the program: a defect, a `TypeError`.
 */
export const until: <K extends KubeObject, R, Exists extends boolean>(
  api: Watcher.Watchable<K, R> & Api.Get<K, R>,
  name: string,
  condition: Condition<K, Exists>,
  options?: Options
) => Effect.Effect<Found<K, Exists>, TimedOut, R> = (api, name, condition, options) =>
  internal.until(api, name, condition, options, (report) => new TimedOut(report))

/**
 * As {@link until}, for this object and no other one that takes its name: once it is gone the wait fails with
 * {@link Gone}. What is told of it in `object` is not looked at, but who it is.
 */
export const forObject: <K extends KubeObject, R>(
  api: Watcher.Watchable<K, R> & Api.Get<K, R>,
  object: KubeObject,
  condition: Condition<K, true>,
  options?: Options
) => Effect.Effect<K, TimedOut | Gone, R> = (api, object, condition, options) =>
  internal.forObject(
    api,
    object,
    condition,
    options,
    (report) => new TimedOut(report),
    (waitedOn, state) => new Gone({ waitedOn, condition: condition.description, state })
  )
