/** In which form objects are answered: metadata alone instead of the whole object. */
import { type Area, type Run, scenario } from "./scenario.js"
import { widget, widgets } from "./widgets.js"

const json = "application/json"
const partial = (version = "v1") => `${json};as=PartialObjectMetadata;g=meta.k8s.io;v=${version}`
const partialList = (version = "v1") => `${json};as=PartialObjectMetadataList;g=meta.k8s.io;v=${version}`
const accept = (...clauses: ReadonlyArray<string>) => ({ headers: { accept: clauses.join(",") } })

const streamed = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"

/** A ConfigMap with more than metadata. */
const fill = function*(run: Run, ...names: ReadonlyArray<string>) {
  for (const name of names) {
    yield* run.post(run.at("configmaps"), { metadata: { name, labels: { x: "1" } }, data: { k: "v" } })
  }
}

export const representations: Area = {
  name: "representations",
  scenarios: [
    scenario("the metadata of one object alone (S55)", function*(run) {
      yield* fill(run, "a")
      const path = `${run.at("configmaps")}/a`
      yield* run.get(path, accept(partial()))
      yield* run.get(path, accept(partial(), json))
      yield* run.get(path, accept(partial("v1beta1")))
      yield* run.get(path, accept(partial("v2"), partial()))
      yield* run.get(path, accept(partial("v2"), json))
      yield* run.get(path, accept("application/json;as=PartialObjectMetadata;g=other.dev;v=v1", json))
      yield* run.get("/api/v1/namespaces/kube-system", { ...accept(partial()), show: (body) => Object.keys(body) })
    }),
    scenario("lists of metadata alone, in pages and empty (S55)", function*(run) {
      const path = run.at("configmaps")
      yield* run.get(path, accept(partialList()))
      yield* fill(run, "a", "b", "c")
      yield* run.get(path, accept(partialList()))
      yield* run.get(path, accept(partialList(), json))
      yield* run.get(path, accept(partialList("v1beta1")))
      const page = yield* run.get(`${path}?limit=2`, accept(partialList(), json))
      yield* run.get(`${path}?limit=2&continue=${page.body.metadata.continue}`, accept(partialList(), json))
      yield* run.get(`${path}?labelSelector=x%3D2`, accept(partialList(), json))
    }),
    scenario("a watch of metadata alone (S26, S55)", function*(run) {
      const path = run.at("configmaps")
      yield* fill(run, "a")
      const watch = yield* run.watch(`${path}?${streamed}`, accept(partial(), json))
      yield* watch.take(2)
      yield* fill(run, "b")
      yield* run.merge(`${path}/a`, { data: { k: "w" } })
      yield* run.delete(`${path}/a`)
      yield* watch.take(3)
    }),
    scenario("metadata alone asked for in the wrong number is a 406 (S55)", function*(run) {
      yield* fill(run, "a")
      const path = run.at("configmaps")
      yield* run.get(path, accept(partial()))
      yield* run.get(path, accept(partial(), json))
      yield* run.get(path, accept(partialList(), partial()))
      yield* run.get(`${path}/a`, accept(partialList()))
      yield* run.get(`${path}/a`, accept(partialList(), json))
      yield* run.get(`${path}/a`, accept("application/json;as=PartialObjectMetadata"))
      yield* run.get(`${path}/a`, accept("application/json;as=PartialObjectMetadata;g=meta.k8s.io"))
      yield* run.get(`${path}?watch=1`, accept(partial("v2")))
    }),
    scenario("a watch for lists of metadata ends at the first event (S55)", function*(run) {
      yield* fill(run, "a")
      const watch = yield* run.watch(`${run.at("configmaps")}?watch=1`, accept(partialList(), json))
      yield* watch.untilEnd
    }),
    scenario("metadata alone of custom resources (S55)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.get(path, accept(partialList(), json))
      yield* run.post(path, widget(run, "a"), accept(partial(), json))
      yield* run.get(`${path}/a`, accept(partial()))
      yield* run.get(`${path}/a/status`, accept(partial()))
      yield* run.get(path, accept(partialList()))
      yield* run.get(path, accept(partial()))
      yield* run.get(`${path}/a`, accept(partialList()))
      const watch = yield* run.watch(`${path}?${streamed}`, accept(partial(), json))
      yield* watch.take(2)
    }),
    scenario("what is missing or too old is told as ever (S55, S57)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.get(`${path}/none`, accept(partial(), json))
      yield* run.get(`${path}?continue=bad`, accept(partialList(), json))
      yield* run.get(`${run.at("nothings")}`, accept(partialList(), json))
      yield* run.get(`${run.at("configmaps")}?watch=1&resourceVersion=abc`, accept(partial(), json))
      const watch = yield* run.watch(`${path}?watch=1&resourceVersion=1`, accept(partial(), json))
      yield* watch.untilEnd
    }),
    scenario("writes are answered with metadata alone where that is asked for (S55)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" } }, accept(partial(), json))
      yield* run.put(`${path}/a`, { metadata: { name: "a" }, data: { k: "w" } }, accept(partial(), json))
      yield* run.merge(`${path}/a`, { data: { k: "x" } }, accept(partial(), json))
      yield* run.merge(`${path}/a`, { metadata: { finalizers: ["example.com/wait"] } })
      yield* run.delete(`${path}/a`, undefined, accept(partial(), json))
      yield* run.merge(`${path}/a`, { metadata: { finalizers: null } }, accept(partial(), json))
      yield* run.post(path, { metadata: { name: "b" } })
      yield* run.delete(path, undefined, accept(partial()))
      yield* run.delete(path, undefined, accept(partialList()))
    })
  ]
}
