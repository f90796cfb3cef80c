/**
 * Kinds that only answer: a review is created, and its answer is not kept. What somebody may is answered by those who
 * answer each request; where nobody is asked who they are, everybody may do everything (S51).
 */
import * as Either from "effect/Either"
import { parseFields, parseLabels } from "../../../protocol/internal/selector.js"
import type { Cause } from "../structural.js"
import { goJson, invalid, invalidJson, invalidMessage, required } from "../structural/fieldError.js"
import type { Access } from "./auth/access.js"
import { issuer } from "./auth/accountTokens.js"
import type { Attributes } from "./auth/attributes.js"
import type { UserInfo } from "./auth/users.js"
import { child, isObject, items, type JsonObject, own, text, texts, withMember } from "./json.js"
import { metadataOf, timestamp } from "./objectMeta.js"
import { specOf } from "./objectParts.js"
import { resourceOf, type Served } from "./served.js"
import * as status from "./status.js"

/** Who asks, and where. */
export interface Reviewer {
  readonly access: Access
  readonly user: UserInfo
  /** Empty for what is cluster-wide. */
  readonly namespace: string
  readonly now: number
}

type Review = (body: JsonObject, reviewer: Reviewer) => JsonObject

const field = (object: JsonObject | undefined, name: string): string => text(object, name) ?? ""
/** Without what is empty. */
const sparse = (object: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(object).filter(([, value]) =>
      value !== "" && value !== undefined && !(Array.isArray(value) && value.length === 0) &&
      !(isObject(value) && Object.keys(value).length === 0)
    )
  )

const shownUser = ({ extra, groups, uid, username }: UserInfo): JsonObject => sparse({ username, uid, groups, extra })

// ---------------------------------------------------------------- access

const exactlyOne = "exactly one of nonResourceAttributes or resourceAttributes must be specified"

/** Attributes as the server prints those of a path. */
const shownPath = (attributes: JsonObject): string =>
  `{"Path":${goJson(field(attributes, "path"))},"Verb":${goJson(field(attributes, "verb"))}}`

const selectorCauses = (attributes: JsonObject | undefined, name: string): ReadonlyArray<Cause> => {
  const selector = child(attributes, name)
  if (selector === undefined) return []
  const at = `spec.resourceAttributes.${name}`
  const raw = field(selector, "rawSelector")
  const count = items(selector, "requirements").length
  if (raw !== "" && count > 0) {
    return [invalid(`${at}.rawSelector`, raw, "may not specified at the same time as requirements")]
  }
  return raw === "" && count === 0
    ? [required(`${at}.requirements`, `when ${at} is specified, requirements or rawSelector is required`)]
    : []
}

const accessCauses = (spec: JsonObject, isAboutOthers: boolean): ReadonlyArray<Cause> => {
  const resource = child(spec, "resourceAttributes")
  const path = child(spec, "nonResourceAttributes")
  return [
    ...((resource === undefined) === (path === undefined)
      ? [path === undefined ? invalid("spec", null, exactlyOne) : invalidJson("spec", shownPath(path), exactlyOne)]
      : []),
    ...(isAboutOthers && field(spec, "user") === "" && items(spec, "groups").length === 0
      ? [invalid("spec.user", "", "at least one of user or group must be specified")]
      : []),
    ...selectorCauses(resource, "fieldSelector"),
    ...selectorCauses(resource, "labelSelector")
  ]
}

const metadataCauses = (metadata: JsonObject, detail: string): ReadonlyArray<Cause> =>
  Object.keys(metadata).length === 0 ? [] : [invalid("metadata", metadata, detail)]

const refuseInvalid = (causes: ReadonlyArray<Cause>): void => {
  if (causes.length === 0) return
  const group = "authorization.k8s.io"
  throw status.refusal(422, "Invalid", invalidMessage(`.${group}`, "", causes), { group, causes })
}

const askedBy = (spec: JsonObject): Attributes => {
  const path = child(spec, "nonResourceAttributes")
  if (path !== undefined) return { isResource: false, verb: field(path, "verb"), path: field(path, "path") }
  const resource = child(spec, "resourceAttributes")
  return {
    isResource: true,
    verb: field(resource, "verb"),
    group: field(resource, "group"),
    resource: field(resource, "resource"),
    subresource: field(resource, "subresource"),
    namespace: field(resource, "namespace"),
    name: field(resource, "name")
  }
}

/** Selectors that cannot be read are not looked at. */
const evaluationError = (spec: JsonObject): string => {
  const resource = child(spec, "resourceAttributes")
  const isBad = (name: string, parse: (text: string) => Either.Either<unknown, unknown>): boolean =>
    Either.isLeft(parse(field(child(resource, name), "rawSelector")))
  return [
    ...(isBad("fieldSelector", parseFields) ? ["fieldSelector"] : []),
    ...(isBad("labelSelector", parseLabels) ? ["labelSelector"] : [])
  ].map((name) => `spec.resourceAttributes.${name} ignored due to parse error`).join("; ")
}

