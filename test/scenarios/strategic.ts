/** Strategic merge patches of built-in kinds. */
import type * as Effect from "effect/Effect"
import { type Answer, type Area, type Json, type Run, scenario } from "./scenario.js"
import { widget, widgets } from "./widgets.js"

const contentType = "application/strategic-merge-patch+json"

/** Sends a strategic merge patch. */
const patch = (run: Run, path: string, body: unknown, show?: (body: Json) => unknown): Effect.Effect<Answer> =>
  run.request("PATCH", path, { contentType, body, show })

/** What a refusal says, or what a function shows of an object. */
const or = (show: (body: Json) => unknown) => (body: Json): unknown => body.kind === "Status" ? body : show(body)

const pick = (...fields: ReadonlyArray<string>) => (value: Json): Json =>
  Object.fromEntries(fields.filter((field) => value[field] !== undefined).map((field) => [field, value[field]]))

const containers = or((body) =>
  body.spec.template.spec.containers.map(pick("name", "image", "command", "args", "env", "volumeMounts", "envFrom"))
)
const ports = or((body) =>
  body.spec.template.spec.containers.map(({ ports }: Json) => ports.map(pick("name", "containerPort")))
)
const volumes = or((body) => body.spec.template.spec.volumes)
const finalizers = or((body) => body.metadata.finalizers)

const deployment = (template: Json, more: Json = {}): Json => ({
  metadata: { name: "a" },
  spec: {
    selector: { matchLabels: { app: "a" } },
    template: { metadata: { labels: { app: "a" } }, spec: template },
    ...more
  }
})

const template = (spec: Json): Json => ({ spec: { template: { spec } } })

const two = [{ name: "one", image: "one:1", env: [{ name: "A", value: "1" }] }, { name: "two", image: "two:1" }]

const account = (run: Run) => `${run.at("serviceaccounts")}/a`
const secrets = or((body) => ({ secrets: body.secrets, imagePullSecrets: body.imagePullSecrets }))

