/** An HttpClient whose answers are a script, and what it was asked. No socket: all of it runs under virtual time. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as KubeClient from "../../src/client/KubeClient.js"

/** One sending. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  readonly body: string | undefined
  /** Milliseconds on the clock of the test. */
  readonly at: number
}

export type Step =
  | { readonly code: string }
  | {
    readonly status?: number | undefined
    readonly body?: unknown
    readonly headers?: { readonly [name: string]: string } | undefined
  }
  | "silence"

export interface Script {
  readonly httpClient: HttpClient.HttpClient
  readonly sent: Array<Sent>
}

/** What a status of the API server looks like. */
export const status = (code: number, reason: string, rest: { readonly [key: string]: unknown } = {}) => ({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  code,
  reason,
  message: `the server says ${reason}`,
  ...rest
})

/** Answers step by step; the last step stands for all that follow. A function is asked each time. */
export const script = (steps: ReadonlyArray<Step> | ((sent: Sent) => Step)): Script => {
  const sent: Array<Sent> = []
  const httpClient = HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const one: Sent = {
        method: request.method,
        url: url.href,
        headers: { ...request.headers },
        body: request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : undefined,
        at: yield* Clock.currentTimeMillis
      }
      const step = typeof steps === "function" ? steps(one) : steps[Math.min(sent.length, steps.length - 1)]!
      sent.push(one)
      if (step === "silence") return yield* Effect.never
      if ("code" in step) {
        const cause = Object.assign(new Error(`broke with ${step.code}`), { code: step.code })
        return yield* Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
      }
      const { body = {}, status = 200 } = step
      const isEmpty = status === 204 || status === 304
      return HttpClientResponse.fromWeb(
        request,
        new Response(isEmpty ? null : typeof body === "string" ? body : JSON.stringify(body), {
          status,
          headers: {
            ...(isEmpty ? undefined : { "content-type": typeof body === "string" ? "text/plain" : "application/json" }),
            ...step.headers
          }
        })
      )
    })
  )
  return { httpClient, sent }
}

export const server = "https://cluster.test:6443"

/** A client of a script. */
export const client = (
  script: Script,
  options?: Partial<KubeClient.Options>
): KubeClient.Service => KubeClient.make({ server, httpClient: script.httpClient, ...options })

/** A credential that goes through tokens, one more each time that it is refreshed. */
export const tokens = (...values: ReadonlyArray<string>) => {
  const shown = values.map((value) => ({ authorization: Redacted.make(`Bearer ${value}`) }))
  let current = 0
  let refreshes = 0
  const credential: KubeClient.Credential = {
    presented: Effect.sync(() => shown[current]!),
    refresh: (refused) =>
      Effect.sync(() => {
        refreshes++
        if (refused !== shown[current]) return true
        if (current === shown.length - 1) return false
        current++
        return true
      })
  }
  return { credential, refreshes: () => refreshes }
}
