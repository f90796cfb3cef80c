/** Ingresses and their classes: defaults, the class that is given to an Ingress without one, and what is wrong with them. */
import { forbidden, invalid, notSupported, required, tooLong } from "../../structural/fieldError.js"
import { dnsLabel, dnsSubdomain, pathSegment } from "../../structural/names.js"
import { child, items, type JsonObject } from "../json.js"
import { member, number, objects, setDefault, textOf } from "../members.js"
import { annotationsOf } from "../objectParts.js"
import type { State, Strategy } from "../strategies.js"
import { parseAddress } from "./addresses.js"
import { type Causes, complain, type Complaints, each, immutable } from "./checks.js"
import { defaultClass } from "./defaultClass.js"
import { portName, portNumber } from "./ports.js"
import { validateIngressHost, validateIngressPoint } from "./serviceRules.js"

const classAnnotation = "kubernetes.io/ingress.class"
const isDefault = "ingressclass.kubernetes.io/is-default-class"

/** A new Ingress that names no class gets the one that is the default, if there is one. */
const giveClass = (ingress: JsonObject, previous: JsonObject | undefined, state: State): JsonObject => {
  const spec = child(ingress, "spec")
  if (previous !== undefined || member(spec, "ingressClassName") !== undefined) return ingress
  if (Object.hasOwn(annotationsOf(ingress), classAnnotation)) return ingress
  const name = defaultClass(state.storage, "networking.k8s.io/ingressclasses", isDefault)
  return name === undefined ? ingress : { ...ingress, spec: { ...spec, ingressClassName: name } }
}

const wildcardLabel = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
const wildcard = `\\*\\.${wildcardLabel}(\\.${wildcardLabel})*`

const wildcardSubdomain = (text: string): Complaints => [
  ...(text.length > 253 ? ["must be no more than 253 characters"] : []),
  ...(new RegExp(`^${wildcard}$`).test(text) ? [] : [
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character "
    + `(e.g. '*.example.com', regex used for validation is '${wildcard}')`
  ])
]

const validateHost = (host: string, at: string): Causes =>
  complain(at, host, host.includes("*") ? wildcardSubdomain(host) : dnsSubdomain(host))

const validateReference = (reference: JsonObject, at: string): Causes => {
  const group = member(reference, "apiGroup")
  const named = (field: string): Causes => {
    const value = textOf(reference, field)
    return value === ""
      ? [required(`${at}.${field}`)]
      : complain(`${at}.${field}`, value, pathSegment(value, false))
  }
  return [
    ...(typeof group === "string" ? complain(`${at}.apiGroup`, group, dnsSubdomain(group)) : []),
    ...named("kind"),
    ...named("name")
  ]
}

const validateBackend = (backend: JsonObject | undefined, at: string): Causes => {
  const [resource, service] = [child(backend, "resource"), child(backend, "service")]
  if (resource !== undefined && service !== undefined) {
    return [invalid(at, "", "cannot set both resource and service backends")]
  }
  if (resource !== undefined) return validateReference(resource, `${at}.resource`)
  if (service === undefined) return [invalid(at, "", "resource or service backend is required")]
  const name = textOf(service, "name")
  const port = child(service, "port")
  const [portText, portValue] = [textOf(port, "name"), number(port, "number") ?? 0]
  return [
    ...(name === "" ? [required(`${at}.service.name`)] : complain(`${at}.service.name`, name, dnsLabel(name))),
    ...(portText !== "" && portValue !== 0
      ? [invalid(at, "", "cannot set both port name & port number")]
      : portText !== ""
      ? complain(`${at}.service.port.name`, portText, portName(portText))
      : portValue !== 0
      ? complain(`${at}.service.port.number`, portValue, portNumber(portValue))
      : [required(at, "port name or number is required")])
  ]
}

const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"]
const forbiddenInside = ["//", "/./", "/../", "%2f", "%2F"]
const forbiddenAtEnd = ["/..", "/."]

const validatePath = (item: JsonObject, at: string): Causes => {
  const type = member(item, "pathType")
  if (type === undefined) return [required(`${at}.pathType`, "pathType must be specified")]
  const path = textOf(item, "path")
  const says = (holds: boolean, why: string): Causes => holds ? [invalid(`${at}.path`, path, why)] : []
  const isFree = type === "ImplementationSpecific"
  const causes = pathTypes.includes(String(type))
    ? [
      ...says(!path.startsWith("/") && !(isFree && path === ""), "must be an absolute path"),
      ...(isFree ? [] : [
        ...forbiddenInside.flatMap((part) => says(path.includes(part), `must not contain '${part}'`)),
        ...forbiddenAtEnd.flatMap((part) => says(path.endsWith(part), `cannot end with '${part}'`))
      ])
    ]
    : [notSupported(`${at}.pathType`, type, pathTypes)]
  return [...causes, ...validateBackend(child(item, "backend"), `${at}.backend`)]
}

