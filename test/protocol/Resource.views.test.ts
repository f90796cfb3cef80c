import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { TokenReview } from "../../src/kinds/authentication/v1.js"
import { ConfigMap, Node, Pod, Secret } from "../../src/kinds/core/v1.js"
import { type Codec, CodecId, type Mode } from "../../src/protocol/internal/codec.js"
import { formatIssue } from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"
import { metadata } from "./served.js"

const more = {
  generation: 3,
  deletionTimestamp: "2026-01-02T00:00:00Z",
  labels: { app: "web" },
  ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "u-0", controller: true }],
  finalizers: ["x.dev/f"]
}
const dropped = {
  generateName: "a-",
  annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", note: "x" },
  managedFields: [{ manager: "kubelet", operation: "Update" }]
}
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { ...metadata, ...more, ...dropped },
  spec: { nodeName: "node-1", priority: 3, containers: [{ name: "app", image: "web:1" }, { name: "side" }] },
  status: { phase: "Running", startTime: "2026-01-01T00:00:01Z", conditions: [{ type: "Ready", status: "True" }] }
}
const partial = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: pod.metadata }

class Meeting extends Resource.Custom<Meeting>()("clux.dev/v1", "Meeting", {
  scope: "Cluster",
  spec: Schema.Struct({ at: Schema.Date, room: Schema.optional(Schema.String) })
}) {}
const Thing = Resource.dynamic({ apiVersion: "x.dev/v1", kind: "Thing", scope: "Namespaced" })

const Placement = Resource.view(
  Pod,
  Schema.Struct({
    spec: Schema.Struct({ nodeName: Schema.optional(Schema.String) }),
    status: Schema.Struct({ startTime: Schema.optional(Schema.Date) })
  })
)

const codec = (resource: unknown) => (resource as { readonly [CodecId]: Codec<unknown> })[CodecId]
const read = (resource: unknown, value: unknown, mode: Mode = "served"): unknown =>
  Either.match(codec(resource).decode(structuredClone(value), mode), {
    onLeft: (issues) => issues.map(formatIssue),
    onRight: (object) => object
  })

