/**
 * Writes what the tree already says: the exports map of package.json and src/index.ts. Subpaths are `.`, one per public
 * module of protocol, client and runtime, one per kind module, `./node` and `./testing`; there is no wildcard, so what
 * is `internal` stays closed. The index is a namespace per public module, with the paragraph that opens its file.
 *
 *     npm run exports              writes package.json and src/index.ts
 *     npm run exports -- --check   fails when one of them has fallen behind the tree
 *
 * The first condition, `@effect-kube/source`, is for this repository: tests and examples import the package by its own
 * name and get the sources. Users never set it, they get dist.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

/** The folders whose PascalCase modules are public, each under its own name: `effect-kube/Watcher`. */
const moduleFolders = ["protocol", "client", "runtime"]

/** The folders that are public as a whole, through their index. */
const indexFolders = ["node", "testing"]

export interface Entry {
  readonly "@effect-kube/source": string
  readonly "types": string
  readonly "import": string
}

export type ExportsMap = { readonly [subpath: string]: Entry | string }

export interface PublicTree {
  /** The whole map, in a stable order. */
  readonly exports: ExportsMap
  /** What src/index.ts exports: `["Api", "./client/Api.js"]`, sorted by name. */
  readonly modules: ReadonlyArray<readonly [name: string, from: string]>
}

const sourcesBelow = (folder: string): ReadonlyArray<string> =>
  fs.existsSync(folder)
    ? fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((file) => file.split(path.sep).join("/"))
      .filter((file) => file.endsWith(".ts") && !file.split("/").includes("internal"))
      .sort()
    : []

const entry = (source: string): Entry => ({
  "@effect-kube/source": `./src/${source}`,
  "types": `./dist/${source.replace(/\.ts$/, ".d.ts")}`,
  "import": `./dist/${source.replace(/\.ts$/, ".js")}`
})

/** Reads the tree below `root` and says what is public in it. Throws where two modules ask for one name. */
export const readTree = (root: string): PublicTree => {
  const exports: Record<string, Entry | string> = {}
  const modules: Array<readonly [string, string]> = []
  const add = (subpath: string, source: string) => {
    const there = exports[subpath]
    if (typeof there === "object") {
      throw new Error(
        `src/${source} and ${there["@effect-kube/source"].slice(2)} both want effect-kube${subpath.slice(1)}`
      )
    }
    exports[subpath] = entry(source)
  }
  add(".", "index.ts")
  for (const folder of moduleFolders) {
    for (const file of sourcesBelow(path.join(root, "src", folder))) {
      const name = file.slice(0, -".ts".length)
      if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) {
        throw new Error(
          `src/${folder}/${file}: a public module is a PascalCase file directly in src/${folder}; helpers live in src/${folder}/internal`
        )
      }
      add(`./${name}`, `${folder}/${file}`)
      modules.push([name, `./${folder}/${name}.js`])
    }
  }
  for (const file of sourcesBelow(path.join(root, "src/kinds"))) {
    add(`./kinds/${file.slice(0, -".ts".length)}`, `kinds/${file}`)
  }
  for (const folder of indexFolders) {
    if (fs.existsSync(path.join(root, "src", folder, "index.ts"))) {
      add(`./${folder}`, `${folder}/index.ts`)
    }
  }
  const sorted = Object.keys(exports).sort()
  return {
    exports: { ...Object.fromEntries(sorted.map((key) => [key, exports[key]!])), "./package.json": "./package.json" },
    modules: modules.sort(([a], [b]) => (a < b ? -1 : 1))
  }
}

/** The first paragraph of the doc comment that opens a file, as it stands there without its stars. */
const openingParagraph = (text: string): string =>
  (/^\/\*\*([^]*?)\*\//.exec(text)?.[1] ?? "").split("\n").map((line) => line.replace(/^\s*\* ?/, "")).join("\n").trim()
    .split("\n\n")[0]!

/** The text of src/index.ts: one namespace per public module, under the paragraph that opens it. */
export const writeIndex = (modules: PublicTree["modules"], read: (from: string) => string): string =>
  modules.map(([name, from]) => {
    const paragraph = openingParagraph(read(from))
    if (paragraph === "") {
      throw new Error(
        `src/${from.slice(2).replace(/\.js$/, ".ts")} does not open with a doc comment that says what it is`
      )
    }
    return `/**\n${
      paragraph.split("\n").map((line) => ` * ${line}`).join("\n")
    }\n */\nexport * as ${name} from "${from}"\n`
  }).join("\n")

const main = (check: boolean): number => {
  const root = path.resolve(fileURLToPath(import.meta.url), "../..")
  const manifest = path.join(root, "package.json")
  const index = path.join(root, "src/index.ts")
  const read = (file: string) => fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""
  const tree = readTree(root)
  const wanted = [
    [
      manifest,
      read(manifest).replace(
        /\n {2}"exports": \{[^]*?\n {2}\},/,
        () => `\n  "exports": ${JSON.stringify(tree.exports, null, 2).replaceAll("\n", "\n  ")},`
      )
    ],
    [index, writeIndex(tree.modules, (from) => read(path.join(root, "src", from.replace(/\.js$/, ".ts"))))]
  ] as const
  const behind = wanted.filter(([file, text]) => read(file) !== text)
  for (const [file, text] of behind) {
    if (check) {
      console.error(`${path.relative(root, file)} has fallen behind the tree; run  npm run exports`)
    } else {
      fs.writeFileSync(file, text)
      console.log(`wrote ${path.relative(root, file)}`)
    }
  }
  return check && behind.length > 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = main(process.argv.includes("--check"))
}
