/** Endpoints of a kind beside its main one and that of its status, at which some of it is written in its own way. */
import type { Cause } from "../../structural.js"
import type { JsonObject } from "../json.js"
import { metadataOf, withMetadata } from "../objectMeta.js"
import type { State } from "../strategies.js"

export interface Endpoint {
  /** What is stored of a body: what the endpoint does not take is as it was. */
  readonly prepare: (object: JsonObject, previous: JsonObject, state: State) => JsonObject
  readonly validate: (object: JsonObject, previous: JsonObject) => ReadonlyArray<Cause>
}

export interface Endpoints {
  readonly [subresource: string]: Endpoint
}

/** The object as it was, under the resourceVersion that the writer has seen. */
export const asItWas = (object: JsonObject, previous: JsonObject): JsonObject => {
  const { managedFields, resourceVersion } = metadataOf(object)
  return withMetadata(previous, { ...metadataOf(previous), resourceVersion, managedFields })
}
