/**
 * Nobody gives away more than they have: who writes a role must hold what it says, or the verb `escalate`; who writes a
 * binding must hold what its role says, or the verb `bind` on it.
 */
import { goQuote } from "../../structural/fieldError.js"
import { child, equal, items, type JsonObject, text, withMember } from "../json.js"
import { metadataOf, withMetadata } from "../objectMeta.js"
import { nameOf } from "../objectParts.js"
import type { Served } from "../served.js"
import * as status from "../status.js"
import { type Authorizer, isMaster, rbacGroup } from "./authorizer.js"
import { forbiddenFor } from "./refusals.js"
import { describe, missing, quoted, type Rule, rulesOf } from "./rules.js"
import type { UserInfo } from "./users.js"

/** Looks at an object that somebody is about to write; refuses. */
export type Guard = (object: JsonObject, previous: JsonObject | undefined) => void

/** Where somebody writes: the namespace and the name of the request, which has none where it creates. */
export interface Place {
  readonly namespace: string
  readonly name: string
}

const everything: ReadonlyArray<Rule> = rulesOf({
  rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }, { nonResourceURLs: ["*"], verbs: ["*"] }]
})

const aggregates = (role: JsonObject | undefined): boolean =>
  items(child(role, "aggregationRule"), "clusterRoleSelectors").length > 0

const ofGarbageCollection = ["ownerReferences", "finalizers", "selfLink", "managedFields"]

/** Whether nothing differs but what the garbage collector writes. */
const isForGarbageCollection = (object: JsonObject, previous: JsonObject): boolean => {
  let metadata = metadataOf(object)
  for (const field of ofGarbageCollection) metadata = withMember(metadata, field, metadataOf(previous)[field])
  return equal(withMetadata(object, metadata), previous)
}

/** What somebody lacks of some rules, in words; undefined where they hold them all. */
const lacks = (
  authorizer: Authorizer,
  user: UserInfo,
  namespace: string,
  rules: ReadonlyArray<Rule>
): string | undefined => {
  const owned = authorizer.rulesFor(user, namespace)
  const found = missing(owned.rules, rules)
  if (found.length === 0) return undefined
  const errors = owned.error === "" ? "" : `; resolution errors: [${owned.error}]`
  return `user ${goQuote(user.username)} (groups=${quoted(user.groups)}) is attempting to grant RBAC permissions ` +
    `not currently held:\n${describe(found)}${errors}`
}

type Why = (object: JsonObject, previous: JsonObject | undefined) => string | undefined

const roleGuard = (authorizer: Authorizer, user: UserInfo, plural: string, { name, namespace }: Place): Why => {
  const { allowed } = authorizer.decide(user, {
    isResource: true,
    verb: "escalate",
    group: rbacGroup,
    resource: plural,
    subresource: "",
    namespace,
    name
  })
  if (allowed) return () => undefined
  return (role, previous) => {
    const why = lacks(authorizer, user, namespace, rulesOf(role))
    if (why !== undefined || (!aggregates(role) && !aggregates(previous))) return why
    return lacks(authorizer, user, namespace, everything) === undefined
      ? undefined
      : "must have cluster-admin privileges to use the aggregationRule"
  }
}

const bindingGuard =
  (authorizer: Authorizer, user: UserInfo, plural: string, { namespace }: Place): Why => (binding) => {
    const reference = child(binding, "roleRef")
    const role = { kind: text(reference, "kind") ?? "", name: text(reference, "name") ?? "" }
    const mayBind = (role.kind === "Role" || role.kind === "ClusterRole") && authorizer.decide(user, {
      isResource: true,
      verb: "bind",
      group: text(reference, "apiGroup") ?? "",
      resource: role.kind === "Role" ? "roles" : "clusterroles",
      subresource: "",
      namespace,
      name: role.name
    }).allowed
    if (mayBind) return undefined
    const found = authorizer.rulesOf(role, namespace)
    if ("rules" in found) return lacks(authorizer, user, namespace, found.rules)
    // The server names the missing role by the resource that is being written.
    throw found.isMissing
      ? status.notFound({ group: rbacGroup, resource: plural }, role.name)
      : status.internal(found.error)
  }

const guards: { readonly [resource: string]: typeof roleGuard } = {
  [`${rbacGroup}/roles`]: roleGuard,
  [`${rbacGroup}/clusterroles`]: roleGuard,
  [`${rbacGroup}/rolebindings`]: bindingGuard,
  [`${rbacGroup}/clusterrolebindings`]: bindingGuard
}

/** What has to be asked before somebody writes an object of a kind; undefined for most kinds. */
export const guardOf = (authorizer: Authorizer, user: UserInfo, served: Served, place: Place): Guard | undefined => {
  const guard = guards[served.storage]
  if (guard === undefined || isMaster(user)) return undefined
  const why = guard(authorizer, user, served.plural, place)
  return (object, previous) => {
    if (previous !== undefined && isForGarbageCollection(object, previous)) return
    const reason = why(object, previous)
    if (reason === undefined) return
    throw forbiddenFor({ group: served.group, resource: served.plural }, nameOf(object), reason)
  }
}
