/**
 * What can go wrong with a list or a watch, and what is done about it: the failure table of the watch contract as data.
 * The state machine (`watcherState.ts`) looks up a row and does what it says.
 */
import type * as KubeError from "../../protocol/KubeError.js"
import type * as Status from "../../protocol/Status.js"

/** What a list or a watch can fail with. */
export type Failure = KubeError.Common | KubeError.Expired

/** Why everything is listed. */
export type InitReason =
  /** It is the first list of this watcher. */
  | "Start"
  /** The server does not serve the resourceVersion any more, or not yet (410, or too large). */
  | "Expired"
  /** The server knows less than it did before: its history was lost or restored. */
  | "HistoryReset"
  /** The server refused the watch, or answered what is no watch. */
  | "Refused"
  /** The watch failed three times in a row. */
  | "Failures"

// ------------------------------------------------------------------------------------------------ the failure table

/** What can go wrong, as far as the answers differ. */
export type Situation =
  | "closed"
  | "shortWatch"
  | "cut"
  | "unreachable"
  | "silent"
  | "expired"
  | "tooLarge"
  | "throttled"
  | "serverError"
  | "unauthorized"
  | "denied"
  | "badFrame"
  | "otherStatus"
  | "notKubernetes"
  | "olderReplica"
  | "historyReset"
  /** The server does not know watch-lists. */
  | "refused"
  /** The initial events of a watch-list did not end in time. */
  | "late"

/** When the next request is made at once; otherwise after the backoff, and not before the server's Retry-After. */
export type AtOnce =
  | "always"
  | "never"
  /** If this connection moved the resourceVersion: a server that only opens and cuts must not be asked in a hot loop. */
  | "ifMoved"
  /** If something came since the last list: a server whose lists are expired as soon as they are made must not either. */
  | "ifNotFresh"
  /** If the next list asks for less than this one did: no pages, or no particular resourceVersion. */
  | "ifWeaker"

export interface Reaction {
  /** The rows of the watch contract. */
  readonly rows: string
  readonly atOnce: AtOnce
  /** `watch`: from the last resourceVersion on. `list`: everything again; `consistentList`: and without a resourceVersion. */
  readonly next: "watch" | "list" | "consistentList"
  /** Why a list is made. */
  readonly reason?: InitReason | undefined
  /** The third of these in a row makes a list of the watch, and of a watch-list the last one. */
  readonly strike?: true | undefined
  /** From now on nothing is listed by a watch-list any more. */
  readonly withoutWatchList?: true | undefined
  /** What is said where no error came with it. A situation without a text and an error makes no `Trouble`. */
  readonly text?: string | undefined
  readonly log: "Debug" | "Warning"
}

/** What cannot happen there is not in a table; if it did, it would be answered as any other Status. */
type Table<Never extends Situation> = { readonly [S in Exclude<Situation, Never>]: Reaction }

/** What to do while a watch is opened or read. */
export const watching: Table<"olderReplica" | "refused" | "late"> = {
  closed: { rows: "W20", atOnce: "always", next: "watch", log: "Debug" },
  shortWatch: {
    rows: "W22",
    atOnce: "never",
    next: "watch",
    strike: true,
    text: "the server ended the watch at once and without an event",
    log: "Warning"
  },
  cut: { rows: "W21", atOnce: "ifMoved", next: "watch", log: "Debug" },
  unreachable: { rows: "W27", atOnce: "never", next: "watch", log: "Warning" },
  silent: { rows: "W2 W30", atOnce: "ifMoved", next: "watch", log: "Warning" },
  expired: { rows: "W23 W24", atOnce: "ifNotFresh", next: "consistentList", reason: "Expired", log: "Debug" },
  tooLarge: { rows: "W13", atOnce: "ifNotFresh", next: "consistentList", reason: "Expired", log: "Debug" },
  throttled: { rows: "W25", atOnce: "never", next: "watch", log: "Warning" },
  serverError: { rows: "W26", atOnce: "never", next: "watch", strike: true, log: "Warning" },
  unauthorized: { rows: "W28", atOnce: "never", next: "watch", log: "Warning" },
  denied: { rows: "W29", atOnce: "never", next: "list", reason: "Refused", log: "Warning" },
  badFrame: { rows: "W32", atOnce: "never", next: "watch", strike: true, log: "Warning" },
  otherStatus: { rows: "W33", atOnce: "never", next: "list", reason: "Refused", log: "Warning" },
  notKubernetes: { rows: "W34", atOnce: "never", next: "list", reason: "Refused", log: "Warning" },
  historyReset: { rows: "W36", atOnce: "always", next: "consistentList", reason: "HistoryReset", log: "Warning" }
}

