/** Credentials in files that rotate: a token, and PEM files. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Credential, Presented } from "../../KubeClient.js"
import type * as KubeConfig from "../../KubeConfig.js"
import { within } from "../deadline.js"
import * as header from "./header.js"
import * as renewal from "./renewal.js"

/** Half of what lies between kubelet's renewal of a token and its end (client-go's transport/token_source.go), less the leeway of 10 s. */
const freshMillis = 60_000 - 10_000

/** Of PEM files; a certificate is renewed hours before its end. */
const pemMillis = 60_000

/** A file that is none, such as a pipe that nobody writes to, must not hold a request. */
const readDeadline = Duration.seconds(10)

const read = (fs: FileSystem.FileSystem, path: string): Effect.Effect<string, string> =>
  fs.readFileString(path).pipe(
    Effect.mapError((error) =>
      `cannot read ${path}: ${
        error._tag === "SystemError" && error.reason === "NotFound"
          ? "no such file"
          : error._tag === "SystemError" && error.reason === "PermissionDenied"
          ? "permission denied"
          : "it cannot be opened"
      }`
    ),
    within(readDeadline, () => `cannot read ${path}: it did not end within ${Duration.format(readDeadline)}`)
  )

/** client-go's rule: read again after a minute and after a 401; a read that fails or finds nothing keeps the token before. */
export const tokenFile = (
  path: string,
  fallback: Presented | undefined
): Effect.Effect<Credential, never, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const token = Effect.flatMap(read(fs, path), (text) => {
      const presented = header.bearer(text.trim())
      return typeof presented === "string" ? Effect.fail(`${path}: ${presented}`) : Effect.succeed(presented)
    })
    const renewed = yield* renewal.make<Presented>({
      what: `the token of ${path}`,
      // A file that could not be read is tried again at the next request.
      pause: 0,
      make: (before) =>
        Effect.gen(function*() {
          const usableUntil = Number.POSITIVE_INFINITY
          const next = yield* before === undefined && fallback !== undefined
            ? Effect.orElseSucceed(token, () => undefined)
            : token
          const now = yield* Clock.currentTimeMillis
          if (next === undefined) return { value: fallback!, freshUntil: now, usableUntil }
          const value = before !== undefined && header.same(before, next) ? before : next
          return { value, freshUntil: now + freshMillis, usableUntil }
        })
    })
    return { presented: renewed.current, refresh: renewed.refresh }
  })

/** PEM that TLS connections are made with. */
export interface Material {
  readonly certificateAuthority?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: Redacted.Redacted<string> | undefined
}

const keyOf = ({ key }: Material): string | undefined => key === undefined ? undefined : Redacted.value(key)

export const sameMaterial = (one: Material, two: Material): boolean =>
  one.certificateAuthority === two.certificateAuthority && one.certificate === two.certificate &&
  keyOf(one) === keyOf(two)

type Pem = string | Redacted.Redacted<string> | KubeConfig.PemFile | undefined

const isFile = (pem: Pem): pem is KubeConfig.PemFile =>
  typeof pem === "object" && !Redacted.isRedacted(pem) && "file" in pem

/** Whether anything of a connection's TLS is in files. */
export const hasFiles = ({ certificateAuthority, identity: { certificate } }: KubeConfig.Connection): boolean =>
  isFile(certificateAuthority) || isFile(certificate?.certificate) || isFile(certificate?.key)

/** What a connection's TLS is made with now. */
export const readMaterial = (
  { certificateAuthority, identity: { certificate } }: KubeConfig.Connection
): Effect.Effect<Material, string, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => {
    const pem = (value: string | KubeConfig.PemFile | undefined) =>
      isFile(value) ? read(fs, value.file) : Effect.succeed(value)
    const secret = (value: Redacted.Redacted<string> | KubeConfig.PemFile | undefined) =>
      isFile(value) ? Effect.map(read(fs, value.file), Redacted.make) : Effect.succeed(value)
    return Effect.all({
      certificateAuthority: pem(certificateAuthority),
      certificate: pem(certificate?.certificate),
      key: secret(certificate?.key)
    })
  })

/**
 * The material of a connection, read again as it rotates. It is read when a request is made and the last read is a
 * minute old, and not by a fiber of its own: who asks nothing reads nothing, and no request is sent with material that is
 * older than that. What changed is given to `use` before the request is sent; a half of a pair that does not fit the
 * other, because a rotation is under way, is refused by it and tried again at the next request.
 */
export const material = (
  connection: KubeConfig.Connection,
  initial: Material,
  use: (next: Material) => Effect.Effect<void, string>
): Effect.Effect<renewal.Renewal<Material>, never, FileSystem.FileSystem | Scope.Scope> =>
  Effect.flatMap(Effect.zip(FileSystem.FileSystem, Clock.currentTimeMillis), ([fs, start]) =>
    renewal.make<Material>({
      what: "the files with certificates",
      initial: { value: initial, freshUntil: start + pemMillis, usableUntil: Number.POSITIVE_INFINITY },
      pause: 0,
      make: (before) =>
        Effect.gen(function*() {
          const next = yield* Effect.provideService(readMaterial(connection), FileSystem.FileSystem, fs)
          const now = yield* Clock.currentTimeMillis
          const unchanged = before !== undefined && sameMaterial(before, next)
          if (!unchanged) yield* use(next)
          return {
            value: unchanged ? before : next,
            freshUntil: now + pemMillis,
            usableUntil: Number.POSITIVE_INFINITY
          }
        })
    }))
