/** What tests need: an API server in memory, real control planes, and faults. */

/** What a cluster does besides its API server: Pods that run, Deployments that roll out, and behaviours of a test's own. */
export * as Behaviour from "./Behaviour.js"

/** Faults on the client's side of the wire, for clusters that cannot be broken on purpose. */
export * as ClientFaults from "./ClientFaults.js"

/** Tests of controllers: run them until there is nothing left to do, and see that they come to rest. */
export * as ControllerTest from "./ControllerTest.js"

/** A real etcd and kube-apiserver, and chosen controllers, from `KUBEBUILDER_ASSETS`. */
export * as EnvTest from "./EnvTest.js"

/** An in-memory API server at the level of HTTP, in this process or on a port. */
export * as TestCluster from "./TestCluster.js"
