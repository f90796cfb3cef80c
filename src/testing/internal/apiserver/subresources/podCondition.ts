/** The conditions of a Pod, which have a shape of their own. */
import { type JsonObject } from "../json.js"
import { objects } from "../members.js"
import { statusOf } from "../objectParts.js"

export interface PodCondition {
  readonly type: string
  readonly status: "True" | "False"
  readonly reason?: string | undefined
  readonly message?: string | undefined
}

/** Sets a condition; its transition time moves when its status does. */
export const withPodCondition = (pod: JsonObject, condition: PodCondition, now: string): JsonObject => {
  const status = statusOf(pod)
  const all = objects(status, "conditions")
  const known = all.find((each) => each["type"] === condition.type)
  const isSame = known !== undefined && known["status"] === condition.status
  const next: JsonObject = {
    type: condition.type,
    status: condition.status,
    lastProbeTime: null,
    lastTransitionTime: isSame ? known["lastTransitionTime"] : now
  }
  if (condition.reason !== undefined) next["reason"] = condition.reason
  if (condition.message !== undefined) next["message"] = condition.message
  return {
    ...pod,
    status: {
      ...status,
      conditions: known === undefined ? [...all, next] : all.map((each) => each === known ? next : each)
    }
  }
}
