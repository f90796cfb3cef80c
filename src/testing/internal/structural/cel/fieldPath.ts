/** The `fieldPath` of a rule: fields of what the rule is about, `.spec.name`, and names in brackets, `.labels['a.b']`. */
import { child, keyed } from "../fieldError.js"
import { type JSONSchemaProps, propertyOf, valuesOf } from "../schema.js"

/** The path as a cause names it; undefined for one that leads to no field. */
export const normalizedPath = (path: string, schema: JSONSchemaProps): string | undefined => {
  let found = ""
  let current: JSONSchemaProps | undefined = schema
  let at = 0
  while (at < path.length) {
    const token: Token | undefined = nextToken(path, at)
    if (token === undefined || current === undefined) return undefined
    at = token.end
    if (current.properties !== undefined) {
      current = propertyOf(current, token.name)
      if (current === undefined) return undefined
      found = child(found, token.name)
    } else {
      if (current.additionalProperties === undefined) return undefined
      current = valuesOf(current)
      found = keyed(found, token.name)
    }
  }
  return found
}

interface Token {
  readonly name: string
  readonly end: number
}

const nextToken = (path: string, at: number): Token | undefined => {
  const dotted = /^\.([^.[\]]+)/.exec(path.slice(at))
  if (dotted !== null) return { name: dotted[1]!, end: at + dotted[0].length }
  const quoted = /^\['((?:[^'\\]|\\.)*)'\]/.exec(path.slice(at))
  if (quoted === null) return undefined
  const name = unescaped(quoted[1]!)
  return name === undefined ? undefined : { name, end: at + quoted[0].length }
}

const escapes: { readonly [letter: string]: string } = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\u000b",
  "'": "'",
  "\\": "\\"
}

const unescaped = (text: string): string | undefined => {
  let isValid = true
  const name = text.replace(/\\(.)/gs, (_, letter: string) => {
    if (Object.hasOwn(escapes, letter)) return escapes[letter]!
    isValid = false
    return ""
  })
  return isValid ? name : undefined
}
