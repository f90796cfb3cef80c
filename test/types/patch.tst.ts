// What a patch may say about a kind, and what the compiler refuses.
import { describe, expect, test } from "tstyche"
import { Deployment } from "../../src/kinds/apps/v1.js"
import type { Service } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"

declare const patch: (patch: Patch.Patch<Deployment>) => void
declare const send: (patch: Patch.Any) => void
declare const deployment: Deployment
declare const service: Service

describe("patches fit the kind", () => {
  test("a merge patch is a part of it; null removes, arrays stay whole", () => {
    expect(patch).type.toBeCallableWith(Patch.merge({ spec: { replicas: 3 } }))
    expect(patch).type.toBeCallableWith(
      Patch.merge({ spec: { replicas: null }, metadata: { labels: { a: null, b: "c" } } })
    )
    expect(patch).type.not.toBeCallableWith(Patch.merge({ spec: { replicas: "3" } }))
    expect(patch).type.not.toBeCallableWith(Patch.merge({ spec: { replicaz: 3 } }))
    expect(patch).type.not.toBeCallableWith(
      Patch.merge({ spec: { template: { spec: { containers: [{ image: "b" }] } } } })
    )
  })

  test("a strategic patch takes parts of elements, and directives", () => {
    expect(patch).type.toBeCallableWith(
      Patch.strategic({
        spec: { template: { spec: { containers: [{ name: "a", image: "b" }, { name: "c", $patch: "delete" }] } } }
      })
    )
    expect(patch).type.not.toBeCallableWith(
      Patch.strategic({ spec: { template: { spec: { containers: [{ name: 1 }] } } } })
    )
    expect(patch).type.not.toBeCallableWith(Patch.strategic({ spec: { $patch: "remove" } }))
  })

  test("an apply has a name and known fields", () => {
    expect(patch).type.toBeCallableWith(Patch.apply({ metadata: { name: "a" }, spec: { replicas: 1 } }))
    expect(patch).type.not.toBeCallableWith(Patch.apply({ metadata: {}, spec: { replicas: 1 } }))
    expect(patch).type.not.toBeCallableWith(Patch.apply({ metadata: { name: "a" }, spec: { replicaz: 1 } }))
  })

  test("operations are complete", () => {
    expect(patch).type.toBeCallableWith(Patch.json([{ op: "remove", path: "/spec/paused" }]))
    expect(Patch.json).type.not.toBeCallableWith([{ op: "add", path: "/a" }])
    expect(Patch.json).type.not.toBeCallableWith([{ op: "move", path: "/a" }])
    expect(Patch.json).type.not.toBeCallableWith([{ op: "merge", path: "/a" }])
  })

  test("a difference is of two objects of one kind, and fits that kind", () => {
    expect(patch).type.toBeCallableWith(Patch.diff(deployment, deployment))
    expect(patch).type.not.toBeCallableWith(Patch.diff(service, service))
    expect(Patch.diff).type.not.toBeCallableWith(deployment, service)
  })

  test("of an unknown kind any object is a part; it fits no known kind", () => {
    const patchOfAnything = Patch.merge({ spec: { anything: [1] } })
    expect(patchOfAnything).type.toBe<Patch.MergePatch<unknown>>()
    expect(patch).type.not.toBeCallableWith(patchOfAnything)
    expect(send).type.toBeCallableWith(patchOfAnything)
    expect(send).type.toBeCallableWith(Patch.diff(deployment, deployment))
    expect(Patch.merge).type.not.toBeCallableWith("text")
  })
})
