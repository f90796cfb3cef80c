/**
 * The watcher's transition table, found by asking the state machine itself: from each start, every input is tried in
 * every state that can be reached, and what the machine answers is sorted into transitions. So a transition that is added
 * to the machine is in the table without anybody writing it down: docs/watching.md falls behind, and the unit tests of
 * the machine miss one.
 *
 *     npm run transitions              writes the tables into docs/watching.md
 *     npm run transitions -- --check   fails when docs/watching.md has fallen behind the code
 */
import * as Duration from "effect/Duration"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as KubeError from "../src/protocol/KubeError.js"
import {
  initial,
  type Input,
  type Output,
  phases,
  type Semantics,
  type State,
  step
} from "../src/runtime/internal/watcherState.js"
import {
  type AtOnce,
  type Failure,
  listing,
  type Reaction,
  type Situation,
  watching,
  watchListing
} from "../src/runtime/internal/watcherTable.js"

// ------------------------------------------------------------------------------------------------ transitions

export interface Transition {
  readonly phase: State["phase"]
  readonly input: Input["_tag"]
  /** The row of the failure table, where one was looked up. */
  readonly situation: Situation | undefined
  /** The tags of the events for the consumer. */
  readonly events: string
  /** What is asked for next, in words. In which form everything is listed is the caller's choice, and told only where it changes. */
  readonly next: string
  readonly when: string
}

const nextOf = (state: State, { next, reaction, state: after }: Output): string => {
  if (next._tag === "Stay") return "read on"
  if (next._tag === "Confirm") return "ask how new the server is, read on"
  if (next.request._tag === "Watch") return "watch from the last version"
  if (next.request._tag === "List" && next.request.continue !== undefined) return "the next page"
  const changes = [
    ...(state.watchList && !after.watchList ? ["without watch-lists from now on"] : []),
    ...(!state.whole && after.whole ? ["not in pages"] : []),
    ...(after.consistent && reaction?.row.next === "consistentList" ? ["consistently"] : [])
  ]
  return ["list everything", ...changes].join(", ")
}

const whenOf = ({ next }: Output): string =>
  next._tag !== "Go" ? "" : next.when._tag === "now" ? "at once" : "after the backoff"

/** What a step has done, as far as the table tells it. */
export const transitionOf = (state: State, input: Input, output: Output): Transition => ({
  phase: state.phase,
  input: input._tag,
  situation: output.reaction?.situation,
  events: output.events.map((event) => event._tag).join(", "),
  next: nextOf(state, output),
  when: whenOf(output)
})

/** Whether an input has no meaning in that phase, or only a silent one. */
export const isQuiet = ({ events, next }: Transition): boolean => events === "" && next === "read on"

/** In one line: `watching × Failed (cut): Trouble; watch from the last version, at once`. */
export const inWords = ({ events, input, next, phase, situation, when }: Transition): string =>
  `${phase} × ${input}${situation === undefined ? "" : ` (${situation})`}: ${
    events === "" ? "" : `${events}; `
  }${next}${when === "" ? "" : `, ${when}`}`

// ------------------------------------------------------------------------------------------------ inputs

const request: KubeError.RequestInfo = {
  verb: "watch",
  group: "",
  version: "v1",
  resource: "configmaps",
  kind: "ConfigMap",
  namespace: undefined,
  name: undefined,
  subresource: undefined
}

const refusal = (
  code: number,
  reason: string,
  causes: ReadonlyArray<{ readonly reason: string }> = []
): KubeError.Refusal => ({
  request,
  sent: true,
  status: { kind: "Status", apiVersion: "v1", code, reason, message: reason, details: { causes } }
})

const status = (code: number, reason: string, cause?: string): KubeError.StatusError =>
  new KubeError.StatusError({
    ...refusal(code, reason, cause === undefined ? [] : [{ reason: cause }]),
    retryAfter: undefined
  })

const transport = (reason: KubeError.TransportReason): KubeError.TransportError =>
  new KubeError.TransportError({ request, reason, description: "it broke" })

