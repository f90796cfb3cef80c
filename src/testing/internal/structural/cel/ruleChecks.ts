/**
 * What a server refuses of the rules in a definition: fields of rules that are wrong, rules that do not compile or could
 * cost too much, and rules about changes of what cannot be followed from one version of an object to the next.
 */
import {
  type Cause,
  child,
  forbidden,
  goJson,
  indexed,
  internalError,
  invalid,
  invalidJson,
  keyed,
  notSupported,
  required
} from "../fieldError.js"
import { itemsOf, type JSONSchemaProps, valuesOf } from "../schema.js"
import { type CompiledRule, compileRule, rulesOf, type ValidationRule } from "./compile.js"
import { type DeclaredType, declaredType, maximumRequest } from "./declaredType.js"
import { normalizedPath } from "./fieldPath.js"

const keyword = "x-kubernetes-validations"

const reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"]

/** What can be said of the rules of one node without compiling them. */
export const checkRuleFields = (schema: JSONSchemaProps, path: string): ReadonlyArray<Cause> =>
  rulesOf(schema).flatMap((rule, index) => checkFields(schema, rule, indexed(child(path, keyword), index)))

const hasNewline = (text: string): boolean => /[\n\r]/.test(text)

const checkFields = (schema: JSONSchemaProps, rule: ValidationRule, path: string): ReadonlyArray<Cause> => {
  const { fieldPath = "", message = "", messageExpression = "", reason } = rule
  const causes: Array<Cause> = []
  const at = (field: string): string => child(path, field)
  if (rule.rule.trim() === "") causes.push(required(at("rule"), "rule is not specified"))
  else if (message !== "" && message.trim() === "") {
    causes.push(invalid(at("message"), message, "must be non-empty if specified"))
  } else if (hasNewline(message.trim())) causes.push(invalid(at("message"), message, "must not contain line breaks"))
  else if (hasNewline(rule.rule.trim()) && message.trim() === "") {
    causes.push(required(at("message"), "message must be specified if rule contains line breaks"))
  }
  if (messageExpression !== "" && messageExpression.trim() === "") {
    causes.push(required(at("messageExpression"), "messageExpression must be non-empty if specified"))
  }
  if (reason !== undefined && !reasons.includes(reason)) causes.push(notSupported(at("reason"), reason, reasons))
  if (fieldPath === "") return causes
  if (fieldPath.trim() === "") causes.push(invalid(at("fieldPath"), fieldPath, "must be non-empty if specified"))
  if (hasNewline(fieldPath)) causes.push(invalid(at("fieldPath"), fieldPath, "must not contain line breaks"))
  if (normalizedPath(fieldPath, schema) === undefined) {
    causes.push(invalid(at("fieldPath"), fieldPath, "must be a valid path"))
  }
  return causes
}

/** The server's limits of one rule, and of all rules of a schema. */
const ruleLimit = 10_000_000
const schemaLimit = 100_000_000

interface Node {
  readonly schema: JSONSchemaProps
  readonly path: string
  readonly isResource: boolean
  /** How often such a value can be in an object; Infinity where nothing limits it. */
  readonly cardinality: number
  /** The list or map in which old and new values cannot be told to be the same. */
  readonly uncorrelatable: string | undefined
}

/**
 * Causes for which the rules of a structural schema are refused. Those of a node are not looked at while something else is
 * wrong there or below, as `others` tells.
 */
export const checkRules = (
  schema: JSONSchemaProps,
  path: string,
  others: ReadonlyArray<Cause>
): ReadonlyArray<Cause> => {
  const checker = new RuleChecker(others)
  checker.visit({ schema, path, isResource: true, cardinality: 1, uncorrelatable: undefined })
  return [...checker.causes, ...checker.totalCauses(path)]
}

class RuleChecker {
  readonly causes: Array<Cause> = []
  private total = 0
  private readonly expensive: Array<{ readonly path: string; readonly cost: number }> = []

  constructor(private readonly others: ReadonlyArray<Cause>) {}

