/** Questions to a real server in plain JSON, without the client and its checks. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Json } from "../scenarios/scenario.js"
import { overHttps } from "../scenarios/transports.js"

export interface Answer {
  readonly status: number
  readonly body: Json
}

export type Ask = (method: string, path: string, body: unknown) => Effect.Effect<Answer>

/** Asks over HTTPS, as the kubeconfig says. PATCH is a merge patch. */
export const asking = (kubeconfig: string): Ask => {
  const transport = overHttps(kubeconfig)
  return (method, path, body) =>
    Effect.scoped(Effect.gen(function*() {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json"
      const { body: stream, status } = yield* transport.send({
        method,
        path,
        headers: { "content-type": type },
        body: JSON.stringify(body)
      })
      return { status, body: JSON.parse(yield* Stream.mkString(Stream.decodeText(stream))) }
    }))
}

/** What the server made of a value in one field; null where it refuses the value itself. */
export const fieldOf = (answer: Answer, read: (body: Json) => string | null): string | null => {
  if (answer.status < 300) return read(answer.body)
  assert.include([400, 422], answer.status, JSON.stringify(answer.body))
  return null
}
