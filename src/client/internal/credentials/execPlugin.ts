/** A credential that a program prints: when it is run, what is made of what it says, and what is said when it fails. */
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { ExecOptions, PluginPolicy } from "../../Credentials.js"
import type { Credential, Presented } from "../../KubeClient.js"
import type { ExecPlugin } from "../../KubeConfig.js"
import { within } from "../deadline.js"
import * as execCredential from "./execCredential.js"
import { type Material, sameMaterial } from "./files.js"
import * as header from "./header.js"
import type { PluginExit, PluginStarter } from "./pluginStarter.js"
import { plain, quote } from "./quoting.js"
import * as renewal from "./renewal.js"

/** How long before its end a credential is asked for anew. */
const leewayMillis = 60_000

/** After a failure that the credential before bridges, and after a 401 that the plugin has no other answer to. */
const pauseMillis = 10_000

const defaultOutput = 1024 * 1024

interface Given extends Presented {
  readonly certificate: Material
}

/** From when on it is asked for anew: of one that lives for less than the leeway, half of its life. */
const freshUntil = (now: number, expires: number | undefined): number =>
  expires === undefined
    ? Number.POSITIVE_INFINITY
    : expires - now > leewayMillis
    ? expires - leewayMillis
    : now + (expires - now) / 2

const baseName = (path: string): string => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)

/** client-go's rule: the command as it is configured or found is on the list, or an entry leads to the same program. */
const isAllowed = (
  policy: PluginPolicy,
  command: string,
  found: string,
  starter: Context.Tag.Service<PluginStarter>
): Effect.Effect<boolean> => {
  if (typeof policy === "string") return Effect.succeed(policy === "AllowAll")
  if (policy.allow.includes(command) || policy.allow.includes(found)) return Effect.succeed(true)
  const named = policy.allow.filter((entry) => baseName(entry) === baseName(found))
  return Effect.exists(
    named,
    (entry) => Effect.match(starter.find(entry), { onFailure: () => false, onSuccess: (path) => path === found })
  )
}

const interactivity = (
  plugin: ExecPlugin,
  starter: Context.Tag.Service<PluginStarter>
): Effect.Effect<boolean, string> => {
  if (plugin.interactiveMode === "Never") return Effect.succeed(false)
  return Effect.flatMap(starter.hasTerminal, (terminal) =>
    plugin.interactiveMode === "IfAvailable" || terminal
      ? Effect.succeed(terminal)
      : Effect.fail(
        "it needs a terminal to ask (interactiveMode: Always), and standard input is none; " +
          "run this program in a terminal, or use a credential that asks nobody"
      ))
}

const hintOf = ({ installHint }: ExecPlugin): string => {
  const hint = installHint === undefined ? "" : plain(installHint).replace(/\s+/g, " ").trim()
  return hint === "" ? "" : `. ${hint}`
}

const ended = ({ code, signal, stderr, stdout }: PluginExit, hidden: ReadonlyArray<string>): string => {
  const how = code === undefined ? `was ended by ${signal ?? "a signal"}` : `ended with exit code ${code}`
  const said = quote(stderr, hidden, Redacted.value(stdout))
  return said === "" ? `it ${how} and said nothing` : `it ${how}: ${said}`
}

export const make = (
  plugin: ExecPlugin,
  starter: Context.Tag.Service<PluginStarter>,
  options: ExecOptions
): Effect.Effect<Credential, never, Scope.Scope> => {
  const policy = options.policy ?? "AllowAll"
  const hidden = plugin.env.map(({ value }) => Redacted.value(value))

  const use = options.useCertificate ?? (() => Effect.fail("it gives a certificate, which this client cannot show"))

  const run = Effect.gen(function*() {
    if (policy === "DenyAll") return yield* Effect.fail("no plugin may be run here")
    const path = yield* Effect.mapError(
      starter.find(plugin.command),
      (problem) => `${problem}${hintOf(plugin)}`
    )
    if (!(yield* isAllowed(policy, plugin.command, path, starter))) {
      return yield* Effect.fail(`${path} is not on the list of plugins that may be run`)
    }
    const interactive = yield* interactivity(plugin, starter)
    const cluster = plugin.provideClusterInfo && options.cluster !== undefined ? yield* options.cluster : undefined
    const limit = Duration.decode(options.timeout ?? (interactive ? "5 minutes" : "60 seconds"))
    const exit = yield* starter.run({
      path,
      args: plugin.args,
      env: [...plugin.env, {
        name: execCredential.infoVariable,
        value: Redacted.make(execCredential.info(plugin, interactive, cluster))
      }],
      interactive,
      maxOutput: options.maxOutput ?? defaultOutput
    }).pipe(within(limit, () => `it did not end within ${Duration.format(limit)} and was ended`))
    if (exit.code !== 0) return yield* Effect.fail(ended(exit, hidden))
    return yield* Either.match(execCredential.decode(plugin, Redacted.value(exit.stdout)), {
      onLeft: Effect.fail,
      onRight: Effect.succeed
    })
  })

  const given = (issued: execCredential.Issued): Given | string => {
    const presented = issued.token === undefined ? header.nothing : header.bearer(issued.token)
    if (typeof presented === "string") return `in what it printed, status.token cannot be used: ${presented}`
    return { authorization: presented.authorization, certificate: issued.certificate ?? {} }
  }

  const isSame = (one: Given, two: Given): boolean =>
    header.same(one, two) && sameMaterial(one.certificate, two.certificate)

  const renewed = renewal.make<Given>({
    what: `the credential of the plugin ${plugin.command}`,
    pause: pauseMillis,
    make: (before) =>
      Effect.gen(function*() {
        const issued = yield* run
        const next = given(issued)
        if (typeof next === "string") return yield* Effect.fail(next)
        const unchanged = before !== undefined && isSame(before, next)
        if (!unchanged && !sameMaterial(before?.certificate ?? {}, next.certificate)) yield* use(next.certificate)
        const now = yield* Clock.currentTimeMillis
        if (issued.expires !== undefined && issued.expires <= now) {
          yield* Effect.logWarning(
            `the plugin ${plugin.command} gave a credential that has expired; is the clock of this machine right?`
          )
        }
        return {
          value: unchanged ? before : next,
          freshUntil: freshUntil(now, issued.expires),
          usableUntil: issued.expires ?? Number.POSITIVE_INFINITY
        }
      }).pipe(Effect.mapError((problem) => `the credential plugin ${plugin.command}: ${problem}`))
  })

  return Effect.map(renewed, ({ current, refresh }) => ({ presented: current, refresh }))
}
