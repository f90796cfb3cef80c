/**
 * CustomResourceDefinitions, most of them wrong in one way. What a kube-apiserver answers to each is in
 * recorded-definitions.json.
 */

type Json = { readonly [key: string]: unknown }

const group = "definitions.example.org"

/** A definition that a server accepts. */
export const accepted = (name = "things"): Json => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${name}.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: name, kind: "Thing" },
    versions: [version()]
  }
})

const version = (more: Json = {}): Json => ({
  name: "v1",
  served: true,
  storage: true,
  schema: { openAPIV3Schema: { type: "object" } },
  ...more
})

const withSpec = (spec: Json, metadata: Json = {}): Json => {
  const base = accepted() as { metadata: Json; spec: Json }
  return { ...base, metadata: { ...base.metadata, ...metadata }, spec: { ...base.spec, ...spec } }
}

const withNames = (names: Json): Json => withSpec({ names: { plural: "things", kind: "Thing", ...names } })

const withVersions = (...versions: ReadonlyArray<unknown>): Json => withSpec({ versions })

const withVersion = (more: Json): Json => withVersions(version(more))

/** The schema of the whole object. */
const withRoot = (schema: unknown): Json => withVersion({ schema: { openAPIV3Schema: schema } })

/** The schema of `spec.x`. */
const withField = (x: unknown): Json =>
  withRoot({ type: "object", properties: { spec: { type: "object", properties: { x } } } })

const string = { type: "string" }
const integer = { type: "integer" }

