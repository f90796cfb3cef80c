/** Roles and their bindings: defaults, refusals and what stays. */
import { type Area, type Json, scenario } from "./scenario.js"

const group = "rbac.authorization.k8s.io"
const rbac = `${group}/v1`
const clusterRoles = `/apis/${rbac}/clusterroles`
const clusterRoleBindings = `/apis/${rbac}/clusterrolebindings`

const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get"] }
const roleRef = { apiGroup: group, kind: "Role", name: "a" }

export const rbacArea: Area = {
  name: "rbac",
  scenarios: [
    scenario("Roles as they are stored, and Roles that are wrong (S6, S57)", function*(run) {
      const roles = run.at("roles", rbac)
      yield* run.post(roles, { metadata: { name: "empty" } })
      yield* run.post(roles, {
        metadata: { name: "system:Any Name" },
        rules: [rule, { ...rule, resourceNames: ["a"] }]
      })
      yield* run.put(`${roles}/made`, { metadata: { name: "made" }, rules: [] })
      yield* run.post(roles, { metadata: { name: "a/b" } })
      yield* run.post(roles, { metadata: { name: "x%y" } })
      yield* run.post(roles, {
        metadata: { name: "wrong" },
        rules: [
          {},
          { ...rule, verbs: [] },
          { verbs: ["get"], resources: ["pods"] },
          { verbs: ["get"], apiGroups: [""] },
          { verbs: ["get"], nonResourceURLs: ["/healthz"] },
          { ...rule, nonResourceURLs: ["/healthz"] }
        ]
      })
      yield* run.merge(`${roles}/made`, { rules: [{ verbs: ["get"] }] })
      yield* run.merge(`${roles}/made`, { rules: [rule] }, { show: (body) => body.rules })
    }),
    scenario("ClusterRoles as they are stored, and those that are wrong (S6, S57)", function*(run) {
      const name = run.namespace
      yield* run.post(clusterRoles, {
        metadata: { name },
        rules: [rule, { nonResourceURLs: ["/healthz", "/metrics/*"], verbs: ["get"] }]
      })
      yield* run.post(clusterRoles, {
        metadata: { name: `${name}:all` },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { none: "here" } }] }
      })
      yield* run.post(clusterRoles, { metadata: { name: `${name}-x` }, aggregationRule: {} })
      yield* run.post(clusterRoles, {
        metadata: { name: `${name}-x` },
        aggregationRule: {
          clusterRoleSelectors: [{ matchLabels: { "a b": "c" } }, { matchExpressions: [{ key: "a", operator: "Is" }] }]
        }
      })
      yield* run.post(clusterRoles, {
        metadata: { name: `${name}-x`, namespace: "default" },
        rules: [{ ...rule, nonResourceURLs: ["/healthz"] }, { nonResourceURLs: ["/a"] }]
      })
      yield* run.put(`${clusterRoles}/${name}-y`, { metadata: { name: `${name}-y` } })
      for (const made of [name, `${name}:all`, `${name}-y`]) {
        yield* run.delete(`${clusterRoles}/${made}`, undefined, { show: (body) => body.status })
      }
    }),
    scenario("RoleBindings: defaults, subjects, and the role that stays (S9, S57)", function*(run) {
      const bindings = run.at("rolebindings", rbac)
      yield* run.post(bindings, {
        metadata: { name: "a" },
        roleRef: { kind: "Role", name: "a" },
        subjects: [
          { kind: "ServiceAccount", name: "s" },
          { kind: "ServiceAccount", name: "s", namespace: "other" },
          { kind: "User", name: "someone" },
          { kind: "Group", name: "all of them" }
        ]
      })
      yield* run.post(bindings, { metadata: { name: "b" }, roleRef })
      yield* run.post(bindings, { metadata: { name: "c" } })
      const wrong: ReadonlyArray<Json> = [
        { apiGroup: "example.com", kind: "Role", name: "a" },
        { kind: "Rule", name: "" },
        { kind: "ClusterRole", name: "a/b" }
      ]
      for (const roleRef of wrong) yield* run.post(bindings, { metadata: { name: "x" }, roleRef })
      yield* run.post(bindings, {
        metadata: { name: "x" },
        roleRef,
        subjects: [
          {},
          { kind: "Robot", name: "r" },
          { kind: "User", name: "" },
          { kind: "User", name: "u", apiGroup: "example.com" },
          { kind: "Group", name: "g", apiGroup: "example.com" },
          { kind: "ServiceAccount", name: "Big" },
          { kind: "ServiceAccount", name: "s", apiGroup: group }
        ]
      })
      yield* run.merge(`${bindings}/b`, { roleRef: { name: "other" } })
      yield* run.merge(`${bindings}/b`, { roleRef: { kind: "ClusterRole" }, subjects: [{ kind: "User", name: "" }] })
      yield* run.merge(`${bindings}/b`, { subjects: [{ kind: "User", name: "u" }] }, { show: (body) => body.subjects })
    }),
    scenario("ClusterRoleBindings: defaults, subjects, and the role that stays (S9, S57)", function*(run) {
      const name = run.namespace
      const roleRef = { kind: "ClusterRole", name: "view" }
      yield* run.post(clusterRoleBindings, { metadata: { name }, roleRef, subjects: [{ kind: "Group", name: "g" }] })
      yield* run.post(clusterRoleBindings, {
        metadata: { name: `${name}-x` },
        roleRef: { kind: "Role", name: "a" },
        subjects: [{ kind: "ServiceAccount", name: "s" }, { kind: "", name: "s" }]
      })
      yield* run.merge(`${clusterRoleBindings}/${name}`, { roleRef: { name: "edit" } })
      yield* run.put(`${clusterRoleBindings}/${name}-y`, { metadata: { name: `${name}-y` }, roleRef })
      for (const made of [name, `${name}-y`]) {
        yield* run.delete(`${clusterRoleBindings}/${made}`, undefined, { show: (body) => body.status })
      }
    })
  ]
}
