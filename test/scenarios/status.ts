/** The status subresource and generations. */
import { type Area, scenario } from "./scenario.js"
import { definition, version, widget, widgets } from "./widgets.js"

export const status: Area = {
  name: "status",
  scenarios: [
    scenario("the main endpoint ignores the status (S13)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      const { body } = yield* run.post(path, { ...widget(run, "a"), status: { phase: "Made up" } })
      yield* run.put(`${path}/a`, { ...body, status: { phase: "Made up" } })
      yield* run.merge(`${path}/a`, { status: { phase: "Made up" } })
    }),
    scenario("the status endpoint takes the status only (S11, S12)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      const { body } = yield* run.post(path, widget(run, "a"))
      const { body: written } = yield* run.put(`${path}/a/status`, {
        ...body,
        metadata: { ...body.metadata, labels: { no: "no" }, annotations: { no: "no" }, finalizers: ["example.com/no"] },
        spec: { size: 9 },
        status: { phase: "Ready", observedGeneration: 1 }
      })
      yield* run.get(`${path}/a/status`)
      yield* run.merge(`${path}/a/status`, { status: { phase: null, more: [1, 2] }, spec: { size: 9 } })
      yield* run.jsonPatch(`${path}/a/status`, [{ op: "replace", path: "/status/more/0", value: 7 }])
      yield* run.put(`${path}/a/status`, { ...written, status: { phase: "Late" } })
      yield* run.put(`${path}/a/status`, { ...widget(run, "a"), status: { phase: "No version" } })
    }),
    scenario("a status that does not change writes nothing (S3)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a"))
      yield* run.merge(`${path}/a/status`, { status: { phase: "Ready" } })
      yield* run.merge(`${path}/a/status`, { status: { phase: "Ready" } })
    }),
    scenario("the status of a missing object is a 404 (S12)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.get(`${path}/a/status`)
      yield* run.put(`${path}/a/status`, { ...widget(run, "a"), status: {} })
      yield* run.merge(`${path}/a/status`, { status: {} })
      yield* run.delete(`${path}/a/status`)
      yield* run.post(`${path}/a/status`, widget(run, "a"))
    }),
    scenario("without a status subresource the status is a field like others (S11, S13)", function*(run) {
      yield* run.define(definition(run, "Widget", [version({ size: { type: "integer" } }, { subresources: {} })]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, { ...widget(run, "a"), status: { phase: "Mine" } })
      yield* run.merge(`${path}/a`, { status: { phase: "Changed" } })
      yield* run.get(`${path}/a/status`)
      yield* run.merge(`${path}/a/status`, { status: {} })
    }),
    scenario("the schema of a status is checked (S45)", function*(run) {
      const schema = version({ size: { type: "integer" } })
      schema.schema.openAPIV3Schema.properties.status = {
        type: "object",
        required: ["phase"],
        properties: { phase: { type: "string" }, count: { type: "integer", default: 5 } }
      }
      yield* run.define(definition(run, "Widget", [schema]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a"))
      yield* run.merge(`${path}/a/status`, { status: { phase: 5 } })
      yield* run.merge(`${path}/a/status`, { status: {} })
      yield* run.merge(`${path}/a/status`, { status: { phase: "Ready", unknown: true } })
    }),
    scenario("the status of a Namespace (S12, S50)", function*(run) {
      const path = `/api/v1/namespaces/${run.namespace}`
      yield* run.get(`${path}/status`)
      yield* run.merge(`${path}/status`, { metadata: { labels: { l: "1" } }, spec: { finalizers: null } })
      yield* run.merge(path, { status: { phase: "Terminating" } })
    }),
    scenario("the scale of a custom resource (S48)", function*(run) {
      const scaled = version({ replicas: { type: "integer", default: 1 } }, {
        subresources: {
          status: {},
          scale: {
            specReplicasPath: ".spec.replicas",
            statusReplicasPath: ".status.replicas",
            labelSelectorPath: ".status.selector"
          }
        }
      })
      yield* run.define(definition(run, "Widget", [scaled]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { replicas: 2 }))
      const { body } = yield* run.get(`${path}/a/scale`)
      yield* run.put(`${path}/a/scale`, { ...body, spec: { replicas: 5 } })
      yield* run.put(`${path}/a/scale`, { ...body, spec: { replicas: 6 } })
      yield* run.merge(`${path}/a/scale`, { spec: { replicas: 7 } })
      yield* run.merge(`${path}/a/scale`, { spec: { replicas: -1 } })
      yield* run.merge(`${path}/a/status`, { status: { replicas: 3, selector: "app=a" } })
      yield* run.get(`${path}/a/scale`)
      yield* run.get(`${path}/b/scale`)
      yield* run.get(`${path}/a`)
    })
  ]
}
