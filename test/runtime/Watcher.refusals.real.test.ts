/** Watching a real server that refuses: rights that are taken away, a credential that ends, a priority level without seats. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Api from "../../src/client/Api.js"
import { KubeClient, Retry } from "../../src/client/KubeClient.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import { ConfigMap, ServiceAccount } from "../../src/kinds/core/v1.js"
import { FlowSchema, PriorityLevelConfiguration } from "../../src/kinds/flowcontrol/v1.js"
import { Role, RoleBinding } from "../../src/kinds/rbac/v1.js"
import * as Request from "../../src/protocol/Request.js"
import { kubeconfig, layer } from "../envtest/shared.js"
import { account, assertEqual, clientOf, connectionOf, followed, inNamespace, until } from "./watchingReal.js"

/** The server ends the watch so soon, and is asked for the next one. */
const timeout = "2 seconds"

/** The administrator, a namespace, and its role `reader` of ConfigMaps. */
const setting = Effect.gen(function*() {
  const administrator = yield* KubeClient
  const namespace = yield* inNamespace
  yield* Api.namespaced(Role, namespace).create({
    metadata: { name: "reader" },
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list", "watch"] }]
  })
  const grant = (name: string) =>
    Api.namespaced(RoleBinding, namespace).create({
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name, namespace }]
    })
  return {
    administrator,
    namespace,
    grant,
    revoke: (name: string) => Api.namespaced(RoleBinding, namespace).delete(name),
    configMaps: Api.namespaced(ConfigMap, namespace),
    connection: yield* connectionOf(kubeconfig)
  }
})

const as = (connection: KubeConfig.Connection, identity: KubeConfig.Identity) => clientOf({ ...connection, identity })

const run = <A, E>(effect: Effect.Effect<A, E, KubeClient | FileSystem.FileSystem | Scope.Scope>) =>
  effect.pipe(Effect.scoped, Effect.provide(layer), Effect.provide(NodeContext.layer))

