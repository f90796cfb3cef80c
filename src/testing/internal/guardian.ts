/**
 * A folder and the processes that belong to it, which go together: when the Scope closes, when the fiber is
 * interrupted, and when this process dies in whatever way, `kill -9` included.
 *
 * No code of ours runs after a `kill -9`, and no portable call binds a child's life to its parent's. What every Unix
 * does is to close a dead process's files. So one small `sh`, the guardian, is started first and reads a pipe whose
 * other end only this process holds: the end of that pipe means that we are closed or dead. Then the guardian ends the
 * processes and removes the folder. An orderly close takes the same way, so there is one way only.
 *
 * There is no gap either. The guardian makes the folder itself. A process writes its number into the folder before it
 * becomes the program that was asked for, and does not become it when that fails; the guardian first moves the
 * register of numbers away, from which moment nothing new can start, and then ends what is in it.
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { EnvTestError } from "./envTestError.js"

export interface Guardian {
  /** A fresh folder that only this user can enter. */
  readonly folder: string
  /** Starts a program in the folder. Its output goes to `<folder>/<name>.log`. */
  readonly spawn: (options: SpawnOptions) => Effect.Effect<Child, EnvTestError>
}

export interface SpawnOptions {
  readonly name: string
  /** The guardian ends processes one by one, the lowest digit first. */
  readonly endsAt: number
  readonly program: string
  readonly arguments: ReadonlyArray<string>
}

export interface Child {
  readonly pid: number
  readonly exited: Deferred.Deferred<Exited>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
}

export class Exited extends Data.Class<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
  override toString(): string {
    return this.signal === null ? `code ${this.code}` : `signal ${this.signal}`
  }
}

/** How long a process may take to end by itself before it is killed. */
const graceSeconds = 3

// $1: the folder. Signals are ignored, since a Ctrl-C or a closed terminal reaches whole process groups.
const guardianScript = `
trap '' HUP INT QUIT TERM PIPE
umask 077
mkdir "$1" && mkdir "$1/running" || exit 1
echo ready
while read -r line; do :; done

pause() { sleep 0.03 2>/dev/null || sleep 1; }
alive() { # alive GROUP: one that waits to be reaped does not count
  kill -s 0 -- "-$1" 2>/dev/null || return 1
  case $(ps -o stat= -p "$1" 2>/dev/null) in Z*) return 1 ;; esac
}
waitFor() { # waitFor GROUP SECONDS
  end=$(($(date +%s) + $2 + 1))
  while alive "$1" && [ "$(date +%s)" -lt "$end" ]; do pause; done
}
mv "$1/running" "$1/ending"
for file in "$1"/ending/*; do
  group= tries=0
  # A file may be there just before the number is in it.
  while [ -e "$file" ] && [ -z "$group" ] && [ "$tries" -lt 50 ]; do
    read -r group <"$file" || pause
    tries=$((tries + 1))
  done
  if [ -n "$group" ] && alive "$group"; then
    kill -s TERM -- "-$group" 2>/dev/null
    kill -s CONT -- "-$group" 2>/dev/null
    waitFor "$group" ${graceSeconds}
    kill -s KILL -- "-$group" 2>/dev/null
    waitFor "$group" ${graceSeconds}
  fi
done
rm -rf "$1"
`

// $1: the file of the register; then the program and its arguments.
const launcherScript = `umask 077; echo $$ >"$1" && shift && exec "$@"`

/** Starts a guardian. When its Scope closes, the processes and the folder are gone before the close is done. */
export const make: Effect.Effect<Guardian, EnvTestError, Scope.Scope> = Effect.gen(function*() {
  const folder = Path.join(Os.tmpdir(), `effect-kube-envtest-${Crypto.randomBytes(8).toString("hex")}`)
  const children = new Set<ChildProcess.ChildProcess>()
  yield* Effect.acquireRelease(startGuardian(folder), (guardian) => endGuardian(guardian, folder, children))
  return {
    folder,
    spawn: (options) => spawn(folder, children, options)
  }
})

