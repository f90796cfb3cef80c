/**
 * `Status`: what the API server answers when it refuses a request, and when a delete is done.
 * A refusal that is not a Status (plain text of a proxy, HTML) is turned into one by its code, as client-go does.
 *
 * Reference: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */

/** One reason among several why a request was refused: which field, and what is wrong with it. */
export interface StatusCause {
  /** `FieldValueRequired`, `FieldValueInvalid`, `FieldManagerConflict`, ... */
  readonly reason?: string | undefined
  readonly message?: string | undefined
  /** The path of the field, such as `spec.containers[0].name`. */
  readonly field?: string | undefined
}

export interface StatusDetails {
  readonly name?: string | undefined
  readonly group?: string | undefined
  /** Now the plural, now the Kind: servers differ by reason. */
  readonly kind?: string | undefined
  readonly uid?: string | undefined
  readonly causes?: ReadonlyArray<StatusCause> | undefined
  readonly retryAfterSeconds?: number | undefined
}

export interface Status {
  readonly kind: "Status"
  readonly apiVersion: "v1"
  readonly metadata?:
    | { readonly resourceVersion?: string | undefined; readonly continue?: string | undefined }
    | undefined
  readonly status?: string | undefined
  readonly message?: string | undefined
  readonly reason?: string | undefined
  readonly details?: StatusDetails | undefined
  readonly code?: number | undefined
}

/** The most of a body that is no Status which is kept in a message, in characters (client-go keeps as much). */
export const maxTextLength = 2048

/** Reasons by HTTP code, for answers that name none. A 409 depends on the method: see {@link fromText}. */
const reasonByCode: { readonly [code: number]: string } = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout"
}

const isRecord = (u: unknown): u is { readonly [key: string]: unknown } =>
  typeof u === "object" && u !== null && !Array.isArray(u)

/** Whether a parsed body is a Status. */
export const isStatus = (u: unknown): u is Status => isRecord(u) && u["kind"] === "Status"

/** The reason that stands for an HTTP code. A 409 that answers a POST means that the object exists. */
export const reasonOf = (code: number, method: string): string =>
  code === 409 && method === "POST"
    ? "AlreadyExists"
    : reasonByCode[code] ?? (code >= 500 ? "InternalError" : "Unknown")

const optionalString = (u: unknown): string | undefined => typeof u === "string" ? u : undefined

const causeOf = (u: unknown): StatusCause =>
  isRecord(u)
    ? { reason: optionalString(u["reason"]), message: optionalString(u["message"]), field: optionalString(u["field"]) }
    : {}

/** Reads a Status out of JSON that was parsed, keeping only what has the expected type. */
export const fromJson = (json: Status, code: number, method: string): Status => {
  const raw: { readonly [key: string]: unknown } = { ...json }
  const details = isRecord(raw["details"]) ? raw["details"] : undefined
  const metadata = isRecord(raw["metadata"]) ? raw["metadata"] : undefined
  const reason = optionalString(raw["reason"])
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: metadata && {
      resourceVersion: optionalString(metadata["resourceVersion"]),
      continue: optionalString(metadata["continue"])
    },
    status: optionalString(raw["status"]),
    message: optionalString(raw["message"]),
    reason: reason === undefined || reason === "" ? reasonOf(code, method) : reason,
    details: details && {
      name: optionalString(details["name"]),
      group: optionalString(details["group"]),
      kind: optionalString(details["kind"]),
      uid: optionalString(details["uid"]),
      causes: Array.isArray(details["causes"]) ? details["causes"].map(causeOf) : undefined,
      retryAfterSeconds: typeof details["retryAfterSeconds"] === "number" ? details["retryAfterSeconds"] : undefined
    },
    code: typeof raw["code"] === "number" ? raw["code"] : code
  }
}

/** Makes a Status of an answer that is none: by its code, with the text cut to {@link maxTextLength}. */
export const fromText = (text: string, code: number, method: string): Status => {
  const trimmed = text.trim()
  return {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    message: trimmed === "" ? undefined : trimmed.length > maxTextLength ? trimmed.slice(0, maxTextLength) : trimmed,
    reason: reasonOf(code, method),
    details: {
      causes: [{ reason: "UnexpectedServerResponse", message: `the server answered ${code} without a Status` }]
    },
    code
  }
}

/** Reads the body of a refusal: a Status, or whatever else a server or a proxy sent. */
export const fromBody = (body: string, code: number, method: string): Status => {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return fromText(body, code, method)
  }
  return isStatus(json) ? fromJson(json, code, method) : fromText(body, code, method)
}
