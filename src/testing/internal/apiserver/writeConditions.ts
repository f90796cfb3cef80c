/** What a write must agree with before anything of it counts: the names in its URL, the version and the uid that it was made for. */
import { goQuote, invalid } from "../structural/fieldError.js"
import { type JsonObject, text } from "./json.js"
import type { Served } from "./served.js"
import * as status from "./status.js"
import type { Entry } from "./storage.js"

export const checkName = (served: Served, namespace: string, name: string, metadata: JsonObject): void => {
  const given = text(metadata, "name") ?? ""
  if (given === "") {
    throw status.badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  }
  if (given !== name) {
    throw status.badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
  }
  checkNamespace(served, namespace, metadata)
}

export const checkNamespace = (served: Served, namespace: string, metadata: JsonObject): void => {
  const given = text(metadata, "namespace") ?? ""
  const expected = served.namespaced ? namespace : ""
  // Where the request has no namespace, that of the body is dropped.
  if (expected === "") delete metadata["namespace"]
  else if (given === "") metadata["namespace"] = expected
  else if (given !== expected) {
    throw status.badRequest("the namespace of the provided object does not match the namespace sent on the request")
  }
}

/** The version that a write names must be that of what is there (S4). */
export const checkVersion = (served: Served, existing: Entry, given: string): void => {
  if (given !== "" && !/^[0-9]+$/.test(given)) {
    throw status.internal(`strconv.ParseUint: parsing ${goQuote(given)}: invalid syntax`)
  }
  const version = given === "" ? 0 : Number(given)
  if (version === 0) {
    if (served.strategy.unconditionalUpdate) return
    const cause = invalid("metadata.resourceVersion", 0, "must be specified for an update")
    throw status.invalid(served.group, served.plural, existing.name, [cause])
  }
  if (version !== existing.revision) {
    throw status.conflict(served.group, served.plural, existing.name, status.modified)
  }
}

export const uidConflict = (
  served: Served,
  namespace: string,
  name: string,
  wanted: string,
  found: string
): status.Refusal => {
  const key = `/registry/${served.custom === undefined ? served.plural : `${served.group}/${served.plural}`}/${
    namespace === "" ? "" : `${namespace}/`
  }${name}`
  return status.conflict(
    served.group,
    served.plural,
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`
  )
}

export const refuseWhileTerminating = (served: Served, verb: string): void => {
  if (served.custom?.terminating === true) {
    throw status.refusal(
      405,
      "MethodNotAllowed",
      `${verb} not allowed while custom resource definition is terminating`,
      { group: served.group, kind: served.plural }
    )
  }
}
