/**
 * What differs between two texts, line by line, in the unified format with three lines of context. Lines are matched as
 * in Ratcliff and Obershelp's method, which the server's library uses: the longest run of common lines first, then left
 * and right of it; lines that are very frequent in a long text do not begin a run.
 */

const context = 3

interface Match {
  readonly a: number
  readonly b: number
  readonly size: number
}

/** In texts of so many lines, a line is frequent that makes more than a hundredth of them. */
const longText = 200

const positions = (lines: ReadonlyArray<string>): ReadonlyMap<string, ReadonlyArray<number>> => {
  const found = new Map<string, Array<number>>()
  lines.forEach((line, at) => {
    const there = found.get(line)
    if (there === undefined) found.set(line, [at])
    else there.push(at)
  })
  if (lines.length >= longText) {
    const limit = Math.floor(lines.length / 100) + 1
    for (const [line, at] of found) if (at.length > limit) found.delete(line)
  }
  return found
}

class Matcher {
  readonly #where: ReadonlyMap<string, ReadonlyArray<number>>
  constructor(readonly a: ReadonlyArray<string>, readonly b: ReadonlyArray<string>) {
    this.#where = positions(b)
  }

  /** The longest common run within the given parts: of several, the one that begins first. */
  #longest(fromA: number, toA: number, fromB: number, toB: number): Match {
    let best: Match = { a: fromA, b: fromB, size: 0 }
    let ending = new Map<number, number>()
    for (let i = fromA; i < toA; i++) {
      const next = new Map<number, number>()
      for (const j of this.#where.get(this.a[i]!) ?? []) {
        if (j < fromB) continue
        if (j >= toB) break
        const size = (ending.get(j - 1) ?? 0) + 1
        next.set(j, size)
        if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size }
      }
      ending = next
    }
    let { a, b, size } = best
    // Frequent lines next to a run belong to it.
    while (a > fromA && b > fromB && this.a[a - 1] === this.b[b - 1]) {
      a--
      b--
      size++
    }
    while (a + size < toA && b + size < toB && this.a[a + size] === this.b[b + size]) size++
    return { a, b, size }
  }

  /** All common runs in their order. */
  matches(fromA = 0, toA = this.a.length, fromB = 0, toB = this.b.length): ReadonlyArray<Match> {
    const match = this.#longest(fromA, toA, fromB, toB)
    if (match.size === 0) return []
    return [
      ...this.matches(fromA, match.a, fromB, match.b),
      match,
      ...this.matches(match.a + match.size, toA, match.b + match.size, toB)
    ]
  }
}

interface Change {
  readonly fromA: number
  readonly toA: number
  readonly fromB: number
  readonly toB: number
}

/** What lies between common runs. */
const changes = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): ReadonlyArray<Change> => {
  const found: Array<Change> = []
  let [atA, atB] = [0, 0]
  for (const match of [...new Matcher(a, b).matches(), { a: a.length, b: b.length, size: 0 }]) {
    if (match.a > atA || match.b > atB) found.push({ fromA: atA, toA: match.a, fromB: atB, toB: match.b })
    atA = match.a + match.size
    atB = match.b + match.size
  }
  return found
}

/** Changes so near to each other that their context meets are shown in one piece. */
const pieces = (all: ReadonlyArray<Change>): ReadonlyArray<ReadonlyArray<Change>> => {
  const found: Array<Array<Change>> = []
  for (const change of all) {
    const last = found.at(-1)?.at(-1)
    if (last !== undefined && change.fromA - last.toA <= 2 * context) found.at(-1)!.push(change)
    else found.push([change])
  }
  return found
}

const range = (from: number, to: number): string =>
  to - from === 1 ? `${from + 1}` : `${to === from ? from : from + 1},${to - from}`

/** Ends with a line break, unless the texts are the same. */
export const unifiedDiff = (before: string, after: string): string => {
  const a = before.split("\n")
  const b = after.split("\n")
  return pieces(changes(a, b)).map((piece) => {
    const first = piece[0]!
    const last = piece.at(-1)!
    const lead = Math.min(context, first.fromA)
    const end = Math.min(context, a.length - last.toA)
    const lines: Array<string> = []
    let at = first.fromA - lead
    for (const change of piece) {
      for (; at < change.fromA; at++) lines.push(` ${a[at]}`)
      for (; at < change.toA; at++) lines.push(`-${a[at]}`)
      for (let i = change.fromB; i < change.toB; i++) lines.push(`+${b[i]}`)
    }
    for (; at < last.toA + end; at++) lines.push(` ${a[at]}`)
    const header = `@@ -${range(first.fromA - lead, last.toA + end)} +${range(first.fromB - lead, last.toB + end)} @@`
    return `${[header, ...lines].join("\n")}\n`
  }).join("")
}
