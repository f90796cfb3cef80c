import { defineConfig } from "vitest/config"
import base from "./vitest.config.js"

/** The suites that need a real API server; `KUBEBUILDER_ASSETS` names the folder with its programs. */
const assets = process.env["KUBEBUILDER_ASSETS"] ?? ""

if (assets === "") {
  console.warn(
    "\n!!! SKIPPED: the real-server suites (test/**/*.real.test.ts): KUBEBUILDER_ASSETS is not set.\n" +
      "!!! Set it once with: export KUBEBUILDER_ASSETS=$(scripts/envtest/build)\n"
  )
}

export default defineConfig({
  ...base,
  test: {
    include: assets === "" ? [] : ["test/**/*.real.test.ts"],
    passWithNoTests: assets === "",
    globalSetup: assets === "" ? [] : ["test/envtest/globalSetup.ts"],
    pool: "forks",
    maxWorkers: 2,
    minWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    reporters: ["default", "json"],
    outputFile: { json: "reports/real.json" }
  }
})
