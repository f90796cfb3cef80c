import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Patch from "../../src/protocol/Patch.js"
import * as Request from "../../src/protocol/Request.js"
import * as Selector from "../../src/protocol/Selector.js"

const Pod = { group: "", version: "v1", kind: "Pod", plural: "pods", scope: "Namespaced" } as const
const Node = { group: "", version: "v1", kind: "Node", plural: "nodes", scope: "Cluster" } as const
const Deployment = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  scope: "Namespaced"
} as const
const NetworkPolicy = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  scope: "Namespaced"
} as const
const ClusterRole = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  scope: "Cluster"
} as const

type Built = Effect.Effect<Request.Request<unknown>, unknown>

const table: ReadonlyArray<readonly [title: string, request: Built, method: string, url: string]> = [
  [
    "a read in the core group",
    Request.get(Pod, { namespace: "default", name: "a" }),
    "GET",
    "/api/v1/namespaces/default/pods/a"
  ],
  [
    "a read in a named group",
    Request.get(Deployment, { namespace: "x", name: "web" }),
    "GET",
    "/apis/apps/v1/namespaces/x/deployments/web"
  ],
  ["a cluster-scoped read", Request.get(Node, { name: "n1" }), "GET", "/api/v1/nodes/n1"],
  [
    "a name with a colon",
    Request.get(ClusterRole, { name: "system:node" }),
    "GET",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"
  ],
  [
    "a name with every odd character",
    Request.get(Pod, { namespace: "d", name: "a?b#c d" }),
    "GET",
    "/api/v1/namespaces/d/pods/a%3Fb%23c%20d"
  ],
  [
    "an irregular plural",
    Request.list(NetworkPolicy, { namespace: "d" }),
    "GET",
    "/apis/networking.k8s.io/v1/namespaces/d/networkpolicies"
  ],
  [
    "a read at a version",
    Request.get(Pod, { namespace: "d", name: "a" }, { resourceVersion: "7" }),
    "GET",
    "/api/v1/namespaces/d/pods/a?resourceVersion=7"
  ],
  [
    "a subresource",
    Request.get(Pod, { namespace: "d", name: "a", subresource: "status" }),
    "GET",
    "/api/v1/namespaces/d/pods/a/status"
  ],
  ["a list of all namespaces", Request.list(Pod, {}), "GET", "/api/v1/pods"],
  [
    "a list with every option",
    Request.list(Pod, { namespace: "d" }, {
      labels: "app in (a,b)",
      fields: "status.phase=Running",
      limit: 500,
      continue: "abc=",
      resourceVersion: "10",
      resourceVersionMatch: "Exact",
      timeout: "90 seconds"
    }),
    "GET",
    "/api/v1/namespaces/d/pods?labelSelector=app%20in%20(a%2Cb)&fieldSelector=status.phase%3DRunning&limit=500&continue=abc%3D&resourceVersion=10&resourceVersionMatch=Exact&timeoutSeconds=90"
  ],
  [
    "a list with built selectors",
    Request.list(Pod, {}, { labels: Selector.labels({ app: "web" }) }),
    "GET",
    "/api/v1/pods?labelSelector=app%3Dweb"
  ],
  ["a watch", Request.watch(Pod, {}, "12"), "GET", "/api/v1/pods?watch=1&resourceVersion=12&allowWatchBookmarks=true"],
  [
    "a watch with every option",
    Request.watch(Pod, { namespace: "d" }, "", {
      labels: "a=b",
      fields: "metadata.name=x",
      timeout: "5 minutes",
      bookmarks: false,
      sendInitialEvents: true
    }),
    "GET",
    "/api/v1/namespaces/d/pods?watch=1&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&labelSelector=a%3Db&fieldSelector=metadata.name%3Dx&timeoutSeconds=300"
  ],
  ["a create", Request.create(Pod, { namespace: "d", name: "a" }, "{}"), "POST", "/api/v1/namespaces/d/pods"],
  [
    "a create with every option",
    Request.create(Pod, { namespace: "d" }, "{}", { dryRun: true, fieldManager: "me", fieldValidation: "Strict" }),
    "POST",
    "/api/v1/namespaces/d/pods?dryRun=All&fieldManager=me&fieldValidation=Strict"
  ],
  [
    "a create of a subresource",
    Request.createSubresource(Pod, { namespace: "d", name: "a", subresource: "eviction" }, {}),
    "POST",
    "/api/v1/namespaces/d/pods/a/eviction"
  ],
  [
    "a replace",
    Request.replace(Deployment, { namespace: "d", name: "a" }, "{}"),
    "PUT",
    "/apis/apps/v1/namespaces/d/deployments/a"
  ],
  [
    "a replace of the status",
    Request.replace(Deployment, { namespace: "d", name: "a", subresource: "status" }, "{}"),
    "PUT",
    "/apis/apps/v1/namespaces/d/deployments/a/status"
  ],
  [
    "a patch",
    Request.patch(Pod, { namespace: "d", name: "a" }, Patch.merge({})),
    "PATCH",
    "/api/v1/namespaces/d/pods/a"
  ],
  [
    "an apply",
    Request.patch(Pod, { namespace: "d", name: "a" }, Patch.apply({ metadata: { name: "a" } }), {
      fieldManager: "me",
      force: true
    }),
    "PATCH",
    "/api/v1/namespaces/d/pods/a?fieldManager=me&force=true"
  ],
  ["a delete", Request.delete(Pod, { namespace: "d", name: "a" }), "DELETE", "/api/v1/namespaces/d/pods/a"],
  [
    "a delete of a collection",
    Request.deleteCollection(Pod, { namespace: "d" }, { labels: "a=b" }),
    "DELETE",
    "/api/v1/namespaces/d/pods?labelSelector=a%3Db"
  ]
]

