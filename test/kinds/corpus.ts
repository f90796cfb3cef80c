/** The corpus (test/kinds/corpus/README.md): objects of every kind as a real server served them. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import type { Struct, Type } from "../../src/protocol/internal/descriptor.js"
import { objectMeta } from "../../src/protocol/internal/objectMeta.js"
import * as Resource from "../../src/protocol/Resource.js"
import { type BuiltinKind, everyKind } from "./all.js"

export type Json = { readonly [field: string]: any }

export interface Entry {
  /** What was created. */
  readonly draft: Json
  /** What was then sent to a subresource. */
  readonly status?: Json
  /** What the server served after that. */
  readonly served: Json
  /** What it served after the object was deleted, where finalizers hold it. */
  readonly deleting?: Json
}

export interface Recorded extends BuiltinKind {
  readonly entries: ReadonlyArray<Entry>
}

const folder = path.resolve(fileURLToPath(import.meta.url), "../corpus")

const key = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string =>
  `${apiVersion} ${kind}`

/** The name of a kind in messages: `apps/v1 Deployment`. */
export const nameOf = (resource: Resource.Any): string =>
  key({ apiVersion: Resource.apiVersion(resource), kind: resource.kind })

const recorded = new Map<string, ReadonlyArray<Entry>>(
  fs.readdirSync(folder).filter((file) => file.endsWith(".json") && file !== "report.json").sort().map((file) => {
    const entries: ReadonlyArray<Entry> = JSON.parse(fs.readFileSync(path.join(folder, file), "utf8"))
    return [key(entries[0]!.draft as { apiVersion: string; kind: string }), entries]
  })
)

/** Every kind of which the corpus has objects. */
export const corpus: ReadonlyArray<Recorded> = everyKind.flatMap((kind) => {
  const entries = recorded.get(nameOf(kind.resource))
  return entries === undefined ? [] : [{ ...kind, entries }]
})

/** Whether the server keeps objects of a kind, or only answers. */
export const isKept = (resource: Resource.Any): boolean => resource.abilities.includes("get")

/** Called for each field that a value of a type has, with its struct; `type` is missing where the struct has no such field. */
export type Visit = (found: {
  readonly struct: Struct
  readonly field: string
  readonly type: Type | undefined
  readonly value: unknown
  readonly path: string
}) => void

/** Walks a value along its type. */
export const walk = (type: Type, value: unknown, visit: Visit, path = ""): void => {
  if (value === null || typeof value !== "object" || typeof type === "string") return
  if (typeof type === "function") return walkStruct(type(), value, visit, path)
  if ("merged" in type) return walkStruct(type.merged(), value, visit, path)
  if ("either" in type) {
    const fits = (one: Type): boolean => Array.isArray(value) === (typeof one === "object" && "list" in one)
    return type.either.filter((one) => typeof one !== "string" && fits(one)).forEach((one) =>
      walk(one, value, visit, path)
    )
  }
  const inner = "list" in type ? type.list : type.record
  for (const [at, item] of Object.entries(value)) walk(inner, item, visit, `${path}["${at}"]`)
}

/** Walks an object of a kind: its metadata, and what its struct has. */
export const walkObject = ({ struct }: BuiltinKind, object: Json, visit: Visit): void => {
  const { apiVersion: _, kind: __, metadata, ...own } = object
  walk(() => objectMeta, metadata, visit, ".metadata")
  walk(() => struct, own, visit)
}

const walkStruct = (struct: Struct, value: object, visit: Visit, path: string): void => {
  for (const [field, item] of Object.entries(value)) {
    const type = Object.hasOwn(struct.fields, field) ? struct.fields[field] : undefined
    visit({ struct, field, type, value: item, path: `${path}.${field}` })
    if (type !== undefined) walk(type, item, visit, `${path}.${field}`)
  }
}

/** All structs that values of a struct can hold, itself included. */
export const structsOf = (struct: Struct, all: Set<Struct> = new Set()): ReadonlySet<Struct> => {
  const add = (type: Type): void => {
    if (typeof type === "string") return
    if (typeof type === "function") return void structsOf(type(), all)
    if ("merged" in type) return void structsOf(type.merged(), all)
    if ("either" in type) return type.either.forEach(add)
    add("list" in type ? type.list : type.record)
  }
  if (all.has(struct)) return all
  all.add(struct)
  Object.values(struct.fields).forEach(add)
  return all
}

/** What becomes of the `null`s of an object, told by its type alone and apart from the checker. */
export const withoutNulls = ({ struct }: BuiltinKind, object: Json): unknown =>
  fieldsWithoutNulls({ ...struct, fields: { ...struct.fields, metadata: () => objectMeta } }, object)

const inside = (type: Type, value: unknown): unknown => {
  if (value === null || typeof value !== "object" || typeof type === "string") return value
  if (typeof type === "function") return fieldsWithoutNulls(type(), value)
  if ("merged" in type) return fieldsWithoutNulls(type.merged(), value)
  if ("either" in type) return value
  if ("list" in type) return (value as ReadonlyArray<unknown>).map((item) => inside(type.list, item))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, orEmpty(type.record, item)]))
}

const orEmpty = (type: Type, value: unknown): unknown =>
  value !== null || typeof type !== "object"
    ? inside(type, value)
    : "list" in type
    ? []
    : "record" in type
    ? {}
    : value

const fieldsWithoutNulls = (struct: Struct, value: object): unknown =>
  Object.fromEntries(
    Object.entries(value).flatMap(([field, item]) => {
      const type = struct.fields[field]
      if (type === undefined) return [[field, item]]
      if (item !== null || type === "json" || struct.nullable?.includes(field)) return [[field, inside(type, item)]]
      return struct.required?.includes(field) ? [[field, orEmpty(type, item)]] : []
    })
  )
