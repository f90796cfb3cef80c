/**
 * What is known of each watcher that runs: its driver writes it down, `Watcher.describe` reads it, metrics are counted
 * from it. It is plain data: nothing here leads to a watcher, its events or its store, so nothing is kept by it.
 */
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { perClient } from "../../client/internal/perClient.js"
import { now } from "../../client/internal/pulse.js"
import { visibilityOf } from "../../client/internal/visibility.js"
import type { Service } from "../../client/KubeClient.js"
import type { Event, Undecodable } from "../Watcher.js"
import { labelsOf, type Phase, WatcherMetrics } from "./watcherMetrics.js"
import type { ReaderSettings, Target } from "./watcherReader.js"
import type * as watcherState from "./watcherState.js"
import type { Failure, InitReason, Situation } from "./watcherTable.js"

/** What went wrong last, and since when. */
export interface TroubleReport {
  readonly situation: Situation
  readonly error: Failure
  /** When it was last so. */
  readonly at: DateTime.Utc
  /** Since when, and after how many tries, all has not been well, or was not when it was. */
  readonly since: DateTime.Utc
  readonly tries: number
  /** All is well again: everything is listed, and a watch is open. */
  readonly isOver: boolean
}

/** A watcher as it is at a moment. `Watcher.describe` says it of all. */
export interface Description {
  /** `""` for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** The plural: `pods`. */
  readonly resource: string
  /** Undefined: all namespaces, or a kind without. */
  readonly namespace: string | undefined
  readonly labels: string | undefined
  readonly fields: string | undefined
  /** The moment of this description, by the program's clock as all times here. */
  readonly describedAt: DateTime.Utc
  readonly startedAt: DateTime.Utc
  /** `listing` everything, `connecting` (until a watch is open and trusted), `watching`, `waiting` before the next try. */
  readonly phase: Phase
  readonly phaseSince: DateTime.Utc
  /** While it waits. */
  readonly nextTryAt: DateTime.Utc | undefined
  /** Since when the watch is open; undefined where none is. */
  readonly connectedAt: DateTime.Utc | undefined
  /** How far the consumer has been told; undefined before the first complete list. */
  readonly resourceVersion: string | undefined
  /** The last complete list, event and bookmark. */
  readonly listedAt: DateTime.Utc | undefined
  readonly eventAt: DateTime.Utc | undefined
  readonly bookmarkAt: DateTime.Utc | undefined
  /**
   * Up to when the server is known to have told everything: when the last complete list was asked for, or when the last event or
   * bookmark came. A list that was not asked to be consistent (`semantics: "any"`) says nothing of it. What has happened since may be
   * on its way; where nothing happens, a bookmark comes about every minute.
   */
  readonly freshAt: DateTime.Utc | undefined
  /** Since when the consumer has been busy with what it was handed; the watcher waits for it. */
  readonly consumerBusySince: DateTime.Utc | undefined
  readonly counts: {
    /** Objects that were created, changed or deleted. */
    readonly events: number
    readonly bookmarks: number
    readonly undecodable: number
    /** Watches that were opened. */
    readonly watches: number
    readonly troubles: number
    /** Lists of everything that the server began to answer, by why they were made: all but those of `Start` are relists. */
    readonly lists: { readonly [R in InitReason]?: number }
  }
  readonly trouble: TroubleReport | undefined
  /** How many objects are in the store that is kept up to date; undefined where the events go elsewhere. */
  readonly store: { readonly objects: number } | undefined
}

const phaseOf = (phase: watcherState.State["phase"]): Phase => {
  switch (phase) {
    case "idle":
    case "listing":
    case "watchListing":
      return "listing"
    case "opening":
    case "confirming":
      return "connecting"
    case "watching":
      return "watching"
  }
}

const time = (millis: number): DateTime.Utc => DateTime.unsafeMake(millis)
const maybe = (millis: number | undefined): DateTime.Utc | undefined => millis === undefined ? undefined : time(millis)

/** Of the chunks that were handed over since a moment. */
interface Counts {
  events: number
  bookmarks: number
  undecodable: number
  objects: number
  pages: number
}

/** Objects of a chunk that could not be read. */
export interface Unread {
  readonly first: Undecodable
  readonly count: number
}

