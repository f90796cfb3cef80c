/** Who asks: the bearer token of a request, and whose it is. */
import * as Redacted from "effect/Redacted"
import type { Moment } from "../objectMeta.js"
import type { Storage } from "../storage.js"
import { AccountTokens, type Checked, issuer } from "./accountTokens.js"
import { unauthorized } from "./refusals.js"
import { anonymous, asAuthenticated, type UserInfo } from "./users.js"

export interface Known {
  readonly user: UserInfo
  readonly warnings: ReadonlyArray<string>
}

const extraSpace = "the provided Authorization header contains extra space before the bearer token, and is ignored"

const nobody: Known = { user: anonymous, warnings: [] }
const invalidToken = "invalid bearer token"
const letters = "abcdefghijklmnopqrstuvwxyz0123456789"

export class Authentication {
  readonly accountTokens: AccountTokens
  readonly #tokens = new Map<string, UserInfo>()

  constructor(storage: Storage, readonly allowsAnonymous: boolean) {
    this.accountTokens = new AccountTokens(storage)
  }

  /** From now on this token is that user's. */
  know(token: Redacted.Redacted<string>, user: UserInfo): void {
    this.#tokens.set(Redacted.value(token), user)
  }

  /** A new token for a user. */
  tokenFor(user: UserInfo, moment: Moment): Redacted.Redacted<string> {
    const text = Array.from({ length: 40 }, () => letters[moment.random(letters.length)]).join("")
    const token = Redacted.make(text)
    this.know(token, user)
    return token
  }

  /** Who sends an Authorization header, or none; refuses with a 401. */
  identify(authorization: string | undefined, now: number): Known {
    const [scheme = "", token = "", ...rest] = (authorization ?? "").trim().split(" ")
    if (scheme.toLowerCase() !== "bearer" || token === "") {
      const hasSpace = scheme.toLowerCase() === "bearer" && rest.length > 0
      if (!this.allowsAnonymous) throw unauthorized()
      return hasSpace ? { user: anonymous, warnings: [extraSpace] } : nobody
    }
    const checked = this.review(token, [issuer], now)
    if ("error" in checked) throw unauthorized()
    return { user: checked.user, warnings: [] }
  }

  /** Whose a token is, for some audiences. */
  review(token: string, audiences: ReadonlyArray<string>, now: number): Checked {
    const user = this.#tokens.get(token)
    if (user !== undefined) return { user: asAuthenticated(user), audiences }
    const checked = this.accountTokens.check(token, audiences, now)
    if (checked === undefined) return { error: invalidToken }
    return "error" in checked
      ? { error: `[${invalidToken}, ${checked.error}]` }
      : { ...checked, user: asAuthenticated(checked.user) }
  }
}
