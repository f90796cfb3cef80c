/**
 * A custom resource and its controller, whole: each Foo owns a ConfigMap with its title, says in its status how it
 * stands, and is taken off a list of subscribers, which lives outside of the cluster, before it goes.
 *
 * `npm run demo` tells its story.
 */
import { Api, Controller, Finalizer, Resource } from "effect-kube"
import { ConfigMap } from "effect-kube/kinds/core/v1"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { isDeepStrictEqual } from "node:util"

const Condition = Schema.Struct({
  type: Schema.String,
  status: Schema.Literal("True", "False", "Unknown"),
  reason: Schema.String,
  message: Schema.String,
  lastTransitionTime: Schema.String
}).annotations({ identifier: "Condition" })

export class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
  scope: "Namespaced",
  shortNames: ["f"],
  spec: Schema.Struct({
    title: Schema.NonEmptyString,
    replicas: Schema.Int.pipe(Schema.between(0, 10))
  }),
  status: Schema.Struct({
    observedGeneration: Schema.Int,
    configMap: Schema.String,
    conditions: Schema.Array(Condition)
  }),
  printerColumns: [
    { name: "Title", type: "string", jsonPath: ".spec.title" },
    { name: "Ready", type: "string", jsonPath: ".status.conditions[?(@.type==\"Ready\")].status" }
  ]
}) {}

/** Something outside of the cluster that has to be told: no owner reference cleans up there, so a finalizer must. */
export class Subscribers extends Context.Tag("examples/Subscribers")<Subscribers, {
  readonly add: (name: string) => Effect.Effect<void>
  readonly remove: (name: string) => Effect.Effect<void>
}>() {}

export const finalizer = "clux.dev/subscription"

/** The object that a Foo asks for. */
const configMapOf = (foo: Foo) => ({
  metadata: { name: foo.metadata.name, ownerReferences: [Resource.ownerReference(foo)] },
  data: { title: foo.spec.title, replicas: String(foo.spec.replicas) }
})

/** The status with the condition; the same object where nothing changes, so that nothing is written. */
const withStatus = (foo: Foo, now: string): Foo => {
  const before = foo.status?.conditions.find((condition) => condition.type === "Ready")
  const generation = foo.metadata.generation ?? 1
  if (before?.status === "True" && foo.status?.observedGeneration === generation) return foo
  return {
    ...foo,
    status: {
      observedGeneration: generation,
      configMap: foo.metadata.name,
      conditions: [{
        type: "Ready",
        status: "True",
        reason: "ConfigMapWritten",
        message: `ConfigMap ${foo.metadata.name} says ${JSON.stringify(foo.spec.title)}`,
        lastTransitionTime: before?.status === "True" ? before.lastTransitionTime : now
      }]
    }
  }
}

const apply = (foo: Foo) =>
  Effect.gen(function*() {
    const subscribers = yield* Subscribers
    const { name, namespace } = foo.metadata
    yield* subscribers.add(name)
    const configMaps = Api.namespaced(ConfigMap, namespace)
    const wanted = configMapOf(foo)
    const found = Option.getOrUndefined(yield* configMaps.getOption(name))
    if (found === undefined || !isDeepStrictEqual(found.data, wanted.data)) {
      yield* configMaps.createOrReplace(wanted)
      yield* Effect.log(
        `${found === undefined ? "create" : "change"} ConfigMap ${name}: it says ${JSON.stringify(foo.spec.title)}`
      )
    }
    const now = new Date(yield* Clock.currentTimeMillis).toISOString()
    yield* Api.namespaced(Foo, namespace).status.modify(name, (foo) => withStatus(foo, now))
  })

const cleanup = (foo: Foo) =>
  Effect.gen(function*() {
    const subscribers = yield* Subscribers
    yield* subscribers.remove(foo.metadata.name)
    yield* Effect.log(`${foo.metadata.name} was taken off the list of subscribers`)
  })

export const controller = Controller.make("foo-controller", {
  for: Api.all(Foo),
  reconcile: Finalizer.make(Api.all(Foo), finalizer, { apply, cleanup })
}).pipe(Controller.owns(Api.all(ConfigMap)))
