/** Connections to Pods: what a server finds wrong before it makes one. */
import { type Area, scenario } from "./scenario.js"

const containers = (...names: ReadonlyArray<string>) => names.map((name) => ({ name, image: "example.com/app:1" }))

export const connections: Area = {
  name: "connections",
  scenarios: [
    scenario("a connection to a Pod that runs nowhere is refused (S49)", function*(run) {
      const pods = run.at("pods")
      yield* run.post(pods, { metadata: { name: "one" }, spec: { containers: containers("main") } }, {
        show: () => "…"
      })
      for (const path of ["exec?command=ls", "exec", "attach", "portforward?ports=80", "proxy", "proxy/metrics"]) {
        yield* run.get(`${pods}/one/${path}`)
        yield* run.get(`${pods}/none/${path}`)
      }
    }),
    scenario("a connection names its container where there are several (S49)", function*(run) {
      const pods = run.at("pods")
      yield* run.post(pods, { metadata: { name: "two" }, spec: { containers: containers("main", "side") } }, {
        show: () => "…"
      })
      for (const sub of ["exec", "attach"]) {
        yield* run.get(`${pods}/two/${sub}`)
        yield* run.get(`${pods}/two/${sub}?container=none`)
        yield* run.get(`${pods}/two/${sub}?container=side`)
      }
    })
  ]
}