/** Made again is what was being made: all of it. */
const again = (reaction: Reaction): Reaction => ({
  ...reaction,
  rows: `${reaction.rows} W37`,
  next: "list",
  strike: undefined,
  reason: undefined
})

/** What to do while a list is opened or read (W37): the same, but it is the list that is made again. */
export const listing: Table<"shortWatch" | "refused" | "late"> = {
  closed: { rows: "W37", atOnce: "never", next: "list", text: "the list ended before it was complete", log: "Warning" },
  cut: { ...again(watching.cut), atOnce: "never", log: "Warning" },
  unreachable: again(watching.unreachable),
  silent: { ...again(watching.silent), atOnce: "never" },
  expired: { rows: "W12 W13", atOnce: "ifWeaker", next: "consistentList", log: "Debug" },
  tooLarge: { rows: "W13", atOnce: "ifWeaker", next: "consistentList", log: "Debug" },
  throttled: again(watching.throttled),
  serverError: again(watching.serverError),
  unauthorized: again(watching.unauthorized),
  denied: again(watching.denied),
  badFrame: again(watching.badFrame),
  otherStatus: again(watching.otherStatus),
  notKubernetes: again(watching.notKubernetes),
  olderReplica: {
    rows: "W35",
    atOnce: "never",
    next: "consistentList",
    text: "the list is older than what is known already: it came from a replica that lags",
    log: "Warning"
  },
  historyReset: watching.historyReset
}

/** A watch-list that will not come to its end: everything is listed without one, and at once, for that ends the matter. */
const giveUp = { atOnce: "always", next: "list", withoutWatchList: true, log: "Warning" } as const

/** Once this happens to any server. One to which it happens again and again would never come to the end of a watch-list. */
const unlessAgain = (reaction: Reaction): Reaction => ({ ...reaction, rows: `W19 ${reaction.rows}`, strike: true })

/** What to do while a watch-list is opened, or read up to the end of its initial events: as with a list, but for a server that cannot. */
export const watchListing: Table<"shortWatch"> = {
  ...listing,
  cut: unlessAgain(listing.cut),
  silent: unlessAgain(listing.silent),
  tooLarge: unlessAgain(listing.tooLarge),
  badFrame: unlessAgain(listing.badFrame),
  closed: {
    ...giveUp,
    rows: "W19",
    text: "the server ended the watch-list before its initial events were complete"
  },
  refused: { ...giveUp, rows: "W19" },
  late: { ...giveUp, rows: "W7 W19", text: "the initial events of the watch-list did not end in time" }
}

/** So many failures of the same watch in a row make a list of it. */
export const strikesToList = 3

// ------------------------------------------------------------------------------------------------ what failed

const statusSituations: { readonly [code: number]: Situation } = {
  401: "unauthorized",
  403: "denied",
  404: "denied",
  408: "serverError",
  410: "expired",
  429: "throttled"
}

/** The server is behind the resourceVersion that was asked for: a cause says so, on old servers only the message. */
const isTooLarge = (status: Status.Status): boolean =>
  status.details?.causes?.some((cause) => cause.reason === "ResourceVersionTooLarge") === true ||
  (status.reason === "Timeout" && status.message?.includes("Too large resource version") === true)

/** What servers answer that do not know watch-lists, or will not give one. */
const refusals: ReadonlySet<number> = new Set([400, 406, 422])

/** Whether a server refuses a watch-list for what it is. */
export const isRefusal = (error: Failure): boolean => error._tag === "KubeStatusError" && refusals.has(error.code)

/** Which row of the table an error belongs to. `connected`: the answer had begun. */
export const situationOf = (error: Failure, connected: boolean): Situation => {
  switch (error._tag) {
    case "KubeExpired":
      return "expired"
    case "KubeUnauthorized":
      return "unauthorized"
    case "KubeForbidden":
      return "denied"
    case "KubeThrottled":
      return "throttled"
    case "KubeDecodeError":
      return "notKubernetes"
    case "KubeTransportError":
      return error.reason === "Protocol" ? "notKubernetes" : connected ? "cut" : "unreachable"
    case "KubeStatusError":
      return isTooLarge(error.status)
        ? "tooLarge"
        : statusSituations[error.code] ?? (error.code >= 500 ? "serverError" : "otherStatus")
  }
}
