/** What is wrong with the volumes of a Pod. */
import * as Quantity from "../../../../protocol/Quantity.js"
import { duplicate, forbidden, invalid, notSupported, required } from "../../structural/fieldError.js"
import { dnsLabel, dnsSubdomain } from "../../structural/names.js"
import { child, isObject, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { type Causes, complain, each, needs, oneOf } from "./checks.js"
import { validateClaim } from "./claims.js"
import { validateFieldRef, validateResourceFieldRef } from "./podEnvironment.js"
import { localPath, noBacksteps, relativePath, unixId } from "./textRules.js"

/** The volumes that containers may mount, by their names; those that are wrong are not among them. */
export type Volumes = ReadonlyMap<string, JsonObject>

const mode = (source: JsonObject, field: string, at: string): Causes => {
  const value = number(source, field)
  return value === undefined || (value >= 0 && value <= 0o777)
    ? []
    : [invalid(`${at}.${field}`, value, "must be a number between 0 and 0777 (octal), both inclusive")]
}

const user = (source: JsonObject, field: string, at: string): Causes => {
  const value = number(source, field)
  return value === undefined ? [] : complain(`${at}.${field}`, value, unixId(value))
}

const keyToPath = (item: JsonObject, at: string): Causes => [
  ...needs(item, at, "key", "path"),
  ...complain(`${at}.path`, textOf(item, "path"), localPath(textOf(item, "path"))),
  ...mode(item, "mode", at),
  ...user(item, "user", at)
]

const files = (nameField: string) => (source: JsonObject, at: string): Causes => [
  ...needs(source, at, nameField),
  ...mode(source, "defaultMode", at),
  ...user(source, "defaultUser", at),
  ...each(objects(source, "items"), `${at}.items`, keyToPath)
]

const downwardFields = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid"
]

