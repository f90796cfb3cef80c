/** StatefulSets and DaemonSets: what is filled in, and what is wrong with them. */
import {
  forbidden,
  invalid,
  invalidJson,
  notSupported,
  notSupportedJson,
  required
} from "../../structural/fieldError.js"
import { dnsLabel } from "../../structural/names.js"
import { internalJson, selectorJson } from "../internalForm.js"
import { child, equal, items, type JsonObject, setOwn } from "../json.js"
import { made, member, number, objects, setDefault, textOf } from "../members.js"
import { metadataOf } from "../objectMeta.js"
import { nameOf, specOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { type Causes, complain, each, immutable, nonNegative, unique } from "./checks.js"
import { selects, validateAnnotations, validateLabels, validateLabelSelector } from "./labelSelectors.js"
import { validateMatchingTemplate, validateSelector } from "./matching.js"
import { claimSpec } from "./podDefaults.js"
import { validateEndlessTemplate, validatePodTemplate } from "./podSpec.js"
import { validateClaimAt } from "./podVolumes.js"
import { isZero, validateIntOrPercent, validateUpTo100Percent } from "./rollout.js"
import { validateCounts } from "./statusCounts.js"
import { templateStrategy } from "./templates.js"

// ------------------------------------------------------------------------------------------------ StatefulSet

const defaultStatefulSet = (object: JsonObject): void => {
  const spec = made(object, "spec")
  setDefault(spec, "podManagementPolicy", "OrderedReady")
  const strategy = made(spec, "updateStrategy")
  if (textOf(strategy, "type") === "") {
    strategy["type"] = "RollingUpdate"
    made(strategy, "rollingUpdate")
  }
  const rolling = child(strategy, "rollingUpdate")
  if (strategy["type"] === "RollingUpdate" && rolling !== undefined) {
    setDefault(rolling, "partition", 0)
    setDefault(rolling, "maxUnavailable", 1)
  }
  const retention = made(spec, "persistentVolumeClaimRetentionPolicy")
  setDefault(retention, "whenDeleted", "Retain")
  setDefault(retention, "whenScaled", "Retain")
  setDefault(spec, "replicas", 1)
  setDefault(spec, "revisionHistoryLimit", 10)
  for (const claim of objects(spec, "volumeClaimTemplates")) {
    claim["kind"] = "PersistentVolumeClaim"
    claim["apiVersion"] = "v1"
    claimSpec(made(claim, "spec"))
    setDefault(made(claim, "status"), "phase", "Pending")
  }
}

const setStrategy = (strategy: JsonObject | undefined, at: string): Causes => {
  const rolling = child(strategy, "rollingUpdate")
  switch (textOf(strategy, "type")) {
    case "":
      return [required(at)]
    case "OnDelete":
      return rolling === undefined ? [] : [
        invalidJson(
          `${at}.rollingUpdate`,
          internalJson("apps.RollingUpdateStatefulSetStrategy", rolling),
          "only allowed for updateStrategy 'RollingUpdate'"
        )
      ]
    case "RollingUpdate": {
      if (rolling === undefined) return []
      const unavailable = member(rolling, "maxUnavailable")
      const field = `${at}.rollingUpdate.maxUnavailable`
      return [
        ...nonNegative(member(rolling, "partition"), `${at}.rollingUpdate.partition`),
        ...(unavailable === undefined ? [] : [
          ...validateIntOrPercent(unavailable, field),
          ...(isZero(unavailable) ? [invalid(field, unavailable, "cannot be 0")] : []),
          ...validateUpTo100Percent(unavailable, field)
        ])
      ]
    }
    default:
      return [
        invalidJson(
          at,
          internalJson("apps.StatefulSetUpdateStrategy", strategy),
          "must be 'RollingUpdate' or 'OnDelete'"
        )
      ]
  }
}

const retention = ["Retain", "Delete"]

/** What claims make of the template: their volumes stand before its own, whose names they take over. */
const withClaims = (template: JsonObject, claims: ReadonlyArray<JsonObject>): JsonObject => {
  const spec = specOf(template)
  const { hostname: _hostname, subdomain: _subdomain, ...rest } = spec
  if (claims.length === 0) return { ...template, spec: rest }
  const names = new Set(claims.map((claim) => nameOf(claim)))
  const own = items(spec, "volumes").filter((volume) => !names.has(textOf(volume, "name")))
  const volumes = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }))
  return { ...template, spec: { ...rest, volumes: [...volumes, ...own] } }
}

