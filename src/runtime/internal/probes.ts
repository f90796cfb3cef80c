/**
 * Named checks and what is answered about them. The texts are those of kube-apiserver (apiserver/pkg/server/healthz), so
 * that scripts which read the one read the other.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as LeaderElection from "../LeaderElection.js"
import type * as Probes from "../Probes.js"
import type * as Store from "../Store.js"
import { sinceRenewal } from "./elections.js"
import { reasonOf } from "./reasons.js"

export const TypeId = "~effect-kube/Probes/Registry" as const

/** Why a check failed; undefined: it passed. */
type Verdict = string | undefined

interface Check {
  readonly name: string
  readonly kind: Probes.Kind
  readonly ask: Effect.Effect<Verdict>
}

class Registry implements Probes.Registry {
  readonly [TypeId] = TypeId
  readonly checks = new Set<Check>()
}

export const makeRegistry = (): Probes.Registry => new Registry()

/**
 * Where checks are kept. Without anything in the context it is one for the whole process, so a library may have checks and
 * the program alone decides whether they are served; `Probes.makeRegistry` makes another.
 */
export class Checks extends Context.Reference<Checks>()("effect-kube/Probes/Checks", { defaultValue: makeRegistry }) {}

const registry: Effect.Effect<Registry> = Effect.map(Checks, (checks) => checks as Registry) // none else makes one

// ------------------------------------------------------------------------------------------------ checks

const verdictOf = (exit: Exit.Exit<unknown, unknown>): Verdict => {
  if (Exit.isSuccess(exit)) return undefined
  if (Cause.isInterruptedOnly(exit.cause)) return "the check was interrupted"
  const reason = reasonOf(Cause.squash(exit.cause))
  return Option.isSome(Cause.failureOption(exit.cause)) ? reason : `defect: ${reason}`
}

export const check = <E, R>(
  name: string,
  effect: Effect.Effect<unknown, E, R>,
  options: Probes.CheckOptions = {}
): Effect.Effect<void, never, R | Scope.Scope> => {
  if (!/^[^\s/?\u0000-\u001f\u007f]+$/.test(name)) {
    throw new TypeError(
      `Probes.check: name: expected a text without white space, "/" and "?", found ${JSON.stringify(name)}`
    )
  }
  const timeout = Duration.decode(options.timeout ?? "1 second")
  return Effect.gen(function*() {
    const context = yield* Effect.context<R>()
    const scope = yield* Effect.scope
    const { checks } = yield* registry
    let running: Deferred.Deferred<Verdict> | undefined
    const tooLate = `no answer within ${Duration.format(timeout)}`
    const run = Effect.provide(effect, context as Context.Context<R>).pipe(
      Effect.timeoutFail({ duration: timeout, onTimeout: () => tooLate }),
      Effect.exit,
      Effect.interruptible
    )
    // One that cannot be interrupted goes on behind the timeout: it is not begun a second time meanwhile.
    const ask: Effect.Effect<Verdict> = Effect.suspend(() => {
      if (running !== undefined) return Deferred.await(running)
      const answer = running = Deferred.unsafeMake<Verdict>(FiberId.none)
      const begun = run.pipe(
        Effect.onExit((exit) => {
          running = undefined
          return Deferred.succeed(answer, verdictOf(Exit.flatten(exit)))
        }),
        Effect.forkIn(scope),
        Effect.uninterruptible
      )
      return Effect.zipRight(begun, Deferred.await(answer))
    }).pipe(
      Effect.timeoutTo({ duration: timeout, onSuccess: (verdict) => verdict, onTimeout: () => tooLate })
    )
    const made: Check = { name, kind: options.kind ?? "ready", ask }
    yield* Effect.acquireRelease(
      Effect.sync(() => checks.add(made)),
      () => Effect.sync(() => checks.delete(made))
    )
  })
}

export const storeCheck = (store: Pick<Store.Store<unknown>, "isReady" | "trouble">): Effect.Effect<void, string> =>
  Effect.flatMap(
    store.isReady,
    (isReady) =>
      isReady ? Effect.void : Effect.flatMap(store.trouble, (trouble) =>
        Effect.fail(
          `the first list is not complete${
            Option.match(trouble, { onNone: () => "", onSome: ({ error }) => `: ${error.message}` })
          }`
        ))
  )