const validateRule = (rule: JsonObject, at: string): Causes => {
  const host = textOf(rule, "host")
  const http = child(rule, "http")
  const paths = objects(http, "paths")
  return [
    ...(host === "" ? [] : [
      ...(parseAddress(host) === undefined
        ? []
        : [invalid(`${at}.host`, host, "must be a DNS name, not an IP address")]),
      ...validateHost(host, `${at}.host`)
    ]),
    ...(http !== undefined && paths.length === 0 ? [required(`${at}.http.paths`)] : []),
    ...each(paths, `${at}.http.paths`, validatePath)
  ]
}

const validate = (ingress: JsonObject): Causes => {
  const spec = child(ingress, "spec")
  const backend = child(spec, "defaultBackend")
  const rules = objects(spec, "rules")
  const className = member(spec, "ingressClassName")
  return [
    ...(rules.length === 0 && backend === undefined
      ? [invalid("spec", null, "either `defaultBackend` or `rules` must be specified")]
      : []),
    ...(backend === undefined ? [] : validateBackend(backend, "spec.defaultBackend")),
    ...each(rules, "spec.rules", validateRule),
    ...each(objects(spec, "tls"), "spec.tls", (tls, at) => {
      const secret = textOf(tls, "secretName")
      return [
        ...each(items(tls, "hosts").map(String), `${at}.hosts`, validateHost),
        ...(secret === "" ? [] : complain(`${at}.secretName`, secret, dnsSubdomain(secret)))
      ]
    }),
    ...(typeof className === "string" ? complain("spec.ingressClassName", className, dnsSubdomain(className)) : [])
  ]
}

const validateAnnotation = (ingress: JsonObject): Causes => {
  const old = annotationsOf(ingress)[classAnnotation]
  const young = member(child(ingress, "spec"), "ingressClassName")
  return old === undefined || young === undefined || old === young
    ? []
    : [invalid(`annotations.${classAnnotation}`, old, "must match `ingressClassName` when both are specified")]
}

const points = (ingress: JsonObject): ReadonlyArray<JsonObject> =>
  objects(child(child(ingress, "status"), "loadBalancer"), "ingress")

export const ingressStrategy: Partial<Strategy> = {
  begin: giveClass,
  warnings: (ingress, previous) =>
    previous === undefined && Object.hasOwn(annotationsOf(ingress), classAnnotation)
      ? [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  validateCreate: (ingress) => [...validate(ingress), ...validateAnnotation(ingress)],
  validateUpdate: validate,
  validateStatus: (ingress, previous) => {
    const known = points(previous).map((point) => point["ip"])
    return each(points(ingress), "status.loadBalancer.ingress", (point, at) => [
      ...validateIngressPoint(point, at, known),
      ...validateIngressHost(point, at)
    ])
  }
}

const scopes = ["Cluster", "Namespace"]
const httpPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const longestController = 250

/** `example.com/path`. */
const validateController = (controller: string): Causes => {
  const at = "spec.controller"
  if (controller === "") return [required(at)]
  const slash = controller.indexOf("/")
  const [host, path] = [controller.slice(0, slash), controller.slice(slash + 1)]
  if (slash <= 0 || path === "") {
    return [invalid(at, controller, "must be a domain-prefixed path (such as \"acme.io/foo\")")]
  }
  return [
    ...(controller.length > longestController ? [tooLong(at, longestController)] : []),
    ...complain(at, host, dnsSubdomain(host)),
    ...(new RegExp(`^${httpPath}$`).test(path)
      ? []
      : [invalid(at, path, `Invalid path (regex used for validation is '${httpPath}')`)])
  ]
}

const validateParameters = (parameters: JsonObject | undefined): Causes => {
  const at = "spec.parameters"
  if (parameters === undefined) return []
  const scope = member(parameters, "scope")
  const namespace = member(parameters, "namespace")
  return [
    ...validateReference(parameters, at),
    ...(!scopes.includes(String(scope))
      ? [notSupported(`${at}.scope`, scope, scopes)]
      : scope === "Cluster"
      ? namespace === undefined ? [] : [forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'")]
      : typeof namespace === "string"
      ? complain(`${at}.namespace`, namespace, dnsLabel(namespace))
      : [required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'")])
  ]
}

const validateClass = (ingressClass: JsonObject): Causes => {
  const spec = child(ingressClass, "spec")
  return [...validateController(textOf(spec, "controller")), ...validateParameters(child(spec, "parameters"))]
}

export const ingressClassStrategy: Partial<Strategy> = {
  defaults: (ingressClass) => {
    const parameters = child(child(ingressClass, "spec"), "parameters")
    if (parameters !== undefined) setDefault(parameters, "scope", "Cluster")
    return ingressClass
  },
  validateCreate: validateClass,
  validateUpdate: (ingressClass, previous) => [
    ...immutable(
      textOf(child(ingressClass, "spec"), "controller"),
      textOf(child(previous, "spec"), "controller"),
      "spec.controller"
    ),
    ...validateClass(ingressClass)
  ]
}
