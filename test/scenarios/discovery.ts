/** What is served. */
import { type Area, type Json, scenario } from "./scenario.js"
import { widgets } from "./widgets.js"

/** Groups that every server has: other suites may have defined some at the same time. */
const isBuiltin = (name: string): boolean =>
  !name.includes("example") && (!name.includes(".") || name.endsWith(".k8s.io"))

export const discovery: Area = {
  name: "discovery",
  scenarios: [
    scenario("the versions of the core group (S52)", function*(run) {
      yield* run.get("/api", { show: ({ serverAddressByClientCIDRs: _, ...body }) => body })
    }),
    scenario("the groups (S52)", function*(run) {
      yield* run.get("/apis", {
        show: (body) => ({ ...body, groups: body.groups.filter(({ name }: Json) => isBuiltin(name)) })
      })
    }),
    scenario("one group (S52)", function*(run) {
      for (const group of ["apps", "coordination.k8s.io", "apiextensions.k8s.io", "autoscaling"]) {
        yield* run.get(`/apis/${group}`)
      }
    }),
    scenario("the resources of the core group (S52)", function*(run) {
      yield* run.get("/api/v1", {
        show: (body) => ({ ...body, resources: body.resources.map(({ storageVersionHash: _, ...each }: Json) => each) })
      })
    }),
    scenario("the resources of other groups (S52)", function*(run) {
      for (
        const version of [
          "apps/v1",
          "batch/v1",
          "coordination.k8s.io/v1",
          "apiextensions.k8s.io/v1",
          "policy/v1",
          "authorization.k8s.io/v1"
        ]
      ) {
        yield* run.get(`/apis/${version}`, {
          show: (body) => ({
            ...body,
            resources: body.resources.map(({ storageVersionHash: _, ...each }: Json) => each)
          })
        })
      }
    }),
    scenario("an unknown group or version is a plain-text 404 (S52, S58)", function*(run) {
      for (
        const path of [
          "/apis/nobody.example.com",
          "/apis/nobody.example.com/v1",
          "/apis/nobody.example.com/v1/things",
          "/apis/nobody.example.com/v1/namespaces/default/things/a",
          "/apis/apps/v9",
          "/apis/apps/v9/deployments",
          "/api/v9",
          "/api/v9/pods",
          "/nowhere",
          "/apis/apps/v1/nothings",
          "/api/v1/nothings",
          `/api/v1/namespaces/${run.namespace}/nothings`,
          `/api/v1/namespaces/${run.namespace}/configmaps/a/nothing`
        ]
      ) yield* run.get(path)
    }),
    scenario("a definition is discovered in the aggregated form (S52)", function*(run) {
      yield* run.define(widgets(run))
      yield* run.get("/apis", {
        headers: { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" },
        show: (body) => ({ ...body, items: body.items.filter(({ metadata }: Json) => metadata.name === run.group) })
      })
    }),
    scenario("the core group in the aggregated form (S52)", function*(run) {
      yield* run.get("/api", {
        headers: { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json" }
      })
    }),
    scenario("health (S54)", function*(run) {
      for (const path of ["/healthz", "/livez", "/readyz"]) yield* run.get(path)
    }),
    scenario("other methods on discovery are refused (S57)", function*(run) {
      yield* run.post("/api", {})
      yield* run.post("/apis", {}, { show: (body) => body.kind })
      yield* run.delete("/apis/apps/v1")
    })
  ]
}