describe("Watching a real server that refuses", () => {
  it.live(
    "rights that are taken away in the middle are missed until they are back; then everything is listed (W29, W42, W55)",
    () =>
      run(Effect.gen(function*() {
        const { administrator, configMaps, connection, grant, namespace, revoke } = yield* setting
        const { token } = yield* account(administrator, namespace, "guest")
        const guest = yield* as(connection, { token })
        const { changes, said, store, troubles } = yield* followed(configMaps, { timeout }).pipe(
          Effect.provideService(KubeClient, guest)
        )
        // Nobody gave any so far.
        yield* until(() => troubles.length > 1)
        assert.deepStrictEqual(new Set(said), new Set(["Trouble KubeForbidden"]))
        assert.match(troubles[0]!.message, /cannot list resource "configmaps"|may not list|forbidden/i)
        assert.isTrue(Option.isSome(yield* store.trouble))

        yield* configMaps.create({ metadata: { name: "a" } })
        yield* configMaps.create({ metadata: { name: "b" } })
        yield* grant("guest")
        yield* store.ready
        assert.isTrue(Option.isNone(yield* store.trouble))
        assert.strictEqual(yield* store.size, 2)

        said.length = 0
        yield* revoke("guest")
        yield* until(() =>
          troubles.some(({ _tag }) => _tag === "KubeForbidden") && said.includes("Trouble KubeForbidden")
        )
        yield* configMaps.delete("a")
        yield* configMaps.create({ metadata: { name: "c" } })
        assert.notInclude(said, "Init Refused")
        yield* grant("guest")
        yield* until(() => said.includes("InitDone"), () => said)
        assert.strictEqual(said.filter((text) => text.startsWith("Init ")).join(), "Init Refused")
        yield* assertEqual(store, configMaps)
        yield* until(() => changes.length === 4, () => changes)
        assert.deepStrictEqual(changes.slice(2), ["Deleted a", "Added c"])
      })),
    60_000
  )

  it.live(
    "a token that is not valid any more is refused, and with the next one from its file the watch goes on where it was (W28)",
    () =>
      run(Effect.gen(function*() {
        const { administrator, configMaps, connection, grant, namespace } = yield* setting
        const fs = yield* FileSystem.FileSystem
        const path = `${yield* fs.makeTempDirectoryScoped({ prefix: "watching-" })}/token`
        const [one, two] = [
          yield* account(administrator, namespace, "one"),
          yield* account(administrator, namespace, "two")
        ]
        yield* grant("one")
        yield* grant("two")
        yield* fs.writeFileString(path, Redacted.value(one.token))
        const client = yield* as(connection, { tokenFile: path })
        const { said, store, troubles } = yield* followed(configMaps, { timeout }).pipe(
          Effect.provideService(KubeClient, client)
        )
        yield* store.ready
        yield* Api.namespaced(ServiceAccount, namespace).delete("one")
        // The server itself remembers for ten seconds whom it has let in.
        yield* until(() => said.includes("Trouble KubeUnauthorized"), () => said)
        yield* configMaps.create({ metadata: { name: "meanwhile" } })
        assert.notInclude(said, "Applied meanwhile")
        yield* fs.writeFileString(path, Redacted.value(two.token))
        yield* until(() => said.includes("Applied meanwhile"), () => said)
        assert.deepStrictEqual(new Set(troubles.map(({ _tag }) => _tag)), new Set(["KubeUnauthorized"]))
        assert.strictEqual(said.filter((text) => text.startsWith("Init ")).join(), "Init Start")
        yield* assertEqual(store, configMaps)
      })),
    60_000
  )

  it.live(
    "429 with a Retry-After is waited for, and the watch goes on where it was, without a list (W25)",
    () =>
      run(Effect.gen(function*() {
        const { administrator, configMaps, connection, grant, namespace } = yield* setting
        const { token } = yield* account(administrator, namespace, "guest")
        yield* grant("guest")
        const guest = yield* as(connection, { token })
        const { said, store, troubles } = yield* followed(configMaps, { timeout, labels: "app=web" }).pipe(
          Effect.provideService(KubeClient, guest)
        )
        yield* store.ready
        // A list that is asked for and not read is more than the buffers on its way hold: the server stays with it.
        yield* Effect.forEach(
          Array.from({ length: 12 }),
          () => configMaps.create({ metadata: { generateName: "large-" }, data: { text: "x".repeat(900_000) } }),
          { discard: true }
        )
        const unread = yield* Request.list(configMaps.resource, { namespace })
        const occupy = Effect.retry(guest.open(unread), Schedule.spaced("20 millis")).pipe(
          Effect.provideService(Retry, "off"),
          Effect.zipRight(Effect.never),
          Effect.scoped
        )
        // A priority level without a seat to spare: while one request of it is served, each other is refused.
        yield* Effect.acquireUseRelease(
          Effect.zipRight(
            Api.cluster(PriorityLevelConfiguration).create({
              metadata: { name: namespace },
              spec: {
                type: "Limited",
                limited: {
                  nominalConcurrencyShares: 0,
                  lendablePercent: 0,
                  borrowingLimitPercent: 0,
                  limitResponse: { type: "Reject" }
                }
              }
            }),
            Api.cluster(FlowSchema).create({
              metadata: { name: namespace },
              spec: {
                priorityLevelConfiguration: { name: namespace },
                matchingPrecedence: 100,
                rules: [{
                  subjects: [{ kind: "ServiceAccount", serviceAccount: { name: "guest", namespace } }],
                  resourceRules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"], namespaces: ["*"] }]
                }]
              }
            })
          ),
          () =>
            Effect.gen(function*() {
              yield* Effect.race(until(() => troubles.length >= 2, () => said), occupy)
              assert.deepStrictEqual(new Set(troubles.map(({ _tag }) => _tag)), new Set(["KubeThrottled"]))
              const [first] = troubles
              const after = first?._tag === "KubeThrottled" ? first.retryAfter : undefined
              assert.isTrue(after !== undefined && Duration.greaterThanOrEqualTo(after, "1 second"))
            }),
          () =>
            Effect.zipRight(
              Effect.ignore(Api.cluster(FlowSchema).delete(namespace)),
              Effect.ignore(Api.cluster(PriorityLevelConfiguration).delete(namespace))
            )
        )
        yield* configMaps.create({ metadata: { name: "after", labels: { app: "web" } } })
        yield* until(() => said.includes("Applied after"), () => said)
        assert.strictEqual(said.filter((text) => text.startsWith("Init ")).join(), "Init Start")
        yield* assertEqual(store, configMaps, { labels: "app=web" })
      })),
    60_000
  )
})
