/**
 * A night as data: who follows what, and what happens when. It is drawn from a seed before the night begins
 * (`draw.ts`), so it can be printed, and made smaller when it fails (`minimise.ts`).
 */

// ------------------------------------------------------------------------------------------------ who follows what

/** Which objects, with the selectors as they are sent; the oracle has its own idea of what they take (`oracle.ts`). */
export type Selection = "everything" | "app=web" | "app in (web,api)" | "!app" | "name b"

export interface ConsumerPlan {
  /** Milliseconds that it takes over each chunk of changes. */
  readonly pause: number
  /** Milliseconds after its store at which it comes. */
  readonly late: number
  /** What happens when it is behind by more than the store's `changesBuffer`. */
  readonly whenFull: "join" | "backpressure" | "resync"
}

export interface FollowerPlan {
  /**
   * `reflector`: `Reflector.make`. `split`: the same of two namespaces, each with a watch of its own. `stream`:
   * `Watcher.watch`, whose grammar is checked, and `Reflector.fromStream`.
   */
  readonly kind: "reflector" | "split" | "stream"
  readonly namespace: string | undefined
  readonly selection: Selection
  readonly initialList: "auto" | "streamed" | "paged" | "watchList"
  readonly semantics: "consistent" | "any"
  readonly pageSize: number
  /** Seconds; undefined: the watcher's own. */
  readonly timeout: number | undefined
  /** The version that the server says it has: before 1.33 `auto` is paged. */
  readonly minor: number
  readonly managedFields: "keep" | "drop"
  readonly shareStrings: boolean
  /** What the store keeps: the whole, or metadata and data alone. */
  readonly isProjected: boolean
  readonly changesBuffer: number
  /** Bytes that come in one piece, at most; undefined: as they were sent. */
  readonly pieces: number | undefined
  /** Milliseconds between the pieces of a list. */
  readonly trickle: number
  readonly consumers: ReadonlyArray<ConsumerPlan>
}

export interface Night {
  readonly seed: number
  /** Milliseconds. */
  readonly length: number
  /** The resourceVersion before the first write. */
  readonly resourceVersion: number
  /** Writes that the server can look back on. */
  readonly history: number
  /** Milliseconds. */
  readonly bookmarks: number
  /** Operations that a fiber may do before others get their turn: few make other orders of fibers. */
  readonly operationsInOneTurn: number
  readonly followers: ReadonlyArray<FollowerPlan>
  readonly steps: ReadonlyArray<Step>
}

// ------------------------------------------------------------------------------------------------ what happens

export type App = "web" | "api" | undefined

/** Whose connections and requests: a follower's, or everybody's. */
export interface Whose {
  readonly who: number | undefined
}

export type Verb = "list" | "watch" | "any"

export interface Requests extends Whose {
  readonly verb: Verb
  readonly times: number
}

export type Write =
  | { readonly _tag: "Put"; readonly namespace: string; readonly name: string; readonly app: App }
  | { readonly _tag: "Remove"; readonly namespace: string; readonly name: string }
  /** Deleted and made again in one moment: the same name with another uid. */
  | { readonly _tag: "Replace"; readonly namespace: string; readonly name: string; readonly app: App }
  /** Becomes what does not decode. */
  | { readonly _tag: "Break"; readonly namespace: string; readonly name: string; readonly app: App }
  /** Many writes in one moment. */
  | { readonly _tag: "Burst"; readonly namespace: string; readonly writes: number }

export type Fault =
  | { readonly _tag: "Cut"; readonly afterBytes: number | undefined } & Whose
  | { readonly _tag: "End" } & Whose
  /** Open watches are half open: nothing more comes, and no end. */
  | { readonly _tag: "Silence" } & Whose
  /** An ERROR event in open watches. */
  | { readonly _tag: "Tell"; readonly code: number; readonly reason: string; readonly retryAfter: number | undefined }
    & Whose
  /** Bytes that are no frame in open watches. */
  | { readonly _tag: "Garbage"; readonly text: string } & Whose
  | {
    readonly _tag: "Refuse"
    readonly status: number
    readonly reason: string
    readonly retryAfter: number | undefined
  } & Requests
  /** A proxy's page with status 200. */
  | { readonly _tag: "Page" } & Requests
  /** The connection breaks without an answer. */
  | { readonly _tag: "Lose" } & Requests
  /** No answer comes. */
  | { readonly _tag: "Unanswered" } & Requests
  | { readonly _tag: "Delay"; readonly millis: number } & Requests
  /** The answer breaks off. */
  | { readonly _tag: "CutAnswer"; readonly afterBytes: number } & Requests
  /** Watches that end as soon as they are open. */
  | { readonly _tag: "ShortWatches"; readonly times: number } & Whose
  /** The history is compacted before the next page of a list is asked for. */
  | { readonly _tag: "LateTokens"; readonly times: number } & Whose
  | { readonly _tag: "Compact" }
  /** Lists that may be old, and watches, are answered from some writes ago. */
  | { readonly _tag: "Lag"; readonly back: number; readonly millis: number }
  | { readonly _tag: "MuteBookmarks"; readonly millis: number }
  /** History is lost; its resourceVersions go on. */
  | { readonly _tag: "Restart"; readonly down: number }
  /**
   * History is lost, and writes with it. `rewind`: as from a backup, with the resourceVersions of then. `anew`: another
   * server with the same objects, whose resourceVersions are lower than any that was seen.
   */
  | { readonly _tag: "Restore"; readonly how: "rewind" | "anew"; readonly back: number; readonly down: number }

