/** The kubeconfig file: its shape, how files merge, and how a context becomes a connection. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as yaml from "js-yaml"
import { issuesOf } from "../../protocol/internal/schemaCodec.js"
import * as KubeError from "../../protocol/KubeError.js"
import type { Connection, Identity } from "../KubeConfig.js"
import { KubeConfigError } from "./kubeConfigError.js"

/** kubectl writes `null` for empty lists and leaves fields out freely. */
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))
const secret = Schema.Redacted(Schema.String)

const Cluster = Schema.Struct({
  server: Schema.String,
  "certificate-authority": optional(Schema.String),
  "certificate-authority-data": optional(Schema.String),
  "insecure-skip-tls-verify": optional(Schema.Boolean),
  "tls-server-name": optional(Schema.String),
  "proxy-url": optional(Schema.String)
}).annotations({ identifier: "cluster" })

const User = Schema.Struct({
  token: optional(secret),
  tokenFile: optional(Schema.String),
  username: optional(Schema.String),
  password: optional(secret),
  "client-certificate": optional(Schema.String),
  "client-certificate-data": optional(Schema.String),
  "client-key": optional(Schema.String),
  "client-key-data": optional(secret),
  exec: optional(Schema.Object),
  "auth-provider": optional(Schema.Object),
  as: optional(Schema.String),
  "as-uid": optional(Schema.String),
  "as-groups": optional(Schema.Array(Schema.String)),
  "as-user-extra": optional(Schema.Object)
}).annotations({ identifier: "user" })

const Context = Schema.Struct({
  cluster: Schema.String,
  user: optional(Schema.String),
  namespace: optional(Schema.String)
}).annotations({ identifier: "context" })

const listOf = <A, I>(what: string, schema: Schema.Schema<A, I>) =>
  optional(Schema.Array(schema).annotations({ description: `a list of ${what}` }))

const File = Schema.Struct({
  clusters: listOf("clusters", Schema.Struct({ name: Schema.String, cluster: Cluster })),
  users: listOf("users", Schema.Struct({ name: Schema.String, user: Schema.NullOr(User) })),
  contexts: listOf("contexts", Schema.Struct({ name: Schema.String, context: Context })),
  "current-context": optional(Schema.String)
}).annotations({ identifier: "kubeconfig" })

/** A file that was read, and where it lies: relative paths in it resolve against its own folder. */
export interface Parsed {
  readonly source: string
  readonly directory: string
  readonly config: typeof File.Type
}

const decode = ParseResult.decodeUnknownEither(File, { errors: "all" })

const problem = (source: string, path: string, text: string) => new KubeConfigError({ source, path, problem: text })

/** Two entries of one name in one file leave open which is meant. */
const duplicate = (config: typeof File.Type): { readonly path: string; readonly name: string } | undefined => {
  for (const list of ["clusters", "users", "contexts"] as const) {
    const seen = new Set<string>()
    for (const [index, { name }] of (config[list] ?? []).entries()) {
      if (seen.has(name)) return { path: `${list}[${index}].name`, name }
      seen.add(name)
    }
  }
  return undefined
}

export const parse = (text: string, source: string, directory: string): Effect.Effect<Parsed, KubeConfigError> =>
  Effect.gen(function*() {
    const json = yield* Effect.try({
      try: () => yaml.load(text.replace(/^\uFEFF/, "")) as unknown,
      // The parser's own message quotes the lines around the place, which may hold a token.
      catch: (error) => {
        const mark = error instanceof yaml.YAMLException ? error.mark : undefined
        return problem(
          source,
          "",
          `not YAML${mark === undefined ? "" : `: line ${mark.line + 1}, column ${mark.column + 1}`}`
        )
      }
    })
    if (json === undefined || json === null) return { source, directory, config: {} }
    const config = decode(json)
    if (Either.isLeft(config)) {
      const [first] = issuesOf(config.left)
      const path = first === undefined ? "" : KubeError.formatPath(first.path)
      const expected = first === undefined ? "not a kubeconfig" : `expected ${first.expected}`
      return yield* problem(source, path, expected)
    }
    const twice = duplicate(config.right)
    if (twice !== undefined) {
      return yield* problem(source, twice.path, `the name ${JSON.stringify(twice.name)} is there twice`)
    }
    return { source, directory, config: config.right }
  })

