/** Endpoints and EndpointSlices: defaults, and what is wrong with their addresses and ports. */
import { duplicate, invalid, notSupported, required, tooMany } from "../../structural/fieldError.js"
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from "../../structural/names.js"
import { child, equal, isObject, items, type JsonObject } from "../json.js"
import { member, number, objects, setDefault, textOf } from "../members.js"
import type { Strategy } from "../strategies.js"
import {
  isIpv6,
  parseAddress,
  validateAddress,
  validateCanonicalAddress,
  validateEndpointAddress
} from "./addresses.js"
import { type Causes, complain, each, oneOf } from "./checks.js"
import { portNumber, protocols } from "./ports.js"

const optional = (
  parent: JsonObject,
  field: string,
  at: string,
  rule: (text: string) => ReadonlyArray<string>
): Causes => {
  const value = member(parent, field)
  return typeof value === "string" ? complain(`${at}.${field}`, value, rule(value)) : []
}

const defaultEndpoints = (endpoints: JsonObject): JsonObject => {
  for (const subset of objects(endpoints, "subsets")) {
    for (const port of objects(subset, "ports")) setDefault(port, "protocol", "TCP")
  }
  return endpoints
}

const validateSubsetAddress = (address: JsonObject, at: string): Causes => {
  const ip = textOf(address, "ip")
  return [
    ...validateAddress(`${at}.ip`, ip),
    ...(textOf(address, "hostname") === "" ? [] : optional(address, "hostname", at, dnsLabel)),
    ...optional(address, "nodeName", at, dnsSubdomain),
    ...validateEndpointAddress(`${at}.ip`, ip)
  ]
}

const validateSubset = (subset: JsonObject, at: string): Causes => {
  const [ready, notReady] = [objects(subset, "addresses"), objects(subset, "notReadyAddresses")]
  const ports = objects(subset, "ports")
  return [
    ...(ready.length === 0 && notReady.length === 0
      ? [required(at, "must specify `addresses` or `notReadyAddresses`")]
      : []),
    ...each(ready, `${at}.addresses`, validateSubsetAddress),
    ...each(notReady, `${at}.notReadyAddresses`, validateSubsetAddress),
    ...each(ports, `${at}.ports`, (port, field) => {
      const name = textOf(port, "name")
      const value = number(port, "port") ?? 0
      return [
        ...(name !== ""
          ? complain(`${field}.name`, name, dnsLabel(name))
          : ports.length > 1
          ? [required(`${field}.name`)]
          : []),
        ...complain(`${field}.port`, value, portNumber(value)),
        ...oneOf(member(port, "protocol"), `${field}.protocol`, protocols),
        ...optional(port, "appProtocol", field, qualifiedName)
      ]
    })
  ]
}

/** What was there before stays, whatever is wrong with it. */
const unlessKept = (
  object: JsonObject,
  previous: JsonObject | undefined,
  field: string,
  validate: () => Causes
): Causes => previous !== undefined && equal(object[field] ?? null, previous[field] ?? null) ? [] : validate()

const validateSubsets = (endpoints: JsonObject, previous: JsonObject | undefined): Causes =>
  unlessKept(endpoints, previous, "subsets", () => each(objects(endpoints, "subsets"), "subsets", validateSubset))

export const endpointsStrategy: Partial<Strategy> = {
  defaults: defaultEndpoints,
  validateCreate: (endpoints) => validateSubsets(endpoints, undefined),
  validateUpdate: validateSubsets
}

const defaultSlice = (slice: JsonObject): JsonObject => {
  for (const port of objects(slice, "ports")) {
    if (member(port, "name") === undefined) port["name"] = ""
    setDefault(port, "protocol", "TCP")
  }
  return slice
}

/** The topology of endpoints is of an older version: what a client writes there is dropped. */
const withoutTopology = (slice: JsonObject): JsonObject =>
  items(slice, "endpoints").length === 0 ? slice : {
    ...slice,
    endpoints: items(slice, "endpoints").map((endpoint) => {
      if (!isObject(endpoint)) return endpoint
      const { deprecatedTopology: _, ...rest } = endpoint
      return rest
    })
  }

const validateName = (text: string, at: string): Causes => {
  const name = text.replace(/\.$/, "")
  if (text === "") return [required(at)]
  const complaints = dnsSubdomain(name)
  if (complaints.length > 0) return [invalid(at, name, complaints.join(","))]
  if (!name.includes(".")) {
    return [invalid(at, name, "should be a domain with at least two segments separated by dots")]
  }
  const wrong = name.split(".").find((label) => dnsLabel(label).length > 0)
  return wrong === undefined ? [] : [invalid(at, wrong, dnsLabel(wrong).join(","))]
}

