/**
 * Kubeconfig files, good and bad, alone and in lists. What the real kubectl makes of each is in
 * test/client/recorded/kubeconfigs.json; `npm run test:real -- -u test/client/KubeConfig.real.test.ts` asks it anew.
 */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { everyday } from "./kubeconfigs/everyday.js"
import { lists } from "./kubeconfigs/lists.js"
import type { Corpus } from "./kubeconfigs/text.js"
import { types } from "./kubeconfigs/types.js"
import { yaml } from "./kubeconfigs/yaml.js"

export { type Corpus, secretMark, secretMarkBase64 } from "./kubeconfigs/text.js"

export const corpus: ReadonlyArray<Corpus> = [...everyday, ...yaml, ...types, ...lists]

/** What kubectl prints, or why it does not, with `<folder>` for the folder. */
export interface Said {
  readonly printed?: unknown
  readonly refused?: string
}

/** What it says of the files of a case. */
export interface Recorded {
  /** `kubectl config view --raw -o json` */
  readonly raw: Said
  /** `kubectl config view --flatten -o json` */
  readonly flat: Said
}

export const recordedFile: string = fileURLToPath(new URL("recorded/kubeconfigs.json", import.meta.url))

export const readRecorded = (): ReadonlyMap<string, Recorded> =>
  new Map(JSON.parse(fs.readFileSync(recordedFile, "utf8")))

/** One case a line. */
export const printedRecord = (all: ReadonlyArray<readonly [title: string, Recorded]>): string =>
  `[\n${all.map((each) => ` ${JSON.stringify(each)}`).join(",\n")}\n]\n`

/** Writes the files of a case into a folder, and answers the paths that `KUBECONFIG` lists. */
export const writeCorpus = (folder: string, { beside, files }: Corpus): ReadonlyArray<string> => {
  for (const [name, content] of [...Object.entries(files), ...Object.entries(beside ?? {})]) {
    if (name.startsWith("missing")) continue
    const path = `${folder}/${name}`
    fs.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true })
    fs.writeFileSync(path, content)
  }
  return Object.keys(files).map((name) => `${folder}/${name}`)
}
