/**
 * Whether a value of one type can stand where another is asked for. Types may hold parameters, which stand for a type that
 * is not known yet: what they stand for is found out on the way, and kept in a `Bindings`.
 */
import { dyn, isDynamic, list, map, same, type Type, typeOf } from "./celType.js"

/** What parameters stand for, by name. */
export type Bindings = Map<string, Type>

/** Follows parameters to what they stand for; with `free`, those that stand for nothing become that. */
export const substitute = (bindings: Bindings, type: Type, free?: Type): Type => {
  if (type.kind === "parameter") {
    const bound = bindings.get(type.name)
    return bound === undefined ? free ?? type : substitute(bindings, bound, free)
  }
  if (type.parameters.length === 0) return type
  const parameters = type.parameters.map((each) => substitute(bindings, each, free))
  switch (type.kind) {
    case "list":
      return list(parameters[0]!)
    case "map":
      return map(parameters[0]!, parameters[1]!)
    case "type":
      return typeOf(parameters[0]!)
    default:
      return { ...type, parameters }
  }
}

/** New bindings under which each of `types` fits its place; undefined if there are none. */
export const assign = (
  bindings: Bindings,
  types: ReadonlyArray<Type>,
  places: ReadonlyArray<Type>
): Bindings | undefined => {
  const attempt = new Map(bindings)
  return allFit(attempt, types, places) ? attempt : undefined
}

const allFit = (bindings: Bindings, types: ReadonlyArray<Type>, places: ReadonlyArray<Type>): boolean =>
  types.length === places.length && types.every((type, index) => fits(bindings, type, places[index]!))

const fits = (bindings: Bindings, type: Type, place: Type): boolean => {
  if (place.kind === "parameter") {
    const outcome = bind(bindings, type, place)
    if (outcome !== "unbindable") return outcome === "bound"
  }
  if (type.kind === "parameter") return bind(bindings, place, type) === "bound"
  if (isDynamic(type) || isDynamic(place)) return true
  if (type.kind === "null") return isNullable(place)
  if (place.kind === "null") return isNullable(type)
  switch (type.kind) {
    case "type":
      return place.kind === "type"
    case "list":
    case "map":
    case "opaque":
      return type.kind === place.kind && type.name === place.name &&
        allFit(bindings, type.parameters, place.parameters)
    default:
      return same(type, place)
  }
}

const isNullable = (type: Type): boolean =>
  type.kind === "null" || type.kind === "opaque" || type.kind === "object" || type.kind === "duration" ||
  type.kind === "timestamp"

/** `unbindable` where the parameter stands for nothing yet, and cannot stand for the type, since that holds it. */
const bind = (bindings: Bindings, type: Type, parameter: Type): "bound" | "taken" | "unbindable" => {
  if (same(type, parameter)) return "bound"
  const known = bindings.get(parameter.name)
  if (known === undefined) {
    if (holds(bindings, type, parameter)) return "unbindable"
    bindings.set(parameter.name, type)
    return "bound"
  }
  if (same(type, known)) return "bound"
  if (!fits(bindings, type, known)) return "taken"
  const general = mostGeneral(type, known)
  if (!holds(bindings, general, parameter)) bindings.set(parameter.name, general)
  return "bound"
}

const holds = (bindings: Bindings, type: Type, parameter: Type): boolean => {
  if (same(type, parameter)) return true
  if (type.kind === "parameter") {
    const bound = bindings.get(type.name)
    return bound !== undefined && holds(bindings, bound, parameter)
  }
  return type.parameters.some((each) => holds(bindings, each, parameter))
}

/** The one of two types that fit each other which says less. */
export const mostGeneral = (left: Type, right: Type): Type => saysNoMore(left, right) ? left : right

const saysNoMore = (left: Type, right: Type): boolean => {
  if (left.kind === "dyn" || left.kind === "parameter") return true
  if (right.kind === "dyn" || right.kind === "parameter" || left.kind !== right.kind) return false
  if (left.kind === "type") return true
  return left.name === right.name && left.parameters.length === right.parameters.length &&
    left.parameters.every((each, index) => saysNoMore(each, right.parameters[index]!))
}

/** A type whose open parameters are anything. */
export const closed = (bindings: Bindings, type: Type): Type => substitute(bindings, type, dyn)
