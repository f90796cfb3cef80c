/** Which fields of which structs have been seen in what the server served, and what was learnt on the way. */
import type { Shape, Shapes, Struct } from "./shapes.js"

/** A field that is refused this often, in different places, is not tried for its own sake any more. */
const patience = 4

export interface Coverage {
  readonly has: (id: string) => boolean
  readonly add: (id: string) => void
  readonly size: () => number
  /** Not seen yet, and not without hope. */
  readonly wanted: (id: string) => boolean
  readonly refuse: (id: string) => void
  /** Whether a value of a shape can hold a field that is wanted. */
  readonly wants: (shape: Shape) => boolean
  /** Adds all fields of an object; answers the paths that the documents do not know. */
  readonly scan: (shape: Shape, value: unknown, path?: string) => ReadonlyArray<string>
  /** Values that the server says a field takes, by its id. */
  readonly learned: Map<string, ReadonlyArray<string>>
  /** Values that were taken, by the field's id. */
  readonly taken: Map<string, unknown>
}

/** How a field is called: `io.k8s.api.core.v1.Container.image`. */
export const idOf = (struct: Struct, field: string): string => `${struct.name}.${field}`

export const make = (shapes: Shapes): Coverage => {
  const seen = new Set<string>()
  const refused = new Map<string, number>()
  const wanted = (id: string): boolean => !seen.has(id) && (refused.get(id) ?? 0) < patience
  /** For each set of fields those that may still be wanted: fields only stop being so. */
  const left = new Map<ReadonlySet<string>, ReadonlyArray<string>>()

  const scan = (shape: Shape, value: unknown, path = ""): ReadonlyArray<string> => {
    if (value === null || typeof value !== "object" || shape.tag === "leaf") return []
    if (Array.isArray(value)) {
      const item = shape.tag === "list" ? shape.item : shape
      return value.flatMap((inner, at) => scan(item, inner, `${path}[${at}]`))
    }
    if (shape.tag === "record") {
      return Object.entries(value).flatMap(([k, inner]) => scan(shape.value, inner, `${path}[${k}]`))
    }
    if (shape.tag === "list") return [`${path} is an object`]
    return Object.entries(value).flatMap(([field, inner]) => {
      const below = shape.fields.get(field)
      if (below === undefined) return [`${path}.${field}`]
      if (inner !== null) seen.add(idOf(shape, field))
      return scan(below, inner, `${path}.${field}`)
    })
  }

  return {
    has: (id) => seen.has(id),
    add: (id) => void seen.add(id),
    size: () => seen.size,
    wanted,
    refuse: (id) => void refused.set(id, (refused.get(id) ?? 0) + 1),
    wants: (shape) => {
      const all = shapes.reachable(shape)
      const some = (left.get(all) ?? [...all]).filter(wanted)
      left.set(all, some)
      return some.length > 0
    },
    scan,
    learned: new Map(),
    taken: new Map()
  }
}
