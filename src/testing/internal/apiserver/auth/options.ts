/** What a test may say of users. */
import type * as Redacted from "effect/Redacted"
import { accountGroups, accountUsername, type UserInfo } from "./users.js"

/** A user. Everybody but `system:anonymous` is in the group `system:authenticated` as well. */
export interface User {
  readonly username: string
  readonly groups?: ReadonlyArray<string> | undefined
  readonly uid?: string | undefined
  readonly extra?: { readonly [key: string]: ReadonlyArray<string> } | undefined
}

/** A service account, as `namespace/name`. It need not be stored. */
export interface ServiceAccountUser {
  readonly serviceAccount: string
}

/** Somebody who may ask for something. */
export type Identity = User | ServiceAccountUser

export interface AuthOptions {
  /** Tokens that are known from the start, beside the administrator's. */
  readonly tokens?:
    | ReadonlyArray<{ readonly token: Redacted.Redacted<string>; readonly user: Identity }>
    | undefined
  /** Whether requests without a credential count as `system:anonymous`, who may do very little; else they are 401. Default true. */
  readonly anonymous?: boolean | undefined
}

export interface AuthSettings {
  readonly tokens: ReadonlyArray<{ readonly token: Redacted.Redacted<string>; readonly user: UserInfo }>
  readonly anonymous: boolean
}

export const userOf = (identity: Identity): UserInfo => {
  if ("serviceAccount" in identity) {
    const [namespace = "", name = ""] = identity.serviceAccount.split("/")
    return { username: accountUsername({ namespace, name }), uid: "", groups: accountGroups(namespace), extra: {} }
  }
  const { extra = {}, groups = [], uid = "", username } = identity
  return { username, uid, groups, extra }
}

export const authSettings = (options: boolean | AuthOptions | undefined): AuthSettings | undefined => {
  if (options === undefined || options === false) return undefined
  const { anonymous = true, tokens = [] } = options === true ? {} : options
  return { anonymous, tokens: tokens.map(({ token, user }) => ({ token, user: userOf(user) })) }
}
