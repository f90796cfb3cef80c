/** PodDisruptionBudgets: what is wrong with them. */
import { invalidJson, notSupported } from "../../structural/fieldError.js"
import { internalJson } from "../internalForm.js"
import { child, type JsonObject } from "../json.js"
import { member } from "../members.js"
import { specOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { type Causes, nonNegative } from "./checks.js"
import { validateLabelSelector } from "./labelSelectors.js"
import { validateIntOrPercent, validateUpTo100Percent } from "./rollout.js"

const policies = ["AlwaysAllow", "IfHealthyBudget"]

const validateSpec = (object: JsonObject): Causes => {
  const spec = specOf(object)
  const amounts = ["minAvailable", "maxUnavailable"].filter((key) => member(spec, key) !== undefined)
  const policy = member(spec, "unhealthyPodEvictionPolicy")
  return [
    ...(amounts.length > 1
      ? [
        invalidJson(
          "spec",
          internalJson("policy.PodDisruptionBudgetSpec", spec),
          "minAvailable and maxUnavailable cannot be both set"
        )
      ]
      : []),
    ...amounts.flatMap((key) => [
      ...validateIntOrPercent(member(spec, key), `spec.${key}`),
      ...validateUpTo100Percent(member(spec, key), `spec.${key}`)
    ]),
    ...validateLabelSelector(child(spec, "selector"), "spec.selector"),
    ...(policy === undefined || policies.includes(String(policy))
      ? []
      : [notSupported("spec.unhealthyPodEvictionPolicy", policy, policies)])
  ]
}

const counts = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"]

export const disruptionBudgetStrategy: Partial<Strategy> = {
  validateCreate: validateSpec,
  validateUpdate: validateSpec,
  validateStatus: (object) =>
    counts.flatMap((key) => nonNegative(member(child(object, "status"), key), `status.${key}`))
}
