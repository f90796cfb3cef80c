/** Label and field selectors. */
import { type Area, type Json, scenario } from "./scenario.js"
import { widgets } from "./widgets.js"

const names = (body: Json): Json => body.items?.map((item: Json) => item.metadata.name) ?? body

export const selectors: Area = {
  name: "selectors",
  scenarios: [
    scenario("label selectors of every form (S42)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a", labels: { tier: "front", level: "1" } } })
      yield* run.post(path, { metadata: { name: "b", labels: { tier: "back", level: "5" } } })
      yield* run.post(path, { metadata: { name: "c", labels: { level: "ten" } } })
      yield* run.post(path, { metadata: { name: "d", labels: { tier: "", "example.com/x": "y" } } })
      for (
        const selector of [
          "tier",
          "!tier",
          "tier=front",
          "tier==front",
          "tier!=front",
          "tier=",
          "tier in (front,back)",
          "tier in (front,)",
          "tier notin (front, back)",
          "level>1",
          "level<5",
          "level>0,level<9",
          "tier,level",
          "example.com/x=y",
          " tier = front ",
          ""
        ]
      ) yield* run.get(`${path}?labelSelector=${encodeURIComponent(selector)}`, { show: names })
    }),
    scenario("bad label selectors are refused (S42)", function*(run) {
      const path = run.at("configmaps")
      for (
        const selector of [
          "=x",
          "a b",
          "a in",
          "a in ()",
          "a in (b",
          "a=b=c",
          "a>x",
          "bad key!=x",
          "a=bad value",
          ",",
          "a,,b",
          "!",
          "a!b",
          "-a=b",
          "a/b/c=d"
        ]
      ) yield* run.get(`${path}?labelSelector=${encodeURIComponent(selector)}`, { show: names })
    }),
    scenario("field selectors of every form (S43)", function*(run) {
      const path = run.at("configmaps")
      for (const name of ["a", "b", "c"]) yield* run.post(path, { metadata: { name } })
      for (
        const selector of [
          "metadata.name=a",
          "metadata.name==b",
          "metadata.name!=a",
          "metadata.name!=a,metadata.name!=b",
          `metadata.namespace=${run.namespace},metadata.name=a`,
          "metadata.namespace=default",
          "metadata.name=",
          "metadata.name=nobody",
          "metadata.name=a\\,b",
          ","
        ]
      ) yield* run.get(`${path}?fieldSelector=${encodeURIComponent(selector)}`, { show: names })
    }),
    scenario("unknown and bad field selectors are refused (S43)", function*(run) {
      for (
        const selector of [
          "spec.x=y",
          "metadata.name",
          "metadata.name=a\\x",
          "metadata.labels=a",
          "=a",
          "metadata.uid=x"
        ]
      ) {
        yield* run.get(`${run.at("configmaps")}?fieldSelector=${encodeURIComponent(selector)}`, { show: names })
      }
      yield* run.get(
        `/api/v1/namespaces?fieldSelector=${encodeURIComponent(`status.phase=Active,metadata.name=${run.namespace}`)}`,
        { show: names }
      )
      yield* run.get("/api/v1/namespaces?fieldSelector=status.phase%3DGone", { show: names })
      yield* run.get(`${run.at("leases", "coordination.k8s.io/v1")}?fieldSelector=spec.x%3Dy`)
    }),
    scenario("field selectors of custom resources (S43, S48)", function*(run) {
      const definition = widgets(run)
      definition.spec.versions[0].selectableFields = [{ jsonPath: ".spec.colour" }, { jsonPath: ".spec.size" }]
      yield* run.define(definition)
      const path = run.at("widgets", `${run.group}/v1`)
      const make = (name: string, spec: Json) => ({
        apiVersion: `${run.group}/v1`,
        kind: "Widget",
        metadata: { name },
        spec
      })
      yield* run.post(path, make("a", { colour: "red", size: 1 }))
      yield* run.post(path, make("b", { colour: "green", size: 2 }))
      yield* run.post(path, make("c", {}))
      for (
        const selector of [
          "spec.colour=red",
          "spec.colour!=red",
          "spec.colour=",
          "spec.size=2",
          "spec.tags=x",
          "metadata.name=b"
        ]
      ) {
        yield* run.get(`${path}?fieldSelector=${encodeURIComponent(selector)}`, { show: names })
      }
    })
  ]
}