const startGuardian = (folder: string): Effect.Effect<ChildProcess.ChildProcess, EnvTestError> =>
  Effect.async((resume) => {
    // Detached: a process group of its own, so that it survives what ends ours.
    const guardian = ChildProcess.spawn("/bin/sh", ["-c", guardianScript, "effect-kube-guardian", folder], {
      detached: true,
      cwd: "/",
      stdio: ["pipe", "pipe", "pipe"]
    })
    let errors = ""
    const failed = (cause?: unknown): void =>
      resume(
        new EnvTestError({
          reason: "System",
          description: `cannot make the folder ${folder}`,
          log: errors.trim(),
          cause
        })
      )
    guardian.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
    })
    guardian.stdin.on("error", () => {})
    guardian.on("error", failed)
    guardian.on("exit", () => failed())
    guardian.stdout.once("data", () => resume(Effect.succeed(guardian)))
  })

const endGuardian = (
  guardian: ChildProcess.ChildProcess,
  folder: string,
  children: ReadonlySet<ChildProcess.ChildProcess>
): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const done = (): void => {
      // Nothing is left to do here, unless somebody has killed the guardian itself.
      for (const child of children) killGroup(child, "SIGKILL")
      Fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
      resume(Effect.void)
    }
    if (guardian.exitCode !== null || guardian.signalCode !== null) return done()
    guardian.removeAllListeners("exit").once("exit", done)
    guardian.stdin?.end()
  })

const spawn = (
  folder: string,
  children: Set<ChildProcess.ChildProcess>,
  options: SpawnOptions
): Effect.Effect<Child, EnvTestError> =>
  Effect.async((resume) => {
    const register = Path.join(folder, "running", `${options.endsAt}-${options.name}`)
    const failed = (cause: unknown): void =>
      resume(
        new EnvTestError({
          reason: "System",
          component: options.name,
          description: `cannot start ${options.program}: ${String(cause)}`,
          cause
        })
      )
    let output: number
    try {
      output = Fs.openSync(logFile(folder, options.name), "a", 0o600)
    } catch (cause) {
      return failed(cause)
    }
    const child = ChildProcess.spawn(
      "/bin/sh",
      ["-c", launcherScript, "sh", register, options.program, ...options.arguments],
      { detached: true, cwd: folder, stdio: ["ignore", output, output] }
    )
    Fs.closeSync(output)
    const pid = child.pid
    if (pid === undefined) {
      child.once("error", failed)
      return
    }
    const exited = Deferred.unsafeMake<Exited>(FiberId.none)
    children.add(child)
    child.once("exit", (code, signal) => {
      children.delete(child)
      // The number may be given to another process from now on.
      Fs.rmSync(register, { force: true })
      Deferred.unsafeDone(exited, Effect.succeed(new Exited({ code, signal })))
    })
    resume(Effect.succeed({ pid, exited, signal: (signal) => Effect.sync(() => killGroup(child, signal)) }))
  })

const killGroup = (child: ChildProcess.ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // It has ended in this moment.
  }
}

/** Where the output of a program goes; restarts append to it. */
const logFile = (folder: string, name: string): string => Path.join(folder, `${name}.log`)

/** The last lines that a program wrote, of what follows `offset` (bytes). */
export const logTail = (folder: string, name: string, lines: number, offset = 0): string => {
  try {
    const text = Fs.readFileSync(logFile(folder, name)).subarray(offset).toString("utf8")
    return text.trimEnd().split("\n").slice(-lines).join("\n")
  } catch {
    return ""
  }
}

/** The size of a program's log in bytes; 0 when it has none yet. */
export const logSize = (folder: string, name: string): number =>
  Fs.statSync(logFile(folder, name), { throwIfNoEntry: false })?.size ?? 0
