/**
 * Drains a node: one fiber for each Pod, which asks until the Pod may go and waits until it is gone, and one watch of
 * the node's Pods that tells all of them.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import * as Stream from "effect/Stream"
import * as Api from "../../client/Api.js"
import { type KubeClient, Retry } from "../../client/KubeClient.js"
import type { Node, Pod } from "../../kinds/core/v1.js"
import * as KubeError from "../../protocol/KubeError.js"
import * as Patch from "../../protocol/Patch.js"
import * as Selector from "../../protocol/Selector.js"
import type * as Drain from "../Drain.js"
import * as Watcher from "../Watcher.js"
import * as rules from "./drainRules.js"
import { Presence } from "./presence.js"
import { selectName } from "./selectName.js"

/** The kinds are loaded when a node is to be emptied: they are large, and hardly a program does it. */
const handles = Effect.promise(async () => {
  const [apps, core] = await Promise.all([import("../../kinds/apps/v1.js"), import("../../kinds/core/v1.js")])
  return {
    nodes: Api.cluster(core.Node),
    pods: Api.all(core.Pod),
    daemonSets: (namespace: string) => Api.namespaced(apps.DaemonSet, namespace)
  }
})

export const cordon = (node: string, unschedulable: boolean): Effect.Effect<Node, Drain.CordonError, KubeClient> =>
  Effect.flatMap(
    handles,
    ({ nodes }) => nodes.patch(node, Patch.merge({ spec: { unschedulable: unschedulable ? true : null } }))
  )

const onNode = (node: string): Selector.FieldSelector => {
  selectName("Drain.drain", "Node", node)
  return Selector.fieldEquals("spec.nodeName", node)
}

// ------------------------------------------------------------------------------------------------ the plan

export const plan = (
  node: string,
  options: Drain.PlanOptions
): Effect.Effect<Drain.Plan, KubeError.Expired | KubeError.Common, KubeClient> =>
  Effect.gen(function*() {
    const { daemonSets, pods } = yield* handles
    const { items } = yield* pods.list({ fields: onNode(node), labels: options.labels })
    const now = yield* Clock.currentTimeMillis
    const keys = new Map<string, { readonly namespace: string; readonly name: string }>()
    for (const pod of items) {
      const name = rules.daemonSetOf(pod)
      const { namespace } = pod.metadata
      if (name !== undefined) keys.set(`${namespace}/${name}`, { namespace, name })
    }
    const missing = new Set<string>()
    yield* Effect.forEach(keys, ([key, { name, namespace }]) =>
      Effect.catchTag(Effect.asVoid(daemonSets(namespace).get(name)), "KubeNotFound", () =>
        Effect.sync(() => {
          missing.add(key)
        })), { concurrency: 8, discard: true })

    const evict: Array<Pod> = []
    const skip: Array<Drain.Plan["skip"][number]> = []
    const refuse: Array<rules.Refusal> = []
    for (const pod of items) {
      const exists = !missing.has(`${pod.metadata.namespace}/${rules.daemonSetOf(pod) ?? ""}`)
      const verdict = rules.judge(pod, options, now, exists)
      if (verdict._tag === "Evict") {
        evict.push(pod)
      } else if (verdict._tag === "Skip") {
        skip.push({ pod, reason: verdict.reason })
      } else refuse.push({ pod, reason: verdict.reason })
    }
    return { evict, skip, refuse }
  })

// ------------------------------------------------------------------------------------------------ one Pod

const defaultRetry: Schedule.Schedule<unknown> = Schedule.spaced("5 seconds")

/** A namespace that is going refuses evictions; its Pods are deleted all the same. */
const isOfTerminatingNamespace = (error: Drain.EvictionError): boolean =>
  error._tag === "KubeForbidden" &&
  error.status.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating") === true

/** What passes by itself. Code 500 does not: so the server tells of two budgets for one Pod. */
const passes = (error: Drain.EvictionError): boolean =>
  error._tag === "KubeConflict" || isOfTerminatingNamespace(error) ||
  KubeError.isTransient(error) && !(error._tag === "KubeStatusError" && error.code === 500)

