/** StorageClasses, CSIDrivers and CSINodes (`storage.k8s.io`): defaults, what is wrong with them, what never changes. */
import { duplicate, invalid, invalidJson, notSupported, required, tooLong } from "../../structural/fieldError.js"
import { qualifiedName } from "../../structural/names.js"
import { child, equal, items, type JsonObject, withMember } from "../json.js"
import { made, member, number, objects, setDefault, textOf } from "../members.js"
import { specOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { type Causes, complain, each, immutable, optionalOneOf } from "./checks.js"
import { validateDriverName } from "./volumes.js"

const most = { parameters: 512, bytes: 256 * 1024, nodeId: 192 }

const validateParameters = (parameters: JsonObject | undefined): Causes => {
  const entries = Object.entries(parameters ?? {})
  if (entries.length > most.parameters) return [tooLong("parameters", most.parameters)]
  const encoder = new TextEncoder()
  const size = entries.reduce((sum, [key, value]) => sum + encoder.encode(`${key}${String(value)}`).length, 0)
  return [
    ...(entries.some(([key]) => key === "") ? [invalid("parameters", "", "field can not be empty.")] : []),
    ...(size > most.bytes ? [tooLong("parameters", most.bytes)] : [])
  ]
}

const validateTopologies = (storageClass: JsonObject): Causes =>
  each(objects(storageClass, "allowedTopologies"), "allowedTopologies", (term, at) => {
    const expressions = objects(term, "matchLabelExpressions")
    return each(expressions, `${at}.matchLabelExpressions`, (expression, field, index) => {
      const key = textOf(expression, "key")
      const values = items(expression, "values")
      return [
        ...(values.length === 0 ? [required(`${field}.values`)] : []),
        ...each(
          values,
          `${field}.values`,
          (value, place, index) => values.indexOf(value) < index ? [duplicate(place, value)] : []
        ),
        ...complain(`${field}.key`, key, qualifiedName(key)),
        ...(expressions.slice(0, index).some((other) => other["key"] === key) ? [duplicate(`${field}.key`, key)] : [])
      ]
    })
  })

const validateClass = (storageClass: JsonObject): Causes => {
  const provisioner = textOf(storageClass, "provisioner")
  const modes = ["Immediate", "WaitForFirstConsumer"]
  return [
    ...(provisioner === ""
      ? [required("provisioner")]
      : complain("provisioner", provisioner.toLowerCase(), qualifiedName(provisioner.toLowerCase()))),
    ...validateParameters(child(storageClass, "parameters")),
    ...optionalOneOf(member(storageClass, "reclaimPolicy"), "reclaimPolicy", ["Delete", "Retain"]),
    ...optionalOneOf(member(storageClass, "volumeBindingMode"), "volumeBindingMode", modes),
    ...validateTopologies(storageClass)
  ]
}

/** Fields that never change; the server does not show what they should have become. */
export const unchanging = (object: JsonObject, previous: JsonObject, ...fields: ReadonlyArray<string>): Causes =>
  fields.flatMap((field) =>
    equal(object[field] ?? null, previous[field] ?? null) ? [] : [invalid(field, null, "field is immutable")]
  )

export const storageClassStrategy: Partial<Strategy> = {
  defaults: (storageClass) => {
    setDefault(storageClass, "reclaimPolicy", "Delete")
    setDefault(storageClass, "volumeBindingMode", "Immediate")
    return storageClass
  },
  validateCreate: validateClass,
  validateUpdate: (storageClass, previous) =>
    unchanging(storageClass, previous, "parameters", "provisioner", "reclaimPolicy", "volumeBindingMode")
}

const driverDefaults: ReadonlyArray<readonly [field: string, value: unknown]> = [
  ["attachRequired", true],
  ["podInfoOnMount", false],
  ["storageCapacity", false],
  ["fsGroupPolicy", "ReadWriteOnceWithFSType"],
  ["requiresRepublish", false],
  ["seLinuxMount", false],
  ["preventPodSchedulingIfMissing", false]
]

const shortest = 600
const longest = 2 ** 32

const validateTokenRequests = (spec: JsonObject): Causes => {
  const requests = objects(spec, "tokenRequests")
  return each(requests, "spec.tokenRequests", (request, at, index) => {
    const audience = textOf(request, "audience")
    if (requests.slice(0, index).some((other) => textOf(other, "audience") === audience)) {
      return [duplicate(`${at}.audience`, audience)]
    }
    const seconds = number(request, "expirationSeconds")
    const says = (holds: boolean, why: string): Causes =>
      holds ? [invalid(`${at}.expirationSeconds`, seconds, `may not specify a duration ${why}`)] : []
    return seconds === undefined
      ? []
      : [...says(seconds < shortest, "less than 10 minutes"), ...says(seconds > longest, "larger than 2^32 seconds")]
  })
}

const validateDriver = (driver: JsonObject): Causes => {
  const spec = specOf(driver)
  const period = number(spec, "nodeAllocatableUpdatePeriodSeconds")
  const inSecrets = member(spec, "serviceAccountTokenInSecrets")
  const policies = ["File", "None", "ReadWriteOnceWithFSType"]
  const modes = ["Persistent", "Ephemeral"]
  return [
    ...optionalOneOf(member(spec, "fsGroupPolicy"), "spec.fsGroupPolicy", policies),
    ...validateTokenRequests(spec),
    ...items(spec, "volumeLifecycleModes").flatMap((mode) =>
      modes.includes(String(mode)) ? [] : [notSupported("spec.volumeLifecycleModes", mode, modes)]
    ),
    ...(period !== undefined && period < 10
      ? [
        invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, "must be greater than or equal to 10 seconds")
      ]
      : []),
    ...(inSecrets !== undefined && items(spec, "tokenRequests").length === 0
      ? [
        invalid(
          "spec.serviceAccountTokenInSecrets",
          inSecrets,
          "serviceAccountTokenInSecrets is set but no tokenRequests are specified"
        )
      ]
      : [])
  ]
}

