// Which subresources a kind shows, what they take and answer, and which errors each operation lists.
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { describe, expect, test } from "tstyche"
import * as Api from "../../src/client/Api.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import { Deployment, StatefulSet } from "../../src/kinds/apps/v1.js"
import { CertificateSigningRequest } from "../../src/kinds/certificates/v1.js"
import type { EphemeralContainer } from "../../src/kinds/core/v1.js"
import { ConfigMap, Namespace, Node, Pod, Secret, ServiceAccount } from "../../src/kinds/core/v1.js"
import type * as KubeError from "../../src/protocol/KubeError.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Resource from "../../src/protocol/Resource.js"

class Site extends Resource.Custom<Site>()("example.org/v1", "Site", {
  scope: "Namespaced",
  spec: Schema.Struct({ at: Schema.Date, replicas: Schema.Int }),
  status: Schema.Struct({ seen: Schema.Date }),
  scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" }
}) {}

declare const pod: Pod
declare const deployment: Deployment
declare const site: Site
const pods = Api.namespaced(Pod, "default")
const deployments = Api.namespaced(Deployment, "default")
const sites = Api.namespaced(Site, "default")
const configMaps = Api.namespaced(ConfigMap, "default")
const accounts = Api.namespaced(ServiceAccount, "default")
const requests = Api.cluster(CertificateSigningRequest)
const namespaces = Api.cluster(Namespace)

type Raised<A> = A extends Effect.Effect<infer _A, infer E, infer _R> ? E : never
type Answer<A> = A extends Effect.Effect<infer A, infer _E, infer _R> ? A : never
type WriteErrors = KubeError.NotFound | KubeError.Conflict | KubeError.Invalid
type Below =
  | "status"
  | "scale"
  | "evict"
  | "bind"
  | "ephemeralContainers"
  | "resize"
  | "createToken"
  | "approval"
  | "approve"
  | "deny"
  | "finalize"
  | "logs"
  | "subresource"
type Shown<T> = Extract<keyof T, Below>

describe("a kind shows the subresources that it has, and no other", () => {
  test("of each", () => {
    expect<Exclude<Shown<typeof pods>, "logs">>().type.toBe<
      "status" | "evict" | "bind" | "ephemeralContainers" | "resize" | "subresource"
    >()
    expect<Shown<typeof deployments>>().type.toBe<"status" | "scale" | "subresource">()
    const statefulSets = Api.namespaced(StatefulSet, "default")
    expect<Shown<typeof statefulSets>>().type.toBe<"status" | "scale" | "subresource">()
    expect<Shown<typeof sites>>().type.toBe<"status" | "scale" | "subresource">()
    expect<Shown<typeof configMaps>>().type.toBe<"subresource">()
    expect<Shown<typeof accounts>>().type.toBe<"createToken" | "subresource">()
    expect<Shown<typeof requests>>().type.toBe<"status" | "approval" | "approve" | "deny" | "subresource">()
    expect<Shown<typeof namespaces>>().type.toBe<"status" | "finalize" | "subresource">()
    const nodes = Api.cluster(Node)
    expect<Shown<typeof nodes>>().type.toBe<"status" | "subresource">()
    const everywhere = Api.all(Pod)
    expect<Shown<typeof everywhere>>().type.toBe<never>()
    const metadata = Api.namespaced(Resource.metadataOnly(Pod), "default")
    expect<Shown<typeof metadata>>().type.toBe<never>()
  })

  test("a finalizer of a Namespace is replaced, and cannot be read or patched there", () => {
    expect<keyof typeof namespaces.finalize>().type.toBe<"replace" | "modify">()
  })

  test("a kind known at run time shows what it was said to have", () => {
    const thing = { apiVersion: "x.dev/v1", kind: "Thing", scope: "Namespaced" } as const
    const plain = Api.dynamic(Resource.dynamic(thing), "default")
    expect(plain).type.toHaveProperty("status")
    expect(plain).type.not.toHaveProperty("scale")
    const scaled = Api.dynamic(Resource.dynamic({ ...thing, abilities: ["get", "scale"] }), "default")
    expect(scaled).type.toHaveProperty("scale")
    expect(scaled).type.not.toHaveProperty("status")
  })
})

