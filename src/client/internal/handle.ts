/**
 * What all handles are at run time: one class with every operation. The types of `Api` show of it what the kind can do.
 * The casts below cross from there (each kind its own types) to here (values that a codec has vouched for).
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Codec, CodecId, type Fields, isFields, type Mode } from "../../protocol/internal/codec.js"
import { decodeError } from "../../protocol/internal/decodeError.js"
import type * as KubeError from "../../protocol/KubeError.js"
import * as Patch from "../../protocol/Patch.js"
import * as Request from "../../protocol/Request.js"
import * as Resource from "../../protocol/Resource.js"
import type {
  ApprovalOptions,
  Deletion,
  ListPagesOptions,
  Page,
  ResourceList,
  RetryOptions,
  WatchEvent
} from "../Api.js"
import type { Service } from "../KubeClient.js"
import { FieldManager } from "../KubeClient.js"
import * as changes from "./changes.js"
import { deletion } from "./deletion.js"
import * as logging from "./logs.js"
import * as paging from "./pages.js"
import * as reading from "./reading.js"
import * as subresources from "./subresources.js"
import * as writes from "./writes.js"

type Where =
  | { readonly _tag: "Namespace"; readonly namespace: string }
  | { readonly _tag: "ContextNamespace" }
  | { readonly _tag: "Everywhere" }

export interface Environment<R> {
  readonly client: Service
  readonly fieldManager: string
  readonly namespace: string | undefined
  readonly _R?: R
}

export type AnyObject = Resource.KubeObject
export type WriteErrors = KubeError.NotFound | KubeError.Conflict | KubeError.Invalid

export class Handle<R> {
  readonly codec: Codec<AnyObject>
  /** Kinds that only answer have no metadata to promise. */
  readonly mode: Mode

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

  use<A, E>(f: (environment: Environment<R>) => Effect.Effect<A, E>): Effect.Effect<A, E, R> {
    return Effect.flatMap(this.environment, f)
  }

  decode(
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
  encode(
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

  info(verb: string, namespace: string | undefined, name: string | undefined): KubeError.RequestInfo {
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
  write<E>(
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

  read(name: string, subresource: string | undefined, options?: Request.GetOptions) {
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

  /** The request of one page after the other. */
  private page(namespace: string | undefined, options: Request.ListOptions | undefined, token: string | undefined) {
    return Request.list(
      this.resource,
      { namespace },
      token === undefined || token === options?.continue ? options : paging.nextPage(options, token)
    )
  }

  pages = (options?: ListPagesOptions): Stream.Stream<Page<AnyObject>, KubeError.Expired | KubeError.Common, R> =>
    Stream.unwrap(this.use(({ client, namespace }) => {
      const limited = paging.withLimit(options)
      return Effect.succeed(paging.pages(
        (token) =>
          Effect.flatMap(
            this.page(namespace, limited, token),
            (request) => reading.list(client, request, this.codec)
          ),
        options,
        options?.continue
      ))
    }))

  stream = (options?: ListPagesOptions): Stream.Stream<AnyObject, KubeError.Expired | KubeError.Common, R> =>
    paging.isPaged(options)
      ? paging.objects<AnyObject, KubeError.Expired | KubeError.Common, R>(this.pages(options))
      : Stream.unwrap(
        this.use(({ client, namespace }) =>
          Effect.succeed(reading.stream(client, (token) => this.page(namespace, options, token), this.codec))
        )
      )

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

  put(object: Fields, subresource: string | undefined, options: Request.WriteOptions | undefined) {
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

  modify = (name: string, f: (object: AnyObject) => AnyObject, options?: Request.WriteOptions & RetryOptions) =>
    changes.modify(this, name, undefined, f, options)

  modifyEffect = <E2, R2>(
    name: string,
    f: (object: AnyObject) => Effect.Effect<AnyObject, E2, R2>,
    options?: Request.WriteOptions & RetryOptions
  ) => changes.modifyEffect(this, name, undefined, f, options)

  createOrReplace = (draft: changes.NamedDraft, options?: Request.WriteOptions & RetryOptions) =>
    changes.createOrReplace(this, draft, options)

  patchAt(
    name: string,
    subresource: string | undefined,
    patch: Patch.Any,
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

  patch = (name: string, patch: Patch.Any, options?: Request.PatchOptions) =>
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
        (request) => Effect.flatMap(client.execute(request), ({ body }) => deletion(this, request.info, body, options))
      )
    )

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
    return subresources.status(this)
  }

  get scale() {
    return subresources.scale(this)
  }

  get ephemeralContainers() {
    return subresources.ephemeralContainers(this)
  }

  get resize() {
    return subresources.ofObject(this, "resize")
  }

  get approval() {
    return subresources.ofObject(this, "approval")
  }

  get finalize() {
    return subresources.finalize(this)
  }

  evict = (name: string, options?: Request.DeleteOptions) => subresources.evict(this, name, options)

  bind = (name: string, node: string, options?: Request.BindOptions) => subresources.bind(this, name, node, options)

  approve = (name: string, options?: ApprovalOptions) => subresources.decide(this, name, "Approved", options)

  deny = (name: string, options?: ApprovalOptions) => subresources.decide(this, name, "Denied", options)

  createToken = (name: string, options?: Request.TokenOptions) => subresources.createToken(this, name, options)

  logs = (name: string, options?: Request.LogOptions & logging.LineOptions) => logging.lines(this, name, options)

  logBytes = (name: string, options?: Request.LogOptions) => logging.bytes(this, name, options)

  subresource = (subresource: string) => subresources.any(this, subresource)
}