/** One failure for each answer that a server, or the way to it, can give. */
export const failures: { readonly [name: string]: Failure } = {
  cut: transport("Reset"),
  expired: new KubeError.Expired(refusal(410, "Expired")),
  tooLarge: status(504, "Timeout", "ResourceVersionTooLarge"),
  throttled: new KubeError.Throttled({ ...refusal(429, "TooManyRequests"), retryAfter: Duration.seconds(7) }),
  serverError: status(500, "InternalError"),
  unauthorized: new KubeError.Unauthorized(refusal(401, "Unauthorized")),
  denied: new KubeError.Forbidden(refusal(403, "Forbidden")),
  otherStatus: status(409, "Conflict"),
  invalid: status(422, "Invalid"),
  notKubernetes: transport("Protocol")
}

/** Older and newer: versions differ in nothing else. */
const versions = ["90", "100"] as const

/** Every input, as far as the machine can tell them apart. */
const inputs: ReadonlyArray<Input> = [
  { _tag: "Start" },
  { _tag: "Items" },
  { _tag: "Late" },
  { _tag: "WatchOpened" },
  { _tag: "Closed", short: false },
  { _tag: "Closed", short: true },
  ...versions.flatMap((resourceVersion): ReadonlyArray<Input> => [
    { _tag: "PageMeta", resourceVersion },
    { _tag: "PageEnd", resourceVersion, continue: undefined },
    { _tag: "PageEnd", resourceVersion, continue: "more" },
    { _tag: "InitialEventsEnd", resourceVersion },
    { _tag: "Advanced", resourceVersion, event: true, bookmark: false },
    { _tag: "Advanced", resourceVersion, event: false, bookmark: true },
    { _tag: "Confirmed", resourceVersion }
  ]),
  ...Object.values(failures).map((error): Input => ({ _tag: "Failed", error })),
  { _tag: "Silent", error: transport("Timeout") },
  { _tag: "BadFrame", error: transport("Protocol") }
]

/** A third page is like a second one. */
const mostPages = 2

const keyOf = (state: State): string => Object.values(state).join()

const search = (): ReadonlyArray<Transition> => {
  const starts = (["consistent", "any"] as const).flatMap((semantics: Semantics) => [
    initial(semantics, false),
    initial(semantics, true)
  ])
  const seen = new Set(starts.map(keyOf))
  const found = new Map<string, Transition>()
  const open: Array<State> = [...starts]
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const input of inputs) {
      const output = step(state, input)
      const transition = transitionOf(state, input, output)
      found.set(inWords(transition), transition)
      if (output.state === state || output.state.page > mostPages) continue
      const key = keyOf(output.state)
      if (seen.has(key)) continue
      seen.add(key)
      open.push(output.state)
    }
  }
  return [...found.values()]
}

let explored: ReadonlyArray<Transition> | undefined

/** Every transition of the machine: some ten thousand states are looked at, once. */
export const explore = (): ReadonlyArray<Transition> => explored ??= search()

// ------------------------------------------------------------------------------------------------ in Markdown

const situations: { readonly [S in Situation]: string } = {
  closed: "the answer ended cleanly",
  shortWatch: "a watch ended at once, and without an event",
  cut: "the connection broke",
  unreachable: "no connection: refused, DNS, TLS, no answer in time",
  silent: "nothing came for too long",
  expired: "410 Expired or Gone",
  tooLarge: "the server is behind the version that it was asked for",
  throttled: "429",
  serverError: "5xx, 408",
  unauthorized: "401 (the credential has been refreshed once)",
  denied: "403, 404",
  badFrame: "what came is no watch event",
  otherStatus: "any other Status",
  notKubernetes: "no answer of a Kubernetes API: HTML, say",
  olderReplica: "a list of any version is older than what is known",
  historyReset: "a consistent answer is older than what is known",
  refused: "400, 406 or 422 for a watch-list",
  late: "the initial events did not end in time"
}

const afterwards: { readonly [N in Reaction["next"]]: string } = {
  watch: "watch from the last version",
  list: "list everything",
  consistentList: "list everything, consistently"
}

