/** A kube-apiserver of this benchmark alone, or one that is there already. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as EnvTest from "../../../src/testing/EnvTest.js"

export interface Server {
  readonly kubeconfig: string
  readonly stop: () => Promise<void>
}

export const start = async (kubeconfig: string | undefined): Promise<Server> => {
  if (kubeconfig !== undefined) return { kubeconfig, stop: () => Promise.resolve() }
  const scope = Effect.runSync(Scope.make())
  const { kubeconfigPath } = await Effect.runPromise(Scope.extend(EnvTest.start(), scope))
  return { kubeconfig: kubeconfigPath, stop: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}
