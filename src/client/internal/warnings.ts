/** `Warning: 299` headers: what the server wants the author of a request to know. */
import * as Effect from "effect/Effect"
import type * as Request from "../../protocol/Request.js"
import type { WarningHandler } from "./callSettings.js"
import { oneLine } from "./quoting.js"

/** The texts of a `Warning` header: `299 - "text"`, several parted by commas. */
export const read = (header: string | undefined): ReadonlyArray<string> => {
  if (header === undefined) return none
  const texts: Array<string> = []
  for (const match of header.matchAll(/299 [^ ]+ "((?:[^"\\]|\\.)*)"/g)) {
    texts.push(oneLine(match[1]!.replace(/\\(.)/g, "$1")))
  }
  return texts
}

const none: ReadonlyArray<string> = []

/** The most texts that a client remembers to have logged. */
const maxRemembered = 1000

/** Tells of the warnings of an answer. */
export type Warn = (
  request: Request.Request<unknown>,
  texts: ReadonlyArray<string>,
  handler: WarningHandler | undefined
) => Effect.Effect<void>

/** To the handler, each time; where there is none, each text is logged once a client, as kubectl does. */
export const make = (): Warn => {
  const logged = new Set<string>()
  return (request, texts, handler) => {
    if (texts.length === 0) return Effect.void
    if (handler !== undefined) {
      return Effect.forEach(texts, (text) => handler({ request: request.info, text }), { discard: true })
    }
    // One answer may hold a text many times.
    const fresh = Array.from(new Set(texts)).filter((text) => !logged.has(text))
    if (fresh.length === 0) return Effect.void
    if (logged.size > maxRemembered) logged.clear()
    for (const text of fresh) logged.add(text)
    const { kind, verb } = request.info
    return Effect.forEach(fresh, (text) => Effect.logWarning(`${verb} ${kind}: the server warns: ${text}`), {
      discard: true
    })
  }
}
