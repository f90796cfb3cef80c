/**
 * A server of a later version, to the eyes of a client: what it answers to a `get` has, in every object that our
 * descriptors know, a field more than they know. What is written back is kept to be looked at.
 */
import * as Effect from "effect/Effect"
import type { Service } from "../../src/client/KubeClient.js"
import type { Struct, Type } from "../../src/protocol/internal/descriptor.js"
import { objectMeta } from "../../src/protocol/internal/objectMeta.js"
import type { BuiltinKind } from "./all.js"
import type { Json } from "./corpus.js"

/** With a `null` inside, as nobody may touch what nobody knows. */
const newer = { mode: "On", levels: [1, { deep: null }] }

export const newerField = "aFieldOfALaterVersion"

const inside = (type: Type, value: unknown): unknown => {
  if (value === null || typeof value !== "object" || typeof type === "string") return value
  if (typeof type === "function") return insideStruct(type(), value)
  if ("merged" in type) return insideStruct(type.merged(), value)
  if ("either" in type) return value
  if ("list" in type) return (value as ReadonlyArray<unknown>).map((item) => inside(type.list, item))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(type.record, item)]))
}

const insideStruct = (struct: Struct, value: object): Json => ({
  ...Object.fromEntries(
    Object.entries(value).map(([field, item]) => [field, inside(struct.fields[field] ?? "json", item)])
  ),
  [newerField]: newer
})

/** The object with a field more in each of its structs. */
export const withNewerFields = ({ struct }: BuiltinKind, object: Json): Json =>
  insideStruct({ fields: { ...struct.fields, metadata: () => objectMeta } }, object)

/** A client through which answers to reads have newer fields, and the bodies of what it replaced. */
export const newerServer = (
  kind: BuiltinKind,
  client: Service
): { readonly client: Service; readonly answered: Array<Json>; readonly replaced: Array<Json> } => {
  const answered: Array<Json> = []
  const replaced: Array<Json> = []
  return {
    answered,
    replaced,
    client: {
      ...client,
      execute: (request) => {
        if (request.method === "PUT") replaced.push(JSON.parse(request.body!))
        return Effect.map(client.execute(request), (response) => {
          if (request.method !== "GET") return response
          const body = withNewerFields(kind, response.body as Json)
          answered.push(structuredClone(body))
          return { ...response, body }
        })
      }
    }
  }
}
