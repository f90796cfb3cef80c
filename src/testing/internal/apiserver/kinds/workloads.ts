/** Deployments, ReplicaSets, ReplicationControllers and PodTemplates: what is filled in, and what is wrong with them. */
import { forbidden, invalid, notSupportedJson, required } from "../../structural/fieldError.js"
import { internalJson, selectorJson } from "../internalForm.js"
import { child, isObject, type JsonObject, setOwn } from "../json.js"
import { made, member, number, setDefault, textOf } from "../members.js"
import { specOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { type Causes, immutable, nonNegative } from "./checks.js"
import { validateMatchingTemplate, validateSelector } from "./matching.js"
import { validateEndlessTemplate, validatePodTemplate } from "./podSpec.js"
import { isZero, validateIntOrPercent, validateUpTo100Percent } from "./rollout.js"
import { validateCounts } from "./statusCounts.js"
import { nameWarnings, templateStrategy } from "./templates.js"

const named = (strategy: ReturnType<typeof templateStrategy>): ReturnType<typeof templateStrategy> => ({
  ...strategy,
  warnings: (object, previous) => [...nameWarnings(object, previous), ...strategy.warnings(object, previous)]
})

const inSpec = (defaults: (spec: JsonObject, object: JsonObject) => void) =>
  templateStrategy(specOf, "spec.template", (object) => defaults(made(object, "spec"), object))

// ------------------------------------------------------------------------------------------------ Deployment

const defaultDeployment = (spec: JsonObject): void => {
  setDefault(spec, "replicas", 1)
  const strategy = made(spec, "strategy")
  setDefault(strategy, "type", "RollingUpdate")
  if (strategy["type"] === "RollingUpdate") {
    const rolling = made(strategy, "rollingUpdate")
    setDefault(rolling, "maxUnavailable", "25%")
    setDefault(rolling, "maxSurge", "25%")
  }
  setDefault(spec, "revisionHistoryLimit", 10)
  setDefault(spec, "progressDeadlineSeconds", 600)
}

const validateStrategy = (strategy: JsonObject | undefined, at: string): Causes => {
  const rolling = child(strategy, "rollingUpdate")
  switch (textOf(strategy, "type")) {
    case "Recreate":
      return rolling === undefined
        ? []
        : [forbidden(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")]
    case "RollingUpdate": {
      const unavailable = member(rolling, "maxUnavailable")
      const surge = member(rolling, "maxSurge")
      const field = `${at}.rollingUpdate.maxUnavailable`
      return [
        ...validateIntOrPercent(unavailable, field),
        ...validateIntOrPercent(surge, `${at}.rollingUpdate.maxSurge`),
        ...(isZero(unavailable) && isZero(surge)
          ? [invalid(field, unavailable, "may not be 0 when `maxSurge` is 0")]
          : []),
        ...validateUpTo100Percent(unavailable, field)
      ]
    }
    default:
      return [notSupportedJson(at, internalJson("apps.DeploymentStrategy", strategy), ["Recreate", "RollingUpdate"])]
  }
}

/** Of a Deployment and a ReplicaSet: both tell of an empty selector with the same words. */
const validateSelected = (spec: JsonObject): Causes => {
  const selector = child(spec, "selector")
  const { causes, isValid } = validateSelector(selector, "spec.selector", "deployment", "invalid label selector")
  return [
    ...causes,
    ...(isValid
      ? [
        ...validateMatchingTemplate(selector, spec, "spec.template"),
        ...validateEndlessTemplate(child(spec, "template") ?? {}, "ReplicaSet", "spec.template")
      ]
      : [])
  ]
}

const deploymentSpec = (object: JsonObject): Causes => {
  const spec = specOf(object)
  const deadline = number(spec, "progressDeadlineSeconds")
  return [
    ...nonNegative(member(spec, "replicas"), "spec.replicas"),
    ...validateSelected(spec),
    ...validateStrategy(child(spec, "strategy"), "spec.strategy"),
    ...nonNegative(member(spec, "minReadySeconds"), "spec.minReadySeconds"),
    ...nonNegative(member(spec, "revisionHistoryLimit"), "spec.revisionHistoryLimit"),
    ...nonNegative(deadline, "spec.progressDeadlineSeconds"),
    ...(deadline !== undefined && deadline <= (number(spec, "minReadySeconds") ?? 0)
      ? [invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")]
      : [])
  ]
}

const sameSelector = (object: JsonObject, previous: JsonObject): Causes => {
  const selector = child(specOf(object), "selector")
  return immutable(selector, child(specOf(previous), "selector"), "spec.selector", () => selectorJson(selector))
}

export const deploymentStrategy: Partial<Strategy> = {
  ...named(inSpec(defaultDeployment)),
  validateCreate: deploymentSpec,
  validateUpdate: (object, previous) => [...deploymentSpec(object), ...sameSelector(object, previous)],
  validateStatus: validateCounts({
    counts: [
      "observedGeneration",
      "replicas",
      "updatedReplicas",
      "readyReplicas",
      "availableReplicas",
      "unavailableReplicas",
      "terminatingReplicas",
      "collisionCount"
    ],
    atMostReplicas: ["updatedReplicas", "readyReplicas", "availableReplicas"],
    ready: "readyReplicas",
    grows: ["collisionCount"]
  })
}

// ------------------------------------------------------------------------------------------------ ReplicaSet

const replicaSetSpec = (object: JsonObject): Causes => {
  const spec = specOf(object)
  return [
    ...nonNegative(member(spec, "replicas"), "spec.replicas"),
    ...nonNegative(member(spec, "minReadySeconds"), "spec.minReadySeconds"),
    ...validateSelected(spec)
  ]
}

const replicaCounts = validateCounts({
  counts: [
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "observedGeneration",
    "terminatingReplicas"
  ],
  atMostReplicas: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
  ready: "readyReplicas",
  grows: []
})

export const replicaSetStrategy: Partial<Strategy> = {
  ...named(inSpec((spec) => setDefault(spec, "replicas", 1))),
  validateCreate: replicaSetSpec,
  validateUpdate: (object, previous) => [...replicaSetSpec(object), ...sameSelector(object, previous)],
  validateStatus: replicaCounts
}

// ------------------------------------------------------------------------------------------------ ReplicationController

const isEmpty = (map: JsonObject | undefined): boolean => Object.keys(map ?? {}).length === 0

/** The labels of the template are those of the object and its selector, where these are missing. */
const defaultController = (spec: JsonObject, object: JsonObject): void => {
  setDefault(spec, "replicas", 1)
  const labels = child(child(child(spec, "template"), "metadata"), "labels")
  if (isEmpty(labels)) return
  if (isEmpty(child(spec, "selector"))) spec["selector"] = { ...labels }
  const metadata = made(object, "metadata")
  if (isEmpty(child(metadata, "labels"))) setOwn(metadata, "labels", { ...labels })
}

const controllerSpec = (object: JsonObject): Causes => {
  const spec = specOf(object)
  const selector = child(spec, "selector")
  const template = child(spec, "template")
  return [
    ...nonNegative(member(spec, "minReadySeconds"), "spec.minReadySeconds"),
    ...(isEmpty(selector) ? [required("spec.selector")] : []),
    ...nonNegative(member(spec, "replicas"), "spec.replicas"),
    ...(template === undefined
      ? [required("spec.template")]
      : [
        ...(isEmpty(selector)
          ? []
          : validateMatchingTemplate({ matchLabels: selector }, spec, "spec.template")),
        ...validateEndlessTemplate(template, "ReplicationController", "spec.template")
      ])
  ]
}

export const replicationControllerStrategy: Partial<Strategy> = {
  ...named(inSpec(defaultController)),
  validateCreate: controllerSpec,
  validateUpdate: controllerSpec,
  validateStatus: replicaCounts
}

// ------------------------------------------------------------------------------------------------ PodTemplate, ControllerRevision

const templateOf = (object: JsonObject): Causes => validatePodTemplate(child(object, "template") ?? {}, "template")

export const podTemplateStrategy: Partial<Strategy> = {
  ...templateStrategy((object) => object, "template", () => {}),
  validateCreate: templateOf,
  validateUpdate: templateOf
}

const revision = (object: JsonObject): Causes => nonNegative(member(object, "revision"), "revision")

export const controllerRevisionStrategy: Partial<Strategy> = {
  validateCreate: (object) => [
    ...revision(object),
    ...(member(object, "data") === undefined
      ? [required("data", "data is mandatory")]
      : isObject(object["data"])
      ? []
      : [required("data", "data must be a valid JSON object")])
  ],
  validateUpdate: (object, previous) => [
    ...revision(object),
    ...immutable(object["data"], previous["data"], "data")
  ]
}
