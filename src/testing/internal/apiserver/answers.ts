/**
 * What the endpoints hand on of a request, and what they answer with.
 */
import type * as Stream from "effect/Stream"
import type { UserInfo } from "./auth/users.js"
import type { Body } from "./bodies.js"
import * as bodies from "./bodies.js"
import { maximumBody } from "./decoding.js"
import type { Query } from "./options.js"
import type { Route } from "./routes.js"
import type { Served } from "./served.js"
import * as status from "./status.js"
import type { ConnectionCut } from "./watch.js"

export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  /** Texts of `Warning` headers, in order. */
  readonly warnings: ReadonlyArray<string>
  readonly body: string | Stream.Stream<Uint8Array, ConnectionCut>
  /** Tells the server that nobody reads the body any more. */
  readonly abandon?: (() => void) | undefined
}

/** A request as the endpoints see it. */
export interface Call {
  readonly method: string
  readonly query: Query
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
  /** Who asks. */
  readonly user: UserInfo
  readonly now: number
  /** The time while the answer goes on. */
  readonly clock: () => number
}

export type ResourceRoute = Extract<Route, { readonly _tag: "Resource" }>

let last: { readonly object: unknown; readonly text: string } | undefined

/** The JSON of an object that nobody changes any more: of a write it is told twice, to who wrote and to who watches. */
export const jsonOf = (object: unknown): string => {
  if (last?.object !== object || object === undefined) last = { object, text: JSON.stringify(object) }
  return last!.text
}

export const jsonAnswer = (code: number, body: unknown, warnings: ReadonlyArray<string> = []): Answer => ({
  status: code,
  headers: { "content-type": "application/json" },
  warnings,
  body: typeof body === "string" ? body : jsonOf(body)
})

export const contentTypeOf = (call: Call): string =>
  (call.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase()

/** The body of a request as text; a 413 if it is too long. */
export const textOf = (call: Call): string => {
  if (call.body.length > maximumBody) throw status.bodyTooLarge(maximumBody)
  return new TextDecoder().decode(call.body)
}

/** The body of a create, a replace or a delete; a 415 for what cannot be read, a 413 if it is too long. */
export const bodyOf = (call: Call, served: Served | undefined): Body => {
  const body = bodies.bodyOf(contentTypeOf(call), call.body, served?.custom !== undefined)
  if (call.body.length > maximumBody) throw status.bodyTooLarge(maximumBody)
  return body
}
