/**
 * Subresources by name: what answers a request at each of them. Which resource has which subresource, and with which
 * methods, is in the table of what is served; what an endpoint of its own takes of a body is in the kind's strategy.
 */
import * as Effect from "effect/Effect"
import { bodyOf, contentTypeOf, jsonAnswer, textOf } from "../answers.js"
import { applyOptions, applyType } from "../apply/request.js"
import { managerOf } from "../apply/writer.js"
import { issueToken } from "../auth/tokenRequest.js"
import * as bodies from "../bodies.js"
import { decodeBody } from "../decoding.js"
import { finalize } from "../finalize.js"
import { flag, writeOptions } from "../options.js"
import { negotiate, scaleAnswer } from "../representation.js"
import { putScale, readScale } from "../scale.js"
import { bind, createBinding } from "./binding.js"
import { connect } from "./connections.js"
import { evict } from "./eviction.js"
import { readLog } from "./log.js"
import type { Handler } from "./subresource.js"

/** A view of the object that is read and written like the object itself. */
const view: Handler = ({ read, verb, write }) => verb === "get" ? read() : Effect.sync(write)

const finalizeNamespace: Handler = ({ call, name, served, server }) =>
  Effect.sync(() => {
    const { fieldValidation } = writeOptions(call.query, "UpdateOptions")
    const { object } = decodeBody(served, bodyOf(call, served), fieldValidation)
    return jsonAnswer(200, finalize(server.storage, served, name, object))
  })

const scaleType = { apiVersion: "autoscaling/v1", kind: "Scale" }

const scale: Handler = ({ call, name, namespace, served, server, verb }) =>
  Effect.sync(() => {
    const representation = negotiate(served, call, "object")
    if (verb === "get") {
      const found = readScale(served, server.registry.find(served, namespace, name))
      return jsonAnswer(200, scaleAnswer(served, found, representation))
    }
    const isPatch = verb === "patch"
    const written = putScale(server, served, namespace, name, {
      type: isPatch ? contentTypeOf(call) : undefined,
      body: isPatch ? textOf(call) : bodies.jsonText(bodyOf(call, undefined), scaleType),
      options: isPatch && contentTypeOf(call) === applyType
        ? applyOptions(call.query)
        : writeOptions(call.query, isPatch ? "PatchOptions" : "UpdateOptions"),
      manager: managerOf(call.query, call.headers),
      force: flag(call.query, "force"),
      now: call.now
    })
    return jsonAnswer(200, scaleAnswer(served, written.scale, representation), written.warnings)
  })

const noProcess = "its containers are no processes to connect to"
const noNetwork = "it has no network to forward requests into"

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["approval", view],
  ["attach", connect(noProcess)],
  ["binding", (asked) => Effect.sync(() => bind(asked.server, asked.namespace, asked.name, asked.call))],
  ["ephemeralcontainers", view],
  ["eviction", evict],
  ["exec", connect(noProcess)],
  ["finalize", finalizeNamespace],
  ["log", readLog],
  ["portforward", connect(noProcess)],
  ["proxy", connect(noNetwork)],
  ["resize", view],
  ["scale", scale],
  ["status", view],
  ["token", issueToken]
])

/** The handler of a subresource; one that is not there answers 501. */
export const handlerOf = (name: string): Handler => handlers.get(name) ?? connect("nothing here knows what it does")

/** Resources that are created to have something done, and that nobody stores, by `group/plural`. */
export const actions: ReadonlyMap<string, typeof createBinding> = new Map([["/bindings", createBinding]])
