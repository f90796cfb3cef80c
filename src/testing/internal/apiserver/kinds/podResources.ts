/** What is wrong with the amounts of resources that containers and Pods ask for (`resources`, `overhead`). */
import * as Quantity from "../../../../protocol/Quantity.js"
import { duplicate, forbidden, invalid, notFound, notSupported, required } from "../../structural/fieldError.js"
import { dnsLabel, qualifiedName } from "../../structural/names.js"
import { child, type JsonObject } from "../json.js"
import { objects, textOf } from "../members.js"
import { type Causes, complain, each } from "./checks.js"
import { isNative } from "./quantities.js"

export const isHugePage = (name: string): boolean => name.startsWith("hugepages-")

/** Whether more may be used than there is: then a request can be lower than its limit. */
export const canOvercommit = (name: string): boolean => isNative(name) && !isHugePage(name)

/** Resources that have a name without a domain. */
const standard: ReadonlySet<string> = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "storage",
  "requests.storage",
  "services.nodeports",
  "services.loadbalancers"
])

const ofContainers: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"])

export type NameCheck = (name: string, at: string) => Causes

export const resourceName: NameCheck = (name, at) => {
  const causes = complain(at, name, qualifiedName(name))
  if (causes.length > 0) return causes
  return name.includes("/") || standard.has(name) || isHugePage(name) || name.startsWith("requests.hugepages-")
    ? []
    : [invalid(at, name, "must be a standard resource type or fully qualified")]
}

export const containerName: NameCheck = (name, at) => {
  const causes = resourceName(name, at)
  if (!name.includes("/")) {
    return ofContainers.has(name) || isHugePage(name)
      ? causes
      : [...causes, invalid(at, name, "must be a standard resource for containers")]
  }
  const isExtended = isNative(name) || (!name.startsWith("requests.") && qualifiedName(`requests.${name}`).length === 0)
  return isExtended ? causes : [...causes, invalid(at, name, "doesn't follow extended resource name standard")]
}

const podName: NameCheck = (name, at) => {
  const causes = resourceName(name, at)
  if (causes.length > 0) return causes
  return name === "cpu" || name === "memory" || isHugePage(name)
    ? []
    : [notSupported(at, name, ["cpu", "hugepages-", "memory"])]
}

const amount = (name: string, value: string, at: string): Causes => [
  ...(Quantity.lessThan(value, 0) ? [invalid(at, value, "must be greater than or equal to 0")] : []),
  ...(!isNative(name) && Quantity.toMilli(value) % 1000n !== 0n ? [invalid(at, value, "must be an integer")] : []),
  ...(isHugePage(name) ? hugePages(name, value, at) : [])
]

const hugePages = (name: string, value: string, at: string): Causes => {
  const size = name.slice("hugepages-".length)
  const isWhole = Quantity.isQuantity(size) && Quantity.greaterThan(size, 0)
    && Quantity.toBigInt(value) % Quantity.toBigInt(size) === 0n
  return isWhole ? [] : [invalid(at, value, `${value} is not positive integer multiple of ${name}`)]
}

const entries = (
  resources: JsonObject | undefined,
  key: string
): ReadonlyArray<readonly [name: string, value: string]> =>
  Object.entries(child(resources, key) ?? {}).map(([name, value]) => [name, String(value)] as const)
    .sort(([a], [b]) => a < b ? -1 : 1)

const requirements = (
  resources: JsonObject | undefined,
  name: NameCheck,
  claims: ReadonlyArray<string>,
  at: string
): Causes => {
  const limits = new Map(entries(resources, "limits"))
  const requests = entries(resources, "requests")
  const asked = [...limits.keys(), ...requests.map(([key]) => key)]
  return [
    ...[...limits].flatMap(([key, value]) => [
      ...name(key, `${at}.limits[${key}]`),
      ...amount(key, value, `${at}.limits[${key}]`)
    ]),
    ...requests.flatMap(([key, value]) => [
      ...name(key, `${at}.requests[${key}]`),
      ...amount(key, value, `${at}.requests[${key}]`),
      ...comparison(key, value, limits.get(key), at)
    ]),
    ...(asked.some(isHugePage) && !asked.includes("cpu") && !asked.includes("memory")
      ? [forbidden(at, "HugePages require cpu or memory")]
      : []),
    ...claimNames(objects(resources, "claims"), claims, `${at}.claims`)
  ]
}

