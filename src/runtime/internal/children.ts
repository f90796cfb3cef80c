/**
 * Makes true what a parent wants to have. The order of the writes is what makes it safe to die between any two of them:
 * the inventory gets a kind before the first child of that kind is created, and loses it when none is left.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Api from "../../client/Api.js"
import * as Discovery from "../../client/Discovery.js"
import { retryConflicts } from "../../client/internal/changes.js"
import { type AnyObject, Handle } from "../../client/internal/handle.js"
import { FieldManager, KubeClient } from "../../client/KubeClient.js"
import type { Fields } from "../../protocol/internal/actual.js"
import * as extraction from "../../protocol/internal/extract.js"
import type * as KubeError from "../../protocol/KubeError.js"
import type { ObjectMeta, OwnerReference } from "../../protocol/ObjectMeta.js"
import * as Patch from "../../protocol/Patch.js"
import * as Resource from "../../protocol/Resource.js"
import type * as Children from "../Children.js"
import * as inventory from "./childInventory.js"
import { Refused, type RefusedReason } from "./childRefused.js"
import { sameContent } from "./sameContent.js"

export const TypeId: Children.TypeId = "~effect-kube/Child"

type Configuration = Fields & { readonly metadata: ObjectMeta & { readonly name: string } }

type Errors = Refused | KubeError.NotFound | KubeError.Conflict | KubeError.Invalid | KubeError.Common

/** How many kinds are listed at once. */
const listConcurrency = 4

/** How often a child that changes while it is pruned is looked at again. */
const pruneTries = 5

class Child<R> {
  readonly [TypeId] = { _K: (): never => null as never, _R: (): never => null as never }
  constructor(readonly handle: Handle<R>, readonly configuration: Configuration) {}
}

export const child = (api: unknown, configuration: unknown): never =>
  // Every handle is one at run time, and its type has vouched for the configuration.
  new Child(api as Handle<unknown>, configuration as Configuration) as never

// ------------------------------------------------------------------------------------------------ what is wanted

/** A child with its place and all that is written of it. */
interface Wanted<R> {
  readonly handle: Handle<R>
  readonly namespace: string | undefined
  readonly name: string
  /** Which object it is. */
  readonly id: string
  readonly configuration: Configuration
}

/** A kind of which there may be children. */
interface Kind<R> {
  readonly id: string
  /** Over all namespaces. What is read of a kind that is not wanted is no more than metadata. */
  readonly handles: { readonly reading: Handle<R>; readonly writing: Handle<R> } | "NotServed" | "Untold"
}

/** What became of a child that is not wanted; `ours`: it is the parent's still. */
type Pruned =
  | { readonly _tag: "Pruned"; readonly object: Resource.KubeObject; readonly gone: boolean }
  | { readonly _tag: "Left"; readonly ours: boolean }

const idOf = (kind: string, namespace: string | undefined, name: string): string => `${kind}/${namespace ?? ""}/${name}`

const everywhere = <R>(handle: Handle<R>): Handle<R> =>
  Handle.make(handle.resource, { _tag: "Everywhere" }, handle.client)

const at = <R>(handle: Handle<R>, namespace: string | undefined): Handle<R> =>
  namespace === undefined ? handle : handle.in(namespace)

