/** Who manages which fields: what writes make of metadata.managedFields. */
import { type Area, type Json, type Run, scenario } from "./scenario.js"
import { definition, version, widget, widgets } from "./widgets.js"

const managersOf = (body: Json): unknown => body.metadata?.managedFields ?? body

/** Shows who manages what, not the object itself. */
const show = managersOf

const deployment = (replicas: number | undefined, more: Json = {}): Json => ({
  metadata: { name: "a", ...more },
  spec: {
    replicas,
    selector: { matchLabels: { app: "a" } },
    template: {
      metadata: { labels: { app: "a" } },
      spec: { containers: [{ name: "c", image: "example.com/i:1" }] }
    }
  }
})

const scaled = (run: Run): Json =>
  definition(run, "Widget", [
    version({ replicas: { type: "integer" }, size: { type: "integer" } }, {
      subresources: {
        status: {},
        scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" }
      }
    })
  ])

const entry = (more: Json = {}): Json => ({
  manager: "m",
  operation: "Update",
  apiVersion: "v1",
  fieldsType: "FieldsV1",
  fieldsV1: { "f:data": { "f:k": {} } },
  ...more
})

export const managers: Area = {
  name: "managers",
  managers: true,
  scenarios: [
    scenario("a create is managed by who wrote it (S38)", function*(run) {
      const path = run.at("configmaps")
      const named = (name: string): Json => ({ metadata: { name }, data: { k: "v" } })
      yield* run.post(`${path}?fieldManager=me`, named("a"))
      yield* run.post(path, named("b"), { headers: { "user-agent": "tool/1.2 (linux)" }, show })
      yield* run.post(path, named("c"), { headers: { "user-agent": "no slash" }, show })
      yield* run.post(path, named("d"), { show })
      yield* run.post(path, named("e"), { headers: { "user-agent": "x".repeat(140) }, show })
      yield* run.post(`${path}?fieldManager=me`, named("f"), { headers: { "user-agent": "tool/1" }, show })
      yield* run.post(`${path}?fieldManager=${"x".repeat(129)}`, named("g"))
    }),
    scenario("fields of labels, annotations, finalizers and owners (S38)", function*(run) {
      yield* run.post(`${run.at("configmaps")}?fieldManager=me`, {
        metadata: {
          name: "a",
          labels: { "example.com/a": "1", b: "2" },
          annotations: { "c<d>": "3" },
          finalizers: ["example.com/one", "example.com/two"],
          ownerReferences: [{
            apiVersion: "v1",
            kind: "ConfigMap",
            name: "o",
            uid: "7a1c0d1c-0000-4000-8000-000000000001"
          }]
        },
        binaryData: { b: "AAAA" },
        immutable: false
      }, { show })
      yield* run.merge(`${run.at("configmaps")}/a?fieldManager=me`, { metadata: { finalizers: null } }, { show })
    }),
    scenario("updates take the fields that they change (S38)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(`${path}?fieldManager=a`, {
        metadata: { name: "a" },
        data: { k: "1", l: "1", m: "1" }
      })
      yield* run.put(`${path}/a?fieldManager=b`, { ...body, data: { k: "2", l: "1", n: "1" } }, { show })
      yield* run.merge(`${path}/a?fieldManager=c`, { data: { l: "3" } }, { show })
      yield* run.jsonPatch(`${path}/a?fieldManager=d`, [{ op: "remove", path: "/data/n" }], { show })
      yield* run.merge(`${path}/a?fieldManager=c`, { data: null }, { show })
      yield* run.merge(`${path}/a?fieldManager=e`, { data: { k: "1" } }, { show })
    }),
    scenario("a write that changes nothing changes no manager (S3, S38)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(`${path}?fieldManager=a`, { metadata: { name: "a" }, data: { k: "1" } })
      yield* run.put(`${path}/a?fieldManager=b`, body)
      yield* run.merge(`${path}/a?fieldManager=b`, { data: { k: "1" } })
      yield* run.put(`${path}/a?fieldManager=a`, body)
    }),
    scenario("managedFields that a client sends (S38)", function*(run) {
      const path = run.at("configmaps")
      const sent = (name: string, managedFields: Json): Json => ({
        metadata: { name, managedFields },
        data: { k: "v" }
      })
      yield* run.post(`${path}?fieldManager=z`, sent("a", [entry()]), { show })
      yield* run.post(`${path}?fieldManager=z`, sent("b", []), { show })
      yield* run.post(`${path}?fieldManager=z`, sent("c", [{}]), { show })
      yield* run.put(`${path}/a?fieldManager=z`, sent("a", [entry({ manager: "n" })]), { show })
      yield* run.put(`${path}/a?fieldManager=z`, { metadata: { name: "a" }, data: { k: "w" } }, { show })
    }),
    scenario("invalid managedFields are as none (S38)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(`${path}?fieldManager=a`, { metadata: { name: "a" }, data: { k: "v" } }, { show })
      for (
        const wrong of [
          { operation: "Delete" },
          { operation: undefined },
          { apiVersion: undefined },
          { fieldsType: "FieldsV2" },
          { fieldsType: undefined },
          { fieldsV1: { "data": {} } },
          { fieldsV1: { "k:{bad": {} } },
          { fieldsV1: undefined },
          { fieldsV1: { "x:unknown": {}, "f:data": {} } },
          { manager: "x".repeat(129) },
          { manager: undefined }
        ]
      ) {
        yield* run.put(`${path}/a?fieldManager=a`, {
          metadata: { name: "a", managedFields: [entry(wrong)] },
          data: { k: "v" }
        }, { show })
      }
      yield* run.put(`${path}/a?fieldManager=a`, { metadata: { name: "a", managedFields: "x" }, data: { k: "v" } })
    }),
    scenario("an empty list of managers resets it (S38)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(`${path}?fieldManager=a`, { metadata: { name: "a" }, data: { k: "1" } }, { show })
      yield* run.put(`${path}/a?fieldManager=b`, { metadata: { name: "a", managedFields: [] }, data: { k: "1" } })
      yield* run.merge(`${path}/a?fieldManager=b`, { data: { k: "2" } })
      yield* run.post(`${path}?fieldManager=a`, { metadata: { name: "b" }, data: { k: "1" } }, { show })
      yield* run.merge(`${path}/b?fieldManager=b`, { metadata: { managedFields: [{}] } })
      yield* run.post(`${path}?fieldManager=a`, { metadata: { name: "c" }, data: { k: "1" } }, { show })
      yield* run.jsonPatch(`${path}/c?fieldManager=b`, [{ op: "remove", path: "/metadata/managedFields" }], { show })
      yield* run.jsonPatch(`${path}/c?fieldManager=b`, [{
        op: "replace",
        path: "/metadata/managedFields",
        value: [{}]
      }])
    }),
    scenario("managers of a custom resource (S38)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(
        `${path}?fieldManager=a`,
        widget(run, "a", { colour: "red", tags: ["x"] }, { labels: { l: "1" } })
      )
      yield* run.merge(`${path}/a?fieldManager=b`, { spec: { tags: ["x", "y"], size: 4 } }, { show })
      yield* run.merge(`${path}/a?fieldManager=b`, { metadata: { managedFields: [] } })
      yield* run.merge(`${path}/a?fieldManager=b`, { metadata: { managedFields: [{}] } })
      yield* run.post(`${path}?fieldManager=a`, widget(run, "b", {}), { show })
    }),
    scenario("the status endpoint manages the status (S12, S38)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      const first = yield* run.post(`${path}?fieldManager=a`, { ...widget(run, "a"), status: { ready: true } }, {
        show
      })
      yield* run.put(`${path}/a/status?fieldManager=b`, {
        ...first.body,
        spec: { size: 7 },
        metadata: { ...first.body.metadata, labels: { l: "1" } },
        status: { ready: true, list: [1], map: { a: {} } }
      }, { show })
      yield* run.merge(`${path}/a?fieldManager=c`, { status: { ready: false }, spec: { size: 2 } }, { show })
      yield* run.merge(
        `${path}/a/status?fieldManager=d`,
        { status: { ready: false }, metadata: { managedFields: [] } },
        {
          show
        }
      )
    }),
    scenario("the status of a Deployment (S38, S50)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      const metadata = (body: Json): unknown =>
        body.metadata.managedFields.filter((entry: Json) => entry.subresource !== undefined)
      yield* run.post(`${path}?fieldManager=a`, deployment(1), { show: () => "created" })
      yield* run.merge(`${path}/a/status?fieldManager=b`, {
        metadata: { labels: { l: "1" }, annotations: { n: "1" } },
        spec: { paused: true },
        status: {
          observedGeneration: 1,
          conditions: [{ type: "Available", status: "True", reason: "r", message: "m" }]
        }
      }, { show: metadata })
      yield* run.merge(`${path}/a?fieldManager=c`, { status: { observedGeneration: 2 } }, { show: metadata })
    }),
    scenario("the scale of a Deployment (S38, S50)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      const replicas = (body: Json): unknown =>
        body.metadata.managedFields.filter((entry: Json) => entry.fieldsV1["f:spec"]?.["f:replicas"] !== undefined).map(
          ({ fieldsV1: _, ...entry }: Json) => entry
        )
      yield* run.post(`${path}?fieldManager=a`, deployment(1), { show: replicas })
      yield* run.get(`${path}/a/scale`)
      yield* run.merge(`${path}/a/scale?fieldManager=b`, { spec: { replicas: 3 } })
      yield* run.get(`${path}/a`, { show: replicas })
      yield* run.merge(`${path}/a/scale?fieldManager=c`, { spec: { replicas: 3 } })
      yield* run.get(`${path}/a`, { show: replicas })
      const { body } = yield* run.get(`${path}/a/scale`)
      yield* run.put(`${path}/a/scale?fieldManager=d`, { ...body, spec: { replicas: 4 } })
      yield* run.get(`${path}/a`, { show: replicas })
      yield* run.merge(`${path}/a?fieldManager=e`, { spec: { replicas: 5 } }, { show: replicas })
    }),
    scenario("managers of the scale of a custom resource (S38, S48)", function*(run) {
      yield* run.define(scaled(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(`${path}?fieldManager=a`, widget(run, "a", { replicas: 1, size: 1 }), { show })
      yield* run.merge(`${path}/a/scale?fieldManager=b`, { spec: { replicas: 3 } })
      yield* run.get(`${path}/a`, { show })
    }),
    scenario("more than ten updaters become ancient changes (S38)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(`${path}?fieldManager=m00`, { metadata: { name: "a" }, data: { k00: "1" } }, { show })
      for (let index = 1; index <= 12; index++) {
        const name = String(index).padStart(2, "0")
        yield* run.merge(`${path}/a?fieldManager=m${name}`, { data: { [`k${name}`]: "1" } }, {
          show: index > 9 ? show : () => "changed"
        })
      }
    }),
    scenario("lists with keys and their defaults in a Service (S38)", function*(run) {
      const path = run.at("services")
      const metadata = (body: Json): unknown =>
        body.metadata.managedFields.map((each: Json) => [each.manager, each.fieldsV1["f:spec"]["f:ports"]])
      yield* run.post(`${path}?fieldManager=a`, {
        metadata: { name: "a" },
        spec: {
          clusterIP: "None",
          ports: [{ name: "one", port: 80, targetPort: 8080 }, { name: "two", port: 80, protocol: "UDP" }, {
            name: "three",
            port: 443
          }]
        }
      }, { show: metadata })
      yield* run.jsonPatch(`${path}/a?fieldManager=b`, [
        { op: "replace", path: "/spec/ports/0/name", value: "uno" },
        { op: "remove", path: "/spec/ports/1" }
      ], { show: metadata })
    }),
    scenario("managers of a dry run (S38, S40)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(`${path}?fieldManager=a&dryRun=All`, { metadata: { name: "a" }, data: { k: "1" } }, { show })
      yield* run.post(`${path}?fieldManager=a`, { metadata: { name: "a" }, data: { k: "1" } }, { show })
      yield* run.merge(`${path}/a?fieldManager=b&dryRun=All`, { data: { k: "2" } }, { show })
      yield* run.get(`${path}/a`)
    }),
    scenario("managers after a delete that waits (S17, S38)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(`${path}?fieldManager=a`, { metadata: { name: "a", finalizers: ["example.com/f"] } }, { show })
      yield* run.delete(`${path}/a`, undefined, { show })
      yield* run.merge(`${path}/a?fieldManager=b`, { data: { k: "1" } }, { show })
      yield* run.merge(`${path}/a?fieldManager=c`, { metadata: { finalizers: null } }, { show })
    }),
    scenario("managers of an object that a replace creates (S6, S38)", function*(run) {
      const path = run.at("leases", "coordination.k8s.io/v1")
      yield* run.put(`${path}/a?fieldManager=a`, { metadata: { name: "a" }, spec: { holderIdentity: "h" } }, { show })
    })
  ]
}
