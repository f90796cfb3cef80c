import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import { printed } from "./secrets.js"
import { clientOf, connection, get, passing, pluginOf, server } from "./signingIn.js"

describe("secrets", () => {
  it.scoped(
    "no credential goes over plain http to another machine, nor through a proxy, and no plugin runs for one; the log says so (C18)",
    () =>
      Effect.gen(function*() {
        const it = yield* pluginOf
        yield* it.says(`credential({ token: "t" })`)
        const logged: Array<string> = []
        const logger = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => logged.push(String(message))))
        const servers: ReadonlyArray<readonly [server: string, proxy: string | undefined, sent: boolean]> = [
          ["http://127.0.0.1:1", undefined, true],
          ["http://127.1:1", undefined, true],
          ["http://[::1]:1", undefined, true],
          ["http://localhost:1", "http://proxy.example:3128", false],
          ["https://cluster.example", "http://proxy.example:3128", true],
          ["http://localhost.:1", undefined, false],
          ["http://localhost.example:1", undefined, false],
          ["http://127.0.0.1.example:1", undefined, false],
          ["http://[::ffff:192.0.2.1]:1", undefined, false]
        ]
        for (const [server, proxy, sent] of servers) {
          logged.length = 0
          yield* NodeKubeClient.make({
            ...connection(server, { exec: it.plugin }),
            proxyUrl: proxy === undefined ? undefined : Redacted.make(proxy)
          }, { environmentProxy: false }).pipe(Effect.provide(logger))
          assert.deepStrictEqual(
            logged,
            sent ? [] : [`${server}: the credential is not sent, because it would go over plain http`]
          )
        }
        assert.strictEqual(yield* it.runs, 0)
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "no way of signing in leaves its secret in an error, a log, a span, an inspection or JSON, whether the server answers, refuses, repeats it or is not there (C7, C32)",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const api = yield* server
        const it = yield* pluginOf
        const secret = "S3cret-of-the-walk"
        yield* fs.writeFileString(it.file("token"), secret)
        yield* it.says(`console.error("leaks ${secret}"); credential({ token: "${secret}" })`)
        const logged: Array<unknown> = []
        const spans: Array<unknown> = []
        const tracer = Tracer.make({
          span: (name, parent, context, links, startTime, kind) => {
            const attributes = new Map<string, unknown>()
            const events: Array<unknown> = []
            const span = {
              _tag: "Span" as const,
              spanId: "s",
              traceId: "t",
              sampled: true,
              status: { _tag: "Started" as const, startTime },
              name,
              parent,
              context,
              links,
              kind,
              attributes,
              addLinks: () => {},
              end: (_: bigint, exit: unknown) => {
                events.push(exit)
              },
              attribute: (key: string, value: unknown) => {
                attributes.set(key, value)
              },
              event: (...event: ReadonlyArray<unknown>) => {
                events.push(event)
              }
            }
            spans.push({ name, attributes, events })
            return span
          },
          context: (f) => f()
        })
        const observed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
          effect.pipe(
            Effect.withTracer(tracer),
            Effect.provide(Logger.replace(Logger.defaultLogger, Logger.make((entry) => logged.push(entry)))),
            Logger.withMinimumLogLevel(LogLevel.All)
          )
        const identities: ReadonlyArray<KubeConfig.Identity> = [
          { token: Redacted.make(secret) },
          { tokenFile: it.file("token") },
          { basic: { username: "me", password: Redacted.make(secret) } },
          { exec: { ...it.plugin, env: [{ name: "S", value: Redacted.make(secret) }] } },
          { token: Redacted.make(`${secret} `) },
          { exec: { ...it.plugin, command: "/nothing", args: [secret] } },
          {
            oidc: {
              issuer: "https://127.0.0.1:1",
              clientId: "c",
              clientSecret: Redacted.make(secret),
              idToken: Redacted.make(secret),
              refreshToken: Redacted.make(secret)
            }
          }
        ]
        // Arguments are the kubeconfig's own text, and are in no error all the same.
        const shown: Array<unknown> = identities.filter(({ exec }) => exec?.command !== "/nothing")
        const secrets = [secret, Buffer.from(`me:${secret}`).toString("base64")]
        for (const identity of identities) {
          for (
            const [url, accepted] of [
              [api.url, true],
              [api.url, false],
              ["http://127.0.0.1:1", true],
              ["http://elsewhere.invalid", true]
            ] as const
          ) {
            api.state.accepts = () => accepted
            const client = yield* observed(clientOf(url, identity))
            // What is not there is tried again.
            const exit = yield* Effect.exit(observed(get(client))).pipe(
              Effect.race(passing)
            )
            shown.push(client, exit)
          }
        }
        const all = [...shown, ...logged, ...spans]
        for (const text of all.flatMap((value) => printed(value))) {
          for (const value of secrets) assert.notInclude(text, value)
        }
        assert.isAbove(spans.length, 20)
        assert.isAbove(logged.length, 5)
        assert.strictEqual(api.seen.length, 8)
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )
})
