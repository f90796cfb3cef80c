/**
 * What has changed between two states of a cluster, for a person to read: which objects came and went, and which fields
 * of those that stayed have other values.
 */
import { isObject, type JsonObject, own } from "./json.js"
import type { StoredObject } from "./snapshot.js"

export interface DiffOptions {
  /** Fields that do not count, as paths from the root. Default: resourceVersion, generation and managedFields of the metadata. */
  readonly ignore?: ReadonlyArray<string> | undefined
  /** Characters of a value that are shown. Default 80. */
  readonly width?: number | undefined
}

const usuallyIgnored = ["metadata.resourceVersion", "metadata.generation", "metadata.managedFields"]

const idOf = ({ apiVersion, kind, metadata: { name, namespace } }: StoredObject): string =>
  `${apiVersion} ${kind} ${namespace === undefined || namespace === "" ? "" : `${namespace}/`}${name}`

/** An element of a list is best known by its name. */
const elementKey = (element: unknown, index: number): string => {
  const name = isObject(element) ? own(element, "name") ?? own(element, "type") : undefined
  return typeof name === "string" ? `[${name}]` : `[${index}]`
}

const membersOf = (value: unknown): ReadonlyMap<string, unknown> | undefined => {
  if (Array.isArray(value)) {
    const keys = value.map(elementKey)
    return new Map(value.map((element, index) => [
      new Set(keys).size === keys.length ? keys[index]! : `[${index}]`,
      element
    ]))
  }
  return isObject(value) ? new Map(Object.entries(value)) : undefined
}

const join = (path: string, key: string): string => path === "" || key.startsWith("[") ? path + key : `${path}.${key}`

/** The fields that differ, each as `path: before -> after`. */
const changes = (
  before: unknown,
  after: unknown,
  path: string,
  options: { readonly ignore: ReadonlySet<string>; readonly width: number }
): ReadonlyArray<string> => {
  if (options.ignore.has(path) || before === after) return []
  const [left, right] = [membersOf(before), membersOf(after)]
  if (left !== undefined && right !== undefined && Array.isArray(before) === Array.isArray(after)) {
    const keys = new Set([...left.keys(), ...right.keys()])
    return [...keys].flatMap((key) => changes(left.get(key), right.get(key), join(path, key), options))
  }
  const shown = (value: unknown): string => {
    if (value === undefined) return "nothing"
    const text = JSON.stringify(value)
    return text.length > options.width ? `${text.slice(0, options.width)}…` : text
  }
  return [`${path}: ${shown(before)} -> ${shown(after)}`]
}

/** One object a line, its changed fields below it; empty where nothing that counts has changed. */
export const diff = (
  before: ReadonlyArray<StoredObject>,
  after: ReadonlyArray<StoredObject>,
  options: DiffOptions = {}
): string => {
  const settings = { ignore: new Set(options.ignore ?? usuallyIgnored), width: options.width ?? 80 }
  const byId = (objects: ReadonlyArray<StoredObject>) => new Map(objects.map((object) => [idOf(object), object]))
  const [old, now] = [byId(before), byId(after)]
  const lines = [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((id): ReadonlyArray<string> => {
    const [left, right]: ReadonlyArray<JsonObject | undefined> = [old.get(id), now.get(id)]
    if (left === undefined) return [`+ ${id}`]
    if (right === undefined) return [`- ${id}`]
    const changed = changes(left, right, "", settings)
    return changed.length === 0 ? [] : [`~ ${id}`, ...changed.map((line) => `    ${line}`)]
  })
  return lines.join("\n")
}
