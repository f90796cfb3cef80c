/**
 * What can go wrong when a cluster is asked for something: one tagged class for each thing that a caller handles
 * differently, each with the request it belongs to and the server's {@link Status.Status} where there is one.
 * None carries a credential or a request body.
 *
 * ```ts
 * import { Api, KubeError } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { Effect } from "effect"
 *
 * const settings = Api.namespaced(ConfigMap, "default").get("settings").pipe(
 *   Effect.catchTag("KubeNotFound", () => Effect.succeed(undefined)),
 *   Effect.retry({ while: KubeError.isTransient, times: 3 })
 * )
 * ```
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import type * as Status from "./Status.js"

/** Which request an error belongs to. */
export interface RequestInfo {
  /** The API verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, or an HTTP method of a raw request; `decode` where nothing was asked of a server. */
  readonly verb: string
  readonly group: string
  readonly version: string
  /** The plural, as it stands in paths: `pods`. */
  readonly resource: string
  readonly kind: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
}

/** `create ConfigMap default/a`, the first half of each message. */
export const describeRequest = (request: RequestInfo): string => {
  const kind = request.subresource === undefined ? request.kind : `${request.kind}/${request.subresource}`
  const name = request.name ?? ""
  const object = request.namespace === undefined
    ? name
    : name === ""
    ? `in ${request.namespace}`
    : `${request.namespace}/${name}`
  return object === "" ? `${request.verb} ${kind}` : `${request.verb} ${kind} ${object}`
}

/** An answer of the server, or, with `sent: false`, a refusal before anything was sent that says the same. */
export interface Refusal {
  readonly request: RequestInfo
  readonly status: Status.Status
  /** False when the request was refused on this side and never reached the server. */
  readonly sent: boolean
}

const causesOf = (status: Status.Status): string => {
  const causes = status.details?.causes ?? []
  return causes.map((cause) =>
    [cause.field, cause.message].filter((text) => text !== undefined && text !== "").join(": ")
  )
    .filter((text) => text !== "").join("; ")
}

const because = (self: Refusal, fallback: string): string => {
  const text = self.status.message ?? causesOf(self.status)
  return `${describeRequest(self.request)}: ${fallback}${text === "" || text === fallback ? "" : ` (${text})`}`
}

/** The object, its namespace or its kind is not there (404). */
export class NotFound extends Data.TaggedError("KubeNotFound")<Refusal> {
  override get message(): string {
    return because(this, "not found")
  }
}

/** An object of that name exists (409 on create). */
export class AlreadyExists extends Data.TaggedError("KubeAlreadyExists")<Refusal> {
  override get message(): string {
    return `${describeRequest(this.request)}: already exists`
  }
}

/**
 * The object changed since it was read, a precondition does not hold, or another field manager owns a field (409):
 * read it again and repeat, or `force` an apply.
 */
export class Conflict extends Data.TaggedError("KubeConflict")<Refusal> {
  /** For a conflict of field managers: the paths of the fields, and who owns them. Empty otherwise. */
  get conflicts(): ReadonlyArray<Status.StatusCause> {
    return (this.status.details?.causes ?? []).filter((cause) => cause.reason === "FieldManagerConflict")
  }
  override get message(): string {
    return because(this, "conflict")
  }
}

/** The object is not valid: refused by the server (422), or by its schema before it was sent (`sent: false`). */
export class Invalid extends Data.TaggedError("KubeInvalid")<Refusal> {
  /** Which fields, and what is wrong with each. */
  get causes(): ReadonlyArray<Status.StatusCause> {
    return this.status.details?.causes ?? []
  }
  override get message(): string {
    const text = this.causes.length > 0 ? causesOf(this.status) : this.status.message ?? ""
    return `${describeRequest(this.request)}: invalid${text === "" ? "" : `: ${text}`}${
      this.sent ? "" : " (refused before it was sent)"
    }`
  }
}

/** A resourceVersion or a continue token is older than the server's history (410): list again. */
export class Expired extends Data.TaggedError("KubeExpired")<Refusal> {
  /** With an expired continue token: one to go on with, at the price of an inconsistent list. */
  get continueToken(): string | undefined {
    const token = this.status.metadata?.continue
    return token === undefined || token === "" ? undefined : token
  }
  override get message(): string {
    return because(this, "expired")
  }
}

/**
 * A PodDisruptionBudget does not let the Pod go at present (429 of an eviction): ask again later, as `kubectl drain`
 * does every 5 seconds.
 */
export class DisruptionBudget extends Data.TaggedError("KubeDisruptionBudget")<Refusal> {
  /** Which budget it is, and what it wants, in the server's words. */
  get causes(): ReadonlyArray<Status.StatusCause> {
    return (this.status.details?.causes ?? []).filter((cause) => cause.reason === "DisruptionBudget")
  }
  /** How long the server asks to wait; it does only where it has not looked at the budget's last change yet. */
  get retryAfter(): Duration.Duration | undefined {
    const seconds = this.status.details?.retryAfterSeconds ?? 0
    return seconds > 0 ? Duration.seconds(seconds) : undefined
  }
  override get message(): string {
    const text = this.causes.map((cause) => cause.message).filter((text) => text !== undefined).join("; ")
    return `${describeRequest(this.request)}: refused by the disruption budget${text === "" ? "" : `: ${text}`}`
  }
}

/** The server knows who asks and does not allow it (403). */
export class Forbidden extends Data.TaggedError("KubeForbidden")<Refusal> {
  override get message(): string {
    return because(this, "forbidden")
  }
}

/** The server does not accept the credential, or there is none (401). */
export class Unauthorized extends Data.TaggedError("KubeUnauthorized")<Refusal> {
  override get message(): string {
    return `${describeRequest(this.request)}: unauthorized: the server does not accept this credential`
  }
}

