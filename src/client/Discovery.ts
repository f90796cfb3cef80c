/**
 * What a server serves: its groups, versions and kinds, and its own version. A kind is found by the names that kubectl
 * takes, and becomes a resource with the scope, the verbs and the subresources that it has on this server.
 *
 * ```ts
 * import { Api, Discovery } from "effect-kube"
 * import { Effect } from "effect"
 *
 * const names = Effect.gen(function*() {
 *   const deployments = Api.dynamic(yield* Discovery.resolve("deploy"), "default")
 *   const { items } = yield* deployments.list()
 *   return items.map((item) => item.metadata.name)
 * })
 * ```
 *
 * The server is asked once a client. It is asked again, with the ETags of what is known, when that is older than
 * `timeToLive`, and when a name is not found, so that a definition installed a moment ago is found too: once for all who
 * ask at that moment, and at most five times in five seconds. A server needs up to some seconds until it lists a new
 * definition.
 *
 * Groups that the server cannot tell now, as of an aggregated API that is down, are values: `Snapshot.failures`.
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as KubeError from "../protocol/KubeError.js"
import type * as Resource from "../protocol/Resource.js"
import * as cache from "./internal/discoveryCache.js"
import * as names from "./internal/discoveryNames.js"
import * as version from "./internal/serverVersion.js"
import { KubeClient, type Service as Client } from "./KubeClient.js"

// ------------------------------------------------------------------------------------------------ what is served

/** A subresource of a kind: `pods/log`. */
export interface Subresource {
  /** The last part of its path: `log`. */
  readonly name: string
  /** Of what form the objects are that it takes and gives: the Scale of Deployments is one of `autoscaling/v1`. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
  readonly verbs: ReadonlyArray<string>
}

/** A resource that discovery found. Its type has the operations that most kinds have; `abilities` are those that it has. */
export interface Discovered
  extends Resource.DynamicResource<Resource.ResourceScope, Resource.Verb | "status" | "scale">
{}

/** A kind in one version. */
export interface Kind {
  /** The empty text for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly scope: Resource.ResourceScope
  readonly verbs: ReadonlyArray<string>
  readonly shortNames: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  readonly subresources: ReadonlyArray<Subresource>
  /** The server cannot reach who serves it, and says what it was told last. */
  readonly stale: boolean
  readonly resource: Discovered
}

export interface Version {
  readonly version: string
  readonly stale: boolean
  readonly kinds: ReadonlyArray<Kind>
}

export interface Group {
  /** The empty text for the core group. */
  readonly name: string
  /** In the server's order. */
  readonly versions: ReadonlyArray<Version>
  /** Undefined where the server can tell nothing of the group now. */
  readonly preferredVersion: string | undefined
}

/** A version of a group that the server could not tell. */
export interface Failure {
  readonly group: string
  readonly version: string
  /** `Stale`: the server says itself that what it knows is old. `Failed`: it refused to tell. */
  readonly reason: "Stale" | "Failed"
  readonly error: KubeError.Common | undefined
}

/** What a server served when it was asked. */
export interface Snapshot {
  /** In the server's order: the core group, the built-in ones, and those of definitions and aggregated APIs. */
  readonly groups: ReadonlyArray<Group>
  /** All kinds in all versions in the order in which a name finds them: of each group the preferred version first. */
  readonly kinds: ReadonlyArray<Kind>
  /** Empty where everything could be told. */
  readonly failures: ReadonlyArray<Failure>
  /** When the server was asked; milliseconds since 1970. */
  readonly at: number
}

/** The version of a server. */
export interface ServerVersion {
  readonly major: number
  /** Also of managed servers, which call theirs `33+`. */
  readonly minor: number
  /** `v1.37.2`, or with what a distribution appends: `v1.37.2-gke.100`. */
  readonly gitVersion: string
  readonly gitCommit: string | undefined
  readonly buildDate: string | undefined
  /** `linux/amd64` */
  readonly platform: string | undefined
}

// ------------------------------------------------------------------------------------------------ names and errors

/**
 * How a kind is asked for. A text as kubectl takes it: plural, singular, short name or kind (`deployments`, `deploy`,
 * `Deployment`), with the group (`deployments.apps`; its beginning is enough) or with version and group
 * (`deploy.v1.apps`, `pods.v1.`). Or as references name it.
 */
export type Name = string | { readonly apiVersion: string; readonly kind: string }

const spell = (name: Name): string =>
  typeof name === "string"
    ? JSON.stringify(name.length > 253 ? `${name.slice(0, 253)}…` : name)
    : `${name.kind} of ${name.apiVersion}`

const listed = (failures: ReadonlyArray<Failure>): string => {
  if (failures.length === 0) return ""
  const all = failures.map(({ error, group, reason, version }) =>
    `${group === "" ? "" : `${group}/`}${version} (${error === undefined ? reason.toLowerCase() : error.message})`
  )
  return `; what these serve is not known now: ${all.join(", ")}`
}

/** The server has no kind of this name. */
export class UnknownKind extends Data.TaggedError("KubeUnknownKind")<{
  readonly name: Name
  /** Names close to it that the server knows, in full: `deployments.v1.apps`. */
  readonly candidates: ReadonlyArray<string>
  /** The kind may be one of these. */
  readonly failures: ReadonlyArray<Failure>
}> {
  override get message(): string {
    const meant = this.candidates.length === 0 ? "" : `; did you mean ${this.candidates.join(", ")}?`
    return `the server has no kind ${spell(this.name)}${meant}${listed(this.failures)}`
  }
}

/** The name can mean several kinds, and nothing puts one before the others. */
export class AmbiguousKind extends Data.TaggedError("KubeAmbiguousKind")<{
  readonly name: Name
  /** Names in full that mean one each: `deployments.v1.apps`. */
  readonly candidates: ReadonlyArray<string>
}> {
  override get message(): string {
    return `${spell(this.name)} can mean ${this.candidates.join(", ")}: say which`
  }
}

/** What asking for a kind can meet. */
export type ResolveError = UnknownKind | AmbiguousKind | KubeError.Common

// ------------------------------------------------------------------------------------------------ options

export interface Options {
  /** How old what is known may be. Default: 10 minutes. */
  readonly timeToLive?: Duration.DurationInput | undefined
}

/** What {@link supports} looks for. */
export interface Target {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
}

/** The functions of this module for one client, with nothing left to provide. */
export interface Service {
  readonly snapshot: Effect.Effect<Snapshot, KubeError.Common>
  readonly refresh: Effect.Effect<Snapshot, KubeError.Common>
  readonly find: (name: Name) => Effect.Effect<Kind, ResolveError>
  readonly resolve: (name: Name) => Effect.Effect<Discovered, ResolveError>
  readonly resolveAll: (names: string) => Effect.Effect<ReadonlyArray<Discovered>, ResolveError>
  readonly preferred: Effect.Effect<ReadonlyArray<Kind>, KubeError.Common>
  readonly supports: (resource: Target) => Effect.Effect<boolean, UnknownKind | KubeError.Common>
  readonly serverVersion: Effect.Effect<ServerVersion, KubeError.Common>
}

// ------------------------------------------------------------------------------------------------ one client

/** Looks in what is known, and where nothing is found in what the server says now. */
const look = <A>(
  client: Client,
  timeToLive: number,
  find: (snapshot: Snapshot) => A | undefined
): Effect.Effect<{ readonly found: A | undefined; readonly in: Snapshot }, KubeError.Common> =>
  Effect.flatMap(cache.current(client, timeToLive), (known) => {
    const found = find(known.snapshot)
    if (found !== undefined) return Effect.succeed({ found, in: known.snapshot })
    return Effect.map(cache.afterMiss(client, known), (newer) =>
      newer === undefined
        ? { found: undefined, in: known.snapshot }
        : { found: find(newer), in: newer })
  })

const unknown = (name: Name, { failures, kinds }: Snapshot): UnknownKind =>
  new UnknownKind({ name, candidates: names.similar(kinds, name), failures })

const of = (client: Client, options: Options | undefined): Service => {
  const timeToLive = Duration.toMillis(options?.timeToLive ?? "10 minutes")
  const snapshot = Effect.map(cache.current(client, timeToLive), (known) => known.snapshot)

  const find = (name: Name): Effect.Effect<Kind, ResolveError> =>
    Effect.flatMap(
      look(client, timeToLive, ({ kinds }) => {
        const all = names.matches(kinds, name)
        return all.length === 0 ? undefined : all
      }),
      ({ found, in: looked }): Effect.Effect<Kind, ResolveError> => {
        if (found === undefined) return Effect.fail(unknown(name, looked))
        const [only] = found
        return found.length === 1 && only !== undefined
          ? Effect.succeed(only)
          : Effect.fail(new AmbiguousKind({ name, candidates: found.map(names.fullName) }))
      }
    )

  /** A category stands for its kinds; anything else is the name of one. */
  const findAll = (name: string): Effect.Effect<ReadonlyArray<Kind>, ResolveError> =>
    Effect.flatMap(snapshot, ({ kinds }) => {
      const members = names.inCategory(kinds, name)
      if (members.length > 0) return Effect.succeed(members)
      return Effect.catchTag(
        Effect.map(find(name), (kind) => [kind]),
        "KubeUnknownKind",
        // The category may have come with what was asked for a moment ago.
        (error) =>
          Effect.flatMap(snapshot, (newer) => {
            const late = names.inCategory(newer.kinds, name)
            return late.length > 0 ? Effect.succeed(late) : Effect.fail(error)
          })
      )
    })

  return {
    snapshot,
    refresh: cache.refresh(client),
    find,
    resolve: (name) => Effect.map(find(name), (kind) => kind.resource),
    resolveAll: (text) =>
      Effect.map(
        Effect.forEach(text.split(",").map((name) => name.trim()).filter((name) => name !== ""), findAll),
        (all) => [...new Set(all.flat().map((kind) => kind.resource))]
      ),
    preferred: Effect.map(snapshot, ({ kinds }) => names.preferred(kinds)),
    supports: ({ group, kind, plural, version: wanted }) =>
      Effect.flatMap(
        look(client, timeToLive, ({ kinds }) =>
          kinds.find((each) =>
            each.group === group && each.version === wanted && each.plural === plural && each.kind === kind
          )),
        ({ found, in: looked }) => {
          const isUntold = found === undefined &&
            looked.failures.some((failure) =>
              failure.group === group && failure.version === wanted
            )
          return isUntold
            ? Effect.fail(unknown({ apiVersion: group === "" ? wanted : `${group}/${wanted}`, kind }, looked))
            : Effect.succeed(found !== undefined)
        }
      ),
    serverVersion: version.serverVersion(client)
  }
}

/** The functions of this module for the client that is there, with nothing left to provide: for services, and for two clusters at once. */
export const make = (options?: Options): Effect.Effect<Service, never, KubeClient> =>
  Effect.map(KubeClient, (client) => of(client, options))

const using = <A, E>(options: Options | undefined, use: (service: Service) => Effect.Effect<A, E>) =>
  Effect.flatMap(KubeClient, (client) => use(of(client, options)))

// ------------------------------------------------------------------------------------------------ the client of the context

/** What the server serves. */
export const snapshot = (options?: Options): Effect.Effect<Snapshot, KubeError.Common, KubeClient> =>
  using(options, (service) => service.snapshot)

/** Asks the server now, with the ETags of what is known. */
export const refresh: Effect.Effect<Snapshot, KubeError.Common, KubeClient> = using(
  undefined,
  (service) => service.refresh
)

/** What the server says of a kind. */
export const find = (name: Name, options?: Options): Effect.Effect<Kind, ResolveError, KubeClient> =>
  using(options, (service) => service.find(name))

/**
 * The resource that a name means, as kubectl finds it: the core group before others, the server's order of groups, and
 * the preferred version, or the first that has the kind. Other than kubectl, a short name keeps the version that stands
 * behind it: `hpa.v1.autoscaling` is `autoscaling/v1`. A stale kind is found where nothing else has the name.
 */
export const resolve = (name: Name, options?: Options): Effect.Effect<Discovered, ResolveError, KubeClient> =>
  using(options, (service) => service.resolve(name))

/** The resources that names parted by commas mean, each once; a category stands for all of its kinds: `all`, `pods,svc`. */
export const resolveAll = (
  names: string,
  options?: Options
): Effect.Effect<ReadonlyArray<Discovered>, ResolveError, KubeClient> =>
  using(options, (service) => service.resolveAll(names))

/** Every kind in the version that its group prefers, or in the first that has it: what `kubectl api-resources` shows. */
export const preferred = (options?: Options): Effect.Effect<ReadonlyArray<Kind>, KubeError.Common, KubeClient> =>
  using(options, (service) => service.preferred)

/**
 * Whether this server serves a kind in this version. Fails with `UnknownKind` where the server cannot tell it now.
 *
 * ```ts
 * import { Discovery } from "effect-kube"
 * import { DeviceClass } from "effect-kube/kinds/resource/v1"
 *
 * const hasDevices = Discovery.supports(DeviceClass)
 * ```
 */
export const supports = (
  resource: Target,
  options?: Options
): Effect.Effect<boolean, UnknownKind | KubeError.Common, KubeClient> =>
  using(options, (service) => service.supports(resource))

/** The version of the server, asked for once a client. Fails with a `DecodeError` where the server does not say it. */
export const serverVersion: Effect.Effect<ServerVersion, KubeError.Common, KubeClient> = using(
  undefined,
  (service) => service.serverVersion
)
