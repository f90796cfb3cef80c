/** Headers of requests: who the program is, in whose name it asks, and what may stand in a header at all. */
import type { Impersonation } from "../KubeConfig.js"

/** Several values are sent as a header each. */
export type HeaderValues = string | ReadonlyArray<string>

/** What is no visible ASCII. A line end would start a header of its own. */
const invisible = /[^\x20-\x7e]/g

/** A name and version as they may stand in a header. */
export const visible = (text: string): string => text.replace(invisible, "_")

/** Says why a text cannot be the value of a header, or nothing. Space at the ends gets lost on the way. */
export const valueProblem = (text: string): string | undefined =>
  /[\x00-\x08\x0a-\x1f\x7f]/.test(text)
    ? "must not hold a line end or another control character"
    : text !== text.trim()
    ? "must not begin or end with a space"
    : undefined

const encoder = new TextEncoder()

/** UTF-8 with a character for each byte, as headers are written; ASCII stays what it is. */
const asBytes = (text: string): string => {
  if (!/[^\x00-\x7f]/.test(text)) return text
  let bytes = ""
  for (const byte of encoder.encode(text)) bytes += String.fromCharCode(byte)
  return bytes
}

const tokenCharacter = /^[!#$&'*+\-.0-9A-Z^_`a-z|~]$/

/** A key of `extra` as part of a header's name: what cannot stand there, and `%`, is percent-encoded (client-go's rule). */
export const escapeExtraKey = (key: string): string => {
  let escaped = ""
  for (const byte of encoder.encode(key)) {
    const character = String.fromCharCode(byte)
    escaped += tokenCharacter.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
  }
  return escaped
}

/** The headers that ask in somebody else's name; a text says why it cannot be asked so. */
export const impersonation = (who: Impersonation): { readonly [name: string]: HeaderValues } | string => {
  const headers: Record<string, HeaderValues> = {}
  const { extra = {}, groups = [], uid, user } = who
  if (user === "") return "impersonate.user must be given: a uid, groups and extra values belong to a user"
  const values: Array<readonly [field: string, value: string, mayBeEmpty: boolean]> = [
    ["user", user, false],
    ...(uid === undefined ? [] : [["uid", uid, true] as const]),
    ...groups.map((group, index) => [`groups[${index}]`, group, false] as const),
    ...Object.entries(extra).flatMap(([key, list]) =>
      list.map((value, index) => [`extra[${JSON.stringify(key)}][${index}]`, value, true] as const)
    )
  ]
  for (const [field, value, mayBeEmpty] of values) {
    const problem = value === "" && !mayBeEmpty ? "must not be empty" : valueProblem(value)
    if (problem !== undefined) return `impersonate.${field} ${problem}`
  }
  headers["impersonate-user"] = asBytes(user)
  if (uid !== undefined && uid !== "") headers["impersonate-uid"] = asBytes(uid)
  if (groups.length > 0) headers["impersonate-group"] = groups.map(asBytes)
  for (const [key, list] of Object.entries(extra)) {
    if (key === "") return "impersonate.extra must not have an empty key"
    if (list.length > 0) headers[`impersonate-extra-${escapeExtraKey(key).toLowerCase()}`] = list.map(asBytes)
  }
  return headers
}

/** `<app>/<version> effect-kube/<version> (<os>/<arch>)`, of what is known of it. */
export const userAgent = (
  library: string,
  options: { readonly userAgent?: string | undefined; readonly platform?: string | undefined }
): string => {
  const app = options.userAgent === undefined ? "" : visible(options.userAgent).trim()
  const platform = options.platform === undefined ? "" : visible(options.platform).trim()
  return [app, library, platform === "" ? "" : `(${platform})`].filter((part) => part !== "").join(" ")
}
