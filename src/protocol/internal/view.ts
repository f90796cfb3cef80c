/**
 * Resources that are read in part and never written: metadata alone, and views. What is not named is not kept, so a
 * store of them is a fraction of one of whole objects (test/bench/view.bench.ts).
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Issue } from "../KubeError.js"
import type * as Resource from "../Resource.js"
import { actual, actualType, type Fields, isFields } from "./actual.js"
import { checkRoot, type Codec, type Mode, type Root } from "./codec.js"
import * as declaration from "./declaration.js"
import { nullsRemoved } from "./nullsRemoved.js"
import { keepingProtoKeys } from "./protoKeys.js"
import { apiVersion, define, isResource, type Statics } from "./resource.js"
import { issuesOf } from "./schemaCodec.js"
import { isSecret } from "./secret.js"

const reads: ReadonlyArray<string> = ["get", "list", "watch"]

/** What a projection has of the kind that it projects. Throws a `TypeError` for what cannot be read. */
const projected = (
  name: string,
  resource: Resource.Any
): { readonly statics: Statics<Resource.ResourceScope>; readonly root: Root } => {
  if (!isResource(resource)) {
    throw new TypeError(`Resource.${name}: expected a resource, found ${actual(resource)}`)
  }
  const abilities = resource.abilities.filter((ability) => reads.includes(ability))
  if (abilities.length === 0) {
    throw new TypeError(`Resource.${name}: expected a kind that can be read, found ${resource.kind}`)
  }
  const { categories, group, kind, plural, representation, scope, shortNames, singular, version } = resource
  return {
    statics: { group, version, kind, plural, singular, scope, shortNames, categories, abilities, representation },
    root: { apiVersion: apiVersion(resource), kind, scope, masked: isSecret(resource) }
  }
}

// ---------------------------------------------------------------- metadata alone

/** The server answers metadata under a name of its own: it is told apart from another kind, and turned round. */
const isPartial = (object: Fields): boolean =>
  object["kind"] === "PartialObjectMetadata" && object["apiVersion"] === "meta.k8s.io/v1"

interface Head {
  readonly apiVersion: unknown
  readonly kind: unknown
  readonly metadata: Fields
}

/** `apiVersion`, `kind` and `metadata`, checked, of a whole object or of one whose metadata alone was answered. */
const headOf = (fresh: unknown, root: Root, mode: Mode, issues: Array<Issue>): Head => {
  const found = root.masked === true ? actualType : actual
  if (!isFields(fresh)) {
    issues.push({ path: [], expected: "an object", actual: found(fresh) })
    return { apiVersion: undefined, kind: undefined, metadata: {} }
  }
  const head: Fields = isPartial(fresh)
    ? { apiVersion: root.apiVersion, kind: root.kind, metadata: fresh["metadata"] }
    : { apiVersion: fresh["apiVersion"], kind: fresh["kind"], metadata: fresh["metadata"] }
  checkRoot(head, root, mode, issues)
  // The kind's own texts, so that each object does not keep a copy; `checkRoot` has seen that they are equal.
  return { apiVersion: root.apiVersion, kind: root.kind, metadata: isFields(head["metadata"]) ? head["metadata"] : {} }
}

/** To replace an object by what is left of it would empty it. The types do not allow it; this is for who goes round them. */
const refuseToWrite = (what: string): Codec<unknown>["encode"] => () =>
  Either.left([{ path: [], expected: "a whole object", actual: `${what}, which cannot be written back` }])

/** Of each kind one, so that all who ask for it in place share what is made of it: a codec, an informer. */
const metadataOnlyOf = new WeakMap<object, unknown>()

export const metadataOnly = <T extends Resource.Readable>(resource: T): Resource.MetadataOnly<T> => {
  const known = metadataOnlyOf.get(resource)
  if (known !== undefined) return known as Resource.MetadataOnly<T>
  const made = makeMetadataOnly(resource)
  metadataOnlyOf.set(resource, made)
  return made
}

const makeMetadataOnly = <T extends Resource.Readable>(resource: T): Resource.MetadataOnly<T> => {
  const { root, statics } = projected("metadataOnly", resource)
  const codec: Codec<unknown> = {
    decode: (fresh, mode) => {
      const issues: Array<Issue> = []
      const object = headOf(fresh, root, mode, issues)
      return issues.length > 0 ? Either.left(issues) : Either.right(object)
    },
    encode: refuseToWrite("metadata alone")
  }
  const result = {}
  define(
    result,
    { ...statics, representation: "metadata" },
    () => codec,
    (codec) => declaration.checked(`${root.kind}Metadata`, codec)
  )
  // `define` has put all members of a resource there; what it reads, `codec` has vouched for.
  return result as Resource.MetadataOnly<T>
}

