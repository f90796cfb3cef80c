/**
 * Refusals, as a kube-apiserver writes them: a `Status` body with its code, reason, message, details and causes.
 * Inside this folder a refusal is thrown, from wherever it is found out, and becomes an answer in one place.
 *
 * ```ts
 * import { notFound } from "./status.js"
 *
 * throw notFound({ group: "apps", resource: "deployments" }, "web")
 * // 404 deployments.apps "web" not found
 * ```
 *
 * Rules: the contract of the API server, "Status errors" (S57 to S59).
 */
import type { StatusDetails } from "../../../protocol/Status.js"
import { type Cause, goQuote, invalidMessage } from "../structural/fieldError.js"

export interface StatusBody {
  readonly kind: "Status"
  readonly apiVersion: "v1"
  readonly metadata: { readonly continue?: string | undefined }
  readonly status: "Success" | "Failure"
  readonly message?: string | undefined
  readonly reason?: string | undefined
  readonly details?: StatusDetails | undefined
  readonly code?: number | undefined
}

/** A refused request. */
export class Refusal extends Error {
  override readonly name = "Refusal"
  constructor(
    readonly body: StatusBody,
    readonly code: number,
    /** What the server has warned of before it refused. */
    readonly warnings: ReadonlyArray<string> = []
  ) {
    super(body.message)
  }
}

/** Does what may be refused, after the client was to be warned of something. */
export const warning = <A>(warnings: ReadonlyArray<string>, work: () => A): A => {
  try {
    return work()
  } catch (cause) {
    throw cause instanceof Refusal ? new Refusal(cause.body, cause.code, [...warnings, ...cause.warnings]) : cause
  }
}

/** A refusal that is no Status: an unknown path, for one. */
export class TextRefusal extends Error {
  override readonly name = "TextRefusal"
  constructor(readonly code: number, readonly text: string) {
    super(text)
  }
}

/** A resource as messages name it: `deployments.apps`. */
export interface GroupResource {
  readonly group: string
  readonly resource: string
}

export const qualified = (name: string, group: string): string => group === "" ? name : `${name}.${group}`

const failure = (
  code: number,
  reason: string | undefined,
  message: string,
  details?: StatusDetails,
  metadata: StatusBody["metadata"] = {}
): Refusal =>
  new Refusal({ kind: "Status", apiVersion: "v1", metadata, status: "Failure", message, reason, details, code }, code)

const detailsOf = (group: string, kind: string, name: string, causes?: ReadonlyArray<Cause>): StatusDetails => ({
  name: name === "" ? undefined : name,
  group: group === "" ? undefined : group,
  kind,
  causes
})

export const badRequest = (message: string): Refusal => failure(400, "BadRequest", message)

export const notFound = (of: GroupResource, name: string): Refusal =>
  failure(
    404,
    "NotFound",
    `${qualified(of.resource, of.group)} ${goQuote(name)} not found`,
    detailsOf(of.group, of.resource, name)
  )

/** A path under a group that is served. */
export const noSuchPath = (): Refusal =>
  failure(404, "NotFound", "the server could not find the requested resource", {})

/** A path under a group or a version that is not served, or any other that nobody knows. */
export const pageNotFound = (): TextRefusal => new TextRefusal(404, "404 page not found\n")

export const methodNotAllowed = (): Refusal =>
  failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})

/** The same as the endpoints of custom resources say it, which name the verb; a method that nobody knows has none. */
export const verbNotSupported = (of: GroupResource, verb: string): Refusal =>
  failure(
    405,
    "MethodNotAllowed",
    `${verb} is not supported on resources of kind ${goQuote(qualified(of.resource, of.group))}`,
    detailsOf(of.group, of.resource, "")
  )

export const alreadyExists = (
  of: GroupResource,
  name: string,
  options: { readonly terminating?: boolean; readonly generated?: boolean } = {}
): Refusal =>
  failure(
    409,
    "AlreadyExists",
    options.generated === true
      ? `${qualified(of.resource, of.group)} ${
        goQuote(name)
      } already exists, the server was not able to generate a unique name for the object`
      : `${options.terminating === true ? "object is being deleted: " : ""}${qualified(of.resource, of.group)} ${
        goQuote(name)
      } already exists`,
    { ...detailsOf(of.group, of.resource, name), retryAfterSeconds: options.generated === true ? 1 : undefined }
  )

