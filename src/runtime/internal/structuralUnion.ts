/**
 * Unions as structural schemas. A structural schema says in one place what a value may be made of, and in `anyOf` or
 * `oneOf` only what is valid: the members of a union are merged in the one place, and each leaves in the other what it
 * alone demands.
 */
import type { JSONSchemaProps } from "../../kinds/apiextensions/v1.js"
import type { Refuse } from "./structuralFilter.js"

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Kept as it is, and not checked. */
export const anything: JSONSchemaProps = { "x-kubernetes-preserve-unknown-fields": true }

/**
 * Null is in no `enum` for a server, even where it is listed; inside `allOf` it is not looked for.
 */
export const nullable = (schema: JSONSchemaProps): JSONSchemaProps => {
  const { enum: values, ...rest } = schema
  return values === undefined
    ? { ...schema, nullable: true }
    : { ...rest, nullable: true, allOf: [...(rest.allOf ?? []), { enum: values }] }
}

const isIntOrString = (schema: JSONSchemaProps): boolean => schema["x-kubernetes-int-or-string"] === true

const isAnything = (schema: JSONSchemaProps): boolean =>
  schema.type === undefined && schema["x-kubernetes-preserve-unknown-fields"] === true

/** One of some values. */
export const literals = (values: ReadonlyArray<string | number | boolean>, refuse: Refuse): JSONSchemaProps => {
  const types = unique(
    values.map((value) => (typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value))
  )
  const [type] = types
  if (type !== undefined && types.length === 1) return { type, enum: values }
  if (types.every((type) => type === "integer" || type === "number")) return { type: "number", enum: values }
  if (types.every((type) => type === "integer" || type === "string")) {
    return { "x-kubernetes-int-or-string": true, enum: values }
  }
  return refuse(disagreement(types))
}

const disagreement = (types: ReadonlyArray<string>): string =>
  `a union of ${types.join(" and ")} cannot be described: a field has one type`

const unique = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(values)]

/** The schema of a union, of the schemas of its members. */
export const union = (members: ReadonlyArray<JSONSchemaProps>, refuse: Refuse): JSONSchemaProps => {
  const [only] = members
  if (only === undefined || members.length === 1) return only ?? refuse("a union of nothing cannot be described")
  if (members.some(isAnything)) return anything
  const types = unique(
    members.map((member) => (isIntOrString(member) ? "integer or string" : member.type ?? "anything"))
  )
  if (types.length === 1 && !isIntOrString(only)) return combine(members, refuse)
  if (types.every((type) => type === "integer" || type === "number")) return combine(members.map(asNumber), refuse)
  if (types.every((type) => type === "integer" || type === "string" || type === "integer or string")) {
    return intOrString(members, refuse)
  }
  return refuse(disagreement(types))
}

const asNumber = (member: JSONSchemaProps): JSONSchemaProps =>
  member.type !== "integer"
    ? member
    : member.enum === undefined
    ? { multipleOf: 1, ...member, type: "number" }
    : { ...member, type: "number" }

// ---------------------------------------------------------------- an integer or a string

const integerOrStringTypes: ReadonlyArray<JSONSchemaProps> = [{ type: "integer" }, { type: "string" }]

/** Bounds hold for integers only and patterns for strings only, so both can stand side by side; an enumeration cannot. */
const intOrString = (members: ReadonlyArray<JSONSchemaProps>, refuse: Refuse): JSONSchemaProps => {
  const mixed = members.filter(isIntOrString)
  if (mixed.some((member) => Object.keys(validation(member)).length > 0)) {
    return refuse(
      "a union with a filtered \"integer or string\" cannot be described: put its integers and its strings into the union itself"
    )
  }
  const halves = [
    ...(mixed.length > 0 ? [] : [intRules(combine(members.filter((member) => member.type === "integer"), refuse))]),
    ...(mixed.length > 0 ? [] : [stringRules(combine(members.filter((member) => member.type === "string"), refuse))])
  ]
  const simple = halves.every((half) =>
    half.anyOf === undefined && half.oneOf === undefined && half.allOf === undefined
  )
  return simple
    ? { "x-kubernetes-int-or-string": true, ...halves[0], ...halves[1] }
    : {
      "x-kubernetes-int-or-string": true,
      allOf: [{ anyOf: integerOrStringTypes }, ...halves.filter((half) => Object.keys(half).length > 0)]
    }
}

