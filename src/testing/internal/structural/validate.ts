/**
 * Validation of a JSON value by a structural schema, with the causes, texts and order of a kube-apiserver. Of a failed `anyOf` or `oneOf` the server
 * reports the branch that got furthest: every check counts what it passed, and the counts here are its counts.
 */
import { characterCount } from "./characters.js"
import * as fieldError from "./fieldError.js"
import { isStringFormat, matchesFormat } from "./formats.js"
import { checkNumber, isInteger64, isNearlyInteger } from "./numbers.js"
import { compiledPattern } from "./patterns.js"
import { equal, type Previous, previousOf } from "./ratchet.js"
import { Result } from "./result.js"
import {
  isObject,
  isTooDeep,
  itemsOf,
  type JsonObject,
  type JSONSchemaProps,
  maximumDepth,
  propertyOf,
  valuesOf
} from "./schema.js"

/**
 * Causes for which the schema refuses a value. `at` is the path of the value in its object, absent for a whole object; the texts name what lies below
 * it by a path that starts at the value, as the server's do.
 */
export const validate = (
  schema: JSONSchemaProps | undefined,
  value: unknown,
  at?: string | undefined
): ReadonlyArray<fieldError.Cause> => check(schema, value, undefined, at)

/**
 * The same for an update: what the previous object had just so, at the same place (KEP-4008, ratcheting), is not refused. Items of lists have a place of
 * their own in lists of type `map` only.
 */
export const validateUpdate = (
  schema: JSONSchemaProps | undefined,
  value: unknown,
  previous: unknown,
  at?: string | undefined
): ReadonlyArray<fieldError.Cause> => check(schema, value, previousOf(schema, previous), at)

/**
 * The same for a default in a definition. A server reads the schema more literally there: it does not pass over formats that it does not know, and takes
 * `x-kubernetes-int-or-string` for no type.
 */
export const validateRaw = (schema: JSONSchemaProps, value: unknown, at: string): ReadonlyArray<fieldError.Cause> =>
  checkCorrelated({ schema, value, path: "", previous: undefined, raw: true }).causes(at)

const check = (
  schema: JSONSchemaProps | undefined,
  value: unknown,
  previous: Previous | undefined,
  at: string | undefined
): ReadonlyArray<fieldError.Cause> => {
  if (schema === undefined) return []
  if (isTooDeep(value)) {
    return [{
      reason: "FieldValueInvalid",
      message: `Invalid value: must not be nested deeper than ${maximumDepth} levels`,
      field: at ?? fieldError.noField
    }]
  }
  const result = checkCorrelated({ schema, value, path: "", previous, root: true })
  return result.causes(at)
}

/** A value on its way through its schema. */
interface Node {
  readonly schema: JSONSchemaProps
  readonly value: unknown
  /** From the value that was given: empty at first, `spec.list[0]` below. */
  readonly path: string
  readonly previous: Previous | undefined
  readonly root?: boolean | undefined
  readonly raw?: boolean | undefined
}

/** A value that has not changed since it was last accepted is accepted again, whatever the schema has become. */
const checkCorrelated = (node: Node): Result => {
  const result = checkNode(node)
  return result.isValid || node.previous === undefined || !node.previous.isUnchanged(node.value)
    ? result
    : result.forgiven()
}

const checkNode = (node: Node): Result => {
  const { schema, value } = node
  const result = new Result()
  if (value === null) return result.merge(checkType(node)).merge(checkEnum(node))
  if (typesOf(node).length > 0 || formatOf(node) !== "") result.merge(checkType(node)).count()
  if (hasJunctors(schema)) result.merge(checkJunctors(node))
  result.count().count()
  if (typeof value === "string") {
    result.merge(checkString(node)).count()
    if (isStringFormat(formatOf(node))) result.merge(checkFormat(node, value)).count()
  }
  if (typeof value === "number") {
    result.merge(checkNumber(schema, typesOf(node), formatOf(node), value, node.path)).count()
  }
  if (Array.isArray(value)) result.merge(checkItems(node, value)).count()
  if (schema.enum !== undefined) result.merge(checkEnum(node))
  result.count()
  if (isObject(value)) result.merge(checkMembers(node, value)).count()
  return result.count()
}

const typesOf = ({ raw, schema }: Node): ReadonlyArray<string> => {
  if (schema["x-kubernetes-int-or-string"] === true && raw !== true) return ["integer", "string"]
  return schema.type === undefined || schema.type === "" ? [] : [schema.type]
}

