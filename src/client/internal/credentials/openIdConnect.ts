/** An OpenID Connect identity token, and the next one by the refresh token (kubectl's `auth-provider: oidc`). */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { OpenIdConnectOptions } from "../../Credentials.js"
import type { Credential, Presented } from "../../KubeClient.js"
import type { OpenIdConnect } from "../../KubeConfig.js"
import { within } from "../deadline.js"
import * as header from "./header.js"
import { quote } from "./quoting.js"
import * as renewal from "./renewal.js"
import { isSecure } from "./secureServer.js"

/** Before its end a token is not used any more, for clocks that disagree (client-go's oidc.go). */
const leewayMillis = 10_000

/** After a 401 or a failure. */
const pauseMillis = 10_000

/** For all that is asked of the issuer at one time. */
const deadline = Duration.seconds(30)

/** Neither a discovery document nor a set of tokens comes near it. */
const maxAnswer = 1024 * 1024

/** When a token ends, in milliseconds since 1970. Undefined where it does not say, or is no token. */
const endOf = (idToken: string): number | undefined => {
  const parts = idToken.split(".")
  const claims = parts.length === 3 ? Encoding.decodeBase64UrlString(parts[1] ?? "") : undefined
  if (claims === undefined || Either.isLeft(claims)) return undefined
  try {
    const parsed: unknown = JSON.parse(claims.right)
    const exp = typeof parsed === "object" && parsed !== null && "exp" in parsed ? parsed.exp : undefined
    return typeof exp === "number" ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}

const held = (idToken: string, before: Presented | undefined): renewal.Held<Presented> | string => {
  const end = endOf(idToken)
  if (end === undefined) return "the id-token is not a JSON web token that says when it ends"
  const presented = header.bearer(idToken)
  if (typeof presented === "string") return `the id-token cannot be used: ${presented}`
  const value = before !== undefined && header.same(before, presented) ? before : presented
  return { value, freshUntil: end - leewayMillis, usableUntil: end }
}

/** The library's `fetch` on an HttpClient: with the authorities, the proxies and the bounds that are ours. */
const fetchOf = (runtime: Runtime.Runtime<never>, client: HttpClient.HttpClient) => {
  const prepared = client.pipe(
    HttpClient.withTracerPropagation(false),
    HttpClient.withTracerDisabledWhen(() => true)
  )
  return (
    url: string,
    init: {
      readonly method: string
      readonly headers: { readonly [name: string]: string }
      readonly body?: unknown
      readonly signal?: AbortSignal | undefined
    }
  ): Promise<Response> => {
    const text = init.body instanceof URLSearchParams ? init.body.toString() : undefined
    const request = HttpClientRequest.make(init.method === "POST" ? "POST" : "GET")(url, {
      headers: init.headers,
      body: text === undefined ? HttpBody.empty : HttpBody.text(text, "application/x-www-form-urlencoded;charset=UTF-8")
    })
    const answer = Effect.flatMap(prepared.execute(request), (response) => {
      let size = 0
      return response.stream.pipe(
        Stream.takeWhile((chunk) => (size += chunk.length) <= maxAnswer),
        Stream.decodeText(),
        Stream.runCollect,
        Effect.map((texts) =>
          new Response(response.status === 204 ? null : Chunk.join(texts, ""), {
            status: response.status,
            headers: { "content-type": response.headers["content-type"] ?? "" }
          })
        )
      )
    })
    // The HTTP error holds the request, and with it the refresh token.
    const told = Effect.mapError(answer, (error) => new Error(reasonOf(error.cause)))
    return Runtime.runPromise(runtime)(told, init.signal === undefined ? undefined : { signal: init.signal })
  }
}

/** The innermost message, which a socket or a TLS library wrote. */
const reasonOf = (cause: unknown): string => {
  let message = "the connection failed"
  for (let at = cause, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at.message !== "") message = at.message
  }
  return message
}

/** What went wrong, in the issuer's words where it has any. */
const explain = (error: unknown, hidden: ReadonlyArray<string>): string => {
  if (!(error instanceof Error)) return "it failed"
  if ("error" in error && typeof error.error === "string") {
    const more = "error_description" in error && typeof error.error_description === "string"
      ? `: ${error.error_description}`
      : ""
    return quote(`${error.error}${more}`, hidden)
  }
  return quote(error.message, hidden)
}

interface Tokens {
  readonly idToken: string
  readonly refreshToken: string
}

const load = Effect.promise(() => import("oauth4webapi"))

