/** The conditions in an object's status. */
import { child, isObject, items, type JsonObject } from "./json.js"
import { statusOf } from "./objectParts.js"

export interface Condition {
  readonly type: string
  readonly status: "True" | "False"
  readonly reason: string
  readonly message: string
}

export const conditionOf = (object: JsonObject, type: string): JsonObject | undefined =>
  items(child(object, "status"), "conditions").filter(isObject).find((condition) => condition["type"] === type)

/** Sets a condition; its transition time moves when its status does. */
export const withCondition = (object: JsonObject, condition: Condition, now: string): JsonObject => {
  const status = statusOf(object)
  const known = conditionOf(object, condition.type)
  const lastTransitionTime = known !== undefined && known["status"] === condition.status
    ? known["lastTransitionTime"]
    : now
  const next = { ...condition, lastTransitionTime }
  const all = items(status, "conditions")
  return {
    ...object,
    status: {
      ...status,
      conditions: known === undefined ? [...all, next] : all.map((each) => each === known ? next : each)
    }
  }
}