/** The format where the server heeds it. */
const formatOf = (node: Node): string => {
  const format = node.schema.format ?? ""
  if (node.raw === true) return format
  const types = typesOf(node)
  switch (types.length === 1 ? types[0] : "") {
    case "":
    case "string":
      return isStringFormat(format) ? format : ""
    case "integer":
      return format === "int32" || format === "int64" ? format : ""
    case "number":
      return format === "float" || format === "double" ? format : ""
    default:
      return ""
  }
}

// ---------------------------------------------------------------- type and enum

const jsonType = (value: unknown): string => {
  if (Array.isArray(value)) return "array"
  if (typeof value === "number") return isInteger64(value) ? "integer" : "number"
  return typeof value
}

const checkType = (node: Node): Result => {
  const { path, schema, value } = node
  const types = typesOf(node)
  const passed = new Result().count()
  const mistyped = (expected: string, found: string): Result =>
    new Result().add(
      `${path} in body must be of type ${expected}: ${fieldError.goQuote(found)}`,
      path,
      (field, text) => fieldError.typeInvalid(field, found, text)
    )
  if (value === null) {
    return types.length > 0 && !types.includes("null") && schema.nullable !== true
      ? mistyped(types.join(","), "null")
      : passed
  }
  const found = jsonType(value)
  const format = formatOf(node)
  const isNumeric = types.includes("number") || types.includes("integer")
  const fits = types.includes(found) || (found === "integer" && types.includes("number")) ||
    (found === "number" && types.includes("integer") && isNearlyInteger(value as number)) // `found` says that it is a number
  const isText = found === "string" || found === "array"
  if (!isText && format !== "" && !fits) {
    const numberFormat = found === "integer" ? "int64" : found === "number" ? "float64" : ""
    if (numberFormat !== format) return mistyped(format, numberFormat)
  }
  // What is to be a string of some format passes as a list, too: a slip of the server's that this shares.
  if (!isNumeric && format !== "" && isText) return passed
  return fits ? passed : mistyped(types.join(","), found)
}

const checkEnum = ({ path, schema, value }: Node): Result => {
  const allowed = schema.enum ?? []
  // Null is in no enumeration, even where it is listed.
  // A fraction is compared as if it had none with what is listed without: another slip of the server's.
  const isListed = (candidate: unknown): boolean =>
    equal(candidate, value) ||
    (typeof value === "number" && Number.isInteger(candidate) && Math.trunc(value) === candidate)
  if (allowed.length === 0 || (value !== null && allowed.some(isListed))) return new Result()
  const names = allowed.map((candidate) => typeof candidate === "string" ? candidate : fieldError.goJson(candidate))
  return new Result().add(
    `${path} in body should be one of [${names.join(" ")}]`,
    path,
    (field) => fieldError.notSupported(field, value, names)
  )
}

// ---------------------------------------------------------------- anyOf, oneOf, allOf, not

const hasJunctors = (schema: JSONSchemaProps): boolean =>
  schema.anyOf !== undefined || schema.oneOf !== undefined || schema.allOf !== undefined || schema.not !== undefined

const checkJunctors = (node: Node): Result => {
  const { path, schema } = node
  const quoted = fieldError.goQuote(path)
  const result = new Result()
  const branches = (schemas: ReadonlyArray<JSONSchemaProps>): ReadonlyArray<Result> =>
    schemas.map((branch) => checkNode({ ...node, schema: branch }))

  if (schema.anyOf !== undefined && schema.anyOf.length > 0) {
    const outcomes = branches(schema.anyOf)
    const success = outcomes.find((outcome) => outcome.isValid)
    if (success === undefined) result.addGeneral(`${quoted} must validate at least one schema (anyOf)`)
    result.merge(success ?? furthest(outcomes))
  }
  if (schema.oneOf !== undefined && schema.oneOf.length > 0) {
    const outcomes = branches(schema.oneOf)
    const successes = outcomes.filter((outcome) => outcome.isValid)
    if (successes.length === 1) {
      result.merge(successes[0]!)
    } else {
      const found = successes.length === 0 ? "Found none valid" : `Found ${successes.length} valid alternatives`
      result.addGeneral(`${quoted} must validate one and only one schema (oneOf). ${found}`)
      if (successes.length === 0) result.merge(furthest(outcomes))
    }
  }
  if (schema.allOf !== undefined && schema.allOf.length > 0) {
    const outcomes = branches(schema.allOf)
    for (const outcome of outcomes) result.merge(outcome)
    if (!outcomes.every((outcome) => outcome.isValid)) {
      const none = outcomes.some((outcome) => outcome.isValid) ? "" : ". None validated"
      result.addGeneral(`${quoted} must validate all the schemas (allOf)${none}`)
    }
  }
  if (schema.not !== undefined && checkNode({ ...node, schema: schema.not }).isValid) {
    result.addGeneral(`${quoted} must not validate the schema (not)`)
  }
  return result
}

