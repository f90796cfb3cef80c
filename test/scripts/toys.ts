/** What a small API server says of itself, for the tests of codegen: by default, with all versions, with all features. */
import { type Get, read, type Schema } from "../../scripts/codegen/read.js"
import type { Snapshots } from "../../scripts/codegen/serving.js"
import type { Truths } from "../../scripts/codegen/truths.js"

export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const struct = (name: string) => ({ default: {}, allOf: [ref(name)] })
const meta = "io.k8s.apimachinery.pkg.apis.meta.v1"
const objectMeta = struct(`${meta}.ObjectMeta`)
const gvk = (group: string, version: string, kind: string) => ({
  "x-kubernetes-group-version-kind": [{ group, version, kind }]
})
export const text: Schema = { type: "string" }

const shared: { readonly [name: string]: Schema } = {
  [`${meta}.LabelSelector`]: {
    type: "object",
    "x-kubernetes-map-type": "atomic",
    properties: { matchLabels: { type: "object", additionalProperties: text } }
  },
  [`${meta}.ObjectMeta`]: { type: "object", properties: {} },
  [`${meta}.Time`]: { type: "string", format: "date-time" },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": {},
  "io.k8s.api.toys.v1.Car": {
    type: "object",
    required: ["name"],
    properties: { name: text, inner: { type: "array", items: ref("io.k8s.api.toys.v1.Car") } }
  }
}

/** A kind that has everything. */
export const toys: { readonly [name: string]: Schema } = {
  ...shared,
  "io.k8s.api.toys.v1.Train": {
    ...gvk("toys.k8s.io", "v1", "Train"),
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: text,
      kind: text,
      metadata: objectMeta,
      spec: struct("io.k8s.api.toys.v1.TrainSpec"),
      status: struct("io.k8s.api.toys.v1.TrainStatus")
    }
  },
  "io.k8s.api.toys.v1.TrainList": {
    ...gvk("toys.k8s.io", "v1", "TrainList"),
    type: "object",
    properties: { items: { type: "array", items: ref("io.k8s.api.toys.v1.Train") } }
  },
  "io.k8s.api.toys.v1.TrainSpec": {
    type: "object",
    required: ["cars", "length"],
    properties: {
      cars: {
        type: "array",
        items: { default: {}, allOf: [ref("io.k8s.api.toys.v1.Car")] },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "name"
      },
      length: { type: "integer", format: "int32", default: 0 },
      couplings: { type: "object", additionalProperties: { type: "array", items: text } },
      drive: ref("io.k8s.api.toys.v1.Drive"),
      gauge: { type: "string", enum: ["H0", "N"] },
      load: ref("io.k8s.api.toys.v1.Load"),
      selector: { allOf: [ref(`${meta}.LabelSelector`)], "x-kubernetes-patch-strategy": "retainKeys" },
      signals: { allOf: [ref(`${meta}.LabelSelector`)], "x-kubernetes-map-type": "granular" },
      spare: { allOf: [ref("io.k8s.api.toys.v1.Train")] },
      switches: { type: "object", additionalProperties: text, "x-kubernetes-map-type": "atomic" },
      tags: { type: "array", items: text, "x-kubernetes-list-type": "set" },
      weight: ref("io.k8s.apimachinery.pkg.api.resource.Quantity"),
      "odd-name": { type: "integer", format: "int64" }
    }
  },
  "io.k8s.api.toys.v1.Drive": {
    type: "object",
    required: ["type"],
    properties: { clockwork: text, type: { type: "string", enum: ["Clock", "Steam"] }, steam: text },
    "x-kubernetes-unions": [{
      discriminator: "type",
      "fields-to-discriminateBy": { clockwork: "Clockwork", steam: "Steam" }
    }]
  },
  "io.k8s.api.toys.v1.Load": {
    type: "object",
    properties: { coal: text, milk: text, mail: text },
    "x-kubernetes-unions": [
      { "fields-to-discriminateBy": { coal: "Coal", milk: "Milk" } },
      { "fields-to-discriminateBy": { mail: "Mail" } }
    ]
  },
  "io.k8s.api.toys.v1.TrainStatus": { type: "object", properties: { since: { allOf: [ref(`${meta}.Time`)] } } }
}

/** A kind that only answers. */
const rooms: { readonly [name: string]: Schema } = {
  ...shared,
  "io.k8s.api.core.v1.Room": {
    ...gvk("", "v1", "Room"),
    type: "object",
    required: ["spec"],
    properties: { apiVersion: text, kind: text, metadata: objectMeta, spec: { allOf: [ref("io.k8s.api.toys.v1.Car")] } }
  }
}

/** A kind with a metadata and no more. */
const bare = (name: string, group: string, version: string, kind: string): { readonly [name: string]: Schema } => ({
  ...shared,
  [name]: {
    ...gvk(group, version, kind),
    type: "object",
    properties: { apiVersion: text, kind: text, metadata: objectMeta }
  }
})

