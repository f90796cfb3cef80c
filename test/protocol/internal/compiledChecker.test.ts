/**
 * The compiled checker, the closures and the Schema of a kind are one rule in three forms: they give the same verdict,
 * the same issues in the same order, and the same value, whatever arrives.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { isDeepStrictEqual, promisify } from "node:util"
import { ComponentStatus } from "../../../src/kinds/core/v1.js"
import * as checker from "../../../src/protocol/internal/checker.js"
import { compile, type FastCheck as Compiled, refused } from "../../../src/protocol/internal/checkerCompiler.js"
import {
  type Fields,
  isFields,
  type Mode,
  type ObjectChecker,
  objectChecker,
  type Root
} from "../../../src/protocol/internal/codec.js"
import type { Struct, Type } from "../../../src/protocol/internal/descriptor.js"
import { isSecret } from "../../../src/protocol/internal/secret.js"
import { formatIssue, type Issue } from "../../../src/protocol/KubeError.js"
import * as Resource from "../../../src/protocol/Resource.js"
import { type BuiltinKind, everyKind, metadata, type Place, places, sample, sampleObject } from "../../kinds/all.js"

// ---------------------------------------------------------------- what arrives

/**
 * Something that is done to an object: the text of any JSON is put in, `undefined` where a program made the object, or a
 * field with a name of its own beside what is there; or something is taken out.
 */
type Mutation =
  | { readonly put: "nothing"; readonly path: Place["path"] }
  | { readonly put: "text"; readonly path: Place["path"]; readonly text: string }
  | { readonly put: "undefined"; readonly path: Place["path"] }
  | { readonly put: "field"; readonly path: Place["path"]; readonly name: string; readonly text: string }

const edges = [
  "null",
  "true",
  "\"\"",
  "\"text\"",
  "0",
  "-0",
  "1.5",
  "2147483647",
  "2147483648",
  "-2147483648",
  "-2147483649",
  "9007199254740991",
  "9007199254740993",
  "-9007199254740992",
  "1e400",
  "[]",
  "{}",
  "[null]",
  "[{}]",
  "[\"a\",1]",
  "{\"a\":null}",
  "{\"a\":[null]}",
  "{\"a\":1,\"a\":null}",
  "{\"__proto__\":null,\"constructor\":\"a\",\"toString\":{}}"
]

const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "length", "newerField", "a b", ""]

const texts = FastCheck.oneof(
  { arbitrary: FastCheck.constant("null"), weight: 3 },
  { arbitrary: FastCheck.constantFrom(...edges), weight: 6 },
  { arbitrary: FastCheck.json({ maxDepth: 2 }), weight: 1 }
)

const mutationAt = (path: Place["path"]): FastCheck.Arbitrary<Mutation> =>
  FastCheck.oneof(
    {
      arbitrary: FastCheck.record({
        put: FastCheck.constant("text" as const),
        path: FastCheck.constant(path),
        text: texts
      }),
      weight: 6
    },
    { arbitrary: FastCheck.constant({ put: "undefined" as const, path }), weight: 1 },
    { arbitrary: FastCheck.constant({ put: "nothing" as const, path }), weight: 1 },
    {
      arbitrary: FastCheck.record({
        put: FastCheck.constant("field" as const),
        path: FastCheck.constant(path),
        name: FastCheck.constantFrom(...names),
        text: texts
      }),
      weight: 2
    }
  )

/** Sets what is at a path, if the path is still there. */
const assign = (root: unknown, path: Place["path"], value: unknown): void => {
  let holder = root
  for (const key of path.slice(0, -1)) {
    if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, key)) return
    holder = (holder as { readonly [key: string | number]: unknown })[key]
  }
  const last = path[path.length - 1]!
  if (typeof holder !== "object" || holder === null || (Array.isArray(holder) && typeof last !== "number")) return
  Object.defineProperty(holder, last, { value, enumerable: true, configurable: true, writable: true })
}

