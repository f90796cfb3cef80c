/** What the scenarios about who may do what have in common. */
import * as Effect from "effect/Effect"
import type { Json, RequestOptions, Run } from "./scenario.js"

export const rbac = "rbac.authorization.k8s.io/v1"
export const clusterRoles = `/apis/${rbac}/clusterroles`
export const clusterRoleBindings = `/apis/${rbac}/clusterrolebindings`
export const authorization = "/apis/authorization.k8s.io/v1"
export const authentication = "/apis/authentication.k8s.io/v1"
export const whoami = `${authentication}/selfsubjectreviews`

/** A request of a user, whom the administrator impersonates. */
export const as = (user: string, options: RequestOptions = {}): RequestOptions => ({
  ...options,
  headers: { "impersonate-user": user, ...options.headers }
})
/** A request of the owner of a token; without one, of nobody. */
export const by = (token: string): RequestOptions => ({
  headers: { authorization: token === "" ? "" : `Bearer ${token}` }
})

export const user = (name: string): Json => ({ kind: "User", name })
export const message = (body: Json): Json => body.message ?? body.kind ?? body
export const justStatus = (body: Json): Json => body.status

export interface Grant {
  readonly rules: ReadonlyArray<Json>
  readonly subjects: ReadonlyArray<Json>
}

/** A Role and its binding in the scenario's namespace, made quietly but for what went wrong. */
export const grant = (run: Run, name: string, { rules, subjects }: Grant): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* run.post(run.at("roles", rbac), { metadata: { name }, rules }, {
      show: (body) => body.metadata?.name ?? body
    })
    yield* run.post(run.at("rolebindings", rbac), { metadata: { name }, roleRef: { kind: "Role", name }, subjects }, {
      show: (body) => body.metadata?.name ?? body
    })
  })

/** The same for the whole cluster. Answers how to take it back. */
export const grantEverywhere = (
  run: Run,
  name: string,
  { rules, subjects }: Grant
): Effect.Effect<Effect.Effect<void>> =>
  Effect.gen(function*() {
    yield* run.post(clusterRoles, { metadata: { name }, rules }, { show: (body) => body.metadata?.name ?? body })
    const binding = { metadata: { name }, roleRef: { kind: "ClusterRole", name }, subjects }
    yield* run.post(clusterRoleBindings, binding, { show: (body) => body.metadata?.name ?? body })
    return Effect.gen(function*() {
      yield* run.delete(`${clusterRoleBindings}/${name}`, undefined, { show: justStatus })
      yield* run.delete(`${clusterRoles}/${name}`, undefined, { show: justStatus })
    })
  })

/** A real server hears of roles a moment after they are written. */
export const untilAllowed = (run: Run, path: string, options: RequestOptions) =>
  run.until(path, ({ status }) => status !== 403, { show: (body) => body.kind, ...options })
export const untilRefused = (run: Run, path: string, options: RequestOptions) =>
  run.until(path, ({ status }) => status === 403, options)

export const read = ["get", "list", "watch"]
