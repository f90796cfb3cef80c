/** What is wrong with the spec of a Pod, and with a template of Pods. */
import { duplicate, forbidden, invalid, invalidJson, notSupported, required } from "../../structural/fieldError.js"
import { matchesFormat } from "../../structural/formats.js"
import { dnsLabel, dnsSubdomain, qualifiedName } from "../../structural/names.js"
import { internalJson } from "../internalForm.js"
import { child, items, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { specOf } from "../objectParts.js"
import { type Causes, complain, each, nonNegative, oneOf, optionalOneOf } from "./checks.js"
import { validateAnnotations, validateLabels } from "./labelSelectors.js"
import {
  type PodContext,
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers
} from "./podContainers.js"
import { validateFileVolumes } from "./podEnvironment.js"
import { validateOverhead, validatePodResources } from "./podResources.js"
import {
  validateAffinity,
  validateSchedulingGates,
  validateTolerations,
  validateTopologySpread
} from "./podScheduling.js"
import { validatePodSecurityContext } from "./podSecurity.js"
import { validateVolumes } from "./podVolumes.js"
import { positiveInt32 } from "./textRules.js"

/** An address, with four numbers or in hexadecimal. */
export const validateIp = (value: unknown, at: string): Causes =>
  typeof value === "string" && (matchesFormat("ipv4", value) || matchesFormat("ipv6", value))
    ? []
    : [invalid(at, value ?? "", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")]

const hostNetworkPorts = (spec: JsonObject, isPod: boolean, at: string): Causes =>
  spec["hostNetwork"] !== true
    ? []
    : each(objects(spec, "containers"), `${at}.containers`, (container, path) =>
      each(objects(container, "ports"), `${path}.ports`, (port, place) => {
        const hostPort = number(port, "hostPort") ?? 0
        return (isPod || hostPort !== 0) && hostPort !== (number(port, "containerPort") ?? 0)
          ? [invalid(`${place}.hostPort`, hostPort, "must match `containerPort` when `hostNetwork` is true")]
          : []
      }))

const searchPattern = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*"

const searchName = (name: string): ReadonlyArray<string> =>
  new RegExp(`^${searchPattern}$`).test(name)
    ? []
    : [
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character "
      + `(e.g. 'example.com', regex used for validation is '${searchPattern}')`
    ]

const dnsConfig = (spec: JsonObject, at: string): Causes => {
  const config = child(spec, "dnsConfig")
  const servers = items(config, "nameservers")
  const searches = items(config, "searches").map(String)
  if (spec["dnsPolicy"] === "None") {
    if (config === undefined) return [required(at, "must provide `dnsConfig` when `dnsPolicy` is None")]
    if (servers.length === 0) {
      return [
        required(`${at}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None")
      ]
    }
  }
  return [
    ...(servers.length > 3 ? [invalid(`${at}.nameservers`, servers, "must not have more than 3 nameservers")] : []),
    ...servers.flatMap((server, index) => validateIp(server, `${at}.nameservers[${index}]`)),
    ...(searches.length > 32 ? [invalid(`${at}.searches`, searches, "must not have more than 32 search paths")] : []),
    ...(searches.join(" ").length > 2048
      ? [
        invalid(
          `${at}.searches`,
          searches,
          "must not have more than 2048 characters (including spaces) in the search list"
        )
      ]
      : []),
    ...searches.flatMap((search, index) => {
      const name = search.replace(/\.$/, "")
      return search === "." ? [] : complain(`${at}.searches[${index}]`, name, searchName(name))
    }),
    ...each(
      objects(config, "options"),
      `${at}.options`,
      (option, path) => textOf(option, "name") === "" ? [required(path, "must not be empty")] : []
    )
  ]
}

const hostAliases = (spec: JsonObject, at: string): Causes =>
  each(objects(spec, "hostAliases"), at, (alias, path) => [
    ...validateIp(member(alias, "ip"), `${path}.ip`),
    ...items(alias, "hostnames").flatMap((name, index) =>
      complain(`${path}.hostnames[${index}]`, name, dnsSubdomain(String(name)))
    )
  ])

/** Claims of devices. */
const claims = (spec: JsonObject, at: string): Causes => {
  const seen = new Set<string>()
  return each(objects(spec, "resourceClaims"), at, (claim, path) => {
    const name = textOf(claim, "name")
    const isTwice = seen.has(name)
    seen.add(name)
    const sources = ["resourceClaimName", "resourceClaimTemplateName"]
      .filter((key) => member(claim, key) !== undefined)
    const wrong = (why: string): Causes => [invalidJson(path, internalJson("core.PodResourceClaim", claim), why)]
    return [
      ...(name === ""
        ? [required(`${path}.name`)]
        : isTwice
        ? [duplicate(`${path}.name`, name)]
        : complain(`${path}.name`, name, dnsLabel(name))),
      ...(sources.length > 1
        ? wrong("at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
        : []),
      ...(sources.length === 0
        ? wrong("must specify one of: `resourceClaimName`, `resourceClaimTemplateName`")
        : []),
      ...sources.flatMap((key) => complain(`${path}.${key}`, textOf(claim, key), dnsSubdomain(textOf(claim, key))))
    ]
  })
}

const hostUsers = (spec: JsonObject, at: string): Causes => {
  if (spec["hostUsers"] !== false) return []
  const why = "when `hostUsers` is false"
  return [
    ...(spec["hostNetwork"] === true ? [forbidden(`${at}.hostNetwork`, why)] : []),
    ...(spec["hostPID"] === true ? [forbidden(`${at}.HostPID`, why)] : []),
    ...(spec["hostIPC"] === true ? [forbidden(`${at}.HostIPC`, why)] : []),
    ...containersOf(spec, at).flatMap(([container, path]) =>
      items(container, "volumeDevices").length === 0 ? [] : [forbidden(`${path}.volumeDevices`, why)]
    )
  ]
}

const hostnames = (spec: JsonObject, at: string): Causes => {
  const override = member(spec, "hostnameOverride")
  const field = `${at}.hostnameOverride`
  const label = (key: string): Causes => {
    const name = textOf(spec, key)
    return name === "" ? [] : complain(`${at}.${key}`, name, dnsLabel(name))
  }
  return [
    ...(override === undefined ? [] : [
      ...(spec["setHostnameAsFQDN"] === true
        ? [forbidden(field, "may not be specified when setHostnameAsFQDN is true")]
        : []),
      ...(spec["hostNetwork"] === true ? [forbidden(field, "may not be specified when hostNetwork is true")] : []),
      ...complain(field, override, dnsSubdomain(String(override)))
    ]),
    ...label("hostname"),
    ...label("subdomain")
  ]
}

/** All containers of a spec, with their paths. */
const containersOf = (spec: JsonObject, at: string): ReadonlyArray<readonly [JsonObject, string]> =>
  ["initContainers", "containers", "ephemeralContainers"].flatMap((key) =>
    objects(spec, key).map((container, index) => [container, `${at}.${key}[${index}]`] as const)
  )

const names = (spec: JsonObject, at: string): Causes =>
  ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"].flatMap((key) => {
    const name = textOf(spec, key)
    return name === "" ? [] : complain(`${at}.${key}`, name, dnsSubdomain(name))
  })

const system = (spec: JsonObject, at: string): Causes => {
  const name = textOf(child(spec, "os"), "name")
  if (child(spec, "os") === undefined) return []
  return name === "" ? [required(`${at}.name`)] : optionalOneOf(name, at, ["linux", "windows"])
}

/** `podName`: undefined of a template. */
export const validatePodSpec = (spec: JsonObject, podName: string | undefined, at: string): Causes => {
  const { causes: volumeCauses, volumes } = validateVolumes(spec, `${at}.volumes`, podName ?? "")
  const context: PodContext = {
    spec,
    volumes,
    claims: objects(spec, "resourceClaims").map((claim) => textOf(claim, "name"))
  }
  const deadline = number(spec, "activeDeadlineSeconds")
  const preemption = member(spec, "preemptionPolicy")
  const isShared = spec["shareProcessNamespace"] === true && spec["hostPID"] === true
  return [
    ...volumeCauses,
    ...claims(spec, `${at}.resourceClaims`),
    ...validateContainers(context, `${at}.containers`),
    ...validateInitContainers(context, `${at}.initContainers`),
    ...validateEphemeralContainers(context, `${at}.ephemeralContainers`),
    ...validatePodResources(spec, context.claims, at),
    ...hostNetworkPorts(spec, podName !== undefined, at),
    ...oneOf(member(spec, "restartPolicy"), `${at}.restartPolicy`, ["Always", "OnFailure", "Never"]),
    ...oneOf(member(spec, "dnsPolicy"), `${at}.dnsPolicy`, [
      "ClusterFirstWithHostNet",
      "ClusterFirst",
      "Default",
      "None"
    ]),
    ...validateLabels(child(spec, "nodeSelector"), `${at}.nodeSelector`),
    ...validatePodSecurityContext(spec, `${at}.securityContext`),
    ...(isShared
      ? [
        invalid(
          `${at}.shareProcessNamespace`,
          true,
          "ShareProcessNamespace and HostPID cannot both be enabled"
        )
      ]
      : []),
    ...validateAffinity(spec, `${at}.affinity`),
    ...dnsConfig(spec, `${at}.dnsConfig`),
    ...each(
      objects(spec, "readinessGates"),
      `${at}.readinessGates`,
      (gate, path) =>
        complain(`${path}.conditionType`, textOf(gate, "conditionType"), qualifiedName(textOf(gate, "conditionType")))
    ),
    ...validateSchedulingGates(spec, `${at}.schedulingGates`),
    ...validateTopologySpread(spec, `${at}.topologySpreadConstraints`),
    ...hostUsers(spec, at),
    ...hostnames(spec, at),
    ...names(spec, at),
    ...(deadline === undefined ? [] : complain(`${at}.activeDeadlineSeconds`, deadline, positiveInt32(deadline))),
    ...validateTolerations(spec, `${at}.tolerations`),
    ...hostAliases(spec, `${at}.hostAliases`),
    ...(preemption === undefined || preemption === "PreemptLowerPriority" || preemption === "Never"
      ? []
      : [notSupported(`${at}.preemptionPolicy`, preemption, ["PreemptLowerPriority", "Never"])]),
    ...(child(spec, "overhead") === undefined ? [] : validateOverhead(spec, `${at}.overhead`)),
    ...system(spec, `${at}.os`),
    ...validateFileVolumes(containersOf(spec, at), spec)
  ]
}

/** Annotations that mean something to Pods. */
export const validatePodAnnotations = (annotations: JsonObject | undefined, spec: JsonObject, at: string): Causes => {
  const mirror = annotations?.["kubernetes.io/config.mirror"]
  const cost = annotations?.["controller.kubernetes.io/pod-deletion-cost"]
  return [
    ...(mirror !== undefined && textOf(spec, "nodeName") === ""
      ? [
        invalid(`${at}[kubernetes.io/config.mirror]`, mirror, "must set spec.nodeName if mirror pod annotation is set")
      ]
      : []),
    ...(typeof cost === "string" && !isDeletionCost(cost)
      ? [invalid(`${at}[controller.kubernetes.io/pod-deletion-cost]`, cost, "must be a 32bit integer")]
      : [])
  ]
}

const isDeletionCost = (text: string): boolean =>
  /^(0|-?[1-9][0-9]*)$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31

/** Of a kind that holds a template; `at` is the path of the template. */
export const validatePodTemplate = (template: JsonObject, at: string): Causes => {
  const metadata = child(template, "metadata")
  const spec = specOf(template)
  return [
    ...validateLabels(child(metadata, "labels"), `${at}.labels`),
    ...validateAnnotations(child(metadata, "annotations"), `${at}.annotations`),
    ...validatePodAnnotations(child(metadata, "annotations"), spec, `${at}.annotations`),
    ...validatePodSpec(spec, undefined, `${at}.spec`),
    ...(items(spec, "ephemeralContainers").length === 0
      ? []
      : [forbidden(`${at}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")])
  ]
}

/** Of a template whose Pods are always restarted, and never end by themselves. `kind`: as the message names it. */
export const validateEndlessTemplate = (template: JsonObject, kind: string, at: string): Causes => {
  const spec = child(template, "spec")
  return [
    ...validatePodTemplate(template, at),
    ...(spec?.["restartPolicy"] === "Always"
      ? []
      : [notSupported(`${at}.spec.restartPolicy`, member(spec, "restartPolicy") ?? "", ["Always"])]),
    ...(member(spec, "activeDeadlineSeconds") === undefined
      ? []
      : [forbidden(`${at}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)])
  ]
}

/** What is not asked of templates. */
export const validatePodItself = (spec: JsonObject, at: string): Causes => [
  ...(textOf(spec, "serviceAccountName") !== ""
    ? []
    : each(
      objects(spec, "volumes"),
      `${at}.volumes`,
      (volume, path) =>
        each(
          objects(child(volume, "projected"), "sources"),
          `${path}.projected.sources`,
          (source, place) =>
            child(source, "serviceAccountToken") === undefined
              ? []
              : [
                forbidden(`${place}.serviceAccountToken`, "must not be specified when serviceAccountName is not set")
              ]
        )
    )),
  ...nonNegative(member(spec, "terminationGracePeriodSeconds"), `${at}.terminationGracePeriodSeconds`)
]
