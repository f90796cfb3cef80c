import { assert, describe, it } from "@effect/vitest"
import { plural } from "../../../src/protocol/internal/plural.js"

const table: ReadonlyArray<readonly [kind: string, expected: string]> = [
  ["Foo", "foos"],
  ["Policy", "policies"],
  ["NetworkPolicy", "networkpolicies"],
  ["Gateway", "gateways"],
  ["Ingress", "ingresses"],
  ["StorageClass", "storageclasses"],
  ["Box", "boxes"],
  ["Quiz", "quizes"],
  ["Branch", "branches"],
  ["Dish", "dishes"],
  ["Endpoints", "endpoints"],
  ["ConfigMap", "configmaps"],
  ["PriorityLevelConfiguration", "prioritylevelconfigurations"],
  ["Y", "ys"]
]

describe("plural", () => {
  for (const [kind, expected] of table) {
    it(`${kind} is served as ${expected} unless its author says otherwise (S44)`, () => {
      assert.strictEqual(plural(kind), expected)
    })
  }
})
