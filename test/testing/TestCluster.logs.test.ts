import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { Pod } from "../../src/kinds/core/v1.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const pods = Api.namespaced(Pod, "default")
const cluster = Effect.provide(TestCluster.layerWith({ randomSeed: 5 }))

describe("the logs of containers", () => {
  const get = (path: string, method = "GET") =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const answer = yield* Effect.orDie(cluster.handle({
        method,
        url: `/api/v1/namespaces/default/pods/${path}`,
        headers: {},
        body: new Uint8Array()
      }))
      return {
        ...answer,
        text: typeof answer.body === "string"
          ? Effect.succeed(answer.body)
          : Effect.orDie(Stream.mkString(Stream.decodeText(answer.body)))
      }
    })
  const read = (path: string) => Effect.flatMap(get(path), ({ text }) => text)
  const a = {
    metadata: { name: "a" },
    spec: { containers: [{ name: "main", image: "x" }, { name: "side", image: "x" }] }
  }

  it.scoped("are what the test writes, in the part that is asked for", () =>
    Effect.gen(function*() {
      const { logs } = yield* TestCluster.TestCluster
      yield* pods.create(a)
      assert.strictEqual(yield* read("a/log?container=main"), "")
      yield* logs.write({ pod: "a" }, "one", "two")
      yield* TestClock.adjust("90 seconds")
      yield* logs.write({ pod: "a", container: "main" }, "three")
      assert.strictEqual(yield* read("a/log?container=main"), "one\ntwo\nthree\n")
      assert.strictEqual(yield* read("a/log?container=main&tailLines=2"), "two\nthree\n")
      assert.strictEqual(yield* read("a/log?container=main&sinceSeconds=60"), "three\n")
      assert.strictEqual(yield* read("a/log?container=main&sinceTime=1970-01-01T00:01:00Z"), "three\n")
      assert.strictEqual(yield* read("a/log?container=main&limitBytes=6"), "one\ntw")
      assert.strictEqual(
        yield* read("a/log?container=main&timestamps=true&tailLines=1"),
        "1970-01-01T00:01:30.000000000Z three\n"
      )
      assert.strictEqual((yield* get("a/log?container=main")).headers["content-type"], "text/plain")
      const problem = yield* Effect.flip(logs.write({ pod: "a", container: "other" }, "x"))
      assert.include(problem.message, "no container \"other\"")
    }).pipe(cluster))

  it.scoped("go on with a new instance, and the one before can be read", () =>
    Effect.gen(function*() {
      const { logs } = yield* TestCluster.TestCluster
      yield* pods.create(a)
      yield* logs.write({ pod: "a" }, "first")
      const refused = yield* get("a/log?container=main&previous=true")
      assert.strictEqual(refused.status, 400)
      assert.include(yield* refused.text, "previous terminated container \\\"main\\\" in pod \\\"a\\\" not found")
      yield* logs.end({ pod: "a" })
      yield* logs.write({ pod: "a" }, "second")
      assert.strictEqual(yield* read("a/log?container=main"), "second\n")
      assert.strictEqual(yield* read("a/log?container=main&previous=true"), "first\n")
    }).pipe(cluster))

  it.scoped("can be followed until the container ends", () =>
    Effect.gen(function*() {
      const { logs } = yield* TestCluster.TestCluster
      yield* pods.create(a)
      yield* logs.write({ pod: "a" }, "one", "two")
      const following = yield* Effect.fork(read("a/log?container=main&follow=true&tailLines=1"))
      yield* TestClock.adjust("1 second")
      yield* logs.write({ pod: "a" }, "three")
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.poll(following)))
      yield* logs.end({ pod: "a" })
      assert.strictEqual(yield* Fiber.join(following), "two\nthree\n")
    }).pipe(cluster))

  it.scoped("say why there is none, as a kubelet does", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const state = { waiting: { reason: "ContainerCreating" } }
      yield* cluster.seed(
        { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" } },
        {
          ...a,
          apiVersion: "v1",
          kind: "Pod",
          spec: { ...a.spec, nodeName: "node-1" },
          status: {
            containerStatuses: [{ name: "main", image: "x", imageID: "", ready: false, restartCount: 0, state }]
          }
        }
      )
      assert.include(
        yield* read("a/log?container=main"),
        "container \\\"main\\\" in pod \\\"a\\\" is waiting to start: ContainerCreating"
      )
      assert.include(yield* read("a/log?container=side"), "container \\\"side\\\" in pod \\\"a\\\" is not available")
    }).pipe(cluster))

  it.scoped("can come from a function, for containers of which a test has written nothing", () =>
    Effect.gen(function*() {
      yield* pods.create(a)
      const { logs } = yield* TestCluster.TestCluster
      yield* logs.write({ pod: "a", container: "side" }, "written")
      assert.strictEqual(yield* read("a/log?container=main"), "given of main\n")
      assert.strictEqual(yield* read("a/log?container=main&follow=true"), "given of main\n")
      assert.strictEqual(yield* read("a/log?container=side"), "written\n")
    }).pipe(Effect.provide(TestCluster.layerWith({
      logs: ({ container, previous }) => previous ? undefined : [`given of ${container}`]
    }))))

  it.scoped("what needs a process or a network is refused and says what is missing", () =>
    Effect.gen(function*() {
      const { seed } = yield* TestCluster.TestCluster
      const status = { podIP: "10.0.0.1" }
      yield* seed({ apiVersion: "v1", kind: "Pod", ...a, spec: { ...a.spec, nodeName: "node-1" }, status })
      for (
        const path of [
          "exec?container=main&command=ls",
          "attach?container=main",
          "portforward",
          "proxy",
          "proxy/metrics"
        ]
      ) {
        const answer = yield* get(`a/${path}`)
        assert.strictEqual(answer.status, 501, path)
        assert.include(yield* answer.text, "is not served by this test server: ")
      }
      assert.strictEqual((yield* get("a/exec", "PUT")).status, 405)
    }).pipe(cluster))
})
