/**
 * What a server refuses when a CustomResourceDefinition is created or changed. Where all versions have the same schema, subresources, columns or selectable
 * fields, the server reports them once, under `spec.validation`, `spec.subresources` and so on, as if they stood there.
 */
import { checkRules } from "./cel/ruleChecks.js"
import { validateDefaults } from "./defaultRules.js"
import type { Definition, DefinitionNames, DefinitionSpec, DefinitionVersion } from "./definitionDecode.js"
import { checkColumns, checkConversion, checkSubresources } from "./definitionParts.js"
import {
  type Cause,
  child,
  forbidden,
  goJson,
  goQuote,
  indexed,
  invalid,
  invalidJson,
  keyed,
  notSupported,
  required
} from "./fieldError.js"
import { bytes, isStringFormat, matchesFormat } from "./formats.js"
import { validateMetadata, validateMetadataUpdate } from "./metadata.js"
import { asPrefix, dns1035Label, dnsSubdomain } from "./names.js"
import { equal } from "./ratchet.js"
import type { JSONSchemaProps } from "./schema.js"
import { validateSchema } from "./schemaRules.js"
import { validateSelectableFields } from "./selectableFields.js"
import { isStructurable, subschemas, validateStructural } from "./structuralRules.js"

/** Causes for which a new definition is refused. It comes from `decodeDefinition`, and its status has its `storedVersions`. */
export const checkDefinition = (definition: Definition): ReadonlyArray<Cause> => {
  const { names, group } = definition.spec
  return [
    ...validateMetadata(definition.metadata, {
      namespaced: false,
      name: (name, isPrefix) => [
        ...dnsSubdomain(isPrefix ? asPrefix(name) : name),
        ...(name === `${names.plural}.${group}` ? [] : ["must be spec.names.plural+\".\"+spec.group"])
      ]
    }),
    ...checkSpec(definition.spec),
    ...checkStoredVersions(definition),
    ...checkApproval(definition),
    ...(definition.spec.preserveUnknownFields === true
      ? [invalid(
        "spec.preserveUnknownFields",
        true,
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
      )]
      : [])
  ]
}

/** Causes for which a changed definition is refused: the same, and what must not change. */
export const checkDefinitionUpdate = (definition: Definition, previous: Definition): ReadonlyArray<Cause> => {
  const immutable = (path: string, value: string, before: string): ReadonlyArray<Cause> =>
    value === before ? [] : [invalid(path, value, "field is immutable")]
  const established = (previous.status?.conditions ?? []).some((condition) =>
    condition.type === "Established" && condition.status === "True"
  )
  const { spec } = definition
  return [
    ...validateMetadataUpdate(definition.metadata, previous.metadata, { namespaced: false }),
    ...checkSpec(spec),
    ...(established ? immutable("spec.scope", spec.scope, previous.spec.scope) : []),
    ...(established ? immutable("spec.names.kind", spec.names.kind, previous.spec.names.kind) : []),
    ...immutable("spec.group", spec.group, previous.spec.group),
    ...immutable("spec.names.plural", spec.names.plural, previous.spec.names.plural),
    ...checkStoredVersions(definition)
  ]
}

/** Warnings that a server sends with an accepted definition. */
export const definitionWarnings = (
  definition: Definition
): ReadonlyArray<string> => [
  ...new Set((definition.spec.versions ?? []).flatMap((version) => schemaWarnings(version.schema?.openAPIV3Schema)))
]

const schemaWarnings = (schema: JSONSchemaProps | undefined): ReadonlyArray<string> => {
  if (schema === undefined) return []
  const items = Array.isArray(schema.items) ? undefined : (schema.items as JSONSchemaProps | undefined) // narrowed by Array.isArray
  return [
    ...(schema["x-kubernetes-list-type"] === "set" && (items?.type === "array" || items?.type === "object")
      ? [
        `x-kubernetes-list-type: set for items of type "${items.type}" is not supported by server-side apply or CEL validation rules`
      ]
      : []),
    ...(schema.format !== undefined && !isHeeded(schema.format, schema.type)
      ? [`unrecognized format "${schema.format}"`]
      : []),
    ...subschemas(schema).flatMap(schemaWarnings)
  ]
}

