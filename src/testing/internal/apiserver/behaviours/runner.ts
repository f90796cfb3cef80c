/**
 * Runs the behaviours that a test has switched on: each object is looked at after it was written, at once or after the
 * delay of its behaviour, and what the behaviour says is written through the same registry as everything else.
 */
import type { InnerController } from "../controllers.js"
import { asKindOrIssue } from "../decoding.js"
import { deleteEntry } from "../deletion.js"
import { isObject, type JsonObject, setOwn, text } from "../json.js"
import { metadataOf, type Moment } from "../objectMeta.js"
import { Registry, type WriteMode } from "../registry.js"
import { apiVersionOf, type Resources, type Served } from "../served.js"
import * as status from "../status.js"
import type { LogRecord, Storage } from "../storage.js"
import { bound } from "../subresources/binding.js"
import { fromStorage, toStorage } from "../versions.js"
import type { Behaviour, Concern, KindName, Place, View, Write } from "./behaviour.js"

/** Work on one object. */
interface Task extends Place {
  readonly behaviour: Behaviour
}

const kindKey = ({ apiVersion, kind }: KindName): string => `${apiVersion}/${kind}`

const placeOf = (object: JsonObject): Place => {
  const { name, namespace } = metadataOf(object)
  return { name: String(name), namespace: typeof namespace === "string" ? namespace : "" }
}

/** A value as JSON has it: without members that are not there. */
const withoutUndefined = <A>(value: A): A => {
  if (Array.isArray(value)) return value.map(withoutUndefined) as A // a list stays one
  if (!isObject(value)) return value
  const copy: JsonObject = {}
  for (const [key, each] of Object.entries(value)) if (each !== undefined) setOwn(copy, key, withoutUndefined(each))
  return copy as A // the same object without some members that are undefined
}

const mode: WriteMode & { readonly subresource: string } = {
  dryRun: false,
  manager: "kube-controller-manager",
  subresource: ""
}

/** What happens to a controller when others are faster: it looks again, and finds things as they should be. */
const overtaken = new Set(["AlreadyExists", "Conflict", "NotFound"])

/** Steps on one object without the clock moving: a behaviour that writes something new each time would go on for ever. */
const maximumSteps = 1_000

