/** The page that test/bench/tsc.bench.ts compiles: what a small operator's file looks like. */
import { Api, Controller, type KubeClient, Resource, Watcher } from "effect-kube"
import { Deployment } from "effect-kube/kinds/apps/v1"
import { ConfigMap, Pod } from "effect-kube/kinds/core/v1"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

class Site extends Resource.Custom<Site>()("example.org/v1", "Site", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String, replicas: Schema.Int.pipe(Schema.between(0, 10)) }),
  status: Schema.Struct({ ready: Schema.Boolean })
}) {}

const pods = Api.namespaced(Pod, "default")
const deployments = Api.namespaced(Deployment, "default")
const sites = Api.namespaced(Site, "default")

const restart = (name: string): Effect.Effect<boolean, never, KubeClient.KubeClient> =>
  Effect.gen(function*() {
    const pod = yield* pods.get(name)
    yield* Console.log(pod.metadata.uid, pod.spec.nodeName, pod.status.phase)
    yield* pods.delete(name)
    return true
  }).pipe(
    Effect.catchTag("KubeNotFound", () => Effect.succeed(false)),
    Effect.orDie
  )

const setUp = Effect.gen(function*() {
  yield* deployments.create({
    metadata: { name: "web", labels: { app: "web" } },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: "nginx", ports: [{ containerPort: 80 }] }] }
      }
    }
  })
  const site = yield* sites.create({ metadata: { name: "a" }, spec: { title: "A", replicas: 2 } })
  const found = yield* sites.getOption(site.metadata.name)
  return Option.map(found, (site) => site.spec.replicas)
})

const phases: Stream.Stream<string, never, KubeClient.KubeClient> = Watcher.watch(Api.all(Pod), { labels: "app=web" })
  .pipe(
    Stream.filterMap((event) =>
      event._tag === "Applied" ? Option.fromNullable(event.object.status.phase) : Option.none()
    )
  )

const controller = Controller.make("sites", {
  for: Api.all(Site),
  reconcile: (site) =>
    Effect.gen(function*() {
      yield* Api.namespaced(ConfigMap, site.metadata.namespace).apply({
        metadata: { name: site.metadata.name },
        data: { title: site.spec.title, replicas: String(site.spec.replicas) }
      })
      return Controller.requeueAfter("1 hour")
    })
}).pipe(Controller.owns(Api.all(ConfigMap)))

export const main = Layer.merge(
  Controller.layer(controller),
  Layer.scopedDiscard(Effect.zipRight(setUp, Stream.runForEach(phases, restart)))
)
