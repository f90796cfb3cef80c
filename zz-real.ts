import * as Effect from "effect/Effect"
import * as Undici from "@effect/platform-node/Undici"
import * as Api from "./src/client/Api.js"
import * as KubeClient from "./src/client/KubeClient.js"
import { Pod } from "./src/kinds/core/v1.js"
import * as Reflector from "./src/runtime/Reflector.js"
import * as EnvTest from "./src/testing/EnvTest.js"
import * as Redacted from "effect/Redacted"
import { pod } from "./test/bench/pod.js"
const count = 10_000
const program = Effect.gen(function*() {
  const cluster: any = yield* EnvTest.EnvTest
  const pods: any = Api.namespaced(Pod, "default")
  const t0 = Date.now()
  const filler = "x".repeat(3500)
  yield* Effect.forEach(Array.from({ length: count }, (_, i) => i), (i) => {
    const p: any = pod(i)
    return pods.create({ metadata: { name: `pod-${i}`, labels: p.metadata.labels, annotations: { filler } }, spec: { ...p.spec, serviceAccountName: undefined, serviceAccount: undefined, nodeName: undefined, priorityClassName: undefined, priority: undefined, preemptionPolicy: undefined, volumes: p.spec.volumes.filter((v: any) => !v.projected), containers: p.spec.containers.map((c: any) => ({ ...c, volumeMounts: c.volumeMounts.filter((m: any) => !m.name.startsWith("kube-api")) })) , initContainers: undefined } })
  }, { concurrency: 16, discard: true })
  console.log("created", Date.now() - t0)
  const c = cluster.connection.identity?.certificate
  const agent = new Undici.Agent({ connect: { ca: cluster.certificateAuthority, cert: cluster.clientCertificate, key: Redacted.value(cluster.clientKey) as string } })
  const raw = async () => {
    const objects = new Map<string, unknown>(); let token: string | undefined = ""
    while (token !== undefined) {
      const { body } = await agent.request({ origin: cluster.url, method: "GET", path: `/api/v1/namespaces/default/pods?limit=500${token === "" ? "" : `&continue=${token}`}` })
      const list: any = JSON.parse(await body.text())
      for (const o of list.items) objects.set(`${o.metadata.namespace}/${o.metadata.name}`, o)
      token = list.metadata.continue || undefined
    }
    return objects.size
  }
  const client = yield* KubeClient.KubeClient
  const ours = (initialList: any) => () => Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const store = yield* Effect.provideService(Reflector.make(pods as any, { initialList }), KubeClient.KubeClient, client)
    yield* store.ready
    return yield* store.size
  })) as any)
  const runs: any = { raw, streamed: ours("auto"), paged: ours("paged") }
  const times: any = {}
  for (let r = 0; r < 6; r++) for (const n in runs) {
    globalThis.gc?.()
    const t = performance.now(); const cpu = process.cpuUsage(); let block = 0, last = t, on = true
    const turn = () => { const now = performance.now(); block = Math.max(block, now - last); last = now; if (on) setImmediate(turn) }
    setImmediate(turn)
    const size = yield* Effect.promise(() => runs[n]()); on = false
    if (size !== count) console.log("size", size)
    if (r > 0) (times[n] ??= []).push([performance.now() - t, block, process.cpuUsage(cpu).user / 1000])
  }
  const med = (a: number[]) => a.sort((x, y) => x - y)[a.length >> 1]
  for (const n in times) console.log(n, [0, 1, 2].map((k) => med(times[n].map((x: any) => x[k])).toFixed(0)).join(" "))
})
await Effect.runPromise(Effect.provide(program, EnvTest.layer) as any)
process.exit(0)
