/** Namespaces: what is in them goes with them. */
import { type Area, scenario } from "./scenario.js"

export const namespaces: Area = {
  name: "namespaces",
  scenarios: [
    scenario("a namespace is created (S21)", function*(run) {
      yield* run.post("/api/v1/namespaces", { metadata: { name: `${run.namespace}-2`, labels: { l: "1" } } })
      yield* run.get(`/api/v1/namespaces/${run.namespace}-2`)
      yield* run.post("/api/v1/namespaces", { metadata: { name: `${run.namespace}-2` } })
      yield* run.merge(`/api/v1/namespaces/${run.namespace}-2`, { metadata: { labels: { l: null } } })
    }),
    scenario("a create in a missing namespace is a 404 (S21)", function*(run) {
      yield* run.post("/api/v1/namespaces/no-such-namespace/configmaps", { metadata: { name: "a" } })
      yield* run.post("/apis/coordination.k8s.io/v1/namespaces/no-such-namespace/leases", {
        metadata: { name: "a" },
        spec: {}
      })
      yield* run.get("/api/v1/namespaces/no-such-namespace/configmaps/a")
      yield* run.get("/api/v1/namespaces/no-such-namespace")
      yield* run.delete("/api/v1/namespaces/no-such-namespace/configmaps/a")
    }),
    scenario("a deleted namespace is emptied and goes (S21)", function*(run) {
      const path = `/api/v1/namespaces/${run.namespace}`
      yield* run.post(run.at("configmaps"), { metadata: { name: "a" } })
      yield* run.post(run.at("leases", "coordination.k8s.io/v1"), { metadata: { name: "a" }, spec: {} })
      yield* run.delete(path)
      yield* run.until(path, ({ status }) => status === 404)
      yield* run.get(`${run.at("configmaps")}/a`)
      yield* run.get(run.at("configmaps"))
    }),
    scenario("nothing is created in a namespace that is being deleted (S21)", function*(run) {
      const path = `/api/v1/namespaces/${run.namespace}`
      yield* run.post(run.at("configmaps"), { metadata: { name: "held", finalizers: ["example.com/hold"] } })
      yield* run.delete(path)
      yield* run.until(`${run.at("configmaps")}/held`, ({ body }) => body.metadata.deletionTimestamp !== undefined)
      yield* run.post(run.at("configmaps"), { metadata: { name: "new" } })
      yield* run.post(run.at("leases", "coordination.k8s.io/v1"), { metadata: { name: "new" }, spec: {} })
      yield* run.merge(`${run.at("configmaps")}/held`, { data: { still: "changes" } })
      yield* run.merge(`${run.at("configmaps")}/held`, { metadata: { finalizers: null } })
      yield* run.until(path, ({ status }) => status === 404)
    }),
    scenario("a namespace that waits says what for (S21)", function*(run) {
      const path = `/api/v1/namespaces/${run.namespace}`
      yield* run.post(run.at("configmaps"), { metadata: { name: "held", finalizers: ["example.com/hold"] } })
      yield* run.delete(path)
      yield* run.until(
        path,
        ({ body }) =>
          body.status.conditions?.some((each: { type: string; status: string }) =>
            each.type === "NamespaceFinalizersRemaining" && each.status === "True"
          )
      )
      yield* run.merge(`${run.at("configmaps")}/held`, { metadata: { finalizers: null } })
      yield* run.until(path, ({ status }) => status === 404)
    }),
    scenario("a namespace goes when it is finalized (S50)", function*(run) {
      const path = `/api/v1/namespaces/${run.namespace}-free`
      const { body } = yield* run.post("/api/v1/namespaces", { metadata: { name: `${run.namespace}-free` } })
      yield* run.put(`${path}/finalize`, { ...body, spec: { finalizers: ["kubernetes", "example.com/more"] } })
      yield* run.delete(path)
      yield* run.until(path, ({ body }) => !body.spec.finalizers.includes("kubernetes"))
      yield* run.put(`${path}/finalize`, { metadata: { name: `${run.namespace}-free` }, spec: {} })
      yield* run.until(path, ({ status }) => status === 404)
    }),
    scenario("namespaces that cannot be deleted (S21)", function*(run) {
      yield* run.delete("/api/v1/namespaces/default")
      yield* run.delete("/api/v1/namespaces/kube-system")
    }),
    scenario("a namespace has the label with its name (S21)", function*(run) {
      const path = `/api/v1/namespaces/${run.namespace}`
      yield* run.merge(path, { metadata: { labels: { "kubernetes.io/metadata.name": "other" } } })
      yield* run.merge(path, { metadata: { labels: null } })
    })
  ]
}
