/** Values that may be absent. */
import { type Overload, overload } from "../functions.js"
import { Duration, fail, ListValue, MapValue, none, Optional, Unsigned, type Value } from "../values.js"

const isZero = (value: Value): boolean => {
  if (value === null || value === false || value === "" || value === 0 || value === 0n) return true
  if (value instanceof Unsigned) return value.value === 0n
  if (value instanceof Duration) return value.nanos === 0n
  if (value instanceof Uint8Array) return value.length === 0
  return (value instanceof ListValue || value instanceof MapValue) && value.size === 0
}

const unwrap = (list: ListValue): ListValue =>
  new ListValue([...list].flatMap((item) => item instanceof Optional && item.value !== undefined ? [item.value] : []))

export const optionals: ReadonlyArray<Overload> = [
  overload<[Value]>("optional.of(V) -> optional(V)", (value) => new Optional(value)),
  overload<[Value]>(
    "optional.ofNonZeroValue(V) -> optional(V)",
    (value) => isZero(value) ? none : new Optional(value)
  ),
  overload("optional.none() -> optional(V)", () => none),
  overload<[Optional]>(
    "optional(V).value() -> V",
    ({ value }) => value === undefined ? fail("optional.none() dereference") : value
  ),
  overload<[Optional]>("optional(V).hasValue() -> bool", ({ value }) => value !== undefined),
  // The evaluator knows these two by name: they look at their argument only where there is no value.
  overload<[Optional, Optional]>(
    "optional(V).or(optional(V)) -> optional(V)",
    (first, other) => first.value === undefined ? other : first
  ),
  overload<[Optional, Value]>("optional(V).orValue(V) -> V", ({ value }, other) => value === undefined ? other : value),
  overload<[ListValue]>("optional.unwrap(list(optional(V))) -> list(V)", unwrap),
  overload<[ListValue]>("list(optional(V)).unwrapOpt() -> list(V)", unwrap),
  overload<[ListValue]>("list(V).first() -> optional(V)", (list) => list.size === 0 ? none : new Optional(list.at(0))),
  overload<[ListValue]>(
    "list(V).last() -> optional(V)",
    (list) => list.size === 0 ? none : new Optional(list.at(list.size - 1))
  )
]
