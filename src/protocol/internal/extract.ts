/** From an object to the configuration that a field manager applied. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as KubeError from "../KubeError.js"
import type { ManagedFieldsEntry } from "../ObjectMeta.js"
import type * as Resource from "../Resource.js"
import { actual, type Fields, isFields } from "./actual.js"
import { CodecId, type WithCodec } from "./codec.js"
import { errorOf } from "./convert.js"
import { type Struct, StructId, type StructRef } from "./descriptor.js"
import { objectMeta } from "./objectMeta.js"
import { ownedFields } from "./ownedFields.js"
import { apiVersion } from "./resource.js"

interface Options {
  readonly fieldManager: string
  readonly subresource?: string | undefined
}

const structOf = (resource: Resource.Any): Struct | undefined => {
  const ref = (resource as { readonly [StructId]?: StructRef })[StructId]
  return ref === undefined ? undefined : withMetadata(ref())
}

const withMetadata = (struct: Struct): Struct => ({ fields: { ...struct.fields, metadata: () => objectMeta } })

const refuse = (
  resource: Resource.Any,
  object: Resource.KubeObject,
  path: ReadonlyArray<PropertyKey>,
  expected: string,
  found: unknown
): KubeError.DecodeError =>
  errorOf(resource, object, [{ path: ["metadata", "managedFields", ...path], expected, actual: actual(found) }])

/** The entry of a manager that applies; there is one at most. */
const isEntryOf = ({ fieldManager, subresource }: Options) => (entry: ManagedFieldsEntry): boolean =>
  entry.operation === "Apply" && entry.manager === fieldManager && (entry.subresource ?? "") === (subresource ?? "")

export const extract = (
  resource: Resource.Any,
  object: Resource.KubeObject,
  options: Options
): Effect.Effect<never, KubeError.DecodeError> =>
  // What is owned is a part of the wire form: `Resource.extract` says of which kind.
  owned(resource, object, options) as Effect.Effect<never, KubeError.DecodeError>

const owned = (
  resource: Resource.Any,
  object: Resource.KubeObject,
  options: Options
): Effect.Effect<Fields, KubeError.DecodeError> =>
  Effect.suspend(() => {
    const { managedFields, name, namespace } = object.metadata
    const head = { apiVersion: apiVersion(resource), kind: resource.kind }
    const identity = { name, ...(namespace === undefined ? undefined : { namespace }) }
    // An object without any was cut down on its way here: to apply nothing would give up all that the manager owns.
    if (managedFields === undefined) {
      return Either.left(refuse(resource, object, [], "what each manager owns, which the server keeps", undefined))
    }
    const index = managedFields.findIndex(isEntryOf(options))
    const entry = managedFields[index]
    if (entry === undefined) return Either.right({ ...head, metadata: identity })
    if (entry.apiVersion !== head.apiVersion) {
      const expected = JSON.stringify(head.apiVersion)
      return Either.left(refuse(resource, object, [index, "apiVersion"], expected, entry.apiVersion))
    }
    const { fieldsV1 } = entry
    if (!isFields(fieldsV1)) {
      return Either.left(refuse(resource, object, [index, "fieldsV1"], "an object", fieldsV1))
    }
    // Every resource has a codec: `define` puts it there.
    const codec = (resource as unknown as WithCodec<unknown>)[CodecId]
    const wire = Either.mapLeft(codec.encode(object), (issues) => errorOf(resource, object, issues))
    return Either.map(wire, (wire) => {
      const others = managedFields.flatMap((other) =>
        other !== entry && isFields(other.fieldsV1) ? [other.fieldsV1] : []
      )
      const struct = structOf(resource)
      const found = ownedFields(wire, fieldsV1, struct && (() => struct), others)
      const fields = isFields(found) ? found : {}
      const metadata = isFields(fields["metadata"]) ? fields["metadata"] : {}
      return { ...head, ...fields, metadata: { ...metadata, ...identity } }
    })
  })
