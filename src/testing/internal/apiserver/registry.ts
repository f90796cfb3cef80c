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
import { admitCreate } from "./admission.js"
import { settled } from "./apply/settled.js"
import { trackerOf, trackUpdate } from "./apply/tracking.js"
import { equal, type JsonObject, text, withMember } from "./json.js"
import {
  carriedOver,
  deletionTimestampOf,
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
import { newObject, preparedUpdate } from "./preparing.js"
import { resourceOf, type Served } from "./served.js"
import * as status from "./status.js"
import type { Entry, Storage } from "./storage.js"
import { createCauses, forgiven, updateCauses, warningsOf } from "./validating.js"
import { fromStorage, toStorage } from "./versions.js"
import { checkName, checkNamespace, checkVersion, refuseWhileTerminating, uidConflict } from "./writeConditions.js"

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

/** Refusals by validation name the group in which an object is stored: that of an Event is the old one. */
const storedGroup = ({ custom, group, storage }: Served): string =>
  custom === undefined ? storage.slice(0, storage.indexOf("/")) : group

const ratherKind = (served: Served, object: JsonObject): string => text(object, "kind") ?? served.kind

export class Registry {
  constructor(readonly storage: Storage) {}

  /** What is stored, or a 404. */
  find(served: Served, namespace: string, name: string): Entry {
    const entry = this.storage.get(served.storage, namespace, name)
    if (entry === undefined) throw status.notFound(resourceOf(served), name)
    return entry
  }

  create(served: Served, namespace: string, body: JsonObject, mode: WriteMode, moment: Moment): Written {
    refuseWhileTerminating(served, "create")
    const metadata = wiped(metadataOf(body))
    checkNamespace(served, namespace, metadata)
    admitCreate(this.storage, served, namespace, text(metadata, "name") ?? "")
    mode.guard?.(body, undefined)
    const base = text(metadata, "generateName") ?? ""
    const generates = (text(metadata, "name") ?? "") === "" && base !== ""
    const managedFields = this.#managedFields(served, undefined, body, { ...mode, subresource: "" }, moment)
    for (let attempt = 1;; attempt++) {
      const name = generates ? generatedName(base, moment) : text(metadata, "name") ?? ""
      const object = newObject(served, body, {
        ...metadata,
        name,
        namespace: served.namespaced ? namespace : undefined,
        uid: newUid(moment),
        creationTimestamp: timestamp(moment.now),
        managedFields
      }, { storage: this.storage, moment })
      const causes = createCauses(served, object)
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
      const warnings = warningsOf(served, object)
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
    checkName(served, namespace, name, metadata)
    const existing = this.storage.get(served.storage, namespace, name)
    const uid = text(metadata, "uid") ?? ""
    if (existing === undefined) {
      if (!served.strategy.createOnUpdate || mode.subresource !== "") throw status.notFound(resourceOf(served), name)
      if (uid !== "") throw uidConflict(served, namespace, name, uid, "")
      return this.create(
        served,
        namespace,
        withMetadata(body, { ...metadata, resourceVersion: undefined }),
        mode,
        moment
      )
    }
    if (uid !== "" && uid !== uidOf(existing.object)) {
      throw uidConflict(served, namespace, name, uid, uidOf(existing.object))
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
    checkName(served, namespace, name, metadata)
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
    checkVersion(served, existing, text(metadataOf(body), "resourceVersion") ?? "")
    const managedFields = this.#managedFields(served, previous, body, mode, moment)
    const prepared = preparedUpdate(served, body, previous, mode.subresource, { storage: this.storage, moment })
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
    const causes = updateCauses(served, object, previous, mode.subresource)
    const old = forgiven(served, object, previous, causes)
    status.warning(old, () => {
      if (causes.length === 0) return
      throw status.invalid(storedGroup(served), ratherKind(served, object), existing.name, causes)
    })
    if (mode.subresource === "") this.#refuseForbidden(served, existing.name, object, previous, moment)
    const warnings = [...old, ...warningsOf(served, object, previous)]
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
    checkName(served, namespace, name, metadata)
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
}

/** A stored object as the server reads it: with the defaults that its schema has gained since it was stored. */
const asDecoded = (served: Served, stored: JsonObject): JsonObject =>
  served.custom === undefined ? stored : toStorage(served, fromStorage(served, stored))

/** What a dry run has not stored has no version. */
const withoutVersion = (object: JsonObject): JsonObject =>
  withMetadata(object, withMember(metadataOf(object), "resourceVersion", undefined))
