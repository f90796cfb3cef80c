/** What a real server answered, in files. */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import type { Step } from "./scenario.js"

/** Transcripts by the titles of their scenarios. */
export interface Recording {
  readonly [title: string]: ReadonlyArray<Step>
}

export const fileOf = (area: string): string => fileURLToPath(new URL(`recorded/${area}.json`, import.meta.url))

/** The order of fields is part of it. */
export const printed = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

export const readRecording = (area: string): Recording => JSON.parse(fs.readFileSync(fileOf(area), "utf8"))
