/**
 * One process, one way: opens so many watches that stay silent, and prints what each takes of memory and of the processor.
 *
 *     node --expose-gc child.js WAY KUBECONFIG WATCHES SECONDS
 */
import { connection } from "../list/contenders.js"

export interface Sample {
  /** Of one watch: bytes of the process and of its heap, microseconds of the processors in a second, milliseconds to open it. */
  readonly rss: number
  readonly heap: number
  readonly cpu: number
  readonly open: number
}

/** Loads its imports, and answers what opens the watches from one number to another. */
type Way = (kubeconfig: string) => Promise<(from: number, to: number) => Promise<unknown>>

const namespace = (i: number): string => `idle-${i}`

const raw: Way = async (kubeconfig) => {
  const Undici = await import("@effect/platform-node/Undici")
  const { server, tls } = connection(kubeconfig)
  const agent = new Undici.Agent({ connect: tls, bodyTimeout: 0 })
  const open = async (i: number) => {
    const path = `/api/v1/namespaces/${namespace(i)}/configmaps`
    const list = await agent.request({ origin: server, method: "GET", path })
    const { metadata: { resourceVersion } } = JSON.parse(await list.body.text())
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}&timeoutSeconds=600`
    const { body } = await agent.request({ origin: server, method: "GET", path: `${path}?${query}` })
    body.on("data", () => {})
    return body
  }
  return (from, to) => Promise.all(Array.from({ length: to - from }, (_, i) => open(from + i)))
}

const reflectors: Way = async (kubeconfig) => {
  const [Effect, ManagedRuntime, Scope, NodeKubeClient, Api, Reflector, { ConfigMap }] = await Promise.all([
    import("effect/Effect"),
    import("effect/ManagedRuntime"),
    import("effect/Scope"),
    import("../../../src/node/NodeKubeClient.js"),
    import("../../../src/client/Api.js"),
    import("../../../src/runtime/Reflector.js"),
    import("../../../src/kinds/core/v1.js")
  ])
  const runtime = ManagedRuntime.make(NodeKubeClient.layerWith({ kubeconfig }))
  const scope = await runtime.runPromise(Scope.make())
  return (from, to) =>
    runtime.runPromise(Effect.forEach(
      Array.from({ length: to - from }, (_, i) => Api.namespaced(ConfigMap, namespace(from + i))),
      (api) => Effect.tap(Scope.extend(Reflector.make(api), scope), ({ ready }) => ready),
      { concurrency: "unbounded" }
    ))
}

const ways: { readonly [name: string]: Way } = { "raw undici": raw, "reflectors": reflectors }

const pause = (millis: number) => new Promise((resume) => setTimeout(resume, millis))
const memory = async () => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await pause(50)
  }
  return process.memoryUsage()
}

const [name = "", kubeconfig = "", watches = "1000", seconds = "10"] = process.argv.slice(2)
const count = Number(watches)
const open = await ways[name]!(kubeconfig)
// The code is loaded and warm.
const held = [await open(0, 20)]
await pause(1000)
const before = await memory()
const start = performance.now()
held.push(await open(20, 20 + count))
const opened = performance.now() - start
// A reflector is ready when it has listed; its watch opens then.
await pause(3000)
const after = await memory()
const cpu = process.cpuUsage()
await pause(Number(seconds) * 1000)
const { system, user } = process.cpuUsage(cpu)
if (held.length !== 2) throw new Error("nothing is held")
const sample: Sample = {
  rss: (after.rss - before.rss) / count,
  heap: (after.heapUsed + after.external - before.heapUsed - before.external) / count,
  cpu: (system + user) / Number(seconds) / count,
  open: opened / count
}
process.stdout.write(`${JSON.stringify(sample)}\n`, () => process.exit(0))
