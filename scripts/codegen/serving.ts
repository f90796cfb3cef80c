/** Whether a server serves a kind without being asked to, and for how much longer: doc comments say so. */
import { apiVersion, type GroupVersion, type Resource, type Snapshot } from "./read.js"
import type { Truths } from "./truths.js"

/** One release, as servers that were started in different ways tell of it. */
export interface Snapshots {
  /** With all versions and all features: what kinds are made from. */
  readonly everything: Snapshot
  /** With all versions, and features as they are by default. */
  readonly everyVersion: Snapshot
  /** Without flags: what TestCluster serves. */
  readonly byDefault: Snapshot
}

/** The flags that make a server serve what it does not serve by default. */
export interface Flags {
  /** What `--runtime-config` must turn on, such as `resource.k8s.io/v1beta1`. */
  readonly runtimeConfig: ReadonlyArray<string>
  /** What `--feature-gates` must turn on, such as `GenericWorkload`. */
  readonly featureGates: ReadonlyArray<string>
}

/** The flags that a resource or a subresource needs; nothing where a server serves it by default. */
export type FlagsOf = (groupVersion: GroupVersion, resource: Resource, subresource?: string) => Flags | undefined

export const flagsOf = ({ byDefault, everyVersion }: Snapshots, truths: Truths): FlagsOf => {
  const standard = places(byDefault)
  const ungated = places(everyVersion)
  const versions = new Set(byDefault.groupVersions.map(apiVersion))
  return (groupVersion, resource, subresource) => {
    const place = placeOf(groupVersion, resource, subresource)
    if (standard.has(place)) return undefined
    const isVersionServed = versions.has(apiVersion(groupVersion))
    if (ungated.has(place)) {
      return { runtimeConfig: [isVersionServed ? "api/all" : apiVersion(groupVersion)], featureGates: [] }
    }
    const name = `${groupVersion.group}/${resource.plural}`
    const featureGates = truths.featureGates[`${name}/${subresource}`] ?? truths.featureGates[name]
    if (featureGates === undefined) {
      throw new Error(`${place} is served with a feature gate: say with which in scripts/codegen/truths.ts`)
    }
    return { runtimeConfig: isVersionServed ? [] : [apiVersion(groupVersion)], featureGates }
  }
}

const placeOf = (groupVersion: GroupVersion, { plural }: Resource, subresource: string | undefined): string =>
  `${apiVersion(groupVersion)} ${plural}${subresource === undefined ? "" : `/${subresource}`}`

const places = ({ groupVersions }: Snapshot): ReadonlySet<string> =>
  new Set(groupVersions.flatMap((groupVersion) =>
    groupVersion.resources.flatMap((resource) => [
      placeOf(groupVersion, resource, undefined),
      ...resource.subresources.map(({ name }) => placeOf(groupVersion, resource, name))
    ])
  ))

export interface Deprecation {
  /** The release that deprecated it, such as `1.33`. */
  readonly since: string
  /** The release that no longer serves it. */
  readonly removed: string | undefined
  /** What to use instead: an API version and a kind, such as `discovery.k8s.io/v1 EndpointSlice`. */
  readonly use: string | undefined
}

/**
 * What the Warning header of a list says: `v1 Endpoints is deprecated in v1.33+, unavailable in v1.40+; use
 * discovery.k8s.io/v1 EndpointSlice`. Where it names no successor, the newest version of the group that serves the same
 * kind is one.
 */
export const deprecationOf = (
  { groupVersions }: Snapshot,
  groupVersion: GroupVersion,
  { kind, warning }: Resource
): Deprecation | undefined => {
  const match = /is deprecated in v(\d+\.\d+)\+(?:, unavailable in v(\d+\.\d+)\+)?(?:; use (.*))?$/.exec(warning ?? "")
  if (match === null) return undefined
  const [, since = "", removed, use] = match
  // A server lists the versions of a group from the newest and stablest on.
  const versions = groupVersions.filter(({ group }) => group === groupVersion.group)
  const newer = versions.slice(0, versions.indexOf(groupVersion)).find(({ resources }) =>
    resources.some((resource) => resource.kind === kind)
  )
  return { since, removed, use: use ?? (newer === undefined ? undefined : `${apiVersion(newer)} ${kind}`) }
}
