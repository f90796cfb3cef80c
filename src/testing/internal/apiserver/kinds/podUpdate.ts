/** What may change of a Pod: little on the main endpoint, other things at its subresources. */
import { forbidden, invalid, invalidJson, required } from "../../structural/fieldError.js"
import { dnsSubdomain, qualifiedName } from "../../structural/names.js"
import { internalDiff, internalJson } from "../internalForm.js"
import { child, equal, items, type JsonObject, withMember } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { annotationsOf, specOf } from "../objectParts.js"
import { type Causes, complain, each, immutable } from "./checks.js"
import { validateImageText } from "./podContainers.js"
import { validateTolerations } from "./podScheduling.js"
import { validateIp, validatePodAnnotations } from "./podSpec.js"
import { int32FromZero } from "./textRules.js"

const changeable = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
  + "`spec.tolerations` (only additions to existing tolerations),"
  + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"

/** Marks a Pod that mirrors one which a kubelet runs on its own. */
export const mirrorAnnotation = "kubernetes.io/config.mirror"

const isHeld = (key: string): boolean =>
  key === mirrorAnnotation || key.startsWith("container.apparmor.security.beta.kubernetes.io/")

const annotations = (object: JsonObject, previous: JsonObject, at: string): Causes => {
  const now = annotationsOf(object)
  const before = annotationsOf(previous)
  const what = (key: string): string => key === mirrorAnnotation ? "mirror pod annotation" : "AppArmor annotations"
  return [
    ...Object.keys(before).filter((key) => isHeld(key) && now[key] !== before[key])
      .map((key) => forbidden(`${at}[${key}]`, `may not remove or update ${what(key)}`)),
    ...Object.keys(now).filter((key) => isHeld(key) && !Object.hasOwn(before, key))
      .map((key) => forbidden(`${at}[${key}]`, `may not add ${what(key)}`)),
    ...validatePodAnnotations(now, specOf(object), at)
  ]
}

const containers = (spec: JsonObject, previous: JsonObject, key: string, at: string): Causes | "stop" =>
  objects(spec, key).length !== objects(previous, key).length
    ? "stop"
    : each(objects(spec, key), `${at}.${key}`, (container, path) => [
      ...(textOf(container, "image") === "" ? [required(`${path}.image`)] : []),
      ...validateImageText(container, path)
    ])

const addedOrRemoved = (key: string): Causes => [
  forbidden(`spec.${key}`, "pod updates may not add or remove containers")
]

/** A deadline can be set, and come nearer. */
const deadline = (spec: JsonObject, previous: JsonObject): { readonly causes: Causes; readonly stops: boolean } => {
  const field = "spec.activeDeadlineSeconds"
  const now = number(spec, "activeDeadlineSeconds")
  const before = number(previous, "activeDeadlineSeconds")
  if (now === undefined) {
    const causes = before === undefined
      ? []
      : [invalid(field, null, "must not update from a positive integer to nil value")]
    return { causes, stops: false }
  }
  const complaints = int32FromZero(now)
  if (complaints.length > 0) return { causes: complain(field, now, complaints), stops: true }
  return before !== undefined && before < now
    ? { causes: [invalid(field, now, "must be less than or equal to previous value")], stops: true }
    : { causes: [], stops: false }
}

const withoutSeconds = (toleration: JsonObject): JsonObject => withMember(toleration, "tolerationSeconds", undefined)

