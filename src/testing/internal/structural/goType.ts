/** JSON values as Go names their types. */
import { isInteger64 } from "./numbers.js"

/** The type that Go's decoder gives a JSON value. */
export const goType = (value: unknown): string => {
  if (value === null || value === undefined) return "<nil>"
  if (Array.isArray(value)) return "[]interface {}"
  switch (typeof value) {
    case "number":
      return isInteger64(value) ? "int64" : "float64"
    case "boolean":
      return "bool"
    case "string":
      return "string"
    default:
      return "map[string]interface {}"
  }
}
