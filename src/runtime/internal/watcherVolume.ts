/**
 * How loud a watcher is, so that who reads its log in the morning after a night of troubles finds each of them and not
 * ten thousand lines. What goes wrong is a warning once; the same again is for debugging, until five minutes have passed,
 * then ten, twenty and forty, then an hour. It is said once more when nothing was said of a trouble that has lasted a minute,
 * for the last that was said may have been that all was well. That all is well again is said where a warning was.
 *
 * Times are milliseconds of a clock that only goes forward.
 */
const minute = 60_000
const firstQuiet = 5 * minute
const hour = 60 * minute

/** What was said of one kind of trouble. */
interface Said {
  /** When it was said, how often it has come since then, and when last. */
  at: number
  count: number
  last: number
  /** For how long it is not said again. */
  quiet: number
}

/** A trouble that lasts: from the first failure until all is well. */
interface Trouble {
  readonly since: number
  tries: number
  said: boolean
}

export interface Word {
  readonly loud: boolean
  /** How often this came since it was said last, and for how long that is; this time included. */
  readonly count: number
  readonly millis: number
}

export interface Well {
  readonly loud: boolean
  readonly tries: number
  readonly millis: number
}

export class Volume {
  private readonly kinds = new Map<string, Said>()
  private trouble: Trouble | undefined

  /** Whether something went wrong since all was well. */
  get troubled(): boolean {
    return this.trouble !== undefined
  }

  /** A failure that keeps the watcher from its work. One that is no news is said where it has lasted. */
  failed(kind: string, time: number, isNews: boolean): Word {
    const trouble = this.trouble ??= { since: time, tries: 0, said: false }
    trouble.tries++
    const overdue = !trouble.said && time - trouble.since >= minute
    if (!isNews && !overdue) return { loud: false, count: 1, millis: 0 }
    const word = this.word(kind, time, overdue)
    if (word.loud) trouble.said = true
    return word
  }

  /** Something else that is worth a warning. The kinds must be few. */
  word(kind: string, time: number, overdue = false): Word {
    const said = this.kinds.get(kind)
    if (said === undefined) {
      this.kinds.set(kind, { at: time, count: 0, last: time, quiet: firstQuiet })
      return { loud: true, count: 1, millis: 0 }
    }
    const rested = time - said.last >= hour
    said.last = time
    said.count++
    const word = { loud: overdue || time - said.at >= said.quiet, count: said.count, millis: time - said.at }
    if (word.loud) {
      said.quiet = rested ? firstQuiet : overdue ? said.quiet : Math.min(2 * said.quiet, hour)
      said.at = time
      said.count = 0
    }
    return word
  }

  /** All is well. Undefined where it was so before. */
  well(time: number): Well | undefined {
    const { trouble } = this
    this.trouble = undefined
    return trouble === undefined
      ? undefined
      : { loud: trouble.said, tries: trouble.tries, millis: time - trouble.since }
  }
}
