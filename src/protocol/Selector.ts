/**
 * Label selectors and field selectors: which objects a list, a watch or a deletecollection is about. Built from values, read from text,
 * written as text, and matched here by the server's rules.
 *
 * ```ts
 * import { Selector } from "effect-kube"
 *
 * const web = Selector.labels({ app: "web" }).pipe(Selector.and(Selector.notIn("tier", ["test", "old"])))
 * String(web) // "app=web,tier notin (old,test)"
 * Selector.matches(web, { app: "web" }) // true: notIn is also true of what has no such label
 * const running = Selector.fields({ "status.phase": "Running" })
 * ```
 *
 * Every requirement of a selector must hold; a selector without requirements selects everything. Selectors are immutable, sorted and without
 * duplicates, and two that ask for the same are equal (`Equal.equals`).
 */
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import { fieldIssue } from "./internal/fieldSelectorParser.js"
import { integer } from "./internal/labelSyntax.js"
import * as internal from "./internal/selector.js"
import { FieldSelector, LabelSelector, refuse } from "./internal/selector.js"
import { SelectorError } from "./internal/selectorError.js"

export {
  /** Why a selector, or a part of one, is refused: what it is, where, and what was expected there. */
  SelectorError
}

/** What a label selector can ask of one label. Equality is `In` with one value, inequality `NotIn` with one. */
export type LabelOperator = "In" | "NotIn" | "Exists" | "DoesNotExist" | "GreaterThan" | "LessThan"

/** One condition on one label. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  /** One or more for `In` and `NotIn`, exactly one integer for `GreaterThan` and `LessThan`, none for the others. */
  readonly values: ReadonlyArray<string>
}

/** One condition on one field. */
export interface FieldRequirement {
  /** The field's path: `metadata.name`, `spec.nodeName`. */
  readonly field: string
  readonly operator: "Equals" | "NotEquals"
  readonly value: string
}

export {
  /** A field selector. Made by {@link fields} and its like, or by {@link parseFields}. Which fields a kind has, its server decides. */
  FieldSelector,
  /** A label selector. Made by {@link labels} and its like, by {@link parseLabels}, or by {@link fromLabelSelector}. */
  LabelSelector
}

/**
 * A label selector from conditions that are data. Fails on a key or a value that no label can have, and on a number of values that does not
 * fit the operator.
 */
export const make: (requirements: Iterable<LabelRequirement>) => Effect.Effect<LabelSelector, SelectorError> =
  internal.make

const one = (key: string, operator: LabelOperator, values: ReadonlyArray<string>): LabelSelector =>
  Either.getOrThrowWith(internal.make([{ key, operator, values }]), (error) => error)

/**
 * The label has this value.
 *
 * This function and the other builders throw a {@link SelectorError} on a key or a value that no label can have, since written out it would
 * be another selector (`"a,b"`). Where keys or values come from outside, use {@link make}.
 */
export const equals = (key: string, value: string): LabelSelector => one(key, "In", [value])

/** The label has another value, or is absent. */
export const notEquals = (key: string, value: string): LabelSelector => one(key, "NotIn", [value])

/** The label is there, with any value. */
export const exists = (key: string): LabelSelector => one(key, "Exists", [])

/** The label is absent. */
export const notExists = (key: string): LabelSelector => one(key, "DoesNotExist", [])

const in_ = (key: string, values: ReadonlyArray<string>): LabelSelector => one(key, "In", values)

export {
  /** The label has one of these values, of which there is at least one. */
  in_ as in
}

/** The label has none of these values, of which there is at least one, or is absent. */
export const notIn = (key: string, values: ReadonlyArray<string>): LabelSelector => one(key, "NotIn", values)

/** The label's value is an integer (decimal, of 64 bits) above this one. */
export const greaterThan = (key: string, value: number | bigint): LabelSelector => one(key, "GreaterThan", [`${value}`])

/** The label's value is an integer (decimal, of 64 bits) below this one. */
export const lessThan = (key: string, value: number | bigint): LabelSelector => one(key, "LessThan", [`${value}`])

/** Each of these labels has this value. `labels({})` selects everything. */
export const labels = (values: { readonly [key: string]: string }): LabelSelector =>
  new LabelSelector(Object.entries(values).flatMap(([key, value]) => equals(key, value).requirements))

/** The field has this value. Throws a {@link SelectorError} on a name that no field can have; any value can be written. */
export const fieldEquals = (field: string, value: string): FieldSelector =>
  oneField({ field, operator: "Equals", value })

