/** A server over TLS that answers each GET with a small ConfigMap, in a process of its own: run by child.ts. */
import * as Https from "node:https"
import type { AddressInfo } from "node:net"

const body = JSON.stringify({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "small",
    namespace: "default",
    uid: "3f5d9c6e-7f0a-4d5f-9a58-1f6d3a7c2b11",
    resourceVersion: "123456",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { app: "bench" }
  },
  data: { one: "1", two: "2", three: "3" }
})

process.once("message", ({ cert, key }: { readonly cert: string; readonly key: string }) => {
  const server = Https.createServer({ cert, key }, (_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body)
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
})
process.once("disconnect", () => process.exit())
