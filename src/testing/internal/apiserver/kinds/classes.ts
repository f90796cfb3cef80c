/** PriorityClasses and RuntimeClasses: defaults, what is wrong with them, what never changes. */
import { forbidden, notSupported, required } from "../../structural/fieldError.js"
import { dnsLabel } from "../../structural/names.js"
import { child, type JsonObject } from "../json.js"
import { member, number, setDefault, textOf } from "../members.js"
import { nameOf } from "../objectParts.js"
import type { State, Strategy } from "../strategies.js"
import { type Causes, complain, immutable } from "./checks.js"
import { validateLabels } from "./labelSelectors.js"
import { validateOverhead } from "./podResources.js"
import { validateTolerations } from "./podScheduling.js"
import { unchanging } from "./storageClasses.js"

const highest = 1_000_000_000
const system: { readonly [name: string]: number } = {
  "system-cluster-critical": 2 * highest,
  "system-node-critical": 2 * highest + 1000
}
const policies = ["PreemptLowerPriority", "Never"]

/** Why a class whose name begins with `system-` is none of the server's own. */
const systemIssue = (name: string, priority: JsonObject): string | undefined => {
  if (!Object.hasOwn(system, name)) return `${name} is not a known system priority class`
  if (number(priority, "value") !== system[name]) return `value of ${name} PriorityClass must be ${system[name]}`
  return priority["globalDefault"] === true ? `globalDefault of ${name} PriorityClass must be false` : undefined
}

const validatePriority = (priority: JsonObject): Causes => {
  const name = nameOf(priority)
  const policy = member(priority, "preemptionPolicy")
  const issue = name.startsWith("system-") ? systemIssue(name, priority) : undefined
  const prefix = "priority class names with 'system-' prefix are reserved for system use only. error: "
  return [
    ...(issue === undefined ? [] : [forbidden("metadata.name", `${prefix}${issue}`)]),
    ...(!name.startsWith("system-") && (number(priority, "value") ?? 0) > highest
      ? [forbidden("value", `maximum allowed value of a user defined priority is ${highest}`)]
      : []),
    ...(policy === undefined || policies.includes(String(policy))
      ? []
      : [notSupported("preemptionPolicy", policy, policies)])
  ]
}

/** One class at most is the default of all Pods. */
const forbidsDefault = (priority: JsonObject, _: JsonObject | undefined, state: State): string | undefined => {
  if (priority["globalDefault"] !== true) return undefined
  const name = nameOf(priority)
  const found = state.storage.list("scheduling.k8s.io/priorityclasses")
  const other = "entries" in found
    ? found.entries.find((entry) => entry.name !== name && entry.object["globalDefault"] === true)
    : undefined
  return other === undefined
    ? undefined
    : `PriorityClass ${other.name} is already marked as default. Only one default can exist`
}

export const priorityClassStrategy: Partial<Strategy> = {
  defaults: (priority) => {
    setDefault(priority, "preemptionPolicy", "PreemptLowerPriority")
    return priority
  },
  // Its generation never changes.
  counted: () => ({}),
  forbids: forbidsDefault,
  validateCreate: validatePriority,
  validateUpdate: (priority, previous) => [
    ...(priority["value"] === previous["value"] ? [] : [forbidden("value", "may not be changed in an update.")]),
    ...immutable(priority["preemptionPolicy"], previous["preemptionPolicy"], "preemptionPolicy")
  ]
}

const validateRuntime = (runtime: JsonObject): Causes => {
  const handler = textOf(runtime, "handler")
  const scheduling = child(runtime, "scheduling")
  const overhead = child(runtime, "overhead")
  return [
    ...(handler === "" ? [required("handler")] : complain("handler", handler, dnsLabel(handler))),
    ...(overhead === undefined ? [] : validateOverhead({ overhead: overhead["podFixed"] }, "overhead")),
    ...(scheduling === undefined ? [] : [
      ...validateLabels(child(scheduling, "nodeSelector"), "scheduling.nodeSelector"),
      ...validateTolerations(scheduling, "scheduling.tolerations")
    ])
  ]
}

export const runtimeClassStrategy: Partial<Strategy> = {
  validateCreate: validateRuntime,
  validateUpdate: (runtime, previous) => unchanging(runtime, previous, "handler")
}
