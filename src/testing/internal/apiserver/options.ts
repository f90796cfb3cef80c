/**
 * Options of requests, from query parameters and from the body of a delete, with the refusals of options that make no
 * sense (S14, S24, S27, S29).
 */
import type { Cause } from "../structural.js"
import * as fieldError from "../structural/fieldError.js"
import { managerIssue } from "./apply/writer.js"
import { type Body, readBody } from "./bodies.js"
import { type FieldValidation, typeMetaIssue } from "./decoding.js"
import { decodeKind } from "./goTypes.js"
import { child, isObject, items, type JsonObject, text } from "./json.js"
import * as status from "./status.js"

export type Query = URLSearchParams

const truthy = (value: string | null): boolean => value !== null && value.toLowerCase() !== "false" && value !== "0"

/** A flag; given without a value, or with one that is neither `false` nor `0`, it is on. */
export const flag = (query: Query, name: string): boolean => truthy(query.get(name))

export const integer = (query: Query, name: string): number | undefined => {
  const value = query.get(name)
  if (value === null || value === "") return undefined
  if (!/^[-+]?[0-9]+$/.test(value)) {
    throw status.badRequest(`strconv.ParseInt: parsing ${fieldError.goQuote(value)}: invalid syntax`)
  }
  const number = Number(value)
  if (number < -(2 ** 63) || number >= 2 ** 63) {
    throw status.badRequest(`strconv.ParseInt: parsing ${fieldError.goQuote(value)}: value out of range`)
  }
  return number
}

export interface WriteOptions {
  readonly dryRun: boolean
  readonly fieldValidation: FieldValidation
}

const dryRunCauses = (values: ReadonlyArray<string>): ReadonlyArray<Cause> =>
  values.every((value) => value === "All") ? [] : [fieldError.notSupported("dryRun", values, ["All"])]

/** Options of a create, a replace or a patch. `first`: what is wrong beside what is wrong with any of them. */
export const writeOptions = (
  query: Query,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  first: ReadonlyArray<Cause> = []
): WriteOptions => {
  const dryRun = query.getAll("dryRun")
  const fieldValidation = query.get("fieldValidation") ?? ""
  const manager = query.get("fieldManager") ?? ""
  const causes: Array<Cause> = [...first]
  const issue = managerIssue("fieldManager", manager)
  if (issue !== undefined) causes.push(issue)
  causes.push(...dryRunCauses(dryRun))
  if (!["", "Ignore", "Warn", "Strict"].includes(fieldValidation)) {
    causes.push(fieldError.notSupported("fieldValidation", fieldValidation, ["", "Ignore", "Strict", "Warn"]))
  }
  if (causes.length > 0) throw status.invalidOptions(kind, causes)
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation === "Ignore" || fieldValidation === "Strict" ? fieldValidation : "Warn"
  }
}

export type Propagation = "Orphan" | "Background" | "Foreground"

export interface DeleteOptions {
  readonly dryRun: boolean
  readonly gracePeriodSeconds: number | undefined
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
  readonly propagation: Propagation | undefined
}

interface GivenDeleteOptions {
  readonly dryRun: ReadonlyArray<unknown>
  readonly grace: number | undefined
  readonly policy: string | undefined
  readonly orphan: boolean | undefined
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
}

const optionsInQuery = (query: Query): GivenDeleteOptions => {
  const orphan = query.get("orphanDependents")
  return {
    dryRun: query.getAll("dryRun"),
    grace: integer(query, "gracePeriodSeconds"),
    policy: query.get("propagationPolicy") ?? undefined,
    orphan: orphan === null ? undefined : truthy(orphan)
  }
}

const optionsInBody = (body: Body): GivenDeleteOptions => {
  const read = readBody(body, { apiVersion: "v1", kind: "DeleteOptions" })
  if (read.error !== undefined) throw status.badRequest(read.error)
  const mistyped = typeMetaIssue(read.value)
  if (mistyped !== undefined) throw status.badRequest(`couldn't get version/kind; json parse error: ${mistyped}`)
  const value: JsonObject = isObject(read.value) ? read.value : {}
  const kind = text(value, "kind") ?? ""
  if (kind !== "" && kind !== "DeleteOptions") {
    const version = text(value, "apiVersion") ?? "meta.k8s.io/v1"
    throw status.badRequest(
      `no kind "${kind}" is registered for version "${version}" in scheme "pkg/runtime/scheme.go:111"`
    )
  }
  if (read.issue !== undefined) throw status.badRequest(read.issue)
  const decoded = decodeKind("", "v1", "DeleteOptions", value)
  if (decoded?._tag === "Malformed") throw status.badRequest(decoded.message)
  const options = decoded?.object ?? value
  const { gracePeriodSeconds: grace, orphanDependents: orphan } = options
  const preconditions = child(options, "preconditions")
  return {
    dryRun: items(options, "dryRun"),
    grace: typeof grace === "number" ? grace : undefined,
    policy: text(options, "propagationPolicy"),
    orphan: typeof orphan === "boolean" ? orphan : undefined,
    uid: text(preconditions, "uid"),
    resourceVersion: text(preconditions, "resourceVersion")
  }
}

