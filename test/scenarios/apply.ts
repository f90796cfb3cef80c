/** Server-side apply. */
import { type Area, type Json, type RequestOptions, type Run, scenario } from "./scenario.js"
import { definition, version, widget, widgets } from "./widgets.js"

const contentType = "application/apply-patch+yaml"

const apply = (run: Run, path: string, body: unknown, options: RequestOptions = {}) =>
  run.request("PATCH", path, { contentType, body, ...options })

const configMap = (name: string, data: Json, more: Json = {}): Json => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data
})

const show = (body: Json): unknown => body.metadata?.managedFields ?? body

const container = (name: string, more: Json = {}): Json => ({ name, image: "example.com/i:1", ...more })

const deployment = (containers: ReadonlyArray<Json>, more: Json = {}): Json => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "a" },
  spec: {
    selector: { matchLabels: { app: "a" } },
    template: { metadata: { labels: { app: "a" } }, spec: { containers } },
    ...more
  }
})

/** What a client says of an object, without what the server fills in. */
const containersOf = (body: Json): unknown =>
  body.spec === undefined
    ? body
    : {
      containers: body.spec.template.spec.containers.map(({ env, image, name, ports }: Json) => ({
        name,
        image,
        env,
        ports: ports?.map((port: Json) => ({ protocol: "TCP", ...port }))
      })),
      managers: body.metadata.managedFields
    }

/** Lists and maps of every kind. */
const boxes = (run: Run, more: Json = {}): Json =>
  definition(run, "Box", [
    version({
      plain: { type: "array", items: { type: "string" } },
      set: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
      map: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name", "port"],
        items: {
          type: "object",
          required: ["name"],
          properties: {
            name: { type: "string" },
            port: { type: "integer", default: 80 },
            value: { type: "string" },
            inner: {
              type: "array",
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": ["id"],
              items: {
                type: "object",
                required: ["id"],
                properties: { id: { type: "integer" }, text: { type: "string" } }
              }
            }
          }
        }
      },
      whole: {
        type: "object",
        "x-kubernetes-map-type": "atomic",
        properties: { a: { type: "string" }, b: { type: "string" } }
      },
      parts: {
        type: "object",
        properties: {
          a: { type: "string" },
          b: { type: "string" },
          c: { type: "object", properties: { d: { type: "string" } } }
        }
      },
      labels: { type: "object", additionalProperties: { type: "string" } },
      open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      ratio: { type: "number" },
      either: { "x-kubernetes-int-or-string": true },
      nothing: { type: "string", nullable: true }
    })
  ], { names: { plural: "boxes", singular: "box", kind: "Box", listKind: "BoxList" }, ...more })

const named = (run: Run, definition: Json): Json => ({ ...definition, metadata: { name: `boxes.${run.group}` } })

const box = (run: Run, spec: Json, more: Json = {}): Json => ({
  apiVersion: `${run.group}/v1`,
  kind: "Box",
  metadata: { name: "a" },
  spec,
  ...more
})

