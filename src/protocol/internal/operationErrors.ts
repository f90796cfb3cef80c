/** Which errors belong to which operation, beside those that any request can meet. */
import type * as KubeError from "../KubeError.js"

/** The errors that belong to single operations, and the Status reason that each stands for. */
const reasons = {
  KubeNotFound: ["NotFound"],
  KubeAlreadyExists: ["AlreadyExists"],
  KubeConflict: ["Conflict"],
  KubeInvalid: ["Invalid"],
  KubeExpired: ["Expired", "Gone"]
} satisfies { readonly [Tag in KubeError.Own["_tag"]]: ReadonlyArray<string> }

export type OwnTag = keyof typeof reasons

/** Which of an operation's own errors a reason stands for. */
export const ownTag = (own: ReadonlyArray<OwnTag>, reason: string): OwnTag | undefined =>
  own.find((tag) => reasons[tag].includes(reason))

export type ErrorOf<Tags extends ReadonlyArray<OwnTag>> = Extract<KubeError.Own, { readonly _tag: Tags[number] }>

/** Operation × errors: the one table of which operation raises what, beside `KubeError.Common`. */
export const ownErrors = {
  get: ["KubeNotFound"],
  list: ["KubeExpired"],
  watch: ["KubeExpired"],
  create: ["KubeAlreadyExists", "KubeInvalid", "KubeNotFound"],
  update: ["KubeNotFound", "KubeConflict", "KubeInvalid"],
  patch: ["KubeNotFound", "KubeConflict", "KubeInvalid"],
  delete: ["KubeNotFound", "KubeConflict", "KubeInvalid"],
  deletecollection: ["KubeInvalid"]
} as const satisfies { readonly [verb: string]: ReadonlyArray<OwnTag> }
