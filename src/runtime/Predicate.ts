/**
 * Which changes count: functions of a `Store.Change` that look at what was and at what is. A controller takes them, and
 * so does any stream of changes.
 *
 * ```ts
 * import { Api, Controller, Predicate, Reflector } from "effect-kube"
 * import { Deployment } from "effect-kube/kinds/apps/v1"
 * import { Effect, Stream } from "effect"
 *
 * const controller = Controller.make("restarter", {
 *   for: Api.all(Deployment),
 *   predicate: Predicate.or(Predicate.generation, Predicate.annotations),
 *   reconcile: (deployment) => Effect.log(deployment.metadata.name)
 * })
 *
 * const images = Effect.map(Reflector.make(Api.all(Deployment)), (store) =>
 *   Stream.filter(
 *     store.changes,
 *     Predicate.projection(({ spec }) => spec.template.spec?.containers.map(({ image }) => image))
 *   ))
 * ```
 *
 * An object that comes or goes always counts; the predicates decide about updates.
 */
import { dual } from "effect/Function"
import type { ObjectMeta } from "../protocol/ObjectMeta.js"
import { sameContent } from "./internal/sameContent.js"
import type * as Store from "./Store.js"

/** Whether a change counts. */
export interface Predicate<in K> {
  (change: Store.Change<K>): boolean
}

interface WithMetadata {
  readonly metadata: ObjectMeta
}

/**
 * Counts an update that changes what the function makes of an object. What it makes is compared by its content, so it
 * may be a list or a record that is made anew each time.
 */
export const projection = <K>(f: (object: K) => unknown): Predicate<K> => (change) =>
  change._tag !== "Updated" || !sameContent(f(change.object), f(change.previous))

/**
 * Counts updates of what is wanted (`metadata.generation`), and not those of the status alone. The server sets the
 * generation also when a delete is asked for. Of kinds that have none, such as ConfigMaps, every update counts.
 */
export const generation: Predicate<WithMetadata> = projection(({ metadata }) =>
  metadata.generation ?? metadata.resourceVersion
)

/** Counts updates of the labels. */
export const labels: Predicate<WithMetadata> = projection(({ metadata }) => metadata.labels ?? {})

/** Counts updates of the annotations. */
export const annotations: Predicate<WithMetadata> = projection(({ metadata }) => metadata.annotations ?? {})

/** Counts updates of the finalizers, and the request of a delete. */
export const finalizers: Predicate<WithMetadata> = projection(({ metadata }) => [
  metadata.finalizers ?? [],
  metadata.deletionTimestamp !== undefined
])

/** Counts every update; not an object that a list found as it was. */
export const resourceVersion: Predicate<WithMetadata> = projection(({ metadata }) => metadata.resourceVersion)

/** Counts what both count. */
export const and: {
  <K>(that: Predicate<K>): (self: Predicate<K>) => Predicate<K>
  <K>(self: Predicate<K>, that: Predicate<K>): Predicate<K>
} = dual(
  2,
  <K>(self: Predicate<K>, that: Predicate<K>): Predicate<K> => (change) => self(change) && that(change)
)

/** Counts what one of the two counts. */
export const or: {
  <K>(that: Predicate<K>): (self: Predicate<K>) => Predicate<K>
  <K>(self: Predicate<K>, that: Predicate<K>): Predicate<K>
} = dual(
  2,
  <K>(self: Predicate<K>, that: Predicate<K>): Predicate<K> => (change) => self(change) || that(change)
)

/** Counts what the other does not count: also of the objects that come and go. */
export const not = <K>(self: Predicate<K>): Predicate<K> => (change) => !self(change)
