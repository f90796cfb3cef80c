/** Who somebody is: tokens, impersonation, and the reviews that say it. */
import * as Effect from "effect/Effect"
import {
  as,
  authentication,
  authorization,
  by,
  grant,
  grantEverywhere,
  justStatus,
  message,
  read,
  untilAllowed,
  user,
  whoami
} from "./accessSteps.js"
import { type Area, type Json, type RequestOptions, scenario } from "./scenario.js"

export const identityArea: Area = {
  name: "identity",
  auth: true,
  scenarios: [
    scenario("Who asks without a credential is anonymous, and a wrong one is 401 (S57)", function*(run) {
      const configMaps = run.at("configmaps")
      yield* run.get(configMaps, by(""))
      for (const path of ["/version", "/healthz", "/readyz", "/livez/ping"]) {
        yield* run.get(path, { ...by(""), show: () => "not shown" })
      }
      for (const path of ["/api", "/apis/apps", "/openapi/v3", "/metrics", "/", "/nothing"]) {
        yield* run.get(path, { ...by(""), show: message })
      }
      yield* run.get(configMaps, by("wrong"))
      yield* run.get("/version", by("wrong"))
      yield* run.get("/apis/unknown.example.com/v1/things", by("wrong"))
      for (const authorization of ["Basic dTpw", "Bearer", "bearer  wrong", "bEARER wrong more", "wrong"]) {
        yield* run.get(configMaps, { headers: { authorization }, show: message })
      }
      yield* run.post(whoami, {}, { ...by(""), show: message })
      yield* run.post(`${authorization}/selfsubjectaccessreviews`, {}, { ...by(""), show: message })
    }),
    scenario("Impersonation: who somebody is then (S51, S57)", function*(run) {
      const shown = { show: (body: Json) => body.status?.userInfo ?? body }
      const ask = (headers: { readonly [name: string]: string }) => run.post(whoami, {}, { ...shown, headers })
      yield* ask({ "impersonate-user": "jane" })
      yield* ask({ "impersonate-user": "jane", "impersonate-group": "devs" })
      yield* ask({ "impersonate-user": "jane", "impersonate-group": "a,b" })
      yield* ask({ "impersonate-user": "jane", "impersonate-group": "system:authenticated" })
      yield* ask({ "impersonate-user": "jane", "impersonate-group": "system:unauthenticated" })
      yield* ask({ "impersonate-user": "system:anonymous" })
      yield* ask({ "impersonate-user": "system:serviceaccount:default:robot" })
      yield* ask({ "impersonate-user": "system:serviceaccount:default:robot", "impersonate-group": "devs" })
      yield* ask({ "impersonate-user": "system:serviceaccount:a:b:c" })
      yield* ask({ "impersonate-user": "system:node:n1" })
      yield* ask({
        "impersonate-user": "jane",
        "impersonate-uid": "06f6ce97-e2c5-4ab8-7ba5-7654dd08d52b",
        "impersonate-extra-scopes": "view",
        "impersonate-extra-example.com%2fTeam": "blue"
      })
      yield* ask({ "impersonate-group": "devs" })
      yield* ask({ "impersonate-uid": "1" })
      yield* ask({ "impersonate-extra-a": "b" })
      yield* ask({ "impersonate-user": "", "impersonate-group": "devs" })
      yield* run.get(run.at("pods"), { headers: { "impersonate-user": "jane", "impersonate-group": "devs" } })
    }),
    scenario("Impersonation needs the verb impersonate (S57)", function*(run) {
      const accounts = run.at("serviceaccounts")
      yield* run.post(accounts, { metadata: { name: "robot" } }, { show: (body) => body.kind })
      const { body } = yield* run.post(`${accounts}/robot/token`, {}, { show: (body) => body.kind })
      const token: string = body.status.token
      const take = yield* grantEverywhere(run, run.namespace, {
        rules: [
          { apiGroups: [""], resources: ["users"], verbs: ["impersonate"], resourceNames: ["jane"] },
          { apiGroups: [""], resources: ["groups"], verbs: ["impersonate"], resourceNames: ["devs"] },
          { apiGroups: ["authentication.k8s.io"], resources: ["userextras/scopes"], verbs: ["impersonate"] }
        ],
        subjects: [{ kind: "ServiceAccount", name: "robot", namespace: run.namespace }]
      })
      const ask = (headers: { readonly [name: string]: string }): RequestOptions => ({
        headers: { authorization: `Bearer ${token}`, ...headers }
      })
      yield* run.until(
        run.at("pods"),
        ({ body }) => String(body.message).includes("\"jane\""),
        ask({ "impersonate-user": "jane" })
      )
      yield* run.get(run.at("pods"), ask({ "impersonate-user": "jane", "impersonate-group": "devs" }))
      yield* run.get(run.at("pods"), ask({ "impersonate-user": "jane", "impersonate-extra-scopes": "x" }))
      for (
        const headers of [
          { "impersonate-user": "john" },
          { "impersonate-user": "jane", "impersonate-group": "ops" },
          { "impersonate-user": "jane", "impersonate-group": "system:masters" },
          { "impersonate-user": "jane", "impersonate-uid": "1" },
          { "impersonate-user": "jane", "impersonate-extra-other": "x" },
          { "impersonate-user": "system:serviceaccount:default:other" },
          { "impersonate-user": "system:serviceaccount:default:other", "impersonate-group": "devs" },
          { "impersonate-user": "system:node:n1" },
          { "impersonate-user": "system:anonymous" }
        ]
      ) yield* run.get(`${run.at("pods")}/web`, ask(headers))
      yield* run.get("/version", ask({ "impersonate-user": "john" }))
      yield* take
    }),
    scenario("A service account may be allowed to be the Node of its Pod, and no other (S50, S57)", function*(run) {
      const node = run.namespace
      yield* run.post("/api/v1/nodes", { metadata: { name: node } }, { show: (body) => body.kind })
      yield* run.post(run.at("serviceaccounts"), { metadata: { name: "agent" } }, { show: (body) => body.kind })
      yield* run.post(run.at("pods"), {
        metadata: { name: "p" },
        spec: { nodeName: node, serviceAccountName: "agent", containers: [{ name: "c", image: "i" }] }
      }, { show: (body) => body.kind })
      const { body } = yield* run.post(`${run.at("serviceaccounts")}/agent/token`, {
        spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } }
      }, { show: (body) => body.kind })
      const ask = (name: string): RequestOptions => ({
        headers: { authorization: `Bearer ${body.status.token}`, "impersonate-user": `system:node:${name}` }
      })
      yield* run.post(whoami, {}, { ...by(body.status.token), show: (body) => body.status })
      yield* run.get("/api/v1/nodes", ask(node))
      const verbs = ["impersonate:associated-node", "impersonate-on:associated-node:list"]
      const subjects = [{ kind: "ServiceAccount", name: "agent", namespace: run.namespace }]
      const some = yield* grantEverywhere(run, `${node}-some`, {
        rules: [{ apiGroups: [""], resources: ["nodes"], verbs: verbs.slice(1) }],
        subjects
      })
      yield* run.until("/api/v1/nodes", ({ body }) => !String(body.message).includes("impersonate-on"), ask(node))
      const all = yield* grantEverywhere(run, node, {
        rules: [{ apiGroups: ["authentication.k8s.io"], resources: ["nodes"], verbs: verbs.slice(0, 1) }],
        subjects
      })
      yield* run.until("/api/v1/nodes", ({ body }) => String(body.message).includes("system:node"), ask(node))
      yield* run.get("/api/v1/nodes", ask("other"))
      yield* run.get("/api/v1/pods", ask(node))
      yield* all
      yield* some
      yield* run.delete(`${run.at("pods")}/p?gracePeriodSeconds=0`, undefined, { show: (body) => body.kind })
      yield* run.delete(`/api/v1/nodes/${node}`, undefined, { show: justStatus })
    }),
    scenario("SelfSubjectReview says who somebody is (S51)", function*(run) {
      yield* run.post(whoami, {}, as("jane"))
      yield* run.post(whoami, { metadata: { name: "x", labels: { a: "b" } } }, as("jane"))
      yield* run.post(whoami, { status: { userInfo: { username: "root" } } }, as("jane"))
      yield* run.post(`${whoami}?dryRun=All`, {}, as("jane"))
      yield* run.get(whoami, { show: message })
      yield* run.get(whoami, as("jane", { show: message }))
    }),
    scenario("SelfSubjectAccessReview says what somebody may, and why (S51)", function*(run) {
      const reviews = `${authorization}/selfsubjectaccessreviews`
      yield* grant(run, "reader", {
        rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"], verbs: ["get"] }],
        subjects: [user("nobody"), user("asker")]
      })
      yield* untilAllowed(run, `${run.at("configmaps")}/a`, as("asker"))
      const ask = (spec: Json, options: RequestOptions = as("asker")) => run.post(reviews, { spec }, options)
      const attributes = { namespace: run.namespace, verb: "get", resource: "configmaps", name: "a" }
      yield* ask({ resourceAttributes: attributes })
      yield* ask({ resourceAttributes: { ...attributes, name: "b" } })
      yield* ask({ resourceAttributes: { ...attributes, subresource: "status", version: "v2", group: "apps" } })
      yield* ask({ resourceAttributes: {} })
      yield* ask({ nonResourceAttributes: { path: "/api", verb: "get" } })
      yield* ask({ nonResourceAttributes: { path: "/metrics", verb: "get" } })
      yield* ask({ resourceAttributes: attributes }, {})
      yield* ask({ resourceAttributes: { verb: "anything", resource: "anything" } }, {})
      yield* ask({})
      yield* ask({ resourceAttributes: attributes, nonResourceAttributes: { path: "/" } })
      yield* ask({ resourceAttributes: { ...attributes, fieldSelector: {} } })
      yield* ask({ resourceAttributes: { ...attributes, fieldSelector: { rawSelector: "a=b=c,,d" } } })
      yield* ask({
        resourceAttributes: {
          ...attributes,
          labelSelector: { rawSelector: "!!", requirements: [{ key: "a", operator: "Exists" }] }
        }
      })
      yield* run.post(reviews, { metadata: { name: "x" }, spec: { resourceAttributes: attributes } }, as("asker"))
      yield* run.post(reviews, { metadata: { labels: { a: "b" } }, spec: {}, status: { allowed: true } }, as("asker"))
      yield* run.post(
        `${reviews}?fieldValidation=Strict`,
        { spec: { resourceAttributes: { verbs: "get" } } },
        as("asker")
      )
    }),
    scenario("SubjectAccessReview asks about others (S51)", function*(run) {
      const reviews = `${authorization}/subjectaccessreviews`
      const local = run.at("localsubjectaccessreviews", "authorization.k8s.io/v1")
      yield* grant(run, "reader", {
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
        subjects: [user("asked"), { kind: "Group", name: "asked-group" }, { kind: "ServiceAccount", name: "robot" }]
      })
      yield* untilAllowed(run, `${run.at("configmaps")}/a`, as("asked"))
      const resourceAttributes = { namespace: run.namespace, verb: "get", resource: "configmaps" }
      const ask = (spec: Json, path = reviews, options: RequestOptions = {}) => run.post(path, { spec }, options)
      yield* ask({ user: "asked", resourceAttributes })
      yield* ask({ groups: ["asked-group"], resourceAttributes })
      yield* ask({ user: "x", groups: ["a", "asked-group"], extra: { a: ["b"] }, uid: "1", resourceAttributes })
      yield* ask({ user: `system:serviceaccount:${run.namespace}:robot`, resourceAttributes })
      yield* ask({ user: "other", resourceAttributes })
      yield* ask({ user: "root", groups: ["system:masters"], nonResourceAttributes: { path: "/x", verb: "get" } })
      yield* ask({ user: "other", nonResourceAttributes: { path: "/healthz", verb: "get" } })
      yield* ask({
        user: "other",
        groups: ["system:authenticated"],
        nonResourceAttributes: { path: "/api", verb: "get" }
      })
      yield* ask({ resourceAttributes })
      yield* ask({ user: "asked" })
      yield* ask({ user: "asked", resourceAttributes }, local)
      yield* run.post(local, { metadata: { namespace: run.namespace }, spec: { user: "asked", resourceAttributes } })
      yield* run.post(local, { metadata: { namespace: "other" }, spec: { user: "asked", resourceAttributes } })
      yield* ask({ user: "asked", resourceAttributes: { ...resourceAttributes, namespace: "other" } }, local)
      yield* ask({ user: "asked", nonResourceAttributes: { path: "/", verb: "get" } }, local)
      yield* ask({ user: "asked", resourceAttributes }, reviews, as("asked"))
      yield* ask({ user: "asked", resourceAttributes }, local, as("asked"))
    }),
    scenario("SelfSubjectRulesReview lists what somebody may (S51)", function*(run) {
      const reviews = `${authorization}/selfsubjectrulesreviews`
      yield* grant(run, "reader", {
        rules: [
          { apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"], verbs: ["get"] },
          { apiGroups: ["apps", "batch"], resources: ["*"], verbs: read }
        ],
        subjects: [user("ruled")]
      })
      yield* untilAllowed(run, `${run.at("configmaps")}/a`, as("ruled"))
      // The bindings come in an order of chance.
      const sorted = (list: ReadonlyArray<Json> = []): ReadonlyArray<Json> =>
        [...list].sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
      const show = (body: Json): Json =>
        body.status?.resourceRules === undefined ? body : {
          ...body,
          status: {
            ...body.status,
            resourceRules: sorted(body.status.resourceRules),
            nonResourceRules: sorted(body.status.nonResourceRules)
          }
        }
      yield* run.post(reviews, { spec: { namespace: run.namespace } }, as("ruled", { show }))
      yield* run.post(reviews, { spec: { namespace: "default" } }, as("ruled", { show }))
      yield* run.post(reviews, { spec: { namespace: "default" } }, { show })
      yield* run.post(reviews, { spec: {} }, as("ruled"))
      yield* run.post(reviews, {}, as("ruled"))
    }),
    scenario("Tokens of service accounts, as they are asked for (S50)", function*(run) {
      const accounts = run.at("serviceaccounts")
      yield* run.post(accounts, { metadata: { name: "robot" } }, { show: (body) => body.kind })
      const ask = (body: Json, name = "robot") => run.post(`${accounts}/${name}/token`, body)
      const claims = (token: string): Json =>
        JSON.parse(atob(token.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/")))
      const withClaims = (body: Json): Json => {
        const token = body.status?.token
        if (token === undefined) return body
        const { exp, iat, iss: _, jti, nbf, ...rest } = claims(token)
        return { ...body, claims: { ...rest, lives: exp - iat, since: nbf - iat, jti } }
      }
      const audiences = ["vault"]
      const show = { show: withClaims }
      yield* run.post(`${accounts}/robot/token`, { spec: { audiences } }, show)
      yield* run.post(`${accounts}/robot/token`, { spec: { audiences: ["a", "b"], expirationSeconds: 600 } }, show)
      yield* ask({ spec: { audiences, expirationSeconds: 599 } })
      yield* ask({ spec: { audiences, expirationSeconds: 4294967297 } })
      yield* ask({ spec: { audiences } }, "missing")
      yield* ask({ metadata: { name: "other" }, spec: { audiences } })
      yield* ask({ metadata: { namespace: "other" }, spec: { audiences } })
      yield* ask({ metadata: { uid: "06f6ce97-e2c5-4ab8-8ba5-7654dd08d52b" }, spec: { audiences } })
      yield* run.post(run.at("secrets"), { metadata: { name: "s" } }, { show: (body) => body.metadata.uid })
      const bound = { kind: "Secret", apiVersion: "v1", name: "s" }
      yield* run.post(`${accounts}/robot/token`, { spec: { audiences, boundObjectRef: bound } }, show)
      yield* ask({ spec: { audiences, boundObjectRef: { ...bound, name: "missing" } } })
      yield* ask({ spec: { audiences, boundObjectRef: { ...bound, uid: "wrong" } } })
      yield* ask({ spec: { audiences, boundObjectRef: { kind: "ConfigMap", apiVersion: "v1", name: "s" } } })
      yield* ask({ kind: "Secret", apiVersion: "v1" })
      yield* ask("no JSON")
      yield* run.get(`${accounts}/robot/token`, { show: message })
      yield* run.post(`${accounts}/robot/token`, {}, as("jane"))
    }),
    scenario("A token of a service account says who asks, while there is one (S50, S57)", function*(run) {
      const accounts = run.at("serviceaccounts")
      yield* run.post(accounts, { metadata: { name: "robot" } }, { show: (body) => body.kind })
      yield* run.post(run.at("secrets"), { metadata: { name: "s" } }, { show: (body) => body.kind })
      const tokenOf = (spec: Json) =>
        Effect.map(
          run.post(`${accounts}/robot/token`, { spec }, { show: (body) => body.kind }),
          ({ body }) => body.status.token as string
        )
      const token = yield* tokenOf({})
      const bound = yield* tokenOf({ boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "s" } })
      const foreign = yield* tokenOf({ audiences: ["vault"] })
      yield* run.post(whoami, {}, { ...by(token), show: (body) => body.status })
      yield* run.post(whoami, {}, { ...by(bound), show: (body) => body.status })
      yield* run.get(run.at("pods"), by(token))
      yield* run.get(run.at("pods"), by(foreign))
      yield* run.get(run.at("pods"), by(`${token}x`))
      yield* run.get(run.at("pods"), by(token.split(".").slice(0, 2).join(".")))
      yield* run.delete(`${run.at("secrets")}/s`, undefined, { show: justStatus })
      yield* run.until(run.at("pods"), ({ status }) => status === 401, by(bound))
      yield* run.get(run.at("pods"), by(token))
      yield* run.delete(`${accounts}/robot`, undefined, { show: (body) => body.kind })
      yield* run.until(run.at("pods"), ({ status }) => status === 401, by(token))
      for (const each of [token, bound]) {
        yield* run.post(`${authentication}/tokenreviews`, { spec: { token: each } }, { show: justStatus })
      }
    }),
    scenario("TokenReview says whose a token is (S51)", function*(run) {
      const reviews = `${authentication}/tokenreviews`
      const accounts = run.at("serviceaccounts")
      yield* run.post(accounts, { metadata: { name: "robot" } }, { show: (body) => body.metadata.uid })
      const tokenOf = (spec: Json) =>
        Effect.map(
          run.post(`${accounts}/robot/token`, { spec }, { show: (body) => body.kind }),
          ({ body }) => body.status.token as string
        )
      const token = yield* tokenOf({ audiences: ["vault", "attic"] })
      yield* run.post(reviews, { spec: { token, audiences: ["vault", "cellar"] } })
      yield* run.post(reviews, { spec: { token, audiences: ["cellar"] } })
      yield* run.post(reviews, { spec: { token: `${token.slice(0, -4)}AAAA`, audiences: ["vault"] } })
      yield* run.post(reviews, { spec: { token: "wrong" } })
      yield* run.post(reviews, { spec: { token: "a.b.c", audiences: ["vault"] } })
      yield* run.post(reviews, { spec: {} })
      yield* run.post(reviews, { metadata: { name: "x" }, spec: { token: "wrong" } })
      yield* run.post(reviews, { spec: { token } }, as("jane"))
      yield* run.delete(`${accounts}/robot`, undefined, { show: (body) => body.kind })
    })
  ]
}
