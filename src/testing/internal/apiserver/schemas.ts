/**
 * The schemas of built-in kinds, as the OpenAPI v3 documents of a real server have them, without descriptions. Server-side
 * apply, strategic merge and the documents that this server answers read them; custom resources have schemas of the same
 * form, without references.
 *
 * ```ts
 * import { kindSchema, propertyOf, resolve } from "./schemas.js"
 *
 * const deployment = resolve(kindSchema("apps", "v1", "Deployment"))
 * const template = propertyOf(resolve(propertyOf(deployment, "spec")), "template")
 * ```
 */
import type { JSONSchemaProps } from "../structural.js"
import { builtinSchemas } from "./builtinSchemas.js"
import { own } from "./json.js"

/** What Kubernetes adds to the schema of a field. */
export interface Schema extends JSONSchemaProps {
  /** Such as `merge` or `merge,retainKeys` (strategic merge patch). */
  readonly "x-kubernetes-patch-strategy"?: string | undefined
  readonly "x-kubernetes-patch-merge-key"?: string | undefined
  readonly "x-kubernetes-group-version-kind"?: ReadonlyArray<Kind> | undefined
}

export interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** What stands before a schema's name in a reference. */
export const references = "#/components/schemas/"

const parsed = new Map<string, Schema>()

/** A schema by its full name, such as `io.k8s.api.core.v1.PodSpec`. */
export const schemaNamed = (name: string): Schema | undefined => {
  const known = parsed.get(name)
  if (known !== undefined) return known
  const text = Object.hasOwn(builtinSchemas, name) ? builtinSchemas[name] : undefined
  if (text === undefined) return undefined
  const schema: Schema = JSON.parse(text)
  parsed.set(name, schema)
  return schema
}

/** The name that a schema refers to, itself or by its only alternative. */
export const referenceOf = (schema: Schema): string | undefined => {
  const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]!.$ref : undefined)
  return reference?.startsWith(references) === true ? reference.slice(references.length) : undefined
}

const resolved = new WeakMap<Schema, Schema>()

/** A schema with what it refers to in its place; what the field itself says stays, and goes before. */
export function resolve(schema: Schema): Schema
export function resolve(schema: Schema | undefined): Schema | undefined
export function resolve(schema: Schema | undefined): Schema | undefined {
  if (schema === undefined) return undefined
  const name = referenceOf(schema)
  if (name === undefined) return schema
  const known = resolved.get(schema)
  if (known !== undefined) return known
  const { $ref: _ref, allOf: _allOf, ...rest } = schema
  const result: Schema = { ...schemaNamed(name), ...rest }
  resolved.set(schema, result)
  return result
}

const kindKey = (group: string, version: string, kind: string): string => `${group}/${version}/${kind}`

let kinds: ReadonlyMap<string, string> | undefined

/** Only schemas of kinds name one, and each names it at its end. */
const nameKinds = (): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const [name, text] of Object.entries(builtinSchemas)) {
    const at = text.lastIndexOf("\"x-kubernetes-group-version-kind\":")
    if (at < 0) continue
    for (const { group, kind, version } of schemaNamed(name)?.["x-kubernetes-group-version-kind"] ?? []) {
      found.set(kindKey(group, version, kind), name)
    }
  }
  return found
}

/** The full name of a kind's schema. */
export const kindName = (group: string, version: string, kind: string): string | undefined => {
  kinds ??= nameKinds()
  return kinds.get(kindKey(group, version, kind))
}

/** The schema of a built-in kind; nothing where there is no such kind. */
export const kindSchema = (group: string, version: string, kind: string): Schema | undefined => {
  const name = kindName(group, version, kind)
  return name === undefined ? undefined : schemaNamed(name)
}

/** The schema of a field, not resolved. */
export const propertyOf = (schema: Schema | undefined, name: string): Schema | undefined =>
  own(schema?.properties, name) as Schema | undefined // the index signature of `properties` says so