/** Times are wall clock milliseconds, but for those called `ticks`. */
export class WatcherReport {
  private readonly startedAt: number
  private phase: Phase = "listing"
  private phaseSince: number
  private machine: watcherState.State["phase"] = "idle"
  private nextTryAt: number | undefined
  private connectedAt: number | undefined
  private connectedTicks = 0
  private resourceVersion: string | undefined
  private listedAt: number | undefined
  private eventAt: number | undefined
  private bookmarkAt: number | undefined
  private freshAt: number | undefined
  private busySince: number | undefined
  private askedAt: number
  private askedTicks = 0
  private isConsistent = false
  private watches = 0
  private troubles = 0
  private readonly lists: { [R in InitReason]?: number } = {}
  private trouble: Omit<TroubleReport, "at" | "since"> & { readonly at: number; readonly since: number } | undefined
  private objects: number | undefined
  private readonly all: Counts = { events: 0, bookmarks: 0, undecodable: 0, objects: 0, pages: 0 }
  /** As they were when the present connection was asked for. */
  private before: Counts = { ...this.all }

  constructor(
    private readonly target: Target<unknown>,
    private readonly selection: Pick<ReaderSettings, "labels" | "fields">,
    private readonly clock: Clock.Clock,
    private readonly metrics: WatcherMetrics | undefined
  ) {
    this.startedAt = this.phaseSince = this.askedAt = this.time
    metrics?.entered(this.phase)
    // What has never been listed is as old as the watcher.
    metrics?.renewed(this.startedAt)
  }

  private get time(): number {
    return this.clock.unsafeCurrentTimeMillis()
  }

  // ---------------------------------------------------------------------------------------------- writing it down

  private enter(phase: Phase): void {
    if (phase === this.phase) return
    this.phase = phase
    this.phaseSince = this.time
    this.nextTryAt = undefined
    this.metrics?.entered(phase)
  }

  /** A list or a watch is asked for. */
  asks({ resourceVersion }: watcherState.Request): void {
    this.isConsistent = resourceVersion === undefined
    this.enter(phaseOf(this.machine))
    this.askedAt = this.time
    this.askedTicks = now(this.clock)
    this.before = { ...this.all }
  }

  waits(millis: number): void {
    this.enter("waiting")
    this.nextTryAt = this.time + millis
  }

  /** The machine has taken a step. */
  stepped(input: watcherState.Input, { events, reaction, state }: watcherState.Output): void {
    this.resourceVersion = state.known
    if (state.phase !== this.machine) {
      this.machine = state.phase
      this.enter(phaseOf(state.phase))
    }
    // A watch-list becomes a watch where its initial events end.
    const opened = input._tag === "WatchOpened" || input._tag === "InitialEventsEnd"
    if (opened && (state.phase === "watching" || state.phase === "confirming")) {
      this.watches++
      this.connectedAt = this.time
      this.connectedTicks = now(this.clock)
    } else if (input._tag === "PageEnd") this.all.pages++
    for (const event of events) {
      if (event._tag === "Init") {
        this.lists[event.reason] = (this.lists[event.reason] ?? 0) + 1
        this.metrics?.lists(event.reason)
      } else if (event._tag === "InitDone") {
        this.listedAt = this.time
        // Any other list may be of a cache that lags.
        if (this.isConsistent) this.renewed(this.askedAt)
        this.metrics?.listed(now(this.clock) - this.askedTicks)
      }
    }
    if (reaction !== undefined) this.disconnected(reaction.situation)
  }

  private renewed(millis: number): void {
    this.freshAt = millis
    this.metrics?.renewed(millis)
  }

  private disconnected(by: Situation | "stopped"): void {
    if (this.connectedAt === undefined) return
    this.connectedAt = undefined
    this.metrics?.ended(by, now(this.clock) - this.connectedTicks)
  }

  failed(situation: Situation, error: Failure): void {
    const at = this.time
    const known = this.trouble
    const { since, tries } = known === undefined || known.isOver ? { since: at, tries: 0 } : known
    this.trouble = { situation, error, at, since, tries: tries + 1, isOver: false }
    this.troubles++
    this.metrics?.trouble(situation)
  }

  well(): void {
    if (this.trouble !== undefined) this.trouble = { ...this.trouble, isOver: true }
  }

  /** A chunk of events is about to be handed over: the only loop over them, for the log needs to know what could not be read. */
  hands(events: ReadonlyArray<Event<unknown>>): Unread | undefined {
    let changes = 0
    let bookmarks = 0
    let unread = 0
    let first: Undecodable | undefined
    for (let i = 0; i < events.length; i++) {
      const event = events[i]!
      switch (event._tag) {
        case "Applied":
        case "Deleted":
          changes++
          break
        case "InitPage":
          this.all.objects += event.objects.length
          break
        case "Bookmark":
          bookmarks++
          break
        case "Undecodable":
          if (event.change !== "Listed") changes++
          unread++
          first ??= event
      }
    }
    const millis = this.time
    this.busySince = millis
    if (changes > 0) this.eventAt = millis
    if (bookmarks > 0) this.bookmarkAt = millis
    // What a watch-list brings before its end proves nothing.
    if ((changes > 0 || bookmarks > 0) && this.phase !== "listing") this.renewed(millis)
    this.all.events += changes
    this.all.bookmarks += bookmarks
    this.all.undecodable += unread
    this.metrics?.handed(changes, bookmarks, unread)
    return first === undefined ? undefined : { first, count: unread }
  }

