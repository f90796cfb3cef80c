/**
 * Bodies of requests: read, checked against the kind that is expected there, with unknown and duplicate fields warned of
 * or refused. Texts and codes are a kube-apiserver's (S39, S56).
 */
import { decodeObject, type JSONSchemaProps } from "../structural.js"
import { withEmptiedManagers } from "./apply/entries.js"
import { type Body, readBody, summary, textBody, textOf } from "./bodies.js"
import { decodeKind } from "./goTypes.js"
import { child, isObject, type JsonObject, own, text, typeName } from "./json.js"
import { kindName } from "./schemas.js"
import { apiVersionOf, type Served } from "./served.js"
import * as status from "./status.js"

/** The most bytes that a body may have. */
export const maximumBody = 3 * 1024 * 1024

export type FieldValidation = "Ignore" | "Warn" | "Strict"

export interface DecodedBody {
  readonly object: JsonObject
  readonly warnings: ReadonlyArray<string>
}

const typeMeta =
  "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }"

/** Why `apiVersion` and `kind` cannot be read; nothing if they can. */
export const typeMetaIssue = (value: unknown): string | undefined => {
  if (value === null) return undefined
  if (!isObject(value)) return `json: cannot unmarshal ${typeName(value)} into Go value of type ${typeMeta}`
  for (const key of ["apiVersion", "kind"]) {
    const found = own(value, key)
    if (found !== undefined && found !== null && typeof found !== "string") {
      return `json: cannot unmarshal ${typeName(found)} into Go struct field .${key} of type string`
    }
  }
  return undefined
}

const anything: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true }

/** The schema by which a body is read: that of the version that it names; what names another kind is read as it is. */
const schemaOf = ({ custom, group, kind }: Served, value: JsonObject): JSONSchemaProps | undefined => {
  const apiVersion = text(value, "apiVersion") ?? ""
  return custom !== undefined && text(value, "kind") === kind && apiVersion.startsWith(`${group}/`)
    ? custom.schemas.get(apiVersion.slice(group.length + 1))
    : anything
}

/** A value as an object of a kind, or why it is none: the text of a 400, or of a 422 after a patch. */
export const asKindOrIssue = (served: Served, value: JsonObject): DecodedBody | { readonly issue: string } => {
  const decoded = served.strategy.decode?.(value)
    ?? (served.custom === undefined ? decodeKind(served.group, served.version, served.kind, value) : undefined)
    ?? decodeObject(schemaOf(served, value), value)
  if (decoded._tag === "Malformed") return { issue: decoded.message }
  const object = served.custom === undefined ? served.strategy.defaults(decoded.object) : decoded.object
  return {
    object: served.custom === undefined ? withEmptiedManagers(object, value) : object,
    warnings: decoded.unknownFields.map((path) => `unknown field "${path}"`)
  }
}

