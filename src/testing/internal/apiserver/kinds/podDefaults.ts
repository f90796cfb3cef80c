/**
 * What the server fills in of Pods and of templates of Pods, wherever they stand. All functions change the fresh object that
 * they are given.
 */
import * as Quantity from "../../../../protocol/Quantity.js"
import { child, type JsonObject, setOwn } from "../json.js"
import { made, member, number, objects, setDefault, textOf } from "../members.js"
import { pullPolicyOf } from "./podImages.js"

/** Amounts of resources have thousandths and nothing finer. */
const roundResources = (parent: JsonObject | undefined, ...keys: ReadonlyArray<string>): void => {
  for (const key of keys) {
    const amounts = child(parent, key)
    for (const [name, amount] of Object.entries(amounts ?? {})) {
      if (typeof amount !== "string" || !Quantity.isQuantity(amount)) continue
      const milli = `${Quantity.toMilli(amount)}m`
      if (!Quantity.Equivalence(milli, amount)) setOwn(amounts!, name, Quantity.print(milli))
    }
  }
}

const fieldRef = (parent: unknown): void => {
  const reference = child(parent, "fieldRef")
  if (reference !== undefined) setDefault(reference, "apiVersion", "v1")
}

const httpGet = (handler: unknown): void => {
  const action = child(handler, "httpGet")
  if (action === undefined) return
  setDefault(action, "path", "/")
  setDefault(action, "scheme", "HTTP")
}

const probe = (container: JsonObject, key: string): void => {
  const found = child(container, key)
  if (found === undefined) return
  const numbers = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
  for (const [field, value] of Object.entries(numbers)) setDefault(found, field, value)
  httpGet(found)
  const grpc = child(found, "grpc")
  if (grpc !== undefined && member(grpc, "service") === undefined) grpc["service"] = ""
}

const container = (object: JsonObject): void => {
  setDefault(object, "imagePullPolicy", pullPolicyOf(textOf(object, "image")))
  setDefault(object, "terminationMessagePath", "/dev/termination-log")
  setDefault(object, "terminationMessagePolicy", "File")
  for (const port of objects(object, "ports")) setDefault(port, "protocol", "TCP")
  for (const variable of objects(object, "env")) {
    const source = child(variable, "valueFrom")
    fieldRef(source)
    const fileKey = child(source, "fileKeyRef")
    if (fileKey !== undefined) setDefault(fileKey, "optional", false)
  }
  roundResources(child(object, "resources"), "limits", "requests")
  for (const key of ["livenessProbe", "readinessProbe", "startupProbe"]) probe(object, key)
  for (const key of ["postStart", "preStop"]) httpGet(child(child(object, "lifecycle"), key))
}

