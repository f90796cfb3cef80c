/**
 * Layouts of tables: the printer columns of a kind, each with the way to its cells. The descriptions of columns are
 * Kubernetes' texts and left out, so `description` is empty but where a definition gives one.
 */
import { child, isObject, items, type JsonObject, own, text } from "../json.js"
import { metadataOf } from "../objectMeta.js"
import { nameOf } from "../objectParts.js"
import { since } from "./age.js"

export type Cell = string | number | boolean | null

/** What a cell can show beside its object. */
export interface Context {
  /** Milliseconds since 1970. */
  readonly now: number
  /** The objects of the list; nothing where one object was asked for. */
  readonly listed: ReadonlyArray<JsonObject> | undefined
}

export interface Column {
  readonly name: string
  readonly type: "string" | "integer" | "number" | "boolean" | "date"
  readonly format: string
  readonly description: string
  /** Clients show columns of priority 0 always, and others where there is room. */
  readonly priority: number
  readonly cell: (object: JsonObject, context: Context) => Cell
}

/** A mark of a whole row. */
export interface RowCondition {
  readonly type: "Completed"
  readonly status: "True"
  readonly reason: string
  readonly message: string
}

export interface Layout {
  readonly columns: ReadonlyArray<Column>
  /** Cells at the end of each row that no column names: a real server has some. */
  readonly unnamed?: ReadonlyArray<Column["cell"]> | undefined
  readonly conditions?: ((object: JsonObject) => ReadonlyArray<RowCondition>) | undefined
  /** Some tables without rows say `null`, others have an empty list of them. */
  readonly isNullWhenEmpty?: boolean | undefined
  /** The order of a list's rows, where it is not that of the list. */
  readonly order?: ((a: JsonObject, b: JsonObject) => number) | undefined
}

type Make = (name: string, cell: Column["cell"], priority?: number) => Column

const makerOf = (type: Column["type"]): Make => (name, cell, priority = 0) => ({
  name,
  type,
  format: "",
  description: "",
  priority,
  cell
})

export const string = makerOf("string")
export const integer = makerOf("integer")
export const boolean = makerOf("boolean")

/** What stands at a path of members. */
export const at = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce((found, key) => isObject(found) ? own(found, key) : undefined, value)

export const textAt = (value: unknown, ...path: ReadonlyArray<string>): string => {
  const found = at(value, ...path)
  return typeof found === "string" ? found : ""
}

export const numberAt = (value: unknown, ...path: ReadonlyArray<string>): number => {
  const found = at(value, ...path)
  return typeof found === "number" ? found : 0
}

export const listAt = (value: unknown, ...path: ReadonlyArray<string>): ReadonlyArray<unknown> => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The texts of a list. */
export const textsAt = (value: unknown, ...path: ReadonlyArray<string>): ReadonlyArray<string> =>
  listAt(value, ...path).filter((each) => typeof each === "string")

/** The number of members, or of elements. */
export const sizeAt = (value: unknown, ...path: ReadonlyArray<string>): number => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.length : isObject(found) ? Object.keys(found).length : 0
}

/** A text, or what stands for none. */
export const or = (value: string, otherwise: string): string => value === "" ? otherwise : value

/** The cell of a field, empty where it is missing. */
export const field = (...path: ReadonlyArray<string>): Column["cell"] => (object) => textAt(object, ...path)
export const count = (...path: ReadonlyArray<string>): Column["cell"] => (object) => numberAt(object, ...path)
export const size = (...path: ReadonlyArray<string>): Column["cell"] => (object) => sizeAt(object, ...path)
export const truth = (...path: ReadonlyArray<string>): Column["cell"] => (object) => at(object, ...path) === true
/** The cell of a field that is often missing. */
export const fieldOr = (otherwise: string, ...path: ReadonlyArray<string>): Column["cell"] => (object) => {
  const found = at(object, ...path)
  return found === undefined || found === null ? otherwise : String(found)
}

const ageOf: Column["cell"] = (object, { now }) => since(metadataOf(object)["creationTimestamp"], now)

/** The first column of nearly all kinds. */
export const name: Column = { ...string("Name", nameOf), format: "name" }
export const age = string("Age", ageOf)
export const unnamedAge = ageOf

/** Of an object that is not stored, as that of a bookmark, the beginning of Go's time. */
export const createdAt = makerOf("date")(
  "Created At",
  (object) => text(metadataOf(object), "creationTimestamp") ?? "0001-01-01T00:00:00Z"
)

/** What kinds have that ask for nothing better. */
export const defaultLayout: Layout = { columns: [name, createdAt], isNullWhenEmpty: true }

/** Labels as one text. */
export const labels = (map: unknown): string =>
  or(
    isObject(map) ? Object.keys(map).sort().map((key) => `${key}=${textAt(map, key)}`).join(",") : "",
    "<none>"
  )

const requirement = (expression: unknown): string => {
  const key = textAt(expression, "key")
  const values = [...textsAt(expression, "values")].sort().join(",")
  switch (textAt(expression, "operator")) {
    case "In":
      return `${key} in (${values})`
    case "NotIn":
      return `${key} notin (${values})`
    case "Exists":
      return key
    default:
      return `!${key}`
  }
}

/** A label selector in the form of a query, by the keys; empty where it selects everything or nothing. */
export const selectorText = (selector: unknown): string => {
  const matched = child(selector, "matchLabels") ?? {}
  return [
    ...Object.keys(matched).map((key): readonly [string, string] => [key, `${key}=${textAt(matched, key)}`]),
    ...items(selector, "matchExpressions").map((each): readonly [string, string] => [
      textAt(each, "key"),
      requirement(each)
    ])
  ].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).map(([, each]) => each).join(",")
}

export const selector = (...path: ReadonlyArray<string>): Column["cell"] => (object) =>
  or(selectorText(at(object, ...path)), "<none>")

/** The columns of the containers of a pod template. */
export const containers = (...path: ReadonlyArray<string>): ReadonlyArray<Column> => {
  const each = (member: string): Column["cell"] => (object) =>
    listAt(object, ...path, "containers").map((container) => textAt(container, member)).join(",")
  return [string("Containers", each("name"), 1), string("Images", each("image"), 1)]
}

/** The first three, and how many more there are. */
export const firstOf = (all: ReadonlyArray<string>, most = 3): string =>
  all.length > most ? `${all.slice(0, most).join(",")} + ${all.length - most} more...` : all.join(",")

/** A condition of the status. */
export const conditionOf = (object: JsonObject, type: string): unknown =>
  listAt(object, "status", "conditions").find((each) => textAt(each, "type") === type)

export const isConditionTrue = (object: JsonObject, type: string): boolean =>
  textAt(conditionOf(object, type), "status") === "True"
