/**
 * A span for each list of everything and for each watch, with the client's requests inside. A watch goes on for weeks, so
 * its spans are roots with a link to the span of who began it, not children which that one would have to wait for.
 */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import type * as Tracer from "effect/Tracer"
import { visibilityOf } from "../../client/internal/visibility.js"
import type { Target } from "./watcherReader.js"
import type { Failure } from "./watcherTable.js"

export interface Told {
  readonly attributes: { readonly [name: string]: string | number }
  readonly error: Failure | undefined
}

const options = (
  verb: "list" | "watch",
  { client, namespace, resource: { group, plural, version } }: Target<unknown>,
  parent: Tracer.AnySpan | undefined
): Tracer.SpanOptions => {
  const { name, port } = visibilityOf(client).host
  return {
    kind: "internal",
    captureStackTrace: false,
    root: true,
    links: parent === undefined ? [] : [{ _tag: "SpanLink", span: parent, attributes: {} }],
    attributes: {
      "k8s.verb": verb,
      "k8s.group": group,
      "k8s.version": version,
      "k8s.resource": plural,
      ...(namespace === undefined ? undefined : { "k8s.namespace.name": namespace }),
      "server.address": name,
      ...(port === undefined ? undefined : { "server.port": port })
    }
  }
}

/** Runs a connection in a span of its own; `told` says at its end what became of it. Where tracing is off nothing is built. */
export const traced = <A>(
  verb: "list" | "watch",
  target: Target<unknown>,
  run: Effect.Effect<A>,
  told: () => Told
): Effect.Effect<A> =>
  Effect.withFiberRuntime((fiber) => {
    if (!visibilityOf(target.client).tracing || !fiber.getFiberRef(FiberRef.currentTracerEnabled)) return run
    const name = `kube.watcher.${verb} ${target.resource.kind}`
    return Effect.suspend(() => {
      let result!: A // assigned before the span can fail
      const spanned = Effect.useSpan(name, options(verb, target, fiber.currentSpan), (span) => {
        let error: Failure | undefined
        const inside = Effect.onExit(Effect.withParentSpan(run, span), () =>
          Effect.sync(() => {
            const end = told()
            error = end.error
            for (const [key, value] of Object.entries(end.attributes)) span.attribute(key, value)
            if (error !== undefined) span.attribute("error.type", error._tag)
          }))
        return Effect.flatMap(inside, (value) => {
          result = value
          return error === undefined ? Effect.void : Effect.fail(error)
        })
      })
      // The failure is the span's own: the watcher goes on.
      return Effect.map(Effect.ignore(spanned), () => result)
    })
  })