const downwardFile = (file: JsonObject, at: string): Causes => {
  const fieldRef = child(file, "fieldRef")
  const resourceRef = child(file, "resourceFieldRef")
  return [
    ...needs(file, at, "path"),
    ...complain(`${at}.path`, textOf(file, "path"), localPath(textOf(file, "path"))),
    ...(fieldRef !== undefined
      ? [
        ...validateFieldRef(fieldRef, downwardFields, `${at}.fieldRef`),
        ...(resourceRef === undefined
          ? []
          : [invalid(at, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")])
      ]
      : resourceRef !== undefined
      ? validateResourceFieldRef(resourceRef, `${at}.resourceFieldRef`, true)
      : [required(at, "one of fieldRef and resourceFieldRef is required")]),
    ...mode(file, "mode", at),
    ...user(file, "user", at)
  ]
}

export const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket"
]

const hostPath = (source: JsonObject, at: string): Causes => {
  const path = textOf(source, "path")
  if (path === "") return [required(`${at}.path`)]
  const type = member(source, "type")
  return [
    ...complain(`${at}.path`, path, noBacksteps(path)),
    ...(type === undefined || hostPathTypes.includes(String(type))
      ? []
      : [notSupported(`${at}.type`, type, hostPathTypes)])
  ]
}

const emptyDir = (source: JsonObject, at: string): Causes => {
  const size = textOf(source, "sizeLimit")
  const value = number(source, "mode")
  return [
    ...(size !== "" && Quantity.lessThan(size, 0)
      ? [forbidden(`${at}.sizeLimit`, "SizeLimit field must be a valid resource quantity")]
      : []),
    ...(value === undefined || (value >= 0 && value <= 0o1777)
      ? []
      : [invalid(`${at}.mode`, value, "must be a number between 0 and 01777 (octal), both inclusive")])
  ]
}

const nfs = (source: JsonObject, at: string): Causes => [
  ...needs(source, at, "server", "path"),
  ...(textOf(source, "path").startsWith("/")
    ? []
    : [invalid(`${at}.path`, textOf(source, "path"), "must be an absolute path")])
]

const driverName = /^[a-zA-Z0-9]([-a-zA-Z0-9_.]{0,61}[a-zA-Z0-9])?$/

const csi = (source: JsonObject, at: string): Causes => {
  const driver = textOf(source, "driver")
  const secret = child(source, "nodePublishSecretRef")
  const name = textOf(secret, "name")
  return [
    ...(driver === ""
      ? [required(`${at}.driver`)]
      : complain(
        `${at}.driver`,
        driver,
        driver.length <= 63 && driverName.test(driver) ? [] : dnsSubdomain(driver.toLowerCase())
      )),
    ...(secret === undefined
      ? []
      : name === ""
      ? [required(`${at}.nodePublishSecretRef.name`)]
      : complain(`${at}.name`, name, dnsSubdomain(name)))
  ]
}

const gitRepo = (source: JsonObject, at: string): Causes => [
  ...needs(source, at, "repository"),
  ...complain(`${at}.directory`, textOf(source, "directory"), relativePath(textOf(source, "directory")))
]

/** Of a claim that something else makes: `at` is its path there. */
export const validateClaimAt = (claim: JsonObject, at: string): Causes =>
  validateClaim(claim).map((cause) => ({ ...cause, field: `${at}.${cause.field}` }))

const ephemeral = (source: JsonObject, at: string): Causes => {
  const template = child(source, "volumeClaimTemplate")
  return template === undefined
    ? [required(`${at}.volumeClaimTemplate`)]
    : validateClaimAt(template, `${at}.volumeClaimTemplate`)
}

const image = (source: JsonObject, at: string): Causes => [
  ...needs(source, at, "reference"),
  ...oneOf(member(source, "pullPolicy"), `${at}.pullPolicy`, ["Always", "IfNotPresent", "Never"])
]

const tokenLimits = [600, 2 ** 32] as const

const token = (source: JsonObject, at: string, parent: string): Causes => {
  const seconds = number(source, "expirationSeconds") ?? tokenLimits[0]
  const path = textOf(source, "path")
  return [
    ...(seconds < tokenLimits[0]
      ? [invalid(`${at}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes")]
      : []),
    ...(seconds > tokenLimits[1]
      ? [invalid(`${at}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds")]
      : []),
    ...(path === "" ? [required(`${parent}.path`)] : complain(`${parent}.path`, path, localPath(path))),
    ...user(source, "user", at)
  ]
}

const projectedSources = [
  "secret",
  "configMap",
  "downwardAPI",
  "serviceAccountToken",
  "clusterTrustBundle",
  "podCertificate"
]

const projected = (volume: JsonObject, at: string): Causes => {
  const paths = new Set<string>()
  const conflict = (path: string, shown: string): Causes => {
    if (path === "") return []
    if (paths.has(path)) return [invalid(at, shown, "conflicting duplicate paths")]
    paths.add(path)
    return []
  }
  return [
    ...mode(volume, "defaultMode", at),
    ...user(volume, "defaultUser", at),
    ...each(objects(volume, "sources"), `${at}.sources`, (source, path) => {
      const causes: Array<Causes[number]> = []
      for (const kind of ["secret", "configMap"]) {
        const found = child(source, kind)
        if (found === undefined) continue
        causes.push(...needs(found, `${path}.${kind}`, "name"))
        objects(found, "items").forEach((item, index) => {
          causes.push(
            ...keyToPath(item, `${path}.${kind}.items[${index}]`),
            ...conflict(textOf(item, "path"), textOf(found, "name"))
          )
        })
      }
      for (const file of objects(child(source, "downwardAPI"), "items")) {
        causes.push(
          ...downwardFile(file, `${path}.downwardAPI`),
          ...conflict(textOf(file, "path"), textOf(file, "path"))
        )
      }
      const serviceAccountToken = child(source, "serviceAccountToken")
      if (serviceAccountToken !== undefined) {
        causes.push(...token(serviceAccountToken, `${path}.serviceAccountToken`, at))
      }
      if (projectedSources.filter((kind) => child(source, kind) !== undefined).length > 1) {
        causes.push(forbidden(path, "may not specify more than 1 volume type per source"))
      }
      return causes
    })
  ]
}

type Check = (source: JsonObject, at: string) => Causes

/** What a source must name, where nothing else of it is looked at. */
const named = (...fields: ReadonlyArray<string>): Check => (source, at) => needs(source, at, ...fields)

/** In the order in which the server looks at them. */
const sources: ReadonlyArray<readonly [field: string, check: Check]> = [
  ["emptyDir", emptyDir],
  ["hostPath", hostPath],
  ["gitRepo", gitRepo],
  ["gcePersistentDisk", (source, at) => needs(source, at.replace(/gcePersistentDisk$/, "persistentDisk"), "pdName")],
  ["awsElasticBlockStore", named("volumeID")],
  ["secret", files("secretName")],
  ["nfs", nfs],
  ["iscsi", named("targetPortal", "iqn")],
  ["glusterfs", named("endpoints", "path")],
  ["flocker", () => []],
  ["persistentVolumeClaim", named("claimName")],
  ["rbd", named("image")],
  ["cinder", named("volumeID")],
  ["cephfs", () => []],
  ["quobyte", named("registry", "volume")],
  ["downwardAPI", (source, at) => [
    ...mode(source, "defaultMode", at),
    ...user(source, "defaultUser", at),
    ...objects(source, "items").flatMap((file) => downwardFile(file, at))
  ]],
  ["fc", () => []],
  ["flexVolume", named("driver")],
  ["configMap", files("name")],
  ["azureFile", named("secretName", "shareName")],
  ["vsphereVolume", named("volumePath")],
  ["photonPersistentDisk", named("pdID")],
  ["portworxVolume", named("volumeID")],
  ["azureDisk", named("diskName", "diskURI")],
  ["storageos", named("volumeName")],
  ["projected", projected],
  ["scaleIO", named("gateway", "system", "volumeName")],
  ["csi", csi],
  ["ephemeral", ephemeral],
  ["image", image]
]

const validateSource = (volume: JsonObject, at: string, podName: string): Causes => {
  const found = sources.filter(([field]) => child(volume, field) !== undefined)
  if (found.length === 0) return [required(at, "must specify a volume type")]
  const [[field, check], ...others] = found as [typeof sources[number], ...typeof sources] // there is one
  const name = textOf(volume, "name")
  const claim = `${podName}-${name}`
  return [
    ...check(child(volume, field)!, `${at}.${field}`),
    ...(field === "ephemeral" && podName !== "" && name !== ""
      ? dnsSubdomain(claim).map((why) => invalid(`${at}.name`, name, `PVC name "${claim}": ${why}`))
      : []),
    ...others.map(([other]) => forbidden(`${at}.${other}`, "may not specify more than 1 volume type"))
  ]
}

/** The causes, and the volumes that can be mounted. `podName`: empty in a template. */
export const validateVolumes = (
  spec: JsonObject,
  at: string,
  podName: string
): { readonly causes: Causes; readonly volumes: Volumes } => {
  const volumes = new Map<string, JsonObject>()
  const list = objects(spec, "volumes")
  const made = new Set(
    podName === ""
      ? []
      : list.filter((volume) => isObject(volume["ephemeral"])).map((volume) => `${podName}-${textOf(volume, "name")}`)
  )
  const causes = each(list, at, (volume, path) => {
    const name = textOf(volume, "name")
    const wrong: Causes = [
      ...validateSource(volume, path, podName),
      ...(name === "" ? [required(`${path}.name`)] : complain(`${path}.name`, name, dnsLabel(name))),
      ...(volumes.has(name) ? [duplicate(`${path}.name`, name)] : [])
    ]
    if (wrong.length === 0) volumes.set(name, volume)
    const claim = textOf(child(volume, "persistentVolumeClaim"), "claimName")
    return made.has(claim)
      ? [
        ...wrong,
        invalid(
          `${path}.persistentVolumeClaim.claimName`,
          claim,
          "must not reference a PVC that gets created for an ephemeral volume"
        )
      ]
      : wrong
  })
  return { causes, volumes }
}
