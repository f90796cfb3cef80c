import { assert, describe, it } from "@effect/vitest"
import ts from "typescript"
import { pureCalls } from "../../scripts/pureCalls.js"

const emit = (text: string): string =>
  ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022, newLine: ts.NewLineKind.LineFeed },
    transformers: { after: [pureCalls] }
  }).outputText.trimEnd()

describe("pureCalls", () => {
  it("marks the calls that make a constant, however deep", () => {
    assert.strictEqual(
      emit("const a = f(g(1), [new H()])"),
      "const a = /*#__PURE__*/ f(/*#__PURE__*/ g(1), [/*#__PURE__*/ new H()]);"
    )
    assert.strictEqual(emit("export default f()"), "export default /*#__PURE__*/ f();")
  })

  it("marks what a class extends and its static properties, not what its instances have", () => {
    assert.strictEqual(
      emit("class A extends f()() { static a = g(); b = h() }"),
      "class A extends /*#__PURE__*/ /*#__PURE__*/ f()() {\n    static a = /*#__PURE__*/ g();\n    b = h();\n}"
    )
  })

  it("leaves alone what runs later, and what stands for itself", () => {
    const text = "const a = () => f();\nfunction b() { const c = f(); }\nf();\nif (f())\n    g();"
    assert.notInclude(emit(text), "PURE")
  })
})
