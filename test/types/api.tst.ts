// What the compiler refuses, one test each, and beside it what it allows.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { describe, expect, test } from "tstyche"
import * as Api from "../../src/client/Api.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { TokenReview } from "../../src/kinds/authentication/v1.js"
import { ConfigMap, Namespace, Node, Pod, Secret } from "../../src/kinds/core/v1.js"
import type * as KubeError from "../../src/protocol/KubeError.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Controller from "../../src/runtime/Controller.js"

class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String, at: Schema.Date, replicas: Schema.Int.pipe(Schema.between(0, 10)) }),
  status: Schema.Struct({ ready: Schema.Boolean }),
  scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" }
}) {}

class Plain extends Resource.Custom<Plain>()("clux.dev/v1", "Plain", {
  scope: "Cluster",
  spec: Schema.Struct({ a: Schema.String })
}) {}

declare const pod: Pod
declare const foo: Foo
const pods = Api.namespaced(Pod, "default")
const foos = Api.namespaced(Foo, "default")
const deployments = Api.namespaced(Deployment, "default")

describe("handles", () => {
  test("over all namespaces there is no operation by name", () => {
    expect(Api.all(Pod)).type.not.toHaveProperty("get")
    expect(Api.all(Pod)).type.not.toHaveProperty("delete")
    expect(Api.all(Pod)).type.toHaveProperty("list")
    expect(Api.all(Pod).in("x")).type.toHaveProperty("get")
  })

  test("a cluster-scoped kind has no namespace, and a namespaced one needs one", () => {
    expect(Api.namespaced).type.not.toBeCallableWith(Node, "default")
    expect(Api.namespaced).type.not.toBeCallableWith(Plain, "default")
    expect(Api.defaultNamespaced).type.not.toBeCallableWith(Node)
    expect(Api.all).type.not.toBeCallableWith(Node)
    expect(Api.cluster).type.not.toBeCallableWith(Pod)
    expect(Api.cluster).type.toBeCallableWith(Node)
    expect(Api.cluster).type.toBeCallableWith(Plain)
  })

  test("scale, status and verbs are there only where the kind has them", () => {
    expect(pods).type.not.toHaveProperty("scale")
    expect(deployments).type.toHaveProperty("scale")
    expect(foos).type.toHaveProperty("scale")
    expect(Api.namespaced(ConfigMap, "default")).type.not.toHaveProperty("status")
    expect(Api.cluster(Plain)).type.not.toHaveProperty("status")
    expect(Api.cluster(TokenReview)).type.not.toHaveProperty("get")
    expect(Api.cluster(TokenReview)).type.not.toHaveProperty("watchOnce")
    expect(Api.cluster(TokenReview)).type.toHaveProperty("create")
  })

  test("a kind known at run time has by name what its scope allows", () => {
    const things = Resource.dynamic({ apiVersion: "x.dev/v1", kind: "Thing", scope: "Namespaced" })
    expect(Api.dynamic(things)).type.not.toHaveProperty("get")
    expect(Api.dynamic(things, "default")).type.toHaveProperty("get")
    expect(Api.dynamic(Resource.dynamic({ apiVersion: "x.dev/v1", kind: "Thing", scope: "Cluster" }))).type
      .toHaveProperty("get")
  })

  test("a bound handle has nothing left to provide", () => {
    const bound = Effect.map(Api.bind(pods), (pods) => ({ find: (name: string) => pods.get(name) }))
    expect(bound).type.toBeAssignableTo<
      Effect.Effect<
        { readonly find: (name: string) => Effect.Effect<Pod, KubeError.NotFound | KubeError.Common> },
        never,
        KubeClient
      >
    >()
    expect(Effect.map(Api.bind(Api.all(Pod)), (pods) => pods.list())).type.toBeAssignableTo<
      Effect.Effect<Effect.Effect<Api.ResourceList<Pod>, KubeError.Expired | KubeError.Common>, never, KubeClient>
    >()
  })
})

