/** The pure parts of tables: ages and the paths of printer columns. */
import { describe, expect, it } from "@effect/vitest"
import { humanDuration, since } from "../../../src/testing/internal/apiserver/tables/age.js"
import { compilePath } from "../../../src/testing/internal/apiserver/tables/jsonPath.js"
import { selectorText } from "../../../src/testing/internal/apiserver/tables/layout.js"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

describe("an age", () => {
  it.each<readonly [number, string]>([
    [-3 * second, "<invalid>"],
    [-2 * second, "<invalid>"],
    [-1500, "0s"],
    [-1, "0s"],
    [0, "0s"],
    [999, "0s"],
    [119 * second, "119s"],
    [2 * minute, "2m"],
    [2 * minute + second, "2m1s"],
    [9 * minute + 59 * second, "9m59s"],
    [10 * minute + 59 * second, "10m"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [7 * hour + 59 * minute, "7h59m"],
    [8 * hour + 59 * minute, "8h"],
    [47 * hour, "47h"],
    [2 * day, "2d"],
    [7 * day + 23 * hour, "7d23h"],
    [8 * day + 23 * hour, "8d"],
    [729 * day, "729d"],
    [730 * day, "2y"],
    [731 * day, "2y1d"],
    [8 * 365 * day - day, "7y364d"],
    [8 * 365 * day + 5 * day, "8y"]
  ])("of %i ms is %s", (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text)
  })
  it("of what has no time is unknown", () => {
    expect([undefined, null, "", "soon"].map((each) => since(each, 0))).toEqual(Array(4).fill("<unknown>"))
  })
})

const data = {
  text: "t",
  list: ["x", "y", "z"],
  none: null,
  "a.b": 1,
  items: [{ name: "a", count: 1, on: true }, { name: "b", count: 2, inner: { name: "deep" } }, { name: "c" }]
}

describe("a path", () => {
  it.each<readonly [string, ReadonlyArray<unknown> | undefined]>([
    [".text", ["t"]],
    [".missing.more", []],
    [".none", [null]],
    [".a\\.b", [1]],
    ["['a\\.b']", [1]],
    [".list[0]", ["x"]],
    [".list[-1]", ["z"]],
    [".list[3]", undefined],
    [".list[:2]", ["x", "y"]],
    [".list[1:]", ["y", "z"]],
    [".list[0:3:2]", ["x", "z"]],
    [".list[0:0]", []],
    [".list[0,2]", ["x", "z"]],
    [".list[*]", ["x", "y", "z"]],
    [".text[0]", undefined],
    [".items[*].name", ["a", "b", "c"]],
    [".items[?(@.name==\"b\")].count", [2]],
    [".items[?(@.name=='b')].count", [2]],
    [".items[?(@.count>=1)].name", ["a", "b"]],
    [".items[?(@.count!=1)].name", ["b"]],
    [".items[?(@.on==true)].name", ["a"]],
    [".items[?(@.inner)].name", ["b"]],
    [".items[?(@.count==\"1\")].name", undefined],
    ["..inner.name", ["deep"]],
    [".items[*].*", [1, "a", true, 2, { name: "deep" }, "b", "c"]]
  ])("%s finds %j", (source, found) => {
    expect(compilePath(source)?.(data)).toEqual(found)
  })
  it.each([".spec[", ".a[x]", ".a[?(@.b]", ".a[?(@.b==\"c)]", ".a\n", ".a(b"])("%j cannot be read", (source) => {
    const path = compilePath(source)
    expect(path === undefined || path(data)?.length === 0).toBe(true)
  })
  it("never follows what an object only inherits", () => {
    expect(compilePath(".constructor")?.({})).toEqual([])
    expect(compilePath(".__proto__")?.({})).toEqual([])
  })
})

describe("a label selector as a text", () => {
  it("has its requirements by their keys", () => {
    expect(selectorText({
      matchLabels: { z: "1", a: "2" },
      matchExpressions: [
        { key: "m", operator: "Exists" },
        { key: "n", operator: "DoesNotExist" },
        { key: "b", operator: "NotIn", values: ["y", "x"] }
      ]
    })).toBe("a=2,b notin (x,y),m,!n,z=1")
  })
  it("is empty for everything and for nothing", () => {
    expect([selectorText({}), selectorText(undefined)]).toEqual(["", ""])
  })
})
