/** Saturates drafts of every kind, creates them, and keeps what the server serves. */
import process from "node:process"
import type { GroupVersion, Resource, Snapshot } from "../codegen/read.js"
import { draftsOf, statusOf } from "./minimal.js"
import { normalise, withFixedTimes } from "./normalise.js"
import { type Path, printed } from "./paths.js"
import { type Coverage, type Extent, force, makeCoverage, type Refused, saturate } from "./saturate.js"
import type { Answer, Json, Server } from "./server.js"
import { make as makeShapes, type Shapes } from "./shapes.js"
import { fill, type World } from "./trial.js"

/** One object, as test/kinds/corpus/README.md tells. */
export interface Entry {
  readonly draft: Json
  readonly status?: Json
  readonly served: Json
  readonly deleting?: Json
}

interface Target {
  readonly groupVersion: GroupVersion
  readonly resource: Resource
  readonly structName: string
}

/** Subresources by which fields are set that a plain create does not take: where, and from which path on. */
const stages: { readonly [resource: string]: ReadonlyArray<readonly [subresource: string, from: Path]> } = {
  "/pods": [["ephemeralcontainers", ["spec", "ephemeralContainers"]]],
  "certificates.k8s.io/certificatesigningrequests": [["approval", ["status", "conditions"]]]
}

/** As many objects of one kind, at most. */
const objects = 40

export const recordAll = async (
  server: Server,
  snapshot: Snapshot,
  only: ReadonlyArray<string> | undefined
): Promise<ReadonlyMap<string, string>> => {
  const shapes = makeShapes(snapshot)
  const coverage = makeCoverage(shapes)
  const names = kindNames(snapshot)
  const files = new Map<string, string>()
  const report: Json = {}
  let number = 0
  for (const groupVersion of snapshot.groupVersions) {
    for (const resource of groupVersion.resources) {
      // A Binding is answered by a Status: it binds a Pod.
      if (!resource.verbs.includes("create") || resource.kind === "Binding") continue
      if (only !== undefined && !only.includes(resource.kind)) continue
      const { group, version } = groupVersion
      const structName = names.get(`${group}/${version}/${resource.kind}`)
      if (structName === undefined) throw new Error(`no schema of ${group}/${version} ${resource.kind}`)
      const began = performance.now()
      const recorder = recorderOf(server, shapes, coverage, { groupVersion, resource, structName }, () => ++number)
      const { asked, entries, left } = await recorder().catch((error) => {
        console.error(`${group}/${version} ${resource.kind}: ${error}`)
        process.exitCode = 1
        return { asked: 0, entries: [], left: {} }
      })
      const file = `${folderOf(group)}_${version}_${resource.kind}.json`
      if (entries.length > 0) files.set(file, `${JSON.stringify(entries, undefined, 1)}\n`)
      const all = [...shapes.reachable(shapes.struct(structName))]
      const missing = all.filter((id) => !coverage.has(id))
      report[file.slice(0, -".json".length)] = left
      console.log(
        `${file}: ${entries.length} objects, ${all.length - missing.length} of ${all.length} fields, ` +
          `${asked} requests, ${Math.round((performance.now() - began) / 100) / 10} s`
      )
    }
  }
  files.set("report.json", `${JSON.stringify(report, undefined, 1)}\n`)
  return files
}

/** As the folders of src/kinds are called. */
const folderOf = (group: string): string =>
  group === "" ? "core" : group === "internal.apiserver.k8s.io" ? "apiserverinternal" : group.split(".")[0]!

/** The full names of schemas by group, version and kind: `apps/v1/Deployment`. */
const kindNames = (snapshot: Snapshot): ReadonlyMap<string, string> =>
  new Map(
    [...snapshot.schemas].flatMap(([name, schema]) =>
      (schema["x-kubernetes-group-version-kind"] ?? []).map(({ group, kind, version }) =>
        [`${group}/${version}/${kind}`, name] as const
      )
    )
  )

