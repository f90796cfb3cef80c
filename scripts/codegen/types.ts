/** Writes what TestCluster knows of the types of built-in kinds: their schemas, and what only Go knows of their fields. */
import type { GoTypes } from "./goTypes.js"
import { keyText } from "./literal.js"
import { by, type Schema, type Snapshot } from "./read.js"

/** A schema without its descriptions, whose text is not ours to copy. */
const bare = (schema: Schema): Schema => {
  const { "x-kubernetes-group-version-kind": kinds, ...rest } = schema
  const properties = schema.properties &&
    Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, bare(property)]))
  const result: { [key: string]: unknown } = { ...rest, properties }
  delete result["description"]
  if (schema.items !== undefined) result["items"] = bare(schema.items)
  if (schema.allOf !== undefined) result["allOf"] = schema.allOf.map(bare)
  if (typeof schema.additionalProperties === "object") {
    result["additionalProperties"] = bare(schema.additionalProperties)
  }
  // DeleteOptions and WatchEvent are said to be a kind of every group.
  if (kinds !== undefined && kinds.length <= 2) result["x-kubernetes-group-version-kind"] = kinds
  return result
}

const names = ({ schemas }: Snapshot): ReadonlyArray<string> => [...schemas.keys()].sort(by((name) => name))

const quoted = (text: string): string =>
  text.includes("'") ? JSON.stringify(text) : `'${text.replaceAll("\\", "\\\\")}'`

const table = (rows: ReadonlyArray<readonly [string, string]>): string =>
  `{\n${rows.map(([name, text]) => `  ${keyText(name)}: ${text}`).join(",\n")}\n}`

/** The text of src/testing/internal/apiserver/builtinSchemas.ts. */
export const schemasText = (snapshot: Snapshot): string =>
  `/**
 * The schemas of the OpenAPI v3 documents that a real API server serves by default, without their descriptions: name to
 * JSON. Read with schemas.ts, each when it is needed. Generated: \`npm run codegen\`.
 */
export const builtinSchemas: { readonly [name: string]: string } = ${
    table(names(snapshot).map((name) => [name, quoted(JSON.stringify(bare(snapshot.schemas.get(name)!)))]))
  }
`

/** The text of src/testing/internal/apiserver/builtinFields.ts. */
export const fieldsText = (snapshot: Snapshot, { served: types }: GoTypes): string => {
  const rows = names(snapshot).flatMap((name): ReadonlyArray<readonly [string, string]> => {
    const fields = Object.entries(types[name] ?? {}).sort(by(([field]) => field))
    return fields.length === 0
      ? []
      : [[name, JSON.stringify(fields.map(([field, text]) => `${field} ${text}`).join("; "))]]
  })
  return `/**
 * What a server's own types say of the fields of built-in kinds, and its documents do not. Name of a schema to its fields:
 * \`NAME NUMBER FLAGS TYPE; ...\`. The number is that of protobuf: 0 where there is none, \`2.1\` where JSON writes the
 * fields of message 2 into the one around it. Flags: e (left out when empty), z (left out when zero), or -. The type is
 * \`*X\`, \`[]X\`, \`map[K]X\`, \`struct NAME\`, or a scalar with its own name in parentheses; that of a list or a map
 * follows \`=\`. Read with goTypes.ts.
 * Generated: \`npm run codegen\`.
 */
export const builtinFields: { readonly [name: string]: string } = ${table(rows)}
`
}

/** The text of src/testing/internal/apiserver/internalFields.ts. */
export const internalFieldsText = ({ internal }: GoTypes): string =>
  `/**
 * The types in which a kube-apiserver keeps objects inside: name to \`FIELD TYPE; ...\`, in their order. A type is \`*X\`,
 * \`[]X\`, \`map X\`, the name of another one, s (text), n (number), b (flag), q (quantity), i (number or text), m (metadata),
 * l (a selector of labels), t (apiVersion and kind), or v for what is written as in the API. A field without a name is
 * written into the struct around it. Read with internalForm.ts.
 * Generated: \`npm run codegen\`.
 */
export const internalFields: { readonly [name: string]: string } = ${
    table(Object.keys(internal).sort(by((name) => name)).map((name) => [name, JSON.stringify(internal[name])]))
  }
`
