// What can be done with projections, and what the compiler refuses.
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { describe, expect, test } from "tstyche"
import * as Api from "../../src/client/Api.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { TokenReview } from "../../src/kinds/authentication/v1.js"
import { ComponentStatus, Node, Pod } from "../../src/kinds/core/v1.js"
import { Event } from "../../src/kinds/events/v1.js"
import type * as KubeError from "../../src/protocol/KubeError.js"
import type * as ObjectMeta from "../../src/protocol/ObjectMeta.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Finalizer from "../../src/runtime/Finalizer.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as Watcher from "../../src/runtime/Watcher.js"

class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String, at: Schema.Date }),
  status: Schema.Struct({ ready: Schema.Boolean })
}) {}
const Thing = Resource.dynamic({ apiVersion: "x.dev/v1", kind: "Thing", scope: "Cluster" })

const PodMetadata = Resource.metadataOnly(Pod)
const Placement = Resource.view(
  Pod,
  Schema.Struct({ spec: Schema.Struct({ nodeName: Schema.optional(Schema.String) }) })
)
type Placement = typeof Placement.Type

/** All that there is to a handle of a projection. */
type Reads = "get" | "getOption" | "list" | "stream" | "pages" | "watchOnce"

declare const placement: Placement
declare const pod: Pod
const metadataOfPods = Api.namespaced(PodMetadata, "default")
const placements = Api.namespaced(Placement, "default")

describe("metadata alone", () => {
  test("has the kind's apiVersion and kind, and the metadata of its scope", () => {
    expect<typeof PodMetadata.Type>().type.toBe<
      { readonly apiVersion: "v1"; readonly kind: "Pod"; readonly metadata: ObjectMeta.NamespacedMeta }
    >()
    expect(Resource.metadataOnly(Node).Type.metadata).type.toBe<ObjectMeta.ClusterMeta>()
    expect(Resource.metadataOnly(Foo).Type.kind).type.toBe<"Foo">()
    expect(Resource.metadataOnly(Thing).Type).type.toBe<Resource.PartialObjectMetadata<Resource.DynamicObject>>()
    expect(PodMetadata.Type).type.not.toHaveProperty("spec")
  })

  test("can be read and watched where the kind can, and keeps its scope", () => {
    expect(metadataOfPods.get("a")).type.toBe<
      Effect.Effect<
        Resource.PartialObjectMetadata<Pod>,
        KubeError.NotFound | KubeError.Common,
        KubeClient
      >
    >()
    expect<Exclude<keyof typeof metadataOfPods, keyof Api.Of<unknown>>>().type.toBe<Reads>()
    expect(Api.all(PodMetadata)).type.toHaveProperty("list")
    expect(Api.all(PodMetadata).in("default")).type.toHaveProperty("get")
    expect(Api.cluster(Resource.metadataOnly(Node))).type.toHaveProperty("get")
    expect(Api.dynamic(Resource.metadataOnly(Thing))).type.toHaveProperty("watchOnce")
    expect(Api.namespaced).type.not.toBeCallableWith(Resource.metadataOnly(Node), "default")
    expect(Api.cluster).type.not.toBeCallableWith(PodMetadata)
    expect<Resource.CanOf<typeof PodMetadata>>().type.toBe<"get" | "list" | "watch">()
  })

  test("a kind that cannot be read has none", () => {
    expect(Resource.metadataOnly).type.not.toBeCallableWith(TokenReview)
    expect(Resource.metadataOnly).type.not.toBeCallableWith(ComponentStatus)
    expect(Resource.view).type.not.toBeCallableWith(TokenReview, Schema.Struct({}))
    // @ts-expect-error Type '"get"' is not assignable to type '"create"'
    Resource.view(TokenReview, Schema.Struct({}))
    // @ts-expect-error Type '"get"' is not assignable to type '"create"'
    Resource.metadataOnly(TokenReview)
  })
})

