import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Api from "../../src/client/Api.js"
import { SelfSubjectReview, TokenReview } from "../../src/kinds/authentication/v1.js"
import {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview
} from "../../src/kinds/authorization/v1.js"
import { Binding, Event as CoreEvent, Namespace, PersistentVolume, Pod, Service } from "../../src/kinds/core/v1.js"
import { Event } from "../../src/kinds/events/v1.js"
import { formatIssue } from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"
import { builtins } from "../../src/testing/internal/apiserver/builtins.js"
import * as EnvTest from "../envtest/shared.js"
import { codecOf, everyKind } from "./all.js"
import { call } from "./calls.js"
import { drafts } from "./drafts.js"

/** A namespace of its own for each test. */
const inNamespace = Effect.map(
  Effect.acquireRelease(
    Api.cluster(Namespace).create({ metadata: { generateName: "kinds-" } }),
    (namespace) => Effect.ignore(Api.cluster(Namespace).delete(namespace.metadata.name))
  ),
  (namespace) => namespace.metadata.name
)

interface Place {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly query?: string | undefined
}

const pathOf = (resource: Resource.Any, { name, namespace, query }: Place): string =>
  `${resource.group === "" ? "/api" : `/apis/${resource.group}`}/${resource.version}${
    namespace === undefined || resource.scope === "Cluster" ? "" : `/namespaces/${namespace}`
  }/${resource.plural}${name === undefined ? "" : `/${name}`}${query === undefined ? "" : `?${query}`}`

/** What a server serves that nobody told otherwise. */
const byDefault = new Set(
  builtins.flatMap(({ group, resources, version }) =>
    resources.map(({ plural }) => `${group === "" ? "/api" : `/apis/${group}`}/${version}/${plural}`)
  )
)

/** What is wrong with an answer, by its kind. */
const problems = (
  resource: Resource.Any,
  body: unknown,
  mode: "served" | "item" | "dryRun" | "answer"
): ReadonlyArray<string> =>
  Either.match(codecOf(resource).decode(body, mode), {
    onLeft: (issues) => issues.map((issue) => `${resource.kind} (${mode}) ${formatIssue(issue)}`),
    onRight: () => []
  })

/** Reads an object and replaces it with what was decoded: nothing of it is lost. */
const getAndReplace = (resource: Resource.Any, path: string) =>
  Effect.gen(function*() {
    const read = yield* call("GET", path)
    const text = JSON.stringify(read)
    const wrong = problems(resource, JSON.parse(text), "served")
    if (wrong.length > 0) return wrong
    const decoded = Either.getOrThrow(codecOf(resource).decode(read, "served"))
    if (!text.includes("null")) assert.strictEqual(JSON.stringify(decoded), text)
    const replaced = yield* call("PUT", path, decoded)
    assert.deepStrictEqual(kept(replaced), kept(JSON.parse(text)))
    return problems(resource, replaced, "served")
  })

/** What a replace with the same content does not change: the server numbers objects, and goes on with their status. */
const kept = ({ metadata, status: _, ...rest }: { readonly [field: string]: unknown }) => {
  const { managedFields: __, resourceVersion: ___, ...lasting } = metadata as { readonly [field: string]: unknown }
  return { ...rest, metadata: lasting }
}

const isConflict = (error: { readonly message: string }): boolean => error.message.includes("409")

