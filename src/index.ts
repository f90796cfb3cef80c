/**
 * Operations on the objects of one kind in one place: a handle is a plain value without a client inside, safe at module
 * level, and its operations are Effects and Streams with typed errors.
 */
export * as Api from "./client/Api.js"

/**
 * Owned objects, declaratively: what a parent wants to have is said as a whole, in each reconcile, and made true. Each
 * child is written with server-side apply under the field manager of the context (a controller sets its name) and has the
 * parent as its controlling owner, so that the garbage collector takes it away with the parent; what is no longer wanted
 * is pruned.
 */
export * as Children from "./runtime/Children.js"

/**
 * The conditions of a status: what a controller says of an object in a form that people, `kubectl wait` and other
 * controllers read. Each has a type, and says whether it holds, why, and since when; it keeps its time as long as it
 * says the same, and the generation that it was found for tells whether it is up to date.
 */
export * as Conditions from "./runtime/Conditions.js"

/**
 * A controller: it watches the objects of a kind, and what belongs to them, and runs `reconcile` for each that may have
 * changed, until what is there is what was asked for. A key runs once at a time; what fails comes again with a backoff;
 * nothing that happens in one run ends the controller.
 */
export * as Controller from "./runtime/Controller.js"

/**
 * CustomResourceDefinitions: what tells a server of a custom resource. {@link make} derives one from the kind's schema,
 * so that what the compiler, the client and the server check is said once; {@link install} brings it into a cluster.
 */
export * as Crd from "./runtime/Crd.js"

/**
 * How a client shows who it is: the ways of signing in that a kubeconfig knows, each as a `KubeClient.Credential`, which
 * is asked before each request and refreshed once after a 401. `NodeKubeClient` makes the right one for a connection;
 * this module is for a client that is put together by hand.
 */
export * as Credentials from "./client/Credentials.js"

/**
 * A look into a running program, for a person at a browser and for a script: its controllers, their queues and what fails
 * in them, its watches, and the leases that it campaigns for. `Metrics.layer` serves it at `/debug` and `/debug.json`.
 */
export * as Debug from "./runtime/Debug.js"

/**
 * What a server serves: its groups, versions and kinds, and its own version. A kind is found by the names that kubectl
 * takes, and becomes a resource with the scope, the verbs and the subresources that it has on this server.
 */
export * as Discovery from "./client/Discovery.js"

/**
 * Emptying a node before work on it: it is cordoned, so that no new Pod comes, and its Pods are evicted, as their
 * PodDisruptionBudgets allow. The rules are those of `kubectl drain`; what happens is a Stream of events.
 */
export * as Drain from "./runtime/Drain.js"

/**
 * Events about objects, as `kubectl describe` shows them: what a controller did, and why it could not. Recording takes no
 * time and cannot fail; the events are written behind the program's back, equal ones counted up, similar ones gathered,
 * and an object that has too many is left alone.
 */
export * as EventRecorder from "./runtime/EventRecorder.js"

/**
 * Cleaning up before an object goes: a finalizer is an entry in `metadata.finalizers`, and as long as one is there the
 * server keeps a deleted object. {@link make} gives a reconcile that keeps the entry, applies while the object lives,
 * and cleans up before it lets it go.
 */
export * as Finalizer from "./runtime/Finalizer.js"

/**
 * Framing: from the bytes of a response to the lines of a watch, and to the items of a list as they arrive.
 */
export * as Framing from "./protocol/Framing.js"

/**
 * Informers are reflectors that are shared: whoever asks for the same objects on the same client gets a {@link Store} over
 * one watch and one copy of the objects. It is client-go's shared informer factory, without a factory: the client keeps
 * them, the first one to ask starts one, and the Scopes of all who asked decide how long it runs.
 */
export * as Informers from "./runtime/Informers.js"

/**
 * A number, or text such as the name of a port or `25%`: Kubernetes' `intstr.IntOrString`, as in a Service's `targetPort` and
 * a Deployment's `maxSurge`.
 */
export * as IntOrString from "./protocol/IntOrString.js"

/**
 * The one service through which everything passes that goes to a cluster: it executes a `Request` and maps every
 * refusal to a typed error, or opens the answer as a stream of bytes.
 */
export * as KubeClient from "./client/KubeClient.js"

/**
 * Kubeconfig files: where a cluster is, how to trust it, and who asks. Files are found and merged as kubectl does it,
 * and a Pod's service account stands in for a file inside a cluster.
 */
export * as KubeConfig from "./client/KubeConfig.js"

/**
 * Spans of time as Go writes them, such as `1h30m0s` or `500ms`: Kubernetes' `metav1.Duration`, in configuration and in many
 * custom resources. The wire type is text; the functions here read it as a `Duration`, write it as Go does, compare and
 * add, exact to the nanosecond.
 */
export * as KubeDuration from "./protocol/KubeDuration.js"

/**
 * What can go wrong when a cluster is asked for something: one tagged class for each thing that a caller handles
 * differently, each with the request it belongs to and the server's {@link Status.Status} where there is one.
 * None carries a credential or a request body.
 */
export * as KubeError from "./protocol/KubeError.js"

/**
 * Leader election on a `Lease`: of several processes that campaign under one name, one leads at a time. Work that only
 * the leader may do is guarded: it runs while this process leads, is interrupted when leadership is lost, and the lease
 * is given up only when it has ended.
 */
