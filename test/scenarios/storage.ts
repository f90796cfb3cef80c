/** Writes, revisions and preconditions of replaces and patches. */
import { type Area, scenario } from "./scenario.js"

const lease = (name: string, holder: string) => ({ metadata: { name }, spec: { holderIdentity: holder } })

export const storage: Area = {
  name: "storage",
  scenarios: [
    scenario("a create answers what is stored, and a get answers the same (S1, S9)", function*(run) {
      yield* run.post(run.at("configmaps"), { metadata: { name: "a", labels: { x: "1" } }, data: { k: "v" } })
      yield* run.get(`${run.at("configmaps")}/a`)
    }),
    scenario("each write is a revision of its own and a list shows the last (S1)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "1" } })
      yield* run.post(path, { metadata: { name: "b" }, data: { k: "2" } })
      yield* run.merge(`${path}/a`, { data: { k: "3" } })
      yield* run.get(path)
    }),
    scenario("a deletion has a revision, which its event carries (S2)", function*(run) {
      const path = run.at("configmaps")
      const created = yield* run.post(path, { metadata: { name: "a" } })
      const version = created.body.metadata.resourceVersion
      yield* run.delete(`${path}/a`)
      yield* run.post(path, { metadata: { name: "b" } })
      const watch = yield* run.watch(`${path}?watch=true&resourceVersion=${version}`)
      yield* watch.take(2)
    }),
    scenario("a replace by the same content writes nothing (S3)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" } })
      const { body: same } = yield* run.put(`${path}/a`, body)
      yield* run.merge(`${path}/a`, { data: { k: "v" } })
      yield* run.merge(`${path}/a`, {})
      yield* run.merge(`${path}/a`, { data: { k: "w" } })
      const watch = yield* run.watch(`${path}?watch=true&resourceVersion=${same.metadata.resourceVersion}`)
      yield* watch.take(1)
    }),
    scenario("a replace at an old resourceVersion is a conflict (S4)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a" }, data: { k: "1" } })
      yield* run.put(`${path}/a`, { ...body, data: { k: "2" } })
      yield* run.put(`${path}/a`, { ...body, data: { k: "3" } })
      yield* run.get(`${path}/a`)
    }),
    scenario("a replace without a resourceVersion is taken of a ConfigMap (S4)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "1" } })
      yield* run.put(`${path}/a`, { metadata: { name: "a" }, data: { k: "2" } })
      yield* run.put(`${path}/a`, { metadata: { name: "a", resourceVersion: "0" }, data: { k: "3" } })
    }),
    scenario("a replace without a resourceVersion is refused of a Lease (S4)", function*(run) {
      const path = run.at("leases", "coordination.k8s.io/v1")
      yield* run.post(path, lease("a", "me"))
      yield* run.put(`${path}/a`, lease("a", "you"))
      yield* run.put(`${path}/a`, { metadata: { name: "a", resourceVersion: "0" }, spec: { holderIdentity: "you" } })
      yield* run.get(`${path}/a`)
    }),
    scenario("a replace with a resourceVersion that is no number is an error (S4)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.put(`${path}/a`, { metadata: { name: "a", resourceVersion: "abc" } })
      yield* run.put(`${path}/a`, { metadata: { name: "a", resourceVersion: "-1" } })
    }),
    scenario("a replace with another uid is a conflict (S5)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a" } })
      const uid = "00000000-0000-4000-8000-000000000001"
      yield* run.put(`${path}/a`, { metadata: { name: "a", uid } })
      yield* run.put(`${path}/a`, { metadata: { name: "a", uid: body.metadata.uid }, data: { k: "v" } })
    }),
    scenario("the name and the namespace in the body must be those of the path (S5)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.put(`${path}/a`, { metadata: { name: "b" } })
      yield* run.put(`${path}/a`, { metadata: {} })
      yield* run.put(`${path}/a`, { metadata: { name: "a", namespace: "default" } })
      yield* run.post(path, { metadata: { name: "c", namespace: "default" } })
      yield* run.merge(`${path}/a`, { metadata: { name: "b" } })
      yield* run.merge(`${path}/a`, { metadata: { namespace: "default" } })
    }),
    scenario("a replace of a missing ConfigMap is a 404 (S6)", function*(run) {
      yield* run.put(`${run.at("configmaps")}/a`, { metadata: { name: "a" } })
    }),
    scenario("a replace of a missing Lease creates it (S6)", function*(run) {
      const path = run.at("leases", "coordination.k8s.io/v1")
      yield* run.put(`${path}/a`, lease("a", "me"))
      yield* run.put(`${path}/b`, { metadata: { name: "b", uid: "00000000-0000-4000-8000-000000000002" }, spec: {} })
      yield* run.put(`${path}/c`, { metadata: { name: "c", resourceVersion: "7" }, spec: {} })
    }),
    scenario("a patch conflicts only where it names a resourceVersion (S7)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a" }, data: { k: "1" } })
      const version = body.metadata.resourceVersion
      yield* run.merge(`${path}/a`, { data: { k: "2" } })
      yield* run.merge(`${path}/a`, { metadata: { resourceVersion: version }, data: { k: "3" } })
      const { body: now } = yield* run.get(`${path}/a`)
      yield* run.merge(`${path}/a`, { metadata: { resourceVersion: now.metadata.resourceVersion }, data: { k: "4" } })
    }),
    scenario("a patch with another uid is a conflict (S7)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.merge(`${path}/a`, { metadata: { uid: "00000000-0000-4000-8000-000000000003" }, data: { k: "v" } })
    }),
    scenario("a get at a resourceVersion is not older than it (S8)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a" } })
      yield* run.merge(`${path}/a`, { data: { k: "v" } })
      yield* run.until(`${path}/a?resourceVersion=0`, ({ body }) => body.data !== undefined)
      yield* run.get(`${path}/a`)
      yield* run.get(`${path}/b?resourceVersion=${body.metadata.resourceVersion}`)
    }),
    scenario("a create of what exists is refused (S57)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.post(path, { metadata: { name: "a" } })
      const leases = run.at("leases", "coordination.k8s.io/v1")
      yield* run.post(leases, lease("a", "me"))
      yield* run.post(leases, lease("a", "me"))
    }),
    scenario("a create with a resourceVersion is refused (S57)", function*(run) {
      yield* run.post(run.at("configmaps"), { metadata: { name: "a", resourceVersion: "5" } })
    })
  ]
}
