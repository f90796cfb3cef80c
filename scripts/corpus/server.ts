/** Asks an API server with plain requests, past our own types. */
import * as https from "node:https"

export type Json = { [field: string]: any }

export interface Answer {
  readonly code: number
  readonly body: Json
}

export interface Server {
  readonly ask: (method: string, path: string, body?: unknown, accept?: string) => Promise<Answer>
}

/** What it takes to reach a server. */
export interface Access {
  readonly url: string
  readonly certificateAuthority: string
  readonly token: string
}

/** One request after the other over one connection. */
export const connect = ({ certificateAuthority, token, url }: Access): Server => {
  const agent = new https.Agent({ ca: certificateAuthority, keepAlive: true, maxSockets: 1 })
  const ask = (method: string, path: string, body?: unknown, accept = "application/json"): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        accept,
        authorization: `Bearer ${token}`,
        "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
        ...(text === undefined ? {} : { "content-length": Buffer.byteLength(text) })
      }
      const request = https.request(`${url}${path}`, { agent, method, headers }, (response) => {
        let answer = ""
        response.setEncoding("utf8").on("data", (chunk: string) => answer += chunk).on("error", reject)
        response.on("end", () => {
          try {
            resolve({ code: response.statusCode ?? 0, body: JSON.parse(answer) })
          } catch {
            reject(new Error(`${method} ${path}: ${response.statusCode} ${answer.slice(0, 200)}`))
          }
        })
      })
      request.on("error", reject).end(text)
    })
  return { ask }
}
