/**
 * Create, read, replace, patch and delete, the same for every kind; what is a kind's own comes from its strategy. Each
 * call is one synchronous step: nothing else happens between the check and the write.
 *
 * ```ts
 * import type { JsonObject } from "./json.js"
 * import type { Moment } from "./objectMeta.js"
 * import { Registry } from "./registry.js"
 * import type { Served } from "./served.js"
 * import { Storage } from "./storage.js"
 *
 * const registry = new Registry(new Storage({ history: 1000 }))
 * // What is stored, or a thrown Refusal.
 * const create = (served: Served, body: JsonObject, moment: Moment) =>
 *   registry.create(served, "default", body, { dryRun: false }, moment).object
 * ```
 */
import {
  finalizerWarnings,
  ruleWarnings,
  validateMetadata,
  validateMetadataUpdate,
  validateObject,
  validateObjectUpdate,
  validateStatusUpdate
} from "../structural.js"
import type { Cause } from "../structural.js"
import { goQuote, invalid as invalidField } from "../structural/fieldError.js"
import { admitCreate } from "./admission.js"
import { entryCauses } from "./apply/entries.js"
import { settled } from "./apply/settled.js"
import { trackerOf, trackUpdate } from "./apply/tracking.js"
import { child, equal, type JsonObject, text, withMember } from "./json.js"
import { nameRules } from "./nameRules.js"
import {
  carriedOver,
  deletionTimestampOf,
  finalizerCauses,
  finalizersOf,
  generatedName,
  metadataOf,
  type Moment,
  newUid,
  ordered,
  timestamp,
  uidOf,
  wiped,
  withMetadata
} from "./objectMeta.js"
import { apiVersionOf, hasStatus, resourceOf, type Served } from "./served.js"
import * as status from "./status.js"
import type { Entry, Storage } from "./storage.js"
import { fromStorage, toStorage } from "./versions.js"
import { fillZero } from "./zero.js"

export interface Written {
  readonly object: JsonObject
  readonly created: boolean
  readonly warnings: ReadonlyArray<string>
}

export interface WriteMode {
  readonly dryRun: boolean
  /** Looks at what is about to be written, and refuses what its writer may not give. */
  readonly guard?: ((object: JsonObject, previous: JsonObject | undefined) => void) | undefined
  /** Who writes, for managedFields. Without one they are taken as they come. */
  readonly manager?: string | undefined
}

/** A change of an object that is there: gives the new one, or refuses. */
export type Change = (current: JsonObject) => {
  readonly object: JsonObject
  readonly warnings: ReadonlyArray<string>
}

/** Attempts to find a free name before a generateName gives up. */
const nameAttempts = 8

/** The part of an object whose changes count as a new generation. */
const counted = (served: Served, object: JsonObject): JsonObject => {
  if (served.strategy.counted !== undefined) return served.strategy.counted(object)
  const rest = { ...object }
  delete rest["metadata"]
  delete rest["apiVersion"]
  if (hasStatus(served)) delete rest["status"]
  return served.strategy.annotationsCount
    ? { ...rest, annotations: child(metadataOf(object), "annotations") ?? {} }
    : rest
}

const ratherKind = (served: Served, object: JsonObject): string => text(object, "kind") ?? served.kind

/** Refusals by validation name the group in which an object is stored: that of an Event is the old one. */
const storedGroup = ({ custom, group, storage }: Served): string =>
  custom === undefined ? storage.slice(0, storage.indexOf("/")) : group

export class Registry {
  constructor(readonly storage: Storage) {}

  /** What is stored, or a 404. */
  find(served: Served, namespace: string, name: string): Entry {
    const entry = this.storage.get(served.storage, namespace, name)
    if (entry === undefined) throw status.notFound(resourceOf(served), name)
    return entry
  }

