/** The span of a request, with OpenTelemetry's names for HTTP and Kubernetes. */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import type * as Tracer from "effect/Tracer"
import * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"

/** The server, as spans and metrics name it. */
export interface Host {
  /** With the port where the address names one. */
  readonly host: string
  readonly name: string
  readonly port: number | undefined
}

export const hostOf = (server: string): Host => {
  try {
    const { host, hostname, port, protocol } = new URL(server)
    const standard = protocol === "https:" ? 443 : protocol === "http:" ? 80 : undefined
    return { host: host === "" ? "none" : host, name: hostname, port: port === "" ? standard : Number(port) }
  } catch {
    return { host: "none", name: "none", port: undefined }
  }
}

const options = (request: Request.Request<unknown>, { name: server, port }: Host) => {
  const { group, name, namespace, resource, subresource, verb, version } = request.info
  return {
    kind: "client" as const,
    captureStackTrace: false,
    attributes: {
      "k8s.verb": verb,
      "k8s.group": group,
      "k8s.version": version,
      "k8s.resource": subresource === undefined ? resource : `${resource}/${subresource}`,
      ...(namespace === undefined ? undefined : { "k8s.namespace.name": namespace }),
      ...(name === undefined ? undefined : { "k8s.object.name": name }),
      "http.request.method": request.method,
      "server.address": server,
      ...(port === undefined ? undefined : { "server.port": port })
    }
  }
}

/** Runs a request in a span of its own; without one where tracing is off, for it costs as much as a small request. */
export const traced = <A, E, R>(
  request: Request.Request<unknown>,
  host: Host,
  isOn: boolean,
  run: (span: Tracer.Span | undefined) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) => {
    if (!isOn || !fiber.getFiberRef(FiberRef.currentTracerEnabled)) return run(undefined)
    return Effect.useSpan(`kube.${request.info.verb} ${request.info.kind}`, options(request, host), (span) =>
      // `withParentSpan` takes the span out of what an effect needs; ours never ask for one.
      Effect.withParentSpan(
        Effect.tapError(run(span), (error) => Effect.sync(() => failedWith(span, error))),
        span
      ) as Effect.Effect<A, E, R>)
  })

/** How often the request was sent, and what was answered at last. */
export const answered = (span: Tracer.Span, status: number, attempt: number): void => {
  span.attribute("http.response.status_code", status)
  if (attempt > 1) span.attribute("http.request.resend_count", attempt - 1)
}

const failedWith = (span: Tracer.Span, error: unknown): void => {
  if (KubeError.is(error)) span.attribute("error.type", error._tag)
}