describe("objects", () => {
  test("what was read has its names and versions as plain strings, and its spec", () => {
    expect(pod.metadata.namespace).type.toBe<string>()
    expect(pod.metadata.resourceVersion).type.toBe<string>()
    expect(foo.spec.at).type.toBe<Date>()
    expect(pods.getOption("a")).type.toBe<Effect.Effect<Option.Option<Pod>, KubeError.Common, KubeClient>>()
  })

  test("create wants a name and a spec, and no object that was read", () => {
    expect(pods.create).type.toBeCallableWith({ metadata: { name: "a" }, spec: { containers: [] } })
    expect(pods.create).type.toBeCallableWith({ metadata: { generateName: "a-" }, spec: { containers: [] } })
    expect(pods.create).type.toBeCallableWith({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a" },
      spec: { containers: [] }
    })
    expect(pods.create).type.not.toBeCallableWith({ metadata: {}, spec: { containers: [] } })
    expect(pods.create).type.not.toBeCallableWith({ metadata: { name: "a" } })
    expect(pods.create).type.not.toBeCallableWith(pod)
    expect(foos.create).type.not.toBeCallableWith(foo)
    expect(pods.create).type.toBeCallableWith(Resource.draftOf(pod))
    expect(Api.cluster(Namespace).create).type.toBeCallableWith({ metadata: { name: "a" } })
    expect(Api.cluster(TokenReview).create).type.toBeCallableWith({ spec: { token: "t" } })
  })

  test("a dry run's answer need not have a resourceVersion", () => {
    const dry = Effect.map(
      pods.create({ metadata: { name: "a" }, spec: { containers: [] } }, { dryRun: true }),
      (pod) => pod.metadata.resourceVersion
    )
    expect<Effect.Effect.Success<typeof dry>>().type.toBe<string | undefined>()
    const configMaps = Api.namespaced(ConfigMap, "default")
    const applied = Effect.map(
      configMaps.apply({ metadata: { name: "a" } }, { dryRun: true }),
      (it) => it.metadata.resourceVersion
    )
    expect<Effect.Effect.Success<typeof applied>>().type.toBe<string | undefined>()
    const replaced = Effect.map(
      configMaps.createOrReplace({ metadata: { name: "a" } }, { dryRun: true }),
      (it) => it.metadata.resourceVersion
    )
    expect<Effect.Effect.Success<typeof replaced>>().type.toBe<string | undefined>()
  })

  test("replace takes only what was read", () => {
    expect(pods.replace).type.toBeCallableWith(pod)
    expect(pods.replace).type.not.toBeCallableWith({ metadata: { name: "a" }, spec: { containers: [] } })
    expect(foos.modify).type.toBeCallableWith(
      "a",
      (foo: Foo): Foo => ({ ...foo, spec: { ...foo.spec, at: new Date(0) } })
    )
  })

  test("patches and apply speak the wire form and know their fields", () => {
    expect(pods.apply).type.toBeCallableWith({ metadata: { name: "a" }, spec: { containers: [{ name: "x" }] } })
    expect(pods.apply).type.not.toBeCallableWith({ metadata: { name: "a" }, spec: { contaners: [] } })
    expect(pods.apply).type.not.toBeCallableWith({ metadata: { name: "a" }, spec: { restartPolicy: {} } })
    expect(pods.apply).type.not.toBeCallableWith({ metadata: {} })
    expect(foos.apply).type.toBeCallableWith({ metadata: { name: "a" }, spec: { at: "2026-01-01T00:00:00Z" } })
    expect(foos.apply).type.not.toBeCallableWith({ metadata: { name: "a" }, spec: { at: new Date(0) } })
    expect(pods.patch).type.toBeCallableWith("a", Patch.merge({ spec: { activeDeadlineSeconds: 3 } }))
    expect(pods.patch).type.not.toBeCallableWith("a", Patch.merge({ spec: { activeDeadlineSeconds: "3" } }))
    expect(pods.patch).type.not.toBeCallableWith("a", Patch.merge({ spce: {} }))
    expect(foos.patch).type.not.toBeCallableWith("a", Patch.merge({ spec: { at: new Date(0) } }))
  })
})

