/** CustomResourceDefinitions as a server reads them: typed, with the defaults of apiextensions.k8s.io/v1. */
import {
  any,
  decode,
  decodeRoot,
  flag,
  flagPointer,
  integer,
  integerPointer,
  list,
  Malformed,
  map,
  numberPointer,
  type Struct,
  struct,
  text,
  textPointer,
  type Type
} from "./goDecode.js"
import { objectMeta, time } from "./metadataDecode.js"
import { isObject, isTooDeep, type JsonObject, type JSONSchemaProps, maximumDepth } from "./schema.js"
import type { WebhookService } from "./webhookClient.js"

/** What a definition is once it was read. */
export interface Definition {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: JsonObject
  readonly spec: DefinitionSpec
  readonly status?:
    & { readonly storedVersions?: ReadonlyArray<string>; readonly conditions?: ReadonlyArray<JsonObject> }
    & JsonObject
}

export interface DefinitionSpec {
  readonly group: string
  readonly scope: string
  readonly names: DefinitionNames
  readonly versions: ReadonlyArray<DefinitionVersion> | null
  readonly preserveUnknownFields?: boolean
  readonly conversion?: {
    readonly strategy: string
    readonly webhook?: {
      readonly clientConfig?: { readonly url?: string; readonly service?: WebhookService; readonly caBundle?: string }
      readonly conversionReviewVersions?: ReadonlyArray<string> | null
    }
  }
}

export interface DefinitionNames {
  readonly plural: string
  readonly kind: string
  readonly singular?: string
  readonly listKind?: string
  readonly shortNames?: ReadonlyArray<string>
  readonly categories?: ReadonlyArray<string>
}

export interface DefinitionVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly deprecated?: boolean
  readonly deprecationWarning?: string
  readonly schema?: { readonly openAPIV3Schema?: JSONSchemaProps }
  readonly subresources?: Subresources
  readonly additionalPrinterColumns?: ReadonlyArray<PrinterColumn>
  readonly selectableFields?: ReadonlyArray<{ readonly jsonPath: string }>
}

export interface Subresources {
  readonly status?: JsonObject
  readonly scale?: {
    readonly specReplicasPath: string
    readonly statusReplicasPath: string
    readonly labelSelectorPath?: string
  }
}

export interface PrinterColumn {
  readonly name: string
  readonly type: string
  readonly jsonPath: string
  readonly format?: string
  readonly description?: string
  readonly priority?: number
}

/** `Malformed` is a 400; `message` follows `CustomResourceDefinition in version "v1" cannot be handled as a CustomResourceDefinition: `. */
export type DecodedDefinition =
  | { readonly _tag: "Decoded"; readonly definition: Definition; readonly unknownFields: ReadonlyArray<string> }
  | { readonly _tag: "Malformed"; readonly message: string }

/** Reads a definition and sets its defaults: singular, listKind, conversion None. */
export const decodeDefinition = (body: unknown): DecodedDefinition => {
  if (isTooDeep(body)) return { _tag: "Malformed", message: `nested deeper than ${maximumDepth} levels` }
  const decoded = decode(definition, body)
  if (decoded._tag === "Malformed") return decoded
  const read = decoded.value as unknown as Definition // the types of `definition` say so
  const { names } = read.spec
  const spec: DefinitionSpec = {
    ...read.spec,
    names: {
      ...names,
      ...(names.singular === undefined && names.kind !== "" ? { singular: names.kind.toLowerCase() } : {}),
      ...(names.listKind === undefined && names.kind !== "" ? { listKind: `${names.kind}List` } : {})
    },
    conversion: read.spec.conversion ?? { strategy: "None" }
  }
  return { _tag: "Decoded", definition: { ...read, spec }, unknownFields: decoded.unknownFields }
}

const named = (name: string, pointer = false): Type => ({ _tag: "Text", name: `v1.${name}`, pointer })

/** A schema, or a list of strings or schemas, or a boolean: types that read themselves. */
const own = (read: (value: unknown) => unknown): Type => ({ _tag: "Own", read })

const schemaOrFlag = own((value) => {
  if (typeof value === "boolean") return value
  if (isObject(value)) return decodeRoot(schema, value)
  throw new Malformed("boolean or JSON schema expected")
})

/** What is neither a schema nor a list of them counts as absent. */
const schemaOrList = own((value) => {
  if (isObject(value)) return decodeRoot(schema, value)
  return Array.isArray(value) ? value.map((item) => decodeRoot(schema, item)) : null
})

const schemaOrTexts = own((
  value
) => (isObject(value) ? decodeRoot(schema, value) : Array.isArray(value) ? value.map(String) : []))

