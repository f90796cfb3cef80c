/** What a server of some version can do. */
import * as Effect from "effect/Effect"
import { perClient } from "../../client/internal/perClient.js"
import { serverVersion } from "../../client/internal/serverVersion.js"
import type { Service } from "../../client/KubeClient.js"
import * as KubeError from "../../protocol/KubeError.js"

/** Since 1.33 servers send a list while they encode it; older ones build it first, in memory. */
const streamsLists = { major: 1, minor: 33 }

interface Asked {
  readonly lock: Effect.Semaphore
  answer: boolean | undefined
}

const askedOf = perClient("sendsListsAsStreams", (): Asked => ({
  lock: Effect.unsafeMakeSemaphore(1),
  answer: undefined
}))

/**
 * Whether the server sends big lists as a stream; false where it does not tell its version. Fails when it cannot be
 * reached, and then asks again next time.
 */
export const sendsListsAsStreams = (client: Service): Effect.Effect<boolean, KubeError.TransportError> =>
  Effect.suspend(() => {
    const entry = askedOf(client)
    const answered = (answer: boolean) => {
      entry.answer = answer
      return answer
    }
    const ask = serverVersion(client).pipe(
      Effect.map(({ major, minor }) =>
        answered(major > streamsLists.major || (major === streamsLists.major && minor >= streamsLists.minor))
      ),
      Effect.catchAll((error) => {
        if (error._tag === "KubeTransportError" && error.reason !== "Protocol") return Effect.fail(error)
        // What is refused for good is not asked again; a server that is only busy may tell it next time.
        return Effect.sync(() =>
          KubeError.isTransient(error) || error._tag === "KubeUnauthorized" ? false : answered(false)
        )
      })
    )
    return entry.lock.withPermits(1)(
      Effect.suspend(() => entry.answer === undefined ? ask : Effect.succeed(entry.answer))
    )
  })