  /** The consumer has it; a store has so many objects now. */
  handed(objects: number | undefined): void {
    this.busySince = undefined
    if (objects === undefined || objects === this.objects) return
    this.objects = objects
    this.metrics?.kept(objects)
  }

  /** It does not run any more. */
  close(): void {
    this.disconnected("stopped")
    this.metrics?.close()
  }

  // ---------------------------------------------------------------------------------------------- reading it

  /** What a span says of the present connection at its end; without an `output` it was interrupted. */
  attributes(
    request: watcherState.Request,
    reason: InitReason,
    output: watcherState.Output | undefined
  ): { readonly [name: string]: string | number } {
    const { all, before } = this
    const ended = output === undefined ? "stopped" : output.reaction?.situation ?? "complete"
    return {
      ...(request._tag === "Watch" ? { "kube.watch.from": request.resourceVersion } : {
        "kube.list.reason": reason,
        "kube.list.objects": all.objects - before.objects
      }),
      ...(request._tag === "List" ? { "kube.list.pages": all.pages - before.pages } : {
        "kube.watch.events": all.events - before.events,
        "kube.watch.bookmarks": all.bookmarks - before.bookmarks
      }),
      "kube.undecodable": all.undecodable - before.undecodable,
      "kube.ended": ended
    }
  }

  describe(describedAt: number): Description {
    const { namespace, resource: { group, kind, plural, version } } = this.target
    const { bookmarks, events, undecodable } = this.all
    const { trouble } = this
    return {
      group,
      version,
      kind,
      resource: plural,
      namespace,
      labels: this.selection.labels,
      fields: this.selection.fields,
      describedAt: time(describedAt),
      startedAt: time(this.startedAt),
      phase: this.phase,
      phaseSince: time(this.phaseSince),
      nextTryAt: maybe(this.nextTryAt),
      connectedAt: maybe(this.connectedAt),
      resourceVersion: this.resourceVersion,
      listedAt: maybe(this.listedAt),
      eventAt: maybe(this.eventAt),
      bookmarkAt: maybe(this.bookmarkAt),
      freshAt: maybe(this.freshAt),
      consumerBusySince: maybe(this.busySince),
      counts: {
        events,
        bookmarks,
        undecodable,
        watches: this.watches,
        troubles: this.troubles,
        lists: { ...this.lists }
      },
      trouble: trouble === undefined ? undefined : { ...trouble, at: time(trouble.at), since: time(trouble.since) },
      store: this.objects === undefined ? undefined : { objects: this.objects }
    }
  }
}

// ------------------------------------------------------------------------------------------------ all of a client

const reportsOf = perClient("watches", () => new Set<WatcherReport>())

/** Runs a watcher with a report, which is gone when the watcher is. */
export const reported = <A>(
  target: Target<unknown>,
  selection: Pick<ReaderSettings, "labels" | "fields">,
  clock: Clock.Clock,
  run: (report: WatcherReport) => Effect.Effect<A>
): Effect.Effect<A> =>
  Effect.acquireUseRelease(
    Effect.withFiberRuntime<WatcherReport>((fiber) =>
      Effect.sync(() => {
        const { client, resource } = target
        const { host: { host }, metrics: isCounted } = visibilityOf(client)
        const metrics = isCounted
          ? new WatcherMetrics([
            ...labelsOf(host, resource),
            ...fiber.getFiberRef(FiberRef.currentMetricLabels)
          ])
          : undefined
        const report = new WatcherReport(target, selection, clock, metrics)
        reportsOf(client).add(report)
        return report
      })
    ),
    run,
    (report) =>
      Effect.sync(() => {
        reportsOf(target.client).delete(report)
        report.close()
      })
  )

/** All watchers that run on a client, the oldest first. */
export const describe = (client: Service): Effect.Effect<ReadonlyArray<Description>> =>
  Effect.clockWith((clock) =>
    Effect.sync(() => {
      const at = clock.unsafeCurrentTimeMillis()
      return Array.from(reportsOf(client), (report) => report.describe(at))
    })
  )
