/** Validation of object metadata, as for custom resources: names are DNS subdomains. */
import {
  type Cause,
  child,
  forbidden,
  goQuote,
  indexed,
  invalid,
  invalidJson,
  required,
  tooLong
} from "./fieldError.js"
import { bytes } from "./formats.js"
import { asPrefix, dnsLabel, dnsSubdomain, groupVersion, labelValue, qualifiedName } from "./names.js"
import { equal } from "./ratchet.js"
import { isObject, sortedKeys } from "./schema.js"

export interface MetadataOptions {
  readonly namespaced: boolean
  /** Path of the metadata; `metadata` unless it is that of an embedded resource. */
  readonly at?: string | undefined
  /** What is wrong with a name; of a generateName, `isPrefix`. Default: it must be a DNS subdomain. */
  readonly name?: ((text: string, isPrefix: boolean) => ReadonlyArray<string>) | undefined
}

const subdomainName = (text: string, isPrefix: boolean): ReadonlyArray<string> =>
  dnsSubdomain(isPrefix ? asPrefix(text) : text)

type Metadata = { readonly [field: string]: unknown }

const text = (metadata: Metadata, field: string): string => typeof metadata[field] === "string" ? metadata[field] : ""

const entries = (value: unknown): ReadonlyArray<readonly [key: string, value: string]> =>
  isObject(value) ? sortedKeys(value).map((key) => [key, String(value[key])]) : []

const strings = (value: unknown): ReadonlyArray<string> => (Array.isArray(value) ? value.map(String) : [])

/** Causes for which the metadata of a new object is refused, after its name was generated. */
export const validateMetadata = (metadata: unknown, options: MetadataOptions): ReadonlyArray<Cause> => {
  const meta = isObject(metadata) ? metadata : {}
  const at = options.at ?? "metadata"
  const nameComplaints = options.name ?? subdomainName
  const name = text(meta, "name")
  const generateName = text(meta, "generateName")
  const namespace = text(meta, "namespace")
  const causes: Array<Cause> = []
  const complain = (field: string, value: string, complaints: ReadonlyArray<string>): void => {
    for (const complaint of complaints) causes.push(invalid(child(at, field), value, complaint))
  }
  if (generateName !== "") complain("generateName", generateName, nameComplaints(generateName, true))
  if (name === "") causes.push(required(child(at, "name"), "name or generateName is required"))
  else complain("name", name, nameComplaints(name, false))
  if (!options.namespaced) {
    if (namespace !== "") causes.push(forbidden(child(at, "namespace"), "not allowed on this type"))
  } else if (namespace === "") {
    causes.push(required(child(at, "namespace")))
  } else {
    complain("namespace", namespace, dnsLabel(namespace))
  }
  return [...causes, ...checkGeneration(meta, at), ...checkCommon(meta, at), ...checkFinalizers(meta, at)]
}

