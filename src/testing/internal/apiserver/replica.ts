/**
 * A replica of the API server that has fallen behind: until it catches up it hears of no write after a revision, and
 * answers what may be old as of then. A read without a resourceVersion asks for the present state and gets it; a list or
 * a get at `0` or at a version that the replica has, and every watch, get what the replica knows
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list).
 */
import type { Served } from "./served.js"

interface Lagging {
  readonly concerns: (served: Served) => boolean
  readonly revision: number
}

export class Replica {
  readonly #lagging = new Set<Lagging>()
  readonly #listeners = new Set<() => void>()

  /** The last revision that the replica has heard of; nothing where it is up to date. */
  revisionOf(served: Served): number | undefined {
    let revision: number | undefined
    for (const each of this.#lagging) {
      if (each.concerns(served)) revision = Math.min(revision ?? each.revision, each.revision)
    }
    return revision
  }

  /** Falls behind; answers how to catch up. */
  fallBehind(concerns: (served: Served) => boolean, revision: number): () => void {
    const lagging = { concerns, revision }
    this.#lagging.add(lagging)
    return () => {
      if (!this.#lagging.delete(lagging)) return
      for (const listener of this.#listeners) listener()
    }
  }

  /** Tells when it has caught up with something. Answers how to stop. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
