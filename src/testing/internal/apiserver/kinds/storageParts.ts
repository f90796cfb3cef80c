/** What PersistentVolumes and claims of them have in common. */
import { forbidden, notSupported, required } from "../../structural/fieldError.js"
import { dnsSubdomain } from "../../structural/names.js"
import { items, type JsonObject } from "../json.js"
import { textOf } from "../members.js"
import { metadataOf } from "../objectMeta.js"
import { type Causes, complain } from "./checks.js"

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
/** The finalizers of what may be in use. */
export const claimProtection = "kubernetes.io/pvc-protection"
export const volumeProtection = "kubernetes.io/pv-protection"

export const volumeModes = ["Block", "Filesystem"]
export const oldClass = "volume.beta.kubernetes.io/storage-class"

export const withFinalizer = (object: JsonObject, finalizer: string): JsonObject => {
  const metadata = metadataOf(object)
  const finalizers = items(metadata, "finalizers")
  return finalizers.includes(finalizer)
    ? object
    : { ...object, metadata: { ...metadata, finalizers: [...finalizers, finalizer] } }
}

export const validateModes = (spec: JsonObject, missing: string): Causes => {
  const field = "spec.accessModes"
  const modes = items(spec, "accessModes")
  const isMixed = modes.includes("ReadWriteOncePod")
    && modes.some((mode) => mode !== "ReadWriteOncePod" && accessModes.includes(String(mode)))
  return [
    ...(modes.length === 0 ? [required(field, missing)] : []),
    ...modes.flatMap((mode) => accessModes.includes(String(mode)) ? [] : [notSupported(field, mode, accessModes)]),
    ...(isMixed ? [forbidden(field, "may not use ReadWriteOncePod with other access modes")] : [])
  ]
}

export const validateClassName = (spec: JsonObject, field: string): Causes => {
  const name = textOf(spec, field)
  return name === "" ? [] : complain(`spec.${field}`, name, dnsSubdomain(name))
}