export class BehaviourRunner implements InnerController {
  readonly #registry: Registry
  readonly #written = new Map<string, Task>()
  readonly #due = new Map<string, { readonly task: Task; readonly at: number }>()
  readonly #ready = new Map<string, Task>()
  readonly #steps = new Map<string, number>()
  #now = 0
  #kinds: { readonly generation: number; readonly byStorage: ReadonlyMap<string, ReadonlySet<string>> } = {
    generation: -1,
    byStorage: new Map()
  }
  /** What was refused of what behaviours wanted to write, for the log. */
  problems: Array<string> = []

  constructor(
    readonly storage: Storage,
    readonly resources: Resources,
    readonly behaviours: ReadonlyArray<Behaviour>
  ) {
    this.#registry = new Registry(storage)
  }

  /** Makes the objects that behaviours start with. */
  begin(moment: Moment): void {
    for (const { objects } of this.behaviours) {
      for (const object of objects) this.#try({ _tag: "Create", object }, undefined, moment)
    }
  }

  observe(record: LogRecord): boolean {
    const kinds = this.#kindsOf(record.entry.resource)
    const objects = [record.entry.object, ...(record.previous === undefined ? [] : [record.previous.object])]
    for (const behaviour of this.behaviours) {
      if (kinds.has(kindKey(behaviour.for)) && record.type !== "DELETED") {
        this.#look({ behaviour, namespace: record.entry.namespace, name: record.entry.name })
      }
      for (const concern of behaviour.concerns) {
        if (!kinds.has(kindKey(concern.for))) continue
        for (const object of objects) {
          for (const place of this.#placesOf(concern, object)) this.#look({ behaviour, ...place })
        }
      }
    }
    return this.#written.size > 0
  }

  /** Where a change concerns a behaviour. What fails in here must not fail the write that it looks at. */
  #placesOf(concern: Concern, object: JsonObject): ReadonlyArray<Place> {
    try {
      return concern.of(object, this.#view(this.#now))
    } catch (cause) {
      this.problems.push(cause instanceof Error ? cause.message : String(cause))
      return []
    }
  }

  /** The names under which objects of a stored resource are served. */
  #kindsOf(storage: string): ReadonlySet<string> {
    if (this.#kinds.generation !== this.resources.generation) {
      const byStorage = new Map<string, Set<string>>()
      for (const { group, kind, storage: resource, verbs, version } of this.resources.all()) {
        if (!verbs.includes("get")) continue
        const known = byStorage.get(resource) ?? new Set<string>()
        byStorage.set(resource, known.add(kindKey({ apiVersion: apiVersionOf(group, version), kind })))
      }
      this.#kinds = { generation: this.resources.generation, byStorage }
    }
    return this.#kinds.byStorage.get(storage) ?? new Set()
  }

  step(moment: Moment): boolean {
    if (moment.now !== this.#now) this.#steps.clear()
    this.#now = moment.now
    for (const [id, task] of this.#written) {
      if (task.behaviour.delay === 0) this.#ready.set(id, task)
      else this.#schedule(id, task, moment.now + task.behaviour.delay)
    }
    this.#written.clear()
    for (const [id, { at, task }] of this.#due) {
      if (at > moment.now) continue
      this.#due.delete(id)
      this.#ready.set(id, task)
    }
    const [next] = this.#ready
    if (next === undefined) return false
    const [id, task] = next
    this.#ready.delete(id)
    this.#work(id, task, moment)
    return this.#ready.size > 0 || this.#written.size > 0
  }

  /** When there is work without another write; nothing where there is none. */
  get nextDue(): number | undefined {
    let next: number | undefined
    for (const { at } of this.#due.values()) if (next === undefined || at < next) next = at
    return next
  }

  #look(task: Task): void {
    this.#written.set(this.#idOf(task), task)
  }

  #idOf(task: Task): string {
    return `${this.behaviours.indexOf(task.behaviour)}/${task.namespace}/${task.name}`
  }

  #schedule(id: string, task: Task, at: number): void {
    const known = this.#due.get(id)
    if (known === undefined || known.at > at) this.#due.set(id, { task, at })
  }

  #work(id: string, task: Task, moment: Moment): void {
    const view = this.#view(moment.now)
    const object = view.get(task.behaviour.for, task)
    if (object === undefined) return
    const steps = (this.#steps.get(id) ?? 0) + 1
    this.#steps.set(id, steps)
    if (steps > maximumSteps) {
      if (steps === maximumSteps + 1) this.problems.push(`${id}: a behaviour writes something else at each step`)
      return
    }
    for (const write of this.#stepOf(task, object, view)) {
      if (write._tag === "Again") this.#schedule(id, task, moment.now + Math.max(1, write.after))
      else if (!this.#try(write, id, moment)) return
    }
  }

  #stepOf(task: Task, object: JsonObject, view: View): ReadonlyArray<Write> {
    try {
      return task.behaviour.step(object, view)
    } catch (cause) {
      this.problems.push(cause instanceof Error ? cause.message : String(cause))
      return []
    }
  }

  /** Whether a write was not refused. */
  #try(write: Exclude<Write, { readonly _tag: "Again" }>, id: string | undefined, moment: Moment): boolean {
    try {
      this.#write(write, moment)
      return true
    } catch (cause) {
      if (!(cause instanceof status.Refusal)) throw cause
      const isTerminating = cause.body.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating") === true
      if (!overtaken.has(cause.body.reason ?? "") && !isTerminating) {
        this.problems.push(`${id ?? "at the start"}: ${cause.message}`)
      }
      return write._tag === "Create" && cause.body.reason === "AlreadyExists"
    }
  }

  #write(write: Exclude<Write, { readonly _tag: "Again" }>, moment: Moment): void {
    if (write._tag === "Bind") {
      const { name, namespace } = placeOf(write.pod)
      const entry = this.storage.get("/pods", namespace, name)
      if (entry === undefined) return
      this.storage.put("/pods", namespace, name, bound(this.storage, entry.object, write.node, {}, moment.now))
      return
    }
    const { object } = write
    const served = this.#servedOf({ apiVersion: text(object, "apiVersion") ?? "", kind: text(object, "kind") ?? "" })
    const { name, namespace } = placeOf(object)
    switch (write._tag) {
      case "Create":
        this.#registry.create(served, namespace, this.#stored(served, object), mode, moment)
        return
      case "Replace":
        this.#registry.patch(
          served,
          namespace,
          name,
          () => ({ object: this.#stored(served, object), warnings: [] }),
          mode,
          moment
        )
        return
      case "Status":
        this.#registry.patch(
          served,
          namespace,
          name,
          (current) => ({
            object: this.#stored(served, { ...fromStorage(served, current), status: write.status }),
            warnings: []
          }),
          { ...mode, subresource: "status" },
          moment
        )
        return
      case "Delete":
        deleteEntry(this.storage, served, namespace, name, {
          dryRun: false,
          gracePeriodSeconds: write.gracePeriodSeconds,
          uid: undefined,
          resourceVersion: undefined,
          propagation: "Background"
        }, moment)
    }
  }

  #servedOf(kind: KindName): Served {
    const served = this.resources.ofKind(kind.apiVersion, kind.kind)
    if (served === undefined) throw status.badRequest(`no kind ${kind.kind} of ${kind.apiVersion} is served`)
    return served
  }

  #stored(served: Served, object: JsonObject): JsonObject {
    const decoded = asKindOrIssue(served, withoutUndefined(object))
    if ("issue" in decoded) throw status.badRequest(decoded.issue)
    return toStorage(served, decoded.object)
  }

  #view(now: number): View {
    return {
      now,
      get: (kind, { name, namespace }) => {
        const served = this.resources.ofKind(kind.apiVersion, kind.kind)
        const entry = served && this.storage.get(served.storage, namespace, name)
        return entry && served && fromStorage(served, entry.object)
      },
      list: (kind, namespace) => {
        const served = this.resources.ofKind(kind.apiVersion, kind.kind)
        const found = served && this.storage.list(served.storage, { namespace })
        return served === undefined || found === undefined || "compacted" in found
          ? []
          : found.entries.map((entry) => fromStorage(served, entry.object))
      }
    }
  }
}
