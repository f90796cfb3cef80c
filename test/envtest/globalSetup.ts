/**
 * Starts one control plane for a whole run of the real-server suites, which find it through `shared.ts`. It has the
 * controllers that `TestCluster` has built in. A suite that restarts servers starts a control plane of its own.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { TestProject } from "vitest/node"
import * as EnvTest from "../../src/testing/EnvTest.js"

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const scope = Effect.runSync(Scope.make())
  const close = (): Promise<void> => Effect.runPromise(Scope.close(scope, Exit.void))
  const started = await Effect.runPromise(
    EnvTest.start({
      controllers: ["garbage-collector-controller", "namespace-controller", "clusterrole-aggregation-controller"]
    }).pipe(
      Scope.extend(scope),
      Effect.either
    )
  )
  if (started._tag === "Left") {
    await close()
    throw started.left
  }
  project.provide("envtest", { kubeconfig: started.right.kubeconfigPath })
  return close
}

declare module "vitest" {
  export interface ProvidedContext {
    readonly envtest: { readonly kubeconfig: string }
  }
}
