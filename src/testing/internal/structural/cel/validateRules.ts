/**
 * The rules of a schema, asked about an object. An update is asked with what the object was before: rules about changes
 * compare the two, and what has not changed is not refused again but warned of (ratcheting).
 */
import {
  type Cause,
  child,
  duplicate,
  forbidden,
  indexed,
  invalid,
  invalidOmitted,
  keyed,
  noField,
  required
} from "../fieldError.js"
import { type Previous, previousOf } from "../ratchet.js"
import {
  isObject,
  itemsOf,
  type JsonObject,
  type JSONSchemaProps,
  own,
  propertyOf,
  sortedKeys,
  valuesOf
} from "../schema.js"
import { type CompiledRule, compileRule, rulesOf, type ValidationRule } from "./compile.js"
import { declaredType } from "./declaredType.js"
import { evaluate } from "./evaluate.js"
import { normalizedPath } from "./fieldPath.js"
import { fromJson } from "./objectValues.js"
import { none, Optional, type Value } from "./values.js"

export interface RuleFindings {
  readonly causes: ReadonlyArray<Cause>
  /** What would be refused, had it not been so before. */
  readonly forgiven: ReadonlyArray<Cause>
}

/** The server's limit for all rules of one write. */
const budget = 10_000_000

/** Values that are absent have no old value; those that are there may be null. */
export interface Old {
  readonly value: unknown
  /** Where unchanged parts are forgiven. A default, which is compared with itself, is not. */
  readonly ratchets: boolean
}

export const validateRules = (
  schema: JSONSchemaProps | undefined,
  value: unknown,
  old: Old | undefined,
  path: string,
  isResource: boolean
): RuleFindings => {
  if (schema === undefined || !hasRules(schema)) return { causes: [], forgiven: [] }
  const validator = new Validator()
  validator.visit({
    schema,
    isResource,
    path,
    value,
    old: old?.value,
    isRoot: true,
    place: old?.ratchets === true ? { current: previousOf(schema, old.value), nearest: undefined } : nowhere
  })
  return validator
}

const known = new WeakMap<JSONSchemaProps, boolean>()

/** Whether a schema or a part of it has rules. */
export const hasRules = (schema: JSONSchemaProps): boolean => {
  const answer = known.get(schema)
  if (answer !== undefined) return answer
  const parts = [itemsOf(schema), valuesOf(schema), ...Object.values(schema.properties ?? {})]
  const has = rulesOf(schema).length > 0 || parts.some((part) => part !== undefined && hasRules(part))
  known.set(schema, has)
  return has
}

const compiled = new WeakMap<JSONSchemaProps, ReadonlyArray<CompiledRule>>()

/** A schema is one and the same object as long as its definition stands. */
const compiledRules = (schema: JSONSchemaProps, isResource: boolean): ReadonlyArray<CompiledRule> => {
  const before = compiled.get(schema)
  if (before !== undefined) return before
  const self = declaredType(schema, isResource, "selfType")
  const rules = self === undefined ? [] : rulesOf(schema).map((rule) => compileRule(rule, self))
  compiled.set(schema, rules)
  return rules
}

/** Where a value was before; without one, the nearest part around it that was somewhere. */
interface Place {
  readonly current: Previous | undefined
  readonly nearest: { readonly previous: Previous; readonly value: unknown } | undefined
}

const nowhere: Place = { current: undefined, nearest: undefined }

interface Node {
  readonly schema: JSONSchemaProps
  readonly isResource: boolean
  readonly path: string
  readonly value: unknown
  readonly old: unknown
  readonly isRoot?: boolean
  readonly place: Place
}

class Validator implements RuleFindings {
  readonly causes: Array<Cause> = []
  readonly forgiven: Array<Cause> = []
  private left = budget

  visit(node: Node): void {
    const { schema, value } = node
    if (value === null || value === undefined || this.left < 0) return
    if (!hasRules(schema)) return
    this.ask(node)
    if (Array.isArray(value)) this.visitItems(node, value)
    else if (isObject(value)) this.visitMembers(node, value)
  }

  private visitItems({ old, path, place, schema, value }: Node, items: ReadonlyArray<unknown>): void {
    const below = itemsOf(schema)
    if (below === undefined) return
    // Only items that have keys are the same items as before.
    const find = schema["x-kubernetes-list-type"] === "map" && Array.isArray(old) ? finder(schema, old) : undefined
    items.forEach((item, index) =>
      this.visit({
        schema: below,
        isResource: below["x-kubernetes-embedded-resource"] === true,
        path: indexed(path, index),
        value: item,
        old: find?.(item),
        place: inside(place, value, place.current?.item(item))
      })
    )
  }

  private visitMembers({ isRoot, old, path, place, schema, value }: Node, object: JsonObject): void {
    const values = valuesOf(schema)
    const before = isObject(old) ? old : undefined
    for (const key of sortedKeys(object)) {
      const property = propertyOf(schema, key)
      const below = property ?? values
      if (below === undefined) continue
      const isTypeMeta = isRoot === true && place.current !== undefined && (key === "apiVersion" || key === "kind")
      this.visit({
        schema: below,
        isResource: below["x-kubernetes-embedded-resource"] === true,
        path: property === undefined ? keyed(path, key) : child(path, key),
        value: object[key],
        old: own(before, key),
        place: isTypeMeta ? nowhere : inside(place, value, place.current?.member(key))
      })
    }
  }

