/** The story that `npm run demo` tells: the same on every server. Each step waits until what it says has come true. */
import { Api, Crd, KubeClient, KubeError, Patch, Request, Wait, Watcher } from "effect-kube"
import { ConfigMap, Namespace } from "effect-kube/kinds/core/v1"
import { ClientFaults } from "effect-kube/testing"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import type { Subscribers } from "../foo.js"
import { finalizer, Foo } from "../foo.js"
import { Narrator } from "./narrator.js"

/** Makes the history of the server expire, as far as that can be done to it, and says how. */
export class Expiry extends Context.Tag("examples/Expiry")<Expiry, {
  readonly expire: Effect.Effect<string, unknown>
}>() {}

/** The list of subscribers, which the story can look at. */
export class SubscriberList
  extends Context.Tag("examples/SubscriberList")<SubscriberList, Ref.Ref<ReadonlyArray<string>>>()
{}

export const subscribers = (list: Ref.Ref<ReadonlyArray<string>>): typeof Subscribers.Service => ({
  add: (name) => Ref.update(list, (names) => names.includes(name) ? names : [...names, name]),
  remove: (name) => Ref.update(list, (names) => names.filter((other) => other !== name))
})

/** A step of the story did not come true. */
export class Untrue extends Data.TaggedError("Untrue")<{ readonly step: string }> {
  override get message(): string {
    return this.step
  }
}

const expect = (step: string, holds: boolean) =>
  Effect.gen(function*() {
    const narrator = yield* Narrator
    if (!holds) return yield* new Untrue({ step: `this should be true: ${step}` })
    yield* narrator.check(step)
  })

const ready = (generation: number) =>
  Wait.make<Foo>(
    `its status to be ready for generation ${generation}`,
    (foo) =>
      foo.status?.observedGeneration === generation &&
      foo.status.conditions.some(({ status, type }) => type === "Ready" && status === "True")
  )

const says = (title: string) =>
  Wait.make<ConfigMap>(`its title to be ${title}`, (configMap) => configMap.data?.["title"] === title)

/** A watcher beside the controller's, which tells why everything is listed: once at the start, and then after each trouble. */
const relists = (configMaps: Api.Namespaced<typeof ConfigMap>) =>
  Effect.gen(function*() {
    const reasons = yield* Queue.unbounded<Watcher.InitReason>()
    yield* Watcher.watch(configMaps).pipe(
      Stream.runForEach((event) => event._tag === "Init" ? Queue.offer(reasons, event.reason) : Effect.void),
      Effect.forkScoped
    )
    yield* Queue.take(reasons)
    return { next: Queue.take(reasons) }
  })

/** Deletes the namespace. Where the story was cut short nobody is left to clean up after its Foos: they are let go first. */
const cleanUp = (namespace: string) => {
  const foos = Api.namespaced(Foo, namespace)
  const letGo = Effect.flatMap(
    foos.list(),
    ({ items }) =>
      Effect.forEach(items, (foo) => foos.patch(foo.metadata.name, Patch.merge({ metadata: { finalizers: null } })), {
        discard: true
      })
  )
  return Effect.zipRight(Effect.ignore(letGo), Effect.ignore(Api.cluster(Namespace).delete(namespace)))
}

