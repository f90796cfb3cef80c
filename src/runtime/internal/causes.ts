/**
 * Which events made a key run, for the links of its span. Reconcile does not see them (K20), and where nothing is traced
 * nothing is written down.
 */
import type * as Tracer from "effect/Tracer"
import type { ObjectMeta } from "../../protocol/ObjectMeta.js"
import type { Change } from "../Store.js"
import type { Source } from "./source.js"

/** Of many events for one run the first ones are named. */
const most = 8

interface Seen {
  readonly metadata: ObjectMeta & { readonly name: string; readonly resourceVersion: string }
}

export class Causes {
  private readonly links = new Map<string, Array<Tracer.SpanLink>>()

  /** A key was enqueued, because of a change in a store. */
  note(id: string, source: Source<unknown>, { _tag, object: { metadata } }: Change<Seen>): void {
    const span = source.spanOf?.(metadata.namespace)
    if (span === undefined) return
    let links = this.links.get(id)
    if (links === undefined) this.links.set(id, links = [])
    if (links.length >= most) return
    links.push({
      _tag: "SpanLink",
      span,
      attributes: {
        "k8s.event": _tag,
        "k8s.kind": source.resource.kind,
        "k8s.namespace.name": metadata.namespace,
        "k8s.object.name": metadata.name,
        "k8s.object.resource_version": metadata.resourceVersion
      }
    })
  }

  /** What led to the run that begins. */
  take(id: string): ReadonlyArray<Tracer.SpanLink> {
    const links = this.links.get(id)
    this.links.delete(id)
    return links ?? []
  }
}
