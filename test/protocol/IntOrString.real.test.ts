import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as IntOrString from "../../src/protocol/IntOrString.js"
import * as EnvTest from "../envtest/shared.js"
import { asking } from "./asking.js"

const ask = asking(EnvTest.kubeconfig)

const values = [
  "http",
  "25%",
  "1",
  "",
  1,
  -1,
  0,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 53,
  1.5,
  1e21,
  true,
  {},
  []
]

describe("integers or strings on a real server", () => {
  it.effect("what it can read is what we take, and numbers and texts stay what they are", () =>
    Effect.forEach(values, (targetPort) =>
      Effect.map(
        ask("POST", "/api/v1/namespaces/default/services?dryRun=All", {
          metadata: { name: "ports" },
          spec: { ports: [{ port: 80, targetPort }] }
        }),
        ({ body, status }) => {
          // 400: it is none. 422: it is one, and no port.
          assert.strictEqual(status !== 400, IntOrString.isIntOrString(targetPort), JSON.stringify(targetPort))
          if (status === 201 && targetPort !== "" && targetPort !== 0) {
            assert.strictEqual(body.spec.ports[0].targetPort, targetPort)
          }
        }
      )))
})
