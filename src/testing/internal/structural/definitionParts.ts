/** What stands in a definition beside names and schemas: printer columns, subresources, conversion. */
import type { DefinitionSpec, PrinterColumn, Subresources } from "./definitionDecode.js"
import { type Cause, child, forbidden, indexed, invalid, notSupported, required } from "./fieldError.js"
import { dns1035Label } from "./names.js"
import { checkWebhookService, checkWebhookUrl } from "./webhookClient.js"

const columnTypes = ["boolean", "date", "integer", "number", "string"]
const columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"]

export const checkColumns = (columns: ReadonlyArray<PrinterColumn> | undefined, path: string): ReadonlyArray<Cause> =>
  (columns ?? []).flatMap((column, index) => {
    const at = (field: string): string => child(indexed(path, index), field)
    const type = `must be one of ${columnTypes.join(",")}`
    return [
      ...(column.name === "" ? [required(at("name"))] : []),
      ...(column.type === ""
        ? [required(at("type"), type)]
        : columnTypes.includes(column.type)
        ? []
        : [invalid(at("type"), column.type, type)]),
      ...(column.format === undefined || columnFormats.includes(column.format)
        ? []
        : [invalid(at("format"), column.format, `must be one of ${columnFormats.join(",")}`)]),
      ...(column.jsonPath === "" ? [required(at("JSONPath"))] : simplePath(at("JSONPath"), column.jsonPath))
    ]
  })

const simplePath = (path: string, jsonPath: string): ReadonlyArray<Cause> =>
  jsonPath.startsWith(".") ? [] : [invalid(path, jsonPath, "must be a simple json path starting with .")]

export const checkSubresources = (subresources: Subresources | undefined, path: string): ReadonlyArray<Cause> => {
  const scale = subresources?.scale
  if (scale === undefined) return []
  const check = (field: string, value: string, roots: ReadonlyArray<string>): ReadonlyArray<Cause> => {
    const at = child(path, `scale.${field}`)
    const wrong = simplePath(at, value)
    if (wrong.length > 0) return wrong
    if (roots.some((root) => value.startsWith(`${root}.`))) return []
    return [invalid(at, value, `should be a json path under ${roots.length > 1 ? "either " : ""}${roots.join(" or ")}`)]
  }
  const needed = (field: string, value: string, root: string): ReadonlyArray<Cause> =>
    value === "" ? [required(child(path, `scale.${field}`))] : check(field, value, [root])
  const selector = scale.labelSelectorPath ?? ""
  return [
    ...needed("specReplicasPath", scale.specReplicasPath, ".spec"),
    ...needed("statusReplicasPath", scale.statusReplicasPath, ".status"),
    ...(selector === "" ? [] : check("labelSelectorPath", selector, [".spec", ".status"]))
  ]
}

export const checkConversion = (conversion: DefinitionSpec["conversion"]): ReadonlyArray<Cause> => {
  if (conversion === undefined) return []
  const at = (field: string): string => child("spec.conversion", field)
  const { strategy, webhook } = conversion
  const reviewVersions = webhook?.conversionReviewVersions ?? []
  const client = webhook?.clientConfig
  const unknown = strategy === ""
    ? [required(at("strategy"))]
    : strategy === "None" || strategy === "Webhook"
    ? []
    : [notSupported(at("strategy"), strategy, ["None", "Webhook"])]
  if (strategy !== "Webhook") {
    const detail = "should not be set when strategy is not set to Webhook"
    return [
      ...unknown,
      ...(client === undefined ? [] : [forbidden(at("webhookClientConfig"), detail)]),
      ...(reviewVersions.length === 0 ? [] : [forbidden(at("conversionReviewVersions"), detail)])
    ]
  }
  return [
    ...(client === undefined
      ? [required(at("webhookClientConfig"), "required when strategy is set to Webhook")]
      : (client.url === undefined) === (client.service === undefined)
      ? [required(at("webhookClientConfig"), "exactly one of url or service is required")]
      : client.service === undefined
      ? checkWebhookUrl(client.url ?? "", at("webhookClientConfig.url"))
      : checkWebhookService(client.service, at("webhookClientConfig.service"))),
    ...checkReviewVersions(reviewVersions, at("conversionReviewVersions"))
  ]
}

const checkReviewVersions = (versions: ReadonlyArray<string>, path: string): ReadonlyArray<Cause> => {
  if (versions.length === 0) return [required(path)]
  return [
    ...versions.flatMap((version, index) =>
      versions.indexOf(version) < index
        ? [invalid(indexed(path, index), version, "duplicate version")]
        : dns1035Label(version).map((complaint) => invalid(indexed(path, index), version, complaint))
    ),
    ...(versions.includes("v1") || versions.includes("v1beta1")
      ? []
      : [invalid(path, versions, "must include at least one of v1, v1beta1")])
  ]
}