const isHeeded = (format: string, type: string | undefined): boolean => {
  switch (type ?? "") {
    case "":
    case "string":
      return isStringFormat(format)
    case "integer":
      return format === "int32" || format === "int64"
    case "number":
      return format === "float" || format === "double"
    default:
      return false
  }
}

// ---------------------------------------------------------------- spec

/** What all versions share, said once; absent where they differ. */
const shared = <K extends "schema" | "subresources" | "additionalPrinterColumns" | "selectableFields">(
  versions: ReadonlyArray<DefinitionVersion>,
  field: K
): { readonly value: DefinitionVersion[K] } | undefined => {
  const first = versions[0]
  return first !== undefined && versions.every((version) => equal(version[field] ?? null, first[field] ?? null))
    ? { value: first[field] }
    : undefined
}

const checkSpec = (spec: DefinitionSpec): ReadonlyArray<Cause> => {
  const versions = spec.versions ?? []
  const schema = shared(versions, "schema")
  const subresources = shared(versions, "subresources")
  const columns = shared(versions, "additionalPrinterColumns")
  const selectable = shared(versions, "selectableFields")
  const anyStatus = versions.some((version) => version.subresources?.status !== undefined)
  const first = versions[0]
  return [
    ...checkGroup(spec.group),
    ...checkScope(spec.scope),
    ...(schema?.value?.openAPIV3Schema !== undefined ?
      [] :
      versions.flatMap((version, index) =>
        version.schema?.openAPIV3Schema === undefined
          ? [required(child(indexed("spec.versions", index), "schema.openAPIV3Schema"))]
          : []
      )),
    ...versions.flatMap((version, index) => {
      const path = indexed("spec.versions", index)
      return [
        ...named(child(path, "name"), version.name),
        ...checkDeprecation(version, child(path, "deprecationWarning")),
        ...(schema === undefined
          ? checkSchema(version.schema, version.subresources?.status !== undefined, child(path, "schema"))
          : []),
        ...(subresources === undefined ? checkSubresources(version.subresources, child(path, "subresources")) : []),
        ...(columns === undefined
          ? checkColumns(version.additionalPrinterColumns, child(path, "additionalPrinterColumns"))
          : []),
        ...(selectable === undefined
          ? validateSelectableFields(
            version.selectableFields ?? [],
            version.schema?.openAPIV3Schema,
            child(path, "selectableFields")
          )
          : [])
      ]
    }),
    ...checkVersions(versions, spec.versions === null),
    ...(first === undefined || first.name === "" ? [] : named("spec.version", first.name)),
    ...checkNames(spec.names),
    ...(schema === undefined ? [] : checkSchema(schema.value, anyStatus, "spec.validation")),
    ...(subresources === undefined ? [] : checkSubresources(subresources.value, "spec.subresources")),
    ...(columns === undefined ? [] : checkColumns(columns.value, "spec.additionalPrinterColumns")),
    ...(selectable === undefined
      ? []
      : validateSelectableFields(selectable.value ?? [], first?.schema?.openAPIV3Schema, "spec.selectableFields")),
    ...checkConversion(spec.conversion)
  ]
}

const checkGroup = (group: string): ReadonlyArray<Cause> => {
  if (group === "") return [required("spec.group")]
  const complaints = dnsSubdomain(group)
  if (complaints.length > 0) return [invalid("spec.group", group, complaints.join(","))]
  return group.includes(".") ? [] : [invalid("spec.group", group, "should be a domain with at least one dot")]
}

const checkScope = (scope: string): ReadonlyArray<Cause> => {
  if (scope === "") return [required("spec.scope")]
  return scope === "Cluster" || scope === "Namespaced"
    ? []
    : [notSupported("spec.scope", scope, ["Cluster", "Namespaced"])]
}

const named = (path: string, name: string, prefix = ""): ReadonlyArray<Cause> => {
  const complaints = dns1035Label(prefix === "" ? name : name.toLowerCase())
  return complaints.length === 0 ? [] : [invalid(path, name, `${prefix}${complaints.join(",")}`)]
}

const sharedFields = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const

