/** Who asks and what they may, through clients: to test that an operator's role is enough. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { ConfigMap, Secret } from "../../src/kinds/core/v1.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const configMaps = Api.namespaced(ConfigMap, "default")
const secrets = Api.namespaced(Secret, "default")

const apiVersion = "rbac.authorization.k8s.io/v1"
const role = {
  apiVersion,
  kind: "ClusterRole",
  metadata: { name: "operator" },
  rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "create"] }]
}
const binding = {
  apiVersion,
  kind: "ClusterRoleBinding",
  metadata: { name: "operator" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "operator" },
  subjects: [{ kind: "ServiceAccount", name: "operator", namespace: "default" }]
}
const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "operator", namespace: "default" } }

const cluster = TestCluster.layerWith({ auth: true, objects: [role, binding, account] })
const operator = TestCluster.as({ serviceAccount: "default/operator" })

interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: unknown
}

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any

/** Asks below the client. */
const ask = ({ body, headers = {}, method = "GET", path }: Asked) =>
  Effect.gen(function*() {
    const { handle } = yield* TestCluster.TestCluster
    const answer = yield* handle({
      method,
      url: path,
      headers,
      body: new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body))
    })
    const json: Json = typeof answer.body === "string" && answer.body.startsWith("{") ? JSON.parse(answer.body) : {}
    return { status: answer.status, body: json }
  })

const adminToken = Effect.flatMap(
  TestCluster.TestCluster,
  ({ token }) => Effect.map(token(TestCluster.admin), (token) => `Bearer ${Redacted.value(token)}`)
)

const whoami = (headers: { readonly [name: string]: string }) =>
  Effect.map(
    ask({ method: "POST", path: "/apis/authentication.k8s.io/v1/selfsubjectreviews", headers, body: {} }),
    ({ body }) => body.status?.userInfo ?? body.message
  )

/** A role for everything in the API groups of impersonation that a verb says. */
const mayImpersonate = (name: string, verbs: ReadonlyArray<string>, apiGroups = ["*"]) => [
  { apiVersion, kind: "ClusterRole", metadata: { name }, rules: [{ apiGroups, resources: ["*"], verbs }] },
  { ...binding, metadata: { name }, roleRef: { ...binding.roleRef, name }, subjects: [{ kind: "User", name }] }
]

describe("a cluster with auth", () => {
  it.effect("lets its own client do everything", () =>
    Effect.gen(function*() {
      yield* secrets.create({ metadata: { name: "s" } })
      assert.lengthOf((yield* secrets.list()).items, 1)
    }).pipe(Effect.provide(cluster)))

  it.effect("lets a client of somebody do what their role says, and no more", () =>
    Effect.gen(function*() {
      yield* configMaps.create({ metadata: { name: "a" } })
      assert.strictEqual((yield* configMaps.get("a")).metadata.name, "a")
      const error = yield* Effect.flip(secrets.list())
      assert.strictEqual(error._tag, "KubeForbidden")
      assert.include(
        error.message,
        "User \"system:serviceaccount:default:operator\" cannot list resource \"secrets\" in API group \"\" in the namespace \"default\""
      )
      const deleted = yield* Effect.flip(configMaps.delete("a"))
      assert.strictEqual(deleted._tag, "KubeForbidden")
    }).pipe(Effect.provide(operator), Effect.provide(cluster)))

  it.effect("lets everybody do everything where it is off", () =>
    Effect.gen(function*() {
      assert.lengthOf((yield* secrets.list()).items, 0)
    }).pipe(Effect.provide(operator), Effect.provide(Layer.orDie(TestCluster.layerWith({})))))

  it.effect("knows the tokens that it was told, and takes no strangers where they are not wanted", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* ask({ path: "/version" })).status, 401)
      const headers = { authorization: "Bearer s3cret" }
      assert.strictEqual((yield* ask({ path: "/version", headers })).status, 200)
      assert.deepStrictEqual(yield* whoami(headers), { username: "jane", groups: ["devs", "system:authenticated"] })
    }).pipe(Effect.provide(TestCluster.layerWith({
      auth: {
        anonymous: false,
        tokens: [{ token: Redacted.make("s3cret"), user: { username: "jane", groups: ["devs"] } }]
      }
    }))))

  it.effect("does not show tokens among its requests", () =>
    Effect.gen(function*() {
      const { requests } = yield* TestCluster.TestCluster
      yield* ask({ path: "/version", headers: { authorization: "Bearer s3cret" } })
      assert.notInclude(JSON.stringify(yield* requests), "s3cret")
    }).pipe(Effect.provide(cluster)))

  it.effect("takes several groups to impersonate, commas and all", () =>
    Effect.gen(function*() {
      const headers = { authorization: yield* adminToken, "impersonate-user": "jane", "impersonate-group": "a\nb,c" }
      assert.deepStrictEqual(yield* whoami(headers), { username: "jane", groups: ["a", "b,c", "system:authenticated"] })
    }).pipe(Effect.provide(cluster)))

  it.effect("ends the token of a service account with its time, a minute of grace included", () =>
    Effect.gen(function*() {
      const authorization = yield* adminToken
      const { body } = yield* ask({
        method: "POST",
        path: "/api/v1/namespaces/default/serviceaccounts/operator/token",
        headers: { authorization },
        body: { spec: { expirationSeconds: 600 } }
      })
      const own = { authorization: `Bearer ${body.status.token}` }
      const path = "/api/v1/namespaces/default/configmaps"
      yield* TestClock.adjust("660 seconds")
      assert.strictEqual((yield* ask({ path, headers: own })).status, 200)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* ask({ path, headers: own })).status, 401)
      const review = yield* ask({
        method: "POST",
        path: "/apis/authentication.k8s.io/v1/tokenreviews",
        headers: { authorization },
        body: { spec: { token: body.status.token } }
      })
      assert.strictEqual(review.body.status.error, "[invalid bearer token, service account token has expired]")
    }).pipe(Effect.provide(cluster)))

  it.effect("binds a token to a Pod and names it and its Node", () =>
    Effect.gen(function*() {
      const { seed } = yield* TestCluster.TestCluster
      yield* seed(
        { apiVersion: "v1", kind: "Node", metadata: { name: "n1", uid: "node-uid" } },
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "p", namespace: "default", uid: "pod-uid" },
          spec: { nodeName: "n1", serviceAccountName: "operator", containers: [{ name: "c", image: "i" }] }
        }
      )
      const { body } = yield* ask({
        method: "POST",
        path: "/api/v1/namespaces/default/serviceaccounts/operator/token",
        headers: { authorization: yield* adminToken },
        body: { spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "p" } } }
      })
      const { extra } = yield* whoami({ authorization: `Bearer ${body.status.token}` })
      assert.deepInclude(extra, {
        "authentication.kubernetes.io/node-name": ["n1"],
        "authentication.kubernetes.io/node-uid": ["node-uid"],
        "authentication.kubernetes.io/pod-name": ["p"],
        "authentication.kubernetes.io/pod-uid": ["pod-uid"]
      })
    }).pipe(Effect.provide(cluster)))
})

