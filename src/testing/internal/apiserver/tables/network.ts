/** The columns of kinds of the network. */
import type { JsonObject } from "../json.js"
import { metadataOf } from "../objectMeta.js"
import { nameOf } from "../objectParts.js"
import {
  age,
  at,
  field,
  fieldOr,
  firstOf,
  labels,
  type Layout,
  listAt,
  name,
  numberAt,
  or,
  selector,
  string,
  textAt,
  textsAt,
  unnamedAge
} from "./layout.js"

/** The addresses of a load balancer, by the alphabet. */
const balancers = (object: JsonObject): ReadonlyArray<string> => {
  const found = listAt(object, "status", "loadBalancer", "ingress").map((each) =>
    or(textAt(each, "ip"), textAt(each, "hostname"))
  )
  return [...new Set(found.filter((each) => each !== ""))].sort()
}

const externalAddress = (service: JsonObject): string => {
  const given = textsAt(service, "spec", "externalIPs")
  switch (textAt(service, "spec", "type")) {
    case "ClusterIP":
    case "NodePort":
      return or(given.join(","), "<none>")
    case "LoadBalancer":
      return or([...balancers(service), ...given].join(","), "<pending>")
    case "ExternalName":
      return textAt(service, "spec", "externalName")
    default:
      return "<unknown>"
  }
}

const portsOf = (service: JsonObject): string =>
  listAt(service, "spec", "ports").map((port) => {
    const node = numberAt(port, "nodePort")
    return `${numberAt(port, "port")}${node > 0 ? `:${node}` : ""}/${textAt(port, "protocol")}`
  }).join(",")

export const service: Layout = {
  columns: [
    name,
    string("Type", field("spec", "type")),
    string("Cluster-IP", (object) => textsAt(object, "spec", "clusterIPs")[0] ?? "<none>"),
    string("External-IP", externalAddress),
    string("Port(s)", (object) => or(portsOf(object), "<none>")),
    age,
    string("Selector", (object) => labels(at(object, "spec", "selector")), 1)
  ]
}

/** An address and a port; an IPv6 address in brackets. */
const hostPort = (address: string, port: number): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`

/** Addresses with each of the ports that they have, if they have any. */
const endpointsOf = (object: JsonObject): string => {
  const subsets = listAt(object, "subsets")
  const all = subsets.flatMap((subset) => {
    const addresses = listAt(subset, "addresses").map((each) => textAt(each, "ip"))
    const ports = listAt(subset, "ports")
    return ports.length === 0
      ? addresses
      : ports.flatMap((port) => addresses.map((address) => hostPort(address, numberAt(port, "port"))))
  })
  return subsets.length === 0 ? "<none>" : firstOf(all)
}

export const endpoints: Layout = { columns: [name, string("Endpoints", endpointsOf), age] }

export const endpointSlice: Layout = {
  columns: [
    name,
    string("AddressType", field("addressType")),
    string("Ports", (object) =>
      or(
        firstOf(listAt(object, "ports").map((each) => String(at(each, "port") ?? at(each, "name") ?? "*"))),
        "<unset>"
      )),
    string(
      "Endpoints",
      (object) => or(firstOf(listAt(object, "endpoints").flatMap((each) => textsAt(each, "addresses"))), "<unset>")
    ),
    age
  ]
}

/** The hosts of the first rules; rules without one are none, and count as more. */
const hostsOf = (object: JsonObject): string => {
  const rules = listAt(object, "spec", "rules")
  const named = rules.map((rule) => textAt(rule, "host")).filter((host) => host !== "")
  const hosts = named.slice(0, 3)
  // The count of more is of all rules after the third that has a host.
  const third = rules.findIndex((_, index) =>
    rules.slice(0, index).filter((rule) => textAt(rule, "host") !== "").length === 3
  )
  if (hosts.length === 0) return "*"
  return third < 0 ? hosts.join(",") : `${hosts.join(",")} + ${rules.length - 3} more...`
}

export const ingress: Layout = {
  columns: [
    name,
    string("Class", fieldOr("<none>", "spec", "ingressClassName")),
    string("Hosts", hostsOf),
    string("Address", (object) => balancers(object).join(",")),
    string("Ports", (object) => listAt(object, "spec", "tls").length > 0 ? "80, 443" : "80"),
    age
  ]
}

const parametersOf = (object: JsonObject): string => {
  const parameters = at(object, "spec", "parameters")
  if (parameters === undefined) return "<none>"
  const group = at(parameters, "apiGroup")
  return `${textAt(parameters, "kind")}${group === undefined ? "" : `.${String(group)}`}/${textAt(parameters, "name")}`
}

const isDefault = (object: JsonObject): boolean =>
  textAt(metadataOf(object), "annotations", "ingressclass.kubernetes.io/is-default-class") === "true"

export const ingressClass: Layout = {
  columns: [
    { ...name, cell: (object) => isDefault(object) ? `${nameOf(object)} (default)` : nameOf(object) },
    string("Controller", field("spec", "controller")),
    string("Parameters", parametersOf),
    age
  ]
}

export const networkPolicy: Layout = {
  columns: [name, string("Pod-Selector", selector("spec", "podSelector")), age]
}

export const serviceCidr: Layout = {
  columns: [name, string("CIDRs", (object) => textsAt(object, "spec", "cidrs").join(",")), age]
}

const parentOf = (object: JsonObject): string => {
  const parent = at(object, "spec", "parentRef")
  if (parent === undefined) return "<none>"
  const group = textAt(parent, "group")
  const namespace = textAt(parent, "namespace")
  const resource = `${textAt(parent, "resource")}${group === "" ? "" : `.${group}`}`.toLowerCase()
  return `${resource}${namespace === "" ? "" : `/${namespace}`}/${textAt(parent, "name")}`
}

export const ipAddress: Layout = { columns: [name, string("ParentRef", parentOf)], unnamed: [unnamedAge] }
