/**
 * One attempt to set a place in a draft. A value is built from its shape and shown to the server; a refusal names paths,
 * and there the next value is tried, a required field added, or a forbidden one taken away, until the server takes it or
 * nothing is left to try.
 */
import { hints, keysOf, valuesOf } from "./candidates.js"
import { type Coverage, idOf } from "./coverage.js"
import { get, isServed, isSet, parsed, type Path, printed, set, startsWith } from "./paths.js"
import { seedOf } from "./seeds.js"
import type { Answer, Json } from "./server.js"
import type { Shape, Shapes } from "./shapes.js"

/** Asks the server what it makes of a draft, without consequences. */
export type Judge = (draft: Json) => Promise<Answer>

export interface World {
  readonly shapes: Shapes
  readonly coverage: Coverage
  readonly judge: Judge
  readonly root: Shape
}

export type Outcome =
  | { readonly taken: true; readonly draft: Json; readonly answer: Json }
  | { readonly taken: false; readonly reason: string }

interface Choice {
  readonly path: Path
  readonly values: Array<(path: Path) => unknown>
  readonly seen: Set<string>
  next: number
}

interface Refusal {
  readonly path: Path
  readonly reason: string
  readonly message: string
}

const budget = 48
const extras = 3

/** Answers the draft with something at the path, or why the server takes nothing there. `start` may make the value. */
export const fill = async (
  world: World,
  draft: Json,
  target: Path,
  start?: (build: (shape: Shape, path: Path) => unknown) => unknown
): Promise<Outcome> => {
  const { coverage, root, shapes } = world
  const trial = structuredClone(draft)
  const choices = new Map<string, Choice>()
  const added: Array<Path> = []
  const banned = new Set<string>()

  // ---------------------------------------------------------------- building

  const fieldOf = (path: Path): string =>
    String(path.findLast((key) => typeof key === "string" && !/[./]/.test(key)) ?? "")

  /** The number of the element that a field tells apart from the others of its list. */
  const indexOf = (path: Path): number => {
    for (let at = path.length - 1; at > 0; at--) {
      const index = path[at]
      if (typeof index !== "number") continue
      const list = shapes.at(root, path.slice(0, at))
      const field = path[at + 1]
      const apart = at === path.length - 1 ||
        (at === path.length - 2 && list?.tag === "list" && (list.keys.includes(String(field)) || field === "name"))
      return apart ? index : 0
    }
    return 0
  }

  const forget = (path: Path): void => {
    for (const [key, choice] of choices) {
      if (choice.path.length > path.length && startsWith(choice.path, path)) choices.delete(key)
    }
  }

  const choose = (path: Path, values: ReadonlyArray<(path: Path) => unknown>): unknown => {
    const choice: Choice = { path, values: [...values], seen: new Set(), next: 0 }
    choices.set(printed(path), choice)
    return take(choice)
  }

  const take = (choice: Choice): unknown => {
    while (choice.next < choice.values.length) {
      forget(choice.path)
      const value = choice.values[choice.next++]!(choice.path)
      const text = JSON.stringify(value)
      if (choice.seen.has(text)) continue
      choice.seen.add(text)
      return value
    }
    return undefined
  }

  const build = (shape: Shape, path: Path): unknown => {
    const field = typeof path[path.length - 1] === "string" ? idAt(path) : undefined
    const seed = field === undefined ? undefined : seedOf(field)
    return seed === undefined || shape.tag === "leaf"
      ? ofShape(shape, path, seed)
      : choose(path, [() => seed, () => ofShape(shape, path)])
  }

  const ofShape = (shape: Shape, path: Path, seed?: unknown): unknown => {
    switch (shape.tag) {
      case "leaf": {
        const id = idAt(path)
        const before = id === undefined ? undefined : coverage.taken.get(id)
        const values = valuesOf(shape, fieldOf(path), indexOf(path))
        const learned = id === undefined ? [] : coverage.learned.get(id) ?? []
        const first = [seed, indexOf(path) > 0 ? undefined : before].filter((value) => value !== undefined)
        return choose(path, [...first, ...learned, ...values].map((value) => () => structuredClone(value)))
      }
      case "list":
        return [build(shape.item, [...path, 0])]
      case "record": {
        const inner = shape.value
        return choose(path, keysOf(inner).map((key) => () => ({ [key]: build(inner, [...path, key]) })))
      }
      case "struct": {
        const value = (seedOf(shape.name) ?? {}) as Json
        for (const [key, whole] of Object.entries(value)) {
          const inner = [...path, key]
          const leaf = shapes.at(root, inner)
          if (leaf?.tag !== "leaf") continue
          const number = indexOf(inner)
          const others = valuesOf(leaf, key, number)
          value[key] = choose(inner, (number > 0 ? [...others, whole] : [whole, ...others]).map((one) => () => one))
        }
        for (const field of shape.required) {
          if (field in value) continue
          const at = shape.fields.get(field)
          if (at !== undefined && !recursive(path, shape.name)) value[field] = build(at, [...path, field])
        }
        return value
      }
    }
  }

  /** Whether a struct holds itself so often already that it is enough. */
  const recursive = (path: Path, name: string): boolean => {
    let found = 0
    for (let length = 0; length < path.length; length++) {
      const shape = shapes.at(root, path.slice(0, length))
      if (shape?.tag === "struct" && shape.name === name) found++
    }
    return found > 2
  }

  const idAt = (path: Path): string | undefined => idOfPath(world, path)

  // ---------------------------------------------------------------- repairing

  const isOurs = (path: Path): boolean => startsWith(path, target) || added.some((one) => startsWith(path, one))

  const put = (path: Path, value: unknown): void => set(trial, path, value)

  /** Puts something at a path that is not set, with what must be around it. */
  const require = (path: Path): boolean => {
    for (let length = 1; length <= path.length; length++) {
      const at = path.slice(0, length)
      const there = get(trial, at)
      if (there !== undefined && there !== null && (length < path.length || isSet(there))) continue
      const shape = shapes.at(root, at)
      if (shape === undefined || typeof at[at.length - 1] === "number" && !Array.isArray(get(trial, at.slice(0, -1)))) {
        return false
      }
      put(at, build(shape, at))
    }
    return true
  }

  /** The fields of a struct one after the other: where one of them must be set, but the server does not say which. */
  const alternatives = (path: Path, message = ""): boolean => {
    const shape = shapes.at(root, path)
    const value = get(trial, path)
    if (shape?.tag !== "struct" || value === undefined || shape.fields.size > 60 || choices.has(printed(path))) {
      return false
    }
    const base = structuredClone(value) as Json
    const fields = [...shape.fields].filter(([field]) => !(field in base) && !banned.has(printed([...path, field])))
    const told = new Set(message.toLowerCase().match(/\w+/g))
    const rank = (field: string): number =>
      (told.has(field.toLowerCase()) ? 0 : 2) + (coverage.has(idOf(shape, field)) ? 1 : 0)
    fields.sort(([a], [b]) => rank(a) - rank(b))
    if (fields.length === 0) return false
    put(
      path,
      choose(path, fields.map(([field, below]) => () => ({ ...base, [field]: build(below, [...path, field]) })))
    )
    return true
  }

  const advance = (choice: Choice): boolean => {
    const value = take(choice)
    if (value === undefined) return false
    put(choice.path, value)
    return true
  }

  /** Tries the next value at a path, below it, or around it, in this order. */
  const advanceAt = (path: Path, message: string): boolean => {
    const exact = choices.get(printed(path))
    const told = hints(message, leafAt(path))
    if (exact !== undefined && told.length > 0) exact.values.splice(exact.next, 0, ...told.map((value) => () => value))
    const below = [...choices.values()].filter((one) => one.path.length > path.length && startsWith(one.path, path))
    const around = [...choices.values()].filter((one) => one.path.length < path.length && startsWith(path, one.path))
    if (exact !== undefined && advance(exact)) return true
    const fields = (): boolean =>
      exact === undefined &&
      (alternatives(path, message) || lastElement(path).some((one) => alternatives(one, message)))
    if (/one of|required|specif|exactly/i.test(message) && fields()) return true
    if (below.reverse().some(advance) || fields()) return true
    return around.sort((one, other) => other.path.length - one.path.length).some(advance)
  }

  /** Some refusals of an element only name its list. */
  const lastElement = (path: Path): ReadonlyArray<Path> => {
    const value = get(trial, path)
    return Array.isArray(value) && value.length > 0 ? [[...path, value.length - 1]] : []
  }

  const leafAt = (path: Path) => {
    const shape = shapes.at(root, path)
    return shape?.tag === "leaf" ? shape : undefined
  }

  const repair = (refusal: Refusal): boolean => {
    const { message, reason } = refusal
    const path = shapes.at(root, refusal.path) === undefined && isOurs(refusal.path)
      ? nearest(refusal.path)
      : refusal.path
    const here = get(trial, path)
    if (reason === "FieldValueNotSupported") {
      const id = idAt(path)
      const values = hints(message.slice(message.indexOf("supported values")), leafAt(path)).filter((one) =>
        typeof one === "string"
      )
      if (id !== undefined && values.length > 0) coverage.learned.set(id, values)
    }
    if (startsWith(target, path) && path.length < target.length) return advanceAt(target, message)
    const unset = !isSet(here) && here !== false && here !== 0
    const wanting = reason === "FieldValueRequired" || reason === "FieldValueNotSupported" ||
      /^(Unsupported|Invalid) value: (""|null|0)/.test(message)
    if (reason === "FieldValueForbidden" && path.length === target.length && startsWith(path, target)) return false
    if (wanting && unset) {
      if (banned.has(printed(path))) return false
      if (choices.has(printed(path))) return advanceAt(path, message)
      if (!isOurs(path)) {
        if (added.length >= extras || path.length === 0) return false
        added.push(path)
      }
      if (here !== undefined && here !== null && typeof here === "object" && shapes.at(root, path)?.tag === "struct") {
        return alternatives(path, message)
      }
      return require(path)
    }
    if (!isOurs(path)) return false
    if (
      reason === "FieldValueForbidden" && path.length > target.length && here !== undefined &&
      typeof path[path.length - 1] === "string"
    ) {
      const around = choices.get(printed(path.slice(0, -1)))
      if (around !== undefined) return advance(around) || advanceAt(path, message)
      banned.add(printed(path))
      put(path, undefined)
      return true
    }
    return advanceAt(path, message)
  }

  const nearest = (path: Path): Path => {
    let short = path
    while (short.length > target.length && shapes.at(root, short) === undefined) short = short.slice(0, -1)
    return short
  }

  // ---------------------------------------------------------------- the attempt

  const shape = shapes.at(root, target)
  if (shape === undefined) return { taken: false, reason: "the documents know no such field" }
  if (target.length > 0) put(target, start === undefined ? build(shape, target) : start(build))
  let reason = ""
  let fallback: Outcome | undefined
  for (let tries = 0; tries < budget; tries++) {
    const answer = await world.judge(trial)
    if (answer.code < 300) {
      const outcome: Outcome = { taken: true, draft: structuredClone(trial), answer: answer.body }
      if (target.length === 0 || isServed(get(answer.body, target))) return outcome
      // It was taken, but not kept: such as a zero, which is not written.
      fallback ??= outcome
      const choice = choices.get(printed(target))
      if (choice === undefined || tries > 4 || !advance(choice)) return fallback
      continue
    }
    const refusals = refusalsOf(answer.body, target)
    if (reason === "") reason = String(answer.body["message"]).slice(0, 300)
    if (!refusals.some(repair)) break
  }
  return fallback ?? { taken: false, reason }
}

const refusalsOf = (body: Json, target: Path): ReadonlyArray<Refusal> => {
  const causes: ReadonlyArray<Json> = body["details"]?.causes ?? []
  const told = causes.filter((cause) => typeof cause["field"] === "string" && cause["field"] !== "<nil>").map((
    cause
  ) => ({
    path: parsed(cause["field"]),
    reason: cause["reason"] ?? "",
    message: cause["message"] ?? ""
  }))
  return told.length > 0 ? told : [{ path: target, reason: "", message: String(body["message"] ?? "") }]
}

/** How the field at a path is called, or nothing where there is none. An item of a list has its list's name. */
export const idOfPath = ({ root, shapes }: Pick<World, "root" | "shapes">, path: Path): string | undefined => {
  let at = path
  while (at.length > 0 && typeof at[at.length - 1] === "number") at = at.slice(0, -1)
  const around = shapes.at(root, at.slice(0, -1))
  return around?.tag === "struct" ? idOf(around, String(at[at.length - 1])) : undefined
}
