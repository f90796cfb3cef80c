import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { copyTo, finalizer, main } from "../../examples/secret-syncer.js"
import * as Api from "../../src/client/Api.js"
import { Namespace, Secret } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { clusterOf, namespace, start } from "./running.js"

const name = "secret-syncer"
const cluster = Effect.provide(clusterOf(name, namespace("team-a"), namespace("team-b")))
const [sources, inA, inB] = ["examples", "team-a", "team-b"].map((namespace) => Api.namespaced(Secret, namespace))

const registry = (namespaces: string, password = "b25l") => ({
  metadata: { name: "registry", annotations: { [copyTo]: namespaces } },
  type: "Opaque",
  data: { password }
})

const says = (password: string) => Wait.field("data.password", (it: Secret) => it.data?.["password"], password)
const absent = Wait.not(Wait.exists)

describe("examples/secret-syncer", () => {
  it.scoped("copies follow their source, and come back; before the source goes they are gone (K25, K26, K28)", () =>
    Effect.gen(function*() {
      yield* start(name, main)
      const { metadata } = yield* sources.create(registry("team-a, team-b"))
      yield* Wait.until(inA, "registry", says("b25l"))
      yield* Wait.until(inB, "registry", says("b25l"))
      assert.deepStrictEqual((yield* sources.get("registry")).metadata.finalizers, [finalizer])

      yield* sources.patch("registry", Patch.merge({ data: { password: "dHdv" } }))
      yield* Wait.until(inA, "registry", says("dHdv"))
      yield* inB.delete("registry")
      yield* Wait.until(inB, "registry", says("dHdv"))
      yield* inA.patch("registry", Patch.merge({ data: { password: "eA==" } }))
      yield* Wait.until(inA, "registry", says("dHdv"))

      yield* sources.delete("registry")
      yield* Wait.until(sources, "registry", Wait.deleted(metadata.uid))
      assert.isTrue(Option.isNone(yield* inA.getOption("registry")))
      assert.isTrue(Option.isNone(yield* inB.getOption("registry")))
    }).pipe(cluster))

  it.scoped("a Secret that was deleted while the program was down is cleaned up after when it starts (K28)", () =>
    Effect.gen(function*() {
      const stop = yield* start(name, main)
      const { metadata } = yield* sources.create(registry("team-a"))
      yield* Wait.until(inA, "registry", says("b25l"))
      yield* stop
      yield* sources.delete("registry")
      assert.isDefined((yield* sources.get("registry")).metadata.deletionTimestamp)
      yield* start(name, main)
      yield* Wait.until(sources, "registry", Wait.deleted(metadata.uid))
      assert.isTrue(Option.isNone(yield* inA.getOption("registry")))
    }).pipe(cluster))

  it.scoped("a namespace that is not there keeps no other one waiting, and has its copy a minute after it comes (K16)", () =>
    Effect.gen(function*() {
      yield* start(name, main)
      yield* sources.create(registry("team-c,team-a"))
      yield* Wait.until(inA, "registry", says("b25l"))
      yield* Api.cluster(Namespace).create({ metadata: { name: "team-c" } })
      yield* TestClock.adjust("1 minute")
      yield* Wait.until(Api.namespaced(Secret, "team-c"), "registry", says("b25l"))
    }).pipe(cluster))

  it.scoped("a Secret that is in the way is left alone, and looked at each minute", () =>
    Effect.gen(function*() {
      yield* inB.create({ metadata: { name: "registry" }, data: { password: "bWluZQ==" } })
      yield* start(name, main)
      yield* sources.create(registry("team-b,team-a"))
      yield* Wait.until(inA, "registry", says("b25l"))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* inB.get("registry")).data, { password: "bWluZQ==" })
      yield* inB.delete("registry")
      yield* TestClock.adjust("1 minute")
      yield* Wait.until(inB, "registry", says("b25l"))
    }).pipe(cluster))

  it.scoped("a source that is to be copied no more is let go, and then all is quiet", () =>
    Effect.gen(function*() {
      const server = yield* TestCluster.TestCluster
      yield* start(name, main)
      yield* sources.create(registry("team-a,team-b"))
      yield* Wait.until(inB, "registry", says("b25l"))
      yield* sources.patch("registry", Patch.merge({ metadata: { annotations: { [copyTo]: "team-b" } } }))
      yield* Wait.until(inA, "registry", absent)
      yield* sources.patch("registry", Patch.merge({ metadata: { annotations: { [copyTo]: null } } }))
      yield* Wait.until(inB, "registry", absent)
      yield* Wait.until(
        sources,
        "registry",
        Wait.make("no finalizer", (it: Secret) => (it.metadata.finalizers ?? []).length === 0)
      )
      const written = yield* server.resourceVersion
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* server.resourceVersion, written)
    }).pipe(cluster))
})
