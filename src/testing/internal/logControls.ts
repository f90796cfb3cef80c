/** What containers write to their logs, as a test says it. */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { child } from "./apiserver/json.js"
import { objects, textOf } from "./apiserver/members.js"
import type { Server } from "./apiserver/server.js"
import type { Entry } from "./apiserver/storage.js"

/** A container of a Pod that is there. */
export interface ContainerOf {
  readonly pod: string
  /** Default `default`. */
  readonly namespace?: string | undefined
  /** Default: the first one of the Pod. */
  readonly container?: string | undefined
}

/** There is no such container to write a log for. */
export class LogError extends Data.TaggedError("TestClusterLogError")<{
  readonly namespace: string
  readonly pod: string
  readonly problem: string
}> {
  override get message(): string {
    return `the log of Pod ${this.namespace}/${this.pod}: ${this.problem}`
  }
}

export interface Logs {
  /**
   * The container writes lines, at the time of the clock: `kubectl logs` shows them, and whoever follows the log gets
   * them at once. A container that has ended starts anew with it, and what it wrote before is its previous log.
   */
  readonly write: (container: ContainerOf, ...lines: ReadonlyArray<string>) => Effect.Effect<void, LogError>
  /** The container ends, and with it every stream that follows its log. Its status is not touched. */
  readonly end: (container: ContainerOf) => Effect.Effect<void, LogError>
}

const kinds = ["containers", "initContainers", "ephemeralContainers"] as const

const find = (server: Server, of: ContainerOf): Effect.Effect<readonly [Entry, string], LogError> =>
  Effect.suspend(() => {
    const namespace = of.namespace ?? "default"
    const fail = (problem: string) => Effect.fail(new LogError({ namespace, pod: of.pod, problem }))
    const pod = server.storage.get("/pods", namespace, of.pod)
    if (pod === undefined) return fail("there is no such Pod")
    const spec = child(pod.object, "spec")
    const names = kinds.flatMap((kind) => objects(spec, kind)).map((each) => textOf(each, "name"))
    const name = of.container ?? names[0] ?? ""
    return names.includes(name)
      ? Effect.succeed([pod, name] as const)
      : fail(`it has no container ${JSON.stringify(name)}, but ${names.map((each) => JSON.stringify(each)).join(", ")}`)
  })

export const logsOf = (server: Server): Logs => ({
  write: (of, ...lines) =>
    Effect.zipWith(
      find(server, of),
      Clock.currentTimeMillis,
      ([pod, container], now) => server.logs.write(pod, container, lines, now)
    ),
  end: (of) => Effect.map(find(server, of), ([pod, container]) => server.logs.end(pod, container))
})
