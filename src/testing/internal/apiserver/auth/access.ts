/**
 * Authentication and authorization of one server: who asks, on whose behalf, and whether they may. Where a test does not
 * ask for it, everybody may do everything.
 */
import type * as Redacted from "effect/Redacted"
import type { Moment } from "../objectMeta.js"
import type { Query } from "../options.js"
import * as status from "../status.js"
import type { Storage } from "../storage.js"
import type { AccountTokens } from "./accountTokens.js"
import { attributesOf } from "./attributes.js"
import { Authentication, type Known } from "./authentication.js"
import { Authorizer } from "./authorizer.js"
import { type Headers, Impersonation } from "./impersonation.js"
import type { AuthSettings } from "./options.js"
import { forbidden } from "./refusals.js"
import { asAuthenticated, everybody, masters, type UserInfo } from "./users.js"

/** What of a request says who asks for what. */
export interface Asking {
  readonly method: string
  /** Decoded. */
  readonly path: string
  readonly query: Query
  readonly headers: Headers
  readonly now: number
  /** Who asks, where that is known without a credential. */
  readonly user: UserInfo | undefined
}

/** Who may do everything. */
export const admin: UserInfo = { username: "admin", uid: "", groups: [masters], extra: {} }

export class Access {
  readonly authorizer: Authorizer
  readonly authentication: Authentication
  readonly #impersonation: Impersonation
  /** Undefined where nobody is asked who they are. */
  readonly adminToken: Redacted.Redacted<string> | undefined

  constructor(storage: Storage, readonly settings: AuthSettings | undefined, moment: Moment) {
    this.authorizer = new Authorizer(storage)
    this.authentication = new Authentication(storage, settings?.anonymous ?? true)
    this.#impersonation = new Impersonation(this.authorizer)
    for (const { token, user } of settings?.tokens ?? []) this.authentication.know(token, user)
    this.adminToken = settings === undefined ? undefined : this.authentication.tokenFor(admin, moment)
  }

  get isOn(): boolean {
    return this.settings !== undefined
  }

  get accountTokens(): AccountTokens {
    return this.authentication.accountTokens
  }

  /** Who asks, once it is clear that they may; refuses with a 401 or a 403. */
  admit({ headers, method, now, path, query, user }: Asking): Known {
    if (!this.isOn) return { user: everybody, warnings: [] }
    const known = user === undefined
      ? this.authentication.identify(headers["authorization"], now)
      : { user: asAuthenticated(user), warnings: [] }
    const asked = attributesOf(method, path, query)
    return status.warning(known.warnings, () => {
      const effective = this.#impersonation.of(known.user, headers, asked)
      const { allowed, reason } = this.authorizer.decide(effective, asked)
      if (!allowed) throw forbidden(effective, asked, reason)
      return { ...known, user: effective }
    })
  }
}
