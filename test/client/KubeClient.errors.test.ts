import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as Api from "../../src/client/Api.js"
import { withoutBody } from "../../src/client/internal/quoting.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { ConfigMap, Secret } from "../../src/kinds/core/v1.js"
import { ownErrors } from "../../src/protocol/internal/operationErrors.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Request from "../../src/protocol/Request.js"
import { client, script, server, status, type Step, tokens } from "./scripted.js"

const where = { namespace: "ns", name: "a" }
const requests = {
  get: Request.get(ConfigMap, where),
  list: Request.list(ConfigMap, { namespace: "ns" }),
  watch: Request.watch(ConfigMap, {}, "1"),
  create: Request.create(ConfigMap, { namespace: "ns" }, "{}"),
  update: Request.replace(ConfigMap, where, "{}"),
  patch: Request.patch(ConfigMap, where, { _tag: "Merge", body: {} }),
  delete: Request.delete(ConfigMap, where),
  deletecollection: Request.deleteCollection(ConfigMap, { namespace: "ns" })
}

const common: { readonly [reason: string]: KubeError.Common["_tag"] } = {
  Unauthorized: "KubeUnauthorized",
  Forbidden: "KubeForbidden",
  TooManyRequests: "KubeThrottled"
}
const own: { readonly [reason: string]: KubeError.Own["_tag"] } = {
  NotFound: "KubeNotFound",
  AlreadyExists: "KubeAlreadyExists",
  Conflict: "KubeConflict",
  Invalid: "KubeInvalid",
  Expired: "KubeExpired",
  Gone: "KubeExpired"
}
const codes: { readonly [reason: string]: number } = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  StoreReadError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
  "": 418,
  Unknown: 599
}

/** What a step is answered with, as the error of a request. */
const errorOf = <E extends KubeError.KubeError>(
  request: Effect.Effect<Request.Request<E>, KubeError.StatusError>,
  step: Step
): Effect.Effect<KubeError.KubeError> =>
  Effect.flip(
    Effect.flatMap(request, (request) => Effect.scoped(client(script([step]), { retry: "off" }).open(request)))
  ).pipe(Effect.orDie) as Effect.Effect<KubeError.KubeError>

