/** What makes resources: the members that all of them have, and what custom ones add. */
import type { Pipeable } from "effect/Pipeable"
import { pipeArguments } from "effect/Pipeable"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import type { Representation } from "../Request.js"
import type { Any, Draft, KubeObject, ResourceScope, Verb } from "../Resource.js"
import type { Codec } from "./codec.js"
import { CodecId, guarded } from "./codec.js"
import type { CustomClass, CustomOptions, CustomScale } from "./customTypes.js"
import * as declaration from "./declaration.js"
import { plural } from "./plural.js"
import * as schemaCodec from "./schemaCodec.js"

export const TypeId: unique symbol = Symbol.for("effect-kube/Resource")

export const apiVersion = (resource: { readonly group: string; readonly version: string }): string =>
  resource.group === "" ? resource.version : `${resource.group}/${resource.version}`

export const isResource = (u: unknown): u is Any =>
  (typeof u === "object" || typeof u === "function") && u !== null && TypeId in u

const variance = {
  _K: (_: never) => _,
  _D: (_: never) => _,
  _W: (_: never) => _,
  _Can: (_: unknown) => {}
}

const schemaVariance = {
  /* c8 ignore next 3 */
  _A: (_: unknown) => _,
  _I: (_: unknown) => _,
  _R: (_: never) => _
}

/** What a resource is made of. */
export interface Statics<S extends ResourceScope> {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular?: string | undefined
  readonly scope: S
  readonly shortNames?: ReadonlyArray<string> | undefined
  readonly categories?: ReadonlyArray<string> | undefined
  readonly abilities: ReadonlyArray<string>
  readonly representation?: Representation | undefined
}

/**
 * Puts the members of a Resource on a target: statics as they are, the Schema as getters that build nothing before use.
 */
export const define = (
  target: object,
  statics: Statics<ResourceScope>,
  codec: () => Codec<unknown>,
  ast: (codec: () => Codec<unknown>) => AST.AST
): void => {
  let builtCodec: Codec<unknown> | undefined
  let builtAst: AST.AST | undefined
  const getCodec = () => builtCodec ??= guarded(codec())
  const getAst = () => builtAst ??= ast(getCodec)
  const constant = (value: unknown): PropertyDescriptor => ({ value, enumerable: true })
  Object.defineProperties(target, {
    [TypeId]: { value: { ...variance, _S: statics.scope } },
    [Schema.TypeId]: { value: schemaVariance },
    [CodecId]: { get: getCodec },
    group: constant(statics.group),
    version: constant(statics.version),
    kind: constant(statics.kind),
    plural: constant(statics.plural),
    singular: constant(statics.singular ?? statics.kind.toLowerCase()),
    scope: constant(statics.scope),
    shortNames: constant(statics.shortNames ?? []),
    categories: constant(statics.categories ?? []),
    abilities: constant(statics.abilities),
    representation: constant(statics.representation ?? "whole"),
    ast: { get: getAst },
    annotations: {
      value: (more: Schema.Annotations.GenericSchema<unknown>) => Schema.make(getAst()).annotations(more)
    },
    pipe: {
      value: function(this: Pipeable) {
        // eslint-disable-next-line prefer-rest-params
        return pipeArguments(this, arguments)
      }
    }
  })
}

export const verbs: ReadonlyArray<Verb> = [
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection"
]

const groupVersion = (text: string): { readonly group: string; readonly version: string } => {
  const [group, version, ...rest] = text.split("/")
  if (group === undefined || version === undefined || group === "" || version === "" || rest.length > 0) {
    throw new TypeError(
      `apiVersion of a custom resource: expected GROUP/VERSION such as "clux.dev/v1", found ${JSON.stringify(text)}`
    )
  }
  return { group, version }
}

export const custom = <
  Self,
  const A extends `${string}/${string}`,
  const Kd extends string,
  Spec extends Schema.Schema.AnyNoContext,
  const S extends ResourceScope,
  Status extends Schema.Schema.AnyNoContext | undefined = undefined,
  const Scale extends CustomScale | undefined = undefined,
  Can extends string = never
>(
  apiVersion: A,
  kind: Kd,
  options: CustomOptions<S, Spec, Status, Scale>
): CustomClass<Self, A, Kd, Spec, Status, S, Can> => {
  const { group, version } = groupVersion(apiVersion)
  class Custom {
    static readonly custom = options
    constructor() {
      throw new TypeError(`${kind} is not to be constructed: its objects are plain values`)
    }
  }
  const statics: Statics<S> = {
    group,
    version,
    kind,
    plural: options.plural ?? plural(kind),
    singular: options.singular,
    scope: options.scope,
    shortNames: options.shortNames,
    categories: options.categories,
    abilities: [
      ...verbs,
      ...(options.status === undefined ? [] : ["status"]),
      ...(options.scale === undefined ? [] : ["scale"])
    ]
  }
  const transforms = schemaCodec.transforms(options.spec.ast) ||
    (options.status !== undefined && schemaCodec.transforms(options.status.ast))
  define(
    Custom,
    statics,
    () => schemaCodec.make({ apiVersion, kind, scope: options.scope }, { spec: options.spec, status: options.status }),
    (codec) => transforms ? declaration.transformed(kind, codec) : declaration.checked(kind, codec)
  )
  // `define` has put all members of a resource there; the type parameters are what the options say.
  return Custom as unknown as CustomClass<Self, A, Kd, Spec, Status, S, Can>
}

export const draftOf = <K extends KubeObject>(object: K): Draft<K> => {
  const {
    creationTimestamp: _creationTimestamp,
    deletionGracePeriodSeconds: _deletionGracePeriodSeconds,
    deletionTimestamp: _deletionTimestamp,
    generation: _generation,
    managedFields: _managedFields,
    resourceVersion: _resourceVersion,
    selfLink: _selfLink,
    uid: _uid,
    ...metadata
  } = object.metadata
  const { status: _status, ...rest } = { status: undefined, ...object }
  // What is left of an object that was read, without its status, is a draft of its kind.
  return { ...rest, metadata } as unknown as Draft<K>
}
