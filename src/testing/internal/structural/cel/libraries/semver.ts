/** Semantic versions: `semver("1.2.3-rc.1")`. */
import { goQuote } from "../../fieldError.js"
import { type Overload, overload, walk } from "../functions.js"
import { fail, type Opaque } from "../values.js"

class SemverValue implements Opaque {
  readonly _tag = "Semver"
  readonly typeName = "kubernetes.Semver"

  constructor(
    readonly major: bigint,
    readonly minor: bigint,
    readonly patch: bigint,
    readonly prerelease: ReadonlyArray<string | bigint>
  ) {}

  equals(other: Opaque): boolean {
    return other instanceof SemverValue && order(this, other) === 0
  }
}

const order = (left: SemverValue, right: SemverValue): number => {
  for (const part of ["major", "minor", "patch"] as const) {
    if (left[part] !== right[part]) return left[part] < right[part] ? -1 : 1
  }
  // A version comes behind its previews.
  if (left.prerelease.length === 0 || right.prerelease.length === 0) {
    return Math.sign(right.prerelease.length - left.prerelease.length)
  }
  for (const [index, one] of left.prerelease.entries()) {
    const other = right.prerelease[index]
    if (other === undefined) return 1
    if (one === other) continue
    if (typeof one !== typeof other) return typeof one === "bigint" ? -1 : 1
    return one < other ? -1 : 1
  }
  return left.prerelease.length < right.prerelease.length ? -1 : 0
}

/** What is wrong with a text is a text. */
const tryRead = (text: string): SemverValue | string => {
  if (text === "") return "Version string empty"
  const first = text.indexOf(".")
  const second = text.indexOf(".", first + 1)
  if (first < 0 || second < 0) return "No Major.Minor.Patch elements found"
  const behind = text.slice(second + 1)
  const plus = behind.indexOf("+")
  const build = plus < 0 ? [] : behind.slice(plus + 1).split(".")
  const release = plus < 0 ? behind : behind.slice(0, plus)
  const dash = release.indexOf("-")
  const numbers = [text.slice(0, first), text.slice(first + 1, second), dash < 0 ? release : release.slice(0, dash)]
  for (const [index, name] of ["Major", "Minor", "Patch"].entries()) {
    const number = numbers[index]!
    if (!/^[0-9]*$/.test(number)) return `Invalid character(s) found in ${name.toLowerCase()} number ${goQuote(number)}`
    if (/^0[0-9]/.test(number)) return `${name} number must not contain leading zeroes ${goQuote(number)}`
    if (number === "") return "strconv.ParseUint: parsing \"\": invalid syntax"
    if (BigInt.asUintN(64, BigInt(number)) !== BigInt(number)) {
      return `strconv.ParseUint: parsing ${goQuote(number)}: value out of range`
    }
  }
  const prerelease: Array<string | bigint> = []
  for (const part of dash < 0 ? [] : release.slice(dash + 1).split(".")) {
    if (part === "") return "Prerelease is empty"
    if (/^0[0-9]+$/.test(part)) return `Numeric PreRelease version must not contain leading zeroes ${goQuote(part)}`
    if (!/^[0-9A-Za-z-]+$/.test(part)) return `Invalid character(s) found in prerelease ${goQuote(part)}`
    prerelease.push(/^[0-9]+$/.test(part) ? BigInt(part) : part)
  }
  for (const part of build) {
    if (part === "") return "Build meta data is empty"
    if (!/^[0-9A-Za-z-]+$/.test(part)) return `Invalid character(s) found in build meta data ${goQuote(part)}`
  }
  const [major, minor, patch] = numbers.map(BigInt) as [bigint, bigint, bigint] // three were made above
  return new SemverValue(major, minor, patch, prerelease)
}

/** `v1.02` is 1.2.0, if one asks for it. */
const tryNormalized = (text: string): SemverValue | string => {
  const [major = "", minor, ...rest] = text.replace(/^v/, "").split(".")
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length === 0 ? [] : [rest.join(".")])]
    .map((part) => part.replace(/^0+(?=[0-9])/, ""))
  if (parts.length < 3) {
    if (/[+-]/.test(parts.at(-1)!)) return "short version cannot contain PreRelease/Build meta data"
    while (parts.length < 3) parts.push("0")
  }
  return tryRead(parts.join("."))
}

const usable = (value: SemverValue | string): SemverValue => typeof value === "string" ? fail(value) : value

const cost = { of: ([text = 0]: ReadonlyArray<number>) => walk(text) }

export const semvers: ReadonlyArray<Overload> = [
  overload<[string]>("semver(string) -> Semver", (text) => usable(tryRead(text)), cost),
  overload<[string, boolean]>(
    "semver(string, bool) -> Semver",
    (text, normalize) => usable(normalize ? tryNormalized(text) : tryRead(text)),
    cost
  ),
  overload<[string]>("isSemver(string) -> bool", (text) => typeof tryRead(text) !== "string", cost),
  overload<[string, boolean]>(
    "isSemver(string, bool) -> bool",
    (text, normalize) => typeof (normalize ? tryNormalized(text) : tryRead(text)) !== "string",
    cost
  ),
  overload<[SemverValue]>("Semver.major() -> int", ({ major }) => major),
  overload<[SemverValue]>("Semver.minor() -> int", ({ minor }) => minor),
  overload<[SemverValue]>("Semver.patch() -> int", ({ patch }) => patch),
  overload<[SemverValue, SemverValue]>(
    "Semver.isGreaterThan(Semver) -> bool",
    (left, right) => order(left, right) > 0
  ),
  overload<[SemverValue, SemverValue]>("Semver.isLessThan(Semver) -> bool", (left, right) => order(left, right) < 0),
  overload<[SemverValue, SemverValue]>("Semver.compareTo(Semver) -> int", (left, right) => BigInt(order(left, right)))
]
