import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal, FastCheck as fc, Hash } from "effect"
import * as Selector from "../../src/protocol/Selector.js"

const read = (text: string): Selector.LabelSelector => Effect.runSync(Selector.parseLabels(text))
const readFields = (text: string): Selector.FieldSelector => Effect.runSync(Selector.parseFields(text))

describe("label selectors: text", () => {
  const table: ReadonlyArray<readonly [string, string]> = [
    ["", ""],
    [" \t\r\n ", ""],
    ["a", "a"],
    ["!a", "!a"],
    ["! a , b", "!a,b"],
    ["a=b", "a=b"],
    ["a==b", "a=b"],
    ["a = b", "a=b"],
    ["a!=b", "a!=b"],
    ["a=", "a="],
    ["a=,b", "a=,b"],
    ["a!=", "a!="],
    ["a in (b)", "a=b"],
    ["a in (c,b,c)", "a in (b,c)"],
    ["a in(b,c)", "a in (b,c)"],
    ["a notin (b)", "a!=b"],
    ["a notin (c, b)", "a notin (b,c)"],
    ["a in ()", "a="],
    ["a in (,)", "a="],
    ["a in (b,)", "a in (,b)"],
    ["a in (b,,c)", "a in (,b,c)"],
    ["a>5", "a>5"],
    ["a < 007", "a<007"],
    ["b=2,a=1", "a=1,b=2"],
    ["a=1,a=1", "a=1"],
    ["a,!a", "!a,a"],
    ["in in (in,notin)", "in in (in,notin)"],
    ["notin=in", "notin=in"],
    ["!in,x=notin", "!in,x=notin"],
    ["example.com/a_B.c-D=1", "example.com/a_B.c-D=1"]
  ]
  for (const [text, canonical] of table) {
    it(`${JSON.stringify(text)} is read, and written ${JSON.stringify(canonical)} (S42)`, () => {
      assert.strictEqual(Selector.print(read(text)), canonical)
      assert.strictEqual(Selector.print(read(canonical)), canonical)
    })
  }

  const refused: ReadonlyArray<readonly [string, number, string, string]> = [
    [",", 0, ",", "a label key or \"!\""],
    ["a,", 2, "", "a label key or \"!\""],
    ["a,,b", 2, ",", "a label key or \"!\""],
    ["!", 1, "", "a label key"],
    ["!!a", 1, "!", "a label key"],
    ["!a=b", 2, "=", "\",\" or the end"],
    ["a b", 2, "b", "an operator"],
    ["a !b", 2, "!", "an operator"],
    ["a=b c", 4, "c", "\",\" or the end"],
    ["a=(b)", 2, "(", "a value"],
    ["a>=5", 2, "=", "a value"],
    ["a===b", 3, "=", "a value"],
    ["a in b", 5, "b", "\"(\""],
    ["a in (b", 7, "", "\",\" or \")\""],
    ["a in (", 6, "", "a value"],
    ["a in (b c)", 8, "c", "\",\" or \")\""],
    ["a in (b))", 8, ")", "\",\" or the end"],
    ["a in (=)", 6, "=", "a value"],
    ["a>", 2, "", "an integer"],
    ["a>x", 2, "x", "an integer"],
    ["a>9223372036854775808", 2, "9223372036854775808", "an integer of 64 bits"],
    ["a>-5", 2, "-5", "a label value"],
    ["-a", 0, "-a", "a label key"],
    ["a/b/c", 0, "a/b/c", "a label key"],
    ["/a", 0, "/a", "a label key whose prefix"],
    ["A.com/a", 0, "A.com/a", "a label key whose prefix"],
    ["a, b=c/d", 5, "c/d", "a label value"],
    ["a=é", 2, "é", "a label value"],
    [`a=${"x".repeat(64)}`, 2, "x".repeat(64), "at most 63"],
    [`${"x".repeat(64)}=a`, 0, "x".repeat(64), "at most 63"],
    [`${"x".repeat(254)}/a`, 0, `${"x".repeat(254)}/a`, "at most 253"]
  ]
  for (const [text, position, found, expected] of refused) {
    it(`${JSON.stringify(text)} is refused at ${position}, with what was expected there (S42)`, () => {
      const error = Effect.runSync(Effect.flip(Selector.parseLabels(text)))
      assert.strictEqual(error._tag, "KubeSelectorError")
      assert.deepStrictEqual([error.input, error.position, error.found], [text, position, found])
      assert.include(error.expected, expected)
      assert.include(error.message, `at ${position}`)
    })
  }
})