export const read = (path: string): Effect.Effect<Parsed, KubeConfigError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const bytes = yield* Effect.mapError(
      fs.readFile(path),
      (error) =>
        problem(
          path,
          "",
          error._tag === "SystemError" && error.reason === "NotFound" ? "no such file" : "cannot be read"
        )
    )
    return yield* parse(decodeText(bytes), path, paths.dirname(paths.resolve(path)))
  })

/** UTF-8 with or without a byte order mark, or UTF-16 with one. */
const decodeText = (bytes: Uint8Array): string => {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe
    ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff
    ? "utf-16be"
    : "utf-8"
  return new TextDecoder(encoding).decode(bytes)
}

interface Found<A> {
  readonly value: A
  readonly file: Parsed
  readonly path: string
}

type Section = "clusters" | "users" | "contexts"

/** The first file that has an entry of that name wins, whole. */
const find = <A>(
  files: ReadonlyArray<Parsed>,
  section: Section,
  name: string,
  get: (entry: never) => A
): Found<A> | undefined => {
  for (const file of files) {
    const entries: ReadonlyArray<{ readonly name: string }> = file.config[section] ?? []
    const index = entries.findIndex((entry) => entry.name === name)
    if (index >= 0) return { value: get(entries[index] as never), file, path: `${section}[${index}]` }
  }
  return undefined
}

const names = (files: ReadonlyArray<Parsed>, section: Section): string => {
  const all = new Set(files.flatMap((file) => (file.config[section] ?? []).map((entry) => entry.name)))
  return all.size === 0 ? "there are none" : `there are ${[...all].join(", ")}`
}

/** Inline data, base64 in the file, wins over a file beside it. */
const pem = (
  found: Found<unknown>,
  key: string,
  data: string | null | undefined,
  path: string | null | undefined
): Effect.Effect<string | undefined, KubeConfigError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const { source, directory } = found.file
    if (data !== undefined && data !== null && data !== "") {
      const bytes = yield* Effect.mapError(
        Effect.try(() =>
          Uint8Array.from(globalThis.atob(data.replace(/\s/g, "")), (character) => character.charCodeAt(0))
        ),
        () => problem(source, `${found.path}.${key}-data`, "expected base64")
      )
      return new TextDecoder().decode(bytes)
    }
    if (path === undefined || path === null || path === "") return undefined
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const resolved = paths.resolve(directory, path)
    return yield* Effect.mapError(fs.readFileString(resolved), () =>
      problem(source, `${found.path}.${key}`, `cannot read ${resolved}`))
  })

/** Ways of signing in that would change who asks: refused, because ignoring them would ask as somebody else. */
const notYet = ["exec", "auth-provider", "as", "as-uid", "as-groups", "as-user-extra"] as const

const identity = (
  found: Found<typeof User.Type | null>
): Effect.Effect<Identity, KubeConfigError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const user = found.value
    if (user === null) return {}
    const paths = yield* Path.Path
    const at = { ...found, path: `${found.path}.user` }
    for (const key of notYet) {
      if (user[key] !== undefined && user[key] !== null) {
        return yield* problem(
          found.file.source,
          `${at.path}.${key}`,
          "this way of signing in is not there yet: use a token or a client certificate"
        )
      }
    }
    if ((user.username ?? "") !== "" && user.password === undefined) {
      return yield* problem(
        found.file.source,
        `${at.path}.password`,
        "missing: a username and its password go together"
      )
    }
    const certificate = yield* pem(
      at,
      "client-certificate",
      user["client-certificate-data"],
      user["client-certificate"]
    )
    const keyData = user["client-key-data"]
    const key = yield* pem(at, "client-key", keyData && Redacted.value(keyData), user["client-key"])
    if ((certificate === undefined) !== (key === undefined)) {
      const missing = certificate === undefined ? "client-certificate" : "client-key"
      return yield* problem(
        found.file.source,
        `${at.path}.${missing}`,
        "missing: a client certificate and its key go together"
      )
    }
    return {
      token: user.token ?? undefined,
      tokenFile: user.tokenFile ? paths.resolve(found.file.directory, user.tokenFile) : undefined,
      basic: user.username && user.password ? { username: user.username, password: user.password } : undefined,
      certificate: certificate !== undefined && key !== undefined ? { certificate, key: Redacted.make(key) } : undefined
    }
  })

