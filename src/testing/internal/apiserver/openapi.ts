/**
 * OpenAPI v3, as much of it as clients need to see what a server can do: which resources take which query parameters.
 * kubectl asks before it sends a body, and lets the server validate where it finds `fieldValidation`. Schemas of kinds
 * are not in it.
 */
import { etagOf } from "./discovery.js"
import { apiVersionOf, type Resources, type Served } from "./served.js"
import * as status from "./status.js"

const rootOf = (group: string, version: string): string => group === "" ? `api/${version}` : `apis/${group}/${version}`

const parameter = (name: string) => ({ name, in: "query", schema: { type: "string", uniqueItems: true } })

const writeParameters = [parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation")]

const operation = (served: Served, action: string, parameters: ReadonlyArray<unknown>) => ({
  parameters,
  responses: { 200: { description: "OK" } },
  "x-kubernetes-action": action,
  "x-kubernetes-group-version-kind": { group: served.group, version: served.version, kind: served.kind }
})

const pathsOf = (served: Served): ReadonlyArray<readonly [string, unknown]> => {
  const root = `/${rootOf(served.group, served.version)}${
    served.namespaced ? "/namespaces/{namespace}" : ""
  }/${served.plural}`
  const has = (verb: string): boolean => served.verbs.includes(verb)
  return [
    [root, {
      ...(has("list") && { get: operation(served, "list", []) }),
      ...(has("create") && { post: operation(served, "post", writeParameters) }),
      ...(has("deletecollection") && { delete: operation(served, "deletecollection", [parameter("dryRun")]) })
    }],
    ...(has("get")
      ? [
        [`${root}/{name}`, {
          get: operation(served, "get", []),
          ...(has("update") && { put: operation(served, "put", writeParameters) }),
          ...(has("patch") && { patch: operation(served, "patch", [...writeParameters, parameter("force")]) }),
          ...(has("delete") && { delete: operation(served, "delete", [parameter("dryRun")]) })
        }] as const
      ]
      : [])
  ]
}

const versionDocument = (resources: Resources, group: string, version: string): unknown => ({
  openapi: "3.0.0",
  info: { title: "Kubernetes", version: "v1.37.2" },
  paths: Object.fromEntries(resources.inVersion(group, version).flatMap(pathsOf)),
  components: {}
})

const versionsOf = (resources: Resources): ReadonlyArray<readonly [string, string]> =>
  resources.groups().flatMap(({ group, versions }) => versions.map((version) => [group, version] as const))

/** `/openapi/v3`: where the document of each version is. */
const index = (resources: Resources): unknown => ({
  paths: Object.fromEntries(
    versionsOf(resources).map(([group, version]) => {
      const root = rootOf(group, version)
      const kinds = resources.inVersion(group, version).map((served) => served.kind).join(" ")
      const hash = etagOf(`${apiVersionOf(group, version)} ${kinds}`).slice(1, -1)
      return [root, { serverRelativeURL: `/openapi/v3/${root}?hash=${hash}` }]
    })
  )
})

/** The document at a path below `/openapi/v3`, which is the index itself for the empty path. */
export const openapi = (resources: Resources, path: string): unknown => {
  if (path === "") return index(resources)
  const found = versionsOf(resources).find(([group, version]) => rootOf(group, version) === path)
  if (found === undefined) throw status.pageNotFound()
  return versionDocument(resources, ...found)
}
