/**
 * What a write at an endpoint leaves as it was, so that nobody owns it by that write: the status at the main endpoint,
 * all but the status at the status endpoint.
 */
import { hasStatus, type Served } from "../served.js"
import { FieldSet, type Filter, type Path } from "./fieldSet.js"

const spec: Path = ["f:spec"]
const status: Path = ["f:status"]

/** What is not as the strategy of a kind says, by `group/plural` and subresource. */
const exceptions: { readonly [resource: string]: { readonly [subresource: string]: ReadonlyArray<Path> } } = {
  "apiregistration.k8s.io/apiservices": { status: [["f:metadata"], spec] },
  "certificates.k8s.io/certificatesigningrequests": {
    "": [spec, status],
    status: [spec, ["f:status", "f:conditions"]],
    approval: [spec, ["f:status", "f:certificate"]]
  }
}

/** The fields that a write at an endpoint resets. */
export const resetPaths = (served: Served, subresource: string): ReadonlyArray<Path> => {
  const exception = exceptions[`${served.group}/${served.plural}`]?.[subresource]
  if (exception !== undefined) return exception
  if (subresource === "") return hasStatus(served) ? [status] : []
  if (subresource !== "status") return []
  const kept = served.strategy.statusKeeps
  return [spec, ...kept === "all" ? [["f:metadata"]] : kept.map((field) => ["f:metadata", `f:${field}`])]
}

/** What takes those fields out of a set; nothing where there are none. */
export const resetFilter = (served: Served, subresource: string): Filter | undefined => {
  const paths = resetPaths(served, subresource)
  if (paths.length === 0) return undefined
  const reset = FieldSet.of(...paths)
  return (set) => set.without(reset)
}
