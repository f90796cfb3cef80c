/** From a verb, a place and options to a request: the one place where paths are made, and names that cannot stand in them are refused. */
import * as Effect from "effect/Effect"
import * as KubeError from "../KubeError.js"
import type * as Request from "../Request.js"
import type * as Status from "../Status.js"
import type { ErrorOf, OwnTag } from "./operationErrors.js"
import { illFormed, isIllFormed, segmentProblem } from "./pathSegment.js"
import type { Query } from "./requestOptions.js"

export const json = "application/json"

/** What metadata alone is called in an answer to each verb. Of a watch it is each event's object that has this form. */
const partial: { readonly [verb: string]: string } = {
  get: "PartialObjectMetadata",
  list: "PartialObjectMetadataList",
  watch: "PartialObjectMetadata"
}

/**
 * What is accepted. A server that knows no metadata alone, as some behind an aggregated API, answers 406 where nothing
 * else is acceptable; so whole objects are, and who reads them prunes them (API concepts: alternate representations).
 */
const accept = (target: Request.Target, verb: string): string => {
  const form = target.representation === "metadata" ? partial[verb] : undefined
  return form === undefined ? json : `${json};as=${form};g=meta.k8s.io;v=v1,${json}`
}

/** `/api/v1` for the core group, else `/apis/GROUP/VERSION`. */
export const groupVersionPath = (group: string, version: string): string =>
  group === ""
    ? `/api/${encodeURIComponent(version)}`
    : `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`

const path = (
  target: Request.Target,
  place: Request.Place,
  name: string | undefined,
  subresource: string | undefined
): string => {
  let text = groupVersionPath(target.group, target.version)
  if (place.namespace !== undefined) text += `/namespaces/${encodeURIComponent(place.namespace)}`
  text += `/${encodeURIComponent(target.plural)}`
  if (name !== undefined) text += `/${encodeURIComponent(name)}`
  if (subresource !== undefined) text += `/${subresource.split("/").map(encodeURIComponent).join("/")}`
  return text
}

interface Draft {
  readonly verb: string
  readonly method: Request.Method
  readonly name?: string | undefined
  /** The name of what is written, where the path has none. */
  readonly called?: string | undefined
  readonly subresource?: string | undefined
  readonly query?: Query
  readonly body?: string | undefined
  readonly contentType?: string | undefined
  readonly kind: Request.Kind
}

/** What can be asked of all namespaces at once. */
const acrossNamespaces: ReadonlySet<string> = new Set(["list", "watch"])

export const refuse = (info: KubeError.RequestInfo, field: string, problem: string): KubeError.StatusError => {
  const status: Status.Status = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: "BadRequest",
    code: 400,
    message: `${field} ${problem}`,
    details: { causes: [{ reason: "FieldValueInvalid", field, message: problem }] }
  }
  return new KubeError.StatusError({ request: info, status, sent: false, retryAfter: undefined })
}

export const build = <const Tags extends ReadonlyArray<OwnTag>>(
  target: Request.Target,
  place: Request.Place,
  draft: Draft,
  own: Tags
): Effect.Effect<Request.Request<ErrorOf<Tags>>, KubeError.StatusError> => {
  const info: KubeError.RequestInfo = {
    verb: draft.verb,
    group: target.group,
    version: target.version,
    resource: target.plural,
    kind: target.kind,
    namespace: place.namespace,
    name: draft.name ?? draft.called,
    subresource: draft.subresource
  }
  if (place.namespace !== undefined) {
    if (target.scope === "Cluster") {
      return Effect.fail(refuse(info, "namespace", `must not be given: ${target.kind} is cluster-scoped`))
    }
    const problem = segmentProblem(place.namespace)
    if (problem !== undefined) return Effect.fail(refuse(info, "namespace", problem))
  } else if (target.scope === "Namespaced" && !acrossNamespaces.has(draft.verb)) {
    return Effect.fail(refuse(info, "namespace", `must be given: ${target.kind} is namespaced`))
  }
  if (draft.name !== undefined) {
    const problem = segmentProblem(draft.name)
    if (problem !== undefined) return Effect.fail(refuse(info, "name", problem))
  }
  for (const segment of draft.subresource?.split("/") ?? []) {
    const problem = segmentProblem(segment)
    if (problem !== undefined) return Effect.fail(refuse(info, "subresource", problem))
  }
  const query: Array<readonly [string, string]> = []
  for (const [key, value] of draft.query ?? []) {
    if (value === undefined || value === "") continue
    if (isIllFormed(value)) return Effect.fail(refuse(info, key, illFormed))
    query.push([key, value])
  }
  return Effect.succeed({
    info,
    method: draft.method,
    path: path(target, place, draft.name, draft.subresource),
    query,
    accept: accept(target, draft.verb),
    contentType: draft.body === undefined ? undefined : draft.contentType ?? json,
    body: draft.body,
    kind: draft.kind,
    own
  })
}
