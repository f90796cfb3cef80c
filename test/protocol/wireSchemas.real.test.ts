import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Api from "../../src/client/Api.js"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import * as Crd from "../../src/runtime/Crd.js"
import * as EnvTest from "../envtest/shared.js"
import { asking } from "./asking.js"
import { accepts, candidates, fields, isBeyond, Wired } from "./wireSchemas.js"

const rounds = Math.max(...Object.values(candidates).map((values) => values.length))

describe("wire types in custom resources, on a real server", () => {
  it.scoped("the server judges values as the schemas do", () =>
    Effect.gen(function*() {
      yield* Effect.acquireRelease(
        Crd.install(Wired),
        () => Effect.ignore(Api.cluster(CustomResourceDefinition).delete("wireds.wire-real.dev"))
      )
      const ask = asking(EnvTest.kubeconfig)
      const unlike: Array<readonly [field: string, value: unknown]> = []
      yield* Effect.forEach(
        Array.from({ length: rounds }, (_, round) => round),
        (round) =>
          Effect.gen(function*() {
            // One value in each field: the answer says which of them it refuses.
            const spec = Object.fromEntries(
              Object.entries(candidates).map(([field, values]) => [field, values[round % values.length]])
            )
            const { body, status } = yield* ask(
              "POST",
              "/apis/wire-real.dev/v1/namespaces/default/wireds?dryRun=All",
              { apiVersion: "wire-real.dev/v1", kind: "Wired", metadata: { name: "wired" }, spec }
            )
            assert.include([201, 422], status, JSON.stringify(body))
            const refused: ReadonlyArray<string> = status === 201
              ? []
              : body.details.causes.map((cause: { readonly field: string }) => cause.field)
            for (const [field, schema] of Object.entries(fields)) {
              const value = spec[field]
              const isRefused = refused.includes(`spec.${field}`)
              if (accepts(schema)(value) === isRefused && !isBeyond(value)) unlike.push([field, value])
            }
          }),
        { concurrency: 8 }
      )
      assert.deepStrictEqual(unlike, [])
    }).pipe(Effect.provide(EnvTest.layer)), 120_000)
})
