/**
 * Time for simulations: a Clock and a Scheduler in one. Fibers run one after the other in this thread; when none of them
 * can go on, the clock jumps to the next moment at which one can. So an hour takes milliseconds, and the same seed gives
 * the same run, down to the order of fibers. It is to `TestClock` what a whole night is to a step: a TestClock lets the real
 * event loop turn before each step, which costs a thousand steps seconds, and leaves the order of fibers to it.
 */
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scheduler from "effect/Scheduler"
import * as Supervisor from "effect/Supervisor"
import { Dice } from "./dice.js"

interface Sleeper {
  readonly at: number
  /** Orders those that wake at the same moment: drawn, so that each order comes in some night. */
  readonly order: number
  readonly resume: () => void
  isOver: boolean
}

/** In one moment no more than this is done: more means that something goes round without end. */
const tasksInOneMoment = 500_000

/** The 1st of January 2030. */
const beginning = 1_893_456_000_000

/** Why a run came to no end. */
export class Stuck extends Error {
  constructor(readonly why: "nothing can go on" | "time does not go on") {
    super(why)
  }
}

/** Counts fibers that have not ended. */
class FiberCount extends Supervisor.AbstractSupervisor<number> {
  readonly alive = new Set<Fiber.RuntimeFiber<unknown, unknown>>()
  readonly value = Effect.sync(() => this.alive.size)

  override onStart<A, E, R>(
    _context: Context.Context<R>,
    _effect: Effect.Effect<A, E, R>,
    _parent: Option.Option<Fiber.RuntimeFiber<unknown, unknown>>,
    fiber: Fiber.RuntimeFiber<A, E>
  ): void {
    this.alive.add(fiber)
  }

  override onEnd<A, E>(_value: Exit.Exit<A, E>, fiber: Fiber.RuntimeFiber<A, E>): void {
    this.alive.delete(fiber)
  }
}

export class VirtualTime implements Clock.Clock, Scheduler.Scheduler {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  #now = beginning
  /** A binary heap: the first to wake is at 0. */
  readonly #sleepers: Array<Sleeper> = []
  #sleeping = 0
  #ready: Array<() => void> = []
  #next = 0
  #order = 0
  readonly #dice: Dice
  readonly #fibers = new FiberCount()

  constructor(readonly seed: number, readonly operationsInOneTurn = 2048) {
    this.#dice = new Dice(seed)
  }

  // ---------------------------------------------------------------------------------------------- what a test looks at

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.#now - beginning
  }

  /** Fibers that have not ended. */
  get fibers(): number {
    return this.#fibers.alive.size
  }

  /** Timers that have not ended. */
  get sleeping(): number {
    return this.#sleeping
  }

  // ---------------------------------------------------------------------------------------------- Clock

  unsafeCurrentTimeMillis(): number {
    return this.#now
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(this.#now) * 1_000_000n
  }

  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async<void>((resume) => {
      const millis = Duration.toMillis(duration)
      if (millis === Infinity) return
      const sleeper: Sleeper = {
        at: this.#now + Math.max(0, Math.ceil(millis)),
        order: this.#dice.below(16) * 2 ** 32 + this.#order++,
        resume: () => resume(Effect.void),
        isOver: false
      }
      this.#add(sleeper)
      return Effect.sync(() => {
        if (sleeper.isOver) return
        sleeper.isOver = true
        this.#sleeping--
      })
    })
  }

  #add(sleeper: Sleeper): void {
    this.#sleeping++
    const heap = this.#sleepers
    let at = heap.push(sleeper) - 1
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!isBefore(sleeper, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = sleeper
  }

  #take(): Sleeper {
    const heap = this.#sleepers
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) {
      let at = 0
      for (;;) {
        let child = 2 * at + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
        if (!isBefore(heap[child]!, last)) break
        heap[at] = heap[child]!
        at = child
      }
      heap[at] = last
    }
    return first
  }

  // ---------------------------------------------------------------------------------------------- Scheduler

  shouldYield(fiber: Fiber.RuntimeFiber<unknown, unknown>): number | false {
    return fiber.currentOpCount > this.operationsInOneTurn ? 0 : false
  }

  scheduleTask(task: () => void): void {
    this.#ready.push(task)
  }

  /** Runs what can run now. */
  #runReady(): void {
    let count = 0
    while (this.#next < this.#ready.length) {
      if (++count > tasksInOneMoment) throw new Stuck("time does not go on")
      const task = this.#ready[this.#next]!
      this.#next++
      if (this.#next >= 4096) {
        this.#ready = this.#ready.slice(this.#next)
        this.#next = 0
      }
      task()
    }
    this.#ready = []
    this.#next = 0
  }

  /** Wakes the next sleeper; false where there is none. */
  #wake(): boolean {
    while (this.#sleepers.length > 0) {
      const sleeper = this.#take()
      if (sleeper.isOver) continue
      sleeper.isOver = true
      this.#sleeping--
      this.#now = sleeper.at
      sleeper.resume()
      return true
    }
    return false
  }

  /** Runs an effect to its end. Before the clock goes on, `atRest` may look at how things stand. */
  run<A, E>(effect: Effect.Effect<A, E>, atRest: () => void = () => {}): Exit.Exit<A, E> {
    const whole = effect.pipe(
      Logger.withMinimumLogLevel(LogLevel.None),
      Effect.withRandom(Random.make(this.seed)),
      Effect.withClock(this),
      Effect.supervised(this.#fibers)
    )
    let exit: Exit.Exit<A, E> | undefined
    const fiber = Effect.runFork(
      Effect.locally(whole, FiberRef.unhandledErrorLogLevel, Option.none()),
      { scheduler: this }
    )
    fiber.addObserver((result) => {
      exit = result
    })
    for (;;) {
      this.#runReady()
      if (exit !== undefined) return exit
      const before = this.#now
      const heap = this.#sleepers
      while (heap.length > 0 && heap[0]!.isOver) this.#take()
      if (heap.length > 0 && heap[0]!.at > before) atRest()
      if (!this.#wake()) throw new Stuck("nothing can go on")
    }
  }
}

const isBefore = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
