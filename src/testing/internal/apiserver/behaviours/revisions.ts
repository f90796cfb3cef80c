/** ControllerRevisions: the templates that a StatefulSet or a DaemonSet has had, for its rollouts and their history. */
import { child, equal, type JsonObject } from "../json.js"
import { count, number } from "../members.js"
import { metadataOf } from "../objectMeta.js"
import { annotationsOf, labelsOf, nameOf, namespaceOf, specOf } from "../objectParts.js"
import { create, remove, replace, type View, type Write } from "./behaviour.js"
import { controlled, controllerReference, hashOf, revisionKind } from "./ownership.js"

export const revisionLabel = "controller-revision-hash"

const dataOf = (owner: JsonObject): JsonObject => ({
  spec: { template: { ...child(specOf(owner), "template"), $patch: "replace" } }
})

export interface Revisions {
  /** The name of the revision that the template of the owner is. */
  readonly current: string
  /** What the label of its Pods says. */
  readonly label: string
  readonly writes: ReadonlyArray<Write>
}

/** `label`: what Pods are labelled with, of the name and the hash of a revision. */
export const revisionsOf = (
  owner: JsonObject,
  view: View,
  label: (name: string, hash: string) => string,
  inUse: (label: string) => boolean
): Revisions => {
  const data = dataOf(owner)
  const all = [...controlled(view, owner, revisionKind)].sort((a, b) => count(a, "revision") - count(b, "revision"))
  const newest = all.reduce((highest, each) => Math.max(highest, count(each, "revision")), 0)
  const same = all.find((each) => equal(child(each, "data"), data))
  const hash = same === undefined ? hashOf(data) : String(labelsOf(same)[revisionLabel])
  const name = same === undefined ? `${nameOf(owner)}-${hash}` : nameOf(same)
  const template = child(child(specOf(owner), "template"), "metadata")
  const made: Write = same === undefined
    ? create({
      ...revisionKind,
      metadata: {
        name,
        namespace: namespaceOf(owner),
        labels: { ...child(template, "labels"), [revisionLabel]: hash },
        annotations: annotationsOf(owner),
        ownerReferences: [controllerReference(owner)]
      },
      data,
      revision: newest + 1
    })
    : replace({ ...same, metadata: metadataOf(same), revision: newest + 1 })
  const isNewest = same !== undefined && count(same, "revision") === newest
  const limit = number(specOf(owner), "revisionHistoryLimit") ?? 10
  const old = all.filter((each) => each !== same && !inUse(label(nameOf(each), String(labelsOf(each)[revisionLabel]))))
  return {
    current: name,
    label: label(name, hash),
    writes: [
      ...(isNewest ? [] : [made]),
      ...old.slice(0, Math.max(0, old.length - limit)).map((each) => remove(each))
    ]
  }
}