/** The failure that passed most checks; the first of several. */
const furthest = (outcomes: ReadonlyArray<Result>): Result =>
  outcomes.reduce((best, outcome) => (outcome.passed > best.passed ? outcome : best))

// ---------------------------------------------------------------- strings

const checkString = ({ path, schema, value }: Node): Result => {
  const text = value as string // the caller has seen that it is one
  const result = new Result()
  // The first failure is the only one that the server names.
  if (schema.maxLength !== undefined && characterCount(text) > schema.maxLength) {
    const maximum = schema.maxLength
    return result.add(
      `${path} in body should be at most ${maximum} chars long`,
      path,
      (field) => fieldError.tooLong(field, maximum)
    )
  }
  const invalid = (detail: string): Result =>
    result.add(`${path} in body ${detail}`, path, (field, text) => fieldError.invalid(field, value, text))
  if (schema.minLength !== undefined && characterCount(text) < schema.minLength) {
    return invalid(`should be at least ${schema.minLength} chars long`)
  }
  if (schema.pattern !== undefined && schema.pattern !== "") {
    const pattern = compiledPattern(schema.pattern)
    if (pattern._tag === "Malformed") {
      return invalid(`should match '${schema.pattern}, but pattern is invalid: ${pattern.message}'`)
    }
    if (!pattern.test(text)) return invalid(`should match '${schema.pattern}'`)
  }
  return result
}

const checkFormat = (node: Node, value: string): Result => {
  const { path } = node
  const format = formatOf(node)
  if (matchesFormat(format, value)) return new Result()
  return new Result().add(
    `${path} in body must be of type ${format}: ${fieldError.goQuote(value)}`,
    path,
    (field, text) => fieldError.typeInvalid(field, value, text)
  )
}

// ---------------------------------------------------------------- lists and objects

const checkItems = (node: Node, value: ReadonlyArray<unknown>): Result => {
  const { path, schema } = node
  const result = new Result()
  const items = itemsOf(schema)
  if (items !== undefined) {
    value.forEach((item, index) => {
      result.merge(checkCorrelated({
        schema: items,
        value: item,
        path: fieldError.indexed(path, index),
        previous: node.previous?.item(item),
        raw: node.raw
      }))
    })
  }
  const { maxItems, minItems } = schema
  if (minItems !== undefined && value.length < minItems) {
    result.add(
      `${path} in body should have at least ${minItems} items`,
      path,
      (field, text) => fieldError.invalid(field, value.length, text)
    )
  }
  if (maxItems !== undefined && value.length > maxItems) {
    result.add(
      `${path} in body should have at most ${maxItems} items`,
      path,
      (field) => fieldError.tooMany(field, value.length, maxItems)
    )
  }
  if (schema.uniqueItems === true && new Set(value.map(fieldError.goJson)).size < value.length) {
    result.add(
      `${path} in body shouldn't contain duplicates`,
      path,
      (field, text) => fieldError.invalid(field, "", text)
    )
  }
  return result.count()
}

const checkMembers = (node: Node, value: JsonObject): Result => {
  const { path, schema } = node
  const result = new Result()
  const keys = Object.keys(value)
  const { maxProperties, minProperties } = schema
  if (minProperties !== undefined && keys.length < minProperties) {
    result.add(
      `${path} in body should have at least ${minProperties} properties`,
      path,
      (field, text) => fieldError.invalid(field, keys.length, text)
    )
  }
  if (maxProperties !== undefined && keys.length > maxProperties) {
    result.add(
      `${path} in body should have at most ${maxProperties} properties`,
      path,
      (field) => fieldError.tooMany(field, keys.length, maxProperties)
    )
  }
  const member = (key: string, field: JSONSchemaProps, at: string): void => {
    const isTypeMeta = node.root === true && (key === "apiVersion" || key === "kind")
    result.merge(checkCorrelated({
      schema: field,
      value: value[key],
      path: at,
      previous: isTypeMeta ? undefined : node.previous?.member(key),
      raw: node.raw
    }))
  }
  const values = valuesOf(schema)
  for (const key of keys) {
    if (propertyOf(schema, key) !== undefined) continue
    if (schema.additionalProperties === false) {
      result.add(
        `${path}.${key} in body is a forbidden property`,
        path,
        (field, text) => fieldError.invalid(field, key, text)
      )
    } else if (values !== undefined) {
      member(key, values, `${path}.${key}`)
    }
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (Object.hasOwn(value, key)) member(key, property, fieldError.child(path, key))
  }
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(value, key)) {
      result.add(`${path}.${key} in body is required`, `${path}.${key}`, (field) => fieldError.required(field))
    }
  }
  return result
}
