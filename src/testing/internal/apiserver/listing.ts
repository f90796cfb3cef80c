/**
 * Lists: at which revision, which page, and the token of the next one (S22 to S25).
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { isObject, readJson } from "./json.js"
import type { ListOptions } from "./options.js"
import { checkListOptions, revisionOf } from "./options.js"
import { type ObjectFilter, objectFilter } from "./selectors.js"
import type { Served } from "./served.js"
import * as status from "./status.js"
import type { Entry, Snapshot, Storage } from "./storage.js"

export interface Page {
  readonly revision: number
  readonly entries: ReadonlyArray<Entry>
  readonly continue: string
  readonly remainingItemCount: number | undefined
}

/** What a list asks for, once its options are read. */
export interface ListPlan {
  readonly served: Served
  readonly namespace: string | undefined
  readonly filter: ObjectFilter
  readonly limit: number
  /** The revision that the list shows; the present one without it. */
  readonly exact: number | undefined
  /** The list waits until the store has come this far. */
  readonly notOlderThan: number
  /** The first key of the page; empty for the first page. */
  readonly start: string
}

const tokenVersion = "meta.k8s.io/v1"

/** The name of the token's version, the list's revision (-1: whatever it is then) and the key to go on with. */
const encodeToken = (revision: number, start: string): string => {
  const json = JSON.stringify({ v: tokenVersion, rv: revision, start }).replace(/\u0000/g, "\\u0000")
  return Encoding.encodeBase64Url(json)
}

const decodeToken = (token: string): { readonly revision: number; readonly start: string } => {
  const refuse = (why: string): status.Refusal =>
    status.badRequest(`invalid continue token: continue key is not valid: ${why}`)
  const illegal = /[^A-Za-z0-9_-]/.exec(token)
  if (illegal !== null) throw refuse(`illegal base64 data at input byte ${illegal.index}`)
  const decoded = Encoding.decodeBase64UrlString(token)
  if (Either.isLeft(decoded)) throw refuse(`illegal base64 data at input byte ${token.length - token.length % 4}`)
  const read = readJson(decoded.right)
  if (read.error !== undefined) throw refuse(read.error)
  const value = isObject(read.value) ? read.value : {}
  const { rv, start, v } = value
  if (v !== tokenVersion) {
    throw refuse(`server does not recognize this encoded version ${typeof v === "string" ? v : ""}`)
  }
  if (typeof rv !== "number" || rv === 0) {
    throw refuse(`incorrect encoded start resourceVersion (version ${tokenVersion})`)
  }
  if (typeof start !== "string" || start === "") throw refuse(`encoded start key empty (version ${tokenVersion})`)
  return { revision: rv, start }
}

const tooOld = "The resourceVersion for the provided list is too old."
const tooOldToContinue =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, " +
  "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an " +
  "inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."

/** Reads the options of a list; refuses those that make no sense. */
export const planList = (served: Served, namespace: string | undefined, options: ListOptions): ListPlan => {
  checkListOptions(options)
  const filter = objectFilter(served, options.labelSelector, options.fieldSelector)
  const plan = { served, namespace, filter, limit: options.limit, exact: undefined, notOlderThan: 0, start: "" }
  if (options.continue !== "") {
    const token = decodeToken(options.continue)
    if (options.resourceVersion !== "" && options.resourceVersion !== "0") {
      throw status.badRequest("specifying resource version is not allowed when using continue")
    }
    return {
      ...plan,
      exact: token.revision < 0 ? undefined : token.revision,
      notOlderThan: Math.max(0, token.revision),
      start: token.start
    }
  }
  const revision = revisionOf(options.resourceVersion, (why) => status.badRequest(`invalid resource version: ${why}`))
  // From version 0 the server answers out of its cache, which knows no pages.
  if (options.resourceVersion !== "" && revision === 0) return { ...plan, limit: 0 }
  const isExact = options.resourceVersionMatch === "Exact" ||
    (options.resourceVersionMatch === "" && options.limit > 0 && revision > 0)
  return { ...plan, exact: isExact ? revision : undefined, notOlderThan: revision }
}

/** The key after which a page goes on, as its token writes it. */
const keyOf = (plan: ListPlan, entry: Entry): string =>
  plan.namespace === undefined && entry.namespace !== "" ? `/${entry.namespace}/${entry.name}` : `/${entry.name}`

/** Reads one page out of the store, which has reached the revision that the plan waits for. */
export const readPage = (storage: Storage, plan: ListPlan): Page => {
  const found = storage.list(plan.served.storage, {
    namespace: plan.served.namespaced ? plan.namespace : undefined,
    revision: plan.exact
  })
  if ("compacted" in found) {
    throw plan.start === "" ? status.expired(tooOld) : status.expired(tooOldToContinue, encodeToken(-1, plan.start))
  }
  return cut(plan, found)
}

const cut = (plan: ListPlan, snapshot: Snapshot): Page => {
  const { filter, limit } = plan
  const page: Array<Entry> = []
  for (let at = plan.start === "" ? 0 : firstAt(plan, snapshot.entries); at < snapshot.entries.length; at++) {
    const entry = snapshot.entries[at]!
    if (!filter.isEverything && !filter.matches(entry.object)) continue
    if (limit > 0 && page.length === limit) {
      const start = `${keyOf(plan, page[limit - 1]!)}\u0000`
      return {
        revision: snapshot.revision,
        entries: page,
        continue: encodeToken(snapshot.revision, start),
        // A count after a selector would take reading everything.
        remainingItemCount: filter.isEverything ? snapshot.entries.length - at : undefined
      }
    }
    page.push(entry)
  }
  return { revision: snapshot.revision, entries: page, continue: "", remainingItemCount: undefined }
}

/** The first entry whose key is not before the token's. */
const firstAt = (plan: ListPlan, entries: ReadonlyArray<Entry>): number => {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keyOf(plan, entries[middle]!) < plan.start) low = middle + 1
    else high = middle
  }
  return low
}
