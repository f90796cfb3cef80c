/**
 * The truth of types, over all kinds and operations: what a real server that serves everything answers to each operation
 * fits the type that we give it. The objects are those of the corpus, with as many fields set as the server allows.
 */
import { assert, describe, layer } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { objects, statuses } from "../../scripts/corpus/fixtures.js"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import { PodCertificateRequest } from "../../src/kinds/certificates/v1.js"
import { PodCertificateRequest as PodCertificateRequestV1beta1 } from "../../src/kinds/certificates/v1beta1.js"
import type * as KubeError from "../../src/protocol/KubeError.js"
import * as Patch from "../../src/protocol/Patch.js"
import type * as Request from "../../src/protocol/Request.js"
import type * as Resource from "../../src/protocol/Resource.js"
import * as EnvTest from "../../src/testing/EnvTest.js"
import { everyKind } from "./all.js"
import { call } from "./calls.js"
import { corpus, type Entry, isKept, type Json, nameOf, type Recorded, walkObject, withoutNulls } from "./corpus.js"
import { newerField, newerServer } from "./newerServer.js"

const server = EnvTest.layerWith({
  runtimeConfig: { "api/all": true },
  featureGates: { AllAlpha: true, AllBeta: true }
})

/** What the objects of the corpus refer to. */
const fixtures = Effect.gen(function*() {
  for (const [path, object] of objects) yield* call("POST", path, object)
  for (const [path, status] of statuses) yield* call("PATCH", path, { status })
})

/** A handle as all kinds have it: which operations there are the abilities say, one kind at a time. */
type Operation = (...parameters: ReadonlyArray<any>) => Effect.Effect<any, KubeError.KubeError, KubeClient>

interface Handle {
  readonly create: Operation
  readonly get: Operation
  readonly list: Operation
  readonly replace: Operation
  readonly modify: Operation
  readonly patch: Operation
  readonly apply: Operation
  readonly delete: Operation
  readonly status: { readonly get: Operation; readonly replace: Operation; readonly patch: Operation }
  readonly scale: { readonly get: Operation; readonly set: Operation }
  readonly watchOnce: (
    rv: string,
    options: object
  ) => Stream.Stream<Api.WatchEvent<any>, KubeError.KubeError, KubeClient>
}

const handleOf = (resource: Resource.Any): Handle =>
  (resource.scope === "Cluster"
    ? Api.cluster(resource as Resource.AnyOf<"Cluster">)
    : Api.namespaced(resource as Resource.AnyOf<"Namespaced">, "corpus")) as unknown as Handle

/** What a write leaves as it is: the server numbers objects, goes on with their status, and tells who set what. */
const lasting = ({ metadata, status: _, ...rest }: Json): Json => {
  const { generation: __, managedFields: ___, resourceVersion: ____, labels: _____, ...kept } = metadata
  return { ...rest, metadata: kept }
}

/** As text, so that order counts; a client may begin with what the object is. */
const content = ({ apiVersion: _, kind: __, ...rest }: Json): string => JSON.stringify(rest)

const labelled = (object: Json): Json => ({
  ...object,
  metadata: { ...object["metadata"], labels: { ...object["metadata"].labels, touched: "yes" } }
})

/** Nothing waits for a kubelet or a garbage collector, which there is none of. */
const atOnce: Request.DeleteOptions = { gracePeriod: 0, propagationPolicy: "Background" }

/** Some times may only be told as they come, and the server checks that. */
const atPresent = (status: Json, now: string): Json =>
  JSON.parse(JSON.stringify(status).replaceAll("\"2026-01-01T00:00:00Z\"", JSON.stringify(now)))

/** Takes an object away for good. */
const remove = (handle: Handle, name: string) =>
  Effect.gen(function*() {
    yield* Effect.ignore(handle.patch(name, Patch.merge({ metadata: { finalizers: null } } as never)))
    yield* Effect.ignore(handle.delete(name, atOnce))
    yield* Effect.retry(
      Effect.flatMap(Effect.either(handle.get(name)), (found) =>
        found._tag === "Left" || found.right.kind === "Namespace" ? Effect.void : Effect.fail("still there")),
      { times: 200 }
    )
  }).pipe(Effect.orDie)

const retryConflicts = <A, R>(effect: Effect.Effect<A, KubeError.KubeError, R>) =>
  Effect.retry(effect, { times: 10, while: (error) => error._tag === "KubeConflict" })

