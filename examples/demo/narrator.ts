/** How the demo prints: a line for each thing that happens, with the time since the start. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"

export class Narrator extends Context.Tag("examples/Narrator")<Narrator, {
  /** A new chapter of the story. */
  readonly chapter: (title: string) => Effect.Effect<void>
  /** What the story does. */
  readonly say: (text: string) => Effect.Effect<void>
  /** What came true. */
  readonly check: (text: string) => Effect.Effect<void>
  /** What did not. */
  readonly fail: (text: string) => Effect.Effect<void>
}>() {}

export interface Style {
  /** ANSI colours; for terminals that have not asked for none. */
  readonly colours: boolean
}

const paint = (style: Style) => {
  const code = (number: number) => (text: string) => style.colours ? `\u001b[${number}m${text}\u001b[0m` : text
  return { bold: code(1), dim: code(2), red: code(31), green: code(32), yellow: code(33), cyan: code(36) }
}

export const layer = (style: Style): Layer.Layer<Narrator> =>
  Layer.unwrapEffect(Effect.gen(function*() {
    const colour = paint(style)
    const console = yield* Effect.console
    const clock = yield* Effect.clock
    const began = yield* Clock.currentTimeMillis
    const stamp = () => colour.dim(`${((clock.unsafeCurrentTimeMillis() - began) / 1000).toFixed(3).padStart(7)} s `)
    const line = (mark: string, text: string) => Effect.suspend(() => Console.log(`${stamp()} ${mark} ${text}`))
    const narrator = Narrator.of({
      chapter: (title) => Effect.suspend(() => Console.log(`\n${stamp()} ${colour.bold(title)}`)),
      say: (text) => line(colour.cyan("→"), text),
      check: (text) => line(colour.green("✓"), text),
      fail: (text) => line(colour.red("✗"), colour.red(text))
    })
    // What the library and the controller log is told between the lines of the story.
    const logger = Logger.make(({ annotations, cause, logLevel, message }) => {
      const source = Option.getOrElse(HashMap.get(annotations, "controller"), () => "effect-kube")
      const text = (Array.isArray(message) ? message : [message]).map(String).join(" ") +
        (Cause.isEmpty(cause) ? "" : `: ${Cause.prettyErrors(cause)[0]?.message ?? ""}`)
      const tinted = LogLevel.greaterThanEqual(logLevel, LogLevel.Warning) ? colour.yellow(text) : colour.dim(text)
      console.unsafe.log(`${stamp()}     ${colour.dim(`${String(source)}:`)} ${tinted}`)
    })
    return Layer.merge(Layer.succeed(Narrator, narrator), Logger.replace(Logger.defaultLogger, logger))
  }))
