/**
 * A span for each reconcile. It is a root, for what a watch that goes on for weeks brings is no part of it; links lead to
 * the lists and watches whose events made it run.
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Tracer from "effect/Tracer"
import type * as Store from "../Store.js"
import type * as WorkQueue from "../WorkQueue.js"

const noTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Effect's own tracer keeps no spans: a span for it would be a third of what a run costs, for nothing. */
export const isTraced = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  fiber.getFiberRef(FiberRef.currentTracerEnabled) &&
  Context.get(fiber.getFiberRef(DefaultServices.currentServices), Tracer.Tracer) !== noTracer

export const traced = <A, E, R>(
  controller: string,
  work: WorkQueue.Work<Store.Key, unknown>,
  links: ReadonlyArray<Tracer.SpanLink>,
  reconcile: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withSpan(reconcile, `${controller}.reconcile`, {
    root: true,
    captureStackTrace: false,
    links,
    attributes: {
      "controller": controller,
      "k8s.namespace.name": work.key.namespace,
      "k8s.object.name": work.key.name,
      "attempt": work.attempt
    }
  }) as Effect.Effect<A, E, R> // R holds no ParentSpan: a root span asks for none
