/** Watches: from where, what of, and how they end. */
import { type Area, scenario } from "./scenario.js"
import { widget, widgets } from "./widgets.js"

export const watches: Area = {
  name: "watches",
  scenarios: [
    scenario("a watch from a version tells of what came after it (S28)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "before" } })
      const { body } = yield* run.post(path, { metadata: { name: "a" }, data: { k: "1" } })
      yield* run.merge(`${path}/a`, { data: { k: "2" } })
      const watch = yield* run.watch(`${path}?watch=true&resourceVersion=${body.metadata.resourceVersion}`)
      yield* watch.take(1)
      yield* run.post(path, { metadata: { name: "b" } })
      yield* run.delete(`${path}/a`)
      yield* watch.take(2)
    }),
    scenario("a watch without a version tells of the state first (S28)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.post(path, { metadata: { name: "b" } })
      const unset = yield* run.watch(`${path}?watch=true`)
      yield* unset.take(2)
      const zero = yield* run.watch(`${path}?watch=1&resourceVersion=0`)
      yield* zero.take(2)
      yield* run.merge(`${path}/a`, { data: { k: "v" } })
      yield* unset.take(1)
      yield* zero.take(1)
    }),
    scenario(
      "a watch without a version ends its state with a bookmark where bookmarks are taken (S29)",
      function*(run) {
        const path = run.at("configmaps")
        yield* run.post(path, { metadata: { name: "a" } })
        const watch = yield* run.watch(`${path}?watch=true&allowWatchBookmarks=true`)
        yield* watch.take(2)
        yield* run.post(path, { metadata: { name: "b" } })
        yield* watch.take(1)
      }
    ),
    scenario("initial events end with an annotated bookmark (S29)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a" } })
      const query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
      const unset = yield* run.watch(`${path}?${query}&allowWatchBookmarks=true`)
      yield* unset.take(2)
      const zero = yield* run.watch(`${path}?${query}&allowWatchBookmarks=true&resourceVersion=0`)
      yield* zero.take(2)
      const some = yield* run.watch(
        `${path}?${query}&allowWatchBookmarks=true&resourceVersion=${body.metadata.resourceVersion}`
      )
      yield* some.take(2)
      const without = yield* run.watch(`${path}?${query}`)
      yield* without.take(1)
      yield* run.post(path, { metadata: { name: "b" } })
      yield* unset.take(1)
      yield* zero.take(1)
      yield* some.take(1)
      yield* without.take(1)
    }),
    scenario("initial events can be declined (S29)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      const watch = yield* run.watch(
        `${path}?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`
      )
      yield* run.post(path, { metadata: { name: "b" } })
      yield* watch.take(1)
    }),
    scenario("initial events of custom resources (S29)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a"))
      const query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
      const watch = yield* run.watch(`${path}?${query}`)
      yield* watch.take(2)
      yield* run.merge(`${path}/a`, { spec: { size: 2 } })
      yield* run.delete(`${path}/a`)
      yield* watch.take(2)
    }),
    scenario("initial events of Leases and Namespaces end with a zero object (S31)", function*(run) {
      const query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
      const leases = yield* run.watch(`${run.at("leases", "coordination.k8s.io/v1")}?${query}`)
      yield* leases.take(1)
      const namespaces = yield* run.watch(`/api/v1/namespaces?${query}&fieldSelector=metadata.name%3D${run.namespace}`)
      yield* namespaces.take(2)
      const secrets = yield* run.watch(`${run.at("secrets")}?${query}`)
      yield* secrets.take(1)
      const pods = yield* run.watch(`${run.at("pods")}?${query}`)
      yield* pods.take(1)
      const deployments = yield* run.watch(`${run.at("deployments", "apps/v1")}?${query}`)
      yield* deployments.take(1)
    }),
    scenario("watch parameters that make no sense are refused (S27, S29)", function*(run) {
      const path = `${run.at("configmaps")}?watch=true`
      yield* run.watch(`${path}&sendInitialEvents=true`)
      yield* run.watch(`${path}&sendInitialEvents=true&resourceVersionMatch=Exact`)
      yield* run.watch(`${path}&resourceVersionMatch=NotOlderThan`)
      yield* run.watch(`${path}&resourceVersion=abc`)
      yield* run.watch(`${path}&timeoutSeconds=abc`)
      yield* run.watch(`${path}&labelSelector=a%20b`)
      yield* run.watch(`${path}&fieldSelector=spec.x%3Dy`)
      yield* run.watch(`${path}&continue=abc`)
    }),
    scenario("a watch from a version that is forgotten is told so once (S26)", function*(run) {
      // What the server remembers of a definition's objects begins with the definition.
      yield* run.define(widgets(run))
      const watch = yield* run.watch(`${run.at("widgets", `${run.group}/v1`)}?watch=true&resourceVersion=1`)
      yield* watch.untilEnd
    }),
    scenario("a watch with initial events of a version that is still to come is told so (S25, S26)", function*(run) {
      const query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99999999"
      const watch = yield* run.watch(`${run.at("configmaps")}?${query}&timeoutSeconds=6`)
      yield* watch.untilEnd
    }),
    scenario("a watch from a version that is still to come is silent (S28)", function*(run) {
      const watch = yield* run.watch(`${run.at("configmaps")}?watch=true&resourceVersion=99999999&timeoutSeconds=1`)
      yield* run.post(run.at("configmaps"), { metadata: { name: "a" } })
      yield* watch.untilEnd
    }),
    scenario("a watch ends with its time (S32)", function*(run) {
      const { body } = yield* run.post(run.at("configmaps"), { metadata: { name: "a" } })
      const watch = yield* run.watch(
        `${run.at("configmaps")}?watch=true&resourceVersion=${body.metadata.resourceVersion}&timeoutSeconds=1`
      )
      yield* watch.untilEnd
    }),
    scenario("a bookmark comes shortly before the end (S31)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      const { body } = yield* run.post(path, widget(run, "a"))
      const watch = yield* run.watch(
        `${path}?watch=true&resourceVersion=${body.metadata.resourceVersion}&allowWatchBookmarks=true&timeoutSeconds=5`,
        { bookmarks: true }
      )
      yield* run.post(path, widget(run, "b"))
      yield* watch.take(1)
      yield* watch.untilEnd
    }),
    scenario("objects come into a label selector and leave it (S30)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a", labels: { in: "no" } }, data: { k: "1" } })
      const watch = yield* run.watch(
        `${path}?watch=true&labelSelector=in%3Dyes&resourceVersion=${body.metadata.resourceVersion}`
      )
      const change = (value: string, data: string) =>
        run.merge(`${path}/a`, { metadata: { labels: { in: value } }, data: { k: data } })
      yield* change("no", "2")
      yield* change("yes", "3")
      yield* watch.take(1)
      yield* change("yes", "4")
      yield* watch.take(1)
      yield* change("no", "5")
      yield* watch.take(1)
      yield* change("yes", "6")
      yield* run.delete(`${path}/a`)
      yield* watch.take(2)
    }),
    scenario("what is created and deleted outside of the selector is not told of (S30)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "first" } })
      yield* run.post(path, { metadata: { name: "a", labels: { in: "no" } } })
      yield* run.delete(`${path}/a`)
      yield* run.post(path, { metadata: { name: "last", labels: { in: "yes" } } })
      const watch = yield* run.watch(
        `${path}?watch=true&labelSelector=in%3Dyes&resourceVersion=${body.metadata.resourceVersion}`
      )
      yield* watch.take(1)
    }),
    scenario("a watch of one object by field selector (S30, S43)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "first" } })
      const watch = yield* run.watch(
        `${path}?watch=true&fieldSelector=metadata.name%3Da&resourceVersion=${body.metadata.resourceVersion}`
      )
      yield* run.post(path, { metadata: { name: "b" } })
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.delete(`${path}/b`)
      yield* run.delete(`${path}/a`)
      yield* watch.take(2)
    }),
    scenario("selector transitions of custom resources by a selectable field (S30, S48)", function*(run) {
      const definition = widgets(run)
      definition.spec.versions[0].selectableFields = [{ jsonPath: ".spec.colour" }]
      yield* run.define(definition)
      const path = run.at("widgets", `${run.group}/v1`)
      const { body } = yield* run.post(path, widget(run, "a", { colour: "red" }))
      const watch = yield* run.watch(
        `${path}?watch=true&fieldSelector=spec.colour%3Dgreen&resourceVersion=${body.metadata.resourceVersion}`
      )
      yield* run.merge(`${path}/a`, { spec: { colour: "green" } })
      yield* run.merge(`${path}/a`, { spec: { size: 2 } })
      yield* run.merge(`${path}/a`, { spec: { colour: "red" } })
      yield* watch.take(3)
    }),
    scenario("the old watch paths watch (S28)", function*(run) {
      const { body } = yield* run.post(run.at("configmaps"), { metadata: { name: "a" } })
      const version = body.metadata.resourceVersion
      const all = yield* run.watch(`/api/v1/watch/namespaces/${run.namespace}/configmaps?resourceVersion=${version}`)
      const one = yield* run.watch(`/api/v1/watch/namespaces/${run.namespace}/configmaps/b?resourceVersion=${version}`)
      yield* run.post(run.at("configmaps"), { metadata: { name: "c" } })
      yield* run.post(run.at("configmaps"), { metadata: { name: "b" } })
      yield* all.take(2)
      yield* one.take(1)
    }),
    scenario("a watch of partial metadata (S55)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" } })
      const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
      const watch = yield* run.watch(
        `${path}?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
        {
          headers: { accept }
        }
      )
      yield* watch.take(2)
    })
  ]
}