/** Causes for which changed metadata are refused: what must not change, and what is malformed. */
export const validateMetadataUpdate = (
  metadata: unknown,
  previous: unknown,
  options: MetadataOptions
): ReadonlyArray<Cause> => {
  const meta = isObject(metadata) ? metadata : {}
  const old = isObject(previous) ? previous : {}
  const at = options.at ?? "metadata"
  const causes: Array<Cause> = []
  if ((old.deletionTimestamp ?? null) !== null) {
    const known = new Set(strings(old.finalizers))
    const added = [...new Set(strings(meta.finalizers).filter((finalizer) => !known.has(finalizer)))].sort()
    if (added.length > 0) {
      causes.push(forbidden(
        child(at, "finalizers"),
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${
          added.map(goQuote).join(", ")
        }}`
      ))
    }
  }
  if (text(meta, "resourceVersion") === "") {
    causes.push(invalid(child(at, "resourceVersion"), "", "must be specified for an update"))
  }
  causes.push(...checkGeneration(meta, at))
  if (Number(meta.generation ?? 0) < Number(old.generation ?? 0)) {
    causes.push(invalid(child(at, "generation"), Number(meta.generation ?? 0), "must not be decremented"))
  }
  for (
    const field of ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"]
  ) {
    const value = meta[field] ?? null
    if (!equal(value, old[field] ?? null)) {
      const shown = value === null && (field === "name" || field === "namespace" || field === "uid") ? "" : value
      causes.push(invalid(child(at, field), shown, "field is immutable"))
    }
  }
  return [...causes, ...checkCommon(meta, at)]
}

const checkGeneration = (meta: Metadata, at: string): ReadonlyArray<Cause> => {
  const generation = meta.generation
  return typeof generation === "number" && generation < 0
    ? [invalid(child(at, "generation"), generation, "must be greater than or equal to 0")]
    : []
}

const checkCommon = (meta: Metadata, at: string): ReadonlyArray<Cause> => [
  ...checkLabels(meta.labels, child(at, "labels")),
  ...checkAnnotations(meta.annotations, child(at, "annotations")),
  ...checkOwners(meta.ownerReferences, child(at, "ownerReferences"))
]

const checkLabels = (labels: unknown, at: string): ReadonlyArray<Cause> =>
  entries(labels).flatMap(([key, value]) => [
    ...qualifiedName(key).map((complaint) => invalid(at, key, complaint)),
    ...labelValue(value).map((complaint) => invalid(at, value, complaint))
  ])

const maximumAnnotationBytes = 256 * 1024

const checkAnnotations = (annotations: unknown, at: string): ReadonlyArray<Cause> => {
  // Unlike a label's, the prefix of an annotation's key may have capitals.
  const causes = entries(annotations).flatMap(([key]) =>
    qualifiedName(key.toLowerCase()).map((complaint) => invalid(at, key, complaint))
  )
  const size = entries(annotations).reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), 0)
  return size > maximumAnnotationBytes ? [...causes, tooLong(at, maximumAnnotationBytes)] : causes
}

/** In the order in which the server prints them. */
const ownerFields = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"] as const

const printedOwner = (owner: Metadata): string =>
  `{${
    ownerFields.filter((field) => (owner[field] ?? null) !== null).map((field) =>
      `"${field}":${JSON.stringify(owner[field])}`
    )
      .join(",")
  }}`

const checkOwners = (references: unknown, at: string): ReadonlyArray<Cause> => {
  const owners = Array.isArray(references) ? references.map((owner) => (isObject(owner) ? owner : {})) : []
  const causes: Array<Cause> = []
  let controller: string | undefined
  owners.forEach((owner, index) => {
    const path = indexed(at, index)
    const apiVersion = text(owner, "apiVersion")
    const parsed = groupVersion(apiVersion)
    if (apiVersion === "") causes.push(required(child(path, "apiVersion"), "must not be empty"))
    else if (typeof parsed === "string" || parsed.version === "") {
      causes.push(invalid(child(path, "apiVersion"), apiVersion, "must be <group>/<version> or <version>"))
    }
    for (const field of ["kind", "name", "uid"]) {
      if (text(owner, field) === "") causes.push(required(child(path, field), "must not be empty"))
    }
    if (apiVersion === "v1" && owner.kind === "Event") {
      causes.push(invalidJson(path, printedOwner(owner), "/v1, Kind=Event is disallowed from being an owner"))
    }
    if (owner.controller !== true) return
    const name = `${text(owner, "kind")}/${text(owner, "name")}`
    if (controller === undefined) controller = name
    else {
      causes.push(invalidJson(
        at,
        `[${owners.map(printedOwner).join(",")}]`,
        `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`
      ))
    }
  })
  return causes
}

const checkFinalizers = (meta: Metadata, at: string): ReadonlyArray<Cause> => {
  const finalizers = strings(meta.finalizers)
  const path = child(at, "finalizers")
  const causes = finalizers.flatMap((finalizer) =>
    qualifiedName(finalizer).map((complaint) => invalid(path, finalizer, complaint))
  )
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    causes.push(invalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"))
  }
  return causes
}

/** Warnings, not refusals, for new finalizers that another writer might use as well. */
export const finalizerWarnings = (metadata: unknown, previous?: unknown): ReadonlyArray<string> => {
  const known = new Set(isObject(previous) ? strings(previous.finalizers) : [])
  const added = isObject(metadata)
    ? [...new Set(strings(metadata.finalizers))].filter((name) => !known.has(name)).sort()
    : []
  return added.flatMap((name) => {
    const warn = (text: string): string => `metadata.finalizers: ${goQuote(name)}: ${text}`
    const warnings = qualifiedName(name).map(warn)
    if (name.includes("/") || ["orphan", "foregroundDeletion", "kubernetes"].includes(name)) return warnings
    return [
      ...warnings,
      warn(
        `prefer a domain-qualified finalizer name ${
          name.includes(".") ? "including a path (/) " : ""
        }to avoid accidental conflicts with other finalizer writers`
      )
    ]
  })
}