type Outcome =
  | { readonly _tag: "Gone" | "GivenUp" }
  | { readonly _tag: "Failed"; readonly error: Drain.EvictionError }

class Eviction {
  /** How the Pod stands, in words. */
  state = "it has not been asked to go"
  private backoff: unknown

  constructor(
    readonly pod: Pod,
    private readonly options: Drain.Options,
    private readonly presence: Presence<Pod>,
    private readonly emit: (event: Drain.Event) => Effect.Effect<void>
  ) {}

  readonly run: Effect.Effect<Outcome, never, KubeClient> = Effect.suspend(() => this.ask())

  private ask(): Effect.Effect<Outcome, never, KubeClient> {
    const asked = Effect.zipRight(this.emit({ _tag: "Evicting", pod: this.pod }), this.send)
    return Effect.matchEffect(asked, {
      onSuccess: () => this.end(),
      onFailure: (error) => this.refused(error)
    })
  }

  /** The Pod with this uid only: one that has taken its name lives on another node, or is new on this one. */
  private readonly send: Effect.Effect<unknown, Drain.EvictionError, KubeClient> = Effect.flatMap(
    handles,
    ({ pods }) => {
      const { name, namespace, uid } = this.pod.metadata
      const api = pods.in(namespace)
      const options = { gracePeriod: this.options.gracePeriod, preconditions: { uid } }
      const sent = this.options.disableEviction === true
        ? Effect.asVoid(api.delete(name, options))
        : api.evict(name, options)
      // It is tried again here, where it can be told.
      return Effect.provideService(sent, Retry, "off")
    }
  )

  private refused(error: Drain.EvictionError): Effect.Effect<Outcome, never, KubeClient> {
    if (error._tag === "KubeNotFound") return this.gone
    const isTerminating = this.presence.latest(this.pod).metadata.deletionTimestamp !== undefined
    if (isTerminating && isOfTerminatingNamespace(error)) return this.end()
    this.state = error.message
    return Effect.flatMap(this.pause(error), (pause): Effect.Effect<Outcome, never, KubeClient> => {
      if (pause === undefined) {
        return Effect.as(this.emit({ _tag: "Failed", pod: this.pod, error }), { _tag: "Failed", error })
      }
      const wait = Effect.raceFirst(
        Effect.as(this.presence.gone(this.pod), true),
        Effect.as(Effect.sleep(pause), false)
      )
      return Effect.zipRight(
        this.emit({ _tag: "Blocked", pod: this.presence.latest(this.pod), error, retryIn: pause }),
        Effect.flatMap(wait, (isGone) => isGone ? this.gone : this.ask())
      )
    })
  }

  /** What the Schedule says, and not less than the server asks for; undefined where it is not tried again. */
  private pause(error: Drain.EvictionError): Effect.Effect<Duration.Duration | undefined> {
    if (!passes(error)) return Effect.succeed(undefined)
    const retry = this.options.retry ?? defaultRetry
    return Effect.flatMap(
      Clock.currentTimeMillis,
      (now) =>
        Effect.map(retry.step(now, error, this.backoff ?? retry.initial), ([next, _, decision]) => {
          this.backoff = next
          if (ScheduleDecision.isDone(decision)) return undefined
          const pause = Duration.millis(Math.max(0, ScheduleIntervals.start(decision.intervals) - now))
          return Duration.max(pause, KubeError.retryAfter(error) ?? Duration.zero)
        })
    )
  }

  private end(): Effect.Effect<Outcome> {
    this.state = "it has not ended yet"
    return Effect.zipRight(
      this.emit({ _tag: "Terminating", pod: this.presence.latest(this.pod) }),
      Effect.raceFirst(
        Effect.zipRight(this.presence.gone(this.pod), this.gone),
        this.options.skipTerminatingFor === undefined ? Effect.never : this.tooLate
      )
    )
  }

  private readonly gone: Effect.Effect<Outcome> = Effect.suspend(() =>
    Effect.as(
      this.emit({ _tag: this.options.disableEviction === true ? "Deleted" : "Evicted", pod: this.pod }),
      { _tag: "Gone" }
    )
  )

