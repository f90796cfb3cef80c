/** What is wrong with what a Pod says of where it may run: affinities, tolerations, spreading, gates. */
import { duplicate, forbidden, invalid, notSupported, required } from "../../structural/fieldError.js"
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from "../../structural/names.js"
import { child, items, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { type Causes, complain, each, optionalOneOf } from "./checks.js"
import { validateLabelSelector } from "./labelSelectors.js"

/** `strict`: whether the values must be values of labels. */
const nodeRequirement = (strict: boolean) => (requirement: JsonObject, at: string): Causes => {
  const operator = textOf(requirement, "operator")
  const values = items(requirement, "values")
  const causes = (): Causes => {
    switch (operator) {
      case "In":
      case "NotIn":
        return values.length > 0
          ? []
          : [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
      case "Exists":
      case "DoesNotExist":
        return values.length === 0
          ? []
          : [forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
      case "Gt":
      case "Lt":
        return values.length === 1
          ? []
          : [required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")]
      default:
        return [invalid(`${at}.operator`, operator, "not a valid selector operator")]
    }
  }
  const key = textOf(requirement, "key")
  return [
    ...causes(),
    ...complain(`${at}.key`, key, qualifiedName(key)),
    ...(strict
      ? values.flatMap((value, index) => complain(`${at}.values[${index}]`, value, labelValue(String(value))))
      : [])
  ]
}

const nodeField = (requirement: JsonObject, at: string): Causes => {
  const operator = textOf(requirement, "operator")
  const key = textOf(requirement, "key")
  const values = items(requirement, "values")
  return [
    ...(operator !== "In" && operator !== "NotIn"
      ? [invalid(`${at}.operator`, operator, "not a valid selector operator")]
      : values.length === 1
      ? []
      : [
        required(`${at}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
      ]),
    ...(key === "metadata.name"
      ? values.flatMap((value, index) => complain(`${at}.values[${index}]`, value, dnsSubdomain(String(value))))
      : [invalid(`${at}.key`, key, "not a valid field selector key")])
  ]
}

export const nodeTerm = (term: JsonObject | undefined, strict: boolean, at: string): Causes => [
  ...each(objects(term, "matchExpressions"), `${at}.matchExpressions`, nodeRequirement(strict)),
  ...each(objects(term, "matchFields"), `${at}.matchFields`, nodeField)
]

const needed = "requiredDuringSchedulingIgnoredDuringExecution"
const preferred = "preferredDuringSchedulingIgnoredDuringExecution"

const weight = (term: JsonObject, at: string): Causes => {
  const value = number(term, "weight") ?? 0
  return value > 0 && value <= 100 ? [] : [invalid(`${at}.weight`, value, "must be in the range 1-100")]
}

const nodeAffinity = (affinity: JsonObject, at: string): Causes => {
  const selector = child(affinity, needed)
  const terms = objects(selector, "nodeSelectorTerms")
  const path = `${at}.${needed}.nodeSelectorTerms`
  return [
    ...(selector === undefined
      ? []
      : terms.length === 0
      ? [required(path, "must have at least one node selector term")]
      : each(terms, path, (term, place) => nodeTerm(term, true, place))),
    ...each(objects(affinity, preferred), `${at}.${preferred}`, (term, place) => [
      ...weight(term, place),
      ...nodeTerm(child(term, "preference"), false, `${place}.preference`)
    ])
  ]
}

const labelKeys = (keys: ReadonlyArray<unknown>, selector: JsonObject | undefined, at: string): Causes =>
  keys.length === 0
    ? []
    : selector === undefined
    ? [forbidden(at, "must not be specified when labelSelector is not set")]
    : keys.flatMap((key, index) => complain(`${at}[${index}]`, key, qualifiedName(String(key))))

/** Keys whose values are those of the Pod itself (`matchLabelKeys`, `mismatchLabelKeys`). */
const validateLabelKeys = (term: JsonObject, at: string): Causes => {
  const match = items(term, "matchLabelKeys")
  const mismatch = items(term, "mismatchLabelKeys")
  const selector = child(term, "labelSelector")
  const selected = new Set(Object.keys(child(selector, "matchLabels") ?? {}))
  const twice = objects(selector, "matchExpressions").flatMap((expression): Causes => {
    const key = textOf(expression, "key")
    const isTwice = selected.has(key) && match.includes(key)
    selected.add(key)
    return isTwice
      ? [invalid(`${at}[${match.lastIndexOf(key)}]`, key, "exists in both matchLabelKeys and labelSelector")]
      : []
  })
  return [
    ...labelKeys(match, selector, `${at}.matchLabelKeys`),
    ...labelKeys(mismatch, selector, `${at}.mismatchLabelKeys`),
    ...twice,
    ...match.flatMap((key, index) =>
      mismatch.includes(key)
        ? [invalid(`${at}.matchLabelKeys[${index}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys")]
        : []
    )
  ]
}

const podTerm = (term: JsonObject | undefined, at: string): Causes => {
  const key = textOf(term, "topologyKey")
  return [
    ...validateLabelSelector(child(term, "labelSelector"), `${at}.labelSelector`),
    ...validateLabelSelector(child(term, "namespaceSelector"), `${at}.namespaceSelector`),
    ...items(term, "namespaces").flatMap((name) => complain(`${at}.namespace`, name, dnsLabel(String(name)))),
    ...validateLabelKeys(term ?? {}, at),
    ...(key === "" ? [required(`${at}.topologyKey`, "can not be empty")] : []),
    ...complain(`${at}.topologyKey`, key, qualifiedName(key))
  ]
}

const podAffinity = (affinity: JsonObject, at: string): Causes => [
  ...each(objects(affinity, needed), `${at}.${needed}`, podTerm),
  ...each(objects(affinity, preferred), `${at}.${preferred}`, (term, place) => [
    ...weight(term, place),
    ...podTerm(child(term, "podAffinityTerm"), `${place}.podAffinityTerm`)
  ])
]

export const validateAffinity = (spec: JsonObject, at: string): Causes => {
  const affinity = child(spec, "affinity")
  const checks = { nodeAffinity, podAffinity, podAntiAffinity: podAffinity }
  return Object.entries(checks).flatMap(([field, check]) => {
    const found = child(affinity, field)
    return found === undefined ? [] : check(found, `${at}.${field}`)
  })
}

export const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]

const toleration = (object: JsonObject, at: string): Causes => {
  const key = textOf(object, "key")
  const operator = textOf(object, "operator")
  const value = textOf(object, "value")
  const effect = textOf(object, "effect")
  const operatorCauses = (): Causes => {
    switch (operator) {
      case "":
      case "Equal": {
        const complaints = labelValue(value)
        return complaints.length === 0 ? [] : [invalid(`${at}.operator`, value, complaints.join(";"))]
      }
      case "Exists":
        return value === ""
          ? []
          : [invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'")]
      case "Lt":
      case "Gt":
        return [notSupported(`${at}.operator`, operator, ["Equal", "Exists", "Lt", "Gt"])]
      default:
        return [notSupported(`${at}.operator`, operator, ["Equal", "Exists"])]
    }
  }
  return [
    ...(key === "" ? [] : complain(`${at}.key`, key, qualifiedName(key))),
    ...(key === "" && operator !== "Exists"
      ? [
        invalid(
          `${at}.operator`,
          operator,
          "operator must be Exists when `key` is empty, which means \"match all values and all keys\""
        )
      ]
      : []),
    ...(member(object, "tolerationSeconds") !== undefined && effect !== "NoExecute"
      ? [invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")]
      : []),
    ...operatorCauses(),
    ...(effect === "" || taintEffects.includes(effect) ? [] : [notSupported(`${at}.effect`, effect, taintEffects)])
  ]
}

export const validateTolerations = (spec: JsonObject, at: string): Causes =>
  each(objects(spec, "tolerations"), at, toleration)

const spreadActions = ["DoNotSchedule", "ScheduleAnyway"]

const inclusions = ["Honor", "Ignore"]

export const validateTopologySpread = (spec: JsonObject, at: string): Causes => {
  const constraints = objects(spec, "topologySpreadConstraints")
  return each(constraints, at, (constraint, path, index) => {
    const skew = number(constraint, "maxSkew") ?? 0
    const key = textOf(constraint, "topologyKey")
    const action = textOf(constraint, "whenUnsatisfiable")
    const domains = number(constraint, "minDomains")
    const isTwice = constraints.slice(index + 1).some((other) =>
      textOf(other, "topologyKey") === key && textOf(other, "whenUnsatisfiable") === action
    )
    return [
      ...(skew > 0 ? [] : [invalid(`${path}.maxSkew`, skew, "must be greater than zero")]),
      ...(key === "" ? [required(`${path}.topologyKey`, "can not be empty")] : []),
      ...(spreadActions.includes(action) ? [] : [notSupported(`${path}.whenUnsatisfiable`, action, spreadActions)]),
      ...(isTwice ? [duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${action}}`)] : []),
      ...(domains !== undefined && domains <= 0
        ? [invalid(`${path}.minDomains`, domains, "must be greater than zero")]
        : []),
      ...(domains !== undefined && action !== "DoNotSchedule"
        ? [
          invalid(
            `${path}.minDomains`,
            domains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`
          )
        ]
        : []),
      ...optionalOneOf(member(constraint, "nodeAffinityPolicy"), `${path}.nodeAffinityPolicy`, inclusions),
      ...optionalOneOf(member(constraint, "nodeTaintsPolicy"), `${path}.nodeTaintsPolicy`, inclusions),
      ...validateLabelKeys(constraint, path),
      ...validateLabelSelector(child(constraint, "labelSelector"), `${path}.labelSelector`)
    ]
  })
}

export const validateSchedulingGates = (spec: JsonObject, at: string): Causes => {
  const seen = new Set<string>()
  return each(objects(spec, "schedulingGates"), at, (gate, path) => {
    const name = textOf(gate, "name")
    const isTwice = seen.has(name)
    seen.add(name)
    return [...complain(path, name, qualifiedName(name)), ...(isTwice ? [duplicate(path, name)] : [])]
  })
}
