/**
 * Types for merging: which values are leaves, which lists are sets or maps with keys, which objects are one whole. They
 * are read from schemas, of built-in kinds and of custom resources alike; where a schema says nothing (unknown fields that
 * are preserved), the type is deduced: objects are merged, lists are not.
 *
 * Rules: `x-kubernetes-list-type`, `x-kubernetes-list-map-keys`, `x-kubernetes-map-type`; of the older
 * `x-kubernetes-patch-strategy` where there is no list type.
 */
import type { JSONSchemaProps } from "../../structural.js"
import { own } from "../json.js"
import { kindSchema, propertyOf, referenceOf, resolve, type Schema, schemaNamed } from "../schemas.js"

export type Scalar = "numeric" | "string" | "boolean" | "untyped"

export interface ListType {
  readonly atomic: boolean
  /** Keys of the items; none for a set. */
  readonly keys: ReadonlyArray<string>
  readonly item: Type
}

export interface MapType {
  readonly atomic: boolean
  /** A field that the schema declares. */
  readonly field: (name: string) => Type | undefined
  /** What a declared field is where it is missing. */
  readonly defaultOf: (name: string) => unknown
  /** The type of all other members; nothing where there may be none. */
  readonly member: Type | undefined
}

/** What a value may be; mostly one of the three. */
export interface Type {
  readonly scalar: Scalar | undefined
  readonly list: ListType | undefined
  readonly map: MapType | undefined
}

const untyped: Type = {
  scalar: "untyped",
  get list(): ListType {
    return { atomic: true, keys: [], item: untyped }
  },
  get map(): MapType {
    return { atomic: true, field: () => undefined, defaultOf: () => undefined, member: untyped }
  }
}

export const deduced: Type = {
  scalar: "untyped",
  get list(): ListType {
    return { atomic: true, keys: [], item: untyped }
  },
  get map(): MapType {
    return { atomic: false, field: () => undefined, defaultOf: () => undefined, member: deduced }
  }
}

/** A raw extension is one value, whatever it holds. */
const rawExtension = "io.k8s.apimachinery.pkg.runtime.RawExtension"
const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

const plain = new WeakMap<JSONSchemaProps, Type>()
const preserving = new WeakMap<JSONSchemaProps, Type>()

/** The type of what a schema describes; `preserves` where a schema above lets unknown fields be. */
const typeOf = (schema: Schema, preserves: boolean): Type => {
  const cache = preserves ? preserving : plain
  const known = cache.get(schema)
  if (known !== undefined) return known
  const name = referenceOf(schema)
  const type = name === rawExtension ? untyped : made(resolve(schema), preserves && name === undefined)
  cache.set(schema, type)
  return type
}

const made = (schema: Schema, above: boolean): Type => {
  const preserves = above || schema["x-kubernetes-preserve-unknown-fields"] === true
  switch (schema.type) {
    case "object":
      return { scalar: undefined, list: undefined, map: mapOf(schema, preserves) }
    case "array":
      return { scalar: undefined, list: listOf(schema, preserves), map: undefined }
    case "integer":
    case "number":
      return { scalar: "numeric", list: undefined, map: undefined }
    case "boolean":
      return { scalar: "boolean", list: undefined, map: undefined }
    case "string": {
      const isText = schema.format === undefined || schema.format === "" || schema.format === "byte"
      return { scalar: isText ? "string" : "untyped", list: undefined, map: undefined }
    }
    default:
      return { scalar: "untyped", list: listOf(schema, preserves), map: mapOf(schema, preserves) }
  }
}

const metadataSchema = (): Schema | undefined => schemaNamed(objectMeta)
const textSchema: Schema = { type: "string" }

/** The fields of an object: an embedded one has those of every object as well. */
const fieldSchema = (schema: Schema, name: string): Schema | undefined => {
  if (schema["x-kubernetes-embedded-resource"] === true) {
    if (name === "metadata") return metadataSchema()
    if (name === "apiVersion" || name === "kind") return textSchema
  }
  return propertyOf(schema, name)
}

const mapOf = (schema: Schema, preserves: boolean): MapType => {
  const additional = schema.additionalProperties
  const isOpen = preserves || Object.keys(schema.properties ?? {}).length === 0
  const fields = new Map<string, Type>()
  return {
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    field: (name) => {
      const known = fields.get(name)
      if (known !== undefined) return known
      const field = fieldSchema(schema, name)
      if (field === undefined) return undefined
      const type = typeOf(field, preserves)
      fields.set(name, type)
      return type
    },
    defaultOf: (name) => own(fieldSchema(schema, name) as { readonly [key: string]: unknown } | undefined, "default"), // a schema is JSON
    get member() {
      if (additional === undefined || additional === null) return isOpen ? deduced : undefined
      if (typeof additional === "object") return typeOf(additional as Schema, preserves)
      return additional ? deduced : undefined
    }
  }
}

const listOf = (schema: Schema, preserves: boolean): ListType => {
  const type = schema["x-kubernetes-list-type"]
  const strategy = type === undefined ? schema["x-kubernetes-patch-strategy"] : undefined
  const merges = strategy === "merge" || strategy === "merge,retainKeys"
  const mergeKey = schema["x-kubernetes-patch-merge-key"]
  return {
    atomic: type === undefined ? !merges : type === "atomic",
    keys: type === "map"
      ? schema["x-kubernetes-list-map-keys"] ?? []
      : merges && mergeKey !== undefined
      ? [mergeKey]
      : [],
    get item() {
      const items = schema.items
      return items === undefined || Array.isArray(items) ? untyped : typeOf(items as Schema, preserves) // a list of schemas is none that a server accepts
    }
  }
}

/** The type of a built-in kind; nothing where there is none. */
export const kindTypeOf = (group: string, version: string, kind: string): Type | undefined => {
  const schema = kindSchema(group, version, kind)
  return schema === undefined ? undefined : typeOf(schema, false)
}

const roots = new WeakMap<JSONSchemaProps, Type>()

/** The type of a custom resource by the schema of its version: metadata are those of every object. */
export const customTypeOf = (schema: JSONSchemaProps | undefined): Type => {
  if (schema === undefined) return deduced
  const known = roots.get(schema)
  if (known !== undefined) return known
  const type = typeOf({ ...(schema as Schema), "x-kubernetes-embedded-resource": true }, false)
  roots.set(schema, type)
  return type
}

/** The one alternative of a type that a value takes; all of them where it takes none. */
export const alternativeOf = (type: Type, value: unknown): "scalar" | "list" | "map" | undefined => {
  if (value !== null && value !== undefined) {
    if (Array.isArray(value)) { if (type.list !== undefined) return "list" }
    else if (typeof value === "object") { if (type.map !== undefined) return "map" }
    else if (type.scalar !== undefined) return "scalar"
  }
  return type.map !== undefined
    ? "map"
    : type.scalar !== undefined
    ? "scalar"
    : type.list !== undefined
    ? "list"
    : undefined
}
