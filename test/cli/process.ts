/** Processes for the tests of the command line: what they print, line by line, and how they end. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as esbuild from "esbuild"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import process from "node:process"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  /** The first line of stdout that matches, or the `nth`. Dies, with all that was printed, when the process ends without. */
  readonly line: (pattern: RegExp, nth?: number) => Effect.Effect<string>
  readonly signal: (name: NodeJS.Signals) => Effect.Effect<void>
  readonly ended: Effect.Effect<Ended>
}

/** Starts a program, which is killed at the end of the Scope. */
export const start = (program: string, args: ReadonlyArray<string>): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.gen(function*() {
    const output = { stdout: "", stderr: "" }
    let ended: Ended | undefined
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => ChildProcess.spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const stdout = child.stdout.setEncoding("utf8").on("data", (text: string) => output.stdout += text)
    child.stderr.setEncoding("utf8").on("data", (text: string) => output.stderr += text)
    child.on("error", (error) => output.stderr += error.message)
    child.on("close", (code) => ended = { code, ...output })
    const listen = <A>(look: () => Effect.Effect<A> | undefined): Effect.Effect<A> =>
      Effect.async<A>((resume) => {
        const check = (): void => {
          const found = look()
          if (found !== undefined) resume(found)
        }
        stdout.on("data", check)
        child.on("close", check)
        check()
        return Effect.sync(() => {
          stdout.off("data", check)
          child.off("close", check)
        })
      })
    return {
      line: (pattern, nth = 1) =>
        listen(() => {
          const found = output.stdout.split("\n").slice(0, -1).filter((line) => pattern.test(line))[nth - 1]
          if (found !== undefined) return Effect.succeed(found)
          return ended === undefined ?
            undefined :
            Effect.dieMessage(`no line ${pattern} from ${program} ${args.join(" ")}:\n${ended.stdout}${ended.stderr}`)
        }),
      signal: (name) => Effect.sync(() => void child.kill(name)),
      ended: listen(() => ended === undefined ? undefined : Effect.succeed(ended))
    }
  })

const isAlive = (id: number): boolean => {
  try {
    return process.kill(id, 0)
  } catch {
    return false
  }
}

/** Bundles the command once: so it starts in a quarter of the time that its sources take. */
const build = async (): Promise<string> => {
  const cache = Path.join(root, "node_modules/.cache")
  const folder = Path.join(cache, `effect-kube-cli-${process.pid}`)
  // A worker is ended without a word, so the next one tidies up.
  for (const name of Fs.existsSync(cache) ? Fs.readdirSync(cache) : []) {
    const owner = /^effect-kube-cli-([0-9]+)$/.exec(name)?.[1]
    if (owner !== undefined && !isAlive(Number(owner))) Fs.rmSync(Path.join(cache, name), { recursive: true })
  }
  await esbuild.build({
    entryPoints: [Path.join(root, "src/cli/main.ts")],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "error"
  })
  return Path.join(folder, "main.mjs")
}

let built: Promise<string> | undefined

/** The command line of this package. */
export const effectKube = (...args: ReadonlyArray<string>): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.flatMap(Effect.promise(() => built ??= build()), (main) => start(process.execPath, [main, ...args]))

export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-kube-cli-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

const root = Path.join(import.meta.dirname, "../..")
