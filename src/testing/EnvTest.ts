/**
 * EnvTest runs a real Kubernetes control plane for tests: etcd, kube-apiserver and, when asked for, chosen controllers
 * of kube-controller-manager. There are no nodes and no scheduler, so no Pod ever runs; everything that the API server
 * itself does is the real thing. Users of controller-runtime know it as envtest.
 *
 * The programs come from the folder that `KUBEBUILDER_ASSETS` names; `scripts/envtest/build` makes one. A control plane
 * starts in some seconds on a free port of 127.0.0.1, and leaves neither a process nor a folder behind: when its Scope
 * closes, when the start is interrupted, and when the test process itself is killed.
 *
 * @example
 * ```ts
 * import { EnvTest } from "effect-kube/testing"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.scoped(Effect.gen(function*() {
 *   const cluster = yield* EnvTest.start({ controllers: ["garbage-collector-controller"] })
 *   console.log(yield* cluster.kubectl("get", "namespaces"))
 *   yield* cluster.apiserver.kill()
 *   yield* cluster.apiserver.start
 * }))
 * ```
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as KubeClient from "../client/KubeClient.js"
import type * as KubeConfig from "../client/KubeConfig.js"
import * as NodeKubeClient from "../node/NodeKubeClient.js"
import * as internal from "./internal/controlPlane.js"
import type { EnvTestError } from "./internal/envTestError.js"

export { EnvTestError, type EnvTestReason } from "./internal/envTestError.js"

/** A running control plane, and what it takes to talk to it as an administrator (group `system:masters`). */
export interface ControlPlane {
  /** `https://127.0.0.1:<port>`; the certificate is also valid for `localhost`. */
  readonly url: string
  /** What `NodeKubeClient.make` and `NodeKubeClient.layerConnection` take; with the client certificate. */
  readonly connection: KubeConfig.Connection
  /** PEM of the authority that signed the server's certificate. */
  readonly certificateAuthority: string
  /** PEM of the administrator's client certificate. */
  readonly clientCertificate: string
  /** PEM of its key. */
  readonly clientKey: Redacted.Redacted<string>
  /** A bearer token for the same user, instead of the certificate. */
  readonly token: Redacted.Redacted<string>
  /** A kubeconfig with the client certificate and its key inside: a secret for as long as the control plane runs. */
  readonly kubeconfig: string
  /** The file with the same content, readable by this user only; it goes with the control plane. */
  readonly kubeconfigPath: string
  /** The folder that the programs were taken from. */
  readonly assets: string
  /** The folder with data, certificates and logs (`<name>.log`). */
  readonly folder: string
  readonly etcd: Etcd
  readonly apiserver: Component
  /** Only when controllers were asked for. */
  readonly controllerManager: Component | undefined
  /**
   * Runs the assets' kubectl against this control plane and answers its standard output. Fails with `KubectlFailed`
   * and the standard error output when its exit code is not 0.
   */
  readonly kubectl: (...args: ReadonlyArray<string>) => Effect.Effect<string, EnvTestError>
}

/**
 * One server process. What is done to a component is done in real time, also under a test clock; one thing after the
 * other when several fibers ask.
 */
export interface Component {
  readonly name: string
  readonly isRunning: Effect.Effect<boolean>
  /**
   * Starts it and waits until it is ready; nothing happens when it runs. It comes back on the same port with the same
   * data. A start that fails or is interrupted leaves no process.
   */
  readonly start: Effect.Effect<void, EnvTestError>
  /** Asks it to end, kills it after 5 seconds, and waits until it has ended. */
  readonly stop: Effect.Effect<void>
  /** Sends a signal that ends it (default `SIGKILL`, as `kill -9`), and waits until it has ended, as `stop` does. */
  readonly kill: (signal?: "SIGKILL" | "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGABRT") => Effect.Effect<void>
  /** Freezes the process: its sockets stay open and nothing answers. */
  readonly pause: Effect.Effect<void>
  /** Lets a frozen process go on. */
  readonly resume: Effect.Effect<void>
  /** The last lines of its log (default 20). */
  readonly logs: (lines?: number) => Effect.Effect<string>
}

export interface Etcd extends Component {
  /**
   * Compacts the history up to the current revision, which is the answer. The API server goes on serving what is in its
   * own memory: restart it as well, and watches and further pages from before answer 410 (`Expired`).
   */
  readonly compact: Effect.Effect<string, EnvTestError>
}

export interface Options {
  /** The folder with `etcd`, `kube-apiserver` and so on. Default: the config value `KUBEBUILDER_ASSETS`. */
  readonly assets?: string | undefined
  /**
   * Which controllers of kube-controller-manager run, by its own names (`garbage-collector-controller`,
   * `namespace-controller`, ...; `*` for all of its defaults). Default: none, and it is not started. Without the
   * namespace controller a deleted namespace stays `Terminating`; without the garbage collector owned objects stay.
   */
  readonly controllers?: ReadonlyArray<string> | undefined
  /** Versions to switch on or off: `{ "api/all": true }`, `{ "batch/v1": false }`. Default: as the server does. */
  readonly runtimeConfig?: Readonly<Record<string, boolean>> | undefined
  /** Feature gates, for the API server and the controllers. Default: as the servers do. */
  readonly featureGates?: Readonly<Record<string, boolean>> | undefined
  /** Further flags of kube-apiserver without the dashes; one that EnvTest sets itself is replaced. */
  readonly apiserverFlags?: Readonly<Record<string, string>> | undefined
  /** The same for kube-controller-manager. */
  readonly controllerManagerFlags?: Readonly<Record<string, string>> | undefined
  /** How long each process may take until it is ready. Default: 60 seconds. */
  readonly startTimeout?: Duration.DurationInput | undefined
}

/** The control plane of a test, as a service. */
export class EnvTest extends Context.Tag("effect-kube/testing/EnvTest")<EnvTest, ControlPlane>() {}

/**
 * Starts a control plane and waits until it is ready and has the namespace `default`. When the Scope closes, its
 * processes have ended and its folder is removed before the close is done.
 *
 * Fails with an `EnvTestError`: `AssetsNotSet`, `BinaryMissing`, `Exited`, `NotReady` or `System`.
 */
export const start = (options?: Options): Effect.Effect<ControlPlane, EnvTestError, Scope.Scope> =>
  internal.start(options ?? {})

/**
 * A control plane of its own and a client that talks to it as an administrator. Takes the options of `start`, and those
 * of the client. To use one control plane for a whole run of tests, start it once and give its `connection` to
 * `NodeKubeClient.layerConnection`.
 */
export const layerWith = (
  options?: Options & { readonly client?: NodeKubeClient.Options | undefined }
): Layer.Layer<EnvTest | KubeClient.KubeClient, EnvTestError> =>
  Layer.scopedContext(Effect.gen(function*() {
    const controlPlane = yield* start(options)
    // What the control plane made itself can be used: only a mistake in its own certificates could fail here.
    const client = yield* Effect.orDie(NodeKubeClient.make(controlPlane.connection, options?.client))
    return Context.make(EnvTest, controlPlane).pipe(Context.add(KubeClient.KubeClient, client))
  })).pipe(Layer.provide(NodeFileSystem.layer))

/** `layerWith` without options: no controllers, the programs of `KUBEBUILDER_ASSETS`. */
export const layer: Layer.Layer<EnvTest | KubeClient.KubeClient, EnvTestError> = Layer.suspend(() => layerWith())
