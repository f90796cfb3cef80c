/**
 * The server's messages can quote what was sent: a patch of a Secret that fails prints all of it. Errors end up in logs
 * and spans, so what looks like a part of a body is cut out of every text before an error is made of it.
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import type * as KubeError from "../../protocol/KubeError.js"
import type * as Status from "../../protocol/Status.js"
import { plain } from "./credentials/quoting.js"

const cutMark = "…"

/** Where a quoted text that begins at `start` ends: behind the quote that no backslash escapes, else at the end. */
const endOfQuoted = (text: string, start: number): number => {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++
    else if (text[i] === "\"") return i + 1
  }
  return text.length
}

const closing: { readonly [open: string]: string } = { "{": "}", "[": "]" }

/** Where a bracket that opens at `start` closes, counting what is nested and passing over quoted texts; else the end. */
const endOfBracket = (text: string, start: number): number => {
  const open = text[start]!
  const close = closing[open]
  let depth = 0
  for (let i = start; i < text.length; i++) {
    if (text[i] === "\"") i = endOfQuoted(text, i) - 1
    else if (text[i] === open) depth++
    else if (text[i] === close && --depth === 0) return i + 1
  }
  return text.length
}

/** Objects as JSON, as Go prints them (`map[a:b]`, `[]byte{0x61}`, `v1.Secret{...}`), and quoted texts that hold JSON. */
const withoutObjects = (text: string): string => {
  let kept = ""
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    const end = character === "\""
      ? endOfQuoted(text, i)
      : character === "{"
      ? endOfBracket(text, i)
      : text.startsWith("map[", i)
      ? endOfBracket(text, i + 3)
      : -1
    if (end < 0) continue
    const part = text.slice(i, end)
    if (character === "{" || character === "m" || /\\["\\nrtux0-9]|^"\s*[[{]|^"map\[/.test(part)) {
      kept += text.slice(from, i) + cutMark
      from = end
    }
    i = end - 1
  }
  return kept + text.slice(from)
}

/** Values that field errors quote, up to what is said of them. */
const fieldValue =
  /(Invalid value|Unsupported value|Duplicate value|Too long|Too many): (?:"(?:[^"\\]|\\.)*"?|[^:]*?)(?=: |, |$)/gs

const isSecret = ({ group, resource }: KubeError.RequestInfo): boolean =>
  group === "" && (resource === "secrets" || /\/secrets([/?]|$)/.test(resource)) || resource === "tokenreviews"

/** What a body says of the object rather than of what it holds. */
const named: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "op", "path", "from"])

/** Shorter texts are words of messages too. */
const leastValue = 3

/** The values of a body that a message must not repeat, and what they are in base64 for, the longest first. */
const valuesOf = (body: string | undefined): ReadonlyArray<string> => {
  if (body === undefined) return []
  const values = new Set<string>()
  const add = (text: string): void => {
    if (text.length >= leastValue) values.add(text)
  }
  const collect = (value: unknown): void => {
    if (typeof value === "string") {
      add(value)
      // As the server keeps what was given as `stringData`.
      add(Encoding.encodeBase64(value))
      const decoded = Encoding.decodeBase64String(value)
      if (Either.isRight(decoded)) add(decoded.right)
    } else if (Array.isArray(value)) value.forEach(collect)
    else if (typeof value === "object" && value !== null) {
      for (const [key, member] of Object.entries(value)) if (!named.has(key)) collect(member)
    }
  }
  try {
    collect(JSON.parse(body))
  } catch {
    return []
  }
  return [...values].sort((one, two) => two.length - one.length)
}

/** Who answers with the headers that it got, as some proxies do, repeats the credential. */
const withoutCredentials = (text: string): string =>
  text.replace(/\b(Bearer|Basic)(\s+|%20)[^\s"',;<>]+/gi, `$1$2${cutMark}`)

/** What a server or a proxy says ends up in logs and terminals: on one line, without their commands. */
export const oneLine = (text: string): string => plain(text).replace(/\s+/g, " ").trim()

/** A text of the server without what was sent. Of a Secret no value is kept, of anything else no object. */
const cutter = ({ body, info }: Sent): (text: string | undefined) => string | undefined => {
  if (!isSecret(info)) {
    return (text) => text === undefined ? undefined : withoutCredentials(withoutObjects(oneLine(text)))
  }
  const values = valuesOf(body)
  return (text) => {
    if (text === undefined) return undefined
    let open = withoutCredentials(withoutObjects(oneLine(text))).replace(fieldValue, `$1: ${cutMark}`)
    for (const value of values) open = open.replaceAll(value, cutMark)
    return open
  }
}

/** What of a request matters here. */
export interface Sent {
  readonly info: KubeError.RequestInfo
  readonly body: string | undefined
}

/** A Status whose texts hold nothing of what was sent. */
export const withoutBody = (sent: Sent, status: Status.Status): Status.Status => {
  const cut = cutter(sent)
  return {
    ...status,
    message: cut(status.message),
    details: status.details && {
      ...status.details,
      causes: status.details.causes?.map((cause) => ({ ...cause, message: cut(cause.message) }))
    }
  }
}
