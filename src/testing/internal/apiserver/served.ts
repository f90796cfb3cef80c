/**
 * What a server serves: resources by group, version and plural. Built-in ones come from a table and are always there;
 * custom ones come and go with their CustomResourceDefinitions.
 *
 * ```ts
 * import { Resources } from "./served.js"
 *
 * const resources = new Resources()
 * resources.find("apps", "v1", "deployments")?.kind // "Deployment"
 * ```
 */
import type { CustomResource, JSONSchemaProps } from "../structural.js"
import { builtins as builtinVersions } from "./builtins.js"
import type { JsonObject } from "./json.js"
import { type Strategy, strategyOf } from "./strategies.js"
import { storedZeroOf, zeroOf } from "./zero.js"

export interface Subresource {
  readonly name: string
  readonly kind: string
  readonly group: string
  readonly version: string
  readonly verbs: ReadonlyArray<string>
}

/** One resource in one version. */
export interface Served {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly listKind: string
  readonly namespaced: boolean
  readonly verbs: ReadonlyArray<string>
  readonly shortNames: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  readonly subresources: ReadonlyArray<Subresource>
  /** Where its objects are kept: the versions of one resource share it. */
  readonly storage: string
  readonly strategy: Strategy
  /** What stands in a bookmark beside its metadata, and in an object that nobody filled in. */
  readonly zero: JsonObject
  /** The same in the form in which it is stored. */
  readonly storedZero: JsonObject
  /** For custom resources: what their definition says of this version. */
  readonly custom: CustomVersion | undefined
}

export interface CustomVersion extends CustomResource {
  /** The schemas of all versions of the definition, by which a body that names another version is read. */
  readonly schemas: ReadonlyMap<string, JSONSchemaProps | undefined>
  readonly storageVersion: string
  readonly hasStatus: boolean
  /** `additionalPrinterColumns`, as they were written. */
  readonly columns: ReadonlyArray<JsonObject>
  /** Label of a selectable field, such as `spec.title`, to its path. */
  readonly selectableFields: ReadonlyArray<string>
  /** Name of the definition: `foos.clux.dev`. */
  readonly definition: string
  readonly terminating: boolean
  readonly deprecation: string | undefined
}

/** The order in which discovery shows the verbs of custom resources. */
export const customVerbs: ReadonlyArray<string> = [
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "create",
  "update",
  "watch"
]
export const readWrite: ReadonlyArray<string> = ["get", "patch", "update"]

export const apiVersionOf = (group: string, version: string): string => group === "" ? version : `${group}/${version}`

/** Group and plural as messages name them. */
export const resourceOf = (served: Served): { readonly group: string; readonly resource: string } => ({
  group: served.group,
  resource: served.plural
})

export const hasStatus = (served: Served): boolean => served.subresources.some((each) => each.name === "status")

interface Group {
  readonly group: string
  /** The preferred one first. */
  readonly versions: ReadonlyArray<string>
  readonly custom: boolean
}

/** Resources whose objects are those of another group as well: an Event is one thing under two names. */
const sharedStorage: { readonly [resource: string]: string } = { "events.k8s.io/events": "/events" }

const builtins: ReadonlyArray<Served> = builtinVersions.flatMap(({ group, resources, version }) =>
  resources.map((resource): Served => {
    const name = `${group}/${resource.plural}`
    return {
      group,
      version,
      plural: resource.plural,
      singular: resource.singular,
      kind: resource.kind,
      listKind: `${resource.kind}List`,
      namespaced: resource.namespaced,
      verbs: resource.verbs,
      shortNames: resource.shortNames,
      categories: resource.categories,
      subresources: resource.subresources,
      storage: sharedStorage[name] ?? name,
      strategy: strategyOf(name),
      zero: zeroOf(group, version, resource.plural),
      storedZero: storedZeroOf(group, version, resource.plural),
      custom: undefined
    }
  })
)

