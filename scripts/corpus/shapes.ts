/** What an OpenAPI document says of the values at a place. */
import type { Schema, Snapshot } from "../codegen/read.js"
import type { Path } from "./paths.js"

export type Sort =
  | "string"
  | "boolean"
  | "integer"
  | "number"
  | "quantity"
  | "time"
  | "microTime"
  | "duration"
  | "bytes"
  | "intOrString"
  | "json"
  | "empty"

export interface Leaf {
  readonly tag: "leaf"
  readonly sort: Sort
  readonly values: ReadonlyArray<string>
}

export interface List {
  readonly tag: "list"
  readonly item: Shape
  /** Fields by which elements are told apart. */
  readonly keys: ReadonlyArray<string>
}

export interface Record {
  readonly tag: "record"
  readonly value: Shape
}

export interface Struct {
  readonly tag: "struct"
  /** Of the document, such as `io.k8s.api.core.v1.Pod`. */
  readonly name: string
  readonly required: ReadonlyArray<string>
  readonly fields: ReadonlyMap<string, Shape>
}

export type Shape = Leaf | List | Record | Struct

const leaf = (sort: Sort, values: ReadonlyArray<string> = []): Leaf => ({ tag: "leaf", sort, values })

/** Types that have a name in the documents and a form of their own. */
const named: { readonly [end: string]: Sort } = {
  "api.resource.Quantity": "quantity",
  "meta.v1.Time": "time",
  "meta.v1.MicroTime": "microTime",
  "meta.v1.Duration": "duration",
  "util.intstr.IntOrString": "intOrString",
  "runtime.RawExtension": "json",
  "meta.v1.FieldsV1": "json",
  "apiextensions.v1.JSON": "json"
}

export interface Shapes {
  readonly struct: (name: string) => Struct
  /** The shape at a path, or nothing where the documents know no such field. */
  readonly at: (root: Shape, path: Path) => Shape | undefined
  /** All `struct.field` that values of a shape can hold. */
  readonly reachable: (shape: Shape) => ReadonlySet<string>
}

export const make = (snapshot: Snapshot): Shapes => {
  const structs = new Map<string, Struct>()

  const struct = (name: string): Struct => {
    const known = structs.get(name)
    if (known !== undefined) return known
    const schema = snapshot.schemas.get(name)
    if (schema === undefined) throw new Error(`the documents do not hold ${name}`)
    const fields = new Map<string, Shape>()
    const made: Struct = { tag: "struct", name, required: schema.required ?? [], fields }
    structs.set(name, made)
    for (const [field, inner] of Object.entries(schema.properties ?? {})) fields.set(field, shapeOf(inner))
    return made
  }

  const reference = (name: string): Shape => {
    for (const [end, sort] of Object.entries(named)) if (name.endsWith(`.${end}`)) return leaf(sort)
    // An object or something else, of which the object says more.
    for (const or of ["OrBool", "OrArray", "OrStringArray"]) {
      if (name.endsWith(`JSONSchemaProps${or}`)) return struct(name.slice(0, -or.length))
    }
    const schema = snapshot.schemas.get(name)
    return schema?.properties === undefined
      ? schema?.type === "object" ? leaf("empty") : shapeOf(schema ?? {})
      : struct(name)
  }

  const shapeOf = (schema: Schema): Shape => {
    const referred = schema.$ref ?? schema.allOf?.[0]?.$ref
    if (referred !== undefined) return reference(referred.slice(referred.lastIndexOf("/") + 1))
    switch (schema.type) {
      case "array":
        return { tag: "list", item: shapeOf(schema.items ?? {}), keys: keysOf(schema) }
      case "object":
        return schema.additionalProperties === undefined
          ? leaf("json")
          : { tag: "record", value: shapeOf(schema.additionalProperties) }
      case "string":
        if (schema.format === "byte") return leaf("bytes")
        if (schema.format === "date-time") return leaf("time")
        return leaf("string", schema.enum?.filter((value) => value !== ""))
      case "boolean":
      case "integer":
      case "number":
        return leaf(schema.type)
      default:
        return leaf("json")
    }
  }

  const step = (shape: Shape, key: string | number): Shape | undefined => {
    switch (shape.tag) {
      case "struct":
        return shape.fields.get(String(key))
      case "list":
        return typeof key === "number" ? shape.item : undefined
      case "record":
        return shape.value
      case "leaf":
        return undefined
    }
  }

  const reached = new Map<string, ReadonlySet<string>>()
  const reachable = (shape: Shape): ReadonlySet<string> => {
    const inner = shape.tag === "list" ? shape.item : shape.tag === "record" ? shape.value : shape
    if (inner.tag === "list" || inner.tag === "record") return reachable(inner)
    if (inner.tag !== "struct") return new Set()
    const known = reached.get(inner.name)
    if (known !== undefined) return known
    const all = new Set<string>()
    const walk = (one: Shape): void => {
      if (one.tag === "list") return walk(one.item)
      if (one.tag === "record") return walk(one.value)
      if (one.tag !== "struct") return
      for (const [field, below] of one.fields) {
        const name = `${one.name}.${field}`
        if (all.has(name)) return
        all.add(name)
        walk(below)
      }
    }
    walk(inner)
    reached.set(inner.name, all)
    return all
  }

  return {
    struct,
    at: (root, path) => path.reduce<Shape | undefined>((shape, key) => shape && step(shape, key), root),
    reachable
  }
}

const keysOf = (schema: Schema): ReadonlyArray<string> => {
  const mergeKey = schema["x-kubernetes-patch-merge-key"]
  return schema["x-kubernetes-list-map-keys"] ?? (mergeKey === undefined ? [] : [mergeKey])
}
