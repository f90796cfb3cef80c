/** Which errors belong to which operation, beside those that any request can meet. */
import type * as KubeError from "../KubeError.js"
import type * as Status from "../Status.js"

interface Sign {
  readonly reasons: ReadonlyArray<string>
  /** A cause that the Status must name as well. */
  readonly cause?: string
}

/** The errors that belong to single operations, and the Status that each stands for. */
const signs = {
  KubeNotFound: { reasons: ["NotFound"] },
  KubeAlreadyExists: { reasons: ["AlreadyExists"] },
  KubeConflict: { reasons: ["Conflict"] },
  KubeInvalid: { reasons: ["Invalid"] },
  KubeExpired: { reasons: ["Expired", "Gone"] },
  KubeDisruptionBudget: { reasons: ["TooManyRequests"], cause: "DisruptionBudget" }
} satisfies { readonly [Tag in KubeError.Own["_tag"]]: Sign }

export type OwnTag = keyof typeof signs

/** Which of an operation's own errors a Status stands for. */
export const ownTag = (own: ReadonlyArray<OwnTag>, status: Status.Status): OwnTag | undefined =>
  own.find((tag) => {
    const sign: Sign = signs[tag]
    return sign.reasons.includes(status.reason ?? "Unknown") &&
      (sign.cause === undefined || status.details?.causes?.some(({ reason }) => reason === sign.cause) === true)
  })

export type ErrorOf<Tags extends ReadonlyArray<OwnTag>> = Extract<KubeError.Own, { readonly _tag: Tags[number] }>

/** Operation × errors: the one table of which operation raises what, beside `KubeError.Common`. */
export const ownErrors = {
  get: ["KubeNotFound"],
  log: ["KubeNotFound", "KubeInvalid"],
  list: ["KubeExpired"],
  watch: ["KubeExpired"],
  create: ["KubeAlreadyExists", "KubeInvalid", "KubeNotFound"],
  update: ["KubeNotFound", "KubeConflict", "KubeInvalid"],
  patch: ["KubeNotFound", "KubeConflict", "KubeInvalid"],
  delete: ["KubeNotFound", "KubeConflict", "KubeInvalid"],
  deletecollection: ["KubeInvalid"],
  /** What is created below an object that is there: a binding, a token. */
  createBelow: ["KubeNotFound", "KubeConflict", "KubeInvalid"],
  evict: ["KubeNotFound", "KubeConflict", "KubeInvalid", "KubeDisruptionBudget"],
  /** Of a subresource that is not known, anything that is known of others. */
  createAny: ["KubeNotFound", "KubeAlreadyExists", "KubeConflict", "KubeInvalid"]
} as const satisfies { readonly [operation: string]: ReadonlyArray<OwnTag> }
