import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { builtins } from "../../src/testing/internal/apiserver/builtins.js"
import { decodeKind } from "../../src/testing/internal/apiserver/goTypes.js"

const corpus = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../kinds/corpus")

interface Entry {
  readonly draft: { readonly [key: string]: unknown }
  readonly served: { readonly apiVersion: string; readonly kind: string; readonly [key: string]: unknown }
}

/** The objects that a real server served, of the kinds that TestCluster serves. */
const served = fs.readdirSync(corpus).sort().flatMap((file) => {
  if (!file.endsWith(".json") || file === "report.json") return []
  const entries: ReadonlyArray<Entry> = JSON.parse(fs.readFileSync(path.join(corpus, file), "utf8"))
  return entries.map((entry, index) => ({ ...entry, file: `${file} ${index}` }))
}).flatMap((entry) => {
  const { apiVersion, kind } = entry.served
  const found = builtins.find(({ group, resources, version }) =>
    (group === "" ? version : `${group}/${version}`) === apiVersion &&
    resources.some((resource) => resource.kind === kind)
  )
  // Definitions have a decoder of their own: structural.definitions.test.ts.
  return found === undefined || kind === "CustomResourceDefinition"
    ? []
    : [{ ...entry, group: found.group, version: found.version, kind }]
})

const decoded = (entry: typeof served[number], value: { [key: string]: unknown }) => {
  const result = decodeKind(entry.group, entry.version, entry.kind, value)
  if (result?._tag !== "Decoded") throw new Error(`${entry.file}: ${result?.message ?? "no such kind"}`)
  return result
}

describe("goTypes", () => {
  it("what a real server served is read as it stands, with no field unknown: all kinds, all fields of the corpus (S39)", () => {
    assert.isAbove(served.length, 60)
    for (const entry of served) {
      const { object, unknownFields } = decoded(entry, entry.served)
      assert.deepStrictEqual(unknownFields, [], entry.file)
      assert.deepStrictEqual(object, entry.served, entry.file)
    }
  })
})
