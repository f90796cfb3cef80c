/** Configurations of admission webhooks, and APIServices: defaults, and what is wrong with them. */
import { duplicate, invalid, notSupported, required } from "../../structural/fieldError.js"
import { dns1035Label, dnsSubdomain, pathSegment } from "../../structural/names.js"
import { checkWebhookPath, checkWebhookUrl } from "../../structural/webhookClient.js"
import { child, items, type JsonObject } from "../json.js"
import { member, number, objects, setDefault, textOf } from "../members.js"
import { nameOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { type Causes, complain, each, optionalOneOf } from "./checks.js"
import { validateLabelSelector } from "./labelSelectors.js"
import { portNumber } from "./ports.js"

const defaultPort = 443

const defaults = (isMutating: boolean) => (configuration: JsonObject): JsonObject => {
  for (const hook of objects(configuration, "webhooks")) {
    setDefault(hook, "failurePolicy", "Fail")
    setDefault(hook, "matchPolicy", "Equivalent")
    setDefault(hook, "namespaceSelector", {})
    setDefault(hook, "objectSelector", {})
    setDefault(hook, "timeoutSeconds", 10)
    if (isMutating) setDefault(hook, "reinvocationPolicy", "Never")
    for (const rule of objects(hook, "rules")) setDefault(rule, "scope", "*")
    const service = child(child(hook, "clientConfig"), "service")
    if (service !== undefined && member(service, "port") === undefined) service["port"] = defaultPort
  }
  return configuration
}

const validateName = (name: string, at: string): Causes => {
  if (name === "") return [required(at)]
  const complaints = dnsSubdomain(name)
  if (complaints.length > 0) return [invalid(at, name, complaints.join(","))]
  return name.split(".").length < 3
    ? [invalid(at, name, "should be a domain with at least three segments separated by dots")]
    : []
}

const operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"]

/** `pods`, `pods/status`, `pods/*`, `*` + `/status`: what includes another one stands alone. */
const validateResources = (resources: ReadonlyArray<string>, at: string): Causes => {
  if (resources.length === 0) return [required(at)]
  const [all, everywhere] = [new Set<string>(), new Set<string>()]
  const causes = each(resources, at, (resource, field) => {
    if (resource === "") return [required(field)]
    const [name = "", ...rest] = resource.split("/")
    if (rest.length === 0) return []
    const part = rest.join("/")
    const says = (holds: boolean, wide: string): Causes =>
      holds ? [invalid(field, resource, `if '${wide}' is present, must not specify ${resource}`)] : []
    const found = [...says(all.has(name), `${name}/*`), ...says(everywhere.has(part), `*/${part}`)]
    if (part === "*") all.add(name)
    if (name === "*") everywhere.add(part)
    return found
  })
  // Only the last one without a part counts, as in the server.
  const lastPlain = resources.filter((resource) => resource !== "" && !resource.includes("/")).at(-1)
  return [
    ...causes,
    ...(resources.length > 1 && resources.includes("*/*")
      ? [invalid(at, resources, "if '*/*' is present, must not specify other resources")]
      : []),
    ...(resources.includes("*") && lastPlain !== undefined && lastPlain !== "*"
      ? [invalid(at, resources, "if '*' is present, must not specify other resources without subresources")]
      : [])
  ]
}

const validateRule = (rule: JsonObject, at: string): Causes => {
  const list = (field: string): ReadonlyArray<string> => items(rule, field).map(String)
  const alone = (field: string, what: string): Causes => [
    ...(list(field).length === 0 ? [required(`${at}.${field}`)] : []),
    ...(list(field).length > 1 && list(field).includes("*")
      ? [invalid(`${at}.${field}`, list(field), `if '*' is present, must not specify other ${what}`)]
      : [])
  ]
  return [
    ...alone("operations", "operations"),
    ...each(
      list("operations"),
      `${at}.operations`,
      (operation, field) => operations.includes(operation) ? [] : [notSupported(field, operation, operations)]
    ),
    ...alone("apiGroups", "API groups"),
    ...alone("apiVersions", "API versions"),
    ...each(list("apiVersions"), `${at}.apiVersions`, (version, field) => version === "" ? [required(field)] : []),
    ...validateResources(list("resources"), `${at}.resources`),
    ...optionalOneOf(member(rule, "scope"), `${at}.scope`, ["*", "Cluster", "Namespaced"])
  ]
}

const validatePort = (service: JsonObject, at: string): Causes => {
  const port = number(service, "port") ?? 0
  const complaints = portNumber(port)
  return complaints.length === 0 ? [] : [invalid(`${at}.port`, port, `port is not valid: ${complaints.join(", ")}`)]
}

const validateClient = (config: JsonObject | undefined, at: string): Causes => {
  const [url, service] = [member(config, "url"), child(config, "service")]
  if ((url === undefined) === (service === undefined)) {
    return [required(at, "exactly one of url or service is required")]
  }
  if (service === undefined) return checkWebhookUrl(String(url), `${at}.url`)
  const path = member(service, "path")
  return [
    ...["name", "namespace"].flatMap((field) =>
      textOf(service, field) === "" ? [required(`${at}.service.${field}`)] : []
    ),
    ...validatePort(service, `${at}.service`),
    ...(typeof path === "string" ? checkWebhookPath(path, `${at}.service.path`) : [])
  ]
}

const sideEffects = ["None", "NoneOnDryRun"]
const reviewVersions = ["v1", "v1beta1"]

const validateVersions = (versions: ReadonlyArray<string>, at: string): Causes => {
  if (versions.length === 0) return [required(at, `must specify one of ${reviewVersions.join(", ")}`)]
  return [
    ...each(versions, at, (version, field, index) =>
      versions.indexOf(version) < index
        ? [invalid(field, version, "duplicate version")]
        : complain(field, version, dns1035Label(version))),
    ...(versions.some((version) => reviewVersions.includes(version))
      ? []
      : [invalid(at, versions, `must include at least one of ${reviewVersions.join(", ")}`)])
  ]
}

const validateHook = (names: ReadonlyArray<string>) => (hook: JsonObject, at: string, index: number): Causes => {
  const name = textOf(hook, "name")
  const effects = member(hook, "sideEffects")
  const timeout = number(hook, "timeoutSeconds")
  const selector = (field: string): Causes => {
    const value = child(hook, field)
    return value === undefined ? [] : validateLabelSelector(value, `${at}.${field}`)
  }
  return [
    ...validateName(name, `${at}.name`),
    ...each(objects(hook, "rules"), `${at}.rules`, validateRule),
    ...optionalOneOf(member(hook, "failurePolicy"), `${at}.failurePolicy`, ["Fail", "Ignore"]),
    ...optionalOneOf(member(hook, "matchPolicy"), `${at}.matchPolicy`, ["Equivalent", "Exact"]),
    ...(effects === undefined
      ? [required(`${at}.sideEffects`, `must specify one of ${sideEffects.join(", ")}`)]
      : optionalOneOf(effects, `${at}.sideEffects`, sideEffects)),
    ...(timeout !== undefined && (timeout < 1 || timeout > 30)
      ? [invalid(`${at}.timeoutSeconds`, timeout, "the timeout value must be between 1 and 30 seconds")]
      : []),
    ...selector("namespaceSelector"),
    ...selector("objectSelector"),
    ...optionalOneOf(member(hook, "reinvocationPolicy"), `${at}.reinvocationPolicy`, ["IfNeeded", "Never"]),
    ...validateClient(child(hook, "clientConfig"), `${at}.clientConfig`),
    ...validateVersions(items(hook, "admissionReviewVersions").map(String), `${at}.admissionReviewVersions`),
    ...(name !== "" && names.indexOf(name) < index ? [duplicate(`${at}.name`, name)] : [])
  ]
}

const validate = (configuration: JsonObject): Causes => {
  const hooks = objects(configuration, "webhooks")
  return each(hooks, "webhooks", validateHook(hooks.map((hook) => textOf(hook, "name"))))
}

const configurationsOf = (isMutating: boolean): Partial<Strategy> => ({
  defaults: defaults(isMutating),
  validateCreate: validate,
  validateUpdate: validate
})

export const validatingWebhookStrategy = configurationsOf(false)
export const mutatingWebhookStrategy = configurationsOf(true)

const priority = (spec: JsonObject | undefined, field: string, most: number): Causes => {
  const value = number(spec, field) ?? 0
  return value > 0 && value <= most
    ? []
    : [invalid(`spec.${field}`, value, `must be positive and less than ${most}`)]
}

const validateApiService = (apiService: JsonObject): Causes => {
  const spec = child(apiService, "spec")
  const [group, version] = [textOf(spec, "group"), textOf(spec, "version")]
  const name = nameOf(apiService)
  const wanted = `${version}.${group}`
  const complaints = pathSegment(name, false)
  const service = child(spec, "service")
  const bundle = textOf(spec, "caBundle")
  const skips = spec?.["insecureSkipTLSVerify"] === true
  const insecure = "spec.insecureSkipTLSVerify"
  return [
    ...(complaints.length > 0
      ? complain("metadata.name", name, complaints)
      : name === wanted
      ? []
      : [invalid("metadata.name", name, `must be \`spec.version+"."+spec.group\`: "${wanted}"`)]),
    ...(group === ""
      ? version === "v1" ? [] : [required("spec.group", "only v1 may have an empty group and it better be legacy kube")]
      : complain("spec.group", group, dnsSubdomain(group))),
    ...complain("spec.version", version, dns1035Label(version)),
    ...priority(spec, "groupPriorityMinimum", 20_000),
    ...priority(spec, "versionPriority", 1000),
    ...(service === undefined
      ? skips ? [invalid(insecure, true, "local APIServices may not have insecureSkipTLSVerify")] : []
      : [
        ...["namespace", "name"].flatMap((field) =>
          textOf(service, field) === "" ? [required(`spec.service.${field}`)] : []
        ),
        ...validatePort(service, "spec.service"),
        ...(skips && bundle !== "" ? [invalid(insecure, true, "may not be true if caBundle is present")] : [])
      ])
  ]
}

export const apiServiceStrategy: Partial<Strategy> = {
  names: "path",
  defaults: (apiService) => {
    const service = child(child(apiService, "spec"), "service")
    if (service !== undefined && member(service, "port") === undefined) service["port"] = defaultPort
    return apiService
  },
  validateCreate: validateApiService,
  validateUpdate: validateApiService
}
