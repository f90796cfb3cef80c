import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import * as Patch from "../../src/protocol/Patch.js"
import type * as Request from "../../src/protocol/Request.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Finalizer from "../../src/runtime/Finalizer.js"

class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String })
}) {}
class Bar extends Resource.Custom<Bar>()("clux.dev/v1", "Bar", {
  scope: "Cluster",
  spec: Schema.Struct({ title: Schema.String })
}) {}

const ours = "clux.dev/cleanup"
const first: Controller.Run = { attempt: 1, lastError: Option.none(), deleted: false }

interface Stored {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly resourceVersion: string
    readonly finalizers?: ReadonlyArray<string>
    readonly deletionTimestamp?: string
    readonly labels?: { readonly [key: string]: string }
  }
}

/** One object, kept as the server keeps it: a patch with another resourceVersion is a Conflict, the last finalizer lets it go. */
class Server {
  version = 1
  object: Stored | undefined
  readonly requests: Array<Request.Request<unknown>> = []

  constructor(finalizers: ReadonlyArray<string> = [], deleting = false, namespace: string | null = "default") {
    this.object = {
      metadata: {
        name: "a",
        ...(namespace === null ? {} : { namespace }),
        resourceVersion: "1",
        finalizers,
        ...(deleting ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {})
      }
    }
  }

  private store(object: Stored): Stored {
    this.version++
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.version) } }
    const { deletionTimestamp, finalizers = [] } = stored.metadata
    this.object = deletionTimestamp !== undefined && finalizers.length === 0 ? undefined : stored
    return stored
  }

  read(kind = "Foo"): Foo | undefined {
    return this.object === undefined ? undefined : this.wire(this.object, kind) as Foo
  }

  wire(object: Stored, kind: string): unknown {
    return {
      apiVersion: "clux.dev/v1",
      kind,
      metadata: { uid: "uid-a", creationTimestamp: "2026-01-01T00:00:00Z", ...object.metadata },
      spec: { title: "a" }
    }
  }

  edit(metadata: Partial<Stored["metadata"]>): void {
    if (this.object !== undefined) this.store({ ...this.object, metadata: { ...this.object.metadata, ...metadata } })
  }

  delete(): void {
    this.edit({ deletionTimestamp: "2026-01-01T00:00:00Z" })
  }

  private refuse(code: number, reason: string): KubeClient.TestResponse {
    return {
      status: code,
      body: { kind: "Status", apiVersion: "v1", status: "Failure", reason, code, message: reason }
    }
  }

  readonly layer = KubeClient.layerTest((request) =>
    Effect.sync(() => {
      this.requests.push(request)
      if (this.object === undefined) return this.refuse(404, "NotFound")
      const body: { readonly metadata?: { readonly resourceVersion?: string } } = JSON.parse(request.body ?? "{}")
      const version = body.metadata?.resourceVersion
      if (version !== undefined && version !== this.object.metadata.resourceVersion) return this.refuse(409, "Conflict")
      const patched = Effect.runSync(Patch.applyMerge(this.object, body)) as Stored
      return { body: this.wire(this.store(patched), request.info.kind) }
    })
  )
}

const reconciling = (events: Array<string>, cleanup: Effect.Effect<void, string> = Effect.void) =>
  Finalizer.make(Api.all(Foo), ours, {
    apply: () => Effect.as(Effect.sync(() => events.push("apply")), Controller.requeueAfter("1 hour")),
    cleanup: () => Effect.zipRight(Effect.sync(() => events.push("cleanup")), cleanup)
  })

/** Reconciles what the server has. */
const reconcile = (server: Server, events: Array<string>, cleanup?: Effect.Effect<void, string>) =>
  Effect.suspend(() => {
    const object = server.read()
    return object === undefined ? Effect.void : reconciling(events, cleanup)(object, first)
  }).pipe(Effect.provide(server.layer))

