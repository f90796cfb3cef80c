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
import type * as Watcher from "../Watcher.js"
import * as informers from "./informers.js"
import { keyOf } from "./keys.js"
import { type Handles, targetsOf } from "./reflecting.js"
import type { Source } from "./source.js"
import type { Contents } from "./storeCore.js"
import { keyText } from "./storeKey.js"
import { resolve } from "./watcher.js"

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

/** Whether a store shows what was written, or something newer. */
const showing = (options: Watcher.Options | undefined) => {
  const selected = selection(options)
  return (write: Write) => ({ objects, resourceVersion: reached }: Contents<KubeObject>): boolean => {
    const object = objects.get(keyText(write))
    if (write.resourceVersion === undefined) return object === undefined || object.metadata.uid !== write.uid
    if (!ResourceVersion.isValid(write.resourceVersion)) return true // nothing could be waited for
    if (reached !== undefined && ResourceVersion.isAtLeast(reached, write.resourceVersion)) return true
    return !selected(write) && object === undefined
  }
}

const isArray: (handles: unknown) => handles is ReadonlyArray<unknown> = Array.isArray

/** Several handles are one source; no handle is a mistake of the program, and throws a `TypeError`. */
export const fromApi = <K extends KubeObject, R>(
  door: string,
  api: Handles<K, R>,
  options: Watcher.Options | undefined
): (syncTimeout: Duration.Duration) => Effect.Effect<Source<K>, never, R | Scope.Scope> => {
  if (isArray(api) && api.length === 0) throw new TypeError(`${door}: there are no handles, so nothing to follow`)
  return (syncTimeout) =>
    Effect.gen(function*() {
      const targets = yield* targetsOf(door, api)
      const { client, resource } = targets[0]! // there is one handle at least
      // A controller that has stopped leaves no watch.
      const store = yield* informers.get<K, K>(
        targets,
        resolve(options ?? {}),
        { ...options, syncTimeout },
        Duration.zero
      )
      const shown = showing(options)
      return {
        client,
        resource,
        get: store.get,
        keys: Effect.map(store.list, (objects) => objects.map(keyOf)),
        ready: store.ready,
        isReady: store.isReady,
        subscribe: (sink) =>
          Effect.forkScoped(
            Effect.interruptible(Stream.runForEachChunk(store.changes, (changes) => sink([...changes])))
          ),
        covers: (write) =>
          write.group === resource.group && write.plural === resource.plural &&
          store.coreOf(write.namespace) !== undefined,
        shows: (write) => Effect.sync(() => store.coreOf(write.namespace)?.meets(shown(write)) ?? true),
        awaitWrite: (write) => store.coreOf(write.namespace)?.until(shown(write)) ?? Effect.void,
        spanOf: (namespace) => store.coreOf(namespace)?.span
      }
    })
}
