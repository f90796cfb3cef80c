/** Opening a WebSocket: the request, the credential, and what the server may refuse it with. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as KubeError from "../../protocol/KubeError.js"
import * as Request from "../../protocol/Request.js"
import * as Status from "../../protocol/Status.js"
import type { Channel, Credential, SocketOpener } from "../KubeClient.js"
import { HeaderTimeout } from "./callSettings.js"
import { refusedHere, toError } from "./refusals.js"
import type { HeaderValues } from "./requestHeaders.js"

export interface Way {
  readonly server: string
  readonly sockets: SocketOpener | undefined
  readonly credential: Credential | undefined
  readonly headers: { readonly [name: string]: HeaderValues } | string
  readonly timeout: Duration.Duration
  /** Why the request cannot be sent as it is. */
  readonly problem: string | undefined
}

export const connect = <E>(
  way: Way,
  request: Request.Request<E>,
  protocols: ReadonlyArray<string>
): Effect.Effect<Channel, E | KubeError.Common, Scope.Scope> =>
  Effect.gen(function*() {
    const { credential, headers, problem, server, sockets } = way
    if (sockets === undefined) {
      return yield* Effect.fail(
        refusedHere(request.info, "this client has no WebSockets: make it with the option `sockets`")
      )
    }
    if (problem !== undefined || typeof headers === "string") {
      return yield* Effect.fail(refusedHere(request.info, problem ?? String(headers)))
    }
    const timeout = yield* HeaderTimeout
    const attempt = Effect.gen(function*() {
      const shown = credential === undefined ? undefined : yield* Effect.mapError(
        credential.presented,
        (description) => new KubeError.TransportError({ request: request.info, reason: "Credential", description })
      )
      const all: Record<string, HeaderValues> = { ...headers }
      if (shown?.authorization !== undefined) all["authorization"] = Redacted.value(shown.authorization)
      const answer = yield* sockets({
        info: request.info,
        url: server.replace(/\/+$/, "").replace(/^http/i, "ws") + Request.url(request),
        protocols,
        headers: Redacted.make(all),
        timeout: timeout === undefined ? way.timeout : Duration.decode(timeout)
      })
      return { answer, shown }
    })
    const first = yield* attempt
    const isRefreshed = first.answer._tag === "Refused" && first.answer.status === 401 &&
      credential !== undefined && first.shown !== undefined && (yield* credential.refresh(first.shown))
    const { answer } = isRefreshed ? yield* attempt : first
    if (answer._tag === "Opened") return answer.channel
    return yield* Effect.fail(toError(request, Status.fromBody(answer.body, answer.status, request.method)))
  })
