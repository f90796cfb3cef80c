/**
 * How a write changes who manages what. An update owns what it adds and changes, and takes it from whoever had it; an
 * apply owns all that it says, gives up what it no longer says, and conflicts with whoever owns what it would change.
 *
 * Works on objects of any kind: `Merging` says of which types they are in which version.
 */
import { equal, type JsonObject, objectOf } from "../json.js"
import { compare, filtered } from "./compare.js"
import type { Comparison } from "./compare.js"
import { fieldsOf, removeFields, withNamedFields } from "./elements.js"
import { FieldSet, type Filter, type Path } from "./fieldSet.js"
import { capUpdaters, type Conflict, identityOf, type Managed, type Owned, type Writer } from "./managers.js"
import { merge } from "./merge.js"
import { reconcile } from "./reconcile.js"
import type { Type } from "./types.js"

/** What merging needs to know of a kind. */
export interface Merging {
  /** The apiVersion of the request. */
  readonly apiVersion: string
  /** The type of an apiVersion; nothing where there is none any more. */
  readonly typeOf: (apiVersion: string) => Type | undefined
  /** An object in another apiVersion. */
  readonly convert: (object: JsonObject, apiVersion: string) => JsonObject
  /** Takes away what the endpoint does not write, by apiVersion. */
  readonly reset: (apiVersion: string) => Filter | undefined
  /** What the endpoint does not write, of the request's version. */
  readonly resetPaths: ReadonlyArray<Path>
  /** Whether the schema may have changed since somebody wrote. */
  readonly schemaChanges: boolean
}

/** What nobody owns: the server's own, and the object as such. */
export const unownedPaths: ReadonlyArray<Path> = [
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion"
  ].map((name) => ["f:metadata", `f:${name}`])
]

const unowned = FieldSet.of(...unownedPaths)

/** Managers whose apiVersion is still known, of the fields of today's schema. */
const reconciled = (managed: Managed, merging: Merging): Map<string, Owned> => {
  const result = new Map<string, Owned>()
  for (const [id, owned] of managed) {
    const type = merging.typeOf(owned.writer.apiVersion)
    if (type === undefined) continue
    result.set(id, merging.schemaChanges ? { ...owned, set: reconcile(owned.set, type) } : owned)
  }
  return result
}

interface Taken {
  readonly managed: Map<string, Owned>
  readonly comparison: Comparison
  readonly conflicts: ReadonlyArray<Conflict>
}

/** Takes from all other managers what a change touches; tells of what it took of what they had. */
const take = (
  before: JsonObject,
  after: JsonObject,
  managed: ReadonlyMap<string, Owned>,
  writer: string,
  merging: Merging
): Taken => {
  const comparisons = new Map<string, Comparison>()
  const comparisonIn = (apiVersion: string, type: Type): Comparison => {
    const known = comparisons.get(apiVersion)
    if (known !== undefined) return known
    const same = apiVersion === merging.apiVersion
    const made = filtered(
      compare(
        same ? before : merging.convert(before, apiVersion),
        same ? after : merging.convert(after, apiVersion),
        type
      ),
      merging.reset(apiVersion)
    )
    comparisons.set(apiVersion, made)
    return made
  }
  const comparison = comparisonIn(merging.apiVersion, merging.typeOf(merging.apiVersion)!) // the request's is served
  const result = new Map<string, Owned>()
  const conflicts: Array<Conflict> = []
  for (const [id, owned] of managed) {
    if (id === writer) {
      if (!owned.set.isEmpty) result.set(id, owned)
      continue
    }
    const type = merging.typeOf(owned.writer.apiVersion)
    if (type === undefined) continue
    const { added, modified, removed } = comparisonIn(owned.writer.apiVersion, type)
    const taken = owned.set.intersection(modified.union(added))
    for (const path of taken.paths()) conflicts.push({ writer: owned.writer, path })
    const set = taken.isEmpty && removed.isEmpty ? owned.set : owned.set.difference(taken).difference(removed)
    if (!set.isEmpty) result.set(id, set === owned.set ? owned : { ...owned, set })
  }
  return { managed: result, comparison, conflicts }
}

