import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, configMap, configMaps, type Json } from "./support/apiserver.js"

const cluster = Effect.map(TestCluster.make(), (service) => ({ ...client(service), service }))

const namesOf = (list: Json): ReadonlyArray<string> => list.items.map((item: Json) => item.metadata.name)

const fill = (post: (url: string, body: Json) => Effect.Effect<unknown>, count: number) =>
  Effect.forEach(Array.from({ length: count }, (_, at) => `n${at}`), (name) => post(configMaps(), configMap(name)))

describe("lists", () => {
  it.scoped("items of built-in kinds come without apiVersion and kind, the list's metadata before them (S24)", () =>
    Effect.gen(function*() {
      const { get, post } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const list = yield* get("/api/v1/configmaps")
      assert.deepStrictEqual(Object.keys(list.body), ["kind", "apiVersion", "metadata", "items"])
      assert.deepStrictEqual([list.body.kind, list.body.items[0].kind, Object.keys(list.body.items[0].metadata)], [
        "ConfigMapList",
        undefined,
        ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"]
      ])
    }))

  it.scoped("pages keep the first page's resourceVersion and content, whatever is written meanwhile (S22)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post } = yield* cluster
      yield* fill(post, 7)
      const first = yield* get(`${configMaps()}?limit=3`)
      assert.deepStrictEqual([namesOf(first.body), first.body.metadata.remainingItemCount], [["n0", "n1", "n2"], 4])
      yield* remove(configMaps("default", "n4"))
      yield* post(configMaps(), configMap("n55"))
      const second = yield* get(`${configMaps()}?limit=3&continue=${first.body.metadata.continue}`)
      assert.deepStrictEqual([namesOf(second.body), second.body.metadata.resourceVersion], [
        ["n3", "n4", "n5"],
        first.body.metadata.resourceVersion
      ])
      const third = yield* get(`${configMaps()}?limit=3&continue=${second.body.metadata.continue}`)
      assert.deepStrictEqual([
        namesOf(third.body),
        third.body.metadata.continue,
        third.body.metadata.remainingItemCount
      ], [["n6"], undefined, undefined])
    }))

  it.scoped("a page of a selection says nothing of how many remain (S22)", () =>
    Effect.gen(function*() {
      const { get, post } = yield* cluster
      yield* fill(post, 3)
      const page = yield* get(`${configMaps()}?limit=1&labelSelector=!x`)
      assert.isString(page.body.metadata.continue)
      assert.notProperty(page.body.metadata, "remainingItemCount")
    }))

  it.scoped("a token past the history is a 410 whose own token goes on inconsistently (S23)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      yield* fill(post, 4)
      const first = yield* get(`${configMaps()}?limit=2`)
      yield* post(configMaps(), configMap("n9"))
      yield* service.faults.compact
      const expired = yield* get(`${configMaps()}?limit=2&continue=${first.body.metadata.continue}`)
      assert.deepStrictEqual([expired.status, expired.body.reason, expired.body.code], [410, "Expired", 410])
      const rest = yield* get(`${configMaps()}?continue=${expired.body.metadata.continue}`)
      assert.deepStrictEqual(namesOf(rest.body), ["n2", "n3", "n9"])
    }))

  it.scoped("a malformed token is a 400 (S23)", () =>
    Effect.gen(function*() {
      const { get } = yield* cluster
      for (
        const [token, why] of [["%21%21", "illegal base64 data at input byte 0"], [
          "eyJ2",
          "unexpected end of JSON input"
        ]] as const
      ) {
        const reply = yield* get(`${configMaps()}?continue=${token}`)
        assert.deepStrictEqual([reply.status, reply.body.message], [
          400,
          `invalid continue token: continue key is not valid: ${why}`
        ])
      }
    }))

  it.scoped("from version 0 the limit is ignored; with a limit a version means that very one (S24)", () =>
    Effect.gen(function*() {
      const { get, post } = yield* cluster
      yield* fill(post, 3)
      const second = (yield* get(configMaps("default", "n1"))).body.metadata.resourceVersion
      assert.strictEqual((yield* get(`${configMaps()}?limit=1&resourceVersion=0`)).body.items.length, 3)
      assert.deepStrictEqual(namesOf((yield* get(`${configMaps()}?limit=5&resourceVersion=${second}`)).body), [
        "n0",
        "n1"
      ])
      assert.deepStrictEqual(
        namesOf((yield* get(`${configMaps()}?resourceVersion=${second}&resourceVersionMatch=Exact`)).body),
        ["n0", "n1"]
      )
      assert.strictEqual((yield* get(`${configMaps()}?resourceVersion=${second}`)).body.items.length, 3)
      assert.strictEqual(
        (yield* get(`${configMaps()}?limit=1&resourceVersion=${second}&resourceVersionMatch=NotOlderThan`)).body
          .metadata.remainingItemCount,
        2
      )
    }))

  it.scoped("options that make no sense are refused before anything is read (S24, S27, S29)", () =>
    Effect.gen(function*() {
      const { get } = yield* cluster
      const cases = [
        [
          "resourceVersionMatch=Exact",
          422,
          "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        ],
        [
          "resourceVersionMatch=Exact&resourceVersion=0",
          422,
          "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""
        ],
        [
          "resourceVersionMatch=Foo&resourceVersion=0",
          422,
          "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Unsupported value: \"Foo\": supported values: \"Exact\", \"NotOlderThan\", \"\""
        ],
        [
          "sendInitialEvents=true",
          422,
          "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"
        ],
        [
          "resourceVersion=abc",
          400,
          "invalid resource version: resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax"
        ],
        ["limit=abc", 400, "strconv.ParseInt: parsing \"abc\": invalid syntax"],
        [
          "watch=1&resourceVersion=abc",
          500,
          "resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax"
        ],
        [
          "watch=1&sendInitialEvents=true",
          422,
          "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        ],
        [
          "watch=1&resourceVersionMatch=NotOlderThan",
          422,
          "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        ],
        ["labelSelector=a%3D%3D%3Db", 400, "unable to parse requirement: found '=', expected: identifier"],
        [
          "fieldSelector=foo%3D1",
          400,
          "\"foo\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        ],
        ["fieldSelector=bogus", 400, "invalid selector: 'bogus'; can't understand 'bogus'"]
      ] as const
      for (const [query, code, message] of cases) {
        const reply = yield* get(`${configMaps()}?${query}`)
        assert.deepStrictEqual([reply.status, reply.body.message], [code, message])
      }
    }))

  it.scoped("a read at a version that is still to come waits, and is answered when the store gets there (S8, S25)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const next = Number(yield* service.resourceVersion) + 1
      const reading = yield* Effect.fork(
        Effect.all([
          get(`${configMaps()}?resourceVersion=${next}`),
          get(`${configMaps("default", "a")}?resourceVersion=${next}`)
        ], { concurrency: 2 })
      )
      yield* TestClock.adjust("2 seconds")
      yield* post(configMaps(), configMap("b"))
      const [list, one] = yield* Fiber.join(reading)
      assert.deepStrictEqual([namesOf(list.body), one.status], [["a", "b"], 200])
    }))

  it.scoped("after 3 s of waiting it is a 504 that says so (S25, S59)", () =>
    Effect.gen(function*() {
      const { get, service } = yield* cluster
      const current = yield* service.resourceVersion
      const reading = yield* Effect.fork(get(`${configMaps()}?resourceVersion=999`))
      yield* TestClock.adjust("2999 millis")
      assert.isNull(yield* Fiber.poll(reading).pipe(Effect.map((option) => option._tag === "None" ? null : option)))
      yield* TestClock.adjust("1 millis")
      const late = yield* Fiber.join(reading)
      assert.deepStrictEqual([late.status, late.headers["retry-after"], late.body.message], [
        504,
        "1",
        `Timeout: Too large resource version: 999, current: ${current}`
      ])
      assert.deepStrictEqual(late.body.details, {
        causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        retryAfterSeconds: 1
      })
    }))

  it.scoped("label selectors match as the server matches: an absent key is unequal (S42)", () =>
    Effect.gen(function*() {
      const { get, post } = yield* cluster
      yield* post(configMaps(), configMap("a", { metadata: { labels: { k: "1" } } }))
      yield* post(configMaps(), configMap("b", { metadata: { labels: { k: "2" } } }))
      yield* post(configMaps(), configMap("c"))
      const select = (selector: string) =>
        Effect.map(
          get(`${configMaps()}?labelSelector=${encodeURIComponent(selector)}`),
          (reply) => namesOf(reply.body).join("")
        )
      for (
        const [selector, expected] of [
          ["k", "ab"],
          ["!k", "c"],
          ["k=1", "a"],
          ["k!=1", "bc"],
          ["k in (1,2)", "ab"],
          ["k notin (1)", "bc"],
          ["k>1", "b"],
          ["k=1,k=2", ""]
        ] as const
      ) {
        assert.strictEqual(yield* select(selector), expected, selector)
      }
    }))

  it.scoped("field selectors are those that the kind has (S43)", () =>
    Effect.gen(function*() {
      const { get, post } = yield* cluster
      yield* post("/api/v1/namespaces/default/pods", {
        metadata: { name: "a" },
        spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] }
      })
      yield* post("/api/v1/namespaces/default/pods", {
        metadata: { name: "b" },
        spec: { containers: [{ name: "c", image: "i" }] }
      })
      const select = (selector: string) =>
        Effect.map(get(`/api/v1/pods?fieldSelector=${encodeURIComponent(selector)}`), (reply) => reply.body)
      assert.deepStrictEqual(namesOf(yield* select("spec.nodeName=n")), ["a"])
      assert.deepStrictEqual(namesOf(yield* select("spec.nodeName=,status.phase=Pending")), ["b"])
      assert.deepStrictEqual(namesOf(yield* select("metadata.name!=a,metadata.namespace=default")), ["b"])
      assert.strictEqual((yield* select("spec.foo=1")).message, "field label not supported: spec.foo")
    }))

  it.scoped("a client that wants metadata only gets them, one that wants a table gets that, one that wants nothing known a 406 (S55)", () =>
    Effect.gen(function*() {
      const { get, post } = yield* cluster
      yield* post(configMaps(), configMap("a", { data: { k: "v" } }))
      const accept = (value: string) => ({ headers: { accept: value } })
      const list = yield* get(configMaps(), accept("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"))
      assert.deepStrictEqual([list.body.kind, list.body.apiVersion, list.body.items[0].kind, list.body.items[0].data], [
        "PartialObjectMetadataList",
        "meta.k8s.io/v1",
        "PartialObjectMetadata",
        undefined
      ])
      const one = yield* get(
        configMaps("default", "a"),
        accept("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json")
      )
      assert.deepStrictEqual([one.body.kind, one.body.data], ["PartialObjectMetadata", undefined])
      const table = "application/json;as=Table;v=v1;g=meta.k8s.io"
      assert.strictEqual((yield* get(configMaps(), accept(`${table},application/json`))).body.kind, "Table")
      const unknown = "application/json;as=Drawing;v=v1;g=meta.k8s.io"
      assert.strictEqual((yield* get(configMaps(), accept(unknown))).status, 406)
      assert.strictEqual((yield* get(configMaps(), accept(`${unknown},application/json`))).body.kind, "ConfigMapList")
    }))
})
