/** A small page as a user writes one: it is type-checked and run against the packed package, in an empty folder. */
import { Effect, Schema } from "effect"
import { Api, KubeClient, Resource } from "effect-kube"
import { Pod } from "effect-kube/kinds/core/v1"

class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String, replicas: Schema.Int.pipe(Schema.between(0, 10)) })
}) {}

const foos = Api.namespaced(Foo, "default")

const program = Effect.gen(function*() {
  const foo = yield* foos.get("a")
  const missing = yield* foos.get("b").pipe(Effect.catchTag("KubeNotFound", (error) => Effect.succeed(error.message)))
  const odd = yield* Api.namespaced(Pod, "default").get("a").pipe(Effect.flip)
  return `${Resource.key(foo)} says ${foo.spec.title}; ${missing}; ${odd.message}`
})

const cluster = KubeClient.layerTest((request) =>
  Effect.succeed(
    request.path.endsWith("/a")
      ? {
        body: {
          apiVersion: "clux.dev/v1",
          kind: "Foo",
          metadata: {
            name: "a",
            namespace: "default",
            uid: "1",
            resourceVersion: "1",
            creationTimestamp: "2026-01-01T00:00:00Z"
          },
          spec: { title: "hello", replicas: 3 }
        }
      }
      : { status: 404, body: { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 } }
  )
)

Effect.runPromise(Effect.provide(program, cluster)).then(console.log)