  // ---------------------------------------------------------------- rules

  private ask(node: Node): void {
    const { isResource, old, schema, value } = node
    const path = node.path === "" ? noField : node.path
    const type = schema.type ?? ""
    const oldSelf = old === null || old === undefined ? undefined : () => fromJson(old, schema, isResource)
    const self = once(() => fromJson(value, schema, isResource))
    const asOptional = once((): Value => oldSelf === undefined ? none : new Optional(oldSelf()))
    const rules = compiledRules(schema, isResource)
    for (const [index, rule] of rules.entries()) {
      if (this.left <= 0) return this.exhausted(path, type)
      const isOptional = rule.rule.optionalOldSelf === true
      if (rule.program === undefined || (rule.usesOldSelf && oldSelf === undefined && !isOptional)) continue
      const variables = { self, oldSelf: isOptional ? asOptional : oldSelf }
      const outcome = evaluate(rule.program, variables)
      if (outcome._tag === "TooExpensive") {
        this.causes.push(invalid(
          path,
          type,
          `'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${
            shown(rule.rule)
          }`
        ))
        this.left = -1
        return
      }
      if (outcome.cost > this.left) return this.exhausted(path, type)
      this.left -= outcome.cost
      if (outcome._tag === "Failed") this.causes.push(invalid(path, type, failure(outcome.message, rule.rule)))
      else if (outcome.value !== true) this.refuse(node, rules[index]!, { self, oldSelf })
    }
  }

  private exhausted(path: string, type: string): void {
    this.causes.push(
      invalid(
        path,
        type,
        "validation failed due to running out of cost budget, no further validation rules will be run"
      )
    )
    this.left = -1
  }

  private refuse(
    node: Node,
    { message, rule, usesOldSelf }: CompiledRule,
    variables: { readonly self: () => Value; readonly oldSelf: (() => Value) | undefined }
  ): void {
    const relative = rule.fieldPath === undefined || rule.fieldPath === ""
      ? ""
      : normalizedPath(rule.fieldPath, node.schema) ?? ""
    const path = relative === "" && node.path === ""
      ? noField
      : relative === ""
      ? node.path
      : child(node.path, relative)
    const type = node.schema.type ?? ""
    const add = (cause: Cause): void => {
      if (!usesOldSelf && isUnchanged(node)) this.forgiven.push(cause)
      else this.causes.push(cause)
    }
    let detail: string | undefined
    if (message !== undefined) {
      const outcome = evaluate(message, variables)
      if (outcome._tag === "TooExpensive" || outcome.cost > this.left) {
        const expression = JSON.stringify(rule.messageExpression)
        add(invalid(
          path,
          type,
          outcome._tag === "TooExpensive"
            ? `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${expression}`
            : "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run"
        ))
        this.left = -1
        return
      }
      this.left -= outcome.cost
      if (outcome._tag === "Value" && typeof outcome.value === "string") detail = usableMessage(outcome.value)
    }
    const text = detail ?? defaultMessage(rule)
    const isShown = type !== "object" && type !== "array"
    switch (rule.reason) {
      case "FieldValueForbidden":
        return add(forbidden(path, text))
      case "FieldValueRequired":
        return add(required(path, text))
      case "FieldValueDuplicate":
        return add(
          isShown
            ? duplicate(path, node.value)
            : { reason: "FieldValueDuplicate", message: "Duplicate value", field: path }
        )
      default:
        return add(isShown ? invalid(path, node.value, text) : invalidOmitted(path, text))
    }
  }
}

const once = (read: () => Value): () => Value => {
  let value: Value | undefined
  return () => value ??= read()
}

const inside = (outer: Place, value: unknown, current: Previous | undefined): Place =>
  outer.current === undefined ? outer : { current, nearest: { previous: outer.current, value } }

const isUnchanged = ({ place, value }: Node): boolean =>
  place.current === undefined
    ? place.nearest?.previous.isUnchanged(place.nearest.value) === true
    : place.current.isUnchanged(value)

/** Finds the old item with the keys of a new one. */
const finder = (schema: JSONSchemaProps, old: ReadonlyArray<unknown>): (item: unknown) => unknown => {
  const keys = schema["x-kubernetes-list-map-keys"] ?? []
  const keyOf = (item: unknown): string =>
    JSON.stringify(keys.map((key) => isObject(item) ? own(item, key) ?? null : null))
  const items = new Map(old.map((item) => [keyOf(item), item] as const))
  return (item) => items.get(keyOf(item))
}

const failure = (message: string, rule: ValidationRule): string =>
  message.startsWith("no such overload")
    ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${
      shown(rule)
    }`
    : `${message} evaluating rule: ${shown(rule)}`

/** A rule as failures name it. */
const shown = ({ message = "", rule }: ValidationRule): string => (message === "" ? rule : message).trim()

const defaultMessage = (rule: ValidationRule): string =>
  (rule.message ?? "") === "" ? `failed rule: ${shown(rule)}` : shown(rule)

const longestMessage = 5 * 1024

/** What an expression made of a message, unless it cannot stand in a cause. */
const usableMessage = (text: string): string | undefined => {
  const trimmed = text.trim()
  const isUsable = trimmed !== "" && !trimmed.includes("\n") &&
    new TextEncoder().encode(trimmed).length <= longestMessage
  return isUsable ? trimmed : undefined
}
