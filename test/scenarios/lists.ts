/** Lists: pages, versions, options that make no sense. */
import { type Area, type Run, scenario } from "./scenario.js"
import { widget, widgets } from "./widgets.js"

const fill = function*(run: Run, names: ReadonlyArray<string>) {
  for (const name of names) yield* run.post(run.at("configmaps"), { metadata: { name } })
}

export const lists: Area = {
  name: "lists",
  scenarios: [
    scenario("an empty list has items (S22)", function*(run) {
      yield* run.get(run.at("configmaps"))
      yield* run.get(run.at("leases", "coordination.k8s.io/v1"))
      yield* run.define(widgets(run))
      yield* run.get(run.at("widgets", `${run.group}/v1`))
    }),
    scenario("a list is paged at the version of its first page (S22)", function*(run) {
      yield* fill(run, ["a", "b", "c", "d"])
      const path = run.at("configmaps")
      const { body: first } = yield* run.get(`${path}?limit=2`)
      yield* run.merge(`${path}/c`, { data: { k: "later" } })
      yield* run.delete(`${path}/d`)
      const { body: second } = yield* run.get(`${path}?limit=1&continue=${first.metadata.continue}`)
      yield* run.get(`${path}?limit=1&continue=${second.metadata.continue}`)
      yield* run.get(`${path}?continue=${first.metadata.continue}`)
    }),
    scenario("a page that is not full has no token (S22)", function*(run) {
      yield* fill(run, ["a", "b"])
      yield* run.get(`${run.at("configmaps")}?limit=2`)
      yield* run.get(`${run.at("configmaps")}?limit=3`)
      yield* run.get(`${run.at("configmaps")}?limit=0`)
    }),
    scenario("a paged list with a selector does not know what remains (S22)", function*(run) {
      const path = run.at("configmaps")
      for (const [name, x] of [["a", "1"], ["b", "2"], ["c", "1"], ["d", "1"]]) {
        yield* run.post(path, { metadata: { name, labels: { x } } })
      }
      const { body } = yield* run.get(`${path}?limit=2&labelSelector=x%3D1`)
      yield* run.get(`${path}?limit=2&labelSelector=x%3D1&continue=${body.metadata.continue}`)
    }),
    scenario("pages of custom resources (S22)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      for (const name of ["a", "b", "c"]) yield* run.post(path, widget(run, name))
      const { body } = yield* run.get(`${path}?limit=2`)
      yield* run.get(`${path}?limit=2&continue=${body.metadata.continue}`)
    }),
    scenario("a malformed token is a 400 (S23)", function*(run) {
      yield* run.get(`${run.at("configmaps")}?continue=nonsense!`)
      yield* run.get(`${run.at("configmaps")}?continue=abc`)
      yield* run.get(`${run.at("configmaps")}?continue=e30`)
    }),
    scenario("a token with a resourceVersion is refused (S24)", function*(run) {
      yield* fill(run, ["a", "b"])
      const path = run.at("configmaps")
      const { body } = yield* run.get(`${path}?limit=1`)
      const token = body.metadata.continue
      yield* run.get(`${path}?limit=1&continue=${token}&resourceVersion=${body.items[0].metadata.resourceVersion}`)
      yield* run.get(`${path}?limit=1&continue=${token}&resourceVersion=0`)
      yield* run.get(`${path}?limit=1&continue=${token}&resourceVersionMatch=Exact`)
    }),
    scenario("a list at an exact version shows the past (S24)", function*(run) {
      yield* fill(run, ["a", "b"])
      const path = run.at("configmaps")
      const { body } = yield* run.get(path)
      const version = body.items[1].metadata.resourceVersion
      yield* run.merge(`${path}/a`, { data: { k: "later" } })
      yield* run.delete(`${path}/b`)
      yield* run.get(`${path}?resourceVersion=${version}&resourceVersionMatch=Exact`)
      yield* run.get(`${path}?resourceVersion=${version}&resourceVersionMatch=NotOlderThan`)
      yield* run.get(`${path}?resourceVersion=${version}`)
      yield* run.get(`${path}?resourceVersion=${version}&limit=1`)
      yield* run.get(path)
    }),
    scenario("a list from version 0 ignores the limit (S24)", function*(run) {
      yield* fill(run, ["a", "b"])
      yield* run.until(`${run.at("configmaps")}?resourceVersion=0&limit=1`, ({ body }) => body.items.length === 2)
    }),
    scenario("combinations of versions that make no sense are refused (S24)", function*(run) {
      const path = run.at("configmaps")
      yield* run.get(`${path}?resourceVersionMatch=Exact`)
      yield* run.get(`${path}?resourceVersionMatch=Exact&resourceVersion=0`)
      yield* run.get(`${path}?resourceVersionMatch=Nearly&resourceVersion=5`)
      yield* run.get(`${path}?sendInitialEvents=true`)
      yield* run.get(`${path}?resourceVersion=abc`)
      yield* run.get(`${path}?resourceVersion=-1`)
      yield* run.get(`${path}?limit=abc`)
      yield* run.get(`${path}?limit=-5`)
      yield* run.get(`${path}?timeoutSeconds=abc`)
    }),
    scenario("a list of a version that is still to come is a 504 after three seconds (S25, S59)", function*(run) {
      const path = run.at("configmaps")
      yield* run.get(`${path}?resourceVersion=99999999&resourceVersionMatch=NotOlderThan`)
      yield* run.get(`${path}/a?resourceVersion=99999999`)
    }),
    scenario("a list of all namespaces (S22)", function*(run) {
      yield* run.post(run.at("configmaps"), { metadata: { name: "a", labels: { only: run.namespace } } })
      yield* run.get(`/api/v1/configmaps?labelSelector=only%3D${run.namespace}`)
      yield* run.get(`/api/v1/configmaps?fieldSelector=metadata.namespace%3D${run.namespace}`)
      yield* run.get("/api/v1/namespaces/no-such-namespace/configmaps")
    }),
    scenario("a list is sorted by name (S22)", function*(run) {
      yield* fill(run, ["b", "a-1", "a", "a.b", "a0"])
      yield* run.get(run.at("configmaps"), {
        show: (body) => body.items.map((item: { metadata: { name: string } }) => item.metadata.name)
      })
    }),
    scenario("a list of partial metadata (S55)", function*(run) {
      yield* run.post(run.at("configmaps"), { metadata: { name: "a", labels: { x: "1" } }, data: { k: "v" } })
      const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
      yield* run.get(run.at("configmaps"), { headers: { accept } })
      yield* run.get(`${run.at("configmaps")}/a`, {
        headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" }
      })
    })
  ]
}
