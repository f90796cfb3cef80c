/** Doc comments: what a reader of a kind needs to know and its type cannot say. */
import type { Kind, Module, Struct, Union } from "./model.js"
import { apiVersion } from "./read.js"
import type { Deprecation, Flags } from "./serving.js"

/** A doc comment of paragraphs, and of tags that follow the last of them. */
export const comment = (paragraphs: ReadonlyArray<string>, tags: ReadonlyArray<string> = []): string => {
  const lines = [...paragraphs.flatMap((paragraph, i) => i === 0 ? [paragraph] : ["", paragraph]), ...tags]
  return lines.length === 1
    ? `/** ${lines[0]} */\n`
    : `/**\n${lines.map((line) => line === "" ? " *\n" : ` * ${line}\n`).join("")} */\n`
}

const code = (name: string): string => `\`${name}\``

/** `a`, `a and b`, `a, b and c`. */
const enumerated = (items: ReadonlyArray<string>): string =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`

/** What documents say of fields that exclude each other. */
export const unionText = ({ discriminator, members }: Union): string => {
  const isAlone = members.length === 1
  if (discriminator === undefined) {
    const fields = members.map(({ field }) => code(field))
    return isAlone ? `A union, so far of ${fields[0]} alone.` : `A union: only one of ${enumerated(fields)} is set.`
  }
  const by = `A union by ${code(discriminator)}`
  return isAlone
    ? `${by}: ${members.map(({ field, value }) => `${code(field)} is only set with "${value}"`)}.`
    : `${by}: only one of ${enumerated(members.map(({ field, value }) => `${code(field)} ("${value}")`))} is set.`
}

/** The comment above the interface of a struct or a kind. */
export const structComment = (struct: Struct, tags: ReadonlyArray<string> = []): string =>
  comment([struct.page, ...struct.unions.map(unionText)], tags)

/** What makes a server serve it, or nothing where it needs no more than to be started. */
export const flagsText = (flags: Flags | undefined, what = ""): string | undefined => {
  if (flags === undefined) return undefined
  const settings = (names: ReadonlyArray<string>) => names.map((name) => `${name}=true`).join(",")
  const needs = [
    ...flags.runtimeConfig.length === 0 ? [] : [`\`--runtime-config=${settings(flags.runtimeConfig)}\``],
    ...flags.featureGates.length === 0 ? [] : [`\`--feature-gates=${settings(flags.featureGates)}\``]
  ]
  return `${what === "" ? "Not" : `${what} is not`} served by default: needs ${needs.join(" and ")}.`
}

/** All flags that the kinds of a module need, or nothing where one of them needs none. */
export const moduleFlags = ({ kinds }: Module): Flags | undefined => {
  const all = kinds.flatMap(({ flags }) => flags === undefined ? [] : [flags])
  const unique = (names: ReadonlyArray<string>) => [...new Set(names)].sort()
  return kinds.length === 0 || all.length < kinds.length ? undefined : {
    runtimeConfig: unique(all.flatMap(({ runtimeConfig }) => runtimeConfig)),
    featureGates: unique(all.flatMap(({ featureGates }) => featureGates))
  }
}

/** What is said of subresources that need other flags than their kind. */
export const subresourceTexts = ({ subresourceFlags }: Kind): ReadonlyArray<string> =>
  subresourceFlags.flatMap(({ flags, name }) => flagsText(flags, code(name)) ?? [])

/** `@deprecated since Kubernetes 1.35, removed in 1.38: use toys.k8s.io/v2 Train (effect-kube/kinds/toys/v2)`. */
export const deprecationTags = (
  deprecated: Deprecation | undefined,
  modules: ReadonlyArray<Module>
): ReadonlyArray<string> => {
  if (deprecated === undefined) return []
  const { removed, since, use } = deprecated
  const module = modules.find((module) => use?.split(" ")[0] === apiVersion(module))
  return [
    `@deprecated since Kubernetes ${since}${removed === undefined ? "" : `, removed in ${removed}`}${
      use === undefined ? "" : `: use ${use}${module === undefined ? "" : ` (effect-kube/kinds/${module.path})`}`
    }`
  ]
}
