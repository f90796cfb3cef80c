/**
 * Answers of an API server in a form that can be compared, and the same answers given by the structural-schema functions.
 */
import * as structural from "../../../src/testing/internal/structural.js"
import type { Table } from "./cases.js"

export interface Cause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

export type Answer =
  /** What became of the object. */
  | { readonly accepted: unknown; readonly warnings: ReadonlyArray<string> }
  /** A 422. */
  | { readonly invalid: ReadonlyArray<Cause> }
  | { readonly refused: ReadonlyArray<string> }
  /** A 400. */
  | { readonly unreadable: string }

export interface TableAnswers {
  readonly create: ReadonlyArray<Answer>
  readonly update: ReadonlyArray<Answer>
  readonly metadata: ReadonlyArray<Answer>
}

export const group = "structural.example.org"

export const kindOf = (table: Table): string => table.name[0]!.toUpperCase() + table.name.slice(1)

export const bodyOf = (table: Table, spec: unknown, metadata: unknown): { readonly [field: string]: unknown } => ({
  apiVersion: `${group}/v1`,
  kind: kindOf(table),
  metadata,
  spec
})

/** Some random characters take the place of those that a server gives to a name. */
export const generated = (generateName: string): string => `${generateName.slice(0, 58)}xxxxx`

/** Keys and warnings sorted; causes, too, where their order means nothing. */
export const comparable = (answer: Answer, table: Pick<Table, "ordered" | "fieldsOnly"> = {}): Answer => {
  const sorted = sortKeys(JSON.parse(JSON.stringify(answer))) as Answer
  if ("accepted" in sorted) return { ...sorted, warnings: [...sorted.warnings].sort() }
  if (!("invalid" in sorted)) return sorted
  if (table.fieldsOnly === true) return { refused: sorted.invalid.map((cause) => cause.field).sort() }
  if (table.ordered === true) return sorted
  return {
    invalid: sorted.invalid.map((cause) => JSON.stringify(cause)).sort().map((text) => JSON.parse(text) as Cause)
  }
}

const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, sortKeys(member)])
  )
}

/** Of metadata only what their author wrote; long annotations cut. */
export const ownMetadata = (metadata: { readonly [field: string]: unknown }): unknown => {
  const shown = ["name", "generateName", "namespace", "labels", "annotations", "finalizers", "ownerReferences"]
  const own = Object.fromEntries(Object.entries(metadata).filter(([field]) => shown.includes(field)))
  return JSON.stringify(own).length > 2000 ? "long" : own
}

/** The server's own dump of a list of versions or of a whole schema, which nobody reads. */
export const withoutDumps = (causes: ReadonlyArray<Cause>): ReadonlyArray<Cause> =>
  causes.map((cause) => ({
    ...cause,
    message: cause.message
      .replace(/^Invalid value: \[\{"(?:Name|name)":.*\]: must /s, "Invalid value: (versions): must ")
      .replace(/^Invalid value: \{.*\}: only /s, "Invalid value: (schema): only ")
  }))

const schemaOf = (table: Table): structural.JSONSchemaProps => ({ type: "object", properties: { spec: table.spec } })

const resourceOf = (table: Table) => ({
  group,
  version: "v1",
  kind: kindOf(table),
  namespaced: true,
  schema: schemaOf(table)
})

const decode = (table: Table, schema: structural.JSONSchemaProps, body: unknown): structural.Decoded =>
  structural.decodeObject(schema, body)

const cannotBeHandled = (kind: string, message: string): Answer => ({
  unreadable: `${kind} in version "v1" cannot be handled as a ${kind}: ${message}`
})

const unknownFields = (fields: ReadonlyArray<string>): ReadonlyArray<string> =>
  fields.map((field) => `unknown field "${field}"`)

export const judgeCreate = (table: Table, spec: unknown): Answer => {
  const decoded = decode(table, schemaOf(table), bodyOf(table, spec, { name: "a", namespace: "default" }))
  if (decoded._tag === "Malformed") return cannotBeHandled(kindOf(table), decoded.message)
  const invalid = structural.validateObject(resourceOf(table), decoded.object)
  return invalid.length > 0
    ? { invalid }
    : { accepted: decoded.object.spec, warnings: unknownFields(decoded.unknownFields) }
}

export const judgeUpdate = (table: Table, before: unknown, after: unknown): Answer => {
  const metadata = { name: "a", namespace: "default", resourceVersion: "1", generation: 1 }
  const loose = { type: "object", "x-kubernetes-preserve-unknown-fields": true }
  const previous = decode(table, loose, bodyOf(table, before, metadata))
  const decoded = decode(table, schemaOf(table), bodyOf(table, after, metadata))
  if (decoded._tag === "Malformed" || previous._tag === "Malformed") throw new Error("not of the shape of an object")
  const invalid = structural.validateObjectUpdate(resourceOf(table), decoded.object, previous.object)
  return invalid.length > 0
    ? { invalid }
    : { accepted: decoded.object.spec, warnings: unknownFields(decoded.unknownFields) }
}

export const judgeMetadata = (table: Table, metadata: unknown): Answer => {
  const decoded = decode(table, schemaOf(table), bodyOf(table, {}, metadata))
  if (decoded._tag === "Malformed") return cannotBeHandled(kindOf(table), decoded.message)
  const read = decoded.object.metadata as { readonly name?: string; readonly generateName?: string }
  // What a server fills in before it validates.
  const filled = {
    ...read,
    ...(read.name === undefined && read.generateName !== undefined ? { name: generated(read.generateName) } : {}),
    namespace: "default",
    generation: 1
  }
  const invalid = structural.validateObject(resourceOf(table), { ...decoded.object, metadata: filled })
  return invalid.length > 0
    ? { invalid }
    : {
      accepted: ownMetadata(filled),
      warnings: [...unknownFields(decoded.unknownFields), ...structural.finalizerWarnings(filled)]
    }
}

export const judgeDefinition = (body: unknown): Answer => {
  const decoded = structural.decodeDefinition(JSON.parse(JSON.stringify(body)))
  if (decoded._tag === "Malformed") return cannotBeHandled("CustomResourceDefinition", decoded.message)
  const { definition } = decoded
  const stored = (definition.spec.versions ?? []).filter((version) => version.storage).map((version) => version.name)
  const invalid = structural.checkDefinition({ ...definition, status: { storedVersions: stored.slice(0, 1) } })
  return invalid.length > 0
    ? { invalid: withoutDumps(invalid) }
    : {
      accepted: definition.spec,
      warnings: [...unknownFields(decoded.unknownFields), ...structural.definitionWarnings(definition)]
    }
}
