/** The objects of the API as values of CEL, by their schema. Parts are read when an expression asks for them. */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { isInteger64 } from "../numbers.js"
import { isObject, itemsOf, type JsonObject, type JSONSchemaProps, own, propertyOf, valuesOf } from "../schema.js"
import { withTypeAndMetadata } from "./declaredType.js"
import { escape, unescape } from "./escape.js"
import { readDate, readDuration, readTimestamp } from "./time.js"
import { Duration, fail, type ListIdentity, ListValue, MapValue, type Value } from "./values.js"

/** The value of a part of an object. `isResource` for a whole one, of which a rule sees kind, apiVersion and name. */
export const fromJson = (value: unknown, schema: JSONSchemaProps, isResource: boolean): Value => {
  if (value === null || value === undefined) {
    return schema.nullable === true ? null : fail("invalid data, got null for schema with nullable=false")
  }
  if (schema["x-kubernetes-int-or-string"] === true) {
    if (typeof value === "string") return value
    return typeof value === "number" && isInteger64(value)
      ? BigInt(value)
      : fail("invalid data, expected XIntOrString value to be either a string or integer")
  }
  switch (schema.type) {
    case "object":
      return isObject(value)
        ? objectValue(value, schema, isResource || schema["x-kubernetes-embedded-resource"] === true)
        : unexpected("a map for the provided schema with type=object")
    case "array":
      return Array.isArray(value)
        ? listValue(value, schema)
        : unexpected("an array for the provided schema with type=array")
    case "string":
      return typeof value === "string" ? textValue(value, schema.format) : unexpected("string")
    case "number":
      return typeof value === "number" ? value : unexpected("float")
    case "integer":
      return typeof value === "number" && isInteger64(value) ? BigInt(value) : unexpected("int")
    case "boolean":
      return typeof value === "boolean" ? value : unexpected("bool")
    default:
      return fail("invalid type, expected object, array, number, integer, boolean or string")
  }
}

const unexpected = (what: string): never => fail(`invalid data, expected ${what}`)

const textValue = (text: string, format: string | undefined): Value => {
  switch (format) {
    case "duration":
      return readDuration(text) ?? readSpokenDuration(text) ?? fail(`Invalid duration ${text}`)
    case "date":
      return readDate(text) ?? fail(`Invalid date formatted string ${text}`)
    case "date-time":
      return readTimestamp(text.toUpperCase()) ?? fail(`Invalid date-time formatted string ${text}`)
    case "byte":
      return Either.getOrElse(Encoding.decodeBase64(text), () => fail(`Invalid byte formatted string ${text}`))
    default:
      return text
  }
}

const spokenUnits: ReadonlyArray<readonly [names: RegExp, nanos: bigint]> = [
  [/^(?:ns|nano.*)$/, 1n],
  [/^(?:us|µs|micro.*)$/, 1000n],
  [/^(?:ms|milli.*)$/, 1_000_000n],
  [/^(?:s|sec.*)$/, 1_000_000_000n],
  [/^(?:m|min.*)$/, 60_000_000_000n],
  [/^(?:h|hr|hour.*)$/, 3_600_000_000_000n],
  [/^(?:d|day.*)$/, 86_400_000_000_000n],
  [/^(?:w|wk|week.*)$/, 604_800_000_000_000n]
]

/** `3 days`: what the format `duration` takes beside Go's durations. */
const readSpokenDuration = (text: string): Duration | undefined => {
  let total: bigint | undefined
  for (const match of text.matchAll(/(?<!\d)(\d+)\s*([A-Za-zµ]+)/g)) {
    const unit = spokenUnits.find(([names]) => names.test(match[2]!.toLowerCase()))
    if (unit !== undefined) total = (total ?? 0n) + BigInt(match[1]!) * unit[1]
  }
  return total === undefined ? undefined : new Duration(total)
}

const listValue = (items: ReadonlyArray<unknown>, schema: JSONSchemaProps): ListValue => {
  const below = itemsOf(schema)
  if (below === undefined) return fail("invalid array type, expected Items with a non-empty Schema")
  return new ListValue(items.map((item) => fromJson(item, below, false)), items.length, identityOf(schema))
}

const identityOf = (schema: JSONSchemaProps): ListIdentity | undefined => {
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return { _tag: "Set" }
    case "map":
      return { _tag: "Keys", keys: (schema["x-kubernetes-list-map-keys"] ?? []).map((key) => escape(key) ?? key) }
    default:
      return undefined
  }
}

const objectValue = (object: JsonObject, given: JSONSchemaProps, isResource: boolean): MapValue => {
  const schema = isResource ? withTypeAndMetadata(given) : given
  if (schema.properties !== undefined) return new ObjectValue(object, (key) => propertyOf(schema, key), true)
  const values = valuesOf(schema)
  return new ObjectValue(object, () => values, false)
}

class ObjectValue extends MapValue {
  private readonly read = new Map<string, Value>()

  constructor(
    private readonly object: JsonObject,
    private readonly schemaOf: (key: string) => JSONSchemaProps | undefined,
    /** Whether its members are fields, whose names are escaped, and which a null leaves absent. */
    private readonly hasFields: boolean
  ) {
    super()
  }

  get size(): number {
    return Object.keys(this.object).length
  }

  find(key: Value): Value | undefined {
    if (typeof key !== "string") return fail("no such overload")
    const name = this.hasFields ? unescape(key) : key
    if (name === undefined || !Object.hasOwn(this.object, name)) return undefined
    const known = this.read.get(name)
    if (known !== undefined) return known
    const schema = this.schemaOf(name)
    const member = own(this.object, name)
    if (schema === undefined || (this.hasFields && member === null)) return undefined
    const value = fromJson(member, schema, false)
    this.read.set(name, value)
    return value
  }

  keys(): ReadonlyArray<Value> {
    const names = Object.keys(this.object).filter((name) => this.schemaOf(name) !== undefined).sort()
    return this.hasFields ? names.map((name) => escape(name) ?? name) : names
  }
}