export const csiDriverStrategy: Partial<Strategy> = {
  lateGeneration: true,
  defaults: (driver) => {
    const spec = made(driver, "spec")
    for (const [field, value] of driverDefaults) if (member(spec, field) === undefined) spec[field] = value
    if (items(spec, "volumeLifecycleModes").length === 0) spec["volumeLifecycleModes"] = ["Persistent"]
    return driver
  },
  validateCreate: validateDriver,
  validateUpdate: (driver, previous) => {
    const [spec, before] = [specOf(driver), specOf(previous)]
    return [
      ...validateDriver(driver),
      ...immutable(spec["attachRequired"], before["attachRequired"], "spec.attachedRequired"),
      ...unchanging(spec, before, "volumeLifecycleModes").map((cause) => ({ ...cause, field: `spec.${cause.field}` }))
    ]
  }
}

const validateNodeDriver =
  (names: ReadonlyArray<string>) => (driver: JsonObject, at: string, index: number): Causes => {
    const name = textOf(driver, "name")
    const id = textOf(driver, "nodeID")
    const count = number(child(driver, "allocatable"), "count") ?? 0
    const keys = items(driver, "topologyKeys").map(String)
    return [
      ...validateDriverName(name, `${at}.name`),
      ...(id === "" ? [required(`${at}.nodeID`)] : []),
      ...(id.length > most.nodeId ? [invalid(`${at}.nodeID`, id, `must be ${most.nodeId} characters or less`)] : []),
      ...(count < 0 ? [invalid(`${at}.allocatable.count`, count, "must be greater than or equal to 0")] : []),
      ...(names.indexOf(name) < index ? [duplicate(`${at}.name`, name)] : []),
      ...keys.flatMap((key, index) => [
        ...(key === "" ? [required(at)] : []),
        ...(keys.indexOf(key) < index ? [duplicate(at, key)] : []),
        ...complain(at, key, qualifiedName(key))
      ])
    ]
  }

const validateCsiNode = (node: JsonObject): Causes => {
  const drivers = objects(child(node, "spec"), "drivers")
  return each(drivers, "spec.drivers", validateNodeDriver(drivers.map((driver) => textOf(driver, "name"))))
}

/** A driver in the form in which the server shows it, without what may change. */
const shownDriver = (driver: JsonObject): string =>
  `{"Name":${JSON.stringify(textOf(driver, "name"))},"NodeID":${
    JSON.stringify(textOf(driver, "nodeID"))
  },"TopologyKeys":${JSON.stringify(driver["topologyKeys"] ?? null)},"Allocatable":null}`

const fixedDriver = (driver: JsonObject): JsonObject => withMember(driver, "allocatable", undefined)

export const csiNodeStrategy: Partial<Strategy> = {
  validateCreate: validateCsiNode,
  validateUpdate: (node, previous) => [
    ...validateCsiNode(node),
    ...objects(child(previous, "spec"), "drivers").flatMap((old) =>
      objects(child(node, "spec"), "drivers")
        .filter((driver) => driver["name"] === old["name"] && !equal(fixedDriver(driver), fixedDriver(old)))
        .map((driver) => invalidJson("spec.drivers", shownDriver(driver), "field is immutable"))
    )
  ]
}