const duplicatesOf = (paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.map((path) => `duplicate field "${path}"`)

/** Reads the body of a create or a replace; a text is JSON. */
export const decodeBody = (served: Served, given: Body | string, validation: FieldValidation): DecodedBody => {
  const body = typeof given === "string" ? textBody(given) : given
  const unrecognised = (why: string): status.Refusal =>
    status.badRequest(`the object provided is unrecognized (must be of type ${served.kind}): ${why} (${summary(body)})`)
  const read = readBody(body, { apiVersion: apiVersionOf(served.group, served.version), kind: served.kind })
  if (read.error !== undefined) throw unrecognised(read.error)
  const issue = typeMetaIssue(read.value)
  if (issue !== undefined) throw unrecognised(`couldn't get version/kind; json parse error: ${issue}`)
  const value: JsonObject = isObject(read.value) ? read.value : {}
  const apiVersion = text(value, "apiVersion") ?? ""
  const kind = text(value, "kind") ?? ""
  const expected = apiVersionOf(served.group, served.version)
  const slash = apiVersion.indexOf("/")
  if (apiVersion.indexOf("/", slash + 1) > slash && slash >= 0) {
    throw unrecognised(`unexpected GroupVersion string: ${apiVersion}`)
  }
  const version = apiVersion === "" ? served.version : apiVersion.slice(apiVersion.lastIndexOf("/") + 1)
  const cannot = (why: string): status.Refusal => {
    const found = kind === "" ? served.kind : kind
    const wanted = served.custom === undefined ? served.kind : found
    return status.badRequest(`${found} in version "${version}" cannot be handled as a ${wanted}: ${why}`)
  }
  if (read.issue !== undefined) throw cannot(read.issue)
  if (served.custom !== undefined) {
    if (kind === "") throw unrecognised(`Object 'Kind' is missing in '${textOf(body)}'`)
  } else if ((apiVersion !== "" && apiVersion !== expected) || (kind !== "" && kind !== served.kind)) {
    throw cannot(wrongKind(served, apiVersion, kind))
  }
  const decoded = asKindOrIssue(served, value)
  if ("issue" in decoded) throw cannot(decoded.issue)
  const found = [...read.duplicates, ...decoded.warnings]
  if (validation === "Strict" && found.length > 0) {
    const inOrder = served.custom === undefined && body.type === "json"
      ? [...decoded.warnings, ...read.strict]
      : [...read.strict, ...decoded.warnings]
    throw cannot(`strict decoding error: ${inOrder.join(", ")}`)
  }
  const warnings = validation === "Warn" ? found : []
  if (served.custom !== undefined && apiVersion !== expected) {
    throw status.warning(warnings, () => {
      throw status.badRequest(
        `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`
      )
    })
  }
  return { object: named(served, decoded.object, kind), warnings }
}

/** An object under the kind and version that it is served as. A custom resource keeps a wrong kind, which its validation refuses. */
const named = (served: Served, object: JsonObject, kind: string): JsonObject => ({
  ...object,
  apiVersion: apiVersionOf(served.group, served.version),
  kind: served.custom === undefined || kind === "" ? served.kind : kind,
  metadata: child(object, "metadata") ?? {}
})

/** The package in which the server declares the kinds of a group; messages name it. */
export const goPackage = (group: string): string => group === "" ? "core" : group.split(".")[0]!

const wrongKind = (served: Served, apiVersion: string, kind: string): string => {
  const given = apiVersion === "" ? apiVersionOf(served.group, served.version) : apiVersion
  const slash = given.indexOf("/")
  const version = given.slice(slash + 1)
  return kindName(given.slice(0, Math.max(slash, 0)), version, kind === "" ? served.kind : kind) === undefined
    ? `no kind "${
      kind === "" ? served.kind : kind
    }" is registered for version "${given}" in scheme "pkg/runtime/scheme.go:111"`
    : `converting (${version}.${kind === "" ? served.kind : kind}) to (${
      goPackage(served.group)
    }.${served.kind}): unknown conversion`
}

/** A value whose keys are in order, as the server quotes maps: all the way down, or at the top alone. */
const sorted = (value: unknown, deeply: boolean): unknown => {
  const below = (member: unknown): unknown => deeply ? sorted(member, true) : member
  if (Array.isArray(value)) return value.map(below)
  if (!isObject(value)) return value
  const members = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)
  return Object.fromEntries(members.map(([key, member]) => [key, below(member)]))
}

/** Takes what a patch made of an object for an object of the kind again; what is wrong then is a 422 that quotes it (S41). */
export const decodePatched = (
  served: Served,
  patched: unknown,
  duplicates: ReadonlyArray<string>,
  validation: FieldValidation
): DecodedBody => {
  const shown = sorted(patched, served.custom !== undefined)
  const quoted = (why: string): status.Refusal => status.invalidPatch(JSON.stringify(shown), why)
  const issue = typeMetaIssue(patched)
  if (issue !== undefined) throw quoted(issue)
  const value: JsonObject = isObject(patched) ? patched : {}
  const kind = text(value, "kind") ?? ""
  const apiVersion = text(value, "apiVersion") ?? ""
  if (served.custom === undefined) {
    if (kind === "") throw quoted(`Object 'Kind' is missing in '${JSON.stringify(patched)}'`)
    if (kind !== served.kind || apiVersion !== apiVersionOf(served.group, served.version)) {
      throw quoted(wrongKind(served, apiVersion, kind))
    }
  }
  const decoded = asKindOrIssue(served, value)
  if ("issue" in decoded) throw quoted(decoded.issue)
  const found = [...duplicatesOf(duplicates), ...decoded.warnings]
  if (validation === "Strict" && found.length > 0) throw quoted(`strict decoding error: ${found.join(", ")}`)
  return { object: named(served, decoded.object, kind), warnings: validation === "Warn" ? found : [] }
}
