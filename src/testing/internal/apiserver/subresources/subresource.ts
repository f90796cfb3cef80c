/** A request at a subresource, as its handler sees it. */
import type * as Effect from "effect/Effect"
import type { Answer, Call } from "../answers.js"
import type { Served, Subresource } from "../served.js"
import type { Server } from "../server.js"

export interface Asked {
  readonly server: Server
  /** The resource that the subresource belongs to. */
  readonly served: Served
  readonly sub: Subresource
  /** Empty for what is cluster-scoped. */
  readonly namespace: string
  readonly name: string
  /** One that the subresource has: `get`, `create`, `update`, `patch`, `delete`. */
  readonly verb: string
  readonly call: Call
  /** Answers the object itself. */
  readonly read: () => Effect.Effect<Answer>
  /** Replaces or patches the object as its strategy says for this endpoint. */
  readonly write: () => Answer
}

export type Handler = (asked: Asked) => Effect.Effect<Answer>
