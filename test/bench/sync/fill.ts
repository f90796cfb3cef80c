/**
 * Fills a kube-apiserver with Pods of 10 kB: 5.5 kB and 4.7 kB of managedFields. Each is made by one request, so what other clusters have in
 * the status (nothing runs here) is in the spec.
 */
import * as Undici from "@effect/platform-node/Undici"
import { connection, pageSize } from "../list/contenders.js"
import { pod } from "../pod.js"

const atOnce = 16
const pods = "/api/v1/namespaces/default/pods"

/** What an operator or a chart hands to a program: long, and one field to who manages it. */
const flags = Array.from({ length: 8 }, (_, i) => `--feature-gate-${i}=registry.example.com/team/default:1.24.${i}`)

const body = (i: number): string => {
  const { metadata: { annotations, generateName, labels, name, ownerReferences }, spec } = pod(i)
  const containers = spec.containers.map((container) => ({ ...container, args: [...container.args, ...flags] }))
  return JSON.stringify({
    metadata: { annotations, generateName, labels, name, ownerReferences },
    spec: { ...spec, containers }
  })
}

/** Creates what is missing, and tells how far it is. The bytes of one Pod as an item of a list. */
export const fill = async (kubeconfig: string, count: number): Promise<number> => {
  const { server, tls } = connection(kubeconfig)
  const agent = new Undici.Agent({ connect: tls })
  const ask = async (method: "GET" | "POST", path: string, body?: string) => {
    const headers = { "content-type": "application/json" }
    const answer = await agent.request({
      origin: server,
      method,
      path,
      headers,
      ...(body === undefined ? {} : { body })
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300 && answer.statusCode !== 409) throw new Error(text)
    return JSON.parse(text)
  }
  const list = await ask("GET", `${pods}?limit=1`)
  const there = list.items.length + (list.metadata.remainingItemCount ?? 0)
  if (there > count) throw new Error(`the server has ${there} Pods already`)
  await ask("POST", "/api/v1/namespaces/default/serviceaccounts", JSON.stringify({ metadata: { name: "web" } }))
  let next = there
  let told = there
  const worker = async () => {
    while (next < count) {
      await ask("POST", pods, body(next++))
      if (next - told >= 5000) console.log(`${told = next} of ${count} Pods are there`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  const { items } = await ask("GET", `${pods}?limit=${pageSize}`)
  await agent.close()
  return Math.round(JSON.stringify(items).length / items.length)
}