describe("Resource.metadataOnly", () => {
  const PodMetadata = Resource.metadataOnly(Pod)
  const expected = { apiVersion: "v1", kind: "Pod", metadata: pod.metadata }

  it("is the kind in all but its abilities and its representation", () => {
    assert.deepStrictEqual(
      [PodMetadata.group, PodMetadata.version, PodMetadata.kind, PodMetadata.plural, PodMetadata.scope],
      ["", "v1", "Pod", "pods", "Namespaced"]
    )
    assert.deepStrictEqual([PodMetadata.singular, PodMetadata.shortNames], ["pod", ["po"]])
    assert.deepStrictEqual([...PodMetadata.abilities].sort(), ["get", "list", "watch"])
    assert.deepStrictEqual([PodMetadata.representation, Pod.representation], ["metadata", "whole"])
    assert.isTrue(Resource.isResource(PodMetadata))
  })

  it("what the server answers as PartialObjectMetadata becomes the kind's own metadata (C37)", () => {
    assert.deepStrictEqual(read(PodMetadata, partial), expected)
    assert.deepStrictEqual(read(PodMetadata, partial, "item"), expected)
  })

  it("a server that answers whole objects is bearable: what else it says is pruned (C37)", () => {
    assert.deepStrictEqual(read(PodMetadata, pod), expected)
    const { apiVersion: _apiVersion, kind: _kind, ...item } = pod
    assert.deepStrictEqual(read(PodMetadata, item, "item"), expected)
  })

  it("another kind, and metadata that do not fit, are told (C33)", () => {
    assert.deepStrictEqual(read(PodMetadata, { ...pod, kind: "Secret" }), [
      "kind: expected \"Pod\", found \"Secret\""
    ])
    assert.deepStrictEqual(read(PodMetadata, { ...partial, apiVersion: "meta.k8s.io/v1beta1" }), [
      "kind: expected \"Pod\", found \"PartialObjectMetadata\"",
      "apiVersion: expected \"v1\", found \"meta.k8s.io/v1beta1\""
    ])
    assert.deepStrictEqual(read(PodMetadata, { ...partial, metadata: { ...metadata, uid: 1 } }), [
      "metadata.uid: expected a string, found 1"
    ])
    assert.deepStrictEqual(read(PodMetadata, "text"), ["(root): expected an object, found \"text\""])
  })

  it("custom and dynamic kinds have it, and it has itself", () => {
    const { namespace: _, ...cluster } = metadata
    const wire = { ...partial, metadata: cluster }
    assert.deepStrictEqual(read(Resource.metadataOnly(Meeting), wire), {
      apiVersion: "clux.dev/v1",
      kind: "Meeting",
      metadata: cluster
    })
    assert.deepStrictEqual(read(Resource.metadataOnly(Thing), partial), {
      ...expected,
      apiVersion: "x.dev/v1",
      kind: "Thing"
    })
    assert.deepStrictEqual(read(Resource.metadataOnly(PodMetadata), partial), expected)
  })

  it("is a Schema that leaves what it is given alone", () => {
    const given = structuredClone({ ...pod, metadata: { ...metadata, labels: null } })
    assert.deepStrictEqual(Schema.decodeUnknownSync(PodMetadata)(given) as unknown, { ...expected, metadata })
    assert.isNull(given.metadata.labels)
    assert.isDefined(given.spec)
    assert.isTrue(Schema.is(PodMetadata)(expected))
  })

  it("a kind that cannot be read is refused with its name, and so is what is no kind", () => {
    assert.throws(
      () => Resource.metadataOnly(TokenReview as never),
      TypeError,
      "Resource.metadataOnly: expected a kind that can be read, found TokenReview"
    )
    assert.throws(() => Resource.metadataOnly({} as never), TypeError, "expected a resource, found an object")
    assert.throws(
      () => Resource.view(TokenReview as never, Schema.Struct({})),
      TypeError,
      "Resource.view: expected a kind that can be read, found TokenReview"
    )
    assert.throws(
      () => Resource.view(null as never, Schema.Struct({})),
      TypeError,
      "Resource.view: expected a resource, found null"
    )
  })
})

