/**
 * Kubeconfig entries in the words of the file, for who lists or shows them; public as `KubeConfig.View` and its parts.
 *
 * Reference: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
import type * as Redacted from "effect/Redacted"

/** Whatever other programs keep in a kubeconfig, under a name. */
export interface Extension {
  readonly name: string
  readonly extension?: unknown
}

/** Where an entry was found. */
export interface Named {
  readonly name: string
  /** The file that it is from: the first of the list that has an entry of this name. */
  readonly file: string
}

export interface NamedContext extends Named {
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
  readonly extensions?: ReadonlyArray<Extension>
}

export interface NamedCluster extends Named {
  readonly server?: string
  readonly "tls-server-name"?: string
  readonly "insecure-skip-tls-verify"?: boolean
  /** A path, relative to the folder of the file. */
  readonly "certificate-authority"?: string
  /** Base64 of PEM. */
  readonly "certificate-authority-data"?: string
  readonly "proxy-url"?: Redacted.Redacted<string>
  readonly "disable-compression"?: boolean
  readonly extensions?: ReadonlyArray<Extension>
}

export interface NamedUser extends Named {
  /** A path, relative to the folder of the file. */
  readonly "client-certificate"?: string
  /** Base64 of PEM. */
  readonly "client-certificate-data"?: string
  /** A path, relative to the folder of the file. */
  readonly "client-key"?: string
  /** Base64 of PEM. */
  readonly "client-key-data"?: Redacted.Redacted<string>
  readonly token?: Redacted.Redacted<string>
  /** A path, relative to the folder of the file. */
  readonly tokenFile?: string
  readonly as?: string
  readonly "as-uid"?: string
  readonly "as-groups"?: ReadonlyArray<string>
  readonly "as-user-extra"?: { readonly [key: string]: ReadonlyArray<string> }
  readonly username?: string
  readonly password?: Redacted.Redacted<string>
  readonly "auth-provider"?: {
    readonly name: string
    readonly config?: { readonly [key: string]: Redacted.Redacted<string> }
  }
  readonly exec?: {
    readonly command?: string
    readonly args?: ReadonlyArray<string>
    readonly env?: ReadonlyArray<{ readonly name: string; readonly value?: Redacted.Redacted<string> }>
    readonly apiVersion?: string
    readonly installHint?: string
    readonly provideClusterInfo?: boolean
    readonly interactiveMode?: string
  }
  readonly extensions?: ReadonlyArray<Extension>
}

/** What a list of kubeconfig files says together: `kubectl config view`. Entries are sorted by their names. */
export interface View {
  /** The files that were read, in the order in which they count. */
  readonly files: ReadonlyArray<string>
  /** Of the first file that sets it. It may name a context that is not there. */
  readonly currentContext: string | undefined
  readonly contexts: ReadonlyArray<NamedContext>
  readonly clusters: ReadonlyArray<NamedCluster>
  readonly users: ReadonlyArray<NamedUser>
  readonly extensions: ReadonlyArray<Extension>
  /** Deprecated in Kubernetes 1.34, and used by nothing since. */
  readonly preferences: { readonly colors?: boolean; readonly extensions?: ReadonlyArray<Extension> }
}
