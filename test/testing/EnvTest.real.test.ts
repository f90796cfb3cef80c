/** EnvTest with the real programs. The titles name what only they can prove; the rest is in `EnvTest.test.ts`. */
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Https from "node:https"
import * as Path from "node:path"
import process from "node:process"
import * as KubeClient from "../../src/client/KubeClient.js"
import * as Request from "../../src/protocol/Request.js"
import * as EnvTest from "../../src/testing/EnvTest.js"
import { layer as sharedLayer } from "../envtest/shared.js"
import { until, useTempFolder } from "./fixtures/leftovers.js"

const place = useTempFolder()
afterAll(() => place.remove())

const assertNothingLeft = (): void => {
  assert.deepStrictEqual(place.processes(), [])
  assert.deepStrictEqual(place.folders(), [])
}
const hasProcess = (name: string): boolean => place.processes().some((line) => line.includes(name))

/** One request with a bearer token and nothing else. */
const getWithToken = (cluster: EnvTest.ControlPlane, token: string, path: string): Effect.Effect<number | undefined> =>
  Effect.async((resume) => {
    Https.get(
      `${cluster.url}${path}`,
      { ca: cluster.certificateAuthority, agent: false, headers: { authorization: `Bearer ${token}` } },
      (response) => resume(Effect.succeed(response.resume().statusCode))
    ).on("error", (error) => resume(Effect.die(error)))
  })