describe("Resource.view", () => {
  it("keeps what its schema reads, decoded, and of the metadata what a controller needs (C37)", () => {
    assert.deepStrictEqual(read(Placement, pod), {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, ...more },
      spec: { nodeName: "node-1" },
      status: { startTime: new Date("2026-01-01T00:00:01Z") }
    })
    assert.deepStrictEqual(read(Placement, { ...pod, metadata }), {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: { nodeName: "node-1" },
      status: { startTime: new Date("2026-01-01T00:00:01Z") }
    })
  })

  it("an item of a list gets the apiVersion and kind that the server leaves out", () => {
    const { apiVersion: _apiVersion, kind: _kind, ...item } = pod
    const view = read(Placement, item, "item") as Resource.KubeObject
    assert.deepStrictEqual([view.apiVersion, view.kind], ["v1", "Pod"])
  })

  it("a schema may name more of the metadata; what is kept anyway stays as it is", () => {
    const Noted = Resource.view(
      Pod,
      Schema.Struct({
        metadata: Schema.Struct({
          annotations: Schema.optional(Schema.Struct({ note: Schema.optional(Schema.String) })),
          creationTimestamp: Schema.Date
        })
      })
    )
    const view = read(Noted, pod) as typeof Noted.Type
    assert.deepStrictEqual(view.metadata.annotations, { note: "x" })
    assert.strictEqual(view.metadata.creationTimestamp, "2026-01-01T00:00:00Z")
    assert.deepStrictEqual(view.metadata.labels, { app: "web" })
  })

  it("lists are pruned item by item", () => {
    const Names = Resource.view(
      Pod,
      Schema.Struct({
        spec: Schema.Struct({ containers: Schema.Array(Schema.Struct({ name: Schema.String })) })
      })
    )
    assert.deepStrictEqual((read(Names, pod) as typeof Names.Type).spec, {
      containers: [{ name: "app" }, { name: "side" }]
    })
  })

  it("a null is absent, or an empty list or record, as for the kind itself", () => {
    const Lists = Resource.view(
      Pod,
      Schema.Struct({
        spec: Schema.Struct({
          nodeName: Schema.optional(Schema.String),
          containers: Schema.Array(Schema.Struct({ name: Schema.String, args: Schema.optional(Schema.Unknown) })),
          nodeSelector: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String })),
          hostNetwork: Schema.optionalWith(Schema.Boolean, { default: () => false })
        })
      })
    )
    const spec = { nodeName: null, containers: null, nodeSelector: null, hostNetwork: null }
    assert.deepStrictEqual((read(Lists, { ...pod, spec }) as typeof Lists.Type).spec as unknown, {
      containers: [],
      hostNetwork: false
    })
    const nested = { containers: [{ name: "a", args: null }, null] }
    assert.deepStrictEqual(read(Lists, { ...pod, spec: nested }), [
      "spec.containers[1]: expected { readonly name: string; readonly args?: unknown | undefined }, found null"
    ])
  })

  it("what its schema does not fit is told with its path (C33)", () => {
    assert.deepStrictEqual(
      read(Placement, { ...pod, spec: { nodeName: 3 }, metadata: { ...metadata, uid: undefined } }),
      [
        "metadata.uid: expected a string, found nothing",
        "spec.nodeName: expected a string, found 3"
      ]
    )
    assert.deepStrictEqual(read(Placement, { ...pod, status: undefined }), ["status: expected a value, found nothing"])
    assert.deepStrictEqual(read(Placement, null), ["(root): expected an object, found null"])
  })

  it("what is wrong elsewhere in the object is none of its business", () => {
    const view = read(Placement, { ...pod, spec: { nodeName: "n", containers: "none" } }) as typeof Placement.Type
    assert.strictEqual(view.spec.nodeName, "n")
  })

  it("of a secret no message shows a value (C33)", () => {
    const Data = Resource.view(Secret, Schema.Struct({ data: Schema.optional(Schema.Struct({ key: Schema.Date })) }))
    const secret = { apiVersion: "v1", kind: "Secret", metadata, data: { key: "hunter2" } }
    const problems = read(Data as never, secret) as ReadonlyArray<string>
    assert.strictEqual(problems.length, 1)
    assert.notInclude(problems.join(), "hunter2")
    assert.include(problems[0], "data.key: expected ")
    assert.include(problems[0], ", found a string")
    const DynamicSecret = Resource.dynamic({ apiVersion: "v1", kind: "Secret", scope: "Namespaced" })
    const annotated = { ...secret, metadata: { ...metadata, annotations: { a: 5 } } }
    assert.deepStrictEqual(read(DynamicSecret, annotated), [
      "metadata.annotations.a: expected a string, found a number"
    ])
  })

  it("custom kinds are read in their wire form, dynamic ones as they come", () => {
    const { namespace: _, ...cluster } = metadata
    const wire = {
      apiVersion: "clux.dev/v1",
      kind: "Meeting",
      metadata: cluster,
      spec: { at: "2026-01-01T00:00:00Z", room: "b" }
    }
    const Times = Resource.view(Meeting, Schema.Struct({ spec: Schema.Struct({ at: Schema.String }) }))
    assert.deepStrictEqual(read(Times, wire), { ...wire, spec: { at: "2026-01-01T00:00:00Z" } })
    const Sizes = Resource.view(Thing, Schema.Struct({ spec: Schema.Struct({ size: Schema.Number }) }))
    const thing = { apiVersion: "x.dev/v1", kind: "Thing", metadata, spec: { size: 3, other: true } }
    assert.deepStrictEqual(read(Sizes, thing), { ...thing, spec: { size: 3 } })
  })

  it("a view of metadata alone asks for it and keeps what every view keeps", () => {
    const Names = Resource.view(Resource.metadataOnly(Pod), Schema.Struct({}))
    assert.strictEqual(Names.representation, "metadata")
    const expected = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, ...more } }
    assert.deepStrictEqual(read(Names, partial), expected)
    assert.deepStrictEqual(read(Names, pod), expected)
  })

  it("a view of a view reads the object as that does", () => {
    const Named = Resource.view(
      Placement,
      Schema.Struct({ spec: Schema.Struct({ nodeName: Schema.optional(Schema.NonEmptyString) }) })
    )
    const view = read(Named, pod) as typeof Named.Type
    assert.deepStrictEqual(view.spec, { nodeName: "node-1" })
    assert.notProperty(view, "status")
  })

  it("is a Schema of views: to the wire form and back, and what it is given stays as it is", () => {
    const given = structuredClone(pod)
    const view = Schema.decodeUnknownSync(Placement)(given)
    assert.deepStrictEqual(given, pod)
    const wire = Schema.encodeSync(Placement)(view)
    assert.deepStrictEqual(wire as unknown, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, ...more },
      spec: { nodeName: "node-1" },
      status: { startTime: "2026-01-01T00:00:01.000Z" }
    })
    assert.deepStrictEqual(Schema.decodeUnknownSync(Placement)(wire), view)
  })

  it("neither is ever written: who goes round the types is refused", () => {
    assert.deepStrictEqual(
      Either.flip(codec(Placement).encode(read(Placement, pod))),
      Either.right([{
        path: [],
        expected: "a whole object",
        actual: "a view, which cannot be written back"
      }])
    )
    assert.isTrue(Either.isLeft(codec(Resource.metadataOnly(Pod)).encode(pod)))
  })

  it("a Schema that is no Struct is refused", () => {
    const expected = "Resource.view: schema: expected a Schema.Struct of fields of Pod, found"
    const refused: ReadonlyArray<readonly [schema: unknown, found: string]> = [
      [Schema.String, "another Schema"],
      [null, "null"],
      [undefined, "nothing"],
      ["spec", "\"spec\""],
      [{ fields: {} }, "an object"]
    ]
    for (const [schema, found] of refused) {
      assert.throws(() => Resource.view(Pod, schema as never), TypeError, `${expected} ${found}`)
    }
  })

  it.effect.prop(
    "a view of a ConfigMap is what the kind reads, without the rest",
    [FastCheck.dictionary(FastCheck.string(), FastCheck.option(FastCheck.string())), FastCheck.boolean()],
    ([labels, immutable]) =>
      Effect.sync(() => {
        const View = Resource.view(ConfigMap, Schema.Struct({ immutable: Schema.optional(Schema.Boolean) }))
        const wire = {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { ...metadata, labels },
          immutable,
          data: { a: "b" }
        }
        const whole = read(ConfigMap, wire)
        const view = read(View, wire)
        if (Array.isArray(whole)) return assert.deepStrictEqual(view, whole)
        const { data: _, ...rest } = whole as ConfigMap
        assert.deepStrictEqual(view, rest)
      })
  )
})