describe("what they take and answer", () => {
  test("a status is replaced with what was read, changed as the kind says, and applied in the wire form", () => {
    expect(deployments.status.replace).type.not.toBeCallableWith(Resource.draftOf(deployment))
    expect(sites.status.modify).type.toBeCallableWith(
      "a",
      (it: Site): Site => ({ ...it, status: { seen: new Date(0) } })
    )
    expect(sites.status.apply).type.toBeCallableWith({
      metadata: { name: "a" },
      status: { seen: "2026-01-01T00:00:00Z" }
    })
    expect(sites.status.apply).type.not.toBeCallableWith({ metadata: { name: "a" }, status: { seen: new Date(0) } })
    expect(sites.status.apply).type.not.toBeCallableWith({ metadata: { name: "a" }, spec: { replicas: 1 } })
    expect(sites.status.apply).type.not.toBeCallableWith({ status: {} })
    expect(deployments.status.patch).type.not.toBeCallableWith("a", Patch.merge({ status: { replicas: "3" } }))
    expect(deployments.apply).type.not.toBeCallableWith({ metadata: { name: "a" }, status: { replicas: 3 } })
  })

  test("an ephemeral container is one, and a token is Redacted", () => {
    expect<Api.EphemeralContainerOf<Pod>>().type.toBe<EphemeralContainer>()
    expect(pods.ephemeralContainers.add).type.toBeCallableWith("a", {
      name: "debug",
      image: "x",
      targetContainerName: "m"
    })
    expect(pods.ephemeralContainers.add).type.not.toBeCallableWith("a", { image: "x" })
    expect(accounts.createToken("a").pipe(Effect.map(({ token }) => token))).type.toBe<
      Effect.Effect<Redacted.Redacted<string>, WriteErrors | KubeError.Common, KubeClient>
    >()
    expect(accounts.createToken).type.toBeCallableWith("a", { boundTo: pod, audiences: ["x"], expiration: "1 hour" })
  })

  test("another kind's object is refused", () => {
    expect(deployments.status.replace).type.not.toBeCallableWith(pod)
    expect(pods.resize.replace).type.not.toBeCallableWith(deployment)
    expect(requests.approval.replace).type.not.toBeCallableWith(site)
  })
})

describe("each operation lists what it can raise", () => {
  test("of subresources", () => {
    type Writes = WriteErrors | KubeError.Common
    type Reads = KubeError.NotFound | KubeError.Common
    expect<Raised<ReturnType<typeof pods.evict>>>().type.toBe<Writes | KubeError.DisruptionBudget>()
    expect<Raised<ReturnType<typeof pods.bind>>>().type.toBe<Writes>()
    expect<Raised<ReturnType<typeof pods.resize.get>>>().type.toBe<Reads>()
    expect<Raised<ReturnType<typeof pods.resize.patch>>>().type.toBe<Writes>()
    expect<Raised<ReturnType<typeof pods.ephemeralContainers.add>>>().type.toBe<Writes>()
    expect<Raised<ReturnType<typeof requests.approve>>>().type.toBe<Writes>()
    expect<Raised<ReturnType<typeof namespaces.finalize.modify>>>().type.toBe<Writes>()
    expect<Raised<ReturnType<typeof deployments.scale.read>>>().type.toBe<Reads>()
    expect<Raised<ReturnType<typeof deployments.scale.modify>>>().type.toBe<Writes>()
    expect<Raised<ReturnType<typeof deployments.status.apply>>>().type.toBe<Writes>()
    const door = configMaps.subresource("x")
    expect<Raised<ReturnType<typeof door.create>>>().type.toBe<Writes | KubeError.AlreadyExists>()
    expect<Raised<ReturnType<typeof door.get>>>().type.toBe<Reads>()
    expect<Answer<ReturnType<typeof door.get>>>().type.toBe<unknown>()
  })

  test("a budget is caught by its tag, where there can be one", () => {
    expect(Effect.catchTag(pods.evict("a"), "KubeDisruptionBudget", () => Effect.void)).type.toBe<
      Effect.Effect<void, WriteErrors | KubeError.Common, KubeClient>
    >()
    // @ts-expect-error No overload matches this call
    Effect.catchTag(pods.delete("a"), "KubeDisruptionBudget", () => Effect.void)
  })

  test("modifyEffect of a status adds what the Effect raises", () => {
    expect(
      deployments.status.modifyEffect(
        "a",
        (it) => it.spec.paused === true ? Effect.fail("paused" as const) : Effect.succeed(it)
      )
    ).type.toBe<Effect.Effect<Deployment, "paused" | WriteErrors | KubeError.Common, KubeClient>>()
  })

  test("pages and streams", () => {
    expect(Api.all(Pod).pages({ limit: 9, readAhead: 2, onExpired: "inconsistent" })).type.toBe<
      Stream.Stream<Api.Page<Pod>, KubeError.Common | KubeError.Expired, KubeClient>
    >()
    expect(Api.all(Pod).pages).type.not.toBeCallableWith({ onExpired: "ignore" })
    expect(Api.all(Pod).list).type.not.toBeCallableWith({ onExpired: "fail" })
  })
})

describe("extract", () => {
  test("answers what apply takes", () => {
    const mine = Resource.extract(Deployment, deployment, { fieldManager: "me" })
    expect(mine).type.toBe<Effect.Effect<Resource.ApplyConfiguration<Deployment>, KubeError.DecodeError>>()
    const status = Resource.extract(Deployment, deployment, { fieldManager: "me", subresource: "status" })
    expect(status).type.toBe<Effect.Effect<Resource.StatusConfiguration<Deployment>, KubeError.DecodeError>>()
    expect(Effect.map(Resource.extract(Site, site, { fieldManager: "me" }), (it) => it.spec?.at)).type.toBe<
      Effect.Effect<string | undefined, KubeError.DecodeError>
    >()
  })

  test("wants an object of the kind, of a kind that can be applied", () => {
    expect(Resource.extract).type.not.toBeCallableWith(Secret, deployment, { fieldManager: "me" })
    expect(Resource.extract).type.not.toBeCallableWith(Deployment, deployment, {})
    expect(Resource.extract).type.not.toBeCallableWith(
      Resource.metadataOnly(Deployment),
      deployment,
      { fieldManager: "me" }
    )
  })
})
