/**
 * Turns documents into what the modules hold: structs with typed fields, each in the module that owns it, and the
 * resources of each group and version. Nothing here knows how they are printed.
 */
import { kindNames, labelsOf, nameOf, splitName } from "./names.js"
import { by, type GroupVersion, type Resource, type Schema } from "./read.js"
import { type Deprecation, deprecationOf, type Flags, flagsOf, type Snapshots } from "./serving.js"
import type { Truths } from "./truths.js"

export type Scalar = "string" | "boolean" | "number" | "int32" | "int64" | "intOrString" | "json"

/** The type of a value. `alias` is the name of a type of the protocol that says more than the scalar does, in a module of that name. */
export type Type =
  | {
    readonly _tag: "Scalar"
    readonly scalar: Scalar
    readonly alias?: string
    readonly values?: ReadonlyArray<string>
  }
  | {
    readonly _tag: "Struct"
    readonly module: string
    readonly name: string
    readonly patch?: string | undefined
    /** Its fields are owned one by one here, though the struct is atomic elsewhere. */
    readonly granular?: true
  }
  | { readonly _tag: "List"; readonly of: Type; readonly merge: ListMerge }
  | { readonly _tag: "Record"; readonly of: Type; readonly atomic: boolean }
  | { readonly _tag: "Either"; readonly of: readonly [Type, Type] }

export interface ListMerge {
  readonly keys?: ReadonlyArray<string>
  readonly set?: true
  readonly patch?: string
  readonly mergeKey?: string
}

export interface Field {
  readonly name: string
  readonly type: Type
  readonly required: boolean
  readonly nullable: boolean
}

/** Fields of which at most one is set, and the field that tells which. */
export interface Union {
  readonly discriminator: string | undefined
  readonly members: ReadonlyArray<{ readonly field: string; readonly value: string }>
}

export interface Struct {
  readonly name: string
  /** Where the API reference describes it. */
  readonly page: string
  readonly fields: ReadonlyArray<Field>
  readonly atomic: boolean
  readonly unions: ReadonlyArray<Union>
}

export interface Kind {
  readonly resource: Resource
  /** Its fields without `apiVersion`, `kind` and `metadata`. */
  readonly struct: Struct
  /** The server keeps no object of this kind as it answers it: nothing to watch. */
  readonly loose: boolean
  readonly answersStatus: boolean
  readonly deprecated: Deprecation | undefined
  /** What a server must be told to serve it, where it does not by default. */
  readonly flags: Flags | undefined
  /** Subresources that need other flags than the kind does. */
  readonly subresourceFlags: ReadonlyArray<{ readonly name: string; readonly flags: Flags | undefined }>
}

export interface Module {
  /** `core/v1` */
  readonly path: string
  readonly group: string
  readonly version: string
  readonly kinds: ReadonlyArray<Kind>
  /** Structs that kinds of this or other modules refer to. */
  readonly structs: ReadonlyArray<Struct>
}

/** The module of all metadata, which is written by hand in src/protocol. */
export const protocolModule = "protocol"

const apimachinery = "io.k8s.apimachinery.pkg"

const scalarTypes: { readonly [name: string]: Type } = {
  [`${apimachinery}.api.resource.Quantity`]: { _tag: "Scalar", scalar: "string", alias: "Quantity" },
  [`${apimachinery}.util.intstr.IntOrString`]: { _tag: "Scalar", scalar: "intOrString", alias: "IntOrString" },
  [`${apimachinery}.apis.meta.v1.Time`]: { _tag: "Scalar", scalar: "string", alias: "Timestamp" },
  [`${apimachinery}.apis.meta.v1.MicroTime`]: { _tag: "Scalar", scalar: "string", alias: "MicroTime" },
  [`${apimachinery}.apis.meta.v1.ObjectMeta`]: { _tag: "Struct", module: protocolModule, name: "ObjectMeta" }
}

const json: Type = { _tag: "Scalar", scalar: "json" }

/** Types without a schema of their own: their documents are empty, since OpenAPI has no words for them. */
const eitherTypes: { readonly [name: string]: (props: Type) => Type } = {
  JSON: () => json,
  JSONSchemaPropsOrArray: (props) => ({ _tag: "Either", of: [props, { _tag: "List", of: props, merge: {} }] }),
  JSONSchemaPropsOrBool: (props) => ({ _tag: "Either", of: [props, { _tag: "Scalar", scalar: "boolean" }] }),
  JSONSchemaPropsOrStringArray: (props) => ({
    _tag: "Either",
    of: [props, { _tag: "List", of: { _tag: "Scalar", scalar: "string" }, merge: {} }]
  })
}

