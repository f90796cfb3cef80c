/**
 * Asks a real API server for the answers that `structural.test.ts` and `structural.definitions.test.ts` compare with. To record them anew:
 * `npx vitest run -c vitest.real.config.ts -u test/testing/structural.real.test.ts`.
 */
import { assert, describe, expect, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as https from "node:https"
import * as timers from "node:timers/promises"
import { invalidMessage, type JSONSchemaProps } from "../../src/testing/internal/structural.js"
import * as EnvTest from "../envtest/shared.js"
import type { Answer, Cause, TableAnswers } from "./structural/answers.js"
import { bodyOf, comparable, generated, group, kindOf, ownMetadata, withoutDumps } from "./structural/answers.js"
import type { Table } from "./structural/cases.js"
import { tables } from "./structural/cases.js"
import { definitions } from "./structural/definitions.js"

interface Reply {
  readonly code: number
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any
  readonly warnings: ReadonlyArray<string>
}

/** Without the client: the test wants the words of the server, and warnings of refusals as well. */
const connect = (): (method: string, path: string, body?: unknown) => Promise<Reply> => {
  const config = fs.readFileSync(EnvTest.kubeconfig, "utf8")
  const field = (name: string): string => new RegExp(`"?${name}"?:\\s*"?([^"\\s,}]+)`).exec(config)?.[1] ?? ""
  const pem = (name: string): string => Buffer.from(field(name), "base64").toString()
  const url = new URL(field("server"))
  const agent = new https.Agent({
    keepAlive: true,
    ca: pem("certificate-authority-data"),
    cert: pem("client-certificate-data"),
    key: pem("client-key-data")
  })
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" }
      const request = https.request(
        { hostname: url.hostname, port: url.port, method, path, agent, headers },
        (response) => {
          let text = ""
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).on("end", () => {
            const warnings = [...(response.headers["warning"] ?? "").matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map((
              match
            ) => JSON.parse(match[1]!) as string)
            resolve({
              code: response.statusCode ?? 0,
              body: response.headers["content-type"]?.includes("json") === true ? JSON.parse(text) : text,
              warnings
            })
          })
        }
      )
      request.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body))
    })
}

const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

const answerOf = (reply: Reply, accepted: (body: Reply["body"]) => unknown, kind: string): Answer => {
  if (reply.code < 300) return { accepted: accepted(reply.body), warnings: reply.warnings }
  if (reply.code !== 422) return { unreadable: reply.body.message as string }
  const invalid = reply.body.details.causes as ReadonlyArray<Cause>
  // The message is made of the causes, in their order.
  const { name } = reply.body.details as { readonly name?: string }
  assert.strictEqual(
    reply.body.message,
    invalidMessage(kind, name ?? "", invalid as Parameters<typeof invalidMessage>[2])
  )
  return { invalid: withoutDumps(invalid) }
}

describe("recorded answers of structural schemas", () => {
  const call = connect()

  const serve = async (table: Table, spec: JSONSchemaProps): Promise<void> => {
    const plural = `${table.name}s`
    const name = `${plural}.${group}`
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name },
      spec: {
        group,
        scope: "Namespaced",
        names: { plural, kind: kindOf(table) },
        versions: [{
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec } } }
        }]
      }
    }
    const old = await call("GET", `${definitionsPath}/${name}`)
    const reply = old.code === 404
      ? await call("POST", definitionsPath, definition)
      : await call("PUT", `${definitionsPath}/${name}`, {
        ...definition,
        metadata: { name, resourceVersion: old.body.metadata.resourceVersion }
      })
    assert.isBelow(reply.code, 300, JSON.stringify(reply.body.message))
    for (;;) {
      const served = await call("GET", `/apis/${group}/v1/namespaces/default/${plural}`)
      if (served.code === 200) break
      await timers.setTimeout(50)
    }
    // A changed schema takes a moment until it is the one that is applied.
    await timers.setTimeout(2000)
  }

  const ask = async (table: Table): Promise<TableAnswers> => {
    const path = `/apis/${group}/v1/namespaces/default/${table.name}s`
    const kind = `${kindOf(table)}.${group}`
    const specOf = (body: Reply["body"]): unknown => body.spec
    const answers: { readonly [list in keyof TableAnswers]: Array<Answer> } = { create: [], update: [], metadata: [] }
    const names = (table.update ?? []).map((_, index) => `object-${index}`)
    if (table.update !== undefined) {
      await serve(table, { type: "object", "x-kubernetes-preserve-unknown-fields": true })
      for (const [index, [before]] of table.update.entries()) {
        const reply = await call("POST", path, bodyOf(table, before, { name: names[index] }))
        assert.strictEqual(reply.code, 201, reply.body.message)
      }
    }
    await serve(table, table.spec)
    for (const [index, [, after]] of (table.update ?? []).entries()) {
      const old = await call("GET", `${path}/${names[index]}`)
      const metadata = { name: names[index], resourceVersion: old.body.metadata.resourceVersion }
      const reply = await call("PUT", `${path}/${names[index]}?dryRun=All`, bodyOf(table, after, metadata))
      answers.update.push(comparable(answerOf(reply, specOf, kind), table))
    }
    for (const spec of table.create) {
      const reply = await call("POST", `${path}?dryRun=All`, bodyOf(table, spec, { name: "a" }))
      answers.create.push(comparable(answerOf(reply, specOf, kind), table))
    }
    for (const metadata of table.metadata ?? []) {
      const reply = await call("POST", `${path}?dryRun=All`, bodyOf(table, {}, metadata))
      const { generateName, name } = (metadata ?? {}) as { readonly name?: unknown; readonly generateName?: unknown }
      const answer = answerOf(reply, (body) => ownMetadata(body.metadata), kind)
      const given = reply.body.details?.name ?? reply.body.metadata?.name
      answers.metadata.push(comparable(
        name === undefined && typeof generateName === "string" && typeof given === "string"
          ? JSON.parse(JSON.stringify(answer).replaceAll(given, generated(generateName))) as Answer
          : answer,
        table
      ))
    }
    return answers
  }

  it("custom resources: the recorded answers are those of the server (S45, S46)", async () => {
    const answers: { [table: string]: TableAnswers } = {}
    for (const table of tables) answers[table.name] = await ask(table)
    await expect(`${JSON.stringify(answers, null, 1)}\n`).toMatchFileSnapshot("./structural/recorded.json")
  }, 180_000)

  it("definitions: the recorded answers are those of the server (S44, S46)", async () => {
    const answers: { [title: string]: Answer } = {}
    for (const [title, body] of Object.entries(definitions)) {
      const reply = await call("POST", `${definitionsPath}?dryRun=All`, body)
      const answer = answerOf(reply, (stored) => stored.spec, "CustomResourceDefinition.apiextensions.k8s.io")
      answers[title] = comparable(answer)
    }
    await expect(`${JSON.stringify(answers, null, 1)}\n`).toMatchFileSnapshot("./structural/recorded-definitions.json")
  }, 60_000)
})
