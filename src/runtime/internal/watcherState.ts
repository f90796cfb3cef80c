/**
 * The watcher as a pure state machine: `step(state, input)` says which events the consumer gets, which request comes
 * next, and when. It is total: every input has an answer in every state. What to do when something goes wrong is data
 * (`watcherTable.ts`); the loop that drives this (connection, clock, randomness) is `watcherDriver.ts`.
 *
 * Objects do not pass through here: the driver hands them to the sink chunk by chunk, and tells the machine only how
 * far the resourceVersion has moved.
 */
import type * as Duration from "effect/Duration"
import * as KubeError from "../../protocol/KubeError.js"
import * as ResourceVersion from "../../protocol/ResourceVersion.js"
import {
  type AtOnce,
  type Failure,
  type InitReason,
  isRefusal,
  listing,
  type Reaction,
  type Situation,
  situationOf,
  strikesToList,
  watching,
  watchListing
} from "./watcherTable.js"

/** `"consistent"`: the newest state. `"any"`: whatever the server has in its cache, which may be older. */
export type Semantics = "consistent" | "any"

// ------------------------------------------------------------------------------------------------ states

/**
 * `idle`: not started. `listing`: a list is opened or read. `watchListing`: a watch-list is opened, or read up to the end
 * of its initial events. `opening`: a watch is opened. `watching`: it is read. `confirming`: it is open, and not read
 * before a small consistent list has told how new the server is.
 */
export const phases = ["idle", "listing", "watchListing", "opening", "watching", "confirming"] as const

export interface State {
  readonly phase: typeof phases[number]
  readonly semantics: Semantics
  /** Everything is listed by a watch-list. Not any more when the server has shown that it cannot. */
  readonly watchList: boolean
  /** The newest resourceVersion that the consumer has; undefined before the first complete list. */
  readonly known: string | undefined

  /** Why the list that is made, or will be, is made. */
  readonly reason: InitReason
  /** The next list must be consistent, whatever the semantics. */
  readonly consistent: boolean
  /** The next list must not be cut into pages: a page's token expired. */
  readonly whole: boolean
  /** The resourceVersion that this list asked for. */
  readonly asked: string | undefined
  /** Counts the pages of this list from 1. */
  readonly page: number
  /** The resourceVersion of this list: that of its first page. */
  readonly listed: string | undefined
  /** `Init` has been said for this list. */
  readonly began: boolean

  /** Nothing came since the last list. */
  readonly fresh: boolean
  /** This connection moved the resourceVersion; brought an event; brought a bookmark. */
  readonly moved: boolean
  readonly event: boolean
  readonly bookmark: boolean
  /** The server may have lost history while nobody was connected: ask how new it is before trusting its silence. */
  readonly suspect: boolean
  /** On this connection that has been asked. */
  readonly confirmed: boolean
  /** Failures in a row that count: of the watch, or of the watch-list. */
  readonly strikes: number
}

export const initial = (semantics: Semantics, watchList: boolean): State => ({
  phase: "idle",
  semantics,
  watchList,
  known: undefined,
  reason: "Start",
  consistent: false,
  whole: false,
  asked: undefined,
  page: 0,
  listed: undefined,
  began: false,
  fresh: false,
  moved: false,
  event: false,
  bookmark: false,
  suspect: false,
  confirmed: false,
  strikes: 0
})

// ------------------------------------------------------------------------------------------------ inputs

export type Input =
  | { readonly _tag: "Start" }
  /** The metadata of a page is known, maybe before its items, maybe after them. */
  | { readonly _tag: "PageMeta"; readonly resourceVersion: string }
  /** The first items of a list are about to be handed over. */
  | { readonly _tag: "Items" }
  /** A page is complete. An empty or missing token: the list is. */
  | { readonly _tag: "PageEnd"; readonly resourceVersion: string; readonly continue: string | undefined }
  /** The bookmark that ends the initial events of a watch-list; the connection goes on as a watch. */
  | { readonly _tag: "InitialEventsEnd"; readonly resourceVersion: string }
  /** A watch-list has had its time, and its initial events have not ended. */
  | { readonly _tag: "Late" }
  /** The server accepted the watch. */
  | { readonly _tag: "WatchOpened" }
  /** A chunk of frames was handed over; `resourceVersion` is the last one it brought. */
  | { readonly _tag: "Advanced"; readonly resourceVersion: string; readonly event: boolean; readonly bookmark: boolean }
  /** How new the server is, by a consistent list of at most one object. */
  | { readonly _tag: "Confirmed"; readonly resourceVersion: string }
  /** The answer ended cleanly. `short`: it hardly lasted (W8). */
  | { readonly _tag: "Closed"; readonly short: boolean }
  /** Something failed: an HTTP status, an ERROR event, the connection. */
  | { readonly _tag: "Failed"; readonly error: Failure }
  /** Nothing came for longer than a healthy server is silent. */
  | { readonly _tag: "Silent"; readonly error: Failure }
  /** A frame is not JSON. */
  | { readonly _tag: "BadFrame"; readonly error: Failure }

