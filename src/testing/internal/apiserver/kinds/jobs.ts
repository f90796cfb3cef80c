/** Jobs: what is filled in and generated, what is wrong with them, and what may change. */
import { invalid, invalidJson, notSupported, required, tooLong } from "../../structural/fieldError.js"
import { dnsLabel, dnsSubdomain } from "../../structural/names.js"
import { internalJson, selectorJson } from "../internalForm.js"
import { child, equal, type JsonObject, setOwn, text, withMember } from "../json.js"
import { made, member, number, objects, setDefault, textOf } from "../members.js"
import { metadataOf } from "../objectMeta.js"
import { nameOf, specOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { type Causes, complain, immutable, nonNegative } from "./checks.js"
import { validateFailurePolicy, validateSuccessPolicy } from "./jobPolicies.js"
import { validateJobStatus } from "./jobStatus.js"
import { selects, validateLabelSelector } from "./labelSelectors.js"
import { validatePodTemplate } from "./podSpec.js"
import { nameWarnings, templateStrategy } from "./templates.js"

const templateLabels = (spec: JsonObject): JsonObject | undefined =>
  child(child(child(spec, "template"), "metadata"), "labels")

// ------------------------------------------------------------------------------------------------ defaults

/** The labels of the template are those of the Job, where it has none. */
const defaultLabels = (object: JsonObject): void => {
  const labels = templateLabels(specOf(object))
  const metadata = made(object, "metadata")
  if (labels === undefined || Object.keys(child(metadata, "labels") ?? {}).length > 0) return
  // The very same labels: those that are generated for the template are the Job's too.
  metadata["labels"] = labels
}

const defaultJob = (object: JsonObject): void => {
  const spec = made(object, "spec")
  if (member(spec, "completions") === undefined && member(spec, "parallelism") === undefined) spec["completions"] = 1
  setDefault(spec, "parallelism", 1)
  setDefault(spec, "backoffLimit", member(spec, "backoffLimitPerIndex") === undefined ? 6 : 2 ** 31 - 1)
  setDefault(spec, "completionMode", "NonIndexed")
  setDefault(spec, "suspend", false)
  setDefault(
    spec,
    "podReplacementPolicy",
    child(spec, "podFailurePolicy") === undefined ? "TerminatingOrFailed" : "Failed"
  )
  setDefault(spec, "manualSelector", false)
  for (const rule of objects(child(spec, "podFailurePolicy"), "rules")) {
    for (const pattern of objects(rule, "onPodConditions")) setDefault(pattern, "status", "True")
  }
  defaultLabels(object)
}

const nameLabels = ["job-name", "batch.kubernetes.io/job-name"]
const uidLabels = ["controller-uid", "batch.kubernetes.io/controller-uid"]

/** Labels of the template that only this Job's Pods have, and a selector of them. */
const generateSelector = (object: JsonObject): JsonObject => {
  const spec = made(object, "spec")
  if (spec["manualSelector"] !== true) {
    const uid = text(metadataOf(object), "uid") ?? ""
    const labels = made(made(made(spec, "template"), "metadata"), "labels")
    for (const label of nameLabels) if (!Object.hasOwn(labels, label)) setOwn(labels, label, nameOf(object))
    for (const label of uidLabels) if (!Object.hasOwn(labels, label)) setOwn(labels, label, uid)
    const selected = made(made(spec, "selector"), "matchLabels")
    if (!Object.hasOwn(selected, uidLabels[1]!)) setOwn(selected, uidLabels[1]!, uid)
  }
  // The server reads what it has stored, and fills in again what it finds missing.
  defaultLabels(object)
  return object
}

// ------------------------------------------------------------------------------------------------ validation

const manyCompletions = 100_000
const limitOfMany = 10_000

const domainPath = (value: string, at: string): Causes => {
  if (value === "") return [required(at)]
  const slash = value.indexOf("/")
  const [host, path] = [value.slice(0, slash), value.slice(slash + 1)]
  if (slash <= 0 || path === "") {
    return [invalid(at, value, "must be a domain-prefixed path (such as \"acme.io/foo\")")]
  }
  const pattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
  return [
    ...complain(at, host, dnsSubdomain(host)),
    ...(new RegExp(`^${pattern}$`).test(path)
      ? []
      : [invalid(at, path, `Invalid path (regex used for validation is '${pattern}')`)]),
    ...(value.length > 63 ? [tooLong(at, 63)] : [])
  ]
}

const indexed = (spec: JsonObject, at: string): Causes => {
  const completions = number(spec, "completions")
  const parallelism = number(spec, "parallelism")
  const failed = number(spec, "maxFailedIndexes")
  const perIndex = member(spec, "backoffLimitPerIndex") !== undefined
  const atMost = (field: string, value: number | undefined, limit: number, when: string): Causes =>
    value !== undefined && value > limit
      ? [invalid(`${at}.${field}`, value, `must be less than or equal to ${limit}${when}`)]
      : []
  const many = ` when completions are above ${manyCompletions} and used with backoff limit per index`
  return [
    ...(completions === undefined ? [required(`${at}.completions`, "when completion mode is Indexed")] : []),
    ...atMost("parallelism", parallelism, manyCompletions, " when completion mode is Indexed"),
    ...(completions !== undefined && failed !== undefined && failed > completions
      ? [invalid(`${at}.maxFailedIndexes`, failed, "must be less than or equal to completions")]
      : []),
    ...atMost("maxFailedIndexes", failed, manyCompletions, ""),
    ...(completions !== undefined && completions > manyCompletions && perIndex
      ? [
        ...(failed === undefined
          ? [required(`${at}.maxFailedIndexes`, `must be specified when completions is above ${manyCompletions}`)]
          : []),
        ...atMost("parallelism", parallelism, limitOfMany, many),
        ...atMost("maxFailedIndexes", failed, limitOfMany, many)
      ]
      : [])
  ]
}

const restartPolicy = (spec: JsonObject, at: string): Causes => {
  const policy = textOf(child(child(spec, "template"), "spec"), "restartPolicy")
  if (policy === "Always" || policy === "") return [required(at, "valid values: \"OnFailure\", \"Never\"")]
  if (policy !== "OnFailure" && policy !== "Never") return [notSupported(at, policy, ["OnFailure", "Never"])]
  return child(spec, "podFailurePolicy") !== undefined && policy !== "Never"
    ? [invalid(at, policy, "only \"Never\" is supported when podFailurePolicy is specified")]
    : []
}

const counts = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes"
]

