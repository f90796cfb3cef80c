import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { ConfigMap, Pod } from "../../src/kinds/core/v1.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, configMap, configMaps, settle, watch } from "./support/apiserver.js"

const cluster = Effect.map(TestCluster.make({ randomSeed: 7 }), (service) => ({ ...client(service), service }))

const names = (list: { readonly items: ReadonlyArray<{ readonly metadata: { readonly name: string } }> }) =>
  list.items.map(({ metadata }) => metadata.name)

const versionOf = (object: { readonly metadata: { readonly resourceVersion: string } }) =>
  Number(object.metadata.resourceVersion)

describe("a replica that has fallen behind", () => {
  it.scoped("answers lists and gets that may be old as of then, others as it is (S8, S24)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const catchUp = yield* service.faults.lag()
      yield* post(configMaps(), configMap("b"))
      assert.deepStrictEqual(names((yield* get(configMaps())).body), ["a", "b"])
      const old = (yield* get(`${configMaps()}?resourceVersion=0`)).body
      assert.deepStrictEqual(names(old), ["a"])
      assert.strictEqual((yield* get(`${configMaps("default", "b")}?resourceVersion=0`)).status, 404)
      assert.strictEqual((yield* get(configMaps("default", "b"))).status, 200)
      yield* catchUp
      assert.deepStrictEqual(names((yield* get(`${configMaps()}?resourceVersion=0`)).body), ["a", "b"])
    }))

  it.scoped("a read at a version that the replica has not heard of waits for it, and times out (S25)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      const catchUp = yield* service.faults.lag({ resource: "configmaps" })
      const { body } = yield* post(configMaps(), configMap("a"))
      const at = `${configMaps()}?resourceVersion=${versionOf(body)}`
      const waiting = yield* Effect.fork(get(at))
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* Fiber.join(waiting)).status, 504)
      const patient = yield* Effect.fork(get(at))
      yield* TestClock.adjust("1 second")
      yield* catchUp
      assert.deepStrictEqual(names((yield* Fiber.join(patient)).body), ["a"])
    }))

  it.scoped("watches, open and new, are told what they missed when it catches up, in order (S28)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const open = yield* watch(service, `${configMaps()}?watch=1`)
      assert.strictEqual((yield* open.take(1))[0]?.object.metadata.name, "a")
      const catchUp = yield* service.faults.lag()
      yield* post(configMaps(), configMap("b"))
      yield* post(configMaps(), configMap("c"))
      const fresh = yield* watch(service, `${configMaps()}?watch=1`)
      assert.deepStrictEqual((yield* fresh.rest).map(({ object }) => object.metadata.name), ["a"])
      assert.deepStrictEqual(yield* open.rest, [])
      yield* catchUp
      for (const each of [open, fresh]) {
        assert.deepStrictEqual((yield* each.take(2)).map(({ object }) => object.metadata.name), ["b", "c"])
      }
    }))

  it.scoped("a watch that asks for the present state first waits for it, and is told where it does not come (S25, S29)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const catchUp = yield* service.faults.lag()
      yield* post(configMaps(), configMap("b"))
      const streaming =
        `${configMaps()}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`
      const late = yield* Effect.fork(watch(service, streaming))
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual((yield* (yield* Fiber.join(late)).take(1)).map(({ type }) => type), ["ERROR"])
      const patient = yield* Effect.fork(watch(service, streaming))
      yield* TestClock.adjust("1 second")
      yield* catchUp
      const open = yield* Fiber.join(patient)
      assert.deepStrictEqual((yield* open.take(2)).map(({ object }) => object.metadata.name), ["a", "b"])
    }))

  it.scoped("a watch whose missed events are out of the history is told that it is too old (S26)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      const open = yield* watch(service, `${configMaps()}?watch=1`)
      const catchUp = yield* service.faults.lag()
      yield* post(configMaps(), configMap("a"))
      yield* service.faults.compact
      yield* catchUp
      assert.strictEqual((yield* open.take(1))[0]?.object.code, 410)
      assert.strictEqual(yield* open.end, "clean")
    }))
})

it.scoped("a version that never was is no place to fall behind to", () =>
  Effect.gen(function*() {
    const { service } = yield* cluster
    for (const resourceVersion of ["abc", "99999", "-1"]) {
      assert.strictEqual((yield* Effect.exit(service.faults.lag({ resourceVersion })))._tag, "Failure", resourceVersion)
    }
  }))

