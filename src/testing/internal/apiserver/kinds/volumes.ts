/** PersistentVolumes: defaults, what is wrong with them, what of them never changes, of what the server warns. */
import { forbidden, invalid, invalidJson, notSupported, required } from "../../structural/fieldError.js"
import { dnsSubdomain } from "../../structural/names.js"
import { internalDiff, internalJson } from "../internalForm.js"
import { child, equal, isObject, type JsonObject, withMember } from "../json.js"
import { made, member, objects, setDefault, textOf } from "../members.js"
import { timestamp } from "../objectMeta.js"
import { annotationsOf, specOf, statusOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { type Causes, complain, each, immutable, needs, optionalOneOf } from "./checks.js"
import { nodeTerm } from "./podScheduling.js"
import { hostPathTypes } from "./podVolumes.js"
import { validatePositive } from "./quantities.js"
import {
  oldClass,
  validateClassName,
  validateModes,
  volumeModes,
  volumeProtection,
  withFinalizer
} from "./storageParts.js"
import { noBacksteps } from "./textRules.js"

const oldOptions = "volume.beta.kubernetes.io/mount-options"

/** Where the data of a volume can be, in the order in which the server asks. */
const sources: ReadonlyArray<readonly [field: string, validate: (source: JsonObject, at: string) => Causes]> = [
  ["hostPath", (source, at) => {
    const path = textOf(source, "path")
    return path === "" ? [required(`${at}.path`)] : [
      ...complain(`${at}.path`, path, noBacksteps(path)),
      ...optionalOneOf(member(source, "type"), `${at}.type`, hostPathTypes)
    ]
  }],
  ["gcePersistentDisk", (source, at) => needs(source, at.replace("gcePersistentDisk", "persistentDisk"), "pdName")],
  ["awsElasticBlockStore", (source, at) => needs(source, at, "volumeID")],
  ["glusterfs", (source, at) => needs(source, at, "endpoints", "path")],
  ["flocker", () => []],
  ["nfs", (source, at) => [
    ...needs(source, at, "server", "path"),
    ...(textOf(source, "path").startsWith("/")
      ? []
      : [invalid(`${at}.path`, textOf(source, "path"), "must be an absolute path")])
  ]],
  ["rbd", (source, at) => needs(source, at, "image")],
  ["quobyte", () => []],
  ["cephfs", () => []],
  ["iscsi", () => []],
  ["cinder", (source, at) => needs(source, at, "volumeID")],
  ["fc", () => []],
  ["flexVolume", (source, at) => needs(source, at, "driver")],
  ["azureFile", () => []],
  ["vsphereVolume", (source, at) => needs(source, at, "volumePath")],
  ["photonPersistentDisk", (source, at) => needs(source, at, "pdID")],
  ["portworxVolume", (source, at) => needs(source, at, "volumeID")],
  ["azureDisk", () => []],
  ["scaleIO", () => []],
  ["local", (source, at) => {
    const path = textOf(source, "path")
    return path === "" ? [required(`${at}.path`)] : complain(`${at}.path`, path, noBacksteps(path))
  }],
  ["storageos", () => []],
  ["csi", (source, at) => {
    const references = [
      "controllerPublishSecretRef",
      "controllerExpandSecretRef",
      "nodePublishSecretRef",
      "nodeExpandSecretRef"
    ]
    return [
      ...validateDriverName(textOf(source, "driver"), `${at}.driver`),
      ...needs(source, at, "volumeHandle"),
      ...references.flatMap((field) => {
        const reference = child(source, field)
        return reference === undefined ? [] : needs(reference, `${at}.${field}`, "name", "namespace")
      })
    ]
  }]
]

/** The name of a CSI driver, in whatever case. */
export const validateDriverName = (name: string, at: string): Causes =>
  name === "" ? [required(at)] : complain(at, name, dnsSubdomain(name.toLowerCase()))

const validateCapacity = (spec: JsonObject): Causes => {
  const field = "spec.capacity"
  const capacity = child(spec, "capacity") ?? {}
  const names = Object.keys(capacity).sort()
  return [
    ...(names.length === 0 ? [required(field)] : []),
    ...(names.length === 1 && names[0] === "storage" ? [] : [notSupported(field, capacity, ["storage"])]),
    ...names.flatMap((name) => validatePositive(String(capacity[name]), `${field}[${name}]`))
  ]
}

const validateVolumeSources = (spec: JsonObject): Causes => {
  const given = sources.filter(([field]) => isObject(spec[field]))
  if (given.length === 0) return [required("spec", "must specify a volume type")]
  return given.flatMap(([field, validate], at) =>
    at > 0 && field !== "flexVolume"
      ? [forbidden(`spec.${field === "cephfs" ? "cephFS" : field}`, "may not specify more than 1 volume type")]
      : [
        ...validate(child(spec, field) ?? {}, `spec.${field}`),
        ...(field === "local" && child(spec, "nodeAffinity") === undefined
          ? [required("spec.nodeAffinity", "Local volume requires node affinity")]
          : [])
      ]
  )
}

const validateTerms = (terms: ReadonlyArray<JsonObject>): Causes => {
  const at = "spec.nodeAffinity.required.nodeSelectorTerms"
  return terms.length === 0
    ? [required(at, "must have at least one node selector term")]
    : each(terms, at, (term, field) => nodeTerm(term, true, field))
}

const validateAffinity = (spec: JsonObject): Causes => {
  const affinity = child(spec, "nodeAffinity")
  if (affinity === undefined) return []
  const wanted = child(affinity, "required")
  return wanted === undefined
    ? [required("spec.nodeAffinity.required", "must specify required node constraints")]
    : validateTerms(objects(wanted, "nodeSelectorTerms"))
}

const isRoot = (path: string): boolean => /^\/+$/.test(path.replace(/\/\.(?=\/|$)/g, "/"))

const validateVolume = (volume: JsonObject): Causes => {
  const spec = specOf(volume)
  const policy = member(spec, "persistentVolumeReclaimPolicy")
  const hostPath = child(spec, "hostPath")
  const attributes = member(spec, "volumeAttributesClassName")
  return [
    ...validateModes(spec, ""),
    ...validateCapacity(spec),
    ...optionalOneOf(policy, "spec.persistentVolumeReclaimPolicy", ["Delete", "Recycle", "Retain"]),
    ...validateAffinity(spec),
    ...validateVolumeSources(spec),
    ...(policy === "Recycle" && hostPath !== undefined && isRoot(textOf(hostPath, "path"))
      ? [forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'")]
      : []),
    ...validateClassName(spec, "storageClassName"),
    ...optionalOneOf(member(spec, "volumeMode"), "spec.volumeMode", volumeModes),
    ...(typeof attributes !== "string" ? [] : [
      ...(attributes === ""
        ? [required("spec.volumeAttributesClassName", "an empty string is disallowed")]
        : complain("spec.volumeAttributesClassName", attributes, dnsSubdomain(attributes))),
      ...(child(spec, "csi") === undefined
        ? [required("spec.csi", "has to be specified when using volumeAttributesClassName")]
        : [])
    ])
  ]
}

const sourceOf = (spec: JsonObject): JsonObject =>
  Object.fromEntries(sources.flatMap(([field]) => isObject(spec[field]) ? [[field, spec[field]]] : []))

const validateVolumeUpdate = (volume: JsonObject, previous: JsonObject): Causes => {
  const [spec, before] = [specOf(volume), specOf(previous)]
  const old = sourceOf(before)
  // The secret for expansion can be added later.
  const isAdded = child(child(before, "csi"), "controllerExpandSecretRef") === undefined
  const csi = child(spec, "csi")
  const now = csi !== undefined && isAdded
    ? { ...sourceOf(spec), csi: withMember(csi, "controllerExpandSecretRef", undefined) }
    : sourceOf(spec)
  return [
    ...validateVolume(volume),
    ...(equal(old, now) ? [] : [
      forbidden(
        "spec.persistentvolumesource",
        `spec.persistentvolumesource is immutable after creation\n${
          internalDiff("core.PersistentVolumeSource", old, now)
        }`
      )
    ]),
    ...immutable(spec["volumeMode"], before["volumeMode"], "volumeMode"),
    ...validateAffinityChange(spec, before),
    ...(before["volumeAttributesClassName"] !== undefined && spec["volumeAttributesClassName"] === undefined
      ? [forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden")]
      : [])
  ]
}

/** Where a volume is stays; it may be told later. */
const validateAffinityChange = (spec: JsonObject, before: JsonObject): Causes => {
  const affinity = child(spec, "nodeAffinity")
  if (child(before, "nodeAffinity") === undefined || equal(affinity, child(before, "nodeAffinity"))) return []
  const shown = affinity === undefined
    ? "null"
    : `{"Required":${internalJson("*core.NodeSelector", affinity["required"])}}`
  return [
    invalidJson("nodeAffinity", shown, "field is immutable, except for updating from beta label to GA")
  ]
}

const old: ReadonlyArray<readonly [annotation: string, message: string]> = [
  [oldClass, "deprecated since v1.8; use \"storageClassName\" attribute instead"],
  [oldOptions, "deprecated since v1.31; use \"mountOptions\" attribute instead"]
]

const oldSources: ReadonlyArray<readonly [field: string, message: string, shown?: string]> = [
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+", "storageOS"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"]
]

const volumeWarnings = (volume: JsonObject): ReadonlyArray<string> => {
  const spec = specOf(volume)
  return [
    ...old.filter(([annotation]) => Object.hasOwn(annotationsOf(volume), annotation)).map(([annotation, message]) =>
      `metadata.annotations[${annotation}]: ${message}`
    ),
    ...(spec["persistentVolumeReclaimPolicy"] === "Recycle"
      ? [
        "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning."
      ]
      : []),
    ...oldSources.filter(([field]) => isObject(spec[field])).map(([field, message, shown]) =>
      `spec.${shown ?? field}: ${message}`
    )
  ]
}

const sourceDefaults: ReadonlyArray<readonly [kind: string, defaults: ReadonlyArray<readonly [string, unknown]>]> = [
  ["rbd", [["pool", "rbd"], ["user", "admin"], ["keyring", "/etc/ceph/keyring"]]],
  ["iscsi", [["iscsiInterface", "default"]]],
  ["azureDisk", [["cachingMode", "ReadWrite"], ["fsType", "ext4"], ["readOnly", false], ["kind", "Shared"]]],
  ["scaleIO", [["storageMode", "ThinProvisioned"], ["fsType", "xfs"]]]
]

const defaultSources = (spec: JsonObject): void => {
  for (const [kind, defaults] of sourceDefaults) {
    const source = child(spec, kind)
    if (source !== undefined) { for (const [field, value] of defaults) setDefault(source, field, value) }
  }
}

export const volumeStrategy: Partial<Strategy> = {
  defaults: (volume) => {
    const spec = made(volume, "spec")
    setDefault(spec, "persistentVolumeReclaimPolicy", "Retain")
    setDefault(spec, "volumeMode", "Filesystem")
    setDefault(made(volume, "status"), "phase", "Pending")
    const hostPath = child(spec, "hostPath")
    if (hostPath !== undefined && member(hostPath, "type") === undefined) hostPath["type"] = ""
    defaultSources(spec)
    return volume
  },
  begin: (volume, previous, { moment }) =>
    previous !== undefined ? volume : withFinalizer({
      ...volume,
      status: { phase: "Pending", lastPhaseTransitionTime: timestamp(moment.now) }
    }, volumeProtection),
  prepareStatus: (volume, previous, { moment }) => {
    const [status, before] = [statusOf(volume), statusOf(previous)]
    const [time, oldTime] = [member(status, "lastPhaseTransitionTime"), member(before, "lastPhaseTransitionTime")]
    const isMoved = status["phase"] !== before["phase"]
    if (isMoved ? time !== undefined && time !== oldTime : time !== undefined) return volume
    const since = isMoved ? timestamp(moment.now) : oldTime
    return { ...volume, status: withMember(status, "lastPhaseTransitionTime", since) }
  },
  warnings: volumeWarnings,
  validateCreate: validateVolume,
  validateUpdate: validateVolumeUpdate
}