const rootFields = ["apiVersion", "kind", "metadata"]

const isEmptyObject = (value: unknown): boolean => JSON.stringify(value) === "{}"

const refOf = (schema: Schema): string | undefined => (schema.$ref ?? schema.allOf?.[0]?.$ref)?.split("/").pop()

/** All modules of a snapshot, with what is reachable from its resources and their subresources. */
export const model = (snapshots: Snapshots, truths: Truths): ReadonlyArray<Module> => {
  const snapshot = snapshots.everything
  const flags = flagsOf(snapshots, truths)
  const names = kindNames(snapshot)
  const mainKinds = new Set<string>()
  for (const { group, resources, version } of snapshot.groupVersions) {
    for (const { kind } of resources) mainKinds.add(nameOf(names, group, version, kind))
  }
  const labels = labelsOf(snapshot, names)
  const groups = new Map([...labels].map(([group, label]) => [label, group]))
  const structs = new Map<string, Map<string, Struct>>()
  const structsOf = (module: string): Map<string, Struct> => {
    const there = structs.get(module)
    if (there !== undefined) return there
    const made = new Map<string, Struct>()
    structs.set(module, made)
    return made
  }

  const schemaOf = (name: string): Schema => {
    const schema = snapshot.schemas.get(name)
    if (schema === undefined) throw new Error(`no document describes ${name}`)
    return schema
  }

  const page = (full: string): string => {
    const { label, name, version } = splitName(full)
    const group = label === "core" ? "core" : (groups.get(label) ?? label).replaceAll(".", "-")
    return `https://kubernetes.io/docs/reference/generated/kubernetes-api/v${snapshot.version}/#${name.toLowerCase()}-${version}-${group}`
  }

  const refType = (full: string): Type => {
    const { label, name, version } = splitName(full)
    const known = scalarTypes[full]
    if (known !== undefined) return known
    const either = eitherTypes[name]
    if (either !== undefined) return either(refType(full.replace(name, "JSONSchemaProps")))
    const schema = schemaOf(full)
    if (schema.properties === undefined) {
      if (schema.type !== "object") throw new Error(`${full}: neither an object nor a type that is known`)
      return { _tag: "Record", of: json, atomic: schema["x-kubernetes-map-type"] === "atomic" }
    }
    // A kind that is served keeps its name for what is served; inside another object it promises less.
    const own = mainKinds.has(full) ? `Embedded${name}` : name
    const module = `${label}/${version}`
    if (!structsOf(module).has(own)) {
      const at = { name: own, page: page(full), fields: [], atomic: false, unions: [] }
      structsOf(module).set(own, at) // first, as structs may refer to themselves
      structsOf(module).set(own, structOf(full, own, Object.keys(schema.properties)))
    }
    return { _tag: "Struct", module, name: own }
  }

  const structOf = (full: string, name: string, fields: ReadonlyArray<string>, isRoot = false): Struct => {
    const schema = schemaOf(full)
    return {
      name,
      page: page(full),
      atomic: schema["x-kubernetes-map-type"] === "atomic",
      unions: unionsOf(schema, full, truths),
      fields: fields.map((field) => {
        const property = schema.properties![field]!
        const path = `${full}.${field}`
        return {
          name: field,
          type: typeOf(property, path),
          // Go always writes a struct that is not behind a pointer, which the document shows as a default of {}.
          required: schema.required?.includes(field) === true || (isRoot && isEmptyObject(property.default)),
          nullable: truths.nullable.includes(path)
        }
      })
    }
  }

  const typeOf = (schema: Schema, path: string): Type => {
    const type = typeAt(schema, path)
    if (schema["x-kubernetes-patch-strategy"] !== undefined && type._tag !== "Struct" && type._tag !== "List") {
      throw new Error(`${path}: a patch strategy of neither a struct nor a list`)
    }
    return type
  }

  const typeAt = (schema: Schema, path: string): Type => {
    const ref = refOf(schema)
    if (ref !== undefined) {
      const type = refType(ref)
      return type._tag === "Struct" ? { ...type, ...mergeAtField(schema, path) } : type
    }
    switch (schema.type) {
      case "string":
        return schema.enum === undefined
          ? { _tag: "Scalar", scalar: "string" }
          : { _tag: "Scalar", scalar: "string", values: schema.enum }
      case "boolean":
      case "number":
        return { _tag: "Scalar", scalar: schema.type }
      case "integer":
        return { _tag: "Scalar", scalar: schema.format === "int32" ? "int32" : "int64" }
      case "array":
        return { _tag: "List", of: typeOf(schema.items ?? {}, path), merge: mergeOf(schema) }
      case "object":
        return {
          _tag: "Record",
          of: schema.additionalProperties === undefined ? json : typeOf(schema.additionalProperties, path),
          atomic: schema["x-kubernetes-map-type"] === "atomic"
        }
      default:
        throw new Error(`${path}: a type that is not known: ${JSON.stringify(schema)}`)
    }
  }

  const kindOf = (groupVersion: GroupVersion, resource: Resource): Kind => {
    const { group, version } = groupVersion
    const own = flags(groupVersion, resource)
    const full = nameOf(names, group, version, resource.kind)
    const fields = Object.keys(schemaOf(full).properties ?? {}).filter((field) => !rootFields.includes(field))
    for (const { group, kind, version } of resource.subresources) {
      const name = names.get(`${group}/${version}/${kind}`)
      if (name !== undefined && !mainKinds.has(name)) refType(name)
    }
    return {
      resource,
      struct: structOf(full, resource.kind, fields, true),
      loose: !resource.verbs.includes("watch"),
      answersStatus: truths.answeredByStatus.includes(full),
      deprecated: deprecationOf(snapshot, groupVersion, resource),
      flags: own,
      subresourceFlags: resource.subresources
        .map(({ name }) => ({ name, flags: flags(groupVersion, resource, name) }))
        .filter(({ flags }) => JSON.stringify(flags) !== JSON.stringify(own))
    }
  }

  const kinds = snapshot.groupVersions.filter(({ resources }) => resources.length > 0).map((groupVersion) => ({
    path: `${labels.get(groupVersion.group)}/${groupVersion.version}`,
    group: groupVersion.group,
    version: groupVersion.version,
    kinds: groupVersion.resources.map((resource) => kindOf(groupVersion, resource))
  }))
  // Modules of structs alone: shared ones, and versions that are not served but referred to.
  const others = [...structs.keys()].filter((path) => !kinds.some((module) => module.path === path)).map((path) => {
    const [label, version] = path.split("/") as [string, string]
    return { path, group: groups.get(label) ?? label, version, kinds: [] }
  })
  return [...kinds, ...others]
    .map((module) => ({
      ...module,
      structs: [...structs.get(module.path)?.values() ?? []].sort(by(({ name }) => name))
    }))
    .sort(by(({ path }) => path))
}

