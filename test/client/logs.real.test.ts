import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { afterAll, beforeAll } from "vitest"
import * as Api from "../../src/client/Api.js"
import type * as KubeClient from "../../src/client/KubeClient.js"
import { Pod } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import type * as EnvTest from "../../src/testing/EnvTest.js"
import * as Kubelet from "./kubelet.js"

const pods = Api.namespaced(Pod, "default")

interface Node {
  readonly kubelet: Kubelet.Kubelet
  readonly plane: EnvTest.ControlPlane
}
class TheNode extends Context.Tag("TheNode")<TheNode, Node>() {}

/** A control plane whose node is a server of this test, and a client. */
const cluster = Layer.scopedContext(Effect.gen(function*() {
  const node = yield* Kubelet.controlPlane()
  const context = yield* Layer.build(NodeKubeClient.layerConnection(node.plane.connection))
  yield* Effect.provide(Kubelet.register(node.kubelet, "n1"), context)
  return Context.add(context, TheNode, node)
}))

const runtime = ManagedRuntime.make(cluster)
const live = <A, E>(effect: Effect.Effect<A, E, KubeClient.KubeClient | TheNode>) =>
  Effect.flatMap(runtime.runtimeEffect, (runtime) => Effect.provide(effect, runtime))

/** A Pod on that node. */
const podOf = (name: string, ...containers: ReadonlyArray<string>) =>
  pods.create({
    metadata: { name },
    spec: { nodeName: "n1", containers: containers.map((name) => ({ name, image: "example.com/web" })) }
  })

const answer = (container: string, how: Kubelet.Answer) =>
  Effect.map(TheNode, ({ kubelet }) => {
    kubelet.answers.set(container, how)
    return kubelet
  })

const run = <A, E, R>(stream: Stream.Stream<A, E, R>) => Effect.map(Stream.runCollect(stream), (lines) => [...lines])

