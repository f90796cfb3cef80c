/**
 * What admission plugins of a server make of a new Pod: its priority (`Priority`), that it leaves a node that is lost
 * after five minutes (`DefaultTolerationSeconds`), and what its runtime costs (`RuntimeClass`).
 */
import { child, equal, type JsonObject, setOwn, text } from "../json.js"
import { member, number, objects, setDefault, textOf } from "../members.js"

const patience = 300

/** Taints of a node that is lost. */
const lost = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]

const tolerates = (toleration: JsonObject, taint: string): boolean => {
  const key = textOf(toleration, "key")
  const effect = textOf(toleration, "effect")
  return (key === taint || key === "") && (effect === "NoExecute" || effect === "")
}

/** Adds what is missing to the tolerations of a Pod. */
export const tolerateLostNodes = (spec: JsonObject): void => {
  const there = objects(spec, "tolerations")
  const missing = lost.filter((taint) => !there.some((toleration) => tolerates(toleration, taint)))
  if (missing.length === 0) return
  spec["tolerations"] = [
    ...there,
    ...missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: patience }))
  ]
}

/** Why a Pod is not admitted, in the words of a 403. */
export interface NotAdmitted {
  readonly forbidden: string
}

/** A PriorityClass by its name; the default one without a name. */
export type PriorityClasses = (name: string | undefined) => JsonObject | undefined

/** Gives a new Pod the priority of its class. */
export const prioritise = (spec: JsonObject, classes: PriorityClasses): NotAdmitted | undefined => {
  const name = textOf(spec, "priorityClassName")
  const found = classes(name === "" ? undefined : name)
  if (name !== "" && found === undefined) return { forbidden: `no PriorityClass with name ${name} was found` }
  const priority = number(found, "value") ?? 0
  const policy = text(found, "preemptionPolicy") ?? "PreemptLowerPriority"
  const given = number(spec, "priority")
  if (given !== undefined && given !== priority) {
    return {
      forbidden:
        `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`
    }
  }
  const givenPolicy = text(spec, "preemptionPolicy")
  if (givenPolicy !== undefined && givenPolicy !== policy) {
    return {
      forbidden:
        `the string value of PreemptionPolicy (${givenPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`
    }
  }
  const className = text(child(found, "metadata"), "name")
  if (className !== undefined) spec["priorityClassName"] = className
  spec["priority"] = priority
  spec["preemptionPolicy"] = policy
  return undefined
}

/** A RuntimeClass by its name. */
export type RuntimeClasses = (name: string) => JsonObject | undefined

const otherOverhead = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"

const overheadOf = (found: JsonObject | undefined): JsonObject | undefined =>
  child(child(found, "overhead"), "podFixed")

/** Gives a new Pod what its RuntimeClass says: what it costs, and where it can run. */
export const runAs = (spec: JsonObject, classes: RuntimeClasses): NotAdmitted | undefined => {
  const name = member(spec, "runtimeClassName")
  if (typeof name !== "string") return undefined
  const found = classes(name)
  if (found === undefined) return { forbidden: `pod rejected: RuntimeClass ${JSON.stringify(name)} not found` }
  const overhead = overheadOf(found)
  const given = child(spec, "overhead")
  if (overhead !== undefined) {
    if (given !== undefined && !equal(given, overhead)) return { forbidden: otherOverhead }
    spec["overhead"] = { ...overhead }
  }
  const scheduling = child(found, "scheduling")
  if (scheduling === undefined) return undefined
  const selector = { ...child(spec, "nodeSelector") }
  for (const [key, value] of Object.entries(child(scheduling, "nodeSelector") ?? {})) {
    const own = Object.hasOwn(selector, key) ? selector[key] : value
    if (own !== value) {
      return {
        forbidden:
          `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`
      }
    }
    setOwn(selector, key, value)
  }
  if (Object.keys(selector).length > 0) spec["nodeSelector"] = selector
  const there = objects(spec, "tolerations")
  const more = objects(scheduling, "tolerations").filter((each) => !there.some((other) => equal(each, other)))
  if (more.length > 0) spec["tolerations"] = [...there, ...more]
  return undefined
}

/** What a valid Pod is refused for after all: costs that no RuntimeClass gave it. */
export const checkOverhead = (spec: JsonObject, classes: RuntimeClasses): string | undefined => {
  const name = textOf(spec, "runtimeClassName")
  const overhead = name === "" ? undefined : overheadOf(classes(name))
  const given = child(spec, "overhead")
  if (overhead !== undefined) return equal(given ?? {}, overhead) ? undefined : otherOverhead
  return given === undefined
    ? undefined
    : "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
}

/** What an update of a Pod does not say stays as it is. */
export const keepPriority = (spec: JsonObject, previous: JsonObject | undefined): void => {
  for (const key of ["priority", "preemptionPolicy"]) {
    if (member(previous, key) !== undefined) setDefault(spec, key, member(previous, key))
  }
}
