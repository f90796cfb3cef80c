/** The rules for names of things: each function answers what is wrong with a text, in the server's words, and nothing when all is well. */
import { bytes } from "./formats.js"

type Complaints = ReadonlyArray<string>

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
const subdomain = `${label}(\\.${label})*`
const label1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

/** The server counts bytes everywhere, but says so only of labels' keys and values. */
type Unit = "bytes" | "characters"

const tooLong = (maximum: number, unit: Unit): string => `must be no more than ${maximum} ${unit}`

const mismatch = (rule: string, pattern: string, ...examples: ReadonlyArray<string>): string =>
  `${rule} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}regex used for validation is '${pattern}')`

const check = (text: string, maximum: number, unit: Unit, pattern: string, complaint: () => string): Complaints => [
  ...(bytes(text) > maximum ? [tooLong(maximum, unit)] : []),
  ...(new RegExp(`^(?:${pattern})$`).test(text) ? [] : [complaint()])
]

/** The name of most objects, and groups. */
export const dnsSubdomain = (text: string, unit: Unit = "characters"): Complaints =>
  check(text, 253, unit, subdomain, () =>
    mismatch(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      subdomain,
      "example.com"
    ))

/** The name of a namespace. */
export const dnsLabel = (text: string): Complaints =>
  check(text, 63, "characters", label, () =>
    new RegExp(`^(?:${subdomain})$`).test(text)
      ? "must not contain dots"
      : mismatch(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
        label,
        "my-name",
        "123-abc"
      ))

/** Plurals, kinds in lower case, versions: they begin with a letter. */
export const dns1035Label = (text: string): Complaints =>
  check(text, 63, "characters", label1035, () =>
    mismatch(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      label1035,
      "my-name",
      "abc-123"
    ))

const qualifiedRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

/** Keys of labels and annotations, finalizers: `name` or `example.org/name`. */
export const qualifiedName = (text: string): Complaints => {
  const parts = text.split("/")
  const wrongName = mismatch(qualifiedRule, qualified, "MyName", "my.name", "123-abc")
  if (parts.length > 2) {
    return [`a valid label key ${wrongName} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const name = parts.at(-1) ?? ""
  const prefix = parts.length === 2 ? parts[0] : undefined
  const complaints = prefix === undefined
    ? []
    : prefix === ""
    ? ["prefix part must be non-empty"]
    : dnsSubdomain(prefix, "bytes").map((complaint) => `prefix part ${complaint}`)
  if (name === "") complaints.push("name part must be non-empty")
  else if (bytes(name) > 63) complaints.push(`name part ${tooLong(63, "bytes")}`)
  if (!new RegExp(`^${qualified}$`).test(name)) complaints.push(`name part ${wrongName}`)
  return complaints
}

export const labelValue = (text: string): Complaints =>
  check(text, 63, "bytes", `(${qualified})?`, () =>
    mismatch(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      `(${qualified})?`,
      "MyValue",
      "my_value",
      "12345"
    ))

/** What can stand in a URL's path. */
export const pathSegment = (text: string, isPrefix: boolean): Complaints => {
  if (!isPrefix && (text === "." || text === "..")) return [`may not be '${text}'`]
  return ["/", "%"].filter((illegal) => text.includes(illegal)).map((illegal) => `may not contain '${illegal}'`)
}

/** A generateName may end in what a name may not, since characters follow it: the server looks at it with the end replaced. */
export const asPrefix = (text: string): string => text.length > 1 && text.endsWith("-") ? `${text.slice(0, -2)}a` : text

/** `v1`, `apps/v1`; the complaint is the server's. */
export const groupVersion = (text: string): { readonly group: string; readonly version: string } | string => {
  if (text === "" || text === "/") return { group: "", version: "" }
  const parts = text.split("/")
  if (parts.length > 2) return `unexpected GroupVersion string: ${text}`
  return parts.length === 1 ? { group: "", version: text } : { group: parts[0]!, version: parts[1]! }
}
