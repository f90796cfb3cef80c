/**
 * How files become one: of clusters, users, contexts and extensions the first file that has one of a name wins, whole; of
 * single values the first file that sets one (kubectl's rule:
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files).
 */
import * as Redacted from "effect/Redacted"
import { type JsonObject, setKey } from "../../protocol/internal/json.js"
import type { Cluster, Context, Extensions, Parsed, User } from "./kubeconfigFile.js"
import type { Extension, View } from "./kubeconfigView.js"

/** An entry, and its place. */
export interface Entry<A> {
  readonly name: string
  readonly value: A
  readonly file: Parsed
  /** `clusters[0].cluster` */
  readonly path: string
}

export interface Merged {
  readonly files: ReadonlyArray<Parsed>
  readonly currentContext: string | undefined
  readonly contexts: ReadonlyMap<string, Entry<Context>>
  readonly clusters: ReadonlyMap<string, Entry<Cluster>>
  readonly users: ReadonlyMap<string, Entry<User>>
}

const entries = <A>(
  files: ReadonlyArray<Parsed>,
  list: string,
  field: string,
  of: (file: Parsed) => ReadonlyArray<readonly [name: string, value: A]>
): ReadonlyMap<string, Entry<A>> => {
  const found = new Map<string, Entry<A>>()
  for (const file of files) {
    for (const [index, [name, value]] of of(file).entries()) {
      if (!found.has(name)) found.set(name, { name, value, file, path: `${list}[${index}].${field}` })
    }
  }
  return found
}

export const merge = (files: ReadonlyArray<Parsed>): Merged => ({
  files,
  currentContext: files.map(({ config }) => config["current-context"] ?? "").find((name) => name !== ""),
  contexts: entries(
    files,
    "contexts",
    "context",
    ({ config }) => (config.contexts ?? []).map((each) => [each.name, each.context] as const)
  ),
  clusters: entries(
    files,
    "clusters",
    "cluster",
    ({ config }) => (config.clusters ?? []).map((each) => [each.name, each.cluster] as const)
  ),
  users: entries(
    files,
    "users",
    "user",
    ({ config }) => (config.users ?? []).map((each) => [each.name, each.user] as const)
  )
})

/** By code points, which is the order of the names' bytes in UTF-8, in which kubectl sorts. */
const byName = (self: { readonly name: string }, that: { readonly name: string }): number => {
  const [a, b] = [[...self.name], [...that.name]]
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = a[index]!.codePointAt(0)! - b[index]!.codePointAt(0)!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const extensionsOf = (lists: ReadonlyArray<Extensions | undefined>): ReadonlyArray<Extension> => {
  const found = new Map<string, Extension>()
  for (const extension of lists.flatMap((list) => list ?? [])) {
    if (!found.has(extension.name)) found.set(extension.name, extension)
  }
  return [...found.values()].sort(byName)
}

const named = <A extends object>(all: ReadonlyMap<string, Entry<A>>) =>
  [...all.values()].sort(byName).map(({ file, name, value }) => ({ name, file: file.source, ...value }))

export const view = (merged: Merged): View => {
  const configs = merged.files.map(({ config }) => config)
  const preferences = extensionsOf(configs.map(({ preferences }) => preferences?.extensions))
  return {
    files: merged.files.map(({ source }) => source),
    currentContext: merged.currentContext,
    contexts: named(merged.contexts),
    clusters: named(merged.clusters),
    users: named(merged.users),
    extensions: extensionsOf(configs.map(({ extensions }) => extensions)),
    preferences: {
      ...(configs.some(({ preferences }) => preferences?.colors === true) && { colors: true }),
      ...(preferences.length > 0 && { extensions: preferences })
    }
  }
}

/** The values of Redacted, in plain sight; what is empty as Go leaves it out. */
const revealed = (value: unknown): unknown => {
  if (Redacted.isRedacted(value)) return Redacted.value(value)
  if (Array.isArray(value)) return value.map(revealed)
  if (typeof value !== "object" || value === null) return value
  const result: JsonObject = {}
  for (const [key, member] of Object.entries(value)) {
    setKey(result, key, key === "extension" ? member : revealed(member))
  }
  return result
}

/** Without what is empty; but for the keys of `kept`. */
const compact = (fields: object, kept: ReadonlyArray<string> = []): JsonObject => {
  const result: JsonObject = {}
  for (const [key, value] of Object.entries(fields)) {
    const isEmpty = value === undefined || value === "" || value === false ||
      (Array.isArray(value) && value.length === 0) ||
      (key === "as-user-extra" && Object.keys(value).length === 0)
    if (!isEmpty || kept.includes(key)) setKey(result, key, value)
  }
  return result
}

const printedExtensions = (extensions: ReadonlyArray<Extension> | undefined): ReadonlyArray<Extension> | undefined =>
  extensions === undefined
    ? undefined
    : [...extensions].sort(byName).map(({ extension, name }) => ({ name, extension: extension ?? null }))

const orNull = <A>(list: ReadonlyArray<A>): ReadonlyArray<A> | null => list.length === 0 ? null : list

/** From v1 on, a plugin must say whether it asks questions. */
const olderExec = ["client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1alpha1"]

/** The merged file as kubectl writes it, secrets in plain sight. */
export const printed = (view: View): JsonObject => ({
  kind: "Config",
  apiVersion: "v1",
  ...(Object.keys(view.preferences).length > 0 && {
    preferences: compact({ ...view.preferences, extensions: printedExtensions(view.preferences.extensions) })
  }),
  clusters: orNull(view.clusters.map(({ file: _, name, ...cluster }) => ({
    name,
    cluster: compact(
      {
        ...(revealed(cluster) as object),
        server: cluster.server ?? "",
        extensions: printedExtensions(cluster.extensions)
      },
      ["server"]
    )
  }))),
  users: orNull(view.users.map(({ file: _, name, ...user }) => {
    const { "auth-provider": provider, exec, ...plain } = user
    return {
      name,
      user: compact({
        ...(revealed(plain) as object),
        extensions: printedExtensions(user.extensions),
        "auth-provider": provider && { name: provider.name, config: revealed(provider.config ?? null) },
        exec: exec && compact(
          {
            command: exec.command ?? "",
            args: exec.args ?? null,
            env:
              exec.env?.map(({ name, value }) => ({ name, value: value === undefined ? "" : Redacted.value(value) })) ??
                null,
            apiVersion: exec.apiVersion,
            installHint: exec.installHint,
            provideClusterInfo: exec.provideClusterInfo ?? false,
            interactiveMode: exec.interactiveMode ||
              (olderExec.includes(exec.apiVersion ?? "") ? "IfAvailable" : undefined)
          },
          ["command", "args", "env", "provideClusterInfo"]
        )
      })
    }
  })),
  contexts: orNull(view.contexts.map(({ file: _, name, ...context }) => ({
    name,
    context: compact(
      {
        ...context,
        cluster: context.cluster ?? "",
        user: context.user ?? "",
        extensions: printedExtensions(context.extensions)
      },
      ["cluster", "user"]
    )
  }))),
  "current-context": view.currentContext ?? "",
  ...(view.extensions.length > 0 && { extensions: printedExtensions(view.extensions) })
})
