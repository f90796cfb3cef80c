/**
 * A janitor for kinds that are known only at run time: it deletes what has outlived the time that its annotation says,
 *
 *     kubectl annotate job import clux.dev/time-to-live=1h30m
 *
 * of whichever kinds the environment names, built-in or custom, by any name that kubectl takes:
 *
 *     KINDS=configmaps,jobs.batch,deploy npm run example kind-at-run-time
 *     KINDS=configmaps,jobs.batch,deploy npx tsx examples/kind-at-run-time.ts
 *
 * - `Discovery` asks the server what a name means: its group and version, its plural, its scope, its verbs;
 * - of each object only the metadata is asked for and kept, whatever is in it;
 * - `requeueAfter` is the alarm clock: nothing polls.
 *
 * Who knows the kind beforehand, but has no schema for it, needs no discovery: `Resource.dynamic({ apiVersion, kind, scope })`.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Api, Controller, Discovery, KubeDuration, Resource } from "effect-kube"
import { NodeKubeClient } from "effect-kube/node"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export const annotation = "clux.dev/time-to-live"

/** A kind that a janitor cannot care for. */
export class Unsuitable extends Data.TaggedError("Unsuitable")<{
  readonly kind: string
  readonly missing: ReadonlyArray<string>
}> {
  override get message(): string {
    return `${this.kind}: the server has no ${this.missing.join(", ")} for it`
  }
}

const janitor = (resource: Discovery.Discovered) =>
  Effect.gen(function*() {
    const missing = ["list", "watch", "delete"].filter((verb) => !resource.abilities.includes(verb))
    if (missing.length > 0) return yield* new Unsuitable({ kind: resource.kind, missing })

    return Controller.make(`janitor-${resource.plural}`, {
      // Without a namespace: those of all namespaces, or of the cluster, as the kind's scope is.
      for: Api.dynamic(Resource.metadataOnly(resource)),
      reconcile: ({ kind, metadata }) =>
        Effect.gen(function*() {
          const text = metadata.annotations?.[annotation]
          if (text === undefined || metadata.deletionTimestamp !== undefined) return
          const timeToLive = yield* Effect.catchTag(
            KubeDuration.parse(text),
            "KubeDurationError",
            // Somebody has to write it anew, and that is a change.
            Controller.terminal
          )
          const age = (yield* Clock.currentTimeMillis) - Date.parse(metadata.creationTimestamp)
          const left = Duration.toMillis(timeToLive) - age
          if (left > 0) return Controller.requeueAfter(left)

          yield* Api.dynamic(resource, metadata.namespace).delete(metadata.name, {
            // As it was seen: neither another one of that name, nor one that was given more time meanwhile.
            preconditions: { uid: metadata.uid, resourceVersion: metadata.resourceVersion },
            propagationPolicy: "Background"
          }).pipe(Effect.catchTag("KubeNotFound", () => Effect.void))
          yield* Effect.log(`${kind} ${Resource.key({ metadata })} has had its time`)
        })
    })
  })

export const main = Layer.scopedDiscard(Effect.gen(function*() {
  const names = yield* Config.withDefault(Config.string("KINDS"), "configmaps")
  // A name that means nothing ends the program, with the names that may have been meant.
  const resources = yield* Discovery.resolveAll(names)
  yield* Effect.forEach(resources, (resource) => Effect.flatMap(janitor(resource), Controller.start), {
    concurrency: "unbounded",
    discard: true
  })
  yield* Effect.log(`cares for ${resources.map(({ plural }) => plural).join(", ")}`)
}))

if (process.argv[1] === import.meta.filename) {
  NodeRuntime.runMain(Layer.launch(Layer.provide(main, NodeKubeClient.layer)))
}
