import { describe, layer } from "@effect/vitest"
import * as EnvTest from "../envtest/shared.js"
import { promises } from "./projections.js"

describe("projections on a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    for (const { test, title } of promises) it.scoped(title, () => test, 60_000)
  })
})
