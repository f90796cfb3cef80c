import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { promises } from "./extract.js"
import { inNamespace } from "./subresources.js"

describe("extract on TestCluster", () => {
  for (const { keeps, title } of promises) {
    it.scoped(
      title,
      () => Effect.flatMap(inNamespace, keeps).pipe(Effect.provide(TestCluster.layer))
    )
  }
})
