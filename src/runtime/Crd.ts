/**
 * CustomResourceDefinitions: what tells a server of a custom resource. {@link make} derives one from the kind's schema,
 * so that what the compiler, the client and the server check is said once; {@link install} brings it into a cluster.
 *
 * ```ts
 * import { Crd, Resource } from "effect-kube"
 * import { Schema } from "effect"
 *
 * class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
 *   scope: "Namespaced",
 *   spec: Schema.Struct({
 *     title: Schema.String,
 *     ports: Schema.Array(Schema.Struct({ name: Schema.String, port: Schema.Int })).pipe(
 *       Crd.annotate({ listType: "map", listMapKeys: ["name"] })
 *     )
 *   })
 * }) {}
 *
 * const definition = Crd.make(Foo)
 * const installed = Crd.install(Foo)
 * ```
 *
 * What the schema of a kind becomes:
 *
 * | Effect | structural schema |
 * |---|---|
 * | `String`, `Number`, `Boolean`, `Int` | `type: string`, `number`, `boolean`, `integer` |
 * | filters (`between`, `minLength`, `pattern`, `maxItems`, ...) | their keywords; a filter without a JSON Schema is checked by the client alone |
 * | `Literal("a", "b")`, enums | `enum` |
 * | `optional`, `UndefinedOr` | not `required` |
 * | `NullOr(X)` | `nullable: true` |
 * | `Record` | `additionalProperties` |
 * | `Union(Int, String)` | `x-kubernetes-int-or-string: true`, with the filters of both |
 * | unions of structs | the fields of all; `oneOf` where a field tells them apart, else `anyOf` |
 * | unions of one type | `anyOf` |
 * | `Unknown`, `Object`, a schema that holds itself | `x-kubernetes-preserve-unknown-fields: true` |
 * | `Date`, `DateTimeUtc`, `BigInt` | `format: date-time`, a pattern of digits |
 * | `annotations({ default, description })` | `default` in its wire form, `description` |
 * | tuples, look-around in patterns, bigint, symbols, records by restricted keys | a {@link CrdError} with the path |
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import * as Api from "../client/Api.js"
import { KubeClient } from "../client/KubeClient.js"
import type { CustomResourceDefinitionVersion, ValidationRule } from "../kinds/apiextensions/v1.js"
import { CustomResourceDefinition } from "../kinds/apiextensions/v1.js"
import type * as KubeError from "../protocol/KubeError.js"
import * as Request from "../protocol/Request.js"
import type * as Resource from "../protocol/Resource.js"
import { AnnotationId, annotationsOf, CrdError, structural } from "./internal/structuralSchema.js"
import * as Wait from "./Wait.js"

export {
  /** A schema that cannot be said as a structural schema: the kind, the path, and why. */
  CrdError
}

/**
 * What only Kubernetes knows of a schema. With `preserveUnknownFields` or `intOrString` the schema itself may be one that
 * cannot be described: it is then left to the client.
 */
export interface Annotations {
  readonly description?: string | undefined
  /** What the server fills in where the field is absent; the wire form. */
  readonly default?: unknown
  /** A format that the server checks: `date-time`, `ipv4`, `uuid`, `byte`, ... */
  readonly format?: string | undefined
  readonly nullable?: boolean | undefined
  /** How lists merge in a server-side apply. Default: `atomic`. */
  readonly listType?: "atomic" | "set" | "map" | undefined
  /** With `listType: "map"`: the fields that tell items apart. */
  readonly listMapKeys?: ReadonlyArray<string> | undefined
  readonly mapType?: "atomic" | "granular" | undefined
  readonly intOrString?: boolean | undefined
  readonly preserveUnknownFields?: boolean | undefined
  /** The value is a whole object with apiVersion, kind and metadata. */
  readonly embeddedResource?: boolean | undefined
  /** Rules in CEL (`x-kubernetes-validations`). */
  readonly validations?: ReadonlyArray<ValidationRule> | undefined
}

/** Says of a schema what only Kubernetes knows. It wins over what is derived from the schema, and over what was said before. */
export const annotate =
  (annotations: Annotations) => <S extends Schema.Annotable.All>(schema: S): Schema.Annotable.Self<S> =>
    schema.annotations({ [AnnotationId]: { ...annotationsOf(schema.ast), ...annotations } })

/** A kind that was declared with `Resource.Custom`. */
export type Custom =
  & Resource.CustomDefinition
  & Pick<Resource.Any, "group" | "version" | "kind" | "plural" | "singular" | "scope" | "shortNames" | "categories">

/** An older version, and what becomes of it. */
export interface Older {
  readonly resource: Custom
  /** Default: true. */
  readonly served?: boolean | undefined
  /** Whoever uses it is warned; a text takes the place of the server's own warning. Default: false. */
  readonly deprecated?: boolean | string | undefined
}

export interface Options {
  /**
   * Older versions of the same kind; the kind itself is what is stored. Between versions the server changes the
   * apiVersion and nothing else.
   */
  readonly older?: ReadonlyArray<Custom | Older> | undefined
  /** Of the definition. */
  readonly labels?: { readonly [key: string]: string } | undefined
  /** Of the definition. */
  readonly annotations?: { readonly [key: string]: string } | undefined
}

