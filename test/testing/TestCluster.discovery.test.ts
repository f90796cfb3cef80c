import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, configMaps, definitions, fooDefinition, type Json, send } from "./support/apiserver.js"

const cluster = Effect.map(TestCluster.make(), (service) => ({ ...client(service), service }))

const aggregated = {
  headers: { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json" }
}

describe("discovery", () => {
  it.scoped("groups, versions and resources in the old form, custom ones included (S52)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      yield* post(definitions, fooDefinition())
      yield* service.settle
      assert.deepStrictEqual((yield* get("/api")).body.versions, ["v1"])
      const groups = (yield* get("/apis")).body.groups.map((group: Json) => group.name)
      assert.includeMembers(groups, [
        "apps",
        "batch",
        "coordination.k8s.io",
        "apiextensions.k8s.io",
        "rbac.authorization.k8s.io",
        "clux.dev"
      ])
      assert.deepStrictEqual((yield* get("/apis/apps")).body.preferredVersion, {
        groupVersion: "apps/v1",
        version: "v1"
      })
      const core = (yield* get("/api/v1")).body
      assert.deepStrictEqual(core.resources.find((each: Json) => each.name === "configmaps"), {
        name: "configmaps",
        singularName: "configmap",
        namespaced: true,
        kind: "ConfigMap",
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["cm"]
      })
      assert.deepStrictEqual(
        (yield* get("/apis/clux.dev/v1")).body.resources.map((each: Json) => [each.name, each.categories]),
        [["foos", ["all"]], ["foos/status", undefined]]
      )
    }))

  it.scoped("the aggregated form has an ETag, and is not sent again for it (S52)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      const first = yield* get("/apis", aggregated)
      assert.deepStrictEqual([first.headers["content-type"], first.headers["vary"]], [
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        "Accept"
      ])
      const deployments = first.body.items.find((item: Json) => item.metadata.name === "apps").versions[0].resources
        .find((each: Json) => each.resource === "deployments")
      assert.deepStrictEqual([
        deployments.scope,
        deployments.singularResource,
        deployments.subresources.map((sub: Json) => sub.subresource)
      ], ["Namespaced", "deployment", ["scale", "status"]])
      const known = { headers: { ...aggregated.headers, "if-none-match": first.headers["etag"]! } }
      assert.deepStrictEqual([(yield* get("/apis", known)).status, (yield* get("/apis", known)).body], [304, ""])
      yield* post(definitions, fooDefinition())
      yield* service.settle
      assert.strictEqual((yield* get("/apis", known)).status, 200)
      assert.strictEqual((yield* get("/api", aggregated)).body.items[0].versions[0].version, "v1")
    }))

  it.scoped("an unknown group is a text, an unknown version or resource of a built-in one a Status (S52, S58)", () =>
    Effect.gen(function*() {
      const { get, post } = yield* cluster
      for (const path of ["/apis/nope", "/apis/nope/v1", "/apis/nope/v1/foos", "/nope"]) {
        const reply = yield* get(path)
        assert.deepStrictEqual([reply.status, reply.headers["content-type"], reply.body], [
          404,
          "text/plain; charset=utf-8",
          "404 page not found\n"
        ])
      }
      for (
        const path of [
          "/apis/apps/v9",
          "/apis/apps/v1/foos",
          "/api/v1/namespaces/default/foos",
          "/api/v1/configmaps/a",
          "/api/v1/namespaces/default/nodes",
          "/api/v1/namespaces/default/configmaps/a/status",
          "/api/v1/namespaces/default//configmaps"
        ]
      ) {
        const reply = yield* get(path)
        assert.deepStrictEqual([reply.status, reply.body.message, reply.body.details], [
          404,
          "the server could not find the requested resource",
          {}
        ], path)
      }
      assert.deepStrictEqual((yield* post("/api/v1/configmaps", {})).status, 405)
    }))

  it.scoped("a method that a resource does not have is a 405 (S57)", () =>
    Effect.gen(function*() {
      const { service } = yield* cluster
      for (
        const [method, path] of [
          ["PUT", configMaps()],
          ["POST", configMaps("default", "a")],
          ["DELETE", "/api/v1/namespaces"],
          ["PATCH", configMaps()],
          ["FOO", configMaps()],
          ["POST", "/version"]
        ] as const
      ) {
        assert.deepStrictEqual((yield* send(service, method, path, {})).status, 405, `${method} ${path}`)
      }
    }))

  it.scoped("version and health (S54)", () =>
    Effect.gen(function*() {
      const { get } = yield* cluster
      assert.strictEqual((yield* get("/version")).body.minor, "37")
      for (const path of ["/healthz", "/livez", "/readyz?verbose"]) assert.strictEqual((yield* get(path)).body, "ok")
      assert.include((yield* get("/")).body.paths, "/apis/apps/v1")
    }))

  it.scoped("OpenAPI says that writes validate fields, which kubectl asks before it sends a body (S53)", () =>
    Effect.gen(function*() {
      const { get } = yield* cluster
      // The index is sent as plain text.
      const url = JSON.parse((yield* get("/openapi/v3")).body).paths["apis/apps/v1"].serverRelativeURL
      const patch = (yield* get(url)).body.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"].patch
      assert.deepStrictEqual(patch["x-kubernetes-group-version-kind"], {
        group: "apps",
        version: "v1",
        kind: "Deployment"
      })
      assert.include(patch.parameters.map((each: Json) => each.name), "fieldValidation")
    }))

  it.scoped("paths are read as the server reads them: decoded, with a slash at the end or not", () =>
    Effect.gen(function*() {
      const { get, post } = yield* cluster
      yield* post(configMaps(), { metadata: { name: "a.b" } })
      assert.strictEqual((yield* get(`${configMaps()}/a%2Eb`)).status, 200)
      assert.strictEqual((yield* get(`${configMaps()}/`)).body.kind, "ConfigMapList")
      assert.strictEqual((yield* get(`${configMaps()}/a%2Fb`)).status, 404)
      assert.strictEqual((yield* get(`${configMaps()}/a%zz`)).status, 400)
    }))

  it.scoped("an access review of a server that refuses nobody says so (S51)", () =>
    Effect.gen(function*() {
      const { post } = yield* cluster
      const review = yield* post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        spec: { resourceAttributes: { verb: "get", resource: "pods" } }
      })
      assert.deepStrictEqual([review.status, review.body.status], [201, { allowed: true }])
    }))
})
