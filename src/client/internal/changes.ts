/** Writes that read first: they are repeated when the object has changed in between. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Fields } from "../../protocol/internal/actual.js"
import { equal } from "../../protocol/internal/json.js"
import * as KubeError from "../../protocol/KubeError.js"
import type { OwnerReference } from "../../protocol/ObjectMeta.js"
import type * as Request from "../../protocol/Request.js"
import type { RetryOptions } from "../Api.js"
import type { AnyObject, Handle, WriteErrors } from "./handle.js"
import { mergeMetadata, otherController } from "./mergeMetadata.js"

type Options = Request.WriteOptions & RetryOptions

/** client-go's retry on conflict: 5 tries, 10 ms apart; the jitter parts writers that met. */
const defaultRetry: Schedule.Schedule<unknown, KubeError.Conflict> = Schedule.intersect(
  Schedule.jittered(Schedule.spaced("10 millis")),
  Schedule.recurs(4)
)

export const retryConflicts =
  (options: RetryOptions | undefined) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    // A conflict that was found on this side stays one.
    const isConflict = (error: unknown): error is KubeError.Conflict =>
      KubeError.is(error) && error._tag === "KubeConflict" && error.sent
    // The schedule is only asked about what `isConflict` lets through.
    const schedule = Schedule.whileInput(options?.retry ?? defaultRetry, isConflict) as Schedule.Schedule<
      unknown,
      unknown
    >
    return Effect.retry(effect, schedule as Schedule.Schedule<unknown, E>)
  }

/** Reads an object, or a subresource of it, changes it and writes it back; nothing is written when it is the same after. */
export const modifyEffect = <R, E2, R2>(
  handle: Handle<R>,
  name: string,
  subresource: string | undefined,
  f: (object: AnyObject) => Effect.Effect<AnyObject, E2, R2>,
  options: Options | undefined,
  /** Where it is read, if not where it is written; `null` for the object itself. */
  readFrom: string | undefined | null = subresource
): Effect.Effect<AnyObject, E2 | WriteErrors | KubeError.Common, R | R2> =>
  Effect.flatMap(
    handle.read(name, readFrom ?? undefined),
    (object) =>
      Effect.flatMap(
        f(object),
        (changed) =>
          // An object of a kind is a record of fields.
          changed === object ? Effect.succeed(object) : handle.put(changed as unknown as Fields, subresource, options)
      )
  ).pipe(retryConflicts(options))

export const modify = <R>(
  handle: Handle<R>,
  name: string,
  subresource: string | undefined,
  f: (object: AnyObject) => AnyObject,
  options: Options | undefined
) => modifyEffect(handle, name, subresource, (object) => Effect.sync(() => f(object)), options)

export type NamedDraft = Fields & { readonly metadata: Fields & { readonly name: string } }

/**
 * Read first: what a server checks of a create (quotas, webhooks) may refuse one of an object that exists, and has nothing
 * to say about it. Nothing is written where the object is already as the draft wants it.
 */
export const createOrReplace = <R>(handle: Handle<R>, draft: NamedDraft, options: Options | undefined) => {
  const replaceExisting = modifyEffect(handle, draft.metadata.name, undefined, (object) => {
    const owner = otherController(object.metadata, draft.metadata)
    if (owner !== undefined) return Effect.fail(controlledBy(handle, object, owner))
    // Without a status subresource a PUT replaces the status too: the draft has none, so the object keeps its own.
    const { status } = { status: undefined, ...object } as Fields
    const metadata = mergeMetadata(object.metadata as unknown as Fields, draft.metadata)
    const merged = { ...draft, ...(status === undefined ? undefined : { status }), metadata }
    return Effect.map(
      isWrittenAlike(handle, object, merged),
      (same) => same ? object : merged as unknown as AnyObject // an object of the kind, as the draft is one
    )
  }, options)
  const isMissing = (error: unknown): boolean =>
    KubeError.is(error) && error._tag === "KubeNotFound" && error.request.verb === "get"
  const once = Effect.catchIf(replaceExisting, isMissing, () => handle.create(draft, options))
  // It may come to be, or be deleted, between the read and the write: then once more.
  return Effect.retry(once, {
    times: 2,
    while: (error) =>
      error._tag === "KubeAlreadyExists" || (error._tag === "KubeNotFound" && error.request.verb === "update")
  })
}

/** Whether two values are the same object on the wire. */
const isWrittenAlike = <R>(handle: Handle<R>, object: AnyObject, merged: Fields): Effect.Effect<boolean> => {
  const { namespace } = object.metadata
  return Effect.zipWith(
    handle.encode("update", namespace, object as unknown as Fields),
    handle.encode("update", namespace, merged),
    (one, other) => equal(JSON.parse(one), JSON.parse(other))
  ).pipe(
    // What cannot be written is refused where it is.
    Effect.orElseSucceed(() => false)
  )
}

const controlledBy = <R>(handle: Handle<R>, object: AnyObject, owner: OwnerReference): KubeError.Conflict =>
  new KubeError.Conflict({
    request: handle.info("update", object.metadata.namespace, object.metadata.name),
    sent: false,
    status: {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      reason: "Conflict",
      code: 409,
      message: `it is controlled by ${owner.kind} ${owner.name} already`,
      details: {
        causes: [{
          reason: "FieldValueForbidden",
          field: "metadata.ownerReferences",
          message: "only one owner may control an object"
        }]
      }
    }
  })
