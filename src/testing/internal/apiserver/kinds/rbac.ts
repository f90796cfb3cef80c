/** Roles and their bindings (`rbac.authorization.k8s.io`): defaults, and what is wrong with them. */
import { goJson, invalid, invalidJson, notSupported, required } from "../../structural/fieldError.js"
import { dnsSubdomain, pathSegment } from "../../structural/names.js"
import { child, equal, items, type JsonObject } from "../json.js"
import { made, objects, setDefault, textOf } from "../members.js"
import type { Strategy } from "../strategies.js"
import { type Causes, complain, each } from "./checks.js"
import { validateLabelSelector } from "./labelSelectors.js"

const group = "rbac.authorization.k8s.io"

const validateRule = (isNamespaced: boolean) => (rule: JsonObject, at: string): Causes => {
  const urls = items(rule, "nonResourceURLs")
  const isEmpty = (list: string): boolean => items(rule, list).length === 0
  const field = `${at}.nonResourceURLs`
  const verbs = isEmpty("verbs") ? [required(`${at}.verbs`)] : []
  if (urls.length > 0) {
    return [
      ...verbs,
      ...(isNamespaced ? [invalid(field, urls, "namespaced rules cannot apply to non-resource URLs")] : []),
      ...(["apiGroups", "resources", "resourceNames"].every(isEmpty)
        ? []
        : [invalid(field, urls, "rules cannot apply to both regular resources and non-resource URLs")])
    ]
  }
  return [
    ...verbs,
    ...(isEmpty("apiGroups")
      ? [required(`${at}.apiGroups`, "resource rules must supply at least one api group")]
      : []),
    ...(isEmpty("resources") ? [required(`${at}.resources`, "resource rules must supply at least one resource")] : [])
  ]
}

const validateAggregation = (role: JsonObject): Causes => {
  const at = "aggregationRule.clusterRoleSelectors"
  const rule = child(role, "aggregationRule")
  if (rule === undefined) return []
  const selectors = objects(rule, "clusterRoleSelectors")
  if (selectors.length === 0) {
    return [required(at, "at least one clusterRoleSelector required if aggregationRule is non-nil")]
  }
  return each(selectors, at, (selector, field) => {
    const causes = validateLabelSelector(selector, field)
    return causes.length === 0 ? [] : [...causes, invalid(field, null, "invalid label selector.")]
  })
}

const defaults = (binding: JsonObject): JsonObject => {
  setDefault(made(binding, "roleRef"), "apiGroup", group)
  for (const subject of objects(binding, "subjects")) {
    if (subject["kind"] === "User" || subject["kind"] === "Group") setDefault(subject, "apiGroup", group)
  }
  return binding
}

const validateSubject = (isNamespaced: boolean) => (subject: JsonObject, at: string): Causes => {
  const name = textOf(subject, "name")
  const apiGroup = textOf(subject, "apiGroup")
  const kind = textOf(subject, "kind")
  const inGroup = (wanted: string): Causes =>
    apiGroup === wanted ? [] : [notSupported(`${at}.apiGroup`, apiGroup, [wanted])]
  const causes = name === "" ? [required(`${at}.name`)] : []
  switch (kind) {
    case "ServiceAccount":
      return [
        ...causes,
        ...(name === "" ? [] : complain(`${at}.name`, name, dnsSubdomain(name))),
        ...inGroup(""),
        ...(isNamespaced || textOf(subject, "namespace") !== "" ? [] : [required(`${at}.namespace`)])
      ]
    case "User":
    case "Group":
      return [...causes, ...inGroup(group)]
    default:
      return [...causes, notSupported(`${at}.kind`, kind, ["ServiceAccount", "User", "Group"])]
  }
}

const validateBinding = (isNamespaced: boolean) => (binding: JsonObject): Causes => {
  const role = child(binding, "roleRef")
  const [apiGroup, kind, name] = [textOf(role, "apiGroup"), textOf(role, "kind"), textOf(role, "name")]
  const kinds = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]
  return [
    ...(apiGroup === group ? [] : [notSupported("roleRef.apiGroup", apiGroup, [group])]),
    ...(kinds.includes(kind) ? [] : [notSupported("roleRef.kind", kind, kinds)]),
    ...(name === "" ? [required("roleRef.name")] : complain("roleRef.name", name, pathSegment(name, false))),
    ...each(objects(binding, "subjects"), "subjects", validateSubject(isNamespaced))
  ]
}

const validateRoleRef = (binding: JsonObject, previous: JsonObject): Causes => {
  const role = child(binding, "roleRef")
  if (equal(role, child(previous, "roleRef"))) return []
  const shown = ["apiGroup", "kind", "name"].map((field) =>
    `${goJson(field === "apiGroup" ? "APIGroup" : field === "kind" ? "Kind" : "Name")}:${goJson(textOf(role, field))}`
  )
  return [invalidJson("roleRef", `{${shown.join(",")}}`, "field is immutable")]
}

const rolesOf = (isNamespaced: boolean): Partial<Strategy> => {
  const validate = (role: JsonObject): Causes => [
    ...each(objects(role, "rules"), "rules", validateRule(isNamespaced)),
    ...(isNamespaced ? [] : validateAggregation(role))
  ]
  return { names: "path", validateCreate: validate, validateUpdate: validate }
}

const bindingsOf = (isNamespaced: boolean): Partial<Strategy> => {
  const validate = validateBinding(isNamespaced)
  return {
    names: "path",
    defaults,
    validateCreate: validate,
    validateUpdate: (binding, previous) => [...validate(binding), ...validateRoleRef(binding, previous)]
  }
}

export const roleStrategy = rolesOf(true)
export const clusterRoleStrategy = rolesOf(false)
export const roleBindingStrategy = bindingsOf(true)
export const clusterRoleBindingStrategy = bindingsOf(false)
