/**
 * Prints modules. Each group and version becomes two files: `src/kinds/apps/v1.ts` with interfaces and resources, which
 * users import, and `src/kinds/internal/apps/v1.ts` with the descriptors that its checkers are made of.
 */
import { comment, deprecationTags, flagsText, moduleFlags, structComment, subresourceTexts } from "./docs.js"
import { Code, keyText, literal } from "./literal.js"
import { type Field, type Kind, type Module, protocolModule, type Scalar, type Struct, type Type } from "./model.js"
import { apiVersion } from "./read.js"

/** The files of all modules: their paths from the root of the repository, and their texts. */
export const printModules = (
  modules: ReadonlyArray<Module>,
  version: string
): ReadonlyArray<readonly [path: string, text: string]> =>
  modules.flatMap((module) => [
    [`src/kinds/${module.path}.ts`, publicText(module, modules, version)],
    [`src/kinds/internal/${module.path}.ts`, internalText(module)]
  ])

/** What a file imports, collected while its body is printed. */
class Imports {
  private readonly names = new Map<string, Set<string>>()
  private readonly namespaces = new Map<string, string>()

  name(from: string, name: string): string {
    const names = this.names.get(from)
    if (names === undefined) this.names.set(from, new Set([name]))
    else names.add(name)
    return name
  }

  namespace(from: string, name: string): string {
    this.namespaces.set(from, name)
    return name
  }

  print(type: boolean): string {
    const keyword = type ? "import type" : "import"
    const lines = [
      ...[...this.namespaces].map(([from, name]) => [from, `${keyword} * as ${name} from "${from}"`] as const),
      ...[...this.names].map(([from, names]) =>
        [from, `${keyword} { ${[...names].sort().join(", ")} } from "${from}"`] as const
      )
    ]
    return lines.sort(([a], [b]) => a < b ? -1 : 1).map(([, line]) => `${line}\n`).join("")
  }
}

/** `core/v1` is imported as `coreV1`. */
const namespaceOf = (module: string): string =>
  module.split("/").map((part, i) => i === 0 ? part : part[0]!.toUpperCase() + part.slice(1)).join("")

// ---------------------------------------------------------------- interfaces

const scalarTexts: { readonly [S in Scalar]: string } = {
  string: "string",
  boolean: "boolean",
  number: "number",
  int32: "number",
  int64: "number",
  intOrString: "number | string",
  json: "unknown"
}

const typeText = (type: Type, module: Module, imports: Imports): string => {
  switch (type._tag) {
    case "Scalar":
      if (type.alias !== undefined) return imports.name(`../../protocol/${type.alias}.js`, type.alias)
      return type.values === undefined
        ? scalarTexts[type.scalar]
        : [...type.values.map((value) => JSON.stringify(value)), "(string & {})"].join(" | ")
    case "Struct":
      if (type.module === protocolModule) return imports.name("../../protocol/ObjectMeta.js", type.name)
      return type.module === module.path
        ? type.name
        : `${imports.namespace(`../${type.module}.js`, namespaceOf(type.module))}.${type.name}`
    case "List":
      return `ReadonlyArray<${typeText(type.of, module, imports)}>`
    case "Record":
      return `{ readonly [key: string]: ${typeText(type.of, module, imports)} }`
    case "Either":
      return type.of.map((one) => typeText(one, module, imports)).join(" | ")
  }
}

const fieldText = (field: Field, module: Module, imports: Imports): string => {
  const type = typeText(field.type, module, imports)
  const name = keyText(field.name)
  return field.required
    ? `  readonly ${name}: ${type}${field.nullable ? " | null" : ""}\n`
    : `  readonly ${name}?: ${type} | undefined\n`
}

const structText = (struct: Struct, module: Module, imports: Imports): string =>
  `${structComment(struct)}export interface ${struct.name} {\n${
    struct.fields.map((field) => fieldText(field, module, imports)).join("")
  }}\n`

// ---------------------------------------------------------------- kinds

const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]

const abilitiesText = ({ resource }: Kind): string => {
  const complete = allVerbs.every((verb) => resource.verbs.includes(verb))
  return [
    ...complete ? ["Resource.Verb"] : resource.verbs.map((verb) => JSON.stringify(verb)),
    ...resource.subresources.map(({ name }) => JSON.stringify(name))
  ].join(" | ")
}

const kindText = (kind: Kind, module: Module, modules: ReadonlyArray<Module>, imports: Imports): string => {
  const { loose, resource, struct } = kind
  const tags = deprecationTags(kind.deprecated, modules)
  const name = resource.kind
  const scope = resource.namespaced ? "Namespaced" : "Cluster"
  const metadata = imports.name(
    "../../protocol/ObjectMeta.js",
    loose ? "ObjectMeta" : resource.namespaced ? "NamespacedMeta" : "ClusterMeta"
  )
  imports.namespace("../../protocol/Resource.js", "Resource")
  const answer = kind.answersStatus ? imports.name("../../protocol/Status.js", "Status") : name
  // Kinds that answer questions need no name: TokenReview.
  const draft = loose && !kind.answersStatus ? `Resource.QuestionDraft<${name}>` : `Resource.Draft<${name}>`
  const options = {
    group: module.group,
    version: module.version,
    kind: name,
    plural: resource.plural,
    singular: resource.singular,
    scope,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    abilities: [...resource.verbs, ...resource.subresources.map((subresource) => subresource.name)],
    ...(loose ? { loose } : {}),
    ...(kind.answersStatus ? { answersStatus: true } : {})
  }
  const call = `export const ${name}: ${name}Resource = /*#__PURE__*/ builtin(`
  return structComment(struct, tags) +
    `export interface ${name} {
  readonly apiVersion: ${JSON.stringify(apiVersion(module))}
  readonly kind: ${JSON.stringify(name)}
  readonly metadata: ${metadata}
${struct.fields.map((field) => fieldText(field, module, imports)).join("")}}

${
      comment(
        [`What the API can do with \`${resource.plural}\` of \`${apiVersion(module)}\`.`, ...subresourceTexts(kind)],
        tags
      )
    }export interface ${name}Resource
  extends Resource.Resource<${answer}, ${answer}, ${draft}, "${scope}", ${abilitiesText(kind)}>
{}

