/**
 * An apply request: its options, its body in YAML or JSON, and what it makes of an object (S35 to S38).
 */
import { applyDefaults } from "../../structural.js"
import * as fieldError from "../../structural/fieldError.js"
import { asKindOrIssue } from "../decoding.js"
import { isObject, type JsonObject, text, typeName } from "../json.js"
import { metadataOf, withMetadata } from "../objectMeta.js"
import { flag, type Query, type WriteOptions, writeOptions } from "../options.js"
import type { Change } from "../registry.js"
import { apiVersionOf, type Served } from "../served.js"
import * as status from "../status.js"
import { fromStorage, toStorage } from "../versions.js"
import { duplicatesText, readYaml } from "../yaml.js"
import { applyConfiguration, type Tracker, trackerOf } from "./tracking.js"

export const applyType = "application/apply-patch+yaml"

/** The options of an apply; the name of the manager must be among them. */
export const applyOptions = (query: Query): WriteOptions => {
  const missing = (query.get("fieldManager") ?? "") === ""
  return writeOptions(
    query,
    "PatchOptions",
    missing ? [fieldError.required("fieldManager", "is required for apply patch")] : []
  )
}

export interface Configuration {
  readonly value: JsonObject
  readonly duplicates: ReadonlyArray<string>
}

/** Reads the body of an apply. */
export const readConfiguration = (body: string): Configuration => {
  const read = readYaml(body)
  if (read.error !== undefined) throw status.badRequest(`error encoding patch: ${read.error}`)
  if (read.value === null) return { value: {}, duplicates: [] }
  if (!isObject(read.value)) {
    throw status.badRequest(
      `error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${
        typeName(read.value)
      } into Go value of type map[string]interface {}`
    )
  }
  return { value: read.value, duplicates: read.duplicates }
}

/** Keys that were given twice: refused, or warned of. */
const duplicateWarnings = (
  { duplicates }: Configuration,
  { fieldValidation }: WriteOptions
): ReadonlyArray<string> => {
  if (duplicates.length === 0 || fieldValidation === "Ignore") return []
  if (fieldValidation === "Strict") {
    throw status.badRequest(
      `error strict decoding patch: error converting YAML to JSON: ${duplicatesText(duplicates)}`
    )
  }
  return duplicates
}

/** What an apply makes of what is stored, or of nothing. */
export const applyChange = (
  served: Served,
  body: string,
  query: Query,
  options: WriteOptions,
  subresource: string,
  now: string
): (current: JsonObject | undefined) => ReturnType<Change> => {
  const configuration = readConfiguration(body)
  const tracker: Tracker = trackerOf(served, query.get("fieldManager") ?? "", subresource, now)
  return (current) => {
    const live = current === undefined ? undefined : fromStorage(served, current)
    const { managedFields, object } = applyConfiguration(tracker, live, configuration.value, flag(query, "force"))
    const warnings = duplicateWarnings(configuration, options)
    // A custom resource keeps what was said of it, nulls too; only defaults are filled in.
    const decoded = served.custom === undefined
      ? asKindOrIssue(served, object)
      : { object: applyDefaults(served.custom.schema, object) as JsonObject } // an object stays one
    if ("issue" in decoded) {
      const { name, namespace } = metadataOf(object)
      const kind = `${served.group}/${served.version}, Kind=${text(object, "kind")}`
      throw status.internal(
        `failed to convert new object (${String(namespace ?? "")}/${String(name ?? "")}; ${kind}) to proper version (${
          apiVersionOf(served.group, served.version)
        }): ${decoded.issue}`
      )
    }
    const stored = toStorage(served, decoded.object)
    return { object: withMetadata(stored, { ...metadataOf(stored), managedFields }), warnings }
  }
}