  create(served: Served, namespace: string, body: JsonObject, mode: WriteMode, moment: Moment): Written {
    this.#refuseWhileTerminating(served, "create")
    const metadata = wiped(metadataOf(body))
    this.#checkNamespace(served, namespace, metadata)
    admitCreate(this.storage, served, namespace, text(metadata, "name") ?? "")
    mode.guard?.(body, undefined)
    const base = text(metadata, "generateName") ?? ""
    const generates = (text(metadata, "name") ?? "") === "" && base !== ""
    const managedFields = this.#managedFields(served, undefined, body, { ...mode, subresource: "" }, moment)
    for (let attempt = 1;; attempt++) {
      const name = generates ? generatedName(base, moment) : text(metadata, "name") ?? ""
      const object = this.#newObject(served, body, {
        ...metadata,
        name,
        namespace: served.namespaced ? namespace : undefined,
        uid: newUid(moment),
        creationTimestamp: timestamp(moment.now),
        managedFields
      }, moment)
      const causes = this.#createCauses(served, object)
      if (causes.length > 0) throw status.invalid(storedGroup(served), ratherKind(served, object), name, causes)
      this.#refuseForbidden(served, name, object, undefined, moment)
      if ((text(metadata, "resourceVersion") ?? "") !== "") {
        throw status.internal("resourceVersion should not be set on objects to be created")
      }
      const existing = this.storage.get(served.storage, served.namespaced ? namespace : "", name)
      if (existing !== undefined) {
        if (generates && attempt < nameAttempts) continue
        const terminating = deletionTimestampOf(existing.object) !== undefined
        throw status.alreadyExists(resourceOf(served), name, { terminating, generated: generates })
      }
      const warnings = this.#warnings(served, object)
      if (mode.dryRun) return { object: withoutVersion(object), created: true, warnings }
      return {
        object: this.storage.put(served.storage, served.namespaced ? namespace : "", name, object).object,
        created: true,
        warnings
      }
    }
  }

  /** Replaces what is there, on the main endpoint or on that of the status. */
  replace(
    served: Served,
    namespace: string,
    name: string,
    body: JsonObject,
    mode: WriteMode & { readonly subresource: string },
    moment: Moment
  ): Written {
    const metadata = metadataOf(body)
    this.#checkName(namespace, name, served, metadata)
    const existing = this.storage.get(served.storage, namespace, name)
    const uid = text(metadata, "uid") ?? ""
    if (existing === undefined) {
      if (!served.strategy.createOnUpdate || mode.subresource !== "") throw status.notFound(resourceOf(served), name)
      if (uid !== "") throw this.#uidConflict(served, namespace, name, uid, "")
      return this.create(
        served,
        namespace,
        withMetadata(body, { ...metadata, resourceVersion: undefined }),
        mode,
        moment
      )
    }
    if (uid !== "" && uid !== uidOf(existing.object)) {
      throw this.#uidConflict(served, namespace, name, uid, uidOf(existing.object))
    }
    return this.#update(served, existing, body, mode, moment)
  }

  /** Changes what is there. Without a resourceVersion in the result there is nothing to conflict with. */
  patch(
    served: Served,
    namespace: string,
    name: string,
    change: Change,
    mode: WriteMode & { readonly subresource: string },
    moment: Moment
  ): Written {
    const existing = this.find(served, namespace, name)
    const { object, warnings } = change(existing.object)
    const metadata = metadataOf(object)
    this.#checkName(namespace, name, served, metadata)
    const version = text(metadata, "resourceVersion") ?? ""
    const body = version === ""
      ? withMetadata(object, { ...metadata, resourceVersion: String(existing.revision) })
      : object
    const written = status.warning(warnings, () => this.#update(served, existing, body, mode, moment))
    return { ...written, warnings: [...warnings, ...written.warnings] }
  }

  #update(
    served: Served,
    existing: Entry,
    body: JsonObject,
    mode: WriteMode & { readonly subresource: string },
    moment: Moment
  ): Written {
    const { strategy } = served
    const previous = asDecoded(served, existing.object)
    mode.guard?.(body, previous)
    this.#checkVersion(served, existing, text(metadataOf(body), "resourceVersion") ?? "")
    const managedFields = this.#managedFields(served, previous, body, mode, moment)
    const prepared = this.#prepareUpdate(served, body, previous, mode.subresource, moment)
    const carried = carriedOver(prepared, previous)
    const object = settled(
      ordered(
        withMetadata(carried, {
          ...metadataOf(carried),
          resourceVersion: String(existing.revision),
          managedFields
        }),
        served.custom !== undefined
      ),
      existing.object
    )
    const causes = this.#updateCauses(served, object, previous, mode.subresource)
    // Of rules that failed before the server warns, whether the update is taken or not.
    const forgiven = served.custom === undefined
      ? []
      : ruleWarnings(served.custom, asServed(served, object), asServed(served, previous), causes)
    status.warning(forgiven, () => {
      if (causes.length === 0) return
      throw status.invalid(storedGroup(served), ratherKind(served, object), existing.name, causes)
    })
    if (mode.subresource === "") this.#refuseForbidden(served, existing.name, object, previous, moment)
    const warnings = [...forgiven, ...this.#warnings(served, object, previous)]
    // What was only waiting for its finalizers goes with the last of them, in this same write (S18).
    const grace = metadataOf(object)["deletionGracePeriodSeconds"]
    const goes = deletionTimestampOf(previous) !== undefined && finalizersOf(object).length === 0 &&
      finalizersOf(previous).length > 0
      && (grace === undefined || grace === 0) && strategy.mayGo(object)
    if (goes) {
      if (!mode.dryRun) this.storage.remove(existing)
      return { object, created: false, warnings }
    }
    if (mode.dryRun || equal(object, existing.object)) return { object, created: false, warnings }
    return {
      object: this.storage.put(existing.resource, existing.namespace, existing.name, object).object,
      created: false,
      warnings
    }
  }

  /** Applies a configuration: to what is there, or to nothing, which creates it. */
  apply(
    served: Served,
    namespace: string,
    name: string,
    change: (current: JsonObject | undefined) => ReturnType<Change>,
    mode: WriteMode & { readonly subresource: string },
    moment: Moment
  ): Written {
    if (mode.subresource !== "" || this.storage.get(served.storage, namespace, name) !== undefined) {
      return this.patch(served, namespace, name, change, mode, moment)
    }
    const { object, warnings } = change(undefined)
    const metadata = metadataOf(object)
    const uid = text(metadata, "uid") ?? ""
    if (uid !== "") {
      throw status.conflict(
        served.group,
        served.plural,
        name,
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
      )
    }
    this.#checkName(namespace, name, served, metadata)
    const fresh = withMetadata(object, { ...metadata, resourceVersion: undefined })
    const written = status.warning(warnings, () => this.create(served, namespace, fresh, mode, moment))
    return { ...written, warnings: [...warnings, ...written.warnings] }
  }

  /** The managedFields of an object after a write, before the server changes anything of it on its own. */
  #managedFields(
    served: Served,
    live: JsonObject | undefined,
    body: JsonObject,
    mode: WriteMode & { readonly subresource: string },
    moment: Moment
  ): unknown {
    if (mode.manager === undefined) return metadataOf(body)["managedFields"]
    const tracker = trackerOf(served, mode.manager, mode.subresource, timestamp(moment.now))
    const before = live === undefined ? undefined : fromStorage(served, live)
    return trackUpdate(tracker, before, fromStorage(served, body))
  }

  /** The object that an update stores, before its metadata are carried over: what the endpoint takes of the body. */
  #prepareUpdate(
    served: Served,
    body: JsonObject,
    previous: JsonObject,
    subresource: string,
    moment: Moment
  ): JsonObject {
    const { strategy } = served
    const generation = metadataOf(previous)["generation"]
    if (subresource === "status") {
      const before = metadataOf(previous)
      const kept = strategy.statusKeeps
      const metadata: JsonObject = kept === "all" ? { ...before } : { ...metadataOf(body) }
      if (kept !== "all") { for (const field of kept) metadata[field] = before[field] }
      const all = withMetadata(previous, {
        ...metadata,
        generation,
        resourceVersion: metadataOf(body)["resourceVersion"]
      })
      const withStatus = withMember(all, "status", body["status"])
      return served.custom === undefined && body["status"] === undefined
        ? withMember(all, "status", served.storedZero["status"])
        : strategy.prepareStatus(withStatus, previous, { storage: this.storage, moment })
    }
    const endpoint = strategy.endpoints[subresource]
    if (endpoint !== undefined) {
      const prepared = endpoint.prepare(body, previous, { storage: this.storage, moment })
      return this.#counted(served, prepared, previous)
    }
    // The main endpoint leaves the status as it is, where there is a status endpoint.
    const own = hasStatus(served) ? withMember(body, "status", previous["status"]) : body
    const begun = strategy.begin(served.custom === undefined ? fillZero(served.storedZero, own) : own, previous, {
      storage: this.storage,
      moment
    })
    return this.#counted(served, strategy.prepareUpdate(begun, previous), previous)
  }

  /** An object with the generation that what has changed of it gives it. */
  #counted(served: Served, object: JsonObject, previous: JsonObject): JsonObject {
    const generation = metadataOf(previous)["generation"]
    const counts = served.strategy.generation && !equal(counted(served, object), counted(served, previous))
    return withMetadata(object, {
      ...metadataOf(object),
      generation: counts ? (typeof generation === "number" ? generation : 0) + 1 : generation
    })
  }

  #newObject(served: Served, body: JsonObject, metadata: JsonObject, moment: Moment): JsonObject {
    const { strategy } = served
    const dropped = hasStatus(served) && !strategy.takesStatus
      ? withMember(body, "status", served.storedZero["status"])
      : body
    const filled = served.custom === undefined ? fillZero(served.storedZero, dropped) : dropped
    const begun = strategy.begin(withMetadata(filled, metadata), undefined, { storage: this.storage, moment })
    const prepared = strategy.prepareCreate(begun)
    const first = strategy.lateGeneration ? undefined : 1
    const generation = strategy.generation ? first : metadataOf(prepared)["generation"]
    return ordered(
      withMetadata(prepared, { ...metadataOf(prepared), generation, resourceVersion: "0" }),
      served.custom !== undefined
    )
  }

  #createCauses(served: Served, object: JsonObject): ReadonlyArray<Cause> {
    if (served.custom !== undefined) {
      return [...entryCauses(object), ...validateObject(served.custom, asServed(served, object))]
    }
    const options = { namespaced: served.namespaced, name: nameRules[served.strategy.names] }
    const metadata = served.strategy.validatesMetadata ? [] : validateMetadata(metadataOf(object), options)
    return [...metadata, ...entryCauses(object), ...finalizerCauses(object), ...served.strategy.validateCreate(object)]
  }

  #updateCauses(served: Served, object: JsonObject, previous: JsonObject, subresource: string): ReadonlyArray<Cause> {
    if (served.custom !== undefined) {
      const validate = subresource === "status" ? validateStatusUpdate : validateObjectUpdate
      const [metadata, before] = [metadataOf(object), metadataOf(previous)]
      const { namespaced } = served
      // Before the kind looks at the metadata itself, all kinds have been asked about it: what is wrong is told again.
      return [
        ...validateMetadata(metadata, { namespaced, name: nameRules.path }),
        ...validateMetadataUpdate(metadata, before, { namespaced }),
        ...entryCauses(object),
        ...validate(served.custom, asServed(served, object), asServed(served, previous))
      ]
    }
    const options = { namespaced: served.namespaced, name: nameRules[served.strategy.names] }
    const isMain = subresource === ""
    const metadata = isMain && served.strategy.validatesMetadata
      ? []
      : validateMetadataUpdate(metadataOf(object), metadataOf(previous), options)
    return [
      ...metadata,
      ...entryCauses(object),
      ...finalizerCauses(object),
      ...(isMain ? served.strategy.validateUpdate(object, previous) : []),
      ...(subresource === "status" ? served.strategy.validateStatus(object, previous) : []),
      ...(served.strategy.endpoints[subresource]?.validate(object, previous) ?? [])
    ]
  }

  #warnings(served: Served, object: JsonObject, previous?: JsonObject): ReadonlyArray<string> {
    return served.custom === undefined
      ? served.strategy.warnings(object, previous)
      : finalizerWarnings(metadataOf(object), previous && metadataOf(previous))
  }

  /** What is asked when an object is known to be valid. */
  #refuseForbidden(
    served: Served,
    name: string,
    object: JsonObject,
    previous: JsonObject | undefined,
    moment: Moment
  ): void {
    const why = served.strategy.forbids(object, previous, { storage: this.storage, moment })
    if (why !== undefined) throw status.forbidden(resourceOf(served), name, why)
  }

  #checkName(namespace: string, name: string, served: Served, metadata: JsonObject): void {
    const given = text(metadata, "name") ?? ""
    if (given === "") {
      throw status.badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
    }
    if (given !== name) {
      throw status.badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
    }
    this.#checkNamespace(served, namespace, metadata)
  }

  #checkNamespace(served: Served, namespace: string, metadata: JsonObject): void {
    const given = text(metadata, "namespace") ?? ""
    const expected = served.namespaced ? namespace : ""
    // Where the request has no namespace, that of the body is dropped.
    if (expected === "") delete metadata["namespace"]
    else if (given === "") metadata["namespace"] = expected
    else if (given !== expected) {
      throw status.badRequest("the namespace of the provided object does not match the namespace sent on the request")
    }
  }

  /** The version that a write names must be that of what is there (S4). */
  #checkVersion(served: Served, existing: Entry, given: string): void {
    if (given !== "" && !/^[0-9]+$/.test(given)) {
      throw status.internal(`strconv.ParseUint: parsing ${goQuote(given)}: invalid syntax`)
    }
    const version = given === "" ? 0 : Number(given)
    if (version === 0) {
      if (served.strategy.unconditionalUpdate) return
      const cause = invalidField("metadata.resourceVersion", 0, "must be specified for an update")
      throw status.invalid(served.group, served.plural, existing.name, [cause])
    }
    if (version !== existing.revision) {
      throw status.conflict(served.group, served.plural, existing.name, status.modified)
    }
  }

  #uidConflict(served: Served, namespace: string, name: string, wanted: string, found: string): status.Refusal {
    const key = `/registry/${served.custom === undefined ? served.plural : `${served.group}/${served.plural}`}/${
      namespace === "" ? "" : `${namespace}/`
    }${name}`
    return status.conflict(
      served.group,
      served.plural,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`
    )
  }

  #refuseWhileTerminating(served: Served, verb: string): void {
    if (served.custom?.terminating === true) {
      throw status.refusal(
        405,
        "MethodNotAllowed",
        `${verb} not allowed while custom resource definition is terminating`,
        { group: served.group, kind: served.plural }
      )
    }
  }
}

/** A stored object as the server reads it: with the defaults that its schema has gained since it was stored. */
const asDecoded = (served: Served, stored: JsonObject): JsonObject =>
  served.custom === undefined ? stored : toStorage(served, fromStorage(served, stored))

/** A stored custom resource under the version of the request, whose schema validates it. */
const asServed = (served: Served, object: JsonObject): JsonObject => ({
  ...object,
  apiVersion: apiVersionOf(served.group, served.version)
})

/** What a dry run has not stored has no version. */
const withoutVersion = (object: JsonObject): JsonObject =>
  withMetadata(object, withMember(metadataOf(object), "resourceVersion", undefined))