/** The text of a mutated object. Texts go in as they are, so that all of JSON can be written: `-0`, a key twice. */
const mutatedText = (text: string, mutations: ReadonlyArray<Mutation>): string => {
  const object: unknown = JSON.parse(text)
  const raw: Array<string> = []
  for (const mutation of mutations) {
    if (mutation.put === "nothing") assign(object, mutation.path, undefined)
    if (mutation.put === "undefined" || mutation.put === "nothing") continue
    const marker = `@${raw.push(mutation.text) - 1}@`
    assign(object, mutation.put === "text" ? mutation.path : [...mutation.path.slice(0, -1), mutation.name], marker)
  }
  return JSON.stringify(object).replace(/"@(\d+)@"/g, (_, index: string) => raw[Number(index)]!)
}

/** A new object of a text, as JSON.parse makes it, but for what a program left undefined. */
const fresh = (text: string, mutations: ReadonlyArray<Mutation>): unknown => {
  const object: unknown = JSON.parse(text)
  for (const mutation of mutations) if (mutation.put === "undefined") assign(object, mutation.path, undefined)
  return object
}

// ---------------------------------------------------------------- what comes out

interface Outcome {
  readonly issues: ReadonlyArray<string>
  /** The value, key order included. */
  readonly json: string
  readonly value: unknown
}

const whole = (issues: ReadonlyArray<Issue>): ReadonlyArray<string> =>
  issues.map((issue) => `${JSON.stringify(issue.path)} ${issue.expected} ${issue.actual}`)

/** A struct in both forms, each without the other to fall back on. */
const bare = (struct: Struct) => {
  const code = codeOf(struct)
  const closures = checker.make(() => struct, "closures")
  /** Both verdicts must be the same: what code refuses wrongly, closures would take all the same, but slowly. */
  return (make: () => unknown): void => {
    const issues: Array<Issue> = []
    closures(make(), issues, [], false)
    assert.strictEqual(code(make() as Fields) === refused, issues.length > 0, "code and closures alone")
  }
}

const codes = new WeakMap<Struct, Compiled>()

const codeOf = (struct: Struct): Compiled => {
  const code = codes.get(struct) ?? compile(struct, codeOf)
  codes.set(struct, code)
  return code
}

/** A kind with its checker in both forms. */
interface Subject {
  readonly kind: BuiltinKind
  readonly root: Root
  readonly compiled: ObjectChecker
  readonly closures: ObjectChecker
  readonly bare: (make: () => unknown) => void
}

const subject = (kind: BuiltinKind): Subject => {
  const { resource, struct } = kind
  const loose = Either.isRight(kind.codec.decode({ ...sampleObject(kind), metadata: {} }, "served"))
  return {
    kind,
    root: {
      apiVersion: Resource.apiVersion(resource),
      kind: resource.kind,
      scope: resource.scope,
      masked: isSecret(resource),
      loose
    },
    compiled: objectChecker(() => struct, "compiled"),
    closures: objectChecker(() => struct, "closures"),
    bare: bare(struct)
  }
}

const subjects = everyKind.filter(({ resource }) => resource.kind !== "Binding").map(subject)

const check = (checker: ObjectChecker, root: Root, object: unknown, mode: Mode): Outcome => {
  const issues: Array<Issue> = []
  const value = checker(object as Fields, root, mode, issues)
  return { issues: whole(issues), json: JSON.stringify(value), value }
}

const bySchema = (kind: BuiltinKind, object: unknown): Outcome => {
  // Every resource is a Schema that needs nothing.
  const schema = kind.resource as unknown as Schema.Schema<unknown>
  const decoded = Schema.decodeUnknownEither(schema)(object)
  return Either.match(decoded, {
    onRight: (value) => ({ issues: [], json: JSON.stringify(value), value }),
    onLeft: (error) => ({
      issues: ParseResult.ArrayFormatter.formatErrorSync(error).map(({ path }) => JSON.stringify(path)),
      json: JSON.stringify(object),
      value: object
    })
  })
}

