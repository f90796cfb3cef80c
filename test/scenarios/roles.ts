/** Roles and bindings that give something away: who may write them, and those that are there from the start. */
import {
  as,
  authorization,
  clusterRoleBindings,
  clusterRoles,
  grant,
  grantEverywhere,
  justStatus,
  message,
  rbac,
  read,
  untilAllowed,
  user
} from "./accessSteps.js"
import { type Area, type Json, scenario } from "./scenario.js"

export const rolesArea: Area = {
  name: "roles",
  auth: true,
  scenarios: [
    scenario("A binding to a role that is missing is told of in the refusal (S57)", function*(run) {
      const binding = (name: string, roleRef: Json) =>
        run.post(run.at("rolebindings", rbac), { metadata: { name }, roleRef, subjects: [user("dangling")] }, {
          show: (body) => body.metadata.name
        })
      yield* binding("a", { kind: "Role", name: "missing-role" })
      yield* run.until(run.at("pods"), ({ body }) => String(body.message).includes("missing-role"), as("dangling"))
      yield* run.get("/api/v1/pods", as("dangling"))
      yield* run.post(`${authorization}/selfsubjectaccessreviews`, {
        spec: { resourceAttributes: { namespace: run.namespace, verb: "get", resource: "pods" } }
      }, as("dangling"))
      yield* run.delete(`${run.at("rolebindings", rbac)}/a`, undefined, { show: justStatus })
      yield* binding("b", { kind: "ClusterRole", name: "missing-cluster-role" })
      yield* run.until(
        `${run.at("pods")}/x`,
        ({ body }) =>
          /missing-cluster-role"\s*not found$/.test(String(body.message)) && !/missing-role/.test(body.message),
        as("dangling")
      )
    }),
    scenario("Nobody writes a Role that gives more than they have (S57)", function*(run) {
      const roles = run.at("roles", rbac)
      const own = { apiGroups: [""], resources: ["configmaps"], verbs: read }
      yield* grant(run, "author", {
        rules: [
          { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["*"], resourceNames: ["no"] },
          {
            apiGroups: ["rbac.authorization.k8s.io"],
            resources: ["roles"],
            verbs: ["get", "create", "update", "patch", "list"]
          },
          own,
          { apiGroups: ["apps"], resources: ["*/scale"], verbs: ["get"] },
          { apiGroups: [""], resources: ["secrets"], resourceNames: ["a", "b"], verbs: ["get"] }
        ],
        subjects: [user("author")]
      })
      const author = as("author", { headers: { "impersonate-group": "writers" } })
      yield* untilAllowed(run, roles, author)
      const shown = { ...author, show: (body: Json) => body.rules ?? body }
      yield* run.post(roles, { metadata: { name: "same" }, rules: [own] }, shown)
      yield* run.post(roles, { metadata: { name: "none" } }, shown)
      const more: ReadonlyArray<ReadonlyArray<Json>> = [
        [{ apiGroups: [""], resources: ["configmaps", "pods"], verbs: ["get", "list", "create"] }],
        [{ apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["get"] }],
        [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] }],
        [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["a"], verbs: ["get"] }],
        [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["a", "c", "d"], verbs: ["get", "list"] }],
        [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
        [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }, own],
        [{ apiGroups: ["", "apps"], resources: ["configmaps"], verbs: ["get"] }]
      ]
      for (const [at, rules] of more.entries()) yield* run.post(roles, { metadata: { name: `m${at}` }, rules }, shown)
      yield* run.post(
        roles,
        { metadata: { name: "not valid" }, rules: [{ verbs: ["get"], resources: ["pods"] }] },
        shown
      )
      yield* run.post(roles, { metadata: { name: "A/b" }, rules: [{ ...own, verbs: ["no"] }] }, shown)
      yield* run.post(roles, { metadata: { generateName: "g-" }, rules: [{ ...own, verbs: ["no"] }] }, shown)
      yield* run.post(roles, { metadata: { name: "x", namespace: "other" }, rules: [{ ...own, verbs: ["no"] }] }, shown)
      for (const name of ["same", "applied"]) {
        yield* run.request("PATCH", `${roles}/${name}?fieldManager=me&force=true`, {
          ...shown,
          contentType: "application/apply-patch+yaml",
          body: { apiVersion: rbac, kind: "Role", metadata: { name }, rules: [{ ...own, verbs: ["delete"] }] }
        })
      }
      yield* run.merge(`${roles}/same`, { rules: [{ ...own, verbs: ["delete"] }] }, shown)
      yield* run.put(`${roles}/same`, { metadata: { name: "same" }, rules: [{ ...own, verbs: ["get"] }] }, shown)
      yield* run.put(`${roles}/made`, { metadata: { name: "made" }, rules: [{ ...own, verbs: ["delete"] }] }, shown)
      yield* run.merge(`${roles}/author`, { metadata: { labels: { a: "b" } } }, { ...author, show: message })
      yield* run.merge(`${roles}/author`, { metadata: { finalizers: [] } }, { ...author, show: message })
    }),
    scenario("The verb escalate lets somebody write any Role (S57)", function*(run) {
      const roles = run.at("roles", rbac)
      yield* grant(run, "escalator", {
        rules: [{
          apiGroups: ["rbac.authorization.k8s.io"],
          resources: ["roles"],
          verbs: ["get", "create", "escalate"]
        }],
        subjects: [user("escalator")]
      })
      yield* untilAllowed(run, `${roles}/x`, as("escalator"))
      const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]
      yield* run.post(roles, { metadata: { name: "all" }, rules }, as("escalator"))
    }),
    scenario("ClusterRoles: paths, and aggregation is for who may do everything (S57)", function*(run) {
      const name = run.namespace
      const take = yield* grantEverywhere(run, name, {
        rules: [
          { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: ["get", "create", "patch"] },
          { nonResourceURLs: ["/logs/*"], verbs: ["get"] }
        ],
        subjects: [user("cluster-author")]
      })
      const author = as("cluster-author", { show: (body) => body.rules ?? body })
      yield* untilAllowed(run, `${clusterRoles}/x`, author)
      yield* run.post(clusterRoles, {
        metadata: { name: `${name}-a` },
        rules: [{ nonResourceURLs: ["/logs/a", "/logs/*"], verbs: ["get"] }]
      }, author)
      yield* run.post(clusterRoles, {
        metadata: { name: `${name}-b` },
        rules: [{ nonResourceURLs: ["/logs", "/metrics"], verbs: ["get", "put"] }]
      }, author)
      const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { none: "here" } }] }
      yield* run.post(clusterRoles, { metadata: { name: `${name}-b` }, aggregationRule }, author)
      yield* run.merge(`${clusterRoles}/${name}-a`, { aggregationRule }, author)
      yield* run.delete(`${clusterRoles}/${name}-a`, undefined, { show: justStatus })
      yield* take
    }),
    scenario("Nobody binds a role that gives more than they have, but with the verb bind (S57)", function*(run) {
      const bindings = run.at("rolebindings", rbac)
      const own = { apiGroups: [""], resources: ["configmaps"], verbs: read }
      const group = "rbac.authorization.k8s.io"
      yield* run.post(run.at("roles", rbac), { metadata: { name: "same" }, rules: [own] }, { show: () => "made" })
      yield* run.post(run.at("roles", rbac), {
        metadata: { name: "more" },
        rules: [{ ...own, resources: ["secrets"] }]
      }, { show: () => "made" })
      yield* grant(run, "binder", {
        rules: [
          { apiGroups: [group], resources: ["rolebindings"], verbs: ["get", "create", "update", "patch"] },
          { apiGroups: [group], resources: ["clusterroles"], verbs: ["bind"], resourceNames: ["edit"] },
          own
        ],
        subjects: [user("binder")]
      })
      const binder = as("binder", { show: (body) => body.roleRef ?? body })
      yield* untilAllowed(run, `${bindings}/x`, binder)
      const subjects = [user("friend")]
      const bind = (name: string, kind: string, role: string) =>
        run.post(bindings, { metadata: { name }, roleRef: { kind, name: role }, subjects }, binder)
      yield* bind("a", "Role", "same")
      yield* bind("b", "Role", "more")
      yield* bind("c", "Role", "missing")
      yield* bind("d", "ClusterRole", "edit")
      yield* bind("e", "ClusterRole", "system:discovery")
      yield* bind("f", "ClusterRole", "missing")
      yield* bind("g", "Wrong", "missing")
      yield* run.merge(`${bindings}/a`, { subjects: [user("another")] }, { ...binder, show: (body) => body.subjects })
      yield* run.merge(`${bindings}/binder`, { subjects: [user("another"), user("binder")] }, binder)
      yield* run.post(clusterRoleBindings, {
        metadata: { name: run.namespace },
        roleRef: { kind: "ClusterRole", name: "view" },
        subjects
      }, binder)
    }),
    scenario("ClusterRoles are gathered from others by their labels (S57)", function*(run) {
      const [name, label] = [run.namespace, `${run.namespace}/gather`]
      const rule = (resource: string): Json => ({ apiGroups: [""], resources: [resource], verbs: ["get"] })
      const rulesOf = (body: Json): Json => body.rules ?? body
      yield* run.post(clusterRoles, {
        metadata: { name },
        aggregationRule: {
          clusterRoleSelectors: [{ matchLabels: { [label]: "true" } }, {
            matchExpressions: [{ key: `${label}-too`, operator: "Exists" }]
          }]
        },
        rules: [rule("nodes")]
      }, { show: rulesOf })
      const part = (suffix: string, labels: Json, rules: ReadonlyArray<Json>) =>
        run.post(clusterRoles, { metadata: { name: `${name}-${suffix}`, labels }, rules }, { show: rulesOf })
      yield* part("b", { [label]: "true" }, [rule("pods"), rule("secrets")])
      yield* part("a", { [label]: "true", [`${label}-too`]: "" }, [rule("configmaps"), rule("pods")])
      yield* part("c", { [label]: "false" }, [rule("events")])
      yield* part("0", { [`${label}-too`]: "x" }, [rule("services")])
      yield* run.until(`${clusterRoles}/${name}`, ({ body }) => body.rules?.length === 4, { show: rulesOf })
      yield* run.merge(`${clusterRoles}/${name}`, { rules: [] }, { show: rulesOf })
      yield* run.until(`${clusterRoles}/${name}`, ({ body }) => body.rules?.length === 4, { show: rulesOf })
      yield* run.delete(`${clusterRoles}/${name}-a`, undefined, { show: justStatus })
      yield* run.until(`${clusterRoles}/${name}`, ({ body }) => body.rules?.length === 3, { show: rulesOf })
      for (const suffix of ["", "-b", "-c", "-0"]) {
        yield* run.delete(`${clusterRoles}/${name}${suffix}`, undefined, { show: justStatus })
      }
    }),
    scenario("The roles that every cluster has (S57)", function*(run) {
      const shown = [
        "cluster-admin",
        "system:basic-user",
        "system:discovery",
        "system:monitoring",
        "system:public-info-viewer",
        "system:auth-delegator",
        "system:service-account-issuer-discovery"
      ]
      const show = ({ metadata, ...rest }: Json): Json => ({ labels: metadata.labels, ...rest })
      for (const name of [...shown, "view", "edit", "admin"]) yield* run.get(`${clusterRoles}/${name}`, { show })
      for (const name of shown.filter((name) => name !== "system:auth-delegator")) {
        yield* run.get(`${clusterRoleBindings}/${name}`, { show })
      }
    }),
    scenario("Who may view, edit and administrate a namespace (S57)", function*(run) {
      const names = ["view", "edit", "admin"]
      for (const name of names) {
        yield* run.post(run.at("rolebindings", rbac), {
          metadata: { name },
          roleRef: { kind: "ClusterRole", name },
          subjects: [user(`may-${name}`)]
        }, { show: (body) => body.metadata.name })
      }
      for (const name of names) {
        const who = as(`may-${name}`, { show: message })
        yield* untilAllowed(run, run.at("pods"), who)
        yield* run.get(run.at("secrets"), who)
        yield* run.get(run.at("roles", rbac), who)
        yield* run.get("/api/v1/nodes", who)
        yield* run.post(run.at("configmaps"), { metadata: { name } }, who)
        yield* run.post(run.at("roles", rbac), { metadata: { name } }, who)
        yield* run.post(run.at("rolebindings", rbac), {
          metadata: { name: `${name}s` },
          roleRef: { kind: "ClusterRole", name: "view" }
        }, who)
        yield* run.merge(`${run.at("deployments", "apps/v1")}/x/scale`, {}, who)
        yield* run.get(`/api/v1/namespaces/${run.namespace}`, who)
        yield* run.merge(`/api/v1/namespaces/${run.namespace}`, { metadata: { labels: { a: "b" } } }, who)
      }
    })
  ]
}
