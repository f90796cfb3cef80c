/**
 * Behaviours: what the rest of a cluster does to objects, as a pure function from an object, and what is stored beside
 * it, to what is to be written. The server runs it whenever the object or something that concerns it was written.
 */
import * as Duration from "effect/Duration"
import type { JsonObject } from "../json.js"

export interface KindName {
  /** Such as `v1` or `apps/v1`. */
  readonly apiVersion: string
  readonly kind: string
}

export interface Place {
  /** Empty for what is cluster-scoped. */
  readonly namespace: string
  readonly name: string
}

/** What a behaviour sees of the cluster, at one moment. Objects are JSON as the server stores it; they must not be changed. */
export interface View {
  /** Milliseconds since 1970, by the clock of the server. */
  readonly now: number
  readonly get: (kind: KindName, place: Place) => JsonObject | undefined
  /** In one namespace, or in all. Sorted by namespace and name. */
  readonly list: (kind: KindName, namespace?: string) => ReadonlyArray<JsonObject>
}

/** Something that a behaviour has done. */
export type Write =
  | { readonly _tag: "Create"; readonly object: JsonObject }
  | { readonly _tag: "Replace"; readonly object: JsonObject }
  | { readonly _tag: "Status"; readonly object: JsonObject; readonly status: JsonObject }
  | { readonly _tag: "Delete"; readonly object: JsonObject; readonly gracePeriodSeconds: number | undefined }
  | { readonly _tag: "Bind"; readonly pod: JsonObject; readonly node: string }
  | { readonly _tag: "Again"; readonly after: number }

export interface Concern {
  readonly for: KindName
  /** The objects of the behaviour's own kind that it is time to look at when this one was written or deleted. */
  readonly of: (object: JsonObject, view: View) => ReadonlyArray<Place>
}

export interface Behaviour {
  readonly for: KindName
  readonly concerns: ReadonlyArray<Concern>
  /** Milliseconds from a write to the step because of it. */
  readonly delay: number
  /** Objects that are made at the start of the server, where there are none of their name. */
  readonly objects: ReadonlyArray<JsonObject>
  readonly step: (object: JsonObject, view: View) => ReadonlyArray<Write>
}

export interface Options {
  readonly for: KindName
  /** How long after a write the step comes, by the clock. Default: at once. */
  readonly delay?: Duration.DurationInput | undefined
  /** Other kinds whose objects concern those of this one. */
  readonly concerns?: ReadonlyArray<Concern> | undefined
  readonly objects?: ReadonlyArray<JsonObject> | undefined
  readonly step: (object: JsonObject, view: View) => ReadonlyArray<Write>
}

export const make = (options: Options): Behaviour => ({
  for: options.for,
  concerns: options.concerns ?? [],
  delay: Duration.toMillis(options.delay ?? 0),
  objects: options.objects ?? [],
  step: options.step
})

/** Creates an object. One that is there already stays as it is. */
export const create = (object: JsonObject): Write => ({ _tag: "Create", object })

/** Writes the whole object at its main endpoint: metadata and spec. */
export const replace = (object: JsonObject): Write => ({ _tag: "Replace", object })

/** Writes the status of an object. */
export const status = (object: JsonObject, status: JsonObject): Write => ({ _tag: "Status", object, status })

/** Deletes an object, in the background. */
export const remove = (
  object: JsonObject,
  options: { readonly gracePeriodSeconds?: number | undefined } = {}
): Write => ({ _tag: "Delete", object, gracePeriodSeconds: options.gracePeriodSeconds })

/** Gives a Pod its node, as a scheduler does. */
export const bind = (pod: JsonObject, node: string): Write => ({ _tag: "Bind", pod, node })

/** Looks at the object once more after a while, though nothing was written. */
export const again = (after: Duration.DurationInput): Write => ({ _tag: "Again", after: Duration.toMillis(after) })