/** The server has too much to do, or is starting (429): ask again after {@link Throttled.retryAfter}. */
export class Throttled
  extends Data.TaggedError("KubeThrottled")<Refusal & { readonly retryAfter: Duration.Duration | undefined }>
{
  override get message(): string {
    const after = this.retryAfter === undefined ? "" : `, retry after ${Duration.format(this.retryAfter)}`
    return because(this, `too many requests${after}`)
  }
}

/** Any other Status: what no more specific class stands for, or what this operation does not list. */
export class StatusError
  extends Data.TaggedError("KubeStatusError")<Refusal & { readonly retryAfter: Duration.Duration | undefined }>
{
  /** The HTTP code, or the code of an ERROR event. */
  get code(): number {
    return this.status.code ?? 0
  }
  get reason(): string {
    return this.status.reason ?? "Unknown"
  }
  override get message(): string {
    return because(this, this.sent ? `${this.code} ${this.reason}` : this.reason)
  }
}

/** What became of the connection. */
export type TransportReason =
  /** No connection could be made: refused, no route, a name that does not resolve. */
  | "Connect"
  /** The server's certificate was not accepted, or ours was not. */
  | "Tls"
  /** There was no credential to send: a token file that cannot be read, a plugin that failed. */
  | "Credential"
  /** An answer or the next bytes did not come in time. */
  | "Timeout"
  /** The connection broke after it was made. */
  | "Reset"
  /** What came is not what the protocol says: HTML of a proxy, half a document. */
  | "Protocol"
  /** Anything else. */
  | "Other"

/** The request did not get an answer, or not a whole one. For a write it is not known whether the server did it. */
export class TransportError extends Data.TaggedError("KubeTransportError")<{
  readonly request: RequestInfo
  readonly reason: TransportReason
  /** One line: what happened, such as `connect ECONNREFUSED 127.0.0.1:6443`. */
  readonly description: string
}> {
  override get message(): string {
    return `${describeRequest(this.request)}: ${this.description}`
  }
}

/** One place where an object does not fit its schema. */
export interface Issue {
  /** Keys and indices from the root of the object. */
  readonly path: ReadonlyArray<PropertyKey>
  /** What the schema wants there, such as `a string`. */
  readonly expected: string
  /** What was there, shortened; only its type where the object may hold secrets. */
  readonly actual: string
}

/** `spec.containers[0].name`, as the server writes paths. */
export const formatPath = (path: ReadonlyArray<PropertyKey>): string => {
  let text = ""
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`
    else if (typeof key === "string" && !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)) text += `[${JSON.stringify(key)}]`
    else text += text === "" ? String(key) : `.${String(key)}`
  }
  return text === "" ? "(root)" : text
}

/** `spec.containers[0].name: expected a string, found 3` */
export const formatIssue = (issue: Issue): string =>
  `${formatPath(issue.path)}: expected ${issue.expected}, found ${issue.actual}`

/** An answer of the server, or what `Resource.decodeUnknown` was given, does not fit the kind's schema. Nothing of it is lost: a watch goes on with an `Undecodable` event. */
export class DecodeError extends Data.TaggedError("KubeDecodeError")<{
  readonly request: RequestInfo
  /** Which object it was, as far as its metadata could be read. */
  readonly object: { readonly namespace: string | undefined; readonly name: string | undefined }
  readonly issues: ReadonlyArray<Issue>
}> {
  override get message(): string {
    const { name, namespace } = this.object
    const object = name === undefined || name === this.request.name
      ? ""
      : ` ${namespace === undefined ? "" : `${namespace}/`}${name}`
    const what = this.request.verb === "decode" ? "the object" : "the answer"
    return `${describeRequest(this.request)}: ${what}${object} does not fit the schema: ${
      this.issues.map(formatIssue).join("; ")
    }`
  }
}

/** What any request can meet. */
export type Common = Unauthorized | Forbidden | Throttled | TransportError | DecodeError | StatusError

/** What some operations can meet beside {@link Common}; each operation's type says which. */
export type Own = NotFound | AlreadyExists | Conflict | Invalid | Expired | DisruptionBudget

/** Any error of this module. */
export type KubeError = Common | Own

const tags: ReadonlySet<string> = new Set<KubeError["_tag"]>([
  "KubeNotFound",
  "KubeAlreadyExists",
  "KubeConflict",
  "KubeInvalid",
  "KubeExpired",
  "KubeDisruptionBudget",
  "KubeForbidden",
  "KubeUnauthorized",
  "KubeThrottled",
  "KubeTransportError",
  "KubeDecodeError",
  "KubeStatusError"
])

/** Whether a value is one of this module's errors. */
export const is = (u: unknown): u is KubeError =>
  u instanceof Error && "_tag" in u && typeof u._tag === "string" && tags.has(u._tag)

const transientCodes: ReadonlySet<number> = new Set([408, 500, 502, 503, 504])

/**
 * Whether the same request may well succeed later without anything being changed. Of a write that got no answer it is not
 * known whether it was done.
 */
export const isTransient = (error: KubeError): boolean => {
  switch (error._tag) {
    case "KubeThrottled":
    case "KubeDisruptionBudget":
      return true
    case "KubeTransportError":
      return error.reason !== "Tls" && error.reason !== "Credential" && error.reason !== "Protocol"
    case "KubeStatusError":
      return error.sent && transientCodes.has(error.code)
    default:
      return false
  }
}

/** How long the server asks to wait, where it does. */
export const retryAfter = (error: KubeError): Duration.Duration | undefined =>
  error._tag === "KubeThrottled" || error._tag === "KubeStatusError" || error._tag === "KubeDisruptionBudget"
    ? error.retryAfter
    : undefined