describe("Finalizer", () => {
  it.effect("not there, not being deleted: it is added by a patch with the resourceVersion, and reconcile comes again (K24)", () =>
    Effect.gen(function*() {
      const server = new Server(["example.com/other"])
      const events: Array<string> = []
      const result = yield* reconcile(server, events)
      assert.deepStrictEqual(events, [])
      assert.strictEqual(result?._tag, "RequeueAfter")
      assert.deepStrictEqual(server.object?.metadata.finalizers, ["example.com/other", ours])
      assert.strictEqual(server.requests.length, 1)
      const request = server.requests[0]
      assert.deepStrictEqual([request.method, request.path, request.contentType, JSON.parse(request.body ?? "")], [
        "PATCH",
        "/apis/clux.dev/v1/namespaces/default/foos/a",
        "application/merge-patch+json",
        { metadata: { resourceVersion: "1", finalizers: ["example.com/other", ours] } }
      ])
    }))

  it.effect("there, not being deleted: apply runs, and its result counts (K25)", () =>
    Effect.gen(function*() {
      const server = new Server([ours])
      const events: Array<string> = []
      assert.deepStrictEqual(yield* reconcile(server, events), Controller.requeueAfter("1 hour"))
      assert.deepStrictEqual(events, ["apply"])
      assert.strictEqual(server.requests.length, 0)
    }))

  it.effect("there, being deleted: cleanup runs, then it is removed by such a patch, and the others stay (K26)", () =>
    Effect.gen(function*() {
      const server = new Server(["example.com/other", ours], true)
      const events: Array<string> = []
      yield* reconcile(server, events)
      assert.deepStrictEqual(events, ["cleanup"])
      assert.deepStrictEqual(server.object?.metadata.finalizers, ["example.com/other"])
      assert.deepStrictEqual(JSON.parse(server.requests[0].body ?? ""), {
        metadata: { resourceVersion: "1", finalizers: ["example.com/other"] }
      })
    }))

  it.effect("a cleanup that fails keeps the finalizer, and its failure is the reconcile's (K26)", () =>
    Effect.gen(function*() {
      const server = new Server([ours], true)
      const events: Array<string> = []
      assert.strictEqual(yield* Effect.flip(reconcile(server, events, Effect.fail("not yet"))), "not yet")
      assert.deepStrictEqual(server.object?.metadata.finalizers, [ours])
      assert.strictEqual(server.requests.length, 0)
    }))

  it.effect("not there, being deleted: nothing (K27)", () =>
    Effect.gen(function*() {
      const server = new Server(["example.com/other"], true)
      const events: Array<string> = []
      assert.isUndefined(yield* reconcile(server, events))
      assert.deepStrictEqual([events, server.requests], [[], []])
    }))

  it.effect("an object that changed meanwhile is not touched, and reconcile comes again; one that is gone is done (K24, K26)", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      for (const server of [new Server(), new Server([ours], true)]) {
        const stale = server.read() as Foo
        const finalizers = server.object?.metadata.finalizers
        server.edit({ labels: { changed: "yes" } })
        const result = yield* Effect.provide(reconciling(events)(stale, first), server.layer)
        assert.strictEqual(result?._tag, "RequeueAfter")
        assert.deepStrictEqual(server.object?.metadata.finalizers, finalizers)
      }
      const gone = new Server([])
      const stale = gone.read() as Foo
      gone.object = undefined
      assert.deepStrictEqual(yield* Effect.provide(reconciling(events)(stale, first), gone.layer), Controller.done)
    }))

  it.effect("works with the handle of a namespace and of a cluster-scoped kind", () =>
    Effect.gen(function*() {
      const actions = { apply: () => Effect.void, cleanup: () => Effect.void }
      const namespaced = new Server()
      yield* Finalizer.make(Api.namespaced(Foo, "default"), ours, actions)(namespaced.read() as Foo, first).pipe(
        Effect.provide(namespaced.layer)
      )
      const cluster = new Server([], false, null)
      yield* Finalizer.make(Api.cluster(Bar), ours, actions)(cluster.read("Bar") as unknown as Bar, first).pipe(
        Effect.provide(cluster.layer)
      )
      assert.deepStrictEqual([...namespaced.requests, ...cluster.requests].map(({ path }) => path), [
        "/apis/clux.dev/v1/namespaces/default/foos/a",
        "/apis/clux.dev/v1/bars/a"
      ])
    }))

  it("a name that the server would refuse is refused", () => {
    const actions = { apply: () => Effect.void, cleanup: () => Effect.void }
    for (
      const name of [
        "",
        "cleanup",
        "clux.dev/",
        "/cleanup",
        "Clux.dev/cleanup",
        "clux.dev/a/b",
        "clux.dev/with space",
        `clux.dev/${"x".repeat(64)}`
      ]
    ) {
      assert.throws(() => Finalizer.make(Api.all(Foo), name, actions), /finalizer: expected DOMAIN\/NAME/, name)
    }
    for (const name of ["clux.dev/cleanup", "a/b", "example.com/Clean_up.1"]) {
      assert.doesNotThrow(() => Finalizer.make(Api.all(Foo), name, actions))
    }
  })

  it.effect.prop(
    "if apply ever started, cleanup succeeds before the object goes, whatever is stale, edited, deleted or interrupted (K28)",
    {
      steps: FastCheck.array(
        FastCheck.constantFrom(
          "look",
          "look",
          "reconcile",
          "reconcile",
          "reconcile",
          "edit",
          "delete",
          "drop",
          "crash",
          "fail"
        ),
        { maxLength: 40 }
      )
    },
    ({ steps }) => {
      const server = new Server()
      return Effect.gen(function*() {
        const events: Array<string> = []
        // The store lags: it shows what was there when it was looked at last.
        let seen = server.read()
        const one = (cleanup: Effect.Effect<void, string>) =>
          seen === undefined ? Effect.void : Effect.exit(Effect.tap(
            reconciling([], Effect.zipRight(cleanup, Effect.sync(() => void events.push("cleaned up"))))(seen, first),
            (result) => {
              if (result?._tag === "RequeueAfter" && result.duration === "1 hour") events.push("applied")
            }
          ))
        for (const step of steps) {
          if (step === "look") seen = server.read()
          else if (step === "edit") server.edit({ labels: { edited: String(server.version) } })
          // Another controller takes its own finalizer off, or somebody deletes it.
          else if (step === "drop") server.edit({ labels: {} })
          else if (step === "delete") server.delete()
          else if (step === "fail") yield* one(Effect.fail("no"))
          else if (step === "crash") yield* one(Effect.interrupt)
          else yield* one(Effect.void)
          if (server.object === undefined && events.includes("applied")) {
            assert.include(events, "cleaned up", "it went without cleanup")
            assert.isAbove(events.lastIndexOf("cleaned up"), events.indexOf("applied"))
          }
        }
        // And it does go, once all is well.
        server.delete()
        for (let i = 0; i < 4; i++) {
          seen = server.read()
          yield* one(Effect.void)
        }
        assert.isUndefined(server.object)
        if (events.includes("applied")) assert.include(events, "cleaned up")
      }).pipe(Effect.provide(server.layer))
    },
    { fastCheck: { numRuns: 100 } }
  )
})
