/** Writing to kubeconfig files: under kubectl's lock, in one step, in the place and the way in which they are. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { dump } from "js-yaml"
import { copy, equal, isObject, type JsonObject, setKey } from "../../protocol/internal/json.js"
import type { Modified, ModifyOptions } from "../KubeConfig.js"
import { editText } from "./kubeconfigEdit.js"
import { type KubeConfigError, problem } from "./kubeConfigError.js"
import { decodeText, type Encoding, encodingOf, parse, readBytes, readIfThere, readTree } from "./kubeconfigFile.js"
import type { Env } from "./kubeconfigIdentity.js"
import { merge, type Merged } from "./kubeconfigMerge.js"
import { defaultFiles } from "./kubeconfigSources.js"

/** Another program that writes is done soon; one that died leaves its lock behind. */
const lockSchedule = Schedule.intersect(Schedule.spaced("100 millis"), Schedule.recurs(20))

/** kubectl's lock: a file beside the file, that must not be there. */
const lock = (file: string): Effect.Effect<void, KubeConfigError, Scope.Scope | FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => {
    const path = `${file}.lock`
    const make = Effect.mapError(
      fs.writeFile(path, new Uint8Array(), { flag: "wx", mode: 0o600 }),
      (error) => ({ isTaken: error._tag === "SystemError" && error.reason === "AlreadyExists" })
    )
    return Effect.acquireRelease(make, () => Effect.ignore(fs.remove(path))).pipe(
      Effect.retry({ schedule: lockSchedule, while: ({ isTaken }) => isTaken }),
      Effect.mapError(({ isTaken }) =>
        problem(
          file,
          "",
          isTaken
            ? `another program is writing to it; if none is, remove ${path}`
            : `cannot be written: ${path} cannot be made`
        )
      )
    )
  })

/** Which files are meant, and which of them exist. */
const filesOf = (options: ModifyOptions | undefined): Effect.Effect<ReadonlyArray<string>, KubeConfigError, Env> =>
  Effect.flatMap(
    options?.kubeconfig === undefined ? defaultFiles : Effect.succeed([options.kubeconfig]),
    (files) =>
      files.length > 0
        ? Effect.succeed(files)
        : problem("kubeconfig", "", "no such file; set KUBECONFIG, or name a file")
  )

const readAll = (files: ReadonlyArray<string>): Effect.Effect<Merged, KubeConfigError, Env> =>
  Effect.map(
    Effect.forEach(files, readIfThere),
    (all) => merge(all.filter((file) => file !== undefined))
  )

const encode = (text: string, encoding: Encoding): Uint8Array => {
  if (encoding === "utf-8") return new TextEncoder().encode(text)
  const bytes = new DataView(new ArrayBuffer(text.length * 2))
  for (let index = 0; index < text.length; index++) {
    bytes.setUint16(index * 2, text.charCodeAt(index), encoding === "utf-16le")
  }
  return new Uint8Array(bytes.buffer)
}

/** In one step: a reader finds the file as it was or as it will be. Its mode is kept, its owner as far as that is allowed. */
const replaceFile = (
  file: string,
  bytes: Uint8Array
): Effect.Effect<void, KubeConfigError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    // A link stays a link: what it points to is written.
    const target = yield* fs.realPath(file)
    const info = yield* fs.stat(target)
    yield* fs.access(target, { writable: true })
    const mode = info.mode & 0o777
    const next = `${target}.next`
    yield* fs.remove(next, { force: true })
    yield* Effect.scoped(Effect.gen(function*() {
      const handle = yield* fs.open(next, { flag: "wx", mode })
      yield* handle.writeAll(bytes)
      yield* fs.chmod(next, mode)
      if (info.uid._tag === "Some" && info.gid._tag === "Some") {
        yield* Effect.ignore(fs.chown(next, info.uid.value, info.gid.value))
      }
      yield* handle.sync
    })).pipe(
      Effect.zipRight(fs.rename(next, target)),
      Effect.onError(() => Effect.ignore(fs.remove(next, { force: true })))
    )
  }).pipe(
    Effect.uninterruptible,
    Effect.mapError((error) =>
      problem(
        file,
        "",
        error._tag === "SystemError" && error.reason === "PermissionDenied"
          ? "cannot be written: permission denied"
          : `cannot be written${error._tag === "SystemError" ? `: ${error.reason}` : ""}`
      )
    )
  )

/** YAML that any reader takes for this value: quotes for what 1.1 would read as something else, and if need be for all texts. */
export const writeYaml = (value: unknown): string => {
  const text = dump(value, { lineWidth: -1, noRefs: true })
  const again = readTree(text, "")
  return Either.isRight(again) && equal(again.right.value, value)
    ? text
    : dump(value, { forceQuotes: true, lineWidth: -1, noRefs: true })
}

