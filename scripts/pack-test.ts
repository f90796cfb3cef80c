/**
 * Proves that what we would publish works where it lands: builds, packs, installs the tarball and its peer dependencies in
 * an empty folder, imports every public subpath there, type-checks and runs a page that uses it, and tries the doors that
 * must be closed. Nothing stays behind but `dist`.
 *
 *     npm run pack-test
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = path.resolve(fileURLToPath(import.meta.url), "../..")
const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
const consumer = fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-pack-"))

const run = (cwd: string, command: string, ...args: ReadonlyArray<string>): string =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 2 ** 26 })

const write = (file: string, text: string): void => fs.writeFileSync(path.join(consumer, file), text)

const check = (holds: boolean, promise: string): void => {
  if (!holds) {
    throw new Error(`not true of the package: ${promise}`)
  }
}

let last = performance.now()
const done = (what: string): void => {
  const now = performance.now()
  console.log(`${((now - last) / 1000).toFixed(1).padStart(6)} s  ${what}`)
  last = now
}

/** `./Api` and so on: every subpath that is code. */
const modules = Object.keys(manifest.exports)
  .filter((subpath) => !subpath.endsWith(".json"))
  .map((subpath) => `effect-kube${subpath.slice(1)}`)

/** What nobody may import: folders as they stand in the repository, what is internal in them, the build's own layout. */
const closed = [
  "effect-kube/internal/plural",
  "effect-kube/protocol/internal/plural",
  "effect-kube/protocol/Status",
  "effect-kube/dist/protocol/Status.js",
  "effect-kube/src/protocol/Status.ts",
  "effect-kube/kinds/internal/checker",
  "effect-kube/testing/internal/certificates",
  "effect-kube/cli/main"
]

const compilerOptions = {
  strict: true,
  module: "NodeNext",
  moduleResolution: "NodeNext",
  target: "ES2022",
  lib: ["ES2023"],
  types: ["node"],
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  outDir: "out"
}

const pack = (): string => {
  run(root, "npm", "run", "build")
  done("built")
  const [packed] = JSON.parse(run(root, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", consumer))
  const files: ReadonlyArray<string> = packed.files.map((file: { readonly path: string }) => file.path)
  const stray = files.filter((file) =>
    !/^(dist|src)\//.test(file) && !/^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/.test(file)
  )
  check(stray.length === 0, `it holds no file but its own: ${stray.join(", ")}`)
  check(files.every((file) => !/\.(test|tst)\./.test(file)), "it holds no test")
  const lacking = Object.values(manifest.exports)
    .flatMap((entry) => typeof entry === "string" ? [entry] : Object.values(entry as Record<string, string>))
    .concat(`./${manifest.bin["effect-kube"]}`)
    .filter((file) => !files.includes(file.slice("./".length)))
  check(lacking.length === 0, `it holds every file that its exports and its command name: ${lacking.join(", ")}`)
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`
  done(`packed: ${files.length} files, ${kilobytes(packed.size)} packed, ${kilobytes(packed.unpackedSize)} unpacked`)
  return packed.filename
}

const install = (tarball: string): void => {
  const { "@types/node": types, typescript } = manifest.devDependencies
  write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }))
  run(
    consumer,
    "npm",
    "install",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    `./${tarball}`,
    `typescript@${typescript}`,
    `@types/node@${types}`
  )
  done("installed in an empty folder, with its peer dependencies")
}

const importAll = (): void => {
  write("all.mjs", `for (const name of ${JSON.stringify(modules)}) await import(name)\n`)
  run(consumer, process.execPath, "all.mjs")
  done(`imported ${modules.length} subpaths`)
}

const tryClosed = (): void => {
  write(
    "closed.mjs",
    `
for (const name of ${JSON.stringify(closed)}) {
  const code = await import(name).then(() => "imported", (error) => error.code)
  if (code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw new Error(name + ": " + code)
}
`
  )
  run(consumer, process.execPath, "closed.mjs")
  done(`refused ${closed.length} closed subpaths`)
}

const typeCheck = (): void => {
  fs.copyFileSync(path.join(root, "scripts/pack-test/page.ts"), path.join(consumer, "page.ts"))
  write("all.ts", modules.map((name, index) => `export type * as m${index} from "${name}"\n`).join(""))
  write("closed.ts", closed.map((name) => `// @ts-expect-error it is closed\nexport type * from "${name}"\n`).join(""))
  for (const exactOptionalPropertyTypes of [true, false]) {
    write(
      "tsconfig.json",
      JSON.stringify({ compilerOptions: { ...compilerOptions, exactOptionalPropertyTypes }, include: ["*.ts"] })
    )
    run(consumer, "npx", "tsc", "-p", ".")
    done(`type-checked, libraries too, ${exactOptionalPropertyTypes ? "with" : "without"} exactOptionalPropertyTypes`)
  }
}

const runPage = (): void => {
  check(!fs.readFileSync(path.join(consumer, "out/all.js"), "utf8").includes("effect-kube"), "types pull no code")
  process.stdout.write(run(consumer, process.execPath, "out/page.js"))
  run(consumer, "npx", "effect-kube", "--help")
  done("ran the page, whose types pull no code, and the command")
}

try {
  install(pack())
  importAll()
  tryClosed()
  typeCheck()
  runPage()
} catch (error) {
  process.exitCode = 1
  const output = error instanceof Error && "stdout" in error ? String(error.stdout) : ""
  console.error(`${output}\n${error instanceof Error ? error.message : String(error)}`)
} finally {
  fs.rmSync(consumer, { recursive: true, force: true })
}