/** Takes away every field that is `null` in the first of two values from both. What stands for it, another test says. */
const withoutItsNulls = (before: unknown, after: unknown): void => {
  if (typeof before !== "object" || before === null || typeof after !== "object" || after === null) return
  const [from, to] = [before as Fields, after as Fields]
  for (const key of Object.keys(from)) {
    if (from[key] !== null || Array.isArray(before)) withoutItsNulls(from[key], to[key])
    else {
      delete from[key]
      delete to[key]
    }
  }
}

const compare = (
  { kind, root, ...checkers }: Subject,
  text: string,
  mutations: ReadonlyArray<Mutation>,
  mode: Mode
): void => {
  const make = () => fresh(text, mutations)
  if (!isFields(make())) return
  const before = JSON.stringify(make())
  checkers.bare(make)
  const compiled = check(checkers.compiled, root, make(), mode)
  const closures = check(checkers.closures, root, make(), mode)
  assert.deepStrictEqual(compiled.issues, closures.issues)
  assert.strictEqual(compiled.json, closures.json)
  assert.isTrue(isDeepStrictEqual(compiled.value, closures.value), "also where something is undefined")
  const decoded = kind.codec.decode(make(), mode)
  assert.deepStrictEqual(Either.isLeft(decoded) ? whole(decoded.left) : [], compiled.issues)
  if (compiled.issues.length > 0) assert.strictEqual(compiled.json, before, "what does not fit is left as it was")
  else {
    const [from, to] = [JSON.parse(before), JSON.parse(compiled.json)]
    // Where they may be missing, they are put in.
    for (const key of ["apiVersion", "kind", "metadata"]) if (from[key] === undefined) delete to[key]
    withoutItsNulls(from, to)
    assert.strictEqual(JSON.stringify(to), JSON.stringify(from), "nothing but nulls is changed")
  }
  if (mode !== "served") return
  const theirs = make()
  const schema = bySchema(kind, theirs)
  assert.strictEqual(JSON.stringify(theirs), before, "what is not ours is not changed")
  assert.strictEqual(schema.json, compiled.json)
  assert.deepStrictEqual(schema.issues, compiled.issues.map((issue) => issue.slice(0, issue.indexOf("] ") + 1)))
}

const compareMutations = (subject: Subject, text: string, runs: number): void => {
  const object = JSON.parse(text)
  const known = places(() => subject.kind.struct, object)
  const paths = [...known.map(({ path }) => path), ["apiVersion"], ["kind"], ["metadata"], ...metadataPaths(object)]
  const mutations = FastCheck.array(FastCheck.constantFrom(...paths).chain(mutationAt), { maxLength: 4 })
  const mode = FastCheck.constantFrom<Mode>("served", "served", "item", "dryRun", "answer")
  FastCheck.assert(
    FastCheck.property(mutations, mode, (mutations, mode) => {
      compare(subject, mutatedText(text, mutations), mutations, mode)
    }),
    { numRuns: runs }
  )
}

const metadataPaths = (object: { readonly metadata?: object }): ReadonlyArray<Place["path"]> =>
  Object.keys(object.metadata ?? {}).map((key) => ["metadata", key])

const rich = {
  ...metadata,
  generation: 1,
  labels: { a: "b" },
  annotations: { c: "d" },
  finalizers: ["e/f"],
  ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "n", uid: "u", controller: true }],
  managedFields: [{ manager: "m", operation: "Update", fieldsType: "FieldsV1", fieldsV1: { "f:a": { ".": {} } } }]
}

// ---------------------------------------------------------------- tests

