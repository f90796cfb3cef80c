/** A kube-apiserver with Pods in it. They are made as a cluster makes them: created, then given a status by another writer. */
import * as Undici from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as EnvTest from "../../../src/testing/EnvTest.js"
import { pod } from "../pod.js"
import { connection } from "./contenders.js"

const atOnce = 16

const fill = async (kubeconfig: string, count: number): Promise<void> => {
  const { server, tls } = connection(kubeconfig)
  const agent = new Undici.Agent({ connect: tls })
  const send = async (method: "POST" | "PATCH", path: string, manager: string, body: object) => {
    const answer = await agent.request({
      origin: server,
      method,
      path: `${path}?fieldManager=${manager}`,
      headers: { "content-type": method === "POST" ? "application/json" : "application/merge-patch+json" },
      body: JSON.stringify(body)
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(text)
  }
  const namespace = "/api/v1/namespaces/default"
  await send("POST", `${namespace}/serviceaccounts`, "bench", { metadata: { name: "web" } })
  let next = 0
  const worker = async () => {
    while (next < count) {
      const { metadata, spec, status } = pod(next++)
      const { annotations, generateName, labels, name, ownerReferences } = metadata
      await send("POST", `${namespace}/pods`, "kube-controller-manager", {
        metadata: { annotations, generateName, labels, name, ownerReferences },
        spec
      })
      await send("PATCH", `${namespace}/pods/${name}/status`, "kubelet", { status })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  await agent.close()
}

export interface Cluster {
  readonly kubeconfigPath: string
  readonly stop: () => Promise<void>
}

export const startAndFill = async (count: number): Promise<Cluster> => {
  const scope = Effect.runSync(Scope.make())
  const stop = () => Effect.runPromise(Scope.close(scope, Exit.void))
  try {
    const { kubeconfigPath } = await Effect.runPromise(Scope.extend(EnvTest.start(), scope))
    await fill(kubeconfigPath, count)
    return { kubeconfigPath, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
