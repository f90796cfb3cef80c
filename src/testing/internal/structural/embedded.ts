/** Resources inside a resource (`x-kubernetes-embedded-resource`): they have an apiVersion, a kind and metadata of their own. */
import { type Cause, child, indexed, invalid, keyed, required } from "./fieldError.js"
import { validateMetadata } from "./metadata.js"
import { decodeMetadata } from "./metadataDecode.js"
import { dns1035Label, groupVersion, pathSegment } from "./names.js"
import { mapItems, mapMembers } from "./prune.js"
import {
  isEmbedded,
  isObject,
  itemsOf,
  type JsonObject,
  type JSONSchemaProps,
  propertyOf,
  sortedKeys,
  valuesOf
} from "./schema.js"

const fieldOf = (
  schema: JSONSchemaProps,
  path: string,
  key: string
): readonly [schema: JSONSchemaProps | undefined, path: string] => {
  const property = propertyOf(schema, key)
  return property === undefined ? [valuesOf(schema), keyed(path, key)] : [property, child(path, key)]
}

/** Reads the metadata of embedded resources. A malformed one is a cause whose text makes the whole body unreadable (400). */
export const decodeEmbedded = (
  schema: JSONSchemaProps | undefined,
  value: unknown,
  path = ""
): { readonly value: unknown; readonly unknownFields: ReadonlyArray<string> } | { readonly refused: Cause } => {
  const unknownFields: Array<string> = []
  let refused: Cause | undefined
  const refuse = (cause: Cause, original: unknown): unknown => {
    refused ??= cause
    return original
  }
  const walk = (current: unknown, at: JSONSchemaProps | undefined, path: string): unknown => {
    if (at === undefined || refused !== undefined) return current
    if (Array.isArray(current)) return mapItems(current, (item, index) => walk(item, itemsOf(at), indexed(path, index)))
    if (!isObject(current)) return current
    return mapMembers(current, (key, member) => {
      let next = member
      if (isEmbedded(at) && (key === "apiVersion" || key === "kind") && typeof member !== "string") {
        return refuse(invalid(child(path, key), member, "must be a string"), member)
      }
      if (isEmbedded(at) && key === "metadata") {
        const decoded = decodeMetadata(member, child(path, key))
        if (decoded._tag === "Malformed") return refuse(invalid(child(path, key), member, decoded.message), member)
        unknownFields.push(...decoded.unknownFields)
        next = decoded.metadata
      }
      return walk(next, ...fieldOf(at, path, key))
    })
  }
  const decoded = walk(value, schema, path)
  return refused === undefined ? { value: decoded, unknownFields: unknownFields.sort() } : { refused }
}

/** Causes for which embedded resources are refused. */
export const validateEmbedded = (
  schema: JSONSchemaProps | undefined,
  value: unknown,
  path = ""
): ReadonlyArray<Cause> => {
  if (schema === undefined) return []
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => validateEmbedded(itemsOf(schema), item, indexed(path, index)))
  }
  if (!isObject(value)) return []
  return [
    ...(isEmbedded(schema) ? validateResource(value, path) : []),
    ...sortedKeys(value).flatMap((key) => {
      const [field, at] = fieldOf(schema, path, key)
      return validateEmbedded(field, value[key], at)
    })
  ]
}

const validateResource = (value: JsonObject, path: string): ReadonlyArray<Cause> => {
  const causes: Array<Cause> = []
  for (const field of ["apiVersion", "kind"]) {
    if (!Object.hasOwn(value, field)) causes.push(required(child(path, field)))
  }
  const complain = (field: string, complaint: string): void => {
    causes.push(invalid(child(path, field), value[field], complaint))
  }
  const { apiVersion, kind, metadata } = value
  if (apiVersion === "") complain("apiVersion", "must not be empty")
  else if (typeof apiVersion === "string") {
    const parsed = groupVersion(apiVersion)
    if (typeof parsed === "string") complain("apiVersion", parsed)
  }
  if (kind === "") complain("kind", "must not be empty")
  else if (typeof kind === "string") {
    const complaints = dns1035Label(kind.toLowerCase())
    if (complaints.length > 0) {
      complain("kind", `may have mixed case, but should otherwise match: ${complaints.join(",")}`)
    }
  }
  if (isObject(metadata)) {
    // An embedded resource need not have a name yet, nor a namespace.
    const named = metadata.name === undefined || metadata.name === "" ? { ...metadata, name: "placeholder" } : metadata
    causes.push(...validateMetadata(named, {
      namespaced: typeof metadata.namespace === "string" && metadata.namespace !== "",
      at: child(path, "metadata"),
      name: pathSegment
    }))
  }
  return causes
}
