/** The error for an object that does not fit its kind. */
import * as KubeError from "../KubeError.js"
import { type Fields, isFields } from "./actual.js"

/** The metadata of whatever came, as far as there is one. */
export const metadataOf = (body: unknown): Fields =>
  isFields(body) && isFields(body["metadata"]) ? body["metadata"] : {}

const text = (u: unknown): string | undefined => typeof u === "string" ? u : undefined

/** What an object is called, as far as it can be read. */
export const nameOf = (
  body: unknown
): { readonly namespace: string | undefined; readonly name: string | undefined } => {
  const { name, namespace } = metadataOf(body)
  return { namespace: text(namespace), name: text(name) }
}

/** The error for an object that did not decode; it names the object as far as its metadata can be read. */
export const decodeError = (
  request: KubeError.RequestInfo,
  body: unknown,
  issues: ReadonlyArray<KubeError.Issue>
): KubeError.DecodeError => new KubeError.DecodeError({ request, object: nameOf(body), issues })