  private readonly tooLate: Effect.Effect<Outcome> = Effect.suspend(() =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const pod = this.presence.latest(this.pod)
      const at = rules.givenUpAt(pod, this.options.skipTerminatingFor) ?? Infinity
      return at < now
        ? Effect.as(this.emit({ _tag: "Skipped", pod, reason: "Terminating" }), { _tag: "GivenUp" as const })
        : Effect.zipRight(Effect.sleep("1 second"), this.tooLate)
    })
  )
}

// ------------------------------------------------------------------------------------------------ all of them

interface Errors<R, I, T> {
  readonly refused: (pods: ReadonlyArray<rules.Refusal>) => R
  readonly incomplete: (pods: ReadonlyArray<{ readonly pod: Pod; readonly error: Drain.EvictionError }>) => I
  readonly timedOut: (
    timeout: Duration.Duration,
    pods: ReadonlyArray<{ readonly pod: Pod; readonly state: string }>
  ) => T
}

const run = <R, I, T>(
  node: string,
  options: Drain.Options,
  errors: Errors<R, I, T>,
  emit: (event: Drain.Event) => Effect.Effect<void>
): Effect.Effect<void, R | I | T | Drain.CordonError | KubeError.Expired, KubeClient> =>
  Effect.gen(function*() {
    const fields = onNode(node)
    yield* emit({ _tag: "Cordoned", node: yield* cordon(node, true) })
    const { evict, refuse, skip } = yield* plan(node, options)
    for (const { pod, reason } of skip) yield* emit({ _tag: "Skipped", pod, reason })
    if (refuse.length > 0) return yield* Effect.fail(errors.refused(refuse))

    const { pods } = yield* handles
    const presence = new Presence(evict)
    const evictions = evict.map((pod) => new Eviction(pod, options, presence, emit))
    const ended = new Map<Eviction, Outcome>()
    const all = Effect.forEach(evictions, (eviction) =>
      Effect.map(eviction.run, (outcome) => {
        ended.set(eviction, outcome)
      }), { concurrency: options.concurrency ?? "unbounded", discard: true })
    const watch = Watcher.watch(pods, { fields }).pipe(
      // Who may not watch would wait for ever.
      Watcher.failOn((error) => error._tag === "KubeForbidden" || error._tag === "KubeUnauthorized"),
      Stream.runForEach((event) => {
        presence.step(event)
        return event._tag === "Trouble" ? emit(event) : Effect.void
      }),
      Effect.zipRight(Effect.never)
    )
    if (evictions.length > 0) {
      const timeout = options.timeout === undefined ? Duration.infinity : Duration.decode(options.timeout)
      yield* Effect.timeoutFail(Effect.raceFirst(all, watch), {
        duration: timeout,
        onTimeout: () =>
          errors.timedOut(
            timeout,
            evictions.filter((eviction) => !ended.has(eviction)).map(({ pod, state }) => ({
              pod: presence.latest(pod),
              state
            }))
          )
      })
    }

    const failed: Array<{ readonly pod: Pod; readonly error: Drain.EvictionError }> = []
    let gone = 0
    for (const [{ pod }, outcome] of ended) {
      if (outcome._tag === "Failed") failed.push({ pod, error: outcome.error })
      else if (outcome._tag === "Gone") gone++
    }
    if (failed.length > 0) return yield* Effect.fail(errors.incomplete(failed))
    yield* emit({ _tag: "Done", node, gone, skipped: skip.length + evictions.length - gone })
  })

export const drain = <R, I, T>(
  node: string,
  options: Drain.Options,
  errors: Errors<R, I, T>
): Stream.Stream<Drain.Event, R | I | T | Drain.CordonError | KubeError.Expired, KubeClient> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    // Unbounded: whoever reads the events slowly must not hold up the drain. They are few.
    const events = yield* Mailbox.make<Drain.Event, R | I | T | Drain.CordonError | KubeError.Expired>()
    const emit = (event: Drain.Event) => Effect.asVoid(events.offer(event))
    yield* Effect.forkScoped(Mailbox.into(run(node, options, errors, emit), events))
    return Mailbox.toStream(events)
  }))
