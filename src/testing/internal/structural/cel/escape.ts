/** Names of fields as identifiers of CEL: what no identifier can hold is escaped, `a.b` is `a__dot__b`. */

const reserved = new Set([
  "true",
  "false",
  "null",
  "in",
  "as",
  "break",
  "const",
  "continue",
  "else",
  "for",
  "function",
  "if",
  "import",
  "let",
  "loop",
  "package",
  "namespace",
  "return",
  "var",
  "void",
  "while"
])

const escapes: { readonly [character: string]: string } = {
  "__": "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__"
}

/** The identifier of a field; undefined for a name that rules cannot reach. */
export const escape = (name: string): string | undefined => {
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(name)) return undefined
  return reserved.has(name) ? `__${name}__` : name.replace(/__|[./-]/g, (character) => escapes[character]!)
}

const unescapes: { readonly [name: string]: string } = { underscores: "__", dot: ".", dash: "-", slash: "/" }

/** The name of the field that an identifier is of; undefined for an escape that there is not. */
export const unescape = (identifier: string): string | undefined => {
  let isValid = true
  const name = identifier.replace(/__([^_]+)__/g, (escaped, inner: string) => {
    if (Object.hasOwn(unescapes, inner)) return unescapes[inner]!
    if (!reserved.has(inner) || escaped.length !== identifier.length) isValid = false
    return inner
  })
  return isValid ? name : undefined
}
