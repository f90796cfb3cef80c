import { defineConfig } from "vitest/config"

/** Tests import `effect-kube` by its own name and get the sources: the first condition of the exports map. */
const conditions = ["@effect-kube/source", "module", "node", "development|production"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.real.test.ts"],
    // Vitest leaves one processor free, which on two of them would run the files one after the other.
    maxWorkers: "100%",
    // As many as that to the end: with `isolate: false`, Vitest 3.2 breaks off the run when it ends a second worker early.
    minWorkers: "100%",
    // Effect and the kinds are loaded once a worker and not once a file. So no test may change what modules hold, and none
    // shares a `layer` of @effect/vitest, which changes `it` for the files that follow: scripts/lint-house.ts refuses it.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    reporters: ["default", "json"],
    outputFile: { json: "reports/unit.json" }
  }
})