describe("Resource.decodeUnknown", () => {
  const decode = (resource: Resource.Any, value: unknown) =>
    Effect.map(Effect.either(Resource.decodeUnknown(resource)(value)), Either.flip)

  it.effect("a dynamic object becomes a typed one; the same value, where nothing had to change", () =>
    Effect.gen(function*() {
      const given = structuredClone(pod)
      assert.strictEqual(yield* Resource.decodeUnknown(Pod)(given), given as unknown)
      const nulls = { ...structuredClone(pod), metadata: { ...metadata, labels: null } }
      const typed = yield* Resource.decodeUnknown(Pod)(nulls)
      assert.notProperty(typed.metadata, "labels")
      assert.isNull(nulls.metadata.labels)
      const view = yield* Resource.decodeUnknown(Placement)(given)
      assert.deepStrictEqual(view.spec, { nodeName: "node-1" })
      assert.deepStrictEqual(given, pod)
      const meeting = yield* Resource.decodeUnknown(Meeting)({
        apiVersion: "clux.dev/v1",
        kind: "Meeting",
        metadata,
        spec: { at: "2026-01-01T00:00:00Z" }
      })
      assert.instanceOf(meeting.spec.at, Date)
      // A kind that only answers has no metadata to promise.
      const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: "t" }, status: {} }
      assert.deepStrictEqual((yield* Resource.decodeUnknown(TokenReview)(review)).metadata, {})
    }))

  it.effect("what does not fit is told with the object's name, the path, what was expected and found (C33)", () =>
    Effect.gen(function*() {
      const error = yield* decode(Pod, { ...pod, spec: { ...pod.spec, priority: "high" } })
      assert.strictEqual(
        Either.getOrThrow(error).message,
        "decode Pod default/a: the object does not fit the schema: spec.priority: expected a 32-bit integer, found \"high\""
      )
      assert.deepStrictEqual(Either.getOrThrow(error).object, { namespace: "default", name: "a" })
      const secret = { apiVersion: "v1", kind: "Secret", metadata, data: { key: 4711 } }
      assert.notInclude(Either.getOrThrow(yield* decode(Secret, secret)).message, "4711")
    }))

  it.effect("another kind is told as that alone", () =>
    Effect.gen(function*() {
      const message = (value: unknown) => Effect.map(decode(Node, value), (error) => Either.getOrThrow(error).message)
      assert.strictEqual(
        yield* message(pod),
        "decode Node default/a: the object does not fit the schema: kind: expected \"Node\", found \"Pod\""
      )
      assert.strictEqual(
        yield* message({ apiVersion: "v2", kind: "Node" }),
        "decode Node: the object does not fit the schema: apiVersion: expected \"v1\", found \"v2\""
      )
      assert.include(yield* message("text"), "(root): expected an object, found \"text\"")
    }))
})