describe("errors", () => {
  it.effect("are those that the operation lists, and any other reason is a StatusError (C29, C30)", () =>
    Effect.gen(function*() {
      for (
        const [operation, request] of Object.entries<
          Effect.Effect<Request.Request<KubeError.KubeError>, KubeError.StatusError>
        >(requests)
      ) {
        const listed: ReadonlyArray<string> = ownErrors[operation as keyof typeof requests]
        for (const [reason, code] of Object.entries(codes)) {
          const error = yield* errorOf(request, { status: code, body: status(code, reason) })
          const ownTag = own[reason]
          const expected = ownTag !== undefined && listed.includes(ownTag)
            ? ownTag
            : common[reason] ?? "KubeStatusError"
          assert.strictEqual(error._tag, expected, `${operation} ${reason}`)
          assert.strictEqual((error as KubeError.Refusal).status.code, code)
          assert.strictEqual(error.request.resource, "configmaps")
          assert.strictEqual(error.request.verb, operation)
          assert.match(error.message, new RegExp(`^${operation} ConfigMap`))
          assert.notInclude(error.message, "\n")
        }
      }
    }))

  it.effect("have the Status, its causes and details, and how long to wait (C29, C25)", () =>
    Effect.gen(function*() {
      const error = yield* errorOf(requests.create, {
        status: 422,
        body: status(422, "Invalid", {
          details: {
            name: "a",
            kind: "ConfigMap",
            causes: [{ reason: "FieldValueInvalid", field: "data.x", message: `Invalid value: "y": no` }]
          }
        })
      })
      assert.strictEqual(error.message, `create ConfigMap in ns: invalid: data.x: Invalid value: "y": no`)
      const busy = yield* errorOf(requests.get, {
        status: 429,
        body: status(429, "TooManyRequests", { details: { retryAfterSeconds: 7 } })
      })
      assert.strictEqual(
        busy.message,
        "get ConfigMap ns/a: too many requests, retry after 7s (the server says TooManyRequests)"
      )
    }))

  it.effect("of an answer without a Status go by its code; a 409 on POST is AlreadyExists, else Conflict (C31)", () =>
    Effect.gen(function*() {
      const page = `<html>${"x".repeat(5000)}</html>`
      const html = { "content-type": "text/html" }
      const tag = (request: Effect.Effect<Request.Request<KubeError.KubeError>, KubeError.StatusError>, code: number) =>
        Effect.map(errorOf(request, { status: code, body: page, headers: html }), (error) => {
          const { message, reason } = (error as KubeError.Refusal).status
          assert.strictEqual(message?.length, 2048)
          return `${error._tag} ${reason}`
        })
      assert.strictEqual(yield* tag(requests.create, 409), "KubeAlreadyExists AlreadyExists")
      assert.strictEqual(yield* tag(requests.update, 409), "KubeConflict Conflict")
      assert.strictEqual(yield* tag(requests.delete, 409), "KubeConflict Conflict")
      assert.strictEqual(yield* tag(requests.get, 404), "KubeNotFound NotFound")
      assert.strictEqual(yield* tag(requests.get, 502), "KubeStatusError InternalError")
      assert.strictEqual(yield* tag(requests.get, 403), "KubeForbidden Forbidden")
      assert.strictEqual(yield* tag(requests.list, 410), "KubeExpired Gone")
      assert.strictEqual(yield* tag(requests.get, 429), "KubeThrottled TooManyRequests")
      for (
        const body of ["", "null", "[]", `"text"`, "{", `{"kind":"Pod"}`, `{"kind":"Status","code":"x","reason":7}`]
      ) {
        const error = yield* errorOf(requests.get, {
          status: 404,
          body,
          headers: { "content-type": "application/json" }
        })
        assert.strictEqual(error._tag, "KubeNotFound", body)
      }
    }))

  it.effect("of a page where JSON should be say that a proxy may be in between (C31)", () =>
    Effect.gen(function*() {
      const page: Step = { body: "<html>log in</html>", headers: { "content-type": "text/html; charset=utf-8" } }
      const version = Request.raw({ path: "/version" })
      for (
        const error of [
          yield* errorOf(requests.get, page),
          yield* Effect.flip(client(script([page])).execute(version))
        ]
      ) {
        assert.strictEqual(error._tag === "KubeTransportError" && error.reason, "Protocol")
        assert.include(error.message, "is there a proxy in between?")
      }
      const broken = yield* Effect.flip(
        client(script([{ body: "{", headers: { "content-type": "application/json" } }])).execute(version)
      )
      assert.strictEqual(broken.message, "GET /version: the answer is not valid JSON")
    }))

  it.effect("are made of the first part of a refusal: its body is not read to the end (C31)", () =>
    Effect.gen(function*() {
      let pulled = 0
      const endless = Stream.repeatEffect(Effect.sync(() => {
        pulled++
        return new Uint8Array(64 * 1024).fill(120)
      }))
      const error = yield* Effect.flip(
        Effect.flatMap(KubeClient.KubeClient, (client) => client.execute(Request.raw({ path: "/x" })))
      ).pipe(Effect.provide(KubeClient.layerTest(() => Effect.succeed({ status: 500, stream: endless }))))
      assert.strictEqual(error._tag, "KubeStatusError")
      assert.strictEqual(error._tag === "KubeStatusError" && error.status.message?.length, 2048)
      assert.isAtMost(pulled, 20)
    }))
})

