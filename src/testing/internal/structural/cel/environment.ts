/**
 * The functions and types that rules know: those of CEL itself and of the libraries that a kube-apiserver of 1.37 offers
 * to new rules. What is not here is an undeclared reference, as it is there (base64 and math, for instance).
 */
import * as types from "./celType.js"
import type { Overload } from "./functions.js"
import { conversions } from "./libraries/conversions.js"
import { lists } from "./libraries/lists.js"
import { namedFormats } from "./libraries/namedFormats.js"
import { network } from "./libraries/network.js"
import { operators } from "./libraries/operators.js"
import { optionals } from "./libraries/optionals.js"
import { quantities } from "./libraries/quantities.js"
import { regex } from "./libraries/regex.js"
import { semvers } from "./libraries/semver.js"
import { strings } from "./libraries/strings.js"
import { times } from "./libraries/times.js"
import { urls } from "./libraries/urls.js"

/** All overloads, by the name of their function. */
const functions: ReadonlyMap<string, ReadonlyArray<Overload>> = [
  ...operators,
  ...conversions,
  ...strings,
  ...regex,
  ...lists,
  ...optionals,
  ...times,
  ...quantities,
  ...network,
  ...urls,
  ...semvers,
  ...namedFormats
].reduce(
  (found, overload) => found.set(overload.function, [...found.get(overload.function) ?? [], overload]),
  new Map<string, ReadonlyArray<Overload>>()
)

export const overloadsOf = (name: string): ReadonlyArray<Overload> | undefined => functions.get(name)

/** Types that have a name, which is an expression, too: `type(x) == int`. */
export const typeNames: ReadonlyMap<string, types.Type> = new Map([
  types.bool,
  types.int,
  types.uint,
  types.double,
  types.string,
  types.bytes,
  types.nullType,
  types.duration,
  types.timestamp,
  types.dyn,
  types.anyType,
  types.list(types.dyn),
  types.map(types.dyn, types.dyn),
  types.quantity,
  types.url,
  types.semver,
  types.namedFormat,
  types.ip,
  types.cidr,
  types.optional(types.dyn)
].map((type) => [type.name, type] as const))
