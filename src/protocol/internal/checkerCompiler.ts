/**
 * Checkers as generated code: one function for each struct, made when a value of it first arrives. Such a function tells
 * quickly what fits, and deals with its nulls; why something does not fit, the closures find out.
 *
 * Of `{ required: ["name"], fields: { name: "string", image: "string", args: { list: "string" }, probe: () => Probe } }`
 * this is made:
 *
 *     let struct0 = (value) => (struct0 = checkOf(0))(value)
 *     return (value) => {
 *       let present = 0
 *       let drops = false
 *       for (const key in value) {
 *         const item = value[key]
 *         switch (key) {
 *           case "name":
 *             if (typeof item === "string") { present++; continue }
 *             break
 *           case "image":
 *             if (typeof item === "string") continue
 *             break
 *           case "args":
 *             if (Array.isArray(item)) {
 *               for (let i = 0; i < item.length; i++) {
 *                 const item1 = item[i]
 *                 if (typeof item1 === "string") continue
 *                 return refused
 *               }
 *               continue
 *             }
 *             break
 *           case "probe":
 *             if (typeof item === "object" && item !== null && !Array.isArray(item)) {
 *               const checked = struct0(item)
 *               if (checked === refused) return refused
 *               if (checked !== item) put(value, key, item, checked)
 *               continue
 *             }
 *             break
 *           default:
 *             continue
 *         }
 *         // only a null, an undefined and what does not fit come here
 *       }
 *       if (present < required.size) return refused
 *       return drops ? withoutNulls(value) : value
 *     }
 *
 * It goes through the keys that are there instead of asking for every field that could be: objects of a struct with many
 * fields come in so many shapes that V8 forgets where their fields are, and to find that a field is absent is then slow.
 * For a struct of few fields the loop costs more than they do, so there each is asked for:
 *
 *     field0: {
 *       const item = value["name"]
 *       if (typeof item === "string") { break field0 }
 *       if (item !== null) return refused
 *       return refused
 *     }
 *     field1: {
 *       const item = value["image"]
 *       if (typeof item === "string") { break field1 }
 *       if (item === undefined) break field1
 *       if (item !== null) return refused
 *       drops = true
 *     }
 *
 * Names of fields come into the code as JSON strings, and nothing else of a descriptor does.
 */
import type { Fields } from "./actual.js"
import { nullInField, nullWhereRequired, type OnNull, put, scalars } from "./checkerRules.js"
import type { Struct, StructRef, Type } from "./descriptor.js"
import { setKey } from "./json.js"

/** What a generated function answers for what does not fit. */
export const refused: unique symbol = Symbol("refused")

/** Checks an object, of which it is known that it is one: the answer is it, what takes its place, or `refused`. */
export type FastCheck = (value: Fields) => unknown

// ---------------------------------------------------------------- types

/** Where a value is: the variable that has it, and expressions for the object or list and the key under which it is. */
interface Place {
  readonly item: string
  readonly holder: string
  readonly key: string
  readonly depth: number
}

const inside = (place: Place): Place => {
  const depth = place.depth + 1
  return { item: `item${depth}`, holder: place.item, key: `key${depth}`, depth }
}

const isFields = (variable: string): string =>
  `typeof ${variable} === "object" && ${variable} !== null && !Array.isArray(${variable})`

/** The text of one function. `references` are the structs that it calls, by number. */
class Generator {
  readonly references: Array<StructRef> = []

  /** Statements that run `then` if a value of the type is at the place, and go on if not. */
  whereFits(type: Type, place: Place, then: string): string {
    if (typeof type === "string") return `if (${scalars[type].test(place.item)}) { ${then} }\n`
    if (typeof type === "function") return this.struct(type, place, then)
    if ("merged" in type) return this.struct(type.merged, place, then)
    if ("list" in type) return this.list(type.list, place, then)
    if ("record" in type) return this.record(type.record, place, then)
    // JSON tells the two apart, so at most one of them takes the value.
    return this.whereFits(type.either[0], place, then) + this.whereFits(type.either[1], place, then)
  }

  private struct(reference: StructRef, { holder, item, key }: Place, then: string): string {
    const index = this.references.push(reference) - 1
    return `if (${isFields(item)}) {
      const checked = struct${index}(${item})
      if (checked === refused) return refused
      if (checked !== ${item}) put(${holder}, ${key}, ${item}, checked)
      ${then}
    }\n`
  }

  private list(type: Type, { item, ...place }: Place, then: string): string {
    const element = inside({ item, ...place })
    return `if (Array.isArray(${item})) {
      for (let ${element.key} = 0; ${element.key} < ${item}.length; ${element.key}++) {
        const ${element.item} = ${item}[${element.key}]
        ${this.whereFits(type, element, "continue")}
        return refused
      }
      ${then}
    }\n`
  }

  /**
   * As a list, of `item[key1]` for each `key1 in item`. An undefined entry is none, and a null becomes what is empty:
   *
   *     if (item1 === undefined) continue
   *     if (item1 === null) { put(item, key1, null, []); continue }
   *     return refused
   */
  private record(type: Type, { item, ...place }: Place, then: string): string {
    if (type === "json") return `if (${isFields(item)}) { ${then} }\n`
    const entry = inside({ item, ...place })
    const onNull = nullWhereRequired(type)
    const empty = onNull === "list" ? "[]" : onNull === "record" ? "{}" : undefined
    const replaced = empty && `if (${entry.item} === null) { put(${item}, ${entry.key}, null, ${empty}); continue }`
    return `if (${isFields(item)}) {
      for (const ${entry.key} in ${item}) {
        const ${entry.item} = ${item}[${entry.key}]
        ${this.whereFits(type, entry, "continue")}
        if (${entry.item} === undefined) continue
        ${replaced ?? ""}
        return refused
      }
      ${then}
    }\n`
  }
}

