import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import { Deployment, StatefulSet } from "../../src/kinds/apps/v1.js"
import { TokenReview } from "../../src/kinds/authentication/v1.js"
import { SubjectAccessReview } from "../../src/kinds/authorization/v1.js"
import { Binding, ComponentStatus, ConfigMap, Node, Pod, Secret, Service } from "../../src/kinds/core/v1.js"
import { Event } from "../../src/kinds/events/v1.js"
import { ClusterRole } from "../../src/kinds/rbac/v1.js"
import type { Mode } from "../../src/protocol/internal/codec.js"
import type { Type } from "../../src/protocol/internal/descriptor.js"
import { formatIssue } from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"
import { builtins } from "../../src/testing/internal/apiserver/builtins.js"
import { pod as realistic } from "../bench/pod.js"
import { at, codecOf, everyKind, metadata, places, sampleObject, withAt } from "./all.js"

const decode = (resource: unknown, value: unknown, mode: Mode = "served") => codecOf(resource).decode(value, mode)

const problems = (resource: unknown, value: unknown, mode: Mode = "served"): ReadonlyArray<string> =>
  Either.match(decode(resource, value, mode), { onLeft: (issues) => issues.map(formatIssue), onRight: () => [] })

const decoded = (resource: unknown, value: unknown, mode: Mode = "served"): unknown =>
  Either.getOrThrowWith(decode(resource, value, mode), (issues) => new Error(issues.map(formatIssue).join("; ")))

const pod = (more: object) => ({ apiVersion: "v1", kind: "Pod", metadata: { ...metadata }, status: {}, ...more })

describe("every built-in kind", () => {
  it("is there for each resource that a server lists by default, with its scope, verbs, subresources and names", () => {
    const listed = builtins.flatMap(({ group, resources, version }) =>
      resources.map((resource) => ({
        group,
        version,
        kind: resource.kind,
        plural: resource.plural,
        singular: resource.singular,
        scope: resource.namespaced ? "Namespaced" : "Cluster",
        shortNames: resource.shortNames,
        categories: resource.categories,
        abilities: [...resource.verbs, ...resource.subresources.map(({ name }) => name)]
      }))
    )
    const there = everyKind.map(({ resource }) => ({
      group: resource.group,
      version: resource.version,
      kind: resource.kind,
      plural: resource.plural,
      singular: resource.singular,
      scope: resource.scope,
      shortNames: resource.shortNames,
      categories: resource.categories,
      abilities: resource.abilities
    }))
    const key = (resource: (typeof there)[number]) => `${resource.group}/${resource.version}/${resource.plural}`
    const sorted = (all: ReadonlyArray<(typeof there)[number]>) => [...all].sort((a, b) => key(a) < key(b) ? -1 : 1)
    const byDefault = new Set(listed.map(({ group, version }) => `${group}/${version}`))
    const others = there.filter(({ group, version }) => !byDefault.has(`${group}/${version}`))
    assert.deepStrictEqual(sorted(there.filter((one) => !others.includes(one))), sorted(listed as typeof there))
    assert.isAbove(listed.length, 70)
    assert.isAbove(others.length, 25)
    assert.deepStrictEqual(others.filter(({ version }) => !/^v\d+(alpha|beta)\d+$/.test(version)), [])
  })

  it("takes an object with all fields set as it is, in place", () => {
    for (const kind of everyKind.filter(({ resource }) => resource.kind !== "Binding")) {
      const object = JSON.parse(JSON.stringify(sampleObject(kind)))
      const text = JSON.stringify(object)
      assert.strictEqual(decoded(kind.resource, object), object, kind.resource.kind)
      assert.strictEqual(JSON.stringify(object), text)
    }
  })

  const samples = everyKind.filter(({ resource }) => resource.kind !== "Binding").map((kind) => {
    const text = JSON.stringify(sampleObject(kind))
    return { kind, text, places: places(() => kind.struct, JSON.parse(text)) }
  }).filter(({ places }) => places.length > 0)

  /** A place in an object of some kind, with the object as JSON. */
  const somewhere = FastCheck.constantFrom(...samples).chain(({ kind, places, text }) =>
    FastCheck.constantFrom(...places).map((place) => ({ kind, text, place }))
  )

  it("names no field that every JavaScript object inherits, since required ones are read as members", () => {
    const inherited = new Set(Object.getOwnPropertyNames(Object.prototype))
    const fields = new Set(
      samples.flatMap(({ places }) => places.filter((place) => place.isField).map(({ path }) => String(path.at(-1))))
    )
    assert.deepStrictEqual([...fields].filter((field) => inherited.has(field)), [])
  })

  const wrong = (type: Type): unknown =>
    typeof type === "function" || (typeof type === "object" && !("list" in type))
      ? "text"
      : typeof type === "object"
      ? { not: "a list" }
      : type === "string" || type === "intOrString"
      ? false
      : "text"

  it.prop(
    "a value of a wrong type anywhere is told with its path, and nothing else is (C33)",
    [somewhere],
    ([{ kind, place, text }]) => {
      if (place.type === "json") return
      const found = decode(kind.resource, withAt(JSON.parse(text), place.path, wrong(place.type)))
      assert.isTrue(Either.isLeft(found), place.path.join("."))
      if (Either.isLeft(found)) assert.deepStrictEqual(found.left.map((issue) => issue.path), [place.path])
    }
  )

  it.prop(
    "a null anywhere becomes absent, or empty, or stays where the server sends it, or is refused",
    [somewhere],
    ([{ kind, place, text }]) => {
      const { isField, nullable, path, required, type } = place
      const changed = (value: unknown) => withAt(JSON.parse(text), path, value)
      const found = Either.getOrUndefined(decode(kind.resource, changed(null))) as unknown
      if (nullable || type === "json") assert.deepStrictEqual(found, changed(null))
      else if (isField && !required) assert.deepStrictEqual(found, changed(undefined))
      else if (typeof type === "object" && ("list" in type || "record" in type) && typeof path.at(-1) === "string") {
        assert.deepStrictEqual(found, changed("list" in type ? [] : {}))
      } else assert.isUndefined(found, `${kind.resource.kind} ${path.join(".")}`)
    }
  )

  const names = FastCheck.oneof(
    FastCheck.string(),
    FastCheck.constantFrom("__proto__", "constructor", "hasOwnProperty")
  )

  it.prop(
    "a field that nobody knows survives at any depth, whatever its name and value",
    [somewhere, names, FastCheck.jsonValue()],
    ([{ kind, place, text }, name, value]) => {
      if (!place.isField) return
      const object = JSON.parse(text)
      const holder = at(object, place.path.slice(0, -1)) as object
      if (Object.hasOwn(holder, name)) return
      Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true })
      const changed = JSON.stringify(object)
      assert.strictEqual(JSON.stringify(decoded(kind.resource, JSON.parse(changed))), changed)
    }
  )

  it.prop("what is no such object at all is refused and nothing is thrown", [FastCheck.jsonValue()], ([value]) => {
    for (const { codec, resource } of everyKind.slice(0, 5)) {
      assert.isTrue(Either.isLeft(codec.decode(JSON.parse(JSON.stringify(value)), "served")), resource.kind)
    }
  })
})