export * as LeaderElection from "./runtime/LeaderElection.js"

/**
 * What a program counts, as Prometheus scrapes it: every metric of Effect's registry, those of this library under the
 * names that client-go and controller-runtime have, and the program's own. {@link layer} serves it with the probes and a
 * page for people.
 */
export * as Metrics from "./runtime/Metrics.js"

/**
 * Times in microseconds, such as `2026-01-02T03:04:05.000000Z`: Kubernetes' `metav1.MicroTime`, as in a Lease's `renewTime` and
 * an Event's `eventTime`. The wire type is text; the functions here read it, write it as the server does, and compare
 * and add without losing the microseconds.
 */
export * as MicroTime from "./protocol/MicroTime.js"

/**
 * Metadata of objects (`metadata`), in the three forms in which it meets a program:
 * as it was read from a server ({@link ClusterMeta}, {@link NamespacedMeta}), as it is written in a new object
 * ({@link DraftMeta}), and as it is embedded in another object, such as a Pod template ({@link ObjectMeta}).
 */
export * as ObjectMeta from "./protocol/ObjectMeta.js"

/**
 * What a PATCH request says: one of the four kinds of patch that the API takes, with its content type and its body.
 */
export * as Patch from "./protocol/Patch.js"

/**
 * Which changes count: functions of a `Store.Change` that look at what was and at what is. A controller takes them, and
 * so does any stream of changes.
 */
export * as Predicate from "./runtime/Predicate.js"

/**
 * What the kubelet asks a Pod: `/livez` (or `/healthz`), whether it is to be restarted, and `/readyz`, whether it takes
 * traffic. The answers are made of named checks, and look as those of kube-apiserver and of controller-runtime.
 */
export * as Probes from "./runtime/Probes.js"

/**
 * Amounts with a suffix, such as `500m` processors or `128Mi` of memory: Kubernetes' `resource.Quantity`. The wire type is
 * text; the functions here read it, write it as the server does, compare and add, all of it exact.
 */
export * as Quantity from "./protocol/Quantity.js"

/**
 * A reflector keeps a {@link Store} equal to what the server has, through a watch that survives. It is what client-go
 * calls an informer's lister and kube-rs a reflector.
 */
export * as Reflector from "./runtime/Reflector.js"

/**
 * A request to the Kubernetes API as a plain value: verb, path, query, headers, body. Everything about URLs is decided
 * here and nowhere else, so it is a table of tests. A client sends it: `KubeClient.execute(request)`.
 */
export * as Request from "./protocol/Request.js"

/**
 * A resource: what a kind is (group, version, kind, plural, scope), what it can do (verbs and subresources), and the
 * Schema of its objects, in one value. Built-in kinds come generated (`effect-kube/kinds/core/v1`), custom ones are
 * declared with {@link Custom}, and kinds that are known only at run time with {@link dynamic}.
 */
export * as Resource from "./protocol/Resource.js"

/**
 * Which of two states is newer: comparing `metadata.resourceVersion`.
 */
export * as ResourceVersion from "./protocol/ResourceVersion.js"

/**
 * Rollouts of Deployments, DaemonSets and StatefulSets: restart them, follow them, pause them. The rules are those of
 * `kubectl rollout`.
 */
export * as Rollout from "./runtime/Rollout.js"

/**
 * Label selectors and field selectors: which objects a list, a watch or a deletecollection is about. Built from values, read from text,
 * written as text, and matched here by the server's rules.
 */
export * as Selector from "./protocol/Selector.js"

/**
 * `Status`: what the API server answers when it refuses a request, and when a delete is done.
 * A refusal that is not a Status (plain text of a proxy, HTML) is turned into one by its code, as client-go does.
 */
export * as Status from "./protocol/Status.js"

/**
 * A store holds the present state of all objects of a kind, as far as a watcher has told it, and says what changes.
 * `Reflector.make` fills one, and says how to keep less than whole objects. Reading it asks nobody and takes no time; what a
 * reader holds does not change under it.
 */
export * as Store from "./runtime/Store.js"

/**
 * Times in whole seconds, such as `2026-01-02T03:04:05Z`: Kubernetes' `metav1.Time`, as in `metadata.creationTimestamp`. The
 * wire type is text; the functions here read it as a `DateTime.Utc` and write it as the server does.
 */
export * as Timestamp from "./protocol/Timestamp.js"

/**
 * Waiting until something is true of an object: that it exists, that it is gone, that it is ready. It is watched, so the
 * answer comes at once, and the watch goes on through whatever the network and the server do. The wait has a limit, and
 * at the limit it says how the object stands.
 */
export * as Wait from "./runtime/Wait.js"

/**
 * A watcher follows all objects of a kind: it lists them, watches from there, and goes on for ever, whatever the
 * network and the server do. It keeps no objects: its events say what the server said. What changed is known by a
 * {@link Store}, which `Reflector.make` keeps.
 */
export * as Watcher from "./runtime/Watcher.js"

/**
 * A work queue: keys that have to be worked on, each at most once at a time. What is added while it runs makes exactly
 * one more run; what fails comes again after a backoff of its own; what is delayed comes at the earliest time that was
 * asked for. This is the `workqueue` of client-go, with priorities, debounce and a limit over all keys.
 */
export * as WorkQueue from "./runtime/WorkQueue.js"
