/** The columns of pods: what a pod is doing is read off its phase, its conditions and the states of its containers. */
import type { JsonObject } from "../json.js"
import { metadataOf } from "../objectMeta.js"
import { since } from "./age.js"
import {
  age,
  at,
  type Column,
  conditionOf,
  fieldOr,
  isConditionTrue,
  type Layout,
  listAt,
  name,
  numberAt,
  or,
  type RowCondition,
  string,
  textAt
} from "./layout.js"

interface Restarts {
  readonly count: number
  /** When the last one was: the latest end of a former container; empty where none is known. */
  readonly last: string
}

interface PodState {
  readonly ready: number
  readonly total: number
  readonly reason: string
  readonly restarts: Restarts
}

const latest = (a: string, b: string): string => {
  if (a === "" || b === "") return a === "" ? b : a
  return Date.parse(a) < Date.parse(b) ? b : a
}

const restartsOf = (statuses: ReadonlyArray<unknown>, from: Restarts = { count: 0, last: "" }): Restarts =>
  statuses.reduce<Restarts>((all, status) => ({
    count: all.count + numberAt(status, "restartCount"),
    last: latest(all.last, textAt(status, "lastState", "terminated", "finishedAt"))
  }), from)

/** How a container ended, in a word. */
const endOf = (terminated: unknown): string => {
  const signal = numberAt(terminated, "signal")
  return or(
    textAt(terminated, "reason"),
    signal === 0 ? `ExitCode:${numberAt(terminated, "exitCode")}` : `Signal:${signal}`
  )
}

interface Initialisation {
  /** What it waits for; nothing once it is done. */
  readonly reason: string | undefined
  readonly ready: number
  readonly restarts: Restarts
  /** Of the sidecars alone: the init containers that keep running. */
  readonly sidecarRestarts: Restarts
}

/** How far the init containers are: the first that has not ended well and is no running sidecar decides. */
const initialisationOf = (pod: JsonObject, sidecars: ReadonlySet<string>): Initialisation => {
  const statuses = listAt(pod, "status", "initContainerStatuses")
  let ready = 0
  for (const [index, status] of statuses.entries()) {
    const terminated = at(status, "state", "terminated")
    const hasEnded = terminated !== undefined
    if (hasEnded && numberAt(terminated, "exitCode") === 0) continue
    if (sidecars.has(textAt(status, "name")) && at(status, "started") === true) {
      if (at(status, "ready") === true) ready++
      continue
    }
    const waiting = textAt(status, "state", "waiting", "reason")
    const reason = hasEnded
      ? endOf(terminated)
      : waiting !== "" && waiting !== "PodInitializing"
      ? waiting
      : `${index}/${listAt(pod, "spec", "initContainers").length}`
    const seen = statuses.slice(0, index + 1)
    return { reason: `Init:${reason}`, ready, ...restartsUpTo(seen, sidecars) }
  }
  return { reason: undefined, ready, ...restartsUpTo(statuses, sidecars) }
}

const restartsUpTo = (statuses: ReadonlyArray<unknown>, sidecars: ReadonlySet<string>) => ({
  restarts: restartsOf(statuses),
  sidecarRestarts: restartsOf(statuses.filter((status) => sidecars.has(textAt(status, "name"))))
})

interface Running {
  readonly reason: string
  readonly ready: number
}

/** What the containers say of the pod, the first of them last. */
const runningOf = (pod: JsonObject, phase: string): Running => {
  let reason = phase
  let ready = 0
  let failure = ""
  for (const status of [...listAt(pod, "status", "containerStatuses")].reverse()) {
    const waiting = textAt(status, "state", "waiting", "reason")
    const terminated = at(status, "state", "terminated")
    if (waiting !== "") reason = waiting
    else if (terminated !== undefined) {
      reason = endOf(terminated)
      if (numberAt(terminated, "exitCode") !== 0) failure = reason
    } else if (at(status, "ready") === true && at(status, "state", "running") !== undefined) ready++
  }
  if (reason !== "Completed") return { reason, ready }
  if (ready > 0 && isConditionTrue(pod, "Ready")) return { reason: "Running", ready }
  return { reason: failure !== "" ? failure : ready > 0 ? "NotReady" : reason, ready }
}

const deletedOr = (pod: JsonObject, reason: string): string => {
  if (metadataOf(pod)["deletionTimestamp"] === undefined) return reason
  if (textAt(pod, "status", "reason") === "NodeLost") return "Unknown"
  return ["Succeeded", "Failed"].includes(textAt(pod, "status", "phase")) ? reason : "Terminating"
}

const stateOf = (pod: JsonObject): PodState => {
  const sidecars = new Set(
    listAt(pod, "spec", "initContainers").filter((each) => textAt(each, "restartPolicy") === "Always").map((each) =>
      textAt(each, "name")
    )
  )
  const total = listAt(pod, "spec", "containers").length + sidecars.size
  const isGated = textAt(conditionOf(pod, "PodScheduled"), "reason") === "SchedulingGated"
  const phase = isGated ? "SchedulingGated" : or(textAt(pod, "status", "reason"), textAt(pod, "status", "phase"))
  const init = initialisationOf(pod, sidecars)
  if (init.reason !== undefined && !isConditionTrue(pod, "Initialized")) {
    return { ready: init.ready, total, reason: deletedOr(pod, init.reason), restarts: init.restarts }
  }
  const running = runningOf(pod, init.reason ?? phase)
  return {
    ready: init.ready + running.ready,
    total,
    reason: deletedOr(pod, running.reason),
    restarts: restartsOf(listAt(pod, "status", "containerStatuses"), init.sidecarRestarts)
  }
}

const restartsText: Column["cell"] = (pod, { now }) => {
  const { count, last } = stateOf(pod).restarts
  return count === 0 || last === "" ? String(count) : `${count} (${since(last, now)} ago)`
}

const gatesText = (pod: JsonObject): string => {
  const gates = listAt(pod, "spec", "readinessGates").map((gate) => textAt(gate, "conditionType"))
  return gates.length === 0 ? "<none>" : `${gates.filter((type) => isConditionTrue(pod, type)).length}/${gates.length}`
}

const ends: { readonly [phase: string]: string } = {
  Succeeded: "The pod has completed successfully.",
  Failed: "The pod failed."
}

const conditionsOf = (pod: JsonObject): ReadonlyArray<RowCondition> => {
  const phase = textAt(pod, "status", "phase")
  const message = Object.hasOwn(ends, phase) ? ends[phase] : undefined
  return message === undefined ? [] : [{ type: "Completed", status: "True", reason: phase, message }]
}

export const podLayout: Layout = {
  columns: [
    name,
    string("Ready", (pod) => {
      const { ready, total } = stateOf(pod)
      return `${ready}/${total}`
    }),
    string("Status", (pod) => stateOf(pod).reason),
    string("Restarts", restartsText),
    age,
    string("IP", (pod) => or(textAt(listAt(pod, "status", "podIPs")[0], "ip"), "<none>"), 1),
    string("Node", fieldOr("<none>", "spec", "nodeName"), 1),
    string("Nominated Node", fieldOr("<none>", "status", "nominatedNodeName"), 1),
    string("Readiness Gates", gatesText, 1)
  ],
  conditions: conditionsOf
}
