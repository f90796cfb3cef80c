/**
 * The paths of an OpenAPI v3 document: for each resource and subresource which methods there are, with which parameters,
 * bodies and answers. kubectl reads the actions, the kinds and the parameters, and lets the server validate where it
 * finds `fieldValidation`.
 */
import { json, protobuf, yaml } from "../mediaTypes.js"
import { kindName } from "../schemas.js"
import type { Served, Subresource } from "../served.js"
import { common, nameOf, referTo } from "./components.js"

interface Parameter {
  readonly name: string
  readonly in: "path" | "query"
  readonly required?: true
  readonly schema: { readonly type: string; readonly uniqueItems: true }
}

interface Operation {
  readonly parameters: ReadonlyArray<Parameter>
  readonly rest: { readonly [key: string]: unknown }
}

type Operations = { readonly [method: string]: Operation }

const query = (name: string, type = "string"): Parameter => ({ name, in: "query", schema: { type, uniqueItems: true } })
const inPath = (name: string): Parameter => ({
  name,
  in: "path",
  required: true,
  schema: { type: "string", uniqueItems: true }
})

const ofLists = [
  query("allowWatchBookmarks", "boolean"),
  query("continue"),
  query("fieldSelector"),
  query("labelSelector"),
  query("limit", "integer"),
  query("resourceVersion"),
  query("resourceVersionMatch"),
  query("sendInitialEvents", "boolean"),
  query("shardSelector"),
  query("timeoutSeconds", "integer"),
  query("watch", "boolean")
]
const ofWrites = [query("dryRun"), query("fieldManager"), query("fieldValidation")]
const ofPatches = [...ofWrites, query("force", "boolean")]
const ofDeletes = [
  query("dryRun"),
  query("gracePeriodSeconds", "integer"),
  query("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean"),
  query("orphanDependents", "boolean"),
  query("propagationPolicy")
]
const onlyOfWatches: ReadonlySet<string> = new Set(["allowWatchBookmarks", "watch"])
const ofCollections = [...ofDeletes, ...ofLists.filter(({ name }) => !onlyOfWatches.has(name))]

/** What a client can send and gets. Custom resources have no protobuf and no strategic merge patch. */
const media = (served: Served) =>
  served.custom === undefined
    ? {
      answers: [json, protobuf, yaml],
      streams: [json, `${json};stream=watch`, protobuf, `${protobuf};stream=watch`, yaml],
      bodies: ["*/*"],
      patches: [
        "application/apply-patch+yaml",
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/strategic-merge-patch+json"
      ],
      patchCodes: [200, 201]
    }
    : {
      answers: [json, yaml],
      streams: [json, yaml],
      bodies: [json, yaml],
      patches: ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"],
      patchCodes: [200]
    }

const contentOf = (types: ReadonlyArray<string>, schema: unknown) =>
  Object.fromEntries(types.map((type) => [type, { schema }]))

const text = { type: "string" }
const schemaOf = (name: string | undefined): unknown => name === undefined ? text : referTo(name)

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)

/** `apps`, `rbacAuthorization`, `core`: the group in names of operations. */
const groupName = (group: string): string => {
  const [first, ...more] = (group === "" ? "core" : group.replace(/\.k8s\.io$/, "")).split(/[.-]/)
  return `${first}${more.map(capital).join("")}`
}

const tagOf = (group: string, version: string): string => `${groupName(group)}_${version}`
const wordOf = ({ group, version }: Served): string => capital(groupName(group)) + capital(version)

interface Shape {
  readonly action: string
  /** The name of the operation. */
  readonly id: string
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
  readonly parameters: ReadonlyArray<Parameter>
  readonly body?: { readonly types: ReadonlyArray<string>; readonly schema: unknown; readonly required: boolean }
  readonly codes: ReadonlyArray<number>
  readonly answer: { readonly types: ReadonlyArray<string>; readonly schema: unknown }
}

const operation = (served: Served, shape: Shape): Operation => ({
  parameters: shape.parameters,
  rest: {
    tags: [tagOf(served.group, served.version)],
    operationId: shape.id,
    ...(shape.body !== undefined && {
      requestBody: {
        content: contentOf(shape.body.types, shape.body.schema),
        ...(shape.body.required && { required: true })
      }
    }),
    responses: {
      ...Object.fromEntries(shape.codes.map((code) => [code, {
        description: code === 201 ? "Created" : code === 202 ? "Accepted" : "OK",
        content: contentOf(shape.answer.types, shape.answer.schema)
      }])),
      401: { description: "Unauthorized" }
    },
    "x-kubernetes-action": shape.action,
    "x-kubernetes-group-version-kind": shape.kind
  }
})

