/** Bodies in YAML and protobuf, and of other kinds than the path's. */
import type * as Effect from "effect/Effect"
import { type Answer, type Area, type Run, scenario } from "./scenario.js"
import { widgets } from "./widgets.js"

const yaml = (run: Run, method: string, path: string, body: string): Effect.Effect<Answer> =>
  run.request(method, path, { contentType: "application/yaml", body })

const protobuf = (run: Run, method: string, path: string, body: string): Effect.Effect<Answer> =>
  run.request(method, path, { contentType: "application/vnd.kubernetes.protobuf", body })

/** A part of a protobuf message, short enough for its length to be one character. */
const part = (number: number, content: string): string =>
  `${String.fromCharCode(number * 8 + 2, content.length)}${content}`

const magic = "k8s\u0000"

const message = (apiVersion: string, kind: string, raw: string): string =>
  `${magic}${part(1, part(1, apiVersion) + part(2, kind))}${part(2, raw)}`

/** A ConfigMap with one entry. */
const configMap = (name: string, value = "v"): string => part(1, part(1, name)) + part(2, part(1, "k") + part(2, value))

export const bodies: Area = {
  name: "bodies",
  scenarios: [
    scenario("a create and a replace take YAML (S9, S39)", function*(run) {
      const path = run.at("configmaps")
      yield* yaml(run, "POST", path, "metadata:\n  name: a\ndata:\n  k: v\n  5: \"yes\"\n")
      yield* yaml(
        run,
        "PUT",
        `${path}/a`,
        "# changed\nmetadata: {name: a}\ndata:\n  k: |\n    two\n    lines\n---\nmore: 1\n"
      )
      yield* yaml(run, "POST", path, "{\"metadata\":{\"name\":\"b\"},\"data\":{\"k\":\"v\"}}")
      yield* yaml(run, "POST", path, "metadata:\n  name: c\ndata:\n  k: yes\n")
      yield* yaml(run, "POST", path, "metadata:\n  name: c\ndata:\n  k: 5\n")
    }),
    scenario("unknown and duplicate fields in YAML (S39)", function*(run) {
      const path = run.at("configmaps")
      const body = (name: string) => `metadata:\n  name: ${name}\ndata:\n  k: v\n  k: w\n  l: v\n  l: w\nzzz: 1\n`
      yield* yaml(run, "POST", path, body("a"))
      yield* yaml(run, "POST", `${path}?fieldValidation=Strict`, body("b"))
      yield* yaml(run, "POST", `${path}?fieldValidation=Ignore`, body("c"))
      yield* run.define(widgets(run))
      const custom = run.at("widgets", `${run.group}/v1`)
      const widget =
        `apiVersion: ${run.group}/v1\nkind: Widget\nmetadata:\n  name: a\nspec:\n  size: 1\n  size: 2\n  odd: 1\n`
      yield* yaml(run, "POST", custom, widget)
      yield* yaml(run, "POST", `${custom}?fieldValidation=Strict`, widget)
    }),
    scenario("YAML that is no object of the kind is a 400 (S57)", function*(run) {
      const path = run.at("configmaps")
      for (
        const body of [
          "[1,2]",
          "text",
          "5",
          "null",
          "# nothing\n",
          "kind: [a]\n",
          "kind: Secret\nmetadata:\n  name: a\n"
        ]
      ) {
        yield* yaml(run, "POST", path, body)
      }
      yield* run.define(widgets(run))
      const custom = run.at("widgets", `${run.group}/v1`)
      for (const body of ["metadata:\n  name: a\n", "[1]", "a"]) yield* yaml(run, "POST", custom, body)
    }),
    scenario("a body of another kind is a 400 that says whether it knows the kind (S57)", function*(run) {
      const path = run.at("configmaps")
      const post = (apiVersion: string | undefined, kind: string | undefined) =>
        run.post(path, { apiVersion, kind, metadata: { name: "a" } })
      yield* post(undefined, "Foo")
      yield* post("v1", "Deployment")
      yield* post("apps/v1", "Deployment")
      yield* post("apps/v1", "ConfigMap")
      yield* post("apps/v1", undefined)
      yield* post(undefined, "Secret")
      yield* post("example.com/v1", "Foo")
    }),
    scenario("a create and a replace take protobuf (S9)", function*(run) {
      const path = run.at("configmaps")
      yield* protobuf(run, "POST", path, message("v1", "ConfigMap", configMap("a")))
      yield* protobuf(run, "PUT", `${path}/a`, message("v1", "ConfigMap", configMap("a", "w")))
      yield* protobuf(run, "POST", path, message("", "", configMap("b")))
      yield* protobuf(
        run,
        "POST",
        `${path}?fieldValidation=Strict`,
        message("v1", "ConfigMap", `${configMap("c")}${part(14, "?")}`)
      )
      yield* protobuf(run, "POST", path, message("v1", "ConfigMap", ""))
      yield* protobuf(run, "PUT", `${path}/a`, message("v1", "ConfigMap", configMap("b")))
      const leases = run.at("leases", "coordination.k8s.io/v1")
      const spec = `${part(1, "me")}\u0010\u000f${part(3, "\b\u0001")}`
      yield* protobuf(
        run,
        "POST",
        leases,
        message("coordination.k8s.io/v1", "Lease", part(1, part(1, "a")) + part(2, spec))
      )
      yield* protobuf(run, "PATCH", `${path}/a`, message("v1", "ConfigMap", configMap("a")))
    }),
    scenario("protobuf that is no object of the kind is a 400 (S57)", function*(run) {
      const path = run.at("configmaps")
      for (
        const body of [
          "{\"metadata\":{\"name\":\"a\"}}",
          magic,
          "k8",
          message("v1", "Secret", configMap("a")),
          message("v1", "Foo", configMap("a")),
          message("v2", "ConfigMap", configMap("a")),
          message("apps/v1", "Deployment", configMap("a")),
          message("v1", "ConfigMap", configMap("a").slice(0, -1)),
          message("v1", "ConfigMap", configMap("a")).slice(0, -1),
          message("v1", "ConfigMap", "\b\u0005"),
          message("v1", "ConfigMap", part(1, "\b\u0005")),
          message("v1", "ConfigMap", "\u0002\u0001a"),
          message("v1", "ConfigMap", "L"),
          message("v1", "ConfigMap", "O"),
          `${magic}\b\u0003`
        ]
      ) yield* protobuf(run, "POST", path, body)
    }),
    scenario("delete options in YAML and protobuf (S14, S15)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      yield* yaml(run, "DELETE", `${path}/a`, "propagationPolicy: Odd\n")
      yield* yaml(run, "DELETE", `${path}/a`, "kind: Foo\n")
      yield* yaml(run, "DELETE", `${path}/a`, "dryRun: [All]\n")
      const options = (apiVersion: string, raw: string) => message(apiVersion, "DeleteOptions", raw)
      yield* protobuf(run, "DELETE", `${path}/a`, options("v1", part(5, "All")))
      yield* protobuf(run, "DELETE", `${path}/a`, options("apps/v1", part(5, "All")))
      yield* protobuf(run, "DELETE", `${path}/a`, message("", "", part(5, "All")))
      yield* protobuf(run, "DELETE", `${path}/a`, options("v1", part(4, "Odd")))
      yield* protobuf(run, "DELETE", `${path}/a`, options("v1", part(5, "All").slice(0, -1)))
      yield* protobuf(run, "DELETE", `${path}/a`, message("v1", "ConfigMap", ""))
      yield* protobuf(run, "DELETE", `${path}/a`, options("v1", part(2, part(1, "other"))))
      yield* protobuf(run, "DELETE", path, options("v1", part(5, "None")))
      yield* run.request("DELETE", `${path}/a`, { contentType: "text/plain", body: {} })
      yield* run.delete(`${path}/a`, "[1]")
      yield* run.delete(`${path}/a`, { gracePeriodSeconds: "x" })
      yield* run.delete(`${path}/a`, { preconditions: 5 })
      yield* run.delete(`${path}/a`, { kind: "Foo" })
      yield* protobuf(run, "DELETE", `${path}/a`, options("v1", `\b\u0000${part(4, "Background")}`))
    })
  ]
}