describe("Pod", () => {
  it("is a Schema: a clean object decodes to itself, a broken one says where (C33)", () => {
    const clean = JSON.parse(JSON.stringify(realistic(1), (_, value) => value === null ? undefined : value))
    assert.strictEqual(Schema.decodeUnknownSync(Pod)(clean) as unknown, clean)
    assert.strictEqual(Schema.encodeSync(Pod)(clean) as unknown, clean)
    assert.isTrue(Schema.is(Pod)(clean))
    const nested = Schema.decodeUnknownEither(Schema.Struct({ pod: Pod }))({
      pod: pod({ spec: { containers: [{ name: 3 }] } })
    })
    const text = String(Either.isLeft(nested) && nested.left)
    assert.include(text, "[\"pod\"]")
    assert.include(text, "[\"spec\"][\"containers\"][0][\"name\"]")
    assert.include(text, "expected a string, found 3")
  })

  it("used through Schema, a value that is not ours is not changed", () => {
    const theirs = realistic(1)
    const text = JSON.stringify(theirs)
    const ours = Schema.decodeUnknownSync(Pod)(theirs)
    assert.strictEqual(JSON.stringify(theirs), text)
    assert.notProperty(ours.status.conditions?.[0], "lastProbeTime")
  })

  it("tells everything that does not fit, each with its path, what was expected and what was there (C33)", () => {
    assert.deepStrictEqual(
      problems(
        Pod,
        pod({
          metadata: { ...metadata, uid: undefined, labels: { a: 1 }, ownerReferences: [{ name: "x" }] },
          spec: {
            containers: [{ name: "a", ports: [{ containerPort: 2 ** 31 }] }, { image: "b" }, null],
            priority: 1.5,
            nodeSelector: { a: null }
          },
          status: "Running"
        })
      ),
      [
        "metadata.labels.a: expected a string, found 1",
        "metadata.ownerReferences[0].apiVersion: expected a string, found nothing",
        "metadata.ownerReferences[0].kind: expected a string, found nothing",
        "metadata.ownerReferences[0].uid: expected a string, found nothing",
        "metadata.uid: expected a string, found nothing",
        "status: expected an object, found \"Running\"",
        "spec.containers[0].ports[0].containerPort: expected a 32-bit integer, found 2147483648",
        "spec.containers[1].name: expected a string, found nothing",
        "spec.containers[2]: expected an object, found null",
        "spec.priority: expected a 32-bit integer, found 1.5",
        "spec.nodeSelector.a: expected a string, found null"
      ]
    )
    assert.deepStrictEqual(problems(Pod, { ...pod({ spec: { containers: [] } }), kind: "Node", metadata: null }), [
      "kind: expected \"Pod\", found \"Node\"",
      "metadata: expected an object, found null"
    ])
    assert.deepStrictEqual(problems(Pod, [1]), ["(root): expected an object, found a list of 1"])
  })

  it("an integer that JSON.parse cannot hold is refused, since writing it back would change it", () => {
    const text = (seconds: string) =>
      JSON.stringify(pod({ spec: { containers: [], activeDeadlineSeconds: 0 } })).replace(
        "Seconds\":0",
        `Seconds":${seconds}`
      )
    assert.deepStrictEqual(problems(Pod, JSON.parse(text("9007199254740991"))), [])
    assert.deepStrictEqual(problems(Pod, JSON.parse(text("9007199254740993"))), [
      "spec.activeDeadlineSeconds: expected an integer within ±(2^53 - 1), found 9007199254740992"
    ])
  })

  it("null is absent, or an empty list where one is required; an item of a list gets apiVersion and kind", () => {
    const { apiVersion: _, kind: __, ...item } = pod({
      spec: { containers: null, volumes: null, nodeSelector: null, securityContext: null }
    })
    assert.deepStrictEqual(decoded(Pod, structuredClone(item), "item"), pod({ spec: { containers: [] } }))
    assert.deepStrictEqual(problems(Pod, { ...item, spec: { containers: [] } }), [
      "kind: expected \"Pod\", found nothing",
      "apiVersion: expected \"v1\", found nothing"
    ])
  })

  it("what a dry run answers has no resourceVersion", () => {
    const { resourceVersion: _, ...unnumbered } = metadata
    const answer = pod({ metadata: unnumbered, spec: { containers: [] } })
    assert.deepStrictEqual(problems(Pod, structuredClone(answer), "dryRun"), [])
    assert.deepStrictEqual(problems(Pod, structuredClone(answer)), [
      "metadata.resourceVersion: expected a string, found nothing"
    ])
  })

  it("keys that are special in JavaScript are names like any other", () => {
    const text = JSON.stringify(pod({ spec: { containers: [] } })).replace(
      "\"spec\":{",
      "\"spec\":{\"__proto__\":{\"polluted\":null},\"constructor\":null,\"nodeSelector\":{\"__proto__\":\"a\",\"constructor\":\"b\"},\"affinity\":null,"
    )
    const read = decoded(Pod, JSON.parse(text))
    assert.strictEqual(JSON.stringify(read), text.replace("\"affinity\":null,", ""))
    assert.notProperty({}, "polluted")
    const secret = JSON.parse(
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":${JSON.stringify(metadata)},"data":{"__proto__":3}}`
    )
    assert.deepStrictEqual(problems(ConfigMap, secret), ["data.__proto__: expected a string, found 3"])
  })
})

