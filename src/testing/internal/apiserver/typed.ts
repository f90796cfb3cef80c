/**
 * Decoders of the built-in kinds that tests use most: a field of a wrong type is a 400, and an unknown one is warned of
 * or refused (S39). Other built-in kinds keep what they are sent.
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { decode, flagPointer, Malformed, map, struct, text, textPointer, type Type } from "../structural/goDecode.js"
import { objectMeta } from "../structural/metadataDecode.js"
import type { Strategy } from "./strategies.js"

const head = { apiVersion: text, kind: text, metadata: objectMeta }

/** Bytes are sent as base64. */
const bytes: Type = {
  _tag: "Special",
  read: (text) => {
    const illegal = /[^A-Za-z0-9+/=\r\n]/.exec(text)
    if (illegal !== null) throw new Malformed(`illegal base64 data at input byte ${illegal.index}`)
    if (Either.isLeft(Encoding.decodeBase64(text))) {
      throw new Malformed(`illegal base64 data at input byte ${text.length - text.length % 4}`)
    }
    return text
  }
}

/** A time with microseconds, kept as it was sent. */
const microTime: Type = text

const integer32: Type = { _tag: "Integer", name: "int32", pointer: true }

const types = {
  ConfigMap: struct("ConfigMap", { ...head, immutable: flagPointer, data: map(text), binaryData: map(bytes) }),
  Secret: struct("Secret", { ...head, immutable: flagPointer, data: map(bytes), stringData: map(text), type: text }),
  Lease: struct("Lease", {
    ...head,
    spec: struct("LeaseSpec", {
      holderIdentity: textPointer,
      leaseDurationSeconds: integer32,
      acquireTime: microTime,
      renewTime: microTime,
      leaseTransitions: integer32,
      strategy: textPointer,
      preferredHolder: textPointer
    })
  })
}

/** The part of a strategy that reads bodies of a kind. */
export const typed = (kind: keyof typeof types): Pick<Strategy, "decode"> => ({
  decode: (body) => {
    const decoded = decode(types[kind], body)
    return decoded._tag === "Malformed" ? decoded : { ...decoded, object: decoded.value }
  }
})