/**
 * Versions as the server prints them: in its internal form, which keeps apart from the versions what they have in common.
 * What they do not have in common is printed as it was sent; the server prints it with the names of its own fields.
 */
const printedVersions = (versions: ReadonlyArray<DefinitionVersion>): string => {
  const own = (version: DefinitionVersion, field: (typeof sharedFields)[number]): string =>
    versions.every((each) => equal(each[field] ?? null, versions[0]![field] ?? null)) ? "null" : goJson(version[field])
  const printed = versions.map((version) =>
    [
      `"Name":${goJson(version.name)}`,
      `"Served":${version.served}`,
      `"Storage":${version.storage}`,
      `"Deprecated":${version.deprecated === true}`,
      `"DeprecationWarning":${goJson(version.deprecationWarning)}`,
      ...sharedFields.map((field) => `"${field[0]!.toUpperCase()}${field.slice(1)}":${own(version, field)}`)
    ].join(",")
  )
  return `[${printed.map((fields) => `{${fields}}`).join(",")}]`
}

const checkVersions = (versions: ReadonlyArray<DefinitionVersion>, isNull: boolean): ReadonlyArray<Cause> => {
  const shown = isNull ? "null" : printedVersions(versions)
  const names = versions.map((version) => version.name)
  return [
    ...(new Set(names).size < names.length
      ? [invalidJson("spec.versions", shown, "must contain unique version names")]
      : []),
    ...(versions.filter((version) => version.storage).length === 1
      ? []
      : [invalidJson("spec.versions", shown, "must have exactly one version marked as storage version")])
  ]
}

