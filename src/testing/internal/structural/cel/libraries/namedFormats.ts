/** Formats by name: `format.dns1123Label().validate(self.name)` answers what is wrong, or nothing. */
import { matchesFormat } from "../../formats.js"
import { asPrefix, dns1035Label, dnsLabel, dnsSubdomain, labelValue, qualifiedName } from "../../names.js"
import { type Overload, overload } from "../functions.js"
import { ListValue, none, type Opaque, Optional } from "../values.js"
import { urlProblem } from "./urls.js"

class FormatValue implements Opaque {
  readonly _tag = "Format"
  readonly typeName = "kubernetes.NamedFormat"

  constructor(readonly name: string, readonly check: (text: string) => ReadonlyArray<string>) {}

  equals(other: Opaque): boolean {
    return other instanceof FormatValue && this.name === other.name
  }
}

const byPattern = (format: string, complaint: string) => (text: string): ReadonlyArray<string> =>
  matchesFormat(format, text) ? [] : [complaint]

const formats = new Map<string, FormatValue>(
  ([
    ["dns1123Label", dnsLabel],
    ["dns1123Subdomain", (text) => dnsSubdomain(text)],
    ["dns1035Label", dns1035Label],
    ["qualifiedName", qualifiedName],
    ["dns1123LabelPrefix", (text) => dnsLabel(asPrefix(text))],
    ["dns1123SubdomainPrefix", (text) => dnsSubdomain(asPrefix(text))],
    ["dns1035LabelPrefix", (text) => dns1035Label(asPrefix(text))],
    ["labelValue", labelValue],
    ["uri", (text) => {
      const problem = urlProblem(text)
      return problem === undefined ? [] : [problem]
    }],
    ["uuid", byPattern("uuid", "does not match the UUID format")],
    ["byte", byPattern("byte", "invalid base64")],
    ["date", byPattern("date", "invalid date")],
    ["datetime", byPattern("datetime", "invalid datetime")]
  ] as ReadonlyArray<readonly [name: string, check: (text: string) => ReadonlyArray<string>]>).map((
    [name, check]
  ) => [name, new FormatValue(name, check)])
)

const validate = ({ check }: FormatValue, text: string): Optional => {
  const complaints = check(text)
  return complaints.length === 0 ? none : new Optional(new ListValue([...complaints]))
}

export const namedFormats: ReadonlyArray<Overload> = [
  overload<[string]>("format.named(string) -> optional(Format)", (name) => {
    const format = formats.get(name)
    return format === undefined ? none : new Optional(format)
  }),
  ...[...formats].map(([name, format]) => overload(`format.${name}() -> Format`, () => format)),
  // Formats are patterns of at most 128 characters.
  overload<[FormatValue, string]>("Format.validate(string) -> optional(list(string))", validate, {
    of: ([, text = 0]) => Math.ceil(text * 0.1 * 32)
  })
]
