/** ResourceQuotas and LimitRanges: defaults, and what is wrong with the amounts that they name. */
import * as Quantity from "../../../../protocol/Quantity.js"
import { duplicate, forbidden, invalid, required } from "../../structural/fieldError.js"
import { qualifiedName } from "../../structural/names.js"
import { child, items, type JsonObject } from "../json.js"
import { objects, textOf } from "../members.js"
import type { Strategy } from "../strategies.js"
import { type Causes, complain, each } from "./checks.js"
import { canOvercommit, containerName, isHugePage, resourceName } from "./podResources.js"
import { validateAmount } from "./quantities.js"

const compute = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"]
const ofPods = ["pods", ...compute]

/** Resources that a quota can limit beside those with a domain, such as `count/jobs.batch`. */
const standard: ReadonlySet<string> = new Set([
  ...ofPods,
  "ephemeral-storage",
  "requests.ephemeral-storage",
  "limits.ephemeral-storage",
  "requests.storage",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "persistentvolumeclaims",
  "configmaps",
  "services.nodeports",
  "services.loadbalancers"
])

const isStandard = (name: string): boolean =>
  standard.has(name) || isHugePage(name) || name.startsWith("requests.hugepages-")

/** What of the standard resources a scope can be combined with. */
const scopes: { readonly [scope: string]: ReadonlyArray<string> } = {
  Terminating: ofPods,
  NotTerminating: ofPods,
  BestEffort: ["pods"],
  NotBestEffort: ofPods,
  PriorityClass: ofPods,
  CrossNamespacePodAffinity: ofPods,
  VolumeAttributesClass: ["persistentvolumeclaims", "requests.storage"]
}

const isScope = (scope: unknown): scope is string => typeof scope === "string" && Object.hasOwn(scopes, scope)

const conflicting: ReadonlyArray<readonly [string, string]> = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"]
]

const entries = (amounts: JsonObject | undefined): ReadonlyArray<readonly [name: string, value: string]> =>
  Object.keys(amounts ?? {}).sort().map((name) => [name, String(amounts![name])])

const validateAmounts = (amounts: JsonObject | undefined, at: string): Causes =>
  entries(amounts).flatMap(([name, value]) => {
    const field = `${at}[${name}]`
    return [
      ...resourceName(name, field),
      ...(name.includes("/") || isStandard(name)
        ? []
        : [invalid(field, name, "must be a standard resource for quota")]),
      ...validateAmount(name, value, field)
    ]
  })

/** The standard resources that are limited and do not go with a scope. */
const unfit = (spec: JsonObject | undefined, scope: unknown): ReadonlyArray<string> =>
  isScope(scope)
    ? entries(child(spec, "hard")).map(([name]) => name).filter((name) =>
      isStandard(name) && !scopes[scope]!.includes(name)
    )
    : []

const validateScopes = (spec: JsonObject | undefined): Causes => {
  const given = items(spec, "scopes")
  const at = "spec.scopes"
  return [
    ...given.flatMap((scope) => [
      ...(isScope(scope) ? [] : [invalid(at, given, "unsupported scope")]),
      ...unfit(spec, scope).map(() => invalid(at, given, "unsupported scope applied to resource"))
    ]),
    ...conflicting.flatMap((pair) =>
      pair.every((scope) => given.includes(scope)) ? [invalid(at, given, "conflicting scopes")] : []
    )
  ]
}

const existsOnly = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"]