export const inputTags: ReadonlyArray<Input["_tag"]> = [
  "Start",
  "PageMeta",
  "Items",
  "PageEnd",
  "InitialEventsEnd",
  "Late",
  "WatchOpened",
  "Advanced",
  "Confirmed",
  "Closed",
  "Failed",
  "Silent",
  "BadFrame"
]

// ------------------------------------------------------------------------------------------------ outputs

export type Event =
  | { readonly _tag: "Init"; readonly reason: InitReason }
  | { readonly _tag: "InitDone"; readonly resourceVersion: string }
  /** The driver adds when the next try comes, and makes an error of the text where there is none. */
  | { readonly _tag: "Trouble"; readonly error: Failure | undefined; readonly text: string }

export type Request =
  /** `whole`: not in pages. */
  | {
    readonly _tag: "List"
    readonly resourceVersion: string | undefined
    readonly continue: string | undefined
    readonly whole: boolean
  }
  /** A watch that begins with everything that there is. */
  | { readonly _tag: "WatchList"; readonly resourceVersion: string | undefined }
  | { readonly _tag: "Watch"; readonly resourceVersion: string }

/** `backoff`: what the Schedule says; with `atLeast` not before that. */
export type When =
  | { readonly _tag: "now" }
  | { readonly _tag: "backoff"; readonly atLeast: Duration.Duration | undefined }

export type Next =
  /** Go on reading this connection. */
  | { readonly _tag: "Stay" }
  /** Ask how new the server is (a consistent list of at most one object), then go on reading this connection. */
  | { readonly _tag: "Confirm" }
  /** Leave this connection, and make this request then. */
  | { readonly _tag: "Go"; readonly request: Request; readonly when: When }

export interface Output {
  readonly state: State
  readonly events: ReadonlyArray<Event>
  readonly next: Next
  /** What was reacted to, for logs and metrics. */
  readonly reaction?: { readonly situation: Situation; readonly row: Reaction } | undefined
}

const stay: Next = { _tag: "Stay" }
const confirm: Next = { _tag: "Confirm" }
const now: When = { _tag: "now" }
const none: ReadonlyArray<Event> = []

const ignore = (state: State): Output => ({ state, events: none, next: stay })

// ------------------------------------------------------------------------------------------------ steps

/** Whether a state is older than another; false when they cannot be compared. */
const isOlder = (resourceVersion: string, than: string | undefined): boolean =>
  than !== undefined && ResourceVersion.isValid(resourceVersion) && ResourceVersion.isValid(than) &&
  ResourceVersion.Order(resourceVersion, than) < 0

/** Nothing came on this connection yet. */
const unmoved = { moved: false, event: false, bookmark: false, confirmed: false } as const

const list = (state: State): Pick<Output, "state"> & { readonly request: Request } => {
  const asked = state.semantics === "any" && !state.consistent ? "0" : undefined
  const phase = state.watchList ? "watchListing" : "listing"
  return {
    state: { ...state, ...unmoved, phase, asked, page: 1, listed: undefined, began: false, suspect: false },
    request: state.watchList
      ? { _tag: "WatchList", resourceVersion: asked }
      : { _tag: "List", resourceVersion: asked, continue: undefined, whole: state.whole }
  }
}

const watch = (state: State, resourceVersion: string): Pick<Output, "state"> & { readonly request: Request } => ({
  state: { ...state, ...unmoved, phase: "opening" },
  request: { _tag: "Watch", resourceVersion }
})

