/** Which version a server is, asked once a client. */
import * as Effect from "effect/Effect"
import { actual, isFields } from "../../protocol/internal/actual.js"
import * as KubeError from "../../protocol/KubeError.js"
import * as Request from "../../protocol/Request.js"
import type { ServerVersion } from "../Discovery.js"
import type { Service } from "../KubeClient.js"
import { perClient } from "./perClient.js"

/** `33`, and `33+` of managed servers. */
const number = (u: unknown): number | undefined => {
  const digits = typeof u === "string" ? /^\d{1,9}/.exec(u)?.[0] : undefined
  return digits === undefined ? undefined : Number(digits)
}

const text = (u: unknown): string | undefined => typeof u === "string" && u !== "" ? u : undefined

/** What a server says of itself; undefined where no version is in it. */
const read = (body: unknown): ServerVersion | undefined => {
  if (!isFields(body)) return undefined
  const gitVersion = text(body["gitVersion"])
  const inGit = gitVersion === undefined ? null : /^v?(\d{1,9})\.(\d{1,9})/.exec(gitVersion)
  const major = number(body["major"]) ?? number(inGit?.[1])
  const minor = number(body["minor"]) ?? number(inGit?.[2])
  if (major === undefined || minor === undefined) return undefined
  return {
    major,
    minor,
    gitVersion: gitVersion ?? `v${major}.${minor}`,
    gitCommit: text(body["gitCommit"]),
    buildDate: text(body["buildDate"]),
    platform: text(body["platform"])
  }
}

const request = Request.raw({ path: "/version" })

interface Asked {
  readonly lock: Effect.Semaphore
  version: ServerVersion | undefined
}

const askedOf = perClient("serverVersion", (): Asked => ({
  lock: Effect.unsafeMakeSemaphore(1),
  version: undefined
}))

/** Fails where the server cannot be asked or does not say it, and then asks again the next time. */
export const serverVersion = (client: Service): Effect.Effect<ServerVersion, KubeError.Common> =>
  Effect.suspend(() => {
    const asked = askedOf(client)
    const ask = Effect.flatMap(client.execute(request), ({ body }) => {
      const version = read(body)
      if (version !== undefined) return Effect.succeed(asked.version = version)
      return Effect.fail(
        new KubeError.DecodeError({
          request: request.info,
          object: { namespace: undefined, name: undefined },
          issues: isFields(body)
            ? [{ path: ["minor"], expected: "a number, such as \"33\" or \"33+\"", actual: actual(body["minor"]) }]
            : [{ path: [], expected: "an object with the server's version", actual: actual(body) }]
        })
      )
    })
    if (asked.version !== undefined) return Effect.succeed(asked.version)
    return asked.lock.withPermits(1)(
      Effect.suspend(() => asked.version === undefined ? ask : Effect.succeed(asked.version))
    )
  })
