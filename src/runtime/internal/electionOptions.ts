/** What a campaign is told: its numbers, checked, and who it is. */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as LeaderElection from "../LeaderElection.js"

export interface Settings {
  readonly name: string
  readonly identity: string
  /** In milliseconds, as the following. */
  readonly leaseDuration: number
  readonly renewDeadline: number
  readonly retryPeriod: number
}

/** Throws a `TypeError` for options that cannot work. */
export const check = (name: string, options: LeaderElection.Options): Omit<Settings, "identity"> => {
  const refuse = (what: string): never => {
    throw new TypeError(`LeaderElection.make: ${what}`)
  }
  if (name === "") refuse("name: expected the name of a Lease, found an empty text")
  if (options.identity === "") refuse("identity: expected a text that is not empty")
  const leaseDuration = Duration.toMillis(options.leaseDuration ?? "15 seconds")
  const renewDeadline = Duration.toMillis(options.renewDeadline ?? "10 seconds")
  const retryPeriod = Duration.toMillis(options.retryPeriod ?? "2 seconds")
  if (!Number.isFinite(leaseDuration) || leaseDuration % 1000 !== 0) {
    refuse(`leaseDuration: expected whole seconds, found ${Duration.format(leaseDuration)}`)
  }
  if (!(leaseDuration > renewDeadline)) {
    refuse(
      `renewDeadline: expected less than leaseDuration (${Duration.format(leaseDuration)}), found ${
        Duration.format(renewDeadline)
      }`
    )
  }
  if (!(retryPeriod > 0 && renewDeadline > 1.2 * retryPeriod)) {
    refuse(
      `retryPeriod: expected more than nothing, and 1.2 times of it less than renewDeadline (${
        Duration.format(renewDeadline)
      }), found ${Duration.format(retryPeriod)}`
    )
  }
  return { name, leaseDuration, renewDeadline, retryPeriod }
}

const digits = Effect.map(
  Effect.all(Array.from({ length: 8 }, () => Random.nextIntBetween(0, 0x10000))),
  (parts) => parts.map((part) => part.toString(16).padStart(4, "0")).join("")
)

/** A Pod's name is its HOSTNAME; the rest tells two containers of it apart, and one from its own restart. */
export const identityOf = (options: LeaderElection.Options): Effect.Effect<string> => {
  if (options.identity !== undefined) return Effect.succeed(options.identity)
  const host = Effect.orElseSucceed(Config.nonEmptyString("HOSTNAME"), () => "effect-kube")
  return Effect.zipWith(host, digits, (host, digits) => `${host}_${digits}`)
}
