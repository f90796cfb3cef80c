/** What is wrong with probes and with what runs at a container's start and end (`lifecycle`). */
import { forbidden, invalid, notSupported, required } from "../../structural/fieldError.js"
import { child, items, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { type Causes, complain, nonNegative, optionalOneOf } from "./checks.js"
import { portOrName } from "./ports.js"
import { httpHeaderName } from "./textRules.js"

const port = (action: JsonObject, at: string): Causes =>
  complain(`${at}.port`, member(action, "port") ?? 0, portOrName(member(action, "port")))

const httpGet = (action: JsonObject, at: string): Causes => {
  const scheme = textOf(action, "scheme")
  const protocol = member(action, "protocol")
  return [
    ...(textOf(action, "path") === "" ? [required(`${at}.path`)] : []),
    ...port(action, at),
    ...(["HTTP", "HTTPS"].includes(scheme) ? [] : [notSupported(`${at}.scheme`, scheme, ["HTTP", "HTTPS"])]),
    ...objects(action, "httpHeaders").flatMap((header) =>
      complain(`${at}.httpHeaders`, textOf(header, "name"), httpHeaderName(textOf(header, "name")))
    ),
    ...optionalOneOf(protocol, `${at}.protocol`, ["HTTP1", "HTTP2"])
  ]
}

type Check = (action: JsonObject, at: string) => Causes

const actions: ReadonlyArray<readonly [field: string, check: Check]> = [
  ["exec", (action, at) => items(action, "command").length === 0 ? [required(`${at}.command`)] : []],
  ["httpGet", httpGet],
  ["tcpSocket", port],
  ["grpc", (action, at) => [
    ...port(action, at),
    ...optionalOneOf(member(action, "mode"), `${at}.mode`, ["Plaintext", "TLS"])
  ]]
]

const sleep = (gracePeriod: number | undefined): Check => (action, at) => {
  const seconds = number(action, "seconds") ?? 0
  return gracePeriod === undefined || (seconds >= 0 && seconds <= gracePeriod)
    ? []
    : [invalid(at, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`)]
}

/** Exactly one kind of action is needed. */
const handler = (object: JsonObject, known: typeof actions, at: string): Causes => {
  const found = known.filter(([field]) => child(object, field) !== undefined)
  const [first, ...others] = found
  if (first === undefined) return [required(at, "must specify a handler type")]
  return [
    ...first[1](child(object, first[0])!, `${at}.${first[0]}`),
    ...others.map(([field]) => forbidden(`${at}.${field}`, "may not specify more than 1 handler type"))
  ]
}

const probeNumbers = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]

const probe = (found: JsonObject, at: string): Causes => {
  const grace = number(found, "terminationGracePeriodSeconds")
  return [
    ...handler(found, actions, at),
    ...probeNumbers.flatMap((field) => nonNegative(member(found, field), `${at}.${field}`)),
    ...(grace !== undefined && grace <= 0
      ? [invalid(`${at}.terminationGracePeriodSeconds`, grace, "must be greater than 0")]
      : [])
  ]
}

const succeedsOnce = (found: JsonObject, at: string): Causes => {
  const threshold = number(found, "successThreshold") ?? 0
  return threshold === 1 ? [] : [invalid(`${at}.successThreshold`, threshold, "must be 1")]
}

export const probes = ["livenessProbe", "readinessProbe", "startupProbe"] as const

export const validateProbes = (container: JsonObject, at: string): Causes =>
  probes.flatMap((name) => {
    const found = child(container, name)
    if (found === undefined) return []
    const path = `${at}.${name}`
    const grace = number(found, "terminationGracePeriodSeconds")
    return [
      ...probe(found, path),
      ...(name !== "readinessProbe"
        ? succeedsOnce(found, path)
        : grace === undefined
        ? []
        : [invalid(`${path}.terminationGracePeriodSeconds`, grace, "must not be set for readinessProbes")])
    ]
  })

const systemName = (spec: JsonObject): string => textOf(child(spec, "os"), "name")

const signals = (spec: JsonObject, signal: unknown, at: string): Causes => {
  if (signal === undefined) return []
  if (child(spec, "os") === undefined) {
    return [forbidden(at, "may not be set for containers with empty `spec.os.name`")]
  }
  return systemName(spec) === "windows" && signal !== "SIGKILL" && signal !== "SIGTERM"
    ? [notSupported(at, signal, ["SIGKILL", "SIGTERM"])]
    : []
}

export const validateLifecycle = (container: JsonObject, spec: JsonObject, at: string): Causes => {
  const lifecycle = child(container, "lifecycle")
  if (lifecycle === undefined) return []
  const known: typeof actions = [
    ...actions.filter(([field]) => field !== "grpc"),
    ["sleep", sleep(number(spec, "terminationGracePeriodSeconds"))]
  ]
  return [
    ...["postStart", "preStop"].flatMap((field) => {
      const found = child(lifecycle, field)
      return found === undefined ? [] : handler(found, known, `${at}.${field}`)
    }),
    ...signals(spec, member(lifecycle, "stopSignal"), `${at}.stopSignal`)
  ]
}
