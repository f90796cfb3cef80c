import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { inNamespace, promises } from "./subresources.js"

describe("subresources on TestCluster", () => {
  for (const { keeps, title } of promises) {
    it.scoped(
      title,
      () => Effect.flatMap(inNamespace, keeps).pipe(Effect.provide(TestCluster.layerWith({ auth: true })))
    )
  }
})
