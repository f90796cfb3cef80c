/** Objects as tables, and answers in YAML. */
import { load } from "js-yaml"
import { type Area, type Json, scenario } from "./scenario.js"
import {
  accept,
  cellsOf,
  fill,
  json,
  matching,
  podTemplate,
  rows,
  shownEvent,
  shownTable,
  silent,
  streamed,
  table,
  whole
} from "./tableViews.js"
import { definition, version, widget, widgets } from "./widgets.js"

export const tables: Area = {
  name: "tables",
  scenarios: [
    scenario("the columns of built-in kinds (S55)", function*(run) {
      const versions = [
        "v1",
        "apps/v1",
        "batch/v1",
        "autoscaling/v1",
        "autoscaling/v2",
        "policy/v1",
        "networking.k8s.io/v1",
        "discovery.k8s.io/v1",
        "events.k8s.io/v1",
        "coordination.k8s.io/v1",
        "rbac.authorization.k8s.io/v1",
        "storage.k8s.io/v1",
        "scheduling.k8s.io/v1",
        "node.k8s.io/v1",
        "admissionregistration.k8s.io/v1",
        "apiextensions.k8s.io/v1",
        "apiregistration.k8s.io/v1",
        "certificates.k8s.io/v1",
        "flowcontrol.apiserver.k8s.io/v1",
        "storagemigration.k8s.io/v1"
      ]
      for (const groupVersion of versions) {
        const root = groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`
        const { body } = yield* run.get(root, { show: () => "resources" })
        for (const { name, verbs } of body.resources ?? []) {
          if (name.includes("/") || !verbs.includes("list")) continue
          yield* run.get(`${root}/${name}?limit=1`, {
            ...accept(table()),
            show: (body) => shownTable(body).columnDefinitions
          })
          yield* run.get(`${root}/${name}?fieldSelector=metadata.name%3Dnothing-is-called-so`, {
            ...accept(table()),
            show: (body) => body.rows
          })
        }
      }
    }),
    scenario("the table of one object, of a list, of pages and of nothing (S55)", function*(run) {
      const path = run.at("configmaps")
      yield* run.get(path, whole)
      yield* fill(run, "a", "b", "c")
      yield* run.get(`${path}/a`, whole)
      yield* run.get(`${path}/a`, { ...whole, ...accept(table("v1beta1")) })
      yield* run.get(path, { ...whole, ...accept(table("v1beta1")) })
      yield* run.get(path, whole)
      const page = yield* run.get(`${path}?limit=2`, whole)
      yield* run.get(`${path}?limit=2&continue=${page.body.metadata.continue}`, whole)
      yield* run.get(`${path}?labelSelector=x%3D2`, whole)
    }),
    scenario("a row has its object, the metadata of it, or neither (S55)", function*(run) {
      const path = run.at("configmaps")
      yield* fill(run, "a")
      for (const included of ["", "None", "Metadata", "Object"]) {
        yield* run.get(`${path}/a?includeObject=${included}`, whole)
        yield* run.get(`${path}?includeObject=${included}`, whole)
      }
      yield* run.get(`${path}/a?includeObject=none`, whole)
      yield* run.get(`${path}/z?includeObject=none`, whole)
      yield* run.get(`${path}?includeObject=Some`, whole)
      yield* run.get(`${path}?watch=1&includeObject=Some`, whole)
      yield* run.get(`${path}/a?includeObject=Some`, accept(json))
    }),
    scenario("a watch tells the columns once (S26, S55)", function*(run) {
      const path = run.at("configmaps")
      yield* fill(run, "a", "b")
      const watch = yield* run.watch(`${path}?${streamed}`, { ...accept(table(), json), show: shownEvent })
      yield* watch.take(3)
      const none = yield* run.watch(`${path}?${streamed}&includeObject=None`, {
        ...accept(table()),
        show: shownEvent
      })
      yield* none.take(3)
      const objects = yield* run.watch(`${path}?${streamed}&includeObject=Object`, {
        ...accept(table()),
        show: shownEvent
      })
      yield* objects.take(3)
      yield* run.merge(`${path}/a`, { data: { m: "x" } })
      yield* run.delete(`${path}/b`)
      yield* watch.take(2)
      const one = yield* run.watch(`${path}?watch=1&fieldSelector=metadata.name%3Da`, {
        ...accept(table()),
        show: shownEvent
      })
      yield* one.take(1)
    }),
    scenario("refusals come as they are where a table is asked for (S55, S57)", function*(run) {
      const path = run.at("configmaps")
      yield* run.get(`${path}/none`, accept(table(), json))
      yield* run.get(`${path}?continue=bad`, accept(table(), json))
      yield* run.get(`${run.at("nothings")}`, accept(table(), json))
      yield* run.get(`${path}?watch=1&resourceVersion=abc`, accept(table(), json))
      yield* fill(run, "a")
      yield* run.get(`${path}/a`, accept(table("v2")))
      yield* run.get(`${path}/a`, { ...whole, ...accept(table("v2"), table()) })
      yield* run.get(`${path}/a`, { ...accept(table("v2"), json), show: (body) => body.kind })
      yield* run.get(`${path}/a`, accept(`${json};as=Table`))
      yield* run.get(`${path}/a`, accept(`${json};as=Table;g=other.dev;v=v1`))
      yield* run.get(`${path}/a`, accept(`${json};as=Tables;g=meta.k8s.io;v=v1`))
      yield* run.get(`${path}/a`, accept("application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1"))
      yield* run.get(`${path}/a`, {
        ...accept("application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1", table()),
        show: cellsOf
      })
      yield* run.get(`${path}?watch=1`, accept(table("v2")))
    }),
    scenario("writes are answered with a table where that is asked for (S14, S16, S55)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" } }, whole)
      yield* run.put(`${path}/a`, { metadata: { name: "a" }, data: { k: "w", l: "x" } }, whole)
      yield* run.merge(`${path}/a`, { data: { k: "x" } }, whole)
      yield* run.post(path, { metadata: { name: "b" } }, { ...whole, headers: { accept: table() } })
      yield* run.post(`${path}?includeObject=Some`, { metadata: { name: "d" } }, whole)
      yield* run.get(`${path}/d`, rows)
      yield* run.delete(`${path}/b`, undefined, whole)
      yield* run.merge(`${path}/a`, { metadata: { finalizers: ["example.com/wait"] } }, rows)
      yield* run.delete(`${path}/a`, undefined, whole)
      yield* run.merge(`${path}/a`, { metadata: { finalizers: null } }, rows)
      yield* run.post(path, { metadata: { name: "c" } }, rows)
      yield* run.delete(path, undefined, whole)
    }),
    scenario("the columns that a definition asks for (S48, S55)", function*(run) {
      const column = (name: string, type: string, jsonPath: string, more: Json = {}) => ({
        name,
        type,
        jsonPath,
        ...more
      })
      yield* run.define(definition(run, "Gadget", [
        version({ any: { type: "object", "x-kubernetes-preserve-unknown-fields": true } }, {
          additionalPrinterColumns: [
            column("Text", "string", ".spec.any.text", { description: "what it says", priority: 1 }),
            column("Whole", "integer", ".spec.any.whole", { format: "int64" }),
            column("Number", "number", ".spec.any.number"),
            column("Truth", "boolean", ".spec.any.truth"),
            column("When", "date", ".spec.any.when"),
            column("Number as text", "string", ".spec.any.number"),
            column("Whole as text", "string", ".spec.any.whole"),
            column("Truth as text", "string", ".spec.any.truth"),
            column("Map as text", "string", ".spec.any.map"),
            column("List as text", "string", ".spec.any.list"),
            column("Null as text", "string", ".spec.any.nothing"),
            column("Null as whole", "integer", ".spec.any.nothing"),
            column("Text as whole", "integer", ".spec.any.text"),
            column("Number as whole", "integer", ".spec.any.number"),
            column("Whole as truth", "boolean", ".spec.any.whole"),
            column("Text as date", "date", ".spec.any.text"),
            column("Missing", "string", ".spec.any.missing.more"),
            column("First", "string", ".spec.any.list[0]"),
            column("Last", "string", ".spec.any.list[-1]"),
            column("Ninth", "string", ".spec.any.list[9]"),
            column("All", "string", ".spec.any.list[*]"),
            column("Slice", "string", ".spec.any.list[1:2]"),
            column("Condition", "string", ".spec.any.conditions[?(@.type==\"Ready\")].status"),
            column("Other quotes", "string", ".spec.any.conditions[?(@.type=='Ready')].status"),
            column("No condition", "string", ".spec.any.conditions[?(@.type==\"Lost\")].status"),
            column("More", "integer", ".spec.any.conditions[?(@.count>1)].count"),
            column("Has", "string", ".spec.any.conditions[?(@.count)].type"),
            column("Label", "string", ".metadata.labels.example\\.com/kind"),
            column("Quoted", "string", ".metadata.labels['example\\.com/kind']"),
            column("Deep", "string", "..deep"),
            column("Name", "string", ".metadata.name"),
            column("Of no list", "string", ".spec.any.text[0]"),
            column("Unlike", "string", ".spec.any.conditions[?(@.type==1)].status"),
            column("Root", "string", ".kind"),
            column("Age", "date", ".metadata.creationTimestamp")
          ]
        })
      ]))
      const path = run.at("gadgets", `${run.group}/v1`)
      const gadget = (name: string, any: Json) => ({
        apiVersion: `${run.group}/v1`,
        kind: "Gadget",
        metadata: { name, labels: { "example.com/kind": "k" } },
        spec: { any }
      })
      yield* run.get(path, { ...accept(table(), json), show: (body) => body.columnDefinitions.slice(1) })
      yield* run.post(path, gadget("empty", {}), rows)
      yield* run.post(
        path,
        gadget("full", {
          text: "hello",
          whole: 5,
          number: 1.5,
          truth: false,
          when: "2020-01-01T00:00:00Z",
          map: { b: "<&>", a: [1, null] },
          list: ["x", "y", "z"],
          nothing: null,
          conditions: [{ type: "Other", status: "False" }, { type: "Ready", status: "True", count: 2 }],
          inner: { deep: "found" }
        }),
        rows
      )
      yield* run.post(
        path,
        gadget("odd", { text: "", whole: 5.5, number: 3, truth: "yes", when: "soon", list: [], conditions: "none" }),
        rows
      )
      const watch = yield* run.watch(`${path}?${streamed}`, { ...accept(table()), show: shownEvent })
      yield* watch.take(4)
    }),
    scenario(
      "a custom resource without columns has its age, and a bad path ends the columns (S48, S55)",
      function*(run) {
        yield* run.define(widgets(run))
        yield* run.define(definition(run, "Gizmo", [
          version({ size: { type: "integer" } }, {
            additionalPrinterColumns: [
              { name: "Size", type: "integer", jsonPath: ".spec.size" },
              { name: "Bad", type: "string", jsonPath: ".spec[" },
              { name: "Again", type: "integer", jsonPath: ".spec.size" }
            ]
          })
        ]))
        const path = run.at("widgets", `${run.group}/v1`)
        yield* run.post(path, widget(run, "a"), whole)
        yield* run.get(`${path}/a/status`, whole)
        yield* run.get(`${path}?includeObject=Object`, whole)
        yield* run.get(`${path}/none`, whole)
        const gizmos = run.at("gizmos", `${run.group}/v1`)
        yield* run.post(gizmos, { ...widget(run, "a", { size: 7 }), kind: "Gizmo" }, whole)
        const watch = yield* run.watch(`${path}?${streamed}`, { ...accept(table(), json), show: shownEvent })
        yield* watch.take(2)
        yield* run.delete(path, undefined, whole)
      }
    ),
    scenario("a scale as a table and as metadata alone (S50, S55)", function*(run) {
      const replicas = { type: "integer" }
      yield* run.define(definition(run, "Fleet", [
        version({ size: replicas }, {
          subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } }
        })
      ]))
      const fleet = `${run.at("fleets", `${run.group}/v1`)}/a`
      const deployment = `${run.at("deployments", "apps/v1")}/a`
      const partial = (list = "") => `${json};as=PartialObjectMetadata${list};g=meta.k8s.io;v=v1`
      yield* run.post(run.at("fleets", `${run.group}/v1`), { ...widget(run, "a", { size: 2 }), kind: "Fleet" }, silent)
      yield* run.post(run.at("deployments", "apps/v1"), {
        metadata: { name: "a" },
        spec: { replicas: 3, selector: matching, template: podTemplate }
      }, silent)
      for (const path of [fleet, deployment]) {
        yield* run.get(`${path}/scale`, whole)
        yield* run.get(`${path}/scale?includeObject=Object`, whole)
        yield* run.merge(`${path}/scale`, { spec: { replicas: 5 } }, whole)
        yield* run.get(`${path}/scale`, accept(partial()))
        yield* run.get(`${path}/scale`, accept(partial("List")))
      }
    }),
    scenario("answers in YAML (S55, S57)", function*(run) {
      const path = run.at("configmaps")
      const asYaml = { ...accept("application/yaml"), show: (text: string) => load(text) }
      yield* run.post(
        path,
        { metadata: { name: "a" }, data: { number: "5", truth: "true", text: "a: b\n- c\n" } },
        asYaml
      )
      yield* run.get(`${path}/a`, asYaml)
      yield* run.get(path, asYaml)
      yield* run.get(`${path}/z`, asYaml)
      yield* run.get(`${path}/a`, { ...accept("application/yaml", json), show: (text: string) => load(text) })
      yield* run.get(`${path}/a`, { ...accept(json, "application/yaml"), show: (body) => body.kind })
      yield* run.get(`${path}/a`, {
        ...accept("application/yaml;as=Table;g=meta.k8s.io;v=v1"),
        show: (text: string) => shownTable(load(text))
      })
      yield* run.get(`${path}?watch=1`, asYaml)
      yield* run.delete(`${path}/a`, undefined, asYaml)
      yield* run.define(widgets(run))
      const custom = run.at("widgets", `${run.group}/v1`)
      yield* run.post(custom, widget(run, "a"), asYaml)
      yield* run.get(custom, asYaml)
      yield* run.get(`${custom}/z`, asYaml)
      yield* run.get(`/apis/${run.group}/v1`, { ...accept("application/yaml"), show: (text) => typeof text })
    })
  ]
}
