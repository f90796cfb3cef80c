/** Where a Pod is written beside its main endpoint: `ephemeralcontainers` and `resize`. */
import { validateMetadata } from "../../structural.js"
import { forbidden, invalid } from "../../structural/fieldError.js"
import { child, equal, items, type JsonObject, withMember } from "../json.js"
import { type Causes } from "../kinds/checks.js"
import { defaultResources, qosClass, validateSpec } from "../kinds/pods.js"
import { mirrorAnnotation, validateEphemeralChange } from "../kinds/podUpdate.js"
import { objects, textOf } from "../members.js"
import { nameRules } from "../nameRules.js"
import { metadataOf } from "../objectMeta.js"
import { annotationsOf, specOf } from "../objectParts.js"
import { asItWas, type Endpoint, type Endpoints } from "./endpoint.js"

const isMirror = (object: JsonObject): boolean => Object.hasOwn(annotationsOf(object), mirrorAnnotation)

const validateWhole = (object: JsonObject): Causes => [
  ...validateMetadata(metadataOf(object), { namespaced: true, name: nameRules.subdomain }),
  ...validateSpec(object)
]

const ephemeralContainers: Endpoint = {
  prepare: (object, previous) => {
    const { ephemeralContainers } = specOf(object)
    return withMember(
      asItWas(object, previous),
      "spec",
      withMember(specOf(previous), "ephemeralContainers", ephemeralContainers)
    )
  },
  validate: (object, previous) =>
    isMirror(previous)
      ? [forbidden("[]", "static pods do not support ephemeral containers")]
      : [...validateWhole(object), ...validateEphemeralChange(object, previous)]
}

const lists = ["containers", "initContainers"] as const

/** The containers as they were with the new resources; the new ones where they are not the same containers. */
const resizedContainers = (spec: JsonObject, previous: JsonObject, key: string): unknown => {
  const now = objects(spec, key)
  const before = objects(previous, key)
  const isSame = now.every((container, at) => textOf(container, "name") === textOf(before[at], "name"))
  if (now.length === 0 || !isSame) return spec[key]
  return before.map((container, at) =>
    withMember(
      { ...container, resources: now[at]!["resources"] },
      "resizePolicy",
      now[at]!["resizePolicy"]
    )
  )
}

const prepareResize: Endpoint["prepare"] = (object, previous) => {
  const spec = specOf(object)
  const before = specOf(previous)
  if (lists.some((key) => items(spec, key).length !== items(before, key).length)) return object
  let next = withMember(before, "resources", spec["resources"] ?? before["resources"])
  for (const key of lists) next = withMember(next, key, resizedContainers(spec, before, key))
  const resources = child(next, "resources")
  if (resources !== undefined) {
    next = { ...next, resources: { ...resources } }
    defaultResources(next)
  }
  return { ...asItWas(object, previous), spec: next }
}

const amounts = (holder: JsonObject | undefined, key: string): JsonObject =>
  child(child(holder, "resources"), key) ?? {}

const removed = (holder: JsonObject | undefined, before: JsonObject | undefined, key: string): boolean => {
  const now = amounts(holder, key)
  return Object.keys(amounts(before, key)).some((name) => !Object.hasOwn(now, name))
}

const removals = (holder: JsonObject, before: JsonObject, at: string, what: string): Causes =>
  (["requests", "limits"] as const).flatMap((key) =>
    removed(holder, before, key) ? [forbidden(`${at}.${key}`, `${what} ${key} cannot be removed`)] : []
  )

const resizable = ["cpu", "memory"]

/** The holder with the old amounts of all that may change. */
const withOldAmounts = (holder: JsonObject, before: JsonObject): JsonObject => {
  let resources = child(holder, "resources")
  const old = child(before, "resources")
  if (resources === undefined && old === undefined) return holder
  for (const key of ["limits", "requests"]) {
    const now: JsonObject = { ...child(resources, key) }
    for (const name of resizable) delete now[name]
    const was = child(old, key) ?? {}
    for (const name of resizable) if (Object.hasOwn(was, name)) now[name] = was[name]
    resources = withMember(resources ?? {}, key, Object.keys(now).length === 0 ? undefined : now)
  }
  return withMember(
    holder,
    "resources",
    Object.keys(resources ?? {}).length === 0 && old === undefined ? undefined : resources
  )
}