/** Every operation on an object of a kind, one after the other. Answers what was found wrong. */
const operations = (kind: Recorded, { draft, status }: Entry) =>
  Effect.gen(function*() {
    const { resource } = kind
    const wrong: Array<string> = []
    const can = (ability: string): boolean => (resource.abilities as ReadonlyArray<string>).includes(ability)
    const handle = handleOf(resource)
    const name: string = draft["metadata"].name

    /** Also: an answer holds no field that the descriptors do not know. */
    const fits = (what: string, object: Json): void =>
      walkObject(kind, object, ({ path, type }) => {
        if (type === undefined) wrong.push(`${what}: ${path} is not known`)
      })

    const { metadata: { resourceVersion: before } } = yield* handle.list({ limit: 1 })
    fits("dry run", yield* handle.create(draft, { dryRun: true }))
    yield* Effect.addFinalizer(() => remove(handle, name))
    fits("create", yield* handle.create(draft))

    const got = yield* handle.get(name)
    fits("get", got)
    const { items } = yield* handle.list()
    const item = items.find((one: Json) => one["metadata"].name === name)
    assert.deepStrictEqual([item?.apiVersion, item?.kind], [got.apiVersion, got.kind])
    fits("list", item)

    const replaced = yield* handle.modify(name, labelled)
    fits("replace", replaced)
    assert.deepStrictEqual(lasting(replaced), lasting(got))

    fits("merge patch", yield* handle.patch(name, Patch.merge({ metadata: { labels: { patched: "yes" } } } as never)))
    fits(
      "apply",
      yield* handle.apply({ metadata: { name, labels: { applied: "yes" } } }, { fieldManager: "corpus", force: true })
    )

    if (can("status")) {
      const read = yield* handle.status.get(name)
      fits("get of the status", read)
      const written = status === undefined
        ? read
        : { ...read, status: atPresent(status, got.metadata.creationTimestamp) }
      fits(
        "replace of the status",
        yield* retryConflicts(
          Effect.flatMap(handle.status.get(name), (now) => handle.status.replace({ ...now, status: written.status }))
        )
      )
      fits(
        "patch of the status",
        yield* handle.status.patch(name, Patch.merge({ metadata: { labels: { b: "c" } } } as never))
      )
    }
    if (can("scale")) {
      const replicas = yield* handle.scale.get(name)
      assert.strictEqual(yield* handle.scale.set(name, replicas + 1), replicas + 1)
    }

    const deleted: Api.Deletion<Json> = yield* handle.delete(name, atOnce)
    if (deleted._tag === "Terminating") fits("delete", deleted.object)
    yield* remove(handle, name)
    if (resource.kind === "Namespace") return wrong
    const events = yield* handle.watchOnce(before, { fields: `metadata.name=${name}` }).pipe(
      Stream.takeUntil((event) => event.type === "DELETED"),
      Stream.runCollect
    )
    const types = Chunk.toReadonlyArray(events).map((event) => {
      if (event.type !== "BOOKMARK") fits(`${event.type} event`, event.object)
      return event.type
    })
    assert.deepStrictEqual([types[0], types[types.length - 1]], ["ADDED", "DELETED"])
    return wrong
  })

/** Reads an object from a server of a later version, and writes it back: with what is wrong in what was sent. */
const writtenBack = (kind: Recorded, { draft }: Entry) =>
  Effect.gen(function*() {
    const handle = handleOf(kind.resource)
    // A namespace does not go before its controller has emptied it, and there is none.
    const name: string = kind.resource.kind === "Namespace" ? "corpus-later" : draft["metadata"].name
    yield* Effect.addFinalizer(() => remove(handle, name))
    yield* handle.create({ ...draft, metadata: { ...draft["metadata"], name } })
    const newer = newerServer(kind, yield* KubeClient)
    yield* retryConflicts(
      Effect.flatMap(handle.get(name), (object) => handle.replace(labelled(object))).pipe(
        Effect.provideService(KubeClient, newer.client)
      )
    )
    const sent = content(newer.replaced.at(-1)!)
    const there = sent.split(newerField).length - 1
    if (sent !== content(withoutNulls(kind, labelled(newer.answered.at(-1)!)) as Json)) {
      return ["is not sent as it was read"]
    }
    return there < 3 ? [`is sent with ${there} of such fields`] : []
  })

