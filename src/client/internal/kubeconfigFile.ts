/**
 * The kubeconfig file as it is written: its bytes, its YAML, its shape. It refuses what kubectl refuses of any file; what
 * an entry means for a connection is decided where one is made of it (kubeconfigConnection.ts).
 *
 * Reference: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { isObject, setKey } from "../../protocol/internal/json.js"
import { keepingProtoKeys } from "../../protocol/internal/protoKeys.js"
import { issuesOf } from "../../protocol/internal/schemaCodec.js"
import { readDocument, Unreadable } from "../../protocol/internal/yaml11.js"
import * as KubeError from "../../protocol/KubeError.js"
import { type KubeConfigError, problem } from "./kubeConfigError.js"

/** Every field may be missing: what must be there depends on what the file is used for. */
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const Secret = Schema.Redacted(Schema.String)

/** Base64 as Go reads it: the ends of lines are skipped, and nothing else. */
const Base64 = Schema.transform(
  Schema.String.pipe(
    Schema.filter((text) =>
      /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replace(/[\r\n]/g, ""))
    )
  ).annotations({ description: "base64" }),
  Schema.String,
  { strict: true, decode: (text) => text.replace(/[\r\n]/g, ""), encode: (text) => text }
)

const listOf = <A, I>(what: string, schema: Schema.Schema<A, I>) =>
  optional(Schema.Array(schema).annotations({ description: `a list of ${what}` }))

const struct = <F extends Schema.Struct.Fields>(what: string, fields: F) =>
  Schema.Struct(fields).annotations({ description: what })

const textsByKey = (what: string) =>
  keepingProtoKeys(Schema.Record({ key: Schema.String, value: Schema.Array(Schema.String) }), false)
    .annotations({ description: what })

/** Entries may lack their name: it is empty then. */
const name = Schema.optionalWith(Schema.String, { exact: true, default: () => "" })

const Extensions = listOf("extensions", struct("an extension", { name, extension: optional(Schema.Unknown) }))

const Cluster = struct("a cluster", {
  server: optional(Schema.String),
  "tls-server-name": optional(Schema.String),
  "insecure-skip-tls-verify": optional(Schema.Boolean),
  "certificate-authority": optional(Schema.String),
  "certificate-authority-data": optional(Base64),
  "proxy-url": optional(Secret),
  "disable-compression": optional(Schema.Boolean),
  extensions: Extensions
})

const Exec = struct("an exec plugin", {
  command: optional(Schema.String),
  args: listOf("texts", Schema.String),
  env: listOf("names and values", struct("a name and a value", { name, value: optional(Secret) })),
  apiVersion: optional(Schema.String),
  installHint: optional(Schema.String),
  provideClusterInfo: optional(Schema.Boolean),
  interactiveMode: optional(Schema.String)
})

const AuthProvider = struct("an auth provider", {
  name,
  config: optional(
    keepingProtoKeys(Schema.Record({ key: Schema.String, value: Secret }), false)
      .annotations({ description: "texts by their keys" })
  )
})

const User = struct("a user", {
  "client-certificate": optional(Schema.String),
  "client-certificate-data": optional(Base64),
  "client-key": optional(Schema.String),
  "client-key-data": optional(Schema.Redacted(Base64)),
  token: optional(Secret),
  tokenFile: optional(Schema.String),
  as: optional(Schema.String),
  "as-uid": optional(Schema.String),
  "as-groups": listOf("texts", Schema.String),
  "as-user-extra": optional(textsByKey("lists of texts by their keys")),
  username: optional(Schema.String),
  password: optional(Secret),
  "auth-provider": optional(AuthProvider),
  exec: optional(Exec),
  extensions: Extensions
})

const Context = struct("a context", {
  cluster: optional(Schema.String),
  user: optional(Schema.String),
  namespace: optional(Schema.String),
  extensions: Extensions
})

const entry = <A, I>(schema: Schema.Schema<A, I>, empty: () => NoInfer<A>) =>
  Schema.optionalWith(schema, { exact: true, default: empty })

const File = struct("an object: a kubeconfig", {
  kind: optional(Schema.String),
  apiVersion: optional(Schema.String),
  preferences: optional(struct("an object", { colors: optional(Schema.Boolean), extensions: Extensions })),
  clusters: listOf("clusters", struct("a cluster", { name, cluster: entry(Cluster, () => ({})) })),
  users: listOf("users", struct("a user", { name, user: entry(User, () => ({})) })),
  contexts: listOf("contexts", struct("a context", { name, context: entry(Context, () => ({})) })),
  "current-context": optional(Schema.String),
  extensions: Extensions
})

export type Cluster = typeof Cluster.Type
export type User = typeof User.Type
export type Context = typeof Context.Type
export type Exec = typeof Exec.Type
export type AuthProvider = typeof AuthProvider.Type
export type Extensions = NonNullable<Cluster["extensions"]>
export type Shape = typeof File.Type

/** A file that was read, and where it lies: relative paths in it resolve against its own folder. */
export interface Parsed {
  readonly source: string
  readonly directory: string
  readonly config: Shape
  /** Where it can be written to, as an absolute path; undefined for a text in memory. */
  readonly file?: string | undefined
}

const decode = ParseResult.decodeUnknownEither(File)

/** kubectl reads a null as if nothing was there, and one in a list as an entry without fields; in an extension it is a value. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => item === null ? {} : withoutNulls(item))
  if (!isObject(value)) return value
  const result: { [key: string]: unknown } = {}
  for (const [key, member] of Object.entries(value)) {
    if (key === "extension") setKey(result, key, member)
    else if (member !== null) setKey(result, key, withoutNulls(member))
  }
  return result
}

/** Two entries of one name in one list leave open which is meant. */
const twice = (entries: ReadonlyArray<{ readonly name: string }> | undefined, path: string) => {
  const seen = new Set<string>()
  for (const [index, { name }] of (entries ?? []).entries()) {
    if (seen.has(name)) return { path: `${path}[${index}].name`, name }
    seen.add(name)
  }
  return undefined
}

