/** The custom resource of the tests that need one, and its definition as the server needs it. */
import * as Schema from "effect/Schema"
import * as Resource from "../../src/protocol/Resource.js"

export class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
  scope: "Namespaced",
  spec: Schema.Struct({ title: Schema.String }),
  status: Schema.Struct({ ready: Schema.Boolean })
}) {}

/** It lets everything pass: what does not fit the schema above reaches the client. */
export const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "foos.clux.dev" },
  spec: {
    group: "clux.dev",
    scope: "Namespaced",
    names: { kind: "Foo", plural: "foos", singular: "foo", listKind: "FooList" },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      subresources: { status: {} },
      schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } }
    }]
  }
}
