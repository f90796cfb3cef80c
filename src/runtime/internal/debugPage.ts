/** The status page: what is shown, and how it is written so that no text of a cluster becomes markup. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { KubeClient } from "../../client/KubeClient.js"
import * as Controller from "../Controller.js"
import type * as Debug from "../Debug.js"
import type * as LeaderElection from "../LeaderElection.js"
import type * as Store from "../Store.js"
import * as Watcher from "../Watcher.js"
import type * as WorkQueue from "../WorkQueue.js"
import { electionsOf, sinceRenewal } from "./elections.js"
import * as queueMetrics from "./queueMetrics.js"
import { reasonOf } from "./reasons.js"

const describeElection = (election: LeaderElection.Election): Effect.Effect<Debug.LeaseDescription> =>
  Effect.map(election.state, (state) => {
    const age = sinceRenewal(election)?.age
    return {
      lease: election.lease,
      identity: election.identity,
      state: state._tag,
      holder: state._tag === "Standby" ? Option.getOrUndefined(state.holder) : election.identity,
      token: state._tag === "Standby" ? undefined : state.leadership.token,
      renewedMillisAgo: age === undefined ? undefined : Math.round(age),
      trouble: state._tag === "Standby"
        ? Option.getOrUndefined(Option.map(state.trouble, ({ message }) => message))
        : undefined
    }
  })

export const describe: Effect.Effect<Debug.Description, never, KubeClient> = Effect.gen(function*() {
  const client = yield* KubeClient
  return {
    describedAt: yield* DateTime.now,
    controllers: yield* Controller.describe,
    watches: yield* Watcher.describe,
    queues: yield* queueMetrics.describe,
    leases: yield* Effect.forEach(Array.from(electionsOf(client)), describeElection)
  }
})

/** Of an error only its text: one of a request holds what was asked, and one of reconcile whatever a program puts in. */
export const json = (description: Debug.Description): string => {
  const watches = description.watches.map((watch) => ({
    ...watch,
    trouble: watch.trouble === undefined ? undefined : { ...watch.trouble, error: watch.trouble.error.message }
  }))
  const controllers = description.controllers.map((controller) => ({
    ...controller,
    queue: controller.queue === undefined ? undefined : {
      ...controller.queue,
      keys: controller.queue.keys.map((key) => ({
        ...key,
        lastError: Option.getOrUndefined(Option.map(key.lastError, reasonOf))
      }))
    }
  }))
  return `${JSON.stringify({ ...description, watches, controllers }, undefined, 2)}\n`
}

// ------------------------------------------------------------------------------------------------ HTML

const entities: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}

