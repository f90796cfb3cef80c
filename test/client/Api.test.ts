import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Request from "../../src/protocol/Request.js"
import * as Resource from "../../src/protocol/Resource.js"

class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String, replicas: Schema.Int.pipe(Schema.between(0, 10)) }),
  status: Schema.Struct({ ready: Schema.Boolean })
}) {}

const Secret = Resource.dynamic({ apiVersion: "v1", kind: "Secret", scope: "Namespaced" })

const foos = Api.namespaced(Foo, "default")

const made = (name: string, version = "1", extra?: object) => ({
  apiVersion: "clux.dev/v1",
  kind: "Foo",
  metadata: {
    name,
    namespace: "default",
    uid: `uid-${name}`,
    resourceVersion: version,
    creationTimestamp: "2026-01-01T00:00:00Z"
  },
  spec: { title: "x", replicas: 1 },
  ...extra
})

const status = (code: number, reason: string, more?: object): KubeClient.TestResponse => ({
  status: code,
  body: {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    code,
    reason,
    message: `the server says ${reason}`,
    ...more
  }
})

interface Seen {
  readonly method: string
  readonly url: string
  readonly body: unknown
}

/** A client that answers from a list, one after the other, and remembers what it was asked. */
const scripted = (...answers: ReadonlyArray<KubeClient.TestResponse>) => {
  const seen: Array<Seen> = []
  const layer = KubeClient.layerTest((request) =>
    Effect.sync(() => {
      seen.push({
        method: request.method,
        url: Request.url(request),
        body: request.body === undefined ? undefined : JSON.parse(request.body)
      })
      const answer = answers[Math.min(seen.length, answers.length) - 1]
      return answer ?? { body: {} }
    })
  )
  return { seen, layer }
}

const list = (items: ReadonlyArray<unknown>, metadata: object = { resourceVersion: "9" }): KubeClient.TestResponse => ({
  body: { kind: "FooList", apiVersion: "clux.dev/v1", metadata, items }
})