describe("logs through a real server", () => {
  beforeAll(() => runtime.runtime().then(() => undefined), 120_000)
  afterAll(() => runtime.dispose())

  it.live(
    "all options arrive at the kubelet, asked with the server's certificate (C39)",
    () =>
      live(Effect.gen(function*() {
        yield* podOf("options", "options", "other")
        const kubelet = yield* answer("options", (response) => response.end("2026-01-02T03:04:05.678901234Z one\n"))
        const lines = yield* run(pods.logs("options", {
          container: "options",
          follow: true,
          previous: true,
          since: "90 seconds",
          tailLines: 5,
          limitBytes: 1000,
          timestamps: true,
          insecureSkipTlsVerifyBackend: true
        }))
        assert.deepStrictEqual(lines, [{ time: "2026-01-02T03:04:05.678901234Z", line: "one", isWhole: true }])
        assert.deepStrictEqual(
          yield* run(pods.logs("options", {
            container: "options",
            sinceTime: "2026-01-02T03:04:05.678Z"
          })),
          ["2026-01-02T03:04:05.678901234Z one"]
        )
        const asked = kubelet.asked.filter(({ path }) => path === "/containerLogs/default/options/options")
        assert.deepStrictEqual(asked.map(({ query }) => query), [
          {
            follow: "true",
            previous: "true",
            sinceSeconds: "90",
            tailLines: "5",
            limitBytes: "1000",
            timestamps: "true"
          },
          { sinceTime: "2026-01-02T03:04:05Z" }
        ])
        assert.strictEqual(asked[0]?.user, "apiserver-of-the-test")
      })),
    60_000
  )

  it.live(
    "a followed log gives each line as it is written, though the first comes late (C39)",
    () =>
      live(Effect.gen(function*() {
        yield* podOf("follow", "follow")
        let write: (text: string) => void = () => {}
        let end = () => {}
        // A kubelet sends no headers before the first line.
        yield* answer("follow", (response) => {
          write = (text) => response.write(text)
          end = () => response.end()
        })
        const lines: Array<string> = []
        const fiber = yield* Effect.fork(
          Stream.runForEach(pods.logs("follow", { follow: true }), (line) => Effect.sync(() => lines.push(line)))
        )
        yield* Effect.sleep("700 millis")
        write("one\ntw")
        yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => lines.length === 1 })
        write("o\n")
        yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => lines.length === 2 })
        end()
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(lines, ["one", "two"])
      })),
    60_000
  )

  it.live(
    "to close the stream reaches the kubelet: after some lines, and before the first (C39)",
    () =>
      live(Effect.gen(function*() {
        yield* podOf("close", "close", "silent")
        const kubelet = yield* answer("close", (response) => response.write("one\ntwo\n"))
        assert.deepStrictEqual(
          yield* run(Stream.take(pods.logs("close", { container: "close", follow: true }), 1)),
          ["one"]
        )
        yield* answer("silent", () => {})
        const fiber = yield* Effect.fork(Stream.runDrain(pods.logs("close", { container: "silent", follow: true })))
        const isAsked = () => kubelet.asked.some(({ path }) => path.endsWith("/silent"))
        yield* Effect.repeat(Effect.sleep("20 millis"), { until: isAsked })
        yield* Fiber.interrupt(fiber)
        yield* Effect.promise(() =>
          Promise.all(kubelet.asked.filter(({ path }) => path.includes("/close/")).map(({ closed }) => closed))
        )
      })),
    60_000
  )

  it.live(
    "a reader that is slow slows the kubelet down: 40 MB do not pile up (C39)",
    () =>
      live(Effect.gen(function*() {
        yield* podOf("fast", "fast")
        const line = `${"x".repeat(1023)}\n`
        const count = 40 * 1024
        let sent = 0
        yield* answer("fast", (response) => {
          const more = (): void => {
            while (sent < count) {
              sent++
              if (!response.write(line)) {
                response.once("drain", more)
                return
              }
            }
            response.end()
          }
          more()
        })
        const read = yield* Effect.scoped(Effect.gen(function*() {
          const pull = yield* Stream.toPull(pods.logs("fast"))
          yield* Effect.orDie(Effect.mapError(pull, () => new Error("no lines")))
          yield* Effect.sleep("1500 millis")
          // What lies in the buffers of the sockets on the way is some megabytes of these forty.
          assert.isBelow(sent, count / 2)
          let lines = 0
          yield* Effect.ignore(Effect.forever(Effect.map(pull, (chunk) => {
            lines += chunk.length
          })))
          return lines
        }))
        assert.isAbove(read, count / 2)
        assert.strictEqual(sent, count)
      })),
    60_000
  )

  it.live(
    "what the server refuses it says: no container named, not started yet, no Pod, no node (C29, C39)",
    () =>
      live(Effect.gen(function*() {
        yield* podOf("refused", "waiting", "vanished")
        const several = yield* Effect.flip(run(pods.logs("refused")))
        assert.strictEqual(several._tag, "KubeStatusError")
        assert.include(several.message, "choose one of: [waiting vanished]")
        const why = "container \"waiting\" in pod \"refused\" is waiting to start: ContainerCreating"
        yield* answer("waiting", (response) => response.writeHead(400).end(why))
        assert.include((yield* Effect.flip(run(pods.logs("refused", { container: "waiting" })))).message, why)
        const unknown = yield* Effect.flip(run(pods.logs("refused", { container: "vanished" })))
        assert.strictEqual(unknown._tag, "KubeNotFound")
        assert.strictEqual((yield* Effect.flip(run(pods.logs("nobody"))))._tag, "KubeNotFound")
        const invalid = yield* Effect.flip(run(pods.logs("refused", { container: "waiting", stream: "Stdout" })))
        assert.strictEqual(invalid._tag, "KubeInvalid")
        yield* pods.create({ metadata: { name: "homeless" }, spec: { containers: [{ name: "a", image: "a" }] } })
        assert.deepStrictEqual(yield* run(pods.logs("homeless", { follow: true })), [])
      })),
    60_000
  )

  it.live(
    "a kubelet that breaks off ends the log, since the server does not tell; one that is gone is an error (C39)",
    () =>
      live(Effect.gen(function*() {
        yield* podOf("broken", "broken", "away")
        yield* answer("broken", (response) => {
          response.write("one\ntw")
          setTimeout(() => response.destroy(), 50)
        })
        assert.deepStrictEqual(yield* run(pods.logs("broken", { container: "broken", follow: true })), ["one", "tw"])
        yield* answer("away", (response) => response.destroy())
        const error = yield* Effect.flip(run(pods.logs("broken", { container: "away" })))
        assert.strictEqual(error._tag, "KubeStatusError")
      })),
    60_000
  )

  // The last one: the server is gone after it.
  it.live(
    "a server that dies in the middle is an error, after what there was (C29, C39)",
    () =>
      live(Effect.gen(function*() {
        yield* podOf("dies", "dies")
        yield* answer("dies", (response) => response.write("one\ntw"))
        const { plane } = yield* TheNode
        const lines: Array<string> = []
        const fiber = yield* Effect.fork(
          Stream.runForEach(pods.logs("dies", { follow: true }), (line) => Effect.sync(() => lines.push(line)))
        )
        yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => lines.length === 1 })
        yield* plane.apiserver.kill()
        const exit = yield* Fiber.await(fiber)
        assert.deepStrictEqual(lines, ["one", "tw"])
        assert.isTrue(
          Exit.isFailure(exit) && Cause.isFailType(exit.cause) && exit.cause.error._tag === "KubeTransportError"
        )
      })),
    60_000
  )
})
