import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, configMap, configMaps, type Json } from "./support/apiserver.js"

const cluster = Effect.map(TestCluster.make(), (service) => ({ ...client(service), service }))

const version = (body: Json): number => Number(body.metadata.resourceVersion)

const deployment = (name: string, more: Json = {}): Json => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, ...more.metadata },
  spec: {
    replicas: 1,
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
    ...more.spec
  }
})
const deployments = "/apis/apps/v1/namespaces/default/deployments"
const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"

describe("writes", () => {
  it.scoped("a create fills in what the server gives, and wipes what a client cannot give (S9)", () =>
    Effect.gen(function*() {
      const { post } = yield* cluster
      yield* TestClock.adjust("90 seconds")
      const made = yield* post(
        configMaps(),
        configMap("a", {
          metadata: {
            uid: "mine",
            creationTimestamp: "2020-01-01T00:00:00Z",
            deletionTimestamp: "2020-01-01T00:00:00Z"
          }
        })
      )
      assert.strictEqual(made.status, 201)
      const { creationTimestamp, deletionTimestamp, generation, namespace, uid } = made.body.metadata
      assert.match(uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.deepStrictEqual([creationTimestamp, deletionTimestamp, generation, namespace], [
        "1970-01-01T00:01:30Z",
        undefined,
        undefined,
        "default"
      ])
      const counted = yield* post(deployments, deployment("d"))
      assert.strictEqual(counted.body.metadata.generation, 1)
    }))

  it.scoped("every write moves the one revision on, and reads show it (S1)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post, put } = yield* cluster
      const a = yield* post(configMaps(), configMap("a"))
      const b = yield* post(configMaps(), configMap("b"))
      const changed = yield* put(configMaps("default", "a"), configMap("a", { data: { k: "v" } }))
      yield* remove(configMaps("default", "b"))
      const list = yield* get(configMaps())
      assert.deepStrictEqual([version(b.body), version(changed.body), version(list.body)], [
        version(a.body) + 1,
        version(a.body) + 2,
        version(a.body) + 3
      ])
    }))

  it.scoped("a write that changes nothing answers 200 with the old resourceVersion (S3)", () =>
    Effect.gen(function*() {
      const { merge, post, put, service } = yield* cluster
      const made = yield* post(configMaps(), configMap("a", { data: { k: "v", l: "w" } }))
      const before = yield* service.resourceVersion
      const same = yield* put(configMaps("default", "a"), configMap("a", { data: { l: "w", k: "v" } }))
      const patched = yield* merge(configMaps("default", "a"), { data: { k: "v" } })
      assert.deepStrictEqual([same.status, patched.status], [200, 200])
      assert.deepStrictEqual([same.body, patched.body], [made.body, made.body])
      assert.strictEqual(yield* service.resourceVersion, before)
    }))

  it.scoped("a replace with an older resourceVersion is a conflict, one without any is taken where the kind allows it (S4)", () =>
    Effect.gen(function*() {
      const { post, put } = yield* cluster
      const made = yield* post(configMaps(), configMap("a"))
      yield* put(configMaps("default", "a"), configMap("a", { data: { k: "1" } }))
      const stale = yield* put(configMaps("default", "a"), { ...made.body, data: { k: "2" } })
      assert.strictEqual(stale.status, 409)
      assert.deepStrictEqual([stale.body.reason, stale.body.details], ["Conflict", { name: "a", kind: "configmaps" }])
      assert.strictEqual(
        stale.body.message,
        "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again"
      )
      yield* post(leases, { metadata: { name: "l" }, spec: {} })
      const strict = yield* put(`${leases}/l`, { metadata: { name: "l" }, spec: { holderIdentity: "me" } })
      assert.strictEqual(strict.status, 422)
      assert.deepStrictEqual(strict.body.details.causes, [
        {
          reason: "FieldValueInvalid",
          message: "Invalid value: 0: must be specified for an update",
          field: "metadata.resourceVersion"
        }
      ])
    }))

  it.scoped("a replace under another uid, name or namespace is refused (S5)", () =>
    Effect.gen(function*() {
      const { post, put } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const uid = yield* put(configMaps("default", "a"), configMap("a", { metadata: { uid: "other" } }))
      const name = yield* put(configMaps("default", "a"), configMap("b"))
      const namespace = yield* put(
        configMaps("default", "a"),
        configMap("a", { metadata: { namespace: "kube-system" } })
      )
      const nameless = yield* put(configMaps("default", "a"), {})
      assert.deepStrictEqual([uid.status, name.status, namespace.status, nameless.status], [409, 400, 400, 400])
      assert.strictEqual(name.body.message, "the name of the object (b) does not match the name on the URL (a)")
    }))

  it.scoped("a replace of what does not exist is a 404, but creates some kinds (S6)", () =>
    Effect.gen(function*() {
      const { put } = yield* cluster
      const missing = yield* put(configMaps("default", "a"), configMap("a"))
      assert.deepStrictEqual([missing.status, missing.body.message], [404, "configmaps \"a\" not found"])
      const made = yield* put(`${leases}/l`, { metadata: { name: "l" } })
      assert.deepStrictEqual([made.status, made.body.kind, made.body.spec], [201, "Lease", {}])
    }))

  it.scoped("a patch without a resourceVersion never conflicts, with one it does (S7)", () =>
    Effect.gen(function*() {
      const { merge, post } = yield* cluster
      const made = yield* post(configMaps(), configMap("a"))
      const first = yield* merge(configMaps("default", "a"), { data: { k: "1" } })
      const second = yield* merge(configMaps("default", "a"), {
        metadata: { resourceVersion: made.body.metadata.resourceVersion },
        data: { k: "2" }
      })
      assert.deepStrictEqual([first.status, second.status, second.body.reason], [200, 409, "Conflict"])
    }))

  it.scoped("a generateName is cut and completed, and a taken name is tried again (S10)", () =>
    Effect.gen(function*() {
      const { post } = yield* cluster
      const made = yield* Effect.forEach(Array.from({ length: 50 }), () =>
        post(configMaps(), { metadata: { generateName: `${"a".repeat(70)}-` } }))
      const names = made.map((reply) =>
        reply.body.metadata.name as string
      )
      assert.strictEqual(new Set(names).size, 50)
      for (const name of names) assert.match(name, /^a{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    }))

  it.scoped("uids and names are the same again with the same seed", () =>
    Effect.gen(function*() {
      const run = Effect.scoped(Effect.gen(function*() {
        const { post } = client(yield* TestCluster.make({ randomSeed: 42 }))
        return (yield* post(configMaps(), { metadata: { generateName: "a-" } })).body.metadata
      }))
      assert.deepStrictEqual(yield* run, yield* run)
    }))

  it.scoped("a generation counts changes of the spec; of a Deployment its annotations too (S11)", () =>
    Effect.gen(function*() {
      const { merge, post } = yield* cluster
      yield* post(deployments, deployment("d"))
      const generationAfter = (patch: Json) =>
        Effect.map(merge(`${deployments}/d`, patch), (reply) => reply.body.metadata.generation)
      assert.strictEqual(yield* generationAfter({ metadata: { labels: { a: "b" } } }), 1)
      assert.strictEqual(yield* generationAfter({ spec: { replicas: 2 } }), 2)
      assert.strictEqual(yield* generationAfter({ metadata: { annotations: { a: "b" } } }), 3)
      assert.strictEqual(yield* generationAfter({ metadata: { generation: 9 } }), 3)
      assert.strictEqual(yield* generationAfter({ status: { replicas: 3 } }), 3)
    }))

  it.scoped("the status endpoint takes the status, the main one leaves it; of a Deployment it takes annotations and no labels (S12, S13)", () =>
    Effect.gen(function*() {
      const { get, merge, post, put } = yield* cluster
      const made = yield* post(deployments, { ...deployment("d"), status: { replicas: 7 } })
      assert.deepStrictEqual(made.body.status, {})
      const main = yield* merge(`${deployments}/d`, { status: { replicas: 3 } })
      assert.deepStrictEqual(main.body.status, {})
      const status = yield* merge(`${deployments}/d/status`, {
        metadata: { labels: { l: "1" }, annotations: { n: "1" } },
        spec: { replicas: 9 },
        status: { replicas: 3 }
      })
      assert.deepStrictEqual([status.body.status, status.body.spec.replicas, status.body.metadata.generation], [
        { replicas: 3 },
        1,
        1
      ])
      assert.deepStrictEqual([status.body.metadata.labels, status.body.metadata.annotations], [undefined, { n: "1" }])
      yield* put(`${deployments}/d/status`, { metadata: { name: "d" }, status: { replicas: 4 } })
      assert.deepStrictEqual((yield* get(`${deployments}/d/status`)).body.status, { replicas: 4 })
    }))

  it.scoped("a name that is taken is a conflict, one that is being deleted says so", () =>
    Effect.gen(function*() {
      const { delete: remove, post } = yield* cluster
      yield* post(configMaps(), configMap("a", { metadata: { finalizers: ["a.b/c"] } }))
      const taken = yield* post(configMaps(), configMap("a"))
      assert.deepStrictEqual([taken.status, taken.body.reason, taken.body.message], [
        409,
        "AlreadyExists",
        "configmaps \"a\" already exists"
      ])
      yield* remove(configMaps("default", "a"))
      const going = yield* post(configMaps(), configMap("a"))
      assert.strictEqual(going.body.message, "object is being deleted: configmaps \"a\" already exists")
    }))

  it.scoped("a dry run does everything but store; a created object then has no resourceVersion (S40)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, merge, post, service } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const before = yield* service.resourceVersion
      const made = yield* post(`${configMaps()}?dryRun=All`, configMap("b"))
      assert.deepStrictEqual([made.status, made.body.metadata.resourceVersion], [201, undefined])
      assert.strictEqual(
        (yield* merge(`${configMaps("default", "a")}?dryRun=All`, { data: { k: "v" } })).body.data.k,
        "v"
      )
      assert.strictEqual((yield* remove(`${configMaps("default", "a")}?dryRun=All`)).body.status, "Success")
      assert.strictEqual((yield* post(`${configMaps()}?dryRun=All`, configMap("B_"))).status, 422)
      assert.strictEqual(yield* service.resourceVersion, before)
      assert.strictEqual((yield* get(configMaps("default", "a"))).body.data, undefined)
    }))

  it.scoped("texts of a Secret become data and are not read again (S34)", () =>
    Effect.gen(function*() {
      const { post } = yield* cluster
      const made = yield* post("/api/v1/namespaces/default/secrets", {
        metadata: { name: "s" },
        data: { a: "YQ==" },
        stringData: { b: "ü" }
      })
      assert.deepStrictEqual([made.body.data, made.body.stringData, made.body.type], [
        { a: "YQ==", b: "w7w=" },
        undefined,
        "Opaque"
      ])
    }))

  it.scoped("a body that is no object of the kind is a 400 that says why (S57)", () =>
    Effect.gen(function*() {
      const { post } = yield* cluster
      const messages = [
        [
          "{bad",
          "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'b' looking for beginning of object key string ({bad)"
        ],
        [
          "",
          "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"
        ],
        [
          "{\"kind\":5}",
          "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({\"kind\":5})"
        ],
        [
          "{\"kind\":\"Secret\",\"apiVersion\":\"v1\"}",
          "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion"
        ],
        [
          "{\"metadata\":{\"name\":\"d\"},\"data\":{\"a\":1}}",
          "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
        ]
      ] as const
      for (const [body, message] of messages) {
        const reply = yield* post(configMaps(), body)
        assert.deepStrictEqual([reply.status, reply.body.reason, reply.body.message], [400, "BadRequest", message])
      }
      const type = yield* post(configMaps(), "{}", { type: "text/plain" })
      assert.deepStrictEqual([type.status, type.body.reason], [415, "UnsupportedMediaType"])
      const typed = yield* post(configMaps(), "k8s", { type: "application/vnd.kubernetes.protobuf" })
      assert.deepStrictEqual([typed.status, typed.body.reason, typed.body.message], [
        400,
        "BadRequest",
        "the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (6b3873)"
      ])
    }))

  it.scoped("unknown and duplicate fields are warned of, refused if strict, and dropped (S39)", () =>
    Effect.gen(function*() {
      const { merge, post } = yield* cluster
      const body = "{\"metadata\":{\"name\":\"a\"},\"foo\":1,\"data\":{\"a\":\"1\",\"a\":\"2\"}}"
      const strict = yield* post(`${configMaps()}?fieldValidation=Strict`, body)
      assert.strictEqual(
        strict.body.message,
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"foo\", duplicate field \"data.a\""
      )
      const warned = yield* post(configMaps(), body)
      assert.deepStrictEqual([warned.status, warned.body.foo], [201, undefined])
      assert.sameMembers([...warned.warnings], ["unknown field \"foo\"", "duplicate field \"data.a\""])
      const ignored = yield* merge(`${configMaps("default", "a")}?fieldValidation=Ignore`, { foo: 1 })
      assert.deepStrictEqual([ignored.status, ignored.warnings], [200, []])
      assert.strictEqual((yield* merge(`${configMaps("default", "a")}?fieldValidation=Strict`, { foo: 1 })).status, 422)
      assert.strictEqual((yield* post(`${configMaps()}?fieldValidation=Foo`, body)).status, 422)
    }))

  it.scoped("what was warned of is told with a refusal too (S39)", () =>
    Effect.gen(function*() {
      const { merge, post } = yield* cluster
      const warnings = ["unknown field \"foo\""]
      const bad = { metadata: { name: "a", labels: { "bad key": "v" } }, foo: 1 }
      const created = yield* post(configMaps(), bad)
      assert.deepStrictEqual([created.status, created.warnings], [422, warnings])
      yield* post(configMaps(), configMap("a"))
      const patched = yield* merge(configMaps("default", "a"), bad)
      assert.deepStrictEqual([patched.status, patched.warnings], [422, warnings])
    }))

  it.scoped("an empty namespace in the path is all namespaces to a list, and missing to anything else (S58)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post, put } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const nowhere = "/api/v1/namespaces//configmaps"
      assert.strictEqual((yield* get(nowhere)).body.items.length, 1)
      for (const reply of [yield* get(`${nowhere}/a`), yield* remove(nowhere)]) {
        assert.deepStrictEqual([reply.status, reply.body.message], [400, "Namespace parameter required."])
      }
      const created = yield* post(nowhere, configMap("b"))
      assert.deepStrictEqual([created.status, created.body.message], [
        422,
        "ConfigMap \"b\" is invalid: metadata.namespace: Required value"
      ])
      assert.strictEqual((yield* put(nowhere, configMap("b"))).status, 405)
      assert.strictEqual((yield* get("/api/v1/namespaces//nodes")).status, 404)
    }))

  it.scoped("a body over 3 MiB is a 413, a ConfigMap over 1 MiB a 422 (S56)", () =>
    Effect.gen(function*() {
      const { post } = yield* cluster
      const large = yield* post(configMaps(), configMap("a", { data: { a: "x".repeat(3_200_000) } }))
      assert.deepStrictEqual([large.status, large.body.message], [413, "Request entity too large: limit is 3145728"])
      const big = yield* post(configMaps(), configMap("a", { data: { a: "x".repeat(1_100_000) } }))
      assert.deepStrictEqual([big.status, big.body.details.causes[0].reason], [422, "FieldValueTooLong"])
    }))

  it.scoped("a key named __proto__ is stored as any other and pollutes nothing", () =>
    Effect.gen(function*() {
      const { get, json, merge, post } = yield* cluster
      yield* post(configMaps(), "{\"metadata\":{\"name\":\"a\"},\"data\":{\"__proto__\":\"x\",\"constructor\":\"y\"}}")
      yield* merge(configMaps("default", "a"), "{\"data\":{\"__proto__\":\"z\"}}")
      yield* json(configMaps("default", "a"), "[{\"op\":\"add\",\"path\":\"/data/toString\",\"value\":\"w\"}]")
      assert.deepStrictEqual(Object.entries((yield* get(configMaps("default", "a"))).body.data), [["__proto__", "z"], [
        "constructor",
        "y"
      ], ["toString", "w"]])
      assert.isUndefined(({} as { x?: unknown }).x)
    }))

  it.scoped("nothing that a client sends breaks the server: nonsense gets a Status and changes nothing (S57)", () =>
    Effect.gen(function*() {
      const { post, put, service } = yield* cluster
      const before = yield* service.resourceVersion
      const bodies = [
        "[".repeat(100_000),
        `{"metadata":${"{\"a\":".repeat(5000)}1${"}".repeat(5001)}`,
        "\u0000\uffff",
        "null",
        "1e999",
        "{\"metadata\":[]}",
        "{\"metadata\":{\"name\":{}}}"
      ]
      for (const body of bodies) {
        for (const reply of [yield* post(configMaps(), body), yield* put(configMaps("default", "x"), body)]) {
          assert.isAtLeast(reply.status, 400)
          assert.isBelow(reply.status, 500)
          assert.strictEqual(reply.body.kind, "Status")
        }
      }
      assert.strictEqual(yield* service.resourceVersion, before)
    }))
})
