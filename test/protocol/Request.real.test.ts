import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { KubeClient } from "../../src/client/KubeClient.js"
import * as Request from "../../src/protocol/Request.js"
import * as EnvTest from "../envtest/shared.js"

interface ResourceList {
  readonly groupVersion: string
  readonly resources: ReadonlyArray<
    {
      readonly name: string
      readonly kind: string
      readonly namespaced: boolean
      readonly verbs: ReadonlyArray<string>
    }
  >
}

const raw = <A>(path: string) =>
  Effect.flatMap(
    KubeClient,
    (client) => Effect.map(client.execute(Request.raw({ path })), (response) => response.body as A)
  )

/** The parameters' names differ from resource to resource; their places do not. */
const shape = (path: string): string => decodeURIComponent(path).replace(/\{[^}]*\}/g, "{}")

describe("Request against a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.effect("builds for every resource the very paths that the server lists", () =>
      Effect.gen(function*() {
        const documents = yield* raw<
          { readonly paths: { readonly [path: string]: { readonly serverRelativeURL: string } } }
        >("/openapi/v3")
        let resources = 0
        for (const [name, { serverRelativeURL }] of Object.entries(documents.paths)) {
          // Other suites define kinds of their own on this server meanwhile: the built-in groups are those that stay.
          if (!/^(api|apis\/([^/.]+|[^/]+\.k8s\.io))\/v/.test(name)) continue
          const document = yield* raw<
            { readonly paths: { readonly [path: string]: { readonly [method: string]: unknown } } }
          >(serverRelativeURL)
          const served = new Map(Object.entries(document.paths).map(([path, methods]) => [shape(path), methods]))
          const list = yield* raw<ResourceList>(`/${name}`)
          const slash = list.groupVersion.indexOf("/")
          for (const resource of list.resources) {
            const [plural, ...subresource] = resource.name.split("/")
            const target: Request.Target = {
              group: slash < 0 ? "" : list.groupVersion.slice(0, slash),
              version: list.groupVersion.slice(slash + 1),
              kind: resource.kind,
              plural: plural ?? "",
              scope: resource.namespaced ? "Namespaced" : "Cluster"
            }
            const namespace = resource.namespaced ? "{}" : undefined
            const at = {
              namespace,
              name: "{}",
              subresource: subresource.length === 0 ? undefined : subresource.join("/")
            }
            const requests: { readonly [verb: string]: Effect.Effect<Request.Request<unknown>, unknown> } = {
              get: Request.get(target, at),
              list: Request.list(target, { namespace }),
              watch: Request.watch(target, { namespace }, "1"),
              create: Request.create(target, at, "{}"),
              update: Request.replace(target, at, "{}"),
              patch: Request.patch(target, at, { _tag: "Merge", body: {} }),
              delete: Request.delete(target, { namespace, name: "{}" }),
              deletecollection: Request.deleteCollection(target, { namespace })
            }
            for (const verb of resource.verbs) {
              const request = requests[verb]
              if (request === undefined) continue
              const built = yield* request
              const methods = served.get(shape(built.path))
              assert.isDefined(methods, `${list.groupVersion} ${resource.name} ${verb}: ${built.path}`)
              assert.property(methods, built.method.toLowerCase(), `${verb} ${built.path}`)
            }
            resources++
          }
        }
        assert.isAbove(resources, 100)
      }))
  })
})
