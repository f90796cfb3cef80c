/**
 * Objects that a test puts into the store itself, with whatever status, uid and finalizers it likes: defaulted and
 * validated as if they had been created, but asked of no admission.
 */
import { namespaceResource } from "./admission.js"
import { asKindOrIssue } from "./decoding.js"
import { child, isObject, type JsonObject, text } from "./json.js"
import { metadataOf, newUid, ordered, timestamp, withMetadata } from "./objectMeta.js"
import { resourceOf, type Served } from "./served.js"
import type { Server } from "./server.js"
import * as status from "./status.js"
import { toStorage } from "./versions.js"

/** Metadata that a seed may set although a client may not. */
const ownFields = ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"]

const issue = (value: unknown): string | undefined => {
  if (!isObject(value)) return "expected an object"
  if (text(value, "apiVersion") === undefined) return "apiVersion: expected a text such as v1 or apps/v1"
  if (text(value, "kind") === undefined) return "kind: expected a text such as ConfigMap"
  return text(child(value, "metadata"), "name") === undefined ? "metadata.name: expected a text" : undefined
}

/** Puts one object into the store. Answers what is wrong with it, if something is. */
export const plant = (server: Server, value: unknown, now: number): string | undefined =>
  plantWith(server, value, now, store)

/** The same without a look at the object itself. */
export const plantRaw = (server: Server, value: unknown, now: number): string | undefined =>
  plantWith(server, value, now, storeRaw)

/** What is stored is nobody else's, and JSON. */
const copyOf = (given: unknown): { readonly value: unknown } | undefined => {
  try {
    const text = JSON.stringify(given)
    return text === undefined ? undefined : { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const plantWith = (server: Server, given: unknown, now: number, how: typeof store): string | undefined => {
  const copied = copyOf(given)
  if (copied === undefined) return "expected an object that JSON can hold"
  const { value } = copied
  const wrong = issue(value)
  if (wrong !== undefined || !isObject(value)) return wrong
  const apiVersion = text(value, "apiVersion") ?? ""
  const kind = text(value, "kind") ?? ""
  const served = server.resources.ofKind(apiVersion, kind)
  if (served === undefined) {
    return `${apiVersion} ${kind}: no such kind is served; seed its CustomResourceDefinition first`
  }
  try {
    how(server, served, value, now)
    // A definition is established before the next object comes.
    server.controllers.settle(now)
    return undefined
  } catch (cause) {
    if (cause instanceof status.Refusal) return cause.message
    throw cause
  }
}

const store = (server: Server, served: Served, value: JsonObject, now: number): void => {
  const given = metadataOf(value)
  const name = text(given, "name") ?? ""
  const namespace = served.namespaced ? text(given, "namespace") ?? "default" : ""
  if (served.namespaced && server.storage.get(namespaceResource, "", namespace) === undefined) {
    plant(server, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, now)
  }
  const decoded = asKindOrIssue(served, value)
  if ("issue" in decoded) throw status.badRequest(`${resourceOf(served).resource} ${name}: ${decoded.issue}`)
  const body = withMetadata(toStorage(served, decoded.object), {
    ...metadataOf(decoded.object),
    resourceVersion: undefined
  })
  const existing = server.storage.get(served.storage, namespace, name)
  const created = existing === undefined
    ? server.registry.create(served, namespace, body, { dryRun: true }, server.moment(now)).object
    : existing.object
  const metadata: JsonObject = {
    ...metadataOf(created),
    ...metadataOf(body),
    namespace: served.namespaced ? namespace : undefined,
    resourceVersion: "0"
  }
  for (const field of ownFields) metadata[field] = given[field] ?? metadataOf(created)[field]
  const base = existing === undefined ? created : { ...body, status: created["status"] }
  const object = value["status"] === undefined ? base : { ...base, status: decoded.object["status"] }
  server.storage.put(
    served.storage,
    namespace,
    name,
    ordered(withMetadata(object, metadata), served.custom !== undefined)
  )
}

const storeRaw = (server: Server, served: Served, value: JsonObject, now: number): void => {
  const given = metadataOf(value)
  const name = text(given, "name") ?? ""
  const namespace = served.namespaced ? text(given, "namespace") ?? "default" : ""
  const existing = server.storage.get(served.storage, namespace, name)
  const known = existing === undefined ? undefined : metadataOf(existing.object)
  server.storage.put(
    served.storage,
    namespace,
    name,
    withMetadata(value, {
      uid: known?.["uid"] ?? newUid(server.moment(now)),
      creationTimestamp: known?.["creationTimestamp"] ?? timestamp(now),
      ...given,
      ...(served.namespaced && { namespace })
    })
  )
}
