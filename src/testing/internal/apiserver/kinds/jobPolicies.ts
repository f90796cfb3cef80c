/** What is wrong with how a Job takes failures and success of its Pods (`podFailurePolicy`, `successPolicy`). */
import { duplicate, invalid, invalidOmitted, notSupported, required, tooMany } from "../../structural/fieldError.js"
import { qualifiedName } from "../../structural/names.js"
import { child, items, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { type Causes, complain, each, nonNegative } from "./checks.js"

const quotedList = (values: ReadonlyArray<string>): string => `[${values.map((value) => `"${value}"`).join(" ")}]`

/** A text that must be one of a few, which the message lists when it is missing. */
const listed = (value: string, at: string, supported: ReadonlyArray<string>): Causes =>
  value === ""
    ? [required(at, `valid values: ${quotedList(supported)}`)]
    : supported.includes(value)
    ? []
    : [notSupported(at, value, supported)]

const exitCodes = (codes: JsonObject, names: ReadonlyArray<string>, at: string): Causes => {
  const values = items(codes, "values").map(Number)
  const container = member(codes, "containerName")
  const isIn = codes["operator"] === "In"
  return [
    ...listed(textOf(codes, "operator"), `${at}.operator`, ["In", "NotIn"]),
    ...(container === undefined || names.includes(String(container)) ? [] : [
      invalid(
        `${at}.containerName`,
        container,
        "must be one of the container or initContainer names in the pod template"
      )
    ]),
    ...(values.length === 0
      ? [invalid(`${at}.values`, member(codes, "values") ?? null, "at least one value is required")]
      : []),
    ...(values.length > 255 ? [tooMany(`${at}.values`, values.length, 255)] : []),
    ...each(values, `${at}.values`, (value, path, index) => [
      ...(isIn && value === 0 ? [invalid(path, value, "must not be 0 for the In operator")] : []),
      ...(values.indexOf(value) < index ? [duplicate(path, value)] : [])
    ]),
    ...(values.some((value, index) => index > 0 && values[index - 1]! > value)
      ? [invalid(`${at}.values`, values, "must be ordered")]
      : [])
  ]
}

const actions = ["Count", "FailIndex", "FailJob", "Ignore"]

export const validateFailurePolicy = (spec: JsonObject, at: string): Causes => {
  const policy = child(spec, "podFailurePolicy")
  if (policy === undefined) return []
  const podSpec = child(child(spec, "template"), "spec")
  const names = ["containers", "initContainers"].flatMap((key) => objects(podSpec, key))
    .map((container) => textOf(container, "name"))
  const rules = objects(policy, "rules")
  return [
    ...(rules.length > 20 ? [tooMany(`${at}.rules`, rules.length, 20)] : []),
    ...each(rules, `${at}.rules`, (rule, path) => {
      const action = textOf(rule, "action")
      const codes = child(rule, "onExitCodes")
      const conditions = objects(rule, "onPodConditions")
      return [
        ...(action === "FailIndex"
          ? member(spec, "backoffLimitPerIndex") !== undefined
            ? []
            : [invalid(`${path}.action`, action, "requires the backoffLimitPerIndex to be set")]
          : listed(action, `${path}.action`, actions)),
        ...(codes === undefined ? [] : exitCodes(codes, names, `${path}.onExitCodes`)),
        ...(conditions.length > 20 ? [tooMany(`${path}.onPodConditions`, conditions.length, 20)] : []),
        ...each(conditions, `${path}.onPodConditions`, (pattern, place) => [
          ...complain(`${place}.type`, textOf(pattern, "type"), qualifiedName(textOf(pattern, "type"))),
          ...listed(textOf(pattern, "status"), `${place}.status`, ["False", "True", "Unknown"])
        ]),
        ...(codes !== undefined && conditions.length > 0
          ? [invalidOmitted(path, "specifying both OnExitCodes and OnPodConditions is not supported")]
          : []),
        ...(codes === undefined && conditions.length === 0
          ? [invalidOmitted(path, "specifying one of OnExitCodes and OnPodConditions is required")]
          : [])
      ]
    })
  ]
}

/** `1,3-5`: how many indexes there are, or why the text is none. */
export const indexes = (text: string, completions: number): { readonly count: number; readonly issue?: string } => {
  let count = 0
  let last: number | undefined
  for (const interval of text === "" ? [] : text.split(",")) {
    const limits = interval.split("-")
    if (limits.length > 2) {
      const rule = "violates the requirement that an index interval can have at most two parts separated by '-'"
      return { count: 0, issue: `the fragment ${JSON.stringify(interval)} ${rule}` }
    }
    const numbers: Array<number> = []
    for (const limit of limits) {
      if (!/^[+-]?[0-9]+$/.test(limit)) {
        return { count: 0, issue: `cannot convert string to integer for index: ${JSON.stringify(limit)}` }
      }
      if (Number(limit) >= completions) return { count: 0, issue: `too large index: ${JSON.stringify(limit)}` }
      numbers.push(Number(limit))
    }
    const [first, end = first] = numbers as [number, number?] // a text split has a first part
    if (numbers.length === 2 && first >= end) {
      return { count: 0, issue: `non-increasing order, previous: ${first}, current: ${end}` }
    }
    if (last !== undefined && last >= first) {
      return { count: 0, issue: `non-increasing order, previous: ${last}, current: ${first}` }
    }
    count += end - first + 1
    last = end
  }
  return { count }
}

export const validateSuccessPolicy = (spec: JsonObject, at: string): Causes => {
  const rules = objects(child(spec, "successPolicy"), "rules")
  const completions = number(spec, "completions") ?? 0
  return [
    ...(rules.length === 0
      ? [required(`${at}.rules`, "at least one rules must be specified when the successPolicy is specified")]
      : []),
    ...(rules.length > 20 ? [tooMany(`${at}.rules`, rules.length, 20)] : []),
    ...each(rules, `${at}.rules`, (rule, path) => {
      const succeeded = member(rule, "succeededIndexes")
      const count = number(rule, "succeededCount")
      const parsed = indexes(typeof succeeded === "string" ? succeeded : "", completions)
      const field = `${path}.succeededCount`
      const limit = (to: number, what: string): Causes =>
        count !== undefined && count > to
          ? [invalid(field, count, `must be less than or equal to ${to} (${what})`)]
          : []
      return [
        ...(succeeded === undefined && count === undefined
          ? [required(path, "at least one of succeededCount or succeededIndexes must be specified")]
          : []),
        ...(parsed.issue === undefined
          ? []
          : [invalid(`${path}.succeededIndexes`, succeeded, `error parsing succeededIndexes: ${parsed.issue}`)]),
        ...nonNegative(count, field),
        ...limit(completions, "the number of specified completions"),
        ...(succeeded === undefined
          ? []
          : limit(parsed.count, "the number of indexes in the specified succeededIndexes field"))
      ]
    })
  ]
}
