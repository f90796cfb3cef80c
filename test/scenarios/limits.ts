/** Limits, dry runs and field validation. */
import { type Area, scenario } from "./scenario.js"
import { widget, widgets } from "./widgets.js"

const big = (megabytes: number): string => "x".repeat(megabytes * 1024 * 1024)

export const limits: Area = {
  name: "limits",
  scenarios: [
    scenario("a body over 3 MiB is a 413 (S56)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: big(4) } })
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.merge(`${path}/a`, { data: { k: big(4) } })
    }),
    scenario("a ConfigMap over 1 MiB is a 422 (S56)", function*(run) {
      yield* run.post(run.at("configmaps"), { metadata: { name: "a" }, data: { k: big(1) } })
      yield* run.post(run.at("configmaps"), { metadata: { name: "b" }, data: { k: `${big(1)}x` } })
      yield* run.post(run.at("secrets"), { metadata: { name: "b" }, stringData: { k: `${big(1)}x` } })
    }),
    scenario("a dry run stores nothing (S40)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(`${path}?dryRun=All`, { metadata: { name: "a" }, data: { k: "v" } })
      yield* run.post(`${path}?dryRun=All`, { metadata: { generateName: "a-" } })
      yield* run.get(`${path}/a`)
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" } })
      yield* run.post(`${path}?dryRun=All`, { metadata: { name: "a" } })
      yield* run.put(`${path}/a?dryRun=All`, { metadata: { name: "a" }, data: { k: "w" } })
      yield* run.merge(`${path}/a?dryRun=All`, { data: { k: "x" } })
      yield* run.get(`${path}/a`)
      yield* run.merge(`${path}/a?dryRun=Some`, { data: { k: "x" } })
      yield* run.post(`${path}?dryRun=All&dryRun=Some`, { metadata: { name: "b" } })
    }),
    scenario("a dry run of custom resources and their status (S40)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(`${path}?dryRun=All`, widget(run, "a"))
      yield* run.post(path, widget(run, "a"))
      yield* run.merge(`${path}/a?dryRun=All`, { spec: { size: 2 } })
      yield* run.merge(`${path}/a/status?dryRun=All`, { status: { phase: "x" } })
      yield* run.merge(`${path}/a?dryRun=All`, { spec: { size: 99 } })
      yield* run.get(`${path}/a`)
    }),
    scenario("unknown fields of a custom resource are warned of, ignored or refused (S39)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      const made = (name: string) => widget(run, name, { size: 1, unknown: 1, other: { x: 1 } })
      yield* run.post(path, made("default"))
      yield* run.post(`${path}?fieldValidation=Warn`, made("warn"))
      yield* run.post(`${path}?fieldValidation=Ignore`, made("ignore"))
      yield* run.post(`${path}?fieldValidation=Strict`, made("strict"))
      yield* run.post(`${path}?fieldValidation=Sometimes`, made("sometimes"))
      yield* run.merge(`${path}/default`, { spec: { unknown: 2 } })
      yield* run.merge(`${path}/default?fieldValidation=Strict`, { spec: { unknown: 2 } })
      yield* run.merge(`${path}/default?fieldValidation=Ignore`, { spec: { unknown: 2 } })
    }),
    scenario("duplicate fields are warned of, ignored or refused (S39)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      const twice = (name: string) =>
        `{"apiVersion":"${run.group}/v1","kind":"Widget","metadata":{"name":"${name}"},"spec":{"size":1,"size":2}}`
      yield* run.post(path, twice("a"))
      yield* run.post(`${path}?fieldValidation=Ignore`, twice("b"))
      yield* run.post(`${path}?fieldValidation=Strict`, twice("c"))
      yield* run.merge(`${path}/a`, "{\"spec\":{\"size\":3,\"size\":4}}")
      yield* run.merge(`${path}/a?fieldValidation=Strict`, "{\"spec\":{\"size\":3,\"size\":4}}")
      const maps = run.at("configmaps")
      yield* run.post(maps, "{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"1\",\"k\":\"2\"}}")
      yield* run.post(
        `${maps}?fieldValidation=Strict`,
        "{\"metadata\":{\"name\":\"b\"},\"data\":{\"k\":\"1\",\"k\":\"2\"}}"
      )
    }),
    scenario("unknown fields of a definition are warned of (S39)", function*(run) {
      const made = widgets(run)
      made.spec.unknown = true
      const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
      yield* run.post(`${path}?dryRun=All`, made, { show: (body) => body.kind })
      yield* run.post(`${path}?dryRun=All&fieldValidation=Strict`, made)
    }),
    scenario("unknown fields of a built-in kind are warned of, ignored or refused (S39)", function*(run) {
      const path = run.at("configmaps")
      const made = (name: string) => ({ metadata: { name, wrong: 1 }, data: {}, unknown: true })
      yield* run.post(path, made("default"))
      yield* run.post(`${path}?fieldValidation=Ignore`, made("ignore"))
      yield* run.post(`${path}?fieldValidation=Strict`, made("strict"))
      yield* run.merge(`${path}/default?fieldValidation=Strict`, { unknown: true })
    }),
    scenario("field managers are checked (S57)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(`${path}?fieldManager=${"x".repeat(129)}`, { metadata: { name: "a" } })
      yield* run.post(`${path}?fieldManager=${encodeURIComponent("a\tb")}`, { metadata: { name: "a" } })
      yield* run.post(`${path}?fieldManager=me`, { metadata: { name: "a" } })
    })
  ]
}