describe("what the server quotes of a body", () => {
  const secret = { info: Effect.runSync(Request.get(Secret, where)).info, body: undefined }
  const configMap = { info: Effect.runSync(Request.get(ConfigMap, where)).info, body: undefined }
  const cut = (sent: Parameters<typeof withoutBody>[0], message: string): string | undefined =>
    withoutBody(sent, { kind: "Status", apiVersion: "v1", message }).message

  it("is cut: objects in JSON, quoted or not, and as Go prints them (C32)", () => {
    const table: ReadonlyArray<readonly [string, string]> = [
      [
        `patch: Invalid value: "{\\"data\\":{\\"password\\":\\"topsecret\\"}}": illegal base64 data at input byte 9`,
        `patch: Invalid value: …: illegal base64 data at input byte 9`
      ],
      [
        `patch: Invalid value: "map[data:map[a:topsecret]]": cannot restore slice from map`,
        `patch: Invalid value: …: cannot restore slice from map`
      ],
      [`unknown type in map: map[$patch:topsecret b:map[c:d]] here`, `unknown type in map: … here`],
      [`.immutable: expected boolean, got &{topsecret}`, `.immutable: expected boolean, got &…`],
      [`.data: expected map, got &{[topsecret]}`, `.data: expected map, got &…`],
      [`Invalid value: v1.Secret{Data:map[string][]uint8{"a":[]uint8{0x1}}}: no`, `Invalid value: v1.Secret…: no`],
      [`object {"a":"b}topsecret"} is wrong`, `object … is wrong`],
      [`cut off: "{\\"a\\":\\"topsecret`, `cut off: …`],
      [`cut off: {"a":"topsecret`, `cut off: …`],
      [`["topsecret"] is "["topsecret"]"`, `["topsecret"] is …topsecret"]"`]
    ]
    for (const [message, expected] of table.slice(0, -1)) {
      assert.strictEqual(cut(configMap, message), expected)
      assert.notInclude(cut(secret, message), "topsecret")
    }
    const plain =
      `deployments.apps "web" not found: field "spec.replicas" (regex '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`
    assert.strictEqual(cut(configMap, plain), plain)
  })

  it("of a Secret no value is kept, wherever it stands: what was sent is known (C32)", () => {
    const body = JSON.stringify({
      metadata: { name: "a" },
      data: { password: "dG9wc2VjcmV0" },
      stringData: { other: "hunter2 is it" },
      type: "kind-of"
    })
    const sent = { ...secret, body }
    assert.strictEqual(
      cut(sent, `Secret "a" is invalid: type: Invalid value: "kind-of": field is immutable`),
      `Secret "a" is invalid: type: Invalid value: …: field is immutable`
    )
    assert.strictEqual(cut(sent, "unknown patch type: hunter2 is it in map"), "unknown patch type: … in map")
    assert.strictEqual(cut(sent, "cannot use topsecret or dG9wc2VjcmV0"), "cannot use … or …")
    const raw = { info: Request.raw({ path: "/api/v1/namespaces/ns/secrets/a?x=y" }).info, body }
    assert.strictEqual(cut(raw, "cannot use topsecret"), "cannot use …")
  })

  it("takes no longer for a long text that never ends (C32)", () => {
    const long = `${"map[".repeat(100_000)}${"{".repeat(100_000)}${"\"a\\\"".repeat(100_000)}`
    const began = performance.now()
    cut(secret, long)
    assert.isBelow(performance.now() - began, 2000)
  })
})

describe("what a server says", () => {
  it.effect("is told on one line, and does nothing to a terminal (C29)", () =>
    Effect.gen(function*() {
      for (
        const body of [
          "line 1\nline 2\u001b[31m red",
          status(500, "InternalError", { message: "line 1\r\n\u001b]0;t\u0007line 2\u001b[31m red" })
        ]
      ) {
        const error = yield* Effect.flip(
          Effect.flatMap(requests.get, client(script([{ status: 500, body }])).execute)
        )
        assert.include(error.message, "line 1 line 2")
        assert.notMatch(error.message, /[\u0000-\u001f\u007f-\u009f]/)
      }
    }))
})