export const strategic: Area = {
  name: "strategic",
  scenarios: [
    scenario("a strategic merge patch merges maps and removes with null (S34)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a", labels: { x: "1" } }, data: { one: "1", two: "2" } })
      yield* patch(run, `${path}/a`, { data: { two: null, three: "3" }, metadata: { labels: { y: "2" } } })
      yield* patch(run, `${path}/a`, { metadata: { labels: null, annotations: { a: null, b: "c" } } })
      yield* patch(run, `${path}/a`, { data: null })
      yield* patch(run, `${path}/a`, { data: { four: "4", five: null } })
      yield* patch(run, `${path}/a`, {})
      yield* patch(run, `${path}/a`, "null")
      yield* patch(run, `${path}/none`, { data: { k: "v" } })
    }),
    scenario("lists of maps are merged by their merge key (S34)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      yield* run.post(path, deployment({ containers: two }), { show: containers })
      yield* patch(run, `${path}/a`, template({ containers: [{ name: "two", image: "two:2" }] }), containers)
      yield* patch(run, `${path}/a`, template({ containers: [{ name: "three", image: "three:1" }] }), containers)
      yield* patch(
        run,
        `${path}/a`,
        template({ containers: [{ name: "one", env: [{ name: "B", value: "2" }, { name: "A", value: "3" }] }] }),
        containers
      )
      yield* patch(
        run,
        `${path}/a`,
        template({ containers: [{ name: "one", env: [{ name: "A", $patch: "delete" }] }] }),
        containers
      )
      yield* patch(run, `${path}/a`, template({ containers: [{ name: "one", env: null, image: "one:2" }] }), containers)
      yield* patch(run, `${path}/a`, template({ containers: [] }), containers)
    }),
    scenario("lists without a strategy are replaced (S34)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      const first = [{
        name: "one",
        image: "one:1",
        command: ["run"],
        args: ["a", "b"],
        envFrom: [{ prefix: "X", configMapRef: { name: "x" } }]
      }]
      yield* run.post(path, deployment({ containers: first }), { show: containers })
      yield* patch(run, `${path}/a`, template({ containers: [{ name: "one", args: ["c"] }] }), containers)
      yield* patch(run, `${path}/a`, template({ containers: [{ name: "one", command: [] }] }), containers)
      yield* patch(
        run,
        `${path}/a`,
        template({ containers: [{ name: "one", envFrom: [{ secretRef: { name: "y" } }], args: null }] }),
        containers
      )
      const roles = run.at("roles", "rbac.authorization.k8s.io/v1")
      yield* run.post(roles, {
        metadata: { name: "a" },
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }]
      })
      yield* patch(run, `${roles}/a`, { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] }] })
      yield* patch(run, `${roles}/a`, {
        rules: [{ $patch: "delete", apiGroups: [""], resources: ["pods"], verbs: ["get"] }]
      })
    }),
    scenario("merge keys may be numbers (S34)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      const first = [{ containerPort: 80, name: "http" }, { containerPort: 443, name: "https" }]
      yield* run.post(path, deployment({ containers: [{ name: "one", image: "one", ports: first }] }), { show: ports })
      yield* patch(
        run,
        `${path}/a`,
        template({ containers: [{ name: "one", ports: [{ containerPort: 443, name: "tls" }] }] }),
        ports
      )
      yield* patch(
        run,
        `${path}/a`,
        template({ containers: [{ name: "one", ports: [{ containerPort: 8080 }] }] }),
        ports
      )
      yield* patch(
        run,
        `${path}/a`,
        template({ containers: [{ name: "one", ports: [{ containerPort: 80, $patch: "delete" }] }] }),
        ports
      )
      yield* patch(run, `${path}/a`, template({ containers: [{ name: "one", ports: [{ name: "other" }] }] }), ports)
    }),
    scenario("lists of scalars are sets where the kind says so (S34)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a", finalizers: ["x.io/a", "x.io/b"] } })
      yield* patch(run, `${path}/a`, { metadata: { finalizers: ["x.io/c", "x.io/a"] } }, finalizers)
      yield* patch(
        run,
        `${path}/a`,
        { metadata: { "$deleteFromPrimitiveList/finalizers": ["x.io/a", "x.io/none"] } },
        finalizers
      )
      yield* patch(
        run,
        `${path}/a`,
        { metadata: { "$setElementOrder/finalizers": ["x.io/c", "x.io/d", "x.io/b"], finalizers: ["x.io/d"] } },
        finalizers
      )
      yield* patch(run, `${path}/a`, { metadata: { "$setElementOrder/finalizers": ["x.io/b", "x.io/c"] } }, finalizers)
      yield* patch(run, `${path}/a`, {
        metadata: { "$deleteFromPrimitiveList/finalizers": ["x.io/b"], finalizers: ["x.io/e"] }
      }, finalizers)
      yield* patch(run, `${path}/a`, { metadata: { finalizers: null } }, finalizers)
      yield* patch(run, `${path}/a`, { metadata: { "$deleteFromPrimitiveList/finalizers": ["x.io/b"] } }, finalizers)
      yield* patch(run, `${path}/a`, { metadata: { "$setElementOrder/finalizers": ["x.io/b"] } }, finalizers)
    }),
    scenario("a patch says the order of a list (S34)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      yield* run.post(path, deployment({ containers: two }), { show: containers })
      yield* patch(
        run,
        `${path}/a`,
        template({
          "$setElementOrder/containers": [{ name: "three" }, { name: "two" }, { name: "one" }],
          containers: [{ name: "three", image: "three" }, { name: "one", image: "one:2" }]
        }),
        containers
      )
      yield* patch(
        run,
        `${path}/a`,
        template({ "$setElementOrder/containers": [{ name: "one" }, { name: "three" }] }),
        containers
      )
      yield* patch(
        run,
        `${path}/a`,
        template({
          "$setElementOrder/containers": [{ name: "four" }, { name: "one" }],
          containers: [{ name: "four", image: "four" }, { name: "two", $patch: "delete" }]
        }),
        containers
      )
      yield* patch(
        run,
        `${path}/a`,
        template({
          "$setElementOrder/containers": [{ name: "one" }, { name: "four" }],
          containers: [{ name: "four", image: "four:2" }, { name: "one", image: "one:3" }]
        }),
        containers
      )
      yield* patch(run, `${path}/a`, template({ "$setElementOrder/containers": "one" }), containers)
      yield* patch(run, `${path}/a`, template({ "$setElementOrder/containers": [{ image: "one" }] }), containers)
      yield* patch(run, `${path}/a`, template({ "$setElementOrder/containers": ["one"] }), containers)
      yield* patch(run, `${path}/a`, template({ "$setElementOrder": [{ name: "one" }] }), containers)
      yield* patch(run, `${path}/a`, template({ "$setElementOrder/nothing": [{ name: "one" }] }), containers)
    }),
    scenario("directives replace and delete maps (S34)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a", labels: { x: "1" } }, data: { one: "1", two: "2" } })
      yield* patch(run, `${path}/a`, { data: { $patch: "replace", three: "3" } })
      yield* patch(run, `${path}/a`, { metadata: { labels: { $patch: "delete" } } })
      yield* patch(run, `${path}/a`, { metadata: { annotations: { $patch: "replace", a: "b" } } })
      yield* patch(run, `${path}/a`, { data: { $patch: "merge", four: "4" } })
      yield* patch(run, `${path}/a`, { data: { $patch: "dance", four: "4" } })
      yield* patch(run, `${path}/a`, { data: { $patch: 5, four: "4" } })
      yield* patch(run, `${path}/a`, { data: { $patch: null } })
      yield* patch(run, `${path}/a`, { $patch: "delete" })
      yield* patch(run, `${path}/a`, { $patch: "replace", metadata: { name: "a" }, data: { five: "5" } })
      yield* patch(run, `${path}/a`, { $patch: "replace", data: { five: "5" } })
    }),
    scenario("directives replace and delete elements of lists (S34)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      yield* run.post(path, deployment({ containers: two }), { show: containers })
      yield* patch(
        run,
        `${path}/a`,
        template({ containers: [{ $patch: "replace" }, { name: "new", image: "new" }] }),
        containers
      )
      yield* patch(run, `${path}/a`, template({ containers: [{ $patch: "delete", name: "none" }, ...two] }), containers)
      yield* patch(run, `${path}/a`, template({ containers: [{ $patch: "delete" }] }), containers)
      yield* patch(run, `${path}/a`, template({ containers: [{ $patch: "merge", name: "one" }] }), containers)
      yield* patch(run, `${path}/a`, template({ containers: [{ $patch: "dance", name: "one" }] }), containers)
      yield* patch(
        run,
        `${path}/a`,
        template({ containers: [{ $patch: "delete", name: "one" }, { name: "two", image: "two:9" }] }),
        containers
      )
    }),
    scenario("a map keeps only the keys that it shall retain (S34)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      const strategy = or((body) => body.spec.strategy)
      const rolling = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 2 } }
      yield* run.post(
        path,
        deployment({ containers: two, volumes: [{ name: "v", emptyDir: { medium: "Memory" } }] }, {
          strategy: rolling
        }),
        {
          show: strategy
        }
      )
      yield* patch(run, `${path}/a`, { spec: { strategy: { rollingUpdate: { maxSurge: 3 } } } }, strategy)
      yield* patch(run, `${path}/a`, { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }, strategy)
      yield* patch(
        run,
        `${path}/a`,
        { spec: { strategy: { $retainKeys: ["rollingUpdate"], type: "Recreate" } } },
        strategy
      )
      yield* patch(run, `${path}/a`, { spec: { strategy: { $retainKeys: "type" } } }, strategy)
      yield* patch(
        run,
        `${path}/a`,
        template({ volumes: [{ name: "v", $retainKeys: ["name", "emptyDir"], emptyDir: {} }] }),
        volumes
      )
      yield* patch(
        run,
        `${path}/a`,
        template({
          volumes: [{ name: "v", $retainKeys: ["name", "secret"], secret: { secretName: "s", defaultMode: 256 } }]
        }),
        volumes
      )
      yield* patch(
        run,
        `${path}/a`,
        template({ volumes: [{ name: "w", $retainKeys: ["name", "emptyDir"], emptyDir: { medium: "Memory" } }] }),
        volumes
      )
    }),
    scenario("an element without its merge key fails (S34)", function*(run) {
      yield* run.post(run.at("serviceaccounts"), {
        metadata: { name: "a" },
        secrets: [{ name: "one" }, { name: "two" }]
      }, { show: secrets })
      yield* patch(run, account(run), { secrets: [{ namespace: "x" }] }, secrets)
      yield* patch(
        run,
        account(run),
        { secrets: [{ name: "one" }, { name: "three" }] },
        secrets
      )
      yield* patch(run, account(run), { secrets: ["one"] }, secrets)
      yield* patch(run, account(run), { secrets: [["one"]] }, secrets)
      yield* patch(run, account(run), { secrets: [{ name: "one" }, 5] }, secrets)
      yield* patch(run, account(run), { secrets: "one" }, secrets)
      yield* patch(run, account(run), { secrets: [{ name: 1 }] }, secrets)
      yield* patch(run, account(run), { secrets: [{ name: "one" }, { name: "one" }] }, secrets)
      yield* patch(run, account(run), { imagePullSecrets: ["one"] }, secrets)
      yield* patch(run, account(run), { imagePullSecrets: [{ name: "x" }, { name: "y" }] }, secrets)
      yield* patch(run, account(run), { "$deleteFromPrimitiveList/secrets": ["one"] }, secrets)
      yield* patch(run, account(run), { secrets: [null] }, secrets)
    }),
    scenario("a strategic merge patch of wrong types is a 422 that quotes it (S41)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" } })
      yield* patch(run, `${path}/a`, { data: { k: 5, gone: null } })
      yield* patch(run, `${path}/a`, { data: { k: 1.5 } })
      yield* patch(run, `${path}/a`, { data: { k: true } })
      yield* patch(run, `${path}/a`, { data: { k: ["a", 1, null] } })
      yield* patch(run, `${path}/a`, { data: { k: null, l: { m: null } } })
      yield* patch(run, `${path}/a`, { data: "text" })
      yield* patch(run, `${path}/a`, { data: ["a"] })
      yield* patch(run, `${path}/a`, { immutable: "yes" })
      yield* patch(run, `${path}/a`, { binaryData: { x: "not base64!" } })
      yield* patch(run, `${path}/a`, { binaryData: { x: 7 } })
      yield* patch(run, `${path}/a`, { metadata: "none" })
      yield* patch(run, `${path}/a`, { metadata: { creationTimestamp: "yesterday" } })
      yield* patch(run, `${path}/a`, { metadata: { creationTimestamp: 5 } })
      yield* patch(run, `${path}/a`, { metadata: { finalizers: "x.io/a" } })
      yield* patch(run, `${path}/a`, { kind: "Secret", apiVersion: "v2" })
      yield* patch(run, `${path}/a`, { metadata: { name: "b" } })
      yield* patch(run, `${path}/a`, { metadata: { namespace: "b" } })
    }),
    scenario("numbers and quantities of a strategic merge patch (S34)", function*(run) {
      const path = run.at("resourcequotas")
      yield* run.post(path, { metadata: { name: "a" }, spec: { hard: { cpu: "2" } } })
      yield* patch(run, `${path}/a`, { spec: { hard: { cpu: 3, memory: "1024Mi" } } })
      yield* patch(run, `${path}/a`, { spec: { hard: { cpu: "lots" } } })
      yield* patch(run, `${path}/a`, { spec: { hard: { cpu: {} } } })
      const leases = run.at("leases", "coordination.k8s.io/v1")
      const spec = or((body) => body.spec)
      yield* run.post(leases, { metadata: { name: "a" }, spec: { holderIdentity: "x", leaseDurationSeconds: 10 } })
      yield* patch(
        run,
        `${leases}/a`,
        { spec: { leaseDurationSeconds: 20.0, renewTime: "2020-01-02T03:04:05.600000Z" } },
        spec
      )
      yield* patch(run, `${leases}/a`, { spec: { leaseDurationSeconds: 1.5 } }, spec)
      yield* patch(run, `${leases}/a`, { spec: { leaseDurationSeconds: "20" } }, spec)
      yield* patch(run, `${leases}/a`, { spec: { leaseDurationSeconds: 4294967317 } }, spec)
      yield* patch(run, `${leases}/a`, { spec: { renewTime: "then" } }, spec)
      yield* patch(run, `${leases}/a`, { spec: { holderIdentity: 5 } }, spec)
    }),
    scenario("unknown and duplicate fields of a strategic merge patch (S39)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" }, data: { k: "v" } })
      const body = "{\"zzz\":1,\"data\":{\"k\":\"w\",\"k\":\"x\"},\"metadata\":{\"more\":true},\"aaa\":{\"b\":null}}"
      yield* patch(run, `${path}/a`, body)
      yield* patch(run, `${path}/a?fieldValidation=Ignore`, body)
      yield* patch(run, `${path}/a?fieldValidation=Strict`, body)
      yield* patch(run, `${path}/a?fieldValidation=Strict`, "{\"data\":{\"k\":\"w\",\"k\":\"x\"}}")
      yield* patch(run, `${path}/a?fieldValidation=Strict`, { nothing: 1 })
      yield* patch(run, `${path}/a?fieldValidation=Strict`, { data: { k: "y" } })
      yield* patch(run, `${path}/a`, {
        metadata: { ownerReferences: [{ apiVersion: "v1", kind: "X", name: "x", uid: "1", odd: 1 }] }
      })
      yield* patch(run, `${path}/a`, { metadata: { "$retainKey": ["name"] } })
    }),
    scenario("a malformed strategic merge patch is a 400 (S34)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(path, { metadata: { name: "a" } })
      for (const body of ["{bad", "[]", "7", "\"text\"", ""]) yield* patch(run, `${path}/a`, body)
      yield* patch(run, `${path}/none`, "[]")
      yield* patch(run, `${path}/none`, "{bad")
      yield* patch(run, `${path}/a`, { metadata: { "$deleteFromPrimitiveList": ["x"] } })
      yield* patch(run, `${path}/a`, { metadata: { "$deleteFromPrimitiveListX/finalizers": ["x"] } })
      yield* patch(run, `${path}/a?force=true`, {})
      yield* patch(run, `${path}/a?dryRun=All`, { data: { k: "v" } })
    }),
    scenario("a strategic merge patch of a stale version is a conflict (S7, S34)", function*(run) {
      const path = run.at("configmaps")
      const { body } = yield* run.post(path, { metadata: { name: "a" } })
      const { resourceVersion } = body.metadata
      yield* patch(run, `${path}/a`, { metadata: { resourceVersion }, data: { k: "1" } })
      yield* patch(run, `${path}/a`, { metadata: { resourceVersion }, data: { k: "2" } })
      yield* patch(run, `${path}/a`, { metadata: { uid: "other" }, data: { k: "3" } })
    }),
    scenario("a strategic merge patch of a status merges its conditions (S12, S34)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      const conditions = or((body) => body.status.conditions?.map(pick("type", "status", "reason")))
      yield* run.post(path, deployment({ containers: two }), { show: () => undefined })
      const set = (...conditions: ReadonlyArray<Json>) => ({ status: { conditions } })
      yield* patch(run, `${path}/a/status`, set({ type: "Available", status: "True" }), conditions)
      yield* patch(run, `${path}/a/status`, set({ type: "Progressing", status: "True" }), conditions)
      yield* patch(run, `${path}/a/status`, set({ type: "Available", status: "False", reason: "Why" }), conditions)
      yield* patch(run, `${path}/a/status`, set({ type: "Available", $patch: "delete" }), conditions)
    }),
    scenario("a custom resource takes no strategic merge patch (S34)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a"))
      yield* patch(run, `${path}/a`, { spec: { size: 2 } })
      yield* patch(run, `${path}/a/status`, { status: {} })
      yield* patch(run, `${path}/none`, {})
      yield* run.get(`${path}/a`)
    }),
    scenario("a definition's schema cannot be merged strategically (S34)", function*(run) {
      const name = `widgets.${run.group}`
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`
      const names = or((body) => body.spec.names)
      yield* run.define(widgets(run))
      yield* patch(run, path, { spec: { names: { shortNames: ["wi"], categories: ["all"] } } }, names)
      yield* patch(run, path, { spec: { names: { shortNames: ["wd"] } } }, names)
      yield* patch(run, path, { metadata: { labels: { a: "b" } } }, or((body) => body.metadata.labels))
      yield* patch(run, path, { spec: { versions: [{ name: "v1" }] } }, () => undefined)
    })
  ]
}
