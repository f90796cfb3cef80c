/**
 * Secondary indexes of a store (client-go's indexers): from what a function says of an object to the objects. An index
 * costs nothing before it is first asked; from then on each change moves it, and after a list of everything it is made
 * anew when it is asked again. Here an index is its function; names are given to it by who reads.
 */

/** Under which keys an object is found. */
export type IndexOf<K> = (object: K) => Iterable<string>

/** Index key to the keys of the objects. */
type Table = Map<string, Set<string>>

const add = (table: Table, under: Iterable<string>, key: string): void => {
  for (const each of under) {
    const there = table.get(each)
    if (there === undefined) table.set(each, new Set([key]))
    else there.add(key)
  }
}

const take = (table: Table, under: Iterable<string>, key: string): void => {
  for (const each of under) {
    const there = table.get(each)
    if (there?.delete(key) === true && there.size === 0) table.delete(each)
  }
}

export class Indexes<K> {
  /** Those that have been asked. */
  readonly #tables = new Map<IndexOf<K>, Table>()
  /** How many may ask, where readers come and go. */
  readonly #readers = new Map<IndexOf<K>, number>()

  /** What must hear of changes; undefined while no index has been asked. */
  get inUse(): this | undefined {
    return this.#tables.size === 0 ? undefined : this
  }

  find(indexOf: IndexOf<K>, key: string, objects: ReadonlyMap<string, K>): ReadonlyArray<K> {
    const found = this.#table(indexOf, objects).get(key)
    return found === undefined ? [] : Array.from(found, (each) => objects.get(each)!) // a table knows what is there
  }

  keys(indexOf: IndexOf<K>, objects: ReadonlyMap<string, K>): ReadonlyArray<string> {
    return Array.from(this.#table(indexOf, objects).keys())
  }

  change(key: string, previous: K | undefined, object: K | undefined): void {
    for (const [indexOf, table] of this.#tables) {
      try {
        if (previous !== undefined) take(table, indexOf(previous), key)
        if (object !== undefined) add(table, indexOf(object), key)
      } catch {
        // Who asks next makes it anew, and it is there that the function's error shows.
        this.#tables.delete(indexOf)
      }
    }
  }

  /** All objects are other ones. */
  forget(): void {
    this.#tables.clear()
  }

  /** Somebody may ask these from now on. */
  retain(functions: Iterable<IndexOf<K>>): void {
    for (const each of functions) this.#readers.set(each, (this.#readers.get(each) ?? 0) + 1)
  }

  /** Ends one `retain`. What nobody asks any more is not kept. */
  release(functions: Iterable<IndexOf<K>>): void {
    for (const each of functions) {
      const left = (this.#readers.get(each) ?? 0) - 1
      if (left > 0) this.#readers.set(each, left)
      else {
        this.#readers.delete(each)
        this.#tables.delete(each)
      }
    }
  }

  #table(indexOf: IndexOf<K>, objects: ReadonlyMap<string, K>): Table {
    const known = this.#tables.get(indexOf)
    if (known !== undefined) return known
    const table: Table = new Map()
    for (const [key, object] of objects) add(table, indexOf(object), key)
    this.#tables.set(indexOf, table)
    return table
  }
}

/** The indexes of a reader, by the names that it gave them. */
export class IndexNames<K> {
  readonly #functions: ReadonlyMap<string, IndexOf<K>>

  constructor(functions: { readonly [name: string]: IndexOf<K> } | undefined) {
    this.#functions = new Map(Object.entries(functions ?? {}))
  }

  get functions(): Iterable<IndexOf<K>> {
    return this.#functions.values()
  }

  /** Throws a `TypeError` that lists the names, where there is no such index. */
  named(name: string): IndexOf<K> {
    const indexOf = this.#functions.get(name)
    if (indexOf !== undefined) return indexOf
    const names = [...this.#functions.keys()]
    throw new TypeError(
      `no index ${JSON.stringify(name)}: ${names.length === 0 ? "there are none" : `there are ${names.join(", ")}`}`
    )
  }
}