describe("label selectors: matching", () => {
  const labels = { app: "web", tier: "", n: "7", big: "9223372036854775807", word: "x" }
  const table: ReadonlyArray<readonly [string, boolean]> = [
    ["", true],
    ["app", true],
    ["!app", false],
    ["other", false],
    ["!other", true],
    ["app=web", true],
    ["app=other", false],
    ["other=web", false],
    ["app!=web", false],
    ["app!=other", true],
    ["other!=web", true],
    ["app in (web,db)", true],
    ["app in (db)", false],
    ["other in (web)", false],
    ["app notin (db)", true],
    ["app notin (web,db)", false],
    ["other notin (web)", true],
    ["tier=", true],
    ["tier!=", false],
    ["other=", false],
    ["n>6", true],
    ["n>7", false],
    ["n<8", true],
    ["n<007", false],
    ["n>006", true],
    ["big>9223372036854775806", true],
    ["big<9223372036854775807", false],
    ["word>1", false],
    ["word<1", false],
    ["tier>1", false],
    ["other<1", false],
    ["app=web,n>8", false],
    ["app=web,n<8", true],
    ["constructor", false],
    ["!toString", true],
    ["constructor!=x", true]
  ]
  for (const [text, expected] of table) {
    it(`${JSON.stringify(text)} ${expected ? "selects" : "does not select"} ${JSON.stringify(labels)} (S42)`, () => {
      assert.strictEqual(Selector.matches(read(text), labels), expected)
    })
  }

  it("an object without labels is selected by what asks for absence only (S42)", () => {
    assert.isTrue(Selector.matches(read("!a,b!=c,d notin (e)"), undefined))
    assert.isFalse(Selector.matches(read("a"), undefined))
  })
})

describe("label selectors: builder", () => {
  const built: ReadonlyArray<readonly [string, Selector.LabelSelector]> = [
    ["", Selector.labels({})],
    ["app=web,tier=", Selector.labels({ tier: "", app: "web" })],
    ["a=b", Selector.equals("a", "b")],
    ["a!=b", Selector.notEquals("a", "b")],
    ["a", Selector.exists("a")],
    ["!a", Selector.notExists("a")],
    ["a in (b,c)", Selector.in("a", ["c", "b", "c"])],
    ["a=b", Selector.in("a", ["b"])],
    ["a notin (b,c)", Selector.notIn("a", ["c", "b"])],
    ["a>5", Selector.greaterThan("a", 5)],
    ["a<9007199254740993", Selector.lessThan("a", 9007199254740993n)],
    ["!b,a=1", Selector.labels({ a: "1" }).pipe(Selector.and(Selector.notExists("b")))],
    ["a=1", Selector.and(Selector.labels({ a: "1" }), Selector.labels({ a: "1" }))]
  ]
  for (const [text, selector] of built) {
    it(`builds ${JSON.stringify(text)}, equal to what the parser reads (S42)`, () => {
      assert.strictEqual(`${selector}`, text)
      assert.strictEqual(JSON.stringify({ selector }), JSON.stringify({ selector: text }))
      assert.isTrue(Equal.equals(selector, read(text)))
      assert.strictEqual(Hash.hash(selector), Hash.hash(read(text)))
    })
  }

  it("what would be read as another selector cannot be built (S42)", () => {
    for (
      const build of [
        () => Selector.labels({ app: "a,b" }),
        () => Selector.labels({ "app=a": "b" }),
        () => Selector.equals("!app", "b"),
        () => Selector.exists(""),
        () => Selector.in("a", []),
        () => Selector.in("a", ["b", "c)"]),
        () => Selector.greaterThan("a", 1.5),
        () => Selector.lessThan("a", -1),
        () => Selector.lessThan("a", Number.NaN)
      ]
    ) {
      assert.throws(build, Selector.SelectorError)
    }
  })

  it("conditions that are data give a failure as a value, naming what is wrong (S42)", () => {
    const error = Effect.runSync(Effect.flip(Selector.make([{ key: "a", operator: "Exists", values: ["b"] }])))
    assert.strictEqual(
      error.message,
      "label selector \"a Exists (b)\", at 0: expected no values for Exists, found \"a Exists (b)\""
    )
    assert.isTrue(Effect.runSync(Effect.isFailure(Selector.make([{ key: "a", operator: "In", values: [] }]))))
    assert.isTrue(
      Effect.runSync(Effect.isFailure(Selector.make([{ key: "a", operator: "LessThan", values: ["1", "2"] }])))
    )
    assert.isTrue(Effect.runSync(Effect.isFailure(Selector.make([{ key: "a b", operator: "Exists", values: [] }]))))
  })

  it("selectors are told apart by what they ask and by their kind", () => {
    assert.isFalse(Equal.equals(Selector.exists("a"), Selector.notExists("a")))
    assert.isFalse(Equal.equals<unknown, unknown>(Selector.equals("a", "b"), Selector.fields({ a: "b" })))
  })
})

