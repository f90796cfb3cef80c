/**
 * Writes test/testing/fixtures/protobuf.json: objects of the corpus as a real API server sends them in protobuf, each with
 * the JSON that the same server sends of it. The server is its own, started from `KUBEBUILDER_ASSETS`.
 *
 *     npx tsx -C @effect-kube/source scripts/protobuf.ts
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as https from "node:https"
import * as path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import * as EnvTest from "../src/testing/EnvTest.js"
import { builtins } from "../src/testing/internal/apiserver/builtins.js"
import { fixtures } from "./corpus/fixtures.js"
import { connect, type Json } from "./corpus/server.js"

const here = path.dirname(fileURLToPath(import.meta.url))
const corpus = path.resolve(here, "../test/kinds/corpus")
const file = path.resolve(here, "../test/testing/fixtures/protobuf.json")

/** Where objects of a kind are created; nothing where TestCluster does not serve it. */
const collectionOf = ({ apiVersion, kind, metadata }: Json): string | undefined => {
  for (const { group, resources, version } of builtins) {
    if ((group === "" ? version : `${group}/${version}`) !== apiVersion) continue
    const resource = resources.find((each) => each.kind === kind && each.verbs.includes("get"))
    if (resource === undefined) continue
    const namespace = resource.namespaced ? `/namespaces/${metadata.namespace}` : ""
    return `/${group === "" ? "api" : "apis"}/${apiVersion}${namespace}/${resource.plural}`
  }
  return undefined
}

const drafts: ReadonlyArray<{ readonly draft: Json; readonly status?: Json }> = fs.readdirSync(corpus).sort()
  .filter((name) => name.endsWith(".json") && name !== "report.json")
  .map((name) => JSON.parse(fs.readFileSync(path.join(corpus, name), "utf8"))[0])

const program = Effect.scoped(Effect.gen(function*() {
  const { certificateAuthority, token, url } = yield* EnvTest.start({
    runtimeConfig: { "api/all": true },
    featureGates: { AllAlpha: true, AllBeta: true }
  })
  const access = { url, certificateAuthority, token: Redacted.value(token) }
  const server = connect(access)
  const agent = new https.Agent({ ca: certificateAuthority })
  const bytesOf = (path: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const headers = { accept: "application/vnd.kubernetes.protobuf", authorization: `Bearer ${access.token}` }
      https.get(`${url}${path}`, { agent, headers }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject)
        response.on("end", () => resolve(Buffer.concat(chunks)))
      }).on("error", reject)
    })
  yield* Effect.promise(async () => {
    await fixtures(server)
    const lines: Array<string> = []
    for (const { draft, status } of drafts) {
      const collection = collectionOf(draft)
      if (collection === undefined) continue
      const one = `${collection}/${draft["metadata"].name}`
      const created = await server.ask("POST", collection, draft)
      if (created.code >= 300) console.error(`${draft["kind"]}: ${created.body["message"]}`)
      if (status !== undefined) await server.ask("PATCH", `${one}/status`, { status })
      // What each field's manager is says nothing new of the format; one kind is enough.
      if (draft["kind"] !== "ConfigMap") await server.ask("PATCH", one, { metadata: { managedFields: [{}] } })
      const { body, code } = await server.ask("GET", one)
      const bytes = await bytesOf(one)
      await server.ask("PATCH", one, { metadata: { finalizers: null } })
      await server.ask("DELETE", one, { gracePeriodSeconds: 0 })
      if (code === 200) lines.push(JSON.stringify({ json: body, protobuf: bytes.toString("base64") }))
    }
    fs.writeFileSync(file, `[\n${lines.join(",\n")}\n]\n`)
    console.log(`${lines.length} kinds`)
  })
})).pipe(
  Effect.catchTag("EnvTestError", (error) => Effect.sync(() => (console.error(error.message), process.exitCode = 1)))
)

await Effect.runPromise(program)
