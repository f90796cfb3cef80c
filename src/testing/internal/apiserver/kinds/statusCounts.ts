/** Counts in the status of workloads: none is negative, and a part is not more than the whole. */
import { invalid } from "../../structural/fieldError.js"
import { child, type JsonObject } from "../json.js"
import { member, number } from "../members.js"
import { type Causes, nonNegative } from "./checks.js"

export interface Counts {
  readonly counts: ReadonlyArray<string>
  /** Those that are a part of `replicas`. */
  readonly atMostReplicas: ReadonlyArray<string>
  /** As the message names it with which `availableReplicas` is compared; nothing where that is not asked. */
  readonly ready: string | undefined
  /** Those that never get less. */
  readonly grows: ReadonlyArray<string>
}

export const validateCounts = (rules: Counts) => (object: JsonObject, previous: JsonObject): Causes => {
  const status = child(object, "status")
  const before = child(previous, "status")
  const count = (key: string): number => number(status, key) ?? 0
  return [
    ...rules.counts.flatMap((key) => nonNegative(member(status, key), `status.${key}`)),
    ...rules.atMostReplicas.filter((key) => count(key) > count("replicas"))
      .map((key) => invalid(`status.${key}`, count(key), "cannot be greater than status.replicas")),
    ...(rules.ready !== undefined && count("availableReplicas") > count("readyReplicas")
      ? [invalid("status.availableReplicas", count("availableReplicas"), `cannot be greater than ${rules.ready}`)]
      : []),
    ...rules.grows.filter((key) => number(before, key) !== undefined && count(key) < number(before, key)!)
      .map((key) => invalid(`status.${key}`, count(key), "cannot be decremented"))
  ]
}