/** `kind` is now the plural, now the Kind: the server differs by where it finds out. */
export const conflict = (group: string, kind: string, name: string, why: string): Refusal =>
  failure(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(kind, group)} ${goQuote(name)}: ${why}`,
    detailsOf(group, kind, name)
  )

export const modified = "the object has been modified; please apply your changes to the latest version and try again"

export const invalid = (group: string, kind: string, name: string, causes: ReadonlyArray<Cause>): Refusal =>
  failure(422, "Invalid", invalidMessage(qualified(kind, group), name, causes), detailsOf(group, kind, name, causes))

/** Options of a request that make no sense: `ListOptions.meta.k8s.io "" is invalid`. */
export const invalidOptions = (kind: string, causes: ReadonlyArray<Cause>): Refusal =>
  invalid("meta.k8s.io", kind, "", causes)

/** A patch that could be read and does not give an object. The text quotes the object, as the real server's does (S41). */
export const invalidPatch = (object: string, why: string): Refusal => {
  const message = `Invalid value: ${goQuote(object)}: ${why}`
  return failure(422, "Invalid", ` "" is invalid: patch: ${message}`, {
    causes: [{ reason: "FieldValueInvalid", message, field: "patch" }]
  })
}

/** A JSON patch whose operation or test fails: the server does not say which. */
export const unprocessable = (): Refusal =>
  failure(422, "Invalid", "the server rejected our request due to an error in our request", {})

export const forbidden = (of: GroupResource, name: string, why: string, causes?: StatusDetails["causes"]): Refusal =>
  failure(403, "Forbidden", `${qualified(of.resource, of.group)} ${goQuote(name)} is forbidden: ${why}`, {
    ...detailsOf(of.group, of.resource, name),
    causes
  })

export const expired = (message: string, continueToken?: string): Refusal =>
  failure(410, "Expired", message, undefined, continueToken === undefined ? {} : { continue: continueToken })

export const tooLargeResourceVersion = (wanted: number, current: number): Refusal =>
  failure(504, "Timeout", `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1
  })

export const bodyTooLarge = (limit: number): Refusal =>
  failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`)

export const tooManyOperations = (limit: number, actual: number): Refusal =>
  failure(
    413,
    "RequestEntityTooLarge",
    `Request entity too large: The allowed maximum operations in a JSON patch is ${limit}, got ${actual}`
  )

/** `hint`: what to do instead, where this server can say. */
export const unsupportedMediaType = (accepted: ReadonlyArray<string>, hint = ""): Refusal =>
  failure(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}${hint}`
  )

/** What a built-in kind answers to a patch whose content type it does not know. */
export const unsupportedPatchType = (): Refusal =>
  failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})

export const notAcceptable = (accepted: ReadonlyArray<string>): Refusal =>
  failure(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`)

/** A 406 of a built-in resource, found out before the endpoint is asked. */
export const noRepresentation = (available: ReadonlyArray<string>): Refusal =>
  failure(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${available.join(", ")}`, {})

/** A 406 for a form that only lists have, or that lists do not have. `type` is the server's own name of what was asked for. */
export const notAs = (form: string, type: string, isList: boolean): Refusal =>
  failure(
    406,
    "NotAcceptable",
    `you requested ${form}, but the requested object is ${isList ? "a" : "not a"} list (${type})`
  )

/** A failure inside the server that it does not explain: a 500 without a reason. */
export const internal = (message: string): Refusal => failure(500, undefined, message)

/** Any other refusal, for faults that a test asks for. */
export const refusal = (code: number, reason: string | undefined, message: string, details?: StatusDetails): Refusal =>
  failure(code, reason, message, details)

/** The answer to a delete that is done. */
export const deleted = (of: GroupResource, name: string, uid: string | undefined): StatusBody => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Success",
  details: { ...detailsOf(of.group, of.resource, name), uid }
})
