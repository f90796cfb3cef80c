/** Kinds that are known only at run time: their description comes from configuration or discovery, so it is looked at. */
import type { DynamicOptions, DynamicResource, ResourceScope } from "../Resource.js"
import { actual, isFields } from "./actual.js"
import * as declaration from "./declaration.js"
import { segmentProblem } from "./pathSegment.js"
import { plural } from "./plural.js"
import { define, type Statics, verbs } from "./resource.js"
import * as schemaCodec from "./schemaCodec.js"
import { isSecret } from "./secret.js"

const refuse = (option: string, expected: string, found: unknown): never => {
  throw new TypeError(`Resource.dynamic: ${option}: expected ${expected}, found ${actual(found)}`)
}

const checkSegment = (option: string, example: string, value: unknown): void => {
  if (typeof value !== "string" || segmentProblem(value) !== undefined) {
    refuse(option, `a name without "/" and "%", such as ${JSON.stringify(example)}`, value)
  }
}

const checkNames = (option: string, value: unknown): void => {
  if (value === undefined) return
  if (!Array.isArray(value)) return refuse(option, "a list of names", value)
  value.forEach((item: unknown, index) => {
    if (typeof item !== "string" || item === "") refuse(`${option}[${index}]`, "a name", item)
  })
}

/** Also of programs that no compiler has seen. */
const check = (options: { readonly [O in keyof DynamicOptions<ResourceScope, string>]: unknown }): void => {
  if (!isFields(options)) {
    throw new TypeError(
      `Resource.dynamic: expected an object with apiVersion, kind and scope, found ${actual(options)}`
    )
  }
  const { apiVersion, kind, scope } = options
  const parts = typeof apiVersion === "string" ? apiVersion.split("/") : []
  if (parts.length < 1 || parts.length > 2 || parts.some((part) => segmentProblem(part) !== undefined)) {
    refuse("apiVersion", "VERSION or GROUP/VERSION, such as \"v1\" or \"apps/v1\"", apiVersion)
  }
  if (typeof kind !== "string" || !/^[A-Za-z][A-Za-z0-9-]*$/.test(kind)) {
    refuse("kind", "a name of letters and digits, such as \"Deployment\"", kind)
  }
  if (scope !== "Namespaced" && scope !== "Cluster") refuse("scope", "\"Namespaced\" or \"Cluster\"", scope)
  if (options.plural !== undefined) checkSegment("plural", "deployments", options.plural)
  if (options.singular !== undefined) checkSegment("singular", "deployment", options.singular)
  checkNames("shortNames", options.shortNames)
  checkNames("categories", options.categories)
  checkNames("abilities", options.abilities)
}

export const dynamic = <const S extends ResourceScope, const Can extends string>(
  options: DynamicOptions<S, Can>
): DynamicResource<S, Can> => {
  check(options)
  const slash = options.apiVersion.indexOf("/")
  const statics: Statics<S> = {
    group: slash < 0 ? "" : options.apiVersion.slice(0, slash),
    version: options.apiVersion.slice(slash + 1),
    kind: options.kind,
    plural: options.plural ?? plural(options.kind),
    singular: options.singular,
    scope: options.scope,
    shortNames: options.shortNames,
    categories: options.categories,
    abilities: options.abilities ?? [...verbs, "status"]
  }
  const root = { ...options, masked: isSecret(statics) }
  const resource = {}
  define(resource, statics, () => schemaCodec.dynamic(root), (codec) => declaration.checked(options.kind, codec))
  // `define` has put all members of a resource there; the type parameters are what the options say.
  return resource as DynamicResource<S, Can>
}
