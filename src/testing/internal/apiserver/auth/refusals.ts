/** The 401 and the 403 that come before a request reaches its endpoint, in the server's words. */
import { goQuote } from "../../structural/fieldError.js"
import * as status from "../status.js"
import type { Attributes } from "./attributes.js"
import type { UserInfo } from "./users.js"

export const unauthorized = (): status.Refusal => status.refusal(401, "Unauthorized", "Unauthorized")

/** Texts that a browser would take for markup are made harmless. */
const harmless = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")

const because = (reason: string): string => reason === "" ? "" : `: ${reason}`

/** The 403 about an object, or about a resource where no name is known. */
export const forbiddenFor = (of: status.GroupResource, name: string, why: string): status.Refusal =>
  name !== ""
    ? status.forbidden(of, name, why)
    : status.refusal(403, "Forbidden", `${status.qualified(of.resource, of.group)} is forbidden: ${why}`, {
      kind: of.resource,
      ...(of.group !== "" && { group: of.group })
    })

export const forbidden = (user: UserInfo, asked: Attributes, reason: string): status.Refusal => {
  const who = `User ${goQuote(user.username)} cannot ${asked.verb}`
  if (!asked.isResource) {
    const message = `forbidden: ${harmless(`${who} path ${goQuote(asked.path)}`)}${because(reason)}`
    return status.refusal(403, "Forbidden", message, {})
  }
  const { group, name, namespace, resource, subresource } = asked
  const what = subresource === "" ? resource : `${resource}/${subresource}`
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${goQuote(namespace)}`
  const why = harmless(`${who} resource ${goQuote(what)} in API group ${goQuote(group)} ${where}`) + because(reason)
  return forbiddenFor({ group, resource }, name, why)
}
