/** Deletes: options, preconditions, finalizers, dependents. */
import { type Area, scenario } from "./scenario.js"
import { widget, widgets } from "./widgets.js"

const other = "00000000-0000-4000-8000-000000000001"

export const deletion: Area = {
  name: "deletion",
  scenarios: [
    scenario("a delete without finalizers answers a Status with the uid (S16)", function*(run) {
      yield* run.post(run.at("configmaps"), { metadata: { name: "a" } })
      yield* run.delete(`${run.at("configmaps")}/a`)
      yield* run.get(`${run.at("configmaps")}/a`)
      yield* run.delete(`${run.at("configmaps")}/a`)
      const leases = run.at("leases", "coordination.k8s.io/v1")
      yield* run.post(leases, { metadata: { name: "a" }, spec: {} })
      yield* run.delete(`${leases}/a`)
    }),
    scenario("a delete of a ServiceAccount answers the object (S16)", function*(run) {
      yield* run.post(run.at("serviceaccounts"), { metadata: { name: "a" } })
      yield* run.delete(`${run.at("serviceaccounts")}/a`)
    }),
    scenario("a delete of a custom resource answers a Status (S16)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a"))
      yield* run.delete(`${path}/a`)
      yield* run.delete(`${path}/a`)
    }),
    scenario("delete options in a body win over those in the query (S14)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.delete(`${path}/a?dryRun=All`)
      yield* run.get(`${path}/a`)
      yield* run.delete(`${path}/a?dryRun=All`, { kind: "DeleteOptions", apiVersion: "v1" })
      yield* run.get(`${path}/a`)
    }),
    scenario("a dry run in the body of a delete deletes nothing (S15)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a", finalizers: ["example.com/hold"] } })
      yield* run.delete(`${path}/a`, { kind: "DeleteOptions", apiVersion: "v1", dryRun: ["All"] })
      yield* run.get(`${path}/a`)
    }),
    scenario("preconditions of a delete that do not hold are conflicts (S15)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a" } })
      const { uid, resourceVersion } = body.metadata
      yield* run.merge(`${path}/a`, { data: { k: "v" } })
      yield* run.delete(`${path}/a`, { preconditions: { uid: other } })
      yield* run.delete(`${path}/a`, { preconditions: { resourceVersion } })
      const { body: now } = yield* run.get(`${path}/a`)
      yield* run.delete(`${path}/a`, { preconditions: { uid, resourceVersion: now.metadata.resourceVersion } })
    }),
    scenario("delete options that make no sense are refused (S14)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.delete(`${path}/a`, { propagationPolicy: "Sometimes" })
      yield* run.delete(`${path}/a`, { propagationPolicy: "Orphan", orphanDependents: true })
      yield* run.delete(`${path}/a`, { dryRun: ["Some"] })
      yield* run.delete(`${path}/a?dryRun=Some`)
      yield* run.delete(`${path}/a`, { kind: "ConfigMap", apiVersion: "v1" })
      yield* run.delete(`${path}/a`, "{bad")
      yield* run.delete(`${path}/a?gracePeriodSeconds=x`)
    }),
    scenario("finalizers hold a deleted object until the last is gone (S17, S18)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a", finalizers: ["example.com/one", "example.com/two"] } })
      yield* run.delete(`${path}/a`)
      yield* run.delete(`${path}/a`)
      yield* run.get(`${path}/a`)
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.merge(`${path}/a`, { metadata: { finalizers: ["example.com/two"] } })
      yield* run.merge(`${path}/a`, { metadata: { finalizers: ["example.com/two", "example.com/three"] } })
      yield* run.merge(`${path}/a`, { metadata: { deletionTimestamp: null } })
      yield* run.merge(`${path}/a`, { metadata: { deletionTimestamp: "2001-02-03T04:05:06Z" }, data: { k: "v" } })
      yield* run.merge(`${path}/a`, { metadata: { finalizers: null } })
      yield* run.get(`${path}/a`)
    }),
    scenario("a custom resource that is held by finalizers gets a generation more (S11, S17)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { size: 1 }, { finalizers: ["example.com/hold"] }))
      yield* run.delete(`${path}/a`)
      yield* run.delete(`${path}/a`)
      yield* run.merge(`${path}/a`, { spec: { size: 2 } })
      yield* run.merge(`${path}/a`, { metadata: { finalizers: ["example.com/hold", "example.com/more"] } })
      yield* run.merge(`${path}/a`, { metadata: { finalizers: [] } })
      yield* run.get(`${path}/a`)
    }),
    scenario("the watch of a held deletion sees it modified and then deleted (S2, S18)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a", finalizers: ["example.com/hold"] } })
      yield* run.delete(`${path}/a`)
      yield* run.merge(`${path}/a`, { metadata: { finalizers: null } })
      const watch = yield* run.watch(`${path}?watch=true&resourceVersion=${body.metadata.resourceVersion}`)
      yield* watch.take(2)
    }),
    scenario("the propagation policies leave their finalizers on a held object (S19)", function*(run) {
      const path = run.at("configmaps")
      const held = (name: string) => ({ metadata: { name, finalizers: ["example.com/hold"] } })
      for (const policy of ["Orphan", "Foreground", "Background"]) {
        const name = policy.toLowerCase()
        yield* run.post(path, held(name))
        // A dry run: the garbage collector would take its finalizers away again.
        yield* run.delete(`${path}/${name}?dryRun=All&propagationPolicy=${policy}`)
      }
    }),
    scenario("dependents go with their owner in the background (S19)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "owner" } })
      const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: body.metadata.uid }]
      yield* run.post(path, { metadata: { name: "owned", ownerReferences } })
      yield* run.delete(`${path}/owner?propagationPolicy=Background`)
      yield* run.until(`${path}/owned`, ({ status }) => status === 404)
    }),
    scenario("dependents are orphaned (S19)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "owner" } })
      const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: body.metadata.uid }]
      yield* run.post(path, { metadata: { name: "owned", ownerReferences } })
      yield* run.delete(`${path}/owner?propagationPolicy=Orphan`)
      yield* run.until(`${path}/owner`, ({ status }) => status === 404)
      yield* run.get(`${path}/owned`)
    }),
    scenario("a foreground deletion waits for dependents that block it (S19)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "owner" } })
      const owner = {
        apiVersion: "v1",
        kind: "ConfigMap",
        name: "owner",
        uid: body.metadata.uid,
        blockOwnerDeletion: true
      }
      yield* run.post(path, {
        metadata: { name: "owned", ownerReferences: [owner], finalizers: ["example.com/hold"] }
      })
      yield* run.delete(`${path}/owner?propagationPolicy=Foreground`)
      yield* run.until(`${path}/owned`, ({ body }) => body.metadata.deletionTimestamp !== undefined)
      yield* run.get(`${path}/owner`)
      yield* run.merge(`${path}/owned`, { metadata: { finalizers: null } })
      yield* run.until(`${path}/owner`, ({ status }) => status === 404)
    }),
    scenario("a dependent of two owners stays with the one that is left (S19)", function*(run) {
      const path = run.at("configmaps")
      const { body: one } = yield* run.post(path, { metadata: { name: "one" } })
      const { body: two } = yield* run.post(path, { metadata: { name: "two" } })
      const ownerReferences = [one, two].map(({ metadata: { name, uid } }) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        name,
        uid
      }))
      yield* run.post(path, { metadata: { name: "owned", ownerReferences } })
      yield* run.delete(`${path}/one?propagationPolicy=Background`)
      yield* run.until(`${path}/owned`, ({ body }) => body.metadata.ownerReferences.length === 1)
      yield* run.delete(`${path}/two?propagationPolicy=Background`)
      yield* run.until(`${path}/owned`, ({ status }) => status === 404)
    }),
    scenario("a dependent of an owner that never was goes (S19)", function*(run) {
      const path = run.at("configmaps")
      const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "nobody", uid: other }]
      yield* run.post(path, { metadata: { name: "owned", ownerReferences } })
      yield* run.until(`${path}/owned`, ({ status }) => status === 404)
    }),
    scenario("a collection is deleted by selector and answered as a list (S20)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a", labels: { go: "yes" } } })
      yield* run.post(path, { metadata: { name: "b", labels: { go: "no" } } })
      yield* run.post(path, { metadata: { name: "c", labels: { go: "yes" }, finalizers: ["example.com/hold"] } })
      yield* run.delete(`${path}?labelSelector=go%3Dyes&dryRun=All`)
      yield* run.delete(`${path}?labelSelector=go%3Dyes`)
      yield* run.get(path)
      yield* run.delete(`${path}?labelSelector=none%3Dhere`)
      yield* run.delete(path)
      yield* run.merge(`${path}/c`, { metadata: { finalizers: null } })
      yield* run.get(path)
    }),
    scenario("a collection of custom resources is deleted (S20)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a"))
      yield* run.post(path, widget(run, "b"))
      yield* run.delete(`${path}?fieldSelector=metadata.name%3Da`)
      yield* run.delete(path)
      yield* run.get(path)
    })
  ]
}