const resource = (kind: string, more: object = {}) => ({
  resource: `${kind.toLowerCase()}s`,
  responseKind: { group: "", version: "", kind },
  scope: "Namespaced",
  singularResource: kind.toLowerCase(),
  verbs: ["watch", "list", "get"],
  ...more
})

const train = (subresources: ReadonlyArray<object> = []) =>
  resource("Train", {
    shortNames: ["tr"],
    categories: ["all"],
    subresources: [
      { subresource: "whistle", verbs: ["create"], responseKind: { group: "", version: "", kind: "Whistle" } },
      { subresource: "scale", verbs: ["get"], responseKind: { group: "autoscaling", version: "v1", kind: "Scale" } },
      ...subresources
    ]
  })

interface Answers {
  readonly [path: string]: unknown
}

const always: Answers = {
  "/version": { major: "1", minor: "99" },
  "/api": {
    items: [{ versions: [{ version: "v1", resources: [resource("Room", { scope: "Cluster", verbs: ["create"] })] }] }]
  },
  "/openapi/v3": {
    paths: {
      "api/v1": { serverRelativeURL: "/rooms" },
      "apis/toys.k8s.io/v1": { serverRelativeURL: "/toys" },
      "apis/toys.k8s.io/v1beta1": { serverRelativeURL: "/beta" },
      "apis/toys.k8s.io/v1alpha1": { serverRelativeURL: "/alpha" },
      "apis/internal.toys.k8s.io/v1alpha1": { serverRelativeURL: "/internal" }
    }
  },
  "/rooms": { components: { schemas: rooms } },
  "/toys": { components: { schemas: toys } },
  "/beta": { components: { schemas: bare("io.k8s.api.toys.v1beta1.Train", "toys.k8s.io", "v1beta1", "Train") } },
  "/alpha": { components: { schemas: bare("io.k8s.api.toys.v1alpha1.Ghost", "toys.k8s.io", "v1alpha1", "Ghost") } },
  "/internal": {
    components: {
      schemas: bare("io.k8s.api.toysinternal.v1alpha1.Spring", "internal.toys.k8s.io", "v1alpha1", "Spring")
    }
  },
  "/apis/toys.k8s.io/v1/trains?limit=1": { items: [] },
  "/apis/toys.k8s.io/v1beta1/trains?limit=1": { items: [] },
  "/apis/toys.k8s.io/v1alpha1/ghosts?limit=1": { items: [] },
  "/apis/internal.toys.k8s.io/v1alpha1/springs?limit=1": { items: [] }
}

const group = (name: string, ...versions: ReadonlyArray<readonly [version: string, ...resources: Array<object>]>) => ({
  metadata: { name },
  versions: versions.map(([version, ...resources]) => ({ version, resources }))
})

const internal = group("internal.toys.k8s.io", ["v1alpha1", resource("Spring")])

const byDefault: Answers = { ...always, "/apis": { items: [group("toys.k8s.io", ["v1", train()])] } }

const everyVersion: Answers = {
  ...always,
  "/apis": { items: [group("toys.k8s.io", ["v1", train()], ["v1beta1", resource("Train")]), internal] }
}

const brake = { subresource: "brake", verbs: ["update"], responseKind: { group: "", version: "", kind: "Train" } }

export const everything: Answers = {
  ...always,
  "/apis": {
    items: [
      group("toys.k8s.io", ["v1", train([brake])], ["v1beta1", resource("Train")], ["v1alpha1", resource("Ghost")]),
      internal
    ]
  }
}

const warnings: { readonly [path: string]: string } = {
  "/apis/toys.k8s.io/v1/trains?limit=1":
    "toys.k8s.io/v1 Train is deprecated in v1.98+, unavailable in v1.102+; use toys.k8s.io/v2 Train",
  "/apis/toys.k8s.io/v1beta1/trains?limit=1":
    "toys.k8s.io/v1beta1 Train is deprecated in v1.97+, unavailable in v1.100+",
  "/apis/toys.k8s.io/v1alpha1/ghosts?limit=1": "toys.k8s.io/v1alpha1 Ghost is deprecated in v1.99+"
}

/** Answers as a server does. */
export const get = (answers: Answers): Get => async (path) => {
  const body = answers[path]
  if (body === undefined) throw new Error(`no answer to ${path}`)
  const warning = warnings[path]
  return { body, warnings: warning === undefined ? [] : [warning] }
}

/** The three servers; `changed` are other answers of the one that serves everything. */
export const readSnapshots = async (changed: Answers = {}): Promise<Snapshots> => ({
  everything: await read(get({ ...everything, ...changed })),
  everyVersion: await read(get(everyVersion)),
  byDefault: await read(get(byDefault))
})

export const truths: Truths = {
  nullable: ["io.k8s.api.core.v1.Room.spec"],
  answeredByStatus: [],
  featureGates: { "toys.k8s.io/ghosts": ["Haunting", "Night"], "toys.k8s.io/trains/brake": ["Brakes"] },
  discriminatorValues: { "io.k8s.api.toys.v1.Drive.clockwork": "Clock" }
}
