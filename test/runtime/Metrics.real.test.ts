/** Prometheus' own parser, which is Go, is the judge of the text. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Metrics from "../../src/runtime/Metrics.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const program = `package main

import (
	"encoding/json"
	"fmt"
	"os"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func main() {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	types := map[string]string{}
	for name, family := range families {
		types[name] = fmt.Sprintf("%s %d", dto.MetricType_name[int32(family.GetType())], len(family.Metric))
	}
	json.NewEncoder(os.Stdout).Encode(types)
}
`

const modules = path.join(import.meta.dirname, "../../scripts/envtest/kubernetes")

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-expfmt-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

/** The families that Go finds in a text: name, to its type and how many series it has. */
const parsedByGo = (text: string) =>
  Effect.flatMap(folder, (folder) =>
    Effect.async<{ readonly [family: string]: string }>((resume) => {
      for (const file of ["go.mod", "go.sum"]) fs.copyFileSync(path.join(modules, file), path.join(folder, file))
      fs.writeFileSync(path.join(folder, "main.go"), program)
      const child = spawn("go", ["run", "."], {
        cwd: folder,
        env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=mod" }
      })
      let stdout = ""
      let stderr = ""
      child.stdout.on("data", (chunk) => stdout += chunk)
      child.stderr.on("data", (chunk) => stderr += chunk)
      child.on("error", (error) => resume(Effect.die(error)))
      child.on(
        "close",
        (code) => resume(code === 0 ? Effect.succeed(JSON.parse(stdout)) : Effect.die(new Error(stderr)))
      )
      child.stdin.end(text)
      return Effect.sync(() => child.kill())
    }))

describe("Metrics.text", () => {
  it.scopedLive(
    "is read by Prometheus' parser: every family with its type and all of its series (K43, K44, K45)",
    () =>
      Effect.gen(function*() {
        yield* Controller.start(
          Controller.make("real \"name\"\\with\nall", { for: Api.all(ConfigMap), reconcile: () => Effect.void })
        )
        yield* Metric.update(Metric.frequency("real-frequency"), "a \"b\"")
        yield* Metric.update(
          Metric.summary({ name: "real_summary", maxAge: "1 hour", maxSize: 10, error: 0.1, quantiles: [0.5, 0.9] }),
          3
        )
        const text = yield* Metrics.text
        const families = yield* parsedByGo(text)
        const written = new Map<string, string>()
        for (const [_, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) written.set(name!, type!.toUpperCase())
        assert.deepStrictEqual(
          new Map(Object.entries(families).map(([name, found]) => [name, found.split(" ")[0]])),
          written
        )
        assert.strictEqual(families["controller_runtime_reconcile_total"], "COUNTER 4")
        assert.strictEqual(families["controller_runtime_reconcile_time_seconds"], "HISTOGRAM 1")
        assert.strictEqual(families["workqueue_depth"]?.split(" ")[0], "GAUGE")
        assert.strictEqual(families["real_frequency"], "COUNTER 1")
        assert.strictEqual(families["real_summary"], "SUMMARY 1")
      }).pipe(Effect.provide(TestCluster.layer)),
    300_000
  )
})
