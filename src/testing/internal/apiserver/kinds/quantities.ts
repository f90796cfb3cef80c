/** Amounts of resources, of claims, volumes, nodes and quotas. */
import * as Quantity from "../../../../protocol/Quantity.js"
import { invalid } from "../../structural/fieldError.js"
import type { Causes } from "./checks.js"

export const validatePositive = (value: string, field: string): Causes =>
  Quantity.greaterThan(value, 0) ? [] : [invalid(field, value, "must be greater than zero")]

/** Resources of which there are whole ones only; all others can be fractions. */
const countable: ReadonlySet<string> = new Set([
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers"
])

/** Whether a resource is of Kubernetes itself. */
export const isNative = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/")

const isExtended = (name: string): boolean => !isNative(name) && !name.startsWith("requests.")

export const validateAmount = (name: string, value: string, field: string): Causes => [
  ...(Quantity.lessThan(value, 0) ? [invalid(field, value, "must be greater than or equal to 0")] : []),
  ...((countable.has(name) || isExtended(name)) && Quantity.toMilli(value) % 1000n !== 0n
    ? [invalid(field, value, "must be an integer")]
    : [])
]

/** A part of a byte is taken, and warned of. */
export const fractionalWarning = (field: string, value: unknown): ReadonlyArray<string> =>
  typeof value === "string" && Quantity.toMilli(value) % 1000n !== 0n
    ? [`${field}: fractional byte value "${value}" is invalid, must be an integer`]
    : []
