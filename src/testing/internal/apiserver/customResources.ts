/**
 * The resources that a CustomResourceDefinition makes served.
 *
 * ```ts
 * import type { JsonObject } from "./json.js"
 * import { servedBy } from "./customResources.js"
 *
 * // ["v1"], once the names of the definition are accepted
 * const versions = (definition: JsonObject) => servedBy(definition).map((served) => served.version)
 * ```
 */
import type { JSONSchemaProps } from "../structural.js"
import { isTrue, storageVersionOf } from "./definitions.js"
import { child, isObject, items, type JsonObject, text } from "./json.js"
import { specOf } from "./objectParts.js"
import { apiVersionOf, customVerbs, type CustomVersion, readWrite, type Served, type Subresource } from "./served.js"
import { customStrategy } from "./strategies.js"

/** The resources that a definition makes served: one for each served version, once it is established. */
export const servedBy = (definition: JsonObject): ReadonlyArray<Served> => {
  if (!isTrue(definition, "Established")) return []
  const spec = specOf(definition)
  const names = child(child(definition, "status"), "acceptedNames") ?? {}
  const group = text(spec, "group") ?? ""
  const plural = text(names, "plural") ?? ""
  const kind = text(names, "kind") ?? ""
  const namespaced = text(spec, "scope") === "Namespaced"
  const terminating = text(child(definition, "metadata"), "deletionTimestamp") !== undefined
  // A stored definition passed checkDefinition, so its schemas are some.
  const schemas = new Map(
    items(spec, "versions").filter(isObject).map((version): [string, JSONSchemaProps | undefined] => [
      text(version, "name") ?? "",
      child(child(version, "schema"), "openAPIV3Schema") as JSONSchemaProps | undefined
    ])
  )
  return items(spec, "versions").filter(isObject).filter((version) => version["served"] === true).map(
    (version): Served => {
      const name = text(version, "name") ?? ""
      const subresources = child(version, "subresources")
      const scale = child(subresources, "scale")
      const custom: CustomVersion = {
        group,
        version: name,
        kind,
        namespaced,
        schema: schemas.get(name),
        schemas,
        scale: scale && {
          specReplicasPath: text(scale, "specReplicasPath") ?? "",
          statusReplicasPath: text(scale, "statusReplicasPath") ?? "",
          labelSelectorPath: text(scale, "labelSelectorPath")
        },
        storageVersion: storageVersionOf(definition) ?? name,
        hasStatus: child(subresources, "status") !== undefined,
        columns: items(version, "additionalPrinterColumns").filter(isObject),
        selectableFields: items(version, "selectableFields").map((field) =>
          (text(field, "jsonPath") ?? "").replace(/^\./, "")
        ),
        definition: text(child(definition, "metadata"), "name") ?? "",
        terminating,
        deprecation: version["deprecated"] === true
          ? text(version, "deprecationWarning") ?? `${apiVersionOf(group, name)} ${kind} is deprecated`
          : undefined
      }
      const served: Array<Subresource> = []
      if (custom.hasStatus) served.push({ name: "status", kind, group, version: name, verbs: readWrite })
      if (custom.scale !== undefined) {
        served.push({ name: "scale", kind: "Scale", group: "autoscaling", version: "v1", verbs: readWrite })
      }
      return {
        group,
        version: name,
        plural,
        singular: text(names, "singular") ?? "",
        kind,
        listKind: text(names, "listKind") ?? `${kind}List`,
        namespaced,
        verbs: customVerbs,
        shortNames: items(names, "shortNames").map(String),
        categories: items(names, "categories").map(String),
        subresources: served,
        storage: `${group}/${plural}`,
        strategy: {
          ...customStrategy,
          fields: Object.fromEntries(custom.selectableFields.map((path) => [path, path]))
        },
        zero: {},
        storedZero: {},
        custom
      }
    }
  )
}
