/** How programs are started; public as `Credentials.PluginStarter`. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/** A program to be run. */
export interface PluginRun {
  /** As `find` answered it. */
  readonly path: string
  readonly args: ReadonlyArray<string>
  /** Set beside the environment of this process. */
  readonly env: ReadonlyArray<{ readonly name: string; readonly value: Redacted.Redacted<string> }>
  /** Whether it may ask at the terminal: it has standard input and standard error of this process. */
  readonly interactive: boolean
  /** Bytes of standard output; with more the run fails. */
  readonly maxOutput: number
}

/** How a program ended. */
export interface PluginExit {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined
  readonly signal?: string | undefined
  readonly stdout: Redacted.Redacted<string>
  /** The end of what it said there, which went to standard error of this process too; empty where it was interactive. */
  readonly stderr: string
}

/** Starts plugins: the platform's part. Failures are one line that says why and quotes neither arguments nor environment. */
export class PluginStarter extends Context.Tag("effect-kube/Credentials/PluginStarter")<PluginStarter, {
  /** Whether standard input is a terminal. */
  readonly hasTerminal: Effect.Effect<boolean>
  /** The file that a command means: a name is looked for in `PATH`. */
  readonly find: (command: string) => Effect.Effect<string, string>
  /** Runs a program to its end. Interrupting ends it, with what it has started, in bounded time. */
  readonly run: (run: PluginRun) => Effect.Effect<PluginExit, string>
}>() {}
