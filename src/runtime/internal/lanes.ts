/**
 * First in, first out within a priority; higher priorities first, but for one entry of a lower one whenever it was
 * passed over so many times: changes that never end must not keep the first list from being worked off. There are
 * few different priorities, so the lanes are found by a walk, and a lane is an array with a moving head.
 */

/** What can stand in a lane; it holds its own place. */
export interface Queued {
  priority: number
  /** The place since the lane was made, -1 outside. */
  lanePosition: number
}

interface Lane<A> {
  readonly priority: number
  slots: Array<A | undefined>
  /** The index of the first slot that may be taken. */
  head: number
  /** How many slots were cut off at the front: position = cut + index. */
  cut: number
  live: number
  /** How often another priority was served since this one was. */
  passed: number
}

/** How many of higher priorities come at most before one of a lower priority does. */
const defaultPatience = 32

/** Empty lanes beyond this many are dropped. */
const keptLanes = 8
const compactAt = 1024

export class Lanes<A extends Queued> {
  private lanes: Array<Lane<A>> = []
  size = 0

  constructor(private readonly patience: number = defaultPatience) {}

  push(entry: A): void {
    const lane = this.laneOf(entry.priority)
    entry.lanePosition = lane.cut + lane.slots.length
    lane.slots.push(entry)
    lane.live++
    this.size++
  }

  /** Takes an entry out of the lane of its present priority. */
  remove(entry: A): void {
    if (entry.lanePosition < 0) return
    const lane = this.laneOf(entry.priority)
    lane.slots[entry.lanePosition - lane.cut] = undefined
    entry.lanePosition = -1
    lane.live--
    this.size--
    if (lane.live === 0) this.tidy(lane)
  }

  shift(): A | undefined {
    if (this.size === 0) return undefined
    const lane = this.next()
    if (lane === undefined) return undefined
    let entry = lane.slots[lane.head++]
    while (entry === undefined) entry = lane.slots[lane.head++]
    entry.lanePosition = -1
    lane.live--
    lane.passed = 0
    this.size--
    this.tidy(lane)
    return entry
  }

  /** The highest lane that holds something, or the one that has been passed over for longest, if that is too long. */
  private next(): Lane<A> | undefined {
    let first: Lane<A> | undefined
    let late: Lane<A> | undefined
    for (const lane of this.lanes) {
      if (lane.live === 0) continue
      first ??= lane
      if (++lane.passed > this.patience && (late === undefined || lane.passed > late.passed)) late = lane
    }
    return late ?? first
  }

  /** How many entries stand in the lane of a priority. */
  depth(priority: number): number {
    return this.lanes.find((lane) => lane.priority === priority)?.live ?? 0
  }

  private laneOf(priority: number): Lane<A> {
    const lanes = this.lanes
    let index = 0
    while (index < lanes.length && lanes[index].priority > priority) index++
    if (index < lanes.length && lanes[index].priority === priority) return lanes[index]
    const lane: Lane<A> = { priority, slots: [], head: 0, cut: 0, live: 0, passed: 0 }
    lanes.splice(index, 0, lane)
    return lane
  }

  private tidy(lane: Lane<A>): void {
    if (lane.live === 0) {
      lane.cut += lane.slots.length
      lane.slots = []
      lane.head = 0
      lane.passed = 0
      if (this.lanes.length > keptLanes) this.lanes = this.lanes.filter((other) => other !== lane)
    } else if (lane.head >= compactAt && lane.head * 2 > lane.slots.length) {
      lane.slots = lane.slots.slice(lane.head)
      lane.cut += lane.head
      lane.head = 0
    } else {
      lane.slots[lane.head - 1] = undefined
    }
  }
}