/** What `create` takes for a definition. */
export type Definition = Resource.DraftOf<typeof CustomResourceDefinition> & {
  readonly metadata: { readonly name: string }
}

const version = (
  { deprecated = false, resource, served = true }: Older,
  storage: boolean
): CustomResourceDefinitionVersion => {
  const { description, printerColumns, scale, selectableFields, spec, status } = resource.custom
  const { kind } = resource
  return {
    name: resource.version,
    served,
    storage,
    ...(deprecated === false ? undefined : { deprecated: true }),
    ...(typeof deprecated === "string" ? { deprecationWarning: deprecated } : undefined),
    schema: {
      openAPIV3Schema: {
        type: "object",
        ...(description === undefined ? undefined : { description }),
        // Without it the server takes an object that has no spec at all.
        required: ["spec"],
        properties: {
          spec: structural(spec.ast, kind, ["spec"]),
          ...(status === undefined ? undefined : { status: structural(status.ast, kind, ["status"]) })
        }
      }
    },
    ...(status === undefined && scale === undefined ? undefined : {
      subresources: {
        ...(status === undefined ? undefined : { status: {} }),
        ...(scale === undefined ? undefined : { scale })
      }
    }),
    ...(printerColumns === undefined ? undefined : { additionalPrinterColumns: printerColumns }),
    ...(selectableFields === undefined
      ? undefined
      : { selectableFields: selectableFields.map((jsonPath) => ({ jsonPath })) })
  }
}

const checkFamily = (resource: Custom, older: ReadonlyArray<Custom>): void => {
  const seen = new Set([resource.version])
  for (const other of older) {
    for (const part of ["group", "kind", "plural", "scope"] as const) {
      if (other[part] !== resource[part]) {
        throw new CrdError({
          kind: resource.kind,
          path: `version ${other.version}`,
          problem: `its ${part} is ${other[part]}, not ${resource[part]}: versions of one kind share it`
        })
      }
    }
    if (seen.has(other.version)) {
      throw new CrdError({ kind: resource.kind, path: `version ${other.version}`, problem: "it is there twice" })
    }
    seen.add(other.version)
  }
}

/**
 * The definition of a custom resource, derived from its schemas.
 *
 * Throws a {@link CrdError}, a mistake in the program, when a schema cannot be said as a structural schema, or when
 * older versions are not of the same kind.
 */
export const make = (resource: Custom, options?: Options): Definition => {
  const { annotations, labels } = options ?? {}
  const older = (options?.older ?? []).map((one): Older => ("resource" in one ? one : { resource: one }))
  checkFamily(resource, older.map((one) => one.resource))
  const { categories, group, kind, plural, scope, shortNames, singular } = resource
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      ...(labels === undefined ? undefined : { labels }),
      ...(annotations === undefined ? undefined : { annotations })
    },
    spec: {
      group,
      scope: scope === "Namespaced" ? "Namespaced" : "Cluster",
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        ...(shortNames.length === 0 ? undefined : { shortNames }),
        ...(categories.length === 0 ? undefined : { categories })
      },
      versions: [version({ resource }, true), ...older.map((one) => version(one, false))]
    }
  }
}

export interface InstallOptions extends Options {
  /** How long the server may take until it has established the kind and serves it. Default 30 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * Creates the definition, or brings the one that is there to this state, and waits until the kind is served: established,
 * and answered by a list.
 */
export const install = (
  resource: Custom,
  options?: InstallOptions
): Effect.Effect<
  CustomResourceDefinition,
  | KubeError.Common
  | KubeError.AlreadyExists
  | KubeError.Conflict
  | KubeError.Invalid
  | KubeError.NotFound
  | KubeError.Expired
  | Wait.TimedOut,
  KubeClient
> =>
  Effect.gen(function*() {
    const definitions = Api.cluster(CustomResourceDefinition)
    const definition = make(resource, options)
    yield* definitions.createOrReplace(definition)
    const { name } = definition.metadata
    const timeout = Duration.decode(options?.timeout ?? "30 seconds")
    // Also when it is what acquires a resource: a wait with a time limit has to be able to end before the limit.
    return yield* Effect.interruptible(Effect.gen(function*() {
      const established = Wait.until(definitions, name, Wait.established, { timeout })
      const [taken, installed] = yield* Effect.timed(established)
      yield* Effect.timeoutFail(served(resource), {
        duration: Duration.subtract(timeout, taken),
        onTimeout: () =>
          new Wait.TimedOut({
            waitedOn: `CustomResourceDefinition ${name}`,
            condition: "it to be served",
            timeout,
            state: "established, not served yet",
            trouble: Option.none()
          })
      })
      return installed
    }))
  })

/** The server's own handlers follow the condition some milliseconds later; until then the kind is a 404. */
const served = (resource: Custom) =>
  Effect.flatMap(KubeClient, (client) =>
    Effect.flatMap(Request.list(resource, {}, { limit: 1 }), client.execute).pipe(
      Effect.retry({
        while: (error) => error._tag === "KubeStatusError" && error.code === 404,
        schedule: Schedule.spaced("50 millis")
      }),
      Effect.asVoid
    ))
