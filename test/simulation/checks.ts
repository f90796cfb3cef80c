/** What is looked at: a store whenever all is at rest, what consumers are told, and the grammar of a watcher's events. */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { isDeepStrictEqual } from "node:util"
import type { ConfigMap } from "../../src/kinds/core/v1.js"
import type * as Store from "../../src/runtime/Store.js"
import type * as Watcher from "../../src/runtime/Watcher.js"
import type { Judge } from "./judge.js"
import { decodes, type Era, keyOf, revisionOf, type Stored, takes, type Truth } from "./oracle.js"

/** What a store of this simulation keeps. */
export type Kept = Pick<ConfigMap, "metadata" | "data">

const short = (object: Kept | Stored): string => `${keyOf(object.metadata)}@${object.metadata.resourceVersion}`
const version = (object: Kept): number => Number(object.metadata.resourceVersion)

const list = (objects: Iterable<Kept | Stored>): string => `[${Array.from(objects, short).sort().join(" ")}]`

// ------------------------------------------------------------------------------------------------ stores

/** Watches one store: whatever it shows must have been the truth at its resourceVersion, in an order that only a restore turns back. */
export class StoreCheck {
  #revision = -1
  /** The earliest era whose state it may show. */
  #era = 0
  #looks = 0

  /** In one fiber: it is asked whenever all is at rest. */
  readonly #read: Effect.Effect<
    readonly [Option.Option<string>, ReadonlyArray<Kept>, ReadonlyArray<Watcher.Undecodable>]
  >

  constructor(
    readonly name: string,
    readonly store: Store.Store<Kept, "namespace" | "app">,
    readonly truth: Truth,
    readonly judge: Judge,
    /** Several watches have no one version: then only what it comes to is looked at. */
    readonly isOneWatch: boolean
  ) {
    this.#read = Effect.all([store.resourceVersion, store.list, store.undecodable])
  }

