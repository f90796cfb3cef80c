/** A custom resource on its way into the server: read from a body, then validated, both in the order of a kube-apiserver. */
import { hasRules, type RuleFindings, validateRules } from "./cel/validateRules.js"
import { applyDefaults } from "./defaults.js"
import { decodeEmbedded, validateEmbedded } from "./embedded.js"
import { type Cause, goNumber, invalid, noField } from "./fieldError.js"
import { goType } from "./goType.js"
import { validateListTypes } from "./listTypes.js"
import { validateMetadata, validateMetadataUpdate } from "./metadata.js"
import { decodeMetadata } from "./metadataDecode.js"
import { dropNulls, prune } from "./prune.js"
import {
  isObject,
  isTooDeep,
  type JsonObject,
  type JSONSchemaProps,
  maximumDepth,
  own,
  propertyOf,
  sortedKeys
} from "./schema.js"
import { validate, validateUpdate } from "./validate.js"

/** What one version of a CustomResourceDefinition says about its objects. */
export interface CustomResource {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly namespaced: boolean
  readonly schema: JSONSchemaProps | undefined
  /** Of the scale subresource; paths as in the definition, `.spec.replicas`. */
  readonly scale?:
    | {
      readonly specReplicasPath: string
      readonly statusReplicasPath: string
      readonly labelSelectorPath?: string | undefined
    }
    | undefined
}

/** `Malformed` is a 400 BadRequest: `message` is what follows `Foo in version "v1" cannot be handled as a Foo: `. */
export type Decoded =
  | { readonly _tag: "Decoded"; readonly object: JsonObject; readonly unknownFields: ReadonlyArray<string> }
  | { readonly _tag: "Malformed"; readonly message: string }

/**
 * Reads a body: metadata typed, unknown fields and idle nulls dropped, defaults set. Each of `unknownFields` is an `unknown field "…"` of a warning, or of
 * the refusal that a strict validation asks for.
 */
export const decodeObject = (schema: JSONSchemaProps | undefined, body: unknown): Decoded => {
  if (!isObject(body)) return { _tag: "Malformed", message: "expected a JSON object" }
  if (isTooDeep(body)) return { _tag: "Malformed", message: `nested deeper than ${maximumDepth} levels` }
  const metadata = Object.hasOwn(body, "metadata") ? decodeMetadata(body.metadata) : undefined
  if (metadata?._tag === "Malformed") return metadata
  const pruned = prune(schema, body, { isResourceRoot: true })
  const embedded = decodeEmbedded(schema, dropNulls(schema, pruned.value))
  if ("refused" in embedded) {
    return { _tag: "Malformed", message: `${embedded.refused.field}: ${embedded.refused.message}` }
  }
  const read = embedded.value as JsonObject // an object stays one
  const object = applyDefaults(
    schema,
    metadata === undefined ? read : { ...read, metadata: metadata.metadata }
  ) as JsonObject
  return {
    _tag: "Decoded",
    object,
    unknownFields: [...(metadata?.unknownFields ?? []), ...pruned.unknownFields, ...embedded.unknownFields]
  }
}

/** Causes of a 422 for a new object: type, metadata, schema, scale, embedded resources, uniqueness in sets and maps, rules. */
export const validateObject = (resource: CustomResource, object: JsonObject): ReadonlyArray<Cause> => {
  const type = validateType(resource, object)
  return withRules(resource, object, undefined, [
    ...(type.length > 0 ? type : [
      ...validateMetadata(object.metadata, { namespaced: resource.namespaced }),
      ...validate(resource.schema, object),
      ...validateScaleSpec(resource, object),
      ...validateScaleStatus(resource, object)
    ]),
    ...validateEmbedded(resource.schema, object),
    ...validateListTypes(resource.schema, object)
  ])
}

/** The same for an object that replaces another: what has not changed is not refused again. */
export const validateObjectUpdate = (
  resource: CustomResource,
  object: JsonObject,
  previous: JsonObject
): ReadonlyArray<Cause> => {
  const type = validateType(resource, object)
  return withRules(resource, object, previous, [
    ...(type.length > 0 ? type : [
      ...validateMetadataUpdate(object.metadata, previous.metadata, { namespaced: resource.namespaced }),
      ...validateUpdate(resource.schema, object, previous),
      ...validateScaleSpec(resource, object),
      ...validateScaleStatus(resource, object)
    ]),
    ...validateEmbedded(resource.schema, object),
    ...validateListTypesUpdate(resource, object, previous)
  ])
}

