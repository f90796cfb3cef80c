/** What is served. */
import { type Area, type Json, scenario } from "./scenario.js"
import { definition, version, widgets } from "./widgets.js"

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

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
    scenario("the resources of all other groups (S52)", function*(run) {
      for (
        const version of [
          "autoscaling/v1",
          "autoscaling/v2",
          "networking.k8s.io/v1",
          "discovery.k8s.io/v1",
          "events.k8s.io/v1",
          "rbac.authorization.k8s.io/v1",
          "storage.k8s.io/v1",
          "scheduling.k8s.io/v1",
          "node.k8s.io/v1",
          "admissionregistration.k8s.io/v1",
          "apiregistration.k8s.io/v1",
          "authentication.k8s.io/v1",
          "certificates.k8s.io/v1",
          "flowcontrol.apiserver.k8s.io/v1",
          "storagemigration.k8s.io/v1"
        ]
      ) yield* run.get(`/apis/${version}`)
    }),
    scenario("the built-in groups in the aggregated form (S52)", function*(run) {
      const shown = ["apps", "autoscaling", "apiextensions.k8s.io", "policy", "certificates.k8s.io"]
      yield* run.get("/apis", {
        headers: { accept: aggregated },
        show: (body) => body.items.filter(({ metadata }: Json) => shown.includes(metadata.name))
      })
      yield* run.get("/apis", {
        headers: { accept: aggregated },
        show: (body) => body.items.map(({ metadata }: Json) => metadata.name).filter(isBuiltin)
      })
    }),
    scenario("the versions of definitions in their order (S44, S52)", function*(run) {
      const versions = ["v1alpha1", "foo1", "v10", "v2beta1", "v2", "v1", "v2beta2", "foo10"]
      yield* run.define(definition(
        run,
        "Widget",
        versions.map((name, index) => version({}, { name, storage: index === 0, served: name !== "v1" })),
        {
          names: {
            plural: "widgets",
            singular: "widget",
            kind: "Widget",
            listKind: "WidgetList",
            shortNames: ["wg", "w"],
            categories: ["all", "mine"]
          }
        }
      ))
      yield* run.define(definition(run, "Gadget", [version({}, { name: "v3alpha1" })], { scope: "Cluster" }))
      const isComplete = (body: Json): boolean => body.versions?.length === versions.length
      yield* run.until(`/apis/${run.group}`, ({ body }) => isComplete(body))
      for (const each of ["v10", "foo1", "v3alpha1", "v1"]) yield* run.get(`/apis/${run.group}/${each}`)
      yield* run.until(
        "/apis",
        ({ body }) =>
          body.items.some(({ metadata, versions }: Json) => metadata.name === run.group && isComplete({ versions })),
        {
          headers: { accept: aggregated },
          show: (body) => body.items.filter(({ metadata }: Json) => metadata.name === run.group)
        }
      )
      yield* run.get("/apis", { show: (body) => body.groups.filter(({ name }: Json) => name === run.group) })
    }),
    scenario("forms of discovery that a client can ask for (S52)", function*(run) {
      const kind = (accept: string) => ({
        headers: { accept },
        show: (body: Json) =>
          typeof body === "string" ? body : ({ kind: body.kind, apiVersion: body.apiVersion, code: body.code })
      })
      for (
        const accept of [
          "application/json",
          "*/*",
          "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
          "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json",
          "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,application/json",
          `application/json,${aggregated}`,
          `application/json;as=Table;g=meta.k8s.io;v=v1,${aggregated}`
        ]
      ) {
        yield* run.get("/api", kind(accept))
        yield* run.get("/apis", kind(accept))
      }
      yield* run.get("/apis/apps", kind(aggregated))
      yield* run.get("/apis/apps/v1", kind(aggregated))
      for (const path of ["/api", "/apis", "/apis/apps", "/apis/apps/v1"]) {
        yield* run.get(path, { headers: { accept: "text/html" } })
      }
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