/** Options of a delete: from the body if there is one, else from the query (S14). */
export const deleteOptions = (query: Query, body: Body | undefined): DeleteOptions => {
  const given = body === undefined ? optionsInQuery(query) : optionsInBody(body)
  const { dryRun, grace, orphan, policy, resourceVersion, uid } = given
  const causes: Array<Cause> = []
  if (policy !== undefined && orphan !== undefined) {
    causes.push(
      fieldError.invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set")
    )
  }
  if (policy !== undefined && policy !== "Orphan" && policy !== "Background" && policy !== "Foreground") {
    causes.push(fieldError.notSupported("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"]))
  }
  causes.push(...dryRunCauses(dryRun.map(String)))
  if (causes.length > 0) throw status.invalidOptions("DeleteOptions", causes)
  return {
    dryRun: dryRun.length > 0,
    gracePeriodSeconds: grace === undefined ? undefined : grace < 0 ? 1 : grace,
    uid,
    resourceVersion,
    // The older option: true orphans, false lets the garbage collector delete.
    propagation: orphan === undefined ? policy as Propagation | undefined : orphan ? "Orphan" : "Background"
  }
}

export interface ListOptions {
  readonly labelSelector: string
  readonly fieldSelector: string
  readonly watch: boolean
  readonly bookmarks: boolean
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
  readonly timeoutSeconds: number | undefined
  readonly limit: number
  readonly continue: string
  readonly sendInitialEvents: boolean | undefined
}

/** Options of a list or a watch. */
export const listOptions = (query: Query): ListOptions => {
  const initial = query.get("sendInitialEvents")
  return {
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
    watch: flag(query, "watch"),
    bookmarks: flag(query, "allowWatchBookmarks"),
    resourceVersion: query.get("resourceVersion") ?? "",
    resourceVersionMatch: query.get("resourceVersionMatch") ?? "",
    timeoutSeconds: integer(query, "timeoutSeconds"),
    limit: Math.max(0, integer(query, "limit") ?? 0),
    continue: query.get("continue") ?? "",
    sendInitialEvents: initial === null ? undefined : truthy(initial)
  }
}

/** Refuses combinations of list and watch options that make no sense. */
export const checkListOptions = (options: ListOptions): void => {
  const causes: Array<Cause> = []
  const match = options.resourceVersionMatch
  const forbid = (detail: string, field = "resourceVersionMatch"): void => {
    causes.push(fieldError.forbidden(field, detail))
  }
  if (options.watch) {
    // A server takes a plain watch without a version, or from 0, for one that sends the state first; so it cannot be continued either.
    if (options.sendInitialEvents === undefined && match !== "") {
      forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
    } else if (options.sendInitialEvents !== undefined) {
      if (match !== "NotOlderThan") forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
      if (match !== "" && match !== "NotOlderThan") {
        causes.push(fieldError.notSupported("resourceVersionMatch", match, ["NotOlderThan"]))
      }
    }
    if (options.continue !== "" && (options.resourceVersion === "" || options.resourceVersion === "0")) {
      forbid("resourceVersionMatch is forbidden when continue is provided")
    }
  } else {
    if (match !== "") {
      if (options.resourceVersion === "") forbid("resourceVersionMatch is forbidden unless resourceVersion is provided")
      if (options.continue !== "") forbid("resourceVersionMatch is forbidden when continue is provided")
      if (match !== "Exact" && match !== "NotOlderThan") {
        causes.push(fieldError.notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]))
      }
      if (match === "Exact" && options.resourceVersion === "0") {
        forbid("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
      }
    }
    if (options.sendInitialEvents !== undefined) forbid("sendInitialEvents is forbidden for list", "sendInitialEvents")
  }
  if (causes.length > 0) throw status.invalidOptions("ListOptions", causes)
}

/** A resource version as a number; refused with the server's text if it is none. */
export const revisionOf = (resourceVersion: string, refuse: (why: string) => status.Refusal): number => {
  if (resourceVersion === "") return 0
  const why = (what: string): status.Refusal =>
    refuse(
      `resourceVersion: Invalid value: ${fieldError.goQuote(resourceVersion)}: strconv.ParseUint: parsing ${
        fieldError.goQuote(resourceVersion)
      }: ${what}`
    )
  if (!/^[0-9]+$/.test(resourceVersion)) throw why("invalid syntax")
  if (BigInt(resourceVersion) > 0xffffffffffffffffn) throw why("value out of range")
  return Number(resourceVersion)
}
