/**
 * What a Namespace does of its own: it carries its name as a label and the finalizer of the namespace controller in its
 * spec, three of them may never be deleted, and a deleted one is Terminating until that finalizer is gone.
 */
import type { Cause } from "../structural.js"
import { invalid } from "../structural/fieldError.js"
import { qualifiedName } from "../structural/names.js"
import { child, items, type JsonObject, text } from "./json.js"
import type { Strategy } from "./strategies.js"

const nameLabel = "kubernetes.io/metadata.name"

/** Namespaces that a new cluster has. */
export const defaultNamespaces: ReadonlyArray<string> = ["default", "kube-system", "kube-public", "kube-node-lease"]

/** Those of them that nobody may delete. */
export const immortalNamespaces: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"])

const labelled = (object: JsonObject): JsonObject => {
  const metadata = child(object, "metadata") ?? {}
  const name = text(metadata, "name")
  return name === undefined || name === ""
    ? object
    : { ...object, metadata: { ...metadata, labels: { ...child(metadata, "labels"), [nameLabel]: name } } }
}

const withSpec = (object: JsonObject, spec: unknown): JsonObject => ({ ...object, spec: spec ?? {} })

const standardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"]

const validateFinalizers = (object: JsonObject): ReadonlyArray<Cause> =>
  items(child(object, "spec"), "finalizers").map(String).flatMap((name) => [
    ...qualifiedName(name).map((complaint) => invalid("spec.finalizers", name, complaint)),
    ...(name.includes("/") || standardFinalizers.includes(name)
      ? []
      : [invalid("spec.finalizers", name, "name is neither a standard finalizer name nor is it fully qualified")])
  ])

/** Its phase says whether it is being deleted. */
const validatePhase = (object: JsonObject): ReadonlyArray<Cause> => {
  const phase = text(child(object, "status"), "phase") ?? ""
  const isGoing = isTerminating(object)
  const expected = isGoing ? "Terminating" : "Active"
  return phase === expected ? [] : [
    invalid(
      "status.Phase",
      phase,
      `may only be '${expected}' if \`deletionTimestamp\` is ${isGoing ? "not " : ""}empty`
    )
  ]
}

export const namespaceStrategy: Partial<Strategy> = {
  names: "label",
  prepareCreate: (object) => {
    const finalizers = items(child(object, "spec"), "finalizers")
    const all = finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"]
    return labelled({ ...object, spec: { finalizers: all }, status: { phase: "Active" } })
  },
  // Only the finalize endpoint changes the finalizers of the spec.
  prepareUpdate: (object, previous) => labelled(withSpec(object, previous["spec"])),
  validateCreate: validateFinalizers,
  validateStatus: validatePhase,
  preconditions: "Precondition failed",
  // The first delete marks it; a later one takes it away once the namespace controller has let it go.
  terminate: (object, now) => {
    const metadata = child(object, "metadata") ?? {}
    if (text(metadata, "deletionTimestamp") !== undefined) {
      return items(child(object, "spec"), "finalizers").length > 0 ? object : undefined
    }
    return {
      ...object,
      metadata: { ...metadata, deletionTimestamp: now },
      status: { ...child(object, "status"), phase: "Terminating" }
    }
  },
  mayGo: (object) => items(child(object, "spec"), "finalizers").length === 0
}

export const isTerminating = (namespace: JsonObject): boolean =>
  text(child(namespace, "metadata"), "deletionTimestamp") !== undefined