// ---------------------------------------------------------------- views

/** What a view keeps of metadata beside name, namespace, uid, resourceVersion and creationTimestamp, where it is there. */
const keptWhereSet = ["generation", "deletionTimestamp", "labels", "ownerReferences", "finalizers"] as const

const keptMetadata = (metadata: Fields, named: unknown, isNamespaced: boolean): Fields => {
  const { creationTimestamp, name, namespace, resourceVersion, uid } = metadata
  const kept: Fields = isNamespaced
    ? { name, namespace, uid, resourceVersion, creationTimestamp }
    : { name, uid, resourceVersion, creationTimestamp }
  for (const field of keptWhereSet) if (metadata[field] !== undefined) kept[field] = metadata[field]
  return isFields(named) ? { ...named, ...kept } : kept
}

const isStruct = (u: unknown): u is Schema.Struct<Schema.Struct.Fields> =>
  Schema.isSchema(u) && "fields" in u && "omit" in u

interface Projection {
  readonly decode: (object: Fields) => Either.Either<Fields, ParseResult.ParseIssue>
  readonly encode: (view: Fields) => Either.Either<Fields, ParseResult.ParseIssue>
}

/** What the schema makes of an object, and back. `apiVersion` and `kind` are the kind's: it need not read them. */
const projection = (schema: Schema.Struct<Schema.Struct.Fields>): Projection => {
  const body = schema.omit("apiVersion", "kind")
  // A Struct without fields takes whatever it is given, and gives that back.
  if (Object.keys(body.fields).length === 0) return { decode: () => Either.right({}), encode: () => Either.right({}) }
  // `view` asks for a schema without services. A Struct gives an object without the fields that it does not name.
  const typed = body as unknown as Schema.Schema<Fields, Fields>
  const safe = keepingProtoKeys(typed, false)
  const decode = ParseResult.decodeUnknownEither(safe, { errors: "all" })
  return {
    decode: (object) => {
      const decoded = decode(object)
      if (Either.isRight(decoded)) return decoded
      // Go writes `null` for what is not set. It is seldom there, so it is looked for only where something does not fit.
      const cleaned = nullsRemoved(typed, object)
      return cleaned === object ? decoded : decode(cleaned)
    },
    encode: ParseResult.encodeUnknownEither(safe, { errors: "all" })
  }
}

interface ViewCodec extends Codec<unknown> {
  /** The codec of the Schema, which reads and writes views; that of the resource writes none. */
  readonly schema: Codec<unknown>
}

const viewCodec = (root: Root, schema: Schema.Struct<Schema.Struct.Fields>): ViewCodec => {
  const { decode, encode } = projection(schema)
  const isNamespaced = root.scope === "Namespaced"
  const assemble = (head: Head, fields: Fields): Fields => {
    const { metadata: named, ...rest } = fields
    return {
      apiVersion: head.apiVersion,
      kind: head.kind,
      metadata: keptMetadata(head.metadata, named, isNamespaced),
      ...rest
    }
  }
  const through = (direction: Projection["decode"]) => (object: unknown, mode: Mode) => {
    const issues: Array<Issue> = []
    const head = headOf(object, root, mode, issues)
    const fields = isFields(object) ? direction(object) : Either.right({})
    if (Either.isLeft(fields)) issuesOf(fields.left, [], issues, root.masked)
    return issues.length > 0 || Either.isLeft(fields)
      ? Either.left(issues)
      : Either.right(assemble(head, fields.right))
  }
  const read = through(decode)
  const write = through(encode)
  return {
    decode: read,
    encode: refuseToWrite("a view"),
    schema: { decode: read, encode: (view) => write(view, "served") }
  }
}

export const view = <T extends Resource.Readable, F extends Schema.Struct.Fields>(
  resource: T,
  schema: Schema.Struct<F>
): Resource.View<T, F> => {
  const { root, statics } = projected("view", resource)
  if (!isStruct(schema)) {
    throw new TypeError(
      `Resource.view: schema: expected a Schema.Struct of fields of ${root.kind}, found ${
        Schema.isSchema(schema) ? "another Schema" : actual(schema)
      }`
    )
  }
  let codec: ViewCodec | undefined
  const built = () => codec ??= viewCodec(root, schema)
  const result = {}
  define(result, statics, built, () => declaration.transformed(`${root.kind}View`, () => built().schema))
  // `define` has put all members of a resource there; what it reads, `codec` has vouched for.
  return result as Resource.View<T, F>
}
