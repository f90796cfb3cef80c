/** The same small GET, by each way. */
import * as clientNode from "@kubernetes/client-node"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { Agent } from "undici"
import * as Api from "../../../src/client/Api.js"
import { ConfigMap } from "../../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../../src/node/NodeKubeClient.js"

export interface Target {
  readonly server: string
  readonly authority: string
}

export interface Contender {
  /** Makes so many requests, so many at a time. */
  readonly run: (count: number, atOnce: number) => Promise<void>
  readonly stop: () => Promise<void>
}

const expect = (name: string | undefined): void => {
  if (name !== "small") throw new Error("not the object that was asked for")
}

/** So many loops at once that share a count. */
const loops = (one: () => Promise<void>) => async (count: number, atOnce: number): Promise<void> => {
  let left = count
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) await one()
  }))
}

const raw = ({ authority, server }: Target): Contender => {
  const agent = new Agent({ connect: { ca: authority } })
  return {
    run: loops(async () => {
      const { body } = await agent.request({
        origin: server,
        path: "/api/v1/namespaces/default/configmaps/small",
        method: "GET",
        headers: { accept: "application/json" }
      })
      expect((JSON.parse(await body.text()) as ConfigMap).metadata.name)
    }),
    stop: () => agent.close()
  }
}

const ours = ({ authority, server }: Target, options: NodeKubeClient.Options): Contender => {
  const runtime = ManagedRuntime.make(NodeKubeClient.layerConnection({
    server,
    namespace: "default",
    certificateAuthority: authority,
    insecureSkipTlsVerify: false,
    identity: {},
    context: undefined
  }, options))
  const get = Effect.map(Api.namespaced(ConfigMap, "default").get("small"), ({ metadata }) => expect(metadata.name))
  return {
    run: (count, atOnce) => {
      let left = count
      const loop = Effect.whileLoop({ while: () => left-- > 0, body: () => get, step: () => {} })
      return runtime.runPromise(Effect.all(Array.from({ length: atOnce }, () => loop), {
        concurrency: "unbounded",
        discard: true
      }))
    },
    stop: () => runtime.dispose()
  }
}

const node = ({ authority, server }: Target): Contender => {
  const config = new clientNode.KubeConfig()
  config.loadFromClusterAndUser(
    { name: "bench", server, caData: btoa(authority), skipTLSVerify: false },
    { name: "bench" }
  )
  const api = config.makeApiClient(clientNode.CoreV1Api)
  return {
    run: loops(async () => {
      expect((await api.readNamespacedConfigMap({ name: "small", namespace: "default" })).metadata?.name)
    }),
    stop: () => Promise.resolve()
  }
}

export const contenders = (target: Target): { readonly [name: string]: Contender } => ({
  "raw undici": raw(target),
  "effect-kube": ours(target, { tracing: false, metrics: false }),
  "effect-kube, as it comes": ours(target, {}),
  "client-node": node(target)
})
