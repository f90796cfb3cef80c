/** Which version a server is, asked once a client. */
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import type { Service } from "../../client/KubeClient.js"
import { isFields } from "../../protocol/internal/codec.js"
import * as KubeError from "../../protocol/KubeError.js"
import * as Request from "../../protocol/Request.js"

/** Since 1.33 servers send a list while they encode it; older ones build it first, in memory. */
const streamsLists = { major: 1, minor: 33 }

interface Asked {
  readonly lock: Effect.Semaphore
  answer: boolean | undefined
}

const known = globalValue(Symbol.for("effect-kube/runtime/serverVersion"), () => new WeakMap<Service, Asked>())

/** `33` and `33+`; managed servers add the sign. */
const number = (u: unknown): number => typeof u === "string" ? Number.parseInt(u, 10) : Number.NaN

const isNewEnough = (body: unknown): boolean => {
  if (!isFields(body)) return false
  const major = number(body["major"])
  const minor = number(body["minor"])
  return major > streamsLists.major || (major === streamsLists.major && minor >= streamsLists.minor)
}

/**
 * Whether the server sends big lists as a stream; false where it does not tell its version. Fails when it cannot be
 * reached, and then asks again next time.
 */
export const sendsListsAsStreams = (client: Service): Effect.Effect<boolean, KubeError.TransportError> => {
  let asked = known.get(client)
  if (asked === undefined) known.set(client, asked = { lock: Effect.unsafeMakeSemaphore(1), answer: undefined })
  const entry = asked
  const answered = (answer: boolean) => {
    entry.answer = answer
    return answer
  }
  const ask = client.execute(Request.raw({ path: "/version" })).pipe(
    Effect.map((response) => answered(isNewEnough(response.body))),
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
}