const validateOfFamily = (text: string, list: string, at: string, family: "IPv4" | "IPv6"): Causes => {
  const causes = family === "IPv4" ? validateAddress(at, text) : validateCanonicalAddress(at, text)
  const address = parseAddress(text)
  if (causes.length > 0 || address === undefined) return causes
  return [
    ...(isIpv6(address) === (family === "IPv6") ? [] : [invalid(list, text, `must be an ${family} address`)]),
    ...validateEndpointAddress(at, text)
  ]
}

const most = { addresses: 100, endpoints: 1000, ports: 20_000, hints: 8 }

const validateHints = (hints: JsonObject | undefined, at: string): Causes => {
  const list = (key: string, rule: (text: string) => ReadonlyArray<string>): Causes => {
    const names = objects(hints, key).map((hint) => textOf(hint, "name"))
    if (names.length > most.hints) return [tooMany(`${at}.${key}`, names.length, most.hints)]
    return each(names, `${at}.${key}`, (name, field, index) => [
      ...(names.indexOf(name) < index ? [duplicate(`${field}.name`, name)] : []),
      ...complain(`${field}.name`, name, rule(name))
    ])
  }
  return [...list("forZones", labelValue), ...list("forNodes", dnsSubdomain)]
}

const validateEndpoint = (type: string) => (endpoint: JsonObject, at: string): Causes => {
  const list = `${at}.addresses`
  const addresses = items(endpoint, "addresses").map(String)
  return [
    ...(addresses.length === 0
      ? [required(list)]
      : addresses.length > most.addresses
      ? [tooMany(list, addresses.length, most.addresses)]
      : []),
    ...each(addresses, list, (address, field) =>
      type === "IPv4" || type === "IPv6"
        ? validateOfFamily(address, list, field, type)
        : type === "FQDN"
        ? validateName(address, field)
        : []),
    ...optional(endpoint, "nodeName", at, dnsSubdomain),
    ...optional(endpoint, "hostname", at, dnsLabel),
    ...validateHints(child(endpoint, "hints"), `${at}.hints`)
  ]
}

const addressTypes = ["FQDN", "IPv4", "IPv6"]

const validatePorts = (slice: JsonObject): Causes => {
  const ports = objects(slice, "ports")
  if (ports.length > most.ports) return [tooMany("ports", ports.length, most.ports)]
  const names = ports.map((port) => textOf(port, "name"))
  return each(ports, "ports", (port, at, index) => {
    const name = names[index]!
    return [
      ...(name === "" ? [] : complain(`${at}.name`, name, dnsLabel(name))),
      ...(names.indexOf(name) < index ? [duplicate(`${at}.name`, name)] : []),
      ...oneOf(member(port, "protocol"), `${at}.protocol`, protocols),
      ...optional(port, "appProtocol", at, qualifiedName)
    ]
  })
}

const validateSlice = (slice: JsonObject, previous: JsonObject | undefined): Causes => {
  const type = textOf(slice, "addressType")
  const endpoints = objects(slice, "endpoints")
  return [
    ...(type === ""
      ? [required("addressType")]
      : addressTypes.includes(type)
      ? []
      : [notSupported("addressType", type, addressTypes)]),
    ...validatePorts(slice),
    ...unlessKept(slice, previous, "endpoints", () =>
      endpoints.length > most.endpoints
        ? [tooMany("endpoints", endpoints.length, most.endpoints)]
        : each(endpoints, "endpoints", validateEndpoint(type)))
  ]
}

export const endpointSliceStrategy: Partial<Strategy> = {
  defaults: defaultSlice,
  prepareCreate: withoutTopology,
  prepareUpdate: withoutTopology,
  // Its labels say of which Service it is.
  counted: ({ apiVersion: _, metadata, ...rest }) => ({
    ...rest,
    labels: child({ metadata }, "metadata")?.["labels"] ?? {}
  }),
  validateCreate: (slice) => validateSlice(slice, undefined),
  validateUpdate: (slice, previous) => [
    ...validateSlice(slice, previous),
    ...(slice["addressType"] === previous["addressType"] ? [] : [invalid("addressType", null, "field is immutable")])
  ]
}
