/** The subresources of an object: what handles have beside the operations on the object itself. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { actual, type Fields, isFields } from "../../protocol/internal/codec.js"
import { decodeError } from "../../protocol/internal/decodeError.js"
import type * as KubeError from "../../protocol/KubeError.js"
import * as Patch from "../../protocol/Patch.js"
import * as Request from "../../protocol/Request.js"
import * as Resource from "../../protocol/Resource.js"
import * as Status from "../../protocol/Status.js"
import type { ApprovalOptions, RetryOptions, ScaleValue, Token } from "../Api.js"
import * as changes from "./changes.js"
import type { AnyObject, Handle } from "./handle.js"
import { toError } from "./refusals.js"

type WriteOptions = Request.WriteOptions
type ChangeOptions = WriteOptions & RetryOptions

/** A subresource whose value is the object itself. */
export const ofObject = <R>(handle: Handle<R>, subresource: string) => ({
  get: (name: string, options?: Request.GetOptions) => handle.read(name, subresource, options),
  replace: (object: Fields, options?: WriteOptions) => handle.put(object, subresource, options),
  modify: (name: string, f: (object: AnyObject) => AnyObject, options?: ChangeOptions) =>
    changes.modify(handle, name, subresource, f, options),
  modifyEffect: <E2, R2>(
    name: string,
    f: (object: AnyObject) => Effect.Effect<AnyObject, E2, R2>,
    options?: ChangeOptions
  ) => changes.modifyEffect(handle, name, subresource, f, options),
  patch: (name: string, patch: Patch.Any, options?: Request.PatchOptions) =>
    handle.patchAt(name, subresource, patch, options)
})

export const status = <R>(handle: Handle<R>) => ({
  ...ofObject(handle, "status"),
  apply: (
    configuration: Fields & { readonly metadata: { readonly name: string } },
    options?: Request.PatchOptions
  ) =>
    handle.patchAt(
      configuration.metadata.name,
      "status",
      Patch.apply({ apiVersion: Resource.apiVersion(handle.resource), kind: handle.resource.kind, ...configuration }),
      options
    )
})

/** The server has no way to read it: it is the Namespace that is read. */
export const finalize = <R>(handle: Handle<R>) => ({
  replace: (object: Fields, options?: WriteOptions) => handle.put(object, "finalize", options),
  modify: (name: string, f: (object: AnyObject) => AnyObject, options?: ChangeOptions) =>
    changes.modifyEffect(handle, name, "finalize", (object) => Effect.sync(() => f(object)), options, null)
})

// ------------------------------------------------------------------------------------------------ scale

const readScale = (info: KubeError.RequestInfo, body: unknown): Effect.Effect<ScaleValue, KubeError.DecodeError> => {
  const part = (field: string): Fields => {
    const value = isFields(body) ? body[field] : undefined
    return isFields(value) ? value : {}
  }
  const [metadata, spec, status] = [part("metadata"), part("spec"), part("status")]
  // The server leaves `replicas: 0` out.
  const counts = [["spec", spec["replicas"] ?? 0], ["status", status["replicas"] ?? 0]] as const
  const wrong = counts.find(([_, count]) => typeof count !== "number")
  if (wrong !== undefined) {
    return Effect.fail(
      decodeError(info, body, [{ path: [wrong[0], "replicas"], expected: "a number", actual: actual(wrong[1]) }])
    )
  }
  const text = (value: unknown): string | undefined => typeof value === "string" ? value : undefined
  return Effect.succeed({
    replicas: Number(counts[0][1]),
    current: Number(counts[1][1]),
    selector: text(status["selector"]),
    resourceVersion: text(metadata["resourceVersion"])
  })
}

const scaleKind = { apiVersion: "autoscaling/v1", kind: "Scale" } as const

export const scale = <R>(handle: Handle<R>) => {
  const read = (name: string, options?: Request.GetOptions) =>
    handle.use(({ client, namespace }) =>
      Effect.flatMap(
        Request.get(handle.resource, { namespace, name, subresource: "scale" }, options),
        (request) => Effect.flatMap(client.execute(request), ({ body }) => readScale(request.info, body))
      )
    )
  const set = (name: string, replicas: number, options?: WriteOptions) =>
    handle.use(({ client, fieldManager, namespace }) =>
      Effect.flatMap(
        Request.patch(
          handle.resource,
          { namespace, name, subresource: "scale" },
          Patch.merge({ spec: { replicas } }),
          { fieldManager, ...options }
        ),
        (request) => Effect.flatMap(client.execute(request), ({ body }) => readScale(request.info, body))
      )
    )
  const replace = (name: string, replicas: number, resourceVersion: string | undefined, options?: WriteOptions) =>
    handle.use(({ client, fieldManager, namespace }) =>
      Effect.flatMap(
        Request.replace(
          handle.resource,
          { namespace, name, subresource: "scale" },
          JSON.stringify({ ...scaleKind, metadata: { name, namespace, resourceVersion }, spec: { replicas } }),
          { fieldManager, ...options }
        ),
        (request) => Effect.flatMap(client.execute(request), ({ body }) => readScale(request.info, body))
      )
    )
  return {
    get: (name: string, options?: Request.GetOptions) => Effect.map(read(name, options), ({ replicas }) => replicas),
    read,
    set: (name: string, replicas: number, options?: WriteOptions) =>
      Effect.map(set(name, replicas, options), ({ replicas }) => replicas),
    modify: (name: string, f: (replicas: number) => number, options?: ChangeOptions) =>
      Effect.flatMap(read(name), ({ replicas, resourceVersion }) => {
        const wanted = f(replicas)
        return wanted === replicas
          ? Effect.succeed(replicas)
          : Effect.map(replace(name, wanted, resourceVersion, options), ({ replicas }) => replicas)
      }).pipe(changes.retryConflicts(options))
  }
}

