/** The roles and bindings that every cluster has from the start. */
import { namespaceResource } from "../admission.js"
import type { JsonObject } from "../json.js"
import { text } from "../json.js"
import { metadataOf } from "../objectMeta.js"
import { apiVersionOf } from "../served.js"
import type { Server } from "../server.js"
import { rbacGroup } from "./authorizer.js"
import { bootstrapRoles } from "./bootstrapRoles.js"

const apiVersion = apiVersionOf(rbacGroup, "v1")

/** Puts them into the store; what belongs into a namespace that is not there is left out. */
export const addBootstrapRoles = (server: Server, now: number): void => {
  const moment = server.moment(now)
  for (const json of bootstrapRoles) {
    const object: JsonObject = { apiVersion, ...JSON.parse(json) }
    const namespace = text(metadataOf(object), "namespace") ?? ""
    const served = server.resources.ofKind(apiVersion, text(object, "kind") ?? "")
    if (served === undefined) continue
    if (namespace !== "" && server.storage.get(namespaceResource, "", namespace) === undefined) continue
    server.registry.create(served, namespace, object, { dryRun: false }, moment)
  }
  server.controllers.settle(now)
}
