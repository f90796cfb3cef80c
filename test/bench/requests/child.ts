/**
 * Makes the requests, round after round by each way, and prints what each round took as JSON.
 *
 *     node child.js ROUNDS REQUESTS ONLY?
 */
import * as Effect from "effect/Effect"
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { makeAuthority } from "../../../src/testing/internal/certificates.js"
import { contenders } from "./contenders.js"

export interface Sample {
  readonly name: string
  readonly atOnce: number
  /** Of one request: microseconds of the clock, and of the processors of this process. */
  readonly micros: number
  readonly cpu: number
}

const [rounds = "7", requests = "2000", only = ""] = process.argv.slice(2)

const authority = await Effect.runPromise(makeAuthority("bench"))
const { certificate, key } = await Effect.runPromise(
  authority.issue({ commonName: "server", usage: "server", addresses: ["127.0.0.1"] })
)
const server = fork(fileURLToPath(new URL("server.mjs", import.meta.url)), { execArgv: [] })
const port = await new Promise<number>((resolve, reject) => {
  server.once("message", (port: number) => resolve(port)).once("error", reject)
  server.send({ cert: certificate, key })
})

const all = Object.entries(contenders({ server: `https://127.0.0.1:${port}`, authority: authority.certificate }))
  .filter(([name]) => only === "" || only.split(",").includes(name))
const samples: Array<Sample> = []

const measure = async (name: string, run: (count: number, atOnce: number) => Promise<void>, atOnce: number) => {
  const count = atOnce === 1 ? Math.ceil(Number(requests) / 4) : Number(requests)
  const cpu = process.cpuUsage()
  const start = performance.now()
  await run(count, atOnce)
  const micros = (performance.now() - start) * 1000
  const { system, user } = process.cpuUsage(cpu)
  samples.push({ name, atOnce, micros: micros / count, cpu: (system + user) / count })
}

// The code gets warm, and the connections are made.
for (const [, { run }] of all) await run(1000, 16)
for (let round = 0; round < Number(rounds); round++) {
  // Another one is first each time.
  for (let i = 0; i < all.length; i++) {
    const [name, { run }] = all[(i + round) % all.length]!
    for (const atOnce of [16, 1]) await measure(name, run, atOnce)
  }
}
for (const [, { stop }] of all) await stop()
server.disconnect()
process.stdout.write(JSON.stringify(samples), () => process.exit())