describe("writing", () => {
  test("a view or a metadata-only object is refused", () => {
    expect<Exclude<keyof typeof placements, keyof Api.Of<unknown>>>().type.toBe<Reads>()
    const deployments = Api.namespaced(Resource.metadataOnly(Deployment), "default")
    expect<Exclude<keyof typeof deployments, keyof Api.Of<unknown>>>().type.toBe<Reads>()
    const foos = Api.namespaced(Resource.view(Foo, Schema.Struct({})), "default")
    expect<Exclude<keyof typeof foos, keyof Api.Of<unknown>>>().type.toBe<Reads>()
    expect(placements).type.not.toHaveProperty("create")
    expect(placements).type.not.toHaveProperty("replace")
    expect(placements).type.not.toHaveProperty("modify")
    expect(placements).type.not.toHaveProperty("patch")
    expect(placements).type.not.toHaveProperty("apply")
    expect(placements).type.not.toHaveProperty("delete")
    expect(placements).type.not.toHaveProperty("status")
  })

  test("what was read in part is no object of the kind", () => {
    const pods = Api.namespaced(Pod, "default")
    expect(pods.replace).type.not.toBeCallableWith(placement)
    expect(pods.replace).type.not.toBeCallableWith(PodMetadata.Type)
    expect(pods.status.replace).type.not.toBeCallableWith(placement)
    expect(pods.create).type.not.toBeCallableWith(placement)
    expect(pods.modify).type.not.toBeCallableWith("a", () => placement)
    expect(pods.patch).type.toBeCallableWith("a", Patch.merge({ spec: { activeDeadlineSeconds: 3 } }))
    expect<Pod>().type.not.toBeAssignableFrom(placement)
  })

  test("a finalizer is not kept with what cannot be written", () => {
    expect(Finalizer.make).type.not.toBeCallableWith(Api.all(Placement), "x.dev/f", {
      apply: () => Effect.void,
      cleanup: () => Effect.void
    })
  })
})

