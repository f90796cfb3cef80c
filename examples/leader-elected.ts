/**
 * A controller of which several replicas run and one works: the others have their caches filled and wait for the Lease.
 * It gives each Namespace that is labelled `clux.dev/isolated=true` a NetworkPolicy that lets nobody in.
 *
 * - `Controller.whenLeading` and a `LeaderElection.layer` are all it takes. A leader that ends gives the lease up when
 *   its work has ended, and the next one takes over within seconds; where it was killed, after the lease's 15 seconds.
 * - `LeaderElection.Current` has the fencing token, for systems outside of the cluster that must refuse a leader of
 *   yesterday whose request comes late. The API server needs none here: to apply the same twice does no harm.
 *
 *     npm run example leader-elected           on an API server in memory, with a sample
 *     npx tsx examples/leader-elected.ts       on the cluster that kubectl talks to; start it twice, and stop the first
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Api, Controller, LeaderElection, Resource } from "effect-kube"
import { Namespace } from "effect-kube/kinds/core/v1"
import { NetworkPolicy } from "effect-kube/kinds/networking/v1"
import { NodeKubeClient } from "effect-kube/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

export const label = "clux.dev/isolated"
export const policyName = "nobody-comes-in"

const reconcile = (namespace: Namespace) =>
  Effect.gen(function*() {
    const { deletionTimestamp, labels, name, uid } = namespace.metadata
    if (deletionTimestamp !== undefined) return
    const policies = Api.namespaced(NetworkPolicy, name)
    const leadership = yield* LeaderElection.Current

    if (labels?.[label] === "true") {
      yield* policies.apply({
        metadata: { name: policyName, ownerReferences: [Resource.ownerReference(namespace)] },
        spec: { podSelector: {}, policyTypes: ["Ingress"] }
      }, { force: true })
      return yield* Effect.log(`${name} is isolated, under fencing token ${leadership?.token}`)
    }

    const policy = yield* policies.getOption(policyName)
    if (
      Option.exists(policy, ({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid) === true)
    ) {
      yield* Effect.ignore(policies.delete(policyName))
      yield* Effect.log(`${name} is isolated no more`)
    }
  })

export const controller = Controller.make("leader-elected", { for: Api.cluster(Namespace), reconcile }).pipe(
  Controller.owns(Api.all(NetworkPolicy)),
  Controller.whenLeading
)

/** Says how the election stands. */
const announce = Effect.gen(function*() {
  const { changes, identity, lease } = yield* LeaderElection.LeaderElection
  yield* Effect.log(`${identity} campaigns for the lease ${lease}`)
  yield* Effect.forkScoped(Stream.runForEach(changes, (state) => {
    switch (state._tag) {
      case "Leading":
        return Effect.log(`${identity} leads`)
      case "Leaving":
        return Effect.log(`${identity} leads no more, and its work is ending`)
      case "Standby":
        return Effect.log(`${Option.getOrElse(state.holder, () => "nobody")} leads, and ${identity} stands by`)
    }
  }))
})

/** The controller under an election: its caches are filled before it begins to lead, and its work ends before it stops to. */
export const main = Layer.merge(Controller.layer(controller), Layer.scopedDiscard(announce)).pipe(
  Layer.provide(LeaderElection.layer("leader-elected"))
)

if (process.argv[1] === import.meta.filename) {
  NodeRuntime.runMain(Layer.launch(Layer.provide(main, NodeKubeClient.layer)))
}
