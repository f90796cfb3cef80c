/** What stands in a CustomResourceDefinition beside names and schemas: subresources, columns, selectable fields, versions. */
import { type Area, type Json, type Run, scenario } from "./scenario.js"
import { definition, version, widget } from "./widgets.js"

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

const causes = (body: Json): Json => body.details?.causes ?? body.message ?? body.kind

/** Without the whole schema, which the server prints with the names of its own fields. */
const withoutSchema = (body: Json): Json =>
  body.details?.causes.map((cause: Json) => ({
    ...cause,
    message: cause.message.replace(/^Invalid value: \{.*\}: only/s, "Invalid value: {…}: only")
  })) ?? body.kind

const properties = {
  size: { type: "integer" },
  name: { type: "string" },
  flag: { type: "boolean" },
  list: { type: "array", items: { type: "string" } },
  map: { type: "object", additionalProperties: { type: "string" } },
  "a.b": { type: "string" },
  number: { type: "number" },
  either: { "x-kubernetes-int-or-string": true }
}

/** Asks for one definition after the other, each with one thing wrong. */
const attempts = (title: string, show: (body: Json) => Json, ...made: ReadonlyArray<(run: Run) => Json>) =>
  scenario(title, function*(run) {
    for (const make of made) yield* run.post(`${definitions}?dryRun=All`, make(run), { show })
  })

const withVersion = (more: Json) => (run: Run) => definition(run, "Widget", [version(properties, more)])

const scale = (paths: Json) => withVersion({ subresources: { scale: paths } })

