/**
 * A control plane: etcd, kube-apiserver and, when asked for, kube-controller-manager, with certificates made for it.
 *
 * etcd listens on sockets inside the folder: no port to lose to somebody else, and no other user can read the data.
 * The apiserver's port is chosen among those that the system does not hand out by itself, since the apiserver must get
 * it again after a restart; when somebody has taken it meanwhile, another one is tried.
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { NodeInspectSymbol } from "effect/Inspectable"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Path from "node:path"
import type { Component, ControlPlane, Options } from "../EnvTest.js"
import { type KeyPair, makeAuthority, makeSigningKey } from "./certificates.js"
import * as ComponentOf from "./component.js"
import { EnvTestError } from "./envTestError.js"
import * as Guardian from "./guardian.js"
import * as Probe from "./probe.js"

const address = "127.0.0.1"
const portAttempts = 5
/** The name of the kubeconfig's context. */
const context = "envtest"

/** Starts a control plane. `choosePort` is a parameter for the tests of a port that is taken. */
export const start = (
  options: Options,
  choosePort: Effect.Effect<number, EnvTestError> = freePort
): Effect.Effect<ControlPlane, EnvTestError, Scope.Scope> =>
  Effect.gen(function*() {
    const controllers = options.controllers ?? []
    const startTimeout = Duration.decode(options.startTimeout ?? "60 seconds")
    const assets = yield* findAssets(options.assets)
    yield* requireProgram(assets, "etcd")
    yield* requireProgram(assets, "kube-apiserver")
    if (controllers.length > 0) yield* requireProgram(assets, "kube-controller-manager")

    const guardian = yield* Guardian.make
    const { folder } = guardian
    yield* requireShortPath(Path.join(folder, Probe.etcdSocket))
    const credentials = yield* writeCredentials(folder)

    const etcd = ComponentOf.make(guardian, {
      name: "etcd",
      endsAt: 3,
      program: Path.join(assets, "etcd"),
      arguments: etcdArguments(folder),
      probe: Probe.etcd(folder),
      startTimeout
    })
    yield* etcd.start

    const { component: apiserver, port } = yield* onFreePort(choosePort, (port) =>
      ComponentOf.make(guardian, {
        name: "kube-apiserver",
        endsAt: 2,
        program: Path.join(assets, "kube-apiserver"),
        arguments: apiserverArguments(folder, port, options),
        probe: Probe.apiserver({ ...credentials, address, port }),
        startTimeout
      }))
    const url = `https://${address}:${port}`
    const kubeconfig = kubeconfigOf(url, credentials.authority, credentials.admin)
    yield* attempt("write the kubeconfig", () => writeSecret(folder, "kubeconfig", kubeconfig))
    const kubeconfigPath = Path.join(folder, "kubeconfig")

    const controllerManager = controllers.length === 0 ?
      undefined :
      yield* onFreePort(choosePort, (port) =>
        ComponentOf.make(guardian, {
          name: "kube-controller-manager",
          endsAt: 1,
          program: Path.join(assets, "kube-controller-manager"),
          arguments: controllerManagerArguments(folder, port, kubeconfigPath, controllers, options),
          probe: Probe.controllerManager({ ...credentials, address, port }),
          startTimeout
        }))

    const clientKey = Redacted.make(credentials.admin.key)
    const controlPlane: ControlPlane = {
      url,
      connection: {
        server: url,
        namespace: "default",
        certificateAuthority: credentials.authority,
        insecureSkipTlsVerify: false,
        identity: { certificate: { certificate: credentials.admin.certificate, key: clientKey } },
        context
      },
      certificateAuthority: credentials.authority,
      clientCertificate: credentials.admin.certificate,
      clientKey,
      token: Redacted.make(credentials.token),
      kubeconfig,
      kubeconfigPath,
      assets,
      folder,
      etcd: { ...etcd, compact: Probe.compact(folder) },
      apiserver,
      controllerManager: controllerManager?.component,
      kubectl: (...args) => kubectl(assets, folder, kubeconfigPath, args)
    }
    // The kubeconfig holds a key: whoever prints a control plane sees where it is and no more.
    const shown = { _id: "effect-kube/testing/EnvTest", url, folder }
    return Object.defineProperties(controlPlane, {
      toJSON: { value: () => shown },
      [NodeInspectSymbol]: { value: () => shown }
    })
  })

// ---------------------------------------------------------------- programs

