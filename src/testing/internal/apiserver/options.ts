/**
 * Options of requests, from query parameters and from the body of a delete, with the refusals of options that make no
 * sense (S14, S24, S27, S29).
 */
import type { Cause } from "../structural.js"
import * as fieldError from "../structural/fieldError.js"
import type { FieldValidation } from "./decoding.js"
import { child, isObject, items, readJson, text } from "./json.js"
import * as status from "./status.js"

export type Query = URLSearchParams

const truthy = (value: string | null): boolean => value !== null && value.toLowerCase() !== "false" && value !== "0"

/** A flag; given without a value, or with one that is neither `false` nor `0`, it is on. */
export const flag = (query: Query, name: string): boolean => truthy(query.get(name))

const integer = (query: Query, name: string): number | undefined => {
  const value = query.get(name)
  if (value === null || value === "") return undefined
  if (!/^[-+]?[0-9]+$/.test(value)) {
    throw status.badRequest(`strconv.ParseInt: parsing ${fieldError.goQuote(value)}: invalid syntax`)
  }
  return Number(value)
}

export interface WriteOptions {
  readonly dryRun: boolean
  readonly fieldValidation: FieldValidation
}

const dryRunCauses = (values: ReadonlyArray<string>): ReadonlyArray<Cause> =>
  values.every((value) => value === "All") ? [] : [fieldError.notSupported("dryRun", values, ["All"])]

const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

/** Which character of a text cannot be printed, and where. */
const unprintableIn = (text: string): string | undefined => {
  const found = unprintable.exec(text)
  if (found === null) return undefined
  const code = found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0") // it has one character
  return `invalid character U+${code} (at position ${new TextEncoder().encode(text.slice(0, found.index)).length})`
}

/** Options of a create, a replace or a patch. */
export const writeOptions = (query: Query, kind: "CreateOptions" | "UpdateOptions" | "PatchOptions"): WriteOptions => {
  const dryRun = query.getAll("dryRun")
  const fieldValidation = query.get("fieldValidation") ?? ""
  const manager = query.get("fieldManager") ?? ""
  const causes: Array<Cause> = []
  if (manager.length > 128) causes.push(fieldError.tooLong("fieldManager", 128))
  else {
    const problem = unprintableIn(manager)
    if (problem !== undefined) causes.push(fieldError.invalid("fieldManager", manager, problem))
  }
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

/** Options of a delete: from the body if there is one, else from the query (S14). */
export const deleteOptions = (query: Query, body: string): DeleteOptions => {
  let given: {
    readonly dryRun: ReadonlyArray<unknown>
    readonly grace: number | undefined
    readonly policy: string | undefined
    readonly orphan: boolean | undefined
    readonly uid?: string | undefined
    readonly resourceVersion?: string | undefined
  }
  if (body === "") {
    const orphan = query.get("orphanDependents")
    given = {
      dryRun: query.getAll("dryRun"),
      grace: integer(query, "gracePeriodSeconds"),
      policy: query.get("propagationPolicy") ?? undefined,
      orphan: orphan === null ? undefined : truthy(orphan)
    }
  } else {
    const read = readJson(body)
    if (read.error !== undefined) throw status.badRequest(`couldn't get version/kind; json parse error: ${read.error}`)
    if (read.value !== null && !isObject(read.value)) {
      throw status.badRequest("couldn't get version/kind; json parse error: expected an object")
    }
    const kind = text(read.value, "kind") ?? "DeleteOptions"
    if (kind !== "DeleteOptions") {
      const version = text(read.value, "apiVersion") ?? ""
      throw status.badRequest(
        `no kind "${kind}" is registered for version "${version}" in scheme "pkg/runtime/scheme.go:111"`
      )
    }
    const grace = isObject(read.value) ? read.value["gracePeriodSeconds"] : undefined
    const orphan = isObject(read.value) ? read.value["orphanDependents"] : undefined
    const preconditions = child(read.value, "preconditions")
    given = {
      dryRun: items(read.value, "dryRun"),
      grace: typeof grace === "number" ? grace : undefined,
      policy: text(read.value, "propagationPolicy"),
      orphan: typeof orphan === "boolean" ? orphan : undefined,
      uid: text(preconditions, "uid"),
      resourceVersion: text(preconditions, "resourceVersion")
    }
  }
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
