/** Manifests: Kubernetes objects in a text of YAML documents or JSON, as people keep them in files. */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { isObject, own } from "./apiserver/json.js"
import { duplicatesText, readYaml } from "./apiserver/yaml.js"

/** A text that holds no manifests. */
export class ManifestError extends Data.TaggedError("TestClusterManifestError")<{
  /** Which of the documents, from 1. */
  readonly document: number
  readonly problem: string
}> {
  override get message(): string {
    return `document ${this.document}: ${this.problem}`
  }
}

/** A line of three dashes stands between documents. */
const separator = /^---[ \t]*(?:#.*)?$/m

/** What is nothing but space and comments. */
const isBlank = (document: string): boolean => /^(?:\s|#.*$|%.*$)*$/m.test(document) && !/^\s*[^\s#%]/m.test(document)

const itemsOf = (value: { readonly [key: string]: unknown }): ReadonlyArray<unknown> | undefined => {
  const kind = own(value, "kind")
  const items = own(value, "items")
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items) ? items : undefined
}

/** Definitions before what they define, namespaces before what is in them; else in the order of the text. */
const rank = (object: unknown): number => {
  const kind = isObject(object) ? own(object, "kind") : undefined
  return kind === "CustomResourceDefinition" ? 0 : kind === "Namespace" ? 1 : 2
}

/** The objects of a text, those of lists one by one, in an order in which a server takes them. */
export const parseManifests = (text: string): Either.Either<ReadonlyArray<unknown>, ManifestError> => {
  const objects: Array<unknown> = []
  const documents = text.replace(/^\uFEFF/, "").split(separator).filter((document) => !isBlank(document))
  for (const [index, document] of documents.entries()) {
    const failed = (problem: string) => Either.left(new ManifestError({ document: index + 1, problem }))
    const read = readYaml(document)
    if (read.error !== undefined) return failed(read.error)
    if (read.duplicates.length > 0) return failed(duplicatesText(read.duplicates))
    if (read.value === null) continue
    if (!isObject(read.value)) return failed("expected an object")
    objects.push(...itemsOf(read.value) ?? [read.value])
  }
  return Either.right([0, 1, 2].flatMap((each) => objects.filter((object) => rank(object) === each)))
}
