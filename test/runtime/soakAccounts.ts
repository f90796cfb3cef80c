/**
 * The books of the soak: what the writers did, and what each consumer was told. They share no code with Watcher and
 * Store, and hold no objects.
 */
import type { ConfigMap } from "../../src/kinds/core/v1.js"
import type { Change } from "../../src/runtime/Store.js"
import type { Event } from "../../src/runtime/Watcher.js"

/** One object, from its create to its delete. */
interface Life {
  readonly name: string
  /** Its first resourceVersion. */
  readonly created: number
  /** A resourceVersion that was known before its delete was asked for; undefined while it exists. */
  deletedAfter: number | undefined
}

/** What the server has acknowledged to the writers. */
export class Ledger {
  readonly lives = new Map<string, Life>()
  /** The newest resourceVersion that the server has answered to any of them. */
  newest = 0
  writes = 0
  deletes = 0
  /** Writes that had to be sent again. */
  retries = 0

  wrote({ metadata }: ConfigMap): void {
    const version = Number(metadata.resourceVersion)
    this.writes++
    this.newest = Math.max(this.newest, version)
    if (!this.lives.has(metadata.uid)) {
      this.lives.set(metadata.uid, { name: metadata.name, created: version, deletedAfter: undefined })
    }
  }

  /** Before the delete is asked for. */
  deleting(uid: string): void {
    const life = this.lives.get(uid)
    if (life !== undefined) life.deletedAfter ??= this.newest
  }

  deleted(): void {
    this.writes++
    this.deletes++
  }
}

/** Where a watcher could not see: from the last resourceVersion that it had to that of the list it made instead. */
interface Gap {
  readonly from: number
  readonly to: number
}

/** What a watcher said of itself: its lists, and why. */
export class Journal {
  readonly gaps: Array<Gap> = []
  readonly reasons: Record<string, number> = {}
  troubles = 0
  private known = 0
  private from: number | undefined

  read(event: Event<ConfigMap>): void {
    switch (event._tag) {
      case "Init":
        this.from ??= this.known
        this.reasons[event.reason] = (this.reasons[event.reason] ?? 0) + 1
        return
      case "InitDone":
        this.known = Number(event.resourceVersion)
        this.gaps.push({ from: this.from ?? 0, to: this.known })
        this.from = undefined
        return
      case "Applied":
      case "Deleted":
        this.known = Number(event.object.metadata.resourceVersion)
        return
      case "Bookmark":
        this.known = Number(event.resourceVersion)
        return
      case "Trouble":
        this.troubles++
    }
  }

  /** Whether an object came and went again while nobody could see it. */
  explains({ created, deletedAfter }: Life): boolean {
    return this.gaps.some(({ from, to }) => from < created && created <= to && (deletedAfter ?? Infinity) < to)
  }
}

const enough = 20

/** What one consumer was told: that it adds up, and how often each object was reported as deleted. */
export class Account {
  /** The present state by what was told: `uid@resourceVersion` by name. */
  readonly known = new Map<string, string>()
  readonly problems: Array<string> = []
  /** How many deletes of each uid; 0: it was seen and not deleted so far. */
  private readonly deletesOf = new Map<string, number>()
  changes = 0
  deletes = 0

  constructor(readonly name: string) {}

  private problem(text: string): void {
    if (this.problems.length < enough) this.problems.push(`${this.name}: ${text}`)
  }

  take(change: Change<ConfigMap>): void {
    this.changes++
    const { name, resourceVersion, uid } = change.object.metadata
    const previous = change._tag === "Added"
      ? undefined
      : `${change.previous.metadata.uid}@${change.previous.metadata.resourceVersion}`
    const known = this.known.get(name)
    if (known !== previous) this.problem(`${change._tag} ${name}: ${known} was known, the change says ${previous}`)
    if (change._tag === "Deleted") {
      this.deletes++
      this.known.delete(name)
      this.deletesOf.set(uid, (this.deletesOf.get(uid) ?? 0) + 1)
      return
    }
    const after = `${uid}@${resourceVersion}`
    if (known === after) this.problem(`${change._tag} ${name}: told twice`)
    this.known.set(name, after)
    if (!this.deletesOf.has(uid)) this.deletesOf.set(uid, 0)
  }

  /** At the end: each delete that the writers made was told once, and none that they did not make. */
  audit(ledger: Ledger, journal: Journal | undefined): number {
    let unseen = 0
    for (const [uid, life] of ledger.lives) {
      const told = this.deletesOf.get(uid)
      const due = life.deletedAfter === undefined ? 0 : 1
      if (told === undefined) {
        unseen++
        if (due === 0) this.problem(`${life.name} (${uid}) exists and was never told`)
        else if (journal !== undefined && !journal.explains(life)) {
          this.problem(`${life.name} (${uid}) was created and deleted, nothing was told, and no list was in between`)
        }
      } else if (told !== due) this.problem(`${life.name} (${uid}): ${told} deletes were told, there was ${due}`)
    }
    return unseen
  }

  /** That what was told adds up to these objects. */
  compare(objects: ReadonlyArray<ConfigMap>): void {
    const rest = new Map(this.known)
    for (const { metadata } of objects) {
      const told = rest.get(metadata.name)
      rest.delete(metadata.name)
      const is = `${metadata.uid}@${metadata.resourceVersion}`
      if (told !== is) this.problem(`${metadata.name} is ${is}, told was ${told}`)
    }
    for (const [name, told] of rest) this.problem(`${name} does not exist, told was ${told}`)
  }
}
