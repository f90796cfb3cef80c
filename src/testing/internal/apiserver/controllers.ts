/**
 * The controllers inside of the server, as in a real cluster: they are told of every write and act on their own a little
 * later, through the same store as everybody else. None of them waits for time, so a test need not move its clock, but
 * for the behaviours that were asked to take some.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { BehaviourRunner } from "./behaviours/runner.js"
import { DefinitionController } from "./definitionController.js"
import { GarbageCollector } from "./garbageCollector.js"
import { NamespaceController } from "./namespaceController.js"
import type { Moment } from "./objectMeta.js"
import { ProtectionController } from "./protectionController.js"
import type { Resources } from "./served.js"
import type { Settings } from "./settings.js"
import type { LogRecord, Storage } from "./storage.js"

/** Something that is told of writes and has work to do because of them. */
export interface InnerController {
  /** Notes what a write means; answers whether there is work now. */
  readonly observe: (record: LogRecord) => boolean
  /** Does one piece of work; answers whether there is more. */
  readonly step: (moment: Moment) => boolean
}

export class Controllers {
  readonly #all: ReadonlyArray<InnerController>
  readonly #behaviours: BehaviourRunner
  #isBusy = false
  #wake: (() => void) | undefined

  constructor(
    storage: Storage,
    resources: Resources,
    settings: Settings,
    readonly moment: (now: number) => Moment,
    more: ReadonlyArray<InnerController> = []
  ) {
    this.#behaviours = new BehaviourRunner(storage, resources, settings.behaviours)
    this.#all = [
      new DefinitionController(storage, resources),
      new ProtectionController(storage),
      ...(settings.garbageCollector ? [new GarbageCollector(storage, resources)] : []),
      ...(settings.namespaceController ? [new NamespaceController(storage, resources)] : []),
      ...(settings.behaviours.length > 0 ? [this.#behaviours] : []),
      ...more
    ]
    storage.listen(undefined, (record) => {
      let hasWork = false
      for (const controller of this.#all) hasWork = controller.observe(record) || hasWork
      if (!hasWork) return
      this.#isBusy = true
      this.#wake?.()
    })
  }

  /** Makes what behaviours start with. */
  begin(now: number): void {
    this.#behaviours.begin(this.moment(now))
  }

  /** Does all the work that there is, at one moment. */
  settle(now: number): void {
    while (this.#step(now));
  }

  /** Works whenever there is something to do, a piece at a time, so that requests come in between. */
  readonly run: Effect.Effect<never> = Effect.forever(
    Effect.suspend(() =>
      this.#isBusy
        ? Effect.zipRight(
          Effect.yieldNow(),
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            this.#step(now)
            return this.tell
          })
        )
        : this.#waitForWork
    )
  )

  /** Says what the server refused of what behaviours wanted to write. */
  readonly tell = Effect.suspend(() => {
    const { problems } = this.#behaviours
    if (problems.length === 0) return Effect.void
    this.#behaviours.problems = []
    return Effect.forEach(
      problems,
      (problem) => Effect.logWarning(`an inner controller or a behaviour failed: ${problem}`),
      {
        discard: true
      }
    )
  })

  /** Until something is written, or a behaviour's time has come. */
  readonly #waitForWork = Effect.suspend(() => {
    const due = this.#behaviours.nextDue
    if (due === undefined) return this.#idle
    const time = Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.sleep(Math.max(0, due - now)))
    return Effect.race(
      this.#idle,
      Effect.map(time, () => {
        this.#isBusy = true
      })
    )
  })

  /** One piece of work of each; what they write may give any of them more. */
  #step(now: number): boolean {
    const moment = this.moment(now)
    this.#isBusy = false
    for (const controller of this.#all) {
      try {
        this.#isBusy = controller.step(moment) || this.#isBusy
      } catch (cause) {
        // One that stumbles over an object goes on with the next write; the others do not notice.
        this.#behaviours.problems.push(cause instanceof Error ? cause.message : String(cause))
      }
    }
    return this.#isBusy
  }

  readonly #idle = Effect.async<void>((resume) => {
    if (this.#isBusy) return resume(Effect.void)
    this.#wake = () => {
      this.#wake = undefined
      resume(Effect.void)
    }
    return Effect.sync(() => {
      this.#wake = undefined
    })
  })
}
