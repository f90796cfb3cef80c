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
    minWorkers: 1,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    reporters: ["default", "json"],
    outputFile: { json: "reports/unit.json" }
  }
})
