/** What rules allow, and what some give that others do not. */
import { describe, expect, it } from "vitest"
import { describe as inWords, missing, rulesOf } from "../../../src/testing/internal/apiserver/auth/rules.js"

interface Given {
  readonly groups?: ReadonlyArray<string>
  readonly resources?: ReadonlyArray<string>
  readonly names?: ReadonlyArray<string>
  readonly urls?: ReadonlyArray<string>
  readonly verbs: ReadonlyArray<string>
}

const rules = (...given: ReadonlyArray<Given>) =>
  rulesOf({
    rules: given.map(({ groups = [], names = [], resources = [], urls = [], verbs }) => ({
      apiGroups: groups,
      resources,
      resourceNames: names,
      nonResourceURLs: urls,
      verbs
    }))
  })

const lacking = (owned: ReadonlyArray<Given>, wanted: ReadonlyArray<Given>): string =>
  inWords(missing(rules(...owned), rules(...wanted)))

const pods = { groups: [""], resources: ["pods"] }

describe("what somebody lacks", () => {
  it("is nothing of what they have", () => {
    expect(lacking([{ ...pods, verbs: ["get", "list"] }], [{ ...pods, verbs: ["get"] }])).toBe("")
  })
  it("is nothing where several rules give it together", () => {
    const owned = [{ ...pods, verbs: ["get"] }, { groups: ["apps"], resources: ["pods"], verbs: ["*"] }]
    expect(lacking(owned, [{ groups: ["", "apps"], resources: ["pods"], verbs: ["get"] }])).toBe("")
  })
  it("are the verbs of one thing in one line, and of a path in one each", () => {
    expect(lacking([], [{ ...pods, verbs: ["get", "list"] }, { urls: ["/a"], verbs: ["get", "put"] }])).toBe([
      "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\" \"list\"]}",
      "{NonResourceURLs:[\"/a\"], Verbs:[\"get\"]}",
      "{NonResourceURLs:[\"/a\"], Verbs:[\"put\"]}"
    ].join("\n"))
  })
  it("is the star, whatever else somebody has", () => {
    expect(lacking([{ ...pods, verbs: ["get", "list"] }], [{ ...pods, verbs: ["*"] }])).toContain("Verbs:[\"*\"]")
  })
  it("is all names where somebody has some", () => {
    const owned = [{ ...pods, names: ["a"], verbs: ["get"] }]
    expect(lacking(owned, [{ ...pods, verbs: ["get"] }])).not.toBe("")
    expect(lacking(owned, [{ ...pods, names: ["a"], verbs: ["get"] }])).toBe("")
    expect(lacking(owned, [{ ...pods, names: ["a", "b"], verbs: ["get"] }])).toContain("ResourceNames:[\"b\"]")
  })
  it("is a subresource, which the resource does not give but a star does", () => {
    const log = { groups: [""], resources: ["pods/log"], verbs: ["get"] }
    expect(lacking([{ ...pods, verbs: ["get"] }], [log])).not.toBe("")
    expect(lacking([{ groups: [""], resources: ["*/log"], verbs: ["get"] }], [log])).toBe("")
    expect(lacking([{ groups: [""], resources: ["*"], verbs: ["get"] }], [log])).toBe("")
  })
  it("are paths that no prefix covers", () => {
    const owned = [{ urls: ["/logs/*"], verbs: ["get"] }]
    expect(lacking(owned, [{ urls: ["/logs/a", "/logs/a/*"], verbs: ["get"] }])).toBe("")
    expect(lacking(owned, [{ urls: ["/logs"], verbs: ["get"] }])).not.toBe("")
  })
})