describe("built-in kinds against a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.effect("every object that the server lists fits the type of its kind", () =>
      Effect.gen(function*() {
        let objects = 0
        for (const { resource } of everyKind.filter(({ resource }) => resource.abilities.includes("list"))) {
          if (!byDefault.has(pathOf(resource, {}))) continue
          const { items } = yield* call("GET", pathOf(resource, {}))
          for (const item of items as ReadonlyArray<unknown>) {
            assert.deepStrictEqual(problems(resource, item, "item"), [])
          }
          objects += (items as ReadonlyArray<unknown>).length
        }
        assert.isAbove(objects, 100)
      }))

    it.scoped("an object of each kind that can be created fits its type: dry run, create, get and replace, nothing lost", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const wrong: Array<string> = []
        for (const { draft, resource } of drafts(namespace)) {
          const body = { apiVersion: Resource.apiVersion(resource), kind: resource.kind, ...draft }
          const name = (draft.metadata as { readonly name: string }).name
          const all = pathOf(resource, { namespace })
          const own = pathOf(resource, { namespace, name })
          yield* Effect.gen(function*() {
            wrong.push(...problems(resource, yield* call("POST", `${all}?dryRun=All`, body), "dryRun"))
            yield* Effect.addFinalizer(() => Effect.ignore(call("DELETE", own)))
            wrong.push(...problems(resource, yield* call("POST", all, body), "served"))
            wrong.push(...(yield* Effect.retry(getAndReplace(resource, own), { times: 10, while: isConflict })))
          }).pipe(
            Effect.catchAll(({ message }) =>
              Effect.sync(() => wrong.push(`${resource.kind} of ${resource.group}: ${message}`))
            )
          )
        }
        assert.deepStrictEqual(wrong, [])
      }))

    it.scoped("kinds that only answer fit their types, and need no name", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const resourceAttributes = { verb: "get", resource: "pods", namespace }
        assert.strictEqual(
          (yield* Api.cluster(TokenReview).create({ spec: { token: "nobody" } })).status.authenticated,
          undefined
        )
        assert.strictEqual((yield* Api.cluster(SelfSubjectReview).create({})).status.userInfo?.username, "admin")
        assert.isTrue(
          (yield* Api.cluster(SelfSubjectAccessReview).create({ spec: { resourceAttributes } })).status.allowed
        )
        assert.isAbove(
          (yield* Api.cluster(SelfSubjectRulesReview).create({ spec: { namespace } })).status.resourceRules.length,
          0
        )
        const someone = { user: "someone", extra: { "example.com/a": ["b"] }, resourceAttributes }
        assert.isFalse((yield* Api.cluster(SubjectAccessReview).create({ spec: someone })).status.allowed)
        assert.isFalse(
          (yield* Api.namespaced(LocalSubjectAccessReview, namespace).create({ spec: someone })).status.allowed
        )
      }))
  })
})

describe("what a real server says otherwise than its documents (scripts/codegen/truths.ts)", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.scoped("an Event made through core/v1 has a null eventTime and lastObservedTime in events.k8s.io/v1", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        yield* Api.namespaced(CoreEvent, namespace).create({
          metadata: { name: "a" },
          involvedObject: { kind: "Pod", namespace, name: "a" },
          series: { count: 1 }
        })
        const event = yield* Api.namespaced(Event, namespace).get("a")
        assert.isNull(event.eventTime)
        assert.isNull(event.series?.lastObservedTime)
      }))

    it.scoped("a condition of a Service may have a null lastTransitionTime", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        yield* Api.namespaced(Service, namespace).create({ metadata: { name: "a" }, spec: { ports: [{ port: 80 }] } })
        const status = { conditions: [{ type: "A", status: "True", reason: "B", message: "" }] }
        yield* call("PATCH", `${pathOf(Service, { namespace, name: "a" })}/status`, { status })
        const service = yield* Api.namespaced(Service, namespace).get("a")
        assert.isNull(service.status.conditions?.[0]?.lastTransitionTime)
      }))

    it.scoped("a ScaleIO volume without a secret has a null secretRef", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const scaleIO = { gateway: "g", system: "s", volumeName: "v", secretRef: null }
        const pod = yield* Api.namespaced(Pod, namespace).create({
          metadata: { name: "a" },
          spec: { containers: [{ name: "a", image: "a" }], volumes: [{ name: "v", scaleIO }] }
        })
        assert.isNull(pod.spec.volumes?.[0]?.scaleIO?.secretRef)
        const volumes = Api.cluster(PersistentVolume)
        yield* Effect.addFinalizer(() => Effect.ignore(volumes.delete(namespace)))
        const volume = yield* volumes.create({
          metadata: { name: namespace },
          spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, scaleIO }
        })
        assert.isNull(volume.spec.scaleIO?.secretRef)
      }))

    it.scoped("a Binding is answered with a Status", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        yield* Api.namespaced(Pod, namespace).create({
          metadata: { name: "a" },
          spec: { containers: [{ name: "a", image: "a" }] }
        })
        const answer = yield* Api.namespaced(Binding, namespace).create({
          metadata: { name: "a" },
          target: { kind: "Node", name: "n" }
        })
        assert.strictEqual(answer.status, "Success")
        assert.strictEqual((yield* Api.namespaced(Pod, namespace).get("a")).spec.nodeName, "n")
      }))
  })
})
