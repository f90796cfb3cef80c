/** Definitions that scenarios use. */
import type { Json, Run } from "./scenario.js"

/** A version of a definition with a status, whose spec has a schema. */
export const version = (properties: Json, more: Json = {}): Json => ({
  name: "v1",
  served: true,
  storage: true,
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: {
        spec: { type: "object", properties },
        status: { type: "object", "x-kubernetes-preserve-unknown-fields": true }
      }
    }
  },
  subresources: { status: {} },
  ...more
})

/** A definition of the scenario's group with the given versions. */
export const definition = (run: Run, kind: string, versions: ReadonlyArray<Json>, more: Json = {}): Json => {
  const singular = kind.toLowerCase()
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${singular}s.${run.group}` },
    spec: {
      group: run.group,
      scope: "Namespaced",
      names: { plural: `${singular}s`, singular, kind, listKind: `${kind}List` },
      versions,
      ...more
    }
  }
}

/** Widgets: a size with bounds and a default, a colour, and a status subresource. */
export const widgets = (run: Run): Json =>
  definition(run, "Widget", [
    version({
      size: { type: "integer", minimum: 0, maximum: 10, default: 3 },
      colour: { type: "string", enum: ["red", "green"] },
      tags: { type: "array", items: { type: "string" } }
    })
  ])

export const widget = (run: Run, name: string, spec: Json = { size: 1 }, more: Json = {}): Json => ({
  apiVersion: `${run.group}/v1`,
  kind: "Widget",
  metadata: { name, ...more },
  spec
})
