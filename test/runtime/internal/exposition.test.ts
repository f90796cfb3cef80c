import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import * as MetricPair from "effect/MetricPair"
import * as MetricRegistry from "effect/MetricRegistry"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import { render } from "../../../src/runtime/internal/exposition.js"
import { parse } from "../exposition.js"

const counter = (name: string, labels: ReadonlyArray<readonly [string, string]> = [], description?: string) =>
  MetricKey.counter(name, { incremental: true, description }).pipe(
    MetricKey.taggedWithLabels(labels.map(([key, value]) => MetricLabel.make(key, value)))
  )
const pair = (key: MetricKey.MetricKey.Untyped, state: MetricState.MetricState.Untyped) =>
  MetricPair.unsafeMake(key as never, state as never)

describe("Prometheus' text format", () => {
  it("is what Go's expfmt writes: help, type, sorted names, escaped values (K43)", () => {
    const text = render([
      pair(
        counter("z_total", [["path", "C:\\ \"new\"\nline"], ["code", "200"]], "Two\nlines \\ and one"),
        MetricState.counter(3)
      ),
      pair(counter("z_total", [["path", "/"], ["code", "200"]], "Two\nlines \\ and one"), MetricState.counter(1e21)),
      pair(MetricKey.gauge("a"), MetricState.gauge(-0.5)),
      pair(MetricKey.counter("falls"), MetricState.counter(2)),
      pair(
        MetricKey.frequency("errors", { description: "By kind." }),
        MetricState.frequency(new Map([["slow", 2], ["lost", 1]]))
      )
    ])
    assert.strictEqual(
      text,
      [
        "# TYPE a gauge",
        "a -0.5",
        "# HELP errors By kind.",
        "# TYPE errors counter",
        "errors{key=\"lost\"} 1",
        "errors{key=\"slow\"} 2",
        "# TYPE falls gauge",
        "falls 2",
        "# HELP z_total Two\\nlines \\\\ and one",
        "# TYPE z_total counter",
        "z_total{code=\"200\",path=\"/\"} 1e+21",
        "z_total{code=\"200\",path=\"C:\\\\ \\\"new\\\"\\nline\"} 3",
        ""
      ].join("\n")
    )
    assert.strictEqual(
      parse(text).get("z_total")!.samples[1]!.labels["path"],
      "C:\\ \"new\"\nline"
    )
    assert.strictEqual(render([]), "")
  })

  it("a histogram has its buckets, +Inf, sum and count; a summary its quantiles (K43)", () => {
    const key = MetricKey.histogram("wait_seconds", MetricBoundaries.fromIterable([1e-8, 0.5, 1, 1000]), "Waiting.")
    const hook = MetricRegistry.make().getHistogram(key)
    for (const value of [0, 0.5, 0.7, 2, 5000]) hook.update(value)
    assert.strictEqual(
      render([pair(key, hook.get())]),
      [
        "# HELP wait_seconds Waiting.",
        "# TYPE wait_seconds histogram",
        "wait_seconds_bucket{le=\"1e-08\"} 1",
        "wait_seconds_bucket{le=\"0.5\"} 2",
        "wait_seconds_bucket{le=\"1\"} 3",
        "wait_seconds_bucket{le=\"1000\"} 4",
        "wait_seconds_bucket{le=\"+Inf\"} 5",
        "wait_seconds_sum 5003.2",
        "wait_seconds_count 5",
        ""
      ].join("\n")
    )
    const summary = MetricKey.summary({
      name: "s",
      maxAge: "1 minute",
      maxSize: 10,
      error: 0.1,
      quantiles: [0.5, 0.99]
    })
    assert.strictEqual(
      render([pair(
        summary,
        MetricState.summary({
          error: 0.1,
          quantiles: [[0.5, Option.some(2)], [0.99, Option.none()]],
          count: 3,
          min: 1,
          max: 3,
          sum: 6
        })
      )]),
      "# TYPE s summary\ns{quantile=\"0.5\"} 2\ns{quantile=\"0.99\"} NaN\ns_sum 6\ns_count 3\n"
    )
  })

  it("names are made valid, and what would clash is kept apart (K43)", () => {
    const families = parse(render([
      pair(
        counter("9 lives.total", [["__name__", "x"], ["a-b", "1"], ["a.b", "2"], ["9", "3"]]),
        MetricState.counter(1)
      ),
      pair(MetricKey.gauge("same"), MetricState.gauge(1)),
      pair(counter("same"), MetricState.counter(2)),
      pair(counter("same", [], "With another description."), MetricState.counter(3)),
      pair(MetricKey.gauge("h_count"), MetricState.gauge(7)),
      pair(
        MetricKey.histogram("h", MetricBoundaries.fromIterable([1])).pipe(
          MetricKey.taggedWithLabels([MetricLabel.make("le", "mine")])
        ),
        MetricState.histogram({ buckets: [[1, 1], [Infinity, 1]], count: 1, min: 0, max: 1, sum: 1 })
      )
    ]))
    assert.deepStrictEqual(families.get("_9_lives_total")!.samples[0]!.labels, {
      _9: "3",
      _name__: "x",
      a_b: "1;2"
    })
    assert.deepStrictEqual(families.get("same")!.samples, [{ name: "same", labels: {}, value: 2 }])
    assert.strictEqual(families.get("same_gauge")!.samples[0]!.value, 1)
    assert.strictEqual(families.get("h")!.samples[0]!.labels["exported_le"], "mine")
    assert.strictEqual(families.get("h_count_gauge")!.samples[0]!.value, 7)
  })

  it("whatever names, labels and texts there are, a strict parser reads every series (K43)", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary-ascii", maxLength: 6 }),
      fc.constantFrom(
        "",
        "a",
        "le",
        "key",
        "__x",
        "a_b",
        "a-b",
        "\\",
        "\"",
        "\n",
        "\r\n",
        "{}",
        "é",
        "\ud800",
        "日本",
        "\u2028"
      )
    )
    const labels = fc.array(fc.tuple(text, text), { maxLength: 4 })
    const metric = fc.record({
      name: text,
      labels,
      help: text,
      value: fc.double(),
      type: fc.integer({ min: 0, max: 3 })
    })
    fc.assert(fc.property(fc.array(metric, { maxLength: 8 }), (metrics) => {
      const pairs = metrics.map(({ help, labels, name, type, value }) => {
        const tags = MetricKey.taggedWithLabels(labels.map(([key, value]) => MetricLabel.make(key, value)))
        switch (type) {
          case 0:
            return pair(counter(name, labels, help), MetricState.counter(value))
          case 1:
            return pair(tags(MetricKey.gauge(name, { description: help })), MetricState.gauge(value))
          case 2:
            return pair(tags(MetricKey.frequency(name)), MetricState.frequency(new Map([[help, 1], [name, 2]])))
          default:
            return pair(
              tags(MetricKey.histogram(name, MetricBoundaries.fromIterable([1]), help)),
              MetricState.histogram({ buckets: [[1, 1], [Infinity, 2]], count: 2, min: 0, max: 2, sum: value })
            )
        }
      })
      const names = (text: string) =>
        text.split("\n").filter((line) => !line.startsWith("# HELP")).map((line) =>
          line.slice(0, line.lastIndexOf(" "))
        )
      const written = render(pairs)
      parse(written)
      assert.deepStrictEqual(names(render([...pairs].reverse())), names(written))
    }))
  })
})
