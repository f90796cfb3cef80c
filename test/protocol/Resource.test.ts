import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { CodecId } from "../../src/protocol/internal/codec.js"
import type { Codec } from "../../src/protocol/internal/codec.js"
import { formatIssue } from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"
import { metadata } from "./served.js"

class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
  scope: "Namespaced",
  shortNames: ["f"],
  spec: Schema.Struct({ title: Schema.String, replicas: Schema.Int.pipe(Schema.between(0, 10)) }),
  status: Schema.Struct({ ready: Schema.Boolean })
}) {}

class Meeting extends Resource.Custom<Meeting>()("clux.dev/v1", "Meeting", {
  scope: "Cluster",
  spec: Schema.Struct({ at: Schema.Date, room: Schema.optional(Schema.String) })
}) {}

const foo = { apiVersion: "clux.dev/v1", kind: "Foo", metadata, spec: { title: "x", replicas: 3 } }

// What an object of a kind is read with; internal, but the behaviour is what every operation has.
const codec = (resource: unknown) => (resource as { readonly [CodecId]: Codec<unknown> })[CodecId]
const problems = (resource: unknown, value: unknown) =>
  Either.match(codec(resource).decode(structuredClone(value), "served"), {
    onLeft: (issues) => issues.map(formatIssue),
    onRight: () => []
  })

