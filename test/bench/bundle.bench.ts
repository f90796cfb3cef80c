/**
 * What the package weighs: bundles of programs that use a part of it, minified and gzipped, without and with the parts
 * of Effect that they pull in; and the package itself, packed and installed, beside @kubernetes/client-node.
 *
 *     npm run bench -- bundle
 */
import * as esbuild from "esbuild"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { build, publicNames } from "../package/built.js"

const built = build()

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`.padStart(12)
const gzipped = (text: string | Uint8Array) => gzipSync(text).length

const kinds = publicNames(built.manifest).filter((name) => name.startsWith("effect-kube/kinds/"))
const programs: { readonly [title: string]: string } = {
  "a type": `import type { Pod } from "effect-kube/kinds/core/v1"\nexport type Mine = Pod`,
  "ConfigMap.plural": `import { ConfigMap } from "effect-kube/kinds/core/v1"; console.log(ConfigMap.plural)`,
  "Pod.plural": `import { Pod } from "effect-kube/kinds/core/v1"; console.log(Pod.plural)`,
  "all of core/v1": `export * from "effect-kube/kinds/core/v1"`,
  [`all ${kinds.length} kind modules`]: kinds.map((name, index) => `export * as k${index} from "${name}"`).join("\n"),
  "Api": `import { Api } from "effect-kube"; console.log(Api.namespaced)`,
  "Api and Pod": `import { Api } from "effect-kube"; import { Pod } from "effect-kube/kinds/core/v1"\n` +
    `console.log(Api.namespaced(Pod, "default").get("a"))`,
  "Watcher": `import { Watcher } from "effect-kube"; console.log(Watcher.watch)`,
  "Controller": `import { Controller } from "effect-kube"; console.log(Controller.make)`,
  "effect-kube, all of it": `export * from "effect-kube"`,
  "effect-kube/testing": `export * from "effect-kube/testing"`,
  "@kubernetes/client-node": `export * from "@kubernetes/client-node"`
}

const bundle = (contents: string, packages: "external" | "bundle"): Uint8Array =>
  esbuild.buildSync({
    stdin: { contents, resolveDir: built.consumer, loader: "ts" },
    bundle: true,
    format: "esm",
    legalComments: "none",
    logLevel: "error",
    minify: true,
    platform: "node",
    write: false,
    ...packages === "external"
      ? { external: ["effect", "@effect/*", "js-yaml", "@peculiar/x509", "reflect-metadata"] }
      : {}
  }).outputFiles[0]?.contents ?? new Uint8Array()

console.log(
  `${"a program with".padEnd(28)}${"ours".padStart(12)}${"gzipped".padStart(12)}${"with Effect".padStart(12)}${
    "gzipped".padStart(12)
  }`
)
for (const [title, text] of Object.entries(programs)) {
  const whole = bundle(text, "bundle")
  const ours = title.startsWith("@") ? undefined : bundle(text, "external")
  console.log(
    title.padEnd(28) + (ours === undefined ? "".padEnd(24) : kilobytes(ours.length) + kilobytes(gzipped(ours))) +
      kilobytes(whole.length) + kilobytes(gzipped(whole))
  )
}

const sizeOf = (folder: string): number =>
  fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => fs.statSync(path.join(folder, file)))
    .reduce((sum, file) => file.isFile() ? sum + file.size : sum, 0)

interface Packed {
  readonly size: number
  readonly unpackedSize: number
  readonly files: ReadonlyArray<{ readonly path: string; readonly size: number }>
}

/** What `npm pack` would make of the built package if it listed these files. */
const pack = (files: ReadonlyArray<string>): Packed => {
  const manifest = path.join(built.folder, "package.json")
  fs.writeFileSync(manifest, JSON.stringify({ ...built.manifest, files }))
  const answer = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: built.folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"]
  })
  return JSON.parse(answer)[0]
}

const all = built.manifest.files
const variants: ReadonlyArray<readonly [title: string, files: ReadonlyArray<string>]> = [
  ["as it is published", all],
  ["without src", all.filter((file) => file !== "src")],
  ["without src and maps", [...all.filter((file) => file !== "src"), "!dist/**/*.map"]]
]
console.log(`\n${"the package".padEnd(28)}${"packed".padStart(12)}${"unpacked".padStart(12)}${"files".padStart(12)}`)
for (const [title, files] of variants) {
  const packed = pack(files)
  console.log(
    title.padEnd(28) + kilobytes(packed.size) + kilobytes(packed.unpackedSize) +
      String(packed.files.length).padStart(12)
  )
}
const published = pack(all)
const byEnding = new Map<string, number>()
for (const file of published.files) {
  const part = /\.d\.ts$|\.map$|\.js$/.exec(file.path)?.[0] ?? (file.path.startsWith("src/") ? "src" : "the rest")
  byEnding.set(part, (byEnding.get(part) ?? 0) + file.size)
}
console.log(`      of it ${[...byEnding].map(([part, size]) => `${part} ${kilobytes(size).trim()}`).join(", ")}`)
const theirs = sizeOf(fs.realpathSync(path.join(built.consumer, "node_modules/@kubernetes/client-node")))
console.log(
  `@kubernetes/client-node unpacked, by itself: ${kilobytes(theirs).trim()}; we are x ${
    (published.unpackedSize / theirs).toFixed(2)
  }`
)
