/**
 * What the tests of the examples share: a cluster with an example's manifests, where the example runs as the account that
 * they make and may do what its roles say, and nothing else. The test itself asks as the administrator.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { objectsOf } from "../../examples/embedded.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

/** A cluster with the manifests of an example, and other objects. */
export const clusterOf = (name: string, ...others: ReadonlyArray<unknown>) =>
  Layer.unwrapEffect(
    Effect.map(objectsOf(name), (objects) => TestCluster.layerWith({ auth: true, objects: [...objects, ...others] }))
  )

/** Runs an example as its account until the Scope closes, or until the Effect that it answers is run. */
export const start = <E, R>(name: string, main: Layer.Layer<never, E, R | KubeClient>) =>
  Effect.gen(function*() {
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    const account = TestCluster.as({ serviceAccount: `examples/${name}` }, { namespace: "examples" })
    // What is built here is shared with nobody: started twice, an example is two processes.
    yield* Layer.buildWithScope(Layer.provide(main, account), scope)
    return Scope.close(scope, Exit.void)
  })

export const namespace = (name: string, labels: { readonly [label: string]: string } = {}) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels }
})

export const deployment = (namespace: string, name: string, image: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace, name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image }] } }
  }
})