const intRules = (schema: JSONSchemaProps): JSONSchemaProps => {
  const { enum: values, ...rules } = validation(schema)
  if (values === undefined) return rules
  const ranges = values.map((value) => ({ minimum: Number(value), maximum: Number(value) }))
  return ranges.length === 1 ? { ...rules, ...ranges[0] } : { ...rules, anyOf: ranges }
}

const stringRules = (schema: JSONSchemaProps): JSONSchemaProps => {
  const { enum: values, ...rules } = validation(schema)
  if (values === undefined) return rules
  const escaped = values.map((value) => String(value).replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  const pattern = `^(?:${escaped.join("|")})$`
  return rules.pattern === undefined
    ? { ...rules, pattern }
    : { ...rules, allOf: [...(rules.allOf ?? []), { pattern }] }
}

// ---------------------------------------------------------------- members of one type

const combine = (members: ReadonlyArray<JSONSchemaProps>, refuse: Refuse): JSONSchemaProps => {
  const distinct = members.filter((member, index) => members.findIndex((other) => same(other, member)) === index)
  const first = distinct[0]
  if (first === undefined) return {}
  if (distinct.length === 1) return first
  const skeleton = merge(distinct, refuse)
  const enumerations = distinct.map((
    member
  ) => (Object.keys(validation(member)).join() === "enum" ? member.enum ?? [] : undefined))
  if (enumerations.every((values) => values !== undefined)) {
    return { ...skeleton, enum: unique(enumerations.flatMap((values) => values ?? [])) }
  }
  const required = (first.required ?? []).filter((name) =>
    distinct.every((member) => member.required?.includes(name) === true)
  )
  const tag = tagOf(distinct)
  const branches = distinct.map((member) => branch(member, distinct, required.filter((name) => name !== tag)))
  // A member that demands nothing is always met, and then so is the union.
  const rules = branches.some((rule) => Object.keys(rule).length === 0)
    ? {}
    : { [tag === undefined ? "anyOf" : "oneOf"]: branches }
  return { ...skeleton, ...(required.length > 0 ? { required } : {}), ...rules }
}

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right)

/** A field that tells the members apart: required in all of them, with values of its own in each. */
const tagOf = (members: ReadonlyArray<JSONSchemaProps>): string | undefined =>
  (members[0]?.required ?? []).find((name) => {
    const values = members.map((member) =>
      member.required?.includes(name) === true ? propertyOf(member, name)?.enum ?? [] : []
    )
    const all = values.flat()
    return values.every((own) => own.length > 0) && new Set(all).size === all.length
  })

/** What one member demands beyond what all have in common: of fields only those that the members see differently. */
const branch = (
  member: JSONSchemaProps,
  members: ReadonlyArray<JSONSchemaProps>,
  common: ReadonlyArray<string>
): JSONSchemaProps => {
  const { properties, required: all, ...rules } = validation(member)
  const contested = Object.entries(properties ?? {}).filter(([name]) =>
    members.some((other) => {
      const property = propertyOf(other, name)
      return property !== undefined && !same(property, propertyOf(member, name))
    })
  )
  const required = (all ?? []).filter((name) => !common.includes(name))
  return {
    ...rules,
    ...(contested.length > 0 ? { properties: Object.fromEntries(contested) } : {}),
    ...(required.length > 0 ? { required } : {})
  }
}

const structural = [
  "type",
  "nullable",
  "additionalProperties",
  "x-kubernetes-int-or-string",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type"
] as const

