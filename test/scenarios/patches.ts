/** JSON patches and merge patches. */
import { type Area, scenario } from "./scenario.js"
import { widget, widgets } from "./widgets.js"

export const patches: Area = {
  name: "patches",
  scenarios: [
    scenario("a JSON patch changes an object (S33)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { one: "1", two: "2" } })
      yield* run.jsonPatch(`${path}/a`, [
        { op: "test", path: "/data/one", value: "1" },
        { op: "add", path: "/data/three", value: "3" },
        { op: "remove", path: "/data/two" },
        { op: "copy", from: "/data/one", path: "/data/four" },
        { op: "move", from: "/data/three", path: "/data/five" },
        { op: "replace", path: "/data/one", value: "uno" }
      ])
      yield* run.jsonPatch(`${path}/a`, [])
      yield* run.jsonPatch(`${path}/a`, [{ op: "add", path: "/metadata/labels", value: { "a/b~c": "x" } }])
      yield* run.jsonPatch(`${path}/a`, [{
        op: "add",
        path: "/metadata/annotations",
        value: { "example.com/x~y": "x" }
      }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "add", path: "/metadata/annotations", value: { "example.com/x": "x" } }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "replace", path: "/metadata/annotations/example.com~1x", value: "y" }])
    }),
    scenario("JSON patch operations on lists (S33)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { tags: ["one", "two"] }))
      yield* run.jsonPatch(`${path}/a`, [{ op: "add", path: "/spec/tags/-", value: "three" }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "add", path: "/spec/tags/0", value: "zero" }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "remove", path: "/spec/tags/1" }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "replace", path: "/spec/tags/-1", value: "last" }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "add", path: "/spec/tags/9", value: "far" }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "remove", path: "/spec/tags/9" }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "remove", path: "/spec/tags/x" }])
    }),
    scenario("a JSON patch that fails is a 422 (S33)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" } })
      yield* run.jsonPatch(`${path}/a`, [{ op: "test", path: "/data/k", value: "w" }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "remove", path: "/data/none" }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "add", path: "/nothing/here", value: 1 }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "dance", path: "/data/k" }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "move", from: "/data/none", path: "/data/k" }])
      yield* run.get(`${path}/a`)
    }),
    scenario("a malformed JSON patch is a 400 (S33)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.jsonPatch(`${path}/a`, "{bad")
      yield* run.jsonPatch(`${path}/a`, { op: "add", path: "/data", value: {} })
      yield* run.jsonPatch(`${path}/a`, "")
      yield* run.jsonPatch(`${path}/a`, "[1]")
      yield* run.jsonPatch(`${path}/a`, "null")
    }),
    scenario("a JSON patch of more than ten thousand operations is a 413 (S33)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" } })
      yield* run.jsonPatch(
        `${path}/a`,
        Array.from({ length: 10_001 }, () => ({ op: "test", path: "/data/k", value: "v" }))
      )
    }),
    scenario("JSON patches of absent keys that succeed (S33)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" } })
      yield* run.jsonPatch(`${path}/a`, [{ op: "test", path: "/data/none", value: null }])
      yield* run.jsonPatch(`${path}/a`, [{ op: "replace", path: "/data/new", value: "x" }])
    }),
    scenario("a JSON patch tests the resourceVersion (S7, S33)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a" } })
      const test = { op: "test", path: "/metadata/resourceVersion", value: body.metadata.resourceVersion }
      yield* run.jsonPatch(`${path}/a`, [test, { op: "add", path: "/data", value: { k: "1" } }])
      yield* run.jsonPatch(`${path}/a`, [test, { op: "add", path: "/data", value: { k: "2" } }])
      yield* run.jsonPatch(`${path}/a`, [{
        op: "replace",
        path: "/metadata/resourceVersion",
        value: body.metadata.resourceVersion
      }])
    }),
    scenario("a merge patch merges, replaces lists and removes with null (S34)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { size: 1, colour: "red", tags: ["one", "two"] }))
      yield* run.merge(`${path}/a`, { spec: { colour: null, tags: ["three"] } })
      yield* run.merge(`${path}/a`, { spec: { size: null } })
      yield* run.merge(`${path}/a`, { spec: null })
      yield* run.merge(`${path}/a`, { spec: { size: 4, unknown: "x" } })
    }),
    scenario("a malformed merge patch is a 400 (S34)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.merge(`${path}/a`, "{bad")
      yield* run.merge(`${path}/a`, "[]")
      yield* run.merge(`${path}/a`, "null")
      yield* run.merge(`${path}/a`, "")
      yield* run.merge(`${path}/a`, "7")
    }),
    scenario("a patch that makes no object of the kind is a 422 that quotes it (S41)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.merge(`${path}/a`, { data: { k: 5 } })
      yield* run.merge(`${path}/a`, { data: "text" })
      yield* run.merge(`${path}/a`, { kind: "Secret" })
      yield* run.merge(`${path}/a`, { apiVersion: "v2" })
      yield* run.jsonPatch(`${path}/a`, [{ op: "replace", path: "/data", value: 7 }])
    }),
    scenario("a patch of a missing object is a 404 (S34)", function*(run) {
      yield* run.merge(`${run.at("configmaps")}/a`, { data: { k: "v" } })
      yield* run.jsonPatch(`${run.at("configmaps")}/a`, [])
    }),
    scenario("a wrong patch type is a 415 (S34)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      for (const contentType of ["application/json", "text/plain", ""]) {
        yield* run.request("PATCH", `${path}/a`, { contentType, body: {} })
      }
      yield* run.define(widgets(run))
      const custom = run.at("widgets", `${run.group}/v1`)
      yield* run.post(custom, widget(run, "a"))
      yield* run.request("PATCH", `${custom}/a`, { contentType: "application/strategic-merge-patch+json", body: {} })
      yield* run.request("PATCH", `${custom}/a`, { contentType: "application/json", body: {} })
    }),
    scenario("a patch that breaks the schema is refused (S45)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a"))
      yield* run.merge(`${path}/a`, { spec: { size: 11 } })
      yield* run.merge(`${path}/a`, { spec: { size: "large" } })
      yield* run.merge(`${path}/a`, { spec: { colour: "blue", size: -1 } })
      yield* run.merge(`${path}/a`, { metadata: { name: "b" } })
      yield* run.merge(`${path}/a`, { kind: "Gadget" })
      yield* run.get(`${path}/a`)
    }),
    scenario("force is for applies only (S34)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* run.merge(`${path}/a?force=true`, { data: { k: "v" } })
    })
  ]
}
