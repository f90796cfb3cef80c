/**
 * What is served, for clients that ask: groups, versions and resources, in the old form and in the aggregated one (S52),
 * the version of the server and its health (S54).
 */
import { apiVersionOf, type Resources, type Served } from "./served.js"
import * as status from "./status.js"

/** The version of Kubernetes whose behaviour this server has. */
export const serverVersion = {
  major: "1",
  minor: "37",
  emulationMajor: "1",
  emulationMinor: "37",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "36",
  gitVersion: "v1.37.2",
  gitCommit: "",
  gitTreeState: "",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: ""
}

const versionOf = (group: string, version: string) => ({ groupVersion: apiVersionOf(group, version), version })

const groupOf = (group: string, versions: ReadonlyArray<string>) => ({
  name: group,
  versions: versions.map((version) => versionOf(group, version)),
  preferredVersion: versionOf(group, versions[0]!)
})

/** `/api` */
export const coreVersions = () => ({
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "127.0.0.1" }]
})

/** `/apis` */
export const groupList = (resources: Resources) => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: resources.groups().filter(({ group }) => group !== "").map(({ group, versions }) => groupOf(group, versions))
})

/** `/apis/GROUP` */
export const group = (resources: Resources, name: string) => {
  const found = resources.groups().find((each) => each.group === name)
  if (found === undefined || name === "") throw status.pageNotFound()
  return { kind: "APIGroup", apiVersion: "v1", ...groupOf(name, found.versions) }
}

const listed = (items: ReadonlyArray<string>): ReadonlyArray<string> | undefined =>
  items.length === 0 ? undefined : items

/** `/apis/GROUP/VERSION` */
export const resourceList = (resources: Resources, name: string, version: string) => {
  const served = resources.inVersion(name, version)
  if (served.length === 0) throw resources.isBuiltinGroup(name) ? status.noSuchPath() : status.pageNotFound()
  return {
    kind: "APIResourceList",
    // The core group's list is older than the field.
    apiVersion: name === "" ? undefined : "v1",
    groupVersion: apiVersionOf(name, version),
    resources: served.flatMap((each) => [
      {
        name: each.plural,
        singularName: each.singular,
        namespaced: each.namespaced,
        kind: each.kind,
        verbs: each.verbs,
        shortNames: listed(each.shortNames),
        categories: listed(each.categories)
      },
      ...each.subresources.map((sub) => ({
        name: `${each.plural}/${sub.name}`,
        singularName: "",
        namespaced: each.namespaced,
        group: sub.group === name && sub.version === version ? undefined : sub.group,
        version: sub.group === name && sub.version === version ? undefined : sub.version,
        kind: sub.kind,
        verbs: sub.verbs
      }))
    ])
  }
}

export const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

const kindOf = (served: Served, group: string, version: string, kind: string) =>
  served.custom === undefined && group === served.group && version === served.version
    ? { group: "", version: "", kind }
    : { group, version, kind }

const aggregatedResource = (served: Served) => ({
  resource: served.plural,
  responseKind: kindOf(served, served.group, served.version, served.kind),
  scope: served.namespaced ? "Namespaced" : "Cluster",
  singularResource: served.singular,
  verbs: served.verbs,
  shortNames: listed(served.shortNames),
  categories: listed(served.categories),
  subresources: served.subresources.length === 0
    ? undefined
    : served.subresources.map((sub) => ({
      subresource: sub.name,
      responseKind: kindOf(served, sub.group, sub.version, sub.kind),
      verbs: sub.verbs
    }))
})

/** `/api` or `/apis` in the aggregated form. */
export const aggregated = (resources: Resources, isCore: boolean) => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  metadata: {},
  items: resources.groups().filter(({ group }) => (group === "") === isCore).map(({ group, versions }) => ({
    metadata: group === "" ? {} : { name: group },
    versions: versions.map((version) => ({
      version,
      resources: resources.inVersion(group, version).map(aggregatedResource),
      freshness: "Current"
    }))
  }))
})

/** A text that changes with what it names, for ETags: FNV-1a over its characters, twice with other seeds. */
export const etagOf = (text: string): string => {
  const hash = (seed: number): string => {
    let value = seed
    for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
    return (value >>> 0).toString(16).toUpperCase().padStart(8, "0")
  }
  return `"${hash(0x811c9dc5)}${hash(0x01234567)}"`
}

/** `/livez` and its like. */
export const healthPaths: ReadonlySet<string> = new Set(["/healthz", "/livez", "/readyz"])

/** `/` */
export const paths = (resources: Resources) => ({
  paths: [
    "/api",
    "/api/v1",
    "/apis",
    "/apis/",
    ...resources.groups().filter(({ group }) => group !== "").flatMap(({ group, versions }) => [
      `/apis/${group}`,
      ...versions.map((version) => `/apis/${group}/${version}`)
    ]),
    ...healthPaths,
    "/version"
  ].sort()
})
