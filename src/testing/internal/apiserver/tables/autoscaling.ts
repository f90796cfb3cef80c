/** The columns of HorizontalPodAutoscalers: each metric as its current value and its target. */
import type { JsonObject } from "../json.js"
import { age, at, count, fieldOr, integer, type Layout, listAt, name, string, textAt } from "./layout.js"

const unknown = "<unknown>"

/** Where each type of metric has its parts, and what stands before its values. */
const sources: { readonly [type: string]: string } = {
  External: "external",
  Pods: "pods",
  Object: "object",
  Resource: "resource",
  ContainerResource: "containerResource"
}

/** A quantity that may be missing. */
const quantity = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

const percent = (value: unknown, otherwise: string): string => typeof value === "number" ? `${value}%` : otherwise

const metricText = (spec: unknown, status: unknown): string => {
  const type = textAt(spec, "type")
  const source = Object.hasOwn(sources, type) ? sources[type] : undefined
  if (source === undefined) return "<unknown type>"
  const target = at(spec, source, "target")
  const current = at(status, source, "current")
  const average = quantity(at(target, "averageValue"))
  const isOfResource = type === "Resource" || type === "ContainerResource"
  const prefix = isOfResource ? `${textAt(spec, source, "name")}: ` : ""
  if (average !== undefined) {
    const suffix = isOfResource || type === "Pods" ? "" : " (avg)"
    return `${prefix}${quantity(at(current, "averageValue")) ?? unknown}/${average}${suffix}`
  }
  return isOfResource
    ? `${prefix}${percent(at(current, "averageUtilization"), unknown)}/${
      percent(at(target, "averageUtilization"), "<auto>")
    }`
    : `${quantity(at(current, "value")) ?? unknown}/${quantity(at(target, "value")) ?? unknown}`
}

/** Those of the older version, which knows the processor alone. */
const oldMetrics = (object: JsonObject): ReadonlyArray<string> => {
  const target = at(object, "spec", "targetCPUUtilizationPercentage")
  return target === undefined
    ? []
    : [`cpu: ${percent(at(object, "status", "currentCPUUtilizationPercentage"), unknown)}/${percent(target, "")}`]
}

const targets = (object: JsonObject): string => {
  const statuses = listAt(object, "status", "currentMetrics")
  const all = [
    ...listAt(object, "spec", "metrics").map((spec, index) => metricText(spec, statuses[index])),
    ...oldMetrics(object)
  ]
  if (all.length === 0) return "<none>"
  return all.length > 2 ? `${all.slice(0, 2).join(", ")} + ${all.length - 2} more...` : all.join(", ")
}

export const horizontalPodAutoscaler: Layout = {
  columns: [
    name,
    string(
      "Reference",
      (object) =>
        `${textAt(object, "spec", "scaleTargetRef", "kind")}/${textAt(object, "spec", "scaleTargetRef", "name")}`
    ),
    string("Targets", targets),
    string("MinPods", fieldOr("<unset>", "spec", "minReplicas")),
    string("MaxPods", count("spec", "maxReplicas")),
    string("Replicas", count("status", "currentReplicas")),
    age
  ]
}

const scaleColumns = [integer("Desired", count("spec", "replicas")), integer("Available", count("status", "replicas"))]

/** Of the scale of a built-in kind. */
export const scale: Layout = { columns: [{ ...name, format: "" }, ...scaleColumns, age] }

/** Of the scale of a custom resource. */
export const customScale: Layout = { columns: [name, ...scaleColumns, { ...age, type: "date" }] }
