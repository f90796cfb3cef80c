/** What a real server served, object by object, against the descriptors and checkers of all kinds. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Mode } from "../../src/protocol/internal/codec.js"
import type { Struct } from "../../src/protocol/internal/descriptor.js"
import { objectMeta } from "../../src/protocol/internal/objectMeta.js"
import { formatIssue } from "../../src/protocol/KubeError.js"
import type * as Resource from "../../src/protocol/Resource.js"
import { everyKind } from "./all.js"
import {
  corpus,
  type Entry,
  isKept,
  type Json,
  nameOf,
  type Recorded,
  structsOf,
  walkObject,
  withoutNulls
} from "./corpus.js"

const each = (check: (kind: Recorded, entry: Entry, name: string) => void): void => {
  for (const kind of corpus) {
    kind.entries.flatMap((entry) =>
      entry.deleting === undefined ? [entry] : [entry, { ...entry, served: entry.deleting }]
    )
      .forEach((entry, at) => check(kind, entry, `${nameOf(kind.resource)}, object ${at}`))
  }
}

/** An answer as a server gives it in other places than a `get`: a new value each time, for checkers work in place. */
const answers = (resource: Resource.Any, { served }: Entry): ReadonlyArray<readonly [Mode, Json]> => {
  if (!isKept(resource)) return [["answer", structuredClone(served)]]
  const { apiVersion: _, kind: __, ...item } = structuredClone(served) as { [field: string]: unknown }
  const { resourceVersion: ___, ...metadata } = served["metadata"]
  return [["served", structuredClone(served)], ["item", item], ["dryRun", { ...structuredClone(served), metadata }]]
}

describe("the corpus", () => {
  it("has objects of every kind that can be created, but for a Binding, which is answered with a Status", () => {
    const creatable = everyKind.filter(({ resource }) =>
      resource.abilities.includes("create") && resource.kind !== "Binding"
    )
    assert.deepStrictEqual(corpus.map(({ resource }) => nameOf(resource)), creatable.map((one) => nameOf(one.resource)))
    assert.isAbove(corpus.length, 95)
  })

  it("decodes: as it was served, as an item of a list, as the answer to a dry run (C33)", () => {
    const wrong: Array<string> = []
    each(({ codec, resource }, entry, name) => {
      for (const [mode, answer] of answers(resource, entry)) {
        const decoded = codec.decode(answer, mode)
        if (Either.isLeft(decoded)) {
          wrong.push(...decoded.left.map((issue) => `${name} (${mode}): ${formatIssue(issue)}`))
        }
      }
    })
    assert.deepStrictEqual(wrong, [])
  })

  it("comes out byte by byte as it was served, key order included, but for nulls that are not set", () => {
    let nulls = 0
    each((kind, { served }, name) => {
      const text = JSON.stringify(served)
      const decoded = Either.getOrThrow(
        kind.codec.decode(JSON.parse(text), isKept(kind.resource) ? "served" : "answer")
      )
      const expected = JSON.stringify(withoutNulls(kind, served))
      assert.strictEqual(JSON.stringify(decoded), expected, name)
      assert.strictEqual(JSON.stringify(Either.getOrThrow(kind.codec.encode(decoded))), expected, name)
      if (expected !== text) nulls++
    })
    assert.isAbove(nulls, 5)
  })

  it("decodes and encodes through the Schema of its kind to the same value, which stays as it was", () => {
    each((kind, { served }, name) => {
      const text = JSON.stringify(served)
      const expected = withoutNulls(kind, served)
      const schema = kind.resource as unknown as Schema.Schema<unknown, unknown>
      const decoded = Schema.decodeUnknownSync(schema)(served)
      assert.strictEqual(JSON.stringify(decoded), JSON.stringify(expected), name)
      assert.strictEqual(JSON.stringify(Schema.encodeSync(schema)(decoded)), JSON.stringify(expected), name)
      assert.strictEqual(JSON.stringify(served), text, name)
    })
  })

  it("holds no field that the descriptors do not know", () => {
    const unknown: Array<string> = []
    each((kind, { draft, served }, name) => {
      for (const [what, object] of Object.entries({ draft, served })) {
        walkObject(kind, object, ({ path, type }) => {
          if (type === undefined) unknown.push(`${name}, ${what}: ${path}`)
        })
      }
    })
    assert.deepStrictEqual(unknown, [])
  })
})

/** How many fields of all descriptors the corpus has. More are welcome: then this is raised. */
const floor = 2572

describe("coverage of the corpus", () => {
  const seen = new Map<Struct, Set<string>>()
  each((kind, { served }) =>
    walkObject(kind, served, ({ field, struct }) => seen.set(struct, (seen.get(struct) ?? new Set()).add(field)))
  )

  const count = (structs: Iterable<Struct>): readonly [there: number, all: number] => {
    let there = 0
    let all = 0
    for (const struct of structs) {
      for (const field of Object.keys(struct.fields)) {
        all++
        if (seen.get(struct)?.has(field)) there++
      }
    }
    return [there, all]
  }

  it("never falls: so many of all fields occur in what was served", () => {
    const everything = new Set<Struct>([objectMeta])
    for (const { struct } of everyKind) structsOf(struct, everything)
    const [there, all] = count(everything)
    const percent = (part: number, whole: number): string =>
      `${part} of ${whole} fields, ${(100 * part / whole).toFixed(1)} %`
    const rows = everyKind.map(({ resource, struct }) => `${nameOf(resource)}: ${percent(...count(structsOf(struct)))}`)
    console.log(`the corpus has ${percent(there, all)}`)
    assert.isAtLeast(there, floor, rows.filter((row) => !row.endsWith("100.0 %")).join("\n"))
  })
})