describe("the compiled checker, the closures and the Schema", () => {
  it("agree about objects of every kind, with nulls, wrong types, edges of integers and unknown fields in them", () => {
    for (const subject of subjects) {
      const text = JSON.stringify({ ...sampleObject(subject.kind), metadata: rich })
      // The ten kinds that hold a whole Pod are as big as all others together.
      compareMutations(subject, text, text.length > 20_000 ? 5 : 20)
    }
  })

  const corpus = path.resolve(fileURLToPath(import.meta.url), "../../../kinds/corpus")
  const files = fs.readdirSync(corpus).filter((file) => /^.+_.+_.+\.json$/.test(file))

  it("agree about what a real server answered for every kind, and about mutations of it", () => {
    for (const file of files) {
      const entries: ReadonlyArray<{ readonly served: Fields }> = JSON.parse(
        fs.readFileSync(path.join(corpus, file), "utf8")
      )
      for (const { served } of entries) {
        const subject = subjects.find(({ root }) =>
          root.kind === served["kind"] && root.apiVersion === served["apiVersion"]
        )
        if (subject === undefined) continue
        const text = JSON.stringify(served)
        compare(subject, text, [], "served")
        compareMutations(subject, text, 10)
      }
    }
  })
})

const fields = FastCheck.constantFrom(
  "a",
  "b",
  "c",
  "__proto__",
  "constructor",
  "toString",
  "\"; throw 1; //",
  "`${1}`",
  "\n\u2028"
)

const scalar = FastCheck.constantFrom<Type>("string", "boolean", "number", "int32", "int64", "intOrString", "json")

/** Any descriptor; `self` stands for a struct that holds itself. */
const struct: FastCheck.Arbitrary<Struct> =
  FastCheck.letrec<{ readonly type: Type; readonly struct: Struct }>((tie) => ({
    type: FastCheck.oneof(
      { maxDepth: 3, withCrossShrink: true },
      scalar,
      tie("type").map((list): Type => ({ list })),
      tie("type").map((record): Type => ({ record })),
      tie("struct").map((struct): Type => () => struct),
      tie("struct").map((struct): Type => ({ merged: () => struct, patch: "replace" })),
      FastCheck.tuple(tie("struct"), tie("type")).map(([struct, list]): Type => ({ either: [() => struct, { list }] })),
      tie("struct").map((struct): Type => ({ either: [() => struct, "boolean"] }))
    ),
    struct: FastCheck.record({
      types: FastCheck.uniqueArray(FastCheck.tuple(fields, tie("type")), { selector: ([name]) => name, maxLength: 5 }),
      required: FastCheck.array(FastCheck.nat()),
      nullable: FastCheck.array(FastCheck.nat(), { maxLength: 2 })
    }).map(({ nullable, required, types }): Struct => {
      const named = (numbers: ReadonlyArray<number>) =>
        types.map(([name]) => name).filter((_, index) => numbers.some((n) => n % types.length === index))
      const made = {
        fields: Object.fromEntries(types),
        required: named(required),
        nullable: named(nullable).filter((name) => named(required).includes(name))
      }
      return made
    })
  })).struct

describe("the Schema", () => {
  it("does not change what is not ours, also where metadata is missing that may be", () => {
    const review = Object.freeze({ apiVersion: "v1", kind: "ComponentStatus", conditions: [] })
    assert.deepStrictEqual(Schema.decodeUnknownSync(ComponentStatus)(review), { ...review, metadata: {} })
  })
})

describe("any descriptor", () => {
  it.prop(
    "is checked alike by code and by closures, whatever its fields are called",
    [
      struct,
      FastCheck.array(FastCheck.tuple(FastCheck.nat(), FastCheck.option(texts)), { maxLength: 4 }),
      FastCheck.option(FastCheck.tuple(fields, texts))
    ],
    ([struct, changes, added]) => {
      const object = sample(() => struct) as Fields
      const known = places(() => struct, object)
      const mutations: Array<Mutation> = added === null
        ? []
        : [{ put: "field", path: [""], name: added[0], text: added[1] }]
      for (const [place, text] of known.length === 0 ? [] : changes) {
        const path = known[place % known.length]!.path
        mutations.push(text === null ? { put: "nothing", path } : { put: "text", path, text })
      }
      const text = mutatedText(JSON.stringify(object), mutations)
      const run = (form: checker.Form) => {
        const issues: Array<Issue> = []
        const value = checker.make(() => struct, form)(JSON.parse(text), issues, [], false)
        return { issues: whole(issues), json: JSON.stringify(value), value }
      }
      bare(struct)(() => JSON.parse(text))
      const compiled = run("compiled")
      assert.deepStrictEqual(compiled, run("closures"))
      if (compiled.issues.length > 0) assert.strictEqual(compiled.json, JSON.stringify(JSON.parse(text)))
      assert.notProperty({}, "polluted")
    },
    { fastCheck: { numRuns: 500 } }
  )
})

