/** From a value that nothing is known of to an object of a kind. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as KubeError from "../KubeError.js"
import type * as Resource from "../Resource.js"
import { actual, actualType, type Fields, isFields } from "./actual.js"
import { CodecId, type WithCodec } from "./codec.js"
import { decodeForeign } from "./declaration.js"
import { decodeError, nameOf } from "./decodeError.js"
import { apiVersion } from "./resource.js"
import { isSecret } from "./secret.js"

/** The error for a value that was to be an object of a kind, where no server was asked. */
export const errorOf = (
  resource: Resource.Any,
  value: unknown,
  issues: ReadonlyArray<KubeError.Issue>
): KubeError.DecodeError => {
  const { group, kind, plural, version } = resource
  const object = nameOf(value)
  const request = { verb: "decode", group, version, resource: plural, kind, ...object, subresource: undefined }
  return decodeError(request, value, issues)
}

/** What is of another kind does not fit in many places; that it is of another kind says it all. */
const ofAnotherKind = (resource: Resource.Any, value: Fields): ReadonlyArray<KubeError.Issue> => {
  const expected = { apiVersion: apiVersion(resource), kind: resource.kind }
  return (["apiVersion", "kind"] as const).filter((field) => value[field] !== expected[field]).map((field) => ({
    path: [field],
    expected: JSON.stringify(expected[field]),
    actual: isSecret(resource) ? actualType(value[field]) : actual(value[field])
  }))
}

export const decodeUnknown = <T extends Resource.Any>(resource: T) => {
  const mode = resource.abilities.includes("get") || resource.abilities.includes("list") ? "served" : "answer"
  return (value: unknown): Effect.Effect<T["Type"], KubeError.DecodeError> =>
    Effect.suspend(() => {
      const issues = isFields(value) ? ofAnotherKind(resource, value) : []
      if (issues.length > 0) return Either.left(errorOf(resource, value, issues))
      // Every resource has a codec: `define` puts it there.
      const codec = (resource as unknown as WithCodec<T["Type"]>)[CodecId]
      return Either.mapLeft(decodeForeign(codec, value, mode), (issues) => errorOf(resource, value, issues))
    })
}