const recorderOf = (
  server: Server,
  shapes: Shapes,
  coverage: Coverage,
  { groupVersion, resource, structName }: Target,
  next: () => number
) => {
  const { group, version } = groupVersion
  const all = `${group === "" ? "/api" : `/apis/${group}`}/${version}${
    resource.namespaced ? "/namespaces/corpus" : ""
  }/${resource.plural}`
  const kept = resource.verbs.includes("get")
  const root = shapes.struct(structName)
  let asked = 0
  const ask = (
    method: string,
    path: string,
    body?: unknown
  ): Promise<Answer> => (asked++, server.ask(method, path, body))
  const strict = "dryRun=All&fieldValidation=Strict"
  const creating: World = {
    shapes,
    coverage,
    root,
    judge: (draft) => ask("POST", `${all}?${strict}`, draft)
  }
  const own = (draft: Json): string => `${all}/${draft["metadata"].name}`
  const subresources = resource.subresources.filter(({ verbs }) => verbs.includes("update")).map(({ name }) => name)
  const updates: ReadonlyArray<readonly [string, Path]> = [
    ...stages[`${group}/${resource.plural}`] ?? [],
    ...(subresources.includes("status") ? [["status", ["status"]] as const] : [])
  ]

  const must = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await ask(method, path, body)
    if (answer.code >= 300) throw new Error(`${method} ${path}: ${answer.code} ${answer.body["message"]}`)
    return answer.body
  }

  /** What the server itself goes on to write comes to rest. */
  const settled = async (path: string): Promise<Json> => {
    const restless = /CustomResourceDefinition|APIService|FlowSchema|PriorityLevel|ServiceCIDR/.test(resource.kind)
    let object = await must("GET", path)
    for (let quiet = 0; restless && quiet < 8; quiet++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      const again = await must("GET", path)
      if (again["metadata"].resourceVersion !== object["metadata"].resourceVersion) quiet = 0
      object = again
    }
    return object
  }

  const remove = async (path: string): Promise<void> => {
    await ask("PATCH", path, { metadata: { finalizers: null } })
    await ask("DELETE", path, { gracePeriodSeconds: 0, propagationPolicy: "Background" })
    for (let tries = 0; tries < 100; tries++) {
      const { body, code } = await ask("GET", path)
      if (code === 404 || body["kind"] === "Namespace") return
      await ask("PATCH", path, { metadata: { finalizers: null } })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`${path} does not go away`)
  }

  const skip = (path: Path): boolean =>
    path.length === 1 ?
      ["apiVersion", "kind", "status", ...(kept ? [] : ["metadata"])].includes(String(path[0])) :
      path.length === 2 &&
      path[0] === "metadata" && !["labels", "annotations", "finalizers", "ownerReferences"].includes(String(path[1]))

  const minimal = async (): Promise<ReadonlyArray<Json>> => {
    const all: Array<Json> = []
    for (const draft of draftsOf({ group, version, kind: resource.kind, namespaced: resource.namespaced })) {
      const outcome = await fill(creating, draft, [])
      if (!outcome.taken) throw new Error(`${group}/${version} ${resource.kind}: no draft is taken: ${outcome.reason}`)
      all.push(outcome.draft)
    }
    return all
  }

  /** Creates the draft for good, lets `update` set what subresources set, and keeps what is served then. */
  const record = async (
    draft: Json,
    refused: Array<Refused>,
    extent: Extent | undefined,
    forced?: Path
  ): Promise<Entry | undefined> => {
    if (!kept) {
      const answered = await ask("POST", all, draft)
      if (answered.code >= 300) {
        return (refused.push({ id: "", path: [], reason: String(answered.body["message"]) }), undefined)
      }
      coverage.scan(root, answered.body)
      return { draft, served: normalise(withFixedTimes(answered.body, new Date()) as Json, next()) }
    }
    const path = own(draft)
    const made = await ask("POST", all, draft)
    if (made.code >= 300) {
      // Some checks are only made when something is really created.
      console.warn(`${resource.kind}: ${made.body["message"]}`)
      return undefined
    }
    let object = await settled(path)
    let status: Json | undefined
    let useful = forced === undefined
    for (const [subresource, from] of extent === undefined ? [] : updates) {
      if (forced !== undefined && forced[0] !== from[0]) continue
      const world: World = { ...creating, judge: (changed) => ask("PUT", `${path}/${subresource}?${strict}`, changed) }
      let base = object
      if (base[from[0]!] === undefined) base = { ...base, [from[0]!]: {} }
      if (forced !== undefined) {
        const outcome = await force(world, base, forced)
        if (!outcome.taken) {
          refused.push({ id: "", path: forced, reason: outcome.reason })
          continue
        }
        base = outcome.draft
        useful = true
      } else if (subresource === "status") {
        const before = statusOf({ group, version, kind: resource.kind, namespaced: resource.namespaced })
        const begun = { ...base, status: { ...base["status"], ...before } }
        const judged = await world.judge(begun)
        if (judged.code < 300) base = begun
        else if (!("replicas" in before)) console.warn(`${resource.kind}: ${judged.body["message"]}`)
      } else {
        const outcome = await fill(world, base, from)
        if (!outcome.taken) {
          refused.push({ id: "", path: from, reason: outcome.reason })
          continue
        }
        base = outcome.draft
      }
      const saturated = await saturate(world, base, from, extent ?? "wanted")
      refused.push(...saturated.refused)
      const answer = await ask("PUT", `${path}/${subresource}`, saturated.draft)
      if (answer.code >= 300) throw new Error(`PUT ${path}/${subresource}: ${answer.body["message"]}`)
      status = saturated.draft[from[0]!]
      object = await settled(path)
    }
    const unknown = coverage.scan(root, object)
    if (unknown.length > 0) console.warn(`${resource.kind}: the documents do not know ${unknown.join(", ")}`)
    let deleting: Json | undefined
    if (object["metadata"].finalizers !== undefined) {
      await ask("DELETE", path)
      deleting = await must("GET", path)
      coverage.scan(root, deleting)
    }
    await remove(path)
    if (!useful) return undefined
    const fixed = (value: Json): Json => withFixedTimes(value, new Date()) as Json
    const number = next()
    return {
      draft,
      ...(status === undefined ? {} : { status: fixed(status) }),
      served: normalise(fixed(object), number),
      ...(deleting === undefined ? {} : { deleting: normalise(fixed(deleting), number) })
    }
  }

  return async (): Promise<{ readonly entries: ReadonlyArray<Entry>; readonly left: Json; readonly asked: number }> => {
    const bases = await minimal()
    const base = bases[0]!
    const entries: Array<Entry> = []
    const refused: Array<Refused> = []
    const keep = (entry: Entry | undefined): void => void (entry === undefined || entries.push(entry))
    const first = await saturate(creating, base, [], "all", skip)
    refused.push(...first.refused)
    keep(await record(first.draft, refused, "all"))
    for (const other of bases.slice(1)) {
      const more = await saturate(creating, other, [], "wanted", skip)
      refused.push(...more.refused)
      keep(await record(more.draft, refused, "wanted"))
    }

    // What the first object has no room for gets objects of its own.
    const tried = new Set<string>()
    for (;;) {
      const target = refused.map(({ id, path }) => ({ id, path: path.map((key) => typeof key === "number" ? 0 : key) }))
        .find(({ id, path }) => id !== "" && !coverage.has(id) && !tried.has(`${id} ${printed(path)}`))
      if (target === undefined || entries.length >= objects) break
      const { path } = target
      tried.add(`${target.id} ${printed(path)}`)
      if ([...tried].filter((one) => one.startsWith(`${target.id} `)).length > 2) continue
      if (updates.some(([, from]) => from[0] === path[0] && from.every((key, at) => path[at] === key))) {
        keep(await record(base, refused, "wanted", path))
        continue
      }
      let outcome = await force(creating, base, path)
      for (const other of bases.slice(1)) if (!outcome.taken) outcome = await force(creating, other, path)
      if (!outcome.taken) continue
      const more = await saturate(creating, outcome.draft, [], "wanted", skip)
      refused.push(...more.refused)
      const before = coverage.has(target.id)
      const entry = await record(more.draft, refused, undefined)
      if (coverage.has(target.id) !== before) keep(entry)
    }
    const left: Json = {}
    const told = new Set<string>()
    const sorted = refused.map((one) => [printed(one.path), one] as const).sort(([a], [b]) =>
      a < b ? -1 : a > b ? 1 : 0
    )
    for (const [, { id, path, reason }] of sorted) {
      if (id === "" || coverage.has(id) || told.has(id)) continue
      told.add(id)
      left[printed(path)] = reason
    }
    return { entries, left, asked }
  }
}
