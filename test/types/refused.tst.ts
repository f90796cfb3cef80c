// The rest of the list of what the compiler refuses; api.tst.ts, patch.tst.ts, controller.tst.ts and views.tst.ts have theirs.
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { describe, expect, test } from "tstyche"
import * as Api from "../../src/client/Api.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { Binding, ComponentStatus, ConfigMap, Node, Pod, Secret } from "../../src/kinds/core/v1.js"
import type * as KubeError from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"

class Site extends Resource.Custom<Site>()("example.org/v1", "Site", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String, at: Schema.Date })
}) {}

declare const deployment: Deployment
declare const site: Site
const pods = Api.namespaced(Pod, "default")
const deployments = Api.namespaced(Deployment, "default")
const sites = Api.namespaced(Site, "default")

type ByName =
  | "get"
  | "getOption"
  | "create"
  | "createOrReplace"
  | "replace"
  | "modify"
  | "modifyEffect"
  | "patch"
  | "apply"
  | "delete"
  | "status"
  | "scale"
type Raised<A> = A extends Effect.Effect<infer _A, infer E, infer _R> ? E : never

describe("over all namespaces", () => {
  test("there is nothing by name, and nothing that would need a namespace", () => {
    const everywhere = Api.all(Deployment)
    expect<Extract<keyof typeof everywhere, ByName>>().type.toBe<never>()
    const inOne = everywhere.in("default")
    expect<Extract<keyof typeof inOne, "get" | "apply" | "scale">>().type.toBe<"get" | "apply" | "scale">()
  })
})

describe("scopes", () => {
  test("a cluster-scoped kind has no namespace to be in, a namespaced one cannot do without", () => {
    expect(Api.namespaced).type.not.toBeCallableWith(Node, "default")
    expect(Api.namespaced).type.not.toBeCallableWith(Pod)
    expect(Api.cluster).type.not.toBeCallableWith(Site)
    expect(Api.cluster(Node)).type.not.toHaveProperty("in")
  })
})

describe("a kind has what it can do, and no more", () => {
  type With<Ability extends string> = Resource.ApiResource<unknown, unknown, unknown, Resource.ResourceScope, Ability>

  test("logs, exec and port-forward are of Pods", () => {
    expect<typeof Pod>().type.toBeAssignableTo<With<"log" | "exec" | "attach" | "portforward">>()
    expect<typeof Deployment>().type.not.toBeAssignableTo<With<"log">>()
    expect<typeof ConfigMap>().type.not.toBeAssignableTo<With<"exec">>()
    expect<typeof Site>().type.not.toBeAssignableTo<With<"log">>()
  })

  test("what can only be created, or only be read, has no other verb", () => {
    const bindings = Api.namespaced(Binding, "default")
    expect<Extract<keyof typeof bindings, ByName | "list" | "watchOnce">>().type.toBe<"create">()
    const componentStatuses = Api.cluster(ComponentStatus)
    expect<Extract<keyof typeof componentStatuses, ByName | "watchOnce">>().type.toBe<"get" | "getOption">()
  })

  test("scale and status are where they were declared", () => {
    expect(deployments).type.toHaveProperty("status")
    expect(Api.cluster(Node)).type.not.toHaveProperty("scale")
    expect(sites).type.not.toHaveProperty("scale")
    expect(sites).type.not.toHaveProperty("status")
  })
})

describe("what is written", () => {
  test("a draft does not replace, and what was read is not created", () => {
    expect(deployments.replace).type.not.toBeCallableWith(Resource.draftOf(deployment))
    expect(deployments.status.replace).type.not.toBeCallableWith(Resource.draftOf(deployment))
    expect(deployments.create).type.not.toBeCallableWith(deployment)
    expect(sites.create).type.not.toBeCallableWith(site)
    expect(sites.replace).type.not.toBeCallableWith(Resource.draftOf(site))
  })

  test("a draft has a name or a generateName, its spec, and no status", () => {
    expect(sites.create).type.toBeCallableWith({
      metadata: { generateName: "a-" },
      spec: { title: "", at: new Date(0) }
    })
    expect(sites.create).type.not.toBeCallableWith({ metadata: {}, spec: { title: "", at: new Date(0) } })
    expect(sites.create).type.not.toBeCallableWith({ metadata: { name: "a" } })
    expect(deployments.create).type.not.toBeCallableWith({ metadata: { name: "a" } })
    expect(pods.create).type.not.toBeCallableWith({ metadata: { name: "a" }, spec: { containers: [] }, status: {} })
  })

  test("an unknown field is refused at any depth", () => {
    expect(sites.create).type.not.toBeCallableWith({
      metadata: { name: "a" },
      spec: { title: "", at: new Date(0), titel: "" }
    })
    expect(deployments.apply).type.not.toBeCallableWith({
      metadata: { name: "a" },
      spec: { template: { spec: { containers: [{ name: "a", imag: "b" }] } } }
    })
    expect(sites.apply).type.not.toBeCallableWith({ metadata: { name: "a" }, spec: { titel: "" } })
  })

  test("an apply speaks the wire form, create and modify the decoded one", () => {
    expect(sites.apply).type.not.toBeCallableWith({ metadata: { name: "a" }, spec: { at: new Date(0) } })
    expect(sites.create).type.not.toBeCallableWith({
      metadata: { name: "a" },
      spec: { title: "", at: "2026-01-01T00:00:00Z" }
    })
    expect(sites.modify).type.not.toBeCallableWith(
      "a",
      (site: Site) => ({ ...site, spec: { ...site.spec, at: "2026-01-01T00:00:00Z" } })
    )
  })
})

describe("errors", () => {
  test("an operation does not raise what it cannot meet", () => {
    const { metadata, spec } = Resource.draftOf(deployment)
    expect<Raised<ReturnType<typeof deployments.get>>>().type.toBe<KubeError.NotFound | KubeError.Common>()
    expect<Raised<ReturnType<typeof deployments.getOption>>>().type.toBe<KubeError.Common>()
    expect<Raised<ReturnType<typeof deployments.list>>>().type.toBe<KubeError.Expired | KubeError.Common>()
    const created = deployments.create({ metadata, spec })
    expect<KubeError.Conflict>().type.not.toBeAssignableTo<Raised<typeof created>>()
    expect<KubeError.AlreadyExists>().type.not.toBeAssignableTo<Raised<ReturnType<typeof deployments.replace>>>()
    expect<KubeError.AlreadyExists>().type.not.toBeAssignableTo<Raised<ReturnType<typeof deployments.delete>>>()
    expect<KubeError.Expired>().type.not.toBeAssignableTo<Raised<ReturnType<typeof deployments.delete>>>()
    expect<KubeError.Conflict>().type.not.toBeAssignableTo<KubeError.Common>()
  })
})

describe("secrets", () => {
  test("of whoever asks are redacted", () => {
    expect<NonNullable<KubeConfig.Identity["token"]>>().type.toBe<Redacted.Redacted>()
    expect<NonNullable<KubeConfig.Identity["basic"]>["password"]>().type.toBe<Redacted.Redacted>()
    expect<NonNullable<KubeConfig.Identity["certificate"]>["key"]>().type.toBe<Redacted.Redacted | KubeConfig.PemFile>()
    expect<typeof Secret>().type.not.toBeAssignableTo<typeof ConfigMap>()
  })
})