describe("compiled code", () => {
  const leaf: Struct = { fields: { name: "string" } }
  const tree: Struct = { required: ["name"], fields: { name: "string", leaf: () => leaf, child: () => tree } }

  it("is made of a struct when a value of it first arrives, once", () => {
    const made: Array<Struct> = []
    const checkOf = (struct: Struct): Compiled => {
      made.push(struct)
      return compile(struct, checkOf)
    }
    const check = compile(tree, checkOf)
    check({ name: "a" })
    assert.deepStrictEqual(made, [])
    const value = { name: "a", child: { name: "b" } }
    assert.strictEqual(check(value), value)
    assert.strictEqual(check(value), value)
    assert.deepStrictEqual(made, [tree])
    assert.strictEqual(check({ name: "a", child: {} }), refused)
  })

  it("wants what is required, also where the struct says no more of it", () => {
    const bare: Struct = { required: ["other"], fields: { name: "string" } }
    const problems = (value: unknown) => {
      const issues: Array<Issue> = []
      checker.make(() => bare)(value, issues, [], false)
      return issues.map(formatIssue)
    }
    assert.deepStrictEqual(problems({ name: "a" }), ["other: expected a value, found nothing"])
    assert.deepStrictEqual(problems({ name: "a", other: 1 }), [])
  })

  it("does not walk through what is any JSON", () => {
    const deep = new Proxy({}, { ownKeys: () => assert.fail("walked") })
    const json: Struct = { fields: { fieldsV1: { record: "json" }, any: "json" } }
    const value = { fieldsV1: deep, any: deep }
    assert.strictEqual(checker.make(() => json)(value, [], [], false), value)
  })

  it("keeps the order of keys and what nobody knows where a null goes", () => {
    const text =
      "{\"z\":1,\"__proto__\":{\"a\":null},\"leaf\":null,\"constructor\":2,\"name\":\"a\",\"child\":{\"child\":null,\"name\":\"b\"},\"y\":null}"
    const value = checker.make(() => tree)(JSON.parse(text), [], [], false)
    assert.strictEqual(JSON.stringify(value), text.replace("\"leaf\":null,", "").replace("\"child\":null,", ""))
    assert.strictEqual(Object.getPrototypeOf(value), Object.prototype)
  })

  it("too deep an object is told by an exception, and the next object is checked as ever", () => {
    let deep: object = { name: "a" }
    for (let i = 0; i < 100_000; i++) deep = { name: "a", leaf: null, child: deep }
    const check = checker.make(() => tree)
    assert.throws(() => check(deep, [], [], false), RangeError)
    assert.deepStrictEqual(check({ name: "a", leaf: null }, [], [], false), { name: "a" })
    const issues: Array<Issue> = []
    assert.deepStrictEqual(check({ leaf: null }, issues, [], false), { leaf: null })
    assert.deepStrictEqual(issues.map(formatIssue), ["name: expected a string, found nothing"])
  })
})

describe("where code may not be generated", () => {
  const script = path.resolve(fileURLToPath(import.meta.url), "../withoutCode.ts")
  const run = async (
    ...flags: ReadonlyArray<string>
  ): Promise<{ readonly mayGenerate: boolean; readonly outcomes: unknown }> => {
    const args = ["-C", "@effect-kube/source", "--import", "tsx", ...flags, script]
    return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout)
  }

  it("objects are decoded all the same", async () => {
    const [without, withCode] = await Promise.all([run("--disallow-code-generation-from-strings"), run()])
    assert.isFalse(without.mayGenerate)
    assert.isTrue(withCode.mayGenerate)
    assert.deepStrictEqual(without.outcomes, withCode.outcomes)
    assert.include(JSON.stringify(without.outcomes), "a 32-bit integer")
  })
})