const validateScopeSelector = (spec: JsonObject | undefined): Causes => {
  const at = "spec.scopeSelector.matchExpressions"
  const requirements = objects(child(spec, "scopeSelector"), "matchExpressions")
  const names = requirements.map((requirement) => requirement["scopeName"])
  return [
    ...requirements.flatMap((requirement) => {
      const scope = textOf(requirement, "scopeName")
      const operator = textOf(requirement, "operator")
      const values = items(requirement, "values")
      return [
        ...(isScope(scope) ? [] : [invalid(`${at}.scopeName`, scope, "unsupported scope")]),
        ...unfit(spec, scope).map(() =>
          invalid(at, child(spec, "scopeSelector"), "unsupported scope applied to resource")
        ),
        ...(existsOnly.includes(scope) && operator !== "Exists"
          ? [
            invalid(
              `${at}.operator`,
              operator,
              "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
            )
          ]
          : []),
        ...(operator === "In" || operator === "NotIn"
          ? values.length > 0 ? [] : [
            required(
              `${at}.values`,
              "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            )
          ]
          : operator === "Exists" || operator === "DoesNotExist"
          ? values.length === 0 ? [] : [
            invalid(
              `${at}.values`,
              values,
              "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            )
          ]
          : [invalid(`${at}.operator`, operator, "not a valid selector operator")])
      ]
    }),
    ...conflicting.flatMap((pair) =>
      pair.every((scope) => names.includes(scope))
        ? [invalid(at, spec?.["scopes"] ?? null, "conflicting scopes")]
        : []
    )
  ]
}

const validateQuota = (quota: JsonObject): Causes => {
  const spec = child(quota, "spec")
  return [
    ...validateAmounts(child(spec, "hard"), "spec.hard"),
    ...validateScopes(spec),
    ...validateScopeSelector(spec)
  ]
}

const sorted = (list: ReadonlyArray<unknown>): string => [...new Set(list.map(String))].sort().join()

export const quotaStrategy: Partial<Strategy> = {
  validateCreate: validateQuota,
  validateUpdate: (quota, previous) => {
    const [given, before] = [items(child(quota, "spec"), "scopes"), items(child(previous, "spec"), "scopes")]
    return [
      ...validateQuota(quota),
      ...(sorted(given) === sorted(before)
        ? []
        : [invalid("spec.scopes", given.length === 0 ? null : given, "field is immutable")])
    ]
  },
  validateStatus: (quota) => {
    const status = child(quota, "status")
    return [
      ...validateAmounts(child(status, "hard"), "status.hard"),
      ...validateAmounts(child(status, "used"), "status.used")
    ]
  }
}

/** What a container may use follows from the most, what it asks for from what it may use, or else from the least. */
const defaultLimits = (range: JsonObject): JsonObject => {
  for (const limit of objects(child(range, "spec"), "limits")) {
    if (limit["type"] !== "Container") continue
    const usable: JsonObject = { ...child(limit, "max"), ...child(limit, "default") }
    const wanted: JsonObject = { ...child(limit, "min"), ...usable, ...child(limit, "defaultRequest") }
    if (Object.keys(usable).length > 0) limit["default"] = usable
    if (Object.keys(wanted).length > 0) limit["defaultRequest"] = wanted
  }
  return range
}

const limitTypes = ["Pod", "Container", "PersistentVolumeClaim"]

const validateType = (type: string, at: string): Causes => {
  const causes = complain(at, type, qualifiedName(type))
  return causes.length > 0 || type.includes("/") || limitTypes.includes(type)
    ? causes
    : [invalid(at, type, "must be a standard limit type or fully qualified")]
}

const lists = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const

type Amounts = { readonly [list in typeof lists[number]]: string | undefined }

/** Go prints six digits after the point. */
const ratioOf = (max: string, min: string): number => {
  const isLarge = [max, min].some((value) => Quantity.toBigInt(value) >= 2n ** 63n / 1000n)
  return isLarge
    ? Number(Quantity.toBigInt(max)) / Number(Quantity.toBigInt(min))
    : Number(Quantity.toMilli(max)) / Number(Quantity.toMilli(min))
}

const compareAmounts = (name: string, amounts: Amounts, at: string): Causes => {
  const { default: usable, defaultRequest: wanted, max, maxLimitRequestRatio: ratio, min } = amounts
  const above = (a: string | undefined, b: string | undefined, field: string, value: string | undefined, why: string) =>
    a !== undefined && b !== undefined && Quantity.greaterThan(a, b)
      ? [invalid(`${at}.${field}[${name}]`, value, why)]
      : []
  const ratioAt = `${at}.maxLimitRequestRatio[${name}]`
  return [
    ...above(min, max, "min", min, `min value ${min} is greater than max value ${max}`),
    ...above(min, wanted, "defaultRequest", wanted, `min value ${min} is greater than default request value ${wanted}`),
    ...above(wanted, max, "defaultRequest", wanted, `default request value ${wanted} is greater than max value ${max}`),
    ...above(
      wanted,
      usable,
      "defaultRequest",
      wanted,
      `default request value ${wanted} is greater than default limit value ${usable}`
    ),
    ...above(min, usable, "default", min, `min value ${min} is greater than default value ${usable}`),
    ...above(usable, max, "default", max, `default value ${usable} is greater than max value ${max}`),
    ...(ratio === undefined ? [] : [
      ...(Quantity.lessThan(ratio, 1) ? [invalid(ratioAt, ratio, `ratio ${ratio} is less than 1`)] : []),
      ...(min !== undefined && max !== undefined && Number(Quantity.toMilli(ratio)) / 1000 > ratioOf(max, min)
        ? [invalid(ratioAt, ratio, `ratio ${ratio} is greater than max/min = ${ratioOf(max, min).toFixed(6)}`)]
        : [])
    ]),
    ...(!canOvercommit(name) && usable !== undefined && wanted !== undefined && Quantity.Order(usable, wanted) !== 0
      ? [
        invalid(
          `${at}.defaultRequest[${name}]`,
          wanted,
          `default value ${usable} must equal to defaultRequest value ${wanted} in ${name}`
        )
      ]
      : [])
  ]
}

const validateLimit = (limits: ReadonlyArray<JsonObject>) => (limit: JsonObject, at: string, index: number): Causes => {
  const type = textOf(limit, "type")
  const isPod = type === "Pod"
  const nameRule = isPod || type === "Container" ? containerName : resourceName
  const usesNo = (list: string): Causes =>
    Object.keys(child(limit, list) ?? {}).length > 0
      ? [forbidden(`${at}.${list}`, "may not be specified when `type` is 'Pod'")]
      : []
  const isDefault = (list: string): boolean => list === "default" || list === "defaultRequest"
  const known = lists.filter((list) => !(isPod && isDefault(list)))
  const names = new Set(known.flatMap((list) => Object.keys(child(limit, list) ?? {})))
  const amount = (list: typeof lists[number], name: string): string | undefined => {
    const value = known.includes(list) ? child(limit, list)?.[name] : undefined
    return value === undefined ? undefined : String(value)
  }
  return [
    ...validateType(type, `${at}.type`),
    ...(limits.slice(0, index).some((other) => textOf(other, "type") === type) ? [duplicate(`${at}.type`, type)] : []),
    ...(isPod ? [...usesNo("default"), ...usesNo("defaultRequest")] : []),
    ...known.flatMap((list) =>
      entries(child(limit, list)).flatMap(([name]) => nameRule(name, `${at}.${list}[${name}]`))
    ),
    ...(type === "PersistentVolumeClaim" && amount("min", "storage") === undefined
        && amount("max", "storage") === undefined
      ? [
        required(
          `${at}.limits`,
          "either minimum or maximum storage value is required, but neither was provided"
        )
      ]
      : []),
    ...[...names].sort().flatMap((name) =>
      compareAmounts(name, {
        max: amount("max", name),
        min: amount("min", name),
        default: amount("default", name),
        defaultRequest: amount("defaultRequest", name),
        maxLimitRequestRatio: amount("maxLimitRequestRatio", name)
      }, at)
    )
  ]
}

const validateLimits = (range: JsonObject): Causes => {
  const limits = objects(child(range, "spec"), "limits")
  return each(limits, "spec.limits", validateLimit(limits))
}

export const limitRangeStrategy: Partial<Strategy> = {
  defaults: defaultLimits,
  validateCreate: validateLimits,
  validateUpdate: validateLimits
}