const times: { readonly [A in AtOnce]: string } = {
  always: "at once",
  never: "after the backoff",
  ifMoved: "at once if this connection moved the version, else after the backoff",
  ifNotFresh: "at once if anything came since the last list, else after the backoff",
  ifWeaker: "at once if that asks for less than before, else after the backoff"
}

const inputsInWords: { readonly [T in Input["_tag"]]: string } = {
  Start: "the watcher starts",
  PageMeta: "the version of a page is known",
  Items: "the first objects are there",
  PageEnd: "a page is complete",
  InitialEventsEnd: "the bookmark that ends the initial events",
  Late: "the initial events have had their time",
  WatchOpened: "the server accepted the watch",
  Advanced: "events or bookmarks came",
  Confirmed: "how new the server is",
  Closed: "the answer ended cleanly",
  Failed: "an error",
  Silent: "nothing came for too long",
  BadFrame: "what came is no watch event"
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n")

const failureTable = (reactions: { readonly [S in Situation]?: Reaction }, third: string): string =>
  table(
    ["situation", "what happened", "rows", "next", "when", "log"],
    Object.entries(reactions).map(([situation, row]) => [
      `\`${situation}\``,
      situations[situation as Situation], // the keys of the table
      row.rows,
      `${afterwards[row.next]}${row.strike === true ? `; the third in a row: ${third}` : ""}${
        row.withoutWatchList === true ? ", without watch-lists from now on" : ""
      }`,
      times[row.atOnce],
      row.log
    ])
  )

const phaseTable = (phase: State["phase"], transitions: ReadonlyArray<Transition>): string => {
  const rows = transitions.filter((transition) => !isQuiet(transition)).map(
    ({ events, input, next, situation, when }) => [
      `${input}: ${inputsInWords[input]}`,
      situation === undefined ? "" : `\`${situation}\``,
      events,
      next,
      when
    ]
  )
  const quiet = [...new Set(transitions.filter(isQuiet).map(({ input }) => input))]
  return [
    `#### ${phase}`,
    table(["input", "situation", "events", "next", "when"], rows),
    `Nothing to tell and nothing to ask: ${quiet.join(", ")}.`
  ].join("\n\n")
}

/** The generated part of docs/watching.md. */
export const render = (transitions: ReadonlyArray<Transition>): string => {
  const sorted = [...transitions].sort((a, b) => (inWords(a) < inWords(b) ? -1 : 1))
  return [
    "### While a watch is opened or read",
    failureTable(watching, "list everything"),
    "### While a list is opened or read",
    failureTable(listing, "the same"),
    "### While a watch-list is opened, or read up to the end of its initial events",
    failureTable(watchListing, "without watch-lists from now on"),
    "### Every transition",
    ...phases.map((phase) => phaseTable(phase, sorted.filter((transition) => transition.phase === phase)))
  ].join("\n\n")
}

const mark = "<!-- From here on written by `npm run transitions`. -->"

/** The page with its generated part as it should be. Throws where the mark is missing. */
export const withTables = (page: string, tables: string): string => {
  const at = page.indexOf(mark)
  if (at < 0) throw new Error(`docs/watching.md: the line ${mark} is missing`)
  return `${page.slice(0, at + mark.length)}\n\n${tables}\n`
}

/** The page of the tree: what it says, and what it should say. */
export const readPage = (): { readonly file: string; readonly is: string; readonly shouldBe: string } => {
  const file = path.join(fileURLToPath(new URL("..", import.meta.url)), "docs/watching.md")
  const is = fs.readFileSync(file, "utf8")
  return { file, is, shouldBe: withTables(is, render(explore())) }
}

const main = (check: boolean): number => {
  const { file, is, shouldBe } = readPage()
  if (is === shouldBe) return 0
  if (check) {
    console.error("docs/watching.md has fallen behind the code; run  npm run transitions")
    return 1
  }
  fs.writeFileSync(file, shouldBe)
  console.log("wrote docs/watching.md")
  return 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = main(process.argv.includes("--check"))
}
