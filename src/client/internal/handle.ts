/**
 * What all handles are at run time: one class with every operation. The types of `Api` show of it what the kind can do.
 * The casts below cross from there (each kind its own types) to here (values that a codec has vouched for).
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { actual, type Codec, CodecId, type Fields, isFields, type Mode } from "../../protocol/internal/codec.js"
import { decodeError } from "../../protocol/internal/decodeError.js"
import * as KubeError from "../../protocol/KubeError.js"
import type { OwnerReference } from "../../protocol/ObjectMeta.js"
import * as Patch from "../../protocol/Patch.js"
import * as Request from "../../protocol/Request.js"
import * as Resource from "../../protocol/Resource.js"
import type { Deletion, ResourceList, RetryOptions, WatchEvent } from "../Api.js"
import type { Service } from "../KubeClient.js"
import { FieldManager } from "../KubeClient.js"
import { mergeMetadata, otherController } from "./mergeMetadata.js"
import * as reading from "./reading.js"
import * as writes from "./writes.js"

type Where =
  | { readonly _tag: "Namespace"; readonly namespace: string }
  | { readonly _tag: "ContextNamespace" }
  | { readonly _tag: "Everywhere" }

interface Environment<R> {
  readonly client: Service
  readonly fieldManager: string
  readonly namespace: string | undefined
  readonly _R?: R
}

type AnyObject = Resource.KubeObject
type AnyPatch = { readonly _tag: Patch.Patch["_tag"]; readonly body: unknown }
type WriteErrors = KubeError.NotFound | KubeError.Conflict | KubeError.Invalid

/** client-go's retry on conflict: 5 tries, 10 ms apart; the jitter parts writers that met. */
const defaultRetry: Schedule.Schedule<unknown, KubeError.Conflict> = Schedule.intersect(
  Schedule.jittered(Schedule.spaced("10 millis")),
  Schedule.recurs(4)
)

export class Handle<R> {
  private readonly codec: Codec<AnyObject>
  /** Kinds that only answer have no metadata to promise. */
  private readonly mode: Mode

  static make<R>(resource: Resource.Any, where: Where, client: Effect.Effect<Service, never, R>): never {
    return new Handle(resource, where, client) as never
  }

  static rebind(handle: unknown, client: Effect.Effect<Service>): never {
    const self = handle as Handle<unknown>
    return new Handle(self.resource, self.where, client) as never
  }

  private constructor(
    readonly resource: Resource.Any,
    private readonly where: Where,
    readonly client: Effect.Effect<Service, never, R>
  ) {
    this.codec = (resource as unknown as { readonly [CodecId]: Codec<AnyObject> })[CodecId]
    this.mode = resource.abilities.includes("get") || resource.abilities.includes("list") ? "served" : "answer"
  }

  get namespace(): string | undefined {
    return this.where._tag === "Namespace" ? this.where.namespace : undefined
  }

  in(namespace: string): Handle<R> {
    return new Handle(this.resource, { _tag: "Namespace", namespace }, this.client)
  }

  // ---------------------------------------------------------------------------------------------- plumbing

  readonly environment: Effect.Effect<Environment<R>, never, R> = Effect.suspend(() =>
    Effect.zipWith(this.client, FieldManager, (client, fieldManager) => ({
      client,
      fieldManager: fieldManager ?? client.fieldManager,
      namespace: this.where._tag === "ContextNamespace" ? client.namespace : this.namespace
    }))
  )

  private use<A, E>(f: (environment: Environment<R>) => Effect.Effect<A, E>): Effect.Effect<A, E, R> {
    return Effect.flatMap(this.environment, f)
  }

  private decode(
    info: KubeError.RequestInfo,
    body: unknown,
    mode: Mode
  ): Effect.Effect<AnyObject, KubeError.DecodeError> {
    const decoded = this.codec.decode(body, mode)
    return Either.isRight(decoded)
      ? Effect.succeed(decoded.right)
      : Effect.fail(decodeError(info, body, decoded.left))
  }

  /** The JSON of an object that is to be written; what its schema refuses is refused here, as the server would say it. */
  private encode(
    verb: string,
    namespace: string | undefined,
    object: Fields
  ): Effect.Effect<string, KubeError.Invalid> {
    const encoded = this.codec.encode(object)
    if (Either.isRight(encoded)) {
      const wire = {
        apiVersion: Resource.apiVersion(this.resource),
        kind: this.resource.kind,
        ...(encoded.right as Fields)
      }
      return Effect.sync(() => JSON.stringify(wire))
    }
    const metadata = isFields(object["metadata"]) ? object["metadata"] : {}
    const name = typeof metadata["name"] === "string" ? metadata["name"] : undefined
    return Effect.fail(reading.invalid(this.info(verb, namespace, name), encoded.left))
  }

