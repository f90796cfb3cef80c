/** Bindings: a scheduler's word on which node a Pod runs, at the Pod or at the old path of their own. */
import { aggregate, invalid, notSupported, required } from "../../structural/fieldError.js"
import { dnsSubdomain } from "../../structural/names.js"
import { type Answer, bodyOf, type Call, jsonAnswer } from "../answers.js"
import { decodeBody } from "../decoding.js"
import { child, items, type JsonObject, setOwn, text, withMember } from "../json.js"
import { textOf } from "../members.js"
import { deletionTimestampOf, metadataOf, ordered, timestamp, uidOf, withMetadata } from "../objectMeta.js"
import { nameOf, statusOf } from "../objectParts.js"
import { writeOptions } from "../options.js"
import type { Server } from "../server.js"
import * as status from "../status.js"
import type { Entry, Storage } from "../storage.js"
import { withPodCondition } from "./podCondition.js"
import { bindingKind } from "./virtualKinds.js"

const pods = "/pods"

/** A Status that says that something is done. */
export const done = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 } as const

const validate = (binding: JsonObject): void => {
  const target = child(binding, "target")
  const kind = textOf(target, "kind")
  const node = textOf(target, "name")
  const isNode = kind === "" || kind === "Node"
  const causes = [
    ...(isNode ? [] : [notSupported("target.kind", kind, ["Node", "<empty>"])]),
    ...(node === ""
      ? [required("target.name")]
      : isNode
      ? dnsSubdomain(node).map((complaint) => invalid("target.name", node, complaint))
      : [])
  ]
  if (causes.length > 0) throw status.internal(aggregate(causes))
}

/** What the binding expects of the Pod, as the store says that it is not so. */
const checkPreconditions = (entry: Entry, binding: JsonObject): void => {
  const { uid: wantedUid, resourceVersion: wantedVersion } = metadataOf(binding)
  const broken = (what: string, wanted: unknown, found: string): status.Refusal =>
    status.conflict(
      "",
      "pods",
      entry.name,
      `StorageError: invalid object, Code: 4, Key: /registry/pods/${entry.namespace}/${entry.name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what} in precondition: ${
        String(wanted)
      }, ${what} in object meta: ${found}`
    )
  const uid = uidOf(entry.object)
  if (typeof wantedUid === "string" && wantedUid !== "" && wantedUid !== uid) throw broken("UID", wantedUid, uid)
  const version = String(entry.revision)
  if (typeof wantedVersion === "string" && wantedVersion !== "" && wantedVersion !== version) {
    throw broken("ResourceVersion", wantedVersion, version)
  }
}

const whyNot = (pod: JsonObject, name: string): string | undefined => {
  const spec = child(pod, "spec")
  const node = text(spec, "nodeName") ?? ""
  if (deletionTimestampOf(pod) !== undefined) return `pod ${name} is being deleted, cannot be assigned to a host`
  if (node !== "") return `pod ${name} is already assigned to node ${JSON.stringify(node)}`
  return items(spec, "schedulingGates").length > 0 ? `pod ${name} has non-empty .spec.schedulingGates` : undefined
}

/** Labels of a node that its Pods get too. */
const topologyLabels = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"]

const merged = (metadata: JsonObject, field: string, more: JsonObject): JsonObject => {
  if (Object.keys(more).length === 0) return metadata
  const all: JsonObject = { ...child(metadata, field) }
  for (const key of Object.keys(more).sort()) setOwn(all, key, more[key])
  return { ...metadata, [field]: all }
}

/** The Pod on its node, as a binding or a scheduler of the tests writes it. */
export const bound = (storage: Storage, pod: JsonObject, node: string, given: JsonObject, now: number): JsonObject => {
  const labels: JsonObject = { ...child(given, "labels") }
  const ofNode = child(metadataOf(storage.get("/nodes", "", node)?.object ?? {}), "labels") ?? {}
  for (const key of topologyLabels) if (Object.hasOwn(ofNode, key)) labels[key] = ofNode[key]
  const metadata = merged(metadataOf(pod), "annotations", child(given, "annotations") ?? {})
  const placed = {
    ...withMetadata(pod, merged(metadata, "labels", labels)),
    spec: { ...child(pod, "spec"), nodeName: node }
  }
  const unnominated = withMember(
    placed,
    "status",
    withMember(statusOf(placed), "nominatedNodeName", undefined)
  )
  return ordered(withPodCondition(unnominated, { type: "PodScheduled", status: "True" }, timestamp(now)), false)
}

const bindPod = (server: Server, namespace: string, name: string, binding: JsonObject, call: Call): Answer => {
  const { dryRun } = writeOptions(call.query, "CreateOptions")
  validate(binding)
  const entry = server.storage.get(pods, namespace, name)
  if (entry === undefined) throw status.notFound({ group: "", resource: "pods" }, name)
  checkPreconditions(entry, binding)
  const why = whyNot(entry.object, name)
  if (why !== undefined) throw status.conflict("", "pods/binding", name, why)
  const node = textOf(child(binding, "target"), "name")
  const object = bound(server.storage, entry.object, node, metadataOf(binding), call.now)
  if (!dryRun) server.storage.put(pods, namespace, name, object)
  return jsonAnswer(201, done)
}

/** At a Pod. */
export const bind = (server: Server, namespace: string, name: string, call: Call): Answer => {
  const { fieldValidation } = writeOptions(call.query, "CreateOptions")
  const { object } = decodeBody(bindingKind, bodyOf(call, bindingKind), fieldValidation)
  if (text(metadataOf(object), "name") !== name) {
    throw status.badRequest("name in URL does not match name in Binding object")
  }
  return bindPod(server, namespace, name, object, call)
}

/** At `bindings`: the Pod is that of the body's name. */
export const createBinding = (server: Server, namespace: string, binding: JsonObject, call: Call): Answer =>
  bindPod(server, namespace, nameOf(binding), binding, call)