  /** Why what it shows is not the state of an era at its revision; undefined if it is. */
  #differs(
    era: Era,
    revision: number,
    objects: ReadonlyMap<string, Kept>,
    aside: ReadonlySet<string>
  ): string | undefined {
    const truth = this.truth.at(era, revision)
    for (const [key, object] of truth) {
      const shown = objects.get(key)
      if (decodes(object)) {
        if (shown === undefined) return `${key}@${revisionOf(object)} is missing`
        if (shown.metadata.uid !== object.metadata.uid || version(shown) !== revisionOf(object)) {
          return `${short(shown)} should be ${short(object)}`
        }
        if (aside.has(key)) return `${key} is listed as undecodable, and is not`
      } else {
        if (!aside.has(key)) return `${short(object)} is not listed as undecodable`
        if (shown !== undefined && shown.metadata.uid !== object.metadata.uid) {
          return `${short(shown)} is of another uid`
        }
      }
    }
    for (const [key, object] of objects) if (!truth.has(key)) return `${short(object)} should not be there`
    for (const key of aside) if (!truth.has(key)) return `${key} should not be listed as undecodable`
    return undefined
  }

  /** Looks at the store. */
  look(): void {
    const { judge } = this
    if (!this.isOneWatch) return
    const [at, found, undecodable] = Effect.runSync(this.#read)
    if (at._tag === "None") {
      if (found.length > 0) judge.violated("a state that was", `${this.name} shows ${list(found)} before it is ready`)
      return
    }
    const revision = Number(at.value)
    const objects = new Map(found.map((object) => [keyOf(object.metadata), object]))
    const aside = new Set(
      undecodable.map(({ metadata: { name = "", namespace } }) => keyOf({ name, namespace }))
    )
    const from = revision < this.#revision ? this.#era + 1 : this.#era
    if (from >= this.truth.eras.length) {
      judge.violated("never older", `${this.name} went back from ${this.#revision} to ${revision}`)
      this.#revision = revision
      return
    }
    let difference = ""
    for (let index = from; index < this.truth.eras.length; index++) {
      const differs = this.#differs(this.truth.eras[index]!, revision, objects, aside)
      if (differs !== undefined) {
        difference += `; era ${index}: ${differs}`
        continue
      }
      this.#era = index
      this.#revision = revision
      if (this.#looks++ % 8 === 0) this.#lookAtIndexes(objects)
      return
    }
    judge.violated("a state that was", `${this.name} shows ${list(objects.values())} at ${revision}${difference}`)
    this.#revision = revision
  }

  #lookAtIndexes(objects: ReadonlyMap<string, Kept>): void {
    const indexes = {
      namespace: (object: Kept) => object.metadata.namespace,
      app: (object: Kept) => object.metadata.labels?.["app"]
    }
    for (const index of ["namespace", "app"] as const) {
      const expected = new Map<string, Set<Kept>>()
      for (const object of objects.values()) {
        const key = indexes[index](object)
        if (key !== undefined) expected.set(key, (expected.get(key) ?? new Set()).add(object))
      }
      const keys = Effect.runSync(this.store.keysOf(index))
      const isSame = keys.length === expected.size && keys.every((key) => {
        const found = Effect.runSync(this.store.by(index, key))
        const those = expected.get(key)
        return those !== undefined && found.length === those.size && found.every((object) => those.has(object))
      })
      if (!isSame) {
        this.judge.violated(
          "indexes",
          `${this.name}: by ${index} it has ${
            keys.map((key) => `${key}: ${list(Effect.runSync(this.store.by(index, key)))}`).join(", ")
          }, expected ${[...expected].map(([key, those]) => `${key}: ${list(those)}`).join(", ")}`
        )
      }
    }
  }

  /** What is different from what the server has now; undefined where nothing is. */
  difference(): string | undefined {
    const [at, found, aside] = Effect.runSync(this.#read)
    if (at._tag === "None") return `${this.name} is not ready`
    const objects = new Map(found.map((object) => [keyOf(object.metadata), object]))
    const names = new Set(aside.map(({ metadata: { name = "", namespace } }) => keyOf({ name, namespace })))
    const differs = this.#differs(this.truth.era, Infinity, objects, names)
    if (differs !== undefined) return `${this.name}: ${differs}`
    for (const [key, object] of this.truth.now()) {
      if (!decodes(object)) continue
      const shown = objects.get(key)
      if (!isDeepStrictEqual(shown, this.truth.view.shown(object))) {
        return `${this.name}: ${key} is ${JSON.stringify(shown)}, expected ${
          JSON.stringify(this.truth.view.shown(object))
        }`
      }
    }
    for (const { metadata, raw } of aside) {
      const object = this.truth.now().get(keyOf({ name: metadata.name ?? "", namespace: metadata.namespace }))
      if (String(metadata.resourceVersion) !== object?.metadata.resourceVersion) {
        return `${this.name}: undecodable ${metadata.name}@${metadata.resourceVersion}, expected @${object?.metadata.resourceVersion}`
      }
      if (!raw.includes("\"value\":7")) return `${this.name}: the raw text of ${metadata.name} is ${raw}`
    }
    return undefined
  }
}

// ------------------------------------------------------------------------------------------------ consumers

/** One consumer's view: what it was told, added up. */
export class ConsumerCheck {
  readonly #view = new Map<string, Kept>()
  /** Objects whose delete was told, and at which of their states. */
  readonly #deleted = new Map<string, number>()
  changes = 0
  deletes = 0

  constructor(
    readonly name: string,
    readonly truth: Truth,
    readonly judge: Judge,
    readonly buffer: number
  ) {}

  take(changes: ReadonlyArray<Store.Change<Kept> | Store.Resync<Kept>>): void {
    this.judge.holds(
      "bounded buffer",
      changes.length <= Math.max(this.buffer, 80) + 40,
      () => `${this.name} got ${changes.length} changes at once with a buffer of ${this.buffer}`
    )
    for (const change of changes) {
      if (change._tag === "Resync") this.#resync(change)
      else this.#take(change)
    }
  }

  /** Everything anew: what is not there is gone, without a word. */
  #resync({ objects }: Store.Resync<Kept>): void {
    this.#view.clear()
    this.#deleted.clear()
    for (const object of objects) {
      this.#checkContent(object)
      this.#view.set(keyOf(object.metadata), object)
    }
  }

  #take(change: Store.Change<Kept>): void {
    const { judge, name } = this
    this.changes++
    const { object } = change
    const key = keyOf(object.metadata)
    const known = this.#view.get(key)
    const was = known === undefined ? "nothing" : short(known)
    if (change._tag === "Added") {
      judge.holds("changes chain", known === undefined, () => `${name}: Added ${short(object)}, and it saw ${was}`)
    } else {
      const isNext = known !== undefined && isDeepStrictEqual(known, change.previous)
      judge.holds(
        change._tag === "Deleted" && known === undefined ? "deletes once" : "changes chain",
        isNext,
        () => `${name}: ${change._tag} ${short(object)} after ${short(change.previous)}, and it saw ${was}`
      )
      judge.holds(
        "changes chain",
        object.metadata.uid === change.previous.metadata.uid,
        () => `${name}: ${change._tag} ${short(object)}: another uid than before`
      )
    }
    if (change._tag === "Deleted") {
      this.deletes++
      this.#view.delete(key)
      this.#checkDelete(change, key)
      return
    }
    if (known !== undefined && known.metadata.uid === object.metadata.uid) this.#checkOrder(known, object)
    const { uid } = object.metadata
    const deletedAt = this.#deleted.get(uid)
    if (deletedAt !== undefined && version(object) <= deletedAt && !this.#isLater(uid, deletedAt, version(object))) {
      judge.violated("changes in order", `${name}: ${short(object)} again after it was told deleted at ${deletedAt}`)
    }
    this.#checkContent(object)
    this.#view.set(key, object)
  }

  /** Whether a state is of a later era than another, so that it may be told after that one. */
  #isLater(uid: string, before: number, after: number): boolean {
    const first = this.truth.erasOf(uid, before)[0]?.index ?? -1
    return this.truth.erasOf(uid, after).some(({ index }) => index > first)
  }

  #checkOrder(before: Kept, after: Kept): void {
    const { uid } = after.metadata
    if (version(after) > version(before) || this.#isLater(uid, version(before), version(after))) return
    this.judge.violated("changes in order", `${this.name}: ${short(after)} after ${short(before)}`)
  }

  #checkContent(object: Kept): void {
    const { view } = this.truth
    const isTrue = this.truth.written(object.metadata.uid, version(object)).some((written) =>
      !written.isDelete && takes(view, written.object) && isDeepStrictEqual(view.shown(written.object), object)
    )
    if (!isTrue) this.judge.violated("changes are true", `${this.name}: ${JSON.stringify(object)} was never written`)
  }

  #checkDelete({ observed, previous, object }: Store.Deleted<Kept>, key: string): void {
    const { judge, name, truth } = this
    const { uid } = previous.metadata
    this.#deleted.set(uid, version(object))
    // Its version is that of the delete, or of the write by which it left the selector.
    const wasSeen = observed &&
      truth.eras.some(({ log }) =>
        log.some(({ isDelete, object: written, revision }) =>
          revision === version(object) && written.metadata.uid === uid && (isDelete || !takes(truth.view, written))
        )
      )
    // Where nobody saw it go, or its last state could not be read, it is the last known one.
    judge.holds(
      "deletes are true",
      wasSeen || truth.wasGone(uid, key, version(object)),
      () => `${name}: ${short(object)} was told deleted, and was never gone`
    )
  }

  /** What it was told must add up to the store. */
  difference(objects: ReadonlyArray<Kept>): string | undefined {
    if (objects.length === this.#view.size) {
      const isSame = objects.every((object) => isDeepStrictEqual(this.#view.get(keyOf(object.metadata)), object))
      if (isSame) return undefined
    }
    return `${this.name} was told of ${list(this.#view.values())}, the store has ${list(objects)}`
  }
}

// ------------------------------------------------------------------------------------------------ events

/** The grammar of a watcher's events (W39), and that their versions go forward. */
export class GrammarCheck {
  #phase: "before" | "listing" | "watching" = "before"
  #listed = new Set<string>()
  #reason: Watcher.InitReason = "Start"
  #known = -1
  readonly reasons: Array<Watcher.InitReason> = []

  constructor(readonly name: string, readonly judge: Judge) {}

  take(events: Iterable<Watcher.Event<Kept>>): void {
    for (const event of events) {
      const wrong = this.#take(event)
      if (wrong !== undefined) this.judge.violated("grammar", `${this.name}: ${event._tag}: ${wrong}`)
    }
  }

  #forward(version: string | undefined, mayBeSame: boolean): string | undefined {
    const now = Number(version)
    const before = this.#known
    this.#known = now
    if (now > before || (mayBeSame && now === before)) return undefined
    return `version ${version} after ${before}`
  }

  #take(event: Watcher.Event<Kept>): string | undefined {
    const phase = this.#phase
    switch (event._tag) {
      case "Init":
        this.#phase = "listing"
        this.#listed = new Set()
        this.#reason = event.reason
        this.reasons.push(event.reason)
        return (event.reason === "Start") === (this.#known === -1) ? undefined : `${event.reason} at ${this.#known}`
      case "InitPage":
        for (const { metadata } of event.objects) {
          if (this.#listed.has(keyOf(metadata))) return `${keyOf(metadata)} is listed twice`
          this.#listed.add(keyOf(metadata))
        }
        return phase === "listing" ? undefined : `while ${phase}`
      case "InitDone":
        this.#phase = "watching"
        if (this.#reason === "HistoryReset") this.#known = -1
        return phase === "listing" ? this.#forward(event.resourceVersion, true) : `while ${phase}`
      case "Applied":
      case "Deleted":
        return phase === "watching" ? this.#forward(event.object.metadata.resourceVersion, false) : `while ${phase}`
      case "Bookmark":
        return phase === "watching" ? this.#forward(event.resourceVersion, true) : `while ${phase}`
      case "Undecodable":
        if (event.change === "Listed") return phase === "listing" ? undefined : `while ${phase}`
        return phase === "watching" ? this.#forward(event.metadata.resourceVersion, false) : `while ${phase}`
      case "Trouble":
        return undefined
    }
  }
}
