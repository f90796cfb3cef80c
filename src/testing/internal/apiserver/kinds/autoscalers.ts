/** HorizontalPodAutoscalers: defaults, and what is wrong with their bounds, metrics and behaviour. */
import * as Quantity from "../../../../protocol/Quantity.js"
import { forbidden, invalid, notSupported, required } from "../../structural/fieldError.js"
import { dnsLabel, groupVersion, pathSegment } from "../../structural/names.js"
import { child, items, type JsonObject } from "../json.js"
import { made, member, number, objects, setDefault, textOf } from "../members.js"
import type { Strategy } from "../strategies.js"
import { defaultMetrics } from "./autoscalerVersions.js"
import { type Causes, complain, each, nonNegative, optionalOneOf } from "./checks.js"
import { containerName } from "./podResources.js"

const scaleUp = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 }
  ]
}

const scaleDown = { selectPolicy: "Max", policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] }

const defaults = (autoscaler: JsonObject): JsonObject => {
  const spec = made(autoscaler, "spec")
  setDefault(spec, "minReplicas", 1)
  if (items(spec, "metrics").length === 0) spec["metrics"] = defaultMetrics
  const behavior = child(spec, "behavior")
  if (behavior !== undefined) {
    behavior["scaleUp"] = { ...scaleUp, ...child(behavior, "scaleUp") }
    behavior["scaleDown"] = { ...scaleDown, ...child(behavior, "scaleDown") }
  }
  return autoscaler
}

const validateReference = (reference: unknown, at: string): Causes => {
  const named = (field: string): Causes => {
    const value = textOf(reference, field)
    return value === ""
      ? [required(`${at}.${field}`)]
      : complain(`${at}.${field}`, value, pathSegment(value, false))
  }
  const version = textOf(reference, "apiVersion")
  const parsed = groupVersion(version)
  const issue = typeof parsed === "string"
    ? parsed
    : parsed.group === ""
    ? "apiVersion must specify API group"
    : undefined
  return [
    ...named("kind"),
    ...named("name"),
    ...(issue === undefined ? [] : [invalid(`${at}.apiVersion`, version, issue)])
  ]
}

const validateTarget = (target: JsonObject | undefined, at: string): Causes => {
  const type = textOf(target, "type")
  const positive = (field: string): Causes => {
    const value = member(target, field)
    return typeof value === "string" && !Quantity.greaterThan(value, 0)
      ? [invalid(`${at}.${field}`, value, "must be positive")]
      : []
  }
  const utilization = number(target, "averageUtilization")
  return [
    ...(type === "" ? [required(`${at}.type`, "must specify a metric target type")] : []),
    ...(["Utilization", "Value", "AverageValue"].includes(type)
      ? []
      : [invalid(`${at}.type`, type, "must be either Utilization, Value, or AverageValue")]),
    ...positive("value"),
    ...positive("averageValue"),
    ...(utilization !== undefined && utilization < 1
      ? [invalid(`${at}.averageUtilization`, utilization, "must be greater than 0")]
      : [])
  ]
}

const validateIdentifier = (source: JsonObject, at: string): Causes => {
  const name = textOf(child(source, "metric"), "name")
  return name === ""
    ? [required(`${at}.metric.name`, "must specify a metric name")]
    : complain(`${at}.metric.name`, name, pathSegment(name, false))
}

type Check = (source: JsonObject, at: string) => Causes

const has = (source: JsonObject, field: string): boolean => member(child(source, "target"), field) !== undefined

const validateUse: Check = (source, at) => [
  ...validateTarget(child(source, "target"), `${at}.target`),
  ...(!has(source, "averageUtilization") && !has(source, "averageValue")
    ? [required(`${at}.target.averageUtilization`, "must set either a target raw value or a target utilization")]
    : []),
  ...(has(source, "averageUtilization") && has(source, "averageValue")
    ? [forbidden(`${at}.target.averageValue`, "may not set both a target raw value and a target utilization")]
    : [])
]

const needsAverage = (at: string, why: string): Causes => [required(`${at}.target.averageValue`, why)]

/** In the order in which the server looks for them. */
const sources: { readonly [kind: string]: Check } = {
  object: (source, at) => [
    ...validateReference(child(source, "describedObject"), `${at}.describedObject`).filter((cause) =>
      !cause.message.endsWith("apiVersion must specify API group")
    ),
    ...validateIdentifier(source, at),
    ...validateTarget(child(source, "target"), `${at}.target`),
    ...(has(source, "value") || has(source, "averageValue")
      ? []
      : needsAverage(at, "must set either a target value or averageValue"))
  ],
  external: (source, at) => [
    ...validateIdentifier(source, at),
    ...validateTarget(child(source, "target"), `${at}.target`),
    ...(has(source, "value") || has(source, "averageValue")
      ? []
      : needsAverage(at, "must set either a target value for metric or a per-pod target")),
    ...(has(source, "value") && has(source, "averageValue")
      ? [forbidden(`${at}.target.value`, "may not set both a target value for metric and a per-pod target")]
      : [])
  ],
  pods: (source, at) => [
    ...validateIdentifier(source, at),
    ...validateTarget(child(source, "target"), `${at}.target`),
    ...(has(source, "averageValue") ? [] : needsAverage(at, "must specify a positive target averageValue"))
  ],
  resource: (source, at) => [
    ...(textOf(source, "name") === "" ? [required(`${at}.name`, "must specify a resource name")] : []),
    ...validateUse(source, at)
  ],
  containerResource: (source, at) => {
    const [name, container] = [textOf(source, "name"), textOf(source, "container")]
    return [
      ...(name === ""
        ? [required(`${at}.name`, "must specify a resource name")]
        : containerName(name, `${at}.name`)),
      ...(container === ""
        ? [required(`${at}.container`, "must specify a container")]
        : complain(`${at}.container`, container, dnsLabel(container))),
      ...validateUse(source, at)
    ]
  }
}

