/** How a draft's metadata comes over that of the object which is there: what others have put into it stays. */
import { type Fields, isFields } from "../../protocol/internal/actual.js"
import type { ObjectMeta, OwnerReference } from "../../protocol/ObjectMeta.js"

const ownersOf = (metadata: { readonly ownerReferences?: unknown }): ReadonlyArray<OwnerReference> =>
  Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences : []

/** The owner that controls the object already, where the draft brings another one. */
export const otherController = (existing: ObjectMeta, draft: Fields): OwnerReference | undefined => {
  const wanted = ownersOf(draft).find((owner) => owner.controller === true)
  const current = ownersOf(existing).find((owner) => owner.controller === true)
  return wanted !== undefined && current !== undefined && current.uid !== wanted.uid ? current : undefined
}

/** The draft's metadata over the object's: what others have put there stays. */
export const mergeMetadata = (existing: Fields, draft: Fields): Fields => {
  const merged: Fields = { ...existing }
  for (const [key, value] of Object.entries(draft)) {
    if (value === undefined) continue
    const before = existing[key]
    if ((key === "labels" || key === "annotations") && isFields(before) && isFields(value)) {
      merged[key] = { ...before, ...value }
    } else if (key === "finalizers" && Array.isArray(before) && Array.isArray(value)) {
      merged[key] = [...new Set([...before, ...value])]
    } else if (key === "ownerReferences") {
      const owners = new Map(ownersOf(existing).map((owner) => [owner.uid, owner]))
      for (const owner of ownersOf(draft)) owners.set(owner.uid, owner)
      merged[key] = [...owners.values()]
    } else merged[key] = value
  }
  return merged
}
