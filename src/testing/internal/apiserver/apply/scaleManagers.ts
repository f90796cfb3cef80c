/**
 * Who manages the replicas of an object, as its scale endpoint sees it: a Scale has managers of its own field, which
 * are those of the object's field under another path.
 */
import type { JsonObject } from "../json.js"
import { metadataOf, withMetadata } from "../objectMeta.js"
import { apiVersionOf, type Served } from "../served.js"
import { FieldSet, type Path } from "./fieldSet.js"
import { decodeManaged, encodeManaged, identityOf, type Managed, managedOf, type Owned } from "./managers.js"
import { applyConfiguration, type Entries, type Tracker, trackUpdate } from "./tracking.js"
import { deduced, kindTypeOf } from "./types.js"

const scaleVersion = "autoscaling/v1"
const replicasOfScale: Path = ["f:spec", "f:replicas"]

/** Where an apiVersion of a resource has its replicas: nothing where it has no scale; `undefined` where it is not known. */
export type ReplicasOf = (apiVersion: string) => Path | "none" | undefined

const trackerOf = (manager: string, now: string): Tracker => ({
  merging: {
    apiVersion: scaleVersion,
    typeOf: (apiVersion) =>
      apiVersion === scaleVersion ? kindTypeOf("autoscaling", "v1", "Scale") ?? deduced : undefined,
    convert: (object) => object,
    reset: () => undefined,
    resetPaths: [],
    schemaChanges: false
  },
  kind: "Scale",
  empty: { apiVersion: scaleVersion, kind: "Scale", metadata: {}, spec: {}, status: { replicas: 0 } },
  manager,
  subresource: "scale",
  now
})

/** The managers of an object's replicas as those of its Scale. */
const toScale = (parents: Managed, replicasOf: ReplicasOf): Managed => {
  const found = new Map<string, Owned>()
  for (const { set, time, writer } of parents.values()) {
    const path = replicasOf(writer.apiVersion)
    if (path === undefined || path === "none" || !set.has(path)) continue
    const ofScale = { ...writer, apiVersion: scaleVersion }
    found.set(identityOf(ofScale), { writer: ofScale, set: FieldSet.of(replicasOfScale), time })
  }
  return found
}

/** The managers of an object after a write of its Scale. */
const toParent = (parents: Managed, scale: Managed, apiVersion: string, replicasOf: ReplicasOf): Managed => {
  const left = new Map(scale)
  const result = new Map<string, Owned>()
  for (const [id, owned] of parents) {
    const path = replicasOf(owned.writer.apiVersion)
    if (path === undefined) continue
    if (path === "none" || !owned.set.has(path)) result.set(id, owned)
    // Updates are known by another apiVersion there, so that these lose the field and get it back on its own.
    else if (left.delete(id)) result.set(id, owned)
    else {
      const set = owned.set.difference(FieldSet.of(path))
      if (!set.isEmpty) result.set(id, { ...owned, set })
    }
  }
  const path = replicasOf(apiVersion)
  for (const [id, { set, writer }] of left) {
    if (path === undefined || path === "none" || !set.has(replicasOfScale)) continue
    // A server forgets the time.
    result.set(id, { writer: { ...writer, apiVersion }, set: FieldSet.of(path), time: parents.get(id)?.time })
  }
  return result
}

export interface ScaleWriter {
  readonly manager: string
  readonly now: string
}

export interface WrittenScale {
  readonly scale: JsonObject
  /** Of the object whose scale it is. */
  readonly managedFields: Entries | undefined
}

interface Scaled {
  readonly served: Served
  readonly object: JsonObject
  readonly replicasOf: ReplicasOf
}

const before = ({ object, replicasOf }: Scaled, scale: JsonObject): JsonObject =>
  withMetadata(scale, { ...metadataOf(scale), managedFields: encodeManaged(toScale(managedOf(object), replicasOf)) })

const after = ({ object, replicasOf, served }: Scaled, entries: Entries | undefined): Entries | undefined => {
  const scale = decodeManaged(entries ?? []) ?? new Map<string, Owned>()
  return encodeManaged(toParent(managedOf(object), scale, apiVersionOf(served.group, served.version), replicasOf))
}

/** The managers after a replace or a patch of a Scale. */
export const updateScale = (scaled: Scaled, live: JsonObject, scale: JsonObject, writer: ScaleWriter): WrittenScale => {
  const entries = trackUpdate(trackerOf(writer.manager, writer.now), before(scaled, live), scale)
  return { scale, managedFields: after(scaled, entries) }
}

/** Applies a configuration to a Scale. */
export const applyScale = (
  scaled: Scaled,
  live: JsonObject,
  configuration: JsonObject,
  writer: ScaleWriter & { readonly force: boolean }
): WrittenScale => {
  const tracker = trackerOf(writer.manager, writer.now)
  const applied = applyConfiguration(tracker, before(scaled, live), configuration, writer.force)
  return { scale: applied.object, managedFields: after(scaled, applied.managedFields) }
}

/** The paths of the replicas by apiVersion: of a built-in kind everywhere the same, of a custom one as its versions say. */
export const replicasBy = (served: Served, path: ReadonlyArray<string>): ReplicasOf => {
  const elements = path.map((name) => `f:${name}`)
  const known = served.custom?.schemas
  return (apiVersion) => {
    const slash = apiVersion.indexOf("/")
    if ((slash < 0 ? "" : apiVersion.slice(0, slash)) !== served.group) return undefined
    return known === undefined || known.has(apiVersion.slice(slash + 1)) ? elements : undefined
  }
}
