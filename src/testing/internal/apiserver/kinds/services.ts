/**
 * Services: what the server fills in, what it drops when their type changes, and of what it warns. Their addresses and
 * node ports are given by serviceAddresses.ts, their rules are in serviceRules.ts.
 */
import { child, items, type JsonObject } from "../json.js"
import { made, member, number, objects, setDefault, textOf } from "../members.js"
import { specOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { addressWarnings, rangeWarnings } from "./addresses.js"
import { giveAddresses } from "./serviceAddresses.js"
import { isExternal, isSame, needsHealthCheck, oldHints, youngHints } from "./serviceParts.js"
import { validateService, validateServiceStatus, validateServiceUpdate } from "./serviceRules.js"

const longAffinity = 10_800

const defaults = (service: JsonObject): JsonObject => {
  const spec = made(service, "spec")
  setDefault(spec, "sessionAffinity", "None")
  if (spec["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"]
  const clientIp = child(child(spec, "sessionAffinityConfig"), "clientIP")
  if (spec["sessionAffinity"] === "ClientIP" && number(clientIp, "timeoutSeconds") === undefined) {
    spec["sessionAffinityConfig"] = { clientIP: { timeoutSeconds: longAffinity } }
  }
  setDefault(spec, "type", "ClusterIP")
  for (const port of objects(spec, "ports")) {
    setDefault(port, "protocol", "TCP")
    const target = member(port, "targetPort")
    if (target === undefined || target === 0 || target === "") port["targetPort"] = port["port"] ?? 0
  }
  if (isExternal(spec)) setDefault(spec, "externalTrafficPolicy", "Cluster")
  if (["NodePort", "LoadBalancer", "ClusterIP"].includes(textOf(spec, "type"))) {
    setDefault(spec, "internalTrafficPolicy", "Cluster")
  }
  if (spec["type"] === "LoadBalancer") {
    setDefault(spec, "allocateLoadBalancerNodePorts", true)
    for (const ingress of objects(child(child(service, "status"), "loadBalancer"), "ingress")) {
      if (textOf(ingress, "ip") !== "") setDefault(ingress, "ipMode", "VIP")
    }
  }
  return service
}

const without = (spec: JsonObject, ...fields: ReadonlyArray<string>): JsonObject =>
  Object.fromEntries(Object.entries(spec).filter(([key]) => !fields.includes(key)))

const hasNodePorts = (spec: JsonObject): boolean => ["NodePort", "LoadBalancer"].includes(textOf(spec, "type"))

const nodePorts = (spec: JsonObject): ReadonlyArray<number> =>
  objects(spec, "ports").flatMap((port) => number(port, "nodePort") ?? [])

/** What no longer goes with a type is dropped where the client left it as it was. */
const dropTypeDependent = (after: JsonObject, before: JsonObject): JsonObject => {
  let spec = after
  const needsAddress = (of: JsonObject): boolean => textOf(of, "type") !== "ExternalName"
  if (needsAddress(before) && !needsAddress(spec)) {
    if (isSame(spec, before, "clusterIP") && isSame(spec, before, "clusterIPs")) {
      spec = without(spec, "clusterIP", "clusterIPs")
    }
    for (const field of ["ipFamilies", "ipFamilyPolicy"]) {
      if (isSame(spec, before, field)) spec = without(spec, field)
    }
  }
  const isNew = nodePorts(spec).some((port) => !nodePorts(before).includes(port))
  if (hasNodePorts(before) && !hasNodePorts(spec) && !isNew) {
    spec = { ...spec, ports: objects(spec, "ports").map((port) => without(port, "nodePort")) }
    if (items(spec, "ports").length === 0) spec = without(spec, "ports")
  }
  const drop = (field: string, applies: (of: JsonObject) => boolean): void => {
    if (applies(before) && !applies(spec) && isSame(spec, before, field)) spec = without(spec, field)
  }
  drop("healthCheckNodePort", needsHealthCheck)
  drop("allocateLoadBalancerNodePorts", (of) => of["type"] === "LoadBalancer")
  drop("loadBalancerClass", (of) => of["type"] === "LoadBalancer")
  drop("externalTrafficPolicy", isExternal)
  // A real server writes this one by mistake and leaves it out when it reads.
  return spec["type"] === "ExternalName" ? without(spec, "internalTrafficPolicy") : spec
}

const prepareUpdate = (service: JsonObject, previous: JsonObject): JsonObject => {
  const spec = dropTypeDependent(specOf(service), specOf(previous))
  const status = textOf(spec, "type") === "LoadBalancer"
    ? service["status"]
    : { ...child(service, "status"), loadBalancer: {} }
  return { ...service, spec, status }
}

const warnings = (service: JsonObject): ReadonlyArray<string> => {
  const spec = specOf(service)
  const type = textOf(spec, "type")
  const external = items(spec, "externalIPs").map(String)
  const isNamed = type === "ExternalName"
  const headless = type === "ClusterIP" && textOf(spec, "clusterIP") === "None"
  const when = (holds: boolean, text: string): ReadonlyArray<string> => holds ? [text] : []
  const annotations = child(child(service, "metadata"), "annotations") ?? {}
  const balancer = textOf(spec, "loadBalancerIP")
  return [
    ...when(
      Object.hasOwn(annotations, oldHints),
      `annotation ${oldHints} is deprecated, please use ${youngHints} instead`
    ),
    ...(headless ?
      [] :
      items(spec, "clusterIPs").flatMap((address, at) => addressWarnings(`spec.clusterIPs[${at}]`, String(address)))),
    ...when(headless && balancer !== "", "spec.loadBalancerIP is ignored for headless services"),
    ...when(headless && external.length > 0, "spec.externalIPs is ignored for headless services"),
    ...when(headless && spec["sessionAffinity"] !== "None", "spec.SessionAffinity is ignored for headless services"),
    ...external.flatMap((address, at) => addressWarnings(`spec.externalIPs[${at}]`, address)),
    ...when(
      external.length > 0 && !headless && !isNamed,
      "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    ),
    ...(balancer === "" ? [] : addressWarnings("spec.loadBalancerIP", balancer)),
    ...items(spec, "loadBalancerSourceRanges").flatMap((range, at) =>
      rangeWarnings(`spec.loadBalancerSourceRanges[${at}]`, String(range))
    ),
    ...when(isNamed && external.length > 0, "spec.externalIPs is ignored when spec.type is \"ExternalName\""),
    ...when(
      !isNamed && textOf(spec, "externalName") !== "",
      "spec.externalName is ignored when spec.type is not \"ExternalName\""
    ),
    ...when(
      spec["trafficDistribution"] === "PreferClose",
      "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\""
    )
  ]
}

export const serviceStrategy: Partial<Strategy> = {
  names: "label",
  defaults,
  begin: giveAddresses,
  prepareUpdate,
  warnings,
  validateCreate: (service) => validateService(service, undefined),
  validateUpdate: validateServiceUpdate,
  validateStatus: validateServiceStatus
}
