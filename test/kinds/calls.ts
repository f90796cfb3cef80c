/** Requests to a server past our own types. */
import * as Effect from "effect/Effect"
import { KubeClient } from "../../src/client/KubeClient.js"
import * as Request from "../../src/protocol/Request.js"

/** Answers the body. A patch is a merge patch. */
export const call = (method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown) =>
  Effect.flatMap(KubeClient, (client) =>
    client.execute(Request.raw({
      method,
      path,
      body: body === undefined ? undefined : JSON.stringify(body),
      contentType: method === "PATCH" ? "application/merge-patch+json" : undefined
    }))).pipe(Effect.map(({ body }) => body as { readonly [field: string]: unknown }))
