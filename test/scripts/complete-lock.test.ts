import { describe, expect, it } from "vitest"
import { complete, platformOf } from "../../scripts/complete-lock.js"

describe("complete-lock", () => {
  it.each([
    ["@rollup/rollup-linux-x64-gnu", { os: ["linux"], cpu: ["x64"], libc: ["glibc"] }],
    ["@dprint/linux-arm64-musl", { os: ["linux"], cpu: ["arm64"], libc: ["musl"] }],
    ["@oxlint/binding-linux-arm-gnueabihf", { os: ["linux"], cpu: ["arm"], libc: ["glibc"] }],
    ["@rollup/rollup-win32-x64-gnu", { os: ["win32"], cpu: ["x64"] }],
    ["@dprint/darwin-arm64", { os: ["darwin"], cpu: ["arm64"] }],
    ["fsevents", undefined]
  ])("reads the platform of %s", (name, platform) => {
    expect(platformOf(name)).toEqual(platform)
  })

  it("adds what is missing, keeps what is there, and has nothing to do a second time", () => {
    const there = { version: "1.0.0", optional: true, os: ["linux"], cpu: ["x64"] }
    const { added, lock } = complete({
      packages: {
        "": {},
        "node_modules/a": {
          version: "1.0.0",
          dev: true,
          optionalDependencies: { "a-linux-x64": "1.0.0", "a-darwin-x64": "1.0.0" }
        },
        "node_modules/a-linux-x64": there
      }
    })
    expect(added).toEqual(["node_modules/a-darwin-x64"])
    expect(Object.keys(lock.packages)).toEqual([
      "",
      "node_modules/a",
      "node_modules/a-darwin-x64",
      "node_modules/a-linux-x64"
    ])
    expect(lock.packages["node_modules/a-darwin-x64"]).toEqual({
      version: "1.0.0",
      dev: true,
      optional: true,
      os: ["darwin"],
      cpu: ["x64"]
    })
    expect(lock.packages["node_modules/a-linux-x64"]).toBe(there)
    expect(complete(lock).added).toEqual([])
  })
})
