/** From a value that nothing is known of to an object of a kind. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as KubeError from "../KubeError.js"
import type * as Resource from "../Resource.js"
import { actual, type Fields, isFields } from "./actual.js"
import { CodecId, type WithCodec } from "./codec.js"
import { owned } from "./declaration.js"
import { apiVersion } from "./resource.js"

const text = (u: unknown): string | undefined => typeof u === "string" ? u : undefined

const errorOf = (
  resource: Resource.Any,
  value: unknown,
  issues: ReadonlyArray<KubeError.Issue>
): KubeError.DecodeError => {
  const metadata: Fields = isFields(value) && isFields(value["metadata"]) ? value["metadata"] : {}
  const object = { namespace: text(metadata["namespace"]), name: text(metadata["name"]) }
  const { group, kind, plural, version } = resource
  const request = { verb: "decode", group, version, resource: plural, kind, ...object, subresource: undefined }
  return new KubeError.DecodeError({ request, object, issues })
}

/** What is of another kind does not fit in many places; that it is of another kind says it all. */
const ofAnotherKind = (resource: Resource.Any, value: Fields): ReadonlyArray<KubeError.Issue> => {
  const expected = { apiVersion: apiVersion(resource), kind: resource.kind }
  return (["apiVersion", "kind"] as const).filter((field) => value[field] !== expected[field]).map((field) => ({
    path: [field],
    expected: JSON.stringify(expected[field]),
    actual: actual(value[field])
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
      return Either.mapLeft(codec.decode(owned(value), mode), (issues) => errorOf(resource, value, issues))
    })
}
