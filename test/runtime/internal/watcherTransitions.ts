/**
 * The unit tests of the watcher's state machine, as a table: what came before, what comes, and what shall come of it. The
 * test beside runs each, and compares the lines with all transitions that the machine can make: one that is added needs
 * a line here.
 */
import { failures } from "../../../scripts/transitions.js"
import * as KubeError from "../../../src/protocol/KubeError.js"
import type { Input, Request, Semantics, State } from "../../../src/runtime/internal/watcherState.js"

export interface Scenario {
  /** The promise, with the rows that it keeps. */
  readonly title: string
  readonly semantics: Semantics
  readonly watchList: boolean
  readonly given: ReadonlyArray<Input>
  readonly input: Input
  /** The transition in words. */
  readonly line: string
  /** The request that comes next, where the words do not tell all of it. */
  readonly request?: Request | undefined
  /** The state is as before. */
  readonly unchanged?: boolean | undefined
}

type Phase = State["phase"]
type FailureName =
  | "cut"
  | "expired"
  | "tooLarge"
  | "throttled"
  | "serverError"
  | "unauthorized"
  | "denied"
  | "otherStatus"
  | "invalid"
  | "notKubernetes"

// ------------------------------------------------------------------------------------------------ inputs

const transport = new KubeError.TransportError({
  request: {
    verb: "watch",
    group: "",
    version: "v1",
    resource: "configmaps",
    kind: "ConfigMap",
    namespace: undefined,
    name: undefined,
    subresource: undefined
  },
  reason: "Timeout",
  description: "it broke"
})

const failed = (name: FailureName): Input => ({ _tag: "Failed", error: failures[name]! }) // the names are those of the record
const start: Input = { _tag: "Start" }
const items: Input = { _tag: "Items" }
const late: Input = { _tag: "Late" }
const opened: Input = { _tag: "WatchOpened" }
const closed: Input = { _tag: "Closed", short: false }
const closedAtOnce: Input = { _tag: "Closed", short: true }
const silent: Input = { _tag: "Silent", error: transport }
const badFrame: Input = { _tag: "BadFrame", error: transport }
const meta = (resourceVersion: string): Input => ({ _tag: "PageMeta", resourceVersion })
const pageEnd = (resourceVersion: string, token?: string): Input => ({
  _tag: "PageEnd",
  resourceVersion,
  continue: token
})
const initialEventsEnd = (resourceVersion: string): Input => ({ _tag: "InitialEventsEnd", resourceVersion })
const event = (resourceVersion: string): Input => ({ _tag: "Advanced", resourceVersion, event: true, bookmark: false })
const bookmark = (resourceVersion: string): Input => ({
  _tag: "Advanced",
  resourceVersion,
  event: false,
  bookmark: true
})
const confirmed = (resourceVersion: string): Input => ({ _tag: "Confirmed", resourceVersion })

// ------------------------------------------------------------------------------------------------ what came before

/** A list at version 100, and its watch is being opened. */
const opening = [start, pageEnd("100")]
const watching = [...opening, opened]
/** An event has moved this connection to version 200. */
const moved = [...watching, event("200")]
/** Something came since the list, on a connection before this one. */
const reopening = [...moved, failed("cut")]
const reopened = [...reopening, opened, confirmed("200")]
/** Silence proves nothing: how new is the server? */
const confirming = [...watching, closed, opened]
const reconfirming = [...reopening, opened]
/** An older version came: is history lost? */
const confirmingMoved = [...moved, bookmark("90")]

/** The phases of a watch: nothing came since the list; something came. */
const watches = [
  { phase: "opening", fresh: opening, later: reopening },
  { phase: "watching", fresh: watching, later: reopened },
  { phase: "confirming", fresh: confirming, later: reconfirming }
] as const

const listing = [start]
const listingBegun = [start, meta("100"), items]
const secondPage = [start, pageEnd("100", "more")]
/** A list that is made again, when version 200 is known. */
const relisting = [...moved, failed("denied")]

/** The same with watch-lists. */
const watchListing = [start]
const watchListingBegun = [start, opened, items]
const watchingOn = [...watchListingBegun, initialEventsEnd("100")]
const watchRelisting = [...watchingOn, event("200"), failed("denied")]