  visit(node: Node): void {
    const { path, schema, uncorrelatable } = node
    const inside = node.cardinality * factorOf(schema)
    const below = (part: JSONSchemaProps, at: string, isFixed: boolean): void =>
      this.visit({
        schema: part,
        path: at,
        isResource: part["x-kubernetes-embedded-resource"] === true,
        cardinality: inside,
        uncorrelatable: uncorrelatable ?? (isFixed ? undefined : path)
      })
    const values = valuesOf(schema)
    if (values !== undefined) below(values, child(path, "additionalProperties"), true)
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      below(property, keyed(child(path, "properties"), name), true)
    }
    const items = itemsOf(schema)
    if (items !== undefined) below(items, child(path, "items"), schema["x-kubernetes-list-type"] === "map")
    this.checkNode(node)
  }

  private checkNode({ cardinality, isResource, path, schema, uncorrelatable }: Node): void {
    const rules = rulesOf(schema)
    if (rules.length === 0 || this.others.some(({ field }) => isAtOrBelow(field, path))) return
    const rulesPath = child(path, keyword)
    const self = declaredType(schema, isResource, "selfType")
    if (self === undefined) {
      this.causes.push(internalError(
        rulesPath,
        "internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations"
      ))
      return
    }
    rules.forEach((rule, index) => {
      const at = indexed(rulesPath, index)
      const compiled = compileRule(rule, self)
      this.checkCost(compiled, self, cardinality, at)
      if (compiled.problem !== undefined) {
        this.causes.push(invalidJson(child(at, "rule"), printRule(rule), compiled.problem))
      }
      this.checkMessage(compiled, at)
      if (compiled.usesOldSelf && uncorrelatable !== undefined) {
        const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`
        this.causes.push(invalid(child(at, "rule"), rule.rule, detail))
      } else if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined) {
        const detail = "may not be set if oldSelf is not used in rule"
        this.causes.push(invalid(child(at, "optionalOldSelf"), rule.optionalOldSelf, detail))
      }
    })
  }

  private checkCost({ cost }: CompiledRule, self: DeclaredType, cardinality: number, at: string): void {
    const times = Number.isFinite(cardinality) ? cardinality : Math.floor(maximumRequest / (self.minimumBytes + 1))
    const total = cost * times
    if (total > ruleLimit) {
      this.causes.push(forbidden(child(at, "rule"), tooExpensive("estimated rule cost", total, ruleLimit)))
    }
    this.count(child(at, "rule"), total)
  }

  private checkMessage({ message, messageCost, messageProblem, rule }: CompiledRule, at: string): void {
    const path = child(at, "messageExpression")
    if (messageProblem !== undefined) this.causes.push(invalidJson(path, printRule(rule), messageProblem))
    if (message === undefined) return
    if (messageCost > ruleLimit) {
      this.causes.push(forbidden(path, tooExpensive("estimated messageExpression cost", messageCost, ruleLimit)))
    }
    this.count(path, messageCost)
  }

  private count(path: string, cost: number): void {
    this.total += cost
    if (cost >= schemaLimit / 100) this.expensive.push({ path, cost })
  }

  /** The four most expensive rules, and the sum. */
  totalCauses(path: string): ReadonlyArray<Cause> {
    if (this.total <= schemaLimit) return []
    const most = [...this.expensive].sort((left, right) => right.cost - left.cost).slice(0, 4)
    return [
      ...most.map((rule) =>
        forbidden(
          rule.path,
          "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"
        )
      ),
      forbidden(
        path,
        tooExpensive(
          "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema",
          this.total,
          schemaLimit
        )
      )
    ]
  }
}

const isAtOrBelow = (field: string, path: string): boolean =>
  field.startsWith(path) && (field.length === path.length || field[path.length] === "." || field[path.length] === "[")

/** How many values there can be of what is inside a value. */
const factorOf = (schema: JSONSchemaProps): number => {
  const limit = (maximum: number | undefined): number => maximum === undefined ? Infinity : Math.max(maximum, 0)
  if (schema.type === "array") return limit(schema.maxItems)
  return schema.type === "object" && schema.additionalProperties !== undefined ? limit(schema.maxProperties) : 1
}

const tooExpensive = (what: string, cost: number, limit: number): string => {
  const factor = cost / limit
  const shown = factor > 100 ? "more than 100x" : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}

/** A rule as the server prints it: with the names of its own fields, in their order. */
const printRule = (rule: ValidationRule): string => {
  const fields: ReadonlyArray<readonly [name: string, value: unknown]> = [
    ["Rule", rule.rule],
    ["Message", rule.message ?? ""],
    ["MessageExpression", rule.messageExpression ?? ""],
    ["Reason", rule.reason ?? null],
    ["FieldPath", rule.fieldPath ?? ""],
    ["OptionalOldSelf", rule.optionalOldSelf ?? null]
  ]
  return `{${fields.map(([name, value]) => `"${name}":${goJson(value)}`).join(",")}}`
}
