/**
 * Paths: which resource, namespace, name and subresource a request is about, as a kube-apiserver reads them.
 *
 * ```ts
 * import { routeOf } from "./routes.js"
 *
 * routeOf("/apis/apps/v1/namespaces/default/deployments/web/status")
 * // { _tag: "Resource", group: "apps", version: "v1", plural: "deployments", namespace: "default", name: "web", subresource: "status", … }
 * ```
 */

export type Route =
  | {
    readonly _tag: "Resource"
    readonly group: string
    readonly version: string
    readonly plural: string
    readonly namespace: string | undefined
    readonly name: string | undefined
    readonly subresource: string
    /** Segments after the subresource, which no resource here has. */
    readonly rest: ReadonlyArray<string>
    /** The old form of a watch, `/api/v1/watch/pods`. */
    readonly isWatchPath: boolean
  }
  | { readonly _tag: "Version"; readonly group: string; readonly version: string }
  | { readonly _tag: "Group"; readonly group: string }
  | { readonly _tag: "Groups"; readonly isCore: boolean }
  | { readonly _tag: "Other"; readonly path: string }

/** Subresources of namespaces; any other segment there is a resource inside of the namespace. */
export const ofNamespaces = ["status", "finalize"]

const resourceRoute = (group: string, version: string, segments: ReadonlyArray<string>): Route => {
  const isWatchPath = segments[0] === "watch" && segments.length > 1
  let parts = isWatchPath ? segments.slice(1) : segments
  let namespace: string | undefined
  if (parts[0] === "namespaces" && parts.length > 2 && !ofNamespaces.includes(parts[2]!)) {
    namespace = parts[1]
    parts = parts.slice(2)
  }
  const [plural = "", name, subresource = "", ...rest] = parts
  return { _tag: "Resource", group, version, plural, namespace, name, subresource, rest, isWatchPath }
}

/** Reads a decoded path. */
export const routeOf = (path: string): Route => {
  const segments = path.replace(/^\/+|\/+$/g, "").split("/")
  const [root, ...rest] = segments
  if (root === "api") {
    if (rest.length === 0) return { _tag: "Groups", isCore: true }
    const [version = "", ...more] = rest
    return more.length === 0 ? { _tag: "Version", group: "", version } : resourceRoute("", version, more)
  }
  if (root === "apis") {
    const [group = "", version = "", ...more] = rest
    if (rest.length === 0) return { _tag: "Groups", isCore: false }
    if (rest.length === 1) return { _tag: "Group", group }
    return more.length === 0 ? { _tag: "Version", group, version } : resourceRoute(group, version, more)
  }
  return { _tag: "Other", path: `/${segments.join("/")}` }
}