describe("Resource", () => {
  it("annotations of a resource say what they say of any Schema", () => {
    const named = Foo.annotations({ identifier: "Named", description: "d" })
    assert.deepStrictEqual(SchemaAST.getIdentifierAnnotation(named.ast), Option.some("Named"))
    assert.deepStrictEqual(SchemaAST.getDescriptionAnnotation(named.ast), Option.some("d"))
    assert.isTrue(Schema.is(named)({ ...foo }))
  })

  it("a custom resource carries its statics, and an irregular plural", () => {
    class Policy
      extends Resource.Custom<Policy>()("x.dev/v1alpha1", "Policy", { scope: "Cluster", spec: Schema.Struct({}) })
    {}
    assert.deepStrictEqual(
      [Policy.group, Policy.version, Policy.kind, Policy.plural, Policy.singular, Policy.scope],
      ["x.dev", "v1alpha1", "Policy", "policies", "policy", "Cluster"]
    )
    assert.deepStrictEqual([Resource.apiVersion(Policy), Resource.apiVersion({ group: "", version: "v1" })], [
      "x.dev/v1alpha1",
      "v1"
    ])
    assert.isTrue(Resource.isResource(Policy))
    assert.isTrue(Foo.abilities.includes("status"))
    assert.isFalse(Policy.abilities.includes("status"))
  })

  it("an apiVersion without a group is refused with what was expected", () => {
    assert.throws(
      () => Resource.Custom()("v1" as never, "Foo", { scope: "Cluster", spec: Schema.Struct({}) }),
      /expected GROUP\/VERSION/
    )
  })

  it("a kind is a Schema: it decodes to the same value, stands inside other schemas, and builds nothing at import", () => {
    const wire = { ...foo, spec: { ...foo.spec, newer: [1] }, extra: true }
    assert.strictEqual(Schema.decodeUnknownSync(Foo)(wire) as unknown, wire)
    assert.isTrue(Schema.isSchema(Foo))
    const nested = Schema.decodeUnknownEither(Schema.Struct({ foo: Foo }))({
      foo: { ...foo, spec: { title: 3, replicas: 3 } }
    })
    assert.include(String(Either.isLeft(nested) && nested.left), "expected a string, found 3")
  })

  it("a value that is not ours is copied before nulls go from it", () => {
    const wire = { ...foo, metadata: { ...metadata, labels: null } }
    const decoded = Schema.decodeUnknownSync(Foo)(wire)
    assert.isNull(wire.metadata.labels)
    assert.isFalse("labels" in decoded.metadata)
  })

  it("what does not fit is told with its path, what was expected and what was there (C33)", () => {
    assert.deepStrictEqual(problems(Foo, { ...foo, spec: { title: 3, replicas: 11 } }), [
      "spec.title: expected a string, found 3",
      "spec.replicas: expected a number between 0 and 10, found 11"
    ])
    assert.deepStrictEqual(
      problems(Foo, { ...foo, kind: "Bar", metadata: { ...metadata, uid: undefined, labels: { a: 1 } } }),
      [
        "kind: expected \"Foo\", found \"Bar\"",
        "metadata.labels.a: expected a string, found 1",
        "metadata.uid: expected a string, found nothing"
      ]
    )
    assert.deepStrictEqual(problems(Foo, []), ["(root): expected an object, found an empty list"])
    assert.deepStrictEqual(problems(Foo, { ...foo, spec: undefined }), ["spec: expected an object, found nothing"])
  })

  it("an item of a list gets the apiVersion and kind that the server leaves out, a dry run needs no resourceVersion", () => {
    const { apiVersion: _apiVersion, kind: _kind, ...item } = structuredClone(foo)
    assert.deepStrictEqual(Either.getOrThrow(codec(Foo).decode(item, "item")), foo)
    const dryRun = { ...foo, metadata: { ...metadata, resourceVersion: undefined } }
    assert.isTrue(Either.isRight(codec(Foo).decode(structuredClone(dryRun), "dryRun")))
    assert.isTrue(Either.isLeft(codec(Foo).decode(structuredClone(dryRun), "served")))
  })

  it("with a transformation inside, fields outside the schema survive decode and encode", () => {
    const wire = {
      apiVersion: "clux.dev/v1",
      kind: "Meeting",
      metadata: { ...metadata, namespace: undefined },
      spec: { at: "2026-01-01T00:00:00.000Z", newer: { deep: [1] } },
      extra: 1
    }
    const meeting = Either.getOrThrow(codec(Meeting).decode(structuredClone(wire), "served")) as Meeting
    assert.instanceOf(meeting.spec.at, Date)
    assert.deepStrictEqual(Either.getOrThrow(codec(Meeting).encode(meeting)), structuredClone(wire))
    assert.instanceOf(Schema.decodeUnknownSync(Meeting)(wire).spec.at, Date)
    assert.deepStrictEqual(Schema.encodeSync(Meeting)(meeting) as unknown, structuredClone(wire))
  })

  it("an object that its schema refuses is not encoded, and the path says where", () => {
    const refused = codec(Foo).encode({ metadata: { name: "a" }, spec: { title: "x", replicas: 99 } })
    assert.deepStrictEqual(Either.isLeft(refused) && refused.left.map(formatIssue), [
      "spec.replicas: expected a number between 0 and 10, found 99"
    ])
  })

  it.effect("keys named __proto__ and constructor are data like any other", () =>
    Effect.sync(() => {
      const text = `{"apiVersion":"x.dev/v1","kind":"Thing","metadata":${
        JSON.stringify(metadata)
      },"__proto__":{"polluted":true},"constructor":{"a":null}}`
      const Thing = Resource.dynamic({ apiVersion: "x.dev/v1", kind: "Thing", scope: "Namespaced" })
      const decoded = Schema.decodeUnknownSync(Thing)(JSON.parse(text))
      assert.isUndefined(({} as { polluted?: boolean }).polluted)
      assert.deepStrictEqual(Object.keys(decoded), ["apiVersion", "kind", "metadata", "__proto__", "constructor"])
    }))

  it("a draft of an object that was read has nothing that the server gave", () => {
    const draft = Resource.draftOf(
      { ...foo, metadata: { ...metadata, labels: { a: "b" } }, status: { ready: true } } as unknown as Foo
    )
    assert.deepStrictEqual(draft as unknown, {
      apiVersion: "clux.dev/v1",
      kind: "Foo",
      metadata: { name: "a", namespace: "default", labels: { a: "b" } },
      spec: { title: "x", replicas: 3 }
    })
  })

  it("an owner reference names its owner by uid, and controls it unless told otherwise", () => {
    assert.deepStrictEqual(Resource.ownerReference(foo, { blockOwnerDeletion: false }), {
      apiVersion: "clux.dev/v1",
      kind: "Foo",
      name: "a",
      uid: "u-1",
      controller: true,
      blockOwnerDeletion: false
    })
    assert.strictEqual(Resource.key(foo), "default/a")
  })
})
