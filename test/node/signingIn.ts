/** What the tests of credentials share: a server that remembers what it was shown, and plugins that are scripts. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Api from "../../src/client/Api.js"
import type * as Credentials from "../../src/client/Credentials.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"

const configMaps = Api.namespaced(ConfigMap, "default")

const object = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "a",
    namespace: "default",
    uid: "u",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z"
  }
}

/** An API server that takes what `accepts` says, and remembers what it was shown. */
export const server = Effect.gen(function*() {
  const seen: Array<string | undefined> = []
  const state = { accepts: (_: string | undefined) => true }
  const http = Http.createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.statusCode = state.accepts(request.headers.authorization) ? 200 : 401
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify(object))
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => {
      http.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.async<void>((resume) => {
        http.close(() => resume(Effect.void))
        http.closeAllConnections()
      })
  )
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, seen, state }
})

export const connection = (url: string, identity: KubeConfig.Identity): KubeConfig.Connection => ({
  server: url,
  namespace: "default",
  insecureSkipTlsVerify: false,
  identity,
  context: undefined
})

/** A plugin that is a script: it runs what the test wrote into `body`, and each run leaves a line. */
export const pluginOf = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "plugin-" })
  const file = (name: string) => `${folder}/${name}`
  const script = file("plugin.mjs")
  const says = (body: string) =>
    fs.writeFileString(
      script,
      `import fs from "node:fs"
const folder = ${JSON.stringify(folder)}
fs.appendFileSync(folder + "/runs", JSON.stringify({ pid: process.pid }) + "\\n")
const runs = fs.readFileSync(folder + "/runs", "utf8").trim().split("\\n").length
const credential = (status) => console.log(JSON.stringify({
  apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status
}))
${body}
`
    )
  yield* fs.writeFileString(file("runs"), "")
  const runs = Effect.map(
    fs.readFileString(file("runs")),
    (text) => text.trim() === "" ? [] : text.trim().split("\n").map((line) => JSON.parse(line) as { pid: number })
  )
  const plugin: KubeConfig.ExecPlugin = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: process.execPath,
    args: [script],
    env: [],
    provideClusterInfo: false,
    interactiveMode: "Never"
  }
  return { folder, file, says, plugin, runs: Effect.map(runs, (all) => all.length), processes: runs }
})

export const clientOf = (url: string, identity: KubeConfig.Identity, credentials?: Credentials.Settings) =>
  NodeKubeClient.make(connection(url, identity), { credentials, environmentProxy: false })

export const get = (client: KubeClient["Type"]) => Effect.provideService(configMaps.get("a"), KubeClient, client)

/** Takes turns of the event loop until real processes and sockets have come so far. */
export const until = <E>(condition: Effect.Effect<boolean, E>): Effect.Effect<void, E> =>
  Effect.flatMap(condition, (done) =>
    done ? Effect.void : Effect.flatMap(
      Effect.async<void>((resume) => {
        setImmediate(() => resume(Effect.void))
      }),
      () => until(condition)
    ))

/** Lets the clock of the test go on, slowly enough for real programs. */
export const passing: Effect.Effect<never> = Effect.forever(
  Effect.zipRight(
    TestClock.adjust("1 seconds"),
    Effect.async<void>((resume) => {
      const timer = setTimeout(() => resume(Effect.void), 50)
      return Effect.sync(() => clearTimeout(timer))
    })
  )
)

export const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export const start = Date.UTC(2030, 0, 1)
export const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString()
