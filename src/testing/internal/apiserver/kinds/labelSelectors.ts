/** Labels, and selectors of labels (`LabelSelector`): what is wrong with them, and what they select. */
import { forbidden, invalid, required, tooLong } from "../../structural/fieldError.js"
import { labelValue, qualifiedName } from "../../structural/names.js"
import { child, isObject, items, type JsonObject } from "../json.js"
import { objects, textOf } from "../members.js"
import { type Causes, complain, each } from "./checks.js"

const sortedEntries = (map: JsonObject | undefined): ReadonlyArray<readonly [string, unknown]> =>
  Object.keys(map ?? {}).sort().map((key) => [key, map![key]])

export const validateLabels = (labels: JsonObject | undefined, field: string): Causes =>
  sortedEntries(labels).flatMap(([key, value]) => [
    ...complain(field, key, qualifiedName(key)),
    ...complain(field, value, labelValue(String(value)))
  ])

const maximumAnnotationBytes = 256 * 1024

/** Of a template, whose annotations are checked as those of an object are. */
export const validateAnnotations = (annotations: JsonObject | undefined, field: string): Causes => {
  const encoder = new TextEncoder()
  const size = sortedEntries(annotations).reduce(
    (sum, [key, value]) => sum + encoder.encode(key).length + encoder.encode(String(value)).length,
    0
  )
  return [
    ...sortedEntries(annotations).flatMap(([key]) => complain(field, key, qualifiedName(key.toLowerCase()))),
    ...(size > maximumAnnotationBytes ? [tooLong(field, maximumAnnotationBytes)] : [])
  ]
}

const requirement = (expression: JsonObject, at: string): Causes => {
  const operator = textOf(expression, "operator")
  const values = items(expression, "values")
  const causes = ["In", "NotIn"].includes(operator)
    ? values.length > 0 ? [] : [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
    : ["Exists", "DoesNotExist"].includes(operator)
    ? values.length === 0
      ? []
      : [forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    : [invalid(`${at}.operator`, operator, "not a valid selector operator")]
  const key = textOf(expression, "key")
  return [
    ...causes,
    ...complain(`${at}.key`, key, qualifiedName(key)),
    ...values.flatMap((value, index) => complain(`${at}.values[${index}]`, value, labelValue(String(value))))
  ]
}

export const validateLabelSelector = (selector: JsonObject | undefined, field: string): Causes => [
  ...validateLabels(child(selector, "matchLabels"), `${field}.matchLabels`),
  ...each(objects(selector, "matchExpressions"), `${field}.matchExpressions`, requirement)
]

/** Whether a selector selects everything. One that is not there selects nothing. */
export const isEmptySelector = (selector: JsonObject): boolean =>
  Object.keys(child(selector, "matchLabels") ?? {}).length === 0 && items(selector, "matchExpressions").length === 0

const satisfies = (labels: JsonObject, expression: JsonObject): boolean => {
  const key = textOf(expression, "key")
  const has = Object.hasOwn(labels, key)
  const isAmong = has && items(expression, "values").includes(labels[key])
  switch (expression["operator"]) {
    case "In":
      return isAmong
    case "NotIn":
      return !isAmong
    case "Exists":
      return has
    default:
      return !has
  }
}

/** Whether a valid selector selects what has these labels. */
export const selects = (selector: JsonObject | undefined, labels: unknown): boolean => {
  if (selector === undefined) return false
  const there = isObject(labels) ? labels : {}
  return Object.entries(child(selector, "matchLabels") ?? {})
    .every(([key, value]) => Object.hasOwn(there, key) && there[key] === value)
    && objects(selector, "matchExpressions").every((expression) => satisfies(there, expression))
}
