/** What is wrong with the environment of a container, and with references to fields of its Pod. */
import { invalid, notFound, notSupported, required } from "../../structural/fieldError.js"
import { asPrefix, dnsLabel, dnsSubdomain, qualifiedName } from "../../structural/names.js"
import { child, type JsonObject } from "../json.js"
import { objects, textOf } from "../members.js"
import { type Causes, complain, each } from "./checks.js"
import { dataKey, environmentName, noBacksteps } from "./textRules.js"

/** The fields of a Pod that can be referred to by the server's conversion at all. */
const knownFields: ReadonlySet<string> = new Set([
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.serviceAccountName",
  "spec.schedulerName",
  "status.phase",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs"
])

const environmentFields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs"
]

/** `metadata.labels['app']` */
const subscripted = /^(.+?)\['(.*)'\]$/s

export const validateFieldRef = (reference: JsonObject, supported: ReadonlyArray<string>, at: string): Causes => {
  const apiVersion = textOf(reference, "apiVersion")
  const given = textOf(reference, "fieldPath")
  if (apiVersion === "") return [required(`${at}.apiVersion`)]
  if (given === "") return [required(`${at}.fieldPath`)]
  const wrong = (why: string): Causes => [
    invalid(`${at}.fieldPath`, given, `error converting fieldPath: ${why}`)
  ]
  if (apiVersion !== "v1") return wrong(`unsupported pod version: ${apiVersion}`)
  const [, path = "", subscript = ""] = subscripted.exec(given) ?? []
  if (path !== "") {
    if (path === "metadata.annotations") {
      return complain(at, subscript.toLowerCase(), qualifiedName(subscript.toLowerCase()))
    }
    if (path === "metadata.labels") return complain(at, subscript, qualifiedName(subscript))
    return wrong(`field label does not support subscript: ${given}`)
  }
  const field = given === "spec.host" ? "spec.nodeName" : given
  if (!knownFields.has(field)) return wrong(`field label not supported: ${given}`)
  return supported.includes(field) ? [] : [notSupported(`${at}.fieldPath`, field, supported)]
}

const resourceFields = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory"
]

const byteDivisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"]

const validateDivisor = (resource: string, divisor: string, at: string): Causes => {
  if (divisor === "" || divisor === "0") return []
  const kind = /^(?:limits|requests)\.(cpu$|memory$|ephemeral-storage$|hugepages-)/.exec(resource)?.[1]
  if (kind === undefined) return []
  if ((kind === "cpu" ? ["1m", "1"] : byteDivisors).includes(divisor)) return []
  const words = kind === "cpu"
    ? "1m and 1 are supported with the cpu resource"
    : `${byteDivisors.join(", ")} are supported with the ${
      { memory: "memory", "ephemeral-storage": "local ephemeral storage" }[kind] ?? "hugepages"
    } resource`
  return [invalid(`${at}.divisor`, resource, `only divisor's values ${words}`)]
}

/** `inVolume`: there the container must be named. */
export const validateResourceFieldRef = (reference: JsonObject, at: string, inVolume: boolean): Causes => {
  const resource = textOf(reference, "resource")
  const causes = inVolume && textOf(reference, "containerName") === ""
    ? [required(`${at}.containerName`)]
    : resource === ""
    ? [required(`${at}.resource`)]
    : resourceFields.includes(resource) || /^(?:limits|requests)\.hugepages-/.test(resource)
    ? []
    : [notSupported(`${at}.resource`, resource, resourceFields)]
  return [...causes, ...validateDivisor(resource, textOf(reference, "divisor"), at)]
}

const keySelector = (selector: JsonObject, at: string): Causes => {
  const name = textOf(selector, "name")
  const key = textOf(selector, "key")
  return [
    ...complain(`${at}.name`, name, dnsSubdomain(name)),
    ...(key === "" ? [required(`${at}.key`)] : complain(`${at}.key`, key, dataKey(key)))
  ]
}

const fileKey = (selector: JsonObject, at: string): Causes => {
  const check = (field: string, rule: (text: string) => ReadonlyArray<string>): Causes => {
    const text = textOf(selector, field)
    return text === "" ? [required(`${at}.${field}`)] : complain(`${at}.${field}`, text, rule(text))
  }
  return [...check("key", environmentName), ...check("volumeName", dnsLabel), ...check("path", noBacksteps)]
}

const valueFrom = (variable: JsonObject, at: string): Causes => {
  const source = child(variable, "valueFrom")
  if (source === undefined) return []
  const checks: { readonly [source: string]: (found: JsonObject, at: string) => Causes } = {
    fieldRef: (found, path) => validateFieldRef(found, environmentFields, path),
    resourceFieldRef: (found, path) => validateResourceFieldRef(found, path, false),
    configMapKeyRef: keySelector,
    secretKeyRef: keySelector,
    fileKeyRef: fileKey
  }
  const found = Object.entries(checks).filter(([kind]) => child(source, kind) !== undefined)
  const causes = found.flatMap(([kind, check]) => check(child(source, kind)!, `${at}.${kind}`))
  const sources = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
  if (found.length === 0) return [invalid(at, "", `must specify one of: ${sources}`)]
  if (textOf(variable, "value") !== "") {
    return [...causes, invalid(at, "", "may not be specified when `value` is not empty")]
  }
  return found.length > 1
    ? [...causes, invalid(at, "", "may not have more than one field specified at a time")]
    : causes
}

export const validateEnv = (container: JsonObject, at: string): Causes =>
  each(objects(container, "env"), at, (variable, path) => {
    const name = textOf(variable, "name")
    return [
      ...(name === "" ? [required(`${path}.name`)] : complain(`${path}.name`, name, environmentName(name))),
      ...valueFrom(variable, `${path}.valueFrom`)
    ]
  })

const envSource = (source: JsonObject, at: string): Causes => {
  const name = textOf(source, "name")
  return name === "" ? [required(`${at}.name`)] : complain(`${at}.name`, name, dnsSubdomain(asPrefix(name)))
}

export const validateEnvFrom = (container: JsonObject, at: string): Causes =>
  each(objects(container, "envFrom"), at, (source, path) => {
    const prefix = textOf(source, "prefix")
    const found = ["configMapRef", "secretRef"].filter((kind) => child(source, kind) !== undefined)
    return [
      ...complain(`${path}.prefix`, prefix, environmentName(prefix)),
      ...found.flatMap((kind) => envSource(child(source, kind)!, `${path}.${kind}`)),
      ...(found.length === 0 ? [invalid(at, "", "must specify one of: `configMapRef` or `secretRef`")] : []),
      ...(found.length > 1 ? [invalid(at, "", "may not have more than one field specified at a time")] : [])
    ]
  })

/** A variable that is read from a file needs a volume that is an emptyDir. */
export const validateFileVolumes = (
  containers: ReadonlyArray<readonly [container: JsonObject, at: string]>,
  spec: JsonObject
): Causes =>
  containers.flatMap(([container, at]) =>
    each(objects(container, "env"), `${at}.env`, (variable, path) => {
      const key = child(child(variable, "valueFrom"), "fileKeyRef")
      if (key === undefined) return []
      const name = textOf(key, "volumeName")
      const volume = objects(spec, "volumes").find((each) => textOf(each, "name") === name)
      const field = `${path}.valueFrom.fileKeyRef.volumeName`
      if (volume === undefined) return [notFound(field, name)]
      return child(volume, "emptyDir") === undefined
        ? [invalid(field, name, "referenced volume must be of type emptyDir")]
        : []
    })
  )
