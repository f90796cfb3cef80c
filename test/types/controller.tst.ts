// What controllers, finalizers and waits accept, infer and refuse.
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { describe, expect, test } from "tstyche"
import * as Api from "../../src/client/Api.js"
import type * as KubeClient from "../../src/client/KubeClient.js"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import { ConfigMap, Node, Pod, Secret } from "../../src/kinds/core/v1.js"
import type * as KubeError from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Finalizer from "../../src/runtime/Finalizer.js"
import type * as Store from "../../src/runtime/Store.js"
import * as Wait from "../../src/runtime/Wait.js"

class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String })
}) {}
class Mailer extends Context.Tag("Mailer")<Mailer, { readonly send: (text: string) => Effect.Effect<void> }>() {}
class Clock2 extends Context.Tag("Clock2")<Clock2, number>() {}
class Broken extends Data.TaggedError("Broken")<{}> {}
class Hopeless extends Data.TaggedError("Hopeless")<{}> {}

const mailing = Controller.make("foo", {
  for: Api.all(Foo),
  reconcile: (foo) =>
    Effect.gen(function*() {
      const mailer = yield* Mailer
      yield* Effect.addFinalizer(() => Effect.void)
      yield* mailer.send(foo.spec.title)
      if (foo.spec.title === "") return yield* Controller.terminal(new Hopeless())
      if (foo.spec.title === "?") return yield* new Broken()
      return Controller.requeueAfter("1 hour")
    })
})

describe("Controller", () => {
  test("its failures and requirements are those of reconcile and of what it watches, without the Scope", () => {
    expect(mailing).type.toBe<Controller.Controller<Broken, KubeClient.KubeClient | Mailer>>()
    const quiet = Controller.make("foo", { for: Api.all(Foo), reconcile: () => Effect.void })
    expect(quiet).type.toBe<Controller.Controller<never, KubeClient.KubeClient>>()
  })

  test("a reconcile that looks at its run keeps its failures", () => {
    const controller = Controller.make("foo", {
      for: Api.all(Foo),
      reconcile: (foo, run) =>
        Effect.gen(function*() {
          if (run.attempt > 3) yield* Controller.terminal(new Hopeless())
          if (foo.spec.title === "") yield* new Broken()
        })
    })
    expect(controller).type.toBe<Controller.Controller<Broken, KubeClient.KubeClient>>()
  })

  test("other kinds and streams add their requirements; the policy takes the failures away", () => {
    const all = mailing.pipe(
      Controller.owns(Api.all(ConfigMap)),
      Controller.owns(Api.all(Secret), { owner: "controller", watch: { labels: "app=web" } }),
      Controller.watches(Api.cluster(Node), (change) => [{ name: change.object.metadata.name }]),
      Controller.watches(
        Api.all(Pod),
        (change) => Effect.map(Clock2, (n) => [{ name: `${n}${change.object.spec.containers.length}` }])
      ),
      Controller.reconcileOn(Stream.make({ namespace: "default", name: "a" })),
      Controller.reconcileAllOn(Stream.make(1)),
      Controller.onError((error: Broken, attempt) => {
        expect(attempt).type.toBe<number>()
        return Effect.as(Effect.log(error._tag), Controller.requeueAfter("1 minute"))
      })
    )
    expect(Controller.layer(all)).type.toBe<
      Layer.Layer<never, Store.NotReady, KubeClient.KubeClient | Mailer | Clock2>
    >()
    expect(Controller.run(all)).type.toBe<
      Effect.Effect<never, Store.NotReady, KubeClient.KubeClient | Mailer | Clock2>
    >()
    expect(Controller.owns(mailing, Api.all(ConfigMap))).type.toBe<typeof mailing>()
  })

  test("a requirement that is not provided is refused", () => {
    expect<Layer.Layer<never, Store.NotReady, KubeClient.KubeClient>>().type.not.toBeAssignableFrom(
      Controller.layer(mailing)
    )
  })

  test("an error policy for other failures is refused", () => {
    expect(Controller.onError).type.not.toBeCallableWith(mailing, (_: Hopeless) => Effect.void)
  })

  test("what cannot be watched is refused", () => {
    expect(Controller.owns).type.not.toBeCallableWith({ resource: Pod })
  })

  test("a reconcile answers a Result or nothing", () => {
    expect(Controller.make).type.not.toBeCallableWith("foo", { for: Api.all(Foo), reconcile: () => Effect.succeed(1) })
  })
})

describe("Finalizer", () => {
  test("is a reconcile of that kind", () => {
    const reconcile = Finalizer.make(Api.all(Foo), "clux.dev/cleanup", {
      apply: (foo) => foo.spec.title === "" ? Effect.fail(new Broken()) : Effect.as(Mailer, Controller.done),
      cleanup: (foo) => Effect.asVoid(Effect.map(Clock2, () => foo.spec.title))
    })
    expect(Controller.make("foo", { for: Api.all(Foo), reconcile })).type.toBe<
      Controller.Controller<Broken | KubeError.Invalid | KubeError.Common, KubeClient.KubeClient | Mailer | Clock2>
    >()
    Finalizer.make(Api.cluster(Node), "clux.dev/cleanup", {
      apply: (node) => Effect.log(node.metadata.name),
      cleanup: () => Effect.void
    })
    Finalizer.make(Api.namespaced(Foo, "a"), "clux.dev/cleanup", {
      apply: () => Effect.void,
      cleanup: (foo) => Effect.log(foo.spec.title)
    })
  })
})

describe("Wait", () => {
  const pods = Api.namespaced(Pod, "default")
  test("answers the object, or an Option where there may be none", () => {
    type Of<A> = Effect.Effect<A, Wait.TimedOut, KubeClient.KubeClient>
    expect(Wait.until(pods, "a", Wait.exists)).type.toBe<Of<Pod>>()
    expect(Wait.until(pods, "a", Wait.condition("Ready"))).type.toBe<Of<Pod>>()
    expect(Wait.until(pods, "a", Wait.deleted("uid"))).type.toBe<Of<Option.Option<Pod>>>()
    expect(Wait.until(pods, "a", Wait.not(Wait.condition("Ready")))).type.toBe<Of<Option.Option<Pod>>>()
    expect(Wait.until(pods, "a", Wait.deleted("uid").pipe(Wait.and(Wait.exists)))).type.toBe<Of<Pod>>()
    expect(Wait.until(pods, "a", Wait.exists.pipe(Wait.or(Wait.deleted("uid"))))).type.toBe<Of<Option.Option<Pod>>>()
    expect(Wait.until(Api.cluster(CustomResourceDefinition), "a", Wait.established)).type.toBe<
      Of<CustomResourceDefinition>
    >()
    expect(Wait.until(pods, "a", Wait.make("it to have a node", (pod: Pod) => pod.spec.nodeName !== undefined))).type
      .toBe<Of<Pod>>()
  })
  test("a condition that does not fit the kind, and a handle without names, are refused", () => {
    expect(Wait.until).type.not.toBeCallableWith(pods, "a", Wait.make("", (foo: Foo) => foo.spec.title === ""))
    expect(Wait.until).type.not.toBeCallableWith(Api.all(Pod), "a", Wait.exists)
  })
})
