/**
 * Reads what a server says that it serves, in the aggregated form (KEP-3352) and in the older one. An entry that cannot
 * be meant, such as a resource with a slash in its name, is passed over: one odd definition hides no other kind.
 */
import { type Fields, isFields } from "../../protocol/internal/actual.js"
import { segmentProblem } from "../../protocol/internal/pathSegment.js"
import * as Resource from "../../protocol/Resource.js"
import type { Failure, Group, Kind, Subresource, Version } from "../Discovery.js"

const text = (u: unknown): string => typeof u === "string" ? u : ""
const texts = (u: unknown): ReadonlyArray<string> =>
  Array.isArray(u) ? u.filter((item): item is string => typeof item === "string" && item !== "") : []
const records = (u: unknown): ReadonlyArray<Fields> => Array.isArray(u) ? u.filter(isFields) : []

/** What both forms say of a kind. */
interface Entry {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly verbs: ReadonlyArray<string>
  readonly shortNames: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  readonly subresources: ReadonlyArray<Subresource>
  readonly stale: boolean
}

const kind = (entry: Entry): Kind | undefined => {
  const { group, version } = entry
  const scope = entry.namespaced ? "Namespaced" : "Cluster"
  try {
    const resource = Resource.dynamic<Resource.ResourceScope, string>({
      apiVersion: Resource.apiVersion({ group, version }),
      kind: entry.kind,
      scope,
      plural: entry.plural,
      // Old servers do not say it.
      singular: entry.singular === "" ? entry.kind.toLowerCase() : entry.singular,
      shortNames: entry.shortNames,
      categories: entry.categories,
      abilities: [...entry.verbs, ...entry.subresources.map((sub) => sub.name)]
    })
    return {
      group,
      version,
      kind: entry.kind,
      plural: entry.plural,
      singular: resource.singular,
      scope,
      verbs: entry.verbs,
      shortNames: entry.shortNames,
      categories: entry.categories,
      subresources: entry.subresources,
      stale: entry.stale,
      resource
    }
  } catch {
    // `Resource.dynamic` knows what can be a kind.
    return undefined
  }
}

const kinds = (entries: ReadonlyArray<Entry>): ReadonlyArray<Kind> =>
  entries.flatMap((entry) => {
    const read = kind(entry)
    return read === undefined ? [] : [read]
  })

/** Of what form the objects are that a subresource takes and gives: often of another group, as `autoscaling/v1` Scale. */
const responseKind = (u: unknown, group: string, version: string) => {
  const given = isFields(u) ? u : {}
  const [ownGroup, ownVersion] = [text(given["group"]), text(given["version"])]
  return ownVersion === ""
    ? { group, version, kind: text(given["kind"]) }
    : { group: ownGroup, version: ownVersion, kind: text(given["kind"]) }
}

// ------------------------------------------------------------------------------------------------ aggregated

/** What an endpoint said. */
export interface Groups {
  readonly groups: ReadonlyArray<Group>
  readonly failures: ReadonlyArray<Failure>
}

const aggregatedVersion = (group: string, item: Fields): Version => {
  const version = text(item["version"])
  const stale = item["freshness"] === "Stale"
  const entries = records(item["resources"]).map((resource): Entry => ({
    group,
    version,
    kind: responseKind(resource["responseKind"], group, version).kind,
    plural: text(resource["resource"]),
    singular: text(resource["singularResource"]),
    namespaced: resource["scope"] === "Namespaced",
    verbs: texts(resource["verbs"]),
    shortNames: texts(resource["shortNames"]),
    categories: texts(resource["categories"]),
    subresources: records(resource["subresources"]).map((sub) => ({
      name: text(sub["subresource"]),
      kind: responseKind(sub["responseKind"], group, version),
      verbs: texts(sub["verbs"])
    })).filter((sub) => sub.name !== ""),
    stale
  }))
  return { version, stale, kinds: kinds(entries) }
}

export const isAggregated = (body: unknown): body is Fields =>
  isFields(body) && body["kind"] === "APIGroupDiscoveryList" &&
  text(body["apiVersion"]).startsWith("apidiscovery.k8s.io/")

/** `APIGroupDiscoveryList`, v2 and v2beta1 alike. */
export const aggregated = (body: Fields): Groups => {
  const groups = records(body["items"]).map((item): Group => {
    const metadata = item["metadata"]
    const name = isFields(metadata) ? text(metadata["name"]) : ""
    const versions = records(item["versions"]).map((version) => aggregatedVersion(name, version))
      .filter(({ version }) => version !== "")
    // client-go's rule: the first that is not stale.
    return { name, versions, preferredVersion: versions.find(({ stale }) => !stale)?.version }
  })
  const failures = groups.flatMap(({ name, versions }) =>
    versions.filter(({ stale }) => stale).map(({ version }): Failure => ({
      group: name,
      version,
      reason: "Stale",
      error: undefined
    }))
  )
  return { groups, failures }
}

// ------------------------------------------------------------------------------------------------ legacy

/** A group whose versions are still to be asked for. */
export interface GroupVersions {
  readonly name: string
  readonly versions: ReadonlyArray<string>
  readonly preferredVersion: string | undefined
}

/** Whether a name can be a part of a path, and so be asked for. */
const isSegment = (name: unknown): boolean => typeof name === "string" && segmentProblem(name) === undefined

const versionNames = (u: unknown): ReadonlyArray<string> =>
  records(u).map((item) => text(item["version"])).filter(isSegment)

/** `APIVersions` of `/api`, or `APIGroupList` of `/apis`; undefined where it is neither. */
export const legacyGroups = (body: unknown): ReadonlyArray<GroupVersions> | undefined => {
  if (!isFields(body)) return undefined
  if (body["kind"] === "APIVersions") {
    const versions = texts(body["versions"]).filter(isSegment)
    return [{ name: "", versions, preferredVersion: versions[0] }]
  }
  if (body["kind"] !== "APIGroupList") return undefined
  return records(body["groups"]).filter((group) => isSegment(group["name"])).map((group) => {
    const versions = versionNames(group["versions"])
    const preferred = isFields(group["preferredVersion"]) ? text(group["preferredVersion"]["version"]) : ""
    return { name: text(group["name"]), versions, preferredVersion: preferred === "" ? versions[0] : preferred }
  })
}

/** `APIResourceList`; undefined where it is none. Subresources are entries of their own there: `pods/log`. */
export const legacyVersion = (group: string, version: string, body: unknown): Version | undefined => {
  if (!isFields(body) || body["kind"] !== "APIResourceList") return undefined
  const all = records(body["resources"])
  const subresources = new Map<string, Array<Subresource>>()
  for (const each of all) {
    const [plural = "", name] = text(each["name"]).split(/\/(.*)/s)
    if (name === undefined || name === "") continue
    const known = subresources.get(plural) ?? []
    known.push({ name, kind: responseKind(each, group, version), verbs: texts(each["verbs"]) })
    subresources.set(plural, known)
  }
  const entries = all.filter((each) => !text(each["name"]).includes("/")).map((each): Entry => ({
    group,
    version,
    kind: text(each["kind"]),
    plural: text(each["name"]),
    singular: text(each["singularName"]),
    namespaced: each["namespaced"] === true,
    verbs: texts(each["verbs"]),
    shortNames: texts(each["shortNames"]),
    categories: texts(each["categories"]),
    subresources: subresources.get(text(each["name"])) ?? [],
    stale: false
  }))
  return { version, stale: false, kinds: kinds(entries) }
}
