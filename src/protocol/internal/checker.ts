/**
 * Checkers of built-in kinds, made from a {@link Struct} on its first use. A checker works in place on a value that was
 * just parsed and walks it once.
 *
 * `null` is how Go writes what is not set. It becomes absent; where the field is required, an empty list or record;
 * and it stays where the descriptor says that the server really sends it. An object that loses a field is made anew
 * without it: to delete one would leave a slow object that takes more memory. A value that does not fit is left as it
 * was. Fields that the descriptor does not know are left alone, whatever their names.
 *
 * A checker is generated code, as it runs for every object of every list and watch (test/bench/checker.bench.ts), and
 * closures where code may not be generated: under a Content Security Policy, or
 * `--disallow-code-generation-from-strings`. The code says only whether a value fits. The closures then say why not,
 * so that both find the same.
 */
import type { Issue } from "../KubeError.js"
import { actual, actualType, isFields } from "./actual.js"
import { Flaws, structCheck } from "./checkerClosures.js"
import { compile, type FastCheck, refused } from "./checkerCompiler.js"
import { commit, revert } from "./checkerRules.js"
import type { Struct, StructRef } from "./descriptor.js"

/**
 * Checks a value in place, and adds what does not fit to `issues`, with paths that begin with `path`. The answer is the
 * value, or what takes its place where a `null` had to go. With issues, also earlier ones, the value is left as it was.
 * With `masked`, an issue says only of which type a value was.
 */
export type Checker = (
  value: unknown,
  issues: Array<Issue>,
  path: ReadonlyArray<PropertyKey>,
  masked: boolean
) => unknown

/** Generated code where it may be, unless a test asks for closures. */
export type Form = "compiled" | "closures"

/** Known when it was tried. */
let mayGenerate = true

const withClosures = (struct: Struct): FastCheck => {
  const check = structCheck(struct)
  return (value) => {
    const checked = check(value)
    return checked instanceof Flaws ? refused : checked
  }
}

const withCode = (struct: Struct): FastCheck => {
  try {
    return mayGenerate ? compile(struct, fastCheck) : withClosures(struct)
  } catch (error) {
    // Too deep an object has filled the stack: that says nothing of code.
    if (error instanceof RangeError) throw error
    mayGenerate = false
    return withClosures(struct)
  }
}

/** One function for each struct: structs may refer to themselves. */
const checks = new WeakMap<Struct, FastCheck>()

const fastCheck = (struct: Struct): FastCheck => {
  let check = checks.get(struct)
  if (check === undefined) checks.set(struct, check = withCode(struct))
  return check
}

/** The checker of a struct. Cheap: it is built when it is first used. */
export const make = (reference: StructRef, form: Form = "compiled"): Checker => {
  const build = form === "compiled" ? fastCheck : withClosures
  let check: FastCheck | undefined
  return (value, issues, path, masked) => {
    let checked = isFields(value) ? (check ??= build(reference()))(value) : refused
    if (checked === refused) {
      revert()
      checked = structCheck(reference())(value)
      if (checked instanceof Flaws) {
        for (const { expected, found, path: inner } of checked.all) {
          const whole = [...path, ...inner.reverse()]
          issues.push({ path: whole, expected, actual: masked ? actualType(found) : actual(found) })
        }
      }
    }
    if (issues.length === 0) {
      commit()
      return checked
    }
    revert()
    return value
  }
}