describe("views", () => {
  test("have what the schema reads, decoded, and the metadata that every view keeps", () => {
    expect(placement.spec).type.toBe<{ readonly nodeName?: string | undefined }>()
    expect(placement.kind).type.toBe<"Pod">()
    expect(placement.metadata).type.toBe<ObjectMeta.NamespacedViewMeta>()
    expect(placement.metadata).type.not.toHaveProperty("annotations")
    expect(placement).type.not.toHaveProperty("status")
    expect(Resource.view(Node, Schema.Struct({})).Type.metadata).type.toBe<ObjectMeta.ClusterViewMeta>()
    const started = Resource.view(
      Pod,
      Schema.Struct({ status: Schema.Struct({ startTime: Schema.optional(Schema.Date) }) })
    )
    expect(started.Type.status.startTime).type.toBe<Date | undefined>()
    expect(started.Encoded.status.startTime).type.toBe<string | undefined>()
  })

  test("a schema may name more of the metadata; what is kept anyway stays as the server sent it", () => {
    const more = Resource.view(
      Pod,
      Schema.Struct({
        metadata: Schema.Struct({
          annotations: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String })),
          creationTimestamp: Schema.Date
        })
      })
    )
    expect(more.Type.metadata.annotations).type.toBe<{ readonly [x: string]: string } | undefined>()
    expect(more.Type.metadata.name).type.toBe<string>()
    expect(more.Type.metadata.creationTimestamp).type.toBe<string>()
  })

  test("a field that the kind does not have is refused, and named", () => {
    const wrong = Schema.Struct({
      spec: Schema.Struct({ nodeName: Schema.optional(Schema.String), nodeNmae: Schema.optional(Schema.String) })
    })
    expect(Resource.view).type.not.toBeCallableWith(Pod, wrong)
    // @ts-expect-error "spec.nodeNmae: the kind has no such field"
    Resource.view(Pod, wrong)
    const Images = Schema.Struct({
      spec: Schema.Struct({ containers: Schema.Array(Schema.Struct({ imgae: Schema.optional(Schema.String) })) })
    })
    // @ts-expect-error "spec.containers[].imgae: the kind has no such field"
    Resource.view(Pod, Images)
    expect(Resource.view).type.not.toBeCallableWith(Foo, Schema.Struct({ data: Schema.Unknown }))
  })

  test("a field that the schema takes for something else is refused, and named", () => {
    const Priority = Schema.Struct({ spec: Schema.Struct({ priority: Schema.optional(Schema.String) }) })
    // @ts-expect-error "spec.priority: the kind has another type there"
    Resource.view(Pod, Priority)
    const NodeName = Schema.Struct({ spec: Schema.Struct({ nodeName: Schema.String }) })
    // @ts-expect-error "spec.nodeName: may be absent, so it must be optional"
    Resource.view(Pod, NodeName)
    const Time = Schema.Struct({ eventTime: Schema.String })
    // @ts-expect-error "eventTime: may be null, so null must be allowed"
    Resource.view(Event, Time)
    const Policy = Schema.Struct({ spec: Schema.Struct({ restartPolicy: Schema.optional(Schema.Literal("Always")) }) })
    // @ts-expect-error "spec.restartPolicy: the kind has another type there"
    Resource.view(Pod, Policy)
    const Decoded = Schema.Struct({ spec: Schema.Struct({ at: Schema.DateFromSelf }) })
    // @ts-expect-error "spec.at: the kind has another type there"
    Resource.view(Foo, Decoded)
  })

  test("a list of the kind may be empty and of any length: a schema that takes fewer lists is refused, and named", () => {
    const Container = Schema.Struct({ name: Schema.String })
    const Some = Schema.Struct({ spec: Schema.Struct({ containers: Schema.NonEmptyArray(Container) }) })
    // @ts-expect-error "spec.containers: may be empty, and of any length, so it must be a Schema.Array"
    Resource.view(Pod, Some)
    const Two = Schema.Struct({ spec: Schema.Struct({ containers: Schema.Tuple(Container, Container) }) })
    // @ts-expect-error "spec.containers: may be empty, and of any length, so it must be a Schema.Array"
    Resource.view(Pod, Two)
    const Optional = Schema.Struct({
      metadata: Schema.Struct({ finalizers: Schema.optional(Schema.NonEmptyArray(Schema.String)) })
    })
    // @ts-expect-error "metadata.finalizers: may be empty, and of any length, so it must be a Schema.Array"
    Resource.view(Pod, Optional)
    const Empty = Schema.Struct({ spec: Schema.Struct({ containers: Schema.Tuple() }) })
    expect(Resource.view).type.not.toBeCallableWith(Pod, Empty)
    const Any = Schema.Struct({ spec: Schema.Struct({ containers: Schema.mutable(Schema.Array(Container)) }) })
    expect(Resource.view).type.toBeCallableWith(Pod, Any)
  })

  test("a list that the kind itself never leaves empty may be read as one", () => {
    class Owned extends Resource.Custom<Owned>()("clux.dev/v1", "Owned", {
      scope: "Cluster",
      spec: Schema.Struct({ owners: Schema.NonEmptyArray(Schema.String) })
    }) {}
    const same = Schema.Struct({ spec: Schema.Struct({ owners: Schema.NonEmptyArray(Schema.String) }) })
    expect(Resource.view).type.toBeCallableWith(Owned, same)
    const wider = Schema.Struct({ spec: Schema.Struct({ owners: Schema.Array(Schema.String) }) })
    expect(Resource.view).type.toBeCallableWith(Owned, wider)
  })

  test("the wire form is read, in all the ways in which a schema can", () => {
    expect(Resource.view).type.toBeCallableWith(Event, Schema.Struct({ eventTime: Schema.NullOr(Schema.Date) }))
    expect(Resource.view).type.toBeCallableWith(Foo, Schema.Struct({ spec: Schema.Struct({ at: Schema.Date }) }))
    expect(Resource.view).type.toBeCallableWith(Pod, Schema.Struct({ status: Schema.Unknown }))
    expect(Resource.view).type.toBeCallableWith(
      Pod,
      Schema.Struct({
        apiVersion: Schema.String,
        spec: Schema.Struct({
          nodeName: Schema.optionalWith(Schema.String, { exact: true }),
          hostNetwork: Schema.optionalWith(Schema.Boolean, { default: () => false }),
          priority: Schema.optionalWith(Schema.Number, { as: "Option" }),
          containers: Schema.Array(Schema.Struct({ name: Schema.String, image: Schema.optional(Schema.String) }))
        })
      })
    )
    expect(Resource.view).type.toBeCallableWith(Thing, Schema.Struct({ spec: Schema.Struct({ any: Schema.String }) }))
  })

  test("a schema is a Struct that needs no services", () => {
    expect(Resource.view).type.not.toBeCallableWith(Pod, Schema.String)
    const serviced = Schema.Struct({ status: Schema.Unknown as unknown as Schema.Schema<unknown, unknown, "Mailer"> })
    expect(Resource.view).type.not.toBeCallableWith(Pod, serviced)
  })

  test("a view of metadata alone, and of a view, reads no more than that has", () => {
    const names = Resource.view(PodMetadata, Schema.Struct({}))
    expect(names.Type.metadata).type.toBe<ObjectMeta.NamespacedViewMeta>()
    expect(Resource.view).type.not.toBeCallableWith(PodMetadata, Schema.Struct({ spec: Schema.Unknown }))
    expect(Resource.view).type.toBeCallableWith(
      Placement,
      Schema.Struct({ spec: Schema.Struct({ nodeName: Schema.optional(Schema.NonEmptyString) }) })
    )
    expect(Resource.view).type.not.toBeCallableWith(Placement, Schema.Struct({ status: Schema.Unknown }))
    expect(Resource.metadataOnly).type.toBeCallableWith(PodMetadata)
  })
})