const metricTypes = ["ContainerResource", "External", "Object", "Pods", "Resource"]

const validateMetric: Check = (metric, at) => {
  const type = textOf(metric, "type")
  const present = Object.keys(sources).filter((kind) => child(metric, kind) !== undefined)
  const isKnown = metricTypes.includes(type)
  const expected = isKnown ? `${type.slice(0, 1).toLowerCase()}${type.slice(1)}` : ""
  const unknown = isKnown ? [] : [notSupported(`${at}.type`, type, metricTypes)]
  const first = present[0]
  return [
    ...(type === "" ? [required(`${at}.type`, "must specify a metric source type")] : []),
    ...unknown,
    ...(first === undefined ? [] : sources[first]!(child(metric, first) ?? {}, `${at}.${first}`)),
    ...(isKnown && !present.includes(expected)
      ? [required(`${at}.${expected}`, "must populate information for the given metric source")]
      : []),
    ...(present.length > 1
      ? present.filter((kind) => kind !== expected).map((kind) =>
        forbidden(`${at}.${kind}`, "must populate the given metric source only")
      )
      : [])
  ]
}

const longest = { window: 3600, period: 1800 }

const validatePolicy: Check = (policy, at) => {
  const [value, period] = [number(policy, "value") ?? 0, number(policy, "periodSeconds") ?? 0]
  const types = ["Percent", "Pods"]
  return [
    ...(types.includes(textOf(policy, "type"))
      ? []
      : [notSupported(`${at}.type`, textOf(policy, "type"), types)]),
    ...(value <= 0 ? [invalid(`${at}.value`, value, "must be greater than zero")] : []),
    ...(period <= 0 ? [invalid(`${at}.periodSeconds`, period, "must be greater than zero")] : []),
    ...(period > longest.period
      ? [invalid(`${at}.periodSeconds`, period, `must be less than or equal to ${longest.period}`)]
      : [])
  ]
}

const validateRules = (rules: JsonObject | undefined, at: string): Causes => {
  if (rules === undefined) return []
  const window = number(rules, "stabilizationWindowSeconds") ?? 0
  const policies = objects(rules, "policies")
  const tolerance = member(rules, "tolerance")
  const says = (holds: boolean, why: string): Causes =>
    holds ? [invalid(`${at}.stabilizationWindowSeconds`, window, why)] : []
  return [
    ...says(window < 0, "must be greater than or equal to zero"),
    ...says(window > longest.window, `must be less than or equal to ${longest.window}`),
    ...optionalOneOf(member(rules, "selectPolicy"), `${at}.selectPolicy`, ["Disabled", "Max", "Min"]),
    ...(policies.length === 0 ? [required(`${at}.policies`, "must specify at least one Policy")] : []),
    ...each(policies, `${at}.policies`, validatePolicy),
    ...(typeof tolerance === "string" && Quantity.lessThan(tolerance, 0)
      ? [invalid(`${at}.tolerance`, tolerance, "must be greater than or equal to 0")]
      : [])
  ]
}

const validate = (autoscaler: JsonObject): Causes => {
  const spec = child(autoscaler, "spec")
  const minimum = number(spec, "minReplicas")
  const maximum = number(spec, "maxReplicas") ?? 0
  const metrics = objects(spec, "metrics")
  const at = "spec.maxReplicas"
  const scalesToZero = metrics.some((metric) => metric["type"] === "Object" || metric["type"] === "External")
  return [
    ...(minimum !== undefined && minimum < 0
      ? [invalid("spec.minReplicas", minimum, "must be greater than or equal to 0")]
      : []),
    ...(maximum === 0
      ? [required(at)]
      : maximum < 0
      ? [invalid(at, maximum, "must be greater than or equal to 1")]
      : []),
    ...(minimum !== undefined && maximum < minimum
      ? [invalid(at, maximum, "must be greater than or equal to `minReplicas`")]
      : []),
    ...validateReference(child(spec, "scaleTargetRef"), "spec.scaleTargetRef"),
    ...each(metrics, "spec.metrics", validateMetric),
    ...(minimum === 0 && !scalesToZero
      ? [
        forbidden(
          "spec.metrics",
          "must specify at least one Object or External metric to support scaling to zero replicas"
        )
      ]
      : []),
    ...validateRules(child(child(spec, "behavior"), "scaleUp"), "spec.behavior.scaleUp"),
    ...validateRules(child(child(spec, "behavior"), "scaleDown"), "spec.behavior.scaleDown")
  ]
}

const validateStatus = (autoscaler: JsonObject): Causes => {
  const status = child(autoscaler, "status")
  return [
    ...each(
      objects(status, "conditions"),
      "status.conditions",
      (condition, at) => nonNegative(condition["observedGeneration"], `${at}.observedGeneration`)
    ),
    ...nonNegative(member(status, "currentReplicas"), "status.currentReplicas"),
    ...nonNegative(member(status, "desiredReplicas"), "status.desiredReplicas")
  ]
}

export const autoscalerStrategy: Partial<Strategy> = {
  defaults,
  prepareCreate: (autoscaler) => ({ ...autoscaler, status: { desiredReplicas: 0, currentMetrics: null } }),
  // Whatever the version of the request, the status stays in the stored one.
  prepareUpdate: (autoscaler, previous) => ({ ...autoscaler, status: previous["status"] }),
  validateCreate: validate,
  validateUpdate: validate,
  validateStatus
}