  private info(verb: string, namespace: string | undefined, name: string | undefined): KubeError.RequestInfo {
    const { group, kind, plural, version } = this.resource
    return { verb, group, version, resource: plural, kind, namespace, name, subresource: undefined }
  }

  private written(object: AnyObject): Effect.Effect<AnyObject> {
    const metadata: Partial<AnyObject["metadata"]> | undefined = object.metadata
    if (metadata?.name === undefined) return Effect.succeed(object)
    return Effect.as(
      writes.record(() => ({
        group: this.resource.group,
        plural: this.resource.plural,
        namespace: object.metadata.namespace,
        name: object.metadata.name,
        uid: object.metadata.uid,
        resourceVersion: object.metadata.resourceVersion,
        labels: object.metadata.labels ?? {}
      })),
      object
    )
  }

  /** Executes a write whose answer is the object. */
  private write<E>(
    { client }: Environment<R>,
    request: Request.Request<E>,
    options: Request.WriteOptions | undefined
  ): Effect.Effect<AnyObject, E | KubeError.Common> {
    const dryRun = options?.dryRun === true
    const mode = this.mode === "answer" ? "answer" : dryRun ? "dryRun" : "served"
    return Effect.flatMap(
      client.execute(request),
      (response) =>
        Effect.flatMap(
          this.decode(request.info, response.body, mode),
          (object) => dryRun ? Effect.succeed(object) : this.written(object)
        )
    )
  }

  // ---------------------------------------------------------------------------------------------- reads

  private read(name: string, subresource: string | undefined, options?: Request.GetOptions) {
    return this.use(({ client, namespace }) =>
      Effect.flatMap(
        Request.get(this.resource, { namespace, name, subresource }, options),
        (request) =>
          Effect.flatMap(client.execute(request), (response) => this.decode(request.info, response.body, this.mode))
      )
    )
  }

  get = (name: string, options?: Request.GetOptions) => this.read(name, undefined, options)

  getOption = (name: string, options?: Request.GetOptions) =>
    this.get(name, options).pipe(
      Effect.map(Option.some),
      Effect.catchTag("KubeNotFound", () => Effect.succeed(Option.none<AnyObject>()))
    )

  list = (
    options?: Request.ListOptions
  ): Effect.Effect<ResourceList<AnyObject>, KubeError.Expired | KubeError.Common, R> =>
    this.use(({ client, namespace }) =>
      Effect.flatMap(
        Request.list(this.resource, { namespace }, options),
        (request) => reading.list(client, request, this.codec)
      )
    )

  stream = (options?: Request.ListOptions): Stream.Stream<AnyObject, KubeError.Expired | KubeError.Common, R> =>
    Stream.unwrap(this.use(({ client, namespace }) =>
      Effect.succeed(reading.stream(
        client,
        (token) =>
          Request.list(this.resource, { namespace }, token === undefined ? options : reading.nextPage(options, token)),
        this.codec
      ))
    ))

  watchOnce = (
    resourceVersion: string,
    options?: Request.WatchOptions
  ): Stream.Stream<WatchEvent<AnyObject>, KubeError.Expired | KubeError.Common, R> =>
    Stream.unwrap(
      this.use(({ client, namespace }) =>
        Effect.map(Request.watch(this.resource, { namespace }, resourceVersion, options), (request) =>
          reading.watch(client, request, this.codec))
      )
    )

  // ---------------------------------------------------------------------------------------------- writes

  create = (draft: Fields, options?: Request.WriteOptions) =>
    this.use((environment) => {
      const { fieldManager, namespace } = environment
      const metadata = isFields(draft["metadata"]) ? draft["metadata"] : {}
      const name = typeof metadata["name"] === "string" ? metadata["name"] : undefined
      return Effect.flatMap(this.encode("create", namespace, draft), (body) =>
        Effect.flatMap(
          Request.create(this.resource, { namespace, name }, body, { fieldManager, ...options }),
          (request) => this.write(environment, request, options)
        ))
    })

  private put(object: Fields, subresource: string | undefined, options: Request.WriteOptions | undefined) {
    return this.use((environment) => {
      const { fieldManager } = environment
      const { name, namespace } = (object as unknown as AnyObject).metadata
      const where = {
        namespace: this.resource.scope === "Cluster" ? undefined : environment.namespace ?? namespace,
        name,
        subresource
      }
      return Effect.flatMap(
        this.encode("update", where.namespace, object),
        (body) =>
          Effect.flatMap(
            Request.replace(this.resource, where, body, { fieldManager, ...options }),
            (request) => this.write(environment, request, options)
          )
      )
    })
  }

