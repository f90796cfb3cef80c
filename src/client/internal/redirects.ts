/**
 * Where an answer that points elsewhere leads. Credentials never leave the server's own origin, and what another origin
 * says would not be this cluster's answer: so a request goes on at the same origin only (scheme, host and port).
 */
import type * as Request from "../../protocol/Request.js"

export type Redirect =
  | { readonly _tag: "Follow"; readonly url: string }
  /** Why it is not followed. */
  | { readonly _tag: "Refuse"; readonly message: string }

/** More in a row lead nowhere (Go's http.Client follows as many). */
export const maxRedirects = 10

const codes: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** These ask for the same request again; the others are taken for a GET, which a write is not. */
const keepsMethod: ReadonlySet<number> = new Set([307, 308])

/** An address without what may be secret in it: user, password and query. */
const shown = (url: URL): string => `${url.origin}${url.pathname}`

/** Undefined for an answer that points nowhere. */
export const redirect = (
  method: Request.Method,
  from: string,
  answer: { readonly status: number; readonly location: string | undefined },
  followed: number
): Redirect | undefined => {
  if (!codes.has(answer.status)) return undefined
  const refuse = (message: string): Redirect => ({ _tag: "Refuse", message })
  const { location, status } = answer
  if (location === undefined || location === "") return refuse("the server redirects without saying where to")
  let source: URL
  let target: URL
  try {
    source = new URL(from)
    target = new URL(location, source)
  } catch {
    return refuse("the server redirects to what is no address")
  }
  if (target.origin !== source.origin || target.origin === "null") {
    return refuse(
      `the server redirects to ${
        shown(target)
      }, and credentials are not sent to another origin than ${source.origin}: ` +
        "is that the address to use?"
    )
  }
  if (method !== "GET" && !keepsMethod.has(status)) {
    return refuse(`the server redirects a ${method} to ${shown(target)} with ${status}, which would make a GET of it`)
  }
  if (followed >= maxRedirects) return refuse(`the server redirects in a circle, at last to ${shown(target)}`)
  target.username = ""
  target.password = ""
  target.hash = ""
  return { _tag: "Follow", url: target.href }
}
