/** What is wrong with an object that is about to be stored, and what a server warns of: its metadata, then its kind's own rules. */
import {
  type Cause,
  finalizerWarnings,
  ruleWarnings,
  validateMetadata,
  validateMetadataUpdate,
  validateObject,
  validateObjectUpdate,
  validateStatusUpdate
} from "../structural.js"
import { entryCauses } from "./apply/entries.js"
import type { JsonObject } from "./json.js"
import { nameRules } from "./nameRules.js"
import { finalizerCauses, metadataOf } from "./objectMeta.js"
import { apiVersionOf, type Served } from "./served.js"

/** A stored custom resource under the version of the request, whose schema validates it. */
const asServed = (served: Served, object: JsonObject): JsonObject => ({
  ...object,
  apiVersion: apiVersionOf(served.group, served.version)
})

export const createCauses = (served: Served, object: JsonObject): ReadonlyArray<Cause> => {
  if (served.custom !== undefined) {
    return [...entryCauses(object), ...validateObject(served.custom, asServed(served, object))]
  }
  const options = { namespaced: served.namespaced, name: nameRules[served.strategy.names] }
  const metadata = served.strategy.validatesMetadata ? [] : validateMetadata(metadataOf(object), options)
  return [...metadata, ...entryCauses(object), ...finalizerCauses(object), ...served.strategy.validateCreate(object)]
}

export const updateCauses = (
  served: Served,
  object: JsonObject,
  previous: JsonObject,
  subresource: string
): ReadonlyArray<Cause> => {
  if (served.custom !== undefined) {
    const validate = subresource === "status" ? validateStatusUpdate : validateObjectUpdate
    const [metadata, before] = [metadataOf(object), metadataOf(previous)]
    const { namespaced } = served
    // Before the kind looks at the metadata itself, all kinds have been asked about it: what is wrong is told again.
    return [
      ...validateMetadata(metadata, { namespaced, name: nameRules.path }),
      ...validateMetadataUpdate(metadata, before, { namespaced }),
      ...entryCauses(object),
      ...validate(served.custom, asServed(served, object), asServed(served, previous))
    ]
  }
  const options = { namespaced: served.namespaced, name: nameRules[served.strategy.names] }
  const isMain = subresource === ""
  const metadata = isMain && served.strategy.validatesMetadata
    ? []
    : validateMetadataUpdate(metadataOf(object), metadataOf(previous), options)
  return [
    ...metadata,
    ...entryCauses(object),
    ...finalizerCauses(object),
    ...(isMain ? served.strategy.validateUpdate(object, previous) : []),
    ...(subresource === "status" ? served.strategy.validateStatus(object, previous) : []),
    ...(served.strategy.endpoints[subresource]?.validate(object, previous) ?? [])
  ]
}

export const warningsOf = (served: Served, object: JsonObject, previous?: JsonObject): ReadonlyArray<string> =>
  served.custom === undefined
    ? served.strategy.warnings(object, previous)
    : finalizerWarnings(metadataOf(object), previous && metadataOf(previous))

/** Warnings of rules that failed before, too, given whether an update is taken or not. */
export const forgiven = (
  served: Served,
  object: JsonObject,
  previous: JsonObject,
  causes: ReadonlyArray<Cause>
): ReadonlyArray<string> =>
  served.custom === undefined
    ? []
    : ruleWarnings(served.custom, asServed(served, object), asServed(served, previous), causes)
