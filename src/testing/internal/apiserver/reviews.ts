/**
 * Kinds that only answer: a review is created, and its answer is not kept. This server asks nobody who they are and
 * refuses nobody, and says so.
 */
import type { JsonObject } from "./json.js"
import type { Served } from "./served.js"
import * as status from "./status.js"

const anybody = { username: "system:anonymous", groups: ["system:masters", "system:authenticated"] }

const answers: { readonly [kind: string]: JsonObject } = {
  SelfSubjectAccessReview: { allowed: true },
  SubjectAccessReview: { allowed: true },
  LocalSubjectAccessReview: { allowed: true },
  SelfSubjectReview: { userInfo: anybody },
  SelfSubjectRulesReview: {
    incomplete: false,
    resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
    nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }]
  }
}

export const review = (served: Served, body: JsonObject): JsonObject => {
  const answer = answers[served.kind]
  if (answer === undefined) {
    throw status.refusal(501, "NotImplemented", `${served.kind} is not served by this test server`)
  }
  return { ...body, metadata: {}, status: answer }
}
