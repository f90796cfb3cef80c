/** Which names kinds allow. Most are DNS subdomains. */
import { asPrefix, dns1035Label, dnsLabel, dnsSubdomain, pathSegment } from "../structural/names.js"
import type { Strategy } from "./strategies.js"

type Rule = (text: string, isPrefix: boolean) => ReadonlyArray<string>

export const nameRules: { readonly [rule in Strategy["names"]]: Rule } = {
  subdomain: (text, isPrefix) => dnsSubdomain(isPrefix ? asPrefix(text) : text),
  label: (text, isPrefix) => dnsLabel(isPrefix ? asPrefix(text) : text),
  label1035: (text, isPrefix) => dns1035Label(isPrefix ? asPrefix(text) : text),
  path: pathSegment
}
