/** What may be a label's key and value (Labels and Selectors: Syntax and character set). */

const name = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const maxName = 63
const maxPrefix = 253

/** What is wrong with a label key, as the words that follow "expected"; nothing when it is one. */
export const keyIssue = (key: string): string | undefined => {
  const slash = key.indexOf("/")
  const prefix = slash < 0 ? undefined : key.slice(0, slash)
  const last = key.slice(slash + 1)
  if (prefix !== undefined && (prefix.length > maxPrefix || !subdomain.test(prefix))) {
    return `a label key whose prefix is a DNS subdomain of at most ${maxPrefix} characters`
  }
  return last.length <= maxName && name.test(last)
    ? undefined
    : `a label key: at most ${maxName} letters, digits, "-", "_" or ".", a letter or digit first and last, after an optional prefix and "/"`
}

/** The same for a label's value, which may be empty. */
export const valueIssue = (value: string): string | undefined =>
  value === "" || (value.length <= maxName && name.test(value))
    ? undefined
    : `a label value: at most ${maxName} letters, digits, "-", "_" or ".", a letter or digit first and last, or nothing`

const decimal = /^[+-]?[0-9]+$/
const maxInt64 = 2n ** 63n - 1n
const minInt64 = -(2n ** 63n)

/** The integer that `>` and `<` compare: decimal, within 64 bits, as the server reads it; nothing for any other text. */
export const integer = (text: string): bigint | undefined => {
  if (!decimal.test(text)) return undefined
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text)
  return value >= minInt64 && value <= maxInt64 ? value : undefined
}
