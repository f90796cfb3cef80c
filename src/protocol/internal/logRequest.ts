/** The request for the log of a container: its options, and how they go into the query. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as KubeError from "../KubeError.js"
import type * as Request from "../Request.js"
import * as Timestamp from "../Timestamp.js"
import { ownErrors } from "./operationErrors.js"
import { build, refuse } from "./requestBuilding.js"
import type { Query } from "./requestOptions.js"

/** Which part of which log. The server refuses what makes no sense, such as a negative `tailLines`, with `KubeInvalid`. */
export interface LogOptions {
  /** Default: the Pod's only container. Where it has several, the server refuses and names them. */
  readonly container?: string | undefined
  /** Go on until the container ends, its log is rotated away, or the stream is closed. Default false. */
  readonly follow?: boolean | undefined
  /** The log of the container's run before this one. Default false. */
  readonly previous?: boolean | undefined
  /** Only what was written in so long a time up to now; whole seconds. */
  readonly since?: Duration.DurationInput | undefined
  /** Only what was written from this time on; whole seconds. Not together with `since`. */
  readonly sinceTime?: Timestamp.Input | undefined
  /** Only so many lines from the end. Default: all. */
  readonly tailLines?: number | undefined
  /** End after about so many bytes; the last line may be cut. */
  readonly limitBytes?: number | undefined
  /** Each line begins with its time. Default false. */
  readonly timestamps?: boolean | undefined
  /** Of both outputs of the container only one. Needs the server's feature gate `PodLogsQuerySplitStreams`, and goes not together with `tailLines`. Default `All`. */
  readonly stream?: "All" | "Stdout" | "Stderr" | undefined
  /** The API server need not verify who the kubelet is that it asks: for clusters whose kubelets have no proper certificates. Default false. */
  readonly insecureSkipTlsVerifyBackend?: boolean | undefined
}

const flag = (value: boolean | undefined): string | undefined => value === true ? "true" : undefined

const count = (value: number | undefined): string | undefined => value === undefined ? undefined : String(value)

const query = (options: LogOptions | undefined, sinceTime: string | undefined): Query => [
  ["container", options?.container],
  ["follow", flag(options?.follow)],
  ["previous", flag(options?.previous)],
  ["sinceSeconds", count(options?.since === undefined ? undefined : Math.ceil(Duration.toSeconds(options.since)))],
  ["sinceTime", sinceTime],
  ["tailLines", count(options?.tailLines)],
  ["limitBytes", count(options?.limitBytes)],
  ["timestamps", flag(options?.timestamps)],
  ["stream", options?.stream],
  ["insecureSkipTLSVerifyBackend", flag(options?.insecureSkipTlsVerifyBackend)]
]

export const logs = (
  target: Request.Target,
  where: Request.Named,
  options?: LogOptions
): Effect.Effect<Request.Request<KubeError.NotFound | KubeError.Invalid>, KubeError.StatusError> => {
  const request = (sinceTime: string | undefined) =>
    Effect.map(
      build(target, where, {
        verb: "get",
        method: "GET",
        name: where.name,
        subresource: "log",
        query: query(options, sinceTime),
        kind: "stream"
      }, ownErrors.log),
      // The log is text, a refusal is JSON.
      (request) => ({ ...request, accept: "*/*" })
    )
  const { sinceTime } = options ?? {}
  if (sinceTime === undefined) return request(undefined)
  return Effect.matchEffect(Effect.map(Timestamp.parse(sinceTime), Timestamp.print), {
    onFailure: ({ expected }) =>
      Effect.flatMap(request(undefined), ({ info }) => Effect.fail(refuse(info, "sinceTime", `must be ${expected}`))),
    onSuccess: request
  })
}
