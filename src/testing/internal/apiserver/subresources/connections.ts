/**
 * Subresources that are connections: into a container (`exec`, `attach`, `portforward`), or through the server into the
 * network of the cluster (`proxy`). There are neither processes nor a network here, so none is ever made; what a server
 * finds wrong before it connects is found all the same.
 */
import type { JsonObject } from "../json.js"
import { textOf } from "../members.js"
import { specOf, statusOf } from "../objectParts.js"
import type { Query } from "../options.js"
import * as status from "../status.js"
import type { Entry } from "../storage.js"
import { containerOf } from "./containers.js"
import type { Handler } from "./subresource.js"

/** What is refused of an object, by its query. */
type Check = (entry: Entry, query: Query) => void

const refuseUnplaced = ({ name, object }: Entry): void => {
  if (textOf(specOf(object), "nodeName") === "") {
    throw status.badRequest(`pod ${name} does not have a host assigned`)
  }
}

const toContainer: Check = (pod, query) => {
  containerOf(pod, query.get("container") ?? "")
  refuseUnplaced(pod)
}

const addressOf = (pod: JsonObject): string => textOf(statusOf(pod), "podIP")

/** By `resource/subresource`. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["pods/attach", toContainer],
  ["pods/exec", toContainer],
  ["pods/portforward", refuseUnplaced],
  ["pods/proxy", ({ object }) => {
    if (addressOf(object) === "") throw status.badRequest("address not allowed")
  }]
])

/** Refuses a connection; `missing`: what it would need. */
export const connect = (missing: string): Handler => ({ call, name, namespace, served, server, sub }) => {
  const place = `${served.plural}/${sub.name}`
  checks.get(place)?.(server.registry.find(served, namespace, name), call.query)
  throw status.refusal(
    501,
    "NotImplemented",
    `${place} of ${JSON.stringify(name)} is not served by this test server: ${missing}`
  )
}
