/**
 * The selectors of a list, a watch or a deletecollection, as one test of an object (S42, S43).
 */
import * as Either from "effect/Either"
import { parseFields, parseLabels } from "../../../protocol/internal/selector.js"
import * as Selector from "../../../protocol/Selector.js"
import { goQuote } from "../structural/fieldError.js"
import { labelValue, qualifiedName } from "../structural/names.js"
import { child, type JsonObject, text } from "./json.js"
import { metadataOf } from "./objectMeta.js"
import type { Served } from "./served.js"
import * as status from "./status.js"
import { fieldValue } from "./strategies.js"

export interface ObjectFilter {
  /** True where it lets everything pass. */
  readonly isEverything: boolean
  /** The one name that can pass, where a field selector asks for it. */
  readonly name: string | undefined
  /** A label that whatever passes has, with its value. */
  readonly label: readonly [key: string, value: string] | undefined
  readonly matches: (object: JsonObject) => boolean
}

type Wording = (found: string, before: string) => string

const unable = (rest: string): string => `unable to parse requirement: ${rest}`

/** What the client's parser expected, and how the server says it. */
const wordings: ReadonlyArray<readonly [RegExp, Wording]> = [
  [/^an operator/, (found) => unable(`found '${found}', expected: in, notin, =, ==, !=, gt, lt`)],
  [/^"\("$/, (found) => unable(`found '${found}' expected: '('`)],
  [/^(a value, )?"," or "\)"$/, (found) => unable(`found '${found}', expected: ',' or ')'`)],
  [/^"," or the end$/, (found) => `found '${found}', expected: ',' or 'end of string'`],
  [
    /^an integer/,
    (found) =>
      unable(`values[0]: Invalid value: ${goQuote(found)}: for 'Gt', 'Lt' operators, the value must be an integer`)
  ],
  [
    /^a label key or "!"$/,
    (found, before) =>
      `found '${found}', expected: ${
        /,\s*$/.test(before) ? "identifier after ','" : "!, identifier, or 'end of string'"
      }`
  ],
  [/^a label key$|^a value$/, (found) => unable(`found '${found}', expected: identifier`)],
  [/^a label key/, (found) => unable(`<nil>: Invalid value: ${goQuote(found)}: ${qualifiedName(found)[0] ?? ""}`)],
  [/^a label value/, (found) => unable(`values[0]: Invalid value: ${goQuote(found)}: ${labelValue(found)[0] ?? ""}`)]
]

const labelRefusal = (error: Selector.SelectorError): status.Refusal => {
  const wording = wordings.find(([pattern]) => pattern.test(error.expected))
  return status.badRequest(
    wording === undefined ? unable(error.message) : wording[1](error.found, error.input.slice(0, error.position))
  )
}

const fieldRefusal = (error: Selector.SelectorError, whole: string): status.Refusal => {
  if (error.found.startsWith("\\")) {
    return status.badRequest(`invalid field selector: invalid escape sequence: ${error.found}`)
  }
  if (error.found === "=") return status.badRequest("invalid field selector: unescaped character in value: 61")
  return status.badRequest(`invalid selector: '${whole}'; can't understand '${error.found}'`)
}

/** Reads both selectors for a kind; what cannot be read, and a field that the kind does not offer, is refused. */
export const objectFilter = (served: Served, labelSelector: string, fieldSelector: string): ObjectFilter => {
  const labels = Either.getOrThrowWith(parseLabels(labelSelector), labelRefusal)
  const fields = Either.getOrThrowWith(
    parseFields(fieldSelector),
    (error) => fieldRefusal(error, fieldSelector)
  )
  let name: string | undefined
  for (const requirement of fields.requirements) {
    const { field } = requirement
    if (field === "metadata.name") {
      if (requirement.operator === "Equals") name = requirement.value
    } else if (
      !(field === "metadata.namespace" && served.namespaced) && !Object.hasOwn(served.strategy.fields, field)
    ) {
      throw status.badRequest(served.strategy.unknownField(field))
    }
  }
  const noLabels = labels.requirements.length === 0
  const noFields = fields.requirements.length === 0
  return {
    isEverything: noLabels && noFields,
    name,
    label: labelOf(labels),
    matches: (object) =>
      // Stored labels are texts: their kind's decoder has seen to it.
      (noLabels ||
        Selector.matches(labels, child(metadataOf(object), "labels") as { readonly [key: string]: string } | undefined))
      && (noFields || Selector.matchesFields(fields, (field) => valueOf(served, object, field)))
  }
}

const labelOf = ({ requirements }: Selector.LabelSelector): ObjectFilter["label"] => {
  for (const { key, operator, values: [value, ...others] } of requirements) {
    if (operator === "In" && value !== undefined && others.length === 0) return [key, value]
  }
  return undefined
}

const valueOf = (served: Served, object: JsonObject, field: string): string =>
  field === "metadata.name" || field === "metadata.namespace"
    ? text(metadataOf(object), field.slice("metadata.".length)) ?? ""
    : fieldValue(object, served.strategy.fields[field] ?? field)
