/**
 * What is asked before a write, whatever the kind: is there such a namespace, and does it still take anything (S21)?
 */
import { immortalNamespaces, isTerminating } from "./namespaces.js"
import { resourceOf, type Served } from "./served.js"
import * as status from "./status.js"
import type { Storage } from "./storage.js"

export const namespaceResource = "/namespaces"

/** Refuses a new object in a namespace that is missing or being deleted; one without a namespace is for its validation to refuse. */
export const admitCreate = (storage: Storage, served: Served, namespace: string, name: string): void => {
  if (!served.namespaced || namespace === "") return
  const found = storage.get(namespaceResource, "", namespace)
  if (found === undefined) throw status.notFound({ group: "", resource: "namespaces" }, namespace)
  if (isTerminating(found.object)) {
    throw status.forbidden(
      resourceOf(served),
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [{
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace"
      }]
    )
  }
}

/** Refuses to delete the namespaces that a cluster cannot be without. */
export const admitDelete = (served: Served, name: string): void => {
  if (served.storage === namespaceResource && immortalNamespaces.has(name)) {
    throw status.forbidden(resourceOf(served), name, "this namespace may not be deleted")
  }
}