// ------------------------------------------------------------------------------------------------ the table

const scenarios: Array<Scenario> = []

interface How {
  readonly semantics?: Semantics
  readonly watchList?: boolean
  readonly request?: Request
  readonly unchanged?: boolean
}

const says = (title: string, given: ReadonlyArray<Input>, input: Input, line: string, how: How = {}): void => {
  scenarios.push({ title, semantics: "consistent", watchList: false, ...how, given, input, line })
}

/** The same in each phase of a watch. */
const saysInWatches = (
  title: string,
  given: "fresh" | "later",
  before: ReadonlyArray<Input>,
  input: Input,
  outcome: string
): void => {
  for (const watch of watches) {
    const again: ReadonlyArray<Input> = watch.phase === "opening"
      ? []
      : [opened, ...watch.phase === "watching" ? [confirmed("200")] : []]
    const first = before.flatMap((input) => [input, ...again])
    says(`${watch.phase}: ${title}`, [...watch[given], ...first], input, `${watch.phase} × ${outcome}`)
  }
}

/** The same while a list is read and while a watch-list is. */
const saysInLists = (title: string, input: Input, outcome: string, how: How = {}): void => {
  says(`listing: ${title}`, listingBegun, input, `listing × ${outcome}`, how)
  says(`watchListing: ${title}`, watchListingBegun, input, `watchListing × ${outcome}`, { ...how, watchList: true })
}

const nothing = (phase: Phase, given: ReadonlyArray<Input>, inputs: ReadonlyArray<Input>): void => {
  for (const input of inputs) {
    says(
      `${phase}: ${input._tag} means nothing there, and changes nothing (W39)`,
      given,
      input,
      `${phase} × ${input._tag}: read on`,
      {
        watchList: phase === "watchListing",
        unchanged: true
      }
    )
  }
}

const consistentList: Request = { _tag: "List", resourceVersion: undefined, continue: undefined, whole: false }
const consistentWatchList: Request = { _tag: "WatchList", resourceVersion: undefined }

// the start

const startLine = "idle × Start: list everything, at once"
says("a list asks for the newest state (W9)", [], start, startLine, { request: consistentList })
says("a list asks for any state where the caller allows it (W9)", [], start, startLine, {
  semantics: "any",
  request: { ...consistentList, resourceVersion: "0" }
})
says("a watch-list asks for the newest state (W16)", [], start, startLine, {
  watchList: true,
  request: consistentWatchList
})
says("a watch-list asks for any state where the caller allows it (W9, W16)", [], start, startLine, {
  watchList: true,
  semantics: "any",
  request: { _tag: "WatchList", resourceVersion: "0" }
})
nothing("idle", [], [
  items,
  late,
  opened,
  closed,
  silent,
  badFrame,
  meta("1"),
  pageEnd("1"),
  initialEventsEnd("1"),
  event("1"),
  confirmed("1"),
  failed("cut")
])

// lists