const order = (spec: JsonObject, before: JsonObject): Causes =>
  lists.flatMap((key) => {
    const now = objects(spec, key)
    const old = objects(before, key)
    if (now.length !== old.length) return [forbidden(`spec.${key}`, `${key} may not be added or removed on resize`)]
    return old.flatMap((container, at) =>
      textOf(now[at], "name") === textOf(container, "name")
        ? []
        : [forbidden(`spec.${key}[${at}].name`, `${key} may not be renamed or reordered on resize`)]
    )
  })

const isSet = (spec: JsonObject): boolean =>
  ["requests", "limits"].some((key) => Object.keys(amounts(spec, key)).length > 0)

/** Of resources that the Pod as a whole has. */
const podLevel = (spec: JsonObject, before: JsonObject): Causes => {
  if (!isSet(spec) && !isSet(before)) return []
  if (before["resources"] !== undefined && spec["resources"] === undefined) {
    return [forbidden("spec.resources", "pod-level resources cannot be removed")]
  }
  return [
    ...(before["resources"] === undefined ? [] : removals(spec, before, "spec.resources", "pod-level resource")),
    ...(equal(withOldAmounts(spec, before)["resources"], before["resources"])
      ? []
      : [forbidden("spec", "only cpu and memory resources are mutable at pod-level")])
  ]
}

const containersOf = (spec: JsonObject, before: JsonObject): Causes =>
  objects(before, "containers").flatMap((old, at) =>
    equal(withOldAmounts(objects(spec, "containers")[at]!, old), old)
      ? []
      : [forbidden("spec", "only cpu and memory resources are mutable")]
  )

const initContainersOf = (spec: JsonObject, before: JsonObject): Causes =>
  objects(before, "initContainers").flatMap((old, at) => {
    const now = objects(spec, "initContainers")[at]!
    const field = `spec.initContainers[${at}]`
    const restarts = objects(now, "resizePolicy").filter((policy) => policy["restartPolicy"] === "RestartContainer")
    return [
      ...(equal(withOldAmounts(now, old), old)
        ? []
        : [forbidden(field, "only cpu and memory resources for init or sidecar containers are mutable")]),
      ...(equal(now, old) || textOf(now, "restartPolicy") === "Always"
        ? []
        : restarts.map(() =>
          forbidden(field, "non-sidecar init containers with a resize policy of RestartContainer cannot be resized")
        ))
    ]
  })

/** Whether the node that the Pod runs on has told what its containers have: one that cannot resize does not. */
const nodeCanResize = (object: JsonObject): boolean => {
  const running = objects(child(object, "status"), "containerStatuses")
    .find((each) => child(child(each, "state"), "running") !== undefined)
  return running === undefined || child(running, "resources") !== undefined
}

const validateResize: Endpoint["validate"] = (object, previous) => {
  const spec = specOf(object)
  const before = specOf(previous)
  if (isMirror(previous)) return [forbidden("[]", "static pods cannot be resized")]
  if (child(before, "os")?.["name"] === "windows") return [forbidden("[]", "windows pods cannot be resized")]
  const qos = textOf(child(previous, "status"), "qosClass")
  const causes = [
    ...validateWhole(object),
    ...((qos === "" ? qosClass(before) : qos) === qosClass(spec)
      ? []
      : [
        invalid(
          "spec",
          textOf(child(object, "status"), "qosClass"),
          "Pod QOS Class may not change as a result of resizing"
        )
      ]),
    ...(nodeCanResize(previous) ? [] : [forbidden("spec", "Pod running on node without support for resize")]),
    ...podLevel(spec, before)
  ]
  const misplaced = order(spec, before)
  if (misplaced.length > 0) return [...causes, ...misplaced]
  const gone = (["initContainers", "containers"] as const).flatMap((key) =>
    objects(before, key).flatMap((old, at) =>
      removals(objects(spec, key)[at]!, old, `spec.${key}[${at}].resources`, "resource")
    )
  )
  const all = [...causes, ...gone, ...containersOf(spec, before), ...initContainersOf(spec, before)]
  if (all.length > 0) return all
  let munged = withMember(spec, "resources", before["resources"])
  for (const key of lists) munged = withMember(munged, key, before[key])
  return equal(munged, before) ? [] : [forbidden("spec", "only cpu and memory resources are mutable")]
}

export const podEndpoints: Endpoints = {
  ephemeralcontainers: ephemeralContainers,
  resize: { prepare: prepareResize, validate: validateResize }
}