const isAtOnce: { readonly [A in AtOnce]: (state: State, weaker: boolean) => boolean } = {
  always: () => true,
  never: () => false,
  ifMoved: (state) => state.moved,
  ifNotFresh: (state) => !state.fresh,
  ifWeaker: (_, weaker) => weaker
}

const isWatch = (state: State): boolean =>
  state.phase === "opening" || state.phase === "watching" || state.phase === "confirming"

const tableOf = (state: State): { readonly [S in Situation]?: Reaction } & { readonly otherStatus: Reaction } =>
  isWatch(state) ? watching : state.phase === "watchListing" ? watchListing : listing

/** The one place that looks into the failure tables. */
const react = (state: State, situation: Situation, error: Failure | undefined): Output => {
  const table = tableOf(state)
  const row = table[situation] ?? table.otherStatus
  const strikes = row.strike === true ? state.strikes + 1 : situation === "closed" ? 0 : state.strikes
  const tired = strikes >= strikesToList
  // A later page whose token expired: the list was too slow for its pages, so without them. Else: without a version.
  const lateToken = situation === "expired" && state.phase === "listing" && state.page > 1
  const consistent = state.consistent || (row.next === "consistentList" && !lateToken)
  const whole = state.whole || lateToken
  const atOnce = isAtOnce[row.atOnce](state, whole !== state.whole || (consistent && state.asked !== undefined))
  const events: ReadonlyArray<Event> = error === undefined && row.text === undefined
    ? none
    : [{ _tag: "Trouble", error, text: row.text ?? "" }]
  const when: When = atOnce
    ? now
    : { _tag: "backoff", atLeast: error === undefined ? undefined : KubeError.retryAfter(error) }
  const go = (next: { readonly state: State; readonly request: Request }): Output => ({
    state: next.state,
    events,
    next: { _tag: "Go", request: next.request, when },
    reaction: { situation, row }
  })

  if (row.next === "watch" && !tired && state.known !== undefined) {
    // Silence proves nothing: neither that of a server that was away, nor that of a watch which brought nothing at all.
    const suspect = situation === "closed" ? state.suspect || !(state.event || state.bookmark) : true
    return go(watch({ ...state, strikes, suspect }, state.known))
  }
  const isWatchList = state.phase === "watchListing"
  const reason = state.known === undefined ? "Start" : tired && !isWatchList ? "Failures" : row.reason ?? state.reason
  const watchList = state.watchList && row.withoutWatchList !== true && !(isWatchList && tired)
  const kept = isWatchList && !tired ? strikes : 0
  return go(list({ ...state, strikes: kept, reason, consistent, whole, watchList }))
}

const begin = (state: State): Output => ({
  state: { ...state, began: true },
  events: [{ _tag: "Init", reason: state.reason }],
  next: stay
})

/** The version of a list is known. It may be older than what the consumer has: then a replica lags, or history is lost. */
const pageMeta = (state: State, resourceVersion: string): Output => {
  if (state.page > 1 || state.listed !== undefined) return ignore(state)
  const listed = { ...state, listed: resourceVersion }
  if (!isOlder(resourceVersion, state.known) || state.reason === "HistoryReset") {
    return state.began
      ? ignore(listed)
      : begin(listed)
  }
  // A consistent list is the truth. Where items came before its version, they came under another reason: once more.
  if (state.asked !== undefined) return react(state, "olderReplica", undefined)
  if (state.began) return react(state, "historyReset", undefined)
  return {
    ...begin({ ...listed, reason: "HistoryReset" }),
    reaction: { situation: "historyReset", row: listing.historyReset }
  }
}

/** The consumer has everything up to this version. */
const upTo = (state: State, known: string): State => ({
  ...state,
  known,
  asked: undefined,
  page: 0,
  listed: undefined,
  began: false,
  consistent: false,
  whole: false,
  fresh: true,
  suspect: false,
  strikes: 0
})

const pageEnd = (state: State, resourceVersion: string, token: string | undefined): Output => {
  if (token !== undefined && token !== "") {
    return {
      state: { ...state, page: state.page + 1, listed: state.listed ?? resourceVersion },
      events: none,
      next: {
        _tag: "Go",
        request: { _tag: "List", resourceVersion: undefined, continue: token, whole: false },
        when: now
      }
    }
  }
  const known = state.listed ?? resourceVersion
  const next = watch(upTo(state, known), known)
  return {
    state: next.state,
    events: [{ _tag: "InitDone", resourceVersion: known }],
    next: { _tag: "Go", request: next.request, when: now }
  }
}

