/** Holds descriptors against the OpenAPI documents of a server, independently of how codegen makes the ones of the others. */
import type { Schema } from "../../scripts/codegen/read.js"
import type { List, Scalar, Struct, Type } from "../../src/protocol/internal/descriptor.js"
import { objectMeta } from "../../src/protocol/internal/objectMeta.js"
import type { BuiltinKind } from "./all.js"

const scalars: { readonly [name: string]: Scalar } = {
  Quantity: "string",
  Time: "string",
  MicroTime: "string",
  IntOrString: "intOrString",
  JSON: "json"
}

/** Schemas that documents leave empty: descriptors have an object or something else in their place. */
const eithers: { readonly [name: string]: (type: Type) => boolean } = {
  JSONSchemaPropsOrArray: (type) => typeof type === "object" && "list" in type,
  JSONSchemaPropsOrBool: (type) => type === "boolean",
  JSONSchemaPropsOrStringArray: (type) => typeof type === "object" && "list" in type && type.list === "string"
}

const extension = (schema: Schema, name: "list-type" | "map-type" | "patch-strategy" | "patch-merge-key") =>
  schema[`x-kubernetes-${name}`]

const rootFields = ["apiVersion", "kind", "metadata"]

/** What documents and descriptors disagree on, by path: everything that is reachable from the kinds. */
export const disagreements = (
  schemas: ReadonlyMap<string, Schema>,
  kinds: ReadonlyArray<BuiltinKind & { readonly schema: string }>
): { readonly problems: ReadonlyArray<string>; readonly structs: number } => {
  const problems: Array<string> = []
  const seen = new Set<Struct>()

  const expect = (path: string, what: string, document: unknown, descriptor: unknown): void => {
    if (JSON.stringify(document) !== JSON.stringify(descriptor)) {
      problems.push(`${path}: ${what} is ${JSON.stringify(document)}, not ${JSON.stringify(descriptor)}`)
    }
  }

  const compareStruct = (name: string, struct: Struct, isRoot = false): void => {
    if (seen.has(struct)) return
    seen.add(struct)
    const schema = schemas.get(name)!
    const fields = Object.entries(schema.properties ?? {}).filter(([field]) => !isRoot || !rootFields.includes(field))
    expect(name, "its fields", fields.map(([field]) => field).sort(), Object.keys(struct.fields).sort())
    expect(name, "atomic", extension(schema, "map-type") === "atomic", struct.atomic === true)
    const required = fields.filter(([field, { default: initial }]) =>
      schema.required?.includes(field) || (isRoot && JSON.stringify(initial) === "{}")
    )
    expect(name, "required", required.map(([field]) => field).sort(), [...struct.required ?? []].sort())
    for (const [field, property] of fields) compare(property, struct.fields[field]!, `${name}.${field}`)
  }

  const compare = (schema: Schema, type: Type, path: string): void => {
    const target = (schema.$ref ?? schema.allOf?.[0]?.$ref)?.split("/").pop()
    if (target !== undefined) return compareReference(schema, target, type, path)
    switch (schema.type) {
      case "array": {
        if (typeof type !== "object" || !("list" in type)) return void problems.push(`${path}: a list`)
        compareList(schema, type, path)
        return compare(schema.items!, type.list, `${path}[]`)
      }
      case "object": {
        if (typeof type !== "object" || !("record" in type)) return void problems.push(`${path}: a record`)
        expect(path, "atomic", extension(schema, "map-type") === "atomic", type.atomic === true)
        return schema.additionalProperties === undefined
          ? expect(path, "the type of a value", "json", type.record)
          : compare(schema.additionalProperties, type.record, `${path}.*`)
      }
      case "integer":
        return expect(path, "the type", schema.format, type)
      default:
        return expect(path, "the type", schema.type, type)
    }
  }

  const compareList = (schema: Schema, list: List, path: string): void => {
    const listType = extension(schema, "list-type")
    expect(path, "a set", listType === "set", list.set === true)
    expect(path, "its keys", listType === "map" ? schema["x-kubernetes-list-map-keys"] : undefined, list.keys)
    expect(path, "the patch strategy", extension(schema, "patch-strategy"), list.patch)
    expect(path, "the merge key", extension(schema, "patch-merge-key"), list.mergeKey)
  }

  const compareReference = (schema: Schema, target: string, type: Type, path: string): void => {
    const name = target.split(".").pop()!
    const scalar = scalars[name]
    if (scalar !== undefined) return expect(path, "the type", scalar, type)
    if (typeof type === "object" && "either" in type) {
      const [struct, other] = type.either
      if (eithers[name]?.(other) !== true || typeof struct !== "function") problems.push(`${path}: a ${name}`)
      return
    }
    if (schemas.get(target)!.properties === undefined) return expect(path, "the type", { record: "json" }, type)
    const isMerged = typeof type === "object" && "merged" in type
    const reference = isMerged ? type.merged : type
    if (typeof reference !== "function") return void problems.push(`${path}: a struct`)
    expect(path, "the patch strategy", extension(schema, "patch-strategy"), isMerged ? type.patch : undefined)
    const granular = extension(schema, "map-type") === "granular"
    expect(path, "granular", granular, isMerged && type.granular === true)
    compareStruct(target, reference())
  }

  compareStruct("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", objectMeta)
  for (const { schema, struct } of kinds) compareStruct(schema, struct, true)
  return { problems, structs: seen.size }
}
