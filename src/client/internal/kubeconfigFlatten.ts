/** A kubeconfig that needs no other file: what `kubectl config view --flatten` prints. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { type KubeConfigError, problem } from "./kubeConfigError.js"
import type { Env } from "./kubeconfigIdentity.js"
import { printed } from "./kubeconfigMerge.js"
import type { View } from "./kubeconfigView.js"
import { writeYaml } from "./kubeconfigWrite.js"

/** The view with data in the place of files. Where there is data already, it wins. */
export const flattened = (view: View): Effect.Effect<View, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const data = (file: string, path: string, name: string | undefined) =>
      name === undefined || name === "" ? Effect.succeed(undefined) : Effect.suspend(() => {
        const resolved = paths.resolve(paths.dirname(paths.resolve(file)), name)
        return Effect.mapBoth(fs.readFile(resolved), {
          onFailure: () => problem(file, path, `cannot read ${resolved}`),
          onSuccess: Encoding.encodeBase64
        })
      })
    const clusters = yield* Effect.forEach(view.clusters, (cluster) => {
      const { "certificate-authority": path, "certificate-authority-data": there, ...rest } = cluster
      return Effect.map(
        there
          ? Effect.succeed(there)
          : data(cluster.file, `clusters[name=${cluster.name}].cluster.certificate-authority`, path),
        (content) => content === undefined ? rest : { ...rest, "certificate-authority-data": content }
      )
    })
    const users = yield* Effect.forEach(view.users, (user) =>
      Effect.gen(function*() {
        const {
          "client-certificate": certificatePath,
          "client-certificate-data": certificateThere,
          "client-key": keyPath,
          "client-key-data": keyThere,
          ...rest
        } = user
        const place = `users[name=${user.name}].user`
        const certificate = certificateThere ||
          (yield* data(user.file, `${place}.client-certificate`, certificatePath))
        const hasKey = keyThere !== undefined && Redacted.value(keyThere) !== ""
        const key = hasKey ? Redacted.value(keyThere) : yield* data(user.file, `${place}.client-key`, keyPath)
        return {
          ...rest,
          ...(certificate !== undefined && { "client-certificate-data": certificate }),
          ...(key !== undefined && { "client-key-data": Redacted.make(key) })
        }
      }))
    return { ...view, clusters, users }
  })

/** As text, secrets in plain sight: so the text is one. */
export const flatten = (view: View): Effect.Effect<Redacted.Redacted<string>, KubeConfigError, Env> =>
  Effect.map(flattened(view), (whole) => Redacted.make(writeYaml(printed(whole))))