describe("generic code", () => {
  const watchNames = <K extends Resource.KubeObject, R>(api: Api.Of<K, R> & Api.List<K, R> & Api.Watch<K, R>) =>
    Watcher.watch(api)

  test("that asks for abilities takes projections as it takes kinds", () => {
    expect(watchNames(Api.all(PodMetadata))).type.toBe<
      Stream.Stream<Watcher.Event<Resource.PartialObjectMetadata<Pod>>, never, KubeClient>
    >()
    expect(watchNames).type.toBeCallableWith(placements)
    expect(Api.all(Placement)).type.toBeAssignableTo<Api.List<Resource.KubeObject> & Api.Watch<Resource.KubeObject>>()
    expect(metadataOfPods).type.toBeAssignableTo<
      Api.List<Resource.KubeObject> & Api.Watch<Resource.KubeObject> & Api.Get<Resource.KubeObject>
    >()
    expect([PodMetadata, Placement, Resource.metadataOnly(Node)]).type.toBeAssignableTo<
      ReadonlyArray<Resource.ApiResource<Resource.KubeObject, unknown, unknown, Resource.ResourceScope, "list">>
    >()
    expect<Resource.ApiResource<unknown, unknown, unknown, Resource.ResourceScope, "create">>().type.not
      .toBeAssignableFrom(PodMetadata)
  })

  test("watchers, reflectors and controllers take projections", () => {
    expect(Watcher.watchObject(placements, "a")).type.toBe<
      Stream.Stream<Option.Option<Placement>, never, KubeClient>
    >()
    expect(Reflector.make).type.toBeCallableWith(Api.all(Placement))
    const controller = Controller.make("foo", { for: Api.all(Foo), reconcile: () => Effect.void })
    expect(Controller.owns(controller, Api.all(Resource.metadataOnly(Pod)))).type.toBe<typeof controller>()
    expect(Controller.make("pods", { for: Api.all(Placement), reconcile: (pod) => Effect.log(pod.spec.nodeName) })).type
      .toBe<Controller.Controller<never, KubeClient>>()
  })
})

describe("conversions", () => {
  test("a value is read as an object of a kind, with the errors of this library", () => {
    expect(Resource.decodeUnknown(Pod)({})).type.toBe<Effect.Effect<Pod, KubeError.DecodeError>>()
    expect(Resource.decodeUnknown(Foo)({})).type.toBe<Effect.Effect<Foo, KubeError.DecodeError>>()
    expect(Resource.decodeUnknown(Placement)(pod)).type.toBe<Effect.Effect<Placement, KubeError.DecodeError>>()
  })

  test("a copy of an object is a dynamic one", () => {
    expect<Resource.DynamicObject>().type.toBeAssignableFrom({ ...pod })
    expect(Api.dynamic(Thing).replace).type.toBeCallableWith({ ...pod })
    // An interface has no index signature of its own.
    expect<Resource.DynamicObject>().type.not.toBeAssignableFrom(pod)
  })
})

describe("hovers stay short", () => {
  test("what a projection makes has a name", () => {
    expect(PodMetadata).type.toBe<Resource.MetadataOnly<typeof Pod>>()
    expect(metadataOfPods).type.toBe<Api.Namespaced<Resource.MetadataOnly<typeof Pod>>>()
  })
})
