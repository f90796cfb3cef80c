/**
 * What a request wants to do, in the terms of roles: a verb, and a resource or a path. It is read from the request line
 * alone, before anybody looks whether there is such a resource.
 */
import * as Either from "effect/Either"
import { parseFields } from "../../../../protocol/internal/selector.js"
import { pathSegment } from "../../structural/names.js"
import type { Query } from "../options.js"
import { ofNamespaces } from "../routes.js"

export interface ResourceAttributes {
  readonly isResource: true
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  /** Empty for what is cluster-wide. */
  readonly namespace: string
  /** Empty where no object is named. */
  readonly name: string
}

export interface PathAttributes {
  readonly isResource: false
  readonly verb: string
  readonly path: string
}

export type Attributes = ResourceAttributes | PathAttributes

const verbs: { readonly [method: string]: string } = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete"
}

interface ListRequest {
  readonly watch: boolean
  /** The one name that a field selector asks for. */
  readonly name: string
}

const integers = ["limit", "timeoutSeconds"]

/** The options of a list, as far as roles look at them. Where one cannot be read, the selector is not looked at. */
const listRequest = (query: Query): ListRequest => {
  const given = query.get("watch")
  const watch = given !== null && !["false", "0"].includes(given.toLowerCase())
  const fields = parseFields(query.get("fieldSelector") ?? "")
  const isBad = integers.some((option) => !/^[+-]?[0-9]*$/.test(query.get(option) ?? ""))
  if (isBad || Either.isLeft(fields)) return { watch, name: "" }
  const exact = fields.right.requirements.find(({ field, operator }) =>
    field === "metadata.name" && operator === "Equals"
  )
  const name = exact?.value ?? ""
  return { watch, name: pathSegment(name, false).length === 0 ? name : "" }
}

/** `path` is decoded. */
export const attributesOf = (method: string, path: string, query: Query): Attributes => {
  const other: Attributes = { isResource: false, verb: method.toLowerCase(), path }
  const segments = path.replace(/^\/+|\/+$/g, "").split("/")
  const isCore = segments[0] === "api"
  if (segments.length < (isCore ? 3 : 4) || (!isCore && segments[0] !== "apis")) return other
  const group = isCore ? "" : segments[1]!
  let parts = segments.slice(isCore ? 2 : 3)
  let verb = verbs[method] ?? ""
  if ((parts[0] === "watch" || parts[0] === "proxy") && parts.length > 1) {
    verb = parts[0]
    parts = parts.slice(1)
  }
  let namespace = ""
  if (parts[0] === "namespaces" && parts.length > 1) {
    namespace = parts[1]!
    if (parts.length > 2 && !ofNamespaces.includes(parts[2]!)) parts = parts.slice(2)
  }
  const [resource = "", given = "", third = ""] = parts
  const subresource = verb === "proxy" ? "" : third
  let name = given
  if (name === "" && verb === "get") {
    const list = listRequest(query)
    verb = list.watch ? "watch" : "list"
    name = list.name
  }
  if (name === "" && verb === "delete") verb = "deletecollection"
  return { isResource: true, verb, group, resource, subresource, namespace, name }
}
