/** The least that lets page.ts compile without the library: what its author would declare by hand. */
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"

interface Meta {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly labels?: { readonly [key: string]: string } | undefined
}

interface DraftMeta {
  readonly name: string
  readonly labels?: { readonly [key: string]: string } | undefined
}

interface PodSpec {
  readonly nodeName?: string | undefined
  readonly containers: ReadonlyArray<{
    readonly name: string
    readonly image?: string | undefined
    readonly ports?: ReadonlyArray<{ readonly containerPort: number }> | undefined
  }>
}

export interface Pod {
  readonly metadata: Meta
  readonly spec: PodSpec
  readonly status: { readonly phase?: string | undefined }
}

export interface Deployment {
  readonly metadata: Meta
  readonly spec: {
    readonly replicas?: number | undefined
    readonly selector: { readonly matchLabels?: { readonly [key: string]: string } | undefined }
    readonly template: { readonly metadata?: Partial<Meta> | undefined; readonly spec?: PodSpec | undefined }
  }
}

export interface ConfigMap {
  readonly metadata: Meta
  readonly data?: { readonly [key: string]: string } | undefined
}

interface Kind<K, D> {
  readonly kind: string
  readonly object?: K
  readonly draft?: D
}

type Draft<K> = Omit<K, "metadata" | "status"> & { readonly metadata: DraftMeta }

export declare const Pod: Kind<Pod, Draft<Pod>>
export declare const Deployment: Kind<Deployment, Draft<Deployment>>
export declare const ConfigMap: Kind<ConfigMap, Draft<ConfigMap>>

interface NotFound {
  readonly _tag: "KubeNotFound"
}

interface Failure {
  readonly _tag: "KubeFailure"
  readonly message: string
}

export declare namespace KubeClient {
  export interface KubeClient {
    readonly request: unique symbol
  }
}

type Answer<A, E> = Effect.Effect<A, E, KubeClient.KubeClient>

interface Handle<K, D> {
  readonly get: (name: string) => Answer<K, NotFound | Failure>
  readonly getOption: (name: string) => Answer<Option.Option<K>, Failure>
  readonly create: (draft: D) => Answer<K, Failure>
  readonly delete: (name: string) => Answer<void, NotFound | Failure>
  readonly apply: (draft: D) => Answer<K, Failure>
}

interface Every<K> {
  readonly list: () => Answer<ReadonlyArray<K>, Failure>
}

export declare namespace Api {
  export const namespaced: <K, D>(kind: Kind<K, D>, namespace: string) => Handle<K, D>
  export const all: <K, D>(kind: Kind<K, D>) => Every<K>
}

interface CustomObject<S, T> {
  readonly metadata: Meta
  readonly spec: S
  readonly status?: T
}

export declare namespace Resource {
  export const Custom: <Self>() => <S, SI, T, TI>(apiVersion: string, kind: string, options: {
    readonly scope: "Namespaced" | "Cluster"
    readonly spec: Schema.Schema<S, SI>
    readonly status: Schema.Schema<T, TI>
  }) => Kind<Self, { readonly metadata: DraftMeta; readonly spec: S }> & { new(_: never): CustomObject<S, T> }
}

export declare namespace Watcher {
  export type Event<K> = { readonly _tag: "Applied" | "Deleted"; readonly object: K } | { readonly _tag: "InitDone" }
  export const watch: <K>(
    every: Every<K>,
    options?: { readonly labels?: string }
  ) => Stream.Stream<Event<K>, never, KubeClient.KubeClient>
}

export declare namespace Controller {
  export interface Controller<E, R> {
    readonly error?: E
    readonly requirements?: R
    readonly pipe: <B>(f: (self: Controller<E, R>) => B) => B
  }
  export interface Result {
    readonly after: string
  }
  export const make: <K, E, R>(name: string, options: {
    readonly for: Every<K>
    readonly reconcile: (object: K) => Effect.Effect<Result | void, E, R>
  }) => Controller<E, R>
  export const owns: <K>(every: Every<K>) => <E, R>(self: Controller<E, R>) => Controller<E, R>
  export const requeueAfter: (duration: string) => Result
  export const layer: <E, R>(controller: Controller<E, R>) => Layer.Layer<never, Failure, KubeClient.KubeClient | R>
}