says("a list begins when its version is known (W39)", listing, meta("100"), "listing × PageMeta: Init; read on")
says("a list begins with its items, where these come first (W39)", listing, items, "listing × Items: Init; read on")
says(
  "a list begins and ends with its only page (W15, W39)",
  listing,
  pageEnd("100"),
  "listing × PageEnd: Init, InitDone; watch from the last version, at once",
  { request: { _tag: "Watch", resourceVersion: "100" } }
)
says(
  "a list that has begun ends with its last page, and the watch goes on from its version (W9, W39)",
  listingBegun,
  pageEnd("100"),
  "listing × PageEnd: InitDone; watch from the last version, at once",
  { request: { _tag: "Watch", resourceVersion: "100" } }
)
says(
  "the first page asks for the second by its token alone (W11)",
  listing,
  pageEnd("100", "more"),
  "listing × PageEnd: Init; the next page, at once",
  { semantics: "any", request: { ...consistentList, continue: "more" } }
)
says(
  "a page asks for the next one (W11)",
  listingBegun,
  pageEnd("100", "more"),
  "listing × PageEnd: the next page, at once",
  { request: { ...consistentList, continue: "more" } }
)
says(
  "the version of a list is that of its first page (W11)",
  secondPage,
  pageEnd("103"),
  "listing × PageEnd: InitDone; watch from the last version, at once",
  { request: { _tag: "Watch", resourceVersion: "100" } }
)
says(
  "a token that has expired makes the list whole, at once (W12)",
  secondPage,
  failed("expired"),
  "listing × Failed (expired): Trouble; list everything, not in pages, at once",
  { request: { ...consistentList, whole: true } }
)
says(
  "a whole list whose token expires all the same waits (W12)",
  [...secondPage, failed("expired"), pageEnd("100", "more")],
  failed("expired"),
  "listing × Failed (expired): Trouble; list everything, after the backoff",
  { request: { ...consistentList, whole: true } }
)
says(
  "what expired and was consistent is made whole too (W12)",
  [start, failed("expired"), pageEnd("100", "more")],
  failed("expired"),
  "listing × Failed (expired): Trouble; list everything, not in pages, consistently, at once"
)
says(
  "a list that is cut before it has begun had not been reached (W27, W37)",
  listing,
  failed("cut"),
  "listing × Failed (unreachable): Trouble; list everything, after the backoff"
)
says(
  "a list that ends before it is complete is made again (W37)",
  listingBegun,
  closed,
  "listing × Closed (closed): Trouble; list everything, after the backoff",
  { request: consistentList }
)
nothing("listing", listingBegun, [
  start,
  items,
  late,
  opened,
  meta("100"),
  initialEventsEnd("1"),
  event("1"),
  confirmed("1")
])

says(
  "a list of any version that is older than what is known is made consistently (W35)",
  relisting,
  meta("90"),
  "listing × PageMeta (olderReplica): Trouble; list everything, consistently, after the backoff",
  { semantics: "any", request: consistentList }
)
says(
  "the same where its version comes last (W35)",
  relisting,
  pageEnd("90"),
  "listing × PageEnd (olderReplica): Trouble; list everything, consistently, after the backoff",
  { semantics: "any", request: consistentList }
)
says(
  "a consistent list that is older is the truth (W36)",
  relisting,
  meta("90"),
  "listing × PageMeta (historyReset): Init; read on"
)
says(
  "a consistent list of one page that is older is the truth (W36)",
  relisting,
  pageEnd("90"),
  "listing × PageEnd (historyReset): Init, InitDone; watch from the last version, at once",
  { request: { _tag: "Watch", resourceVersion: "90" } }
)
says(
  "a first page that is older is the truth (W36)",
  relisting,
  pageEnd("90", "more"),
  "listing × PageEnd (historyReset): Init; the next page, at once"
)
says(
  "older than what is known, and its items were told already: once more, under the right reason (W36)",
  [...relisting, items],
  meta("90"),
  "listing × PageMeta (historyReset): list everything, consistently, at once"
)
says(
  "the same where its version comes with its end (W36)",
  [...relisting, items],
  pageEnd("90"),
  "listing × PageEnd (historyReset): list everything, consistently, at once"
)

// watch-lists

