/** NetworkPolicies: defaults, and what is wrong with their ports, peers and ranges. */
import { forbidden, invalid, notSupported, required } from "../../structural/fieldError.js"
import { child, items, type JsonObject } from "../json.js"
import { made, member, number, objects, setDefault, textOf } from "../members.js"
import type { Strategy } from "../strategies.js"
import { contains, parseRange, validateRange } from "./addresses.js"
import { type Causes, complain, each } from "./checks.js"
import { validateLabelSelector } from "./labelSelectors.js"
import { portName, portNumber } from "./ports.js"

const protocols = ["TCP", "UDP", "SCTP"]
const types = ["Ingress", "Egress"]

const rules = (policy: JsonObject): ReadonlyArray<JsonObject> => {
  const spec = child(policy, "spec")
  return [...objects(spec, "ingress"), ...objects(spec, "egress")]
}

const defaults = (policy: JsonObject): JsonObject => {
  const spec = made(policy, "spec")
  if (items(spec, "policyTypes").length === 0) {
    spec["policyTypes"] = items(spec, "egress").length > 0 ? types : ["Ingress"]
  }
  for (const rule of rules(policy)) for (const port of objects(rule, "ports")) setDefault(port, "protocol", "TCP")
  return policy
}

const validatePort = (port: JsonObject, at: string): Causes => {
  const protocol = textOf(port, "protocol")
  const value = member(port, "port")
  const end = number(port, "endPort")
  const field = `${at}.endPort`
  return [
    ...(protocols.includes(protocol) ? [] : [notSupported(`${at}.protocol`, protocol, protocols)]),
    ...(typeof value === "number"
      ? [
        ...complain(`${at}.port`, value, portNumber(value)),
        ...(end === undefined ? [] : [
          ...(end < value ? [invalid(field, end, "must be greater than or equal to `port`")] : []),
          ...complain(field, end, portNumber(end))
        ])
      ]
      : typeof value === "string"
      ? [
        ...(end === undefined ? [] : [invalid(field, end, "may not be specified when `port` is non-numeric")]),
        ...complain(`${at}.port`, value, portName(value))
      ]
      : end === undefined
      ? []
      : [invalid(field, end, "may not be specified when `port` is not specified")])
  ]
}

type Known = ReadonlyArray<unknown>

const validateBlock = (block: JsonObject, at: string, known: Known): Causes => {
  const cidr = textOf(block, "cidr")
  if (cidr === "") return [required(`${at}.cidr`)]
  const causes = validateRange(`${at}.cidr`, cidr, known)
  const range = parseRange(cidr)
  if (range === undefined) return causes
  return [
    ...causes,
    ...each(items(block, "except").map(String), `${at}.except`, (text, field) => {
      const except = parseRange(text)
      const isInside = except !== undefined && contains(range, except.address) && except.length > range.length
      return [
        ...validateRange(field, text, known),
        ...(except === undefined || isInside ? [] : [invalid(field, text, "must be a strict subset of `cidr`")])
      ]
    })
  ]
}

const validatePeer = (known: Known) => (peer: JsonObject, at: string): Causes => {
  const [pods, namespaces, block] = ["podSelector", "namespaceSelector", "ipBlock"].map((key) => child(peer, key))
  return [
    ...(pods === undefined ? [] : validateLabelSelector(pods, `${at}.podSelector`)),
    ...(namespaces === undefined ? [] : validateLabelSelector(namespaces, `${at}.namespaceSelector`)),
    ...(block === undefined ? [] : validateBlock(block, `${at}.ipBlock`, known)),
    ...(pods === undefined && namespaces === undefined && block === undefined
      ? [required(at, "must specify a peer")]
      : block !== undefined && (pods !== undefined || namespaces !== undefined)
      ? [forbidden(at, "may not specify both ipBlock and another peer")]
      : [])
  ]
}

const validateTypes = (spec: JsonObject | undefined): Causes => {
  const given = items(spec, "policyTypes")
  if (given.length > types.length) {
    return [invalid("spec.policyTypes", given, "may not specify more than two policyTypes")]
  }
  return each(
    given,
    "spec.policyTypes",
    (type, at) => types.includes(String(type)) ? [] : [notSupported(at, type, types)]
  )
}

const validate = (policy: JsonObject, known: Known): Causes => {
  const spec = child(policy, "spec")
  const direction = (name: string, peers: string): Causes =>
    each(objects(spec, name), `spec.${name}`, (rule, at) => [
      ...each(objects(rule, "ports"), `${at}.ports`, validatePort),
      ...each(objects(rule, peers), `${at}.${peers}`, validatePeer(known))
    ])
  return [
    ...validateLabelSelector(child(spec, "podSelector"), "spec.podSelector"),
    ...direction("ingress", "from"),
    ...direction("egress", "to"),
    ...validateTypes(spec)
  ]
}

/** Ranges that were there before stay, whatever is wrong with them. */
const ranges = (policy: JsonObject): Known =>
  rules(policy).flatMap((rule) => [...objects(rule, "from"), ...objects(rule, "to")]).flatMap((peer) => {
    const block = child(peer, "ipBlock")
    return block === undefined ? [] : [block["cidr"], ...items(block, "except")]
  })

export const networkPolicyStrategy: Partial<Strategy> = {
  defaults,
  validateCreate: (policy) => validate(policy, []),
  validateUpdate: (policy, previous) => validate(policy, ranges(previous))
}