const findAssets = (given: string | undefined): Effect.Effect<string, EnvTestError> =>
  given !== undefined ? Effect.succeed(Path.resolve(given)) : Config.nonEmptyString("KUBEBUILDER_ASSETS").pipe(
    Effect.map((folder) => Path.resolve(folder)),
    Effect.mapError(() =>
      new EnvTestError({
        reason: "AssetsNotSet",
        description: "KUBEBUILDER_ASSETS is not set: it names the folder with etcd and kube-apiserver. " + howToBuild
      })
    )
  )

const howToBuild =
  "In a clone of effect-kube, build them once with: export KUBEBUILDER_ASSETS=$(scripts/envtest/build);" +
  " a folder that setup-envtest made will do as well"

const requireProgram = (assets: string, name: string): Effect.Effect<void, EnvTestError> =>
  Effect.try({
    try: () => Fs.accessSync(Path.join(assets, name), Fs.constants.X_OK),
    catch: (cause) =>
      new EnvTestError({
        reason: "BinaryMissing",
        component: name,
        description: `${Path.join(assets, name)} is missing or cannot be executed. ${howToBuild}`,
        cause
      })
  })

/** The systems allow 103 bytes (macOS) or 107 (Linux) for the path of a socket, and say little when it is longer. */
const requireShortPath = (socket: string): Effect.Effect<void, EnvTestError> =>
  Buffer.byteLength(socket) <= 103 ? Effect.void : Effect.fail(
    new EnvTestError({
      reason: "System",
      component: "etcd",
      description: `the path ${socket} is longer than the 103 bytes of a socket: set TMPDIR to a shorter folder`
    })
  )

const attempt = <A>(what: string, action: () => A): Effect.Effect<A, EnvTestError> =>
  Effect.try({
    try: action,
    catch: (cause) => new EnvTestError({ reason: "System", description: `cannot ${what}: ${String(cause)}`, cause })
  })

const kubectl = (
  assets: string,
  folder: string,
  kubeconfig: string,
  args: ReadonlyArray<string>
): Effect.Effect<string, EnvTestError> =>
  Effect.zipRight(
    requireProgram(assets, "kubectl"),
    Effect.async<string, EnvTestError>((resume) => {
      const child = ChildProcess.execFile(
        Path.join(assets, "kubectl"),
        ["--kubeconfig", kubeconfig, "--cache-dir", Path.join(folder, "kubectl-cache"), ...args],
        { maxBuffer: 256 * 1024 * 1024 },
        (cause, output, errors) =>
          resume(
            cause === null ? Effect.succeed(output) : Effect.fail(
              new EnvTestError({
                reason: "KubectlFailed",
                component: "kubectl",
                description: `kubectl ${args.join(" ")} ended with ${cause.signal ?? `code ${cause.code}`}`,
                log: errors.trim()
              })
            )
          )
      )
      child.stdin?.end()
      return Effect.sync(() => child.kill("SIGKILL"))
    })
  )

// ---------------------------------------------------------------- ports

/** A free port below the range from which systems take ports for outgoing connections. */
export const freePort: Effect.Effect<number, EnvTestError> = Effect.async<number, EnvTestError>((resume) => {
  const port = Crypto.randomInt(12_000, 30_000)
  const server = Net.createServer()
  server.once("error", (cause) => resume(new EnvTestError({ reason: "System", description: "no free port", cause })))
  server.listen({ host: address, port, exclusive: true }, () => server.close(() => resume(Effect.succeed(port))))
  return Effect.sync(() => server.close())
}).pipe(Effect.retry({ times: 50 }))

const onFreePort = (
  choosePort: Effect.Effect<number, EnvTestError>,
  make: (port: number) => Component
): Effect.Effect<{ readonly component: Component; readonly port: number }, EnvTestError> =>
  Effect.flatMap(choosePort, (port) => {
    const component = make(port)
    return Effect.as(component.start, { component, port })
  }).pipe(
    Effect.retry({
      times: portAttempts - 1,
      while: (error) => error.reason === "Exited" && (error.log ?? "").includes("address already in use")
    })
  )

// ---------------------------------------------------------------- certificates

interface Credentials {
  readonly authority: string
  readonly admin: KeyPair
  readonly token: string
}