/** The same for the status endpoint, which looks at metadata, `status` and the status half of the scale. */
export const validateStatusUpdate = (
  resource: CustomResource,
  object: JsonObject,
  previous: JsonObject
): ReadonlyArray<Cause> => {
  const type = validateType(resource, object)
  return withRules(resource, object, previous, [
    ...(type.length > 0 ? type : [
      ...validateMetadataUpdate(object.metadata, previous.metadata, { namespaced: resource.namespaced }),
      ...(Object.hasOwn(object, "status")
        ? validateUpdate(propertyOf(resource.schema, "status"), object.status, own(previous, "status"), "status")
        : []),
      ...validateScaleStatus(resource, object)
    ]),
    ...validateEmbedded(resource.schema, object),
    ...validateListTypesUpdate(resource, object, previous)
  ])
}

/** With such a cause an object is not what its schema says, and its rules cannot be asked. */
const blocking: ReadonlyArray<Cause["reason"]> = [
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid"
]

const isBlocked = (causes: ReadonlyArray<Cause>): boolean => causes.some(({ reason }) => blocking.includes(reason))

const withRules = (
  { schema }: CustomResource,
  object: JsonObject,
  previous: JsonObject | undefined,
  causes: ReadonlyArray<Cause>
): ReadonlyArray<Cause> => {
  if (schema === undefined || !hasRules(schema)) return causes
  if (isBlocked(causes)) {
    const detail =
      "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"
    return [...causes, invalid(noField, null, detail)]
  }
  return [...causes, ...askRules(schema, object, previous).causes]
}

const askRules = (schema: JSONSchemaProps, object: JsonObject, previous: JsonObject | undefined): RuleFindings =>
  validateRules(schema, object, previous && { value: previous, ratchets: true }, "", true)

/** Warnings of an update, refused or not: of rules that fail as they did before. `causes` are those of the update. */
export const ruleWarnings = (
  { schema }: CustomResource,
  object: JsonObject,
  previous: JsonObject,
  causes: ReadonlyArray<Cause>
): ReadonlyArray<string> =>
  schema === undefined || !hasRules(schema) || isBlocked(causes)
    ? []
    : askRules(schema, object, previous).forgiven.map(({ field, message }) => `${field}: ${message}`)

/** Duplicates that were there before stay allowed, all of them. */
const validateListTypesUpdate = (
  resource: CustomResource,
  object: JsonObject,
  previous: JsonObject
): ReadonlyArray<Cause> =>
  validateListTypes(resource.schema, previous).length > 0 ? [] : validateListTypes(resource.schema, object)

const validateType = (resource: CustomResource, object: JsonObject): ReadonlyArray<Cause> => {
  const apiVersion = `${resource.group}/${resource.version}`
  return [
    ...(object.kind === resource.kind ? [] : [invalid("kind", object.kind ?? "", `must be ${resource.kind}`)]),
    ...(object.apiVersion === apiVersion
      ? []
      : [invalid("apiVersion", object.apiVersion ?? "", `must be ${apiVersion}`)])
  ]
}

const largestReplicas = 2 ** 31 - 1

const validateScaleSpec = ({ scale }: CustomResource, object: JsonObject): ReadonlyArray<Cause> =>
  scale === undefined ? [] : validateReplicas(scale.specReplicasPath, object)

const validateScaleStatus = ({ scale }: CustomResource, object: JsonObject): ReadonlyArray<Cause> => {
  if (scale === undefined) return []
  const causes = validateReplicas(scale.statusReplicasPath, object)
  const path = scale.labelSelectorPath ?? ""
  if (path === "") return causes
  const selector = access(object, path, "string")
  return "complaint" in selector ? [...causes, invalid(path, "", selector.complaint)] : causes
}

const validateReplicas = (path: string, object: JsonObject): ReadonlyArray<Cause> => {
  const found = access(object, path, "int64")
  if ("complaint" in found) return [invalid(path, 0, found.complaint)]
  const replicas = found.value
  if (typeof replicas !== "number") return []
  if (replicas < 0) return [invalid(path, replicas, "should be a non-negative integer")]
  return replicas > largestReplicas
    ? [invalid(path, replicas, `should be less than or equal to ${largestReplicas}`)]
    : []
}

/** The value at a path like `.spec.replicas`, undefined where there is none; what is on the way must be objects. */
const access = (
  object: JsonObject,
  path: string,
  expected: "string" | "int64"
): { readonly value: unknown } | { readonly complaint: string } => {
  const complain = (value: unknown, expected: string) => ({
    complaint: `${path} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected ${expected}`
  })
  let value: unknown = object
  for (const key of path.replace(/^\./, "").split(".")) {
    if (!isObject(value)) return complain(value, "map[string]interface{}")
    if (!Object.hasOwn(value, key)) return { value: undefined }
    value = value[key]
  }
  return goType(value) === expected ? { value } : complain(value, expected)
}

/** A value as Go's `%v` prints it. */
const goValue = (value: unknown): string => {
  if (value === null) return "<nil>"
  if (typeof value === "number") return goNumber(value)
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`
  if (isObject(value)) return `map[${sortedKeys(value).map((key) => `${key}:${goValue(value[key])}`).join(" ")}]`
  return String(value)
}