describe("errors", () => {
  test("an operation lists exactly what it can raise", () => {
    expect(pods.get("a")).type.toBe<Effect.Effect<Pod, KubeError.NotFound | KubeError.Common, KubeClient>>()
    const caught = Effect.catchTag(pods.get("a"), "KubeNotFound", () => Effect.succeed(undefined))
    expect(caught).type.toBe<Effect.Effect<Pod | undefined, KubeError.Common, KubeClient>>()
    // get cannot raise Conflict
    // @ts-expect-error No overload matches this call
    Effect.catchTag(pods.get("a"), "KubeConflict", () => Effect.void)
  })
})

describe("generic code asks for abilities", () => {
  const names = <K extends Resource.KubeObject, R>(api: Api.List<K, R> & Api.Get<K, R>) =>
    Effect.map(api.list(), (list) => list.items.map((object) => object.metadata.name))
  const hasStatus = (resource: Resource.ApiResource<unknown, unknown, unknown, Resource.ResourceScope, "status">) =>
    resource.plural

  test("any handle that has them will do, and no other", () => {
    expect(names).type.toBeCallableWith(pods)
    expect(names).type.toBeCallableWith(Api.cluster(Node))
    expect(names).type.toBeCallableWith(foos)
    expect(names).type.not.toBeCallableWith(Api.all(ConfigMap))
    expect(hasStatus).type.toBeCallableWith(Pod)
    expect(hasStatus).type.toBeCallableWith(Foo)
    expect(hasStatus).type.not.toBeCallableWith(ConfigMap)
  })

  test("every kind is an ApiResource, and a Schema", () => {
    expect([Pod, ConfigMap, Node, Secret, TokenReview, Foo, Plain]).type.toBeAssignableTo<
      ReadonlyArray<Resource.ApiResource<unknown, unknown, unknown, Resource.ResourceScope, never>>
    >()
    expect(Schema.decodeUnknownSync(Schema.Struct({ pod: Pod, foo: Foo }))).type.toBe<
      (
        u: unknown,
        overrideOptions?: import("effect/SchemaAST").ParseOptions
      ) => { readonly pod: Pod; readonly foo: Foo }
    >()
  })

  test("an object of one kind is none of another", () => {
    expect(Api.namespaced(Secret, "default").replace).type.not.toBeCallableWith(pod)
  })
})

describe("secrets", () => {
  test("are not plain strings", () => {
    expect<NonNullable<KubeConfig.Identity["token"]>>().type.not.toBeAssignableTo<string>()
    expect<NonNullable<KubeConfig.Identity["certificate"]>["key"]>().type.not.toBeAssignableTo<string>()
  })
})

describe("controllers", () => {
  class Mailer extends Context.Tag("Mailer")<Mailer, { readonly send: (text: string) => Effect.Effect<void> }>() {}
  const controller = Controller.make("foo", {
    for: Api.all(Foo),
    reconcile: (foo) =>
      Effect.gen(function*() {
        const mailer = yield* Mailer
        yield* Effect.addFinalizer(() => Effect.void)
        yield* mailer.send(foo.spec.title)
        yield* Api.namespaced(ConfigMap, foo.metadata.namespace).apply({
          metadata: { name: foo.metadata.name },
          data: { title: foo.spec.title }
        })
        return Controller.requeueAfter("1 hour")
      })
  }).pipe(Controller.owns(Api.all(ConfigMap)), Controller.watches(Api.all(Pod), () => []))

  test("a reconciler's requirements are the layer's", () => {
    expect(Controller.layer(controller)).type.toBeAssignableTo<Layer.Layer<never, unknown, KubeClient | Mailer>>()
    expect(Controller.layer(controller)).type.not.toBeAssignableTo<Layer.Layer<never, unknown, KubeClient>>()
  })
})
