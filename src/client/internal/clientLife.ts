/**
 * In which Scope a client lives. What works for a client beyond the Scope of who asked for it (a shared watch that waits
 * for the next to ask) has its fibers there, so it ends before the client's connections do.
 */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Scope from "effect/Scope"
import type { Service } from "../KubeClient.js"
import { perClient } from "./perClient.js"

const lifeOf = perClient("life", (): { scope: Scope.Scope | undefined } => ({ scope: undefined }))

/** Says that a client lives as long as the Scope of who makes it. */
export const owned = (client: Service): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    lifeOf(client).scope ??= scope
    return client
  })

/** A Scope for work that ends with the client, or earlier when it is closed. Where the client has no Scope, who asks must close it. */
export const fork = (client: Service): Effect.Effect<Scope.CloseableScope> =>
  Effect.suspend(() => {
    const { scope } = lifeOf(client)
    return scope === undefined ? Scope.make() : Scope.fork(scope, ExecutionStrategy.sequential)
  })

/** Whether a client lives in a Scope. Nobody knows when one ends that was made outside of any. */
export const isOwned = (client: Service): boolean => lifeOf(client).scope !== undefined
