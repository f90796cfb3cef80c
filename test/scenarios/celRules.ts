/** Rules of CustomResourceDefinitions, written in CEL: when they are asked, and what their refusals say. */
import { bounded, causes, definitions, numbers, rule, ruled, texts } from "./ruled.js"
import { type Area, type Json, scenario } from "./scenario.js"
import { definition, version, widget } from "./widgets.js"

export const celRules: Area = {
  name: "celRules",
  scenarios: [
    scenario("a rule that fails is a cause with its text, its message or its reason (S47, S57)", function*(run) {
      yield* run.define(ruled(run, { low: { type: "integer" }, high: { type: "integer" }, name: bounded }, [
        rule("self.low <= self.high"),
        { rule: "self.high < 100", message: "high must be small" },
        { rule: "self.low > 0", reason: "FieldValueForbidden", fieldPath: ".low" },
        { rule: "!has(self.name) || self.name != 'x'", reason: "FieldValueRequired", fieldPath: ".name" },
        { rule: "self.low != 7", reason: "FieldValueDuplicate", message: "  seven is taken  " },
        { rule: "self.low != 8", messageExpression: "'low is %d'.format([self.low])" },
        { rule: "self.low != 9", message: "given", messageExpression: "'made for %d'.format([self.high])" }
      ]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { low: 1, high: 2 }))
      yield* run.post(path, widget(run, "b", { low: 5, high: 2 }))
      yield* run.post(path, widget(run, "b", { low: -1, high: 200, name: "x" }))
      yield* run.post(path, widget(run, "b", { low: 7, high: 9 }))
      yield* run.post(path, widget(run, "b", { low: 8, high: 9 }))
      yield* run.post(path, widget(run, "b", { low: 9, high: 9 }))
      yield* run.post(path, widget(run, "b", { high: 9 }))
      yield* run.merge(`${path}/a`, { spec: { low: 3 } })
    }),
    scenario("rules are asked only when the schema has nothing to say against it (S45, S47)", function*(run) {
      yield* run.define(ruled(
        run,
        {
          size: { type: "integer", maximum: 5 },
          name: { type: "string", maxLength: 3 },
          tags: { ...texts, "x-kubernetes-list-type": "set" }
        },
        [rule("self.size != 3")],
        { required: ["size"] }
      ))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { size: "x" }))
      yield* run.post(path, widget(run, "a", {}))
      yield* run.post(path, widget(run, "a", { size: 3, name: "long" }))
      yield* run.post(path, widget(run, "a", { size: 9 }))
      yield* run.post(path, widget(run, "a", { size: 3, tags: ["a", "a"] }))
      yield* run.post(path, widget(run, "Bad Name", { size: 3 }))
    }),
    scenario("paths of causes name items, keys and fields (S47)", function*(run) {
      yield* run.define(ruled(run, {
        list: { ...numbers, items: { type: "integer", "x-kubernetes-validations": [rule("self < 10")] } },
        map: {
          type: "object",
          maxProperties: 5,
          additionalProperties: { ...bounded, "x-kubernetes-validations": [rule("self.startsWith('a')")] }
        },
        flag: { type: "boolean", "x-kubernetes-validations": [rule("self")] },
        number: { type: "number", "x-kubernetes-validations": [rule("self < 1.5")] },
        object: {
          type: "object",
          properties: { "a.b-c/d": { type: "string" }, in: { type: "string" }, "x__y": { type: "string" } },
          "x-kubernetes-validations": [
            rule("!has(self.a__dot__b__dash__c__slash__d) || self.a__dot__b__dash__c__slash__d == 'x'"),
            { rule: "!has(self.__in__) || self.__in__ == 'x'", fieldPath: ".in" },
            { rule: "!has(self.x__underscores__y) || self.x__underscores__y == 'x'", fieldPath: "['a.b-c/d']" }
          ]
        }
      }, []))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { list: [1, 10, 3, 20] }), { show: causes })
      yield* run.post(path, widget(run, "a", { map: { b: "b", a: "a" } }), { show: causes })
      yield* run.post(path, widget(run, "a", { flag: false }), { show: causes })
      yield* run.post(path, widget(run, "a", { number: 1.75 }), { show: causes })
      yield* run.post(path, widget(run, "a", { object: { "a.b-c/d": "y", in: "y", "x__y": "y" } }), { show: causes })
    }),
    scenario("rules of the whole object see its kind and name (S47)", function*(run) {
      const made = version({ size: { type: "integer" } })
      made.schema.openAPIV3Schema["x-kubernetes-validations"] = [
        rule("self.metadata.name.startsWith('w')"),
        rule("self.kind == 'Widget' && self.apiVersion.endsWith('/v1')"),
        { rule: "self.metadata.name != 'with-path'", fieldPath: ".spec.size", message: "no" },
        {
          rule: "!has(self.spec.size) || self.spec.size < 5",
          messageExpression: "self.metadata.name + ' is too large'"
        }
      ]
      yield* run.define(definition(run, "Widget", [made]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "w"))
      yield* run.post(path, widget(run, "a"))
      yield* run.post(path, widget(run, "with-path"))
      yield* run.post(path, widget(run, "wide", { size: 9 }))
      made.schema.openAPIV3Schema["x-kubernetes-validations"] = [
        rule("self.metadata.namespace == 'x'"),
        rule("has(self.metadata.labels)"),
        rule("self.status.phase == 'x'")
      ]
      yield* run.post(definitions, definition(run, "Gadget", [made]), { show: causes })
    }),
    scenario("rules about changes are asked of updates only (S47)", function*(run) {
      yield* run.define(ruled(run, {
        fixed: { ...bounded, "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed is fixed" }] },
        size: { type: "integer" },
        optional: {
          type: "integer",
          "x-kubernetes-validations": [
            { rule: "oldSelf.hasValue() ? self > oldSelf.value() : self == 1", optionalOldSelf: true }
          ]
        }
      }, [
        { rule: "!has(oldSelf.fixed) || has(self.fixed)", message: "fixed stays", fieldPath: ".fixed" },
        { rule: "self.size >= oldSelf.size", reason: "FieldValueForbidden", fieldPath: ".size" }
      ]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { fixed: "x", size: 2, optional: 1 }))
      yield* run.post(path, widget(run, "b", { optional: 2 }))
      yield* run.merge(`${path}/a`, { spec: { fixed: "y" } })
      yield* run.merge(`${path}/a`, { spec: { fixed: null } })
      yield* run.merge(`${path}/a`, { spec: { size: 1 } })
      yield* run.merge(`${path}/a`, { spec: { optional: 1 } })
      yield* run.merge(`${path}/a`, { metadata: { labels: { a: "b" } } })
      yield* run.merge(`${path}/a`, { spec: { size: 3, optional: 5 } })
      yield* run.merge(`${path}/a`, { spec: null })
    }),
    scenario("items with keys are followed through an update, others are not (S47)", function*(run) {
      const item = { type: "object", required: ["name"], properties: { name: bounded, value: { type: "integer" } } }
      yield* run.define(ruled(run, {
        list: {
          type: "array",
          maxItems: 5,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: { ...item, "x-kubernetes-validations": [{ rule: "self.value >= oldSelf.value", message: "it grows" }] }
        },
        map: {
          type: "object",
          maxProperties: 5,
          additionalProperties: {
            type: "integer",
            "x-kubernetes-validations": [{ rule: "self >= oldSelf", message: "it grows" }]
          }
        }
      }, []))
      const path = run.at("widgets", `${run.group}/v1`)
      const list = [{ name: "a", value: 5 }, { name: "b", value: 6 }]
      yield* run.post(path, widget(run, "a", { list, map: { x: 5 } }))
      yield* run.merge(`${path}/a`, { spec: { list: [{ name: "c", value: 1 }, { name: "b", value: 7 }] } })
      yield* run.merge(`${path}/a`, { spec: { list: [{ name: "b", value: 2 }, { name: "c", value: 0 }] } })
      yield* run.merge(`${path}/a`, { spec: { map: { x: 1, y: 1 } } })
      yield* run.merge(`${path}/a`, { spec: { map: { y: 1 } } })
    }),
    scenario("a message that cannot be made falls back (S47)", function*(run) {
      yield* run.define(ruled(run, { name: bounded, list: texts }, [
        { rule: "self.name != 'a'", messageExpression: "self.list[5]" },
        { rule: "self.name != 'a'", message: "fallback", messageExpression: "self.list[5]" },
        { rule: "self.name != 'a'", messageExpression: "'  '" },
        { rule: "self.name != 'a'", message: "no lines", messageExpression: "'a\\nb'" },
        { rule: "self.name != 'a'", messageExpression: "'  trimmed  '" }
      ]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { name: "a", list: [] }))
    }),
    scenario("what has failed before is warned of, not refused (S47)", function*(run) {
      const made = (rules: Json) =>
        version({
          size: { type: "integer" },
          ...(rules.part === undefined ? {} : { filled: { type: "string", default: "yes" } }),
          part: { type: "object", properties: { a: { type: "integer" } }, "x-kubernetes-validations": rules.part },
          list: { ...numbers, items: { type: "integer", "x-kubernetes-validations": rules.item } }
        })
      yield* run.define(definition(run, "Widget", [made({})]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", { size: 1, part: { a: 5 }, list: [50, 1] }))
      const versions = [made({ part: [rule("self.a < 3")], item: [rule("self < 10")] })]
      versions[0].schema.openAPIV3Schema.properties.spec["x-kubernetes-validations"] = [rule("self.size > 4")]
      yield* run.merge(`${definitions}/widgets.${run.group}`, { spec: { versions } }, { show: ({ kind }) => kind })
      // The new schema is in force once its default is filled in.
      yield* run.until(`${path}/a`, ({ body }) => body.spec.filled !== undefined)
      yield* run.merge(`${path}/a`, { spec: { size: 2 } }, { show: ({ code }) => code })
      yield* run.merge(`${path}/a`, { spec: { size: 5, part: { a: 6 } } })
      yield* run.merge(`${path}/a`, { spec: { size: 5, part: { a: 2 } } })
      yield* run.merge(`${path}/a`, { metadata: { labels: { l: "1" } } })
      yield* run.merge(`${path}/a`, { spec: { list: [1, 50] } })
    }),
    scenario("rules of the status are asked at its endpoint, too (S47, S48)", function*(run) {
      const made = version({ size: { type: "integer" } })
      made.schema.openAPIV3Schema.properties.status = {
        type: "object",
        properties: { ready: { type: "integer" } },
        "x-kubernetes-validations": [{ rule: "self.ready >= 0", message: "not below zero" }]
      }
      made.schema.openAPIV3Schema["x-kubernetes-validations"] = [
        { rule: "!has(self.status) || self.status.ready <= self.spec.size", message: "not more than size" }
      ]
      yield* run.define(definition(run, "Widget", [made]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, { ...widget(run, "a", { size: 3 }), status: { ready: -1 } })
      yield* run.merge(`${path}/a/status`, { status: { ready: -1 } })
      yield* run.merge(`${path}/a/status`, { status: { ready: 4 } })
      yield* run.merge(`${path}/a/status`, { status: { ready: 3 } })
      yield* run.merge(`${path}/a`, { spec: { size: 1 } })
    }),
    scenario("embedded resources show their kind and name to rules (S46, S47)", function*(run) {
      const embedded = {
        type: "object",
        "x-kubernetes-embedded-resource": true,
        "x-kubernetes-preserve-unknown-fields": true,
        "x-kubernetes-validations": [
          rule("self.kind == 'ConfigMap' && self.metadata.name == 'x'")
        ]
      }
      yield* run.define(ruled(run, { template: embedded }, []))
      const path = run.at("widgets", `${run.group}/v1`)
      const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data: { a: "b" } }
      yield* run.post(path, widget(run, "a", { template }))
      yield* run.post(path, widget(run, "b", { template: { ...template, metadata: { name: "y" } } }), { show: causes })
      yield* run.post(
        definitions,
        definition(run, "Gadget", [version({
          template: { ...embedded, "x-kubernetes-validations": [rule("self.data.a == 'b'")] }
        })]),
        { show: causes }
      )
    })
  ]
}
