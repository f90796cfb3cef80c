/** The `Authorization` header, and what may stand in it. */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import type { Credential, Presented } from "../../KubeClient.js"

/** Shows nothing in a header: a certificate says it all. */
export const nothing: Presented = { authorization: undefined }

/** What a header can carry, and a token is one word: nothing that could end the header and begin another. */
const token = /^[\x21-\x7e]+$/

/** A bearer token, or why it cannot be one. */
export const bearer = (value: string): Presented | string =>
  value === ""
    ? "the token is empty"
    : token.test(value)
    ? { authorization: Redacted.make(`Bearer ${value}`) }
    : "the token holds spaces or other characters that no token has"

/** A login, or why it cannot be one: the first colon ends the name (RFC 7617). */
export const basic = (username: string, password: Redacted.Redacted<string>): Presented | string =>
  username.includes(":")
    ? "the username holds a colon, which ends it"
    : { authorization: Redacted.make(`Basic ${Encoding.encodeBase64(`${username}:${Redacted.value(password)}`)}`) }

/** Whether two show the same: then the older one is kept, which says that nothing has changed. */
export const same = (one: Presented, two: Presented): boolean =>
  one.authorization === undefined || two.authorization === undefined
    ? one.authorization === two.authorization
    : Redacted.value(one.authorization) === Redacted.value(two.authorization)

/** Shows always the same, or fails always for the same reason. */
export const fixed = (presented: Presented | string): Credential => ({
  presented: typeof presented === "string" ? Effect.fail(presented) : Effect.succeed(presented),
  refresh: () => Effect.succeed(false)
})