  replace = (object: Fields, options?: Request.WriteOptions) => this.put(object, undefined, options)

  private readChangeWrite<E2, R2>(
    name: string,
    subresource: string | undefined,
    f: (object: AnyObject) => Effect.Effect<AnyObject, E2, R2>,
    options: (Request.WriteOptions & RetryOptions) | undefined
  ): Effect.Effect<AnyObject, E2 | WriteErrors | KubeError.Common, R | R2> {
    return Effect.flatMap(
      this.read(name, subresource),
      (object) =>
        Effect.flatMap(
          f(object),
          (changed) =>
            changed === object ? Effect.succeed(object) : this.put(changed as unknown as Fields, subresource, options)
        )
    )
      .pipe(retryConflicts(options))
  }

  modify = (name: string, f: (object: AnyObject) => AnyObject, options?: Request.WriteOptions & RetryOptions) =>
    this.readChangeWrite(name, undefined, (object) => Effect.sync(() => f(object)), options)

  modifyEffect = <E2, R2>(
    name: string,
    f: (object: AnyObject) => Effect.Effect<AnyObject, E2, R2>,
    options?: Request.WriteOptions & RetryOptions
  ) => this.readChangeWrite(name, undefined, f, options)

  createOrReplace = (
    draft: Fields & { readonly metadata: Fields & { readonly name: string } },
    options?: Request.WriteOptions & RetryOptions
  ) => {
    const { name } = draft.metadata
    const replaceExisting = this.readChangeWrite(name, undefined, (object) => {
      const owner = otherController(object.metadata, draft.metadata)
      if (owner !== undefined) return Effect.fail(this.controlledBy(object, owner))
      // Without a status subresource a PUT replaces the status too: the draft has none, so the object keeps its own.
      const { status } = { status: undefined, ...object } as Fields
      const metadata = mergeMetadata(object.metadata as unknown as Fields, draft.metadata)
      const merged = { ...draft, ...(status === undefined ? undefined : { status }), metadata }
      return Effect.succeed(merged as unknown as AnyObject)
    }, options)
    const once = Effect.catchTag(this.create(draft, options), "KubeAlreadyExists", () => replaceExisting)
    // The object may be deleted between the refused create and the read: then it is created after all.
    return Effect.retry(once, {
      times: 2,
      while: (error) => error._tag === "KubeNotFound" && error.request.verb !== "create"
    })
  }

  private controlledBy(object: AnyObject, owner: OwnerReference): KubeError.Conflict {
    return new KubeError.Conflict({
      request: this.info("update", object.metadata.namespace, object.metadata.name),
      sent: false,
      status: {
        kind: "Status",
        apiVersion: "v1",
        status: "Failure",
        reason: "Conflict",
        code: 409,
        message: `it is controlled by ${owner.kind} ${owner.name} already`,
        details: {
          causes: [{
            reason: "FieldValueForbidden",
            field: "metadata.ownerReferences",
            message: "only one owner may control an object"
          }]
        }
      }
    })
  }

  private patchAt(
    name: string,
    subresource: string | undefined,
    patch: AnyPatch,
    options: Request.PatchOptions | undefined
  ) {
    return this.use((environment) =>
      Effect.flatMap(
        Request.patch(this.resource, { namespace: environment.namespace, name, subresource }, patch, {
          fieldManager: environment.fieldManager,
          ...options
        }),
        (request) => this.write(environment, request, options)
      )
    )
  }

  patch = (name: string, patch: AnyPatch, options?: Request.PatchOptions) =>
    this.patchAt(name, undefined, patch, options)

  apply = (configuration: Fields & { readonly metadata: { readonly name: string } }, options?: Request.PatchOptions) =>
    this.patchAt(
      configuration.metadata.name,
      undefined,
      Patch.apply({ apiVersion: Resource.apiVersion(this.resource), kind: this.resource.kind, ...configuration }),
      options
    )

  // ---------------------------------------------------------------------------------------------- deletes

  delete = (
    name: string,
    options?: Request.DeleteOptions
  ): Effect.Effect<Deletion<AnyObject>, WriteErrors | KubeError.Common, R> =>
    this.use(({ client, namespace }) =>
      Effect.flatMap(
        Request.delete(this.resource, { namespace, name }, options),
        (request) => Effect.flatMap(client.execute(request), ({ body }) => this.deletion(request.info, body, options))
      )
    )