const controllerOf = ({ metadata }: Resource.KubeObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find((owner) => owner.controller === true)

const isDeleting = ({ metadata }: Resource.KubeObject): boolean => metadata.deletionTimestamp !== undefined

type Change = Children.Change<Resource.KubeObject>

const change = (_tag: "Created" | "Changed" | "Unchanged", object: Resource.KubeObject): Change => ({ _tag, object })

export const apply = (
  parent: Resource.KubeObject,
  desired: Iterable<unknown>,
  options: Children.Options = {}
): Effect.Effect<never, Errors, never> => {
  const children = [...desired] as Array<Child<unknown>> // what `child` made
  // The types of `Children.apply` say which kinds these are, and what their handles need.
  return Effect.flatMap(
    Effect.zip(KubeClient, FieldManager),
    ([client, manager]) => new Family<unknown>(parent, manager ?? client.fieldManager, options).apply(children)
  ) as Effect.Effect<never, Errors, never>
}

/** A parent, and how its children are known. */
class Family<R> {
  private readonly key: string
  private readonly force: boolean
  private readonly adopt: boolean
  /** The kinds of which children are wanted. */
  private kindsWanted: ReadonlySet<string> = new Set()
  /** Whether the parent itself, as it is now, has said which kinds there may be. */
  private isConfirmed = false

  constructor(
    private readonly parent: Resource.KubeObject,
    private readonly manager: string,
    options: Children.Options
  ) {
    this.key = inventory.keyOf(manager)
    this.force = options.force ?? true
    this.adopt = options.adopt ?? false
  }

  apply(desired: ReadonlyArray<Child<R>>): Effect.Effect<ReadonlyArray<Change>, Errors, R | KubeClient> {
    return Effect.gen(this, function*() {
      const wanted = yield* this.wanted(desired)
      const handles = new Map(wanted.map(({ handle }) => [inventory.groupKind(handle.resource), handle]))
      this.kindsWanted = new Set(handles.keys())
      const known = yield* this.known
      const kinds = yield* this.kinds(known, handles)
      const listed = yield* Effect.forEach(
        kinds,
        (kind) => Effect.map(this.list(kind), (objects) => objects.map((object) => ({ kind, object }))),
        { concurrency: listConcurrency }
      )
      const there = new Map(
        listed.flat().map((
          found
        ) => [idOf(found.kind.id, found.object.metadata.namespace, found.object.metadata.name), found])
      )
      const changes: Array<Change> = []
      const isEnding = isDeleting(this.parent)
      if (!isEnding) { for (const child of wanted) changes.push(yield* this.write(child, there.get(child.id)?.object)) }
      for (const { id } of wanted) there.delete(id)
      const left = new Set([...handles.keys(), ...kinds.flatMap(({ handles, id }) => handles === "Untold" ? [id] : [])])
      for (const { kind, object } of there.values()) {
        const pruned = yield* this.prune(kind, object, pruneTries)
        if (pruned._tag === "Pruned") changes.push(pruned)
        if (pruned._tag === "Pruned" ? !pruned.gone : pruned.ours) left.add(kind.id)
      }
      const gone = [...known].filter((id) => !left.has(id))
      if (gone.length > 0 && !isEnding) {
        yield* this.changeInventory((kinds) => new Set([...kinds].filter((id) => !gone.includes(id))))
      }
      return changes
    })
  }

  private refuse(
    reason: RefusedReason,
    description: string,
    child?: { readonly kind: string; readonly namespace: string | undefined; readonly name: string }
  ): Refused {
    return new Refused({ reason, parent: this.parent, child, description })
  }

  /** Whether the parent is among the owners, and no other one is the controller. */
  private isOurs(object: Resource.KubeObject): boolean {
    const { uid } = this.parent.metadata
    return (controllerOf(object)?.uid ?? uid) === uid &&
      (object.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid)
  }

  // ---------------------------------------------------------------------------------------------- what is wanted

  private wanted(desired: ReadonlyArray<Child<R>>): Effect.Effect<ReadonlyArray<Wanted<R>>, Refused, R> {
    const seen = new Set<string>()
    return Effect.forEach(desired, ({ configuration, handle }) =>
      Effect.flatMap(handle.environment, (environment) => {
        const namespace = handle.resource.scope === "Cluster" ? undefined : environment.namespace
        const wanted = this.complete(handle, namespace, configuration)
        const { kind } = handle.resource
        const child = { kind, namespace, name: wanted.name }
        const home = this.parent.metadata.namespace
        if (home !== undefined && namespace !== home) {
          const description = namespace === undefined
            ? "a cluster-scoped object cannot have an owner in a namespace"
            : "the owner of an object has to be in its namespace, or cluster-scoped"
          return Effect.fail(this.refuse("OtherNamespace", description, child))
        }
        if (seen.has(wanted.id)) return Effect.fail(this.refuse("Duplicate", "it is wanted twice", child))
        seen.add(wanted.id)
        return Effect.succeed(wanted)
      }))
  }

  /** All that is written of a child: with its label and its owner. */
  private complete(handle: Handle<R>, namespace: string | undefined, configuration: Configuration): Wanted<R> {
    const { metadata } = configuration
    const { uid } = this.parent.metadata
    const place = metadata.namespace ?? namespace
    return {
      handle,
      namespace,
      name: metadata.name,
      id: idOf(inventory.groupKind(handle.resource), namespace, metadata.name),
      configuration: {
        ...configuration,
        apiVersion: Resource.apiVersion(handle.resource),
        kind: handle.resource.kind,
        metadata: {
          ...metadata,
          ...(place === undefined ? undefined : { namespace: place }),
          labels: { ...metadata.labels, [this.key]: uid },
          ownerReferences: [
            ...(metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid),
            Resource.ownerReference(this.parent)
          ]
        }
      }
    }
  }

  // ---------------------------------------------------------------------------------------------- the inventory

  /**
   * The kinds of which there may be children. Where the parent that was given says enough of them, that is believed until
   * a child is to be created; what a store holds may be old, and a projection has no annotations.
   */
  private get known(): Effect.Effect<ReadonlySet<string>, Errors, KubeClient> {
    const known = inventory.read(this.parent.metadata, this.key)
    const isEnough = known !== undefined && [...this.kindsWanted].every((kind) => known.has(kind))
    return isEnough ? Effect.succeed(known) : this.grow
  }

  /** The same, asked of the parent as it is now, which names the wanted kinds from now on. */
  private get grow(): Effect.Effect<ReadonlySet<string>, Errors, KubeClient> {
    return Effect.tap(
      this.changeInventory((kinds) => isDeleting(this.parent) ? kinds : new Set([...kinds, ...this.kindsWanted])),
      () => {
        this.isConfirmed = true
      }
    )
  }

  /** Changes the inventory of the parent as it is now; nothing is written where it is so already. */
  private changeInventory(
    of: (kinds: ReadonlySet<string>) => ReadonlySet<string>
  ): Effect.Effect<ReadonlySet<string>, Errors, KubeClient> {
    const { apiVersion, kind, metadata: { name, namespace, uid } } = this.parent
    const noParent = (description: string) => this.refuse("NoParent", description)
    return Discovery.resolve({ apiVersion, kind }).pipe(
      Effect.catchTags({
        KubeUnknownKind: (error) => Effect.fail(noParent(error.message)),
        KubeAmbiguousKind: (error) => Effect.fail(noParent(error.message))
      }),
      Effect.map((resource) => Api.dynamic(resource, namespace)),
      Effect.flatMap((parents) =>
        Effect.gen(this, function*() {
          const found = yield* parents.getOption(name)
          if (Option.isNone(found)) return yield* Effect.fail(noParent("it is not there any more"))
          const { metadata } = found.value
          if (metadata.uid !== uid) return yield* Effect.fail(noParent("another object has its name now"))
          const before = inventory.read(metadata, this.key) ?? new Set<string>()
          const after = of(before)
          if (inventory.write(after) === inventory.write(before)) return after
          const { resourceVersion } = metadata
          const annotations = { [this.key]: inventory.write(after) }
          // A part of any object, which no type can say of one whose kind is not known.
          yield* parents.patch(name, Patch.merge<never>({ metadata: { resourceVersion, annotations } } as never))
          return after
        }).pipe(retryConflicts(undefined))
      )
    )
  }

  /** Where the objects of the kinds are that are wanted, or may be there. */
  private kinds(
    known: ReadonlySet<string>,
    handles: ReadonlyMap<string, Handle<R>>
  ): Effect.Effect<ReadonlyArray<Kind<R | KubeClient>>, KubeError.Common, KubeClient> {
    const wanted = [...handles].map(([id, handle]): Kind<R | KubeClient> => {
      const all = everywhere(handle)
      return { id, handles: { reading: all, writing: all } }
    })
    return Effect.map(
      Effect.forEach([...known].filter((id) => !handles.has(id)), forgotten),
      (others) => [...wanted, ...others]
    )
  }

  /** The children of a kind, and nothing else. */
  private list(
    { handles, id }: Kind<R | KubeClient>
  ): Effect.Effect<ReadonlyArray<AnyObject>, KubeError.Common, R | KubeClient> {
    if (typeof handles === "string") return Effect.succeed([])
    const { reading } = handles
    const { name, namespace, uid } = this.parent.metadata
    const handle = at(reading, reading.resource.scope === "Cluster" ? undefined : namespace)
    return handle.list({ labels: `${this.key}=${uid}` }).pipe(
      Effect.map(({ items }) => items),
      // A list that is no page and asks for the state of now is of no version that could expire.
      Effect.catchTag("KubeExpired", Effect.die),
      Effect.catchIf(
        (error) => reading !== handles.writing && error._tag === "KubeStatusError" && error.code === 404,
        () => Effect.as(Effect.logDebug(`the kind ${id}, of which ${name} had children, is not served any more`), [])
      )
    )
  }

  // ---------------------------------------------------------------------------------------------- one child

  private write(
    child: Wanted<R>,
    listed: Resource.KubeObject | undefined
  ): Effect.Effect<Change, Errors, R | KubeClient> {
    const { configuration, handle, name, namespace } = child
    const { force, manager: fieldManager } = this
    return Effect.gen(this, function*() {
      // What has no label of this parent may be there all the same.
      const found = listed ?? Option.getOrUndefined(yield* handle.getOption(name))
      if (found !== undefined && !this.isOurs(found)) {
        const controller = controllerOf(found)
        const where = { kind: handle.resource.kind, namespace, name }
        if (controller !== undefined) {
          const description =
            `it is controlled by ${controller.kind} ${controller.name} (uid ${controller.uid}) already`
          return yield* Effect.fail(this.refuse("NotOwned", description, where))
        }
        if (!this.adopt) {
          const description = "it is there already and belongs to nobody; the option `adopt` takes it over"
          return yield* Effect.fail(this.refuse("NotOwned", description, where))
        }
      } else if (found !== undefined && (yield* this.isWrittenAlike(child, found))) {
        return change("Unchanged", found)
      }
      // No child without its kind in the inventory, whatever the parent that was given says of it.
      if (listed === undefined && !this.isConfirmed) yield* this.grow
      const object = yield* handle.apply(configuration, { fieldManager, force })
      if (found === undefined) return change("Created", object)
      const isSame = found.metadata.resourceVersion === object.metadata.resourceVersion
      return change(isSame ? "Unchanged" : "Changed", object)
    })
  }

  /** Whether the manager owns just what is wanted, with the same values: then to apply it again would change nothing. */
  private isWrittenAlike({ configuration, handle }: Wanted<R>, found: Resource.KubeObject): Effect.Effect<boolean> {
    return extraction.extract(handle.resource, found, { fieldManager: this.manager }).pipe(
      Effect.map((owned: unknown) => sameContent(owned, configuration)),
      // Where it cannot be told, the server tells.
      Effect.orElseSucceed(() => false)
    )
  }

  /** Deletes a child that is not wanted, if it is one, and still the one that was looked at. */
  private prune(
    kind: Kind<R | KubeClient>,
    object: Resource.KubeObject,
    tries: number
  ): Effect.Effect<Pruned, KubeError.Conflict | KubeError.Invalid | KubeError.Common, R | KubeClient> {
    const { labels, name, namespace, ownerReferences = [], resourceVersion, uid } = object.metadata
    const parent = this.parent.metadata.uid
    const { handles } = kind
    if (typeof handles === "string" || labels?.[this.key] !== parent || controllerOf(object)?.uid !== parent) {
      return Effect.succeed({ _tag: "Left", ours: false })
    }
    if (ownerReferences.some((owner) => owner.uid !== parent)) return Effect.succeed({ _tag: "Left", ours: true })
    if (isDeleting(object)) return Effect.succeed({ _tag: "Pruned", object, gone: false })
    const gone: Pruned = { _tag: "Pruned", object, gone: true }
    // Said, because Jobs would leave their Pods behind.
    const propagationPolicy = "Background"
    return at(handles.writing, namespace).delete(name, {
      preconditions: { uid, resourceVersion },
      propagationPolicy
    }).pipe(
      Effect.map((deletion): Pruned =>
        deletion._tag === "Gone" ? gone : { _tag: "Pruned", object: deletion.object, gone: false }
      ),
      Effect.catchTags({
        KubeNotFound: () => Effect.succeed(gone),
        KubeConflict: (conflict) =>
          tries <= 1
            ? Effect.fail(conflict)
            : Effect.flatMap(at(handles.reading, namespace).getOption(name), (found) =>
              Option.isNone(found) ? Effect.succeed(gone) : this.prune(kind, found.value, tries - 1))
      })
    )
  }
}

/** A kind that the inventory names and no wanted child is of: the server knows where its objects are. */
const forgotten = (id: string): Effect.Effect<Kind<KubeClient>, KubeError.Common, KubeClient> => {
  const look = ({ kinds }: Discovery.Snapshot) => kinds.find((kind) => inventory.groupKind(kind) === id)
  return Discovery.snapshot().pipe(
    Effect.flatMap((known) => look(known) === undefined ? Discovery.refresh : Effect.succeed(known)),
    Effect.map((known): Kind<KubeClient> => {
      const found = look(known)
      if (found === undefined) {
        const group = id.includes(".") ? id.slice(id.indexOf(".") + 1) : ""
        const isUntold = known.failures.some((failure) => failure.group === group)
        return { id, handles: isUntold ? "Untold" : "NotServed" }
      }
      const { resource } = found
      const all = { _tag: "Everywhere" } as const
      return {
        id,
        handles: {
          reading: Handle.make(Resource.metadataOnly(resource), all, KubeClient),
          writing: Handle.make(resource, all, KubeClient)
        }
      }
    })
  )
}
