/**
 * Whether a configuration is of its type at all: no field that the schema does not declare, no item twice. The texts are
 * those of a server, which prints values as Go does.
 */
import { isObject } from "../json.js"
import { itemElement, NoElement } from "./elements.js"
import { elementText, fieldElement, type Path, pathText } from "./fieldSet.js"
import { alternativeOf, type Scalar, type Type } from "./types.js"

/** Everything that is wrong, as one text; nothing if it is well. */
export const typeIssue = (value: unknown, type: Type): string | undefined => {
  const issues = issuesOf(value, type, [])
  if (issues.length === 0) return undefined
  return issues.length === 1 ? issues[0]! : ["errors:", ...issues.map((issue) => `  ${issue}`)].join("\n")
}

const at = (path: Path, message: string): string => path.length === 0 ? message : `${pathText(path)}: ${message}`

/** `path` is the place of the value; it is used and left as it was. */
const issuesOf = (value: unknown, type: Type, path: Array<string>): ReadonlyArray<string> => {
  switch (alternativeOf(type, value)) {
    case "map": {
      const map = type.map!
      if (value === null) return []
      if (!isObject(value)) return [at(path, `expected map, got ${printed(value)}`)]
      const issues: Array<string> = []
      for (const [name, member] of Object.entries(value)) {
        path.push(fieldElement(name))
        const found = map.field(name) ?? map.member
        issues.push(
          ...(found === undefined ? [at(path, "field not declared in schema")] : issuesOf(member, found, path))
        )
        path.pop()
        if (found === undefined) return issues
      }
      return issues
    }
    case "list": {
      const list = type.list!
      if (value === null) return []
      if (!Array.isArray(value)) return [at(path, `expected list, got ${printed(value)}`)]
      const issues: Array<string> = []
      const seen = new Set<string>()
      for (const [index, item] of value.entries()) {
        let element = `i:${index}`
        if (!list.atomic) {
          try {
            element = itemElement(list, item)
          } catch (error) {
            if (!(error instanceof NoElement)) throw error
            return [...issues, at(path, `element ${index}: ${error.message}`)]
          }
          if (seen.has(element)) issues.push(at(path, `duplicate entries for key ${elementText(element)}`))
          seen.add(element)
        }
        path.push(element)
        issues.push(...issuesOf(item, list.item, path))
        path.pop()
      }
      return issues
    }
    case "scalar":
      return scalarIssue(value, type.scalar!, path)
    default:
      return []
  }
}

const scalarIssue = (value: unknown, scalar: Scalar, path: Path): ReadonlyArray<string> => {
  if (value === null) return []
  const wrong = (message: string): ReadonlyArray<string> => [at(path, message)]
  switch (scalar) {
    case "numeric":
      return typeof value === "number" ? [] : wrong(`expected numeric (int or float), got ${goType(value)}`)
    case "string":
      return typeof value === "string"
        ? []
        : wrong(`expected string, got &value.valueUnstructured{Value:${literal(value)}}`)
    case "boolean":
      return typeof value === "boolean" ? [] : wrong(`expected boolean, got ${printed(value)}`)
    default:
      return typeof value === "object" ? wrong(`expected any scalar, got ${printed(value)}`) : []
  }
}

const goType = (value: unknown): string =>
  Array.isArray(value)
    ? "[]interface {}"
    : isObject(value)
    ? "map[string]interface {}"
    : typeof value === "boolean"
    ? "bool"
    : typeof value

const plain = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(plain).join(" ")}]`
    : isObject(value)
    ? `map[${Object.keys(value).sort().map((key) => `${key}:${plain(value[key])}`).join(" ")}]`
    : value === null
    ? "<nil>"
    : String(value)

const printed = (value: unknown): string => `&{${plain(value)}}`

/** A value as Go's source would have it. */
const literal = (value: unknown): string =>
  Array.isArray(value)
    ? `[]interface {}{${value.map(literal).join(", ")}}`
    : isObject(value)
    ? `map[string]interface {}{${
      Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${literal(value[key])}`).join(", ")
    }}`
    : value === null
    ? "interface {}(nil)"
    : typeof value === "string"
    ? JSON.stringify(value)
    : String(value)
