/**
 * The schema of one version of a CustomResourceDefinition, as it stands in `openAPIV3Schema` (`JSONSchemaProps` of apiextensions.k8s.io/v1), and the
 * few helpers that every walk over a schema and a JSON value shares.
 */
import type { JSONSchemaProps } from "../../../kinds/apiextensions/v1.js"

export type { JSONSchemaProps }

export type JsonObject = { [key: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The member of that very name: `constructor` and `__proto__` are names like any other, and nothing is inherited. */
export const own = (object: { readonly [key: string]: unknown } | undefined, key: string): unknown =>
  object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined

/** Sets a member; a plain assignment of `__proto__` would change the prototype instead. */
export const setOwn = (object: JsonObject, key: string, value: unknown): void => {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  } else object[key] = value
}

export const propertyOf = (schema: JSONSchemaProps | undefined, key: string): JSONSchemaProps | undefined =>
  own(schema?.properties, key) as JSONSchemaProps | undefined // the index signature of `properties` says so

/** The schema of a map's values; absent for `additionalProperties: true`. */
export const valuesOf = (schema: JSONSchemaProps | undefined): JSONSchemaProps | undefined =>
  typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined

export const itemsOf = (schema: JSONSchemaProps | undefined): JSONSchemaProps | undefined => {
  const items = schema?.items
  return items === undefined || Array.isArray(items) ? undefined : (items as JSONSchemaProps) // Array.isArray does not narrow a readonly array
}

export const isEmbedded = (schema: JSONSchemaProps): boolean => schema["x-kubernetes-embedded-resource"] === true

/** In the order in which Go sorts strings; it differs from JavaScript's for what lies outside the basic plane only. */
export const sortedKeys = (object: { readonly [key: string]: unknown }): Array<string> => Object.keys(object).sort()

/**
 * Levels of nesting that a value or a schema may have: every function of this folder recurses, and refuses what is deeper with a cause instead of
 * exhausting the stack. (A kube-apiserver gives up at 10 000.)
 */
export const maximumDepth = 1000

export const isTooDeep = (value: unknown): boolean => {
  let level: Array<object> = typeof value === "object" && value !== null ? [value] : []
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= maximumDepth) return true
    const next: Array<object> = []
    for (const node of level) {
      for (const child of Array.isArray(node) ? node : Object.values(node)) {
        if (typeof child === "object" && child !== null) next.push(child)
      }
    }
    level = next
  }
  return false
}
