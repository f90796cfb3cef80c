/** The columns of kinds of storage. */
import type { JsonObject } from "../json.js"
import { metadataOf } from "../objectMeta.js"
import { nameOf } from "../objectParts.js"
import {
  age,
  at,
  boolean,
  field,
  fieldOr,
  integer,
  type Layout,
  listAt,
  name,
  or,
  size,
  string,
  textAt,
  textsAt,
  truth
} from "./layout.js"

const shortModes: ReadonlyArray<readonly [string, string]> = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"]
]

const modes = (given: ReadonlyArray<string>): string =>
  shortModes.filter(([mode]) => given.includes(mode)).map(([, short]) => short).join(",")

/** The name of the class, which an annotation gave once. */
const className = (object: JsonObject): string => {
  const old = at(metadataOf(object), "annotations", "volume.beta.kubernetes.io/storage-class")
  return typeof old === "string" ? old : textAt(object, "spec", "storageClassName")
}

const phase = (object: JsonObject): string =>
  metadataOf(object)["deletionTimestamp"] === undefined ? textAt(object, "status", "phase") : "Terminating"

const claimOf = (object: JsonObject): string => {
  const claim = at(object, "spec", "claimRef")
  return claim === undefined ? "" : `${textAt(claim, "namespace")}/${textAt(claim, "name")}`
}

const attributesClass = string("VolumeAttributesClass", fieldOr("<unset>", "spec", "volumeAttributesClassName"))
const volumeMode = string("VolumeMode", fieldOr("<unset>", "spec", "volumeMode"), 1)

export const persistentVolume: Layout = {
  columns: [
    name,
    string("Capacity", fieldOr("0", "spec", "capacity", "storage")),
    string("Access Modes", (object) => modes(textsAt(object, "spec", "accessModes"))),
    string("Reclaim Policy", field("spec", "persistentVolumeReclaimPolicy")),
    string("Status", phase),
    string("Claim", claimOf),
    string("StorageClass", className),
    attributesClass,
    string("Reason", field("status", "reason")),
    age,
    volumeMode
  ]
}

const isBound = (object: JsonObject): boolean => textAt(object, "spec", "volumeName") !== ""

export const persistentVolumeClaim: Layout = {
  columns: [
    name,
    string("Status", phase),
    string("Volume", field("spec", "volumeName")),
    string("Capacity", (object) => isBound(object) ? or(textAt(object, "status", "capacity", "storage"), "0") : ""),
    string("Access Modes", (object) => isBound(object) ? modes(textsAt(object, "status", "accessModes")) : ""),
    string("StorageClass", className),
    attributesClass,
    age,
    volumeMode
  ]
}

const defaultMarks = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]

/** Of the classes of a list that are marked, the youngest is the default; of equally old ones the first by name. */
const defaultOf = (classes: ReadonlyArray<JsonObject>): string | undefined => {
  const created = (object: JsonObject): string => textAt(metadataOf(object), "creationTimestamp")
  const marked = classes.filter((each) =>
    defaultMarks.some((mark) => textAt(metadataOf(each), "annotations", mark) === "true")
  )
  const first =
    [...marked].sort((a, b) =>
      created(a) !== created(b) ? (created(a) < created(b) ? 1 : -1) : nameOf(a) < nameOf(b) ? -1 : 1
    )[0]
  return first === undefined ? undefined : nameOf(first)
}

export const storageClass: Layout = {
  columns: [
    {
      ...name,
      // Who asks for one class is not told.
      cell: (object, { listed }) =>
        listed !== undefined && defaultOf(listed) === nameOf(object) ? `${nameOf(object)} (default)` : nameOf(object)
    },
    string("Provisioner", field("provisioner")),
    string("ReclaimPolicy", fieldOr("Delete", "reclaimPolicy")),
    string("VolumeBindingMode", fieldOr("Immediate", "volumeBindingMode")),
    string("AllowVolumeExpansion", truth("allowVolumeExpansion")),
    age
  ]
}

export const volumeAttributesClass: Layout = { columns: [name, string("DriverName", field("driverName")), age] }

export const volumeAttachment: Layout = {
  columns: [
    name,
    { ...string("Attacher", field("spec", "attacher")), format: "name" },
    string("PV", field("spec", "source", "persistentVolumeName")),
    string("Node", field("spec", "nodeName")),
    boolean("Attached", truth("status", "attached")),
    age
  ]
}

export const csiNode: Layout = { columns: [name, integer("Drivers", size("spec", "drivers")), age] }

export const csiDriver: Layout = {
  columns: [
    name,
    boolean("AttachRequired", (object) => at(object, "spec", "attachRequired") !== false),
    boolean("PodInfoOnMount", truth("spec", "podInfoOnMount")),
    boolean("StorageCapacity", truth("spec", "storageCapacity")),
    string("TokenRequests", (object) =>
      at(object, "spec", "tokenRequests") === undefined
        ? "<unset>"
        : listAt(object, "spec", "tokenRequests").map((each) => textAt(each, "audience")).join(",")),
    boolean("RequiresRepublish", truth("spec", "requiresRepublish")),
    string("Modes", (object) => or(textsAt(object, "spec", "volumeLifecycleModes").join(","), "<none>")),
    age
  ]
}
