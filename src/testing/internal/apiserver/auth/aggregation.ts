/**
 * Fills ClusterRoles with an `aggregationRule` with the rules of those that its selectors find, as the controller of a
 * cluster does: with server-side apply, so that rules of somebody else's stay where there is nothing to fill in.
 */
import { applyChange, applyOptions } from "../apply/request.js"
import type { InnerController } from "../controllers.js"
import { child, equal, isObject, items, type JsonObject } from "../json.js"
import { selects } from "../kinds/labelSelectors.js"
import { metadataOf, type Moment, timestamp } from "../objectMeta.js"
import type { Registry } from "../registry.js"
import { apiVersionOf, type Resources } from "../served.js"
import type { Entry, LogRecord } from "../storage.js"
import { rbacGroup } from "./authorizer.js"

const manager = "clusterrole-aggregation-controller"
const resource = `${rbacGroup}/clusterroles`

const selectorsOf = (role: JsonObject): ReadonlyArray<JsonObject> =>
  items(child(role, "aggregationRule"), "clusterRoleSelectors").filter(isObject)

/** The rules that a role gathers, each once, in the order of its selectors and of names. */
const gathered = (role: Entry, all: ReadonlyArray<Entry>): ReadonlyArray<unknown> => {
  const found: Array<unknown> = []
  for (const selector of selectorsOf(role.object)) {
    for (const other of all) {
      if (other.name === role.name || !selects(selector, child(metadataOf(other.object), "labels"))) continue
      for (const rule of items(other.object, "rules")) {
        if (!found.some((each) => equal(each, rule))) found.push(rule)
      }
    }
  }
  return found
}

export class RoleAggregation implements InnerController {
  readonly #queue = new Set<string>()

  constructor(readonly registry: Registry, readonly resources: Resources) {}

  observe(record: LogRecord): boolean {
    if (record.entry.resource !== resource) return false
    for (const role of this.#all()) if (selectorsOf(role.object).length > 0) this.#queue.add(role.name)
    return this.#queue.size > 0
  }

  step(moment: Moment): boolean {
    const [name] = this.#queue
    if (name === undefined) return false
    this.#queue.delete(name)
    const role = this.registry.storage.get(resource, "", name)
    if (role !== undefined) this.#fill(role, moment)
    return this.#queue.size > 0
  }

  #fill(role: Entry, moment: Moment): void {
    const served = this.resources.ofStorage(resource)
    const rules = gathered(role, this.#all())
    if (served === undefined || equal(rules, items(role.object, "rules"))) return
    const configuration = JSON.stringify({
      apiVersion: apiVersionOf(served.group, served.version),
      kind: served.kind,
      metadata: { name: role.name },
      ...(rules.length > 0 && { rules })
    })
    const query = new URLSearchParams({ fieldManager: manager, force: "true" })
    const options = applyOptions(query)
    const change = applyChange(served, configuration, query, options, "", timestamp(moment.now))
    this.registry.apply(served, "", role.name, change, { ...options, subresource: "" }, moment)
  }

  #all(): ReadonlyArray<Entry> {
    const found = this.registry.storage.list(resource)
    return "compacted" in found ? [] : found.entries
  }
}
