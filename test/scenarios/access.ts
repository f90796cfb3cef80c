/** What somebody may, and how they are refused. */
import {
  as,
  grant,
  grantEverywhere,
  justStatus,
  message,
  rbac,
  read,
  untilAllowed,
  untilRefused,
  user
} from "./accessSteps.js"
import { type Area, type Json, scenario } from "./scenario.js"

export const accessArea: Area = {
  name: "access",
  auth: true,
  scenarios: [
    scenario("A 403 names the verb, the resource and where (S57)", function*(run) {
      const [pods, nodes] = [run.at("pods"), "/api/v1/nodes"]
      yield* run.get(pods, as("jane"))
      yield* run.get(`${pods}/web`, as("jane"))
      yield* run.get("/api/v1/pods", as("jane"))
      yield* run.get(nodes, as("jane"))
      yield* run.get(`${nodes}/a`, as("jane"))
      yield* run.get(`${pods}?watch=true`, as("jane"))
      yield* run.get(`/api/v1/watch/namespaces/${run.namespace}/pods/web`, as("jane"))
      yield* run.get(`${pods}/web/log`, as("jane"))
      yield* run.get(`${run.at("deployments", "apps/v1")}/web/scale`, as("jane"))
      yield* run.post(run.at("deployments", "apps/v1"), { metadata: { name: "web" } }, as("jane"))
      yield* run.post(`${pods}/web/eviction`, {}, as("jane"))
      yield* run.put(`${pods}/web`, {}, as("jane"))
      yield* run.put(`${pods}/web/status`, {}, as("jane"))
      yield* run.merge(`${pods}/web`, {}, as("jane"))
      yield* run.delete(`${pods}/web`, undefined, as("jane"))
      yield* run.delete(pods, undefined, as("jane"))
      yield* run.request("OPTIONS", pods, as("jane"))
      yield* run.get("/api/v1/namespaces", as("jane"))
      yield* run.get(`/api/v1/namespaces/${run.namespace}`, as("jane"))
      yield* run.put(`/api/v1/namespaces/${run.namespace}/status`, {}, as("jane"))
      yield* run.put(`/api/v1/namespaces/${run.namespace}/finalize`, {}, as("jane"))
    }),
    scenario("Who may not is refused before anything else is looked at (S57)", function*(run) {
      for (
        const path of [
          "/apis/unknown.example.com/v1/things",
          "/apis/unknown.example.com/v1/namespaces/a/things/b/c/d",
          "/api/v1/nothings/x",
          "/api/v2/pods",
          run.at("pods") + "/a%2Fb",
          run.at("pods") + "/%3Cweb%3E%26",
          run.at("pods") + "?fieldSelector=metadata.name%3Dweb",
          run.at("pods") + "?fieldSelector=metadata.name%3Dweb,spec.nodeName%3Da",
          run.at("pods") + "?fieldSelector=metadata.name%21%3Dweb",
          run.at("pods") + "?fieldSelector=metadata.name%3Da%2Fb",
          run.at("pods") + "?limit=wrong&watch=true&fieldSelector=metadata.name%3Dweb",
          run.at("pods") + "?watch=0",
          "/api/v1/namespaces/missing/pods",
          "/healthz/x",
          "/logs/",
          "/apis/apps/v2"
        ]
      ) yield* run.get(path, as("jane"))
      yield* run.post(run.at("pods"), "no JSON", as("jane"))
      yield* run.post("/healthz", {}, as("jane"))
      yield* run.request("TRACE", "/version", as("jane", { show: message }))
      yield* run.get(run.at("pods"), as("<jane> & \"co\""))
      yield* run.get(run.at("pods"), as("system:serviceaccount:default:robot"))
    }),
    scenario("A Role and its RoleBinding give what they say, in their namespace (S57)", function*(run) {
      const configMaps = run.at("configmaps")
      yield* grant(run, "reader", {
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: read }],
        subjects: [user("reader-of-one")]
      })
      const reader = as("reader-of-one")
      yield* untilAllowed(run, configMaps, reader)
      yield* run.get(`${configMaps}/missing`, reader)
      yield* run.get(`${configMaps}?watch=true&timeoutSeconds=1&resourceVersion=wrong`, { ...reader, show: message })
      yield* run.post(configMaps, { metadata: { name: "a" } }, reader)
      yield* run.get("/api/v1/configmaps", reader)
      yield* run.get("/api/v1/namespaces/default/configmaps", reader)
      yield* run.get(run.at("secrets"), reader)
      yield* run.get(configMaps, as("another"))
      yield* run.merge(`${run.at("roles", rbac)}/reader`, {
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create"] }]
      }, { show: (body) => body.rules })
      yield* untilRefused(run, configMaps, reader)
      yield* run.post(configMaps, { metadata: { name: "a" } }, { ...reader, show: (body) => body.kind })
    }),
    scenario("Whoever loses a binding is refused again (S57)", function*(run) {
      const configMaps = run.at("configmaps")
      const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: read }]
      yield* grant(run, "reader", { rules, subjects: [user("loser")] })
      yield* untilAllowed(run, configMaps, as("loser"))
      yield* run.delete(`${run.at("rolebindings", rbac)}/reader`, undefined, { show: justStatus })
      yield* untilRefused(run, configMaps, as("loser"))
    }),
    scenario("A ClusterRole is for one namespace or for all, as it is bound (S57)", function*(run) {
      const name = run.namespace
      const take = yield* grantEverywhere(run, name, {
        rules: [{ apiGroups: [""], resources: ["configmaps", "nodes"], verbs: read }],
        subjects: [user("everywhere")]
      })
      yield* run.post(run.at("rolebindings", rbac), {
        metadata: { name: "here" },
        roleRef: { kind: "ClusterRole", name },
        subjects: [user("here")]
      }, { show: (body) => body.metadata.name })
      yield* untilAllowed(run, "/api/v1/configmaps", as("everywhere"))
      yield* untilAllowed(run, run.at("configmaps"), as("here"))
      yield* run.get("/api/v1/nodes", as("everywhere", { show: (body) => body.kind }))
      yield* run.get("/api/v1/configmaps", as("here"))
      yield* run.get("/api/v1/nodes", as("here"))
      yield* take
      yield* untilRefused(run, "/api/v1/configmaps", as("everywhere"))
      yield* untilRefused(run, run.at("configmaps"), as("here"))
    }),
    scenario("Names of a rule: one object, and lists that ask for it alone (S43, S57)", function*(run) {
      const configMaps = run.at("configmaps")
      yield* run.post(configMaps, { metadata: { name: "mine" } }, { show: (body) => body.kind })
      yield* grant(run, "named", {
        rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["mine"], verbs: ["*"] }],
        subjects: [user("owner-of-one")]
      })
      const owner = as("owner-of-one", { show: message })
      yield* untilAllowed(run, `${configMaps}/mine`, owner)
      for (
        const query of [
          "",
          "?fieldSelector=metadata.name%3Dmine",
          "?fieldSelector=metadata.name%3Dother",
          "?fieldSelector=metadata.name%21%3Dmine",
          "?fieldSelector=metadata.name%3Dmine,metadata.namespace%3Dx",
          "?fieldSelector=metadata.name%3Dmine&limit=a"
        ]
      ) yield* run.get(configMaps + query, owner)
      yield* run.get(`${configMaps}/other`, owner)
      yield* run.post(configMaps, { metadata: { name: "mine" } }, owner)
      yield* run.merge(`${configMaps}/mine`, { data: { a: "b" } }, owner)
      yield* run.delete(`${configMaps}?fieldSelector=metadata.name%3Dmine`, undefined, owner)
      yield* run.delete(`${configMaps}/mine`, undefined, owner)
    }),
    scenario("Subresources are resources of their own, and stars (S57)", function*(run) {
      const pods = run.at("pods")
      const deployments = run.at("deployments", "apps/v1")
      const give = (name: string, resources: ReadonlyArray<string>, apiGroups = ["*"]) =>
        grant(run, name, { rules: [{ apiGroups, resources, verbs: ["get"] }], subjects: [user(`sub-${name}`)] })
      yield* give("log", ["pods/log", "pods/missing"])
      yield* give("scale", ["*/scale"])
      yield* give("under-pods", ["pods/*", "pods"])
      yield* give("all", ["*"], [""])
      const paths = [`${pods}/x`, `${pods}/x/log`, `${pods}/x/status`, `${deployments}/x`, `${deployments}/x/scale`]
      for (
        const [name, path] of [["log", paths[1]!], ["scale", paths[4]!], ["under-pods", paths[0]!], ["all", paths[0]!]]
      ) {
        yield* untilAllowed(run, path!, as(`sub-${name}`, { show: message }))
        for (const each of paths) yield* run.get(each, as(`sub-${name}`, { show: message }))
      }
    }),
    scenario("Rules for paths that are no resources (S54, S57)", function*(run) {
      const take = yield* grantEverywhere(run, run.namespace, {
        rules: [{ nonResourceURLs: ["/metrics", "/logs/*", "/debug*"], verbs: ["get"] }],
        subjects: [user("scraper")]
      })
      yield* untilAllowed(run, "/logs/", as("scraper", { show: () => "not shown" }))
      for (const path of ["/metrics/x", "/logs", "/logs/", "/logs/a/b", "/debug", "/debugging", "/metrics/cadvisor"]) {
        yield* run.get(path, as("scraper", { show: (body) => body.reason ?? "not shown" }))
      }
      yield* run.post("/metrics", {}, as("scraper"))
      yield* take
    }),
    scenario("Groups and service accounts as subjects (S57)", function*(run) {
      const configMaps = run.at("configmaps")
      const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }]
      const give = (name: string, subject: Json) => grant(run, name, { rules, subjects: [user("nobody"), subject] })
      yield* give("devs", { kind: "Group", name: "devs" })
      yield* give("local", { kind: "ServiceAccount", name: "local" })
      yield* give("foreign", { kind: "ServiceAccount", name: "robot", namespace: "elsewhere" })
      yield* give("all-of", { kind: "Group", name: "system:serviceaccounts:factory" })
      const member = (name: string, group: string) => as(name, { headers: { "impersonate-group": group } })
      yield* untilAllowed(run, configMaps, member("ann", "devs"))
      yield* untilAllowed(run, configMaps, as(`system:serviceaccount:${run.namespace}:local`))
      yield* untilAllowed(run, configMaps, as("system:serviceaccount:elsewhere:robot"))
      yield* untilAllowed(run, configMaps, as("system:serviceaccount:factory:any"))
      yield* run.get(configMaps, member("ann", "ops"))
      yield* run.get(configMaps, as("system:serviceaccount:elsewhere:local"))
      yield* run.get(configMaps, as("system:serviceaccount:elsewhere:robot:more"))
      yield* run.get(configMaps, member("system:serviceaccount:factory:any", "ops"))
      yield* run.get(configMaps, member("ann", "system:serviceaccounts:factory"))
      yield* run.get(configMaps, member("root", "system:masters"))
    })
  ]
}
