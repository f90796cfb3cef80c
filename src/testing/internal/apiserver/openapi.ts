/**
 * OpenAPI v3: an index of documents, and for each group and version one document with its paths and schemas (S53), so that
 * `kubectl explain`, `apply`, `diff` and validation work. A document is made when it is asked for, and kept until what is
 * served changes. The documents of v3 are JSON only; that of v2, which old clients and Helm ask for, is there in both forms.
 */
import * as Stream from "effect/Stream"
import type { Answer, Call } from "./answers.js"
import type { JsonObject } from "./json.js"
import { componentsOf, sourceOf } from "./openapi/components.js"
import { pathsOfVersion, rootOf } from "./openapi/paths.js"
import { swaggerOf } from "./openapi/swagger.js"
import { swaggerProtobuf } from "./openapi/swaggerProtobuf.js"
import type { Resources, Served } from "./served.js"

interface Document {
  readonly served: ReadonlyArray<Served>
  /** 128 hexadecimal digits. */
  readonly hash: string
  /** Once somebody has asked for it. */
  text: string | undefined
}

interface Documents {
  readonly generation: number
  /** By their paths below `/openapi/v3/`. */
  readonly byPath: ReadonlyMap<string, Document>
  readonly index: string
}

/** FNV-1a with a seed, as eight digits. */
const digits = (text: string, seed: number): string => {
  let value = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return (value >>> 0).toString(16).toUpperCase().padStart(8, "0")
}

/** As long as that of a real server, so that nobody who looks at it is surprised. */
const hashOf = (text: string): string => Array.from({ length: 16 }, (_, seed) => digits(text, seed)).join("")

const documentsOf = (resources: Resources, generation: number): Documents => {
  const versions = resources.groups().flatMap(({ group, versions }) =>
    versions.map((version): readonly [string, Document] => {
      const served = resources.inVersion(group, version)
      const hash = hashOf(sourceOf(served))
      return [rootOf(group, version), { served, hash, text: undefined }]
    })
  )
  const entries = [...versions].sort(([a], [b]) => a < b ? -1 : 1)
  const paths = entries.map(([path, { hash }]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }])
  return { generation, byPath: new Map(versions), index: JSON.stringify({ paths: Object.fromEntries(paths) }) }
}

const known = new WeakMap<Resources, Documents>()

const currentDocuments = (resources: Resources): Documents => {
  const found = known.get(resources)
  if (found?.generation === resources.generation) return found
  const made = documentsOf(resources, resources.generation)
  known.set(resources, made)
  return made
}

const textOf = (document: Document): string => {
  if (document.text !== undefined) return document.text
  const { served } = document
  const { custom, group, version } = served[0]! // a version without resources has no document
  const paths = pathsOfVersion(group, version, served)
  document.text = JSON.stringify({
    openapi: "3.0.0",
    info: custom === undefined
      ? { title: "Kubernetes", version: "1.37" }
      : { title: "Kubernetes CRD Swagger", version: "v0.1.0" },
    paths,
    components: { schemas: componentsOf(served, paths) }
  })
  return document.text
}

const answer = (status: number, headers: Answer["headers"], body = ""): Answer => ({
  status,
  headers,
  warnings: [],
  body
})

const checked = "no-cache, private"

const acceptsJson = (accept: string | undefined): boolean =>
  accept === undefined || accept.trim() === "" ||
  accept.split(",").some((clause) =>
    ["application/json", "application/*", "*/*"].includes(clause.split(";")[0]!.trim())
  )

const year = 365 * 24 * 60 * 60 * 1000

/** Answers a request below `/openapi/v3`. A document that is asked for by its hash never changes; one by another has moved. */
export const openapi = (resources: Resources, path: string, call: Call): Answer => {
  const documents = currentDocuments(resources)
  if (path === "") {
    return answer(200, { "content-type": "text/plain; charset=utf-8", "cache-control": checked }, documents.index)
  }
  const document = documents.byPath.get(path)
  if (document === undefined) return answer(404, { "cache-control": checked })
  if (!acceptsJson(call.headers["accept"])) return answer(406, { "cache-control": checked, "vary": "Accept" })
  const etag = `"${document.hash}"`
  const headers = { "content-type": "application/json", "vary": "Accept", etag }
  const asked = call.query.get("hash") ?? ""
  if (asked !== "" && asked !== document.hash) {
    const location = `/openapi/v3/${path}?hash=${document.hash}`
    return answer(301, { ...headers, "cache-control": checked, location })
  }
  const caching: Answer["headers"] = asked === "" ? { "cache-control": checked } : {
    "cache-control": "public, immutable",
    "expires": new Date(call.now + year).toUTCString()
  }
  if (call.headers["if-none-match"] === etag) return answer(304, { ...caching, "vary": "Accept", etag })
  return answer(200, { ...headers, ...caching }, textOf(document))
}

interface Swagger {
  readonly generation: number
  readonly etag: string
  readonly document: JsonObject
  /** Each form once somebody has asked for it. */
  text?: string | undefined
  bytes?: Uint8Array | undefined
}

const knownSwagger = new WeakMap<Resources, Swagger>()

const currentSwagger = (resources: Resources): Swagger => {
  const found = knownSwagger.get(resources)
  if (found?.generation === resources.generation) return found
  // It changes where one of the documents of v3 does.
  const etag = `"${hashOf(currentDocuments(resources).index)}"`
  const made = { generation: resources.generation, etag, document: swaggerOf(resources) }
  knownSwagger.set(resources, made)
  return made
}

const swaggerType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
/** What is asked for, and what is answered then; the former name of the protobuf is no media type. */
const swaggerTypes: { readonly [accepted: string]: string } = {
  "application/json": "application/json",
  "application/*": "application/json",
  "*/*": "application/json",
  [swaggerType.replace("v2.v1", "v2@v1")]: swaggerType,
  [swaggerType]: swaggerType
}

/** Answers `/openapi/v2`. */
export const openapiV2 = (resources: Resources, call: Call): Answer => {
  const accept = call.headers["accept"] ?? ""
  const wanted = (accept.trim() === "" ? "*/*" : accept).split(",").map((clause) => clause.split(";")[0]!.trim())
  const found = wanted.find((type) => Object.hasOwn(swaggerTypes, type))
  if (found === undefined) return answer(406, { vary: "Accept" })
  const type = swaggerTypes[found]!
  const swagger = currentSwagger(resources)
  const { document, etag } = swagger
  if (call.headers["if-none-match"] === etag) return answer(304, { vary: "Accept", etag })
  const headers = { "content-type": type, "vary": "Accept", etag }
  if (type === "application/json") return answer(200, headers, swagger.text ??= JSON.stringify(document))
  return { ...answer(200, headers), body: Stream.make(swagger.bytes ??= swaggerProtobuf(document)) }
}
