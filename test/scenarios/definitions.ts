/** CustomResourceDefinitions and what they make of objects. */
import { type Area, type Json, scenario } from "./scenario.js"
import { definition, version, widget, widgets } from "./widgets.js"

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

const condition = (type: string) => ({ body }: { readonly body: Json }) =>
  (body.status?.conditions ?? []).some((each: Json) => each.type === type && each.status === "True")

export const definitionsArea: Area = {
  name: "definitions",
  scenarios: [
    scenario("a definition is established (S44)", function*(run) {
      const path = `${definitions}/widgets.${run.group}`
      yield* run.post(definitions, widgets(run), { show: ({ metadata, spec }) => ({ metadata, spec }) })
      yield* run.until(path, condition("Established"))
      yield* run.until(run.at("widgets", `${run.group}/v1`), ({ status }) => status === 200)
      yield* run.until(`/apis/${run.group}/v1`, ({ status }) => status === 200)
      yield* run.until(`/apis/${run.group}`, ({ status }) => status === 200)
      yield* run.delete(path)
    }),
    scenario("a definition with short names, categories and columns (S44, S48)", function*(run) {
      const made = widgets(run)
      made.spec.names.shortNames = ["wd"]
      made.spec.names.categories = ["all", "things"]
      made.spec.versions[0].additionalPrinterColumns = [
        { name: "Size", type: "integer", jsonPath: ".spec.size", description: "How large", priority: 1 }
      ]
      yield* run.post(definitions, made, { show: (body) => body.spec })
      const path = `${definitions}/widgets.${run.group}`
      yield* run.until(path, condition("Established"))
      yield* run.until(`/apis/${run.group}/v1`, ({ body }) => body.resources?.length > 0)
      yield* run.delete(path)
    }),
    scenario("names of a definition have defaults (S44)", function*(run) {
      const made = widgets(run)
      made.spec.names = { plural: "widgets", kind: "Widget" }
      yield* run.post(definitions, made, { show: (body) => body.spec })
      const path = `${definitions}/widgets.${run.group}`
      yield* run.until(path, condition("Established"))
      yield* run.delete(path)
    }),
    scenario("names that another definition has are not accepted (S44)", function*(run) {
      yield* run.define(widgets(run))
      const made = definition(run, "Gadget", [version({})])
      made.spec.names.kind = "Widget"
      yield* run.post(definitions, made, { show: (body) => body.metadata.name })
      const path = `${definitions}/gadgets.${run.group}`
      yield* run.until(path, ({ body }) => body.status?.conditions?.length >= 2)
      yield* run.get(run.at("gadgets", `${run.group}/v1`))
      yield* run.delete(path)
    }),
    scenario("bad definitions are refused (S44)", function*(run) {
      const bad = (change: (made: Json) => void) => {
        const made = widgets(run)
        change(made)
        return made
      }
      const show = (body: Json) => ({ message: body.message, reason: body.reason, details: body.details })
      yield* run.post(definitions, bad((made) => (made.metadata.name = "other")), { show })
      yield* run.post(definitions, bad((made) => (made.spec.versions = [])), { show })
      yield* run.post(definitions, bad((made) => (made.spec.versions[0].storage = false)), { show })
      yield* run.post(definitions, bad((made) => delete made.spec.versions[0].schema), { show })
      yield* run.post(definitions, bad((made) => (made.spec.scope = "Galaxy")), { show })
      yield* run.post(definitions, bad((made) => (made.spec.names.kind = "")), { show })
      yield* run.post(definitions, bad((made) => delete made.spec.versions[0].schema.openAPIV3Schema.type), { show })
      yield* run.post(
        definitions,
        bad((made) => (made.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.size.default = "x")),
        { show }
      )
    }),
    scenario("unknown fields are pruned and defaults filled in (S45)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, { ...widget(run, "a", { colour: "red", unknown: 1 }), extra: { x: 1 } })
      yield* run.post(path, { ...widget(run, "b", {}), spec: undefined })
      yield* run.get(`${path}/a`)
    }),
    scenario("fields are kept where the schema says so (S45, S46)", function*(run) {
      const kept = version({
        free: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { known: { type: "string" } }
        },
        either: { "x-kubernetes-int-or-string": true },
        maybe: { type: "string", nullable: true },
        never: { type: "string", default: "given" },
        map: { type: "object", additionalProperties: { type: "integer" } }
      })
      yield* run.define(definition(run, "Widget", [kept]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(
        path,
        widget(run, "a", {
          free: { known: "x", other: [1, { y: null }] },
          either: 5,
          maybe: null,
          never: null,
          map: { a: 1 }
        })
      )
      yield* run.post(path, widget(run, "b", { either: "50%", free: { known: 5 } }))
      yield* run.post(path, widget(run, "c", { either: true, map: { a: "x" } }))
    }),
    scenario("objects that break the schema are refused with every cause (S45, S57)", function*(run) {
      const schema = version({
        size: { type: "integer", minimum: 1, maximum: 5, multipleOf: 2 },
        name: { type: "string", minLength: 2, maxLength: 4, pattern: "^[a-z]+$" },
        day: { type: "string", format: "date" },
        tags: { type: "array", minItems: 1, maxItems: 2, items: { type: "string" }, "x-kubernetes-list-type": "set" },
        colour: { type: "string", enum: ["red", "green"] }
      })
      schema.schema.openAPIV3Schema.properties.spec.required = ["size"]
      schema.schema.openAPIV3Schema.required = ["spec"]
      yield* run.define(definition(run, "Widget", [schema]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, { apiVersion: `${run.group}/v1`, kind: "Widget", metadata: { name: "a" } })
      yield* run.post(path, widget(run, "a", {}))
      yield* run.post(path, widget(run, "a", { size: 7 }))
      yield* run.post(path, widget(run, "a", { size: "x", name: 5 }))
      yield* run.post(path, widget(run, "a", { size: 2, name: "A" }))
      yield* run.post(path, widget(run, "a", { size: 2, name: "abcdef", colour: "blue" }))
      yield* run.post(path, widget(run, "a", { size: 2, tags: [] }))
      yield* run.post(path, widget(run, "a", { size: 2, tags: ["a", "b", "c"] }))
      yield* run.post(path, widget(run, "a", { size: 2, tags: ["a", "a"] }))
      yield* run.post(path, widget(run, "a", { size: 2, day: "yesterday" }))
      yield* run.post(path, widget(run, "a", { size: 2.5 }))
    }),
    scenario("an object of another kind or version is refused (S44)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, { ...widget(run, "a"), kind: "Gadget" })
      yield* run.post(path, { ...widget(run, "a"), apiVersion: `${run.group}/v2` })
      yield* run.post(path, { metadata: { name: "a" }, spec: {} })
      yield* run.post(path, { kind: "Widget", metadata: { name: "a" } })
      yield* run.post(path, { ...widget(run, "a"), apiVersion: "v1" })
    }),
    scenario("what is served in two versions is one object (S44)", function*(run) {
      const two = [
        version({ size: { type: "integer" } }),
        version({ size: { type: "integer" } }, { name: "v2", storage: false })
      ]
      yield* run.define(definition(run, "Widget", [...two, version({}, { name: "v3", storage: false, served: false })]))
      const v1 = run.at("widgets", `${run.group}/v1`)
      const v2 = run.at("widgets", `${run.group}/v2`)
      const { body } = yield* run.post(v2, { ...widget(run, "a"), apiVersion: `${run.group}/v2` })
      yield* run.get(`${v1}/a`)
      yield* run.get(v2)
      const watch = yield* run.watch(`${v2}?watch=true&resourceVersion=${body.metadata.resourceVersion}`)
      yield* run.merge(`${v1}/a`, { spec: { size: 2 } })
      yield* watch.take(1)
      yield* run.get(run.at("widgets", `${run.group}/v3`))
      yield* run.get(`/apis/${run.group}`)
      yield* run.get(`/apis/${run.group}/v3`)
    }),
    scenario("a deprecated version warns (S44)", function*(run) {
      const old = version({ size: { type: "integer" } }, { deprecated: true, deprecationWarning: "use something else" })
      yield* run.define(definition(run, "Widget", [old]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a"))
      yield* run.get(`${path}/a`)
      yield* run.get(path)
      yield* run.merge(`${path}/a`, { spec: { size: 2 } })
      yield* run.delete(`${path}/a`)
    }),
    scenario("cluster-scoped custom resources (S44)", function*(run) {
      yield* run.define(definition(run, "Widget", [version({ size: { type: "integer" } })], { scope: "Cluster" }))
      const path = `/apis/${run.group}/v1/widgets`
      yield* run.post(path, widget(run, "a"))
      yield* run.get(`${path}/a`)
      yield* run.post(path, widget(run, "b", { size: 1 }, { namespace: "default" }))
      yield* run.get(run.at("widgets", `${run.group}/v1`))
      yield* run.post(run.at("widgets", `${run.group}/v1`), widget(run, "c"))
      yield* run.delete(`${path}/a`)
    }),
    scenario("deleting a definition deletes its objects (S44)", function*(run) {
      yield* run.define(widgets(run))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a"))
      yield* run.delete(`${definitions}/widgets.${run.group}`, undefined, {
        show: ({ kind, metadata: { deletionTimestamp, finalizers } }) => ({ kind, finalizers, deletionTimestamp })
      })
      yield* run.until(`${definitions}/widgets.${run.group}`, ({ status }) => status === 404)
      yield* run.until(path, ({ status }) => status === 404)
    }),
    scenario("a changed schema holds for new writes and fills in defaults of old objects (S45)", function*(run) {
      const made = widgets(run)
      yield* run.define(made)
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { size: 2 }))
      yield* run.merge(`${definitions}/widgets.${run.group}`, {
        spec: {
          versions: [version({ size: { type: "integer", maximum: 1 }, added: { type: "string", default: "new" } })]
        }
      }, { show: ({ metadata: { generation } }) => generation })
      yield* run.until(`${path}/a`, ({ body }) => body.spec.added !== undefined)
      yield* run.merge(`${path}/a`, { metadata: { labels: { l: "1" } } })
      yield* run.merge(`${path}/a`, { spec: { size: 3 } })
    }),
    scenario("rules of a schema (S47)", function*(run) {
      const ruled = version({ low: { type: "integer" }, high: { type: "integer" }, fixed: { type: "string" } })
      ruled.schema.openAPIV3Schema.properties.spec["x-kubernetes-validations"] = [
        { rule: "self.low <= self.high", message: "low must not exceed high" },
        {
          rule: "!has(oldSelf.fixed) || self.fixed == oldSelf.fixed",
          reason: "FieldValueForbidden",
          fieldPath: ".fixed"
        }
      ]
      const made = definition(run, "Widget", [ruled])
      yield* run.request("POST", definitions, { body: made, show: (body) => body.reason ?? body.kind })
      yield* run.until(
        `${definitions}/widgets.${run.group}`,
        ({ status, body }) => status === 404 || condition("Established")({ body })
      )
    }),
    scenario("embedded resources are checked (S46)", function*(run) {
      const embedding = version({
        template: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true
        }
      })
      yield* run.define(definition(run, "Widget", [embedding]))
      const path = run.at("widgets", `${run.group}/v1`)
      const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", unknown: 1 }, data: { k: "v" } }
      yield* run.post(path, widget(run, "a", { template }))
      yield* run.post(path, widget(run, "b", { template: { metadata: { name: "x" } } }))
      yield* run.post(path, widget(run, "c", { template: { ...template, metadata: { labels: { "bad key": "x" } } } }))
    }),
    scenario("a definition cannot be replaced without a resourceVersion (S4)", function*(run) {
      const made = widgets(run)
      yield* run.define(made)
      const path = `${definitions}/widgets.${run.group}`
      yield* run.put(path, made, { show: ({ code, message, details }) => ({ code, message, details }) })
      yield* run.put(path, { ...made, metadata: { ...made.metadata, resourceVersion: "1" } })
    })
  ]
}
