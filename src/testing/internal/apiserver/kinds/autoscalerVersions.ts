/**
 * HorizontalPodAutoscalers between their two versions. They are stored as `autoscaling/v2`; `v1` knows one metric, the use
 * of the processor, and carries all others, the behaviour and the conditions in annotations.
 */
import { child, isObject, type JsonObject, own, valueAt, withMember } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { metadataOf, withMetadata } from "../objectMeta.js"
import { annotationsOf, specOf, statusOf } from "../objectParts.js"

const annotation = (name: string): string => `autoscaling.alpha.kubernetes.io/${name}`
const carried = ["metrics", "behavior", "scale-down-tolerance", "scale-up-tolerance", "current-metrics", "conditions"]
  .map(annotation)

/** A field of v1, where it is in v2, and what stands for it when it is missing; nothing where it is left out then. */
type Row = readonly [old: string, path: ReadonlyArray<string>, empty?: unknown]

const metric = (selector: string): ReadonlyArray<Row> => [
  ["metricName", ["metric", "name"], ""],
  [selector, ["metric", "selector"]]
]

const [name, selector] = metric("selector")
const [externalName, externalSelector] = metric("metricSelector")

/** The fields of each kind of metric, in the order in which v1 writes them; `values`: `target` or `current`. */
const rowsOf = (values: "target" | "current"): { readonly [kind: string]: ReadonlyArray<Row> } => {
  const isTarget = values === "target"
  const field = (old: string, young: string, empty?: unknown): Row => [`${values}${old}`, [values, young], empty]
  const resource: ReadonlyArray<Row> = [
    ["name", ["name"], ""],
    field("AverageUtilization", "averageUtilization"),
    field("AverageValue", "averageValue", isTarget ? undefined : "0")
  ]
  return {
    object: [
      ["target", ["describedObject"], {}],
      name!,
      field("Value", "value", "0"),
      selector!,
      ["averageValue", [values, "averageValue"]]
    ],
    pods: [name!, field("AverageValue", "averageValue", "0"), selector!],
    resource,
    containerResource: [...resource, ["container", ["container"], ""]],
    external: [
      externalName!,
      externalSelector!,
      field("Value", "value", isTarget ? undefined : "0"),
      field("AverageValue", "averageValue")
    ]
  }
}

const targets = rowsOf("target")
const currents = rowsOf("current")

const put = (object: JsonObject, path: ReadonlyArray<string>, value: unknown): void => {
  const [first = "", second] = path
  if (second === undefined) object[first] = value
  else object[first] = { ...child(object, first), [second]: value }
}

const ofReference = (value: unknown): JsonObject => ({
  kind: textOf(value, "kind"),
  name: textOf(value, "name"),
  ...(textOf(value, "apiVersion") === "" ? {} : { apiVersion: textOf(value, "apiVersion") })
})

/** Metrics as v1 writes them into an annotation. */
const toOld = (rows: typeof targets, metrics: ReadonlyArray<JsonObject>): ReadonlyArray<JsonObject> =>
  metrics.map((metric) => {
    const old: JsonObject = { type: metric["type"] }
    for (const [kind, fields] of Object.entries(rows)) {
      const source = child(metric, kind)
      if (source === undefined) continue
      const made: JsonObject = {}
      for (const [field, path, empty] of fields) {
        const value = valueAt(source, path) ?? empty
        if (value !== undefined) made[field] = field === "target" ? ofReference(value) : value
      }
      old[kind] = made
    }
    return old
  })

/** The kind of value that a metric of v1 aims at; v2 says it. */
const targetType = (kind: string, target: JsonObject): string => {
  if (member(target, "averageUtilization") !== undefined) return "Utilization"
  if (kind === "object") return member(target, "averageValue") === undefined ? "Value" : "AverageValue"
  return kind === "external" && member(target, "value") !== undefined ? "Value" : "AverageValue"
}

const toYoung = (rows: typeof targets, metrics: ReadonlyArray<JsonObject>): ReadonlyArray<JsonObject> =>
  metrics.map((old) => {
    const metric: JsonObject = { type: old["type"] }
    for (const [kind, fields] of Object.entries(rows)) {
      const source = child(old, kind)
      if (source === undefined) continue
      const made: JsonObject = {}
      for (const [field, path] of fields) {
        const value = own(source, field)
        if (value !== undefined && value !== null) put(made, path, value)
      }
      const target = child(made, "target")
      if (rows === targets && target !== undefined) {
        if (kind === "object" && member(target, "averageValue") !== undefined && target["value"] === "0") {
          delete target["value"]
        }
        made["target"] = { type: targetType(kind, target), ...target }
      }
      metric[kind] = made
    }
    return metric
  })

const parsed = (annotations: JsonObject, name: string): unknown => {
  try {
    return JSON.parse(textOf(annotations, annotation(name)))
  } catch {
    return undefined
  }
}

const listed = (annotations: JsonObject, name: string): ReadonlyArray<JsonObject> | undefined => {
  const value = parsed(annotations, name)
  return Array.isArray(value) ? value.filter(isObject) : undefined
}

const isProcessor = (metric: JsonObject): boolean =>
  metric["type"] === "Resource" && textOf(child(metric, "resource"), "name") === "cpu"

const ofProcessor = (target: number): JsonObject => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: target } }
})

/** What a server aims at where nothing is said: eighty percent of the processor. */
export const defaultMetrics: ReadonlyArray<JsonObject> = [ofProcessor(80)]