const byName = (a: Parameter, b: Parameter): number => a.name < b.name ? -1 : 1

/** A path with its methods. What all of them take stands at the path. */
const pathItem = (operations: Operations, inPaths: ReadonlyArray<Parameter>): unknown => {
  const all = Object.values(operations)
  const isShared = ({ name }: Parameter): boolean =>
    all.every((each) => each.parameters.some((one) => one.name === name))
  const shared = (all[0]?.parameters ?? []).filter(isShared)
  const methods = Object.entries(operations).map(([method, { parameters, rest }]) => {
    const own = parameters.filter((each) => !isShared(each)).sort(byName)
    return [method, { ...(own.length > 0 && { parameters: own }), ...rest }]
  })
  return { ...Object.fromEntries(methods), parameters: [...shared, ...inPaths, query("pretty")].sort(byName) }
}

export const rootOf = (group: string, version: string): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`

/** Operations on the main endpoints of a resource. */
const makerOf = (served: Served) => {
  const { answers, bodies, patchCodes, patches, streams } = media(served)
  const kind = { group: served.group, version: served.version, kind: served.kind }
  const one = { types: answers, schema: schemaOf(nameOf(served, served.kind)) }
  const many = { types: streams, schema: schemaOf(nameOf(served, served.listKind)) }
  const done = { types: answers, schema: referTo(common.status) }
  const removed = served.strategy.answersDeleted ? one : done
  const options = { types: bodies, schema: referTo(common.deleteOptions), required: false }
  const sent = { ...one, types: bodies, required: true }
  const scope = served.namespaced ? "Namespaced" : ""
  const id = (verb: string, suffix = "") => `${verb}${wordOf(served)}${scope}${served.kind}${suffix}`
  const make = (shape: Omit<Shape, "kind">) => operation(served, { ...shape, kind })
  const isCustom = served.custom !== undefined
  return {
    list: (isOfAll: boolean) =>
      make({
        action: "list",
        id: isOfAll ? `list${wordOf(served)}${served.kind}ForAllNamespaces` : id("list"),
        parameters: ofLists,
        codes: [200],
        answer: many
      }),
    create: make({
      action: "post",
      id: id("create"),
      parameters: ofWrites,
      body: sent,
      codes: [200, 201, 202],
      answer: one
    }),
    deleteCollection: make({
      action: "deletecollection",
      id: `delete${wordOf(served)}Collection${scope}${served.kind}`,
      parameters: isCustom ? ofLists : ofCollections,
      ...(!isCustom && { body: options }),
      codes: [200],
      answer: done
    }),
    get: make({
      action: "get",
      id: id("read"),
      parameters: isCustom ? [query("resourceVersion")] : [],
      codes: [200],
      answer: one
    }),
    update: make({
      action: "put",
      id: id("replace"),
      parameters: ofWrites,
      body: sent,
      codes: [200, 201],
      answer: one
    }),
    patch: make({
      action: "patch",
      id: id("patch"),
      parameters: ofPatches,
      body: { types: patches, schema: referTo(common.patch), required: true },
      codes: patchCodes,
      answer: one
    }),
    delete: make({
      action: "delete",
      id: id("delete"),
      parameters: ofDeletes,
      body: options,
      codes: [200, 202],
      answer: removed
    }),
    watch: (suffix: string, isOfAll = false) =>
      make({
        action: suffix === "" ? "watch" : "watchlist",
        id: isOfAll ? `watch${wordOf(served)}${served.kind}ListForAllNamespaces` : id("watch", suffix),
        parameters: ofLists,
        codes: [200],
        answer: { types: streams, schema: referTo(common.watchEvent) }
      })
  }
}

/** Operations of a subresource, in its own kind. */
const subOperations = (served: Served, sub: Subresource): Operations => {
  const { answers, bodies, patchCodes, patches } = media(served)
  const isCustom = served.custom !== undefined
  const schema = sub.name === "log"
    ? text
    : schemaOf(isCustom && sub.name !== "scale" ? nameOf(served, sub.kind) : kindName(sub.group, sub.version, sub.kind))
  const kind = isCustom
    ? { group: served.group, version: served.version, kind: served.kind }
    : { group: sub.group, version: sub.version, kind: sub.kind }
  const one = { types: answers, schema }
  const sent = { types: bodies, schema, required: true }
  const scope = served.namespaced ? "Namespaced" : ""
  const id = (verb: string) => `${verb}${wordOf(served)}${scope}${served.kind}${capital(sub.name)}`
  const make = (shape: Omit<Shape, "kind" | "answer">) => operation(served, { ...shape, kind, answer: one })
  const has = (verb: string): boolean => sub.verbs.includes(verb)
  return {
    ...(has("get") && {
      get: make({
        action: "get",
        id: id("read"),
        parameters: isCustom ? [query("resourceVersion")] : [],
        codes: [200]
      })
    }),
    ...(has("update") && {
      put: make({ action: "put", id: id("replace"), parameters: ofWrites, body: sent, codes: [200, 201] })
    }),
    ...(has("create") && {
      post: make({ action: "post", id: id("create"), parameters: ofWrites, body: sent, codes: [200, 201, 202] })
    }),
    ...(has("patch") && {
      patch: make({
        action: "patch",
        id: id("patch"),
        parameters: ofPatches,
        body: { types: patches, schema: referTo(common.patch), required: true },
        codes: patchCodes
      })
    })
  }
}

/** Subresources that are a connection, not a document: what they take is not in the document. */
const connections: ReadonlySet<string> = new Set(["attach", "exec", "portforward", "proxy"])

/** The paths of a resource. */
const pathsOf = (served: Served): ReadonlyArray<readonly [string, unknown]> => {
  const make = makerOf(served)
  const has = (verb: string): boolean => served.verbs.includes(verb)
  const root = `/${rootOf(served.group, served.version)}`
  const within = served.namespaced ? "/namespaces/{namespace}" : ""
  const namespace = served.namespaced ? [inPath("namespace")] : []
  const collection = {
    ...(has("list") && { get: make.list(false) }),
    ...(has("create") && { post: make.create }),
    ...(has("deletecollection") && { delete: make.deleteCollection })
  }
  const object = {
    ...(has("get") && { get: make.get }),
    ...(has("update") && { put: make.update }),
    ...(has("delete") && { delete: make.delete }),
    ...(has("patch") && { patch: make.patch })
  }
  const named = [...namespace, inPath("name")]
  const paths: Array<readonly [string, unknown]> = [
    [`${root}${within}/${served.plural}`, pathItem(collection, namespace)]
  ]
  if (has("get")) paths.push([`${root}${within}/${served.plural}/{name}`, pathItem(object, named)])
  if (served.namespaced && has("list")) {
    paths.push([`${root}/${served.plural}`, pathItem({ get: make.list(true) }, [])])
  }
  for (const sub of served.subresources) {
    if (connections.has(sub.name)) continue
    paths.push([`${root}${within}/${served.plural}/{name}/${sub.name}`, pathItem(subOperations(served, sub), named)])
  }
  if (served.custom === undefined && has("watch")) {
    paths.push(
      [`${root}/watch${within}/${served.plural}`, pathItem({ get: make.watch("List") }, namespace)],
      [`${root}/watch${within}/${served.plural}/{name}`, pathItem({ get: make.watch("") }, named)]
    )
    if (served.namespaced) {
      paths.push([`${root}/watch/${served.plural}`, pathItem({ get: make.watch("List", true) }, [])])
    }
  }
  return paths
}

/** Discovery of the version, which built-in groups have in their documents. */
const discoveryPath = (group: string, version: string): readonly [string, unknown] => [
  `/${rootOf(group, version)}/`,
  {
    get: {
      tags: [tagOf(group, version)],
      operationId: `get${capital(groupName(group))}${capital(version)}APIResources`,
      responses: {
        200: { description: "OK", content: contentOf([json, protobuf, yaml], referTo(common.resourceList)) },
        401: { description: "Unauthorized" }
      }
    }
  }
]

/** The paths of all resources of a version, by the alphabet. */
export const pathsOfVersion = (
  group: string,
  version: string,
  served: ReadonlyArray<Served>
): { readonly [path: string]: unknown } =>
  Object.fromEntries(
    [
      ...(served.some(({ custom }) => custom === undefined) ? [discoveryPath(group, version)] : []),
      ...served.flatMap(pathsOf)
    ].sort(([a], [b]) => a < b ? -1 : 1)
  )
