import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, definitions, foo, fooDefinition, foos, type Json, watch } from "./support/apiserver.js"

const fooCrd = `${definitions}/foos.clux.dev`

const cluster = Effect.map(TestCluster.make(), (service) => ({ ...client(service), service }))

/** A server with Foo established. */
const established = Effect.gen(function*() {
  const all = yield* cluster
  yield* all.post(definitions, fooDefinition())
  yield* all.service.settle
  return all
})

const conditionsOf = (definition: Json): Json =>
  Object.fromEntries(
    (definition.status.conditions ?? []).map((each: Json) => [each.type, `${each.status} ${each.reason}`])
  )

describe("custom resource definitions", () => {
  it.scoped("a definition is filled in, its names are accepted, it is established, then its kind is served (S44)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      assert.deepStrictEqual([(yield* get(foos())).status, (yield* get(foos())).body], [404, "404 page not found\n"])
      const watching = yield* watch(service, `${definitions}?watch=1`)
      const made = yield* post(definitions, fooDefinition())
      assert.deepStrictEqual([
        made.status,
        made.body.spec.names.listKind,
        made.body.spec.names.singular,
        made.body.spec.conversion
      ], [201, "FooList", "foo", { strategy: "None" }])
      assert.deepStrictEqual(made.body.status, {
        conditions: null,
        acceptedNames: { plural: "", kind: "" },
        storedVersions: ["v1"]
      })
      const [first, second, third] = yield* watching.take(3)
      assert.deepStrictEqual([first, second, third].map((event) => conditionsOf(event?.object)), [
        {},
        { NamesAccepted: "True NoConflicts", Established: "False Installing" },
        { NamesAccepted: "True NoConflicts", Established: "True InitialNamesAccepted" }
      ])
      assert.deepStrictEqual(third?.object.status.acceptedNames, {
        plural: "foos",
        singular: "foo",
        shortNames: ["f"],
        kind: "Foo",
        listKind: "FooList",
        categories: ["all"]
      })
      const list = yield* get(foos())
      assert.deepStrictEqual([list.status, list.body], [200, {
        apiVersion: "clux.dev/v1",
        items: [],
        kind: "FooList",
        metadata: { continue: "", resourceVersion: third?.object.metadata.resourceVersion }
      }])
    }))

  it.scoped("a definition is refused with all its causes (S44)", () =>
    Effect.gen(function*() {
      const { post } = yield* cluster
      const wrong = yield* post(definitions, {
        ...fooDefinition({ schema: undefined }),
        metadata: { name: "x.clux.dev" }
      })
      assert.deepStrictEqual([wrong.status, wrong.body.reason, wrong.body.details.kind], [
        422,
        "Invalid",
        "CustomResourceDefinition"
      ])
      assert.sameMembers(wrong.body.details.causes.map((cause: Json) => cause.field), [
        "metadata.name",
        "spec.versions[0].schema.openAPIV3Schema"
      ])
    }))

  it.scoped("a name that another definition of the group holds is not accepted, and is once that one is gone (S44)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post, service } = yield* established
      const other = fooDefinition()
      yield* post(definitions, {
        ...other,
        metadata: { name: "bars.clux.dev" },
        spec: { ...other.spec, names: { plural: "bars", kind: "Bar", shortNames: ["f"] } }
      })
      yield* service.settle
      const refused = yield* get(`${definitions}/bars.clux.dev`)
      assert.deepStrictEqual(conditionsOf(refused.body), {
        NamesAccepted: "False ShortNamesConflict",
        Established: "False NotAccepted"
      })
      assert.strictEqual((yield* get("/apis/clux.dev/v1/bars")).status, 404)
      yield* remove(fooCrd)
      yield* service.settle
      assert.deepStrictEqual(conditionsOf((yield* get(`${definitions}/bars.clux.dev`)).body), {
        NamesAccepted: "True NoConflicts",
        Established: "True InitialNamesAccepted"
      })
      assert.strictEqual((yield* get("/apis/clux.dev/v1/bars")).status, 200)
    }))

  it.scoped("objects are pruned with a warning, defaulted and validated; their keys are sorted (S39, S45)", () =>
    Effect.gen(function*() {
      const { merge, post } = yield* established
      const made = yield* post(foos(), foo("a", { title: "x", extra: 1 }, { status: { ready: true } }))
      assert.deepStrictEqual([made.status, made.body.spec, made.body.status, made.body.metadata.generation], [
        201,
        { replicas: 2, title: "x" },
        undefined,
        1
      ])
      assert.deepStrictEqual(made.warnings, ["unknown field \"spec.extra\""])
      assert.deepStrictEqual(Object.keys(made.body), ["apiVersion", "kind", "metadata", "spec"])
      const invalid = yield* post(foos(), foo("b", { title: "12345678901", replicas: 99, tags: ["a", "a"] }))
      assert.deepStrictEqual([invalid.status, invalid.body.details], [422, {
        name: "b",
        group: "clux.dev",
        kind: "Foo",
        causes: [
          { reason: "FieldValueTooLong", message: "Too long: may not be more than 10 bytes", field: "spec.title" },
          {
            reason: "FieldValueInvalid",
            message: "Invalid value: 99: spec.replicas in body should be less than or equal to 10",
            field: "spec.replicas"
          },
          { reason: "FieldValueDuplicate", message: "Duplicate value: \"a\"", field: "spec.tags[1]" }
        ]
      }])
      assert.strictEqual((yield* merge(foos("a"), { spec: { replicas: 50 } })).status, 422)
      const strict = yield* post(`${foos()}?fieldValidation=Strict`, foo("c", { title: "x", extra: 1 }))
      assert.deepStrictEqual([strict.status, strict.body.message], [
        400,
        "Foo in version \"v1\" cannot be handled as a Foo: strict decoding error: unknown field \"spec.extra\""
      ])
    }))

  it.scoped("the status endpoint takes the status alone, the main one all but that, and only the spec counts a generation (S11, S12, S13)", () =>
    Effect.gen(function*() {
      const { merge, post, put } = yield* established
      const made = yield* post(foos(), foo("a"))
      const status = yield* put(`${foos("a")}/status`, {
        ...made.body,
        metadata: { ...made.body.metadata, labels: { a: "b" } },
        spec: { title: "other" },
        status: { ready: true }
      })
      assert.deepStrictEqual([
        status.body.status,
        status.body.spec.title,
        status.body.metadata.labels,
        status.body.metadata.generation
      ], [{ ready: true }, "x", undefined, 1])
      const main = yield* merge(foos("a"), { spec: { title: "y" }, status: { ready: false } })
      assert.deepStrictEqual([main.body.spec.title, main.body.status, main.body.metadata.generation], ["y", {
        ready: true
      }, 2])
      const gone = yield* merge(`${foos("a")}/status`, { status: null })
      assert.notProperty(gone.body, "status")
      assert.strictEqual(
        (yield* merge(`${foos("a")}/status`, { status: { ready: "no" } })).body.details.causes[0].reason,
        "FieldValueTypeInvalid"
      )
    }))

  it.scoped("without a status endpoint the status is a field like any other, and counts (S11)", () =>
    Effect.gen(function*() {
      const { get, merge, post, service } = yield* cluster
      yield* post(definitions, fooDefinition({ subresources: undefined }))
      yield* service.settle
      yield* post(foos(), foo("a", { title: "x" }, { status: { ready: true } }))
      const changed = yield* merge(foos("a"), { status: { ready: false } })
      assert.deepStrictEqual([changed.body.status, changed.body.metadata.generation], [{ ready: false }, 2])
      assert.strictEqual((yield* get(`${foos("a")}/status`)).status, 404)
    }))

  it.scoped("a replace without a resourceVersion is refused, one of another kind too (S4, S45)", () =>
    Effect.gen(function*() {
      const { post, put } = yield* established
      const made = yield* post(foos(), foo("a"))
      const unconditional = yield* put(foos("a"), foo("a"))
      assert.deepStrictEqual([unconditional.status, unconditional.body.details.kind], [422, "foos"])
      const kind = yield* put(foos("a"), { ...made.body, kind: "Bar" })
      assert.deepStrictEqual([kind.status, kind.body.message], [
        422,
        "Bar.clux.dev \"a\" is invalid: kind: Invalid value: \"Bar\": must be Foo"
      ])
      const version = yield* post(foos(), { ...foo("b"), apiVersion: "clux.dev/v2" })
      assert.deepStrictEqual([version.status, version.body.message], [
        400,
        "the API version in the data (clux.dev/v2) does not match the expected API version (clux.dev/v1)"
      ])
    }))

  it.scoped("several versions show one object each under its own apiVersion; one that is not served is a 404 (S44)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      const definition = fooDefinition()
      const [v1] = definition.spec.versions
      yield* post(definitions, {
        ...definition,
        spec: {
          ...definition.spec,
          versions: [v1, { ...v1, name: "v2", storage: false }, {
            ...v1,
            name: "v1beta1",
            served: false,
            storage: false
          }]
        }
      })
      yield* service.settle
      yield* post("/apis/clux.dev/v2/namespaces/default/foos", { ...foo("a"), apiVersion: "clux.dev/v2" })
      assert.strictEqual((yield* get(foos("a"))).body.apiVersion, "clux.dev/v1")
      assert.strictEqual((yield* get("/apis/clux.dev/v2/namespaces/default/foos/a")).body.apiVersion, "clux.dev/v2")
      assert.deepStrictEqual((yield* get("/apis/clux.dev/v1beta1/foos")).body, "404 page not found\n")
      assert.deepStrictEqual((yield* get("/apis/clux.dev")).body.versions.map((version: Json) => version.version), [
        "v2",
        "v1"
      ])
    }))

  it.scoped("selectable fields select, others are refused (S43, S48)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      yield* post(definitions, fooDefinition({ selectableFields: [{ jsonPath: ".spec.title" }] }))
      yield* service.settle
      yield* post(foos(), foo("a", { title: "x" }))
      yield* post(foos(), foo("b", { title: "y" }))
      const selected = yield* get(`${foos()}?fieldSelector=spec.title%3Dy`)
      assert.deepStrictEqual(selected.body.items.map((item: Json) => item.metadata.name), ["b"])
      assert.strictEqual(
        (yield* get(`${foos()}?fieldSelector=spec.replicas%3D1`)).body.message,
        "field label not supported: spec.replicas"
      )
    }))

  it.scoped("the scale subresource reads and writes where the definition says (S48)", () =>
    Effect.gen(function*() {
      const { get, merge, post, service } = yield* cluster
      yield* post(
        definitions,
        fooDefinition({
          subresources: { scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } }
        })
      )
      yield* service.settle
      yield* post(foos(), foo("a", { title: "x", replicas: 3 }))
      assert.strictEqual((yield* get(`${foos("a")}/scale`)).body.spec.replicas, 3)
      assert.strictEqual((yield* merge(`${foos("a")}/scale`, { spec: { replicas: 5 } })).body.spec.replicas, 5)
      assert.strictEqual((yield* merge(`${foos("a")}/scale`, { spec: { replicas: 50 } })).status, 422)
      assert.strictEqual((yield* get(foos("a"))).body.spec.replicas, 5)
    }))

  it.scoped("deleting a definition deletes its objects, waits for their finalizers, and refuses new ones meanwhile (S44)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, merge, post, service } = yield* established
      yield* post(foos(), foo("a"))
      yield* post(foos(), foo("held", { title: "x" }, { metadata: { finalizers: ["a.b/c"] } }))
      const going = yield* remove(fooCrd)
      assert.deepStrictEqual([going.status, going.body.metadata.finalizers, conditionsOf(going.body)["Terminating"]], [
        200,
        ["customresourcecleanup.apiextensions.k8s.io"],
        "True InstanceDeletionPending"
      ])
      yield* service.settle
      assert.strictEqual((yield* get(foos("a"))).status, 404)
      assert.isString((yield* get(foos("held"))).body.metadata.deletionTimestamp)
      const refused = yield* post(foos(), foo("b"))
      assert.deepStrictEqual([refused.status, refused.body.message], [
        405,
        "create not allowed while custom resource definition is terminating"
      ])
      assert.strictEqual(conditionsOf((yield* get(fooCrd)).body)["Terminating"], "True InstanceDeletionInProgress")
      yield* merge(foos("held"), { metadata: { finalizers: null } })
      yield* service.settle
      assert.deepStrictEqual([(yield* get(fooCrd)).status, (yield* get(foos())).body], [404, "404 page not found\n"])
    }))

  it.scoped("a new definition of the same name starts without the old objects (S44)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post, service } = yield* established
      yield* post(foos(), foo("a"))
      yield* remove(fooCrd)
      yield* service.settle
      yield* post(definitions, fooDefinition())
      yield* service.settle
      assert.deepStrictEqual((yield* get(foos())).body.items, [])
    }))
})
