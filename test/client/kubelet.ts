/**
 * A control plane with a node that is not there: the Node object points at an HTTPS server of the test, which the API
 * server asks for logs as it would ask a kubelet, with a client certificate.
 */
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TLSSocket } from "node:tls"
import * as Api from "../../src/client/Api.js"
import { Node } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as EnvTest from "../../src/testing/EnvTest.js"
import { makeAuthority } from "../../src/testing/internal/certificates.js"

/** A request of the API server to the node. */
export interface Asked {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** The user of the client certificate. */
  readonly user: string | undefined
  /** Whether the API server has given the request up. */
  readonly closed: Promise<void>
}

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

export interface Kubelet {
  readonly port: number
  readonly asked: Array<Asked>
  /** What the log of a container of that name is answered with. */
  readonly answers: Map<string, Answer>
}

const files = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "kubelet-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** The node's server, and the flags by which an API server trusts it and is trusted. */
const start = Effect.gen(function*() {
  const folder = yield* files
  const authority = yield* makeAuthority("kubelets")
  const server = yield* authority.issue({ commonName: "system:node:n1", usage: "server", addresses: ["127.0.0.1"] })
  const client = yield* authority.issue({ commonName: "apiserver-of-the-test", usage: "client" })
  const write = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const flags = {
    "kubelet-certificate-authority": write("ca.crt", authority.certificate),
    "kubelet-client-certificate": write("client.crt", client.certificate),
    "kubelet-client-key": write("client.key", client.key)
  }
  const asked: Array<Asked> = []
  const answers = new Map<string, Answer>()
  const listening = createServer(
    {
      cert: server.certificate,
      key: server.key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true
    },
    (request, response) => {
      const url = new URL(request.url ?? "/", "https://node")
      const socket = request.socket as TLSSocket
      asked.push({
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        user: socket.getPeerCertificate().subject?.CN as string | undefined,
        closed: new Promise((resolve) => response.once("close", () => resolve()))
      })
      const answer = answers.get(url.pathname.split("/").at(-1) ?? "")
      if (answer === undefined) response.writeHead(404).end("no such container on this node")
      else answer(response, request)
    }
  )
  const port = yield* Effect.acquireRelease(
    Effect.async<number>((resume) => {
      listening.listen(0, "127.0.0.1", () => resume(Effect.succeed((listening.address() as AddressInfo).port)))
    }),
    () =>
      Effect.async<void>((resume) => {
        listening.closeAllConnections()
        listening.close(() => resume(Effect.void))
      })
  )
  return { flags, kubelet: { port, asked, answers } satisfies Kubelet }
})

/** Starts the node's server and a control plane that knows it as the node `n1`. Feature gates as given. */
export const controlPlane = (featureGates?: Readonly<Record<string, boolean>>) =>
  Effect.gen(function*() {
    const { flags, kubelet } = yield* start
    const plane = yield* EnvTest.start({ apiserverFlags: flags, featureGates })
    return { plane, kubelet }
  })

/** Makes the Node object. */
export const register = (kubelet: Kubelet, name: string) =>
  Effect.gen(function*() {
    const nodes = Api.cluster(Node)
    yield* nodes.create({ metadata: { name } })
    yield* nodes.status.patch(
      name,
      Patch.merge({
        status: {
          addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
          daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } }
        }
      })
    )
  })