describe("bad nights", () => {
  it.scoped("bookmarks are left out, and come again in their time (S31)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const open = yield* watch(service, `${configMaps()}?watch=1&resourceVersion=1&allowWatchBookmarks=true`)
      yield* open.rest
      const unmute = yield* service.faults.muteBookmarks({ resource: "configmaps" })
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(yield* open.rest, [])
      yield* unmute
      yield* TestClock.adjust("61 seconds")
      assert.deepStrictEqual((yield* open.rest).map(({ type }) => type), ["BOOKMARK"])
    }))

  it.scoped("a restart breaks watches, forgets the history and refuses connections while it is down; what is stored stays (S26)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      const { body } = yield* post(configMaps(), configMap("a"))
      yield* post(configMaps(), configMap("b"))
      const open = yield* watch(service, `${configMaps()}?watch=1`)
      const restart = yield* Effect.fork(service.faults.restart({ down: "10 seconds" }))
      yield* settle
      assert.strictEqual(yield* open.end, "cut")
      const refused = yield* Effect.exit(get(configMaps()))
      assert.strictEqual(refused._tag, "Failure")
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(restart)
      assert.deepStrictEqual(names((yield* get(configMaps())).body), ["a", "b"])
      const late = yield* watch(service, `${configMaps()}?watch=1&resourceVersion=${versionOf(body)}`)
      assert.strictEqual((yield* late.take(1))[0]?.object.code, 410)
    }))

  it.scoped("a program crashes after so many writes: they are stored, nothing after them is answered, until it starts anew", () =>
    Effect.gen(function*() {
      const { service } = yield* cluster
      const program = Effect.forEach(
        ["a", "b", "c"],
        (name) => Effect.suspend(() => client(service).post(configMaps(), configMap(name)))
      )
      for (const writes of [0, 1, 2]) {
        const { delete: remove, get } = client(service)
        yield* remove(configMaps())
        const crash = yield* service.faults.crashAfterWrites(writes)
        const running = yield* Effect.fork(program)
        yield* crash.reached
        yield* Fiber.interrupt(running)
        yield* crash.recover
        assert.strictEqual((yield* get(configMaps())).body.items.length, writes, `${writes} writes`)
      }
    }))

  it.scoped("a storm fails its share of the requests, the same ones for the same seed, and ends", () =>
    Effect.gen(function*() {
      const statuses = Effect.gen(function*() {
        const { get, service } = yield* cluster
        const end = yield* service.faults.storm({ rate: 0.5 })
        const seen: Array<string> = []
        for (let i = 0; i < 200; i++) {
          const asked = yield* Effect.fork(Effect.exit(get(configMaps())))
          yield* TestClock.adjust("3 seconds")
          const exit = yield* Fiber.join(asked)
          seen.push(exit._tag === "Failure" ? "broken" : String(exit.value.status))
        }
        yield* end
        assert.strictEqual((yield* get(configMaps())).status, 200)
        return seen
      })
      const [first, second] = [yield* statuses, yield* statuses]
      assert.deepStrictEqual(first, second)
      for (const kind of ["429", "500", "503", "504", "broken", "200"]) assert.include(first, kind)
      // A delayed answer is a 200, too: seven eighths of a half are not.
      const failed = first.filter((each) => each !== "200").length
      assert.isTrue(failed > 60 && failed < 115, `${failed} of 200`)
    }))

  it.scoped("an object that does not decode is kept apart by a reflector, which goes on (W15)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.seed({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "fine" },
        spec: { containers: [{ name: "c", image: "i" }] }
      })
      yield* cluster.seedRaw({ apiVersion: "v1", kind: "Pod", metadata: { name: "odd" }, spec: { containers: "none" } })
      const store = yield* Reflector.make(Api.all(Pod))
      yield* store.ready
      assert.deepStrictEqual((yield* store.list).map(({ metadata }) => metadata.name), ["fine"])
      const error = yield* Effect.flip(Api.namespaced(Pod, "default").get("odd"))
      assert.strictEqual(error._tag, "KubeDecodeError")
    }).pipe(Effect.provide(TestCluster.layer)))
})

describe("states", () => {
  it.scoped("the difference of two states names objects that came and went and fields that changed", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const api = Api.namespaced(ConfigMap, "default")
      yield* api.create({ metadata: { name: "gone" } })
      yield* api.create({ metadata: { name: "kept", labels: { "a": "1" } }, data: { k: "v" } })
      const before = yield* cluster.objects
      assert.strictEqual(TestCluster.diff(before, yield* cluster.objects), "")
      yield* api.delete("gone")
      yield* api.create({ metadata: { name: "new" } })
      yield* api.modify("kept", (object) => ({ ...object, data: { k: "w", more: "x".repeat(200) } }))
      const after = yield* cluster.objects
      assert.deepStrictEqual(TestCluster.diff(before, after, { width: 12 }).split("\n"), [
        "- v1 ConfigMap default/gone",
        "~ v1 ConfigMap default/kept",
        "    data.k: \"v\" -> \"w\"",
        "    data.more: nothing -> \"xxxxxxxxxxx…",
        "+ v1 ConfigMap default/new"
      ])
    }).pipe(Effect.provide(TestCluster.layer)))

  it.scoped("quiet returns when nobody has asked or written anything for a while", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      const busy = yield* Effect.fork(
        Effect.forEach(["a", "b", "c"], (name) => Effect.delay(post(configMaps(), configMap(name)), "2 seconds"))
      )
      const quiet = yield* Effect.fork(service.quiet({ for: "5 seconds" }))
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual((yield* Fiber.poll(quiet))._tag, "None")
      yield* Fiber.join(busy)
      yield* TestClock.adjust("6 seconds")
      yield* Fiber.join(quiet)
    }))
})
