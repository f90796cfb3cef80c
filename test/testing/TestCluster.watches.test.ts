import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as TestCluster from "../../src/testing/TestCluster.js"
import {
  client,
  configMap,
  configMaps,
  definitions,
  type Event,
  foo,
  fooDefinition,
  foos,
  type Json,
  watch
} from "./support/apiserver.js"

const cluster = Effect.map(TestCluster.make(), (service) => ({ ...client(service), service }))

const one = configMaps("default", "a")
const short = ({ object, type }: Event): string =>
  `${type} ${object.metadata.name ?? ""}@${object.metadata.resourceVersion}`
const endMark = "k8s.io/initial-events-end"

describe("watches", () => {
  it.scoped("without a version: the state first, then each write (S28)", () =>
    Effect.gen(function*() {
      const { delete: remove, merge, post, service } = yield* cluster
      yield* post(configMaps(), configMap("b"))
      yield* post(configMaps(), configMap("a"))
      const watching = yield* watch(service, `${configMaps()}?watch=1`)
      yield* merge(one, { data: { k: "v" } })
      yield* remove(one)
      assert.deepStrictEqual((yield* watching.take(4)).map(short), [
        "ADDED a@6",
        "ADDED b@5",
        "MODIFIED a@7",
        "DELETED a@8"
      ])
    }))

  it.scoped("from version N: what came after it, and what comes (S28)", () =>
    Effect.gen(function*() {
      const { merge, post, service } = yield* cluster
      const made = yield* post(configMaps(), configMap("a"))
      yield* merge(one, { data: { k: "1" } })
      yield* post(configMaps("kube-system"), configMap("elsewhere"))
      const watching = yield* watch(
        service,
        `${configMaps()}?watch=true&resourceVersion=${made.body.metadata.resourceVersion}`
      )
      yield* merge(one, { data: { k: "2" } })
      assert.deepStrictEqual((yield* watching.take(2)).map(short), ["MODIFIED a@6", "MODIFIED a@8"])
      assert.deepStrictEqual(yield* watching.rest, [])
    }))

  it.scoped("a version that is still to come is silent until it is passed (S28)", () =>
    Effect.gen(function*() {
      const { merge, post, service } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const watching = yield* watch(service, `${configMaps()}?watch=1&resourceVersion=7`)
      yield* merge(one, { data: { k: "1" } })
      yield* merge(one, { data: { k: "2" } })
      assert.deepStrictEqual(yield* watching.rest, [])
      yield* merge(one, { data: { k: "3" } })
      assert.deepStrictEqual((yield* watching.take(1)).map(short), ["MODIFIED a@8"])
    }))

  it.scoped("a version past the history is one ERROR event 410 on an answer 200, then the end (S26)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      const made = yield* post(configMaps(), configMap("a"))
      yield* post(configMaps(), configMap("b"))
      yield* service.faults.compact
      const watching = yield* watch(
        service,
        `${configMaps()}?watch=1&resourceVersion=${made.body.metadata.resourceVersion}`
      )
      const [error] = yield* watching.take(1)
      assert.deepStrictEqual([watching.status, error?.type, error?.object.reason, error?.object.code], [
        200,
        "ERROR",
        "Expired",
        410
      ])
      assert.strictEqual(error?.object.message, "too old resource version: 5 (6)")
      assert.strictEqual(yield* watching.end, "clean")
      const current = yield* watch(service, `${configMaps()}?watch=1&resourceVersion=6`)
      assert.isFalse(yield* current.hasEnded)
    }))

  it.scoped("into a selection is ADDED, out of it DELETED with the old content and the new version (S30)", () =>
    Effect.gen(function*() {
      const { delete: remove, merge, post, service } = yield* cluster
      const watching = yield* watch(service, `${configMaps()}?watch=1&labelSelector=k%3D1`)
      yield* post(configMaps(), configMap("a", { metadata: { labels: { k: "0" } } }))
      yield* merge(one, { metadata: { labels: { k: "1" } } })
      yield* merge(one, { data: { x: "y" } })
      yield* merge(one, { metadata: { labels: { k: "2" } }, data: { x: "z" } })
      yield* merge(one, { metadata: { labels: { k: "1" } } })
      yield* remove(one)
      const events = yield* watching.take(5)
      assert.deepStrictEqual(events.map(short), [
        "ADDED a@6",
        "MODIFIED a@7",
        "DELETED a@8",
        "ADDED a@9",
        "DELETED a@10"
      ])
      assert.deepStrictEqual([events[2]?.object.metadata.labels, events[2]?.object.data], [{ k: "1" }, { x: "y" }])
    }))

  it.scoped("a watch of one name hears of no other (S30, S43)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      const watching = yield* watch(service, `${configMaps()}?watch=1&fieldSelector=metadata.name%3Da`)
      yield* post(configMaps(), configMap("b"))
      yield* post(configMaps(), configMap("a"))
      yield* post(configMaps("kube-system"), configMap("a"))
      assert.deepStrictEqual((yield* watching.rest).map(short), ["ADDED a@6"])
    }))

  // Bookmarks allowed, sendInitialEvents, resourceVersion; whether the state is sent and whether its end is marked.
  const table: ReadonlyArray<readonly [boolean, string, string, boolean, boolean]> = [false, true].flatMap((
    bookmarks
  ) =>
    ["", "true", "false"].flatMap((initial) =>
      ["", "0", "5"].map((version): readonly [boolean, string, string, boolean, boolean] => {
        const withState = initial === "true" || (initial === "" && version !== "5")
        return [bookmarks, initial, version, withState, withState && bookmarks]
      })
    )
  )
  it.effect.each(table)(
    "bookmarks %s, sendInitialEvents '%s', version '%s': state %s, its end marked %s (S28, S29)",
    ([bookmarks, initial, version, state, marked]) =>
      Effect.scoped(Effect.gen(function*() {
        const { post, service } = yield* cluster
        yield* post(configMaps(), configMap("a"))
        const query = new URLSearchParams({
          watch: "1",
          allowWatchBookmarks: String(bookmarks),
          resourceVersion: version
        })
        if (initial !== "") {
          query.set("sendInitialEvents", initial)
          query.set("resourceVersionMatch", "NotOlderThan")
        }
        const watching = yield* watch(service, `${configMaps()}?${query}`)
        const events = yield* watching.rest
        assert.deepStrictEqual(events.filter((event) => event.type === "ADDED").map(short), state ? ["ADDED a@5"] : [])
        const ends = events.filter((event) => event.object.metadata.annotations?.[endMark] === "true")
        assert.deepStrictEqual(
          ends.map((event) => [event.type, event.object.metadata.resourceVersion]),
          marked ? [["BOOKMARK", "5"]] : []
        )
        assert.isFalse(yield* watching.hasEnded)
      }))
  )

  it.scoped("bookmarks come every minute and 2 s before the deadline, with the version of the store (S31)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      const watching = yield* watch(
        service,
        `${configMaps()}?watch=1&allowWatchBookmarks=true&resourceVersion=4&timeoutSeconds=150`
      )
      yield* TestClock.adjust("59 seconds")
      assert.deepStrictEqual(yield* watching.rest, [])
      yield* post("/api/v1/namespaces", { metadata: { name: "other" } })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* watching.rest).map(short), ["BOOKMARK @5"])
      yield* TestClock.adjust("60 seconds")
      assert.deepStrictEqual((yield* watching.rest).map(short), ["BOOKMARK @5"])
      yield* TestClock.adjust("28 seconds")
      assert.deepStrictEqual((yield* watching.rest).map(short), ["BOOKMARK @5"])
      assert.isFalse(yield* watching.hasEnded)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* watching.end, "clean")
    }))

  it.scoped("a watch after whose start nothing was written gets no bookmark (S31)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      const path = (version: number) =>
        `${configMaps()}?watch=1&allowWatchBookmarks=true&resourceVersion=${version}&timeoutSeconds=5`
      const quiet = yield* watch(service, path(4))
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual([yield* quiet.end, yield* quiet.rest], ["clean", []])
      yield* post(configMaps(), configMap("a"))
      const late = yield* watch(service, path(4))
      yield* TestClock.adjust("5 seconds")
      yield* late.end
      assert.deepStrictEqual((yield* late.rest).map(short), ["ADDED a@5", "BOOKMARK @5"])
    }))

  it.scoped("a bookmark of a built-in kind is a zero object, one of a custom resource has a version only (S31)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      yield* post(definitions, fooDefinition())
      yield* service.settle
      const open = (url: string) =>
        Effect.flatMap(
          watch(service, `${url}?watch=1&allowWatchBookmarks=1`),
          (watching) => Effect.map(watching.take(1), ([event]) => event?.object)
        )
      const deployment = yield* open("/apis/apps/v1/deployments")
      assert.deepStrictEqual(deployment.spec, {
        replicas: 0,
        selector: null,
        template: { metadata: {}, spec: { containers: null } },
        strategy: {}
      })
      const custom = yield* open("/apis/clux.dev/v1/foos")
      assert.deepStrictEqual(Object.keys(custom), ["apiVersion", "kind", "metadata"])
    }))

  it.scoped("timeoutSeconds ends with a clean close; without it a watch lives for 30 to 60 minutes (S32)", () =>
    Effect.gen(function*() {
      const { service } = yield* cluster
      const brief = yield* watch(service, `${configMaps()}?watch=1&timeoutSeconds=10`)
      const long = yield* watch(service, `${configMaps()}?watch=1`)
      yield* TestClock.adjust("9 seconds")
      assert.isFalse(yield* brief.hasEnded)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* brief.end, "clean")
      yield* TestClock.adjust("1789 seconds")
      assert.isFalse(yield* long.hasEnded)
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual(yield* long.end, "clean")
      assert.deepStrictEqual(yield* service.watches, [])
    }))

  it.scoped("asked for the state at a version that never comes, the watch ends with one ERROR event 504 (S25, S26)", () =>
    Effect.gen(function*() {
      const { service } = yield* cluster
      const opening = yield* Effect.fork(
        watch(
          service,
          `${configMaps()}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=999`
        )
      )
      yield* TestClock.adjust("3 seconds")
      const watching = yield* opening
      const [error] = yield* watching.take(1)
      assert.deepStrictEqual([error?.type, error?.object.code, error?.object.details.causes[0].reason], [
        "ERROR",
        504,
        "ResourceVersionTooLarge"
      ])
    }))

  it.scoped("metadata only, also on a watch (S55)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      yield* post(configMaps(), configMap("a", { data: { k: "v" } }))
      const watching = yield* watch(service, `${configMaps()}?watch=1&allowWatchBookmarks=1`, {
        headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" }
      })
      const events = yield* watching.take(2)
      assert.deepStrictEqual(events.map((event) => [event.type, event.object.kind, Object.keys(event.object)]), [
        ["ADDED", "PartialObjectMetadata", ["kind", "apiVersion", "metadata"]],
        ["BOOKMARK", "PartialObjectMetadata", ["kind", "apiVersion", "metadata"]]
      ])
    }))

  it.scoped("the old form of the path watches too", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      const watching = yield* watch(service, "/api/v1/watch/namespaces/default/configmaps/a")
      yield* post(configMaps(), configMap("b"))
      yield* post(configMaps(), configMap("a"))
      assert.deepStrictEqual((yield* watching.take(1)).map(short), ["ADDED a@6"])
    }))

  it.scoped("each of many watches hears every write of its own, in order (S28)", () =>
    Effect.gen(function*() {
      const { merge, post, service } = yield* cluster
      yield* Effect.forEach(Array.from({ length: 10 }, (_, at) => `n${at}`), (name) =>
        post(configMaps(), configMap(name)))
      const watches = yield* Effect.forEach(
        Array.from({ length: 200 }, (_, at) =>
          at),
        (at) => watch(service, `${configMaps()}?watch=1&resourceVersion=14&fieldSelector=metadata.name%3Dn${at % 10}`)
      )
      for (let round = 0; round < 20; round++) {
        for (let at = 0; at < 10; at++) {
          yield* merge(configMaps("default", `n${at}`), { data: { round: String(round) } })
        }
      }
      const rounds = Array.from({ length: 20 }, (_, round) => String(round))
      for (const watching of watches) {
        const events = yield* watching.take(20)
        assert.deepStrictEqual(events.map((event) => event.object.data.round as string), rounds)
      }
    }))

  it.scoped("a custom resource that is no longer served ends its watches (S44)", () =>
    Effect.gen(function*() {
      const { delete: remove, post, service } = yield* cluster
      yield* post(definitions, fooDefinition())
      yield* service.settle
      yield* post(foos(), foo("a"))
      const watching = yield* watch(service, `${foos()}?watch=1`)
      yield* remove(`${definitions}/foos.clux.dev`)
      yield* service.settle
      assert.deepStrictEqual((yield* watching.take(2)).map((event: Json) => event.type), ["ADDED", "DELETED"])
      assert.strictEqual(yield* watching.end, "clean")
    }))
})
