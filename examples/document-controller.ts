/**
 * A controller as it is deployed: what it does can be seen from outside. It is the counterpart of controller-rs. A Document
 * may ask to be hidden, and must have a title that is legal; the controller says what it made of that
 *
 * - in the status: `hidden`, and conditions that keep their times, which `kubectl wait --for=condition=Ready` reads;
 * - in events: `kubectl describe document readme`;
 * - in metrics: `curl localhost:8080/metrics`, and a page for people at `/debug`, with probes at `/healthz` and `/readyz`;
 * - in traces: a span for each reconcile with its requests inside. They go where the program's Tracer sends them, as with
 *   `Otlp.layer` of @effect/opentelemetry; log lines of a reconcile have its trace id.
 *
 *     npm run example document-controller           on an API server in memory, with a sample
 *     npx tsx examples/document-controller.ts       on the cluster that kubectl talks to, once it has the definition.
 *                                                   examples/manifests/document-controller.yaml deploys all of it
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Api, Conditions, Controller, EventRecorder, Finalizer, Metrics, Predicate, Resource } from "effect-kube"
import { NodeKubeClient } from "effect-kube/node"
import * as Config from "effect/Config"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createServer } from "node:http"

export class Document extends Resource.Custom<Document>()("clux.dev/v1", "Document", {
  scope: "Namespaced",
  shortNames: ["doc"],
  spec: Schema.Struct({ title: Schema.NonEmptyString, content: Schema.String, hide: Schema.Boolean }),
  status: Schema.Struct({ hidden: Schema.Boolean, conditions: Conditions.Field }),
  printerColumns: [
    { name: "Hidden", type: "boolean", jsonPath: ".status.hidden" },
    { name: "Ready", type: "string", jsonPath: ".status.conditions[?(@.type==\"Ready\")].status" }
  ]
}) {}

export const finalizer = "clux.dev/document"

/** A title that no Document may have. */
export class IllegalTitle extends Data.TaggedError("IllegalTitle")<{ readonly title: string }> {
  override get message(): string {
    return `the title ${JSON.stringify(this.title)} is illegal`
  }
}

/** A metric of our own stands beside those of the library. */
const hidings = Metric.counter("documents_hidden_total", {
  description: "How many Documents were hidden",
  incremental: true
})

/** What there is to say of the newest generation; nothing is written where the status says it already. */
const say = ({ metadata, spec }: Document, accepted: Omit<Conditions.Change, "type">) =>
  Api.namespaced(Document, metadata.namespace).status.modifyEffect(metadata.name, (found) =>
    Effect.gen(function*() {
      const observedGeneration = metadata.generation
      const before = found.status?.conditions ?? []
      const conditions = yield* Effect.flatMap(
        Conditions.set(before, { type: "Accepted", ...accepted, observedGeneration }),
        Conditions.setReady(["Accepted"], { observedGeneration })
      )
      const hidden = accepted.status === "True" && spec.hide
      if (conditions === before && hidden === found.status?.hidden) return found
      return { ...found, status: { hidden, conditions } }
    }))

const apply = (document: Document) =>
  Effect.gen(function*() {
    const { hide, title } = document.spec
    if (title === "illegal") {
      const error = new IllegalTitle({ title })
      yield* say(document, { status: "False", reason: "IllegalTitle", message: error.message })
      yield* EventRecorder.record(document, { type: "Warning", reason: "IllegalTitle", note: error.message })
      // Only somebody who changes the Document can help.
      return yield* Controller.terminal(error)
    }
    if (hide && document.status?.hidden !== true) {
      yield* Metric.increment(hidings)
      yield* EventRecorder.record(document, { reason: "Hidden", action: "Hide", note: `${title} is hidden now` })
    }
    yield* say(document, { status: "True", reason: "LegalTitle" })
    yield* Effect.log(`${title} is ${hide ? "hidden" : "shown"}`)
    // Things outside of the cluster send no events: they would be looked at now and then.
    return Controller.requeueAfter("1 hour")
  })

const cleanup = (document: Document) =>
  EventRecorder.record(document, { reason: "Deleted", action: "Delete", note: `${document.spec.title} goes` })

/** Log lines say to which trace they belong. */
const withTraceId = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    Effect.option(Effect.currentSpan),
    Option.match({
      onNone: () => effect,
      onSome: ({ traceId }) => Effect.annotateLogs(effect, "trace_id", traceId)
    })
  )

const reconcile = Finalizer.make(Api.all(Document), finalizer, { apply, cleanup })

export const controller = Controller.make("document-controller", {
  for: Api.all(Document),
  // Neither the status that it writes itself nor labels are a reason to look again.
  predicate: Predicate.or(Predicate.generation, Predicate.finalizers),
  concurrency: 4,
  reconcile: (document, run) => withTraceId(reconcile(document, run))
})

/** The controller and its events; what serves metrics and probes is up before them, and goes after them. */
export const operator = Controller.layer(controller).pipe(
  Layer.provide(EventRecorder.layer("clux.dev/document-controller"))
)

const server = NodeHttpServer.layerConfig(
  () => createServer(),
  Config.all({ port: Config.withDefault(Config.integer("PORT"), 8080) })
)

export const main = operator.pipe(Layer.provide(Metrics.layer()), Layer.provide(server))

if (process.argv[1] === import.meta.filename) {
  NodeRuntime.runMain(Layer.launch(Layer.provide(main, NodeKubeClient.layer)))
}