/** What a list says with its first page, a watch-list says at its end. */
const initialEventsEnd = (state: State, resourceVersion: string): Output => {
  const meta = pageMeta(state, resourceVersion)
  if (meta.next._tag === "Go") return meta
  return {
    ...meta,
    state: { ...upTo(meta.state, resourceVersion), ...unmoved, phase: "watching" },
    events: [...meta.events, { _tag: "InitDone", resourceVersion }]
  }
}

const advanced = (state: State, input: Extract<Input, { readonly _tag: "Advanced" }>): Output => {
  const event = state.event || input.event
  const bookmark = state.bookmark || input.bookmark
  if (isOlder(input.resourceVersion, state.known)) {
    const seen = { ...state, event, bookmark }
    return state.confirmed ? ignore(seen) : { state: { ...seen, phase: "confirming" }, events: none, next: confirm }
  }
  if (input.resourceVersion === state.known || input.resourceVersion === "") {
    return ignore({ ...state, event, bookmark })
  }
  return ignore({ ...state, event, bookmark, known: input.resourceVersion, moved: true, fresh: false, strikes: 0 })
}

const confirmed = (state: State, resourceVersion: string): Output =>
  isOlder(resourceVersion, state.known)
    ? react(state, "historyReset", undefined)
    : ignore({ ...state, phase: "watching", suspect: false, confirmed: true })

const closed = (state: State, short: boolean): Output =>
  react(state, isWatch(state) && short && !state.event ? "shortWatch" : "closed", undefined)

const failed = (state: State, error: Failure): Output => {
  const connected = state.phase === "watching" || state.phase === "confirming" || state.began
  const refused = state.phase === "watchListing" && isRefusal(error)
  return react(state, refused ? "refused" : situationOf(error, connected), error)
}

/** The next state, what the consumer gets, and what comes next. Inputs that have no meaning in a state change nothing. */
export const step = (state: State, input: Input): Output => {
  switch (input._tag) {
    case "Start": {
      if (state.phase !== "idle") return ignore(state)
      const first = list(state)
      return { state: first.state, events: none, next: { _tag: "Go", request: first.request, when: now } }
    }
    case "PageMeta":
      return state.phase === "listing" ? pageMeta(state, input.resourceVersion) : ignore(state)
    case "Items":
      return (state.phase === "listing" || state.phase === "watchListing") && !state.began
        ? begin(state)
        : ignore(state)
    case "PageEnd": {
      if (state.phase !== "listing") return ignore(state)
      const meta = pageMeta(state, input.resourceVersion)
      if (meta.next._tag === "Go") return meta
      const end = pageEnd(meta.state, input.resourceVersion, input.continue)
      return meta.events.length === 0
        ? end
        : { ...end, events: [...meta.events, ...end.events], reaction: meta.reaction }
    }
    case "InitialEventsEnd":
      return state.phase === "watchListing" ? initialEventsEnd(state, input.resourceVersion) : ignore(state)
    case "Late":
      return state.phase === "watchListing" ? react(state, "late", undefined) : ignore(state)
    case "WatchOpened":
      if (state.phase !== "opening") return ignore(state)
      return state.suspect
        ? { state: { ...state, phase: "confirming" }, events: none, next: confirm }
        : ignore({ ...state, phase: "watching" })
    case "Advanced":
      return state.phase === "watching" || state.phase === "confirming" ? advanced(state, input) : ignore(state)
    case "Confirmed":
      return state.phase === "confirming" ? confirmed(state, input.resourceVersion) : ignore(state)
    case "Closed":
      return state.phase === "idle" ? ignore(state) : closed(state, input.short)
    case "Failed":
      return state.phase === "idle" ? ignore(state) : failed(state, input.error)
    case "Silent":
      return state.phase === "idle" ? ignore(state) : react(state, "silent", input.error)
    case "BadFrame":
      return state.phase === "idle" ? ignore(state) : react(state, "badFrame", input.error)
  }
}
