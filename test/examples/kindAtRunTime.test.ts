import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { annotation, main, Unsuitable } from "../../examples/kind-at-run-time.js"
import * as Api from "../../src/client/Api.js"
import { UnknownKind } from "../../src/client/Discovery.js"
import { Job } from "../../src/kinds/batch/v1.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { clusterOf, start } from "./running.js"

const name = "kind-at-run-time"
const cluster = Effect.provide(clusterOf(name))
const configMaps = Api.namespaced(ConfigMap, "examples")
const jobs = Api.namespaced(Job, "examples")

const startFor = (kinds: string) =>
  Effect.withConfigProvider(start(name, main), ConfigProvider.fromMap(new Map([["KINDS", kinds]])))

const note = (name: string, timeToLive: string) =>
  configMaps.create({ metadata: { name, annotations: { [annotation]: timeToLive } } })
const names = Effect.map(configMaps.list(), ({ items }) => items.map(({ metadata }) => metadata.name))

describe("examples/kind-at-run-time", () => {
  it.scoped("of the kinds that are named, what has outlived its time goes, and not before (K16)", () =>
    Effect.gen(function*() {
      yield* startFor("cm,jobs.batch")
      yield* note("short", "30s")
      yield* note("long", "1h30m")
      yield* configMaps.create({ metadata: { name: "for-ever" } })
      yield* jobs.create({
        metadata: { name: "import", annotations: { [annotation]: "1m" } },
        spec: {
          template: {
            spec: { restartPolicy: "Never", containers: [{ name: "main", image: "registry.example.com/import:1" }] }
          }
        }
      })
      yield* TestClock.adjust("29 seconds")
      assert.deepStrictEqual(yield* names, ["for-ever", "long", "short"])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* names, ["for-ever", "long"])
      assert.isTrue(Option.isSome(yield* jobs.getOption("import")))
      yield* TestClock.adjust("30 seconds")
      assert.isTrue(Option.isNone(yield* jobs.getOption("import")))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* names, ["for-ever", "long"])
      yield* TestClock.adjust("30 minutes")
      assert.deepStrictEqual(yield* names, ["for-ever"])
    }).pipe(cluster))

  it.scoped("a time that is changed counts, and one that cannot be read is left alone until somebody writes it anew (K18)", () =>
    Effect.gen(function*() {
      const server = yield* TestCluster.TestCluster
      yield* startFor("configmaps")
      yield* note("later", "1m")
      yield* note("unreadable", "a while")
      yield* configMaps.patch("later", Patch.merge({ metadata: { annotations: { [annotation]: "3m" } } }))
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* names, ["later", "unreadable"])
      yield* configMaps.patch("unreadable", Patch.merge({ metadata: { annotations: { [annotation]: "1s" } } }))
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* names, [])
      const deletes = (yield* server.requests).filter(({ verb }) => verb === "delete")
      assert.lengthOf(deletes, 2)
    }).pipe(cluster))

  it.scoped("a name that means nothing ends the program with what may have been meant, and so does a kind that nobody can delete", () =>
    Effect.gen(function*() {
      const unknown = yield* Effect.flip(startFor("configmap,deploymnets"))
      assert.instanceOf(unknown, UnknownKind)
      assert.include(unknown.message, "deployments.v1.apps")
      const unsuitable = yield* Effect.flip(startFor("componentstatuses"))
      assert.instanceOf(unsuitable, Unsuitable)
      assert.strictEqual(unsuitable.message, "ComponentStatus: the server has no watch, delete for it")
    }).pipe(cluster))

  it.scoped("without a role for a kind it says so, and does nothing", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.fork(Effect.exit(startFor("secrets")))
      yield* TestClock.adjust("3 minutes")
      const ended = yield* exit
      assert.isTrue(Exit.isFailure(ended))
      assert.include(String(ended), "forbidden")
    }).pipe(cluster))
})
