/**
 * Reads what a Kubernetes API server says of itself: the aggregated discovery of all groups, and the OpenAPI v3
 * document of each group and version that has resources.
 *
 * Discovery: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */

/** Answers a GET with parsed JSON, and the texts of its Warning headers. */
export type Get = (
  path: string,
  accept?: string
) => Promise<{ readonly body: unknown; readonly warnings: ReadonlyArray<string> }>

export interface Subresource {
  readonly name: string
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: ReadonlyArray<string>
}

export interface Resource {
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: ReadonlyArray<string>
  readonly shortNames: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  readonly subresources: ReadonlyArray<Subresource>
  /** What the server warns of when it lists them, such as a deprecation. */
  readonly warning: string | undefined
}

export interface GroupVersion {
  /** The empty text for the core group. */
  readonly group: string
  readonly version: string
  /** Sorted by plural. */
  readonly resources: ReadonlyArray<Resource>
}

/** The parts of an OpenAPI v3 schema that Kubernetes uses. */
export interface Schema {
  readonly $ref?: string
  readonly allOf?: ReadonlyArray<Schema>
  readonly type?: string
  readonly format?: string
  readonly enum?: ReadonlyArray<string>
  readonly default?: unknown
  readonly required?: ReadonlyArray<string>
  readonly properties?: { readonly [name: string]: Schema }
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly "x-kubernetes-group-version-kind"?: ReadonlyArray<
    { readonly group: string; readonly version: string; readonly kind: string }
  >
  readonly "x-kubernetes-list-type"?: string
  readonly "x-kubernetes-list-map-keys"?: ReadonlyArray<string>
  readonly "x-kubernetes-map-type"?: string
  readonly "x-kubernetes-patch-strategy"?: string
  readonly "x-kubernetes-patch-merge-key"?: string
  readonly "x-kubernetes-unions"?: ReadonlyArray<{
    readonly discriminator?: string
    readonly "fields-to-discriminateBy"?: { readonly [field: string]: string }
  }>
}

export interface Snapshot {
  /** Such as `1.37`. */
  readonly version: string
  /** In the order in which the server prefers them, the preferred version of a group first. */
  readonly groupVersions: ReadonlyArray<GroupVersion>
  /** All schemas of all documents, by their full name such as `io.k8s.api.core.v1.Pod`. */
  readonly schemas: ReadonlyMap<string, Schema>
}

const discoveryAccept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

/** Reads discovery and documents. Throws where the server's answer is not of the form that is documented. */
export const read = async (get: Get): Promise<Snapshot> => {
  const groupVersions: Array<GroupVersion> = []
  for (const path of ["/api", "/apis"]) {
    const { items } = (await get(path, discoveryAccept)).body as { readonly items: ReadonlyArray<DiscoveredGroup> }
    for (const groupVersion of items.flatMap(groupVersionsOf)) groupVersions.push(await withWarnings(get, groupVersion))
  }
  const { paths } = (await get("/openapi/v3")).body as Index
  const schemas = new Map<string, Schema>()
  for (const groupVersion of groupVersions) {
    const path = pathOf(groupVersion)
    const entry = paths[path.slice(1)]
    if (entry === undefined) throw new Error(`the server lists ${path}, but its OpenAPI index does not`)
    const document = (await get(entry.serverRelativeURL)).body as Document
    for (const [name, schema] of Object.entries(document.components.schemas)) addSchema(schemas, name, schema)
  }
  const { major, minor } = (await get("/version")).body as { readonly major: string; readonly minor: string }
  return { version: `${major}.${minor}`, groupVersions, schemas }
}

interface Index {
  readonly paths: { readonly [path: string]: { readonly serverRelativeURL: string } }
}

interface Document {
  readonly components: { readonly schemas: { readonly [name: string]: Schema } }
}

const pathOf = (groupVersion: GroupVersion): string =>
  `/${groupVersion.group === "" ? "api" : "apis"}/${apiVersion(groupVersion)}`

const withWarnings = async (get: Get, groupVersion: GroupVersion): Promise<GroupVersion> => {
  const resources: Array<Resource> = []
  for (const resource of groupVersion.resources) {
    const listed = resource.verbs.includes("list")
      ? await get(`${pathOf(groupVersion)}/${resource.plural}?limit=1`)
      : undefined
    resources.push({ ...resource, warning: listed?.warnings[0] })
  }
  return { ...groupVersion, resources }
}

/** `v1` or `apps/v1`. */
export const apiVersion = ({ group, version }: { readonly group: string; readonly version: string }): string =>
  group === "" ? version : `${group}/${version}`

/** Documents repeat what they share; one name must mean one thing, but for the list of kinds that a schema stands for. */
const addSchema = (schemas: Map<string, Schema>, name: string, schema: Schema): void => {
  const there = schemas.get(name)
  if (there === undefined) schemas.set(name, schema)
  else if (shape(there) !== shape(schema)) throw new Error(`two documents disagree on ${name}`)
}

const shape = (schema: Schema): string => JSON.stringify({ ...schema, "x-kubernetes-group-version-kind": undefined })

interface DiscoveredGroup {
  readonly metadata?: { readonly name?: string }
  readonly versions: ReadonlyArray<{ readonly version: string; readonly resources?: ReadonlyArray<DiscoveredResource> }>
}

interface DiscoveredKind {
  readonly group?: string
  readonly version?: string
  readonly kind: string
}

interface DiscoveredResource {
  readonly resource: string
  readonly responseKind: DiscoveredKind
  readonly scope: "Namespaced" | "Cluster"
  readonly singularResource: string
  readonly verbs: ReadonlyArray<string>
  readonly shortNames?: ReadonlyArray<string>
  readonly categories?: ReadonlyArray<string>
  readonly subresources?: ReadonlyArray<
    { readonly subresource: string; readonly responseKind?: DiscoveredKind; readonly verbs: ReadonlyArray<string> }
  >
}

const groupVersionsOf = (item: DiscoveredGroup): ReadonlyArray<GroupVersion> => {
  const group = item.metadata?.name ?? ""
  return item.versions.map(({ resources = [], version }) => ({
    group,
    version,
    resources: resources.map((resource) => resourceOf(group, version, resource)).sort(by((resource) => resource.plural))
  }))
}

const resourceOf = (group: string, version: string, found: DiscoveredResource): Resource => ({
  plural: found.resource,
  singular: found.singularResource,
  kind: found.responseKind.kind,
  namespaced: found.scope === "Namespaced",
  verbs: [...found.verbs].sort(),
  shortNames: found.shortNames ?? [],
  categories: found.categories ?? [],
  subresources: (found.subresources ?? []).map(({ responseKind, subresource, verbs }) => ({
    name: subresource,
    // Discovery leaves group and version out where they are those of the resource itself.
    ...(responseKind?.version
      ? { group: responseKind.group ?? "", version: responseKind.version }
      : { group, version }),
    kind: responseKind?.kind ?? found.responseKind.kind,
    verbs: [...verbs].sort()
  })).sort(by((subresource) => subresource.name)),
  warning: undefined
})

/** Orders by a text, as code units: the same on every machine. */
export const by = <A>(key: (value: A) => string) => (one: A, two: A): number => {
  const [a, b] = [key(one), key(two)]
  return a < b ? -1 : a > b ? 1 : 0
}
