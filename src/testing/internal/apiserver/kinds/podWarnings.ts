/** What the author of a Pod, or of a template, should know: `Warning` headers, though nothing is refused. */
import * as Quantity from "../../../../protocol/Quantity.js"
import { child, isObject, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"

type Warnings = ReadonlyArray<string>

const oldAnnotations: { readonly [key: string]: string } = {
  "scheduler.alpha.kubernetes.io/critical-pod": "non-functional in v1.16+; use the \"priorityClassName\" field instead",
  "security.alpha.kubernetes.io/sysctls": "non-functional in v1.11+; use the \"sysctls\" field instead",
  "security.alpha.kubernetes.io/unsafe-sysctls": "non-functional in v1.11+; use the \"sysctls\" field instead"
}

const oldVolumes: { readonly [source: string]: string } = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+"
}

const oldNodeLabels: { readonly [label: string]: string } = {
  "beta.kubernetes.io/arch": "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
  "beta.kubernetes.io/os": "deprecated since v1.14; use \"kubernetes.io/os\" instead",
  "failure-domain.beta.kubernetes.io/region": "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
  "failure-domain.beta.kubernetes.io/zone": "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
  "beta.kubernetes.io/instance-type": "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"
}

interface Placed {
  readonly container: JsonObject
  readonly at: string
}

const isFractional = (value: unknown): value is string =>
  typeof value === "string" && Quantity.isQuantity(value) && Quantity.toMilli(value) % 1000n !== 0n

const fractions = (amounts: JsonObject | undefined, at: string): Warnings =>
  ["memory", "ephemeral-storage"].flatMap((name) => {
    const value = amounts?.[name]
    return isFractional(value)
      ? [`${at}[${name}]: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`]
      : []
  })

/** A variable that is given twice, unless the second builds on the first. */
const hidden = (container: JsonObject, at: string): Warnings => {
  const seen = new Set<string>()
  return objects(container, "env").flatMap((variable, index) => {
    const name = textOf(variable, "name")
    if (!seen.has(name)) {
      seen.add(name)
      return []
    }
    const value = textOf(variable, "value")
    const reference = `$(${name})`
    return value.includes(reference) && value !== reference && member(variable, "valueFrom") === undefined
      ? []
      : [
        `${at}.env[${index}]: hides previous definition of ${
          JSON.stringify(name)
        }, which may be dropped when using apply`
      ]
  })
}

const ports = (containers: ReadonlyArray<Placed>): Warnings => {
  const all = containers.flatMap(({ at, container }) =>
    objects(container, "ports").map((port, index) => ({ port, at: `${at}.ports[${index}]` }))
  )
  const numberOf = (port: JsonObject): string => `${number(port, "containerPort") ?? 0}/${textOf(port, "protocol")}`
  const overlaps = all.flatMap(({ at, port }, index) =>
    all.slice(0, index).filter((other) => numberOf(other.port) === numberOf(port)).flatMap((other) => {
      const [hostPort, otherPort] = [number(port, "hostPort") ?? 0, number(other.port, "hostPort") ?? 0]
      const [ip, otherIp] = [textOf(port, "hostIP"), textOf(other.port, "hostIP")]
      if (ip === otherIp && hostPort === otherPort) return [`${at}: duplicate port definition with ${other.at}`]
      if (hostPort === 0 || otherPort === 0) return [`${at}: overlapping port definition with ${other.at}`]
      return hostPort === otherPort && (ip === "") !== (otherIp === "")
        ? [`${at}: dangerously ambiguous port definition with ${other.at}`]
        : []
    })
  )
  const names = all.flatMap(({ at, port }, index) => {
    const name = textOf(port, "name")
    const first = name === "" ? undefined : all.slice(0, index).find((other) => textOf(other.port, "name") === name)
    return first === undefined ? [] : [
      `${at}: duplicate port name ${
        JSON.stringify(name)
      } with ${first.at}, services and probes that select ports by name will use ${first.at}`
    ]
  })
  return [...overlaps, ...names]
}

const repeated = (list: ReadonlyArray<JsonObject>, key: string, what: string, at: string): Warnings =>
  list.flatMap((item, index) =>
    list.slice(0, index).some((other) => textOf(other, key) === textOf(item, key))
      ? [`${at}[${index}].${key}: duplicate ${what} ${JSON.stringify(textOf(item, key))}`]
      : []
  )

const selectsNothing = (at: string): string => `${at}.labelSelector: a null labelSelector results in matching no pod`

const affinities = (spec: JsonObject, at: string): Warnings =>
  ["podAffinity", "podAntiAffinity"].flatMap((kind) => {
    const affinity = child(child(spec, "affinity"), kind)
    const path = `${at}.affinity.${kind}`
    const terms = (key: string): ReadonlyArray<JsonObject> => objects(affinity, key)
    return [
      ...terms("requiredDuringSchedulingIgnoredDuringExecution").flatMap((term, index) =>
        child(term, "labelSelector") === undefined
          ? [selectsNothing(`${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`)]
          : []
      ),
      ...terms("preferredDuringSchedulingIgnoredDuringExecution").flatMap((term, index) =>
        child(child(term, "podAffinityTerm"), "labelSelector") === undefined
          ? [selectsNothing(`${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm`)]
          : []
      )
    ]
  })

/** `parent`: the path of the template, empty of a Pod. */
export const podWarnings = (spec: JsonObject, metadata: JsonObject | undefined, parent: string): Warnings => {
  const prefix = parent === "" ? "" : `${parent}.`
  const at = `${prefix}spec`
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((key) =>
    objects(spec, key).map((container, index): Placed => ({ container, at: `${at}.${key}[${index}]` }))
  )
  const annotations = child(metadata, "annotations") ?? {}
  const secrets = objects(spec, "imagePullSecrets")
  return [
    ...Object.keys(child(spec, "nodeSelector") ?? {}).sort().filter((key) => Object.hasOwn(oldNodeLabels, key))
      .map((key) => `${at}.nodeSelector[${key}]: ${oldNodeLabels[key]}`),
    ...objects(spec, "topologySpreadConstraints").flatMap((constraint, index) =>
      child(constraint, "labelSelector") === undefined
        ? [selectsNothing(`${at}.topologySpreadConstraints[${index}]`)]
        : []
    ),
    ...Object.entries(oldAnnotations).filter(([key]) => Object.hasOwn(annotations, key))
      .map(([key, why]) => `${prefix}metadata.annotations[${key}]: ${why}`),
    ...objects(spec, "volumes").flatMap((volume, index) =>
      Object.entries(oldVolumes).filter(([source]) => isObject(volume[source]))
        .map(([source, why]) => `${at}.volumes[${index}].${source === "storageos" ? "storageOS" : source}: ${why}`)
    ),
    ...repeated(objects(spec, "hostAliases"), "ip", "ip", `${at}.hostAliases`),
    ...repeated(secrets, "name", "name", `${at}.imagePullSecrets`),
    ...secrets.flatMap((secret, index) =>
      textOf(secret, "name") === "" ? [`${at}.imagePullSecrets[${index}].name: invalid empty name ""`] : []
    ),
    ...fractions(child(spec, "overhead"), `${at}.overhead`),
    ...containers.flatMap(({ at: path, container }) => {
      const resources = child(container, "resources")
      return [
        ...fractions(child(resources, "limits"), `${path}.resources.limits`),
        ...fractions(child(resources, "requests"), `${path}.resources.requests`),
        ...hidden(container, path)
      ]
    }),
    ...ports(containers),
    ...((number(spec, "terminationGracePeriodSeconds") ?? 0) < 0
      ? [`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinities(spec, at)
  ]
}