says("a watch-list begins with its first event (W39)", watchListing, items, "watchListing × Items: Init; read on", {
  watchList: true
})
says(
  "a watch-list of nothing begins and ends with its end bookmark (W18, W39)",
  watchListing,
  initialEventsEnd("100"),
  "watchListing × InitialEventsEnd: Init, InitDone; read on",
  { watchList: true }
)
says(
  "the end bookmark ends the initial events, and the same connection goes on (W18)",
  watchListingBegun,
  initialEventsEnd("100"),
  "watchListing × InitialEventsEnd: InitDone; read on",
  { watchList: true }
)
says(
  "a watch-list that ends before its end bookmark is the last one (W19)",
  watchListingBegun,
  closed,
  "watchListing × Closed (closed): Trouble; list everything, without watch-lists from now on, at once",
  { watchList: true, request: consistentList }
)
says(
  "a watch-list that is refused is the last one (W19)",
  watchListing,
  failed("invalid"),
  "watchListing × Failed (refused): Trouble; list everything, without watch-lists from now on, at once",
  { watchList: true, request: consistentList }
)
says(
  "a watch-list that has had its time is the last one (W7, W19)",
  watchListingBegun,
  late,
  "watchListing × Late (late): Trouble; list everything, without watch-lists from now on, at once",
  { watchList: true, request: consistentList }
)
says(
  "without watch-lists any state is as good as before (W19)",
  watchListing,
  late,
  "watchListing × Late (late): Trouble; list everything, without watch-lists from now on, at once",
  { watchList: true, semantics: "any", request: { ...consistentList, resourceVersion: "0" } }
)
says(
  "without watch-lists for good: the next relist is a list (W19)",
  [...watchListing, late, ...opening.slice(1), opened, event("200")],
  failed("denied"),
  "watching × Failed (denied): Trouble; list everything, after the backoff",
  { watchList: true, request: consistentList }
)
says(
  "a relist is a watch-list too (W16)",
  [...watchingOn, event("200")],
  failed("denied"),
  "watching × Failed (denied): Trouble; list everything, after the backoff",
  { watchList: true, request: consistentWatchList }
)
says(
  "a watch that is cut after the initial events goes on from their version, and is no watch-list (W18, W21)",
  watchingOn,
  failed("cut"),
  "watching × Failed (cut): Trouble; watch from the last version, after the backoff",
  { watchList: true, request: { _tag: "Watch", resourceVersion: "100" } }
)
says(
  "a watch-list that cannot be reached is tried again (W27, W37)",
  watchListing,
  failed("cut"),
  "watchListing × Failed (unreachable): Trouble; list everything, after the backoff",
  { watchList: true, request: consistentWatchList }
)
says(
  "a watch-list of any version that is older than what is known is made consistently (W35)",
  [...watchRelisting, items],
  initialEventsEnd("90"),
  "watchListing × InitialEventsEnd (olderReplica): Trouble; list everything, consistently, after the backoff",
  { watchList: true, semantics: "any", request: consistentWatchList }
)
says(
  "a consistent watch-list of nothing that is older is the truth (W36)",
  watchRelisting,
  initialEventsEnd("90"),
  "watchListing × InitialEventsEnd (historyReset): Init, InitDone; read on",
  { watchList: true }
)
says(
  "a watch-list that proves older when its events were told is made once more, under the right reason (W36)",
  [...watchRelisting, items],
  initialEventsEnd("90"),
  "watchListing × InitialEventsEnd (historyReset): list everything, consistently, at once",
  { watchList: true, request: consistentWatchList }
)
nothing("watchListing", watchListingBegun, [
  start,
  items,
  opened,
  meta("1"),
  pageEnd("1"),
  event("1"),
  confirmed("1")
])

// what goes wrong with either

saysInLists(
  "a cut discards what had come (W21, W37)",
  failed("cut"),
  "Failed (cut): Trouble; list everything, after the backoff"
)
saysInLists(
  "429 waits (W25, W37)",
  failed("throttled"),
  "Failed (throttled): Trouble; list everything, after the backoff"
)
saysInLists(
  "5xx waits (W26, W37)",
  failed("serverError"),
  "Failed (serverError): Trouble; list everything, after the backoff"
)
saysInLists(
  "401 waits (W28, W37)",
  failed("unauthorized"),
  "Failed (unauthorized): Trouble; list everything, after the backoff"
)
saysInLists(
  "403 and 404 wait (W29, W37)",
  failed("denied"),
  "Failed (denied): Trouble; list everything, after the backoff"
)
saysInLists("silence waits (W2, W30, W37)", silent, "Silent (silent): Trouble; list everything, after the backoff")
saysInLists(
  "what is not JSON waits (W32, W37)",
  badFrame,
  "BadFrame (badFrame): Trouble; list everything, after the backoff"
)
saysInLists(
  "any other Status waits (W33, W37)",
  failed("otherStatus"),
  "Failed (otherStatus): Trouble; list everything, after the backoff"
)
saysInLists(
  "what is not Kubernetes waits (W34, W37)",
  failed("notKubernetes"),
  "Failed (notKubernetes): Trouble; list everything, after the backoff"
)
for (const [name, title] of [["expired", "410"], ["tooLarge", "a version that is too large"]] as const) {
  saysInLists(
    `${title} drops the version, at once (W13)`,
    failed(name),
    `Failed (${name}): Trouble; list everything, consistently, at once`,
    { semantics: "any" }
  )
  saysInLists(
    `${title} waits where there is no version to drop (W13)`,
    failed(name),
    `Failed (${name}): Trouble; list everything, consistently, after the backoff`
  )
}