${
      comment([
        `The resource \`${resource.plural}\` of \`${apiVersion(module)}\`, and the Schema of {@link ${answer}}.`,
        ...[flagsText(kind.flags) ?? []].flat()
      ], tags)
    }${call}${literal(options, 0, call.length, 200)}, () => internal.${name})
`
}

const example = (module: Module, kind: Kind): string => {
  const { kind: name, namespaced, plural } = kind.resource
  return `
 *
 * \`\`\`ts
 * import { Api } from "effect-kube"
 * import { ${name} } from "effect-kube/kinds/${module.path}"
 *
 * const ${plural} = ${namespaced ? `Api.namespaced(${name}, "default")` : `Api.cluster(${name})`}
 * \`\`\``
}

/** Interfaces of one name would become one. */
const checkNames = (names: ReadonlyArray<string>, { path }: Module): void => {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new Error(`${path}: two types have the name ${twice}`)
}

const publicText = (module: Module, modules: ReadonlyArray<Module>, version: string): string => {
  const types = new Imports()
  const kinds = module.kinds.map((kind) => kindText(kind, module, modules, types))
  const structs = module.structs.map((struct) => structText(struct, module, types))
  const shown = module.kinds.find(({ loose }) => !loose) ?? module.kinds[0]
  checkNames([
    ...module.kinds.flatMap(({ struct: { name } }) => [name, `${name}Resource`]),
    ...module.structs.map(({ name }) => name)
  ], module)
  const flags = flagsText(moduleFlags(module))
  const runtime = kinds.length === 0 ? "" : `import { builtin } from "../../protocol/internal/builtin.js"
import * as internal from "../internal/${module.path}.js"
`
  return `/**
 * ${
    shown === undefined
      ? `Types of \`${apiVersion(module)}\` that kinds of other modules hold.`
      : `The built-in kinds of \`${apiVersion(module)}\`.`
  } Generated by \`npm run codegen\` from what
 * Kubernetes ${version} says of itself: not to be edited.${flags === undefined ? "" : `\n *\n * ${flags}`}${
    shown === undefined ? "" : example(module, shown)
  }
 */
${types.print(true)}${runtime}
${[...kinds, ...structs].join("\n")}`
}

// ---------------------------------------------------------------- descriptors

const descriptorOf = (type: Type, module: Module, imports: Imports): unknown => {
  switch (type._tag) {
    case "Scalar":
      return type.scalar
    case "Struct": {
      const reference = new Code(`() => ${
        type.module === protocolModule
          ? imports.name("../../../protocol/internal/objectMeta.js", "objectMeta")
          : type.module === module.path
          ? type.name
          : `${imports.namespace(`../${type.module}.js`, namespaceOf(type.module))}.${type.name}`
      }`)
      return type.patch === undefined && type.granular === undefined ? reference : {
        merged: reference,
        ...(type.patch === undefined ? {} : { patch: type.patch }),
        ...(type.granular === undefined ? {} : { granular: true })
      }
    }
    case "List":
      return { list: descriptorOf(type.of, module, imports), ...type.merge }
    case "Record":
      return { record: descriptorOf(type.of, module, imports), ...(type.atomic ? { atomic: true } : {}) }
    case "Either":
      return { either: type.of.map((one) => descriptorOf(one, module, imports)) }
  }
}

const structDescriptor = (struct: Struct, module: Module, imports: Imports): string => {
  const names = (fields: ReadonlyArray<Field>, key: string) =>
    fields.length === 0 ? {} : { [key]: fields.map(({ name }) => name) }
  const start = `export const ${struct.name}: Struct = `
  return start + literal(
    {
      ...names(struct.fields.filter((field) => field.required), "required"),
      ...names(struct.fields.filter((field) => field.nullable), "nullable"),
      ...(struct.atomic ? { atomic: true } : {}),
      fields: Object.fromEntries(struct.fields.map((field) => [field.name, descriptorOf(field.type, module, imports)]))
    },
    0,
    start.length,
    0
  ) + "\n"
}

const internalText = (module: Module): string => {
  const values = new Imports()
  const structs = [...module.kinds.map(({ struct }) => struct), ...module.structs]
    .map((struct) => structDescriptor(struct, module, values))
  return `/** What the structs of \`${
    apiVersion(module)
  }\` are made of. Generated by \`npm run codegen\`: not to be edited. */
import type { Struct } from "../../../protocol/internal/descriptor.js"
${values.print(false)}
${structs.join("\n")}`
}
