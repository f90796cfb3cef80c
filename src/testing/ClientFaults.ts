/**
 * Faults on the client's side of the wire: for clusters that cannot be broken on purpose. It stands between a program
 * and its client, cuts watches that are open, keeps new ones from being opened, and answers a watch as a server does
 * whose history has expired.
 *
 * ```ts
 * import { ClientFaults } from "effect-kube/testing"
 * import { NodeKubeClient } from "effect-kube/node"
 * import { Effect, Layer } from "effect"
 *
 * const breakWatches = Effect.gen(function*() {
 *   const faults = yield* ClientFaults.ClientFaults
 *   yield* faults.blockWatches
 *   yield* faults.expireWatches
 *   yield* faults.unblockWatches
 * })
 *
 * const layer = Layer.provide(ClientFaults.layer, NodeKubeClient.layer)
 * ```
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { toError } from "../client/internal/refusals.js"
import { KubeClient, type Service } from "../client/KubeClient.js"
import * as KubeError from "../protocol/KubeError.js"
import type * as Request from "../protocol/Request.js"

export class ClientFaults extends Context.Tag("effect-kube/testing/ClientFaults")<ClientFaults, {
  /** Cuts the connections of all watches that are open. */
  readonly cutWatches: Effect.Effect<void>
  /** Cuts them, and refuses new ones until {@link unblockWatches}. */
  readonly blockWatches: Effect.Effect<void>
  readonly unblockWatches: Effect.Effect<void>
  /** Answers each watch that goes on from a version which was current before this with 410 Expired, once a resource and namespace. */
  readonly expireWatches: Effect.Effect<void>
}>() {}

const place = (info: KubeError.RequestInfo): string => `${info.group}/${info.resource}/${info.namespace ?? ""}`

const expired = <E>(request: Request.Request<E>): E | KubeError.Common =>
  toError(request, {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: "Expired",
    code: 410,
    message: "the history of this resource has expired (a fault on the client's side)"
  })

/** Wraps the client below it. */
export const layer: Layer.Layer<KubeClient | ClientFaults, never, KubeClient> = Layer.effectContext(
  Effect.gen(function*() {
    const client = yield* KubeClient
    let cut = yield* Deferred.make<void>()
    let blocked = false
    /** Places whose next watch is answered as expired; undefined when none is. */
    let fresh: Set<string> | undefined

    const open: Service["open"] = (request) =>
      Effect.suspend(() => {
        if (request.info.verb !== "watch") return client.open(request)
        const broken = (description: string) =>
          new KubeError.TransportError({ request: request.info, reason: "Reset", description })
        if (blocked) return Effect.fail(broken("the connection is blocked (a fault on the client's side)"))
        const key = place(request.info)
        if (fresh !== undefined && !fresh.has(key)) {
          fresh.add(key)
          return Effect.fail(expired(request))
        }
        const end = cut
        return Effect.map(client.open(request), (response) => ({
          ...response,
          body: Stream.interruptWhen(
            response.body,
            Effect.zipRight(
              Deferred.await(end),
              Effect.fail(broken("the connection was cut (a fault on the client's side)"))
            )
          )
        }))
      })

    const cutWatches = Effect.gen(function*() {
      const previous = cut
      cut = yield* Deferred.make<void>()
      yield* Deferred.succeed(previous, undefined)
    })

    return Context.make(KubeClient, { ...client, open }).pipe(Context.add(ClientFaults, {
      cutWatches,
      blockWatches: Effect.zipRight(
        Effect.sync(() => {
          blocked = true
        }),
        cutWatches
      ),
      unblockWatches: Effect.sync(() => {
        blocked = false
      }),
      expireWatches: Effect.sync(() => {
        fresh = new Set()
      })
    }))
  })
)