/** What the values of all members are made of, without what makes them valid. */
const merge = (members: ReadonlyArray<JSONSchemaProps>, refuse: Refuse): JSONSchemaProps => {
  const first = members[0]!
  const merged: Mutable<JSONSchemaProps> = {}
  for (const keyword of structural) {
    if (!members.every((member) => same(member[keyword], first[keyword]))) {
      return refuse(
        keyword === "type"
          ? disagreement(unique(members.map((member) => member.type ?? "anything")))
          : `variants that differ in ${keyword} cannot be described: a field is the same in all of them`
      )
    }
    if (first[keyword] !== undefined) Object.assign(merged, { [keyword]: first[keyword] })
  }
  if (members.some((member) => member["x-kubernetes-preserve-unknown-fields"] === true)) Object.assign(merged, anything)
  for (const keyword of ["description", "default", "x-kubernetes-validations"] as const) {
    const agreed = members.every((member) => same(member[keyword], first[keyword]))
    if (agreed && first[keyword] !== undefined) Object.assign(merged, { [keyword]: first[keyword] })
    if (!agreed && keyword !== "description") {
      refuse(
        `a ${
          keyword === "default" ? "default" : "CEL rule"
        } of one variant cannot be described: it would hold for all of them`
      )
    }
  }
  if (first.items !== undefined) {
    // Members of type array all have one schema of items.
    merged.items = mergeAll(
      members.map((member) => member.items as JSONSchemaProps),
      (problem, below = []) => refuse(problem, [0, ...below])
    )
  }
  const names = unique(members.flatMap((member) => Object.keys(member.properties ?? {})))
  if (names.length > 0) {
    merged.properties = Object.fromEntries(names.map((name) => [name, mergeField(members, name, refuse)]))
  }
  return merged
}

const propertyOf = (member: JSONSchemaProps, name: string): JSONSchemaProps | undefined =>
  member.properties !== undefined && Object.hasOwn(member.properties, name) ? member.properties[name] : undefined

const mergeField = (members: ReadonlyArray<JSONSchemaProps>, name: string, refuse: Refuse): JSONSchemaProps => {
  const refuseBelow: Refuse = (problem, below = []) => refuse(problem, [name, ...below])
  const uses = members.flatMap((member) => propertyOf(member, name) ?? [])
  if (uses.length < members.length && uses.some((use) => use.default !== undefined)) {
    refuseBelow("a default in one variant cannot be described: the server would set it in all of them")
  }
  return mergeAll(uses, refuseBelow)
}

const mergeAll = (schemas: ReadonlyArray<JSONSchemaProps>, refuse: Refuse): JSONSchemaProps => {
  const [first] = schemas
  if (first !== undefined && schemas.every((schema) => same(schema, first))) return first
  const merged = merge(schemas, refuse)
  return schemas.every((schema) => schema.enum !== undefined)
    ? { ...merged, enum: unique(schemas.flatMap((schema) => schema.enum ?? [])) }
    : merged
}

/** Keywords that judge a value; inside `anyOf` and its like only they may stand. */
const judging = [
  "format",
  "minimum",
  "exclusiveMinimum",
  "maximum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "enum",
  "required",
  "allOf",
  "oneOf",
  "anyOf",
  "not"
] as const

const validation = (schema: JSONSchemaProps): JSONSchemaProps => {
  const rules: Mutable<JSONSchemaProps> = {}
  for (const keyword of judging) {
    if (schema[keyword] !== undefined && !(keyword === "anyOf" && same(schema.anyOf, integerOrStringTypes))) {
      Object.assign(rules, { [keyword]: schema[keyword] })
    }
  }
  const items = schema.items === undefined ? {} : validation(schema.items as JSONSchemaProps)
  if (Object.keys(items).length > 0) rules.items = items
  const properties = Object.entries(schema.properties ?? {})
    .map(([name, property]) => [name, validation(property)] as const)
    .filter(([, property]) => Object.keys(property).length > 0)
  if (properties.length > 0) rules.properties = Object.fromEntries(properties)
  return rules
}
