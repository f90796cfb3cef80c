/**
 * What a client knows of its server's kinds: asked for when it is first needed, again with ETags, and never by two
 * fibers at once.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { actualType } from "../../protocol/internal/actual.js"
import * as KubeError from "../../protocol/KubeError.js"
import * as Request from "../../protocol/Request.js"
import type { Failure, Group, Snapshot, Version } from "../Discovery.js"
import type { Response, Service } from "../KubeClient.js"
import * as documents from "./discoveryDocuments.js"
import { perClient } from "./perClient.js"

const aggregatedForm = (version: string): string =>
  `${Request.mediaTypes.json};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`

/** The server reads the parameters of a media type in this order alone. */
const acceptAggregated = [aggregatedForm("v2"), aggregatedForm("v2beta1"), Request.mediaTypes.json].join(",")

/** How many documents of the old form are asked for at once. */
const legacyConcurrency = 8

/** What was read of `/api` or of `/apis`. */
interface Piece extends documents.Groups {
  readonly etag: string | undefined
}

const nothing: Piece = { etag: undefined, groups: [], failures: [] }

const unexpected = (request: Request.Request<unknown>, expected: string, body: unknown): KubeError.DecodeError =>
  new KubeError.DecodeError({
    request: request.info,
    object: { namespace: undefined, name: undefined },
    issues: [{ path: [], expected, actual: actualType(body) }]
  })

const hasCode = (error: KubeError.Common, code: number): boolean =>
  error._tag === "KubeStatusError" && error.code === code

/** Whether it says something about the way to the server, and so about all that would be asked. */
const isGeneral = (error: KubeError.Common): boolean =>
  error._tag === "KubeUnauthorized" || (error._tag === "KubeTransportError" && error.reason !== "Protocol")

type Answered = { readonly version: Version } | { readonly failure: Failure } | { readonly gone: true }

const legacyVersion = (client: Service, group: string, version: string): Effect.Effect<Answered, KubeError.Common> => {
  const request = Request.raw({ path: Request.groupVersionPath(group, version) })
  return client.execute(request).pipe(
    Effect.flatMap(({ body }) => {
      const read = documents.legacyVersion(group, version, body)
      return read === undefined
        ? Effect.fail(unexpected(request, "an APIResourceList", body))
        : Effect.succeed<Answered>({ version: read })
    }),
    Effect.catchAll((error) => {
      if (isGeneral(error)) return Effect.fail(error)
      // It went between the two requests.
      if (hasCode(error, 404)) return Effect.succeed<Answered>({ gone: true })
      return Effect.succeed<Answered>({ failure: { group, version, reason: "Failed", error } })
    })
  )
}

const legacy = (
  client: Service,
  listed: ReadonlyArray<documents.GroupVersions>
): Effect.Effect<Piece, KubeError.Common> =>
  Effect.map(
    Effect.forEach(
      listed.flatMap((group) => group.versions.map((version) => ({ group, version }))),
      ({ group, version }) =>
        Effect.map(legacyVersion(client, group.name, version), (answered) => ({ group, answered })),
      { concurrency: legacyConcurrency }
    ),
    (all) => ({
      etag: undefined,
      groups: listed.map((group): Group => {
        const versions = all.flatMap(({ answered, group: of }) =>
          of === group && "version" in answered ? [answered.version] : []
        )
        const preferred = versions.find(({ version }) => version === group.preferredVersion) ?? versions[0]
        return { name: group.name, versions, preferredVersion: preferred?.version }
      }),
      failures: all.flatMap(({ answered }) => "failure" in answered ? [answered.failure] : [])
    })
  )

/** Reads an endpoint; what was read before is kept where the server says that it still holds. */
const piece = (
  client: Service,
  path: "/api" | "/apis",
  before: Piece | undefined
): Effect.Effect<Piece, KubeError.Common> => {
  const request = Request.raw({ path, accept: acceptAggregated, ifNoneMatch: before?.etag })
  const read = (response: Response): Effect.Effect<Piece, KubeError.Common> => {
    if (response.status === 304 && before !== undefined) return Effect.succeed(before)
    const { body } = response
    if (documents.isAggregated(body)) return Effect.succeed({ ...documents.aggregated(body), etag: response.etag })
    const listed = documents.legacyGroups(body)
    return listed === undefined
      ? Effect.fail(unexpected(request, "an APIGroupDiscoveryList, APIGroupList or APIVersions", body))
      : legacy(client, listed)
  }
  return client.execute(request).pipe(
    Effect.catchIf(
      (error) => hasCode(error, 406),
      () => client.execute(Request.raw({ path }))
    ),
    Effect.flatMap(read),
    // A server that serves nothing of the core group, behind an aggregator or on its own, has no /api.
    Effect.catchIf((error) => path === "/api" && hasCode(error, 404), () => Effect.succeed(nothing))
  )
}

