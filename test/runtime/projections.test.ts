/** Metadata alone and views on the in-memory server, and on servers that answer something else than was asked for. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { Pod } from "../../src/kinds/core/v1.js"
import type * as Request from "../../src/protocol/Request.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { inVirtualTime } from "../scenarios/virtualTime.js"
import { promises } from "./projections.js"

describe("projections on the in-memory server", () => {
  for (const { test, title } of promises) {
    it.effect(title, () => inVirtualTime(Effect.orDie(Effect.scoped(Effect.provide(test, TestCluster.layer)))))
  }
})

const metadata = {
  name: "a",
  namespace: "default",
  uid: "u",
  resourceVersion: "7",
  creationTimestamp: "2026-01-01T00:00:00Z"
}
const pods = Api.namespaced(Resource.metadataOnly(Pod), "default")

const answering = (handler: (request: Request.Request<unknown>) => KubeClient.TestResponse) =>
  KubeClient.layerTest((request) => Effect.succeed(handler(request)))

describe("metadata alone", () => {
  it.effect("is asked for by name, and whole objects are acceptable where a server has no such form (C37)", () =>
    Effect.gen(function*() {
      const accepted: Array<string> = []
      const layer = answering((request) => {
        accepted.push(`${request.info.verb} ${request.accept}`)
        return {
          body: request.info.verb === "list"
            ? { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "9" }, items: [{ metadata, spec: {} }] }
            : { kind: "Pod", apiVersion: "v1", metadata, spec: {} }
        }
      })
      const expected = { apiVersion: "v1", kind: "Pod", metadata }
      assert.deepStrictEqual(yield* Effect.provide(pods.get("a"), layer), expected as unknown)
      assert.deepStrictEqual((yield* Effect.provide(pods.list(), layer)).items, [expected] as unknown)
      assert.deepStrictEqual(accepted, [
        "get application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
        "list application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
      ])
    }))

  it.effect("a server that can neither is told as its 406 (C37)", () =>
    Effect.gen(function*() {
      const layer = answering(() => ({
        status: 406,
        body: { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotAcceptable", code: 406, message: "no" }
      }))
      const error = yield* Effect.flip(Effect.provide(pods.list(), layer))
      assert.deepStrictEqual([error._tag, error.message], [
        "KubeStatusError",
        "list Pod in default: 406 NotAcceptable (no)"
      ])
    }))

  it.effect("who goes round the types and writes what was read in part is refused before anything is sent", () =>
    Effect.gen(function*() {
      let asked = 0
      const layer = answering(() => {
        asked++
        return { body: {} }
      })
      const handle = pods as unknown as Api.Namespaced<typeof Pod>
      const error = yield* Effect.flip(
        Effect.provide(handle.replace({ apiVersion: "v1", kind: "Pod", metadata } as unknown as Pod), layer)
      )
      assert.deepStrictEqual([error._tag, asked], ["KubeInvalid", 0])
      assert.include(error.message, "metadata alone, which cannot be written back")
    }))
})
