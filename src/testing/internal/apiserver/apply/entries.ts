/** What of managedFields a server looks at itself: names that are too long, and a list that a client emptied. */
import type { Cause } from "../../structural.js"
import * as fieldError from "../../structural/fieldError.js"
import { child, items, type JsonObject, own, text } from "../json.js"
import { managerIssue } from "./writer.js"

const maximumSubresource = 256

/** Causes for which the managedFields of an object are refused. */
export const entryCauses = (object: JsonObject): ReadonlyArray<Cause> => {
  const entries = items(child(object, "metadata"), "managedFields")
  const causes: Array<Cause> = []
  for (let at = 0; at < entries.length; at++) {
    const path = `metadata.managedFields[${at}]`
    const cause = managerIssue(`${path}.manager`, text(entries[at], "manager") ?? "")
    if (cause !== undefined) causes.push(cause)
    if ((text(entries[at], "subresource") ?? "").length > maximumSubresource) {
      causes.push(fieldError.tooLong(`${path}.subresource`, maximumSubresource))
    }
  }
  return causes
}

/** Decoding drops lists that are empty; an empty list of managers means something, but for custom resources. */
export const withEmptiedManagers = (object: JsonObject, sent: JsonObject): JsonObject => {
  const entries = own(child(sent, "metadata"), "managedFields")
  if (!Array.isArray(entries) || entries.length > 0) return object
  return { ...object, metadata: { ...child(object, "metadata"), managedFields: [] } }
}
