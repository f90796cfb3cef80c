/** Where a webhook is reached: a URL, or a Service. */
import { type Cause, child, invalid, required } from "./fieldError.js"
import { dnsSubdomain } from "./names.js"

const form = "; desired format: https://host[/path]"

const parts = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s

export const checkWebhookUrl = (url: string, path: string): ReadonlyArray<Cause> => {
  const [, scheme = "", user, host = "", , query = "", fragment = ""] = parts.exec(url)!
  const causes: Array<Cause> = []
  if (scheme.toLowerCase() !== "https") {
    causes.push(invalid(path, scheme.toLowerCase(), `'https' is the only allowed URL scheme${form}`))
  }
  if (host === "") causes.push(invalid(path, host, `host must be specified${form}`))
  if (user !== undefined) causes.push(invalid(path, user, "user information is not permitted in the URL"))
  if (fragment !== "") causes.push(invalid(path, fragment, "fragments are not permitted in the URL"))
  if (query !== "") causes.push(invalid(path, query, "query parameters are not permitted in the URL"))
  return causes
}

export interface WebhookService {
  readonly name: string
  readonly namespace: string
  readonly path?: string | undefined
  readonly port?: number | undefined
}

const defaultPort = 443

export const checkWebhookService = (service: WebhookService, at: string): ReadonlyArray<Cause> => {
  const port = service.port ?? defaultPort
  const causes: Array<Cause> = []
  // The server takes the one for the other, and names the field that is there.
  if (service.namespace === "") causes.push(required(child(at, "name")))
  if (service.name === "") causes.push(required(child(at, "namespace")))
  if (port < 1 || port > 65535) {
    causes.push(invalid(child(at, "port"), port, "port is not valid: must be between 1 and 65535, inclusive"))
  }
  return [...causes, ...checkWebhookPath(service.path ?? "", child(at, "path"))]
}

/** A path of a Service: segments that are DNS names. */
export const checkWebhookPath = (path: string, at: string): ReadonlyArray<Cause> => {
  if (path === "" || path === "/") return []
  if (path === "//") return [invalid(at, path, "segment[0] may not be empty")]
  const segments = path.slice(1).replace(/\/$/, "").split("/")
  return [
    ...(path.startsWith("/") ? [] : [invalid(at, path, "must start with a '/'")]),
    ...segments.flatMap((segment, index) =>
      segment === ""
        ? [invalid(at, path, `segment[${index}] may not be empty`)]
        : dnsSubdomain(segment).map((complaint) => invalid(at, path, `segment[${index}]: ${complaint}`))
    )
  ]
}