/** Tells the story in a namespace of its own, which goes at the end. `startController` is called once the kind is there. */
export const story = <E, R>(startController: Effect.Effect<void, E, R>) =>
  Effect.gen(function*() {
    const narrator = yield* Narrator
    const faults = yield* ClientFaults.ClientFaults
    const { expire } = yield* Expiry
    const list = yield* SubscriberList
    const client = yield* KubeClient.KubeClient

    yield* narrator.chapter("A kind is declared as a schema")
    const crd = yield* Crd.install(Foo)
    yield* narrator.check(`${crd.metadata.name} is installed and established`)

    const namespace = yield* Effect.acquireRelease(
      Effect.map(Api.cluster(Namespace).create({ metadata: { generateName: "demo-" } }), (it) => it.metadata.name),
      cleanUp
    )
    const foos = Api.namespaced(Foo, namespace)
    const configMaps = Api.namespaced(ConfigMap, namespace)
    const lists = yield* relists(configMaps)

    yield* narrator.chapter("A controller keeps it true")
    yield* startController
    yield* narrator.check("its caches are synced")
    for (const [name, title] of [["one", "Hello"], ["two", "World"]] as const) {
      yield* narrator.say(`create Foo ${name} with the title ${JSON.stringify(title)}`)
      yield* foos.create({ metadata: { name }, spec: { title, replicas: 1 } })
    }
    for (const [name, title] of [["one", "Hello"], ["two", "World"]] as const) {
      yield* Wait.until(foos, name, ready(1))
      const configMap = yield* configMaps.get(name)
      yield* expect(
        `Foo ${name} owns a ConfigMap that says ${JSON.stringify(title)}, and is Ready`,
        configMap.data?.["title"] === title && configMap.metadata.ownerReferences?.[0]?.name === name
      )
    }
    yield* expect("both are on the list of subscribers, outside of the cluster", (yield* Ref.get(list)).length === 2)

    yield* narrator.chapter("One is edited")
    yield* narrator.say("change the title of one to \"Hello again\"")
    yield* foos.modify("one", (foo) => ({ ...foo, spec: { ...foo.spec, title: "Hello again" } }))
    yield* Wait.until(configMaps, "one", says("Hello again"))
    yield* Wait.until(foos, "one", ready(2))
    yield* narrator.check("its ConfigMap and its status have followed, generation 2")

    yield* narrator.chapter("Somebody deletes a ConfigMap behind the controller's back")
    const before = yield* configMaps.get("two")
    yield* narrator.say("delete ConfigMap two")
    yield* configMaps.delete("two")
    const again = yield* Wait.until(configMaps, "two", says("World"))
    yield* expect("it is back, with another uid", again.metadata.uid !== before.metadata.uid)

    yield* narrator.chapter("An invalid Foo is tried, twice")
    const invalid = { metadata: { name: "three" }, spec: { title: "Too many", replicas: 99 } }
    const here = yield* Effect.flip(foos.create(invalid))
    yield* narrator.say(here.message)
    yield* expect(
      "its schema refuses it here, with the path",
      here._tag === "KubeInvalid" && !here.sent && here.causes[0]?.field === "spec.replicas"
    )
    const past = yield* Effect.flip(Effect.flatMap(
      Request.create(
        Foo,
        { namespace, name: "three" },
        JSON.stringify({ apiVersion: "clux.dev/v1", kind: "Foo", ...invalid })
      ),
      client.execute
    ))
    yield* narrator.say(past.message)
    yield* expect(
      "sent past the schema, the server refuses it: a typed Invalid with its causes",
      past._tag === "KubeInvalid" && past.sent && past.causes.some((cause) => cause.field === "spec.replicas")
    )

    yield* narrator.chapter("A bad night: the watches are cut, and the server's history expires")
    yield* faults.blockWatches
    yield* narrator.say("all watches are cut, and new ones do not get through")
    yield* configMaps.delete("one")
    yield* narrator.say("meanwhile, unseen, ConfigMap one is deleted")
    yield* narrator.say(yield* expire)
    yield* faults.unblockWatches
    yield* narrator.say("watches get through again")
    yield* expect(
      "what they ask for is gone, 410 Expired, so everything is listed anew",
      (yield* lists.next) === "Expired"
    )
    yield* Wait.until(configMaps, "one", says("Hello again"))
    yield* narrator.check("the list showed what was missed: ConfigMap one is back, nothing was lost")

    yield* narrator.chapter("One is deleted")
    const one = yield* foos.get("one")
    yield* expect(
      "a finalizer holds it until its cleanup has run",
      one.metadata.finalizers?.includes(finalizer) === true
    )
    const deletion = yield* foos.delete("one")
    yield* narrator.say(`delete Foo one: ${deletion._tag.toLowerCase()}`)
    yield* Wait.until(foos, "one", Wait.deleted(one.metadata.uid))
    yield* expect("its cleanup ran: it is off the list of subscribers", !(yield* Ref.get(list)).includes("one"))
    yield* expect("and it is gone", Option.isNone(yield* foos.getOption("one")))

    // Of the demo only the kind stays: the controller has to run as long as a Foo waits for its cleanup.
    const two = yield* foos.get("two")
    yield* foos.delete("two")
    yield* Wait.until(foos, "two", Wait.deleted(two.metadata.uid))
    return namespace
  }).pipe(
    Effect.scoped,
    Effect.catchAll((error) =>
      Effect.gen(function*() {
        const narrator = yield* Narrator
        yield* narrator.fail(KubeError.is(error) || error instanceof Error ? error.message : String(error))
        return yield* Effect.fail(error)
      })
    )
  )
