/** Starts credential plugins with Node: the platform's part of `Credentials.exec`. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type ChildProcess, spawn } from "node:child_process"
import { constants } from "node:fs"
import { access, stat } from "node:fs/promises"
import { delimiter, isAbsolute, join } from "node:path"
import { isatty } from "node:tty"
import { type PluginExit, type PluginRun, PluginStarter } from "../../client/Credentials.js"

const windows = process.platform === "win32"

/** The end of standard error that is kept for a message. */
const keptStderr = 4096

/** After the request to end, and after the end of a program whose children still hold its output. */
const graceMillis = 1000

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : ""

/** Whether a file is a program that may be run; else the code of what is in the way. */
const check = async (path: string): Promise<string | undefined> => {
  try {
    if ((await stat(path)).isDirectory()) return "EISDIR"
    await access(path, windows ? constants.F_OK : constants.X_OK)
    return undefined
  } catch (cause) {
    return codeOf(cause) || "ENOENT"
  }
}

const extensions = windows ? ["", ...(process.env["PATHEXT"] ?? ".EXE;.CMD;.BAT").split(";")] : [""]

/** Of the first that can be run in `PATH`; relative entries do not count, for what lies in the current folder is nobody's plugin. */
const inPath = async (command: string): Promise<string | undefined> => {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    if (!isAbsolute(folder)) continue
    for (const extension of extensions) {
      const path = join(folder, command + extension)
      if (await check(path) === undefined) return path
    }
  }
  return undefined
}

const find = (command: string): Effect.Effect<string, string> =>
  Effect.flatMap(
    Effect.promise(async () => {
      if (command === "") return { problem: "no command is set" }
      if (!/[\\/]/.test(command)) {
        const path = await inPath(command)
        return path === undefined
          ? { problem: `it is not installed: no program of that name is in PATH` }
          : { path }
      }
      if (!isAbsolute(command)) return { problem: "its path is relative, and it is not known to which folder" }
      const code = await check(command)
      return code === undefined
        ? { path: command }
        : {
          problem: code === "ENOENT" || code === "ENOTDIR"
            ? "it is not installed: there is no such file"
            : code === "EISDIR"
            ? "it is a folder and not a program"
            : `it cannot be run: permission denied (${code})`
        }
    }),
    ({ path, problem }) => path === undefined ? Effect.fail(problem) : Effect.succeed(path)
  )

/** Why it could not be started. Node's own message quotes arguments. */
const notStarted = (cause: unknown): string => {
  const code = codeOf(cause)
  const why = code === "E2BIG"
    ? "its arguments and environment are too long for this system"
    : code === "ENOEXEC"
    ? "the file is not a program"
    : code === "EACCES"
    ? "permission denied"
    : code === "ENOENT"
    ? "the file, or the interpreter that its first line names, is not there"
    : code === "ERR_INVALID_ARG_VALUE"
    ? "an argument or a variable holds a character that none can hold"
    : "the system refused"
  return `it cannot be started: ${why}${code === "" ? "" : ` (${code})`}`
}

/** To all that the program has started where it has a group of its own. */
const signal = (child: ChildProcess, group: boolean, name: "SIGTERM" | "SIGKILL"): void => {
  try {
    if (group && child.pid !== undefined) process.kill(-child.pid, name)
    else child.kill(name)
  } catch {
    // It has ended meanwhile.
  }
}

const run = ({ args, env, interactive, maxOutput, path }: PluginRun): Effect.Effect<PluginExit, string> =>
  Effect.async<PluginExit, string>((resume) => {
    // With a session of its own a program has no terminal to ask at, and can be ended with its children.
    const group = !interactive && !windows
    let child: ChildProcess
    try {
      child = spawn(path, args, {
        stdio: interactive ? ["inherit", "pipe", "inherit"] : ["ignore", "pipe", "pipe"],
        env: { ...process.env, ...Object.fromEntries(env.map(({ name, value }) => [name, Redacted.value(value)])) },
        detached: group,
        windowsHide: true
      })
    } catch (cause) {
      resume(Effect.fail(notStarted(cause)))
      return
    }
    const output: Array<Buffer> = []
    let size = 0
    let said: Buffer = Buffer.alloc(0)
    let exited: { readonly code: number | null; readonly by: string | null } | undefined
    let timer: NodeJS.Timeout | undefined
    let settled = false

    const release = (): void => {
      settled = true
      clearTimeout(timer)
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
    const settle = (result: Effect.Effect<PluginExit, string>): void => {
      if (settled) return
      release()
      resume(result)
    }
    const finish = (): void => {
      if (exited === undefined) return
      settle(Effect.succeed({
        code: exited.code ?? undefined,
        signal: exited.by ?? undefined,
        stdout: Redacted.make(Buffer.concat(output).toString("utf8")),
        stderr: said.length < keptStderr ? said.toString("utf8") : said.toString("utf8").replace(/^\S*\s?/, "")
      }))
    }
    child.on("error", (cause) => {
      // Of a program that was started this is a signal that did not reach it.
      if (child.pid === undefined) settle(Effect.fail(notStarted(cause)))
    })
    child.stdout?.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxOutput) {
        output.push(chunk)
        return
      }
      signal(child, group, "SIGKILL")
      settle(Effect.fail(`it printed more than ${maxOutput} bytes and was ended`))
    })
    child.stderr?.on("data", (chunk: Buffer) => {
      // What is asked of people stands there: a code to type, a page to open.
      process.stderr.write(chunk)
      said = Buffer.concat([said, chunk]).subarray(-keptStderr)
    })
    // The end of a pipe is told by "close".
    child.stdout?.on("error", () => {})
    child.stderr?.on("error", () => {})
    child.once("exit", (code, by) => {
      exited = { code, by }
      // What it has started may hold its output for ever.
      if (!settled) timer = setTimeout(finish, graceMillis)
    })
    child.once("close", finish)

    return Effect.async<void>((done) => {
      const gone = settled || child.pid === undefined || exited !== undefined
      release()
      if (gone) {
        done(Effect.void)
        return
      }
      const end = (): void => {
        clearTimeout(kill)
        signal(child, group, "SIGKILL")
        done(Effect.void)
      }
      const kill = setTimeout(end, graceMillis)
      child.once("exit", end)
      signal(child, group, "SIGTERM")
    })
  })

export const starter: typeof PluginStarter.Service = {
  hasTerminal: Effect.sync(() => isatty(0)),
  find,
  run
}

/** What `Credentials.exec` asks for. */
export const layer: Layer.Layer<PluginStarter> = Layer.succeed(PluginStarter, starter)
