/** The rules of roles (`PolicyRule`): what they allow, and whether some rules give all that others give. */
import { goQuote } from "../../structural/fieldError.js"
import { isObject, items, type JsonObject, texts } from "../json.js"
import type { Attributes } from "./attributes.js"

export interface Rule {
  readonly verbs: ReadonlyArray<string>
  readonly apiGroups: ReadonlyArray<string>
  readonly resources: ReadonlyArray<string>
  readonly resourceNames: ReadonlyArray<string>
  readonly nonResourceURLs: ReadonlyArray<string>
}

/** The rules of a role as it is stored. */
export const rulesOf = (role: JsonObject): ReadonlyArray<Rule> =>
  items(role, "rules").filter(isObject).map((rule) => ({
    verbs: texts(rule, "verbs"),
    apiGroups: texts(rule, "apiGroups"),
    resources: texts(rule, "resources"),
    resourceNames: texts(rule, "resourceNames"),
    nonResourceURLs: texts(rule, "nonResourceURLs")
  }))

const anyOrOne = (list: ReadonlyArray<string>, wanted: string): boolean => list.includes("*") || list.includes(wanted)

/** A star at the end stands for anything; anywhere else it is a star. */
const covers = (url: string, path: string): boolean =>
  url === path || (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, "")))

const hasResource = ({ resources }: Rule, resource: string, subresource: string): boolean =>
  anyOrOne(resources, subresource === "" ? resource : `${resource}/${subresource}`)
  || (subresource !== "" && resources.includes(`*/${subresource}`))

export const allows = (rule: Rule, asked: Attributes): boolean => {
  if (!anyOrOne(rule.verbs, asked.verb)) return false
  if (!asked.isResource) return rule.nonResourceURLs.some((url) => covers(url, asked.path))
  return anyOrOne(rule.apiGroups, asked.group)
    && hasResource(rule, asked.resource, asked.subresource)
    && (rule.resourceNames.length === 0 || rule.resourceNames.includes(asked.name))
}

const none: Rule = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] }

/** Rules of one verb and one thing each, which say together what a rule says. */
const atoms = (rule: Rule): ReadonlyArray<Rule> => {
  const found: Array<Rule> = []
  for (const group of rule.apiGroups) {
    for (const resource of rule.resources) {
      for (const verb of rule.verbs) {
        const atom = { ...none, apiGroups: [group], resources: [resource], verbs: [verb] }
        if (rule.resourceNames.length === 0) found.push(atom)
        else for (const name of rule.resourceNames) found.push({ ...atom, resourceNames: [name] })
      }
    }
  }
  for (const url of rule.nonResourceURLs) {
    for (const verb of rule.verbs) found.push({ ...none, nonResourceURLs: [url], verbs: [verb] })
  }
  return found
}

const coversResource = (owned: ReadonlyArray<string>, resource: string): boolean => {
  if (anyOrOne(owned, resource)) return true
  const slash = resource.indexOf("/")
  return slash >= 0 && owned.includes(`*${resource.slice(slash)}`)
}

const coversAtom = (owned: Rule, atom: Rule): boolean =>
  anyOrOne(owned.verbs, atom.verbs[0]!)
  && atom.apiGroups.every((group) => anyOrOne(owned.apiGroups, group))
  && atom.resources.every((resource) => coversResource(owned.resources, resource))
  && atom.nonResourceURLs.every((path) => owned.nonResourceURLs.some((url) => covers(url, path)))
  && (owned.resourceNames.length === 0
    || (atom.resourceNames.length > 0 && atom.resourceNames.every((name) => owned.resourceNames.includes(name))))

/** What some rules give that others do not: nothing where the others give all of it. */
export const missing = (owned: ReadonlyArray<Rule>, wanted: ReadonlyArray<Rule>): ReadonlyArray<Rule> =>
  wanted.flatMap(atoms).filter((atom) => !owned.some((rule) => coversAtom(rule, atom)))

/** A list as Go prints it. */
export const quoted = (list: ReadonlyArray<string>): string => `[${list.map(goQuote).join(" ")}]`

const described = (rule: Rule): string => {
  const parts = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs]
  ] as const
  return `{${parts.filter(([, list]) => list.length > 0).map(([name, list]) => `${name}:${quoted(list)}`).join(", ")}}`
}

/** Atoms in words, a line for each thing with all its verbs; paths have a line for each verb. */
export const describe = (rules: ReadonlyArray<Rule>): string => {
  const joined = new Map<string, Rule>()
  for (const rule of rules) {
    const { verbs: _, ...thing } = rule
    const key = JSON.stringify(rule.nonResourceURLs.length > 0 ? rule : thing)
    const known = joined.get(key)
    joined.set(key, known === undefined ? rule : { ...known, verbs: [...known.verbs, ...rule.verbs] })
  }
  return [...new Set([...joined.values()].map(described))].sort().join("\n")
}
