/** What is wrong with a Service, in the order in which the server finds it. */
import { duplicate, forbidden, invalid, notSupported, required } from "../../structural/fieldError.js"
import { dnsLabel, dnsSubdomain, qualifiedName } from "../../structural/names.js"
import { internalJson } from "../internalForm.js"
import { child, equal, items, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { specOf } from "../objectParts.js"
import { isIpv6, parseAddress, validateAddress, validateEndpointAddress, validateRange } from "./addresses.js"
import { type Causes, complain, each, oneOf, optionalOneOf } from "./checks.js"
import { validateLabels } from "./labelSelectors.js"
import { portNumber, portOrName, protocols } from "./ports.js"
import { isExternal, isHeadless, needsHealthCheck, oldHints, youngHints } from "./serviceParts.js"

const when = (holds: boolean, cause: () => Causes[number]): Causes => holds ? [cause()] : []

const validatePorts = (spec: JsonObject): Causes => {
  const names = new Set<string>()
  const ports = objects(spec, "ports")
  return each(ports, "spec.ports", (port, at) => {
    const name = textOf(port, "name")
    const isKnown = names.has(name)
    names.add(name)
    const protocol = member(port, "appProtocol")
    return [
      ...(name === ""
        ? when(ports.length > 1, () => required(`${at}.name`))
        : [
          ...complain(`${at}.name`, name, dnsLabel(name)),
          ...when(isKnown, () => duplicate(`${at}.name`, name))
        ]),
      ...complain(`${at}.port`, number(port, "port") ?? 0, portNumber(number(port, "port") ?? 0)),
      ...oneOf(member(port, "protocol"), `${at}.protocol`, protocols),
      ...complain(`${at}.targetPort`, member(port, "targetPort") ?? 0, portOrName(member(port, "targetPort"))),
      ...(typeof protocol === "string" ? complain(`${at}.appProtocol`, protocol, qualifiedName(protocol)) : [])
    ]
  })
}

const maximumAffinity = 86_400

const validateAffinity = (spec: JsonObject): Causes => {
  const affinity = member(spec, "sessionAffinity")
  const causes = oneOf(affinity, "spec.sessionAffinity", ["ClientIP", "None"])
  const at = "spec.sessionAffinityConfig"
  if (affinity !== "ClientIP") return causes
  const timeout = number(child(child(spec, "sessionAffinityConfig"), "clientIP"), "timeoutSeconds") ?? 0
  return timeout > 0 && timeout <= maximumAffinity ? causes : [
    ...causes,
    invalid(`${at}.clientIP.timeoutSeconds`, timeout, `must be greater than 0 and less than ${maximumAffinity}`)
  ]
}

/** Cluster IPs and families, which are looked at before addresses are given as well. */
export const validateFamilies = (service: JsonObject, before: JsonObject | undefined): Causes => {
  const spec = specOf(service)
  if (textOf(spec, "type") === "ExternalName") return []
  const field = "spec.clusterIPs"
  const singular = textOf(spec, "clusterIP")
  const all = items(spec, "clusterIPs")
  const families = items(spec, "ipFamilies")
  const says = (holds: boolean, why: string): Causes => when(holds, () => invalid(field, all, why))
  const addresses = all.flatMap((address, at) =>
    at === 0 && address === "None"
      ? says(all.length > 1, "'None' must be the first and only value")
      : validateAddress(`${field}[${at}]`, String(address), items(before, "clusterIPs"))
  )
  const causes = [
    ...when(singular !== "" && all.length === 0, () => required(field)),
    ...says(singular !== "" && all.length > 0 && all[0] !== singular, "first value must match `clusterIP`"),
    ...says(singular === "" && all.length > 0, "must be empty when `clusterIP` is not specified"),
    ...families.flatMap((family, at) => [
      ...when(
        family !== "IPv4" && family !== "IPv6",
        () => notSupported(`spec.ipFamilies[${at}]`, family, ["IPv4", "IPv6"])
      ),
      ...when(families.indexOf(family) < at, () => duplicate(`spec.ipFamilies[${at}]`, family))
    ]),
    ...optionalOneOf(member(spec, "ipFamilyPolicy"), "spec.ipFamilyPolicy", [
      "PreferDualStack",
      "RequireDualStack",
      "SingleStack"
    ]),
    ...addresses,
    ...says(all.length > 2, "may only hold up to 2 values")
  ]
  if (addresses.length > 0) return causes
  const isOf6 = all.map((address) => {
    const parsed = parseAddress(String(address))
    return parsed !== undefined && isIpv6(parsed)
  })
  return [
    ...causes,
    ...says(
      all.length > 1 && !(isOf6.includes(true) && isOf6.includes(false)),
      "may specify no more than one IP for each IP family"
    ),
    ...(isHeadless(spec) ?
      [] :
      all.flatMap((address, at) =>
        at >= families.length || (families[at] === "IPv6") === isOf6[at] ||
          !["IPv4", "IPv6"].includes(String(families[at]))
          ? []
          : [
            invalid(
              `${field}[${at}]`,
              address,
              `expected an ${String(families[at])} value as indicated by \`ipFamilies[${at}]\``
            )
          ]
      ))
  ]
}

const validateType = (spec: JsonObject): Causes => {
  const type = textOf(spec, "type")
  if (type === "LoadBalancer" || type === "NodePort") {
    return when(
      isHeadless(spec),
      () => invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`)
    )
  }
  if (type !== "ExternalName") return []
  const not = (holds: boolean, field: string): Causes =>
    when(holds, () => forbidden(`spec.${field}`, "may not be set for ExternalName services"))
  const name = textOf(spec, "externalName").replace(/\.$/, "")
  return [
    ...not(items(spec, "clusterIPs").length > 0, "clusterIPs"),
    ...not(items(spec, "ipFamilies").length > 0, "ipFamilies"),
    ...not(member(spec, "ipFamilyPolicy") !== undefined, "ipFamilyPolicy"),
    ...(name === "" ? [required("spec.externalName")] : complain("spec.externalName", name, dnsSubdomain(name)))
  ]
}

const onlyBalanced = "may only be used when `type` is 'LoadBalancer'"

/** Ports of one number and protocol twice. */
const validateRepetitions = (spec: JsonObject): Causes => {
  const ports = objects(spec, "ports")
  const repeats = (port: JsonObject, at: number, field: string): boolean =>
    ports.slice(0, at).some((other) => other["protocol"] === port["protocol"] && other[field] === port[field])
  return [
    ...(textOf(spec, "type") === "ClusterIP"
      ? each(
        ports,
        "spec.ports",
        (port, at) =>
          when(
            (number(port, "nodePort") ?? 0) !== 0,
            () => forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'")
          )
      )
      : []),
    ...each(ports, "spec.ports", (port, at, index) =>
      when(
        (number(port, "nodePort") ?? 0) !== 0 && repeats(port, index, "nodePort"),
        () => duplicate(`${at}.nodePort`, port["nodePort"])
      )),
    ...each(ports, "spec.ports", (port, at, index) =>
      when(repeats(port, index, "port"), () => {
        const shown = internalJson("core.ServicePort", { protocol: port["protocol"], port: port["port"] })
        return { ...duplicate(at, null), message: `Duplicate value: ${shown}` }
      }))
  ]
}

const sourceRanges = "service.beta.kubernetes.io/load-balancer-source-ranges"

const validateSourceRanges = (service: JsonObject, previous: JsonObject | undefined): Causes => {
  const spec = specOf(service)
  const isBalanced = textOf(spec, "type") === "LoadBalancer"
  const ranges = items(spec, "loadBalancerSourceRanges").map((range) => String(range).trim())
  const known = items(previous === undefined ? {} : specOf(previous), "loadBalancerSourceRanges")
  if (ranges.length > 0) {
    const at = "spec.LoadBalancerSourceRanges"
    return [
      ...when(!isBalanced, () => forbidden(at, onlyBalanced)),
      ...each(ranges, at, (range, field) => validateRange(field, range, known.map((each) => String(each).trim())))
    ]
  }
  const annotations = child(child(service, "metadata"), "annotations") ?? {}
  if (!Object.hasOwn(annotations, sourceRanges)) return []
  const at = `metadata.annotations[${sourceRanges}]`
  const text = textOf(annotations, sourceRanges).trim()
  return [
    ...when(!isBalanced, () => forbidden(at, onlyBalanced)),
    ...(text === "" ? [] : text.split(",").flatMap((range) => validateRange(at, range.trim())))
  ]
}

const validateClass = (spec: JsonObject): Causes => {
  const name = member(spec, "loadBalancerClass")
  if (typeof name !== "string") return []
  return textOf(spec, "type") === "LoadBalancer"
    ? complain("spec.loadBalancerClass", name, qualifiedName(name))
    : [forbidden("spec.loadBalancerClass", onlyBalanced)]
}

const policies = ["Cluster", "Local"]

const validateTraffic = (spec: JsonObject): Causes => {
  const external = member(spec, "externalTrafficPolicy")
  const health = number(spec, "healthCheckNodePort") ?? 0
  const at = "spec.healthCheckNodePort"
  return [
    ...(isExternal(spec)
      ? oneOf(external, "spec.externalTrafficPolicy", policies)
      : when(
        textOf(spec, "externalTrafficPolicy") !== "",
        () => invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services")
      )),
    ...(needsHealthCheck(spec)
      ? health === 0 ? [required(at)] : complain(at, health, portNumber(health))
      : when(
        health !== 0,
        () =>
          invalid(at, health, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")
      )),
    ...(member(spec, "internalTrafficPolicy") === undefined
      ? when(
        ["NodePort", "LoadBalancer", "ClusterIP"].includes(textOf(spec, "type")),
        () => required("spec.internalTrafficPolicy")
      )
      : optionalOneOf(member(spec, "internalTrafficPolicy"), "spec.internalTrafficPolicy", policies)),
    ...optionalOneOf(member(spec, "trafficDistribution"), "spec.trafficDistribution", [
      "PreferClose",
      "PreferSameZone",
      "PreferSameNode"
    ])
  ]
}

const validateHints = (service: JsonObject): Causes => {
  const annotations = child(child(service, "metadata"), "annotations") ?? {}
  const [old, young] = [annotations[oldHints], annotations[youngHints]]
  return when(old !== undefined && young !== undefined && old !== young, () =>
    invalid(
      `metadata.annotations[${youngHints}]`,
      young,
      `must match annotations[${oldHints}] when both are specified`
    ))
}

export const validateService = (service: JsonObject, previous: JsonObject | undefined): Causes => {
  const spec = specOf(service)
  const before = previous === undefined ? undefined : specOf(previous)
  const type = textOf(spec, "type")
  const external = items(spec, "externalIPs").map(String)
  return [
    ...validateHints(service),
    ...when(
      items(spec, "ports").length === 0 && !isHeadless(spec) && type !== "ExternalName",
      () => required("spec.ports")
    ),
    ...validateType(spec),
    ...validatePorts(spec),
    ...validateLabels(child(spec, "selector"), "spec.selector"),
    ...validateAffinity(spec),
    ...validateFamilies(service, before),
    ...each(external, "spec.externalIPs", (address, at) => {
      const causes = validateAddress(at, address, items(before, "externalIPs"))
      return causes.length > 0 ? causes : validateEndpointAddress(at, address)
    }),
    ...oneOf(type, "spec.type", ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
    ...validateRepetitions(spec),
    ...validateSourceRanges(service, previous),
    ...when(
      member(spec, "allocateLoadBalancerNodePorts") !== undefined && type !== "LoadBalancer",
      () => forbidden("spec.allocateLoadBalancerNodePorts", onlyBalanced)
    ),
    ...validateClass(spec),
    ...validateTraffic(spec)
  ]
}

/** The first of addresses or families stays; the second may come, and go with the policy that says so. */
const validatePair = (spec: JsonObject, before: JsonObject, list: string, singular: string): Causes => {
  const [after, old] = [items(spec, list), items(before, list)]
  const field = `spec.${list}`
  const changed = (at: number): Causes => [invalid(`${field}[${at}]`, after, "may not change once set")]
  if (after.length === old.length) {
    return old.flatMap((each, at) => each === after[at] ? [] : changed(list === "ipFamilies" ? 0 : at))
  }
  if (after.length > old.length) return old.length > 0 && after[0] !== old[0] ? changed(0) : []
  return [
    ...when(after.length === 0, () => invalid(`${field}[0]`, after, `primary ${singular} can not be unset`)),
    ...(after.length > 0 && after[0] !== old[0] ? changed(0) : []),
    ...when(after.length === 1 && spec["ipFamilyPolicy"] !== "SingleStack", () =>
      invalid(
        "spec.ipFamilyPolicy",
        spec["ipFamilyPolicy"] ?? null,
        `must be set to 'SingleStack' when releasing the secondary ${singular}`
      ))
  ]
}

export const validateServiceUpdate = (service: JsonObject, previous: JsonObject): Causes => {
  const [spec, before] = [specOf(service), specOf(previous)]
  const isNamed = textOf(spec, "type") === "ExternalName" || textOf(before, "type") === "ExternalName"
  const isBalanced = textOf(spec, "type") === "LoadBalancer" && textOf(before, "type") === "LoadBalancer"
  return [
    ...(isNamed || (isHeadless(spec) && isHeadless(before))
      ? []
      : validatePair(spec, before, "clusterIPs", "clusterIP")),
    ...(isNamed || isHeadless(spec) || isHeadless(before) ? [] : validatePair(spec, before, "ipFamilies", "ipFamily")),
    ...when(
      isBalanced && !equal(spec["loadBalancerClass"] ?? null, before["loadBalancerClass"] ?? null),
      () => invalid("spec.loadBalancerClass", spec["loadBalancerClass"] ?? null, "may not change once set")
    ),
    ...when(
      needsHealthCheck(spec) && needsHealthCheck(before) &&
        spec["healthCheckNodePort"] !== before["healthCheckNodePort"],
      () => forbidden("spec.healthCheckNodePort", "field is immutable")
    ),
    ...validateService(service, previous)
  ]
}

/** A name or an address of a load balancer, of Services and of Ingresses. */
export const validateIngressPoint = (ingress: JsonObject, at: string, known: ReadonlyArray<unknown>): Causes => {
  const address = textOf(ingress, "ip")
  return address === "" ? [] : validateAddress(`${at}.ip`, address, known)
}

export const validateIngressHost = (ingress: JsonObject, at: string): Causes => {
  const host = textOf(ingress, "hostname")
  return host === "" ? [] : [
    ...complain(`${at}.hostname`, host, dnsSubdomain(host)),
    ...when(
      parseAddress(host) !== undefined,
      () => invalid(`${at}.hostname`, host, "must be a DNS name, not an IP address")
    )
  ]
}

export const validateServiceStatus = (service: JsonObject, previous: JsonObject): Causes => {
  const at = "status.loadBalancer.ingress"
  const points = (of: JsonObject): ReadonlyArray<JsonObject> =>
    objects(child(child(of, "status"), "loadBalancer"), "ingress")
  const known = points(previous).map((ingress) => ingress["ip"])
  if (textOf(specOf(service), "type") !== "LoadBalancer") {
    return when(
      points(service).length > 0,
      () => forbidden(at, "may only be used when `spec.type` is 'LoadBalancer'")
    )
  }
  return each(points(service), at, (ingress, field) => {
    const mode = member(ingress, "ipMode")
    const hasAddress = textOf(ingress, "ip") !== ""
    return [
      ...validateIngressPoint(ingress, field, known),
      ...(mode === undefined
        ? when(hasAddress, () => required(`${field}.ipMode`, "must be specified when `ip` is set"))
        : hasAddress
        ? optionalOneOf(mode, `${field}.ipMode`, ["Proxy", "VIP"])
        : [forbidden(`${field}.ipMode`, "may not be specified when `ip` is not set")]),
      ...validateIngressHost(ingress, field)
    ]
  })
}
