/**
 * The OpenAPI v3 documents. Their descriptions are Kubernetes' texts, which the in-memory server leaves out, and the hashes
 * are any: transcripts show neither. Groups that are small stand for all.
 */
import { type Area, type Json, scenario } from "./scenario.js"
import { definition, version, widgets } from "./widgets.js"

const withoutDescriptions = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutDescriptions)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).filter(([key, each]) => key !== "description" || typeof each !== "string").map((
      [key, each]
    ) => [key, withoutDescriptions(each)])
  )
}

/** How a client proves who it is, a server says only where it asks. */
const document = {
  show: (body: Json) => {
    const shown = withoutDescriptions(body)
    return { ...shown, components: { schemas: shown.components.schemas } }
  }
}
/** A document of custom resources; common schemas there name groups that this server does not serve. */
const custom = {
  show: (body: Json) => {
    const shown = withoutDescriptions(body)
    const { schemas } = shown.components
    return {
      ...shown,
      components: {
        schemas: Object.fromEntries(
          Object.entries(schemas).map(([name, schema]) => [name, name.startsWith("io.k8s.") ? "" : schema])
        )
      }
    }
  }
}

const hash = /\?hash=[0-9A-F]{128}$/

export const openapi: Area = {
  name: "openapi",
  scenarios: [
    scenario("the index of documents (S53)", function*(run) {
      yield* run.get("/openapi/v3", {
        show: (body) =>
          Object.fromEntries(
            ["api/v1", "apis/apps/v1", "apis/autoscaling/v1", "apis/autoscaling/v2"].map((
              path
            ) => [path, body.paths[path].serverRelativeURL.replace(hash, "?hash=<hash>")])
          )
      })
    }),
    scenario("the document of a built-in version (S53)", function*(run) {
      yield* run.get("/openapi/v3/apis/coordination.k8s.io/v1", document)
    }),
    scenario("paths of other built-in versions (S53)", function*(run) {
      const { body } = yield* run.get("/openapi/v3/apis/apps/v1", { show: (body) => Object.keys(body) })
      const path = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
      const shown = [
        path,
        `${path}/scale`,
        `${path}/status`,
        "/apis/apps/v1/deployments",
        "/apis/apps/v1/watch/deployments"
      ]
      yield* run.get("/openapi/v3/apis/apps/v1", {
        show: ({ paths }) => withoutDescriptions(shown.map((each) => paths[each]))
      })
      yield* run.get("/openapi/v3/apis/apps/v1", { show: () => Object.keys(body.components.schemas) })
      for (const each of ["apis/batch/v1", "apis/policy/v1", "apis/rbac.authorization.k8s.io/v1"]) {
        yield* run.get(`/openapi/v3/${each}`, { show: ({ paths }) => Object.keys(paths) })
      }
    }),
    scenario("the document of a definition (S44, S53)", function*(run) {
      yield* run.define(widgets(run))
      yield* run.until(`/openapi/v3/apis/${run.group}/v1`, ({ status }) => status === 200, custom)
    }),
    scenario("all that a schema can hold (S46, S53)", function*(run) {
      yield* run.define(definition(run, "Gadget", [
        version({
          number: { type: "number", minimum: 0, default: 1 },
          either: { "x-kubernetes-int-or-string": true },
          maybe: { type: "string", nullable: true, description: "what may be" },
          any: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          inner: {
            type: "object",
            "x-kubernetes-embedded-resource": true,
            properties: { spec: { type: "object", properties: { x: { type: "string" } } } },
            required: ["spec"]
          },
          list: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["k"],
            items: { type: "object", required: ["k"], properties: { k: { type: "string" } } }
          },
          map: { type: "object", additionalProperties: { "x-kubernetes-int-or-string": true } },
          word: { type: "string", enum: ["a", "b"], pattern: "^a", maxLength: 5, format: "date" },
          address: { type: "string", anyOf: [{ format: "ipv4" }, { format: "ipv6" }] },
          description: { type: "string" }
        }, {
          subresources: {
            status: {},
            scale: { specReplicasPath: ".spec.number", statusReplicasPath: ".status.number" }
          }
        })
      ]))
      yield* run.define(definition(run, "Thing", [
        version({}, { schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } })
      ], { scope: "Cluster" }))
      yield* run.until(
        `/openapi/v3/apis/${run.group}/v1`,
        ({ body, status }) => status === 200 && body.paths[`/apis/${run.group}/v1/things`] !== undefined,
        custom
      )
      // Both are in the document of v2 too, as far as it has words for them.
      const ofV2 = (body: Json) =>
        Object.entries<Json>(body.definitions ?? {}).filter(([name]) => /\.v1\.(Gadget|Thing)(List)?$/.test(name))
      yield* run.until("/openapi/v2", ({ body }) => ofV2(body).length === 4, {
        show: (body) => Object.fromEntries(ofV2(body).map(([name, schema]) => [name, withoutDescriptions(schema)]))
      })
    }),
    scenario("what no document is for (S53, S58)", function*(run) {
      yield* run.get("/openapi/v3/apis/nobody.example.com/v1")
      yield* run.get("/openapi/v3/apis/apps/v9")
      yield* run.get("/openapi/v3/apis/policy/v1", { headers: { accept: "text/plain" } })
      yield* run.get("/openapi/v3/apis/policy/v1", { headers: { accept: "application/yaml" } })
      yield* run.get("/openapi/v3/apis/policy/v1", {
        headers: { accept: "application/json, */*" },
        show: (body) => body.info
      })
      yield* run.get("/openapi/v3/apis/policy/v1?hash=OLD")
    }),
    scenario("the one document of OpenAPI v2, with the schemas and operations of built-in kinds (S53)", function*(run) {
      const shown = ["io.k8s.api.core.v1.ConfigMap", "io.k8s.api.core.v1.Service", "io.k8s.api.apps.v1.DeploymentSpec"]
      yield* run.get("/openapi/v2", {
        show: (body) => ({
          swagger: body.swagger,
          info: { title: body.info.title },
          definitions: shown.map((name) => withoutDescriptions(body.definitions[name])),
          forms: ["api.resource.Quantity", "util.intstr.IntOrString", "apis.meta.v1.Time", "runtime.RawExtension"].map(
            (name) => withoutDescriptions(body.definitions[`io.k8s.apimachinery.pkg.${name}`])
          ),
          ids: ["get", "put", "post", "delete", "patch"].map((method) =>
            body.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"][method]?.operationId
          ),
          answer: withoutDescriptions(
            body.paths["/api/v1/namespaces/{namespace}/configmaps/{name}"].get.responses["200"]
          ),
          kind: body.paths["/api/v1/namespaces/{namespace}/configmaps/{name}"]
            .patch["x-kubernetes-group-version-kind"]
        })
      })
    }),
    scenario("OpenAPI v2 comes as JSON unless protobuf is asked for (S53)", function*(run) {
      const nothing = { show: () => "" }
      yield* run.get("/openapi/v2", { ...nothing, headers: { accept: "*/*" } })
      yield* run.get("/openapi/v2", { ...nothing, headers: { accept: "text/html, application/json" } })
      yield* run.get("/openapi/v2", { ...nothing, headers: { accept: "text/html" } })
      yield* run.get("/openapi/v2/more", nothing)
    })
  ]
}
