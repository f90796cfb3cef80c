/**
 * The ways to list all Pods that are compared. Each is a module's worth of imports, loaded only in the process that uses
 * it. They are told the server by a kubeconfig file.
 */
import * as fs from "node:fs"
import type * as Reflector from "../../../src/runtime/Reflector.js"

/** What a list left: how many objects it has, and how to let go of them. */
export interface Listed {
  readonly size: number
  /** Whatever holds the objects. */
  readonly kept: unknown
  readonly close: () => Promise<void>
}

/** Loads its imports, connects to nothing, and answers what lists once. */
export type Contender = (kubeconfig: string) => Promise<() => Promise<Listed>>

export const pageSize = 500

const nothing = () => Promise.resolve()

/** The server and the credential of a kubeconfig file that has JSON in it. */
export const connection = (kubeconfig: string) => {
  const { clusters: [{ cluster }], users: [{ user }] } = JSON.parse(fs.readFileSync(kubeconfig, "utf8"))
  const bytes = (field: string | undefined) => field === undefined ? undefined : Buffer.from(field, "base64").toString()
  return {
    server: String(cluster.server),
    tls: {
      ca: bytes(cluster["certificate-authority-data"]),
      cert: bytes(user["client-certificate-data"]),
      key: bytes(user["client-key-data"])
    }
  }
}

/** Pages one after the other, JSON.parse, Map.set: what somebody would write by hand. */
const raw: Contender = async (kubeconfig) => {
  const Undici = await import("@effect/platform-node/Undici")
  const { server, tls } = connection(kubeconfig)
  const agent = new Undici.Agent({ connect: tls })
  return async () => {
    const objects = new Map<string, unknown>()
    let token: string | undefined = ""
    while (token !== undefined) {
      const { body } = await agent.request({
        origin: server,
        method: "GET",
        path: `/api/v1/pods?limit=${pageSize}${token === "" ? "" : `&continue=${token}`}`
      })
      const list = JSON.parse(await body.text())
      for (const object of list.items) objects.set(`${object.metadata.namespace}/${object.metadata.name}`, object)
      token = list.metadata.continue
    }
    return { size: objects.size, kept: objects, close: nothing }
  }
}

/**
 * One answer, cut into items as its bytes arrive: as fast as plain code can be that knows this server's very bytes, and
 * nothing else. It says how far the store is from what can be done at all.
 */
const rawStreamed = (drop: boolean): Contender => async (kubeconfig) => {
  const Undici = await import("@effect/platform-node/Undici")
  const { server, tls } = connection(kubeconfig)
  const agent = new Undici.Agent({ connect: tls })
  const separator = Buffer.from("},{\"metadata\":{\"name\":")
  return async () => {
    const objects = new Map<string, unknown>()
    const { body } = await agent.request({ origin: server, method: "GET", path: "/api/v1/pods" })
    const keep = (bytes: Buffer, from: number, to: number): void => {
      let text = bytes.toString("latin1", from, to)
      const fields = drop ? text.indexOf(",\"managedFields\":[") : -1
      if (fields >= 0) text = text.slice(0, fields) + text.slice(text.indexOf("]},\"spec\":", fields) + 1)
      const object = JSON.parse(text)
      objects.set(`${object.metadata.namespace}/${object.metadata.name}`, object)
    }
    let rest: Buffer = Buffer.alloc(0)
    let pending: Array<Buffer> = []
    let size = 0
    let begun = false
    const take = (last: boolean): void => {
      const bytes = Buffer.concat([rest, ...pending])
      pending = []
      size = 0
      let at = 0
      if (!begun) {
        at = bytes.indexOf("\"items\":[") + 9
        begun = true
      }
      for (let end = bytes.indexOf(separator, at); end >= 0; end = bytes.indexOf(separator, at)) {
        keep(bytes, at, end + 1)
        at = end + 2
      }
      if (last && bytes[at] === 0x7b) keep(bytes, at, bytes.lastIndexOf("]}"))
      rest = bytes.subarray(at)
    }
    for await (const chunk of body) {
      pending.push(chunk)
      size += chunk.length
      if (size >= 256 * 1024) take(false)
    }
    take(true)
    return { size: objects.size, kept: objects, close: nothing }
  }
}

const effectKube = async (kubeconfig: string) => {
  const [Effect, ManagedRuntime, Scope, Exit, NodeKubeClient, Api, { Pod }] = await Promise.all([
    import("effect/Effect"),
    import("effect/ManagedRuntime"),
    import("effect/Scope"),
    import("effect/Exit"),
    import("../../../src/node/NodeKubeClient.js"),
    import("../../../src/client/Api.js"),
    import("../../../src/kinds/core/v1.js")
  ])
  const runtime = ManagedRuntime.make(NodeKubeClient.layerWith({ kubeconfig }))
  await runtime.runtime()
  return { Effect, Scope, Exit, runtime, pods: Api.all(Pod) }
}

/** A reflector's store. */
const store = (options: Reflector.Options): Contender => async (kubeconfig) => {
  const [Reflector, { Effect, Exit, Scope, pods, runtime }] = await Promise.all([
    import("../../../src/runtime/Reflector.js"),
    effectKube(kubeconfig)
  ])
  return () =>
    runtime.runPromise(Effect.gen(function*() {
      const scope = yield* Scope.make()
      const store = yield* Scope.extend(Reflector.make(pods, { pageSize, ...options }), scope)
      yield* store.ready
      return {
        size: yield* store.size,
        kept: store,
        close: () => runtime.runPromise(Scope.close(scope, Exit.void))
      }
    }))
}

/** The list as a value. */
const value: Contender = async (kubeconfig) => {
  const { Effect, pods, runtime } = await effectKube(kubeconfig)
  return () =>
    runtime.runPromise(Effect.map(pods.list(), ({ items }) => ({ size: items.length, kept: items, close: nothing })))
}

const clientNode = async (kubeconfig: string) => {
  const client = await import("@kubernetes/client-node")
  const config = new client.KubeConfig()
  config.loadFromFile(kubeconfig)
  return { api: config.makeApiClient(client.CoreV1Api), config, client }
}

/** `@kubernetes/client-node`: the whole list as a value. */
const clientNodeList: Contender = async (kubeconfig) => {
  const { api } = await clientNode(kubeconfig)
  return async () => {
    const { items } = await api.listPodForAllNamespaces()
    return { size: items.length, kept: items, close: nothing }
  }
}

/** `@kubernetes/client-node`: an informer until its cache has everything. */
const clientNodeInformer: Contender = async (kubeconfig) => {
  const { api, client, config } = await clientNode(kubeconfig)
  return async () => {
    const informer = client.makeInformer(config, "/api/v1/pods", () => api.listPodForAllNamespaces())
    await informer.start()
    return { size: informer.list().length, kept: informer, close: () => informer.stop() }
  }
}

export const contenders: { readonly [name: string]: Contender } = {
  "raw pages": raw,
  "store, streamed": store({}),
  "store, paged": store({ initialList: "paged" }),
  "Api.list": value,
  "client-node list": clientNodeList,
  "client-node informer": clientNodeInformer
}

/** The ways to a synced store, and what they are compared with. */
export const syncing: { readonly [name: string]: Contender } = {
  "raw pages": raw,
  "raw, streamed": rawStreamed(false),
  "raw, streamed and cut": rawStreamed(true),
  "store": store({}),
  "store, managedFields dropped": store({ managedFields: "drop" }),
  "store, dropped and shared": store({ managedFields: "drop", shareStrings: true }),
  "store, watch-list": store({ initialList: "watchList" }),
  "client-node informer": clientNodeInformer
}