/** Who manages what after an update of an object. `before` is an empty object of the kind for a create. */
export const afterUpdate = (
  before: JsonObject,
  after: JsonObject,
  managed: Managed,
  writer: Writer,
  now: string,
  merging: Merging
): Managed => {
  const { comparison, managed: left } = take(before, after, reconciled(managed, merging), "", merging)
  const reset = merging.reset(writer.apiVersion)
  const changed = comparison.modified.union(comparison.added)
  const set = (reset === undefined ? changed : reset(changed)).difference(unowned)
  if (!set.isEmpty) {
    const id = identityOf(writer)
    const previous = left.get(id)
    left.set(id, { writer, set: previous === undefined ? set : set.union(previous.set), time: now })
  }
  return capUpdaters(left)
}

export type Applied =
  | { readonly _tag: "Conflicts"; readonly conflicts: ReadonlyArray<Conflict> }
  /** Without an object where the configuration changes nothing of it. */
  | { readonly _tag: "Applied"; readonly object: JsonObject | undefined; readonly managed: Managed }

/** Merges a configuration into an object. */
export const apply = (
  live: JsonObject,
  configuration: JsonObject,
  managed: Managed,
  writer: Writer,
  force: boolean,
  now: string,
  merging: Merging
): Applied => {
  const type = merging.typeOf(merging.apiVersion)!
  const before = reconciled(managed, merging)
  const id = identityOf(writer)
  const last = before.get(id)
  const reset = merging.reset(writer.apiVersion)
  const said = fieldsOf(configuration, type)
  before.set(id, { writer, set: reset === undefined ? said : reset(said), time: last?.time })
  const merged = merge(live, configuration, type) as JsonObject // both are objects
  const object = prune(merged, before, last, merging)
  const taken = take(live, object, before, id, merging)
  if (!force && taken.conflicts.length > 0) return { _tag: "Conflicts", conflicts: taken.conflicts }
  const isSame = equal(live, object)
  const mine = taken.managed.get(id)
  if (mine !== undefined) {
    const set = mine.set.difference(unowned)
    if (set.isEmpty) taken.managed.delete(id)
    else taken.managed.set(id, { writer, set, time: isSame ? mine.time : now })
  }
  return { _tag: "Applied", object: isSame ? undefined : object, managed: taken.managed }
}

/** Removes what the manager applied the last time and no longer says, unless somebody else owns it. */
const prune = (
  merged: JsonObject,
  managed: ReadonlyMap<string, Owned>,
  last: Owned | undefined,
  merging: Merging
): JsonObject => {
  if (last === undefined || last.set.isEmpty) return merged
  const version = last.writer.apiVersion
  const type = merging.typeOf(version)
  if (type === undefined) return merged
  const whole = merging.convert(merged, version)
  const lastSet = withNamedFields(last.set, type)
  let pruned = objectOf(removeFields(whole, lastSet, type))
  // What somebody owns comes back, in the terms of that somebody's version.
  const owned = new Map<string, FieldSet>()
  for (const { set, writer } of managed.values()) {
    owned.set(writer.apiVersion, (owned.get(writer.apiVersion) ?? new FieldSet()).union(set))
  }
  const versions = [...owned.keys()].sort((a, b) => Number(b === version) - Number(a === version))
  for (const each of versions) {
    const there = merging.typeOf(each)
    if (there === undefined) continue
    const all = merging.convert(merged, each)
    const left = withNamedFields(fieldsOf(merging.convert(pruned, each), there), there)
    const kept = left.union(withNamedFields(owned.get(each)!, there))
    pruned = objectOf(removeFields(all, withNamedFields(fieldsOf(all, there), there).difference(kept), there))
  }
  // Only what this manager applied goes: not what lies within it without an owner.
  const left = withNamedFields(fieldsOf(merging.convert(pruned, version), type), type)
  const gone = withNamedFields(fieldsOf(whole, type), type).difference(left).intersection(lastSet)
  return merging.convert(objectOf(removeFields(whole, gone, type)), merging.apiVersion)
}
