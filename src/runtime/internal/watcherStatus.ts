/** A status page for terminals: what watchers do, in the columns of kubectl. */
import type * as DateTime from "effect/DateTime"
import type { Description } from "./watcherReport.js"

const units = [["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]] as const

/** `42s`, `5m3s`, `3h`, `12d`: two units only where the first is small. */
const age = (since: DateTime.Utc | undefined, now: DateTime.Utc): string => {
  if (since === undefined) return "-"
  const seconds = Math.max(0, Math.floor((now.epochMillis - since.epochMillis) / 1000))
  for (const [i, [unit, length]] of units.entries()) {
    const count = Math.floor(seconds / length)
    if (count < 2 && length > 1) continue
    const next = units[i + 1]
    const rest = next === undefined ? 0 : Math.floor(seconds % length / next[1])
    return `${count}${unit}${next === undefined || count >= 10 || rest === 0 ? "" : `${rest}${next[0]}`}`
  }
  return "0s"
}

const columns: ReadonlyArray<readonly [title: string, cell: (of: Description) => string]> = [
  ["RESOURCE", ({ group, resource }) => group === "" ? resource : `${resource}.${group}`],
  ["NAMESPACE", ({ namespace }) => namespace ?? "-"],
  ["SELECTOR", ({ fields, labels }) => [labels, fields].filter((part) => part !== undefined).join(",") || "-"],
  ["PHASE", ({ phase }) => phase],
  ["SINCE", ({ describedAt, phaseSince }) => age(phaseSince, describedAt)],
  ["FRESH", ({ describedAt, freshAt }) => age(freshAt, describedAt)],
  ["EVENTS", ({ counts }) => String(counts.events)],
  [
    "RELISTS",
    ({ counts: { lists } }) => String(Object.values(lists).reduce((sum, n) => sum + n, 0) - (lists.Start ?? 0))
  ],
  ["OBJECTS", ({ store }) => store === undefined ? "-" : String(store.objects)],
  ["TROUBLE", ({ describedAt, trouble }) =>
    trouble === undefined
      ? "-"
      : `${trouble.situation} ${age(trouble.at, describedAt)} ago${
        trouble.isOver ? ", over" : `, ${trouble.tries} tries: ${trouble.error.message}`
      }`]
]

/** No text of an error or a selector may write a second line, or colours. */
const plain = (cell: string): string => cell.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ")

export const format = (descriptions: ReadonlyArray<Description>): string => {
  const rows = [
    columns.map(([title]) => title),
    ...descriptions.map((description) => columns.map(([_, cell]) => plain(cell(description))))
  ]
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length))) // each row has each column
  return rows
    .map((row) => row.map((cell, i) => i === row.length - 1 ? cell : cell.padEnd(widths[i]!)).join("   "))
    .join("\n")
}