/** Texts of characters that mean something in URLs, or nothing anywhere. */
const awkward = fc.string({
  unit: fc.constantFrom(
    "a",
    ".",
    "..",
    "/",
    "%",
    "%2f",
    "%2e",
    "?",
    "#",
    "&",
    "=",
    "+",
    " ",
    ":",
    "@",
    ";",
    "\\",
    "\n",
    "\u0000",
    "\u007f",
    "é",
    "\u2028",
    "😀",
    "\ud800",
    "\udc00",
    "http://x"
  ),
  maxLength: 6
})

describe("Request", () => {
  for (const [title, request, method, url] of table) {
    it.effect(`${title} has its method and path`, () =>
      Effect.gen(function*() {
        const built = yield* request
        assert.strictEqual(built.method, method)
        assert.strictEqual(Request.url(built), url)
      }))
  }

  it.effect("metadata alone is asked for on get, list and watch, with whole objects as the second choice (C37)", () =>
    Effect.gen(function*() {
      const target = { ...Pod, representation: "metadata" } as const
      const place = { namespace: "d" }
      const accept = (request: Built) => Effect.map(request, (request) => request.accept)
      const one = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
      assert.strictEqual(yield* accept(Request.get(target, { ...place, name: "a" })), one)
      assert.strictEqual(yield* accept(Request.watch(target, place, "7")), one)
      assert.strictEqual(
        yield* accept(Request.list(target, place)),
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
      )
      assert.strictEqual(yield* accept(Request.delete(target, { ...place, name: "a" })), "application/json")
      assert.strictEqual(yield* accept(Request.list(Pod, place)), "application/json")
      assert.strictEqual(yield* accept(Request.list({ ...Pod, representation: "whole" }, place)), "application/json")
    }))

  it.effect("delete options go into the body alone, since a body wins over the query (S14)", () =>
    Effect.gen(function*() {
      const request = yield* Request.delete(Pod, { namespace: "d", name: "a" }, {
        dryRun: true,
        gracePeriod: "30 seconds",
        preconditions: { uid: "u", resourceVersion: "3" },
        propagationPolicy: "Foreground"
      })
      assert.deepStrictEqual(request.query, [])
      assert.deepStrictEqual(JSON.parse(request.body ?? ""), {
        apiVersion: "v1",
        kind: "DeleteOptions",
        dryRun: ["All"],
        gracePeriodSeconds: 30,
        preconditions: { uid: "u", resourceVersion: "3" },
        propagationPolicy: "Foreground"
      })
    }))

  it.effect("a patch carries the content type of its form", () =>
    Effect.gen(function*() {
      const at = { namespace: "d", name: "a" }
      const types = yield* Effect.forEach([
        Request.patch(Pod, at, Patch.json([])),
        Request.patch(Pod, at, Patch.merge({})),
        Request.patch(Pod, at, Patch.strategic({})),
        Request.patch(Pod, at, Patch.apply({ metadata: { name: "a" } }))
      ], Effect.map((request) => request.contentType))
      assert.deepStrictEqual(types, [
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml"
      ])
    }))

  const hostile: ReadonlyArray<readonly [name: string, problem: string]> = [
    ["", "must not be empty"],
    [".", "must not be \".\""],
    ["..", "must not be \"..\""],
    ["a/b", "must not contain \"/\""],
    ["../../secrets/x", "must not contain \"/\""],
    ["%2e%2e", "must not contain \"%\""]
  ]
  for (const [text, problem] of hostile) {
    it.effect(`${JSON.stringify(text)} cannot change the shape of a URL (C28)`, () =>
      Effect.gen(function*() {
        const name = yield* Effect.flip(Request.get(Pod, { namespace: "d", name: text }))
        assert.include(name.message, `BadRequest (name ${problem})`)
        assert.isFalse(name.sent)
        const namespace = yield* Effect.flip(Request.list(Pod, { namespace: text }))
        assert.include(namespace.message, `namespace ${problem}`)
        if (text === "a/b") return
        const subresource = yield* Effect.flip(
          Request.get(Pod, { namespace: "d", name: "a", subresource: `proxy/${text}` })
        )
        assert.include(subresource.message, "subresource must not")
      }))
  }

  it.effect.prop(
    "whatever is asked for, the URL has the same shape: the names decode to what was given, or it is refused (C28)",
    [awkward, awkward, awkward, awkward],
    ([namespace, name, subresource, value]) =>
      Effect.gen(function*() {
        const built = yield* Effect.either(
          Request.get(Pod, { namespace, name, subresource }, { resourceVersion: value })
        )
        if (Either.isLeft(built)) {
          assert.isFalse(built.left.sent)
          return
        }
        const url = Request.url(built.right)
        assert.match(url, /^[!-~]*$/)
        const parsed = new URL(url, "https://example.com")
        assert.strictEqual(parsed.origin, "https://example.com")
        assert.strictEqual(parsed.hash, "")
        const segments = parsed.pathname.split("/").map(decodeURIComponent)
        const below = subresource.split("/")
        assert.deepStrictEqual(segments, ["", "api", "v1", "namespaces", namespace, "pods", name, ...below])
        assert.deepStrictEqual([...parsed.searchParams], value === "" ? [] : [["resourceVersion", value]])
      })
  )

  it.effect("half a surrogate pair is refused, in names and in options, and nothing throws (C28)", () =>
    Effect.gen(function*() {
      const half = "a\ud800"
      const name = yield* Effect.flip(Request.get(Pod, { namespace: "d", name: half }))
      assert.include(name.message, "name must be well-formed Unicode")
      const selector = yield* Effect.flip(Request.list(Pod, { namespace: "d" }, { labels: half }))
      assert.include(selector.message, "labelSelector must be well-formed Unicode")
      const manager = yield* Effect.flip(
        Request.create(Pod, { namespace: "d", name: "a" }, "{}", { fieldManager: half })
      )
      assert.include(manager.message, "fieldManager must be well-formed Unicode")
    }))

  it.effect("a namespaced kind without its namespace is refused before it is sent, but for lists and watches", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Request.get(Pod, { name: "a" }))
      assert.strictEqual(error.message, "get Pod a: BadRequest (namespace must be given: Pod is namespaced)")
      assert.strictEqual((yield* Effect.flip(Request.create(Pod, {}, "{}"))).sent, false)
    }))

  it.effect("a cluster-scoped kind in a namespace is refused before it is sent", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Request.get(Node, { namespace: "d", name: "a" }))
      assert.include(error.message, "Node is cluster-scoped")
    }))
})
