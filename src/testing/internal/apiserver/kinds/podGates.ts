/** Fields of Pods that a server has not switched on by default: it drops them without a word. */
import { child, type JsonObject } from "../json.js"
import { objects } from "../members.js"

const drop = (object: JsonObject | undefined, ...fields: ReadonlyArray<string>): void => {
  for (const field of fields) if (object !== undefined) delete object[field]
}

const container = (object: JsonObject): void => {
  for (const mount of objects(object, "volumeMounts")) drop(mount, "bindMountOptions")
  for (const key of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    drop(child(child(object, key), "httpGet"), "protocol")
    drop(child(child(object, key), "grpc"), "mode")
  }
  const lifecycle = child(object, "lifecycle")
  for (const key of ["postStart", "preStop"]) drop(child(child(lifecycle, key), "httpGet"), "protocol")
  if (lifecycle?.["stopSignal"] === undefined) return
  drop(lifecycle, "stopSignal")
  if (Object.keys(lifecycle).length === 0) drop(object, "lifecycle")
}

/** Files of a volume that belong to a user of their own. */
const fileUsers = (source: JsonObject | undefined): void => {
  drop(source, "defaultUser")
  for (const item of objects(source, "items")) drop(item, "user")
}

/** Of the spec of a Pod or of a template, which is changed. */
export const dropGatedFields = (spec: JsonObject): void => {
  drop(spec, "schedulingGroup", "evictionResponders")
  for (const key of ["initContainers", "containers", "ephemeralContainers"]) objects(spec, key).forEach(container)
  for (const volume of objects(spec, "volumes")) {
    drop(child(volume, "emptyDir"), "mode")
    for (const key of ["secret", "configMap", "downwardAPI", "projected"]) fileUsers(child(volume, key))
    for (const source of objects(child(volume, "projected"), "sources")) {
      for (const key of ["secret", "configMap", "downwardAPI"]) fileUsers(child(source, key))
      for (const key of ["serviceAccountToken", "clusterTrustBundle", "podCertificate"]) {
        drop(child(source, key), "user")
      }
    }
  }
}
