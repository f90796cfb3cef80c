/** Rules for which a definition is refused: those that do not compile, cost too much, or cannot be asked. */
import { bounded, causes, definitions, numbers, ownCauses, refused, rule, ruled, texts } from "./ruled.js"
import { type Area, type Json, scenario } from "./scenario.js"
import { widget } from "./widgets.js"

export const celDefinitions: Area = {
  name: "celDefinitions",
  scenarios: [
    refused("rules about changes are refused where items cannot be followed (S47)", {
      list: { ...numbers, items: { type: "integer", "x-kubernetes-validations": [rule("self == oldSelf")] } }
    }, []),
    refused("rules about changes are refused deep inside of what cannot be followed (S47)", {
      list: {
        type: "array",
        maxItems: 5,
        items: {
          type: "object",
          properties: { a: { type: "integer", "x-kubernetes-validations": [rule("self == oldSelf")] } }
        }
      }
    }, []),
    refused("fields of rules are checked (S47)", {
      name: bounded,
      map: { type: "object", additionalProperties: bounded }
    }, [
      rule(""),
      rule("  "),
      { rule: "true", message: "  " },
      { rule: "true", message: "a\nb" },
      rule("true &&\ntrue"),
      { rule: "true", messageExpression: "  " },
      { rule: "true", reason: "FieldValueTypeInvalid" },
      { rule: "true", fieldPath: " " },
      { rule: "true", fieldPath: ".other" },
      { rule: "true", fieldPath: "name" },
      { rule: "true", fieldPath: ".name\n" },
      { rule: "true", fieldPath: ".map.x.y" },
      { rule: "true", fieldPath: ".map[x]" },
      { rule: "true", fieldPath: ".map['x" }
    ]),
    refused(
      "rules that do not compile are refused (S47)",
      {
        size: { type: "integer" },
        name: bounded,
        list: texts,
        either: { "x-kubernetes-int-or-string": true },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        any: { "x-kubernetes-preserve-unknown-fields": true },
        object: { type: "object", properties: { inner: bounded } }
      },
      [
        rule("self.other == 1"),
        rule("self.size == 'x'"),
        rule("self.size"),
        rule("other"),
        rule("self.size + self.name == 'x'"),
        rule("self.name.nothing()"),
        rule("nothing(self.name)"),
        rule("self.list.all(x, x > 1)"),
        rule("self.size.all(x, true)"),
        rule("self.free.x == 1"),
        rule("has(self.any)"),
        rule("has(self.object.other)"),
        rule("self.size.field == 1"),
        rule("self.object == 1"),
        rule("self.list == [1]"),
        rule("self.name.startsWith(1)"),
        rule("size(self.size) == 1"),
        rule("self.either == 1 && self.either == 'x' && self.size > 'a'"),
        { rule: "true", messageExpression: "self.size" },
        { rule: "true", messageExpression: "self.other" },
        { rule: "true", optionalOldSelf: true },
        { rule: "self == oldSelf", optionalOldSelf: true },
        rule("self.list.exists(1, true)"),
        rule("has(self)"),
        rule("[1, 'a'].size() == 2"),
        rule("{'a': 1, 'b': 'c'}.size() == 2"),
        rule("self.name.matches('[')"),
        rule("duration('x') == duration('1s')"),
        rule("timestamp('x') == timestamp('x')"),
        rule("'%d'.format([self.name]) == 'x'"),
        rule("'%s %s'.format([self.name]) == 'x'"),
        rule("'%s'.format([self.name, 1]) == 'x'"),
        rule("'%y'.format([self.name]) == 'x'"),
        rule("self.size == 1.0"),
        rule("self.size < 1.5 || self.size > 1u || self.size in [1.0]"),
        rule("!self.name && self.size"),
        rule("self.size ? true : false"),
        rule("true ? 1 : 'a'"),
        rule("-self.name == 'x'"),
        rule("quantity(self.size).isInteger()"),
        rule("math.greatest(1, 2) == 2"),
        rule("base64.encode(b'x') == 'x'"),
        rule("self.name.reverse() == 'x'"),
        rule("cel.bind(x, 1, x == 1)"),
        rule("self.list.all(i, i, true)"),
        rule("self.list[self.name] == 'x'"),
        rule("self.?object.inner.orValue(1) == 'x'"),
        rule("self == 1\n|| self.nope == 2")
      ].map((each) => (each.rule.includes("\n") ? { ...each, message: "several lines" } : each))
    ),
    refused("constants that cannot be are refused (S47)", { size: { type: "integer" }, n: numbers, t: texts }, [
      rule("int(1e30) == 1"),
      rule("int('x') == 1"),
      rule("int('99999999999999999999') == 1"),
      rule("double('x') == 1.0"),
      rule("bool('x')"),
      rule("uint('-1') == 1u"),
      rule("string(b'\\xff') == 'x'"),
      rule("1 / 0 == 1"),
      rule("9223372036854775807 + 1 == 1"),
      rule("timestamp(99999999999999) == timestamp(1)"),
      rule("duration('9000000h') == duration('1s')"),
      rule("quantity('x') == quantity('1')"),
      rule("'x'.find('[') == 'x'"),
      rule("'x'.findAll('(') == ['x']"),
      rule("['a'][5] == 'a'"),
      rule("{'a': 1}['b'] == 1"),
      rule("lists.range(-1) == [1]"),
      rule("self.n.flatten(-1) == [1]"),
      rule("99999999999999999999 == 1"),
      rule("1e999 == 1.0"),
      { rule: "false", messageExpression: "string(b'\\xff')" }
    ]),
    refused("expressions whose size nobody knows are too expensive (S47)", {
      i: { type: "integer" },
      s: bounded,
      t: texts,
      open: { type: "string" }
    }, [
      rule("'a' + string(self.i) == 'b'"),
      rule("self.s.charAt(0) + self.s == 'b'"),
      rule("{'a': 1}.transformList(k, v, k).sort() == ['a']"),
      rule("lists.range(self.i).size() == 1"),
      rule("self.t.slice(-1, 1).size() == 1"),
      rule("self.t.slice(2, 1).size() == 1"),
      rule("self.?s.optMap(v, v + '!').orValue('none') == 'x'"),
      rule("self.open.replace('a', 'bb') == self.open"),
      rule("self.t.join('-') == self.s"),
      rule("self.open.split(',').all(x, x == 'a')"),
      rule("self.t.map(x, x + 'a').all(y, y == 'b')"),
      rule("self.open.lowerAscii().contains(self.open)")
    ], ownCauses),
    scenario("syntax errors of rules are refused (S47)", function*(run) {
      for (
        const text of [
          "self.size ==",
          "self.size = 1",
          "(self.size == 1",
          "self.if == 1",
          "",
          "'abc",
          "self.size == 1)"
        ]
      ) {
        yield* run.post(definitions, ruled(run, { size: { type: "integer" } }, [rule(text)]), {
          show: ({ details, reason }) => ({
            reason,
            causes: details.causes.map((cause: Json) => ({
              ...cause,
              message: cause.message.replace(/(Syntax error:).*/s, "$1 …").replace(/:\d+:\d+:/, ":")
            }))
          })
        })
      }
    }),
    scenario("defaults must keep the rules (S45, S47)", function*(run) {
      const field = { type: "integer", default: 5, "x-kubernetes-validations": [rule("self < 3")] }
      yield* run.post(definitions, ruled(run, { size: field }, []), { show: causes })
      yield* run.define(ruled(run, { size: { type: "integer", default: 5 } }, [rule("self.size > 3")]))
      const path = run.at("widgets", `${run.group}/v1`)
      yield* run.post(path, widget(run, "a", {}))
      yield* run.post(path, widget(run, "b", { size: 2 }))
    }),
    refused("rules that could be too expensive are refused (S47)", {
      list: {
        type: "array",
        items: { type: "array", items: { type: "array", items: { type: "string" } } },
        "x-kubernetes-validations": [rule("self.all(x, x.all(y, y.all(z, z == 'a')))")]
      }
    }, []),
    scenario("the cost of a rule depends on limits (S47)", function*(run) {
      const item = (maximum: Json, rules: ReadonlyArray<Json>) => ({
        list: { type: "array", ...maximum, items: { type: "string", maxLength: 10 }, "x-kubernetes-validations": rules }
      })
      const attempt = (properties: Json) => run.post(definitions, ruled(run, properties, []), { show: causes })
      yield* attempt(item({}, [rule("self.all(x, self.all(y, x == y))")]))
      yield* attempt(item({ maxItems: 10000 }, [rule("self.all(x, self.exists_one(y, x == y))")]))
      yield* attempt(item({ maxItems: 1300 }, [rule("self.all(x, self.all(y, x == y))")]))
      yield* attempt({
        name: { type: "string", "x-kubernetes-validations": [rule("self.matches('^(a|b|c|d|e|f)*$')")] }
      })
      yield* attempt({
        names: {
          type: "array",
          items: { type: "string", "x-kubernetes-validations": [rule("self.contains('abc')")] }
        }
      })
      yield* attempt({
        a: {
          type: "string",
          maxLength: 300000,
          "x-kubernetes-validations": [rule("self.matches('^[a-z0-9]+[a-z]+$')")]
        }
      })
      yield* attempt({
        m: {
          type: "object",
          additionalProperties: { type: "string" },
          "x-kubernetes-validations": [rule("self.all(k, self[k].contains(k))")]
        }
      })
      yield* attempt({
        q: { type: "string", "x-kubernetes-validations": [rule("quantity(self) != quantity('1')")] }
      })
      yield* attempt({
        s: {
          type: "array",
          items: { type: "string" },
          "x-kubernetes-validations": [rule("self.sort() == self"), rule("self.join(',').size() < 5")]
        }
      })
    }),
    scenario("a rule that costs too much for an object stops there (S47)", function*(run) {
      yield* run.define(ruled(run, {
        list: { type: "array", maxItems: 900, items: { type: "integer" } }
      }, [rule("self.list.all(x, self.list.all(y, x < y + 1000000))"), rule("self.list.size() < 10")]))
      const path = run.at("widgets", `${run.group}/v1`)
      const list = (length: number) => Array.from({ length }, (_, index) => index)
      yield* run.post(path, widget(run, "a", { list: list(20) }), { show: causes })
      yield* run.post(path, widget(run, "b", { list: list(900) }), { show: causes })
    }),
    scenario("a changed rule holds, a wrong one is refused in an update, too (S47)", function*(run) {
      const made = ruled(run, { size: { type: "integer" } }, [rule("self.size < 5")])
      yield* run.define(made)
      const path = `${definitions}/widgets.${run.group}`
      const wrong = ruled(run, { size: { type: "integer" } }, [rule("self.other < 5")])
      yield* run.merge(path, { spec: { versions: wrong.spec.versions } }, { show: causes })
      yield* run.post(run.at("widgets", `${run.group}/v1`), widget(run, "a", { size: 7 }), { show: causes })
    })
  ]
}