/** Of a Job and of the template in a CronJob. */
export const validateJobSpec = (spec: JsonObject, at: string): Causes => {
  const mode = member(spec, "completionMode")
  const replacement = member(spec, "podReplacementPolicy")
  const replacements = child(spec, "podFailurePolicy") === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"]
  const managedBy = member(spec, "managedBy")
  const success = child(spec, "successPolicy")
  const onlyIndexed = ["backoffLimitPerIndex", "maxFailedIndexes"].filter((key) => member(spec, key) !== undefined)
  return [
    ...counts.flatMap((key) => nonNegative(member(spec, key), `${at}.${key}`)),
    ...(member(spec, "maxFailedIndexes") !== undefined && member(spec, "backoffLimitPerIndex") === undefined
      ? [required(`${at}.backoffLimitPerIndex`, "when maxFailedIndexes is specified")]
      : []),
    ...(typeof managedBy === "string" ? domainPath(managedBy, `${at}.managedBy`) : []),
    ...(mode === undefined || mode === "NonIndexed" || mode === "Indexed"
      ? []
      : [notSupported(`${at}.completionMode`, mode, ["NonIndexed", "Indexed"])]),
    ...(mode === "Indexed" ? indexed(spec, at) : []),
    ...(mode === undefined || mode === "NonIndexed"
      ? onlyIndexed.map((key) => invalid(`${at}.${key}`, member(spec, key), "requires indexed completion mode"))
      : []),
    ...validateFailurePolicy(spec, `${at}.podFailurePolicy`),
    ...(success === undefined
      ? []
      : mode === "Indexed"
      ? validateSuccessPolicy(spec, `${at}.successPolicy`)
      : [
        invalidJson(
          `${at}.successPolicy`,
          internalJson("batch.SuccessPolicy", success),
          "requires indexed completion mode"
        )
      ]),
    ...(replacement === undefined || replacements.includes(String(replacement))
      ? []
      : [notSupported(`${at}.podReplacementPolicy`, replacement, replacements)]),
    ...validatePodTemplate(child(spec, "template") ?? {}, `${at}.template`),
    ...restartPolicy(spec, `${at}.template.spec.restartPolicy`)
  ]
}

const validateSelected = (spec: JsonObject): Causes => {
  const selector = child(spec, "selector")
  const wrong = validateLabelSelector(selector, "spec.selector")
  const labels = templateLabels(spec)
  return [
    ...(selector === undefined ? [required("spec.selector")] : wrong),
    ...(wrong.length > 0 || selects(selector, labels)
      ? []
      : [invalid("spec.template.metadata.labels", labels ?? null, "`selector` does not match template `labels`")])
  ]
}

/** A generated selector cannot be replaced by labels of one's own. */
const validateGenerated = (object: JsonObject): Causes => {
  const spec = specOf(object)
  const selector = child(spec, "selector")
  if (spec["manualSelector"] === true || selector === undefined) return []
  const labels = templateLabels(spec) ?? {}
  const uid = text(metadataOf(object), "uid") ?? ""
  const expected = {
    [uidLabels[0]!]: uid,
    [nameLabels[0]!]: nameOf(object),
    [uidLabels[1]!]: uid,
    [nameLabels[1]!]: nameOf(object)
  }
  return [
    ...Object.entries(expected).filter(([label, value]) => labels[label] !== value).map(([label, value]) =>
      invalid(`spec.template.metadata.labels[${label}]`, labels, `must be '${value}'`)
    ),
    ...(validateLabelSelector(selector, "").length > 0 || selects(selector, expected)
      ? []
      : [invalidJson("spec.selector", selectorJson(selector), "`selector` not auto-generated")])
  ]
}