const schema: Struct = struct("JSONSchemaProps", (): { readonly [field: string]: Type } => ({
  id: text,
  $schema: named("JSONSchemaURL"),
  $ref: textPointer,
  description: text,
  type: text,
  format: text,
  title: text,
  default: any,
  maximum: numberPointer,
  exclusiveMaximum: flag,
  minimum: numberPointer,
  exclusiveMinimum: flag,
  maxLength: integerPointer,
  minLength: integerPointer,
  pattern: text,
  maxItems: integerPointer,
  minItems: integerPointer,
  uniqueItems: flag,
  multipleOf: numberPointer,
  enum: list(any),
  maxProperties: integerPointer,
  minProperties: integerPointer,
  required: list(text),
  items: schemaOrList,
  allOf: list(schema),
  oneOf: list(schema),
  anyOf: list(schema),
  not: { ...schema, pointer: true },
  properties: map(schema),
  additionalProperties: schemaOrFlag,
  patternProperties: map(schema),
  dependencies: map(schemaOrTexts),
  additionalItems: schemaOrFlag,
  definitions: map(schema),
  externalDocs: struct("ExternalDocumentation", { description: text, url: text }, { pointer: true }),
  example: any,
  nullable: flag,
  "x-kubernetes-preserve-unknown-fields": flagPointer,
  "x-kubernetes-embedded-resource": flag,
  "x-kubernetes-int-or-string": flag,
  "x-kubernetes-list-map-keys": list(text),
  "x-kubernetes-list-type": textPointer,
  "x-kubernetes-map-type": textPointer,
  "x-kubernetes-validations": list(struct(
    "ValidationRule",
    {
      rule: text,
      message: text,
      messageExpression: text,
      reason: named("FieldValueErrorReason", true),
      fieldPath: text,
      optionalOldSelf: flagPointer
    },
    { always: ["rule"] }
  ))
}))

const names = struct(
  "CustomResourceDefinitionNames",
  { plural: text, singular: text, shortNames: list(text), kind: text, listKind: text, categories: list(text) },
  { always: ["plural", "kind"] }
)

const subresources = struct("CustomResourceSubresources", {
  status: struct("CustomResourceSubresourceStatus", {}, { pointer: true }),
  scale: struct(
    "CustomResourceSubresourceScale",
    { specReplicasPath: text, statusReplicasPath: text, labelSelectorPath: textPointer },
    { always: ["specReplicasPath", "statusReplicasPath"], pointer: true }
  )
}, { pointer: true })

const version = struct("CustomResourceDefinitionVersion", {
  name: text,
  served: flag,
  storage: flag,
  deprecated: flag,
  deprecationWarning: textPointer,
  schema: struct("CustomResourceValidation", { openAPIV3Schema: { ...schema, pointer: true } }, { pointer: true }),
  subresources,
  additionalPrinterColumns: list(struct(
    "CustomResourceColumnDefinition",
    {
      name: text,
      type: text,
      format: text,
      description: text,
      priority: { _tag: "Integer", name: "int32" },
      jsonPath: text
    },
    { always: ["name", "type", "jsonPath"] }
  )),
  selectableFields: list(struct("SelectableField", { jsonPath: text }, { always: ["jsonPath"] }))
}, { always: ["name", "served", "storage"] })

const webhookClientConfig = struct("WebhookClientConfig", {
  url: textPointer,
  service: struct(
    "ServiceReference",
    { namespace: text, name: text, path: textPointer, port: { _tag: "Integer", name: "int32", pointer: true } },
    { always: ["namespace", "name"], pointer: true }
  ),
  caBundle: text
}, { pointer: true })

const spec = struct("CustomResourceDefinitionSpec", {
  group: text,
  names,
  scope: named("ResourceScope"),
  versions: list(version),
  conversion: struct("CustomResourceConversion", {
    strategy: named("ConversionStrategyType"),
    webhook: struct(
      "WebhookConversion",
      { clientConfig: webhookClientConfig, conversionReviewVersions: list(text) },
      { always: ["conversionReviewVersions"], pointer: true }
    )
  }, { always: ["strategy"], pointer: true }),
  preserveUnknownFields: flag
}, { always: ["group", "names", "scope", "versions"] })

const definition = struct("CustomResourceDefinition", {
  apiVersion: text,
  kind: text,
  metadata: objectMeta,
  spec,
  status: struct("CustomResourceDefinitionStatus", {
    conditions: list(struct("CustomResourceDefinitionCondition", {
      type: named("CustomResourceDefinitionConditionType"),
      status: named("ConditionStatus"),
      lastTransitionTime: time,
      reason: text,
      message: text,
      observedGeneration: integer
    }, { always: ["type", "status"] })),
    acceptedNames: names,
    storedVersions: list(text),
    observedGeneration: integer
  })
}, { always: ["spec", "metadata"] })