const answered = (body: JsonObject, user: UserInfo, { access }: Reviewer): JsonObject => {
  const spec = specOf(body)
  const { allowed, reason } = access.isOn
    ? access.authorizer.decide(user, askedBy(spec))
    : { allowed: true, reason: "" }
  return { ...body, status: { allowed, ...sparse({ reason, evaluationError: evaluationError(spec) }) } }
}

const otherUser = (spec: JsonObject): UserInfo => {
  const extra = child(spec, "extra") ?? {}
  return {
    username: field(spec, "user"),
    uid: field(spec, "uid"),
    groups: texts(spec, "groups"),
    extra: Object.fromEntries(Object.keys(extra).map((key) => [key, texts(extra, key)]))
  }
}

const ownAccess: Review = (body, reviewer) => {
  refuseInvalid([
    ...accessCauses(specOf(body), false),
    ...metadataCauses(metadataOf(body), "must be empty")
  ])
  return answered(body, reviewer.user, reviewer)
}

const othersAccess: Review = (body, reviewer) => {
  const spec = specOf(body)
  refuseInvalid([...accessCauses(spec, true), ...metadataCauses(metadataOf(body), "must be empty")])
  return answered(body, otherUser(spec), reviewer)
}

const localAccess: Review = (body, reviewer) => {
  const { namespace } = reviewer
  const given = field(metadataOf(body), "namespace")
  if (given !== "" && given !== namespace) {
    throw status.badRequest("the namespace of the provided object does not match the namespace sent on the request")
  }
  const spec = specOf(body)
  const resource = child(spec, "resourceAttributes")
  const path = child(spec, "nonResourceAttributes")
  const elsewhere = resource !== undefined && field(resource, "namespace") !== namespace
  refuseInvalid([
    ...accessCauses(spec, true),
    ...metadataCauses(withMember(metadataOf(body), "namespace", undefined), "must be empty except for namespace"),
    ...(elsewhere
      ? [invalid("spec.resourceAttributes.namespace", field(resource, "namespace"), "must match metadata.namespace")]
      : []),
    ...(path === undefined
      ? []
      : [invalidJson("spec.nonResourceAttributes", shownPath(path), "disallowed on this kind of request")])
  ])
  return { ...answered(body, otherUser(spec), reviewer), metadata: { ...metadataOf(body), namespace } }
}

const ownRules: Review = (body, { access, user }) => {
  const namespace = field(child(body, "spec"), "namespace")
  if (namespace === "") throw status.badRequest("no namespace on request")
  const { error, rules } = access.isOn ? access.authorizer.rulesFor(user, namespace) : {
    error: "",
    rules: [
      { verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: [], nonResourceURLs: [] },
      { verbs: ["*"], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ["*"] }
    ]
  }
  return {
    ...body,
    metadata: {},
    spec: {},
    status: {
      resourceRules: rules.filter(({ resources }) => resources.length > 0)
        .map(({ apiGroups, resourceNames, resources, verbs }) =>
          sparse({ verbs, apiGroups, resources, resourceNames })
        ),
      nonResourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
        .map(({ nonResourceURLs, verbs }) => sparse({ verbs, nonResourceURLs })),
      incomplete: false,
      ...sparse({ evaluationError: error })
    }
  }
}

// ---------------------------------------------------------------- identity

const ownIdentity: Review = (body, { now, user }) => ({
  ...withMember(body, "spec", undefined),
  metadata: { creationTimestamp: timestamp(now) },
  status: { userInfo: shownUser(user) }
})

const tokenOwner: Review = (body, { access, now }) => {
  const spec = specOf(body)
  const token = field(spec, "token")
  if (token === "") throw status.badRequest("token is required for TokenReview in authentication")
  const named = texts(spec, "audiences")
  const checked = access.authentication.review(token, named.length === 0 ? [issuer] : named, now)
  const answer = "error" in checked
    ? { user: {}, error: checked.error }
    : { authenticated: true, user: shownUser(checked.user), audiences: checked.audiences }
  return { ...body, status: answer }
}

const reviews: { readonly [kind: string]: Review } = {
  SelfSubjectAccessReview: ownAccess,
  SubjectAccessReview: othersAccess,
  LocalSubjectAccessReview: localAccess,
  SelfSubjectRulesReview: ownRules,
  SelfSubjectReview: ownIdentity,
  TokenReview: tokenOwner
}

export const review = (served: Served, body: JsonObject, reviewer: Reviewer): JsonObject => {
  const answer = own(reviews, served.kind)
  if (answer === undefined) {
    throw status.refusal(501, "NotImplemented", `${resourceOf(served).resource} is not served by this test server`)
  }
  return (answer as Review)(body, reviewer) // `own` knows no types of members
}
