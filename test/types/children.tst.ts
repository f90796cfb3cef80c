// What children of a parent accept, infer and refuse.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, test } from "tstyche"
import * as Api from "../../src/client/Api.js"
import type * as KubeClient from "../../src/client/KubeClient.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { ConfigMap, Namespace, Secret } from "../../src/kinds/core/v1.js"
import type * as KubeError from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Children from "../../src/runtime/Children.js"

class Site extends Resource.Custom<Site>()("example.org/v1", "Site", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String, at: Schema.Date })
}) {}

declare const site: Site
const configMaps = Api.namespaced(ConfigMap, "default")
const sites = Api.namespaced(Site, "default")
const configMap = Children.child(configMaps, { metadata: { name: "a" }, data: { k: "v" } })
const secret = Children.child(Api.namespaced(Secret, "default"), { metadata: { name: "a" } })

describe("Children", () => {
  test("a child is typed by its handle: what it wants is the wire form, and has a name", () => {
    expect(configMap).type.toBe<Children.Child<ConfigMap, KubeClient.KubeClient>>()
    expect(Children.child).type.toBeCallableWith(sites, {
      metadata: { name: "a" },
      spec: { at: "2026-01-01T00:00:00Z" }
    })
    expect(Children.child).type.not.toBeCallableWith(sites, { metadata: { name: "a" }, spec: { at: new Date(0) } })
    expect(Children.child).type.not.toBeCallableWith(configMaps, { metadata: {}, data: { k: "v" } })
    expect(Children.child).type.not.toBeCallableWith(configMaps, { metadata: { name: "a" }, data: { k: 1 } })
    expect(Children.child).type.not.toBeCallableWith(configMaps, { metadata: { name: "a" }, kind: "Secret" })
  })

  test("a handle of all namespaces, of a projection, or of a value that is none, is refused", () => {
    expect(Children.child).type.not.toBeCallableWith(Api.all(ConfigMap), { metadata: { name: "a" } })
    const views = Api.namespaced(Resource.metadataOnly(ConfigMap), "default")
    expect(Children.child).type.not.toBeCallableWith(views, { metadata: { name: "a" } })
    expect(Children.child).type.not.toBeCallableWith(ConfigMap, { metadata: { name: "a" } })
    expect(Children.child).type.toBeCallableWith(Api.cluster(Namespace), { metadata: { name: "a" } })
  })

  test("children of several kinds go together, and the report knows which; a bound handle needs no more than the parent", () => {
    const applied = Children.apply(site, [configMap, secret])
    expect(applied).type.toBe<
      Effect.Effect<
        ReadonlyArray<Children.Change<ConfigMap | Secret>>,
        Children.Refused | KubeError.NotFound | KubeError.Conflict | KubeError.Invalid | KubeError.Common,
        KubeClient.KubeClient
      >
    >()
    const bound = Effect.flatMap(
      Api.bind(configMaps),
      (api) => Children.apply(site, [Children.child(api, { metadata: { name: "a" } })])
    )
    expect(bound).type.toBeAssignableTo<Effect.Effect<unknown, unknown, KubeClient.KubeClient>>()
    expect(Children.apply(site, [])).type.toBeAssignableTo<Effect.Effect<unknown, unknown, KubeClient.KubeClient>>()
    expect(Children.apply).type.not.toBeCallableWith(site, [{ metadata: { name: "a" } }])
    const mixed = [configMap, Children.child(Api.namespaced(Deployment, "default"), { metadata: { name: "a" } })]
    expect(Children.apply).type.toBeCallableWith(site, mixed)
  })
})
