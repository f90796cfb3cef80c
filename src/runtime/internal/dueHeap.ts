/**
 * A binary heap of things that are due at a time, earliest first; equal times in the order in which they were given.
 * Each entry knows its place, so that it can be moved or taken out without leaving anything behind: a key that is
 * requeued for an hour later and changed every second must not fill the heap.
 */

/** What can stand in the heap; it holds its own place in it. */
export interface Due {
  due: number
  /** The order among equal times. */
  dueOrder: number
  /** The place in the heap, -1 outside. */
  heapIndex: number
}

const before = (a: Due, b: Due): boolean => a.due < b.due || (a.due === b.due && a.dueOrder < b.dueOrder)

export class DueHeap<A extends Due> {
  private readonly entries: Array<A> = []
  private order = 0

  get size(): number {
    return this.entries.length
  }

  peek(): A | undefined {
    return this.entries[0]
  }

  /** Puts an entry in at a time, or moves it there. */
  schedule(entry: A, due: number): void {
    if (entry.heapIndex >= 0) {
      const earlier = due < entry.due
      entry.due = due
      if (earlier) this.up(entry)
      else this.down(entry)
      return
    }
    entry.due = due
    entry.dueOrder = this.order++
    entry.heapIndex = this.entries.length
    this.entries.push(entry)
    this.up(entry)
  }

  remove(entry: A): void {
    const index = entry.heapIndex
    if (index < 0) return
    entry.heapIndex = -1
    const last = this.entries.pop()
    if (last === undefined || last === entry) return
    last.heapIndex = index
    this.entries[index] = last
    this.up(last)
    this.down(last)
  }

  clear(): ReadonlyArray<A> {
    const all = this.entries.splice(0)
    for (const entry of all) entry.heapIndex = -1
    return all
  }

  private up(entry: A): void {
    const entries = this.entries
    let index = entry.heapIndex
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = entries[parentIndex]
      if (!before(entry, parent)) break
      entries[index] = parent
      parent.heapIndex = index
      index = parentIndex
    }
    entries[index] = entry
    entry.heapIndex = index
  }

  private down(entry: A): void {
    const entries = this.entries
    const half = entries.length >> 1
    let index = entry.heapIndex
    while (index < half) {
      let childIndex = 2 * index + 1
      if (childIndex + 1 < entries.length && before(entries[childIndex + 1], entries[childIndex])) childIndex++
      const child = entries[childIndex]
      if (!before(child, entry)) break
      entries[index] = child
      child.heapIndex = index
      index = childIndex
    }
    entries[index] = entry
    entry.heapIndex = index
  }
}
