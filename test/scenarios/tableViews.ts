/**
 * How scenarios show tables. The descriptions of columns are Kubernetes' texts, which the in-memory server leaves out; ages
 * are what the clock says. Transcripts show neither.
 */
import type { Json, Run } from "./scenario.js"

export const json = "application/json"
export const table = (groupVersion = "v1") => `${json};as=Table;g=meta.k8s.io;v=${groupVersion}`
export const accept = (...clauses: ReadonlyArray<string>) => ({ headers: { accept: clauses.join(",") } })

export const age = /^\d+[smhdy](\d+[smhdy])?$/
export const ago = /\(\d+[smhdy](\d+[smhdy])? ago\)/

export const shownCell = (cell: Json): Json =>
  typeof cell !== "string" ? cell : age.test(cell) ? "<age>" : cell.replace(ago, "(<age> ago)")

/** A table without what is not compared; the columns as short texts. */
export const shownTable = (body: Json): Json =>
  body?.kind !== "Table" ? body : {
    ...body,
    columnDefinitions: body.columnDefinitions?.map(({ description: _, ...column }: Json) =>
      [column.name, column.type, column.format, column.priority].join(":")
    ) ?? null,
    rows: body.rows?.map(({ cells, ...row }: Json) => ({ cells: cells.map(shownCell), ...row })) ?? null
  }

/** The same without the objects, where cells are what matters. */
export const cellsOf = (body: Json): Json =>
  body?.kind !== "Table"
    ? body
    : body.rows.map(({ cells, conditions }: Json) => [...cells.map(shownCell), ...(conditions ?? [])])

export const rows = { ...accept(table(), json), show: cellsOf }
export const whole = { ...accept(table(), json), show: shownTable }
export const silent = { show: ({ kind, reason, message }: Json) => ({ kind, reason, message }) }

/** The events of a watch; the version in a bookmark is any. */
export const shownEvent = (event: Json): Json => {
  const object = shownTable(event.object)
  return event.type !== "BOOKMARK" ? { ...event, object } : {
    ...event,
    object: {
      ...object,
      rows: object.rows.map((row: Json) =>
        row.object === null ? row : { ...row, object: { ...row.object, metadata: row.object.metadata.annotations } }
      )
    }
  }
}

export const streamed = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"

export const fill = function*(run: Run, ...names: ReadonlyArray<string>) {
  for (const name of names) {
    yield* run.post(run.at("configmaps"), { metadata: { name }, data: { k: "v", l: "w" }, binaryData: { b: "eA==" } })
  }
}

export const container = { name: "c", image: "registry.example.com/c:1" }
export const podTemplate = {
  metadata: { labels: { app: "a", tier: "b" } },
  spec: { containers: [container, { name: "d", image: "d:2" }] }
}
export const matching = {
  matchLabels: { app: "a" },
  matchExpressions: [{ key: "tier", operator: "In", values: ["c", "b"] }]
}

/** Creates an object, gives it a status, and shows its row. */
export const show = function*(run: Run, path: string, object: Json, status?: Json) {
  yield* run.post(path, object, silent)
  const own = `${path}/${object.metadata.name}`
  if (status !== undefined) yield* run.merge(`${own}/status`, { status }, silent)
  yield* run.get(own, rows)
}
