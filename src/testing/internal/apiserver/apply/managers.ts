/**
 * Who manages which fields of an object: `metadata.managedFields`, read, changed and written. A manager is known by its
 * name, by what it did (Apply or Update), by the subresource, and, for updates, by the apiVersion.
 *
 * Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
 */
import { child, isObject, items, type JsonObject, text } from "../json.js"
import { FieldSet, type Path, pathText } from "./fieldSet.js"
import { decodeFieldsV1, encodeFieldsV1, NotFieldsV1 } from "./fieldsV1.js"

export type Operation = "Apply" | "Update"

/** Who writes, where. */
export interface Writer {
  readonly manager: string
  readonly operation: Operation
  readonly apiVersion: string
  readonly subresource: string
}

export interface Owned {
  readonly writer: Writer
  readonly set: FieldSet
  readonly time: string | undefined
}

/** By the identity of the writer. */
export type Managed = ReadonlyMap<string, Owned>

/** What tells writers apart, in a form that also sorts them as a server does. */
export const identityOf = ({ apiVersion, manager, operation, subresource }: Writer): string =>
  JSON.stringify({
    manager: manager === "" ? undefined : manager,
    operation,
    apiVersion: operation === "Apply" || apiVersion === "" ? undefined : apiVersion,
    subresource: subresource === "" ? undefined : subresource
  })

/** The managers of an object; nothing where its managedFields cannot be read. */
export const decodeManaged = (entries: ReadonlyArray<unknown>): Managed | undefined => {
  const managed = new Map<string, Owned>()
  for (const entry of entries) {
    const operation = text(entry, "operation")
    const apiVersion = text(entry, "apiVersion") ?? ""
    if (operation !== "Apply" && operation !== "Update") return undefined
    if (apiVersion === "" || text(entry, "fieldsType") !== "FieldsV1" || !isObject(entry)) return undefined
    try {
      const set = decodeFieldsV1(entry["fieldsV1"])
      const writer: Writer = {
        manager: text(entry, "manager") ?? "",
        operation,
        apiVersion,
        subresource: text(entry, "subresource") ?? ""
      }
      managed.set(identityOf(writer), { writer, set, time: text(entry, "time") })
    } catch (error) {
      if (error instanceof NotFieldsV1) return undefined
      throw error
    }
  }
  return managed
}

/** The managers of an object as it is stored; none where they cannot be read. */
export const managedOf = (object: JsonObject): Managed =>
  decodeManaged(items(child(object, "metadata"), "managedFields")) ?? new Map<string, Owned>()

const bySeconds = (time: string | undefined): number => time === undefined ? 0 : Math.floor(Date.parse(time) / 1000)

const compareTexts = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

const compareOwned = (a: Owned, b: Owned): number =>
  compareTexts(a.writer.operation, b.writer.operation)
  || bySeconds(a.time) - bySeconds(b.time)
  || compareTexts(a.writer.manager, b.writer.manager)
  || compareTexts(a.writer.apiVersion, b.writer.apiVersion)
  || compareTexts(a.writer.subresource, b.writer.subresource)

/** The managers as `metadata.managedFields` has them: applies first, older ones first. Nothing where there are none. */
export const encodeManaged = (managed: Managed): ReadonlyArray<JsonObject> | undefined => {
  if (managed.size === 0) return undefined
  const owned = [...managed.values()]
  if (owned.length > 1) owned.sort(compareOwned)
  return owned.map(({ set, time, writer }) => entryOf(writer, time, encodeFieldsV1(set)))
}

/** One entry of `metadata.managedFields`. */
export const entryOf = (writer: Writer, time: string | undefined, fieldsV1: JsonObject): JsonObject => ({
  ...(writer.manager !== "" && { manager: writer.manager }),
  operation: writer.operation,
  apiVersion: writer.apiVersion,
  ...(time !== undefined && { time }),
  fieldsType: "FieldsV1",
  fieldsV1,
  ...(writer.subresource !== "" && { subresource: writer.subresource })
})

/** Updaters beyond these are put together, the oldest first. */
const maximumUpdaters = 10

/** Puts the oldest updaters together under one name for each apiVersion where there are too many. */
export const capUpdaters = (managed: Managed): Managed => {
  const updaters = [...managed].filter(([, { writer }]) => writer.operation === "Update")
  if (updaters.length <= maximumUpdaters) return managed
  updaters.sort(([a, left], [b, right]) => bySeconds(left.time) - bySeconds(right.time) || compareTexts(a, b))
  const result = new Map(managed)
  const first = new Map<string, string>()
  let count = updaters.length
  for (const [id, { set, time, writer }] of updaters) {
    if (count <= maximumUpdaters) break
    const oldest = first.get(writer.apiVersion)
    if (oldest === undefined) {
      first.set(writer.apiVersion, id)
      continue
    }
    const ancient: Writer = { ...writer, manager: "ancient-changes", subresource: "" }
    const bucket = identityOf(ancient)
    const before = result.get(bucket) ?? result.get(oldest)
    if (!result.has(bucket)) result.delete(oldest)
    result.delete(id)
    result.set(bucket, { writer: ancient, set: set.union(before?.set ?? new FieldSet()), time })
    count--
  }
  return result
}

/** A field that another manager owns and that an apply would change. */
export interface Conflict {
  readonly writer: Writer
  readonly path: Path
}

/** How a message names a manager. */
const managerText = ({ apiVersion, manager, operation, subresource }: Writer): string => {
  const name = `${JSON.stringify(manager)}${
    subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`
  }`
  return operation === "Update" ? `${name} using ${apiVersion}` : name
}

export const conflictCauses = (conflicts: ReadonlyArray<Conflict>) =>
  conflicts.map(({ path, writer }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${managerText(writer)}`,
    field: pathText(path)
  }))

/** The message of a refused apply: one conflict in one line, several by their managers. */
export const conflictMessage = (conflicts: ReadonlyArray<Conflict>): string => {
  const [only] = conflicts
  if (conflicts.length === 1 && only !== undefined) {
    return `Apply failed with 1 conflict: conflict with ${managerText(only.writer)}: ${pathText(only.path)}`
  }
  const byManager = new Map<string, Array<Conflict>>()
  for (const conflict of conflicts) {
    const id = identityOf(conflict.writer)
    byManager.set(id, [...byManager.get(id) ?? [], conflict])
  }
  const lines = [...byManager.keys()].sort(compareTexts).flatMap((id) => {
    const found = byManager.get(id)!
    return [`conflicts with ${managerText(found[0]!.writer)}:`, ...found.map(({ path }) => `- ${pathText(path)}`)]
  })
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`
}
