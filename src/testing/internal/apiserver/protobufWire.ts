/**
 * The wire format of protobuf: fields by number, each in one of four forms. What is cut off or nonsense is refused with the
 * text of the decoder that a server has.
 *
 * ```ts
 * import { readFields } from "./protobufWire.js"
 *
 * [...readFields(Uint8Array.of(0x08, 0x96, 0x01), "Message")] // [{ number: 1, wire: 0, value: { low: 150, high: 0 } }]
 * ```
 */

export class MalformedProtobuf extends Error {}

/** The lower and the upper 32 bits. */
export interface Varint {
  readonly low: number
  readonly high: number
}

export type WireField =
  | { readonly number: number; readonly wire: 0; readonly value: Varint }
  /** Eight bytes, a length with so many bytes, or four bytes. */
  | { readonly number: number; readonly wire: 1 | 2 | 5; readonly value: Uint8Array }

const endOfBytes = (): MalformedProtobuf => new MalformedProtobuf("unexpected EOF")

interface Place {
  readonly bytes: Uint8Array
  at: number
}

/** A number of up to 64 bits; what is beyond them is lost. In halves, which are quicker to read than a bigint. */
const varint = (place: Place): Varint => {
  let [low, high] = [0, 0]
  for (let shift = 0;; shift += 7) {
    if (shift >= 64) throw new MalformedProtobuf("proto: integer overflow")
    const byte = place.bytes[place.at++]
    if (byte === undefined) throw endOfBytes()
    const bits = byte & 0x7f
    if (shift < 32) low |= bits << shift
    // The fifth byte stands in both halves.
    if (shift >= 32) high |= bits << (shift - 32)
    else if (shift > 25) high |= bits >>> (32 - shift)
    if (byte < 0x80) return { low: low >>> 0, high: high >>> 0 }
  }
}

/** A signed number of 64 bits; exact up to 2^53, as in JSON. */
export const signed = ({ high, low }: Varint): number => (high | 0) * 2 ** 32 + low

const take = (place: Place, length: number): Uint8Array => {
  if (length > place.bytes.length - place.at) throw endOfBytes()
  const taken = place.bytes.subarray(place.at, place.at + length)
  place.at += length
  return taken
}

const lengthOf = (place: Place): number => {
  const length = signed(varint(place))
  if (length < 0) throw new MalformedProtobuf("proto: negative length found during unmarshaling")
  return length
}

const valueOf = (place: Place, number: number, wire: number): WireField => {
  switch (wire) {
    case 0:
      return { number, wire, value: varint(place) }
    case 1:
      return { number, wire, value: take(place, 8) }
    case 2:
      return { number, wire, value: take(place, lengthOf(place)) }
    case 5:
      return { number, wire, value: take(place, 4) }
  }
  throw new MalformedProtobuf(`proto: illegal wireType ${wire}`)
}

/** The fields of a message in their order. Groups, which nobody writes any more, are passed over. */
export function* readFields(bytes: Uint8Array, message: string): Generator<WireField> {
  const place: Place = { bytes, at: 0 }
  let groups = 0
  while (place.at < bytes.length) {
    const tag = varint(place)
    const number = (tag.low >>> 3) | (tag.high << 29)
    const wire = tag.low & 7
    if (wire === 3) {
      groups++
      continue
    }
    if (wire === 4) {
      if (groups-- > 0) continue
      throw new MalformedProtobuf(`proto: ${message}: wiretype end group for non-group`)
    }
    if (number <= 0 && groups === 0) {
      throw new MalformedProtobuf(`proto: ${message}: illegal tag ${number} (wire type ${wire})`)
    }
    const field = valueOf(place, number, wire)
    if (groups === 0) yield field
  }
  if (groups > 0) throw endOfBytes()
}

/** The numbers of a packed list. */
export const readPacked = (bytes: Uint8Array): ReadonlyArray<Varint> => {
  const place: Place = { bytes, at: 0 }
  const values: Array<Varint> = []
  while (place.at < bytes.length) values.push(varint(place))
  return values
}
