/** What must be there, so that other objects may name it: all called `a`, as the values that are tried first. */
import { namespace } from "./candidates.js"
import type { Json, Server } from "./server.js"

export const objects: ReadonlyArray<readonly [path: string, object: Json]> = [
  ["/api/v1/namespaces", {
    metadata: { name: namespace, labels: { "resource.kubernetes.io/admin-access": "true" } }
  }],
  ["/api/v1/nodes", { metadata: { name: "a" } }],
  ["/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "a" }, value: 1 }],
  ["/apis/node.k8s.io/v1/runtimeclasses", {
    metadata: { name: "a" },
    handler: "a",
    overhead: { podFixed: { cpu: "1", memory: "1Gi" } }
  }],
  ["/apis/storage.k8s.io/v1/storageclasses", {
    metadata: { name: "a" },
    provisioner: "a.example.com",
    allowVolumeExpansion: true
  }],
  [`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: "a" } }]
]

/** What is told by a status. */
export const statuses: ReadonlyArray<readonly [path: string, status: Json]> = [
  ["/api/v1/nodes/a/status", { declaredFeatures: ["DRANodeAllocatableResources"] }]
]

export const fixtures = async (server: Server): Promise<void> => {
  for (const [path, object] of objects) {
    const { body, code } = await server.ask("POST", path, object)
    if (code >= 300) throw new Error(`POST ${path}: ${code} ${body["message"]}`)
  }
  for (const [path, status] of statuses) {
    const { body, code } = await server.ask("PATCH", path, { status })
    if (code >= 300) throw new Error(`PATCH ${path}: ${code} ${body["message"]}`)
  }
}