describe("Resource.dynamic", () => {
  const options = { apiVersion: "x.dev/v1", kind: "Policy", scope: "Cluster" } as const

  it("has the names that it is given, and defaults for the others", () => {
    const plain = Resource.dynamic(options)
    assert.deepStrictEqual(
      [plain.group, plain.version, plain.plural, plain.singular, plain.shortNames, plain.categories],
      ["x.dev", "v1", "policies", "policy", [], []]
    )
    const named = Resource.dynamic({
      ...options,
      apiVersion: "v1",
      plural: "policy",
      singular: "one",
      shortNames: ["p"],
      categories: ["all"],
      abilities: ["get", "list"]
    })
    assert.deepStrictEqual(
      [named.group, named.version, named.plural, named.singular, named.shortNames, named.categories, named.abilities],
      ["", "v1", "policy", "one", ["p"], ["all"], ["get", "list"]]
    )
  })

  const refused: ReadonlyArray<readonly [option: string, value: unknown, text: string]> = [
    ["apiVersion", "", "apiVersion: expected VERSION or GROUP/VERSION, such as \"v1\" or \"apps/v1\", found \"\""],
    ["apiVersion", "a/b/c", "apiVersion: expected VERSION or GROUP/VERSION"],
    ["apiVersion", "/v1", "apiVersion: expected VERSION or GROUP/VERSION"],
    ["apiVersion", undefined, "apiVersion: expected VERSION or GROUP/VERSION"],
    ["kind", "", "kind: expected a name of letters and digits, such as \"Deployment\", found \"\""],
    ["kind", "a/b", "kind: expected a name"],
    ["scope", "namespaced", "scope: expected \"Namespaced\" or \"Cluster\", found \"namespaced\""],
    ["plural", "a/b", "plural: expected a name without \"/\" and \"%\", such as \"deployments\", found \"a/b\""],
    ["singular", "", "singular: expected a name"],
    ["shortNames", "po", "shortNames: expected a list of names, found \"po\""],
    ["categories", ["all", ""], "categories[1]: expected a name, found \"\""],
    ["abilities", [1], "abilities[0]: expected a name, found 1"]
  ]
  it("what is no description is refused with what was found", () => {
    for (const [value, found] of [[null, "null"], [undefined, "nothing"], ["v1", "\"v1\""], [[], "an empty list"]]) {
      assert.throws(
        () => Resource.dynamic(value as never),
        TypeError,
        `Resource.dynamic: expected an object with apiVersion, kind and scope, found ${String(found)}`
      )
    }
  })

  it.each(refused)("%s %j is refused, and named", (option, value, text) => {
    assert.throws(() => Resource.dynamic({ ...options, [option]: value }), TypeError, `Resource.dynamic: ${text}`)
  })
})
