import type * as Status from "effect-kube/Status"
import { expect, test } from "tstyche"

test("a public module is reached by its subpath, from its source", () => {
  expect<Status.Status>().type.not.toBe<never>()
})

test("what is internal is reached by no path", () => {
  // @ts-expect-error Cannot find module 'effect-kube/internal/plural'
  type Flat = typeof import("effect-kube/internal/plural")
  // @ts-expect-error Cannot find module 'effect-kube/protocol/internal/plural'
  type Nested = typeof import("effect-kube/protocol/internal/plural")
  // @ts-expect-error Cannot find module 'effect-kube/protocol/Status'
  type Folder = typeof import("effect-kube/protocol/Status")
  expect<[Flat, Nested, Folder]>().type.toBe<[any, any, any]>()
})
