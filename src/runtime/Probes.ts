/**
 * What the kubelet asks a Pod: `/livez` (or `/healthz`), whether it is to be restarted, and `/readyz`, whether it takes
 * traffic. The answers are made of named checks, and look as those of kube-apiserver and of controller-runtime.
 *
 * ```ts
 * import { Api, Informers, Probes } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { NodeKubeClient } from "effect-kube/node"
 * import { NodeHttpServer } from "@effect/platform-node"
 * import { Effect, Layer } from "effect"
 * import { createServer } from "node:http"
 *
 * const program = Effect.gen(function*() {
 *   const settings = yield* Informers.get(Api.all(ConfigMap))
 *   yield* Probes.store("settings", settings)
 *   yield* Probes.check("disk", Effect.fail("full"), { kind: "alive" })
 *   return yield* Effect.never
 * })
 *
 * const main = Effect.scoped(program).pipe(
 *   Effect.provide(Probes.layer()),
 *   Effect.provide(NodeHttpServer.layer(createServer, { port: 8081 })),
 *   Effect.provide(NodeKubeClient.layer)
 * )
 * ```
 *
 * ```
 * $ curl localhost:8081/readyz?verbose
 * [+]settings ok
 * [-]disk failed: reason withheld
 * readyz check failed
 * ```
 *
 * `?verbose` lists the checks also when all is well, `?exclude=disk` leaves one out, and `/readyz/disk` is one alone, with
 * its reason. `Metrics.layer` serves all this too, beside the metrics.
 */
import type * as HttpServer from "@effect/platform/HttpServer"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as internal from "./internal/probes.js"
import { Checks } from "./internal/probes.js"
import type * as LeaderElection from "./LeaderElection.js"
import type * as Store from "./Store.js"

/**
 * What a failed check means. `"ready"`: the process gets no traffic meanwhile; it counts in `/readyz`. `"alive"`: the
 * process is to be restarted; it counts in `/livez` and `/healthz`, and in `/readyz` too.
 */
export type Kind = "ready" | "alive"

export interface CheckOptions {
  /** Default `"ready"`. */
  readonly kind?: Kind | undefined
  /** A check that takes longer has failed. The kubelet itself waits for one second unless it is told otherwise. Default 1 second. */
  readonly timeout?: Duration.DurationInput | undefined
}

/** The checks of a program, known by their place in it. */
export interface Registry {
  readonly [internal.TypeId]: typeof internal.TypeId
}

export {
  /**
   * Where checks are kept. Without anything in the context it is one for the whole process, so a library may have checks
   * and the program alone decides whether they are served; {@link makeRegistry} makes another.
   */
  Checks
}

/** A place for checks beside that of the process: `Effect.provideServiceEffect(Probes.Checks, Probes.makeRegistry)`. */
export const makeRegistry: Effect.Effect<Registry> = Effect.sync(internal.makeRegistry)

/**
 * Has a check until the Scope closes: it passes when the Effect succeeds, and what it fails with is the reason. It runs
 * whenever somebody asks, never twice at once: who asks while it runs gets the same answer. A defect is a failure too.
 *
 * Throws a `TypeError` for a name that is empty, or has white space, `/` or `?` in it.
 */
export const check: <E, R>(
  name: string,
  effect: Effect.Effect<unknown, E, R>,
  options?: CheckOptions
) => Effect.Effect<void, never, R | Scope.Scope> = internal.check

/** Fails until the first list of a store is complete, with what went wrong so far. Name: that of the check. */
export const store = (
  name: string,
  store: Pick<Store.Store<unknown>, "isReady" | "trouble">,
  options?: CheckOptions
): Effect.Effect<void, never, Scope.Scope> => check(name, internal.storeCheck(store), options)

export interface ElectionOptions extends CheckOptions {
  /** For how long after the lease has run out it may still be this process that ends its work. Default 20 seconds. */
  readonly tolerance?: Duration.DurationInput | undefined
}

/**
 * Fails when this process held the lease, has not renewed it for its duration and the tolerance, and has still not ended
 * what only the leader may do: it must be restarted. Whoever stands by is well. Its name is `leaderElection`, and it is of
 * the kind `"alive"`.
 */
export const election = (
  election: LeaderElection.Election,
  options?: ElectionOptions
): Effect.Effect<void, never, Scope.Scope> =>
  check("leaderElection", internal.electionCheck(election, options?.tolerance ?? "20 seconds"), {
    ...options,
    kind: options?.kind ?? "alive"
  })

/** An answer of HTTP. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface Options {
  /** Whether the lists of checks say why one failed; else `reason withheld`. One check alone (`/readyz/disk`) always says it. Default false. */
  readonly reasons?: boolean | undefined
}

/**
 * The answer to a GET of `/healthz`, `/livez` or `/readyz`, or to one of their checks: the path with its query. None for
 * other paths. It is for a program that has a server of its own.
 */
export const respond: (path: string, options?: Options) => Effect.Effect<Option.Option<Answer>> = internal.respond

/** Serves the probes as long as the layer is in use; provide it to what has checks, so that it is up before them. */
export const layer = (options?: Options): Layer.Layer<never, never, HttpServer.HttpServer> =>
  Layer.scopedDiscard(Effect.flatMap(
    Effect.promise(() => import("./internal/serving.js")),
    ({ serveProbes }) => serveProbes(options ?? {})
  ))