// ------------------------------------------------------------------------------------------------ what is created below

/**
 * Creates a subresource. The server can answer 201 with a Status that tells of a failure, as an eviction does with two
 * budgets for one Pod: that is a refusal as any other.
 */
const send = <R, E>(
  handle: Handle<R>,
  build: (
    namespace: string | undefined,
    fieldManager: string
  ) => Effect.Effect<Request.Request<E>, KubeError.StatusError>
): Effect.Effect<Answer, E | KubeError.Common, R> =>
  handle.use(({ client, fieldManager, namespace }) =>
    Effect.flatMap(
      build(namespace, fieldManager),
      (request) =>
        Effect.flatMap(client.execute(request), ({ body }): Effect.Effect<Answer, E | KubeError.Common> =>
          Status.isStatus(body) && body.status === "Failure"
            ? Effect.fail(toError(request, Status.fromJson(body, body.code ?? 500, request.method)))
            : Effect.succeed({ info: request.info, body }))
    )
  )

interface Answer {
  readonly info: KubeError.RequestInfo
  readonly body: unknown
}

export const evict = <R>(handle: Handle<R>, name: string, options: Request.DeleteOptions | undefined) =>
  Effect.asVoid(send(handle, (namespace) => Request.evict(handle.resource, { namespace, name }, options)))

export const bind = <R>(handle: Handle<R>, name: string, node: string, options: Request.BindOptions | undefined) =>
  Effect.asVoid(
    send(
      handle,
      (namespace, fieldManager) =>
        Request.bind(handle.resource, { namespace, name }, node, { fieldManager, ...options })
    )
  )

export const createToken = <R>(handle: Handle<R>, name: string, options: Request.TokenOptions | undefined) =>
  Effect.flatMap(
    send(
      handle,
      (namespace, fieldManager) =>
        Request.createToken(handle.resource, { namespace, name }, { fieldManager, ...options })
    ),
    ({ body, info }): Effect.Effect<Token, KubeError.DecodeError> => {
      const status = isFields(body) && isFields(body["status"]) ? body["status"] : {}
      const { expirationTimestamp, token } = { expirationTimestamp: undefined, token: undefined, ...status }
      if (typeof token === "string" && typeof expirationTimestamp === "string") {
        return Effect.succeed({ token: Redacted.make(token), expires: expirationTimestamp })
      }
      const field = typeof token === "string" ? "expirationTimestamp" : "token"
      // Nothing of the answer is shown, as there may be a token in it.
      const issue = { path: ["status", field], expected: "a string", actual: "something else" }
      return Effect.fail(decodeError(info, undefined, [issue]))
    }
  )

// ------------------------------------------------------------------------------------------------ changes with a meaning

export const ephemeralContainers = <R>(handle: Handle<R>) => {
  const self = ofObject(handle, "ephemeralcontainers")
  return {
    ...self,
    add: (name: string, container: Fields, options?: ChangeOptions) =>
      self.modify(name, (pod) => {
        const spec = specOf(pod)
        const there = Array.isArray(spec["ephemeralContainers"]) ? spec["ephemeralContainers"] : []
        return { ...pod, spec: { ...spec, ephemeralContainers: [...there, container] } }
      }, options)
  }
}

const partOf = (object: AnyObject, field: string): Fields => {
  // An object of a kind is a record of fields.
  const value = (object as unknown as Fields)[field]
  return isFields(value) ? value : {}
}

const specOf = (object: AnyObject): Fields => partOf(object, "spec")

/** A decision that was made stays as it is: the server fills in when it was made, and lets nobody change it. */
export const decide = <R>(
  handle: Handle<R>,
  name: string,
  type: "Approved" | "Denied",
  options: ApprovalOptions | undefined
) => {
  const { message, reason, ...write } = { message: undefined, reason: undefined, ...options }
  return changes.modify(handle, name, "approval", (request) => {
    const status = partOf(request, "status")
    const there: ReadonlyArray<unknown> = Array.isArray(status["conditions"]) ? status["conditions"] : []
    if (there.some((condition) => isFields(condition) && condition["type"] === type)) return request
    const condition = { type, status: "True", reason: reason ?? `${type}ByClient`, message }
    return { ...request, status: { ...status, conditions: [...there, condition] } }
  }, write)
}

// ------------------------------------------------------------------------------------------------ any

/** A subresource that the library knows nothing of: JSON in, JSON out. */
export const any = <R>(handle: Handle<R>, subresource: string) => {
  const answer = <E>(
    name: string,
    build: (
      where: Request.Named & { readonly subresource: string },
      fieldManager: string
    ) => Effect.Effect<Request.Request<E>, KubeError.StatusError>
  ): Effect.Effect<unknown, E | KubeError.Common, R> =>
    Effect.map(
      send(handle, (namespace, fieldManager) => build({ namespace, name, subresource }, fieldManager)),
      ({ body }) => body
    )
  const { resource } = handle
  return {
    get: (name: string, options?: Request.GetOptions) => answer(name, (where) => Request.get(resource, where, options)),
    create: (name: string, body: unknown, options?: WriteOptions) =>
      answer(
        name,
        (where, fieldManager) => Request.createSubresource(resource, where, body, { fieldManager, ...options })
      ),
    replace: (name: string, body: unknown, options?: WriteOptions) =>
      answer(
        name,
        (where, fieldManager) => Request.replace(resource, where, JSON.stringify(body), { fieldManager, ...options })
      ),
    patch: (name: string, patch: Patch.Any, options?: Request.PatchOptions) =>
      answer(name, (where, fieldManager) => Request.patch(resource, where, patch, { fieldManager, ...options }))
  }
}
