/** What a user's entry lets the client show: the rules are client-go's, but for those that `KubeConfig`'s comment lists. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ExecPlugin, Identity, LoadOptions, OpenIdConnect, PemFile } from "../KubeConfig.js"
import { type KubeConfigError, problem } from "./kubeConfigError.js"
import type { AuthProvider, Exec, User } from "./kubeconfigFile.js"

export type Env = FileSystem.FileSystem | Path.Path

/** Where a value was found, for errors, and where its relative paths start. */
export interface Place {
  readonly source: string
  readonly path: string
  readonly directory: string
}

export const at = (place: Place, key: string): Place => ({
  ...place,
  path: place.path === "" ? key : `${place.path}.${key}`
})

export const refuse = (place: Place, text: string): KubeConfigError => problem(place.source, place.path, text)

const isSet = (text: string | Redacted.Redacted<string> | undefined): boolean =>
  text !== undefined && (Redacted.isRedacted(text) ? Redacted.value(text) : text) !== ""

/** A file that an entry names, as an absolute path; it must be readable now, though it is read again later. */
export const localFile = (
  place: Place,
  path: string,
  options: LoadOptions | undefined
): Effect.Effect<{ readonly file: string; readonly text: string }, KubeConfigError, Env> =>
  Effect.gen(function*() {
    if (options?.localFiles === "refuse") {
      return yield* refuse(
        place,
        "names a file of this machine, which the options refuse: the data must be in the kubeconfig"
      )
    }
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const file = paths.resolve(place.directory, path)
    const text = yield* Effect.mapError(fs.readFileString(file), () => refuse(place, `cannot read ${file}`))
    return { file, text }
  })

/** What OpenSSL says of other text names neither the file nor the field. */
const checkPem = (place: Place, text: string): Effect.Effect<void, KubeConfigError> =>
  text.includes("-----BEGIN ")
    ? Effect.void
    : refuse(place, "expected PEM, which has a line such as -----BEGIN CERTIFICATE-----")

/** PEM from base64 in the entry (under the key with `-data`), which wins, or from a file beside it. */
export const pem = (
  place: Place,
  key: string,
  data: string | undefined,
  path: string | undefined,
  options: LoadOptions | undefined
): Effect.Effect<string | PemFile | undefined, KubeConfigError, Env> =>
  Effect.gen(function*() {
    if (data !== undefined && data !== "") {
      const bytes = yield* Effect.mapError(
        Effect.try(() => Uint8Array.from(globalThis.atob(data), (character) => character.charCodeAt(0))),
        () => refuse(at(place, `${key}-data`), "expected base64")
      )
      const text = new TextDecoder().decode(bytes)
      yield* checkPem(at(place, `${key}-data`), text)
      return text
    }
    if (path === undefined || path === "") return undefined
    const { file, text } = yield* localFile(at(place, key), path, options)
    yield* checkPem(at(place, key), text)
    return { file }
  })

const older = "client.authentication.k8s.io/v1beta1"
const current = "client.authentication.k8s.io/v1"

const interactiveModes = ["Never", "IfAvailable", "Always"] as const

/** A hint is shown in a terminal: what would steer it is spelled out (client-go does the same). */
const withoutControls = (text: string): string =>
  text.replace(
    /[\p{C}]/gu,
    (character) =>
      /[\t\n\v\f\r]/.test(character)
        ? character
        : `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`
  )

const checkPolicy = (place: Place, command: string, options: LoadOptions | undefined) => {
  const policy = options?.plugins ?? "allow"
  return policy === "allow" || (policy !== "refuse" && policy.includes(command))
    ? Effect.void
    : refuse(
      at(place, "command"),
      policy === "refuse"
        ? `would run ${JSON.stringify(command)}: the options refuse plugins`
        : `would run ${JSON.stringify(command)}, which is not among the plugins that the options allow`
    )
}

const execPlugin = (
  place: Place,
  exec: Exec,
  clusterConfig: unknown,
  options: LoadOptions | undefined
): Effect.Effect<ExecPlugin, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const paths = yield* Path.Path
    const { apiVersion = "", command: written = "", env = [], installHint = "", interactiveMode = "" } = exec
    if (written === "") return yield* refuse(at(place, "command"), "missing: which program prints the credential?")
    // A bare name is looked for in PATH; anything else is a path, and starts at its own file.
    const command = written.includes(paths.sep) ? paths.resolve(place.directory, written) : written
    if (apiVersion !== current && apiVersion !== older) {
      return yield* refuse(
        at(place, "apiVersion"),
        apiVersion === ""
          ? `missing: expected ${current} or ${older}`
          : apiVersion === "client.authentication.k8s.io/v1alpha1"
          ? `Kubernetes 1.24 removed v1alpha1: a newer version of the plugin speaks ${current} or ${older}`
          : `expected ${current} or ${older}, found ${JSON.stringify(apiVersion)}`
      )
    }
    const nameless = env.findIndex(({ name }) => name === "")
    if (nameless >= 0) return yield* refuse(at(place, `env[${nameless}].name`), "missing: a variable has a name")
    const mode = interactiveMode === "" && apiVersion === older ? "IfAvailable" : interactiveMode
    const known = interactiveModes.find((each) => each === mode)
    if (known === undefined) {
      return yield* refuse(
        at(place, "interactiveMode"),
        `${mode === "" ? "missing: " : ""}expected Never, IfAvailable or Always${
          mode === "" ? ` (${current} wants it said)` : `, found ${JSON.stringify(mode)}`
        }`
      )
    }
    yield* checkPolicy(place, command, options)
    return {
      apiVersion,
      command,
      args: exec.args ?? [],
      env: env.map(({ name, value }) => ({ name, value: value ?? Redacted.make("") })),
      provideClusterInfo: exec.provideClusterInfo ?? false,
      clusterConfig,
      interactiveMode: known,
      installHint: installHint === "" ? undefined : withoutControls(installHint)
    }
  })

