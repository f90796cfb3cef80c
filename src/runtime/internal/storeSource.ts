/**
 * A kind's store, of an informer, as the source of a controller: controllers of one client that follow the same share it.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Write } from "../../client/internal/writes.js"
import { parseFields, parseLabels } from "../../protocol/internal/selector.js"
import type { KubeObject } from "../../protocol/Resource.js"
import * as ResourceVersion from "../../protocol/ResourceVersion.js"
import * as Selector from "../../protocol/Selector.js"
import * as Informers from "../Informers.js"
import type * as Watcher from "../Watcher.js"
import { keyOf } from "./keys.js"
import type { Source } from "./source.js"

/** How often it is looked whether a deleted object is gone: that has no resourceVersion to wait for. */
const gonePause = Duration.millis(100)

/** The fields that a write tells. */
const knownFields: { readonly [field: string]: (write: Write) => string | undefined } = {
  "metadata.name": ({ name }) => name,
  "metadata.namespace": ({ namespace }) => namespace
}

/**
 * Whether an object that was written must be among those that are watched. By its labels, its name and its namespace it
 * is known; what other fields say only the server knows, and then it is not waited for.
 */
const selection = (options: Watcher.Options | undefined): (write: Write) => boolean => {
  const { fields, labels } = options ?? {}
  const byLabels = typeof labels === "string"
    ? Option.getRight(parseLabels(labels))
    : Option.fromNullable(labels)
  // A selector that cannot be read is refused by the server: nothing will be shown.
  const byFields = typeof fields === "string" ? Option.getOrNull(Option.getRight(parseFields(fields))) : fields
  if (byFields === null) return () => false
  if (byFields?.requirements.some(({ field }) => !Object.hasOwn(knownFields, field)) === true) return () => false
  return (write) =>
    (write.labels === undefined || Option.isNone(byLabels) || Selector.matches(byLabels.value, write.labels)) &&
    (byFields === undefined || Selector.matchesFields(byFields, (field) => knownFields[field]?.(write)))
}

export const fromApi =
  <K extends KubeObject, R>(api: Watcher.Watchable<K, R>, options: Watcher.Options | undefined) =>
  (syncTimeout: Duration.Duration): Effect.Effect<Source<K>, never, R | Scope.Scope> =>
    // A controller that has stopped leaves no watch.
    Effect.map(Informers.get(api, { ...options, syncTimeout, idleTime: Duration.zero }), (store) => {
      const selected = selection(options)
      const shows = (write: Write): Effect.Effect<boolean> => {
        const { resourceVersion } = write
        const object = store.get(write)
        if (resourceVersion === undefined) {
          return Effect.map(object, (object) => Option.isNone(object) || object.value.metadata.uid !== write.uid)
        }
        return Effect.flatMap(store.resourceVersion, (reached) => {
          if (Option.exists(reached, ResourceVersion.isAtLeast(resourceVersion))) return Effect.succeed(true)
          return selected(write) ? Effect.succeed(false) : Effect.map(object, Option.isNone)
        })
      }
      return {
        resource: api.resource,
        get: store.get,
        keys: Effect.map(store.list, (objects) => objects.map(keyOf)),
        ready: store.ready,
        subscribe: (sink) =>
          Effect.forkScoped(
            Effect.interruptible(Stream.runForEachChunk(store.changes, (changes) => sink([...changes])))
          ),
        covers: (write) =>
          write.group === api.resource.group && write.plural === api.resource.plural &&
          (api.namespace === undefined || api.namespace === write.namespace),
        shows,
        awaitWrite: (write) =>
          write.resourceVersion === undefined
            ? Effect.repeat(Effect.delay(shows(write), gonePause), { until: (gone) => gone })
            : store.waitFor(write.resourceVersion)
      }
    })
