/** The columns of custom resources: names, then what `additionalPrinterColumns` of the definition asks for. */
import { goNumber } from "../../structural/fieldError.js"
import { isObject, type JsonObject, text } from "../json.js"
import { humanDuration, unknownAge } from "./age.js"
import { compilePath } from "./jsonPath.js"
import { type Cell, type Column, type Context, type Layout, name } from "./layout.js"

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
}

const escapes: { readonly [character: string]: string } = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029"
}

/** JSON as Go writes it. */
const goJson = (value: unknown): string =>
  JSON.stringify(sorted(value)).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character]!)

const textOf = (value: unknown): string => {
  if (value === null) return "<no value>"
  if (typeof value === "object") return goJson(value)
  return typeof value === "number" ? goNumber(value) : String(value)
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d([.,]\d+)?([Zz]|[+-]\d\d:\d\d)$/

const ageText = (value: string, now: number): string => {
  if (value === "" || value === "null") return unknownAge
  const then = rfc3339.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(then) ? "<invalid>" : humanDuration(now - then)
}

/** What a cell makes of a value; nothing of one that is not of the column's type. */
const cells: { readonly [type: string]: (value: unknown, context: Context) => Cell } = {
  string: textOf,
  integer: (value) => typeof value === "number" ? Math.trunc(value) : null,
  number: (value) => typeof value === "number" ? value : null,
  boolean: (value) => typeof value === "boolean" ? value : null,
  date: (value, { now }) => typeof value === "string" ? ageText(value, now) : null
}

const isType = (type: string): type is Column["type"] => Object.hasOwn(cells, type)

const columnOf = (column: JsonObject): Column | undefined => {
  const jsonPath = text(column, "jsonPath") ?? ""
  const type = text(column, "type") ?? ""
  const path = compilePath(jsonPath)
  if (path === undefined || !isType(type)) return undefined
  const description = text(column, "description") ?? ""
  return {
    name: text(column, "name") ?? "",
    type,
    format: text(column, "format") ?? "",
    description: description === ""
      ? `Custom resource definition column (in JSONPath format): ${jsonPath}`
      : description,
    priority: typeof column["priority"] === "number" ? column["priority"] : 0,
    cell: (object, context) => {
      const found = path(object)
      return found === undefined || found.length === 0 ? null : cells[type]!(found[0], context)
    }
  }
}

/** What a definition without columns has. Its description is Kubernetes' text and left out. */
const ages = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }

/** A column whose path cannot be read ends them: a real server shows those before it. */
export const customLayout = (columns: ReadonlyArray<JsonObject>): Layout => {
  if (columns.length === 0) return { columns: [name, { ...columnOf(ages)!, description: "" }] }
  const shown: Array<Column> = [name]
  for (const each of columns) {
    const column = columnOf(each)
    if (column === undefined) break
    shown.push(column)
  }
  return { columns: shown }
}
