/** Strategic merge patches in tables: what a patch makes of an object by the schema of its kind. */
import { describe, expect, it } from "@effect/vitest"
import { goPrint, goPrintText } from "../../src/testing/internal/apiserver/goFormat.js"
import type { JsonObject } from "../../src/testing/internal/apiserver/json.js"
import { mergeOrder } from "../../src/testing/internal/apiserver/mergeOrder.js"
import { kindSchema, resolve } from "../../src/testing/internal/apiserver/schemas.js"
import { Refusal } from "../../src/testing/internal/apiserver/status.js"
import { strategicMerge } from "../../src/testing/internal/apiserver/strategicMerge.js"
import { unstructuredOf } from "../../src/testing/internal/apiserver/unstructured.js"

const pod = resolve(kindSchema("", "v1", "Pod"))
const merge = (object: JsonObject, patch: JsonObject): JsonObject => strategicMerge(object, patch, pod)
const containers = (...list: ReadonlyArray<unknown>): JsonObject => ({ spec: { containers: list } })
const [a, b, c] = [{ name: "a", image: "a:1" }, { name: "b", image: "b:1" }, { name: "c" }]

const refusalOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof Refusal) return `${error.code} ${error.body.message}`
    throw error
  }
  return "none"
}

describe("strategicMerge", () => {
  const table: ReadonlyArray<readonly [string, JsonObject, JsonObject, JsonObject]> = [
    ["adds what is new without its nulls", {}, { spec: { nodeName: "n", x: null } }, { spec: { nodeName: "n" } }],
    ["removes with null", { spec: { nodeName: "n", hostname: "h" } }, { spec: { hostname: null } }, {
      spec: { nodeName: "n" }
    }],
    [
      "merges by the merge key",
      containers(a, b),
      containers({ name: "b", image: "b:2" }),
      containers(a, { name: "b", image: "b:2" })
    ],
    ["puts new elements before the old ones", containers(a, b), containers(c), containers(c, a, b)],
    ["deletes by the merge key", containers(a, b), containers({ name: "a", $patch: "delete" }), containers(b)],
    ["replaces a list by directive", containers(a, b), containers({ $patch: "replace" }, c), containers(c)],
    [
      "orders what the patch names",
      containers(a, b, c),
      { spec: { "$setElementOrder/containers": [{ name: "c" }, { name: "a" }] } },
      containers(b, c, a)
    ],
    [
      "replaces a list that has no strategy",
      { spec: { tolerations: [{ key: "x" }] } },
      { spec: { tolerations: [{ key: "y" }] } },
      { spec: { tolerations: [{ key: "y" }] } }
    ],
    [
      "unites a list of scalars that is a set",
      { metadata: { finalizers: ["x", "y"] } },
      { metadata: { finalizers: ["z", "x"] } },
      { metadata: { finalizers: ["z", "x", "y"] } }
    ],
    [
      "takes scalars out of a set",
      { metadata: { finalizers: ["x", "y", "x"] } },
      { metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] } },
      { metadata: { finalizers: ["y"] } }
    ],
    [
      "keeps what is to be retained",
      { spec: { volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/" } }] } },
      { spec: { volumes: [{ name: "v", $retainKeys: ["name", "hostPath"] }] } },
      { spec: { volumes: [{ name: "v", hostPath: { path: "/" } }] } }
    ],
    [
      "leaves what only looks like a prototype alone",
      JSON.parse("{\"metadata\":{\"labels\":{\"__proto__\":\"x\",\"constructor\":\"y\"}}}"),
      JSON.parse("{\"metadata\":{\"labels\":{\"__proto__\":\"z\",\"toString\":null}}}"),
      JSON.parse("{\"metadata\":{\"labels\":{\"__proto__\":\"z\",\"constructor\":\"y\"}}}")
    ]
  ]
  it.each(table)("%s", (_, object, patch, expected) => {
    const before = JSON.stringify(object)
    expect(JSON.stringify(merge(object, patch))).toBe(JSON.stringify(expected))
    expect(JSON.stringify(object)).toBe(before)
  })

  const refusals: ReadonlyArray<readonly [JsonObject, JsonObject, string]> = [
    [containers(a), containers({ image: "x" }), "500 map: map[image:x] does not contain declared merge key: name"],
    [containers(a), containers("x"), "500 list element types are not identical: [[map[image:a:1 name:a]] [x]]"],
    [containers(a), containers({ $patch: "merge" }), "500 merging lists cannot yet be specified in the patch"],
    [{ spec: {} }, { spec: { $patch: "x" } }, "500 unknown patch type: x in map: map[$patch:x]"],
    [{ spec: {} }, { spec: { $retainKeys: 1 } }, "400 invalid patch format of retainKeys"],
    [
      { metadata: { labels: { a: {} } } },
      { metadata: { labels: { a: {} } } },
      "500 merging an object in json but data type is not struct, instead is: map"
    ],
    [
      { spec: { tolerations: [{}] } },
      { spec: { "$setElementOrder/tolerations": [{}] } },
      "500 runtime error: hash of unhashable type map[string]interface {}"
    ]
  ]
  it.each(refusals)("%j after %j is refused: %s", (object, patch, expected) => {
    expect(refusalOf(() => merge(object, patch))).toBe(expected)
  })
})

describe("mergeOrder", () => {
  const same = (value: unknown): unknown => value
  const letters = (text: string): ReadonlyArray<string> => [...text]
  it.each([
    ["ba", "c", "ba", "abc", "bac"],
    ["dc", "ab", "dc", "abcd", "abdc"],
    ["x", "ab", "x", "ab", "xab"],
    ["ca", "b", "ca", "abc", "bca"],
    ["", "ba", "", "ab", "ab"]
  ])("%s with %s between it, in the order %s, once %s: %s", (named, others, order, before, expected) => {
    expect(mergeOrder(letters(named), letters(others), letters(order), letters(before), same).join("")).toBe(expected)
  })
})

describe("unstructuredOf", () => {
  it.each([
    [{ data: { a: 5 } }, "cannot convert int64 to string"],
    [{ data: { a: true } }, "unrecognized type: string"],
    [{ data: [] }, "cannot restore map from slice"],
    [{ metadata: 7 }, "cannot restore struct from: int64"],
    [{ metadata: { finalizers: {} } }, "cannot restore slice from map"],
    [{ binaryData: { a: 1 } }, "cannot restore slice from int64"]
  ])("%j is no ConfigMap", (value, issue) => {
    expect(unstructuredOf("", "v1", "ConfigMap", value)).toEqual({ issue })
  })
  it("an integer that does not fit loses its upper bits", () => {
    const value = { spec: { leaseDurationSeconds: 2 ** 32 + 7 } }
    expect(unstructuredOf("coordination.k8s.io", "v1", "Lease", value)).toEqual({
      value: { spec: { leaseDurationSeconds: 7 } }
    })
  })
})

describe("goPrint", () => {
  it.each([
    [{ b: 1, a: ["x", null, true, 1.5] }, "map[a:[x <nil> true 1.5] b:1]"],
    [{}, "map[]"],
    [1e21, "1e+21"]
  ])("%j is %s", (value, expected) => expect(goPrint(value)).toBe(expected))
  it("says so of what is no text where a text is expected", () => {
    expect([goPrintText(5), goPrintText(null), goPrintText({ a: false })]).toEqual([
      "%!s(int64=5)",
      "%!s(<nil>)",
      "map[a:%!s(bool=false)]"
    ])
  })
})
