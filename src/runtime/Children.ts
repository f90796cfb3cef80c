/**
 * Owned objects, declaratively: what a parent wants to have is said as a whole, in each reconcile, and made true. Each
 * child is written with server-side apply under the field manager of the context (a controller sets its name) and has the
 * parent as its controlling owner, so that the garbage collector takes it away with the parent; what is no longer wanted
 * is pruned.
 *
 * ```ts
 * import { Api, Children, Controller, Resource } from "effect-kube"
 * import { Deployment } from "effect-kube/kinds/apps/v1"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { Effect, Schema } from "effect"
 *
 * class Site extends Resource.Custom<Site>()("example.com/v1", "Site", {
 *   scope: "Namespaced",
 *   spec: Schema.Struct({ text: Schema.String, image: Schema.optional(Schema.String) })
 * }) {}
 *
 * const childrenOf = (site: Site) => {
 *   const { name, namespace } = site.metadata
 *   const { image, text } = site.spec
 *   const settings = Children.child(Api.namespaced(ConfigMap, namespace), { metadata: { name }, data: { text } })
 *   const server = Children.child(Api.namespaced(Deployment, namespace), {
 *     metadata: { name },
 *     spec: {
 *       selector: { matchLabels: { site: name } },
 *       template: { metadata: { labels: { site: name } }, spec: { containers: [{ name: "web", image }] } }
 *     }
 *   })
 *   return image === undefined ? [settings] : [settings, server]
 * }
 *
 * const controller = Controller.make("site", {
 *   for: Api.all(Site),
 *   reconcile: (site) => Effect.asVoid(Children.apply(site, childrenOf(site)))
 * }).pipe(Controller.owns(Api.all(ConfigMap)), Controller.owns(Api.all(Deployment)))
 * ```
 *
 * What was written is known from the cluster itself. Each child carries the label `children.effect-kube/MANAGER` with the
 * parent's uid, from the request on that creates it; the parent's annotation of the same name says of which kinds there
 * may be some (`ConfigMap,Deployment.apps`), and gets a kind before the first child of it is created. So whatever a
 * process dies between, the next reconcile finds all of them, also those of kinds that the program no longer knows.
 *
 * Where nothing is to be done, that is found out with one list a kind, and nothing is written.
 */
import type * as Effect from "effect/Effect"
import type * as Api from "../client/Api.js"
import type { KubeClient } from "../client/KubeClient.js"
import type * as KubeError from "../protocol/KubeError.js"
import type * as Resource from "../protocol/Resource.js"
import { keyOf } from "./internal/childInventory.js"
import { Refused } from "./internal/childRefused.js"
import * as internal from "./internal/children.js"

export const TypeId: TypeId = internal.TypeId
export type TypeId = "~effect-kube/Child"

/** A kind whose objects can be children. */
export type Kind =
  & Resource.Any
  & Resource.ApiResource<unknown, unknown, unknown, Resource.ResourceScope, "get" | "list" | "patch" | "delete">
  & Resource.ApiResource<Resource.KubeObject, unknown, unknown, Resource.ResourceScope, "get">

/** An object that a parent wants to have. */
export interface Child<out K, out R> {
  readonly [TypeId]: { readonly _K: () => K; readonly _R: () => R }
}

export declare namespace Child {
  /** A child of any kind. */
  export type Any = Child<Resource.KubeObject, unknown>
  /** The objects of a child's kind. */
  export type ObjectOf<C> = C extends Child<infer K, unknown> ? K : never
  /** What a child's handle needs. */
  export type Context<C> = C extends Child<unknown, infer R> ? R : never
}

/**
 * An object that a parent wants to have: where, and as much of it as the controller wants to own. Labels, annotations and
 * owner references of its own may be among it.
 */
export const child: <T extends Kind, R>(
  api: Api.Namespaced<T, R>,
  configuration: Resource.ApplyConfiguration<T["Encoded"]>
) => Child<T["Type"], R> = internal.child

/** What became of a child; `K` are the kinds that are wanted. */
export type Change<K> =
  /** It was not there. */
  | { readonly _tag: "Created"; readonly object: K }
  /** It was there, and is another one now. */
  | { readonly _tag: "Changed"; readonly object: K }
  /** It was so already. */
  | { readonly _tag: "Unchanged"; readonly object: K }
  /**
   * It is no longer wanted, and was deleted. Not `gone`: it waits for its finalizers or its grace period, and is told of
   * until it has gone. Of a kind that is not among the wanted ones `object` may hold no more than its metadata.
   */
  | { readonly _tag: "Pruned"; readonly object: Resource.KubeObject; readonly gone: boolean }

export {
  /**
   * Children that a parent cannot have. Those that say so of `OtherNamespace` and `Duplicate` are found before anything is
   * asked; `Controller.terminal` is for them.
   */
  Refused
}
export type { RefusedReason } from "./internal/childRefused.js"

/**
 * The key of the label that the children have which a field manager makes: to watch no others, or to find them with kubectl.
 *
 * ```ts
 * import { Api, Children } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 *
 * const ofSites = Api.all(ConfigMap).list({ labels: Children.label("site") }) // children.effect-kube/site
 * ```
 */
export const label: (fieldManager: string) => string = keyOf

export interface Options {
  /** Take over objects that are there already and that nobody controls. Default false: they are refused. */
  readonly adopt?: boolean | undefined
  /**
   * Take fields over that another field manager owns. Default true, as controllers are advised to do; where false, such a
   * field is a Conflict.
   */
  readonly force?: boolean | undefined
}

/**
 * Makes these the children of the parent, and says what became of each: first the wanted ones, then what was pruned.
 *
 * They are written one after the other in their order, and the first that fails ends it; nothing is pruned before all are
 * there. Pruned is what carries the label, has the parent as its controller and no other owner, and is still the very
 * object that was looked at (a delete with uid and resourceVersion): what somebody else has taken over stays.
 *
 * One call names all the children that a parent has by one field manager. Two groups of children are two managers:
 * `Effect.provideService(KubeClient.FieldManager, "site-network")`. A manager that is renamed does not know its children
 * any more.
 *
 * A parent that is being deleted gets no more children: what is wanted is left as it is, and the rest is pruned; so
 * `apply(parent, [])` in a finalizer's cleanup takes all away in time.
 *
 * Needs `get`, `list`, `patch` and `delete` of the kinds of the children, and `get` and `patch` of the parent. Children of
 * a cluster-scoped parent may be everywhere, and are listed everywhere.
 */
export const apply: <C extends Child.Any>(
  parent: Resource.KubeObject,
  desired: Iterable<C>,
  options?: Options
) => Effect.Effect<
  ReadonlyArray<Change<Child.ObjectOf<C>>>,
  Refused | KubeError.NotFound | KubeError.Conflict | KubeError.Invalid | KubeError.Common,
  KubeClient | Child.Context<C>
> = internal.apply
