/** How a test asks as somebody else: clients and tokens of users, who need not exist. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { admin as adminUser } from "./apiserver/auth/access.js"
import { type Identity, userOf } from "./apiserver/auth/options.js"
import type { Answer } from "./apiserver/endpoints.js"
import type { ServerRequest } from "./apiserver/handler.js"
import { httpClient } from "./apiserver/inProcess.js"
import type { Server } from "./apiserver/server.js"
import type { ConnectionCut } from "./apiserver/watch.js"

/** The administrator, who may do everything. */
export const admin: Identity = adminUser

export interface Identities {
  /** Whether requests are asked who sends them, and roles what they may: the option `auth`. */
  readonly auth: boolean
  /**
   * A client of this cluster that asks as somebody else, whatever credentials it sends; `TestCluster.as` is its layer.
   * Where the option `auth` is off, everybody may do everything all the same.
   */
  readonly httpClientAs: (identity: Identity) => HttpClient.HttpClient
  /** A new token of somebody, for clients that are told one. It does not end. */
  readonly token: (identity: Identity) => Effect.Effect<Redacted.Redacted<string>>
}

type Handle = (request: ServerRequest) => Effect.Effect<Answer, ConnectionCut>

/** Requests without a credential are the administrator's. */
export const adminClient = (handle: Handle): HttpClient.HttpClient =>
  httpClient((request) =>
    handle(request.headers["authorization"] === undefined ? { ...request, user: adminUser } : request)
  )

export const identitiesOf = (server: Server, handle: Handle): Identities => ({
  auth: server.access.isOn,
  httpClientAs: (identity) => {
    const user = userOf(identity)
    return httpClient((request) => handle({ ...request, user }))
  },
  token: (identity) =>
    Effect.map(
      Clock.currentTimeMillis,
      (now) => server.access.authentication.tokenFor(userOf(identity), server.moment(now))
    )
})