export const electionCheck = (
  election: LeaderElection.Election,
  tolerance: Duration.DurationInput
): Effect.Effect<void, string> => {
  const limit = Duration.decode(tolerance)
  return Effect.flatMap(election.state, (state) => {
    if (state._tag === "Standby") return Effect.void
    const renewal = sinceRenewal(election)
    if (renewal === undefined) return Effect.void
    const late = renewal.age - renewal.leaseDuration
    return late <= Duration.toMillis(limit) ? Effect.void : Effect.fail(
      `failed to renew ${election.lease} for ${
        Duration.format(Duration.millis(renewal.age))
      }, and what it guards goes on`
    )
  })
}

// ------------------------------------------------------------------------------------------------ answers

const kindsOf: { readonly [path: string]: ReadonlyArray<Probes.Kind> } = {
  healthz: ["alive"],
  livez: ["alive"],
  readyz: ["alive", "ready"]
}

const plain = (status: number, body: string): Probes.Answer => ({
  status,
  contentType: "text/plain; charset=utf-8",
  body
})

/** Runs when nobody has a check: the process answers. */
const ping: Check = { name: "ping", kind: "alive", ask: Effect.succeed(undefined) }

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const respond = (path: string, options: Probes.Options = {}): Effect.Effect<Option.Option<Probes.Answer>> => {
  const query = path.indexOf("?")
  const parameters = new URLSearchParams(query < 0 ? "" : path.slice(query + 1))
  const [empty, probe, ...rest] = (query < 0 ? path : path.slice(0, query)).replace(/\/$/, "").split("/")
  if (empty !== "" || probe === undefined || !Object.hasOwn(kindsOf, probe)) return Effect.succeedNone
  const kinds = kindsOf[probe]! // it has the probe
  return Effect.flatMap(registry, ({ checks }) => {
    const counting = Array.from(checks).filter(({ kind }) => kinds.includes(kind))
    const asked = counting.length === 0 ? [ping] : counting
    if (rest.length > 0) {
      const name = decoded(rest.join("/"))
      const named = asked.filter((check) => check.name === name)
      return Effect.asSome(named.length === 0 ? Effect.succeed(plain(404, "404 page not found\n")) : answerOne(named))
    }
    return Effect.asSome(answerAll(probe, asked, parameters, options.reasons ?? false))
  })
}

const verdicts = (checks: ReadonlyArray<Check>): Effect.Effect<ReadonlyArray<Verdict>> =>
  Effect.forEach(checks, ({ ask }) => ask, { concurrency: "unbounded" })

const answerOne = (checks: ReadonlyArray<Check>): Effect.Effect<Probes.Answer> =>
  Effect.map(verdicts(checks), (verdicts) => {
    const reason = verdicts.find((verdict) => verdict !== undefined)
    return reason === undefined ? plain(200, "ok") : plain(500, `internal server error: ${reason}\n`)
  })

const answerAll = (
  probe: string,
  checks: ReadonlyArray<Check>,
  parameters: URLSearchParams,
  reasons: boolean
): Effect.Effect<Probes.Answer> => {
  const excluded = new Set(parameters.getAll("exclude").filter((name) => name !== ""))
  const included = checks.filter(({ name }) => !excluded.has(name))
  return Effect.flatMap(verdicts(included), (verdicts) => {
    const byCheck = new Map(included.map((check, index) => [check, verdicts[index]]))
    const failed = checks.filter((check) => byCheck.get(check) !== undefined)
    const lines = checks.map((check) => {
      if (!byCheck.has(check)) return `[+]${check.name} excluded: ok\n`
      const reason = byCheck.get(check)
      return reason === undefined
        ? `[+]${check.name} ok\n`
        : `[-]${check.name} failed: ${reasons ? reason : "reason withheld"}\n`
    })
    const unknown = [...excluded].filter((name) => !checks.some((check) => check.name === name)).sort()
    if (unknown.length > 0) {
      const names = unknown.map((name) => JSON.stringify(name)).join(",")
      lines.push(`warn: some health checks cannot be excluded: no matches for ${names}\n`)
    }
    if (failed.length === 0) {
      return Effect.succeed(
        plain(200, parameters.has("verbose") ? `${lines.join("")}${probe} check passed\n` : "ok")
      )
    }
    const why = failed.map((check) => `${check.name}: ${byCheck.get(check)}`).join("; ")
    return Effect.as(
      Effect.logDebug(`${probe} check failed: ${why}`),
      plain(500, `${lines.join("")}${probe} check failed\n`)
    )
  })
}