// ---------------------------------------------------------------- structs

/** What is done about a null in a field. */
const nullStatements: { readonly [O in OnNull]: (key: string) => string } = {
  drop: () => "drops = true",
  keep: () => "",
  list: (key) => `put(value, ${key}, null, [])`,
  record: (key) => `put(value, ${key}, null, {})`,
  refuse: () => "return refused"
}

/** Each field asked for, one after the other. */
const fieldByField = (struct: Struct, generator: Generator): string =>
  Object.entries(struct.fields).map(([name, type], i) => {
    const place: Place = { item: "item", holder: "value", key: JSON.stringify(name), depth: 0 }
    return `field${i}: {
      const item = value[${place.key}]
      ${generator.whereFits(type, place, `break field${i}`)}
      ${struct.required?.includes(name) ? "" : `if (item === undefined) break field${i}`}
      if (item !== null) return refused
      ${nullStatements[nullInField(struct, name, type)](place.key)}
    }\n`
  }).join("")

/** The cases of the fields; those that are checked in the same way share one. */
const cases = (struct: Struct, generator: Generator): string => {
  const place: Place = { item: "item", holder: "value", key: "key", depth: 0 }
  const labels = new Map<string, string>()
  for (const [name, type] of Object.entries(struct.fields)) {
    const body = generator.whereFits(type, place, struct.required?.includes(name) ? "present++; continue" : "continue")
    labels.set(body, `${labels.get(body) ?? ""}case ${JSON.stringify(name)}:\n`)
  }
  return Array.from(labels, ([body, label]) => `${label}${body}break\n`).join("")
}

/** Each key that is there. */
const keyByKey = (struct: Struct, generator: Generator): string =>
  `let present = 0
  for (const key in value) {
    const item = value[key]
    switch (key) {
      ${cases(struct, generator)}
      default: continue
    }
    if (item === undefined) continue
    if (item !== null) return refused
    switch (onNull.get(key)) {
      case "drop": drops = true; continue
      case "refuse": return refused
      case "list": put(value, key, null, []); break
      case "record": put(value, key, null, {}); break
    }
    if (required.has(key)) present++
  }
  if (present < required.size) return refused`

/** Where the loop over keys begins to pay off: tried with uniform Pods and with Pods of 200 shapes. */
const fewFields = 6

/** Whether fields can be asked for: none goes by the name of what every object inherits. */
const isSmall = ({ fields, required = [] }: Struct): boolean => {
  const names = Object.keys(fields)
  return names.length <= fewFields && names.every((name) => !(name in Object.prototype)) &&
    required.every((name) => Object.hasOwn(fields, name))
}

/**
 * The copy without its `null`s:
 *
 *     case "name": result["name"] = item; continue
 *     case "image": if (item !== null) result["image"] = item; continue
 *
 * With a statement for each field, V8 knows the next shape of the copy, which makes it
 * three times as fast as one assignment for all.
 */
const assignments = (onNull: ReadonlyMap<string, OnNull>): string => {
  const assignment = ([name, outcome]: readonly [string, OnNull]): string => {
    const key = JSON.stringify(name)
    const assign = name === "__proto__" ? "setKey(result, key, item)" : `result[${key}] = item`
    return `case ${key}: ${outcome === "drop" ? "if (item !== null) " : ""}${assign}; continue\n`
  }
  return Array.from(onNull, assignment).join("")
}

const source = (struct: Struct, onNull: ReadonlyMap<string, OnNull>, generator: Generator): string => {
  const body = isSmall(struct) ? fieldByField(struct, generator) : keyByKey(struct, generator)
  const structs = generator.references.map((_, i) =>
    `let struct${i} = (value) => (struct${i} = checkOf(${i}))(value)\n`
  )
  return `"use strict"
${structs.join("")}
const withoutNulls = (value) => {
  const result = {}
  for (const key in value) {
    const item = value[key]
    switch (key) {
      ${assignments(onNull)}
      default: setKey(result, key, item)
    }
  }
  return result
}
return (value) => {
  let drops = false
  ${body}
  return drops ? withoutNulls(value) : value
}`
}

/**
 * Makes the function of a struct; `checkOf` answers those of the structs inside, when they are first needed. Throws where
 * code may not be generated.
 */
export const compile = (struct: Struct, checkOf: (struct: Struct) => FastCheck): FastCheck => {
  const generator = new Generator()
  const onNull = new Map(
    Object.entries(struct.fields).map(([name, type]) => [name, nullInField(struct, name, type)] as const)
  )
  const text = source(struct, onNull, generator)
  const scope = {
    refused,
    put,
    setKey,
    onNull,
    required: new Set(struct.required),
    checkOf: (index: number) => checkOf(generator.references[index]!())
  }
  // The text returns a function of this type.
  return new Function(...Object.keys(scope), text)(...Object.values(scope)) as FastCheck
}