describe("a cluster with auth that is served", () => {
  const tokenIn = (kubeconfig: string): string => `Bearer ${JSON.parse(kubeconfig).users[0].user.token}`

  it.scoped("has the administrator's token in its kubeconfig, and comes over HTTPS, without which no client sends it", () =>
    Effect.gen(function*() {
      const { kubeconfig, url } = yield* TestCluster.serve()
      assert.match(url, /^https:/)
      assert.deepInclude(yield* whoami({ authorization: tokenIn(kubeconfig) }), { username: "admin" })
    }).pipe(Effect.provide(cluster)))

  it.scoped("has the token of whom it is told", () =>
    Effect.gen(function*() {
      const { kubeconfig } = yield* TestCluster.serve({ as: { serviceAccount: "default/operator" }, https: false })
      assert.deepInclude(yield* whoami({ authorization: tokenIn(kubeconfig) }), {
        username: "system:serviceaccount:default:operator",
        groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]
      })
    }).pipe(Effect.provide(cluster)))
})

describe("impersonation by the newer verbs", () => {
  const jane = { username: "jane", groups: ["system:authenticated"] }
  const asJane = (name: string, more: { readonly [name: string]: string } = {}) =>
    Effect.gen(function*() {
      const { token } = yield* TestCluster.TestCluster
      const own = Redacted.value(yield* token({ username: name }))
      return yield* whoami({ authorization: `Bearer ${own}`, "impersonate-user": "jane", ...more })
    })
  const withRoles = (...objects: ReadonlyArray<unknown>) => TestCluster.layerWith({ auth: true, objects })

  it.effect("takes both of them, of a request and of a user", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* asJane("both"), jane)
      assert.include(yield* asJane("one"), "cannot impersonate:user-info resource \"users\" in API group")
      assert.include(
        yield* asJane("none"),
        "User \"none\" cannot impersonate-on:user-info:create resource \"selfsubjectreviews\""
      )
    }).pipe(Effect.provide(withRoles(
      ...mayImpersonate("both", ["impersonate:user-info", "impersonate-on:user-info:create"]),
      ...mayImpersonate("one", ["impersonate-on:user-info:create"])
    ))))

  it.effect("never lets anybody become a master", () =>
    Effect.gen(function*() {
      assert.include(
        yield* asJane("both", { "impersonate-group": "system:masters" }),
        "impersonating the system:masters group is not allowed"
      )
      assert.deepInclude(yield* asJane("old", { "impersonate-group": "system:masters" }), {
        groups: ["system:masters", "system:authenticated"]
      })
    }).pipe(Effect.provide(withRoles(
      ...mayImpersonate("both", ["impersonate:user-info", "impersonate-on:user-info:create"]),
      ...mayImpersonate("old", ["impersonate"])
    ))))
})

describe("roles that change", () => {
  it.effect("count from the write that changes them", () =>
    Effect.gen(function*() {
      const { seed } = yield* TestCluster.TestCluster
      const refused = yield* Effect.flip(secrets.list())
      assert.strictEqual(refused._tag, "KubeForbidden")
      yield* seed({ ...role, rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }] })
      assert.lengthOf((yield* secrets.list()).items, 0)
    }).pipe(Effect.provide(operator), Effect.provide(cluster)))
})
