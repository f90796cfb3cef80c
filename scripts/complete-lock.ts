/**
 * Completes package-lock.json for every platform. npm leaves an optional platform package out of the lock file when it
 * could not load it while writing (npm/cli#4828); then `npm ci` refuses the lock, and other systems miss their binaries.
 * This adds the entries that are named by `optionalDependencies` and missing; run it after a change of dependencies.
 *
 *     npx tsx scripts/complete-lock.ts
 */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

interface Entry {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: ReadonlyArray<string>
  readonly cpu?: ReadonlyArray<string>
  readonly libc?: ReadonlyArray<string>
  readonly optionalDependencies?: { readonly [name: string]: string }
}

export interface Lock {
  readonly packages: { readonly [path: string]: Entry }
}

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"]
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"]

/** The platform that a package's name tells: `@rollup/rollup-linux-x64-gnu`. Without a system it is no platform package. */
export const platformOf = (name: string): Pick<Entry, "os" | "cpu" | "libc"> | undefined => {
  const words = name.split(/[/-]/)
  const os = systems.find((system) => words.includes(system))
  const cpu = processors.find((processor) => words.includes(processor))
  if (os === undefined || cpu === undefined) {
    return undefined
  }
  const libc = words.some((word) => word.startsWith("musl"))
    ? "musl"
    : words.some((word) => word.startsWith("glibc") || word.startsWith("gnu"))
    ? "glibc"
    : undefined
  return { os: [os], cpu: [cpu], ...(os === "linux" && libc !== undefined ? { libc: [libc] } : {}) }
}

/** The lock with an entry for each platform package that it names and lacks, in npm's order. */
export const complete = (lock: Lock): { readonly lock: Lock; readonly added: ReadonlyArray<string> } => {
  const added: Record<string, Entry> = {}
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`
      const platform = platformOf(name)
      if (lock.packages[path] === undefined && platform !== undefined && /^\d/.test(version)) {
        const { dev } = entry
        added[path] = { version, ...(dev ? { dev } : {}), optional: true, ...platform }
      }
    }
  }
  const packages = { ...lock.packages, ...added }
  const paths = Object.keys(packages).sort((a, b) => a.localeCompare(b, "en"))
  return {
    lock: { ...lock, packages: Object.fromEntries(paths.map((path) => [path, packages[path]!])) },
    added: Object.keys(added).sort()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL("../package-lock.json", import.meta.url))
  const { added, lock } = complete(JSON.parse(fs.readFileSync(file, "utf8")))
  fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(
    added.length === 0 ? "package-lock.json was complete" : `added to package-lock.json:\n  ${added.join("\n  ")}`
  )
}