describe("EnvTest", () => {
  it.scoped(
    "the control plane takes its administrator by certificate and by token, and nobody else",
    () =>
      Effect.gen(function*() {
        const cluster = yield* EnvTest.start()
        assert.match(yield* cluster.kubectl("get", "namespaces", "-o", "name"), /^namespace\/default$/m)
        const who = JSON.parse(yield* cluster.kubectl("auth", "whoami", "-o", "json"))
        assert.strictEqual(who.status.userInfo.username, "admin")
        assert.include(who.status.userInfo.groups, "system:masters")
        assert.strictEqual(yield* getWithToken(cluster, Redacted.value(cluster.token), "/api/v1/secrets"), 200)
        assert.strictEqual(yield* getWithToken(cluster, "another", "/api/v1/secrets"), 401)
        // Pods need no service account, since nothing makes one.
        yield* cluster.kubectl("run", "web", "--image=web", "--overrides", `{"spec":{"hostNetwork":true}}`)
        const error = yield* Effect.flip(cluster.kubectl("get", "pod", "none"))
        assert.strictEqual(error.reason, "KubectlFailed")
        assert.include(error.message, `pods "none" not found`)
        // A service account's token, made and signed on the spot, is taken too.
        yield* cluster.kubectl("create", "serviceaccount", "robot")
        const token = (yield* cluster.kubectl("create", "token", "robot")).trim()
        assert.strictEqual(yield* getWithToken(cluster, token, "/version"), 200)
        assert.strictEqual(yield* getWithToken(cluster, token, "/api/v1/secrets"), 403)
      }),
    60_000
  )

  it.scoped(
    "killed servers come back on the same port with the same data, and forget the history when told",
    () =>
      Effect.gen(function*() {
        const cluster = yield* EnvTest.start()
        const list = "/api/v1/namespaces/default/configmaps"
        for (const name of ["a", "b"]) yield* cluster.kubectl("create", "configmap", name)
        const page = JSON.parse(yield* cluster.kubectl("get", "--raw", `${list}?limit=1`)).metadata
        yield* cluster.kubectl("create", "configmap", "c")

        yield* cluster.apiserver.kill()
        const down = yield* Effect.flip(cluster.kubectl("get", "configmaps"))
        assert.include(down.message, "refused")
        yield* cluster.apiserver.start
        const names = yield* cluster.kubectl("get", "configmaps", "-o", "name")
        assert.strictEqual(names, "configmap/a\nconfigmap/b\nconfigmap/c\n")
        const next = JSON.parse(yield* cluster.kubectl("get", "--raw", `${list}?limit=1&continue=${page.continue}`))
        assert.strictEqual(next.items[0].metadata.name, "b")

        assert.isAtLeast(Number(yield* cluster.etcd.compact), Number(page.resourceVersion) + 1)
        yield* cluster.apiserver.stop
        yield* cluster.etcd.kill("SIGTERM")
        yield* cluster.etcd.start
        yield* cluster.apiserver.start
        assert.strictEqual(yield* cluster.kubectl("get", "configmaps", "-o", "name"), names)
        const expired = yield* Effect.flip(cluster.kubectl("get", "--raw", `${list}?limit=1&continue=${page.continue}`))
        assert.include(expired.message, "Expired")
        const watch = yield* cluster.kubectl("get", "--raw", `${list}?watch=1&resourceVersion=${page.resourceVersion}`)
        assert.deepInclude(JSON.parse(watch).object, { kind: "Status", reason: "Expired", code: 410 })
      }),
    90_000
  )

  it.scoped(
    "the controllers that were asked for run: a deleted owner's objects go, and a deleted namespace",
    () =>
      Effect.gen(function*() {
        const cluster = yield* EnvTest.start({ controllers: ["garbage-collector-controller", "namespace-controller"] })
        yield* cluster.kubectl("create", "configmap", "owner")
        const uid = yield* cluster.kubectl("get", "configmap", "owner", "-o", "jsonpath={.metadata.uid}")
        const references = JSON.stringify([{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid }])
        yield* cluster.kubectl("create", "configmap", "owned")
        yield* cluster.kubectl("patch", "configmap", "owned", "-p", `{"metadata":{"ownerReferences":${references}}}`)
        yield* cluster.kubectl("create", "namespace", "gone")
        yield* cluster.kubectl("delete", "configmap", "owner")
        yield* cluster.kubectl("wait", "--for=delete", "configmap/owned", "--timeout=30s")
        yield* cluster.kubectl("delete", "namespace", "gone", "--timeout=30s")
      }),
    90_000
  )

  it.live(
    "two control planes run side by side with the flags that each was given, and leave nothing",
    () =>
      Effect.gen(function*() {
        yield* Effect.scoped(Effect.gen(function*() {
          const [plain, all] = yield* Effect.all([
            EnvTest.start({ apiserverFlags: { "service-cluster-ip-range": "10.9.0.0/24" } }),
            EnvTest.start({ runtimeConfig: { "api/all": true }, featureGates: { CBORServingAndStorage: true } })
          ], { concurrency: 2 })
          assert.notStrictEqual(plain.url, all.url)
          const served = (cluster: EnvTest.ControlPlane) => cluster.kubectl("api-versions")
          assert.notInclude(yield* served(plain), "internal.apiserver.k8s.io/v1alpha1")
          assert.include(yield* served(all), "internal.apiserver.k8s.io/v1alpha1")
          assert.include(yield* plain.kubectl("get", "service", "kubernetes"), "10.9.0.1")
          const gates = yield* all.kubectl("get", "--raw", "/metrics")
          assert.match(gates, /kubernetes_feature_enabled\{name="CBORServingAndStorage",stage="ALPHA"\} 1/)
        }))
        assertNothingLeft()
      }),
    90_000
  )

  it.effect("a flag that the API server refuses is told with the server's words, and nothing is left", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.scoped(EnvTest.start({ featureGates: { NoSuchGate: true } })))
      assert.strictEqual(error.reason, "Exited")
      assert.strictEqual(error.component, "kube-apiserver")
      assert.include(error.message, "unrecognized feature gate: NoSuchGate")
      assertNothingLeft()
    }))

  it.live("a start that is interrupted while etcd or the API server starts leaves nothing", () =>
    Effect.gen(function*() {
      for (const program of ["/etcd ", "/kube-apiserver "]) {
        const fiber = yield* Effect.fork(Effect.scoped(EnvTest.start()))
        yield* until(program, () => hasProcess(program))
        yield* Fiber.interrupt(fiber)
        assertNothingLeft()
      }
    }))

  it.live("a test process that is killed with SIGKILL leaves nothing", () =>
    Effect.gen(function*() {
      const fixture = Path.join(import.meta.dirname, "fixtures/holdEnvTest.ts")
      const child = ChildProcess.spawn(process.execPath, ["--import", "tsx", fixture], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      yield* Effect.async<void>((resume) => {
        child.stdout.once("data", () => resume(Effect.void))
      })
      assert.isTrue(hasProcess("/etcd ") && hasProcess("/kube-apiserver "))
      child.kill("SIGKILL")
      yield* until("nothing left", () => place.processes().length + place.folders().length === 0)
    }))

  it.live("the layer gives a control plane and a client of it, and closing it leaves nothing", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(EnvTest.layer, scope)
      const cluster = Context.get(context, EnvTest.EnvTest)
      const client = Context.get(context, KubeClient.KubeClient)
      assert.strictEqual(client.server, cluster.url)
      assert.strictEqual((yield* client.execute(Request.raw({ path: "/api/v1/nodes" }))).status, 200)
      yield* Scope.close(scope, Exit.void)
      assertNothingLeft()
    }))

  it.layer(sharedLayer)("a suite", (it) => {
    it.effect("can use the control plane that the whole run shares", () =>
      Effect.gen(function*() {
        const client = yield* KubeClient.KubeClient
        const answer = yield* client.execute(Request.raw({ path: "/api/v1/namespaces/default" }))
        assert.strictEqual(answer.status, 200)
      }))
  })
})
