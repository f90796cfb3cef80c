/**
 * Tables of what a real server (or Go itself) makes of texts, in test/protocol/recorded. Lines can be added with any answer:
 * `npm run test:real -- -u test/protocol` asks anew and writes the answers down.
 */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

/** What was sent and what came back; null where it is refused. */
export type Answered = readonly [input: string | number, answer: string | null]

export const fileOf = (name: string): string => fileURLToPath(new URL(`recorded/${name}.json`, import.meta.url))

export const readTable = <Row = Answered>(name: string): ReadonlyArray<Row> =>
  JSON.parse(fs.readFileSync(fileOf(name), "utf8"))

/** One entry a line. */
export const printed = (table: ReadonlyArray<unknown>): string =>
  `[\n${table.map((entry) => ` ${JSON.stringify(entry)}`).join(",\n")}\n]\n`
