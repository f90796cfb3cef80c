import { assert, describe, layer } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import { inspect } from "node:util"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { SelfSubjectReview } from "../../src/kinds/authentication/v1.js"
import { ConfigMap, Namespace, Secret } from "../../src/kinds/core/v1.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Request from "../../src/protocol/Request.js"
import * as EnvTest from "../envtest/shared.js"

const inNamespace = Effect.map(
  Effect.acquireRelease(
    Api.cluster(Namespace).create({ metadata: { generateName: "client-" } }),
    (namespace) => Effect.ignore(Api.cluster(Namespace).delete(namespace.metadata.name))
  ),
  (namespace) => namespace.metadata.name
)

const whoAmI = Effect.map(Api.cluster(SelfSubjectReview).create({ metadata: {} }), (review) => review.status?.userInfo)

describe("KubeClient against a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.effect("asks in somebody else's name: user, uid, several groups, extra (C20)", () =>
      Effect.gen(function*() {
        const who = {
          user: "jürgen",
          uid: "u-1",
          groups: ["one", "two, with a comma", "drei-ü"],
          extra: { "acme.com/scopes%": ["view", "edit"], plain: ["x y"] }
        }
        assert.deepStrictEqual(yield* Effect.provide(whoAmI, KubeClient.layerImpersonate(who)), {
          username: who.user,
          uid: who.uid,
          groups: [...who.groups, "system:authenticated"],
          extra: who.extra
        })
        const asJane = KubeClient.layerImpersonate({ user: "jane" })
        const denied = yield* Effect.flip(Effect.provide(Api.namespaced(ConfigMap, "default").list(), asJane))
        assert.strictEqual(denied._tag, "KubeForbidden")
        assert.include(denied.message, `User "jane" cannot list resource "configmaps"`)
      }))

    it.scoped("no value of a Secret comes back in an error, though the server quotes it (C32)", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const secrets = Api.namespaced(Secret, namespace)
        const stored = "stored-value-51be"
        const sent = "sent-value-77aa"
        yield* secrets.create({ metadata: { name: "s" }, stringData: { password: stored } })
        const client = yield* KubeClient.KubeClient
        const patched = (body: unknown, contentType: string) =>
          client.execute(Request.raw({
            method: "PATCH",
            path: `/api/v1/namespaces/${namespace}/secrets/s?fieldManager=test&fieldValidation=Strict`,
            contentType,
            body: JSON.stringify(body)
          }))
        const merge = "application/merge-patch+json"
        const strategic = "application/strategic-merge-patch+json"
        const apply = "application/apply-patch+yaml"
        const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } }
        const attempts: ReadonlyArray<Effect.Effect<unknown, unknown, KubeClient.KubeClient>> = [
          secrets.patch("s", Patch.json([{ op: "replace", path: "/data", value: sent }])),
          secrets.patch("s", Patch.json([{ op: "test", path: "/data/password", value: sent }])),
          secrets.patch("s", Patch.json([{ op: "add", path: "/data/x/y", value: sent }])),
          patched({ data: { password: `${sent} not base64!!` } }, merge),
          patched({ data: sent }, merge),
          patched({ data: [sent] }, strategic),
          patched({ data: { password: { a: sent } } }, strategic),
          patched({ $patch: sent }, strategic),
          patched({ type: sent }, merge),
          patched({ immutable: sent }, merge),
          patched({ [sent]: sent }, merge).pipe(Effect.zipRight(Effect.fail("accepted"))),
          patched({ metadata: { annotations: { a: { x: sent } } } }, merge),
          patched({ ...object, immutable: sent }, apply),
          patched({ ...object, data: [sent] }, apply),
          patched({ ...object, data: { a: `${sent}!!` } }, apply),
          client.execute(Request.raw({
            method: "POST",
            path: `/api/v1/namespaces/${namespace}/secrets`,
            body: JSON.stringify({ ...object, metadata: { name: "t" }, data: { a: `${sent}!!` } })
          })),
          client.execute(Request.raw({
            method: "POST",
            path: `/api/v1/namespaces/${namespace}/secrets`,
            body: JSON.stringify({
              ...object,
              metadata: { name: "t" },
              type: "kubernetes.io/dockerconfigjson",
              stringData: { ".dockerconfigjson": sent }
            })
          }))
        ]
        const failures = yield* Effect.forEach(attempts, (attempt) => Effect.flip(attempt))
        for (const error of failures) {
          assert.isTrue(KubeError.is(error), String(error))
          for (
            const text of [
              inspect(error, { depth: 20 }),
              JSON.stringify(error),
              String(error),
              Cause.pretty(Cause.fail(error), { renderErrorCause: true })
            ]
          ) {
            for (const word of [stored, Encoding.encodeBase64(stored), sent, Encoding.encodeBase64(sent)]) {
              assert.notInclude(text, word)
            }
          }
        }
        assert.include(String(failures[0]), "cannot unmarshal string into Go struct field Secret.data")
      }))

    it.scoped("says what the errors of other kinds are about (C29, C32)", () =>
      Effect.gen(function*() {
        const configMaps = Api.namespaced(ConfigMap, yield* inNamespace)
        yield* configMaps.create({ metadata: { name: "a" } })
        const error = yield* Effect.flip(
          configMaps.patch("a", Patch.merge({ metadata: { labels: { a: "not valid!" } } }))
        )
        assert.include(error.message, `metadata.labels: Invalid value: "not valid!": a valid label must be`)
      }))

    it.effect("raw requests and the HttpClient below speak to the same server as the same user (C44)", () =>
      Effect.gen(function*() {
        const client = yield* KubeClient.KubeClient
        const version = yield* client.execute(Request.raw({ path: "/version" }))
        const response = yield* client.httpClient.get("/version")
        assert.deepStrictEqual(yield* response.json, version.body)
        const ready = yield* client.execute(Request.raw({ path: "/readyz", accept: "*/*" }))
        assert.strictEqual(ready.body, "ok")
        const asJane = yield* client.impersonate({ user: "jane" }).httpClient.get("/api/v1/configmaps")
        assert.strictEqual(asJane.status, 403)
      }))

    it.scoped("warnings of the server reach the caller (C26)", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const client = yield* KubeClient.KubeClient
        const seen: Array<string> = []
        const { warnings } = yield* Effect.provideService(
          client.execute(Request.raw({
            method: "POST",
            path: `/api/v1/namespaces/${namespace}/configmaps?fieldValidation=Warn`,
            body: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, odd: 1 })
          })),
          KubeClient.OnWarning,
          ({ text }) => Effect.sync(() => seen.push(text))
        )
        assert.deepStrictEqual(warnings, [`unknown field "odd"`])
        assert.deepStrictEqual(seen, warnings)
      }))
  })
})
