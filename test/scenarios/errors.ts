/** Refusals. */
import { type Area, scenario } from "./scenario.js"
import { widget, widgets } from "./widgets.js"

export const errors: Area = {
  name: "errors",
  scenarios: [
    scenario("what is missing is a 404 with its resource and name (S57)", function*(run) {
      yield* run.get(`${run.at("configmaps")}/a`)
      yield* run.get(`${run.at("leases", "coordination.k8s.io/v1")}/a`)
      yield* run.define(widgets(run))
      yield* run.get(`${run.at("widgets", `${run.group}/v1`)}/a`)
      yield* run.delete(`${run.at("widgets", `${run.group}/v1`)}/a`)
      yield* run.put(`${run.at("widgets", `${run.group}/v1`)}/a`, widget(run, "a"))
    }),
    scenario("methods that a path does not have are a 405 (S57)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(`${path}/a`, { metadata: { name: "a" } })
      yield* run.put(path, { metadata: { name: "a" } })
      yield* run.merge(path, {})
      yield* run.post("/api/v1/configmaps", { metadata: { name: "a" } })
      yield* run.delete("/api/v1/configmaps")
      yield* run.delete("/api/v1/namespaces")
      yield* run.request("OPTIONS", path)
      yield* run.request("BREW", path)
      yield* run.get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
    }),
    scenario("methods that a path of custom resources does not have (S57)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.put(path, widget(run, "a"))
      yield* run.merge(path, {})
      yield* run.post(`/apis/${run.group}/v1/widgets`, widget(run, "a"))
      yield* run.delete(`/apis/${run.group}/v1/widgets`)
      yield* run.post(`${path}/a`, widget(run, "a"))
      yield* run.request("BREW", path)
      yield* run.get(`${path}/a/nothing`)
      yield* run.get(`${path}/a/scale`)
    }),
    scenario("bodies that cannot be read are a 400 (S57)", function*(run) {
      const path = run.at("configmaps")
      for (
        const body of [
          "{bad",
          "[]",
          "7",
          "null",
          "\"text\"",
          "{\"a\":1",
          "{\"metadata\":{\"name\":\"a\"}} x",
          "{\"metadata\":{\"name\":5}}"
        ]
      ) {
        yield* run.post(path, body)
      }
      yield* run.request("POST", path, { headers: { "content-type": "application/json" } })
    }),
    scenario("bodies of custom resources that cannot be read are a 400 (S57)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      for (const body of ["{bad", "[]", "7", "null", "{}"]) yield* run.post(path, body)
      yield* run.post(path, { ...widget(run, "a"), metadata: { name: 5 } })
      yield* run.post(path, { ...widget(run, "a"), metadata: { name: "a", labels: { l: 5 } } })
      yield* run.post(path, { ...widget(run, "a"), metadata: "text" })
    }),
    scenario("a body of another kind is a 400 (S57)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } })
      yield* run.post(path, { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "a" } })
      yield* run.post(path, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } })
      yield* run.post(path, { apiVersion: "a/b/c", kind: "ConfigMap", metadata: { name: "a" } })
      yield* run.post(path, { kind: "ConfigMap", metadata: { name: "kind-only" } })
      yield* run.post(path, { metadata: { name: "b" }, data: { k: 5 } })
      yield* run.post(path, { metadata: { name: "b" }, data: ["x"] })
      yield* run.post(path, { metadata: { name: "b", labels: { l: 1 } } })
    }),
    scenario("a body of another media type is a 415 (S57)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, "x", { contentType: "text/plain" })
      yield* run.post(path, { metadata: { name: "a" } }, { contentType: "application/json; charset=utf-8" })
      yield* run.post(path, { metadata: { name: "b" } }, { contentType: "application/merge-patch+json" })
      yield* run.put(`${path}/a`, "x", { contentType: "text/plain" })
      yield* run.define(widgets(run))
      yield* run.post(run.at("widgets", `${run.group}/v1`), "x", { contentType: "text/plain" })
    }),
    scenario("what cannot be answered as asked is a 406 (S55, S57)", function*(run) {
      const path = run.at("configmaps")
      yield* run.get(path, { headers: { accept: "text/csv" } })
      yield* run.get(path, { headers: { accept: "application/xml, application/json" } })
      yield* run.get(path, { headers: { accept: "*/*" } })
      yield* run.get(path, { headers: { accept: "application/json;as=Nothing;g=meta.k8s.io;v=v1" } })
      yield* run.get(path, { headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" } })
      yield* run.post(path, { metadata: { name: "a" } }, { headers: { accept: "text/csv" } })
    }),
    scenario("the keys of a ConfigMap and a Secret are checked (S57)", function*(run) {
      yield* run.post(run.at("configmaps"), { metadata: { name: "a" }, data: { "bad key": "v" } })
      yield* run.post(run.at("configmaps"), { metadata: { name: "a" }, data: { k: "v" }, binaryData: { k: "AAAA" } })
      yield* run.post(run.at("configmaps"), { metadata: { name: "a" }, binaryData: { k: "not base64!" } })
      yield* run.post(run.at("secrets"), { metadata: { name: "a" }, data: { "bad key": "AAAA" } })
      yield* run.post(run.at("secrets"), { metadata: { name: "a" }, data: { k: "not base64!" } })
      yield* run.post(run.at("secrets"), { metadata: { name: "b" }, stringData: { k: "text" } })
      yield* run.merge(`${run.at("secrets")}/b`, { type: "other" })
    }),
    scenario("what is immutable stays (S57)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" }, immutable: true })
      yield* run.merge(`${path}/a`, { data: { k: "w" } })
      yield* run.merge(`${path}/a`, { immutable: null })
      yield* run.merge(`${path}/a`, { metadata: { labels: { l: "1" } } })
      yield* run.delete(`${path}/a`)
    }),
    scenario("paths that are not clean (S58)", function*(run) {
      yield* run.get(`/api/v1/namespaces/${run.namespace}/configmaps/`)
      yield* run.get(`/api/v1/namespaces//configmaps?fieldSelector=metadata.namespace%3D${run.namespace}`)
      yield* run.get(`/api/v1/namespaces/${run.namespace}/configmaps/a%2Fb`)
      yield* run.get(`/api/v1/namespaces/${run.namespace}/configmaps/a%20b`)
      yield* run.get("/api/", { show: (body) => body.kind ?? body })
      yield* run.get("/apis/", { show: (body) => body.kind ?? body })
    })
  ]
}
