/** The types behind `Resource.view`: what its objects are, and where a schema does not fit the kind. */
import type * as Schema from "effect/Schema"
import type { ClusterViewMeta, NamespacedViewMeta } from "../ObjectMeta.js"

type RootField = "apiVersion" | "kind" | "metadata"

/** What every view has of an object, and what its schema names of the metadata beyond that. */
export interface ViewHead<K extends { readonly apiVersion: string; readonly kind: string }, Meta> {
  readonly apiVersion: K["apiVersion"]
  readonly kind: K["kind"]
  readonly metadata: Meta
}

type KeptMeta<M> = M extends { readonly namespace: string } ? NamespacedViewMeta : ClusterViewMeta

/** What is kept is as the server sent it, whatever a schema says of it. */
type MetaOf<M, A> = A extends { readonly metadata: infer Named } ? KeptMeta<M> & Omit<Named, keyof NamespacedViewMeta>
  : KeptMeta<M>

type Body<A> = keyof A & RootField extends never ? A : Omit<A, RootField>

/** An object of the kind `K`, of which a schema reads `A`. */
export type ViewObject<
  K extends { readonly apiVersion: string; readonly kind: string; readonly metadata: unknown },
  A
> =
  & ViewHead<K, MetaOf<K["metadata"], A>>
  & Body<A>

// ------------------------------------------------------------------------------------------------ does it fit?

type IsOptional<T, P extends keyof T> = {} extends Pick<T, P> ? true : false

type IsObject<T> = T extends ReadonlyArray<unknown> ? false : T extends object ? true : false

type Join<Path extends string, P> = P extends string | number ? Path extends "" ? `${P}` : `${Path}.${P}` : Path

/** One text for each place where an object of the type `W` cannot be read as an `E`; never where it can. */
type Misfits<W, E, Path extends string> = unknown extends E ? never
  : unknown extends W ? never
  : undefined extends W ? undefined extends E ? Misfits<Exclude<W, undefined>, Exclude<E, undefined>, Path>
    : `${Path}: may be absent, so it must be optional`
  : null extends W ? null extends E ? Misfits<Exclude<W, null>, Exclude<E, null>, Path>
    : `${Path}: may be null, so null must be allowed`
  : PresentMisfits<W, Exclude<E, null | undefined>, Path>

/** A list or a tuple, without what is in it. */
type Lengths<T> = { -readonly [P in keyof T]: unknown }

type PresentMisfits<W, E, Path extends string> = [W, E] extends [ReadonlyArray<infer I>, ReadonlyArray<infer J>]
  ? Lengths<W> extends Lengths<E> ? Misfits<I, J, `${Path}[]`>
  : `${Path}: may be empty, and of any length, so it must be a Schema.Array`
  : [IsObject<W>, IsObject<E>] extends [true, true] ? FieldMisfits<W, E, Path>
  : [W] extends [E] ? never
  : `${Path}: the kind has another type there`

type FieldMisfits<W, E, Path extends string> = {
  [P in keyof E]-?: P extends keyof W
    ? IsOptional<E, P> extends true ? Misfits<Exclude<W[P], undefined>, Exclude<E[P], undefined>, Join<Path, P>>
    : Misfits<W[P], E[P], Join<Path, P>>
    : `${Join<Path, P>}: the kind has no such field`
}[keyof E]

/** What a schema must be to read the kind whose wire form is `W`. What is wrong is the type of a property that it lacks. */
export type Fits<W, F extends Schema.Struct.Fields> =
  & ([Misfits<W, Schema.Struct.Encoded<F>, "">] extends [infer Misfit extends string]
    ? [Misfit] extends [never] ? unknown : { readonly "does not fit the kind": `${Misfit}` }
    : never)
  & ([Schema.Struct.Context<F>] extends [never] ? unknown : { readonly "needs services": Schema.Struct.Context<F> })
