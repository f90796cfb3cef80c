import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { LogLines } from "../../src/client/internal/logLines.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { Pod } from "../../src/kinds/core/v1.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Request from "../../src/protocol/Request.js"
import * as Timestamp from "../../src/protocol/Timestamp.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const pods = Api.namespaced(Pod, "default")
const settle = TestClock.adjust("0 millis")

const pod = (name: string, ...containers: ReadonlyArray<string>) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { nodeName: "n1", containers: containers.map((name) => ({ name, image: "example.com/web" })) },
  status: { phase: "Running", containerStatuses: containers.map((name) => ({ name, state: { running: {} } })) }
})

const withPods = Effect.provide(TestCluster.layerWith({
  objects: [
    { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } },
    pod("web", "web"),
    pod("pair", "web", "sidecar")
  ]
}))

const run = <A, E, R>(stream: Stream.Stream<A, E, R>) => Effect.map(Stream.runCollect(stream), (lines) => [...lines])

const encoder = new TextEncoder()

const gone = new KubeError.TransportError({
  request: {
    verb: "get",
    group: "",
    version: "v1",
    resource: "pods",
    kind: "Pod",
    namespace: "default",
    name: "web",
    subresource: "log"
  },
  reason: "Reset",
  description: "gone"
})

/** A server that answers with these pieces of a log. */
const answering = (...pieces: ReadonlyArray<string | Uint8Array>) =>
  Effect.provide(
    KubeClient.layerTest(() =>
      Effect.succeed({
        stream: Stream.fromIterable(pieces.map((piece) => typeof piece === "string" ? encoder.encode(piece) : piece))
          .pipe(Stream.rechunk(1)),
        headers: { "content-type": "text/plain" }
      })
    )
  )

/** The same, and then the connection breaks. */
const breaking = (...pieces: ReadonlyArray<string>) =>
  Effect.provide(
    KubeClient.layerTest(() =>
      Effect.succeed({
        stream: Stream.concat(Stream.fromIterable(pieces.map((piece) => encoder.encode(piece))), Stream.fail(gone)),
        headers: { "content-type": "text/plain" }
      })
    )
  )

/** Lines, and whether the stream broke off after them. */
const untilFailure = <A, R>(stream: Stream.Stream<A, KubeError.KubeError, R>) =>
  Effect.gen(function*() {
    const lines = yield* Ref.make(Chunk.empty<A>())
    const result = yield* Effect.either(Stream.runForEach(stream, (line) => Ref.update(lines, Chunk.append(line))))
    return { lines: [...yield* Ref.get(lines)], error: result._tag === "Left" ? result.left._tag : undefined }
  })

