/**
 * The cluster IPs, IP families and node ports of Services: given when one is created or changes its type, kept while it
 * lives, free again when it is gone. What is taken is what the stored Services have, so there is nothing to release.
 *
 * A server of one IP family (IPv4), as one is without further configuration.
 */
import { invalid } from "../../structural/fieldError.js"
import { items, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { metadataOf } from "../objectMeta.js"
import { nameOf, specOf } from "../objectParts.js"
import * as status from "../status.js"
import type { State } from "../strategies.js"
import { type Address, contains, parseAddress, parseRange, printAddress, type Range } from "./addresses.js"
import { type Causes } from "./checks.js"
import { isHeadless, isSame, needsHealthCheck } from "./serviceParts.js"
import { validateFamilies } from "./serviceRules.js"

/** From which cluster IPs are given (`--service-cluster-ip-range`). */
const range: Range = parseRange("10.0.0.0/16")!
const size = 2 ** (32 - range.length)
/** The lower part is left to those who choose an address themselves (KEP-3070). */
const chosenAddresses = 256
/** That of the Service `kubernetes`, through which Pods reach the API server. */
const ownAddress = "10.0.0.1"

const firstPort = 30_000
const lastPort = 32_767
/** The same for node ports (KEP-3668). */
const chosenPorts = 86

const refuse = (service: JsonObject, ...causes: Causes): never => {
  throw status.invalid("", "Service", nameOf(service), causes)
}

const internal = (why: string): never => {
  throw status.refusal(500, "InternalError", `Internal error occurred: ${why}`, { causes: [{ message: why }] })
}

/** A value from `from` up to `to`, not including it, that is not taken: chance says where the search begins. */
const free = (from: number, to: number, isTaken: (value: number) => boolean, state: State): number | undefined => {
  const start = state.moment.random(to - from)
  for (let step = 0; step < to - from; step++) {
    const value = from + (start + step) % (to - from)
    if (!isTaken(value)) return value
  }
  return undefined
}

const addressAt = (offset: number): string => {
  const [a = 0, b = 0] = range.address.bytes
  return printAddress({ bytes: [a, b, offset >> 8, offset & 0xff], isMapped: false, hasLeadingZeros: false })
}

const isOutermost = (address: Address): boolean => {
  const [, , c = 0, d = 0] = address.bytes
  const offset = c * 256 + d
  return offset === 0 || offset === size - 1
}

/** What the other Services have. */
class Taken {
  readonly addresses = new Set<string>([ownAddress])
  readonly ports = new Set<number>()

  constructor(service: JsonObject, state: State) {
    const { name, namespace } = metadataOf(service)
    const services = state.storage.list("/services")
    for (const entry of "entries" in services ? services.entries : []) {
      if (entry.name === name && entry.namespace === namespace) continue
      const spec = specOf(entry.object)
      for (const address of items(spec, "clusterIPs")) this.addresses.add(String(address))
      for (const port of objects(spec, "ports")) this.ports.add(number(port, "nodePort") ?? 0)
      this.ports.add(number(spec, "healthCheckNodePort") ?? 0)
    }
  }

  takePort(port: number): string | undefined {
    if (port < firstPort || port > lastPort) {
      return `provided port is not in the valid range. The range of valid ports is ${firstPort}-${lastPort}`
    }
    if (this.ports.has(port)) return "provided port is already allocated"
    this.ports.add(port)
    return undefined
  }

  /** Some free port. */
  port(state: State): number {
    const isTaken = (port: number): boolean => this.ports.has(port)
    const found = free(firstPort + chosenPorts, lastPort + 1, isTaken, state)
      ?? free(firstPort, firstPort + chosenPorts, isTaken, state)
      ?? internal("failed to allocate a nodePort: range is full")
    this.ports.add(found)
    return found
  }
}

const isExternalName = (spec: JsonObject): boolean => textOf(spec, "type") === "ExternalName"

/** A client that names one of the two fields means both (dual-stack Services have a list of addresses). */
const normalise = (spec: JsonObject, before: JsonObject | undefined): void => {
  const singular = textOf(spec, "clusterIP")
  const plural = items(spec, "clusterIPs")
  if (before === undefined) {
    if (singular !== "" && plural.length === 0) spec["clusterIPs"] = [singular]
    return
  }
  const old = textOf(before, "clusterIP")
  if (plural.length === 0 && singular === old && items(before, "clusterIPs").length > 0) {
    spec["clusterIPs"] = before["clusterIPs"]
  }
  if (singular === old || !isSame(spec, before, "clusterIPs")) return
  if (singular === "") delete spec["clusterIPs"]
  else spec["clusterIPs"] = [singular]
}

const hasNodePorts = (spec: JsonObject): boolean =>
  textOf(spec, "type") === "NodePort"
  || (textOf(spec, "type") === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false)

/** What a client does not repeat, because it was given and not chosen, stays. */
const keep = (spec: JsonObject, ports: ReadonlyArray<JsonObject>, before: JsonObject): void => {
  if (!isExternalName(before) && !isExternalName(spec)) {
    if (textOf(spec, "clusterIP") === "" && before["clusterIP"] !== undefined) spec["clusterIP"] = before["clusterIP"]
    if (items(spec, "clusterIPs").length === 0 && before["clusterIPs"] !== undefined) {
      spec["clusterIPs"] = before["clusterIPs"]
    }
  }
  if (hasNodePorts(before) && hasNodePorts(spec)) {
    const used = new Set(ports.map((port) => number(port, "nodePort")))
    const known = new Map(objects(before, "ports").map((port) => [textOf(port, "name"), number(port, "nodePort")]))
    for (const port of ports) {
      const old = known.get(textOf(port, "name"))
      if (number(port, "nodePort") === undefined && old !== undefined && !used.has(old)) port["nodePort"] = old
    }
  }
  const health = before["healthCheckNodePort"]
  if (needsHealthCheck(before) && needsHealthCheck(spec) && health !== undefined) spec["healthCheckNodePort"] ??= health
}

const policy = (spec: JsonObject): string => textOf(spec, "ipFamilyPolicy")

/** A Service that prefers two families stays as it is until its author changes something of that. */
const isSettled = (spec: JsonObject, before: JsonObject): boolean =>
  isSame(spec, before, "type") && !isExternalName(spec) && policy(spec) === "PreferDualStack"
  && policy(before) === "PreferDualStack" && isSame(spec, before, "clusterIPs") && isSame(spec, before, "ipFamilies")

const needsTwo = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"
const mustBeSingle = "must be 'SingleStack' to release the secondary"

const familyCauses = (spec: JsonObject, before: JsonObject | undefined): Causes => {
  const field = "spec.ipFamilyPolicy"
  const isSingle = policy(spec) === "SingleStack"
  const reduced = (list: string): boolean =>
    before !== undefined && !isSingle && items(spec, list).length > 0
    && items(spec, list).length < items(before, list).length
  const says = (holds: boolean, why: string): Causes => holds ? [invalid(field, policy(spec), why)] : []
  return [
    ...says(reduced("clusterIPs"), `${mustBeSingle} cluster IP`),
    ...says(reduced("ipFamilies"), `${mustBeSingle} IP family`),
    ...says(isSingle && items(spec, "clusterIPs").length === 2, `${needsTwo} cluster IPs are specified`),
    ...says(isSingle && items(spec, "ipFamilies").length === 2, `${needsTwo} IP families are specified`)
  ]
}

const giveFamilies = (service: JsonObject, spec: JsonObject, before: JsonObject | undefined): void => {
  if (isExternalName(spec) || (before !== undefined && isSettled(spec, before))) return
  const isFree = textOf(spec, "clusterIP") === "None" && Object.keys(member(spec, "selector") ?? {}).length === 0
  if (policy(spec) === "") {
    const old = before === undefined ? "" : policy(before)
    spec["ipFamilyPolicy"] = old !== "" ? old : isFree ? "RequireDualStack" : "SingleStack"
  }
  const causes = validateFamilies({ ...service, spec }, before)
  if (causes.length > 0) refuse(service, ...causes)
  const isSingle = policy(spec) === "SingleStack"
  for (const list of before === undefined || !isSingle ? [] : ["clusterIPs", "ipFamilies"]) {
    // Whoever asks for one family and leaves the lists alone means their first.
    if (isSame(spec, before!, list) && items(spec, list).length > 1) spec[list] = items(spec, list).slice(0, 1)
  }
  const problems = [...familyCauses(spec, before)]
  const families = [...items(spec, "ipFamilies")]
  for (const [at, address] of items(spec, "clusterIPs").entries()) {
    if (address === "None") break
    if (at < families.length) continue
    if (parseAddress(String(address))?.bytes.length === 16) {
      problems.push(invalid(`spec.clusterIPs[${at}]`, spec["clusterIPs"], "IPv6 is not configured on this cluster"))
    } else families.push("IPv4")
  }
  if (problems.length > 0) refuse(service, ...problems)
  if (families.length > 0) spec["ipFamilies"] = families
  if (isFree) {
    if (families.length === 0) families.push("IPv4")
    if (families.length < 2 && !isSingle) families.push(families[0] === "IPv4" ? "IPv6" : "IPv4")
    spec["ipFamilies"] = families
    return
  }
  const unconfigured = [
    ...(policy(spec) === "RequireDualStack"
      ? [invalid("spec.ipFamilyPolicy", policy(spec), "this cluster is not configured for dual-stack services")]
      : []),
    ...families.flatMap((family, at) =>
      family === "IPv4" ? [] : [invalid(`spec.ipFamilies[${at}]`, family, "not configured on this cluster")]
    )
  ]
  if (unconfigured.length > 0) refuse(service, ...unconfigured)
  if (families.length === 0) spec["ipFamilies"] = ["IPv4"]
}

const giveAddress = (
  service: JsonObject,
  spec: JsonObject,
  before: JsonObject | undefined,
  taken: Taken,
  state: State
): void => {
  // An address is given for life; only one that had none gets one.
  if (isExternalName(spec) || isHeadless(spec) || (before !== undefined && !isExternalName(before))) return
  const wanted = items(spec, "clusterIPs")[0]
  if (wanted === undefined || wanted === "") {
    const isTaken = (offset: number): boolean => taken.addresses.has(addressAt(offset))
    const offset = free(chosenAddresses, size - 1, isTaken, state) ?? free(1, chosenAddresses, isTaken, state)
      ?? internal(`failed to allocate a serviceIP for Service "${nameOf(service)}": range is full`)
    spec["clusterIP"] = addressAt(offset)
    spec["clusterIPs"] = [addressAt(offset)]
    return
  }
  const address = parseAddress(String(wanted))
  const why = address === undefined || !contains(range, address) || isOutermost(address)
    ? "the provided network does not match the current range"
    : taken.addresses.has(String(wanted))
    ? "provided IP is already allocated"
    : undefined
  if (why === undefined) return
  refuse(service, invalid("spec.clusterIPs", spec["clusterIPs"], `failed to allocate IP ${String(wanted)}: ${why}`))
}

const takePort = (service: JsonObject, at: number, port: number, taken: Taken): void => {
  const why = taken.takePort(port)
  if (why !== undefined) refuse(service, invalid(`spec.ports[${at}].nodePort`, port, why))
}

/** Ports of a new Service: those of one number, for several protocols, share their node port. */
const giveNewPorts = (
  service: JsonObject,
  spec: JsonObject,
  ports: ReadonlyArray<JsonObject>,
  taken: Taken,
  state: State
): void => {
  const given = new Map<number, number>()
  for (const [at, port] of ports.entries()) {
    const wanted = number(port, "nodePort") ?? 0
    if (wanted === 0 && !hasNodePorts(spec)) continue
    const listening = number(port, "port") ?? 0
    const shared = given.get(listening)
    if (shared === undefined) {
      const asked = ports.find((other) => other["port"] === listening && (number(other, "nodePort") ?? 0) !== 0)
      const nodePort = number(asked, "nodePort") ?? taken.port(state)
      if (asked !== undefined) takePort(service, at, nodePort, taken)
      port["nodePort"] = nodePort
      given.set(listening, nodePort)
    } else if (wanted === 0) port["nodePort"] = shared
    else if (wanted !== shared) takePort(service, at, wanted, taken)
  }
}

const giveChangedPorts = (
  service: JsonObject,
  spec: JsonObject,
  before: JsonObject,
  ports: ReadonlyArray<JsonObject>,
  taken: Taken,
  state: State
): void => {
  const had = new Set(objects(before, "ports").map((port) => number(port, "nodePort")))
  const given = new Set<number>()
  // What it has already it need not be given; but nobody else may get it.
  for (const port of had) if (port !== undefined) taken.ports.add(port)
  for (const [at, port] of ports.entries()) {
    const wanted = number(port, "nodePort") ?? 0
    if (wanted === 0) {
      if (hasNodePorts(spec)) port["nodePort"] = taken.port(state)
    } else if (!had.has(wanted) && !given.has(wanted)) {
      takePort(service, at, wanted, taken)
      given.add(wanted)
    }
  }
}

const giveHealthPort = (spec: JsonObject, taken: Taken, state: State): void => {
  const wanted = number(spec, "healthCheckNodePort") ?? 0
  if (wanted === 0) {
    spec["healthCheckNodePort"] = taken.port(state)
    return
  }
  const why = taken.takePort(wanted)
  if (why !== undefined) internal(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`)
}

/** A Service with the addresses and ports that it needs; or a refusal, where those that it names cannot be had. */
export const giveAddresses = (service: JsonObject, previous: JsonObject | undefined, state: State): JsonObject => {
  const spec: JsonObject = { ...specOf(service) }
  const before = previous === undefined ? undefined : specOf(previous)
  const ports = objects(spec, "ports").map((port): JsonObject => ({ ...port }))
  if (ports.length > 0) spec["ports"] = ports
  if (before !== undefined) keep(spec, ports, before)
  normalise(spec, before)
  giveFamilies(service, spec, before)
  const taken = new Taken(service, state)
  giveAddress(service, spec, before, taken, state)
  if (["NodePort", "LoadBalancer"].includes(textOf(spec, "type"))) {
    if (before === undefined) giveNewPorts(service, spec, ports, taken, state)
    else giveChangedPorts(service, spec, before, ports, taken, state)
  }
  if (needsHealthCheck(spec) && (before === undefined || !needsHealthCheck(before))) giveHealthPort(spec, taken, state)
  return { ...service, spec }
}