/** How a struct merges at a field. It may be granular there though it is atomic elsewhere; the reverse is not known. */
const mergeAtField = (schema: Schema, path: string): { readonly patch?: string; readonly granular?: true } => {
  const patch = schema["x-kubernetes-patch-strategy"]
  const mapType = schema["x-kubernetes-map-type"]
  if (mapType === "atomic") throw new Error(`${path}: atomic at this field alone`)
  return { ...(patch === undefined ? {} : { patch }), ...(mapType === "granular" ? { granular: true } : {}) }
}

const mergeOf = (schema: Schema): ListMerge => {
  const type = schema["x-kubernetes-list-type"]
  const keys = schema["x-kubernetes-list-map-keys"]
  const patch = schema["x-kubernetes-patch-strategy"]
  const mergeKey = schema["x-kubernetes-patch-merge-key"]
  return {
    ...(type === "map" && keys !== undefined ? { keys } : {}),
    ...(type === "set" ? { set: true as const } : {}),
    ...(patch === undefined ? {} : { patch }),
    ...(mergeKey === undefined ? {} : { mergeKey })
  }
}

const unionsOf = (schema: Schema, full: string, truths: Truths): ReadonlyArray<Union> =>
  (schema["x-kubernetes-unions"] ?? []).map(({ discriminator, "fields-to-discriminateBy": fields = {} }) => ({
    discriminator,
    members: Object.entries(fields).map(([field, name]) => {
      const value = truths.discriminatorValues[`${full}.${field}`] ?? name
      const known = discriminator === undefined ? undefined : schema.properties?.[discriminator]?.enum
      if (known !== undefined && !known.includes(value)) {
        throw new Error(
          `${full}.${field}: "${value}" is no ${discriminator}: say which is in scripts/codegen/truths.ts`
        )
      }
      return { field, value }
    })
  }))
