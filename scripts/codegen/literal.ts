/** Prints plain data as a TypeScript literal: on one line where it fits into 120 columns, else an item a line. */

const columns = 120

/** Code that stands in the literal as it is. */
export class Code {
  constructor(readonly text: string) {}
}

/** `column` is where the text begins, `indent` the indentation of its line, `after` what follows on its last line. */
export const literal = (value: unknown, indent = 0, column = indent, after = 1): string => {
  const line = flat(value)
  if (column + line.length + after <= columns || typeof value !== "object" || value === null || value instanceof Code) {
    return line
  }
  const inner = " ".repeat(indent + 2)
  const list = Array.isArray(value)
  const items = list
    ? value.map((item) => inner + literal(item, indent + 2))
    : Object.entries(value).map(([key, item]) => {
      const start = `${inner}${keyText(key)}: `
      return start + literal(item, indent + 2, start.length)
    })
  const [open, close] = list ? "[]" : "{}"
  return `${open}\n${items.join(",\n")}\n${" ".repeat(indent)}${close}`
}

const flat = (value: unknown): string => {
  if (value instanceof Code) return value.text
  if (Array.isArray(value)) return `[${value.map(flat).join(", ")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
  return entries.length === 0
    ? "{}"
    : `{ ${entries.map(([key, item]) => `${keyText(key)}: ${flat(item)}`).join(", ")} }`
}

/** A key of an object literal or of a type, quoted only where it must be. */
export const keyText = (key: string): string => /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)
