/** Where a configuration is looked for: the environment, the home directory, a Pod's service account. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Connection, LoadOptions } from "../KubeConfig.js"
import { assemble } from "./kubeconfigConnection.js"
import { type KubeConfigError, problem } from "./kubeConfigError.js"
import type { Env } from "./kubeconfigIdentity.js"

/** A variable that is set, and not to nothing. */
export const environment = (name: string): Effect.Effect<string | undefined> =>
  Config.option(Config.string(name)).pipe(
    Effect.map(Option.filter((value) => value !== "")),
    Effect.map(Option.getOrUndefined),
    Effect.orElseSucceed(() => undefined)
  )

const isThere = (path: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orElseSucceed(fs.exists(path), () => false))

/**
 * `HOME`. On Windows the first of `HOME`, `HOMEDRIVE` with `HOMEPATH`, and `USERPROFILE` that has a kubeconfig, else the
 * first of `HOME`, `USERPROFILE`, and the two others that is set.
 */
const homeFile: Effect.Effect<string | undefined, never, Env> = Effect.gen(function*() {
  const path = yield* Path.Path
  const file = (home: string | undefined) => home === undefined ? undefined : path.join(home, ".kube", "config")
  const home = file(yield* environment("HOME"))
  if (path.sep !== "\\") return home
  const [drive, onDrive] = [yield* environment("HOMEDRIVE"), yield* environment("HOMEPATH")]
  const driven = file(drive === undefined || onDrive === undefined ? undefined : `${drive}${onDrive}`)
  const profile = file(yield* environment("USERPROFILE"))
  for (const each of [home, driven, profile]) {
    if (each !== undefined && (yield* isThere(each))) return each
  }
  return home ?? profile ?? driven
})

/** The files of `KUBECONFIG`, a list of paths as in `PATH`, each once; else `~/.kube/config`. */
export const defaultFiles: Effect.Effect<ReadonlyArray<string>, never, Env> = Effect.gen(function*() {
  const path = yield* Path.Path
  const list = yield* environment("KUBECONFIG")
  if (list !== undefined) {
    return [...new Set(list.split(path.sep === "\\" ? ";" : ":").filter((entry) => entry !== ""))]
  }
  const home = yield* homeFile
  return home === undefined ? [] : [home]
})

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"
const tokenFile = `${serviceAccount}/token`
const authorityFile = `${serviceAccount}/ca.crt`

/** Whether this is a Pod with a service account. */
export const isInCluster: Effect.Effect<boolean, never, Env> = Effect.gen(function*() {
  const host = yield* environment("KUBERNETES_SERVICE_HOST")
  const port = yield* environment("KUBERNETES_SERVICE_PORT")
  return host !== undefined && port !== undefined && (yield* isThere(tokenFile))
})

/** The Pod's namespace: `POD_NAMESPACE` where the Pod's author sets it, else that of the service account. */
const podNamespace: Effect.Effect<string | undefined, never, Env> = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  return (yield* environment("POD_NAMESPACE")) ??
    (yield* Effect.orElseSucceed(fs.readFileString(`${serviceAccount}/namespace`), () => "")).trim()
})

/** The connection of a Pod's service account. Its files rotate: they are named in the connection, and read again. */
export const inCluster = (options: LoadOptions | undefined): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const source = "in-cluster configuration"
    const host = yield* environment("KUBERNETES_SERVICE_HOST")
    const port = yield* environment("KUBERNETES_SERVICE_PORT")
    if (host === undefined || port === undefined) {
      return yield* problem(
        source,
        "",
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: is this a Pod?"
      )
    }
    const hasAuthority = yield* isThere(authorityFile)
    if (!hasAuthority) {
      yield* Effect.logWarning(`${source}: there is no ${authorityFile}; those that the platform trusts are trusted`)
    }
    const file = { source, directory: serviceAccount, config: {} }
    return yield* assemble({
      cluster: {
        name: "",
        path: "",
        file,
        value: {
          server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
          ...(hasAuthority && { "certificate-authority": authorityFile })
        }
      },
      user: { name: "", path: "", file, value: { tokenFile } },
      namespace: yield* podNamespace,
      context: undefined
    }, { ...options, localFiles: "allow" })
  })
