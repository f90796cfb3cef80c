import { assert, describe, it } from "@effect/vitest"
import * as structural from "../../src/testing/internal/structural.js"
import type { Answer } from "./structural/answers.js"
import { comparable, judgeDefinition } from "./structural/answers.js"
import { accepted, definitions } from "./structural/definitions.js"
import recorded from "./structural/recorded-definitions.json" with { type: "json" }

const answers = recorded as unknown as { readonly [title: string]: Answer }

describe("definitions, compared with the recorded answers of a real server", () => {
  for (const [title, body] of Object.entries(definitions)) {
    it(`a definition where ${title}: the answer is a kube-apiserver's (S44, S46)`, () => {
      assert.deepStrictEqual(comparable(judgeDefinition(body)), answers[title])
    })
  }
})

const definition = (body: unknown): structural.Definition => {
  const decoded = structural.decodeDefinition(body)
  if (decoded._tag === "Malformed") throw new Error(decoded.message)
  return { ...decoded.definition, status: { storedVersions: ["v1"] } }
}

describe("what a server would take and TestCluster does not", () => {
  it("rules in syntax that TestCluster does not read are refused, never ignored (S47)", () => {
    const spec = accepted().spec as object
    const refused = (rule: string) =>
      structural.checkDefinition(definition({
        ...accepted(),
        spec: {
          ...spec,
          versions: [{
            name: "v1",
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object", "x-kubernetes-validations": [{ rule }] } }
          }]
        }
      })).map(({ field, reason }) => [field, reason])
    const cause = ["spec.validation.openAPIV3Schema.x-kubernetes-validations[0].rule", "FieldValueInvalid"]
    // Optional elements and entries of literals.
    assert.deepStrictEqual(refused("[?optional.of(1)].size() == 1"), [cause])
    assert.deepStrictEqual(refused("{?'a': optional.of(1)}.size() == 1"), [cause])
    assert.deepStrictEqual(refused("[1].size() == 1"), [])
  })
})

describe("checkDefinitionUpdate", () => {
  const established = { conditions: [{ type: "Established", status: "True" }], storedVersions: ["v1"] }
  const before = {
    ...definition(accepted()),
    metadata: { name: "things.definitions.example.org", resourceVersion: "1" },
    status: established
  }
  const fields = (after: structural.Definition): ReadonlyArray<string> =>
    structural.checkDefinitionUpdate(after, before).map((cause) => `${cause.field}: ${cause.message}`)

  it("group and plural never change, scope and kind not once established (S44)", () => {
    assert.deepStrictEqual(fields(before), [])
    assert.deepStrictEqual(
      fields({
        ...before,
        spec: {
          ...before.spec,
          group: "other.example.org",
          scope: "Cluster",
          names: { ...before.spec.names, plural: "others", kind: "Other" }
        }
      }),
      [
        "spec.scope: Invalid value: \"Cluster\": field is immutable",
        "spec.names.kind: Invalid value: \"Other\": field is immutable",
        "spec.group: Invalid value: \"other.example.org\": field is immutable",
        "spec.names.plural: Invalid value: \"others\": field is immutable"
      ]
    )
  })

  it("a version that may still be in storage does not go (S44)", () => {
    const versions = [{ ...before.spec.versions![0]!, name: "v2" }]
    const [cause] = fields({
      ...before,
      spec: { ...before.spec, versions },
      status: { ...established, storedVersions: ["v1", "v2"] }
    })
    assert.match(
      cause!,
      /^status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions; v1 was previously a storage version/
    )
  })
})
