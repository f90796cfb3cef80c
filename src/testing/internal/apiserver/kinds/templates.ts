/** What all kinds that hold a template of Pods have in common. */
import { dnsLabel } from "../../structural/names.js"
import { child, type JsonObject } from "../json.js"
import { generationOf, nameOf, specOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { defaultTemplate } from "./podDefaults.js"
import { dropGatedFields } from "./podGates.js"
import { podWarnings } from "./podWarnings.js"

type Spec = (object: JsonObject) => JsonObject | undefined

/** What is filled in and dropped of the template, and what is warned of. `holder`: what the template is in. */
export const templateStrategy = (
  holder: Spec,
  at: string,
  defaults: (object: JsonObject) => void
): Pick<Strategy, "defaults" | "prepareCreate" | "prepareUpdate" | "warnings"> => {
  const template = (object: JsonObject): JsonObject | undefined => child(holder(object), "template")
  const prepared = (object: JsonObject): JsonObject => {
    const spec = child(template(object), "spec")
    if (spec !== undefined) dropGatedFields(spec)
    return object
  }
  return {
    defaults: (object) => {
      defaults(object)
      defaultTemplate(holder(object))
      return object
    },
    prepareCreate: prepared,
    prepareUpdate: prepared,
    warnings: (object, previous) => {
      const found = template(object)
      if (found === undefined || (previous !== undefined && generationOf(object) === generationOf(previous))) return []
      return podWarnings(specOf(found), child(found, "metadata"), at)
    }
  }
}

/** Pods and their hosts are named after the object: a name with dots surprises. */
export const nameWarnings = (object: JsonObject, previous: JsonObject | undefined): ReadonlyArray<string> => {
  const complaints = previous === undefined ? dnsLabel(nameOf(object)) : []
  return complaints.length === 0
    ? []
    : [
      `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${
        complaints.join(" ")
      }]`
    ]
}