const rulesOrder = ["stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance"]

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

const ofRules = (rules: JsonObject | undefined): unknown =>
  rules === undefined ? null : Object.fromEntries(rulesOrder.map((field) => [
    capital(field),
    field === "policies"
      ? objects(rules, "policies").map((policy) => ({
        Type: policy["type"],
        Value: policy["value"],
        PeriodSeconds: policy["periodSeconds"]
      }))
      : rules[field] ?? null
  ]))

const lower = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(lower)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === null ? [] : [[`${key.slice(0, 1).toLowerCase()}${key.slice(1)}`, lower(inner)]]
    )
  )
}

const ofCondition = (condition: JsonObject): JsonObject => ({
  type: condition["type"],
  status: condition["status"],
  lastTransitionTime: condition["lastTransitionTime"] ?? null,
  ...(textOf(condition, "reason") === "" ? {} : { reason: condition["reason"] }),
  ...(textOf(condition, "message") === "" ? {} : { message: condition["message"] }),
  ...(condition["observedGeneration"] === undefined ? {} : { observedGeneration: condition["observedGeneration"] })
})

const withoutCarried = (annotations: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => !carried.includes(key)))

const present = (members: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([_, value]) => value !== undefined))

const withAnnotations = (autoscaler: JsonObject, annotations: JsonObject): JsonObject =>
  withMetadata(
    autoscaler,
    withMember(metadataOf(autoscaler), "annotations", Object.keys(annotations).length === 0 ? undefined : annotations)
  )

/** One of v1 as it is stored. */
export const toStoredAutoscaler = (autoscaler: JsonObject): JsonObject => {
  const annotations = annotationsOf(autoscaler)
  const spec = specOf(autoscaler)
  const status = statusOf(autoscaler)
  const processor = number(spec, "targetCPUUtilizationPercentage")
  const metrics = [
    ...toYoung(targets, listed(annotations, "metrics") ?? []),
    ...(processor === undefined ? [] : [ofProcessor(processor)])
  ]
  const behavior = parsed(annotations, "behavior")
  const use = number(status, "currentCPUUtilizationPercentage")
  const current = listed(annotations, "current-metrics")
  const currentMetrics = current !== undefined
    ? toYoung(currents, current)
    : use === undefined
    ? null
    : [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: use } } }]
  const isCounted = (number(status, "currentReplicas") ?? 0) !== 0
  return withAnnotations({
    ...autoscaler,
    apiVersion: "autoscaling/v2",
    spec: present({
      scaleTargetRef: spec["scaleTargetRef"],
      minReplicas: spec["minReplicas"],
      maxReplicas: spec["maxReplicas"],
      metrics: metrics.length === 0 ? defaultMetrics : metrics,
      behavior: isObject(behavior) ? lower(behavior) : undefined
    }),
    status: present({
      observedGeneration: status["observedGeneration"],
      lastScaleTime: status["lastScaleTime"],
      currentReplicas: isCounted ? status["currentReplicas"] : undefined,
      desiredReplicas: status["desiredReplicas"] ?? 0,
      currentMetrics,
      conditions: listed(annotations, "conditions")
    })
  }, withoutCarried(annotations))
}

/** A stored one as v1 shows it. */
export const fromStoredAutoscaler = (autoscaler: JsonObject): JsonObject => {
  const spec = specOf(autoscaler)
  const status = statusOf(autoscaler)
  const metrics = objects(spec, "metrics")
  const target = (metric: JsonObject): number | undefined =>
    isProcessor(metric) ? number(child(child(metric, "resource"), "target"), "averageUtilization") : undefined
  const others = metrics.filter((metric) => target(metric) === undefined)
  const current = objects(status, "currentMetrics")
  const use = current.flatMap((metric) =>
    isProcessor(metric) ? number(child(child(metric, "resource"), "current"), "averageUtilization") ?? [] : []
  ).at(-1)
  const conditions = objects(status, "conditions")
  const behavior = child(spec, "behavior")
  const annotations = present({
    ...withoutCarried(annotationsOf(autoscaler)),
    [annotation("metrics")]: others.length === 0 ? undefined : JSON.stringify(toOld(targets, others)),
    [annotation("current-metrics")]: current.length === 0 ? undefined : JSON.stringify(toOld(currents, current)),
    [annotation("behavior")]: behavior === undefined ? undefined : JSON.stringify({
      ScaleUp: ofRules(child(behavior, "scaleUp")),
      ScaleDown: ofRules(child(behavior, "scaleDown"))
    }),
    [annotation("conditions")]: conditions.length === 0 ? undefined : JSON.stringify(conditions.map(ofCondition))
  })
  return withAnnotations({
    ...autoscaler,
    apiVersion: "autoscaling/v1",
    spec: present({
      scaleTargetRef: spec["scaleTargetRef"],
      minReplicas: spec["minReplicas"],
      maxReplicas: spec["maxReplicas"],
      targetCPUUtilizationPercentage: metrics.map(target).find((value) => value !== undefined)
    }),
    status: present({
      observedGeneration: status["observedGeneration"],
      lastScaleTime: status["lastScaleTime"],
      currentReplicas: status["currentReplicas"] ?? 0,
      desiredReplicas: status["desiredReplicas"] ?? 0,
      currentCPUUtilizationPercentage: use
    })
  }, annotations)
}
