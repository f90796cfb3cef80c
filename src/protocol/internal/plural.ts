/**
 * The default plural of a kind, lower-case, as it stands in URLs: what kubebuilder and kube-rs propose when the author names none.
 *
 * ```ts
 * import { plural } from "./plural.js"
 *
 * plural("Foo")     // "foos"
 * plural("Policy")  // "policies"
 * plural("Gateway") // "gateways"
 * plural("Ingress") // "ingresses"
 * ```
 *
 * English has more exceptions than rules; a kind whose plural is irregular says so itself (`plural: "mice"`).
 */
export const plural = (kind: string): string => {
  const word = kind.toLowerCase()
  // The one built-in kind whose name is a plural already.
  if (word === "endpoints") return word
  if (/(?:s|x|z|ch|sh)$/.test(word)) return `${word}es`
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`
  return `${word}s`
}
