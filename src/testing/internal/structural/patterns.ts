/** Regular expressions that are met many times: those of schemas and of CEL rules. */
import { compile, type Compiled } from "../../../protocol/internal/re2.js"

const patterns = new Map<string, Compiled>()

/** What is kept is bounded, since patterns come from whoever writes a definition or an object. */
export const compiledPattern = (pattern: string): Compiled => {
  const known = patterns.get(pattern)
  if (known !== undefined) return known
  if (patterns.size >= 1000) patterns.clear()
  const fresh = compile(pattern)
  patterns.set(pattern, fresh)
  return fresh
}