describe("a credential that the answer repeats", () => {
  it.effect("is in no error: whoever echoes headers echoes it too (C29, C32)", () =>
    Effect.gen(function*() {
      const { credential } = tokens("s3cret-t0ken")
      for (
        const body of [
          "you sent authorization: Bearer s3cret-t0ken, and that is wrong",
          `{"authorization":"Bearer s3cret-t0ken"}`,
          status(400, "BadRequest", { message: `header "Bearer s3cret-t0ken" refused` })
        ]
      ) {
        const error = yield* Effect.flip(
          Effect.flatMap(requests.get, (request) =>
            client(script([{ status: 400, body }]), { credential }).execute(request))
        )
        assert.notInclude(`${error.message} ${JSON.stringify(error)} ${inspect(error, { depth: 9 })}`, "s3cret")
      }
    }))

  it.effect("goes over https only, and over http to this machine: else nothing is sent (C18)", () =>
    Effect.gen(function*() {
      const ask = (server: string) =>
        Effect.gen(function*() {
          const steps = script([{}])
          const { credential } = tokens("s3cret-t0ken")
          const self = client(steps, { server, credential })
          const exit = yield* Effect.exit(Effect.flatMap(requests.get, self.execute))
          const door = yield* Effect.exit(self.httpClient.get("/version"))
          return [Exit.isSuccess(exit), Exit.isSuccess(door), steps.sent.length, JSON.stringify(exit)] as const
        })
      for (const server of ["https://a.test", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"]) {
        assert.deepStrictEqual((yield* ask(server)).slice(0, 3), [true, true, 2], server)
      }
      for (const server of ["http://a.test", "http://localhost@a.test", "http://localhost."]) {
        const [asked, door, sent, text] = yield* ask(server)
        assert.deepStrictEqual([asked, door, sent], [false, false, 0], server)
        assert.include(text, "plain http")
        assert.notInclude(text, "s3cret")
      }
    }))
})

describe("a secret", () => {
  const token = "credential-3f9c"
  const value = "body-value-77aa"
  const stored = "stored-value-51be"
  const leaked = `{\\"data\\":{\\"password\\":\\"${stored}\\",\\"other\\":\\"${value}\\"}}`

  const answers: { readonly [name: string]: Step } = {
    leak422: {
      status: 422,
      body: status(422, "Invalid", {
        message: `patch: Invalid value: "${leaked}": illegal base64`,
        details: {
          causes: [{ reason: "FieldValueInvalid", field: "patch", message: `Invalid value: "${leaked}": illegal` }]
        }
      })
    },
    immutable: { status: 422, body: status(422, "Invalid", { message: `type: Invalid value: "${value}": immutable` }) },
    unknownPatch: {
      status: 500,
      body: status(500, "", { message: `unknown patch type: ${value} in map: map[a:${stored}]` })
    },
    typed: { status: 500, body: status(500, "", { message: `.data: expected map, got &{[${value}]}` }) },
    ...Object.fromEntries(
      Object.entries(codes).map(([reason, code]) => [
        `${code} ${reason}`,
        { status: code, body: status(code, reason, { message: `refused: "${leaked}"` }) }
      ])
    ),
    plainText: { status: 400, body: `bad: {"a":"${value}"}` },
    reset: { code: "ECONNRESET" },
    refused: { code: "ECONNREFUSED" },
    tls: { code: "CERT_HAS_EXPIRED" },
    redirect: { status: 302, headers: { location: `https://u:${value}@evil.test/?t=${value}` } },
    html: { body: "<html>", headers: { "content-type": "text/html" } },
    undecodable: { body: { apiVersion: "v1", kind: "Secret", metadata: { name: 1 }, data: { a: [stored] } } },
    notJson: { body: `{"data":"${stored}`, headers: { "content-type": "application/json" } },
    warning: { status: 404, body: status(404, "NotFound"), headers: { warning: `299 - "fine"` } }
  }

  it.effect("is in no error, log or span, however it is shown (C32, C7)", () =>
    Effect.gen(function*() {
      const shown: Array<string> = []
      const show = (name: string, what: unknown): void => {
        shown.push(`${name}: ${inspect(what, { depth: 12, showHidden: true })}`)
        shown.push(`${name}: ${JSON.stringify(what)}`)
        shown.push(`${name}: ${String(what)}`)
      }
      const logger = Logger.make<unknown, void>((options) => {
        shown.push(`log: ${Logger.stringLogger.log(options)}`)
        shown.push(`log: ${JSON.stringify(Logger.structuredLogger.log(options))}`)
      })
      const tracer = Tracer.make({
        context: (run) => run(),
        span: (name, parent, context, links, startTime, kind) => ({
          _tag: "Span",
          name,
          parent,
          context,
          links,
          kind,
          sampled: true,
          spanId: "1",
          traceId: "1",
          attributes: new Map(),
          status: { _tag: "Started", startTime },
          end: (_, exit) => {
            // What a request answers is the caller's, and a tracer is given it.
            if (Exit.isFailure(exit)) shown.push(`span's end: ${JSON.stringify(exit)}`)
          },
          attribute: (key, value) => shown.push(`attribute ${key}: ${String(value)}`),
          event: (name, _, attributes) => shown.push(`event ${name}: ${JSON.stringify(attributes)}`),
          addLinks: () => {}
        })
      })
      const secrets = Api.namespaced(Secret, "ns")
      const draft = { metadata: { name: "a" }, stringData: { password: value } }
      const read = {
        metadata: {
          name: "a",
          namespace: "ns",
          uid: "u",
          resourceVersion: "1",
          creationTimestamp: "2026-01-01T00:00:00Z"
        },
        apiVersion: "v1" as const,
        kind: "Secret" as const,
        data: { password: value }
      }
      const operations = {
        get: secrets.get("a"),
        list: secrets.list(),
        create: secrets.create(draft),
        replace: secrets.replace(read),
        merge: secrets.patch("a", Patch.merge({ data: { password: value } })),
        json: secrets.patch("a", Patch.json([{ op: "add", path: "/data/password", value }])),
        raw: Effect.flatMap(KubeClient.KubeClient, (client) =>
          client.execute(
            Request.raw({ method: "POST", path: "/api/v1/namespaces/ns/secrets", body: JSON.stringify(draft) })
          ))
      }
      const seen = new Set<string>()
      for (const [name, step] of Object.entries(answers)) {
        for (
          const [operation, effect] of Object.entries<
            Effect.Effect<unknown, KubeError.KubeError, KubeClient.KubeClient>
          >(
            operations
          )
        ) {
          if (/^\d/.test(name) && operation !== "merge") continue
          // A server repeats in the open what it was sent, not what it has.
          if (name === "unknownPatch" && (operation === "get" || operation === "list")) continue
          const { credential } = tokens(token, `${token}-2`)
          const self = client(script([step]), { credential, retry: "off", propagation: true })
          const exit: Exit.Exit<unknown, KubeError.KubeError> = yield* Effect.exit(effect).pipe(
            Effect.provideService(KubeClient.KubeClient, self),
            Effect.withSpan("outer", { captureStackTrace: false }),
            Effect.withTracer(tracer),
            Logger.withMinimumLogLevel(LogLevel.All),
            Effect.provide(Logger.replace(Logger.defaultLogger, logger))
          )
          if (Exit.isSuccess(exit)) {
            continue
          }
          const error = Cause.squash(exit.cause)
          assert.isTrue(KubeError.is(error), `${name} ${operation}: ${String(error)}`)
          if (KubeError.is(error)) seen.add(error._tag)
          show(`${name} ${operation}`, error)
          shown.push(inspect(exit, { depth: 12 }), JSON.stringify(exit))
          shown.push(Cause.pretty(Cause.sequential(exit.cause, Cause.die(error)), { renderErrorCause: true }))
          if (operation === "get" && name === "reset") show("client", self)
        }
      }
      assert.isAtLeast(seen.size, 9, [...seen].join())
      // One assertion: what an assertion says of its arguments costs more than all of the rest.
      const found = shown.find((text) => [token, value, stored].some((word) => text.includes(word)))
      assert.isUndefined(found)
      assert.isTrue(shown.some((text) => text.includes(server.slice(8, 20))))
    }))
})
