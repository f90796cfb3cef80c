/** Adds to a draft every field that the server takes. */
import { type Coverage, idOf, make as makeCoverage } from "./coverage.js"
import { get, isServed, type Path, set } from "./paths.js"
import type { Json } from "./server.js"
import type { Shape, Struct } from "./shapes.js"
import { fill, idOfPath, type Outcome, type World } from "./trial.js"

export { type Coverage, makeCoverage }

/** `all`: every field. `wanted`: what no object has shown yet, and what leads there. */
export type Extent = "all" | "wanted"

export interface Refused {
  readonly id: string
  readonly path: Path
  readonly reason: string
}

export interface Saturated {
  readonly draft: Json
  readonly refused: ReadonlyArray<Refused>
}

/** Elements of one list, at most. */
const elements = 64

/** Walks what is at `from` and adds fields there. What is not taken is told with the server's reason. */
export const saturate = async (
  world: World,
  draft: Json,
  from: Path,
  extent: Extent,
  skip: (path: Path) => boolean = () => false
): Promise<Saturated> => {
  const { coverage, root, shapes } = world
  const refused: Array<Refused> = []
  let now = draft

  const accept = (outcome: Outcome, path: Path, id: string): boolean => {
    if (!outcome.taken) {
      coverage.refuse(id)
      refused.push({ id, path, reason: outcome.reason })
      return false
    }
    now = outcome.draft
    const served = get(outcome.answer, path)
    if (isServed(served)) {
      coverage.add(id)
      coverage.scan(shapes.at(root, path)!, served)
    } else {
      coverage.refuse(id)
      refused.push({ id, path, reason: "accepted, but not in what is served" })
    }
    return true
  }

  /** Sets a field, with all that was found for it elsewhere, if the server takes that. */
  const add = async (path: Path, shape: Shape, id: string): Promise<"whole" | "minimal" | undefined> => {
    const before = coverage.taken.get(id)
    if (before !== undefined && shape.tag !== "leaf") {
      const whole = structuredClone(now)
      set(whole, path, structuredClone(before))
      const answer = await world.judge(whole)
      if (answer.code < 300) {
        now = whole
        return "whole"
      }
    }
    const outcome = await fill(world, now, path)
    return accept(outcome, path, id) ? "minimal" : undefined
  }

  const walk = async (path: Path, shape: Shape, extent: Extent, around: ReadonlyArray<string>): Promise<void> => {
    const value = get(now, path)
    if (value === null || typeof value !== "object") return
    if (shape.tag === "list") {
      for (let at = 0; at < (value as Array<unknown>).length; at++) {
        await walk([...path, at], shape.item, at === 0 ? extent : "wanted", around)
      }
      if (shape.item.tag === "struct") await moreElements(path, shape.item, around)
    } else if (shape.tag === "record") {
      for (const key of Object.keys(value)) await walk([...path, key], shape.value, extent, around)
    } else if (shape.tag === "struct") await walkStruct(path, shape, extent, around)
  }

  const walkStruct = async (
    path: Path,
    struct: Struct,
    extent: Extent,
    around: ReadonlyArray<string>
  ): Promise<void> => {
    const depth = around.filter((name) => name === struct.name).length
    // What holds itself without end has a draft by hand, such as the schema of a definition.
    if (depth > 0) return
    const how = depth > 0 || struct.name.endsWith(".meta.v1.ObjectMeta") ? "wanted" : extent
    const within = [...around, struct.name]
    // What is wanted comes first, as of a union's members only one has room.
    const fields = [...struct.fields].sort(([a], [b]) =>
      Number(coverage.has(idOf(struct, a))) - Number(coverage.has(idOf(struct, b)))
    )
    for (const [field, shape] of fields) {
      const at = [...path, field]
      const id = idOf(struct, field)
      if (skip(at)) continue
      const there = get(now, at)
      if (there !== undefined && there !== null) {
        if (how === "all" || coverage.wants(shape)) await walk(at, shape, how, within)
        continue
      }
      if (how === "wanted" && !coverage.wanted(id) && !(coverage.has(id) && coverage.wants(shape))) continue
      if (how === "all" && !coverage.has(id) && !coverage.wanted(id)) continue
      const before = now
      const detour = how === "wanted" && coverage.has(id)
      const known = coverage.size()
      const added = await add(at, shape, id)
      if (added === undefined) continue
      if (added === "minimal" || coverage.wants(shape)) {
        await walk(at, shape, added === "whole" ? "wanted" : how, within)
      }
      // What only led elsewhere, in vain, is left out again.
      if (detour && coverage.size() === known) now = before
      const size = (one: unknown) => JSON.stringify(one ?? "").length
      if (how === "all" && size(get(now, at)) > size(coverage.taken.get(id)) - (coverage.taken.has(id) ? 0 : 3)) {
        coverage.taken.set(id, structuredClone(get(now, at)))
      }
    }
  }

  /** A member of a union that the first element has no room for gets an element of its own. */
  const moreElements = async (path: Path, struct: Struct, around: ReadonlyArray<string>): Promise<void> => {
    for (const [field, shape] of struct.fields) {
      const id = idOf(struct, field)
      if (!coverage.wanted(id)) continue
      const at = (get(now, path) as Array<unknown>).length
      if (at >= elements) return
      const outcome = await fill(world, now, [...path, at], (build) => {
        const element = build(struct, [...path, at]) as Json
        return { ...element, [field]: build(shape, [...path, at, field]) }
      })
      if (!outcome.taken || !isServed(get(outcome.answer, [...path, at, field]))) continue
      now = outcome.draft
      coverage.scan(struct, get(outcome.answer, [...path, at]))
      await walk([...path, at, field], shape, "wanted", [...around, struct.name])
    }
  }

  const shape = shapes.at(root, from)
  if (shape !== undefined) await walk(from, shape, extent, [])
  return { draft: now, refused }
}