const escape = (text: string): string =>
  text
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, " ")
    .replace(/[&<>"']/g, (character) => entities[character]!) // the pattern is that of the keys
    .replace(/\p{Surrogate}/gu, "\uFFFD")

/** A column: its title, and what stands in it. */
type Column<A> = readonly [title: string, cell: (of: A) => string | number | undefined]

const cell = (value: string | number | undefined): string =>
  value === undefined || value === ""
    ? "<td>-</td>"
    : typeof value === "number"
    ? `<td class="n">${value}</td>`
    : `<td>${escape(value)}</td>`

const table = <A>(title: string, columns: ReadonlyArray<Column<A>>, rows: ReadonlyArray<A>): string =>
  `<h2>${escape(title)} <small>${rows.length}</small></h2>\n${
    rows.length === 0 ? "<p>none</p>" : [
      `<table><thead><tr>${columns.map(([title]) => `<th>${escape(title)}</th>`).join("")}</tr></thead><tbody>`,
      ...rows.map((row) => `<tr>${columns.map(([_, read]) => cell(read(row))).join("")}</tr>`),
      "</tbody></table>"
    ].join("\n")
  }\n`

const units = [["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]] as const

/** `850ms`, `42s`, `5m 3s`, `3h 20m`. */
const span = (millis: number): string => {
  if (millis < 1000) return `${Math.max(0, Math.round(millis))}ms`
  const seconds = Math.floor(millis / 1000)
  const first = units.findIndex(([_, length]) => seconds >= length)
  const parts = units.slice(first, first + 2).map(([unit, length], index) => {
    const count = Math.floor((index === 0 ? seconds : seconds % units[first]![1]) / length) // a second is at least one
    return count === 0 && index > 0 ? "" : `${count}${unit}`
  })
  return parts.filter((part) => part !== "").join(" ")
}

const ago = (at: DateTime.Utc | undefined, now: DateTime.Utc): string | undefined =>
  at === undefined ? undefined : span(now.epochMillis - at.epochMillis)

const watchColumns: ReadonlyArray<Column<Watcher.Description>> = [
  ["resource", ({ group, resource }) => group === "" ? resource : `${resource}.${group}`],
  ["namespace", ({ namespace }) => namespace],
  ["selector", ({ fields, labels }) => [labels, fields].filter((part) => part !== undefined).join(",")],
  ["phase", ({ phase }) => phase],
  ["for", ({ describedAt, phaseSince }) => ago(phaseSince, describedAt)],
  ["fresh", ({ describedAt, freshAt }) => ago(freshAt, describedAt)],
  ["resourceVersion", ({ resourceVersion }) => resourceVersion],
  ["events", ({ counts }) => counts.events],
  [
    "relists",
    ({ counts: { lists } }) => Object.values(lists).reduce((sum, n) => sum + n, 0) - (lists.Start ?? 0)
  ],
  ["unreadable", ({ counts }) => counts.undecodable],
  ["objects", ({ store }) => store?.objects],
  ["trouble", ({ describedAt, trouble }) =>
    trouble === undefined
      ? undefined
      : `${trouble.situation} ${ago(trouble.at, describedAt)} ago${
        trouble.isOver ? ", over" : `, ${trouble.tries} tries`
      }: ${trouble.error.message}`]
]

const controllerColumns: ReadonlyArray<Column<Controller.Description>> = [
  ["controller", ({ name }) => name],
  ["phase", ({ phase }) => phase],
  ["for", ({ describedAt, phaseSince }) => ago(phaseSince, describedAt)],
  ["kinds", ({ kinds }) => kinds.map(({ isSynced, kind }) => isSynced ? kind : `${kind} (not synced)`).join(", ")],
  ["at once", ({ concurrency }) => concurrency],
  ["done", ({ counts }) => counts.done],
  ["requeued", ({ counts }) => counts.requeued],
  ["failed", ({ counts }) => counts.failed],
  ["of them too late", ({ counts }) => counts.timedOut],
  ["failed for good", ({ counts }) => counts.terminal],
  ["defects", ({ counts }) => counts.defects]
]

interface ShownKey extends WorkQueue.KeyStatus<Store.Key, unknown> {
  readonly controller: Controller.Description
}

/** Keys that run, or have failed: what somebody looks for who opens the page. */
const shownKeys = (controllers: ReadonlyArray<Controller.Description>): ReadonlyArray<ShownKey> =>
  controllers.flatMap((controller) =>
    (controller.queue?.keys ?? [])
      .filter((key) => key.state === "Processing" || key.attempt > 1)
      .map((key) => ({ ...key, controller }))
  )

const keyColumns: ReadonlyArray<Column<ShownKey>> = [
  ["controller", ({ controller }) => controller.name],
  ["key", ({ key: { name, namespace } }) => namespace === undefined ? name : `${namespace}/${name}`],
  ["state", ({ again, state }) => again ? `${state}, once more` : state],
  ["for", ({ controller, since }) => ago(since, controller.describedAt)],
  ["due in", ({ controller, due }) => due === undefined ? undefined : ago(controller.describedAt, due)],
  ["attempt", ({ attempt }) => attempt],
  ["last error", ({ lastError }) => Option.getOrUndefined(Option.map(lastError, reasonOf))]
]

const queueColumns: ReadonlyArray<Column<Debug.QueueDescription>> = [
  ["queue", ({ name }) => name],
  ["ready", ({ ready }) => ready],
  ["pending", ({ pending }) => pending],
  ["running", ({ processing }) => processing],
  [
    "longest running",
    ({ longestRunningMillis, processing }) => processing === 0 ? undefined : span(longestRunningMillis)
  ],
  ["adds", ({ adds }) => adds],
  ["retries", ({ retries }) => retries]
]

const leaseColumns: ReadonlyArray<Column<Debug.LeaseDescription>> = [
  ["lease", ({ lease }) => lease],
  ["state", ({ state }) => state],
  ["holder", ({ holder }) => holder],
  ["this process", ({ identity }) => identity],
  ["token", ({ token }) => token],
  ["renewed", ({ renewedMillisAgo }) => renewedMillisAgo === undefined ? undefined : `${span(renewedMillisAgo)} ago`],
  ["trouble", ({ trouble }) => trouble]
]

const style =
  "body{font:14px/1.5 system-ui,sans-serif;margin:2em;color-scheme:light dark}h2{font-size:1.1em;margin:1.5em 0 .3em}"
  + "small{opacity:.6}table{border-collapse:collapse}th,td{text-align:left;padding:.15em .8em .15em 0;"
  + "border-bottom:1px solid #8884;vertical-align:top}th{font-weight:600}.n{text-align:right}"

export const page = ({ controllers, describedAt, leases, queues, watches }: Debug.Description): string =>
  [
    "<!doctype html>",
    "<html lang=\"en\"><head><meta charset=\"utf-8\"><title>effect-kube</title>",
    `<style>${style}</style></head><body>`,
    `<p>${
      escape(DateTime.formatIso(describedAt))
    } · <a href="/metrics">metrics</a> · <a href="/debug.json">as JSON</a></p>`,
    table("Controllers", controllerColumns, controllers)
    + table("Keys that run or fail", keyColumns, shownKeys(controllers))
    + table("Queues", queueColumns, queues)
    + table("Watches", watchColumns, watches)
    + table("Leases", leaseColumns, leases)
    + "</body></html>",
    ""
  ].join("\n")
