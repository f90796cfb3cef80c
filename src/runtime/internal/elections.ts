/** The elections that this process takes part in, for what looks at them from outside: the probes and the status page. */
import { globalValue } from "effect/GlobalValue"
import { perClient } from "../../client/internal/perClient.js"
import type { Service } from "../../client/KubeClient.js"
import type * as LeaderElection from "../LeaderElection.js"

/** When the lease was renewed last, in milliseconds ago, and for how long it is. */
export interface Renewal {
  readonly age: number
  readonly leaseDuration: number
}

/** Undefined: this process holds no lease. */
type Ask = () => Renewal | undefined

const renewals = globalValue(
  Symbol.for("effect-kube/elections/renewals"),
  () => new WeakMap<LeaderElection.Election, Ask>()
)

/** The elections of a client, the oldest first. */
export const electionsOf: (client: Service) => Set<LeaderElection.Election> = perClient(
  "elections",
  () => new Set<LeaderElection.Election>()
)

export const enter = (client: Service, election: LeaderElection.Election, renewal: Ask): void => {
  electionsOf(client).add(election)
  renewals.set(election, renewal)
}

export const leave = (client: Service, election: LeaderElection.Election): void => {
  electionsOf(client).delete(election)
}

export const sinceRenewal = (election: LeaderElection.Election): Renewal | undefined => renewals.get(election)?.()