const writeCredentials = (folder: string): Effect.Effect<Credentials, EnvTestError> =>
  Effect.gen(function*() {
    const authority = yield* makeAuthority("effect-kube-envtest")
    const admin = yield* authority.issue({ commonName: "admin", organizations: ["system:masters"], usage: "client" })
    const server = yield* authority.issue({
      commonName: "kube-apiserver",
      usage: "server",
      names: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
      addresses: [address, "10.0.0.1"]
    })
    const serviceAccounts = makeSigningKey()
    const token = Crypto.randomBytes(32).toString("hex")
    yield* attempt("write the certificates", () => {
      writeSecret(folder, "ca.crt", authority.certificate)
      writeSecret(folder, "server.crt", server.certificate)
      writeSecret(folder, "server.key", server.key)
      writeSecret(folder, "service-accounts.key", serviceAccounts.privateKey)
      writeSecret(folder, "service-accounts.pub", serviceAccounts.publicKey)
      writeSecret(folder, "tokens.csv", `${token},admin,admin,system:masters\n`)
    })
    return { authority: authority.certificate, admin, token }
  })

const writeSecret = (folder: string, name: string, content: string): void =>
  Fs.writeFileSync(Path.join(folder, name), content, { mode: 0o600 })

/** JSON, which every reader of YAML takes. */
const kubeconfigOf = (url: string, authority: string, admin: KeyPair): string => {
  const base64 = (text: string): string => Buffer.from(text).toString("base64")
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "envtest", cluster: { server: url, "certificate-authority-data": base64(authority) } }],
    users: [{
      name: "admin",
      user: { "client-certificate-data": base64(admin.certificate), "client-key-data": base64(admin.key) }
    }],
    contexts: [{ name: context, context: { cluster: "envtest", user: "admin", namespace: "default" } }],
    "current-context": context
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}

// ---------------------------------------------------------------- arguments

const etcdArguments = (folder: string): ReadonlyArray<string> => {
  const peers = "unix://etcd-peers.sock:0"
  const clients = `unix://${Probe.etcdSocket}`
  return [
    "--name=default",
    `--data-dir=${Path.join(folder, "etcd")}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    // The data ends with the test, so nobody needs it on the disk; 8 GiB is the most that etcd advises.
    "--unsafe-no-fsync",
    `--quota-backend-bytes=${8 * 1024 ** 3}`,
    "--log-level=warn"
  ]
}

const apiserverArguments = (folder: string, port: number, options: Options): ReadonlyArray<string> => {
  const file = (name: string): string => Path.join(folder, name)
  return withFlags({
    "etcd-servers": `unix://${Probe.etcdSocket}`,
    "bind-address": address,
    "secure-port": `${port}`,
    "tls-cert-file": file("server.crt"),
    "tls-private-key-file": file("server.key"),
    "client-ca-file": file("ca.crt"),
    "token-auth-file": file("tokens.csv"),
    "service-account-issuer": `https://${address}:${port}`,
    "service-account-signing-key-file": file("service-accounts.key"),
    "service-account-key-file": file("service-accounts.pub"),
    "service-cluster-ip-range": "10.0.0.0/24",
    "authorization-mode": "RBAC",
    "allow-privileged": "true",
    // No controller makes the service accounts that this plugin wants every Pod to have.
    "disable-admission-plugins": "ServiceAccount",
    // A loopback address is refused as an endpoint of the service `kubernetes`.
    "endpoint-reconciler-type": "none",
    ...featureGates(options),
    ...(options.runtimeConfig === undefined ? {} : { "runtime-config": pairs(options.runtimeConfig) })
  }, options.apiserverFlags)
}

const controllerManagerArguments = (
  folder: string,
  port: number,
  kubeconfig: string,
  controllers: ReadonlyArray<string>,
  options: Options
): ReadonlyArray<string> => {
  const file = (name: string): string => Path.join(folder, name)
  return withFlags({
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    // The API server has no aggregation layer's certificates to be looked up.
    "authentication-skip-lookup": "true",
    controllers: controllers.join(","),
    "leader-elect": "false",
    "bind-address": address,
    "secure-port": `${port}`,
    "tls-cert-file": file("server.crt"),
    "tls-private-key-file": file("server.key"),
    "root-ca-file": file("ca.crt"),
    "service-account-private-key-file": file("service-accounts.key"),
    "kube-api-qps": "1000",
    "kube-api-burst": "2000",
    ...featureGates(options)
  }, options.controllerManagerFlags)
}

const featureGates = (options: Options): Record<string, string> =>
  options.featureGates === undefined ? {} : { "feature-gates": pairs(options.featureGates) }

const pairs = (record: Readonly<Record<string, boolean>>): string =>
  Object.entries(record).map(([name, value]) => `${name}=${value}`).join(",")

const withFlags = (
  own: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>> | undefined
): ReadonlyArray<string> => Object.entries({ ...own, ...given }).map(([name, value]) => `--${name}=${value}`)