interface Pieces {
  readonly core: Piece
  readonly named: Piece
}

const snapshot = ({ core, named }: Pieces, at: number): Snapshot => {
  const groups = [...core.groups, ...named.groups]
  const current: Array<Version> = []
  const stale: Array<Version> = []
  for (const group of groups) {
    const preferredFirst = [...group.versions].sort((a, b) =>
      Number(b.version === group.preferredVersion) - Number(a.version === group.preferredVersion)
    )
    for (const version of preferredFirst) (version.stale ? stale : current).push(version)
  }
  return {
    groups,
    kinds: [...current, ...stale].flatMap((version) => version.kinds),
    failures: [...core.failures, ...named.failures],
    at
  }
}

interface Outcome {
  readonly number: number
  /** When the server was asked, in milliseconds. */
  readonly at: number
  readonly result: Either.Either<Snapshot, KubeError.Common>
}

/** What is remembered of a client. */
interface State {
  readonly lock: Effect.Semaphore
  pieces: Pieces | undefined
  snapshot: Snapshot | undefined
  /** How many times the server was asked. */
  started: number
  /** What came of the last time. */
  outcome: Outcome | undefined
  /** When the server was asked because a name was not known, in milliseconds, oldest first. */
  misses: ReadonlyArray<number>
}

const stateOf = perClient("discovery", (): State => ({
  lock: Effect.unsafeMakeSemaphore(1),
  pieces: undefined,
  snapshot: undefined,
  started: 0,
  outcome: undefined,
  misses: []
}))

/** Asks the server, or waits for who asks it: an answer to a question with a higher number than `after` is taken. */
const ask = (client: Service, state: State, after: number): Effect.Effect<Snapshot, KubeError.Common> =>
  state.lock.withPermits(1)(Effect.suspend(() => {
    if (state.outcome !== undefined && state.outcome.number > after) return state.outcome.result
    const number = ++state.started
    return Effect.flatMap(Clock.currentTimeMillis, (at) =>
      Effect.all({
        core: piece(client, "/api", state.pieces?.core),
        named: piece(client, "/apis", state.pieces?.named)
      }, { concurrency: 2 }).pipe(
        Effect.map((pieces) => {
          state.pieces = pieces
          return state.snapshot = snapshot(pieces, at)
        }),
        Effect.either,
        Effect.flatMap((result) => {
          state.outcome = { number, at, result }
          return result
        })
      ))
  }))

/** Asks the server now; who asks at the same time shares the answer. */
export const refresh = (client: Service): Effect.Effect<Snapshot, KubeError.Common> =>
  Effect.suspend(() => {
    const state = stateOf(client)
    return ask(client, state, state.started)
  })

/** How long a server that could not be asked is left alone where something is known of it, in milliseconds. */
const restAfterFailure = 10_000

/** What is known, and whether it was asked for after the question came. */
export interface Known {
  readonly snapshot: Snapshot
  readonly fresh: boolean
}

/**
 * What the server serves, as far as it is known and not older than `timeToLive`. Where the server cannot be asked again,
 * what is known is still the best answer.
 */
export const current = (client: Service, timeToLive: number): Effect.Effect<Known, KubeError.Common> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const state = stateOf(client)
    const { outcome, snapshot: known, started } = state
    const asIs = (snapshot: Snapshot): Known => ({ snapshot, fresh: false })
    if (known !== undefined) {
      if (now - known.at < timeToLive) return Effect.succeed(asIs(known))
      if (outcome !== undefined && Either.isLeft(outcome.result) && now - outcome.at < restAfterFailure) {
        return Effect.succeed(asIs(known))
      }
    }
    const asked = Effect.map(
      ask(client, state, outcome?.number ?? 0),
      (snapshot): Known => ({ snapshot, fresh: (state.outcome?.number ?? 0) > started })
    )
    if (known === undefined) return asked
    return Effect.catchAll(
      asked,
      (error) => Effect.as(Effect.logDebug(`what the server serves may have changed: ${error.message}`), asIs(known))
    )
  })

/** A loop that asks for what is not there may have the server asked so often within so many milliseconds. */
const missLimit = { times: 5, within: 5000 }

/** After a name was not found in what is known: a newer answer, or undefined where there is none to be had now. */
export const afterMiss = (
  client: Service,
  { fresh, snapshot: known }: Known
): Effect.Effect<Snapshot | undefined, KubeError.Common> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const state = stateOf(client)
    if (fresh) return Effect.succeed(undefined)
    if (state.snapshot !== known) return Effect.succeed(state.snapshot)
    state.misses = state.misses.filter((at) => now - at < missLimit.within)
    if (state.misses.length >= missLimit.times) return Effect.succeed(undefined)
    const after = state.started
    // Fibers that miss together are one miss.
    if (state.misses.at(-1) !== now) state.misses = [...state.misses, now]
    return ask(client, state, after)
  })
