/** Rollouts: followed through a watcher of one object, changed by patches. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as KubeError from "../../protocol/KubeError.js"
import * as Patch from "../../protocol/Patch.js"
import type * as Request from "../../protocol/Request.js"
import * as Timestamp from "../../protocol/Timestamp.js"
import type * as Rollout from "../Rollout.js"
import * as Watcher from "../Watcher.js"
import { describeObject, OneObject } from "./oneObject.js"
import { describe, progress, type Workload } from "./rolloutProgress.js"
import { selectName } from "./selectName.js"
import type { Report } from "./wait.js"

type WriteErrors = KubeError.NotFound | KubeError.Conflict | KubeError.Invalid | KubeError.Common

// ------------------------------------------------------------------------------------------------ following

export const status = <K extends Workload, R, F>(
  api: Rollout.Followable<K, R>,
  name: string,
  failed: (workload: string, reason: Rollout.FailureReason, description: string) => F
): Stream.Stream<Rollout.Status<K>, F | KubeError.NotFound | KubeError.Common, R> => {
  const workload = describeObject(api, name)
  const deleted = failed(workload, "Deleted", "it was deleted")

  const look = (uid: string, state: Option.Option<K>): Effect.Effect<Rollout.Status<K>, F> => {
    if (Option.isNone(state) || state.value.metadata.uid !== uid) return Effect.fail(deleted)
    const now = progress(state.value)
    return now._tag === "DeadlineExceeded" || now._tag === "NotRolling"
      ? Effect.fail(failed(workload, now._tag, describe(now)))
      : Effect.succeed({ object: state.value, progress: now })
  }

  return Stream.unwrap(Effect.map(api.get(name), ({ metadata: { uid } }) => {
    const follower = new OneObject<K>()
    const fields = selectName("Rollout.status", api.resource.kind, name)
    return Watcher.watch(api, { fields }).pipe(
      // Who may not watch would wait for ever.
      Watcher.failOn((error) => error._tag === "KubeForbidden" || error._tag === "KubeUnauthorized"),
      Stream.mapError((error) => error as KubeError.Forbidden | KubeError.Unauthorized), // what failOn lets through
      Stream.filterMap((event) => follower.step(event) ? Option.fromNullable(follower.state) : Option.none()),
      Stream.mapEffect((state) => look(uid, state)),
      Stream.changesWith((a, b) => describe(a.progress) === describe(b.progress)),
      Stream.takeUntil((status) => status.progress._tag === "Complete")
    )
  }))
}

export const wait = <K extends Workload, R, E, T>(
  api: Rollout.Followable<K, R>,
  name: string,
  status: Stream.Stream<Rollout.Status<K>, E, R>,
  options: Rollout.WaitOptions | undefined,
  timedOut: (report: Report) => T
): Effect.Effect<K, E | T, R> =>
  Effect.suspend(() => {
    let last: Rollout.Status<K> | undefined
    const timeout = Duration.decode(options?.timeout ?? Duration.infinity)
    return status.pipe(
      Stream.runForEach((status) =>
        Effect.sync(() => {
          last = status
        })
      ),
      // The stream ends with what completes the rollout.
      Effect.map(() => last!.object),
      Effect.timeoutFail({
        duration: timeout,
        onTimeout: () =>
          timedOut({
            waitedOn: describeObject(api, name),
            condition: "its rollout to be complete",
            timeout,
            state: last === undefined ? "nothing is known of it" : describe(last.progress),
            trouble: Option.none()
          })
      })
    )
  })

// ------------------------------------------------------------------------------------------------ changing

/** All workloads have what is patched here, which cannot be told of a type parameter. */
const patch = <K extends Workload, W, R>(
  api: Rollout.Patchable<K, W, R>,
  name: string,
  body: { readonly spec: { readonly [field: string]: unknown } },
  options: Request.PatchOptions | undefined
): Effect.Effect<K, WriteErrors, R> => api.patch(name, Patch.merge<unknown>(body) as Patch.Patch<W>, options)

/** kubectl's. */
const restartedAt = "kubectl.kubernetes.io/restartedAt"

export const restart = <K extends Workload, W, R, P>(
  api: Rollout.Patchable<K, W, R>,
  name: string,
  options: Request.PatchOptions | undefined,
  paused: (workload: string) => P
): Effect.Effect<K, P | WriteErrors, R> =>
  Effect.flatMap(
    api.get(name),
    (object): Effect.Effect<K, P | WriteErrors, R> =>
      object.kind === "Deployment" && object.spec.paused === true
        ? Effect.fail(paused(describeObject(api, name)))
        : Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const annotations = { [restartedAt]: Timestamp.print(new Date(now)) }
          return patch(api, name, { spec: { template: { metadata: { annotations } } } }, options)
        })
  )

export const setPaused = <K extends Workload, W, R>(
  api: Rollout.Patchable<K, W, R>,
  name: string,
  paused: boolean,
  options: Request.PatchOptions | undefined
): Effect.Effect<K, WriteErrors, R> => patch(api, name, { spec: { paused: paused ? true : null } }, options)
