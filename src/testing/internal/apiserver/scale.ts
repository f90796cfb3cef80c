/**
 * The scale subresource: the number of replicas of an object, read and written without knowing its kind (S48, S50).
 */
import * as Either from "effect/Either"
import { applyJson, applyMerge } from "../../../protocol/internal/applyPatch.js"
import { invalid as invalidField } from "../structural/fieldError.js"
import { child, isObject, type JsonObject, own, readJson, text } from "./json.js"
import { metadataOf } from "./objectMeta.js"
import type { WriteOptions } from "./options.js"
import type { Served } from "./served.js"
import type { Server } from "./server.js"
import * as status from "./status.js"
import type { Entry } from "./storage.js"

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

const at = (object: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((value, key) => isObject(value) ? own(value, key) : undefined, object)

const count = (value: unknown): number => typeof value === "number" ? value : 0

/** The selector of a workload as one text. */
const selectorOf = (object: JsonObject): string | undefined => {
  const selector = child(child(object, "spec"), "selector")
  const labels = child(selector, "matchLabels") ??
    (selector?.["matchExpressions"] === undefined ? selector : undefined) ?? {}
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`).sort()
  return pairs.length === 0 ? undefined : pairs.join(",")
}

/** The Scale of an object. */
export const readScale = (served: Served, entry: Entry): JsonObject => {
  const paths = pathsOf(served)
  const { creationTimestamp, name, namespace, resourceVersion, uid } = metadataOf(entry.object)
  const replicas = count(at(entry.object, paths.spec))
  const custom = paths.selector === undefined ? undefined : at(entry.object, paths.selector)
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
    status: { replicas: count(at(entry.object, paths.status)), ...(selector !== undefined && { selector }) }
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
  readonly now: number
}

const patched = (served: Served, entry: Entry, type: string, patch: unknown): unknown => {
  const apply = { "application/json-patch+json": applyJson, "application/merge-patch+json": applyMerge }[type]
  if (apply === undefined) throw status.unsupportedPatchType()
  return Either.getOrThrowWith(apply(readScale(served, entry), patch), status.unprocessable)
}

/** Replaces or patches the Scale of an object, which is a write of the object itself. */
export const putScale = (
  server: Server,
  served: Served,
  namespace: string,
  name: string,
  write: ScaleWrite
): JsonObject => {
  const entry = server.registry.find(served, namespace, name)
  const read = readJson(write.body)
  if (read.error !== undefined) throw status.badRequest(`couldn't get version/kind; json parse error: ${read.error}`)
  const scale = write.type === undefined ? read.value : patched(served, entry, write.type, read.value)
  const replicas = count(at(scale, ["spec", "replicas"]))
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
      return { object: { ...scaled, metadata: { ...metadataOf(scaled), resourceVersion: version } }, warnings: [] }
    },
    { dryRun: write.options.dryRun, subresource: "" },
    server.moment(write.now)
  )
  return readScale(served, { ...entry, object: written.object })
}