  private deletion(
    info: KubeError.RequestInfo,
    body: unknown,
    options: Request.DeleteOptions | undefined
  ): Effect.Effect<Deletion<AnyObject>, KubeError.DecodeError> {
    const tell = (uid: string | undefined, resourceVersion: string | undefined) =>
      options?.dryRun === true ? Effect.void : writes.record(() => ({
        group: info.group,
        plural: info.resource,
        namespace: info.namespace,
        name: info.name ?? "",
        uid,
        resourceVersion,
        labels: undefined
      }))
    if (!isFields(body) || body["kind"] === "Status") {
      const details = isFields(body) && isFields(body["details"]) ? body["details"] : {}
      return Effect.as(tell(typeof details["uid"] === "string" ? details["uid"] : undefined, undefined), {
        _tag: "Gone"
      })
    }
    return Effect.flatMap(this.decode(info, body, this.mode), (object) => {
      const { deletionGracePeriodSeconds, deletionTimestamp, finalizers, resourceVersion, uid } = object.metadata
      // A Namespace has its finalizers in its spec.
      const { spec } = { spec: undefined, ...object } as Fields
      const held = isFields(spec) && Array.isArray(spec["finalizers"]) ? spec["finalizers"] : []
      // Some kinds answer the object even when it is gone: then nothing holds it back any more.
      const waits = deletionTimestamp !== undefined &&
        ((finalizers ?? []).length > 0 || held.length > 0 || (deletionGracePeriodSeconds ?? 0) > 0)
      return Effect.as(
        tell(uid, waits ? resourceVersion : undefined),
        waits ? { _tag: "Terminating", object } : { _tag: "Gone" }
      )
    })
  }

  deleteCollection = (
    options?: Request.DeleteOptions & Request.ListOptions
  ): Effect.Effect<ReadonlyArray<AnyObject>, KubeError.Invalid | KubeError.Common, R> =>
    this.use(({ client, namespace }) =>
      Effect.flatMap(
        Request.deleteCollection(this.resource, { namespace }, options),
        (request) =>
          Effect.flatMap(
            client.execute(request),
            ({ body }): Effect.Effect<ReadonlyArray<AnyObject>, KubeError.Common> =>
              isFields(body) && Array.isArray(body["items"])
                ? Effect.forEach(body["items"], (item) => this.decode(request.info, item, "item"))
                : Effect.succeed([])
          )
      )
    )

  // ---------------------------------------------------------------------------------------------- subresources

  get status() {
    return {
      get: (name: string) => this.read(name, "status"),
      replace: (object: Fields, options?: Request.WriteOptions) => this.put(object, "status", options),
      modify: (name: string, f: (object: AnyObject) => AnyObject, options?: Request.WriteOptions & RetryOptions) =>
        this.readChangeWrite(name, "status", (object) => Effect.sync(() => f(object)), options),
      patch: (name: string, patch: AnyPatch, options?: Request.PatchOptions) =>
        this.patchAt(name, "status", patch, options)
    }
  }

  get scale() {
    const replicas = (info: KubeError.RequestInfo, body: unknown): Effect.Effect<number, KubeError.DecodeError> => {
      const spec = isFields(body) && isFields(body["spec"]) ? body["spec"] : {}
      // The server leaves `replicas: 0` out.
      const value = spec["replicas"] ?? 0
      return typeof value === "number"
        ? Effect.succeed(value)
        : Effect.fail(
          decodeError(info, body, [{ path: ["spec", "replicas"], expected: "a number", actual: actual(value) }])
        )
    }
    return {
      get: (name: string) =>
        this.use(({ client, namespace }) =>
          Effect.flatMap(
            Request.get(this.resource, { namespace, name, subresource: "scale" }),
            (request) => Effect.flatMap(client.execute(request), ({ body }) => replicas(request.info, body))
          )
        ),
      set: (name: string, wanted: number, options?: Request.WriteOptions) =>
        this.use(({ client, fieldManager, namespace }) =>
          Effect.flatMap(
            Request.patch(
              this.resource,
              { namespace, name, subresource: "scale" },
              Patch.merge({ spec: { replicas: wanted } }),
              { fieldManager, ...options }
            ),
            (request) => Effect.flatMap(client.execute(request), ({ body }) => replicas(request.info, body))
          )
        )
    }
  }
}

const retryConflicts =
  (options: RetryOptions | undefined) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    // A conflict that was found on this side stays one.
    const isConflict = (error: unknown): error is KubeError.Conflict =>
      KubeError.is(error) && error._tag === "KubeConflict" && error.sent
    const schedule = Schedule.whileInput(options?.retry ?? defaultRetry, isConflict) as Schedule.Schedule<
      unknown,
      unknown
    >
    return Effect.retry(effect, schedule as Schedule.Schedule<unknown, E>)
  }