/** The programs that took over from client-go's own providers, which Kubernetes 1.26 removed. */
const successors = new Map([
  ["gcp", "gke-gcloud-auth-plugin (`gcloud container clusters get-credentials` sets it up)"],
  ["azure", "kubelogin (`kubelogin convert-kubeconfig` sets it up)"],
  ["openstack", "client-keystone-auth"]
])

const openIdConnect = (
  place: Place,
  { config = {}, name }: AuthProvider,
  options: LoadOptions | undefined
): Effect.Effect<OpenIdConnect, KubeConfigError, Env> =>
  Effect.gen(function*() {
    if (name !== "oidc") {
      const successor = successors.get(name)
      return yield* refuse(
        at(place, "name"),
        `no auth provider ${JSON.stringify(name)}: ${
          successor === undefined
            ? "expected oidc, or an exec plugin instead (users[].user.exec)"
            : `use the exec plugin ${successor}`
        }`
      )
    }
    const inConfig = at(place, "config")
    const secret = (key: string) => {
      const value = Object.hasOwn(config, key) ? config[key] : undefined
      return isSet(value) ? value : undefined
    }
    const text = (key: string) => {
      const value = secret(key)
      return value === undefined ? undefined : Redacted.value(value)
    }
    const issuer = text("idp-issuer-url")
    const clientId = text("client-id")
    if (issuer === undefined) return yield* refuse(at(inConfig, "idp-issuer-url"), "missing: the URL of the issuer")
    if (clientId === undefined) {
      return yield* refuse(at(inConfig, "client-id"), "missing: the client's name at the issuer")
    }
    if (secret("id-token") === undefined && secret("refresh-token") === undefined) {
      return yield* refuse(at(inConfig, "id-token"), "missing, and so is refresh-token: sign in with the issuer first")
    }
    return {
      issuer,
      clientId,
      clientSecret: secret("client-secret"),
      idToken: secret("id-token"),
      refreshToken: secret("refresh-token"),
      certificateAuthority: yield* pem(
        inConfig,
        "idp-certificate-authority",
        text("idp-certificate-authority-data"),
        text("idp-certificate-authority"),
        options
      )
    }
  })

const impersonation = (place: Place, user: User): Effect.Effect<Identity["impersonate"], KubeConfigError> => {
  const { as = "", "as-groups": groups = [], "as-uid": uid = "", "as-user-extra": extra = {} } = user
  if (as !== "") {
    return Effect.succeed({
      user: as,
      uid: uid === "" ? undefined : uid,
      groups: groups.length === 0 ? undefined : groups,
      extra: Object.keys(extra).length === 0 ? undefined : extra
    })
  }
  const alone = uid !== "" ? "as-uid" : groups.length > 0 ? "as-groups" : "as-user-extra"
  return uid === "" && groups.length === 0 && Object.keys(extra).length === 0
    ? Effect.succeed(undefined)
    : refuse(at(place, "as"), `missing: ${alone} goes with a user to impersonate`)
}

/** A certificate and its key, each from the entry or from a file. */
const certificate = (
  place: Place,
  user: User,
  options: LoadOptions | undefined
): Effect.Effect<Identity["certificate"], KubeConfigError, Env> =>
  Effect.gen(function*() {
    const keyData = user["client-key-data"]
    const certificate = yield* pem(
      place,
      "client-certificate",
      user["client-certificate-data"],
      user["client-certificate"],
      options
    )
    const key = yield* pem(place, "client-key", keyData && Redacted.value(keyData), user["client-key"], options)
    if (certificate !== undefined && key !== undefined) {
      return { certificate, key: typeof key === "string" ? Redacted.make(key) : key }
    }
    return certificate === undefined && key === undefined ? undefined : yield* refuse(
      at(place, certificate === undefined ? "client-certificate" : "client-key"),
      "missing: a client certificate and its key go together"
    )
  })

/** Who the entry says that the client is; `clusterConfig` is what the cluster's entry holds for plugins. */
export const identityOf = (
  place: Place,
  user: User,
  clusterConfig: unknown,
  options: LoadOptions | undefined
): Effect.Effect<Identity, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const { "auth-provider": provider, exec, password, token, tokenFile = "", username = "" } = user
    if (username === "" ? isSet(password) : password === undefined) {
      return yield* refuse(
        at(place, username === "" ? "username" : "password"),
        "missing: a username and its password go together"
      )
    }
    if (username !== "" && (isSet(token) || tokenFile !== "")) {
      return yield* refuse(
        at(place, "username"),
        `excludes a ${isSet(token) ? "token" : "tokenFile"}: remove one of them`
      )
    }
    if (exec !== undefined && provider !== undefined) {
      return yield* refuse(at(place, "auth-provider"), "excludes exec: remove one of them")
    }
    const file = tokenFile === ""
      ? undefined
      // Where there is a token to begin with, its file may come later.
      : isSet(token) && options?.localFiles !== "refuse"
      ? (yield* Path.Path).resolve(place.directory, tokenFile)
      : (yield* localFile(at(place, "tokenFile"), tokenFile, options)).file
    return {
      token: isSet(token) ? token : undefined,
      tokenFile: file,
      basic: username !== "" && password !== undefined ? { username, password } : undefined,
      certificate: yield* certificate(place, user, options),
      exec: exec && (yield* execPlugin(at(place, "exec"), exec, clusterConfig, options)),
      oidc: provider && (yield* openIdConnect(at(place, "auth-provider"), provider, options)),
      impersonate: yield* impersonation(place, user)
    }
  })