export const definitions: { readonly [title: string]: Json } = {
  "accepted": accepted(),
  // ------------------------------------------------------------------ names and versions
  "name is not plural and group": withSpec({}, { name: "others.definitions.example.org" }),
  "name is missing": withSpec({}, { name: "" }),
  "group is missing": withSpec({ group: "" }),
  "group without a dot": withSpec({ group: "example" }, { name: "things.example" }),
  "group in capitals": withSpec({ group: "Example.org" }, { name: "things.Example.org" }),
  "protected group": withSpec({ group: "things.k8s.io" }, { name: "things.things.k8s.io" }),
  "protected group approved": withSpec({ group: "things.k8s.io" }, {
    name: "things.things.k8s.io",
    annotations: { "api-approved.kubernetes.io": "https://example.org/approval" }
  }),
  "protected group unapproved": withSpec({ group: "things.k8s.io" }, {
    name: "things.things.k8s.io",
    annotations: { "api-approved.kubernetes.io": "unapproved, a test" }
  }),
  "protected group with nonsense": withSpec({ group: "things.k8s.io" }, {
    name: "things.things.k8s.io",
    annotations: { "api-approved.kubernetes.io": "yes" }
  }),
  "scope is missing": withSpec({ scope: "" }),
  "scope is unknown": withSpec({ scope: "Galaxy" }),
  "scope is Cluster": withSpec({ scope: "Cluster" }),
  "plural is missing": withNames({ plural: "" }),
  "kind is missing": withNames({ kind: "" }),
  "plural in capitals": withSpec({ names: { plural: "Things", kind: "Thing" } }, {
    name: "Things.definitions.example.org"
  }),
  "singular with an underscore": withNames({ singular: "a_thing" }),
  "kind with a dot": withNames({ kind: "My.Thing" }),
  "kind begins with a digit": withNames({ kind: "1Thing" }),
  "list kind like kind": withNames({ listKind: "Thing" }),
  "list kind with a space": withNames({ listKind: "Thing List" }),
  "short names": withNames({ shortNames: ["t", "T", "", "t-"] }),
  "categories": withNames({ categories: ["all", "All Things"] }),
  "no versions": withVersions(),
  "two stored versions": withVersions(version(), version({ name: "v2" })),
  "no stored version": withVersions(version({ storage: false })),
  "versions of one name": withVersions(version(), version({ storage: false })),
  "two versions": withVersions(version(), version({ name: "v2", storage: false })),
  "two different versions": withVersions(
    version(),
    version({ name: "v2", storage: false, schema: { openAPIV3Schema: { type: "object", description: "2" } } })
  ),
  "two different versions, one wrong": withVersions(
    version(),
    version({ name: "v2", storage: false, schema: { openAPIV3Schema: { type: "array" } } })
  ),
  "version in capitals": withVersion({ name: "V1" }),
  "version without a name": withVersion({ name: "" }),
  "version with a dot": withVersion({ name: "v1.0" }),
  "schema is missing": withVersion({ schema: undefined }),
  "schema is empty": withVersion({ schema: {} }),
  "deprecation warning without deprecation": withVersion({ deprecationWarning: "old" }),
  "empty deprecation warning": withVersion({ deprecated: true, deprecationWarning: "" }),
  "long deprecation warning": withVersion({ deprecated: true, deprecationWarning: "x".repeat(257) }),
  "unprintable deprecation warning": withVersion({ deprecated: true, deprecationWarning: "a\tb" }),
  "preserves unknown fields": withSpec({ preserveUnknownFields: true }),
  "preserves no unknown fields": withSpec({ preserveUnknownFields: false }),
  "conversion none": withSpec({ conversion: { strategy: "None" } }),
  "conversion unknown": withSpec({ conversion: { strategy: "Magic" } }),
  "conversion without a webhook": withSpec({ conversion: { strategy: "Webhook" } }),
  "conversion with an empty webhook": withSpec({
    conversion: { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"] } }
  }),
  "conversion by webhook": withSpec({
    conversion: {
      strategy: "Webhook",
      webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://example.org/convert" } }
    }
  }),
  "conversion by webhook of no known version": withSpec({
    conversion: {
      strategy: "Webhook",
      webhook: { conversionReviewVersions: ["v7", "v7", "V"], clientConfig: { url: "https://example.org/convert" } }
    }
  }),
  "conversion none with a webhook": withSpec({
    conversion: {
      strategy: "None",
      webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://example.org/convert" } }
    }
  }),
  // ------------------------------------------------------------------ columns, subresources, selectable fields
  "columns": withVersion({
    additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: ".spec.a" }, {
      name: "B",
      type: "date",
      jsonPath: ".metadata.creationTimestamp",
      priority: 1,
      format: "date-time",
      description: "b"
    }]
  }),
  "column without anything": withVersion({ additionalPrinterColumns: [{}] }),
  "column of unknown type and format": withVersion({
    additionalPrinterColumns: [{ name: "A", type: "object", format: "uuid", jsonPath: "spec.a" }]
  }),
  "subresources": withVersion({
    subresources: {
      status: {},
      scale: {
        specReplicasPath: ".spec.replicas",
        statusReplicasPath: ".status.replicas",
        labelSelectorPath: ".status.selector"
      }
    }
  }),
  "scale without paths": withVersion({ subresources: { scale: {} } }),
  "scale with wrong paths": withVersion({
    subresources: {
      scale: { specReplicasPath: ".status.replicas", statusReplicasPath: "replicas", labelSelectorPath: ".selector" }
    }
  }),
  "selectable fields": withVersion({
    schema: {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: {
            type: "object",
            properties: { a: string, b: { type: "object" }, c: { type: "array", items: string } }
          }
        }
      }
    },
    selectableFields: [{ jsonPath: ".spec.a" }]
  }),
  "selectable fields that cannot be": withVersion({
    schema: {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: {
            type: "object",
            properties: { a: string, b: { type: "object" }, c: { type: "array", items: string } }
          }
        }
      }
    },
    selectableFields: [
      { jsonPath: ".spec.a" },
      { jsonPath: ".spec.a" },
      { jsonPath: ".spec.b" },
      { jsonPath: ".spec.c" },
      { jsonPath: ".spec.d" },
      { jsonPath: "" },
      { jsonPath: "spec.a" },
      { jsonPath: ".metadata.name" },
      { jsonPath: ".spec.c[0]" }
    ]
  }),
  "too many selectable fields": withVersion({
    schema: {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: { type: "object", properties: Object.fromEntries([..."abcdefghi"].map((name) => [name, string])) }
        }
      }
    },
    selectableFields: [..."abcdefghi"].map((name) => ({ jsonPath: `.spec.${name}` }))
  }),
  // ------------------------------------------------------------------ structural schemas
  "root without a type": withRoot({}),
  "root of another type": withRoot({ type: "array", items: string }),
  "root with preserve": withRoot({ type: "object", "x-kubernetes-preserve-unknown-fields": true }),
  "root with preserve but no type": withRoot({ "x-kubernetes-preserve-unknown-fields": true }),
  "root nullable": withRoot({ type: "object", nullable: true }),
  "root with additionalProperties": withRoot({ type: "object", additionalProperties: string }),
  "root with a default": withRoot({ type: "object", default: { spec: {} }, properties: { spec: { type: "object" } } }),
  "root with required": withRoot({ type: "object", required: ["spec"], properties: { spec: { type: "object" } } }),
  "root with anyOf and status": withVersion({
    schema: {
      openAPIV3Schema: { type: "object", properties: { spec: { type: "object" } }, anyOf: [{ required: ["spec"] }] }
    },
    subresources: { status: {} }
  }),
  "root with a default and status": withVersion({
    schema: { openAPIV3Schema: { type: "object", maxProperties: 5 } },
    subresources: { status: {} }
  }),
  "field without a type": withField({}),
  "field with a description only": withField({ description: "anything" }),
  "field of unknown type": withField({ type: "text" }),
  "field of type null": withField({ type: "null" }),
  "field of every kind": withField({
    type: "object",
    properties: {
      a: string,
      b: integer,
      c: { type: "number" },
      d: { type: "boolean" },
      e: { type: "array", items: string },
      f: { type: "object", additionalProperties: string },
      g: { "x-kubernetes-int-or-string": true },
      h: { "x-kubernetes-preserve-unknown-fields": true }
    }
  }),
  "array without items": withField({ type: "array" }),
  "array with a list of items": withField({ type: "array", items: [string, integer] }),
  "array items without a type": withField({ type: "array", items: {} }),
  "array items without a type but preserve": withField({
    type: "array",
    items: { "x-kubernetes-preserve-unknown-fields": true }
  }),
  "properties and additionalProperties": withField({
    type: "object",
    properties: { a: string },
    additionalProperties: string
  }),
  "properties and additionalProperties true": withField({
    type: "object",
    properties: { a: string },
    additionalProperties: true
  }),
  "properties and additionalProperties false": withField({
    type: "object",
    properties: { a: string },
    additionalProperties: false
  }),
  "additionalProperties false": withField({ type: "object", additionalProperties: false }),
  "additionalProperties without a type": withField({ type: "object", additionalProperties: {} }),
  "uniqueItems": withField({ type: "array", items: string, uniqueItems: true }),
  "$ref": withField({ type: "object", $ref: "#/definitions/x" }),
  "definitions": withField({ type: "object", definitions: { a: string } }),
  "patternProperties": withField({ type: "object", patternProperties: { "^a": string } }),
  "dependencies": withField({ type: "object", dependencies: { a: ["b"] } }),
  "additionalItems": withField({ type: "array", items: string, additionalItems: string }),
  "id and $schema": withField({ type: "string", id: "a", $schema: "http://json-schema.org/schema#" }),
  "unknown keyword": withField({ type: "string", const: "a" }),
  "preserve false": withField({ type: "object", "x-kubernetes-preserve-unknown-fields": false }),
  "int-or-string with a type": withField({ type: "string", "x-kubernetes-int-or-string": true }),
  "int-or-string with preserve": withField({
    "x-kubernetes-int-or-string": true,
    "x-kubernetes-preserve-unknown-fields": true
  }),
  "int-or-string embedded": withField({
    type: "object",
    "x-kubernetes-int-or-string": true,
    "x-kubernetes-embedded-resource": true,
    "x-kubernetes-preserve-unknown-fields": true
  }),
  "int-or-string anyOf": withField({
    "x-kubernetes-int-or-string": true,
    anyOf: [{ type: "integer" }, { type: "string" }],
    pattern: "^a"
  }),
  "int-or-string anyOf reversed": withField({
    "x-kubernetes-int-or-string": true,
    anyOf: [{ type: "string" }, { type: "integer" }]
  }),
  "int-or-string allOf": withField({
    "x-kubernetes-int-or-string": true,
    allOf: [{ anyOf: [{ type: "integer" }, { type: "string" }] }, { pattern: "^a" }]
  }),
  "anyOf integer string without int-or-string": withField({ anyOf: [{ type: "integer" }, { type: "string" }] }),
  "embedded without a type": withField({ "x-kubernetes-embedded-resource": true }),
  "embedded of another type": withField({ type: "string", "x-kubernetes-embedded-resource": true }),
  "embedded without properties": withField({ type: "object", "x-kubernetes-embedded-resource": true }),
  "embedded with preserve": withField({
    type: "object",
    "x-kubernetes-embedded-resource": true,
    "x-kubernetes-preserve-unknown-fields": true
  }),
  "embedded with additionalProperties": withField({
    type: "object",
    "x-kubernetes-embedded-resource": true,
    additionalProperties: string
  }),
  "embedded with wrong meta": withField({
    type: "object",
    "x-kubernetes-embedded-resource": true,
    properties: { kind: integer, apiVersion: integer, metadata: string }
  }),
  "embedded in metadata": withField({
    type: "object",
    "x-kubernetes-embedded-resource": true,
    properties: {
      metadata: {
        type: "object",
        properties: {
          labels: {
            type: "object",
            "x-kubernetes-embedded-resource": true,
            "x-kubernetes-preserve-unknown-fields": true
          }
        }
      }
    }
  }),
  "embedded metadata with a rule": withField({
    type: "object",
    "x-kubernetes-embedded-resource": true,
    properties: {
      metadata: { type: "object", properties: { name: { type: "string", maxLength: 5 } } },
      spec: { type: "object" }
    }
  }),
  "metadata of the root": withRoot({
    type: "object",
    properties: {
      metadata: { type: "object", properties: { name: { type: "string", pattern: "^a" } } },
      kind: string,
      apiVersion: string
    }
  }),
  "metadata of the root with labels": withRoot({
    type: "object",
    properties: { metadata: { type: "object", properties: { name: string, labels: { type: "object" } } } }
  }),
  "metadata of the root of another type": withRoot({
    type: "object",
    properties: { metadata: string, kind: integer, apiVersion: { type: "object" } }
  }),
  "metadata of the root with a default": withRoot({
    type: "object",
    properties: {
      metadata: { type: "object", properties: { name: { type: "string", default: "a" } } },
      kind: { type: "string", default: "Thing" }
    }
  }),
  "metadata of the root required": withRoot({
    type: "object",
    required: ["metadata"],
    properties: { metadata: { type: "object", required: ["name"] } }
  }),
  // ------------------------------------------------------------------ junctors
  "type inside anyOf": withField({ type: "string", anyOf: [{ type: "string" }, { minLength: 1 }] }),
  "everything inside allOf": withField({
    type: "object",
    properties: { a: string },
    allOf: [{
      title: "t",
      description: "d",
      default: {},
      nullable: true,
      additionalProperties: string,
      "x-kubernetes-preserve-unknown-fields": true,
      "x-kubernetes-embedded-resource": true,
      "x-kubernetes-int-or-string": true,
      "x-kubernetes-list-type": "set",
      "x-kubernetes-list-map-keys": ["a"],
      "x-kubernetes-map-type": "atomic"
    }]
  }),
  "additionalProperties false inside allOf": withField({
    type: "object",
    properties: { a: string },
    allOf: [{ additionalProperties: false }]
  }),
  "unknown property inside oneOf": withField({
    type: "object",
    properties: { a: string },
    oneOf: [{ properties: { b: { minLength: 1 } } }, { required: ["b"] }]
  }),
  "unknown items inside not": withField({ type: "object", not: { items: { minLength: 1 } } }),
  "known property inside anyOf": withField({
    type: "object",
    properties: { a: { type: "array", items: string } },
    anyOf: [{ properties: { a: { items: { minLength: 1 }, minItems: 1 } } }]
  }),
  "metadata inside anyOf": withRoot({
    type: "object",
    properties: { spec: { type: "object" } },
    anyOf: [{ properties: { metadata: { required: ["name"] } } }]
  }),
  "nested junctors": withField({
    type: "string",
    not: { anyOf: [{ allOf: [{ type: "string", oneOf: [{ default: "x" }] }] }] }
  }),
  "properties of a map inside allOf": withField({
    type: "object",
    additionalProperties: string,
    allOf: [{ properties: { a: { minLength: 1 } } }]
  }),
  // ------------------------------------------------------------------ lists and maps
  "list type unknown": withField({ type: "array", items: string, "x-kubernetes-list-type": "bag" }),
  "list type on a string": withField({ type: "string", "x-kubernetes-list-type": "set" }),
  "list type without a type": withField({
    "x-kubernetes-preserve-unknown-fields": true,
    "x-kubernetes-list-type": "set"
  }),
  "set of objects": withField({
    type: "array",
    items: { type: "object", properties: { a: string } },
    "x-kubernetes-list-type": "set"
  }),
  "set of atomic objects": withField({
    type: "array",
    items: { type: "object", "x-kubernetes-map-type": "atomic", properties: { a: string } },
    "x-kubernetes-list-type": "set"
  }),
  "set of sets": withField({
    type: "array",
    items: { type: "array", items: string, "x-kubernetes-list-type": "set" },
    "x-kubernetes-list-type": "set"
  }),
  "set of lists": withField({
    type: "array",
    items: { type: "array", items: string },
    "x-kubernetes-list-type": "set"
  }),
  "set of nullable": withField({
    type: "array",
    items: { type: "string", nullable: true },
    "x-kubernetes-list-type": "set"
  }),
  "map without keys": withField({
    type: "array",
    items: { type: "object", properties: { a: string }, required: ["a"] },
    "x-kubernetes-list-type": "map"
  }),
  "map of strings": withField({
    type: "array",
    items: string,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["a"]
  }),
  "map by unknown key": withField({
    type: "array",
    items: { type: "object", properties: { a: string }, required: ["a"] },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["a", "b"]
  }),
  "map by one key twice": withField({
    type: "array",
    items: { type: "object", properties: { a: string }, required: ["a"] },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["a", "a"]
  }),
  "map by a list": withField({
    type: "array",
    items: { type: "object", properties: { a: { type: "array", items: string } }, required: ["a"] },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["a"]
  }),
  "map by an optional key": withField({
    type: "array",
    items: { type: "object", properties: { a: string } },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["a"]
  }),
  "map by a defaulted key": withField({
    type: "array",
    items: { type: "object", properties: { a: { type: "string", default: "x" } } },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["a"]
  }),
  "map by a nullable key": withField({
    type: "array",
    items: { type: "object", properties: { a: { type: "string", nullable: true } }, required: ["a"], nullable: true },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["a"]
  }),
  "keys without a list type": withField({
    type: "array",
    items: { type: "object", properties: { a: string }, required: ["a"] },
    "x-kubernetes-list-map-keys": ["a"]
  }),
  "keys of a set": withField({
    type: "array",
    items: string,
    "x-kubernetes-list-type": "set",
    "x-kubernetes-list-map-keys": ["a"]
  }),
  "map type unknown": withField({ type: "object", "x-kubernetes-map-type": "round" }),
  "map type on a string": withField({ type: "string", "x-kubernetes-map-type": "atomic" }),
  "map type without a type": withField({
    "x-kubernetes-preserve-unknown-fields": true,
    "x-kubernetes-map-type": "atomic"
  }),
  // ------------------------------------------------------------------ patterns, formats, defaults
  "pattern with look-ahead": withField({ type: "string", pattern: "^(?=a)" }),
  "pattern with a back-reference": withField({ type: "string", pattern: "(a)\\1" }),
  "pattern open": withField({ type: "string", pattern: "(a" }),
  "pattern inside not": withField({ type: "string", not: { pattern: "[a" } }),
  "pattern repeats too often": withField({ type: "string", pattern: "a{1001}" }),
  "format unknown": withField({ type: "string", format: "colour" }),
  "formats unknown": withField({
    type: "object",
    properties: {
      a: { type: "integer", format: "int8" },
      b: { type: "number", format: "half" },
      c: { type: "object", format: "uuid" }
    }
  }),
  "default of another type": withField({ type: "string", default: 5 }),
  "default out of range": withField({ type: "integer", default: 5, maximum: 4 }),
  "default with unknown fields": withField({ type: "object", properties: { a: string }, default: { a: "x", b: 1 } }),
  "default with an empty object and required": withField({
    type: "object",
    properties: { a: string },
    required: ["a"],
    default: {}
  }),
  "default filled by defaults": withField({
    type: "object",
    properties: { a: { type: "string", default: "x" } },
    required: ["a"],
    default: {}
  }),
  "default null": withField({ type: "string", default: null }),
  "default null nullable": withField({ type: "string", nullable: true, default: null }),
  "default of a list": withField({ type: "array", items: { type: "integer", default: 1 }, default: [1, 2] }),
  "default in items": withField({
    type: "array",
    items: { type: "object", properties: { a: { type: "string", default: 5 } } }
  }),
  "default in additionalProperties": withField({
    type: "object",
    additionalProperties: { type: "string", default: 5 }
  }),
  "default of an embedded resource": withField({
    type: "object",
    "x-kubernetes-embedded-resource": true,
    "x-kubernetes-preserve-unknown-fields": true,
    default: { apiVersion: "v1", kind: "Pod", metadata: { name: "A B" } }
  }),
  "default of an embedded resource without a kind": withField({
    type: "object",
    "x-kubernetes-embedded-resource": true,
    "x-kubernetes-preserve-unknown-fields": true,
    default: { apiVersion: "v1", metadata: { labels: 5 } }
  }),
  "default inside an embedded resource's metadata": withField({
    type: "object",
    "x-kubernetes-embedded-resource": true,
    "x-kubernetes-preserve-unknown-fields": true,
    properties: { metadata: { type: "object", properties: { name: { type: "string", default: "A B" } } } }
  }),
  "default of int-or-string": withField({ "x-kubernetes-int-or-string": true, default: true }),
  "default of int-or-string with anyOf": withField({
    "x-kubernetes-int-or-string": true,
    anyOf: [{ type: "integer" }, { type: "string" }],
    default: true
  }),
  "default of unknown format": withField({ type: "string", format: "colour", default: 5 }),
  "default that an enumeration lacks": withField({ type: "string", enum: ["a", "b"], default: "c" }),
  "default that anyOf refuses": withField({
    type: "object",
    properties: { a: { type: "string" } },
    anyOf: [{ required: ["a"] }],
    default: {}
  }),
  "default twice in a list of type set": withField({
    type: "array",
    items: string,
    "x-kubernetes-list-type": "set",
    default: ["a", "a"]
  }),
  // ------------------------------------------------------------------ of the wrong shape
  "spec is a string": { ...accepted(), spec: "x" },
  "spec is missing": { ...accepted(), spec: undefined },
  "versions is an object": withSpec({ versions: {} }),
  "a version is a string": withVersions("v1"),
  "served is a string": withVersion({ served: "yes" }),
  "schema is a string": withVersion({ schema: "x" }),
  "root is a string": withRoot("x"),
  "type is a number": withField({ type: 5 }),
  "type is a list": withField({ type: ["string", "null"] }),
  "properties is a list": withField({ type: "object", properties: [] }),
  "a property is a string": withField({ type: "object", properties: { a: "string" } }),
  "required is true": withField({ type: "string", required: true }),
  "maximum is a string": withField({ type: "integer", maximum: "5" }),
  "exclusiveMinimum is a number": withField({ type: "integer", exclusiveMinimum: 5 }),
  "maxLength is a fraction": withField({ type: "string", maxLength: 1.5 }),
  "enum is a string": withField({ type: "string", enum: "a" }),
  "items is a string": withField({ type: "array", items: "string" }),
  "additionalProperties is a string": withField({ type: "object", additionalProperties: "string" }),
  "anyOf is an object": withField({ type: "string", anyOf: {} }),
  "preserve is a string": withField({ type: "object", "x-kubernetes-preserve-unknown-fields": "true" }),
  "names is a list": withSpec({ names: [] }),
  "short names are a string": withNames({ shortNames: "t" }),
  "unknown fields": {
    ...withSpec({
      bogus: 1,
      versions: [
        version({
          bogus: 2,
          schema: {
            openAPIV3Schema: {
              type: "object",
              bogus: 3,
              properties: { spec: { type: "object", additionalProperties: { type: "string", bogus: 4 } } }
            },
            bogus: 5
          }
        })
      ]
    }),
    other: 6
  },
  "null members": withSpec({
    conversion: null,
    versions: [
      version({
        subresources: null,
        additionalPrinterColumns: null,
        schema: { openAPIV3Schema: { type: "object", properties: null, required: null, default: null, items: null } }
      })
    ]
  })
}