const ask = (oidc: OpenIdConnect, refreshToken: string, client: HttpClient.HttpClient): Effect.Effect<Tokens, string> =>
  Effect.gen(function*() {
    const oauth = yield* load
    const runtime = yield* Effect.runtime<never>()
    const secret = oidc.clientSecret === undefined ? undefined : Redacted.value(oidc.clientSecret)
    const hidden = secret === undefined || secret === "" ? [refreshToken] : [refreshToken, secret]
    const attempt = <A>(what: string, promise: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, string> =>
      Effect.tryPromise({ try: promise, catch: (error) => `${what}: ${explain(error, hidden)}` })

    if (!isSecure(oidc.issuer)) {
      return yield* Effect.fail("the issuer is not https, and the refresh token is not sent over plain http")
    }
    const issuer = new URL(oidc.issuer)
    const optionsOf = (signal: AbortSignal) => ({
      [oauth.customFetch]: fetchOf(runtime, client),
      // Plain http is this machine: see above.
      [oauth.allowInsecureRequests]: issuer.protocol === "http:",
      signal
    })
    const server = yield* attempt(
      "its discovery document cannot be read",
      (signal) =>
        oauth.discoveryRequest(issuer, optionsOf(signal)).then((response) =>
          oauth.processDiscoveryResponse(issuer, response)
        )
    )
    if (server.token_endpoint === undefined || !isSecure(server.token_endpoint)) {
      return yield* Effect.fail("its discovery document names no token_endpoint with https")
    }
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"]
    const authentication = secret === undefined || secret === ""
      ? oauth.None()
      : methods.includes("client_secret_basic") || !methods.includes("client_secret_post")
      ? oauth.ClientSecretBasic(secret)
      : oauth.ClientSecretPost(secret)
    const self = {
      client_id: oidc.clientId,
      // The API server judges the times of a token, and not the clock of this machine.
      [oauth.clockTolerance]: Number.MAX_SAFE_INTEGER
    }
    const tokens = yield* attempt(
      "it gave no new token",
      (signal) =>
        oauth.refreshTokenGrantRequest(server, self, authentication, refreshToken, optionsOf(signal)).then((response) =>
          oauth.processRefreshTokenResponse(server, self, response)
        )
    )
    if (tokens.id_token === undefined) {
      return yield* Effect.fail(
        "it answered without an id_token; sign in again with the scope openid, or use an exec plugin for this issuer"
      )
    }
    return { idToken: tokens.id_token, refreshToken: tokens.refresh_token ?? refreshToken }
  }).pipe(within(deadline, () => `it did not answer within ${Duration.format(deadline)}`))

export const make = (
  oidc: OpenIdConnect,
  options: OpenIdConnectOptions | undefined
): Effect.Effect<Credential, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    let refreshToken = oidc.refreshToken === undefined || Redacted.value(oidc.refreshToken) === ""
      ? undefined
      : oidc.refreshToken

    const renewed = yield* renewal.make<Presented>({
      what: `the identity token of ${quote(oidc.issuer)}`,
      pause: pauseMillis,
      make: (before) =>
        Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          const first = before === undefined && oidc.idToken !== undefined
            ? held(Redacted.value(oidc.idToken), undefined)
            : undefined
          if (typeof first === "object" && now < first.freshUntil) return first
          if (refreshToken === undefined) {
            return yield* Effect.fail(
              typeof first === "string"
                ? `${first}, and there is no refresh-token; sign in again`
                : "there is no valid id-token, and no refresh-token to get one; sign in again"
            )
          }
          const sent = Redacted.value(refreshToken)
          const tokens = yield* ask(oidc, sent, client)
          // From now on the old one may be worth nothing.
          if (tokens.refreshToken !== sent) refreshToken = Redacted.make(tokens.refreshToken)
          const next = held(tokens.idToken, before)
          if (typeof next === "string") return yield* Effect.fail(next)
          if (options?.onTokens !== undefined) {
            yield* options.onTokens({
              idToken: Redacted.make(tokens.idToken),
              refreshToken: Redacted.make(tokens.refreshToken)
            })
          } else if (tokens.refreshToken !== sent) {
            yield* Effect.logWarning(
              `${quote(oidc.issuer)}: gave another refresh token, which is kept in memory only; ` +
                "if the one in the kubeconfig is refused the next time, sign in again"
            )
          }
          return next
        }).pipe(Effect.mapError((problem) => `OpenID Connect issuer ${quote(oidc.issuer)}: ${problem}`))
    })
    return { presented: renewed.current, refresh: renewed.refresh }
  })