describe("label selectors: of objects", () => {
  it("labels and expressions all have to hold; an empty one selects everything (S42)", () => {
    const selector = Effect.runSync(Selector.fromLabelSelector({
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["a", "b"] },
        { key: "old", operator: "DoesNotExist" },
        { key: "zone", operator: "Exists", values: [] },
        { key: "x", operator: "NotIn", values: ["y"] }
      ]
    }))
    assert.strictEqual(Selector.print(selector), "!old,app=web,tier in (a,b),x!=y,zone")
    assert.strictEqual(Selector.print(Effect.runSync(Selector.fromLabelSelector({}))), "")
  })

  it("what the server refuses is refused, with the reason (S42)", () => {
    const issue = (object: Selector.LabelSelectorObject) =>
      Effect.runSync(Effect.flip(Selector.fromLabelSelector(object))).message
    assert.include(
      issue({ matchExpressions: [{ key: "a", operator: "Gt", values: ["1"] }] }),
      "In, NotIn, Exists or DoesNotExist"
    )
    assert.include(issue({ matchExpressions: [{ key: "a", operator: "In" }] }), "one or more values for In")
    assert.include(
      issue({ matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] }),
      "no values for Exists"
    )
    assert.include(issue({ matchLabels: { "a b": "c" } }), "a label key")
  })
})

const word = fc.constantFrom("a", "b", "in", "notin", "a.b", "x-1", "5", "007", "42")
const key = fc.oneof(word, fc.constantFrom("example.com/a", "k8s.io/in"))
const value = fc.oneof(word, fc.constant(""))
const labelSelector = fc.array(
  fc.oneof(
    fc.record({ key, operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const), values: fc.constant([]) }),
    fc.record({
      key,
      operator: fc.constantFrom("In" as const, "NotIn" as const),
      values: fc.array(value, { minLength: 1, maxLength: 4 })
    }),
    fc.record({
      key,
      operator: fc.constantFrom("GreaterThan" as const, "LessThan" as const),
      values: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map((bound) => [bound.toString()])
    })
  ),
  { maxLength: 5 }
).map((requirements) => Effect.runSync(Selector.make(requirements)))
const labels = fc.dictionary(key, value)

describe("label selectors: laws", () => {
  it.prop("what is written is read back the same (S42)", [labelSelector], ([selector]) => {
    assert.isTrue(Equal.equals(read(Selector.print(selector)), selector))
  })

  it.prop(
    "both of two selectors is what each of them selects (S42)",
    [labelSelector, labelSelector, labels],
    ([self, that, set]) => {
      assert.strictEqual(
        Selector.matches(Selector.and(self, that), set),
        Selector.matches(self, set) && Selector.matches(that, set)
      )
      assert.isTrue(Equal.equals(Selector.and(self, that), Selector.and(that, self)))
      assert.isTrue(Equal.equals(Selector.and(self, self), self))
    }
  )

  it.prop("in and notin, exists and its opposite, part all objects in two (S42)", [
    key,
    fc.array(value, { minLength: 1 }),
    labels
  ], (
    [name, values, set]
  ) => {
    assert.notStrictEqual(
      Selector.matches(Selector.in(name, values), set),
      Selector.matches(Selector.notIn(name, values), set)
    )
    assert.notStrictEqual(Selector.matches(Selector.exists(name), set), Selector.matches(Selector.notExists(name), set))
  })

  it.prop("any text is read or refused with a place inside it (S42)", [
    fc.array(fc.constantFrom("a", "in", "notin", "(", ")", ",", "!", "=", "==", "!=", "<", ">", " ", "5", "é", "\\"), {
      maxLength: 12
    })
  ], ([pieces]) => {
    const text = pieces.join("")
    Effect.runSync(Effect.match(Selector.parseLabels(text), {
      onFailure: (error) => {
        assert.isAtLeast(error.position, 0)
        assert.isAtMost(error.position, text.length)
        assert.strictEqual(text.slice(error.position, error.position + error.found.length), error.found)
      },
      onSuccess: (selector) => assert.isTrue(Equal.equals(read(Selector.print(selector)), selector))
    }))
  })
})