/** One file, changed: small changes in its text where they can be made, else all of it anew. */
const change = (
  file: string,
  f: (config: JsonObject) => unknown
): Effect.Effect<Modified, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const path = yield* Path.Path
    const bytes = yield* readBytes(file)
    if (bytes === undefined) return yield* problem(file, "", "no such file")
    const text = yield* decodeText(bytes, file)
    const mark = text.startsWith("\uFEFF") ? "\uFEFF" : ""
    const body = text.slice(mark.length)
    const { value } = yield* readTree(body, file)
    if (value !== null && !isObject(value)) return yield* problem(file, "", "expected an object: a kubeconfig")
    const before = value ?? {}
    // The function may change what it is given, or answer something new.
    const after = copy(f(copy(before) as JsonObject))
    if (equal(before, after)) return { file, written: false, keptText: true }
    const edited = editText(body, before, after)
    const next = edited ?? writeYaml(after)
    // What is written must be read again: by us, and so by kubectl.
    const again = parse(next, file, path.dirname(path.resolve(file)))
    if (Either.isLeft(again)) {
      return yield* problem(file, again.left.path, `the change would break the file: ${again.left.problem}`)
    }
    yield* replaceFile(file, encode(mark + next, encodingOf(bytes)))
    return { file, written: true, keptText: edited !== undefined }
  })

/** With all files of the list locked, in one order everywhere, so that two programs never wait for each other. */
const locked = <A>(
  files: ReadonlyArray<string>,
  use: Effect.Effect<A, KubeConfigError, Env>
): Effect.Effect<A, KubeConfigError, Env> =>
  Effect.scoped(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    // A list may name a file in two ways: it is locked once.
    for (const file of [...new Set(files.map((each) => path.resolve(each)))].sort()) {
      // Where there is no folder, there is nothing that could be written to at the same time.
      if (yield* Effect.orElseSucceed(fs.exists(path.dirname(file)), () => false)) yield* lock(file)
    }
    return yield* use
  }))

/** Where kubectl writes what belongs to no entry: the only file, else the first that exists. */
const defaultFile = (files: ReadonlyArray<string>, merged: Merged): string =>
  (files.length === 1 ? files[0] : merged.files[0]?.source) ?? files[files.length - 1]!

export const modify = (
  f: (config: JsonObject) => unknown,
  options: ModifyOptions | undefined
): Effect.Effect<Modified, KubeConfigError, Env> =>
  Effect.flatMap(filesOf(options), (files) =>
    locked(
      files,
      Effect.flatMap(readAll(files), (merged) => change(defaultFile(files, merged), f))
    ))

const noContext = (files: ReadonlyArray<string>, merged: Merged, name: string): KubeConfigError => {
  const names = [...merged.contexts.keys()]
  return problem(
    files.join(", "),
    "contexts",
    `no context ${JSON.stringify(name)}: ${names.length === 0 ? "there are none" : `there are ${names.join(", ")}`}`
  )
}

/** What a list of the file has under a name; made where it is null. */
const entryOf = (config: JsonObject, list: string, field: string, name: string): JsonObject | undefined => {
  const all: ReadonlyArray<unknown> = Array.isArray(config[list]) ? config[list] : []
  const entry = all.filter(isObject).find((each) => (each["name"] ?? "") === name)
  if (entry === undefined) return undefined
  const value = isObject(entry[field]) ? entry[field] : {}
  setKey(entry, field, value)
  return value
}

export const setOpenIdConnectTokens = (
  { file, name }: { readonly file: string; readonly name: string },
  tokens: { readonly idToken: Redacted.Redacted<string>; readonly refreshToken: Redacted.Redacted<string> }
): Effect.Effect<Modified, KubeConfigError, Env> =>
  locked(
    [file],
    Effect.flatMap(readAll([file]), (merged) => {
      const entry = merged.users.get(name)
      if (entry?.value["auth-provider"] === undefined) {
        return problem(
          file,
          entry === undefined ? "users" : `${entry.path}.auth-provider`,
          entry === undefined ? `no user ${JSON.stringify(name)}` : "missing: there is nowhere to keep tokens"
        )
      }
      return change(file, (config) => {
        const provider = entryOf(config, "users", "user", name)?.["auth-provider"]
        if (isObject(provider)) {
          const settings = isObject(provider["config"]) ? provider["config"] : {}
          setKey(settings, "id-token", Redacted.value(tokens.idToken))
          setKey(settings, "refresh-token", Redacted.value(tokens.refreshToken))
          setKey(provider, "config", settings)
        }
        return config
      })
    })
  )

export const setCurrentContext = (
  name: string,
  options: ModifyOptions | undefined
): Effect.Effect<Modified, KubeConfigError, Env> =>
  Effect.flatMap(filesOf(options), (files) =>
    locked(
      files,
      Effect.flatMap(readAll(files), (merged) =>
        merged.contexts.has(name)
          ? change(defaultFile(files, merged), (config) => ({ ...config, "current-context": name }))
          : noContext(files, merged, name))
    ))

export const setNamespace = (
  namespace: string,
  options: (ModifyOptions & { readonly context?: string | undefined }) | undefined
): Effect.Effect<Modified, KubeConfigError, Env> =>
  Effect.flatMap(filesOf(options), (files) =>
    locked(
      files,
      Effect.flatMap(readAll(files), (merged) => {
        const name = options?.context ?? merged.currentContext
        if (name === undefined) return problem(files.join(", "), "current-context", "not set: name a context")
        const entry = merged.contexts.get(name)
        if (entry === undefined) return noContext(files, merged, name)
        return change(entry.file.source, (config) => {
          const context = entryOf(config, "contexts", "context", name)
          if (context !== undefined) setKey(context, "namespace", namespace)
          return config
        })
      })
    ))
