import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readTree, writeIndex } from "../../scripts/exports.js"

let root = ""
const put = (...files: ReadonlyArray<string>) =>
  files.forEach((file) => {
    fs.mkdirSync(path.dirname(path.join(root, "src", file)), { recursive: true })
    fs.writeFileSync(path.join(root, "src", file), "")
  })

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-exports-"))
})
afterEach(() => fs.rmSync(root, { recursive: true }))

describe("exports", () => {
  it("names each public module, kind module and folder, and nothing internal", () => {
    put(
      "protocol/Resource.ts",
      "protocol/internal/codec.ts",
      "client/Api.ts",
      "runtime/Watcher.ts",
      "runtime/internal/step/next.ts"
    )
    put("kinds/core/v1.ts", "kinds/networking.k8s.io/v1.ts", "kinds/internal/checker.ts")
    put("node/index.ts", "node/NodeKubeClient.ts", "testing/index.ts", "testing/TestCluster.ts", "cli/main.ts")
    const tree = readTree(root)
    expect(Object.keys(tree.exports)).toEqual([
      ".",
      "./Api",
      "./Resource",
      "./Watcher",
      "./kinds/core/v1",
      "./kinds/networking.k8s.io/v1",
      "./node",
      "./testing",
      "./package.json"
    ])
    expect(Object.entries(tree.exports["./kinds/networking.k8s.io/v1"]!)).toEqual([
      ["@effect-kube/source", "./src/kinds/networking.k8s.io/v1.ts"],
      ["types", "./dist/kinds/networking.k8s.io/v1.d.ts"],
      ["import", "./dist/kinds/networking.k8s.io/v1.js"]
    ])
    expect(tree.modules).toEqual([["Api", "./client/Api.js"], ["Resource", "./protocol/Resource.js"], [
      "Watcher",
      "./runtime/Watcher.js"
    ]])
  })

  it("refuses two modules of one name", () => {
    put("client/Watcher.ts", "runtime/Watcher.ts")
    expect(() => readTree(root)).toThrow(
      "src/runtime/Watcher.ts and src/client/Watcher.ts both want effect-kube/Watcher"
    )
  })

  it.each(["protocol/helpers.ts", "runtime/watch/Watcher.ts"])(
    "refuses src/%s, which is neither public nor internal",
    (file) => {
      put(file)
      expect(() => readTree(root)).toThrow(`src/${file}: a public module is a PascalCase file directly in`)
    }
  )

  it("writes the index: a namespace per module, under the paragraph that opens it", () => {
    const files: Record<string, string> = {
      "./client/Api.js":
        "/**\n * Handles: what can be asked\n * of a cluster.\n *\n * More of it.\n */\nexport const x = 1\n",
      "./runtime/Watcher.js": "/** One line. */\n"
    }
    expect(writeIndex([["Api", "./client/Api.js"], ["Watcher", "./runtime/Watcher.js"]], (from) => files[from]!)).toBe(
      `/**\n * Handles: what can be asked\n * of a cluster.\n */\nexport * as Api from "./client/Api.js"\n\n`
        + `/**\n * One line.\n */\nexport * as Watcher from "./runtime/Watcher.js"\n`
    )
  })

  it("refuses a public module that does not say what it is", () => {
    expect(() => writeIndex([["Api", "./client/Api.js"]], () => "export const x = 1\n"))
      .toThrow("src/client/Api.ts does not open with a doc comment")
  })
})