describe("field selectors", () => {
  const table: ReadonlyArray<readonly [string, string]> = [
    ["", ""],
    [",,", ""],
    ["!=,a=b,=", "a=b"],
    ["a=b", "a=b"],
    ["a==b", "a=b"],
    ["a!=b", "a!=b"],
    ["a=", "a="],
    ["b=1,a=2", "a=2,b=1"],
    ["a=1,,a=1,", "a=1"],
    ["metadata.name=a\\,b\\=c\\\\d", "metadata.name=a\\,b\\=c\\\\d"],
    ["a=b!c", "a=b!c"],
    ["a!b=c", "a!b=c"],
    ["a= b ", "a= b "]
  ]
  for (const [text, canonical] of table) {
    it(`${JSON.stringify(text)} is read, and written ${JSON.stringify(canonical)} (S43)`, () => {
      assert.strictEqual(Selector.print(readFields(text)), canonical)
      assert.strictEqual(Selector.print(readFields(canonical)), canonical)
    })
  }

  it("escapes in a value are undone (S43)", () => {
    assert.deepStrictEqual(readFields("a=x\\,y\\=z\\\\").requirements, [{
      field: "a",
      operator: "Equals",
      value: "x,y=z\\"
    }])
  })

  const refused: ReadonlyArray<readonly [string, number, string]> = [
    ["a", 0, "a"],
    ["a=b,c", 4, "c"],
    ["a=b=c", 3, "="],
    ["a===b", 3, "="],
    ["a=\\b", 2, "\\b"],
    ["a=b\\", 3, "\\"],
    ["x=1,a=b\\n", 7, "\\n"]
  ]
  for (const [text, position, found] of refused) {
    it(`${JSON.stringify(text)} is refused at ${position} (S43)`, () => {
      const error = Effect.runSync(Effect.flip(Selector.parseFields(text)))
      assert.deepStrictEqual([error.selector, error.input, error.position, error.found], [
        "field",
        text,
        position,
        found
      ])
    })
  }

  it("a field that is absent has the empty value (S43)", () => {
    const get = (field: string) => field === "metadata.name" ? "web" : undefined
    for (
      const [text, expected] of [
        ["metadata.name=web", true],
        ["metadata.name!=web", false],
        ["metadata.name!=db", true],
        ["spec.nodeName=", true],
        ["spec.nodeName!=", false],
        ["spec.nodeName!=a", true],
        ["metadata.name=web,spec.nodeName=a", false]
      ] as const
    ) {
      assert.strictEqual(Selector.matchesFields(readFields(text), get), expected, text)
    }
  })

  it("names that would be read otherwise cannot be built (S43)", () => {
    for (const name of ["", "a=b", "a,b", "a\\", "a!"]) {
      assert.throws(() => Selector.fieldEquals(name, "x"), Selector.SelectorError)
    }
    assert.strictEqual(`${Selector.fieldNotEquals("spec.nodeName", "")}`, "spec.nodeName!=")
    assert.strictEqual(
      `${Selector.fields({ "metadata.name": "a" }).pipe(Selector.and(Selector.fieldNotEquals("b", "1")))}`,
      "b!=1,metadata.name=a"
    )
  })

  it.prop("any value survives being written and read, and selects itself only (S43)", [
    fc.string({ unit: "grapheme" }),
    fc.string()
  ], (
    [self, that]
  ) => {
    const selector = Selector.fields({ "metadata.name": self })
    assert.isTrue(Equal.equals(readFields(Selector.print(selector)), selector))
    assert.strictEqual(Selector.matchesFields(selector, () => that), self === that)
  })
})
