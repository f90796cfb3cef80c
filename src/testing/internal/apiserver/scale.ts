/**
 * The scale subresource: the number of replicas of an object, read and written without knowing its kind (S48, S50).
 */
import { invalid as invalidField } from "../structural/fieldError.js"
import { applyType, readConfiguration } from "./apply/request.js"
import { applyScale, replicasBy, updateScale, type WrittenScale } from "./apply/scaleManagers.js"
import { decodeBody, type FieldValidation } from "./decoding.js"
import { child, isObject, items, type JsonObject, text, valueAt } from "./json.js"
import { metadataOf, timestamp } from "./objectMeta.js"
import type { WriteOptions } from "./options.js"
import { changeOf, patchType } from "./patches.js"
import type { Change } from "./registry.js"
import type { Served } from "./served.js"
import type { Server } from "./server.js"
import * as status from "./status.js"
import type { Entry } from "./storage.js"
import { scaleKind } from "./subresources/virtualKinds.js"

interface Paths {
  readonly spec: ReadonlyArray<string>
  readonly status: ReadonlyArray<string>
  readonly selector: ReadonlyArray<string> | undefined
}

const steps = (path: string): ReadonlyArray<string> => path.replace(/^\./, "").split(".")

const pathsOf = (served: Served): Paths => {
  const scale = served.custom?.scale
  return scale === undefined
    ? { spec: ["spec", "replicas"], status: ["status", "replicas"], selector: undefined }
    : {
      spec: steps(scale.specReplicasPath),
      status: steps(scale.statusReplicasPath),
      selector: scale.labelSelectorPath === undefined ? undefined : steps(scale.labelSelectorPath)
    }
}

const count = (value: unknown): number => typeof value === "number" ? value : 0

/** The operators of requirements as a selector writes them. */
const written: { readonly [operator: string]: (key: string, values: string) => string } = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`
}

/** The selector of a workload as one text: a LabelSelector, or the plain labels of a ReplicationController. */
const selectorOf = (object: JsonObject): string | undefined => {
  const selector = child(child(object, "spec"), "selector")
  const expressions = items(selector, "matchExpressions").filter(isObject)
  const isPlain = child(selector, "matchLabels") === undefined && expressions.length === 0
  const labels = (isPlain ? selector : child(selector, "matchLabels")) ?? {}
  const requirements = [
    ...Object.entries(labels).map(([key, value]) => ({ key, text: `${key}=${String(value)}` })),
    ...expressions.map((expression) => {
      const key = text(expression, "key") ?? ""
      const values = items(expression, "values").map(String).sort().join(",")
      return { key, text: written[text(expression, "operator") ?? ""]?.(key, values) ?? "" }
    })
  ]
  const texts = requirements.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0).map((each) => each.text)
  return texts.length === 0 ? undefined : texts.join(",")
}

/** The Scale of an object. */
export const readScale = (served: Served, entry: Entry): JsonObject => {
  const paths = pathsOf(served)
  const { creationTimestamp, name, namespace, resourceVersion, uid } = metadataOf(entry.object)
  const replicas = count(valueAt(entry.object, paths.spec))
  const custom = paths.selector === undefined ? undefined : valueAt(entry.object, paths.selector)
  const selector = served.custom === undefined
    ? selectorOf(entry.object)
    : typeof custom === "string" && custom !== ""
    ? custom
    : undefined
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: count(valueAt(entry.object, paths.status)), ...(selector !== undefined && { selector }) }
  }
}

const withAt = (object: JsonObject, path: ReadonlyArray<string>, value: unknown): JsonObject => {
  const [key, ...rest] = path
  return key === undefined
    ? object
    : { ...object, [key]: rest.length === 0 ? value : withAt(child(object, key) ?? {}, rest, value) }
}

interface ScaleWrite {
  /** The content type of a patch; undefined for a replace. */
  readonly type: string | undefined
  readonly body: string
  readonly options: WriteOptions
  readonly manager: string
  /** Of an apply: whether it takes what others manage. */
  readonly force: boolean
  readonly now: number
}

/** A patch of a Scale; the resource that has the scale says which kinds of patches there are. */
const patchOf = (served: Served, contentType: string, body: string, validation: FieldValidation): Change => {
  const type = patchType(served, contentType)
  if (type === "apply") throw status.unsupportedPatchType()
  return changeOf(scaleKind, type, body, validation)
}

/** What a write makes of a Scale, and of the managers of the object. */
const scaleOf = (
  server: Server,
  served: Served,
  namespace: string,
  name: string,
  write: ScaleWrite,
  now: string
): WrittenScale & { readonly warnings?: ReadonlyArray<string> | undefined } => {
  const configuration = write.type === applyType ? readConfiguration(write.body).value : undefined
  const entry = server.registry.find(served, namespace, name)
  const { spec } = pathsOf(served)
  const scaled = { served, object: entry.object, replicasOf: replicasBy(served, spec) }
  const live = readScale(served, entry)
  const { force, manager } = write
  if (configuration !== undefined) return applyScale(scaled, live, configuration, { manager, now, force })
  const { fieldValidation } = write.options
  const { object: scale, warnings } = write.type === undefined
    ? decodeBody(scaleKind, write.body, fieldValidation)
    : patchOf(served, write.type, write.body, fieldValidation)(live)
  const replicas = count(valueAt(scale, ["spec", "replicas"]))
  const next = { ...live, spec: replicas === 0 ? {} : { replicas } }
  return { scale, managedFields: updateScale(scaled, live, next, { manager, now }).managedFields, warnings }
}

/** Replaces or patches the Scale of an object, which is a write of the object itself. */
export const putScale = (
  server: Server,
  served: Served,
  namespace: string,
  name: string,
  write: ScaleWrite
): { readonly scale: JsonObject; readonly warnings: ReadonlyArray<string> } => {
  const moment = server.moment(write.now)
  const { managedFields, scale, warnings } = scaleOf(server, served, namespace, name, write, timestamp(moment.now))
  const entry = server.registry.find(served, namespace, name)
  const given = text(child(scale, "metadata"), "name") ?? ""
  if (given === "") {
    throw status.badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  }
  if (given !== name) {
    throw status.badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
  }
  const replicas = count(valueAt(scale, ["spec", "replicas"]))
  // That of a custom resource is for its own validation to refuse.
  if (replicas < 0 && served.custom === undefined) {
    const cause = invalidField("spec.replicas", replicas, "must be greater than or equal to 0")
    throw status.invalid("autoscaling", "Scale", name, [cause])
  }
  const version = text(child(scale, "metadata"), "resourceVersion") ?? ""
  const written = server.registry.patch(
    served,
    namespace,
    name,
    (current) => {
      const scaled = withAt(current, pathsOf(served).spec, replicas)
      const metadata = { ...metadataOf(scaled), resourceVersion: version, managedFields }
      return { object: { ...scaled, metadata }, warnings: [] }
    },
    { dryRun: write.options.dryRun, subresource: "" },
    moment
  )
  return { scale: readScale(served, { ...entry, object: written.object }), warnings: warnings ?? [] }
}
