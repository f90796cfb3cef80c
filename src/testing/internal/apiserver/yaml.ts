/**
 * YAML as an API server reads it: version 1.1, into JSON. `yes` and `on` are true, a leading zero makes a number octal,
 * dates stay text, keys become texts, and a key given twice is noticed. JSON is YAML too.
 *
 * ```ts
 * import { readYaml } from "./yaml.js"
 *
 * readYaml("a: yes\nb: 0777\n1: 2026-01-02") // { value: { "1": "2026-01-02", a: true, b: 511 }, duplicates: [] }
 * readYaml("a: 1\na: 2")                     // { value: { a: 2 }, duplicates: ["line 2: key \"a\" already set in map"] }
 * ```
 */
import { readDocument, Unreadable } from "../../../protocol/internal/yaml11.js"
import { goQuote } from "../structural/fieldError.js"
import { readJson } from "./json.js"

export type ReadYaml =
  | { readonly value: unknown; readonly duplicates: ReadonlyArray<string>; readonly error?: undefined }
  | { readonly error: string }

/** Reads the first document of a text. `duplicates` and `error` are the texts of a server, but for the place and the reason of a syntax error. */
export const readYaml = (text: string): ReadYaml => {
  if (/^\s*\{/.test(text)) {
    const read = readJson(text)
    if (read.error === undefined && read.duplicates.length === 0) return read
  }
  try {
    const { duplicates, value } = readDocument(text)
    return {
      value,
      duplicates: duplicates.map(({ isText, key, line }) =>
        `line ${line}: key ${isText ? goQuote(key) : key} already set in map`
      )
    }
  } catch (error) {
    if (error instanceof Unreadable) return { error: error.message }
    throw error
  }
}

/** The one text in which a strict server tells of all duplicate keys. */
export const duplicatesText = (duplicates: ReadonlyArray<string>): string =>
  `yaml: unmarshal errors:\n  ${duplicates.join("\n  ")}`
