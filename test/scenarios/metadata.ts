/** What the server makes of metadata. */
import { type Area, scenario } from "./scenario.js"
import { widgets } from "./widgets.js"

export const metadata: Area = {
  name: "metadata",
  scenarios: [
    scenario("what a client cannot give a new object is dropped (S9)", function*(run) {
      yield* run.post(run.at("configmaps"), {
        metadata: {
          name: "a",
          uid: "00000000-0000-4000-8000-000000000001",
          creationTimestamp: "2001-02-03T04:05:06Z",
          deletionTimestamp: "2001-02-03T04:05:06Z",
          deletionGracePeriodSeconds: 5,
          generation: 9,
          selfLink: "/nowhere"
        }
      })
    }),
    scenario("a generated name is the base and five letters (S10)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { generateName: "made-" } })
      yield* run.post(path, { metadata: { generateName: `${"x".repeat(58)}yyyyy` } })
      yield* run.post(path, { metadata: { name: "given", generateName: "made-" } })
    }),
    scenario("a name is needed (S10)", function*(run) {
      yield* run.post(run.at("configmaps"), { metadata: {} })
      yield* run.post(run.at("configmaps"), { data: {} })
    }),
    scenario("a bad name is refused (S57)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "Not_Good" } })
      yield* run.post(path, { metadata: { generateName: "Not_Good" } })
      yield* run.post(path, { metadata: { name: "x".repeat(254) } })
      yield* run.post(path, { metadata: { name: "a/b" } })
      yield* run.post("/api/v1/namespaces", { metadata: { name: "dots.are.bad" } })
    }),
    scenario("bad labels and annotations are refused (S57)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a", labels: { "bad key": "v" } } })
      yield* run.post(path, { metadata: { name: "a", labels: { key: "bad value!" } } })
      yield* run.post(path, { metadata: { name: "a", labels: { key: "x".repeat(64) } } })
      yield* run.post(path, { metadata: { name: "a", annotations: { "bad key": "v" } } })
      yield* run.post(path, { metadata: { name: "a", annotations: { big: "x".repeat(262_145) } } })
    }),
    scenario("bad owner references are refused (S57)", function*(run) {
      const path = run.at("configmaps")
      const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "00000000-0000-4000-8000-000000000001" }
      const make = (...ownerReferences: ReadonlyArray<unknown>) => ({ metadata: { name: "a", ownerReferences } })
      yield* run.post(path, make({ apiVersion: "v1", kind: "ConfigMap", name: "o" }))
      yield* run.post(path, make({ ...owner, apiVersion: "" }))
      yield* run.post(path, make({ ...owner, kind: "Event" }))
      const other = { ...owner, name: "p", uid: "00000000-0000-4000-8000-000000000002" }
      yield* run.post(path, make({ ...owner, controller: true }, { ...other, controller: true }))
    }),
    scenario("what the server owns of metadata does not change with a replace (S9)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a" } })
      yield* run.put(`${path}/a`, {
        ...body,
        metadata: {
          ...body.metadata,
          creationTimestamp: "2001-02-03T04:05:06Z",
          deletionTimestamp: "2001-02-03T04:05:06Z",
          generation: 7
        }
      })
    }),
    scenario("labels and annotations change and go (S3)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a", labels: { a: "1", b: "2" }, annotations: { c: "3" } } })
      yield* run.merge(`${path}/a`, { metadata: { labels: { a: null, d: "4" }, annotations: null } })
      yield* run.put(`${path}/a`, { metadata: { name: "a" } })
    }),
    scenario("a custom resource counts generations of everything but metadata (S9, S11)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      const kind = { apiVersion: `${run.group}/v1`, kind: "Widget" }
      yield* run.post(path, { ...kind, metadata: { name: "a" }, spec: { size: 1 } })
      yield* run.merge(`${path}/a`, { metadata: { labels: { l: "1" } } })
      yield* run.merge(`${path}/a`, { spec: { size: 2 } })
      yield* run.merge(`${path}/a`, { spec: { size: 2 } })
      yield* run.merge(`${path}/a`, { metadata: { generation: 77 }, spec: { size: 3 } })
    }),
    scenario("a ConfigMap, a Lease and a Namespace have no generation (S9)", function*(run) {
      yield* run.post(run.at("leases", "coordination.k8s.io/v1"), {
        metadata: { name: "a" },
        spec: { holderIdentity: "x" }
      })
      yield* run.merge(`${run.at("leases", "coordination.k8s.io/v1")}/a`, { spec: { holderIdentity: "y" } })
      yield* run.get(`/api/v1/namespaces/${run.namespace}`)
    }),
    scenario("a bad finalizer is refused of a ConfigMap and warned of at a custom resource (S57)", function*(run) {
      yield* run.post(run.at("configmaps"), { metadata: { name: "a", finalizers: ["plain"] } })
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, {
        apiVersion: `${run.group}/v1`,
        kind: "Widget",
        metadata: { name: "a", finalizers: ["plain"] },
        spec: { size: 1 }
      }, { contentType: "application/json" })
      yield* run.merge(`${path}/a`, { metadata: { finalizers: null } })
    })
  ]
}
