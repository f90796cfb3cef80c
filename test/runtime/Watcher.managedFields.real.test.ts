/** What a real server makes of objects that were read without their managedFields. */
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Api from "../../src/client/Api.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { ConfigMap, Namespace } from "../../src/kinds/core/v1.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as EnvTest from "../../src/testing/EnvTest.js"

const inNamespace = Effect.map(
  Api.cluster(Namespace).create({ metadata: { generateName: "managed-" } }),
  (namespace) => namespace.metadata.name
)

const owners = ({ metadata: { managedFields = [] } }: ConfigMap): ReadonlyArray<string> =>
  managedFields.map(({ fieldsV1, manager, operation }) => `${manager} ${operation} ${JSON.stringify(fieldsV1)}`).sort()

describe("managedFields of a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.scoped("are kept for an object that is written back without them, and change as those of a whole one would", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const api = Api.namespaced(ConfigMap, namespace)
        for (const name of ["whole", "cut"]) {
          yield* api.apply({ metadata: { name }, data: { a: "1", b: "1" } }, { fieldManager: "first" })
          yield* api.apply({ metadata: { name }, data: { c: "1" } }, { fieldManager: "second" })
        }
        const store = yield* Reflector.make(api, { managedFields: "drop" })
        yield* store.ready
        const cut = yield* Effect.flatten(store.get({ namespace, name: "cut" }))
        assert.notProperty(cut.metadata, "managedFields")
        const whole = yield* api.get("whole")
        assert.lengthOf(whole.metadata.managedFields ?? [], 2)
        const change = { data: { ...cut.data, a: "2" } }
        const written = yield* api.replace({ ...cut, ...change }, { fieldManager: "third" })
        const expected = yield* api.replace({ ...whole, ...change }, { fieldManager: "third" })
        assert.deepStrictEqual(owners(written), owners(expected))
        assert.lengthOf(owners(written), 3)
        // Who applies still owns what it did, and loses what another has written.
        const conflict = yield* Effect.either(
          api.apply({ metadata: { name: "cut" }, data: { a: "3", b: "1" } }, { fieldManager: "first" })
        )
        assert.strictEqual(conflict._tag === "Left" && conflict.left._tag, "KubeConflict")
        yield* api.apply({ metadata: { name: "cut" }, data: { a: "2" } }, { fieldManager: "first" })
        yield* store.waitFor((yield* api.get("cut")).metadata.resourceVersion)
        const last = yield* Effect.flatten(store.get({ namespace, name: "cut" }))
        assert.deepStrictEqual(last.data, { a: "2", c: "1" })
        assert.notProperty(last.metadata, "managedFields")
      }))

    it.scoped("are dropped from what it sends, and nothing else is, listed or watched (W9, W53)", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const api = Api.namespaced(Deployment, namespace)
        const create = (name: string) =>
          api.create({
            metadata: { name, annotations: { text: "\"managedFields\":[{\"a\":\"]\"}]" } },
            spec: {
              selector: { matchLabels: { app: name } },
              template: {
                metadata: { labels: { app: name } },
                spec: { containers: [{ name: "app", image: "app", args: ["[", "]", "\"managedFields\":["] }] }
              }
            }
          })
        for (const name of ["a", "b", "c"]) yield* create(name)
        const options = { managedFields: "drop" } as const
        const stores = yield* Effect.all([
          Reflector.make(api, options),
          Reflector.make(api, { ...options, initialList: "paged", pageSize: 2 })
        ])
        const compare = Effect.gen(function*() {
          const { items, metadata } = yield* api.list()
          const expected = items.map(({ metadata: { managedFields, ...metadata }, ...object }) => {
            assert.isNotEmpty(managedFields)
            return { ...object, metadata }
          })
          for (const store of stores) {
            yield* Effect.timeout(store.waitFor(items[items.length - 1]!.metadata.resourceVersion), "10 seconds")
            assert.deepStrictEqual(yield* store.list, expected)
          }
          return metadata
        })
        for (const store of stores) yield* store.ready
        yield* compare
        yield* create("d")
        yield* compare
      }))
  })
})