/** What is found wrong of a kind, each with its name: an error is told like any other, so that all kinds have their turn. */
const problems = (
  kind: Recorded,
  check: (kind: Recorded, entry: Entry) => Effect.Effect<
    ReadonlyArray<string>,
    KubeError.KubeError,
    KubeClient | Scope.Scope
  >,
  entry: Entry
): Effect.Effect<ReadonlyArray<string>, never, KubeClient> =>
  check(kind, entry).pipe(
    Effect.scoped,
    Effect.catchAllCause((cause) => Effect.succeed([Cause.pretty(cause)])),
    Effect.map((found) => found.map((one) => `${nameOf(kind.resource)} ${one}`))
  )

const kept = corpus.filter(({ resource }) => isKept(resource))
const answered = corpus.filter(({ resource }) => !isKept(resource))

/** The type of an answer is checked as it is read, so that it comes at all is enough. */
const created = (options?: Request.WriteOptions) => (kind: Recorded, { draft }: Entry) =>
  Effect.as(handleOf(kind.resource).create(draft, options), [])

describe("every kind on a server that serves everything", () => {
  layer(server, { timeout: 120_000 })((it) => {
    it.effect(
      "fits its type in all answers: dry run, create, get, list, replace, patch, apply, status, scale, delete, watch",
      () =>
        Effect.gen(function*() {
          yield* fixtures
          const wrong: Array<string> = []
          for (const kind of kept) wrong.push(...yield* problems(kind, operations, kind.entries[0]!))
          assert.deepStrictEqual(wrong, [])
          assert.isAbove(kept.length, 85)
        }),
      180_000
    )

    it.effect("fits its type where the server has objects of its own: each one that it lists", () =>
      Effect.gen(function*() {
        let objects = 0
        for (const kind of everyKind.filter(({ resource }) => resource.abilities.includes("list"))) {
          const { resource } = kind
          const { items }: { readonly items: ReadonlyArray<Json> } = yield* (resource.scope === "Cluster"
            ? handleOf(resource)
            : Api.all(resource as Resource.AnyOf<"Namespaced">) as unknown as Handle).list()
          for (const item of items) {
            walkObject(
              kind,
              item,
              ({ path, type }) => assert.isDefined(type, `${nameOf(resource)} ${path} is not known`)
            )
          }
          objects += items.length
        }
        assert.isAbove(objects, 100)
      }))

    it.effect(
      "fits its type in all forms that the corpus has, and as the answer of a kind that only answers",
      () =>
        Effect.gen(function*() {
          const wrong: Array<string> = []
          for (const kind of kept) {
            for (const entry of kind.entries.slice(1)) {
              wrong.push(...yield* problems(kind, created({ dryRun: true }), entry))
            }
          }
          for (const kind of answered) {
            for (const entry of kind.entries) wrong.push(...yield* problems(kind, created(), entry))
          }
          assert.deepStrictEqual(wrong, [])
          assert.isAbove(answered.length, 5)
        }),
      120_000
    )

    it.effect(
      "is written back with all fields of a later version, which stand in every struct of what was read",
      () =>
        Effect.gen(function*() {
          const wrong: Array<string> = []
          for (const kind of kept) wrong.push(...yield* problems(kind, writtenBack, kind.entries[0]!))
          assert.deepStrictEqual(wrong, [])
        }),
      120_000
    )

    it.scoped("a PodCertificateRequest with a public key in v1beta1 has a null stubPKCS10Request, in v1 too", () =>
      Effect.gen(function*() {
        const requests = Api.namespaced(PodCertificateRequestV1beta1, "corpus")
        const draft = corpus.find(({ resource }) => resource === PodCertificateRequestV1beta1)!.entries
          .map(({ draft }) => draft).find(({ spec }) => "pkixPublicKey" in spec)!
        const made = yield* requests.create(draft as Resource.DraftOf<typeof PodCertificateRequestV1beta1>)
        yield* Effect.addFinalizer(() => Effect.ignore(requests.delete(made.metadata.name)))
        assert.isNull(made.spec.stubPKCS10Request)
        const read = yield* Api.namespaced(PodCertificateRequest, "corpus").get(made.metadata.name)
        assert.isNull(read.spec.stubPKCS10Request)
      }))
  })
})