const claimTemplates = (spec: JsonObject): Causes =>
  each(objects(spec, "volumeClaimTemplates"), "spec.volumeClaimTemplates", validateClaimAt)

const statefulSetSpec = (object: JsonObject, isNew: boolean, skipsTemplate = false): Causes => {
  const spec = specOf(object)
  const policy = textOf(spec, "podManagementPolicy")
  const kept = child(spec, "persistentVolumeClaimRetentionPolicy")
  const service = textOf(spec, "serviceName")
  const selector = child(spec, "selector")
  const { causes, isValid } = validateSelector(selector, "spec.selector", "statefulset", "")
  const template = withClaims(child(spec, "template") ?? {}, objects(spec, "volumeClaimTemplates"))
  const metadata = child(template, "metadata")
  const podSpec = child(template, "spec")
  return [
    ...(policy === "OrderedReady" || policy === "Parallel"
      ? []
      : [invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")]),
    ...setStrategy(child(spec, "updateStrategy"), "spec.updateStrategy"),
    ...["whenDeleted", "whenScaled"].flatMap((key) => {
      const value = textOf(kept, key)
      return kept === undefined || retention.includes(value)
        ? []
        : [notSupported(`spec.persistentVolumeClaimRetentionPolicy.${key}`, value, retention)]
    }),
    ...(isNew ? claimTemplates(spec) : []),
    ...nonNegative(member(spec, "replicas"), "spec.replicas"),
    ...nonNegative(member(spec, "minReadySeconds"), "spec.minReadySeconds"),
    ...nonNegative(member(child(spec, "ordinals"), "start"), "spec.ordinals.start"),
    ...(isNew && service !== "" ? complain("spec.serviceName", service, dnsLabel(service)) : []),
    ...causes,
    ...(isValid ? validateMatchingTemplate(selector, spec, "spec.template") : []),
    ...(isValid && !skipsTemplate ? validatePodTemplate(template, "spec.template") : []),
    ...(isValid
      ? [
        ...validateLabels(child(metadata, "labels"), "spec.template.labels"),
        ...validateAnnotations(child(metadata, "annotations"), "spec.template.annotations")
      ]
      : []),
    ...(podSpec?.["restartPolicy"] === "Always"
      ? []
      : [notSupported("spec.template.spec.restartPolicy", podSpec?.["restartPolicy"] ?? "", ["Always"])]),
    ...(member(podSpec, "activeDeadlineSeconds") === undefined ? [] : [
      forbidden(
        "spec.template.spec.activeDeadlineSeconds",
        "activeDeadlineSeconds in StatefulSet is not Supported"
      )
    ])
  ]
}

const fixed: ReadonlyArray<readonly [key: string, type: string]> = [
  ["selector", "*l"],
  ["volumeClaimTemplates", "[]core.PersistentVolumeClaim"],
  ["serviceName", "s"],
  ["podManagementPolicy", "s"]
]

const setTemplate = templateStrategy(specOf, "spec.template", defaultStatefulSet)

export const statefulSetStrategy: Partial<Strategy> = {
  names: "label",
  ...setTemplate,
  warnings: (object, previous) => [
    ...setTemplate.warnings(object, previous),
    ...((number(specOf(object), "revisionHistoryLimit") ?? 0) < 0
      ? [
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"
      ]
      : [])
  ],
  validateCreate: (object) => unique(statefulSetSpec(object, true)),
  validateUpdate: (object, previous) => [
    ...statefulSetSpec(object, false, statefulSetSpec(previous, false).length > 0),
    ...fixed.flatMap(([key, type]) => {
      const value = member(specOf(object), key)
      return immutable(value, member(specOf(previous), key), `spec.${key}`, () => internalJson(type, value))
    })
  ],
  validateStatus: validateCounts({
    counts: [
      "replicas",
      "readyReplicas",
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount"
    ],
    atMostReplicas: ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
    ready: "status.readyReplicas",
    grows: ["collisionCount"]
  })
}

// ------------------------------------------------------------------------------------------------ DaemonSet

const defaultDaemonSet = (object: JsonObject): void => {
  const spec = made(object, "spec")
  const strategy = made(spec, "updateStrategy")
  setDefault(strategy, "type", "RollingUpdate")
  if (strategy["type"] === "RollingUpdate") {
    const rolling = made(strategy, "rollingUpdate")
    setDefault(rolling, "maxUnavailable", 1)
    setDefault(rolling, "maxSurge", 0)
  }
  setDefault(spec, "revisionHistoryLimit", 10)
}

const daemonStrategy = (strategy: JsonObject | undefined, at: string): Causes => {
  const type = textOf(strategy, "type")
  if (type === "OnDelete") return []
  if (type !== "RollingUpdate") {
    return [
      notSupportedJson(at, internalJson("apps.DaemonSetUpdateStrategy", strategy), ["RollingUpdate", "OnDelete"])
    ]
  }
  const rolling = child(strategy, "rollingUpdate")
  const unavailable = member(rolling, "maxUnavailable")
  const surge = member(rolling, "maxSurge")
  const path = `${at}.rollingUpdate`
  return [
    ...validateIntOrPercent(unavailable, `${path}.maxUnavailable`),
    ...validateIntOrPercent(surge, `${path}.maxSurge`),
    ...validateUpTo100Percent(unavailable, `${path}.maxUnavailable`),
    ...validateUpTo100Percent(surge, `${path}.maxSurge`),
    ...(!isZero(unavailable) && !isZero(surge)
      ? [invalid(`${path}.maxSurge`, surge, "may not be set when maxUnavailable is non-zero")]
      : []),
    ...(isZero(unavailable) && isZero(surge)
      ? [required(`${path}.maxUnavailable`, "cannot be 0 when maxSurge is 0")]
      : [])
  ]
}

const daemonSetSpec = (object: JsonObject): Causes => {
  const spec = specOf(object)
  const selector = child(spec, "selector")
  const wrong = validateLabelSelector(selector, "spec.selector")
  const labels = child(child(child(spec, "template"), "metadata"), "labels")
  return [
    ...wrong,
    ...(wrong.length === 0 && !selects(selector, labels)
      ? [invalid("spec.template.metadata.labels", labels ?? null, "`selector` does not match template `labels`")]
      : []),
    ...(selector !== undefined && Object.keys(child(selector, "matchLabels") ?? {}).length === 0
        && items(selector, "matchExpressions").length === 0
      ? [invalidJson("spec.selector", selectorJson(selector), "empty selector is invalid for daemonset")]
      : []),
    ...validateEndlessTemplate(child(spec, "template") ?? {}, "DaemonSet", "spec.template"),
    ...nonNegative(member(spec, "minReadySeconds"), "spec.minReadySeconds"),
    ...daemonStrategy(child(spec, "updateStrategy"), "spec.updateStrategy"),
    ...nonNegative(member(spec, "revisionHistoryLimit"), "spec.revisionHistoryLimit")
  ]
}

const generationKey = "deprecated.daemonset.template.generation"

/** The number of the template, which the server keeps beside the spec and shows as an annotation. */
const withTemplateGeneration = (object: JsonObject, generation: number): JsonObject => {
  const metadata = { ...metadataOf(object) }
  const annotations = { ...child(metadata, "annotations") }
  setOwn(annotations, generationKey, String(generation))
  return { ...object, metadata: { ...metadata, annotations } }
}

const templateGeneration = (object: JsonObject): number =>
  Number(child(metadataOf(object), "annotations")?.[generationKey] ?? 0)

const daemonTemplate = templateStrategy(specOf, "spec.template", defaultDaemonSet)

export const daemonSetStrategy: Partial<Strategy> = {
  ...daemonTemplate,
  prepareCreate: (object) =>
    withTemplateGeneration(daemonTemplate.prepareCreate(object), Math.max(1, templateGeneration(object))),
  prepareUpdate: (object, previous) => {
    const prepared = daemonTemplate.prepareUpdate(object, previous)
    const changes = !equal(child(specOf(prepared), "template"), child(specOf(previous), "template"))
    return withTemplateGeneration(prepared, templateGeneration(previous) + (changes ? 1 : 0))
  },
  warnings: (object, previous) =>
    previous !== undefined && templateGeneration(object) === templateGeneration(previous)
      ? []
      : daemonTemplate.warnings(object, previous),
  validateCreate: daemonSetSpec,
  validateUpdate: (object, previous) => [
    ...immutable(
      child(specOf(object), "selector"),
      child(specOf(previous), "selector"),
      "spec.selector",
      () => selectorJson(child(specOf(object), "selector"))
    ),
    ...daemonSetSpec(object)
  ],
  validateStatus: validateCounts({
    counts: [
      "currentNumberScheduled",
      "numberMisscheduled",
      "desiredNumberScheduled",
      "numberReady",
      "observedGeneration",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
      "collisionCount"
    ],
    atMostReplicas: [],
    ready: undefined,
    grows: ["collisionCount"]
  })
}
