/** Selectors of workloads, which must select the Pods that their own template makes. */
import { invalid, invalidJson, required } from "../../structural/fieldError.js"
import { selectorJson } from "../internalForm.js"
import { child, type JsonObject } from "../json.js"
import type { Causes } from "./checks.js"
import { isEmptySelector, selects, validateLabelSelector } from "./labelSelectors.js"

/** `kind` and `unreadable`: as messages name them. */
export const validateSelector = (
  selector: JsonObject | undefined,
  at: string,
  kind: string,
  unreadable: string
): { readonly causes: Causes; readonly isValid: boolean } => {
  if (selector === undefined) return { causes: [required(at)], isValid: true }
  const wrong = validateLabelSelector(selector, at)
  const isValid = wrong.length === 0
  return {
    causes: [
      ...wrong,
      ...(isEmptySelector(selector)
        ? [invalidJson(at, selectorJson(selector), `empty selector is invalid for ${kind}`)]
        : []),
      ...(isValid ? [] : [invalidJson(at, selectorJson(selector), unreadable)])
    ],
    isValid
  }
}

/** Whether the labels of `holder.template` are selected. `at`: the path of the template. */
export const validateMatchingTemplate = (
  selector: JsonObject | undefined,
  holder: JsonObject,
  at: string
): Causes => {
  const labels = child(child(child(holder, "template"), "metadata"), "labels")
  return selects(selector, labels)
    ? []
    : [invalid(`${at}.metadata.labels`, labels ?? null, "`selector` does not match template `labels`")]
}
