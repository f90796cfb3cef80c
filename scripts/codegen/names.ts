/** The names of schemas: for which kind they stand, and in which folder what they describe is written. */
import type { Snapshot } from "./read.js"

/** The full names of schemas by the group, version and kind that they stand for: `apps/v1/Deployment`. */
export const kindNames = (snapshot: Snapshot): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  for (const [name, schema] of snapshot.schemas) {
    for (const { group, kind, version } of schema["x-kubernetes-group-version-kind"] ?? []) {
      const place = `${group}/${version}/${kind}`
      if (names.has(place)) throw new Error(`two schemas stand for ${place}: ${names.get(place)} and ${name}`)
      names.set(place, name)
    }
  }
  return names
}

/** The full name of the schema of a kind. */
export const nameOf = (names: ReadonlyMap<string, string>, group: string, version: string, kind: string): string => {
  const name = names.get(`${group}/${version}/${kind}`)
  if (name === undefined) throw new Error(`no document describes ${group}/${version} ${kind}`)
  return name
}

/** `io.k8s.api.core.v1.PodSpec` is `PodSpec` of `core/v1`. */
export const splitName = (
  full: string
): { readonly label: string; readonly version: string; readonly name: string } => {
  const [name, version, label] = full.split(".").reverse()
  if (name === undefined || version === undefined || label === undefined) {
    throw new Error(`schema without a package: ${full}`)
  }
  return { label, version, name }
}

/**
 * The folders of groups: the packages that their schemas are in. `rbac.authorization.k8s.io` is `rbac`, and
 * `internal.apiserver.k8s.io` is `apiserverinternal`: `internal` is the folder of descriptors.
 */
export const labelsOf = (snapshot: Snapshot, names: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
  const labels = new Map<string, string>()
  for (const { group, resources, version } of snapshot.groupVersions) {
    for (const { kind } of resources) {
      const full = nameOf(names, group, version, kind)
      const of = splitName(full)
      const there = labels.get(group) ?? of.label
      if (of.label !== there) throw new Error(`${full}: other kinds of ${group} are in a package ${there}`)
      if (of.version !== version) throw new Error(`${full}: it is served as ${group}/${version}`)
      if (of.label === "internal") throw new Error(`${full}: src/kinds/internal is the folder of descriptors`)
      labels.set(group, of.label)
    }
  }
  if (new Set(labels.values()).size < labels.size) {
    throw new Error(`two groups in one package: ${[...labels].join(" ")}`)
  }
  return labels
}
