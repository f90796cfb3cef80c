/** Questions that all that has to do with Services asks of them. */
import { equal, items, type JsonObject } from "../json.js"
import { textOf } from "../members.js"

/** Whether it can be reached from outside of the cluster. */
export const isExternal = (spec: JsonObject): boolean => {
  const type = textOf(spec, "type")
  return type === "LoadBalancer" || type === "NodePort"
    || (type === "ClusterIP" && items(spec, "externalIPs").length > 0)
}

/** Whether its load balancer must ask nodes for their health. */
export const needsHealthCheck = (spec: JsonObject): boolean =>
  textOf(spec, "type") === "LoadBalancer" && textOf(spec, "externalTrafficPolicy") === "Local"

export const isHeadless = (spec: JsonObject): boolean => items(spec, "clusterIPs")[0] === "None"

/** Whether a field of two specs is the same. */
export const isSame = (a: JsonObject, b: JsonObject, field: string): boolean =>
  equal(a[field] ?? null, b[field] ?? null)

/** The annotation that asks for traffic to stay near, in its old name and in its young one. */
export const oldHints = "service.kubernetes.io/topology-aware-hints"
export const youngHints = "service.kubernetes.io/topology-mode"