const duplicate = (config: Shape): { readonly path: string; readonly name: string } | undefined => {
  const inside = (
    list: "clusters" | "users" | "contexts",
    field: string,
    extensions: ReadonlyArray<Extensions | undefined> | undefined
  ) => {
    for (const [index, each] of (extensions ?? []).entries()) {
      const found = twice(each, `${list}[${index}].${field}.extensions`)
      if (found !== undefined) return found
    }
    return twice(config[list], list)
  }
  return inside("clusters", "cluster", config.clusters?.map((each) => each.cluster.extensions)) ??
    inside("users", "user", config.users?.map((each) => each.user.extensions)) ??
    inside("contexts", "context", config.contexts?.map((each) => each.context.extensions)) ??
    twice(config.extensions, "extensions") ??
    twice(config.preferences?.extensions, "preferences.extensions")
}

/** Why people meet these: YAML takes such words for more than texts, and quotes are what they need. */
const hint = (expected: string, actual: string): string =>
  expected === "a string" && (actual === "a number" || actual === "a boolean")
    ? "; YAML reads it so without quotes"
    : expected === "a boolean" && actual === "a string"
    ? "; leave its quotes out"
    : ""

/** From YAML to the file's shape, or the first thing in it that does not fit. */
const shapeOf = (source: string, json: unknown): Either.Either<Shape, KubeConfigError> => {
  if (json === undefined || json === null) return Either.right({})
  const config = decode(withoutNulls(json))
  if (Either.isLeft(config)) {
    // Masked: a value that is of another type than expected may be a secret all the same.
    const [first] = issuesOf(config.left, [], [], true)
    return Either.left(
      first === undefined
        ? problem(source, "", "not a kubeconfig")
        : problem(
          source,
          first.path.length === 0 ? "" : KubeError.formatPath(first.path),
          `expected ${first.expected}` +
            (first.expected === "base64" ? "" : `, found ${first.actual}${hint(first.expected, first.actual)}`)
        )
    )
  }
  const { apiVersion = "", kind = "" } = config.right
  if (kind !== "" && kind !== "Config") {
    return Either.left(problem(source, "kind", `expected Config, found ${JSON.stringify(kind)}`))
  }
  if (apiVersion !== "" && apiVersion !== "v1") {
    return Either.left(problem(source, "apiVersion", `expected v1, found ${JSON.stringify(apiVersion)}`))
  }
  const found = duplicate(config.right)
  return found === undefined
    ? Either.right(config.right)
    : Either.left(problem(source, found.path, `the name ${JSON.stringify(found.name)} is there twice`))
}

/** The tree of a text, which errors do not quote: what is wrong with YAML may be in the middle of a token. */
export const readTree = (text: string, source: string) =>
  Either.try({
    try: () => readDocument(text),
    catch: (error) => {
      if (!(error instanceof Unreadable)) throw error
      const { place, reason } = error
      return problem(
        source,
        "",
        `${reason}${place === undefined ? "" : `: line ${place.line}, column ${place.column}`}`
      )
    }
  })

export const parse = (text: string, source: string, directory: string): Either.Either<Parsed, KubeConfigError> =>
  readTree(text.replace(/^\uFEFF/, ""), source).pipe(
    Either.flatMap(({ value }) => shapeOf(source, value)),
    Either.map((config) => ({ source, directory, config }))
  )

export type Encoding = "utf-8" | "utf-16le" | "utf-16be"

/** UTF-8 with or without a byte order mark, or UTF-16 with one. */
export const encodingOf = (bytes: Uint8Array): Encoding =>
  bytes[0] === 0xff && bytes[1] === 0xfe
    ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff
    ? "utf-16be"
    : "utf-8"

/** The text of a file, with its byte order mark if it has one. */
export const decodeText = (bytes: Uint8Array, source: string): Either.Either<string, KubeConfigError> => {
  const encoding = encodingOf(bytes)
  return Either.try({
    try: () => new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes),
    catch: () => problem(source, "", `not ${encoding.toUpperCase()}`)
  })
}

/** The bytes of a file; undefined where there is none. */
export const readBytes = (
  path: string
): Effect.Effect<Uint8Array | undefined, KubeConfigError, FileSystem.FileSystem> =>
  Effect.flatMap(
    FileSystem.FileSystem,
    (fs) =>
      Effect.catchAll(fs.readFile(path), (error) =>
        error._tag === "SystemError" && error.reason === "NotFound"
          ? Effect.succeed(undefined)
          : Effect.fail(
            problem(
              path,
              "",
              error._tag === "SystemError" && error.reason === "PermissionDenied"
                ? "cannot be read: permission denied"
                : "cannot be read: is it a file?"
            )
          ))
  )

/** Reads one file; undefined where there is none. */
export const readIfThere = (
  path: string
): Effect.Effect<Parsed | undefined, KubeConfigError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const paths = yield* Path.Path
    const bytes = yield* readBytes(path)
    if (bytes === undefined) return undefined
    const text = yield* decodeText(bytes, path)
    const file = paths.resolve(path)
    return { ...(yield* parse(text, path, paths.dirname(file))), file }
  })

/** Reads one file, which must exist. */
export const read = (path: string): Effect.Effect<Parsed, KubeConfigError, FileSystem.FileSystem | Path.Path> =>
  Effect.filterOrFail(
    readIfThere(path),
    (file): file is Parsed => file !== undefined,
    () => problem(path, "", "no such file")
  )
