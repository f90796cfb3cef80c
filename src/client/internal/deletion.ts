/** What a delete answers: the object is gone, or it waits for something. */
import * as Effect from "effect/Effect"
import { type Fields, isFields } from "../../protocol/internal/actual.js"
import type * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"
import type { Deletion } from "../Api.js"
import type { AnyObject, Handle } from "./handle.js"
import * as writes from "./writes.js"

export const deletion = <R>(
  handle: Handle<R>,
  info: KubeError.RequestInfo,
  body: unknown,
  options: Request.DeleteOptions | undefined
): Effect.Effect<Deletion<AnyObject>, KubeError.DecodeError> => {
  const tell = (uid: string | undefined, resourceVersion: string | undefined) =>
    options?.dryRun === true ? Effect.void : writes.record(() => ({
      group: info.group,
      plural: info.resource,
      namespace: info.namespace,
      name: info.name ?? "",
      uid,
      resourceVersion,
      labels: undefined
    }))
  if (!isFields(body) || body["kind"] === "Status") {
    const details = isFields(body) && isFields(body["details"]) ? body["details"] : {}
    return Effect.as(tell(typeof details["uid"] === "string" ? details["uid"] : undefined, undefined), {
      _tag: "Gone"
    })
  }
  return Effect.flatMap(handle.decode(info, body, handle.mode), (object) => {
    const { deletionGracePeriodSeconds, deletionTimestamp, finalizers, resourceVersion, uid } = object.metadata
    // A Namespace has its finalizers in its spec.
    const { spec } = { spec: undefined, ...object } as Fields
    const held = isFields(spec) && Array.isArray(spec["finalizers"]) ? spec["finalizers"] : []
    // Some kinds answer the object even when it is gone: then nothing holds it back any more.
    const waits = deletionTimestamp !== undefined &&
      ((finalizers ?? []).length > 0 || held.length > 0 || (deletionGracePeriodSeconds ?? 0) > 0)
    return Effect.as(
      tell(uid, waits ? resourceVersion : undefined),
      waits ? { _tag: "Terminating", object } : { _tag: "Gone" }
    )
  })
}
