/** Questions that all that has to do with Services asks of them. */
import { child, items, type JsonObject } from "../json.js"
import { textOf } from "./common.js"

export const specOf = (service: JsonObject): JsonObject => child(service, "spec") ?? {}

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