for (
  const [name, input, situation] of [
    ["that is cut amid its initial events (W19, W21)", failed("cut"), "Failed (cut)"],
    ["that falls silent (W19, W30)", silent, "Silent (silent)"],
    ["that is not JSON (W19, W32)", badFrame, "BadFrame (badFrame)"]
  ] as const
) {
  const outcome = `${situation}: Trouble; list everything, without watch-lists from now on, after the backoff`
  const once = [items, input]
  says(
    `the third watch-list in a row ${name} is the last one`,
    [start, ...once, ...once, items],
    input,
    `watchListing × ${outcome}`,
    {
      watchList: true,
      request: consistentList
    }
  )
}
const lastTooLarge =
  "watchListing × Failed (tooLarge): Trouble; list everything, without watch-lists from now on, consistently,"
says(
  "the third watch-list in a row that the server is too old for is the last one (W13, W19)",
  [start, failed("tooLarge"), failed("tooLarge")],
  failed("tooLarge"),
  `${lastTooLarge} after the backoff`,
  { watchList: true, request: consistentList }
)
says(
  "the same, and there is a version to drop (W13, W19)",
  [start, items, failed("cut"), items, failed("cut")],
  failed("tooLarge"),
  `${lastTooLarge} at once`,
  { watchList: true, semantics: "any", request: consistentList }
)
says(
  "what does not reach the server does not count against watch-lists (W19, W27)",
  [start, failed("cut"), failed("cut"), failed("serverError"), failed("throttled")],
  failed("cut"),
  "watchListing × Failed (unreachable): Trouble; list everything, after the backoff",
  { watchList: true, request: consistentWatchList }
)
says(
  "what was complete once starts the count again (W19)",
  [start, items, failed("cut"), items, failed("cut"), items, initialEventsEnd("100"), failed("denied"), items],
  failed("cut"),
  "watchListing × Failed (cut): Trouble; list everything, after the backoff",
  { watchList: true, request: consistentWatchList }
)

// watches

says("a watch that is accepted is read (W9)", opening, opened, "opening × WatchOpened: read on")
says(
  "a watch after a failure is not trusted before the server has told how new it is (W36)",
  reopening,
  opened,
  "opening × WatchOpened: ask how new the server is, read on"
)
says("an event moves the version (W31, W41)", watching, event("200"), "watching × Advanced: read on")
says(
  "an older version is looked into (W36)",
  moved,
  bookmark("90"),
  "watching × Advanced: ask how new the server is, read on"
)
says(
  "an older version is looked into while the server is asked already (W36)",
  confirmingMoved,
  event("90"),
  "confirming × Advanced: ask how new the server is, read on"
)
says(
  "an event moves the version while the server is asked (W41)",
  confirming,
  event("200"),
  "confirming × Advanced: read on"
)
says("a server that is not older is trusted (W36)", reconfirming, confirmed("205"), "confirming × Confirmed: read on")
says(
  "a server that is older has lost its history (W36)",
  reconfirming,
  confirmed("150"),
  "confirming × Confirmed (historyReset): list everything, consistently, at once",
  { request: consistentList }
)