const comparison = (name: string, request: string, limit: string | undefined, at: string): Causes => {
  if (limit === undefined) {
    return canOvercommit(name) ? [] : [required(`${at}.limits`, "Limit must be set for non overcommitable resources")]
  }
  if (!canOvercommit(name) && !Quantity.Equivalence(request, limit)) {
    return [invalid(`${at}.requests`, request, `must be equal to ${name} limit of ${limit}`)]
  }
  return Quantity.greaterThan(request, limit)
    ? [invalid(`${at}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)]
    : []
}

const claimNames = (list: ReadonlyArray<JsonObject>, known: ReadonlyArray<string>, at: string): Causes => {
  const seen = new Set<string>()
  return each(list, at, (claim, path) => {
    const name = textOf(claim, "name")
    if (name === "") return [required(path)]
    const request = textOf(claim, "request")
    const key = request === "" ? name : `${name}/${request}`
    const isTwice = seen.has(name) || seen.has(key)
      || (request === "" && [...seen].some((other) => other.startsWith(`${name}/`)))
    const shown = seen.has(name) || request === "" ? name : key
    seen.add(key)
    const names = known.length === 0 ? " which is empty" : `: ${[...known].sort().join(", ")}`
    return [
      ...complain(`${path}.request`, request, request === "" ? [] : dnsLabel(request)),
      ...(isTwice ? [duplicate(path, shown)] : []),
      ...(known.includes(name)
        ? []
        : [notFound(path, name, `must be one of the names in pod.spec.resourceClaims${names}`)])
    ]
  })
}

export const validateContainerResources = (container: JsonObject, claims: ReadonlyArray<string>, at: string): Causes =>
  requirements(child(container, "resources"), containerName, claims, at)

export const validateOverhead = (spec: JsonObject, at: string): Causes =>
  requirements({ limits: child(spec, "overhead") }, containerName, [], at)

type Amounts = ReadonlyMap<string, string>

const isSidecar = (container: JsonObject): boolean => container["restartPolicy"] === "Always"

const total = (a: Amounts, b: Amounts): Amounts => {
  const sum = new Map(a)
  for (const [name, value] of b) sum.set(name, sum.has(name) ? Quantity.add(sum.get(name)!, value) : value)
  return sum
}

const most = (a: Amounts, b: Amounts): Amounts => {
  const result = new Map(a)
  for (const [name, value] of b) {
    const there = result.get(name)
    if (there === undefined || Quantity.greaterThan(value, there)) result.set(name, value)
  }
  return result
}

/** What a Pod's containers need together: all at once, or the greatest of those that run before them. */
export const aggregate = (spec: JsonObject, key: "requests" | "limits"): Amounts => {
  const of = (container: JsonObject): Amounts => new Map(entries(child(container, "resources"), key))
  let running: Amounts = new Map()
  let before: Amounts = new Map()
  for (const container of objects(spec, "initContainers")) {
    const own = of(container)
    if (isSidecar(container)) running = total(running, own)
    before = most(before, isSidecar(container) ? running : total(running, own))
  }
  return most(objects(spec, "containers").reduce((sum, container) => total(sum, of(container)), running), before)
}

/** Of a Pod as a whole. */
export const validatePodResources = (spec: JsonObject, claims: ReadonlyArray<string>, at: string): Causes => {
  const resources = child(spec, "resources")
  if (resources === undefined) return []
  const path = `${at}.resources`
  const requests = new Map(entries(resources, "requests"))
  const limits = new Map(entries(resources, "limits"))
  const tooLittle = (key: "requests" | "limits", own: Amounts, counts: (name: string) => boolean): Causes =>
    [...aggregate(spec, key)].flatMap(([name, value]) => {
      const given = own.get(name)
      return given === undefined || !counts(name) || !Quantity.greaterThan(value, given)
        ? []
        : [
          invalid(
            `${path}.${key}[${name}]`,
            given,
            `must be greater than or equal to aggregate container ${key} of ${value}`
          )
        ]
    })
  return [
    ...(objects(resources, "claims").length === 0
      ? []
      : [forbidden(`${path}.claims`, "claims may not be set for Resources at pod-level")]),
    ...requirements(resources, podName, claims, path),
    ...tooLittle("requests", requests, () => true),
    ...tooLittle("limits", limits, isHugePage),
    ...each(
      objects(spec, "containers"),
      `${path}.containers`,
      (container, place) =>
        entries(child(container, "resources"), "limits").flatMap(([name, value]) => {
          const limit = limits.get(name)
          return limit === undefined || !Quantity.greaterThan(value, limit)
            ? []
            : [invalid(`${place}[${name}].limits`, value, `must be less than or equal to pod limits of ${limit}`)]
        })
    )
  ]
}