describe("logs", () => {
  it.effect("says every option of the API in the query (C39)", () =>
    Effect.gen(function*() {
      const request = yield* Request.logs(Pod, { namespace: "default", name: "web" }, {
        container: "a b",
        follow: true,
        previous: true,
        since: "90 seconds",
        sinceTime: new Date("2026-01-02T03:04:05.678Z"),
        tailLines: 0,
        limitBytes: 10,
        timestamps: true,
        stream: "Stderr",
        insecureSkipTlsVerifyBackend: true
      })
      assert.strictEqual(
        Request.url(request),
        "/api/v1/namespaces/default/pods/web/log?container=a%20b&follow=true&previous=true&sinceSeconds=90" +
          "&sinceTime=2026-01-02T03%3A04%3A05Z&tailLines=0&limitBytes=10&timestamps=true&stream=Stderr" +
          "&insecureSkipTLSVerifyBackend=true"
      )
      assert.strictEqual(request.kind, "stream")
      assert.strictEqual((yield* Request.logs(Pod, { namespace: "default", name: "web" })).query.length, 0)
      const error = yield* Effect.flip(Request.logs(Pod, { namespace: "default", name: "web" }, { sinceTime: "noon" }))
      assert.include(error.message, "sinceTime must be")
      assert.isFalse(error.sent)
    }))

  it.effect("reads what a container has written, line by line, and byte for byte (C39)", () =>
    Effect.gen(function*() {
      const { logs } = yield* TestCluster.TestCluster
      yield* logs.write({ pod: "web" }, "one", "", "three")
      assert.deepStrictEqual(yield* run(pods.logs("web")), ["one", "", "three"])
      assert.deepStrictEqual(yield* run(pods.logs("web", { tailLines: 1 })), ["three"])
      const bytes = yield* run(pods.logBytes("web", { limitBytes: 6 }))
      assert.strictEqual(new TextDecoder().decode(bytes[0]), "one\n\nt")
    }).pipe(withPods))

  it.effect("timestamps are taken apart: what was written, and when (C39)", () =>
    Effect.gen(function*() {
      const { logs } = yield* TestCluster.TestCluster
      yield* TestClock.setTime(new Date("2026-01-02T03:04:05.678Z").getTime())
      yield* logs.write({ pod: "web" }, "one", "", "2026-01-01T00:00:00Z two")
      const time = "2026-01-02T03:04:05.678000000Z"
      const lines = yield* run(pods.logs("web", { timestamps: true }))
      assert.deepStrictEqual(lines, [
        { time, line: "one", isWhole: true },
        { time, line: "", isWhole: true },
        { time, line: "2026-01-01T00:00:00Z two", isWhole: true }
      ])
      assert.strictEqual(Timestamp.unsafeParse(lines[0]?.time ?? "").epochMillis, 1767323045678)
    }).pipe(withPods))

  it.effect("what a kubelet itself says among stamped lines has no time (C39)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run(pods.logs("web", { timestamps: true })), [
        { time: "2026-01-02T03:04:05.123456789+01:00", line: " two", isWhole: true },
        { time: undefined, line: "failed to open the log", isWhole: true }
      ])
    }).pipe(answering("2026-01-02T03:04:05.123456789+01:00  two\n", "failed to open the log\n")))

  it.effect("follows through hours of silence until the container ends (C39)", () =>
    Effect.gen(function*() {
      const { logs } = yield* TestCluster.TestCluster
      const lines: Array<string> = []
      const fiber = yield* Effect.fork(
        Stream.runForEach(pods.logs("web", { follow: true }), (line) => Effect.sync(() => lines.push(line)))
      )
      yield* TestClock.adjust("3 hours")
      yield* logs.write({ pod: "web" }, "one")
      yield* settle
      assert.deepStrictEqual(lines, ["one"])
      yield* TestClock.adjust("3 days")
      yield* logs.write({ pod: "web" }, "two")
      yield* logs.end({ pod: "web" })
      yield* settle
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(lines, ["one", "two"])
    }).pipe(withPods))

  it.effect("a silent container's answer may come as late as its first line, where it is followed; not so otherwise (C22, C39)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.faults.inject({ fault: { _tag: "Delay", duration: "10 minutes" } })
      const once = yield* Effect.fork(Effect.flip(run(pods.logs("web"))))
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* Fiber.join(once))._tag, "KubeTransportError")
      const followed = yield* Effect.fork(Stream.runHead(pods.logs("web", { follow: true })))
      yield* cluster.logs.write({ pod: "web" }, "late")
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* Effect.flatten(Fiber.join(followed)), "late")
    }).pipe(withPods))

  it.effect("says what the server says: which container, which Pod, no run before this one (C29, C39)", () =>
    Effect.gen(function*() {
      const several = yield* Effect.flip(run(pods.logs("pair")))
      assert.strictEqual(several._tag, "KubeStatusError")
      assert.include(several.message, "choose one of: [web sidecar]")
      const unknown = yield* Effect.flip(run(pods.logs("web", { container: "nope" })))
      assert.include(unknown.message, "container nope is not valid for pod web")
      const before = yield* Effect.flip(run(pods.logs("web", { previous: true })))
      assert.include(before.message, "previous terminated container")
      assert.strictEqual((yield* Effect.flip(run(pods.logs("nobody"))))._tag, "KubeNotFound")
      const invalid = yield* Effect.flip(run(pods.logs("web", { tailLines: -1 })))
      assert.strictEqual(invalid._tag, "KubeInvalid")
      assert.strictEqual((yield* Effect.flip(run(pods.logs("a/b"))))._tag, "KubeStatusError")
    }).pipe(withPods))

  it.effect("a stream that is closed gives its connection back (C21, C39)", () =>
    Effect.gen(function*() {
      const closed = yield* Ref.make(false)
      const body = Stream.concat(Stream.make(encoder.encode("one\n")), Stream.never).pipe(
        Stream.ensuring(Ref.set(closed, true))
      )
      const client = KubeClient.layerTest(() => Effect.succeed({ stream: body }))
      assert.deepStrictEqual(
        yield* run(Stream.take(pods.logs("web", { follow: true }), 1)).pipe(Effect.provide(client)),
        [
          "one"
        ]
      )
      assert.isTrue(yield* Ref.get(closed))
    }))

  it.effect("an answer in HTML is a proxy's and no log (C31, C39)", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(run(pods.logs("web")))
      assert.include(error.message, "expected a log, found text/html")
    }).pipe(Effect.provide(
      KubeClient.layerTest(() => Effect.succeed({ body: "<html>", headers: { "content-type": "text/html" } }))
    )))

  describe("lines", () => {
    it.effect("end with LF or CRLF, and the last one need not end (C39)", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* run(pods.logs("web")), ["one", "two", "", "th\rree", "four"])
      }).pipe(answering("one\ntwo\r", "\n\r\nth\rree\nfo", "ur")))

    it.effect("of an empty log there are none (C39)", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* run(pods.logs("web")), [])
      }).pipe(answering()))

    it.effect("text that is cut inside a character is whole again, and what is no UTF-8 is replaced (C39)", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* run(pods.logs("web")), ["€😀", "a\uFFFDb", "\uFFFD"])
      }).pipe(answering(
        ...Array.from(encoder.encode("€😀\n"), (byte) => Uint8Array.of(byte)),
        Uint8Array.of(0x61, 0xff, 0x62, 0x0a),
        Uint8Array.of(0xe2, 0x82)
      )))

    it.effect("beyond the bound come in pieces that hold all of it, cut between characters (C39)", () =>
      Effect.gen(function*() {
        const line = "0123456789".repeat(5)
        const pieces = yield* run(pods.logs("web", { maxLineLength: 20 }))
        assert.deepStrictEqual(pieces, [
          line.slice(0, 20),
          line.slice(20, 40),
          line.slice(40),
          "x",
          "a".repeat(19),
          "😀b"
        ])
        const timed = yield* run(pods.logs("web", { maxLineLength: 40, timestamps: true }))
        assert.deepStrictEqual(timed.map(({ isWhole, line }) => `${line.length} ${isWhole}`), [
          "40 false",
          "10 true",
          "1 true",
          "22 true"
        ])
      }).pipe(answering("0123456789".repeat(5), "\r\nx\n", "a".repeat(19), "😀b")))

    it.effect("a connection that breaks gives what there was of the line, and then the failure (C29, C39)", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* untilFailure(pods.logs("web")), {
          lines: ["one", "tw"],
          error: "KubeTransportError"
        })
      }).pipe(breaking("one\ntw")))

    it.prop(
      "however the bytes are cut and whatever the bound, the pieces put together are the text (C39)",
      [
        FastCheck.array(FastCheck.fullUnicodeString({ maxLength: 30 })),
        FastCheck.integer({ min: 1, max: 10 }),
        FastCheck.integer({ min: 1, max: 12 })
      ],
      ([texts, step, bound]) => {
        const written = texts.map((text) => text.replace(/[\r\n]/g, "_").replace(/[\ud800-\udfff]/g, "?"))
        const bytes = encoder.encode(written.map((text) => `${text}\r\n`).join(""))
        const read = (maxLength: number) => {
          const pieces: Array<string> = []
          const lines: Array<string> = [""]
          const cutter = new LogLines(maxLength, (text, ends) => {
            pieces.push(text)
            lines[lines.length - 1] += text
            if (ends) lines.push("")
          })
          for (let at = 0; at < bytes.length; at += step) cutter.push(bytes.subarray(at, at + step))
          cutter.end()
          return { lines: lines.slice(0, -1), longest: Math.max(0, ...pieces.map(({ length }) => length)) }
        }
        assert.deepStrictEqual(read(100).lines, written)
        assert.deepStrictEqual(read(bound).lines, written)
        assert.isAtMost(read(bound).longest, Math.max(2, bound))
      }
    )
  })
})
