/**
 * Opening a watch, and waiting for a resourceVersion that is still to come.
 */
import * as Effect from "effect/Effect"
import type { Answer } from "./endpoints.js"
import { checkListOptions, type ListOptions, revisionOf } from "./options.js"
import type { Representation } from "./representation.js"
import { objectFilter } from "./selectors.js"
import type { Served } from "./served.js"
import type { Server } from "./server.js"
import * as status from "./status.js"
import { bodyOf, type WatchConnection } from "./watch.js"

/** Waits until the store has come so far, and the replica that is asked; a 504 if it does not in time (S25). */
export const waitForRevision = (server: Server, served: Served, revision: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const current = (): number => server.replica.revisionOf(served) ?? server.storage.revision
    if (revision <= current()) return Effect.void
    const reached = Effect.async<void>((resume) => {
      const look = (): void => {
        if (current() < revision) return
        stop()
        resume(Effect.void)
      }
      const listeners = [server.storage.listen(undefined, look), server.replica.listen(look)]
      const stop = (): void => listeners.forEach((stop) => stop())
      return Effect.sync(stop)
    })
    return Effect.timeoutOption(reached, server.settings.futureVersionWait).pipe(
      Effect.map((outcome) => {
        if (outcome._tag === "None") throw status.tooLargeResourceVersion(revision, current())
      })
    )
  })

/** Sends the state at a revision first, or what was written since one; what cannot be sent any more is one ERROR event (S26 to S29). */
const begin = (server: Server, connection: WatchConnection, revision: number, withState: boolean): void => {
  const { filter, namespace, served } = connection.plan
  const behind = server.replica.revisionOf(served)
  if (withState) {
    const found = server.storage.list(served.storage, {
      namespace: served.namespaced ? namespace : undefined,
      revision: behind
    })
    if (!("compacted" in found)) {
      const objects = found.entries.map((entry) => entry.object)
      connection.state(found.revision, filter.isEverything ? objects : objects.filter(filter.matches))
      return
    }
  }
  const missed = server.storage.since(served.storage, revision)
  if ("compacted" in missed) connection.error(tooOld(revision, missed.oldest))
  else connection.replay(behind === undefined ? missed : missed.filter((record) => record.revision <= behind))
}

const tooOld = (revision: number, oldest: number): unknown =>
  status.expired(`too old resource version: ${revision} (${oldest})`).body

/** Lets a watch that a replica has held hear of what it missed; a 410 in the stream where the history has no more of it. */
export const release = (connection: WatchConnection): void => {
  if (!connection.release()) connection.error(tooOld(connection.revision, connection.storage.revision))
}

export const openWatch = (
  server: Server,
  served: Served,
  namespace: string | undefined,
  options: ListOptions,
  representation: Representation,
  now: number,
  warnings: ReadonlyArray<string>
): Effect.Effect<Answer> => {
  checkListOptions(options)
  const filter = objectFilter(served, options.labelSelector, options.fieldSelector)
  const revision = revisionOf(options.resourceVersion, status.internal)
  const [shortest, longest] = server.settings.watchTimeout
  const timeout = options.timeoutSeconds === undefined || options.timeoutSeconds === 0
    ? shortest + (longest > shortest ? server.random(longest - shortest) : 0)
    : options.timeoutSeconds * 1000
  const { bookmarkInterval } = server.settings
  const withState = options.sendInitialEvents ?? revision === 0
  const plan = {
    served,
    namespace,
    filter,
    representation,
    bookmarks: options.bookmarks,
    start: withState ? 0 : revision === 0 ? server.storage.revision : revision,
    deadline: now + timeout,
    bookmarkInterval
  }
  const answer = (connection: WatchConnection): Answer => ({
    status: 200,
    headers: { "content-type": "application/json" },
    warnings,
    body: bodyOf(connection),
    abandon: () => connection.close("clean")
  })
  // A watch that asks for the state first, at no version in particular, is promised the present one (KEP-3157).
  const isConsistent = options.sendInitialEvents === true && options.resourceVersion === ""
  const needed = isConsistent ? server.storage.revision : revision
  // A version that is still to come is waited for only where the state is asked for; any other watch just stays silent until then.
  const ready = withState ? Effect.exit(waitForRevision(server, served, needed)) : Effect.succeed(undefined)
  return Effect.map(ready, (waited) => {
    const current = server.replica.revisionOf(served) ?? server.storage.revision
    const from = revision === 0 || withState ? current : revision
    const connection = server.connect(plan, Math.max(from, current))
    if (waited?._tag === "Failure") {
      connection.error(
        status.tooLargeResourceVersion(needed, server.replica.revisionOf(served) ?? server.storage.revision).body
      )
    } else begin(server, connection, from, withState)
    return answer(connection)
  })
}
