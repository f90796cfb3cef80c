/**
 * Objects as tables (`as=Table`): a row for each, with cells that the server prints and as much of the object as the
 * client asks for (S55).
 */
import { child, type JsonObject, text } from "../json.js"
import type { Page } from "../listing.js"
import { metadataOf } from "../objectMeta.js"
import type { Query } from "../options.js"
import type { Served } from "../served.js"
import * as status from "../status.js"
import { fromStorage } from "../versions.js"
import type { Column, Layout } from "./layout.js"
import { layoutOf } from "./layouts.js"

/** How much of its object a row has. */
export type Included = "None" | "Metadata" | "Object"

export const includedOf = (query: Query): Included => {
  const given = query.get("includeObject") ?? ""
  if (given === "None" || given === "Metadata" || given === "Object") return given
  if (given === "") return "Metadata"
  throw status.badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${
      JSON.stringify(given)
    }: must be 'Metadata', 'Object', 'None', or empty`
  )
}

/** A table that was asked for. A watch has one of its own, for its columns are told once. */
export class TableForm {
  #isTold = false

  constructor(
    /** `meta.k8s.io/v1` or `meta.k8s.io/v1beta1`. */
    readonly apiVersion: string,
    readonly query: Query,
    /** Milliseconds since 1970, for ages. */
    readonly now: () => number
  ) {}

  /** The columns; only the first event of a watch has them. */
  columns(layout: Layout): ReadonlyArray<Omit<Column, "cell">> | null {
    if (this.#isTold) return null
    this.#isTold = true
    return layout.columns.map(({ description, format, name, priority, type }) => ({
      name,
      type,
      format,
      description,
      priority
    }))
  }
}

interface Source {
  /** What the cells are read from: Events of both groups in their stored form. */
  readonly stored: JsonObject
  readonly shown: JsonObject
}

const isEndOfState = (object: JsonObject): boolean =>
  text(child(metadataOf(object), "annotations"), "k8s.io/initial-events-end") === "true"

const tableOf = (
  form: TableForm,
  layout: Layout,
  metadata: JsonObject,
  sources: ReadonlyArray<Source>,
  listed: ReadonlyArray<JsonObject> | undefined
): JsonObject => {
  const context = { now: form.now(), listed }
  const wanted = includedOf(form.query)
  const included = ({ shown }: Source): JsonObject | null => {
    if (wanted === "Object") return shown
    if (wanted === "None" && !isEndOfState(shown)) return null
    return { kind: "PartialObjectMetadata", apiVersion: form.apiVersion, metadata: metadataOf(shown) }
  }
  return {
    kind: "Table",
    apiVersion: form.apiVersion,
    metadata,
    columnDefinitions: form.columns(layout),
    rows: sources.length === 0 && layout.isNullWhenEmpty === true ? null : sources.map((source) => {
      const conditions = layout.conditions?.(source.stored) ?? []
      return {
        cells: [...layout.columns.map(({ cell }) => cell), ...(layout.unnamed ?? [])].map((cell) =>
          cell(source.stored, context)
        ),
        ...(conditions.length > 0 && { conditions }),
        object: included(source)
      }
    })
  }
}

const versionOf = (object: JsonObject): JsonObject => {
  const resourceVersion = text(metadataOf(object), "resourceVersion")
  return resourceVersion === undefined ? {} : { resourceVersion }
}

/** The table of one object that is not as it is stored: a bookmark's, or a scale. */
export const tableOfShown = (form: TableForm, layout: Layout, shown: JsonObject): JsonObject =>
  tableOf(form, layout, versionOf(shown), [{ stored: shown, shown }], undefined)

/** The cells of a custom resource are read from the version that is shown. */
const sourceOf = (served: Served, stored: JsonObject): Source => {
  const shown = fromStorage(served, stored)
  return { stored: served.custom === undefined ? stored : shown, shown }
}

/** The table of one stored object. */
export const tableOfObject = (form: TableForm, served: Served, stored: JsonObject): JsonObject =>
  tableOf(form, layoutOf(served), versionOf(stored), [sourceOf(served, stored)], undefined)

/** The table of a page of a list. */
export const tableOfPage = (form: TableForm, served: Served, page: Page): JsonObject => {
  const layout = layoutOf(served)
  const objects = page.entries.map((entry) => entry.object)
  const { order } = layout
  return tableOf(
    form,
    layout,
    {
      resourceVersion: String(page.revision),
      ...(page.continue !== "" && { continue: page.continue }),
      ...(page.remainingItemCount !== undefined && { remainingItemCount: page.remainingItemCount })
    },
    (order === undefined ? objects : [...objects].sort(order)).map((object) => sourceOf(served, object)),
    objects
  )
}
