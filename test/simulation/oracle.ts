/**
 * The oracle knows what is true: it replays what the server has written, write by write. It shares no code with Watcher
 * and Store, nor with the server's own lists and watches: only the log of writes is taken from there.
 */
import type { Selection } from "./script.js"

export interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly labels?: { readonly [name: string]: string }
  readonly managedFields?: unknown
}

/** An object as it is stored. */
export interface Stored {
  readonly metadata: Metadata
  readonly data?: { readonly [key: string]: unknown }
}

export interface Written {
  readonly revision: number
  readonly isDelete: boolean
  /** A delete: the last state, at the revision of the delete. */
  readonly object: Stored
}

/** What one server has written, from nothing on. After a restore another era begins. */
export interface Era {
  readonly index: number
  readonly log: Array<Written>
  /** The revision at which it began to serve: what is older was filled in. */
  begin: number
}

/** What a follower follows, and what its store makes of an object. */
export interface View {
  readonly namespace: string | undefined
  readonly selection: Selection
  readonly shown: (object: Stored) => unknown
}

export const keyOf = (
  { name, namespace }: { readonly name: string; readonly namespace?: string | undefined }
): string => `${namespace ?? ""}/${name}`

export const revisionOf = (object: Stored): number => Number(object.metadata.resourceVersion)

/** The schema of a ConfigMap, as far as the writers break it. */
export const decodes = ({ data }: Stored): boolean =>
  data === undefined || Object.values(data).every((value) => typeof value === "string")

const selections: { readonly [S in Selection]: (object: Stored) => boolean } = {
  "everything": () => true,
  "app=web": ({ metadata }) => metadata.labels?.["app"] === "web",
  "app in (web,api)": ({ metadata }) => metadata.labels?.["app"] === "web" || metadata.labels?.["app"] === "api",
  "!app": ({ metadata }) => metadata.labels?.["app"] === undefined,
  "name b": ({ metadata }) => metadata.name === "b"
}

export const takes = (view: View, object: Stored): boolean =>
  (view.namespace === undefined || view.namespace === object.metadata.namespace) && selections[view.selection](object)

/** The state of a view at a revision of an era. It is moved forward write by write, and begins anew to go back. */
class Replay {
  #at = 0
  #revision = 0
  #objects = new Map<string, Stored>()

  constructor(readonly era: Era, readonly view: View) {}

  state(revision: number): ReadonlyMap<string, Stored> {
    if (revision < this.#revision) {
      this.#at = 0
      this.#objects = new Map()
    }
    const { log } = this.era
    for (; this.#at < log.length && log[this.#at]!.revision <= revision; this.#at++) {
      const { isDelete, object } = log[this.#at]!
      if (isDelete || !takes(this.view, object)) this.#objects.delete(keyOf(object.metadata))
      else this.#objects.set(keyOf(object.metadata), object)
    }
    this.#revision = revision
    return this.#objects
  }
}

/** The truth as seen through one view. */
export class Truth {
  readonly #replays = new Map<Era, Replay>()

  constructor(readonly eras: ReadonlyArray<Era>, readonly view: View) {}

  at(era: Era, revision: number): ReadonlyMap<string, Stored> {
    let replay = this.#replays.get(era)
    if (replay === undefined) this.#replays.set(era, replay = new Replay(era, this.view))
    return replay.state(revision)
  }

  get era(): Era {
    return this.eras[this.eras.length - 1]!
  }

  /** The state of the cluster. */
  now(): ReadonlyMap<string, Stored> {
    return this.at(this.era, Infinity)
  }

  /** The eras in which an object had this state. */
  erasOf(uid: string, revision: number): ReadonlyArray<Era> {
    return this.eras.filter(({ log }) =>
      log.some((written) => written.revision === revision && written.object.metadata.uid === uid)
    )
  }

  /** The states that were written at a revision under a uid: more than one where another era wrote it too. */
  written(uid: string, revision: number): ReadonlyArray<Written> {
    return this.eras.flatMap(({ log }) =>
      log.filter((written) => written.revision === revision && written.object.metadata.uid === uid)
    )
  }

  /** Whether an object, after it had this state, was for a while not in the view. */
  wasGone(uid: string, key: string, revision: number): boolean {
    let isKnown = false
    for (const { begin, log } of this.eras) {
      const hasIt = log.some((written) => written.revision === revision && written.object.metadata.uid === uid)
      // Where it was written: what came after it. In later eras, which may have used its revision again: all of theirs.
      const from = isKnown ? Math.min(begin, hasIt ? revision : begin) : hasIt ? revision : undefined
      if (from === undefined) continue
      isKnown = true
      let present = false
      for (const written of log) {
        const { isDelete, object } = written
        if (keyOf(object.metadata) === key) {
          present = !isDelete && object.metadata.uid === uid && takes(this.view, object)
        }
        if (written.revision >= from && keyOf(object.metadata) === key && !present) return true
      }
      if (!present) return true
    }
    return !isKnown
  }
}
