/**
 * Secondary indexes of a store (client-go's indexers): from what a function says of an object to the objects. An index
 * costs nothing before it is first asked; from then on each change moves it, and after a list of everything it is made
 * anew when it is asked again.
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
  readonly #functions: ReadonlyMap<string, IndexOf<K>>
  /** Those that have been asked. */
  readonly #tables = new Map<string, Table>()

  constructor(functions: { readonly [name: string]: IndexOf<K> }) {
    this.#functions = new Map(Object.entries(functions))
  }

  /** What must hear of changes; undefined while no index has been asked. */
  get inUse(): this | undefined {
    return this.#tables.size === 0 ? undefined : this
  }

  find(name: string, key: string, objects: ReadonlyMap<string, K>): ReadonlyArray<K> {
    const found = this.#table(name, objects).get(key)
    return found === undefined ? [] : Array.from(found, (each) => objects.get(each)!) // a table knows what is there
  }

  keys(name: string, objects: ReadonlyMap<string, K>): ReadonlyArray<string> {
    return Array.from(this.#table(name, objects).keys())
  }

  change(key: string, previous: K | undefined, object: K | undefined): void {
    for (const [name, table] of this.#tables) {
      const indexOf = this.#functions.get(name)!
      try {
        if (previous !== undefined) take(table, indexOf(previous), key)
        if (object !== undefined) add(table, indexOf(object), key)
      } catch {
        // Who asks next makes it anew, and it is there that the function's error shows.
        this.#tables.delete(name)
      }
    }
  }

  /** All objects are other ones. */
  forget(): void {
    this.#tables.clear()
  }

  #table(name: string, objects: ReadonlyMap<string, K>): Table {
    const known = this.#tables.get(name)
    if (known !== undefined) return known
    const indexOf = this.#functions.get(name)
    if (indexOf === undefined) {
      const names = [...this.#functions.keys()]
      throw new TypeError(
        `no index ${JSON.stringify(name)}: ${names.length === 0 ? "there are none" : `there are ${names.join(", ")}`}`
      )
    }
    const table: Table = new Map()
    for (const [key, object] of objects) add(table, indexOf(object), key)
    this.#tables.set(name, table)
    return table
  }
}
