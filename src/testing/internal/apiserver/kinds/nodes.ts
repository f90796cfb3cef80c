/** Nodes: the taint that a new one carries, and what is wrong with their taints, ranges, addresses and amounts. */
import { duplicate, forbidden, invalid, notSupported, required } from "../../structural/fieldError.js"
import { labelValue, qualifiedName } from "../../structural/names.js"
import { child, equal, items, type JsonObject } from "../json.js"
import { made, objects, textOf } from "../members.js"
import { specOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { isIpv6, parseRange, validateRange } from "./addresses.js"
import { type Causes, complain, each } from "./checks.js"
import { taintEffects } from "./podScheduling.js"
import { validateAmount } from "./quantities.js"

const notReady = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }

/** Until somebody says that it is ready, nothing is to be scheduled there. */
const begin = (node: JsonObject, previous: JsonObject | undefined): JsonObject => {
  const spec = specOf(node)
  const taints = items(spec, "taints")
  const has = objects(spec, "taints").some((taint) =>
    taint["key"] === notReady.key && taint["effect"] === notReady.effect
  )
  return previous !== undefined || has ? node : { ...node, spec: { ...spec, taints: [...taints, notReady] } }
}

/** The dynamic configuration of kubelets is gone. */
const withoutConfig = (node: JsonObject): JsonObject => {
  const { configSource: _, ...spec } = specOf(node)
  return { ...node, spec }
}

const duplicateJson = (field: string, json: string, detail: string): Causes[number] => ({
  ...duplicate(field, null),
  message: `Duplicate value: ${json}${detail === "" ? "" : `: ${detail}`}`
})

const shown = (parts: ReadonlyArray<readonly [name: string, value: unknown]>): string =>
  `{${parts.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`

const validateTaints = (node: JsonObject): Causes => {
  const taints = objects(child(node, "spec"), "taints")
  return each(taints, "metadata.taints", (taint, at, index) => {
    const [key, value, effect] = [textOf(taint, "key"), textOf(taint, "value"), textOf(taint, "effect")]
    const complaints = labelValue(value)
    const isKnown = taints.slice(0, index).some((other) =>
      textOf(other, "key") === key && textOf(other, "effect") === effect
    )
    return [
      ...complain(`${at}.key`, key, qualifiedName(key)),
      ...(complaints.length === 0 ? [] : [invalid(`${at}.value`, value, complaints.join(";"))]),
      ...(effect === ""
        ? [required(`${at}.effect`)]
        : taintEffects.includes(effect)
        ? []
        : [notSupported(`${at}.effect`, effect, taintEffects)]),
      ...(isKnown
        ? [
          duplicateJson(
            at,
            shown([["Key", key], ["Value", value], ["Effect", effect], ["TimeAdded", taint["timeAdded"] ?? null]]),
            "taints must be unique by key and effect pair"
          )
        ]
        : [])
    ]
  })
}

const validateAmounts = (node: JsonObject): Causes =>
  ["capacity", "allocatable"].flatMap((list) => {
    const amounts = child(child(node, "status"), list) ?? {}
    return Object.keys(amounts).sort().flatMap((name) =>
      validateAmount(name, String(amounts[name]), `status.${list}.${name}`)
    )
  })

const validateRanges = (node: JsonObject): Causes => {
  const ranges = items(child(node, "spec"), "podCIDRs").map(String)
  const families = new Set(ranges.map((range) => {
    const parsed = parseRange(range)
    return parsed !== undefined && isIpv6(parsed.address)
  }))
  return [
    ...each(ranges, "spec.podCIDRs", (range, at) => validateRange(at, range)),
    ...(ranges.length > 2 || (ranges.length === 2 && families.size < 2)
      ? [invalid("spec.podCIDRs", ranges, "may specify no more than one CIDR for each IP family")]
      : [])
  ]
}

const validateAddresses = (node: JsonObject): Causes => {
  const addresses = objects(child(node, "status"), "addresses")
  return each(
    addresses,
    "status.addresses",
    (address, at, index) =>
      addresses.slice(0, index).some((other) => equal(other, address))
        ? [duplicateJson(at, shown([["Type", textOf(address, "type")], ["Address", textOf(address, "address")]]), "")]
        : []
  )
}

const validateUpdate = (node: JsonObject, previous: JsonObject): Causes => {
  const [spec, before] = [child(node, "spec"), child(previous, "spec")]
  const [ranges, oldRanges] = [items(spec, "podCIDRs"), items(before, "podCIDRs")]
  const kept = forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid")
  const [provider, oldProvider] = [textOf(spec, "providerID"), textOf(before, "providerID")]
  return [
    ...validateAmounts(node),
    ...validateAddresses(node),
    ...(oldRanges.length === 0
      ? []
      : oldRanges.length !== ranges.length
      ? [kept]
      : oldRanges.flatMap((range, at) => range === ranges[at] ? [] : [kept])),
    ...(oldProvider === "" || provider === oldProvider
      ? []
      : [
        invalid("spec.providerID", null, `field cannot be ${provider === "" ? "cleared" : "modified"} once set`)
      ]),
    ...validateTaints(node)
  ]
}

export const nodeStrategy: Partial<Strategy> = {
  takesStatus: true,
  defaults: (node) => {
    const status = made(node, "status")
    const capacity = child(status, "capacity")
    if (capacity !== undefined && child(status, "allocatable") === undefined) status["allocatable"] = { ...capacity }
    // The older of the two fields is the first of the younger one.
    const spec = made(node, "spec")
    const [one, several] = [textOf(spec, "podCIDR"), items(spec, "podCIDRs")]
    if (one === "" && several.length > 0) spec["podCIDR"] = several[0]
    if (one !== "" && several[0] !== one) spec["podCIDRs"] = [one]
    return node
  },
  begin,
  prepareCreate: withoutConfig,
  prepareUpdate: withoutConfig,
  validateCreate: (node) => [...validateTaints(node), ...validateAmounts(node), ...validateRanges(node)],
  validateUpdate,
  validateStatus: validateUpdate
}
