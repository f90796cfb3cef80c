/**
 * A web server that shows which versions run: the images of all Deployments, from a store in memory that a watch keeps
 * equal to what the cluster has. No request of a visitor goes to the API server. It is the counterpart of version-rs.
 *
 *     curl localhost:8000/versions                     all
 *     curl localhost:8000/versions/default/web         those of one Deployment
 *     curl -i localhost:8000/healthz                   503 while nothing is known yet, or while it is getting old
 *
 * It shows a reflector that keeps of each object only what is asked for (`project`), and how a layer of a store, a router
 * and a server become a program: the store is synced before the first visitor comes.
 *
 *     npm run example version-server           on an API server in memory, with a sample
 *     npx tsx examples/version-server.ts       on the cluster that kubectl talks to
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Api, Reflector, type Store } from "effect-kube"
import { Deployment } from "effect-kube/kinds/apps/v1"
import { NodeKubeClient } from "effect-kube/node"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createServer } from "node:http"

/** What is kept of a Deployment: a key for the store, and what visitors see. */
interface Entry {
  readonly metadata: Deployment["metadata"]
  readonly containers: ReadonlyArray<{ readonly name: string; readonly image: string; readonly version: string }>
}

/** The tag of an image, or its digest: what stands behind the last part's colon, and `latest` where it says nothing. */
export const versionOf = (image: string): string => {
  const digest = image.indexOf("@")
  if (digest >= 0) return image.slice(digest + 1)
  // A colon before the last slash is that of a port.
  const last = image.slice(image.lastIndexOf("/") + 1)
  const colon = last.indexOf(":")
  return colon < 0 ? "latest" : last.slice(colon + 1)
}

const entryOf = ({ metadata, spec }: Deployment): Entry => ({
  metadata,
  containers: (spec.template.spec?.containers ?? []).map(({ image = "", name }) => ({
    name,
    image,
    version: versionOf(image)
  }))
})

export class Versions extends Context.Tag("examples/Versions")<Versions, Store.Store<Entry>>() {
  /** Synced before anything that stands on it begins; fails with the reason where that takes longer than two minutes. */
  static readonly layer = Layer.scoped(
    Versions,
    Effect.tap(Reflector.make(Api.all(Deployment), { project: entryOf, managedFields: "drop" }), (store) => store.ready)
  )
}

const shown = ({ containers, metadata }: Entry) => ({ namespace: metadata.namespace, name: metadata.name, containers })

export const router = HttpRouter.empty.pipe(
  HttpRouter.get(
    "/versions",
    Effect.gen(function*() {
      const entries = yield* (yield* Versions).list
      return yield* HttpServerResponse.json(entries.map(shown))
    })
  ),
  HttpRouter.get(
    "/versions/:namespace/:name",
    Effect.gen(function*() {
      const key = yield* HttpRouter.schemaPathParams(Schema.Struct({ namespace: Schema.String, name: Schema.String }))
      const entry = yield* (yield* Versions).get(key)
      return Option.isSome(entry)
        ? yield* HttpServerResponse.json(shown(entry.value))
        : HttpServerResponse.text(`there is no Deployment ${key.namespace}/${key.name}\n`, { status: 404 })
    })
  ),
  HttpRouter.get(
    "/healthz",
    Effect.gen(function*() {
      const versions = yield* Versions
      const trouble = yield* versions.trouble
      if (!(yield* versions.isReady)) return HttpServerResponse.text("not listed yet\n", { status: 503 })
      return Option.match(trouble, {
        onNone: () => HttpServerResponse.text("ok\n"),
        onSome: ({ error }) => HttpServerResponse.text(`${error.message}\n`, { status: 503 })
      })
    })
  )
)

/** What runs, on whichever server. */
export const site = HttpServer.serve(router).pipe(Layer.provide(Versions.layer))

const server = NodeHttpServer.layerConfig(
  () => createServer(),
  Config.all({ port: Config.withDefault(Config.integer("PORT"), 8000) })
)

export const main = site.pipe(HttpServer.withLogAddress, Layer.provide(server))

if (process.argv[1] === import.meta.filename) {
  NodeRuntime.runMain(Layer.launch(Layer.provide(main, NodeKubeClient.layer)))
}
