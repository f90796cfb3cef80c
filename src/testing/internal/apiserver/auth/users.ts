/**
 * Users, as the API server knows them: a name, groups, and what a credential says besides. There are no User objects;
 * only service accounts are stored.
 */

export interface UserInfo {
  readonly username: string
  readonly uid: string
  readonly groups: ReadonlyArray<string>
  readonly extra: { readonly [key: string]: ReadonlyArray<string> }
}

/** Who may do everything, whatever the roles say. */
export const masters = "system:masters"
const authenticated = "system:authenticated"
const unauthenticated = "system:unauthenticated"

const anonymousName = "system:anonymous"
export const credentialIdKey = "authentication.kubernetes.io/credential-id"

export const anonymous: UserInfo = { username: anonymousName, uid: "", groups: [unauthenticated], extra: {} }

/** Whom this server takes everybody for where it asks nobody who they are. */
export const everybody: UserInfo = { username: anonymousName, uid: "", groups: [masters, authenticated], extra: {} }

/** A user with the group that all have whom the server knows. */
export const asAuthenticated = (user: UserInfo): UserInfo =>
  user.username === anonymousName || user.groups.some((group) => group === authenticated || group === unauthenticated)
    ? user
    : { ...user, groups: [...user.groups, authenticated] }

const prefix = "system:serviceaccount:"

export interface AccountName {
  readonly namespace: string
  readonly name: string
}

export const accountUsername = ({ name, namespace }: AccountName): string => `${prefix}${namespace}:${name}`

export const accountGroups = (namespace: string): ReadonlyArray<string> => [
  "system:serviceaccounts",
  `system:serviceaccounts:${namespace}`
]

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** The service account that a user name stands for, if it stands for one. */
export const accountOf = (username: string): AccountName | undefined => {
  if (!username.startsWith(prefix)) return undefined
  const [namespace = "", name = "", ...rest] = username.slice(prefix.length).split(":")
  return rest.length === 0 && label.test(namespace) && name.length <= 253 && subdomain.test(name)
    ? { namespace, name }
    : undefined
}

/** Somebody impersonated: what a request's headers make of a user. */
export const asImpersonated = (user: UserInfo): UserInfo => {
  if (user.username === anonymousName) {
    return user.groups.includes(unauthenticated) ? user : { ...user, groups: [...user.groups, unauthenticated] }
  }
  return asAuthenticated(user)
}
