import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as EnvTest from "../envtest/shared.js"
import * as extract from "./extract.js"
import * as options from "./options.js"
import * as subresources from "./subresources.js"

describe("Api against a real server, as against TestCluster", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    for (const { keeps, title } of [...subresources.promises, ...options.promises, ...extract.promises]) {
      it.scoped(title, () => Effect.flatMap(subresources.inNamespace, keeps))
    }

    it.scoped("an object that can be read is not removed as one that cannot (C35)", () =>
      Effect.gen(function*() {
        const configMaps = Api.namespaced(ConfigMap, yield* subresources.inNamespace)
        yield* configMaps.create({ metadata: { name: "a" } })
        const unsafe = configMaps.delete("a", { ignoreStoreReadErrorWithClusterBreakingPotential: true })
        assert.strictEqual((yield* Effect.flip(unsafe))._tag, "KubeConflict")
        assert.strictEqual((yield* configMaps.get("a")).metadata.name, "a")
      }))
  })
})