saysInWatches(
  "a clean end goes on at once (W20)",
  "fresh",
  [],
  closed,
  "Closed (closed): watch from the last version, at once"
)
saysInWatches(
  "an end at once and without an event waits (W22)",
  "fresh",
  [],
  closedAtOnce,
  "Closed (shortWatch): Trouble; watch from the last version, after the backoff"
)
saysInWatches(
  "the third such end in a row lists (W22)",
  "later",
  [closedAtOnce, closedAtOnce],
  closedAtOnce,
  "Closed (shortWatch): Trouble; list everything, after the backoff"
)
saysInWatches(
  "410 lists consistently, at once (W23, W24)",
  "later",
  [],
  failed("expired"),
  "Failed (expired): Trouble; list everything, consistently, at once"
)
saysInWatches(
  "410 right after a list waits: such a server would be asked in a hot loop (W23, W24)",
  "fresh",
  [],
  failed("expired"),
  "Failed (expired): Trouble; list everything, consistently, after the backoff"
)
saysInWatches(
  "a version that is too large lists consistently, at once (W13)",
  "later",
  [],
  failed("tooLarge"),
  "Failed (tooLarge): Trouble; list everything, consistently, at once"
)
saysInWatches(
  "a version that is too large right after a list waits (W13)",
  "fresh",
  [],
  failed("tooLarge"),
  "Failed (tooLarge): Trouble; list everything, consistently, after the backoff"
)
saysInWatches(
  "429 waits, and does not list (W25)",
  "later",
  [],
  failed("throttled"),
  "Failed (throttled): Trouble; watch from the last version, after the backoff"
)
saysInWatches(
  "5xx waits (W26)",
  "later",
  [],
  failed("serverError"),
  "Failed (serverError): Trouble; watch from the last version, after the backoff"
)
saysInWatches(
  "the third 5xx in a row lists (W26)",
  "later",
  [failed("serverError"), failed("serverError")],
  failed("serverError"),
  "Failed (serverError): Trouble; list everything, after the backoff"
)
saysInWatches(
  "401 waits (W28)",
  "later",
  [],
  failed("unauthorized"),
  "Failed (unauthorized): Trouble; watch from the last version, after the backoff"
)
saysInWatches(
  "403 and 404 list, after the backoff (W29)",
  "later",
  [],
  failed("denied"),
  "Failed (denied): Trouble; list everything, after the backoff"
)
saysInWatches(
  "silence on a connection that brought nothing waits (W2, W30)",
  "fresh",
  [],
  silent,
  "Silent (silent): Trouble; watch from the last version, after the backoff"
)
saysInWatches(
  "what is not JSON waits (W32)",
  "later",
  [],
  badFrame,
  "BadFrame (badFrame): Trouble; watch from the last version, after the backoff"
)
saysInWatches(
  "the third frame in a row that is not JSON lists (W32)",
  "later",
  [badFrame, badFrame],
  badFrame,
  "BadFrame (badFrame): Trouble; list everything, after the backoff"
)
saysInWatches(
  "any other Status lists, after the backoff (W33)",
  "later",
  [],
  failed("otherStatus"),
  "Failed (otherStatus): Trouble; list everything, after the backoff"
)
saysInWatches(
  "what is not Kubernetes lists, after the backoff (W34)",
  "later",
  [],
  failed("notKubernetes"),
  "Failed (notKubernetes): Trouble; list everything, after the backoff"
)
says(
  "opening: what cannot be reached waits (W27)",
  reopening,
  failed("cut"),
  "opening × Failed (unreachable): Trouble; watch from the last version, after the backoff",
  { request: { _tag: "Watch", resourceVersion: "200" } }
)
for (
  const [phase, fresh, after] of [["watching", watching, moved], ["confirming", confirming, confirmingMoved]] as const
) {
  says(
    `${phase}: a cut goes on at once if the connection moved the version (W21)`,
    after,
    failed("cut"),
    `${phase} × Failed (cut): Trouble; watch from the last version, at once`,
    { request: { _tag: "Watch", resourceVersion: "200" } }
  )
  says(
    `${phase}: a cut waits if the connection brought nothing (W21)`,
    fresh,
    failed("cut"),
    `${phase} × Failed (cut): Trouble; watch from the last version, after the backoff`
  )
  says(
    `${phase}: silence goes on at once if the connection moved the version (W2, W30)`,
    after,
    silent,
    `${phase} × Silent (silent): Trouble; watch from the last version, at once`
  )
}
nothing("opening", opening, [
  start,
  items,
  late,
  meta("1"),
  pageEnd("1"),
  initialEventsEnd("1"),
  event("1"),
  confirmed("1")
])
nothing("watching", watching, [
  start,
  items,
  late,
  opened,
  meta("1"),
  pageEnd("1"),
  initialEventsEnd("1"),
  confirmed("1")
])
nothing("confirming", confirming, [start, items, late, opened, meta("1"), pageEnd("1"), initialEventsEnd("1")])

export const table: ReadonlyArray<Scenario> = scenarios