/** What happens to those who follow. */
export type Life =
  /** Interrupted in the middle, and started anew. */
  | { readonly _tag: "Reopen"; readonly who: number; readonly after: number }
  | { readonly _tag: "ReopenConsumer"; readonly who: number; readonly consumer: number; readonly after: number }
  /** A consumer takes nothing for so long. */
  | { readonly _tag: "Stall"; readonly who: number; readonly consumer: number; readonly millis: number }

export type Happening = Write | Fault | Life

export interface Step {
  /** Milliseconds since the night began. */
  readonly at: number
  readonly what: Happening
}

const writes: ReadonlySet<Happening["_tag"]> = new Set(["Put", "Remove", "Replace", "Break", "Burst"])

export const isWrite = (what: Happening): what is Write => writes.has(what._tag)

// ------------------------------------------------------------------------------------------------ for people

const seconds = (millis: number): string => `${(millis / 1000).toFixed(3).replace(/\.?0+$/, "")} s`

const fieldsOf = (what: object): string =>
  Object.entries(what)
    .filter(([name, value]) => name !== "_tag" && value !== undefined)
    .map(([name, value]) =>
      name === "millis" || name === "down" || name === "after"
        ? `${name} ${seconds(Number(value))}`
        : `${name} ${name === "text" ? JSON.stringify(value) : String(value)}`
    )
    .join(", ")

export const describeStep = ({ at, what }: Step): string => {
  const place = "namespace" in what && "name" in what ? `${what.namespace}/${what.name}` : undefined
  if (place === undefined) return `${seconds(at).padStart(11)}  ${what._tag} ${fieldsOf(what)}`.trimEnd()
  const app = "app" in what && what.app !== undefined ? ` app=${what.app}` : ""
  return `${seconds(at).padStart(11)}  ${what._tag} ${place}${app}`
}

const without = <A extends object, K extends keyof A>(value: A, key: K): Omit<A, K> => {
  const { [key]: _, ...rest } = value
  return rest
}

export const describeFollower = (plan: FollowerPlan): string =>
  `${fieldsOf(without(plan, "consumers"))}; ${
    plan.consumers.length === 0
      ? "no consumers"
      : plan.consumers.map(({ late, pause, whenFull }) =>
        `a consumer (${whenFull}, late ${seconds(late)}, pause ${seconds(pause)})`
      ).join(
        ", "
      )
  }`

/** The script of a night. Each follower and step has its number, by which `--followers` and `--steps` keep them. */
export const describeNight = (night: Night, numbers?: Numbers): ReadonlyArray<string> => [
  `  ${
    seconds(night.length)
  }, first resourceVersion ${night.resourceVersion}, history ${night.history}, bookmarks each ${
    seconds(night.bookmarks)
  }, ${night.operationsInOneTurn} operations in one turn`,
  ...night.followers.map((plan, index) =>
    `  follower ${numbers?.followers[index] ?? index}: ${describeFollower(plan)}`
  ),
  ...night.steps.map((step, index) => `  ${String(numbers?.steps[index] ?? index).padStart(4)}${describeStep(step)}`)
]

/** Where the parts of a smaller night stand in the whole one. */
export interface Numbers {
  readonly followers: ReadonlyArray<number>
  readonly steps: ReadonlyArray<number>
}

export const wholeOf = (night: Night): Numbers => ({
  followers: night.followers.map((_, index) => index),
  steps: night.steps.map((_, index) => index)
})

/** Without the steps that are about followers that are not there. */
export const present = (night: Night, { followers, steps }: Numbers): Numbers => ({
  followers,
  steps: steps.filter((index) => {
    const { what } = night.steps[index]!
    return !("who" in what) || what.who === undefined || followers.includes(what.who)
  })
})

/** A part of a night. */
export const partOf = (night: Night, numbers: Numbers): Night => {
  const { followers, steps } = present(night, numbers)
  const renumbered = ({ at, what }: Step): Step =>
    "who" in what && what.who !== undefined ? { at, what: { ...what, who: followers.indexOf(what.who) } } : { at, what }
  return {
    ...night,
    followers: followers.map((index) => night.followers[index]!),
    steps: steps.map((index) => renumbered(night.steps[index]!))
  }
}