const checkDeprecation = (version: DefinitionVersion, path: string): ReadonlyArray<Cause> => {
  const warning = version.deprecationWarning
  if (warning === undefined) return []
  const complaints: Array<string> = []
  if (version.deprecated !== true) complaints.push("can only be set for deprecated versions")
  else {
    if (bytes(warning) > 256) complaints.push("must be <= 256 characters long")
    if (warning === "") complaints.push("must not be an empty string")
    const unprintable = [...warning].findIndex((character) => !/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character))
    if (unprintable >= 0) {
      const index = bytes([...warning].slice(0, unprintable).join(""))
      complaints.push(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`)
    }
  }
  return complaints.map((complaint) => invalid(path, warning, complaint))
}

const checkNames = (names: DefinitionNames): ReadonlyArray<Cause> => {
  const path = (field: string): string => child("spec.names", field)
  const mixedCase = "may have mixed case, but should otherwise match: "
  const kind = names.kind
  const listKind = names.listKind ?? ""
  const singular = names.singular ?? ""
  return [
    ...([["plural", names.plural], ["singular", singular], ["kind", kind], ["listKind", listKind]] as const).flatMap(
      ([field, name]) => (name === "" ? [required(path(field))] : [])
    ),
    ...(names.plural === "" ? [] : named(path("plural"), names.plural)),
    ...(singular === "" ? [] : named(path("singular"), singular)),
    ...(kind === "" ? [] : named(path("kind"), kind, mixedCase)),
    ...(listKind === "" ? [] : named(path("listKind"), listKind, mixedCase)),
    ...(names.shortNames ?? []).flatMap((name, index) => named(indexed(path("shortNames"), index), name)),
    ...(kind !== "" && kind === listKind
      ? [invalid(path("listKind"), listKind, "kind and listKind may not be the same")]
      : []),
    ...(names.categories ?? []).flatMap((name, index) => named(indexed(path("categories"), index), name))
  ]
}

// ---------------------------------------------------------------- schema

/** Keywords of a root whose `status` is validated apart, in the server's order and words. */
const rootKeywords: ReadonlyArray<readonly [keyword: keyof JSONSchemaProps, name: string]> = [
  ["description", "Description"],
  ["type", "Type"],
  ["format", "Format"],
  ["title", "Title"],
  ["maximum", "Maximum"],
  ["exclusiveMaximum", "ExclusiveMaximum"],
  ["minimum", "Minimum"],
  ["exclusiveMinimum", "ExclusiveMinimum"],
  ["maxLength", "MaxLength"],
  ["minLength", "MinLength"],
  ["pattern", "Pattern"],
  ["maxItems", "MaxItems"],
  ["minItems", "MinItems"],
  ["uniqueItems", "UniqueItems"],
  ["multipleOf", "MultipleOf"],
  ["required", "Required"],
  ["items", "Items"],
  ["properties", "Properties"],
  ["externalDocs", "ExternalDocs"],
  ["example", "Example"],
  ["x-kubernetes-preserve-unknown-fields", "XPreserveUnknownFields"],
  ["x-kubernetes-validations", "XValidations"]
]

const checkSchema = (
  validation: DefinitionVersion["schema"],
  hasStatus: boolean,
  path: string
): ReadonlyArray<Cause> => {
  const schema = validation?.openAPIV3Schema
  if (schema === undefined) return []
  const at = child(path, "openAPIV3Schema")
  const structure = checkStructure(schema, at)
  const keywords = validateSchema(schema, at)
  return [
    ...(hasStatus ? checkRootWithStatus(schema, at) : []),
    ...(schema.nullable === true ? [forbidden(child(at, "nullable"), "nullable cannot be true at the root")] : []),
    ...structure ?? [],
    ...keywords,
    // What rules see is known of a structural schema only.
    ...(structure?.length === 0 ? checkRules(schema, at, keywords) : [])
  ]
}

/** Absent for a schema that has no place in the rules of structure. */
const checkStructure = (schema: JSONSchemaProps, at: string): ReadonlyArray<Cause> | undefined => {
  if (!isStructurable(schema)) return undefined
  const causes = validateStructural(schema, at)
  return causes.length > 0 ? causes : validateDefaults(schema, at)
}

const checkRootWithStatus = (schema: JSONSchemaProps, at: string): ReadonlyArray<Cause> => {
  if (schema.type !== undefined && schema.type !== "object") {
    return [invalid(
      child(at, "type"),
      schema.type,
      "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled"
    )]
  }
  const stranger = Object.keys(schema).find((keyword) => !rootKeywords.some(([allowed]) => allowed === keyword))
  if (stranger === undefined) return []
  const names = rootKeywords.map(([, name]) => name).join(" ")
  // The server shows the whole schema in an internal form; the keyword in question says more.
  return [invalid(
    at,
    { [stranger]: (schema as { readonly [keyword: string]: unknown })[stranger] },
    `only [${names}] fields are allowed at the root of the schema if the status subresource is enabled`
  )]
}

// ---------------------------------------------------------------- status and approval

const checkStoredVersions = (definition: Definition): ReadonlyArray<Cause> => {
  const path = "status.storedVersions"
  const stored = definition.status?.storedVersions ?? []
  if (stored.length === 0) return [invalid(path, null, "must have at least one stored version")]
  const versions = definition.spec.versions ?? []
  return [
    ...versions.filter((version) => version.storage && !stored.includes(version.name)).map((version) =>
      invalid(path, stored, `must have the storage version ${version.name}`)
    ),
    ...stored.flatMap((name, index) =>
      versions.some((version) => version.name === name) ? [] : [invalid(
        indexed(path, index),
        name,
        `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`
      )]
    )
  ]
}

const approvalAnnotation = "api-approved.kubernetes.io"

/** Groups of the Kubernetes community need its approval, or the word that they have none (KEP-1111). */
const checkApproval = (definition: Definition): ReadonlyArray<Cause> => {
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(definition.spec.group)) return []
  const annotations = (definition.metadata.annotations ?? {}) as { readonly [key: string]: string } // decoded as such
  const value = annotations[approvalAnnotation] ?? ""
  const path = keyed("metadata.annotations", approvalAnnotation)
  const see = "see https://github.com/kubernetes/enhancements/pull/1111"
  if (value === "") {
    return [required(path, `protected groups must have approval annotation ${goQuote(approvalAnnotation)}, ${see}`)]
  }
  if (value.startsWith("unapproved") || (/^[a-z]+:\/\/[^/]/.test(value) && matchesFormat("uri", value))) return []
  return [invalid(
    path,
    value,
    `protected groups must have approval annotation ${
      goQuote(approvalAnnotation)
    } with either a URL or a reason starting with "unapproved", ${see}`
  )]
}
