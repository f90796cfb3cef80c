/**
 * The protobuf messages of built-in kinds, from the field numbers in builtinFields.ts: by the name of their schema.
 */
import { builtinFields } from "./builtinFields.js"

export type Shape =
  | { readonly _tag: "Text" | "Bytes" | "Double" }
  | { readonly _tag: "Varint"; readonly kind: "int32" | "int64" | "bool" }
  | { readonly _tag: "Message"; readonly name: string }
  | { readonly _tag: "List"; readonly of: Shape }
  /** A named list of texts is a message of its own with the list in it. */
  | { readonly _tag: "Wrapped" }
  | { readonly _tag: "Map"; readonly of: Shape }

export type Fields = ReadonlyMap<number, Field>

/** A field, or a message whose fields JSON writes into the object around it. */
export type Field = { readonly name: string; readonly shape: Shape } | { readonly embedded: Fields }

const shapeOf = (expression: string): Shape => {
  if (expression.startsWith("*")) return shapeOf(expression.slice(1))
  const [collection, of = "", name] = /^(?:\[\]|map\[[^\]]*\])([^=]*)=?(.*)$/.exec(expression) ?? []
  if (collection !== undefined) {
    if (!expression.startsWith("[]")) {
      return { _tag: "Map", of: of.startsWith("[]string") ? { _tag: "Wrapped" } : shapeOf(of) }
    }
    return of === "string" && name !== "" ? { _tag: "Wrapped" } : { _tag: "List", of: shapeOf(of) }
  }
  if (expression.startsWith("struct ")) return { _tag: "Message", name: expression.slice("struct ".length) }
  const kind = expression.replace(/\(.*$/, "")
  switch (kind) {
    case "int32":
    case "int64":
    case "bool":
      return { _tag: "Varint", kind }
    case "float64":
      return { _tag: "Double" }
    case "bytes":
      return { _tag: "Bytes" }
    default:
      return { _tag: "Text" }
  }
}

const known = new Map<string, Fields>()

/** The fields of a message by their numbers; none where no schema has the name. */
export const fieldsOf = (name: string): Fields => {
  const there = known.get(name)
  if (there !== undefined) return there
  const fields = new Map<number, Field>()
  const text = Object.hasOwn(builtinFields, name) ? builtinFields[name]! : ""
  for (const field of text === "" ? [] : text.split("; ")) {
    const [key = "", path = "0", , ...expression] = field.split(" ")
    const numbers = path.split(".").map(Number)
    if (numbers[0] === 0) continue
    const shape = shapeOf(expression.join(" "))
    let at = fields
    for (const number of numbers.slice(0, -1)) {
      const outer = at.get(number)
      const embedded = outer !== undefined && "embedded" in outer ? outer.embedded : new Map<number, Field>()
      at.set(number, { embedded })
      at = embedded as Map<number, Field> // made two lines above
    }
    at.set(numbers.at(-1)!, { name: key, shape }) // a path has a number
  }
  known.set(name, fields)
  return fields
}
