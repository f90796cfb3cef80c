/**
 * Impersonation: a request that is to count as somebody else's. Who asks needs a verb for it: the old `impersonate`, or a
 * pair of the newer ones that say as what kind of user and for which verb (KEP-5284), such as `impersonate:user-info` with
 * `impersonate-on:user-info:list`.
 */
import { goQuote } from "../../structural/fieldError.js"
import { setOwn } from "../json.js"
import * as status from "../status.js"
import type { Attributes, ResourceAttributes } from "./attributes.js"
import type { Authorizer } from "./authorizer.js"
import { forbidden } from "./refusals.js"
import { quoted } from "./rules.js"
import { accountGroups, accountOf, asImpersonated, masters, type UserInfo } from "./users.js"

/** Names in lower case. Several headers of one name are lines of one value. */
export type Headers = { readonly [name: string]: string }

const extraPrefix = "impersonate-extra-"
const nodePrefix = "system:node:"
const nodeNameKey = "authentication.kubernetes.io/node-name"
const authenticationGroup = "authentication.k8s.io"

const unescaped = (key: string): string => {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

const goList = (list: ReadonlyArray<string>): string =>
  list.length === 0 ? "[]string(nil)" : `[]string{${list.map(goQuote).join(", ")}}`

const goMap = (extra: UserInfo["extra"]): string => {
  const keys = Object.keys(extra).sort()
  return keys.length === 0
    ? "map[string][]string(nil)"
    : `map[string][]string{${keys.map((key) => `${goQuote(key)}:${goList(extra[key] ?? [])}`).join(", ")}}`
}

/** Whom the headers of a request ask for; undefined where they ask for nobody. */
const wantedBy = (headers: Headers): UserInfo | undefined => {
  const extra: { [key: string]: ReadonlyArray<string> } = {}
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(extraPrefix)) continue
    setOwn(extra, unescaped(name.slice(extraPrefix.length)).toLowerCase(), headers[name]!.split("\n"))
  }
  const username = headers["impersonate-user"] ?? ""
  const uid = headers["impersonate-uid"] ?? ""
  const groups = headers["impersonate-group"]?.split("\n") ?? []
  if (username !== "") return { username, uid, groups, extra }
  if (uid === "" && groups.length === 0 && Object.keys(extra).length === 0) return undefined
  throw status.badRequest(
    `requested &user.DefaultInfo{Name:"", UID:${goQuote(uid)}, Groups:${goList(groups)}, Extra:${goMap(extra)}} ` +
      "without impersonating a user name"
  )
}

/** A way to be allowed to impersonate. */
interface Mode {
  /** As verbs name it; the old way has no name. */
  readonly name: string
  readonly fits: (wanted: UserInfo, requestor: UserInfo) => boolean
}

const hasOnlyName = ({ extra, groups, uid }: UserInfo): boolean =>
  uid === "" && groups.length === 0 && Object.keys(extra).length === 0
const isNode = (username: string): boolean => username.startsWith(nodePrefix) && username.length > nodePrefix.length
const isAccount = (username: string): boolean => accountOf(username) !== undefined

/** Whether somebody asks from a Pod on the Node that they want to be. */
const isOwnNode = (username: string, requestor: UserInfo): boolean =>
  isNode(username) && isAccount(requestor.username)
  && requestor.extra[nodeNameKey]?.join() === username.slice(nodePrefix.length)

const ownNode = "associated-node"

const modes: ReadonlyArray<Mode> = [
  { name: ownNode, fits: (wanted, requestor) => hasOnlyName(wanted) && isOwnNode(wanted.username, requestor) },
  { name: "arbitrary-node", fits: (wanted) => hasOnlyName(wanted) && isNode(wanted.username) },
  { name: "serviceaccount", fits: (wanted) => hasOnlyName(wanted) && isAccount(wanted.username) },
  { name: "user-info", fits: ({ username }) => !isNode(username) && !isAccount(username) },
  { name: "", fits: () => true }
]

/** One thing that has to be allowed; `never` says why it is not, whatever the roles say. */
interface Check {
  readonly asked: Attributes
  readonly never?: string | undefined
}

const checksOf = (mode: Mode, wanted: UserInfo, request: Attributes): ReadonlyArray<Check> => {
  const isOld = mode.name === ""
  const verb = isOld ? "impersonate" : `impersonate:${mode.name}`
  const attributes = (group: string, resource: string, name: string, rest: Partial<ResourceAttributes> = {}) =>
    ({ isResource: true, verb, group, resource, subresource: "", namespace: "", name, ...rest }) as const
  const core = isOld ? "" : authenticationGroup
  const account = accountOf(wanted.username)
  const who = account !== undefined
    ? attributes(core, "serviceaccounts", account.name, { namespace: account.namespace })
    : !isOld && isNode(wanted.username)
    ? attributes(core, "nodes", mode.name === ownNode ? "*" : wanted.username.slice(nodePrefix.length))
    : attributes(core, "users", wanted.username)
  return [
    ...(isOld ? [] : [{ asked: { ...request, verb: `impersonate-on:${mode.name}:${request.verb}` } }]),
    { asked: who },
    ...(wanted.uid === "" ? [] : [{ asked: attributes(authenticationGroup, "uids", wanted.uid) }]),
    ...wanted.groups.map((group): Check => ({
      asked: attributes(core, "groups", group),
      never: isOld || group !== masters ? undefined : "impersonating the system:masters group is not allowed"
    })),
    ...Object.keys(wanted.extra).sort().flatMap((key) =>
      wanted.extra[key]!.map((value) => ({
        asked: attributes(authenticationGroup, "userextras", value, { subresource: key })
      }))
    )
  ]
}

const groupsOf = ({ groups, username }: UserInfo, { name }: Mode): ReadonlyArray<string> => {
  const account = accountOf(username)
  if (account !== undefined && groups.length === 0) return accountGroups(account.namespace)
  return name !== "" && isNode(username) ? ["system:nodes"] : groups
}

/** Who somebody is after the headers of their request; refuses what they may not be. */
export class Impersonation {
  /** The way that worked last for somebody is tried first, and its refusal is the one that they see. */
  readonly #last = new Map<string, Mode>()

  constructor(readonly authorizer: Authorizer) {}

  of(user: UserInfo, headers: Headers, request: Attributes): UserInfo {
    const wanted = wantedBy(headers)
    if (wanted === undefined) return user
    const last = this.#last.get(user.username)
    const inOrder = last === undefined ? modes : [last, ...modes.filter((mode) => mode !== last)]
    let first: status.Refusal | undefined
    for (const mode of inOrder) {
      if (!mode.fits(wanted, user)) continue
      const refusal = this.#refusal(user, checksOf(mode, wanted, request))
      if (refusal === undefined) {
        this.#last.set(user.username, mode)
        return asImpersonated({ ...wanted, groups: groupsOf(wanted, mode) })
      }
      first ??= refusal
    }
    throw first ?? status.internal(`nobody can impersonate ${quoted([wanted.username])}`)
  }

  #refusal(user: UserInfo, checks: ReadonlyArray<Check>): status.Refusal | undefined {
    for (const { asked, never } of checks) {
      const { allowed, reason } = never === undefined
        ? this.authorizer.decide(user, asked)
        : { allowed: false, reason: never }
      if (!allowed) return forbidden(user, asked, reason)
    }
    return undefined
  }
}
