/** Lists in pages: one after the other, read ahead within a bound. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"
import type { Page, PageOptions, ResourceList } from "../Api.js"

/** Objects a page where the caller does not say: what kubectl asks for. */
const defaultLimit = 500

/** The options of the next page: the first one's version must not be sent again (API concepts: 400 when it is). */
export const nextPage = (options: Request.ListOptions | undefined, token: string): Request.ListOptions => ({
  ...options,
  continue: token,
  resourceVersion: undefined,
  resourceVersionMatch: undefined
})

/** Whether a list comes in pages at all. */
export const isPaged = (options: Request.ListOptions | undefined): boolean =>
  options?.limit !== undefined && options.limit > 0

export const withLimit = <O extends Request.ListOptions>(options: O | undefined): O | Request.ListOptions =>
  options !== undefined && isPaged(options) ? options : { ...options, limit: defaultLimit }

/**
 * The token with which to go on where the server has lost the state that the first page showed; nothing where the caller
 * wants to know of it instead. It goes on behind the last object, in the state of now, so that no object comes twice.
 */
export const tokenAfter = (
  error: unknown,
  token: string | undefined,
  options: PageOptions | undefined
): string | undefined =>
  token !== undefined && options?.onExpired === "inconsistent" && KubeError.is(error) && error._tag === "KubeExpired"
    ? error.continueToken
    : undefined

/** Reads a list page by page, `readAhead` pages ahead of the one that the consumer has. */
export const pages = <K, E>(
  read: (token: string | undefined) => Effect.Effect<ResourceList<K>, E>,
  options: PageOptions | undefined,
  start: string | undefined
): Stream.Stream<Page<K>, E> => {
  let inconsistent = false
  const one = (token: string | undefined): Effect.Effect<Page<K>, E> =>
    read(token).pipe(
      Effect.catchAll((error) => {
        const next = tokenAfter(error, token, options)
        if (next === undefined) return Effect.fail(error)
        inconsistent = true
        return read(next)
      }),
      Effect.map((list) => ({ ...list, inconsistent }))
    )
  const bound = Math.max(0, Math.floor(options?.readAhead ?? 1))
  return bound === 0
    ? Stream.paginateEffect(start, (token) => Effect.map(one(token), (page) => [page, next(page)] as const))
    : ahead(one, bound, start)
}

const next = <K>(page: Page<K>): Option.Option<string> => Option.fromNullable(page.metadata.continue)

/** A page is asked for when a permit is free: the consumer gives one back with each page that it takes. */
const ahead = <K, E>(
  read: (token: string | undefined) => Effect.Effect<Page<K>, E>,
  bound: number,
  start: string | undefined
): Stream.Stream<Page<K>, E> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const permits = yield* Effect.makeSemaphore(bound)
    const queue = yield* Queue.unbounded<Exit.Exit<Page<K>, E>>()
    const produce = (token: string | undefined): Effect.Effect<void> =>
      Effect.flatMap(
        Effect.zipRight(permits.take(1), Effect.exit(read(token))),
        (exit) =>
          Effect.zipRight(
            Queue.offer(queue, exit),
            Exit.isSuccess(exit) && exit.value.metadata.continue !== undefined
              ? produce(exit.value.metadata.continue)
              : Effect.void
          )
      )
    yield* Effect.forkScoped(produce(start))
    return Stream.unfoldEffect(true, (more) =>
      more
        ? Effect.flatMap(
          Queue.take(queue),
          (exit) =>
            Effect.zipRight(
              permits.release(1),
              Effect.map(exit, (page) => Option.some([page, Option.isSome(next(page))] as const))
            )
        )
        : Effect.succeed(Option.none()))
  }))

/** The objects of pages. */
export const objects = <K, E, R>(self: Stream.Stream<Page<K>, E, R>): Stream.Stream<K, E, R> =>
  Stream.flattenChunks(Stream.map(self, ({ items }) => Chunk.unsafeFromArray(items)))