/** The field has another value. */
export const fieldNotEquals = (field: string, value: string): FieldSelector =>
  oneField({ field, operator: "NotEquals", value })

const oneField = (requirement: FieldRequirement): FieldSelector => {
  const issue = fieldIssue(requirement.field)
  if (issue !== undefined) throw refuse("field", requirement.field, issue)
  return new FieldSelector([requirement])
}

/** Each of these fields has this value. `fields({})` selects everything. */
export const fields = (values: { readonly [field: string]: string }): FieldSelector =>
  new FieldSelector(Object.entries(values).flatMap(([field, value]) => fieldEquals(field, value).requirements))

/** What both select: two label selectors, or two field selectors. */
export const and: {
  (that: LabelSelector): (self: LabelSelector) => LabelSelector
  (that: FieldSelector): (self: FieldSelector) => FieldSelector
  (self: LabelSelector, that: LabelSelector): LabelSelector
  (self: FieldSelector, that: FieldSelector): FieldSelector
} = dual(2, (self: LabelSelector | FieldSelector, that: LabelSelector | FieldSelector) => {
  if (self._tag === "LabelSelector" && that._tag === "LabelSelector") {
    return new LabelSelector([...self.requirements, ...that.requirements])
  }
  if (self._tag === "FieldSelector" && that._tag === "FieldSelector") {
    return new FieldSelector([...self.requirements, ...that.requirements])
  }
  throw new TypeError(`a ${self._tag} and a ${that._tag} are sent apart and cannot be one selector`)
})

/** Reads a label selector: `app=web,tier notin (test,old),!legacy`. Accepts and refuses what the server does. */
export const parseLabels: (text: string) => Effect.Effect<LabelSelector, SelectorError> = internal.parseLabels

/**
 * Reads a field selector: `metadata.name!=a,status.phase=Running`. Accepts and refuses what the server's parser does, which looks at a field's
 * name only later, when it knows the kind.
 */
export const parseFields: (text: string) => Effect.Effect<FieldSelector, SelectorError> = internal.parseFields

/** The selector as it is sent: sorted, without spaces that mean nothing. A text is taken as it is. Empty where everything is selected. */
export const print = (selector: string | LabelSelector | FieldSelector): string => selector.toString()

const matchesLabel = ({ key, operator, values }: LabelRequirement, value: string | undefined): boolean => {
  switch (operator) {
    case "Exists":
      return value !== undefined
    case "DoesNotExist":
      return value === undefined
    case "In":
      return value !== undefined && values.includes(value)
    case "NotIn":
      return value === undefined || !values.includes(value)
    case "GreaterThan":
    case "LessThan": {
      const bound = integer(values[0] ?? "")
      const actual = value === undefined ? undefined : integer(value)
      return bound !== undefined && actual !== undefined &&
        (operator === "GreaterThan" ? actual > bound : actual < bound)
    }
  }
}

/** Whether an object with these labels is selected. `notEquals` and `notIn` hold of what has no such label. */
export const matches: {
  (labels: { readonly [key: string]: string } | undefined): (self: LabelSelector) => boolean
  (self: LabelSelector, labels: { readonly [key: string]: string } | undefined): boolean
} = dual(
  2,
  (self: LabelSelector, labels: { readonly [key: string]: string } | undefined): boolean =>
    self.requirements.every((requirement) =>
      matchesLabel(
        requirement,
        labels !== undefined && Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined
      )
    )
)

/** Whether an object is selected whose fields `get` reads. A field that is absent has the empty value. */
export const matchesFields: {
  (get: (field: string) => string | undefined): (self: FieldSelector) => boolean
  (self: FieldSelector, get: (field: string) => string | undefined): boolean
} = dual(
  2,
  (self: FieldSelector, get: (field: string) => string | undefined): boolean =>
    self.requirements.every(({ field, operator, value }) => ((get(field) ?? "") === value) === (operator === "Equals"))
)

/** A LabelSelector as objects hold it: `spec.selector` of a Deployment. */
export interface LabelSelectorObject {
  readonly matchLabels?: { readonly [key: string]: string } | undefined
  readonly matchExpressions?:
    | ReadonlyArray<{
      readonly key: string
      /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
      readonly operator: string
      readonly values?: ReadonlyArray<string> | undefined
    }>
    | undefined
}

/**
 * The selector that an object holds. An empty one selects everything; what an absent one means (nothing, for most kinds) is for the caller
 * to say. Fails on what the server would refuse.
 */
export const fromLabelSelector: (object: LabelSelectorObject) => Effect.Effect<LabelSelector, SelectorError> =
  internal.fromLabelSelector
