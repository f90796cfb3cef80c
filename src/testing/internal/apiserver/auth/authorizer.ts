/**
 * Who may do what (RBAC): the roles and bindings of the store, asked about one request or for all that a user may. They
 * are read when somebody asks, and read again after one of them has changed.
 *
 * ```ts
 * import { Authorizer } from "./authorizer.js"
 * import { Storage } from "../storage.js"
 * import { anonymous } from "./users.js"
 *
 * const authorizer = new Authorizer(new Storage({ history: 1000 }))
 * authorizer.decide(anonymous, { isResource: false, verb: "get", path: "/metrics" }) // { allowed: false, reason: "" }
 * ```
 */
import { goQuote } from "../../structural/fieldError.js"
import { child, isObject, items, type JsonObject, text } from "../json.js"
import type { Storage } from "../storage.js"
import type { Attributes } from "./attributes.js"
import { allows, type Rule, rulesOf } from "./rules.js"
import { accountUsername, masters, type UserInfo } from "./users.js"

export const rbacGroup = "rbac.authorization.k8s.io"
const resources = ["clusterroles", "roles", "clusterrolebindings", "rolebindings"].map((plural) =>
  `${rbacGroup}/${plural}`
)

export interface RoleReference {
  readonly kind: string
  readonly name: string
}

interface Subject {
  readonly kind: string
  readonly name: string
  readonly namespace: string
}

interface Binding {
  /** As reasons name it. */
  readonly shown: string
  readonly role: RoleReference
  readonly subjects: ReadonlyArray<Subject>
}

export interface Decision {
  readonly allowed: boolean
  /** Why, where there is something to say. */
  readonly reason: string
}

/** The rules of a role, or why there are none. */
export type RoleRules = { readonly rules: ReadonlyArray<Rule> } | {
  readonly error: string
  /** The role is not there. */
  readonly isMissing: boolean
}

interface Granted {
  readonly rules: ReadonlyArray<Rule>
  /** Which binding gives them, and to whom. */
  readonly source: () => string
}

const referenceOf = (binding: JsonObject): RoleReference => {
  const role = child(binding, "roleRef")
  return { kind: text(role, "kind") ?? "", name: text(role, "name") ?? "" }
}

const bindingOf = (object: JsonObject, namespace: string): Binding => {
  const name = text(child(object, "metadata"), "name") ?? ""
  return {
    shown: namespace === "" ? `ClusterRoleBinding ${goQuote(name)}` : `RoleBinding ${goQuote(`${name}/${namespace}`)}`,
    role: referenceOf(object),
    subjects: items(object, "subjects").filter(isObject).map((subject) => ({
      kind: text(subject, "kind") ?? "",
      name: text(subject, "name") ?? "",
      namespace: (text(subject, "namespace") ?? "") || namespace
    }))
  }
}

const appliesTo = (user: UserInfo, { kind, name, namespace }: Subject): boolean => {
  switch (kind) {
    case "User":
      return user.username === name
    case "Group":
      return user.groups.includes(name)
    case "ServiceAccount":
      return namespace !== "" && user.username === accountUsername({ namespace, name })
    default:
      return false
  }
}

const shownSubject = ({ kind, name, namespace }: Subject): string =>
  `${kind} ${goQuote(kind === "ServiceAccount" ? `${name}/${namespace}` : name)}`

/** Several errors as one text; the same one counts once. */
const joined = (errors: ReadonlyArray<string>): string => {
  const different = [...new Set(errors)]
  return different.length === 1 ? different[0]! : `[${different.join(", ")}]`
}

export const isMaster = (user: UserInfo): boolean => user.groups.includes(masters)

export class Authorizer {
  readonly #bindings = new Map<string, ReadonlyArray<Binding>>()
  readonly #rules = new Map<string, RoleRules>()

  constructor(readonly storage: Storage) {
    for (const resource of resources) {
      storage.listen(resource, () => {
        this.#bindings.clear()
        this.#rules.clear()
      })
    }
  }

  decide(user: UserInfo, asked: Attributes): Decision {
    if (isMaster(user)) return { allowed: true, reason: "" }
    const errors: Array<string> = []
    for (const granted of this.#granted(user, asked.isResource ? asked.namespace : "")) {
      if ("error" in granted) errors.push(granted.error)
      else if (granted.rules.some((rule) => allows(rule, asked))) {
        return { allowed: true, reason: `RBAC: allowed by ${granted.source()}` }
      }
    }
    return { allowed: false, reason: errors.length === 0 ? "" : `rbac: RBAC: ${joined(errors)}` }
  }

  /** All that somebody may in a namespace, and what went wrong when it was looked up. */
  rulesFor(user: UserInfo, namespace: string): { readonly rules: ReadonlyArray<Rule>; readonly error: string } {
    const rules: Array<Rule> = []
    const errors: Array<string> = []
    for (const granted of this.#granted(user, namespace)) {
      if ("error" in granted) errors.push(granted.error)
      else rules.push(...granted.rules)
    }
    return { rules, error: errors.length === 0 ? "" : joined(errors) }
  }

  /** The rules of the role that a binding in a namespace names; a ClusterRoleBinding is in none. */
  rulesOf({ kind, name }: RoleReference, namespace: string): RoleRules {
    const plural = { Role: "roles", ClusterRole: "clusterroles" }[kind]
    if (plural === undefined) {
      return { error: `unsupported role reference kind: ${goQuote(kind)}`, isMissing: false }
    }
    const home = kind === "Role" ? namespace : ""
    const key = `${plural}/${home}/${name}`
    const known = this.#rules.get(key)
    if (known !== undefined) return known
    const entry = this.storage.get(`${rbacGroup}/${plural}`, home, name)
    const found: RoleRules = entry === undefined
      ? { error: `${kind.toLowerCase()}.${rbacGroup} ${goQuote(name)} not found`, isMissing: true }
      : { rules: rulesOf(entry.object) }
    this.#rules.set(key, found)
    return found
  }

  *#granted(user: UserInfo, namespace: string): Iterable<Granted | { readonly error: string }> {
    for (const home of namespace === "" ? [""] : ["", namespace]) {
      for (const { role, shown, subjects } of this.#bindingsIn(home)) {
        const subject = subjects.find((each) => appliesTo(user, each))
        if (subject === undefined) continue
        const found = this.rulesOf(role, home)
        yield "error" in found ? found : {
          rules: found.rules,
          source: () => `${shown} of ${role.kind} ${goQuote(role.name)} to ${shownSubject(subject)}`
        }
      }
    }
  }

  /** RoleBindings of a namespace; ClusterRoleBindings in none. */
  #bindingsIn(namespace: string): ReadonlyArray<Binding> {
    const known = this.#bindings.get(namespace)
    if (known !== undefined) return known
    const listed = namespace === ""
      ? this.storage.list(`${rbacGroup}/clusterrolebindings`)
      : this.storage.list(`${rbacGroup}/rolebindings`, { namespace })
    const entries = "compacted" in listed ? [] : listed.entries
    const bindings = entries.map(({ object }) => bindingOf(object, namespace))
    this.#bindings.set(namespace, bindings)
    return bindings
  }
}