export const applyArea: Area = {
  name: "apply",
  managers: true,
  scenarios: [
    scenario("an apply creates and changes (S35, S38)", function*(run) {
      const path = run.at("configmaps")
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", { k: "1", l: "1" }, { labels: { x: "y" } }))
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", { k: "2", l: "1" }, { labels: { x: "y" } }))
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", { k: "2", l: "1" }, { labels: { x: "y" } }))
      yield* apply(run, `${path}/a?fieldManager=me&dryRun=All`, configMap("a", { k: "3" }))
      yield* apply(run, `${path}/b?fieldManager=me&dryRun=All`, configMap("b", { k: "3" }))
      yield* run.get(`${path}/b`)
    }),
    scenario("an apply needs a manager, an apiVersion, a kind and a name (S35)", function*(run) {
      const path = run.at("configmaps")
      const body = configMap("a", { k: "1" })
      yield* apply(run, `${path}/a`, body)
      yield* apply(run, `${path}/a?fieldManager=&dryRun=None`, body)
      yield* apply(run, `${path}/a`, body, { headers: { "user-agent": "tool/1" } })
      yield* apply(run, `${path}/a?fieldManager=me`, { ...body, apiVersion: undefined })
      yield* apply(run, `${path}/a?fieldManager=me`, { ...body, kind: undefined })
      yield* apply(run, `${path}/a?fieldManager=me`, { ...body, apiVersion: "v2" })
      yield* apply(run, `${path}/a?fieldManager=me`, { ...body, apiVersion: "apps/v1" })
      yield* apply(run, `${path}/a?fieldManager=me`, { ...body, kind: "Secret" })
      yield* apply(run, `${path}/a?fieldManager=me`, { ...body, metadata: {} })
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("b", {}))
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", {}, { namespace: "elsewhere" }))
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", {}, { managedFields: [] }))
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", {}, { managedFields: null }))
      yield* apply(run, `${path}/a?fieldManager=me&force=maybe`, configMap("a", {}), { show })
      yield* run.request("PATCH", `${path}?fieldManager=me`, { contentType, body })
    }),
    scenario("the body of an apply is YAML or JSON (S35)", function*(run) {
      const path = run.at("configmaps")
      const yaml =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  quoted: \"yes\"\n  date: 2026-01-02\n  \"no\": 'off'\n"
      yield* apply(run, `${path}/a?fieldManager=me`, yaml)
      yield* apply(run, `${path}/a?fieldManager=me`, `${yaml}  truth: yes\n`)
      yield* apply(run, `${path}/a?fieldManager=me`, `${yaml}  octal: 0777\n`)
      yield* apply(run, `${path}/a?fieldManager=me`, `${yaml}---\nkind: Other\n`, { show })
      yield* apply(run, `${path}/a?fieldManager=me`, "")
      yield* apply(run, `${path}/a?fieldManager=me`, "null")
      yield* apply(run, `${path}/a?fieldManager=me`, "[]")
      yield* apply(run, `${path}/a?fieldManager=me`, "text")
      yield* apply(run, `${path}/a?fieldManager=me`, "7")
    }),
    scenario("duplicate fields in an apply (S35, S39)", function*(run) {
      const path = run.at("configmaps")
      const yaml =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: \"1\"\n  k: \"2\"\n  l: x\n  l: \"y\"\n"
      yield* apply(run, `${path}/a?fieldManager=me`, yaml)
      yield* apply(run, `${path}/a?fieldManager=me&fieldValidation=Ignore`, yaml)
      yield* apply(run, `${path}/a?fieldManager=me&fieldValidation=Strict`, yaml)
    }),
    scenario("a field that the schema does not know is a 500 (S39)", function*(run) {
      const path = run.at("configmaps")
      yield* apply(run, `${path}/a?fieldManager=me`, { ...configMap("a", { k: "1" }), extra: 1 })
      yield* apply(run, `${path}/a?fieldManager=me&fieldValidation=Ignore`, configMap("a", { k: "1" }, { extra: 1 }))
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", { k: "1" }, { namespace: run.namespace, extra: 1 }))
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", { k: 1 }))
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", [1, "x"]))
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", "text"))
      yield* apply(run, `${path}/a?fieldManager=me`, { ...configMap("a", {}), immutable: "yes" })
      const deployments = run.at("deployments", "apps/v1")
      yield* apply(run, `${deployments}/a?fieldManager=me`, deployment([container("c")], { replicas: "1" }))
      yield* apply(run, `${deployments}/a?fieldManager=me`, deployment([container("c", { extra: true })]))
      yield* apply(run, `${deployments}/a?fieldManager=me`, deployment([container("c"), container("c")]))
      yield* apply(
        run,
        `${deployments}/a?fieldManager=me`,
        deployment([container("c", { ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "TCP" }] })])
      )
    }),
    scenario("an apply conflicts with another manager (S36)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(`${path}?fieldManager=a`, configMap("a", { k: "1", l: "1", m: "1" }), { show })
      yield* apply(run, `${path}/a?fieldManager=b`, configMap("a", { k: "2" }))
      yield* apply(run, `${path}/a?fieldManager=b`, configMap("a", { k: "2", l: "2", m: "1" }))
      yield* apply(run, `${path}/a?fieldManager=b`, configMap("a", { n: "1", l: "1" }), { show })
      yield* apply(run, `${path}/a?fieldManager=c`, configMap("a", { k: "2", n: "2" }))
      yield* apply(run, `${path}/a?fieldManager=c`, configMap("a", { l: "2" }))
      yield* apply(run, `${path}/a?fieldManager=c&force=true`, configMap("a", { k: "2", l: "2" }))
      yield* run.get(`${path}/a`)
    }),
    scenario("an update takes a field without asking (S36)", function*(run) {
      const path = run.at("configmaps")
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "1", l: "1" }), { show })
      yield* run.merge(`${path}/a?fieldManager=b`, { data: { k: "2" } }, { show })
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "1", l: "1" }))
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "2", l: "1" }), { show })
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { l: "1" }))
    }),
    scenario("an apply removes what it no longer says (S37)", function*(run) {
      const path = run.at("configmaps")
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "1", l: "1" }, { labels: { x: "1" } }), {
        show
      })
      yield* apply(run, `${path}/a?fieldManager=b`, configMap("a", { l: "1" }), { show })
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", {}))
      yield* apply(run, `${path}/a?fieldManager=b`, { ...configMap("a", {}), data: undefined })
      yield* apply(run, `${path}/a?fieldManager=b`, { ...configMap("a", {}), data: null })
    }),
    scenario("several managers apply the same values (S3, S37)", function*(run) {
      const path = run.at("configmaps")
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "1" }))
      yield* apply(run, `${path}/a?fieldManager=b`, configMap("a", { k: "1" }))
      yield* apply(run, `${path}/a?fieldManager=b`, configMap("a", { k: "1" }))
      yield* apply(run, `${path}/a?fieldManager=b`, configMap("a", { k: "2" }))
      yield* apply(run, `${path}/a?fieldManager=a`, { ...configMap("a", {}), data: undefined })
      yield* apply(run, `${path}/a?fieldManager=b`, configMap("a", { k: "2" }))
    }),
    scenario("an apply to what was created otherwise (S37, S38)", function*(run) {
      const path = run.at("configmaps")
      yield* run.post(`${path}?fieldManager=me`, configMap("a", { k: "1", l: "1" }), { show })
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", { k: "1" }), { show })
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", { k: "2" }))
      yield* apply(run, `${path}/a?fieldManager=me&force=true`, configMap("a", { k: "2" }), { show })
      yield* run.merge(`${path}/a?fieldManager=me`, { metadata: { managedFields: [{}] } })
      yield* apply(run, `${path}/a?fieldManager=me`, configMap("a", { k: "2", m: "1" }))
    }),
    scenario("what kubectl applied on its own side does not conflict with it (S36)", function*(run) {
      const path = run.at("configmaps")
      const last = `${
        JSON.stringify(configMap("a", { k: "1", l: "1" }, { annotations: {}, namespace: run.namespace }))
      }\n`
      const annotations = { "kubectl.kubernetes.io/last-applied-configuration": last }
      yield* run.post(
        `${path}?fieldManager=kubectl-client-side-apply`,
        configMap("a", { k: "1", l: "1", m: "1" }, { annotations }),
        {
          show
        }
      )
      yield* apply(run, `${path}/a?fieldManager=other`, configMap("a", { k: "2" }))
      yield* apply(run, `${path}/a?fieldManager=kubectl`, configMap("a", { k: "2", m: "2" }))
      yield* apply(run, `${path}/a?fieldManager=kubectl`, configMap("a", { k: "2" }))
    }),
    scenario("containers, ports and environments are merged by their keys (S36, S37, S38)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      const options = { show: containersOf }
      const managersOf = (body: Json): unknown =>
        body.metadata?.managedFields.filter((each: Json) => each.operation === "Apply") ?? body
      yield* apply(
        run,
        `${path}/a?fieldManager=a`,
        deployment([
          container("one", { ports: [{ containerPort: 80 }], env: [{ name: "E", value: "1" }] }),
          container("two")
        ]),
        options
      )
      yield* apply(
        run,
        `${path}/a?fieldManager=b`,
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "a" },
          spec: {
            template: {
              spec: {
                containers: [
                  { name: "three", image: "example.com/i:3" },
                  { name: "one", env: [{ name: "F", value: "2" }], ports: [{ containerPort: 80, protocol: "UDP" }] }
                ]
              }
            }
          }
        },
        options
      )
      yield* apply(
        run,
        `${path}/a?fieldManager=c`,
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "a" },
          spec: {
            template: {
              spec: { containers: [{ name: "one", image: "example.com/i:2", env: [{ name: "E", value: "3" }] }] }
            }
          }
        },
        options
      )
      yield* apply(run, `${path}/a?fieldManager=a`, deployment([container("two"), container("one")]), options)
      yield* apply(run, `${path}/a?fieldManager=a`, deployment([container("one")]), options)
      yield* run.get(`${path}/a`, { show: managersOf })
    }),
    scenario("lists and maps of a custom resource by their types (S37, S38)", function*(run) {
      yield* run.define(named(run, boxes(run)))
      const path = `${run.at("boxes", `${run.group}/v1`)}/a`
      yield* apply(
        run,
        `${path}?fieldManager=a`,
        box(run, {
          plain: ["x", "y"],
          set: ["x", "y"],
          map: [{ name: "one", value: "1", inner: [{ id: 2, text: "t" }] }, { name: "one", port: 443 }],
          whole: { a: "1" },
          parts: { a: "1", c: { d: "1" } },
          labels: { a: "1" },
          open: { a: { b: [1, 2] } },
          ratio: 1.5,
          either: "5%"
        })
      )
      yield* apply(
        run,
        `${path}?fieldManager=b`,
        box(run, {
          set: ["z", "y"],
          map: [{ name: "two" }, { name: "one", port: 80, inner: [{ id: 1 }] }],
          parts: { b: "1" },
          labels: { b: "1" },
          open: { a: { c: 1 } }
        })
      )
      yield* apply(
        run,
        `${path}?fieldManager=c`,
        box(run, {
          plain: ["x"],
          whole: { b: "1" },
          either: 5,
          open: { a: { b: [3] } },
          ratio: 2,
          map: [{ name: "one", value: "2" }]
        })
      )
      yield* apply(run, `${path}?fieldManager=a`, box(run, { parts: { a: "1" } }))
      yield* apply(run, `${path}?fieldManager=b`, box(run, {}))
      yield* apply(run, `${path}?fieldManager=a`, {
        apiVersion: `${run.group}/v1`,
        kind: "Box",
        metadata: { name: "a" }
      })
    }),
    scenario("the order of merged lists (S37)", function*(run) {
      yield* run.define(named(run, boxes(run)))
      const path = `${run.at("boxes", `${run.group}/v1`)}/a`
      const options = { show: (body: Json): unknown => body.spec?.set ?? body }
      yield* apply(run, `${path}?fieldManager=a`, box(run, { set: ["a", "b", "c", "d"] }), options)
      for (const set of [["d", "a"], ["e", "c"], ["b", "e", "f", "a"], ["x", "d", "y", "c", "z"]]) {
        yield* apply(run, `${path}?fieldManager=b`, box(run, { set }), options)
      }
      yield* run.merge(`${path}?fieldManager=c`, { spec: { set: ["p", "q"] } }, options)
      yield* apply(run, `${path}?fieldManager=b`, box(run, { set: ["q", "r"] }), options)
      yield* run.get(path)
    }),
    scenario("an apply that breaks the schema of a custom resource (S39, S45)", function*(run) {
      yield* run.define(widgets(run))
      const path = `${run.at("widgets", `${run.group}/v1`)}/a`
      yield* apply(run, `${path}?fieldManager=a`, widget(run, "a", { size: 11 }))
      yield* apply(run, `${path}?fieldManager=a`, widget(run, "a", { size: "large" }))
      yield* apply(run, `${path}?fieldManager=a`, widget(run, "a", { unknown: 1 }))
      yield* apply(run, `${path}?fieldManager=a`, { ...widget(run, "a"), extra: {} })
      yield* apply(run, `${path}?fieldManager=a`, widget(run, "a", { colour: null, size: null }))
      yield* apply(run, `${path}?fieldManager=a`, widget(run, "a", {}))
      yield* apply(run, `${path}?fieldManager=a`, { ...widget(run, "a"), apiVersion: `${run.group}/v2` })
      yield* apply(run, `${path}?fieldManager=a`, { ...widget(run, "a"), kind: "Gadget" })
    }),
    scenario("an apply to a status (S35, S38)", function*(run) {
      yield* run.define(widgets(run))
      const path = `${run.at("widgets", `${run.group}/v1`)}/a`
      yield* apply(run, `${path}/status?fieldManager=a`, { ...widget(run, "a"), status: { ready: true } })
      yield* apply(run, `${path}?fieldManager=a`, { ...widget(run, "a"), status: { ready: true } })
      yield* apply(run, `${path}/status?fieldManager=b`, {
        ...widget(run, "a", { size: 9 }, { labels: { l: "1" } }),
        status: { ready: true }
      })
      yield* apply(run, `${path}/status?fieldManager=c`, {
        apiVersion: `${run.group}/v1`,
        kind: "Widget",
        metadata: { name: "a" },
        status: { ready: false, more: 1 }
      })
      yield* apply(run, `${path}/status?fieldManager=c&force=true`, {
        apiVersion: `${run.group}/v1`,
        kind: "Widget",
        metadata: { name: "a" },
        status: { ready: false, more: 1 }
      })
      yield* apply(run, `${path}/status?fieldManager=c`, {
        apiVersion: `${run.group}/v1`,
        kind: "Widget",
        metadata: { name: "a" },
        status: { more: 2 }
      })
      yield* run.merge(`${path}/status?fieldManager=u`, { status: { more: 3 } }, { show })
      yield* apply(run, `${path}/status?fieldManager=c`, {
        apiVersion: `${run.group}/v1`,
        kind: "Widget",
        metadata: { name: "a" },
        status: { more: 4 }
      })
    }),
    scenario("an apply to a scale (S35, S50)", function*(run) {
      const path = run.at("deployments", "apps/v1")
      const scale = (replicas: number, more: Json = {}): Json => ({
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "a", ...more },
        spec: { replicas }
      })
      const replicas = (body: Json): unknown =>
        body.metadata.managedFields.filter((each: Json) => each.fieldsV1["f:spec"]?.["f:replicas"] !== undefined).map(
          ({ fieldsV1: _, ...each }: Json) => each
        )
      yield* apply(run, `${path}/a/scale?fieldManager=b`, scale(3))
      yield* apply(run, `${path}/a?fieldManager=a`, deployment([container("c")], { replicas: 1 }), { show: replicas })
      yield* apply(run, `${path}/a/scale?fieldManager=b`, scale(3))
      yield* apply(run, `${path}/a/scale?fieldManager=b&force=true`, scale(3))
      yield* run.get(`${path}/a`, { show: replicas })
      yield* apply(run, `${path}/a?fieldManager=a`, deployment([container("c")], { replicas: 1 }))
      yield* apply(run, `${path}/a?fieldManager=a`, deployment([container("c")], { replicas: 3 }), { show: replicas })
      yield* apply(run, `${path}/a/scale?fieldManager=b`, { ...scale(3), apiVersion: "apps/v1" })
      yield* apply(run, `${path}/a/scale?fieldManager=b`, scale(3, { name: "b" }))
    }),
    scenario("an apply with a resourceVersion or a uid (S7, S35)", function*(run) {
      const path = run.at("configmaps")
      const uid = "7a1c0d1c-0000-4000-8000-000000000001"
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "1" }, { uid }))
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "1" }, { resourceVersion: "5" }))
      const { body } = yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "1" }))
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "2" }, { resourceVersion: "5" }))
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "2" }, { uid }))
      yield* apply(
        run,
        `${path}/a?fieldManager=a`,
        configMap("a", { k: "2" }, { uid: body.metadata.uid, resourceVersion: body.metadata.resourceVersion })
      )
    }),
    scenario("an apply to an object that is being deleted (S18, S35)", function*(run) {
      const path = run.at("configmaps")
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "1" }, { finalizers: ["example.com/f"] }), {
        show
      })
      yield* run.delete(`${path}/a`, undefined, { show })
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "2" }, { finalizers: ["example.com/f"] }))
      yield* apply(run, `${path}/a?fieldManager=b`, configMap("a", {}, { finalizers: ["example.com/g"] }))
      yield* apply(run, `${path}/a?fieldManager=a`, configMap("a", { k: "2" }))
      yield* run.get(`${path}/a`)
    }),
    scenario("an apply in a version that is not stored (S35, S38)", function*(run) {
      const one = version({ size: { type: "integer" }, list: { type: "array", items: { type: "string" } } })
      const two = version(
        {
          size: { type: "integer" },
          list: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" }
        },
        { name: "v2", storage: false }
      )
      yield* run.define(definition(run, "Widget", [one, two]))
      const at = (number: number): string => `${run.at("widgets", `${run.group}/v${number}`)}/a`
      const body = (number: number, spec: Json): Json => ({
        ...widget(run, "a", spec),
        apiVersion: `${run.group}/v${number}`
      })
      yield* apply(run, `${at(2)}?fieldManager=a`, body(2, { size: 1, list: ["x", "y"] }))
      yield* apply(run, `${at(1)}?fieldManager=b`, body(1, { list: ["z"] }))
      yield* apply(run, `${at(1)}?fieldManager=b&force=true`, body(1, { list: ["z"] }))
      yield* apply(run, `${at(1)}?fieldManager=a`, body(1, { size: 2 }))
      yield* run.get(at(2))
    }),
    scenario("an object of unknown fields is merged as deep as it goes (S37, S46)", function*(run) {
      yield* run.define(definition(run, "Thing", [{
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } }
      }]))
      const path = `${run.at("things", `${run.group}/v1`)}/a`
      const thing = (more: Json): Json => ({
        apiVersion: `${run.group}/v1`,
        kind: "Thing",
        metadata: { name: "a" },
        ...more
      })
      yield* apply(
        run,
        `${path}?fieldManager=a`,
        thing({ spec: { a: { b: 1, c: [{ name: "x" }] }, e: {} }, data: "text" })
      )
      yield* apply(run, `${path}?fieldManager=b`, thing({ spec: { a: { d: 1 }, f: null } }))
      yield* apply(
        run,
        `${path}?fieldManager=b`,
        thing({ spec: { a: { c: [{ name: "y" }] } }, data: { now: "a map" } })
      )
      yield* apply(run, `${path}?fieldManager=a`, thing({ spec: { a: { b: 2 } } }))
    }),
    scenario("an apply of a Service and of its ports (S37, S38)", function*(run) {
      const path = `${run.at("services")}/a`
      const service = (ports: ReadonlyArray<Json>): Json => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "a" },
        spec: { clusterIP: "None", ports }
      })
      const options = { show: (body: Json): unknown => body.spec === undefined ? body : [body.spec.ports, show(body)] }
      yield* apply(
        run,
        `${path}?fieldManager=a`,
        service([{ name: "one", port: 80 }, { name: "two", port: 443 }]),
        options
      )
      yield* apply(run, `${path}?fieldManager=b`, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "a" },
        spec: { ports: [{ name: "udp", port: 80, protocol: "UDP" }] }
      }, options)
      yield* apply(run, `${path}?fieldManager=a`, service([{ name: "two", port: 443 }]), options)
    }),
    scenario("an apply of a Pod (S35, S38)", function*(run) {
      const path = `${run.at("pods")}/a`
      const pod = (spec: Json, labels: Json = {}): Json => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "a", labels },
        spec
      })
      const resources = { limits: { cpu: 1, memory: "64Mi" }, requests: { cpu: "0.5" } }
      const options = { show: (body: Json): unknown => body.spec === undefined ? body : show(body) }
      yield* apply(
        run,
        `${path}?fieldManager=a`,
        pod({
          tolerations: [{ key: "k", operator: "Exists" }],
          containers: [container("c", { resources, command: ["a", "b"] })]
        }),
        options
      )
      yield* apply(
        run,
        `${path}?fieldManager=b`,
        pod({ containers: [{ name: "c", image: "example.com/i:2" }] }),
        options
      )
      yield* apply(
        run,
        `${path}?fieldManager=b`,
        pod({ containers: [{ name: "c", resources: { limits: { cpu: "x" } } }] }),
        options
      )
    }),
    scenario("an apply in a missing or terminating namespace (S21, S35)", function*(run) {
      const body = { ...configMap("a", { k: "1" }), metadata: { name: "a" } }
      yield* apply(run, "/api/v1/namespaces/nowhere/configmaps/a?fieldManager=a", body)
      yield* apply(run, "/api/v1/namespaces/nowhere?fieldManager=a", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "else" }
      })
    })
  ]
}
