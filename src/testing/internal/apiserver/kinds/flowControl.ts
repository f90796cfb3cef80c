/** FlowSchemas and PriorityLevelConfigurations (API priority and fairness): what the server fills in. */
import { required } from "../../structural/fieldError.js"
import { child, type JsonObject } from "../json.js"
import { made, member, textOf } from "../members.js"
import type { Strategy } from "../strategies.js"
import { type Causes } from "./checks.js"

const fill = (object: JsonObject | undefined, values: { readonly [field: string]: number }, over: unknown): void => {
  if (object === undefined) return
  for (const [field, value] of Object.entries(values)) {
    if (member(object, field) === undefined || object[field] === over) object[field] = value
  }
}

export const flowSchemaStrategy: Partial<Strategy> = {
  defaults: (schema) => {
    fill(made(schema, "spec"), { matchingPrecedence: 1000 }, 0)
    return schema
  }
}

const validateLevel = (level: JsonObject): Causes => {
  const response = child(child(child(level, "spec"), "limited"), "limitResponse")
  return textOf(response, "type") === "Queue" && child(response, "queuing") === undefined
    ? [required("spec.limited.limitResponse.queuing")]
    : []
}

export const priorityLevelStrategy: Partial<Strategy> = {
  defaults: (level) => {
    const spec = child(level, "spec")
    const limited = child(spec, "limited")
    fill(child(spec, "exempt"), { nominalConcurrencyShares: 0, lendablePercent: 0 }, undefined)
    fill(limited, { nominalConcurrencyShares: 30, lendablePercent: 0 }, undefined)
    fill(child(child(limited, "limitResponse"), "queuing"), { handSize: 8, queues: 64, queueLengthLimit: 50 }, 0)
    return level
  },
  validateCreate: validateLevel,
  validateUpdate: validateLevel
}