const pathOf = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`

const builtinByPath = new Map(builtins.map((served) => [pathOf(served.group, served.version, served.plural), served]))
/** In the order of the table, which is that of discovery. */
const builtinGroupList: ReadonlyArray<Group> = [...new Set(builtinVersions.map((each) => each.group))].map((group) => ({
  group,
  versions: builtinVersions.filter((each) => each.group === group).map((each) => each.version),
  custom: false
}))

/** Versions as discovery sorts them: `v2` before `v1` before `v1beta1` before `v1alpha1` before anything else. */
const compareVersions = (a: string, b: string): number => {
  const [left, right] = [priority(a), priority(b)]
  for (let at = 0; at < 3; at++) if (left[at] !== right[at]) return right[at]! - left[at]!
  return a < b ? -1 : a > b ? 1 : 0
}

const priority = (version: string): readonly [number, number, number] => {
  const match = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(version)
  if (match === null) return [0, 0, 0]
  const stability = match[2] === undefined ? 3 : match[2] === "beta" ? 2 : 1
  return [stability, Number(match[1]), Number(match[3] ?? 0)]
}

/** The built-in resources, and the custom ones of the moment. */
export class Resources {
  readonly #custom = new Map<string, ReadonlyArray<Served>>()
  /** Changes with every change of what is served, for caches of discovery. */
  generation = 0
  #stored: { readonly generation: number; readonly found: ReadonlyMap<string, Served> } | undefined

  find(group: string, version: string, plural: string): Served | undefined {
    return builtinByPath.get(pathOf(group, version, plural))
      ?? this.#all().find((each) => each.group === group && each.version === version && each.plural === plural)
  }

  /** The resource of a kind, as an owner reference or a seed names it. */
  ofKind(apiVersion: string, kind: string): Served | undefined {
    for (const served of this.all()) {
      if (
        served.kind === kind && apiVersionOf(served.group, served.version) === apiVersion &&
        served.verbs.includes("get")
      ) return served
    }
    return undefined
  }

  /** One served version for each stored resource. */
  stored(): Iterable<Served> {
    return this.#byStorage().values()
  }

  /** A served version of a stored resource. */
  ofStorage(storage: string): Served | undefined {
    return this.#byStorage().get(storage)
  }

  #byStorage(): ReadonlyMap<string, Served> {
    if (this.#stored?.generation !== this.generation) {
      const found = new Map<string, Served>()
      for (const served of this.all()) {
        if (served.verbs.includes("list") && !found.has(served.storage)) found.set(served.storage, served)
      }
      this.#stored = { generation: this.generation, found }
    }
    return this.#stored.found
  }

  *all(): Iterable<Served> {
    yield* builtins
    yield* this.#all()
  }

  /** Groups in the order of discovery: built-in ones first, the core group among them. */
  groups(): ReadonlyArray<Group> {
    const versions = new Map<string, Set<string>>()
    for (const served of this.#all()) {
      const known = versions.get(served.group) ?? new Set()
      versions.set(served.group, known.add(served.version))
    }
    const custom = [...versions].map(([group, known]): Group => ({
      group,
      versions: [...known].sort(compareVersions),
      custom: true
    }))
    return [
      ...builtinGroupList,
      ...custom.filter((each) => !builtinGroupList.some((builtin) => builtin.group === each.group))
    ]
  }

  inVersion(group: string, version: string): ReadonlyArray<Served> {
    return [...this.all()].filter((each) => each.group === group && each.version === version)
  }

  isBuiltinGroup(group: string): boolean {
    return builtinGroupList.some((each) => each.group === group)
  }

  /** What a definition makes served from now on; nothing of it without versions. */
  define(definition: string, versions: ReadonlyArray<Served>): void {
    if (versions.length === 0) this.#custom.delete(definition)
    else this.#custom.set(definition, versions)
    this.generation++
  }

  #all(): ReadonlyArray<Served> {
    return [...this.#custom.values()].flat()
  }
}
