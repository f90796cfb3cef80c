/** Candidates on one in-memory server, each behind a line of its own that can hang or be cut. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { KubeClient, type Service } from "../../src/client/KubeClient.js"
import { Lease } from "../../src/kinds/coordination/v1.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import type * as Request from "../../src/protocol/Request.js"
import * as LeaderElection from "../../src/runtime/LeaderElection.js"

export const leases = Api.namespaced(Lease, "default")

export interface Line {
  /** What happens to requests. `lost`: the server does them, and the answers do not come back. */
  mode: "open" | "hanging" | "cut" | "lost"
  /** The verbs of the requests that were sent. */
  readonly sent: Array<string>
}

export const behind = (client: Service, line: Line): Service => ({
  ...client,
  execute: <E>(request: Request.Request<E>) =>
    Effect.suspend(() => {
      line.sent.push(request.info.verb)
      switch (line.mode) {
        case "open":
          return client.execute(request)
        case "hanging":
          return Effect.never
        case "lost":
          return Effect.zipRight(client.execute(request), Effect.never)
        case "cut":
          return Effect.fail(
            new KubeError.TransportError({ request: request.info, reason: "Connect", description: "cut by a test" })
          )
      }
    })
})

export interface Candidate {
  readonly election: LeaderElection.Election
  readonly line: Line
  /** What its guarded work noted. */
  readonly notes: Array<string>
  /** Stops it gracefully. */
  readonly stop: Effect.Effect<void>
}

/** A candidate whose guarded work notes its begin and its end; the end takes a while where asked. */
export const candidate = (
  identity: string,
  options: LeaderElection.Options & { readonly goodbye?: Deferred.Deferred<void> | undefined } = {}
): Effect.Effect<Candidate, never, KubeClient | Scope.Scope> =>
  Effect.gen(function*() {
    const line: Line = { mode: "open", sent: [] }
    const notes: Array<string> = []
    const scope = yield* Scope.make()
    const client = behind(yield* KubeClient, line)
    const { goodbye, ...rest } = options
    const election = yield* LeaderElection.make("operator", { namespace: "default", identity, ...rest }).pipe(
      Effect.provideService(KubeClient, client),
      Scope.extend(scope)
    )
    yield* Effect.forkScoped(election.guard((leadership) =>
      Effect.zipRight(Effect.sync(() => notes.push(`leads ${leadership.token}`)), Effect.never).pipe(
        Effect.onInterrupt(() =>
          Effect.zipRight(
            goodbye === undefined ? Effect.void : Deferred.await(goodbye),
            Effect.sync(() => notes.push("ended"))
          )
        )
      )
    ))
    const stop = Scope.close(scope, Exit.void)
    yield* Effect.addFinalizer(() => {
      line.mode = "cut"
      return goodbye === undefined ? stop : Effect.zipRight(Deferred.succeed(goodbye, undefined), stop)
    })
    return { election, line, notes, stop }
  })

/** Lets everything that is due now run. */
export const settle = TestClock.adjust("0 millis")

export const spec = Effect.map(leases.getOption("operator"), Option.map(({ spec }) => spec))
export const holder = Effect.map(spec, Option.map(({ holderIdentity }) => holderIdentity))
