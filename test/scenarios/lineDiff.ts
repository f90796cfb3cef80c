/** The lines in which two texts differ, with some around them, as `diff -u` shows them. */

const context = 4

/** Which lines of both stay, by the longest common subsequence of what is between the common start and end. */
const common = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): ReadonlyArray<readonly [number, number]> => {
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j]
        ? lengths[(i + 1) * width + j + 1]! + 1
        : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
    }
  }
  const pairs: Array<readonly [number, number]> = []
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++
    else j++
  }
  return pairs
}

export const differences = (before: string, after: string): string => {
  const a = before.split("\n")
  const b = after.split("\n")
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const middleA = a.slice(start, a.length - end)
  const middleB = b.slice(start, b.length - end)
  const lines: Array<string> = a.slice(0, start).map((line) => ` ${line}`)
  if (middleA.length * middleB.length > 20_000_000) {
    lines.push(...middleA.map((line) => `-${line}`), ...middleB.map((line) => `+${line}`))
  } else {
    let i = 0
    let j = 0
    for (const [x, y] of [...common(middleA, middleB), [middleA.length, middleB.length] as const]) {
      while (i < x) lines.push(`-${middleA[i++]}`)
      while (j < y) lines.push(`+${middleB[j++]}`)
      if (x < middleA.length) lines.push(` ${middleA[x]}`)
      i = x + 1
      j = y + 1
    }
  }
  lines.push(...a.slice(a.length - end).map((line) => ` ${line}`))
  const shown = lines.map((_, at) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some((line) => line[0] !== " ")
  )
  return lines.flatMap((line, at) => shown[at] ? [line] : shown[at - 1] === true ? ["…"] : []).join("\n")
}