/** The connection that a context of the merged files describes. */
export const connection = (
  files: ReadonlyArray<Parsed>,
  wanted: string | undefined
): Effect.Effect<Connection, KubeConfigError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const source = files.map((file) => file.source).join(", ")
    const name = wanted ?? files.map((file) => file.config["current-context"]).find((context) =>
      context !== undefined && context !== null && context !== ""
    )
    if (name === undefined || name === null) {
      return yield* problem(source, "current-context", `not set: name a context (${names(files, "contexts")})`)
    }
    const context = find(files, "contexts", name, (entry: { readonly context: typeof Context.Type }) => entry.context)
    if (context === undefined) {
      return yield* problem(source, "contexts", `no context ${JSON.stringify(name)}: ${names(files, "contexts")}`)
    }
    const at = (file: Parsed, path: string, text: string) => problem(file.source, path, text)
    const cluster = find(files, "clusters", context.value.cluster, (entry: { readonly cluster: typeof Cluster.Type }) =>
      entry.cluster)
    if (cluster === undefined) {
      return yield* at(
        context.file,
        `${context.path}.context.cluster`,
        `no cluster ${JSON.stringify(context.value.cluster)}: ${names(files, "clusters")}`
      )
    }
    const { server } = cluster.value
    if (!/^https?:\/\/[^/]+/.test(server)) {
      return yield* at(
        cluster.file,
        `${cluster.path}.cluster.server`,
        `expected a URL such as https://10.0.0.1:6443, found ${JSON.stringify(server)}`
      )
    }
    if (/^https?:\/\/[^/]*@/.test(server)) {
      return yield* at(
        cluster.file,
        `${cluster.path}.cluster.server`,
        "expected a URL without a user and password: they belong under users"
      )
    }
    const authority = cluster.value["certificate-authority-data"] || cluster.value["certificate-authority"]
    if (cluster.value["insecure-skip-tls-verify"] === true && authority) {
      return yield* at(
        cluster.file,
        `${cluster.path}.cluster.insecure-skip-tls-verify`,
        "excludes a certificate-authority: remove one of them"
      )
    }
    if (cluster.value["proxy-url"]) {
      return yield* at(cluster.file, `${cluster.path}.cluster.proxy-url`, "proxies are not there yet")
    }
    const userName = context.value.user ?? undefined
    const user = userName === undefined || userName === ""
      ? undefined
      : find(files, "users", userName, (entry: { readonly user: typeof User.Type | null }) =>
        entry.user)
    if (user === undefined && userName !== undefined && userName !== "") {
      return yield* at(
        context.file,
        `${context.path}.context.user`,
        `no user ${JSON.stringify(userName)}: ${names(files, "users")}`
      )
    }
    const result: Connection = {
      server,
      namespace: context.value.namespace || "default",
      certificateAuthority: yield* pem(
        { ...cluster, path: `${cluster.path}.cluster` },
        "certificate-authority",
        cluster.value["certificate-authority-data"],
        cluster.value["certificate-authority"]
      ),
      tlsServerName: cluster.value["tls-server-name"] || undefined,
      insecureSkipTlsVerify: cluster.value["insecure-skip-tls-verify"] ?? false,
      identity: user === undefined ? {} : yield* identity(user),
      context: name
    }
    return result
  })
