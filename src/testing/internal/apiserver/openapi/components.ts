/**
 * The schemas of an OpenAPI v3 document: those of the kinds of a version, and all that they refer to. Descriptions are
 * Kubernetes' texts and missing, but for those that a definition brings.
 */
import type { JSONSchemaProps } from "../../structural.js"
import { isObject } from "../json.js"
import { kindName, references, schemaNamed } from "../schemas.js"
import { apiVersionOf, type Served } from "../served.js"

/** Schemas by their full names. */
export interface Components {
  readonly [name: string]: unknown
}

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1"
/** What requests and answers of any resource are made of. */
export const common = {
  deleteOptions: `${meta}.DeleteOptions`,
  patch: `${meta}.Patch`,
  resourceList: `${meta}.APIResourceList`,
  status: `${meta}.Status`,
  watchEvent: `${meta}.WatchEvent`
}

export const referTo = (name: string) => ({ $ref: `${references}${name}` })

/** The full name of a custom kind: that of its group reversed, `dev.example.v1.Foo`. */
const customName = (served: Served, kind: string): string =>
  [...served.group.split(".").reverse(), served.version, kind].join(".")

/** The full name of the schema of a resource, or of its list. */
export const nameOf = (served: Served, kind: string): string | undefined =>
  served.custom === undefined ? kindName(served.group, served.version, kind) : customName(served, kind)

const texts = { apiVersion: { type: "string" }, kind: { type: "string" } }
const objectMeta = { allOf: [referTo(`${meta}.ObjectMeta`)] }

/** A part of a definition's schema as the document shows it: what Kubernetes' own keywords mean is said in OpenAPI's too. */
const shown = (schema: JSONSchemaProps): unknown => {
  const result: { [key: string]: unknown } = { ...schema }
  if (schema.properties !== undefined) result["properties"] = shownEach(schema.properties)
  if (isObject(schema.items)) result["items"] = shown(schema.items)
  if (isObject(schema.additionalProperties)) result["additionalProperties"] = shown(schema.additionalProperties)
  if (schema["x-kubernetes-int-or-string"] === true) {
    result["anyOf"] ??= [{ type: "integer" }, { type: "string" }]
  }
  if (schema["x-kubernetes-embedded-resource"] === true) {
    result["required"] = [...new Set([...schema.required ?? [], "kind", "apiVersion"])]
    result["properties"] = { ...shownEach(schema.properties ?? {}), ...texts, metadata: objectMeta }
  }
  return result
}

const shownEach = (properties: { readonly [name: string]: JSONSchemaProps }): { [name: string]: unknown } =>
  Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, shown(each)]))

const kindOf = ({ group, version }: Served, kind: string) => [{ group, kind, version }]

const customSchema = (served: Served, schema: JSONSchemaProps | undefined): unknown => ({
  type: "object",
  ...(schema !== undefined && isObject(shown(schema)) ? shown(schema) as object : {}),
  properties: { ...shownEach(schema?.properties ?? {}), ...texts, metadata: objectMeta },
  "x-kubernetes-group-version-kind": kindOf(served, served.kind)
})

const customList = (served: Served): unknown => ({
  type: "object",
  required: ["items"],
  properties: {
    ...texts,
    items: { type: "array", items: referTo(customName(served, served.kind)) },
    metadata: { allOf: [referTo(`${meta}.ListMeta`)] }
  },
  "x-kubernetes-group-version-kind": kindOf(served, served.listKind)
})

/** The schemas of custom resources, which no table has. */
const customSchemas = (served: ReadonlyArray<Served>): Components =>
  Object.fromEntries(
    served.flatMap((each): ReadonlyArray<readonly [string, unknown]> =>
      each.custom === undefined ? [] : [
        [customName(each, each.kind), customSchema(each, each.custom.schema)],
        [customName(each, each.listKind), customList(each)]
      ]
    )
  )

const addReferences = (value: unknown, names: Set<string>): void => {
  if (Array.isArray(value)) value.forEach((each) => addReferences(each, names))
  else if (isObject(value)) {
    const reference = value["$ref"]
    if (typeof reference === "string" && reference.startsWith(references)) names.add(reference.slice(references.length))
    Object.values(value).forEach((each) => addReferences(each, names))
  }
}

const kinds = "x-kubernetes-group-version-kind"

/** What each built-in group has as a kind of its own too. */
const everywhere = (served: ReadonlyArray<Served>): Components => {
  const { custom, group, version } = served[0]!
  if (custom !== undefined || group === "") return {}
  return Object.fromEntries(["DeleteOptions", "WatchEvent"].map((kind) => {
    const name = `${meta}.${kind}`
    const schema = schemaNamed(name)
    return [name, { ...schema, [kinds]: [...schema?.[kinds] ?? [], { group, kind, version }] }]
  }))
}

/** Whatever paths refer to, and what that refers to in turn, by the alphabet. There is one resource at least. */
export const componentsOf = (served: ReadonlyArray<Served>, paths: unknown): Components => {
  const own = { ...everywhere(served), ...customSchemas(served) }
  const names = new Set<string>()
  addReferences(paths, names)
  const found: Array<readonly [string, unknown]> = []
  // A set goes on with what is added to it meanwhile.
  for (const name of names) {
    const schema = Object.hasOwn(own, name) ? own[name] : schemaNamed(name)
    if (schema === undefined) continue
    found.push([name, schema])
    addReferences(schema, names)
  }
  return Object.fromEntries(found.sort(([a], [b]) => a < b ? -1 : 1))
}

/** What of custom resources a document depends on, beside their names. */
export const sourceOf = (served: ReadonlyArray<Served>): string =>
  JSON.stringify(served.map((each) => [
    apiVersionOf(each.group, each.version),
    each.plural,
    each.kind,
    each.listKind,
    each.namespaced,
    each.subresources,
    each.custom?.schema
  ]))