describe("Api", () => {
  it.effect("get reads by name, and a missing object is NotFound with verb, kind, namespace and name (C29, C34)", () =>
    Effect.gen(function*() {
      const ok = scripted({ body: made("a") })
      assert.strictEqual((yield* Effect.provide(foos.get("a"), ok.layer)).spec.title, "x")
      assert.deepStrictEqual(ok.seen, [{
        method: "GET",
        url: "/apis/clux.dev/v1/namespaces/default/foos/a",
        body: undefined
      }])
      const missing = yield* Effect.provide(Effect.flip(foos.get("a")), scripted(status(404, "NotFound")).layer)
      assert.strictEqual(missing._tag, "KubeNotFound")
      assert.strictEqual(missing.message, "get Foo default/a: not found (the server says NotFound)")
      const none = yield* Effect.provide(foos.getOption("a"), scripted(status(404, "NotFound")).layer)
      assert.isTrue(Option.isNone(none))
    }))

  it.effect("a Status that the operation does not list is a StatusError, never a tag that its type does not name (C30)", () =>
    Effect.gen(function*() {
      const table: ReadonlyArray<readonly [KubeClient.TestResponse, string]> = [
        [status(409, "Conflict"), "KubeStatusError"],
        [status(422, "Invalid"), "KubeStatusError"],
        [status(401, "Unauthorized"), "KubeUnauthorized"],
        [status(403, "Forbidden"), "KubeForbidden"],
        [status(429, "TooManyRequests", { details: { retryAfterSeconds: 3 } }), "KubeThrottled"],
        [status(500, "InternalError"), "KubeStatusError"],
        [status(504, "Timeout"), "KubeStatusError"]
      ]
      for (const [answer, tag] of table) {
        const error = yield* Effect.provide(Effect.flip(foos.get("a")), scripted(answer).layer)
        assert.strictEqual(error._tag, tag)
      }
      const created = yield* Effect.provide(
        Effect.flip(foos.create({ metadata: { name: "a" }, spec: { title: "x", replicas: 1 } })),
        scripted(status(409, "AlreadyExists")).layer
      )
      assert.strictEqual(created._tag, "KubeAlreadyExists")
      assert.strictEqual(created.message, "create Foo default/a: already exists")
      const throttled = yield* Effect.provide(
        Effect.flip(foos.get("a")),
        scripted({ ...status(429, "TooManyRequests"), headers: { "retry-after": "7" } }).layer
      )
      assert.strictEqual(String(throttled._tag === "KubeThrottled" && throttled.retryAfter), "Duration(7s)")
    }))

  it.effect("a body that is no Status is mapped by its code and cut; a 409 on POST means that it exists (C31)", () =>
    Effect.gen(function*() {
      const draft = { metadata: { name: "a" }, spec: { title: "x", replicas: 1 } }
      const text = (code: number, body: string): KubeClient.TestResponse => ({
        status: code,
        body,
        headers: { "content-type": "text/plain" }
      })
      const exists = yield* Effect.provide(Effect.flip(foos.create(draft)), scripted(text(409, "")).layer)
      assert.strictEqual(exists._tag, "KubeAlreadyExists")
      const conflict = yield* Effect.provide(
        Effect.flip(foos.patch("a", Patch.merge({}))),
        scripted(text(409, "")).layer
      )
      assert.strictEqual(conflict._tag, "KubeConflict")
      const page = yield* Effect.provide(Effect.flip(foos.get("a")), scripted(text(404, "404 page not found\n")).layer)
      assert.strictEqual(page.message, "get Foo default/a: not found (404 page not found)")
      const long = yield* Effect.provide(Effect.flip(foos.get("a")), scripted(text(502, "x".repeat(5000))).layer)
      assert.strictEqual(long._tag === "KubeStatusError" && long.status.message?.length, 2048)
    }))

  it.effect("HTML with status 200 is a typed error (W34)", () =>
    Effect.gen(function*() {
      const html = { body: "<html>please log in</html>", headers: { "content-type": "text/html" } }
      const error = yield* Effect.provide(Effect.flip(foos.get("a")), scripted(html).layer)
      assert.strictEqual(
        error.message,
        "get Foo default/a: expected JSON, found text/html: is there a proxy in between?"
      )
      const listed = yield* Effect.provide(Effect.flip(foos.list()), scripted(html).layer)
      assert.strictEqual(listed._tag, "KubeTransportError")
      const watched = yield* Effect.provide(Effect.flip(Stream.runDrain(foos.watchOnce("1"))), scripted(html).layer)
      assert.strictEqual(watched._tag, "KubeTransportError")
    }))

  it.effect("an answer that does not fit the schema says which object, where, what was expected and what was there (C33)", () =>
    Effect.gen(function*() {
      const bad = made("a", "1", { spec: { title: 3, replicas: 1 } })
      const error = yield* Effect.provide(Effect.flip(foos.get("a")), scripted({ body: bad }).layer)
      assert.strictEqual(
        error.message,
        "get Foo default/a: the answer does not fit the schema: spec.title: expected a string, found 3"
      )
      const listed = yield* Effect.provide(Effect.flip(foos.list()), scripted(list([made("b"), bad])).layer)
      assert.strictEqual(
        listed.message,
        "list Foo in default: the answer default/a does not fit the schema: spec.title: expected a string, found 3"
      )
    }))

  it.effect("an object that its schema refuses is refused before it is sent, as the server would say it", () =>
    Effect.gen(function*() {
      const server = scripted({ body: made("a") })
      const error = yield* Effect.provide(
        Effect.flip(foos.create({ metadata: { name: "a" }, spec: { title: "x", replicas: 99 } })),
        server.layer
      )
      assert.strictEqual(error._tag, "KubeInvalid")
      assert.strictEqual(
        error.message,
        "create Foo default/a: invalid: spec.replicas: expected a number between 0 and 10, found 99 (refused before it was sent)"
      )
      assert.deepStrictEqual(server.seen, [])
    }))

  it.effect("create sends apiVersion and kind, and the field manager of the call, else of the part of the program, else of the client", () =>
    Effect.gen(function*() {
      const draft = { metadata: { name: "a" }, spec: { title: "x", replicas: 1 } }
      const server = scripted({ body: made("a") })
      yield* Effect.provide(foos.create(draft), server.layer)
      yield* Effect.provide(
        foos.create(draft).pipe(Effect.provideService(KubeClient.FieldManager, "part")),
        server.layer
      )
      yield* Effect.provide(foos.create(draft, { fieldManager: "call" }), server.layer)
      assert.deepStrictEqual(server.seen.map((seen) => seen.url.split("?")[1]), [
        "fieldManager=effect-kube",
        "fieldManager=part",
        "fieldManager=call"
      ])
      assert.deepStrictEqual(server.seen[0]?.body, { apiVersion: "clux.dev/v1", kind: "Foo", ...draft })
    }))

  it.effect("list gives its items apiVersion and kind, reads null as no items, and with a limit answers one page (C34, W15)", () =>
    Effect.gen(function*() {
      const { apiVersion: _a, kind: _k, ...bare } = made("a")
      const listed = yield* Effect.provide(foos.list(), scripted(list([bare])).layer)
      assert.deepStrictEqual(listed.items.map((item) => [item.apiVersion, item.kind]), [["clux.dev/v1", "Foo"]])
      assert.strictEqual(listed.metadata.resourceVersion, "9")
      const empty = yield* Effect.provide(
        foos.list(),
        scripted({
          body: { kind: "FooList", apiVersion: "clux.dev/v1", metadata: { resourceVersion: "9" }, items: null }
        }).layer
      )
      assert.deepStrictEqual(empty.items, [])
      const page = yield* Effect.provide(
        foos.list({ limit: 1 }),
        scripted(list([bare], { resourceVersion: "9", continue: "t", remainingItemCount: 4 })).layer
      )
      assert.deepStrictEqual(page.metadata, { resourceVersion: "9", continue: "t", remainingItemCount: 4 })
    }))

  it.effect("stream goes on from page to page, without resourceVersion after the first (C34, W11)", () =>
    Effect.gen(function*() {
      const server = scripted(
        list([made("a")], { resourceVersion: "9", continue: "t1" }),
        list([made("b")], { resourceVersion: "9", continue: "t2" }),
        list([made("c")])
      )
      const names = yield* foos.stream({
        limit: 1,
        resourceVersion: "5",
        resourceVersionMatch: "NotOlderThan",
        labels: "a=b"
      }).pipe(
        Stream.map((foo) => foo.metadata.name),
        Stream.runCollect,
        Effect.provide(server.layer)
      )
      assert.deepStrictEqual(Chunk.toReadonlyArray(names), ["a", "b", "c"])
      assert.deepStrictEqual(server.seen.map((seen) => seen.url.split("?")[1]), [
        "labelSelector=a%3Db&limit=1&resourceVersion=5&resourceVersionMatch=NotOlderThan",
        "labelSelector=a%3Db&limit=1&continue=t1",
        "labelSelector=a%3Db&limit=1&continue=t2"
      ])
    }))

  it.effect("stream hands over items before the list has ended", () =>
    Effect.gen(function*() {
      const head = `{"kind":"FooList","apiVersion":"clux.dev/v1","metadata":{"resourceVersion":"9"},"items":[${
        JSON.stringify(made("a"))
      },${JSON.stringify(made("b"))},`
      const endless = Stream.concat(Stream.make(new TextEncoder().encode(head)), Stream.never)
      const first = yield* foos.stream().pipe(
        Stream.take(1),
        Stream.runCollect,
        Effect.provide(scripted({ stream: endless }).layer)
      )
      assert.strictEqual(Chunk.unsafeHead(first).metadata.name, "a")
    }))

  it.effect("watchOnce gives events and bookmarks, ends with the server, and fails with what an ERROR event says (S26, W17)", () =>
    Effect.gen(function*() {
      const bookmark = {
        kind: "Foo",
        apiVersion: "clux.dev/v1",
        metadata: { resourceVersion: "12", annotations: { "k8s.io/initial-events-end": "true" } },
        spec: null
      }
      const server = scripted({
        stream: KubeClient.watchLines([
          { type: "ADDED", object: made("a", "10") },
          { type: "MODIFIED", object: made("a", "11") },
          { type: "BOOKMARK", object: bookmark },
          { type: "DELETED", object: made("a", "13") }
        ])
      })
      const events = yield* foos.watchOnce("9").pipe(Stream.runCollect, Effect.provide(server.layer))
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(events).map((event) =>
          event.type === "BOOKMARK"
            ? [event.type, event.resourceVersion, event.initialEventsEnd]
            : [event.type, event.object.metadata.resourceVersion]
        ),
        [["ADDED", "10"], ["MODIFIED", "11"], ["BOOKMARK", "12", true], ["DELETED", "13"]]
      )
      const expired = scripted({
        stream: KubeClient.watchLines([{
          type: "ERROR",
          object: {
            kind: "Status",
            apiVersion: "v1",
            status: "Failure",
            reason: "Expired",
            code: 410,
            message: "too old"
          }
        }])
      })
      const error = yield* foos.watchOnce("9").pipe(Stream.runDrain, Effect.flip, Effect.provide(expired.layer))
      assert.strictEqual(error._tag, "KubeExpired")
      assert.strictEqual(error.message, "watch Foo in default: expired (too old)")
    }))

  it.effect("modify reads, changes and replaces, again on a Conflict up to 5 tries, and writes nothing when nothing changes (C45)", () =>
    Effect.gen(function*() {
      const server = scripted({ body: made("a", "1") }, status(409, "Conflict"), { body: made("a", "2") }, {
        body: made("a", "3")
      })
      const change = (foo: Foo): Foo => ({ ...foo, spec: { ...foo.spec, replicas: foo.spec.replicas + 1 } })
      const fiber = yield* Effect.fork(Effect.provide(foos.modify("a", change), server.layer))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).metadata.resourceVersion, "3")
      assert.deepStrictEqual(server.seen.map((seen) => seen.method), ["GET", "PUT", "GET", "PUT"])
      const never = scripted(
        ...Array.from({ length: 20 }, (_, i) => i % 2 === 0 ? { body: made("a") } : status(409, "Conflict"))
      )
      const failing = yield* Effect.fork(Effect.provide(Effect.flip(foos.modify("a", change)), never.layer))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(failing))._tag, "KubeConflict")
      assert.strictEqual(never.seen.length, 10)
      const same = scripted({ body: made("a") })
      yield* Effect.provide(foos.modify("a", (foo) => foo), same.layer)
      assert.deepStrictEqual(same.seen.map((seen) => seen.method), ["GET"])
    }))

  it.effect("createOrReplace keeps what the draft does not mention in metadata, and the status (C45)", () =>
    Effect.gen(function*() {
      const existing = {
        ...made("a", "4", { status: { ready: true } }),
        metadata: { ...made("a", "4").metadata, finalizers: ["x/y"], labels: { keep: "me" } }
      }
      const server = scripted({ body: existing }, { body: existing })
      yield* Effect.provide(
        foos.createOrReplace({ metadata: { name: "a", annotations: { n: "1" } }, spec: { title: "new", replicas: 2 } }),
        server.layer
      )
      assert.deepStrictEqual(server.seen.map((seen) => seen.method), ["GET", "PUT"])
      assert.deepStrictEqual(server.seen[1]?.body, {
        apiVersion: "clux.dev/v1",
        kind: "Foo",
        metadata: { ...existing.metadata, annotations: { n: "1" } },
        spec: { title: "new", replicas: 2 },
        status: { ready: true }
      })
    }))

  it.effect("createOrReplace merges labels, annotations, finalizers and owners by key, and takes nothing from another controller", () =>
    Effect.gen(function*() {
      const owner = (uid: string, controller?: boolean) => ({
        apiVersion: "v1",
        kind: "Owner",
        name: uid,
        uid,
        ...(controller === undefined ? {} : { controller })
      })
      const existing = {
        ...made("a", "4"),
        metadata: {
          ...made("a", "4").metadata,
          labels: { team: "x", app: "old" },
          annotations: { other: "1" },
          finalizers: ["a.dev/keep"],
          ownerReferences: [owner("u1"), owner("u2", true)]
        }
      }
      const draft = {
        metadata: {
          name: "a",
          labels: { app: "new" },
          annotations: { mine: "2" },
          finalizers: ["b.dev/mine"],
          ownerReferences: [owner("u2", true), owner("u3")]
        },
        spec: { title: "new", replicas: 2 }
      }
      const server = scripted({ body: existing }, { body: existing })
      yield* Effect.provide(foos.createOrReplace(draft), server.layer)
      const sent = server.seen[1]?.body as { readonly metadata: object } | undefined
      assert.deepStrictEqual(sent?.metadata, {
        ...existing.metadata,
        labels: { team: "x", app: "new" },
        annotations: { other: "1", mine: "2" },
        finalizers: ["a.dev/keep", "b.dev/mine"],
        ownerReferences: [owner("u1"), owner("u2", true), owner("u3")]
      })
      const taken = scripted({ body: existing })
      const refused = yield* Effect.flip(Effect.provide(
        foos.createOrReplace({ ...draft, metadata: { name: "a", ownerReferences: [owner("u9", true)] } }),
        taken.layer
      ))
      assert.strictEqual(refused.message, "update Foo default/a: conflict (it is controlled by Owner u2 already)")
      assert.deepStrictEqual(taken.seen.map((seen) => seen.method), ["GET"])
    }))

  it.effect("createOrReplace reads first, writes nothing where all is as wanted, and bears what happens in between (C45)", () =>
    Effect.gen(function*() {
      const draft = { metadata: { name: "a", labels: { app: "x" } }, spec: { title: "t", replicas: 2 } }
      const there = made("a", "4", {
        spec: draft.spec,
        metadata: { ...made("a", "4").metadata, labels: { app: "x", team: "y" } }
      })
      const other = made("a", "4", { spec: { title: "other", replicas: 2 } })
      const missing = status(404, "NotFound")
      const cases: ReadonlyArray<readonly [string, ReadonlyArray<KubeClient.TestResponse>, string]> = [
        ["as wanted", [{ body: there }], "GET"],
        ["missing", [missing, { body: there }], "GET POST"],
        [
          "created meanwhile",
          [missing, status(409, "AlreadyExists"), { body: other }, { body: there }],
          "GET POST GET PUT"
        ],
        ["deleted meanwhile", [{ body: other }, missing, missing, { body: there }], "GET PUT GET POST"],
        [
          "changed meanwhile",
          [{ body: other }, status(409, "Conflict"), { body: other }, { body: there }],
          "GET PUT GET PUT"
        ]
      ]
      for (const [what, answers, expected] of cases) {
        const server = scripted(...answers)
        const fiber = yield* Effect.fork(Effect.provide(foos.createOrReplace(draft), server.layer))
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(fiber)).spec.title, "t", what)
        assert.strictEqual(server.seen.map((seen) => seen.method).join(" "), expected, what)
      }
    }))

  const answering = (text: string, end: boolean) =>
    KubeClient.layer({
      server: "http://stalled",
      httpClient: HttpClient.make((request) =>
        Effect.succeed(HttpClientResponse.fromWeb(
          request,
          new Response(
            new ReadableStream({
              start: (controller) => {
                controller.enqueue(new TextEncoder().encode(text))
                if (end) controller.close()
              }
            }),
            { headers: { "content-type": "application/json" } }
          )
        ))
      )
    })

  // A finalizer may not be interrupted, so what waits in it must not either wait for its own alarm clock.
  for (
    const [where, region] of [["", Effect.interruptible], [" in a finalizer too", Effect.uninterruptible]] as const
  ) {
    it.effect(`an answer that stalls after its headers is a Timeout${where}, for reads, writes and lists (C22)`, () =>
      Effect.gen(function*() {
        const outcomes = yield* Effect.fork(Effect.provide(
          region(Effect.all([
            Effect.flip(foos.get("a")),
            Effect.flip(foos.create({ metadata: { name: "a" }, spec: { title: "x", replicas: 1 } })),
            Effect.flip(foos.list()),
            Effect.flip(Stream.runDrain(foos.stream()))
          ], { concurrency: "unbounded" })),
          answering("{\"items\":[", false)
        ))
        yield* TestClock.adjust("2 minutes")
        const errors = yield* Fiber.join(outcomes)
        assert.deepStrictEqual(errors.map((error) => error._tag === "KubeTransportError" && error.reason), [
          "Timeout",
          "Timeout",
          "Timeout",
          "Timeout"
        ])
        assert.include(errors[0].message, "the answer did not end within 30s")
        assert.include(errors[2].message, "the list stalled for 1m")
      }))

    it.effect(`a list ends with its answer${where}`, () =>
      Effect.gen(function*() {
        const list =
          "{\"kind\":\"FooList\",\"apiVersion\":\"clux.dev/v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[]}"
        const client = answering(list, true)
        assert.deepStrictEqual(yield* Effect.provide(region(foos.list()), client), {
          items: [],
          metadata: { resourceVersion: "7" }
        })
        yield* Effect.provide(region(Stream.runDrain(foos.stream())), client)
      }))
  }

  it.effect("Retry-After is read in seconds and as a date (C25)", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const after = (value: string) =>
        Effect.map(
          Effect.provide(
            Effect.flip(foos.get("a")),
            scripted({ ...status(429, "TooManyRequests"), headers: { "retry-after": value } }).layer
          ),
          (error) => String(KubeError.retryAfter(error))
        )
      assert.deepStrictEqual(
        yield* Effect.forEach(
          ["7", "Thu, 01 Jan 2026 00:00:09 GMT", "Wed, 31 Dec 2025 00:00:00 GMT", "soon", "0"],
          after
        ),
        ["Duration(7s)", "Duration(9s)", "undefined", "undefined", "undefined"]
      )
    }))

  it.effect("a warning of the server is logged once a client (C26)", () =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => logged.push(String(message))))
      const warns = scripted({
        body: made("a"),
        headers: { warning: "299 - \"unknown field \\\"spec.x\\\"\", 299 - \"old\"" }
      })
      yield* Effect.provide(Effect.zipRight(foos.get("a"), foos.get("a")), warns.layer).pipe(Effect.provide(logger))
      assert.deepStrictEqual(logged, [
        "get Foo: the server warns: unknown field \"spec.x\"",
        "get Foo: the server warns: old"
      ])
    }))

  it.effect("stream hands over what came before a failure", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const bad = made("b", "1", { spec: { title: 3, replicas: 1 } })
      const failed = yield* foos.stream().pipe(
        Stream.runForEach((foo) => Effect.sync(() => seen.push(foo.metadata.name))),
        Effect.flip,
        Effect.provide(scripted(list([made("a"), bad, made("c")])).layer)
      )
      assert.deepStrictEqual([failed._tag, seen], ["KubeDecodeError", ["a"]])
    }))

  it.effect("watchOnce passes over events of a type that it does not know, and bookmarks without a version", () =>
    Effect.gen(function*() {
      const server = scripted({
        stream: KubeClient.watchLines([
          { type: "SOMETHING", object: {} },
          { type: "BOOKMARK", object: { metadata: {} } },
          { type: "ADDED", object: made("a", "10") }
        ])
      })
      const events = yield* foos.watchOnce("9").pipe(Stream.runCollect, Effect.provide(server.layer))
      assert.deepStrictEqual(Chunk.toReadonlyArray(events).map((event) => event.type), ["ADDED"])
    }))

  it.effect("a kind whose scope only the run tells is refused without its namespace, and not reported missing", () =>
    Effect.gen(function*() {
      const scope: Resource.ResourceScope = "Namespaced"
      const Thing = Resource.dynamic({ apiVersion: "x.dev/v1", kind: "Thing", scope: scope as Resource.ResourceScope })
      const error = yield* Effect.provide(
        Effect.flip(Api.dynamic(Thing).getOption("a")),
        scripted(status(404, "NotFound")).layer
      )
      assert.strictEqual(error.message, "get Thing a: BadRequest (namespace must be given: Thing is namespaced)")
    }))

  it.effect("delete says whether the object is gone or waits for its finalizers (C35)", () =>
    Effect.gen(function*() {
      const success = {
        body: { kind: "Status", apiVersion: "v1", status: "Success", details: { name: "a", uid: "u" } }
      }
      assert.strictEqual((yield* Effect.provide(foos.delete("a"), scripted(success).layer))._tag, "Gone")
      const waiting = made("a")
      const terminating = {
        body: {
          ...waiting,
          metadata: {
            ...waiting.metadata,
            deletionTimestamp: "2026-01-01T00:00:00Z",
            deletionGracePeriodSeconds: 0,
            finalizers: ["x/y"]
          }
        }
      }
      assert.strictEqual((yield* Effect.provide(foos.delete("a"), scripted(terminating).layer))._tag, "Terminating")
      assert.strictEqual((yield* Effect.provide(foos.delete("a"), scripted({ body: waiting }).layer))._tag, "Gone")
      // A Namespace is held by the finalizers of its spec.
      const Spaces = Resource.dynamic({ apiVersion: "v1", kind: "Namespace", scope: "Cluster" })
      const namespace = {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { ...waiting.metadata, namespace: undefined, deletionTimestamp: "2026-01-01T00:00:00Z" },
        spec: { finalizers: ["kubernetes"] }
      }
      assert.strictEqual(
        (yield* Effect.provide(Api.dynamic(Spaces).delete("a"), scripted({ body: namespace }).layer))._tag,
        "Terminating"
      )
    }))

  it.effect("apply sends the wire form as an apply patch, with apiVersion and kind (C45)", () =>
    Effect.gen(function*() {
      const server = scripted({ body: made("a") })
      yield* Effect.provide(
        foos.apply({ metadata: { name: "a" }, spec: { title: "t" } }, { force: true }),
        server.layer
      )
      assert.deepStrictEqual(server.seen, [{
        method: "PATCH",
        url: "/apis/clux.dev/v1/namespaces/default/foos/a?fieldManager=effect-kube&force=true",
        body: { apiVersion: "clux.dev/v1", kind: "Foo", metadata: { name: "a" }, spec: { title: "t" } }
      }])
    }))

  it.effect("what the server quotes of a request's body reaches no error (C32, S41)", () =>
    Effect.gen(function*() {
      const password = "aHVudGVyMg=="
      const quotes =
        `Secret in version "v1" cannot be handled: "{\\"data\\":{\\"password\\":\\"${password}\\"}}": json: cannot unmarshal`
      const server = scripted(status(422, "Invalid", {
        message: quotes,
        details: {
          causes: [{
            reason: "FieldValueInvalid",
            field: "patch",
            message: `Invalid value: "{\\"data\\":{\\"password\\":\\"${password}\\"}}": bad`
          }]
        }
      }))
      const error = yield* Effect.provide(
        Effect.flip(Api.namespaced(Secret, "default").patch("a", Patch.merge({ data: 3 }))),
        server.layer
      )
      assert.strictEqual(error._tag, "KubeInvalid")
      for (const printed of [error.message, inspect(error, { depth: 9 }), JSON.stringify(error), String(error)]) {
        assert.notInclude(printed, password)
      }
    }))

  it.effect("a bound handle needs nothing, and two clusters in one program are kept apart", () =>
    Effect.gen(function*() {
      const one = scripted({ body: made("one") })
      const two = scripted({ body: made("two") })
      const first = yield* Effect.provide(Api.bind(foos), one.layer)
      const second = yield* Effect.provide(Api.bind(Api.all(Foo)), two.layer)
      const names = yield* Effect.all([first.get("a"), second.in("other").get("a"), first.get("a")])
      assert.deepStrictEqual(names.map((foo) => foo.metadata.name), ["one", "two", "one"])
      assert.deepStrictEqual(second.resource, Foo)
    }))

  it.effect("raw requests are sent as they are, and their answers are JSON or text (C44)", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const layer = KubeClient.layerTest((request) =>
        Effect.sync(() => {
          seen.push(`${request.method} ${Request.url(request)}`)
          return request.path === "/healthz" ? { body: "ok" } : { body: { gitVersion: "v1.37.2" } }
        })
      )
      const execute = (path: string) =>
        Effect.flatMap(KubeClient.KubeClient, (client) => client.execute(Request.raw({ path })))
      const answers = yield* Effect.provide(Effect.all([execute("/version"), execute("/healthz")]), layer)
      assert.deepStrictEqual(answers.map(({ body }) => body), [{ gitVersion: "v1.37.2" }, "ok"])
      assert.deepStrictEqual(seen, ["GET /version", "GET /healthz"])
    }))

  it.effect("the namespace of the client's context is used where none is named", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const layer = KubeClient.layerTest((request) =>
        Effect.sync(() => {
          seen.push(Request.url(request))
          return { body: made("a") }
        }), { namespace: "team" })
      yield* Effect.provide(Api.defaultNamespaced(Foo).get("a"), layer)
      assert.deepStrictEqual(seen, ["/apis/clux.dev/v1/namespaces/team/foos/a"])
    }))

  it("errors that may pass by themselves are told from those that do not", () => {
    const request: KubeError.RequestInfo = {
      verb: "get",
      group: "",
      version: "v1",
      resource: "pods",
      kind: "Pod",
      namespace: undefined,
      name: "a",
      subresource: undefined
    }
    const refusal = (code: number, sent = true) => ({
      request,
      sent,
      status: { kind: "Status", apiVersion: "v1", code, reason: "x" } as const
    })
    const statusError = (code: number, sent?: boolean) =>
      new KubeError.StatusError({ ...refusal(code, sent), retryAfter: undefined })
    assert.deepStrictEqual(
      [statusError(500), statusError(503), statusError(400), statusError(500, false)].map(KubeError.isTransient),
      [true, true, false, false]
    )
    const transport = (reason: KubeError.TransportReason) =>
      new KubeError.TransportError({ request, reason, description: "d" })
    assert.deepStrictEqual([transport("Reset"), transport("Tls")].map(KubeError.isTransient), [true, false])
    assert.isTrue(KubeError.is(new KubeError.NotFound(refusal(404))))
    assert.isFalse(KubeError.is(new Error("x")))
  })
})