/**
 * Sets one field at any price: with other values of what is beside it, or without what is beside it. What must be around
 * it is made.
 */
export const force = async (world: World, draft: Json, path: Path): Promise<Outcome> => {
  let now = draft
  for (let length = 1; length < path.length; length++) {
    const at = path.slice(0, length)
    if (get(now, at) !== undefined) continue
    const outcome = await forceOne(world, now, at)
    if (!outcome.taken) return outcome
    now = outcome.draft
  }
  return forceOne(world, now, path)
}

const forceOne = async (world: World, now: Json, path: Path): Promise<Outcome> => {
  const { coverage, root, shapes } = world
  const kept = (outcome: Outcome): boolean => outcome.taken && get(outcome.answer, path) !== undefined
  const plain = await fill(world, now, path)
  if (kept(plain)) return plain
  const around = path.slice(0, -1)
  const struct = shapes.at(root, around)
  const beside = get(now, around)
  if (struct?.tag !== "struct" || beside === null || typeof beside !== "object") return plain
  for (const [field, shape] of struct.fields) {
    const at = [...around, field]
    const value = get(now, at)
    if (shape.tag !== "leaf" || shape.sort !== "string" || around.length === 0 || field === path[path.length - 1]) {
      continue
    }
    const others = [...new Set([...shape.values, ...coverage.learned.get(idOfPath(world, at) ?? "") ?? []])]
    for (const other of others.filter((one) => one !== value).slice(0, 12)) {
      const changed = structuredClone(now)
      set(changed, at, other)
      const outcome = await fill(world, changed, path)
      if (kept(outcome)) return outcome
    }
  }
  for (const field of Object.keys(beside)) {
    if (around.length === 0 || struct.required.includes(field)) continue
    const changed = structuredClone(now)
    set(changed, [...around, field], undefined)
    const outcome = await fill(world, changed, path)
    if (kept(outcome)) return outcome
  }
  return plain
}
