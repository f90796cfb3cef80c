import * as Data from "effect/Data"
import { key, type KubeObject } from "../../protocol/Resource.js"

/** Why a parent cannot have its children: see `Children.Refused`. */
export type RefusedReason =
  /** A child of a parent in a namespace is in another one, or in none: the garbage collector would delete it. */
  | "OtherNamespace"
  /** Two of the wanted children are the same object. */
  | "Duplicate"
  /** An object of that name is there, and is not the parent's; see the option `adopt`. */
  | "NotOwned"
  /** The parent is not there any more, or another object has its name now. */
  | "NoParent"

export class Refused extends Data.TaggedError("KubeChildRefused")<{
  readonly reason: RefusedReason
  readonly parent: KubeObject
  /** Which child; undefined where it is about the parent. */
  readonly child: { readonly kind: string; readonly namespace: string | undefined; readonly name: string } | undefined
  /** What is in the way, in words. */
  readonly description: string
}> {
  override get message(): string {
    const { child, description, parent } = this
    const of = `${parent.kind} ${key(parent)}`
    return child === undefined
      ? `children of ${of}: ${description}`
      : `${child.kind} ${key({ metadata: child })} as a child of ${of}: ${description}`
  }
}
