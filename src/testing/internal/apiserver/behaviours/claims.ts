/** PersistentVolumeClaims: each gets a volume of its own. */
import { child, type JsonObject } from "../json.js"
import { textOf } from "../members.js"
import { metadataOf, uidOf } from "../objectMeta.js"
import { annotationsOf, isGoing, nameOf, namespaceOf, specOf, statusOf } from "../objectParts.js"
import { type Behaviour, create, make, type Place, replace, status, type View, type Write } from "./behaviour.js"
import { phaseOf } from "./ownership.js"

const claimKind = { apiVersion: "v1", kind: "PersistentVolumeClaim" }
const volumeKind = { apiVersion: "v1", kind: "PersistentVolume" }

const volumeOf = (claim: JsonObject, name: string): JsonObject => {
  const { accessModes, resources, storageClassName, volumeMode } = specOf(claim)
  return {
    ...volumeKind,
    metadata: { name },
    spec: {
      accessModes,
      capacity: { storage: child(child({ resources }, "resources"), "requests")?.["storage"] },
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        namespace: namespaceOf(claim),
        name: nameOf(claim),
        uid: uidOf(claim)
      },
      hostPath: { path: `/volumes/${name}` },
      persistentVolumeReclaimPolicy: "Delete",
      storageClassName,
      volumeMode
    }
  }
}

const bindCompleted = "pv.kubernetes.io/bind-completed"

const step = (claim: JsonObject, view: View): ReadonlyArray<Write> => {
  if (isGoing(claim) || phaseOf(claim) === "Bound") return []
  const given = textOf(specOf(claim), "volumeName")
  const name = given === "" ? `pvc-${uidOf(claim)}` : given
  const volume = view.get(volumeKind, { namespace: "", name })
  if (volume === undefined) return given === "" ? [create(volumeOf(claim, name))] : []
  if (given === "") {
    return [replace({
      ...claim,
      metadata: { ...metadataOf(claim), annotations: { ...annotationsOf(claim), [bindCompleted]: "yes" } },
      spec: { ...specOf(claim), volumeName: name }
    })]
  }
  const { accessModes, capacity } = specOf(volume)
  return [status(claim, { ...statusOf(claim), phase: "Bound", accessModes, capacity })]
}

/** A volume whose claim is there is bound; one whose claim has gone is released. */
const volumeStep = (volume: JsonObject, view: View): ReadonlyArray<Write> => {
  const reference = child(specOf(volume), "claimRef")
  if (reference === undefined) return phaseOf(volume) === "Available" ? [] : [status(volume, { phase: "Available" })]
  const claim = view.get(claimKind, { namespace: textOf(reference, "namespace"), name: textOf(reference, "name") })
  const phase = claim !== undefined && uidOf(claim) === reference["uid"] ? "Bound" : "Released"
  return phaseOf(volume) === phase ? [] : [status(volume, { ...statusOf(volume), phase })]
}

const ofVolume = (volume: JsonObject): ReadonlyArray<Place> => {
  const reference = child(specOf(volume), "claimRef")
  return reference === undefined
    ? []
    : [{ namespace: textOf(reference, "namespace"), name: textOf(reference, "name") }]
}

const ofClaim = (claim: JsonObject): ReadonlyArray<Place> => [
  { namespace: "", name: textOf(specOf(claim), "volumeName") || `pvc-${uidOf(claim)}` }
]

export const claims = (): ReadonlyArray<Behaviour> => [
  make({ for: claimKind, concerns: [{ for: volumeKind, of: ofVolume }], step }),
  make({ for: volumeKind, concerns: [{ for: claimKind, of: ofClaim }], step: volumeStep })
]