/** The host of each Pod is named after the Job and the Pod's index. */
const validateHostNames = (object: JsonObject): Causes => {
  const spec = specOf(object)
  const completions = number(spec, "completions") ?? 0
  const longest = `${nameOf(object)}-${completions - 1}`
  return spec["completionMode"] !== "Indexed" || completions <= 0 || dnsLabel(longest).length === 0
    ? []
    : [
      invalid("metadata.name", nameOf(object), `will not able to create pod with invalid DNS label: ${longest}`)
    ]
}

// ------------------------------------------------------------------------------------------------ updates

const isSuspended = (object: JsonObject): boolean => {
  const status = child(object, "status")
  const hasCondition = objects(status, "conditions")
    .some((each) => each["type"] === "Suspended" && each["status"] === "True")
  return specOf(object)["suspend"] === true && (number(status, "active") ?? 0) === 0
    && (member(status, "startTime") === undefined || hasCondition)
}

const directives = ["nodeSelector", "tolerations", "schedulingGates"]

const like = (template: JsonObject, previous: JsonObject, withResources: boolean): JsonObject => {
  const spec = specOf(template)
  let before = specOf(previous)
  for (const key of directives) before = withMember(before, key, spec[key])
  const affinity = withMember(
    child(before, "affinity") ?? {},
    "nodeAffinity",
    member(child(spec, "affinity"), "nodeAffinity")
  )
  before = withMember(
    before,
    "affinity",
    Object.keys(affinity).length === 0 && child(spec, "affinity") === undefined ? undefined : affinity
  )
  for (const key of withResources ? ["containers", "initContainers"] : []) {
    const now = objects(spec, key)
    const old = objects(before, key)
    if (now.length !== old.length || now.length === 0) continue
    before = withMember(
      before,
      key,
      old.map((each, index) =>
        each["name"] === now[index]!["name"] ? withMember(each, "resources", now[index]!["resources"]) : each
      )
    )
  }
  const metadata = { ...child(previous, "metadata") }
  for (const key of ["labels", "annotations"]) {
    const value = child(child(template, "metadata"), key)
    if (value === undefined) delete metadata[key]
    else metadata[key] = value
  }
  return { ...previous, metadata, spec: before }
}

/** A Job that is suspended may still be told where its Pods run and what they get; another keeps its template. */
const validateTemplateChange = (object: JsonObject, previous: JsonObject): Causes => {
  const template = child(specOf(object), "template") ?? {}
  const before = child(specOf(previous), "template") ?? {}
  if (!isSuspended(previous)) {
    return immutable(template, before, "spec.template", () => internalJson("core.PodTemplateSpec", template))
  }
  const allowed = like(template, before, true)
  const spec = child(template, "spec")
  return immutable(spec, child(allowed, "spec"), "spec.template.spec", () => internalJson("core.PodSpec", spec))
}

const validateCompletions = (spec: JsonObject, previous: JsonObject): Causes => {
  const now = member(spec, "completions")
  if (spec["completionMode"] !== "Indexed") return immutable(now, member(previous, "completions"), "spec.completions")
  return equal(now, member(previous, "completions")) || now === undefined || now === member(spec, "parallelism")
    ? []
    : [invalid("spec.completions", now, "can only be modified in tandem with spec.parallelism")]
}

const fixed: ReadonlyArray<readonly [key: string, type: string]> = [
  ["selector", "*l"],
  ["completionMode", "*s"],
  ["podFailurePolicy", "*batch.PodFailurePolicy"],
  ["backoffLimitPerIndex", "*n"],
  ["managedBy", "*s"],
  ["successPolicy", "*batch.SuccessPolicy"]
]

const validateJobUpdate = (object: JsonObject, previous: JsonObject): Causes => {
  const spec = specOf(object)
  const before = specOf(previous)
  return [
    ...validateJobSpec(spec, "spec"),
    ...validateSelected(spec),
    ...validateCompletions(spec, before),
    ...validateTemplateChange(object, previous),
    ...fixed.flatMap(([key, type]) => {
      const value = member(spec, key)
      return immutable(value, member(before, key), `spec.${key}`, () => internalJson(type, value))
    }),
    ...validateHostNames(object)
  ]
}

/** A field that is not switched on by default. */
export const dropScheduling = (spec: JsonObject | undefined): void => {
  if (spec !== undefined) delete spec["scheduling"]
}

const jobTemplate = templateStrategy(specOf, "spec.template", defaultJob)

export const jobStrategy: Partial<Strategy> = {
  ...jobTemplate,
  prepareCreate: (object) => {
    dropScheduling(child(object, "spec"))
    return generateSelector(jobTemplate.prepareCreate(object))
  },
  warnings: (object, previous) => [...nameWarnings(object, previous), ...jobTemplate.warnings(object, previous)],
  validateCreate: (object) => [
    ...validateGenerated(object),
    ...validateJobSpec(specOf(object), "spec"),
    ...validateSelected(specOf(object)),
    ...validateHostNames(object)
  ],
  validateUpdate: validateJobUpdate,
  validateStatus: validateJobStatus
}