/** Plain defaults of volumes' sources, by the source. */
const volumeDefaults: { readonly [source: string]: { readonly [field: string]: unknown } } = {
  hostPath: { type: "" },
  secret: { defaultMode: 420 },
  configMap: { defaultMode: 420 },
  downwardAPI: { defaultMode: 420 },
  projected: { defaultMode: 420 },
  iscsi: { iscsiInterface: "default" },
  rbd: { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" },
  azureDisk: { cachingMode: "ReadWrite", fsType: "ext4", readOnly: false, kind: "Shared" },
  scaleIO: { storageMode: "ThinProvisioned", fsType: "xfs" }
}

const volume = (object: JsonObject): void => {
  if (Object.keys(object).every((key) => key === "name")) object["emptyDir"] = {}
  for (const [source, defaults] of Object.entries(volumeDefaults)) {
    const found = child(object, source)
    if (found === undefined) continue
    for (const [field, value] of Object.entries(defaults)) {
      if (member(found, field) === undefined) found[field] = value
    }
  }
  const image = child(object, "image")
  if (image !== undefined) setDefault(image, "pullPolicy", pullPolicyOf(textOf(image, "reference")))
  for (const item of objects(child(object, "downwardAPI"), "items")) fieldRef(item)
  for (const source of objects(child(object, "projected"), "sources")) {
    for (const item of objects(child(source, "downwardAPI"), "items")) fieldRef(item)
    const token = child(source, "serviceAccountToken")
    if (token !== undefined) setDefault(token, "expirationSeconds", 3600)
  }
  const claim = child(child(child(object, "ephemeral"), "volumeClaimTemplate"), "spec")
  if (claim !== undefined) claimSpec(claim)
}

/** Of the spec of a PersistentVolumeClaim, which a volume and a StatefulSet can hold too. */
export const claimSpec = (spec: JsonObject): void => {
  setDefault(spec, "volumeMode", "Filesystem")
  roundResources(child(spec, "resources"), "limits", "requests")
}

/** The one name of a service account stands under two keys. */
const serviceAccount = (spec: JsonObject): void => {
  const name = textOf(spec, "serviceAccountName") === ""
    ? textOf(spec, "serviceAccount")
    : textOf(spec, "serviceAccountName")
  if (name === "") return
  spec["serviceAccountName"] = name
  spec["serviceAccount"] = name
}

const allContainers = (spec: JsonObject): ReadonlyArray<JsonObject> =>
  ["initContainers", "containers", "ephemeralContainers"].flatMap((key) => objects(spec, key))

const podSpec = (spec: JsonObject): void => {
  serviceAccount(spec)
  setDefault(spec, "dnsPolicy", "ClusterFirst")
  setDefault(spec, "restartPolicy", "Always")
  made(spec, "securityContext")
  if (member(spec, "terminationGracePeriodSeconds") === undefined) spec["terminationGracePeriodSeconds"] = 30
  setDefault(spec, "schedulerName", "default-scheduler")
  for (const each of objects(spec, "volumes")) volume(each)
  for (const each of allContainers(spec)) container(each)
  roundResources(spec, "overhead")
  roundResources(child(spec, "resources"), "limits", "requests")
}

/** Of a kind that holds a template of Pods: of the object with the field `template`. */
export const defaultTemplate = (parent: JsonObject | undefined): void => {
  const template = child(parent, "template")
  if (template !== undefined) podSpec(made(template, "spec"))
}

/** What is limited but not requested is requested as it is limited: of Pods only, not of templates. */
const requestsFromLimits = (object: JsonObject): void => {
  const limits = child(child(object, "resources"), "limits")
  if (limits === undefined) return
  const requests = made(made(object, "resources"), "requests")
  for (const [name, limit] of Object.entries(limits)) {
    if (!Object.hasOwn(requests, name)) setOwn(requests, name, limit)
  }
}

/** On the host's network a port is that of the host. */
const hostPorts = (object: JsonObject): void => {
  for (const port of objects(object, "ports")) {
    if ((number(port, "hostPort") ?? 0) === 0) port["hostPort"] = number(port, "containerPort")
  }
}

const podIps = (status: JsonObject | undefined): void => {
  if (status === undefined) return
  const ip = textOf(status, "podIP")
  const first = objects(status, "podIPs")[0]
  if (ip === "" && first !== undefined) status["podIP"] = textOf(first, "ip")
  else if (ip !== "" && textOf(first, "ip") !== ip) status["podIPs"] = [{ ip }]
}

/** Of a Pod itself. */
export const defaultPod = (object: JsonObject): JsonObject => {
  const spec = made(object, "spec")
  const grace = number(spec, "terminationGracePeriodSeconds")
  if (grace !== undefined && grace < 0) spec["terminationGracePeriodSeconds"] = 1
  const containers = [...objects(spec, "containers"), ...objects(spec, "initContainers")]
  for (const each of containers) requestsFromLimits(each)
  if (member(spec, "enableServiceLinks") === undefined) spec["enableServiceLinks"] = true
  if (spec["hostNetwork"] === true) { for (const each of containers) hostPorts(each) }
  podSpec(spec)
  podIps(child(object, "status"))
  return object
}
