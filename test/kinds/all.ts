/** Every generated module with its descriptors, and objects made of them. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { type Codec, CodecId } from "../../src/protocol/internal/codec.js"
import type { Struct, Type } from "../../src/protocol/internal/descriptor.js"
import * as Resource from "../../src/protocol/Resource.js"

export interface BuiltinKind {
  readonly resource: Resource.Any
  readonly struct: Struct
  readonly codec: Codec<Resource.KubeObject>
}

const folder = path.resolve(fileURLToPath(import.meta.url), "../../../src/kinds")

/** The generated modules, such as `core/v1`. */
export const modules: ReadonlyArray<string> = fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".ts") && !file.startsWith("internal/"))
  .map((file) => file.slice(0, -".ts".length))
  .sort()

export const codecOf = (resource: unknown): Codec<Resource.KubeObject> =>
  (resource as { readonly [CodecId]: Codec<Resource.KubeObject> })[CodecId]

/** The kinds of a module. */
export const kindsOf = async (module: string): Promise<ReadonlyArray<BuiltinKind>> => {
  const exported: { readonly [name: string]: unknown } = await import(path.join(folder, `${module}.ts`))
  const structs: { readonly [name: string]: Struct } = await import(path.join(folder, "internal", `${module}.ts`))
  return Object.values(exported).filter(Resource.isResource).map((resource) => ({
    resource,
    struct: structs[resource.kind]!,
    codec: codecOf(resource)
  }))
}

export const everyKind: ReadonlyArray<BuiltinKind> = (await Promise.all(modules.map(kindsOf))).flat()

export const metadata = {
  name: "a",
  namespace: "default",
  uid: "0e3a5b1c-6a3f-4a5b-9c1e-000000000000",
  resourceVersion: "7",
  creationTimestamp: "2026-01-01T00:00:00Z"
}

/** A value of a type, with all fields set. Structs may hold themselves: the second time they do, they hold less. */
export const sample = (type: Type, around: ReadonlyArray<Struct> = []): unknown => {
  if (typeof type === "function") return sampleStruct(type(), around)
  if (typeof type === "object") {
    if ("list" in type) return [sample(type.list, around), sample(type.list, around)]
    if ("record" in type) return { a: sample(type.record, around) }
    return "merged" in type ? sampleStruct(type.merged(), around) : sample(type.either[0], around)
  }
  switch (type) {
    case "string":
      return "x"
    case "boolean":
      return true
    case "number":
      return 1.5
    case "json":
      return { any: [1, "b", null] }
    case "intOrString":
      return "50%"
    default:
      return 3
  }
}

const sampleStruct = (struct: Struct, around: ReadonlyArray<Struct>): unknown =>
  Object.fromEntries(
    Object.entries(struct.fields)
      .filter(([name, type]) => !around.includes(struct) || typeof type === "string" || struct.required?.includes(name))
      .map(([name, type]) => [name, sample(type, [...around, struct])])
  )

/** An object of a kind as a server would serve it, with all fields set. */
export const sampleObject = ({ resource, struct }: BuiltinKind): { [field: string]: unknown } => ({
  apiVersion: Resource.apiVersion(resource),
  kind: resource.kind,
  metadata: resource.scope === "Namespaced" ? metadata : { ...metadata, namespace: undefined },
  ...sampleStruct(struct, []) as object
})

export interface Place {
  readonly path: ReadonlyArray<string | number>
  readonly type: Type
  readonly required: boolean
  readonly nullable: boolean
  /** A field of a struct, and not an item of a list or an entry of a record. */
  readonly isField: boolean
}

/** Every place in a value of a type where a field, an item or an entry is. */
export const places = (type: Type, value: unknown, path: ReadonlyArray<string | number> = []): ReadonlyArray<Place> => {
  if (value === undefined || value === null) return []
  if (typeof type === "function") return placesOfStruct(type(), value, path)
  if (typeof type !== "object") return []
  if ("merged" in type) return placesOfStruct(type.merged(), value, path)
  if ("either" in type) return places(type.either[0], value, path)
  const inner = "list" in type ? type.list : type.record
  return Object.entries(value as object).flatMap(([key, item]) => {
    const at = [...path, "list" in type ? Number(key) : key]
    return [{ path: at, type: inner, required: true, nullable: false, isField: false }, ...places(inner, item, at)]
  })
}

const placesOfStruct = (struct: Struct, value: unknown, path: ReadonlyArray<string | number>): ReadonlyArray<Place> =>
  Object.entries(struct.fields).flatMap(([name, type]) => {
    const item = (value as { readonly [name: string]: unknown })[name]
    if (item === undefined) return []
    const at = [...path, name]
    const required = struct.required?.includes(name) === true
    const place = { path: at, type, required, nullable: struct.nullable?.includes(name) === true, isField: true }
    return [place, ...places(type, item, at)]
  })

/** A copy of a value with another one at a path; `undefined` takes the place away. */
export const withAt = (value: unknown, path: ReadonlyArray<string | number>, at: unknown): unknown => {
  const copy = structuredClone(value) as { [key: string | number]: any }
  let inner = copy
  for (const key of path.slice(0, -1)) inner = inner[key]
  const last = path[path.length - 1]!
  if (at === undefined) delete inner[last]
  else inner[last] = at
  return copy
}

export const at = (value: unknown, path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>((inner, key) => (inner as { readonly [key: string | number]: unknown })[key], value)