/** Tolerations can be added; of those that are there only the seconds can change. */
const tolerations = (spec: JsonObject, previous: JsonObject): Causes => {
  const now = objects(spec, "tolerations").map(withoutSeconds)
  const isKept = objects(previous, "tolerations").every((old) => now.some((each) => equal(each, withoutSeconds(old))))
  return isKept
    ? validateTolerations(spec, "spec.tolerations")
    : [forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")]
}

const gates = (spec: JsonObject, previous: JsonObject): Causes => {
  const before = objects(previous, "schedulingGates").map((gate) => textOf(gate, "name"))
  return each(objects(spec, "schedulingGates"), "spec.schedulingGates", (gate, path) => {
    const name = textOf(gate, "name")
    return before.includes(name)
      ? []
      : [forbidden(`${path}.name`, `only deletion is allowed, but found new scheduling gate '${name}'`)]
  })
}

const nodeSelector = (now: JsonObject | undefined, before: JsonObject | undefined): Causes =>
  Object.entries(before ?? {}).every(([key, value]) => now?.[key] === value)
    ? []
    : [
      invalid(
        "spec.nodeSelector",
        now ?? null,
        "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
      )
    ]

const isPrefix = (before: ReadonlyArray<unknown>, now: ReadonlyArray<unknown>): boolean =>
  before.length <= now.length && before.every((item, index) => equal(item, now[index]))

const onlyAdds = (now: JsonObject, before: JsonObject): boolean => {
  const lists = ["matchExpressions", "matchFields"]
  const wasEmpty = lists.every((key) => items(before, key).length === 0)
  return wasEmpty
    ? lists.every((key) => items(now, key).length === 0)
    : lists.every((key) => isPrefix(items(before, key), items(now, key)))
}

const nodeAffinity = (now: JsonObject | undefined, before: JsonObject | undefined): Causes => {
  const key = "requiredDuringSchedulingIgnoredDuringExecution"
  const at = `spec.affinity.nodeAffinity.${key}.nodeSelectorTerms`
  const old = objects(child(before, key), "nodeSelectorTerms")
  const terms = objects(child(now, key), "nodeSelectorTerms")
  if (old.length > 0 && old.length !== terms.length) {
    return [
      invalidJson(
        at,
        internalJson("[]core.NodeSelectorTerm", terms),
        "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
      )
    ]
  }
  return old.flatMap((term, index) =>
    onlyAdds(terms[index]!, term)
      ? []
      : [
        invalidJson(
          `${at}[${index}]`,
          internalJson("core.NodeSelectorTerm", terms[index]),
          "only additions are allowed (no mutations or deletions)"
        )
      ]
  )
}

const withImagesOf = (spec: JsonObject, previous: JsonObject, key: string): JsonObject =>
  withMember(
    spec,
    key,
    spec[key] === undefined
      ? undefined
      : objects(spec, key).map((each, index) => ({ ...each, image: objects(previous, key)[index]?.["image"] }))
  )

/** The new spec with the old values of all that may change: what then still differs may not. */
const withOldValues = (spec: JsonObject, previous: JsonObject): JsonObject => {
  let munged = withImagesOf(withImagesOf(spec, previous, "containers"), previous, "initContainers")
  for (const key of ["activeDeadlineSeconds", "schedulingGates", "tolerations"]) {
    munged = withMember(munged, key, previous[key])
  }
  if (items(previous, "schedulingGates").length === 0) return munged
  // A Pod that waits for its gates may still be told where to run.
  munged = withMember(munged, "nodeSelector", previous["nodeSelector"])
  const before = child(previous, "affinity")
  const affinity = withMember(child(munged, "affinity") ?? {}, "nodeAffinity", child(before, "nodeAffinity"))
  return withMember(munged, "affinity", Object.keys(affinity).length === 0 ? before : affinity)
}

/** Of the main endpoint. */
export const validatePodChange = (object: JsonObject, previous: JsonObject): Causes => {
  const spec = specOf(object)
  const before = specOf(previous)
  const causes: Array<Causes[number]> = [...annotations(object, previous, "metadata.annotations")]
  for (const key of ["containers", "initContainers"]) {
    const found = containers(spec, before, key, "spec")
    if (found === "stop") return [...causes, ...addedOrRemoved(key)]
    causes.push(...found)
  }
  const { causes: deadlineCauses, stops } = deadline(spec, before)
  causes.push(...deadlineCauses)
  if (stops) return causes
  causes.push(...tolerations(spec, before), ...gates(spec, before))
  if (items(before, "schedulingGates").length > 0) {
    causes.push(
      ...nodeSelector(child(spec, "nodeSelector"), child(before, "nodeSelector")),
      ...nodeAffinity(
        child(child(spec, "affinity"), "nodeAffinity"),
        child(child(before, "affinity"), "nodeAffinity")
      )
    )
  }
  const munged = withOldValues(spec, before)
  if (equal(munged, before)) return causes
  const differs = internalDiff("core.PodSpec", before, munged)
  return [...causes, forbidden("spec", `pod updates may not change fields other than ${changeable}\n${differs}`)]
}

/** Of the subresource `ephemeralcontainers`, where only new ephemeral containers may be added. */
export const validateEphemeralChange = (object: JsonObject, previous: JsonObject): Causes => {
  const list = (parent: JsonObject): ReadonlyArray<JsonObject> => objects(child(parent, "spec"), "ephemeralContainers")
  const field = "spec.ephemeralContainers"
  return list(previous).flatMap((before) => {
    const name = textOf(before, "name")
    const now = list(object).findLast((each) => textOf(each, "name") === name)
    if (now === undefined) {
      return [forbidden(field, `existing ephemeral containers ${JSON.stringify(name)} may not be removed\n`)]
    }
    return equal(now, before)
      ? []
      : [
        forbidden(
          field,
          `existing ephemeral containers ${JSON.stringify(name)} may not be changed\n${
            internalDiff("core.EphemeralContainer", before, now)
          }`
        )
      ]
  })
}

const systemConditions = ["PodScheduled", "Ready", "Initialized"]

const conditions = (status: JsonObject | undefined, at: string): Causes =>
  each(objects(status, "conditions"), at, (condition, path) => {
    const type = textOf(condition, "type")
    return systemConditions.includes(type) ? [] : complain(`${path}.Type`, type, qualifiedName(type))
  })

/** Whether a container may run again that ended so. One that the Pod does not have may not. */
const mayRestart = (spec: JsonObject | undefined, list: string, name: string, exitCode: number): boolean => {
  const container = objects(spec, list).find((each) => textOf(each, "name") === name)
  const policy = member(container, "restartPolicy") ?? spec?.["restartPolicy"]
  return container !== undefined && (policy === "Always" || (policy === "OnFailure" && exitCode !== 0))
}

const transitions = (
  status: JsonObject | undefined,
  previous: JsonObject | undefined,
  spec: JsonObject | undefined,
  key: string
): Causes =>
  each(objects(previous, key), `status.${key}`, (before, path) => {
    const ended = child(child(before, "state"), "terminated")
    const name = textOf(before, "name")
    const list = key === "containerStatuses" ? "containers" : "initContainers"
    const now = objects(status, key).find((each) => textOf(each, "name") === name)
    if (ended === undefined || now === undefined || child(child(now, "state"), "terminated") !== undefined) return []
    return mayRestart(spec, list, name, number(ended, "exitCode") ?? 0)
      ? []
      : [forbidden(`${path}.state`, "may not be transitioned to non-terminated state")]
  })

const addresses = (status: JsonObject | undefined): Causes => {
  const at = "status.podIPs"
  const list = objects(status, "podIPs")
  const families = list.map((each) => textOf(each, "ip").includes(":"))
  const isPair = list.length < 2 || (list.length === 2 && families[0] !== families[1])
  return [
    ...list.flatMap((each, index) => validateIp(member(each, "ip"), `${at}[${index}]`)),
    ...(isPair
      ? []
      : [
        invalidJson(
          at,
          internalJson("[]core.PodIP", list),
          "may specify no more than one IP for each IP family"
        )
      ])
  ]
}

/** Of the subresource `status`. */
export const validatePodStatus = (object: JsonObject, previous: JsonObject): Causes => {
  const status = child(object, "status")
  const before = child(previous, "status")
  const spec = child(previous, "spec")
  const nominated = textOf(status, "nominatedNodeName")
  const isNominated = nominated !== "" && nominated !== textOf(before, "nominatedNodeName")
  const field = "status.nominatedNodeName"
  return [
    ...annotations(object, previous, "metadata.annotations"),
    ...conditions(status, "status.conditions"),
    ...(isNominated ? complain(field, nominated, dnsSubdomain(nominated)) : []),
    ...(isNominated && textOf(spec, "nodeName") !== ""
      ? [forbidden(field, "may not be set on pods that are already bound to a node")]
      : []),
    ...immutable(member(status, "qosClass"), member(before, "qosClass"), "status.qosClass"),
    ...["containerStatuses", "initContainerStatuses"].flatMap((key) => transitions(status, before, spec, key)),
    ...addresses(status)
  ]
}