const good = { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" }

const column = (more: Json) =>
  withVersion({ additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size", ...more }] })

const selectable = (...paths: ReadonlyArray<string>) =>
  withVersion({ selectableFields: paths.map((jsonPath) => ({ jsonPath })) })

export const definitionParts: Area = {
  name: "definitionParts",
  scenarios: [
    attempts(
      "paths of a scale are checked (S48)",
      causes,
      scale(good),
      scale({}),
      scale({ ...good, specReplicasPath: "spec.size" }),
      scale({ ...good, specReplicasPath: ".status.size" }),
      scale({ ...good, specReplicasPath: ".spec" }),
      scale({ ...good, specReplicasPath: ".spec.size[0]" }),
      scale({ ...good, specReplicasPath: ".spec.a..b" }),
      scale({ ...good, specReplicasPath: ".spec.missing" }),
      scale({ ...good, statusReplicasPath: ".spec.size" }),
      scale({ ...good, statusReplicasPath: "" }),
      scale({ ...good, labelSelectorPath: ".metadata.labels" }),
      scale({ ...good, labelSelectorPath: "status.selector" }),
      scale({ ...good, labelSelectorPath: ".status.selector" }),
      scale({ ...good, labelSelectorPath: ".spec.selector" }),
      scale({ ...good, labelSelectorPath: "" }),
      scale({ ...good, other: 1 })
    ),
    attempts(
      "printer columns are checked (S48)",
      causes,
      column({}),
      column({ name: "" }),
      column({ name: "With Space" }),
      column({ type: "" }),
      column({ type: "object" }),
      column({ type: "Integer" }),
      column({ format: "int128" }),
      column({ format: "" }),
      column({ format: "date-time" }),
      column({ jsonPath: "" }),
      column({ jsonPath: "spec.size" }),
      column({ jsonPath: ".spec.list[0]" }),
      column({ jsonPath: ".spec.list[" }),
      column({ jsonPath: ".spec['a.b']" }),
      column({ jsonPath: ".spec..x" }),
      column({ jsonPath: "{.spec.size}" }),
      column({ jsonPath: ".spec.list[?(@ == 'a')]" }),
      column({ jsonPath: ".missing" }),
      column({ priority: -1 }),
      withVersion({
        additionalPrinterColumns: [
          { name: "Same", type: "integer", jsonPath: ".spec.size" },
          { name: "Same", type: "integer", jsonPath: ".spec.size" }
        ]
      })
    ),
    attempts(
      "selectable fields are checked (S43, S48)",
      causes,
      selectable(".spec.size", ".spec.name", ".spec.flag"),
      selectable(""),
      selectable("spec.name"),
      selectable(".spec.missing"),
      selectable(".spec.list"),
      selectable(".spec.map"),
      selectable(".spec.map.key"),
      selectable(".spec.number"),
      selectable(".spec.either"),
      selectable(".metadata.name"),
      selectable(".metadata.labels"),
      selectable(".kind"),
      selectable(".spec"),
      selectable(".spec.list[0]"),
      selectable(".spec['a.b']"),
      selectable(".spec.name", ".spec.name"),
      selectable(".status.phase"),
      selectable(
        ".spec.name",
        ".spec.size",
        ".spec.flag",
        ".spec.a",
        ".spec.b",
        ".spec.c",
        ".spec.d",
        ".spec.e",
        ".spec.f"
      ),
      selectable(".spec.name.")
    ),
    attempts(
      "with a status endpoint the root of a schema is limited (S48)",
      withoutSchema,
      ...[
        { maxProperties: 3 },
        { minProperties: 1 },
        { enum: [{}] },
        { default: {} },
        { nullable: true },
        { additionalProperties: { type: "string" } },
        { allOf: [{ required: ["spec"] }] },
        { anyOf: [{ required: ["spec"] }] },
        { not: { required: ["other"] } },
        { "x-kubernetes-map-type": "atomic" },
        { "x-kubernetes-embedded-resource": true },
        { required: ["spec"] },
        { title: "t", description: "d" },
        { "x-kubernetes-preserve-unknown-fields": true },
        { type: "string" }
      ].map((more) => (run: Run) => {
        const made = version(properties)
        Object.assign(made.schema.openAPIV3Schema, more)
        return definition(run, "Widget", [made])
      })
    ),
    attempts(
      "names, versions and conversions of a definition are checked (S44)",
      causes,
      ...[
        (made: Json) => (made.spec.versions[0].name = "V1"),
        (made: Json) => (made.spec.versions[0].name = "1"),
        (made: Json) => (made.spec.versions[0].deprecationWarning = "x"),
        (made: Json) => Object.assign(made.spec.versions[0], { deprecated: true, deprecationWarning: "" }),
        (made: Json) => Object.assign(made.spec.versions[0], { deprecated: true, deprecationWarning: "a\nb" }),
        (made: Json) => (made.spec.names.shortNames = ["Bad Name"]),
        (made: Json) => (made.spec.names.categories = ["Bad Name"]),
        (made: Json) => (made.spec.names.listKind = "Widget"),
        (made: Json) => (made.spec.names.kind = "my_kind"),
        (made: Json) => (made.spec.names.singular = "Widget"),
        (made: Json) => (made.spec.group = "nodots"),
        (made: Json) => (made.spec.conversion = { strategy: "Other" }),
        (made: Json) => (made.spec.conversion = { strategy: "Webhook" }),
        (made: Json) => (made.spec.conversion = { strategy: "None", webhook: { conversionReviewVersions: ["v1"] } }),
        (made: Json) => (made.spec.conversion = {
          strategy: "Webhook",
          webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://example.com/x" } }
        }),
        (made: Json) => (made.spec.conversion = {
          strategy: "Webhook",
          webhook: { conversionReviewVersions: ["v2"], clientConfig: { url: "http://example.com/x" } }
        }),
        (made: Json) => (made.spec.conversion = {
          strategy: "Webhook",
          webhook: {
            conversionReviewVersions: ["v1", "v1"],
            clientConfig: { service: { name: "", namespace: "", port: 0, path: "x" } }
          }
        }),
        (made: Json) => (made.spec.conversion = {
          strategy: "Webhook",
          webhook: {
            conversionReviewVersions: ["v1"],
            clientConfig: { url: "https://user:pass@/x?y=z#f" }
          }
        }),
        (made: Json) => (made.spec.conversion = {
          strategy: "Webhook",
          webhook: {
            conversionReviewVersions: ["v1"],
            clientConfig: { service: { name: "a", namespace: "", path: "/ok//Bad_Name/" } }
          }
        }),
        (made: Json) => (made.spec.preserveUnknownFields = true),
        (made: Json) => (made.spec.versions[0].served = false)
      ].map((change) => (run: Run) => {
        const made = definition(run, "Widget", [version(properties)])
        change(made)
        return made
      })
    ),
    attempts(
      "schemas that differ between versions are checked one by one (S44, S48)",
      causes,
      (run) =>
        definition(run, "Widget", [
          version(properties, { additionalPrinterColumns: [{ name: "", type: "x", jsonPath: "y" }] }),
          version({ other: { type: "string" } }, {
            name: "v2",
            storage: false,
            selectableFields: [{ jsonPath: ".spec.size" }],
            subresources: { scale: { specReplicasPath: "x", statusReplicasPath: "y" } }
          })
        ]),
      (run) =>
        definition(run, "Widget", [
          version(properties),
          version({ other: { type: "nothing" } }, { name: "v2", storage: false })
        ])
    ),
    scenario("values that a column cannot print are left out of a table (S48, S55)", function*(run) {
      yield* run.define(definition(run, "Widget", [version(properties, {
        additionalPrinterColumns: [
          { name: "Size", type: "integer", jsonPath: ".spec.size" },
          { name: "Name", type: "string", jsonPath: ".spec.name" },
          { name: "First", type: "string", jsonPath: ".spec.list[0]" },
          { name: "List", type: "string", jsonPath: ".spec.list" },
          { name: "Map", type: "string", jsonPath: ".spec.map" },
          { name: "Dotted", type: "string", jsonPath: ".spec.a\\.b" },
          { name: "Wrong", type: "integer", jsonPath: ".spec.name" },
          { name: "Flag", type: "boolean", jsonPath: ".spec.flag" },
          { name: "Number", type: "number", jsonPath: ".spec.number" },
          { name: "Made", type: "date", jsonPath: ".metadata.creationTimestamp" },
          { name: "Missing", type: "date", jsonPath: ".spec.missing" },
          { name: "All", type: "string", jsonPath: ".spec.list[*]" }
        ]
      })]))
      const path = run.at("widgets", `${run.group}/v1`)
      const spec = { size: 3, name: "n", list: ["x", "y"], map: { k: "v" }, "a.b": "dot", flag: true, number: 1.5 }
      yield* run.post(path, widget(run, "a", spec), { show: ({ kind }) => kind })
      yield* run.post(path, widget(run, "b", {}), { show: ({ kind }) => kind })
      yield* run.get(path, {
        headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
        show: ({ rows }) =>
          rows?.map(({ cells }: Json) =>
            cells.map((cell: Json) => (typeof cell === "string" && /^\d+m?s$/.test(cell) ? "<age>" : cell))
          )
      })
    })
  ]
}
