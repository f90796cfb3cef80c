/** The descriptor of `metadata`: of every object's own, and of what is embedded in templates. */
import type { Struct } from "./descriptor.js"

const ownerReference: Struct = {
  required: ["apiVersion", "kind", "name", "uid"],
  atomic: true,
  fields: {
    apiVersion: "string",
    blockOwnerDeletion: "boolean",
    controller: "boolean",
    kind: "string",
    name: "string",
    uid: "string"
  }
}

const managedFieldsEntry: Struct = {
  fields: {
    apiVersion: "string",
    fieldsType: "string",
    fieldsV1: { record: "json" },
    manager: "string",
    operation: "string",
    subresource: "string",
    time: "string"
  }
}

export const objectMeta: Struct = {
  fields: {
    annotations: { record: "string" },
    creationTimestamp: "string",
    deletionGracePeriodSeconds: "int64",
    deletionTimestamp: "string",
    finalizers: { list: "string", set: true, patch: "merge" },
    generateName: "string",
    generation: "int64",
    labels: { record: "string" },
    managedFields: { list: () => managedFieldsEntry },
    name: "string",
    namespace: "string",
    ownerReferences: { list: () => ownerReference, keys: ["uid"], patch: "merge", mergeKey: "uid" },
    resourceVersion: "string",
    selfLink: "string",
    uid: "string"
  }
}
