/**
 * Which objects a change concerns: its own key, and the keys of its owners.
 */
import type { ObjectMeta, OwnerReference } from "../../protocol/ObjectMeta.js"
import type { KubeObject, ResourceScope } from "../../protocol/Resource.js"
import type { Key } from "../Store.js"

/** A text that is the same for the same key only: no name or namespace holds a slash. */
export const identity = (key: Key): string => `${key.namespace ?? ""}/${key.name}`

export const keyOf = (object: { readonly metadata: ObjectMeta & { readonly name: string } }): Key =>
  object.metadata.namespace === undefined
    ? { name: object.metadata.name }
    : { namespace: object.metadata.namespace, name: object.metadata.name }

const groupOf = (apiVersion: string): string => {
  const slash = apiVersion.indexOf("/")
  return slash < 0 ? "" : apiVersion.slice(0, slash)
}

export interface OwnerKind {
  readonly group: string
  readonly kind: string
  readonly scope: ResourceScope
}

/**
 * The owners of a kind that an object names. Group and kind count, not the version: an owner reference keeps the version
 * it was written with. An owner lives in the namespace of its dependent, or in none.
 */
export const ownerKeys = (object: KubeObject, owner: OwnerKind, controllerOnly: boolean): ReadonlyArray<Key> => {
  const keys: Array<Key> = []
  const references: ReadonlyArray<OwnerReference> = object.metadata.ownerReferences ?? []
  for (const reference of references) {
    if (reference.kind !== owner.kind || groupOf(reference.apiVersion) !== owner.group) continue
    if (controllerOnly && reference.controller !== true) continue
    if (owner.scope === "Cluster") keys.push({ name: reference.name })
    else if (object.metadata.namespace !== undefined) {
      keys.push({ namespace: object.metadata.namespace, name: reference.name })
    }
  }
  return keys
}