describe("kinds", () => {
  it("of a Secret a message tells the type of a value, never the value", () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      data: { token: 1234, other: { value: "hunter2" } },
      type: ["hunter2"]
    }
    assert.deepStrictEqual(problems(Secret, secret), [
      "data.token: expected a string, found a number",
      "data.other: expected a string, found an object",
      "type: expected a string, found a list of 1"
    ])
    assert.deepStrictEqual(
      problems(Secret, { ...secret, metadata: { ...metadata, annotations: "hunter2" }, data: {}, type: "a" }),
      [
        "metadata.annotations: expected an object, found a string"
      ]
    )
    assert.deepStrictEqual(problems(Secret, "hunter2"), ["(root): expected an object, found a string"])
    const review = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      metadata: {},
      spec: { token: 1234, audiences: "hunter2" },
      status: {}
    }
    assert.deepStrictEqual(problems(TokenReview, review), [
      "spec.token: expected a string, found a number",
      "spec.audiences: expected a list, found a string"
    ])
  })

  it("that only answer promise nothing of metadata", () => {
    const answer = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: null,
      spec: { user: "u", extra: { a: null } },
      status: { allowed: true }
    }
    assert.deepStrictEqual(decoded(SubjectAccessReview, answer, "answer"), {
      ...answer,
      metadata: {},
      spec: { user: "u", extra: { a: [] } }
    })
    assert.deepStrictEqual(problems(ComponentStatus, { metadata: { name: "etcd-0" } }, "item"), [])
    assert.deepStrictEqual(
      problems(Binding, { apiVersion: "v1", kind: "Status", metadata: {}, status: "Success", code: 201 }, "answer"),
      []
    )
    assert.deepStrictEqual(
      problems(Binding, { apiVersion: "v1", kind: "Binding", metadata: {}, target: {} }, "answer"),
      [
        "kind: expected \"Status\", found \"Binding\""
      ]
    )
  })

  it("a status that the server always sends is required, and a required time that it sends as null stays", () => {
    const { status: _, ...noStatus } = pod({ spec: { containers: [] } })
    assert.deepStrictEqual(problems(Pod, noStatus), ["status: expected an object, found nothing"])
    const event = {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { ...metadata },
      eventTime: null,
      regarding: {},
      deprecatedSource: {},
      deprecatedLastTimestamp: null
    }
    assert.deepStrictEqual(decoded(Event, event), {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata,
      eventTime: null,
      regarding: {},
      deprecatedSource: {}
    })
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {},
      status: { conditions: [{ type: "A", status: "True", reason: "", message: "", lastTransitionTime: null }] }
    }
    assert.strictEqual(decoded(Service, service), service)
  })

  it("a PersistentVolumeClaim inside a StatefulSet was never served, and a template has loose metadata", () => {
    const template = { metadata: { creationTimestamp: null, labels: { a: "b" } }, spec: { containers: [] } }
    const spec = { selector: {}, template, serviceName: "" }
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data" },
      spec: {},
      status: { phase: "Pending" }
    }
    const set = {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata,
      spec: { ...spec, volumeClaimTemplates: [claim] },
      status: { replicas: 0 }
    }
    assert.deepStrictEqual(problems(StatefulSet, structuredClone(set)), [])
    const read = decoded(Deployment, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: structuredClone(spec),
      status: {}
    })
    assert.notProperty(at(read, ["spec", "template", "metadata"]), "creationTimestamp")
  })

  it("a JSON schema inside a CustomResourceDefinition is checked at any depth, with its either-or fields", () => {
    const crd = (openAPIV3Schema: object) => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata,
      spec: {
        group: "a.b",
        names: { kind: "A", plural: "as" },
        scope: "Cluster",
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }]
      },
      status: { acceptedNames: { kind: "", plural: "" }, conditions: null }
    })
    const items = (items: unknown) => crd({ type: "object", properties: { a: { type: "array", items } } })
    assert.deepStrictEqual(
      problems(CustomResourceDefinition, items({ type: "string", default: null, enum: [null, 1] })),
      []
    )
    assert.deepStrictEqual(problems(CustomResourceDefinition, items([{ type: "string" }])), [])
    const where = "spec.versions[0].schema.openAPIV3Schema.properties.a.items"
    assert.deepStrictEqual(problems(CustomResourceDefinition, items({ maxLength: "3" })), [
      `${where}.maxLength: expected an integer within ±(2^53 - 1), found "3"`
    ])
    assert.deepStrictEqual(problems(CustomResourceDefinition, items("string")), [
      `${where}: expected an object or a list, found "string"`
    ])
    assert.deepStrictEqual(problems(CustomResourceDefinition, crd({ additionalProperties: false })), [])
  })

  it("a list that the server writes as null is absent where it is optional", () => {
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata, rules: null }
    assert.notProperty(decoded(ClusterRole, role), "rules")
  })

  it("builds nothing at import: neither Schema nor checker", () => {
    assert.isFunction(Object.getOwnPropertyDescriptor(Node, "ast")?.get)
    assert.strictEqual(Resource.apiVersion(Node), "v1")
  })
})
