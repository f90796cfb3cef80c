import { assert, describe, it } from "@effect/vitest"
import { type Entry, type LogRecord, Storage } from "../../../../src/testing/internal/apiserver/storage.js"

const object = (name: string, value = "") => ({
  kind: "ConfigMap",
  apiVersion: "v1",
  metadata: { name },
  data: { value }
})

const names = (found: ReturnType<Storage["list"]>): ReadonlyArray<string> =>
  "compacted" in found ? ["compacted"] : found.entries.map((entry) => `${entry.namespace}/${entry.name}`)

describe("storage", () => {
  it("each write is one revision more, of whatever resource, and an object carries its own (S1)", () => {
    const storage = new Storage({ history: 100 })
    const a = storage.put("/configmaps", "default", "a", object("a"))
    const b = storage.put("/secrets", "default", "b", object("b"))
    const again = storage.put("/configmaps", "default", "a", object("a", "2"))
    assert.deepStrictEqual([a.revision, b.revision, again.revision, storage.revision], [1, 2, 3, 3])
    assert.deepStrictEqual(again.object["metadata"], { name: "a", resourceVersion: "3" })
    assert.deepStrictEqual(a.object["metadata"], { name: "a", resourceVersion: "1" })
  })

  it("a deletion is a revision of its own, which the last object then carries (S2)", () => {
    const storage = new Storage({ history: 100 })
    const entry = storage.put("/configmaps", "default", "a", object("a"))
    assert.deepStrictEqual(storage.remove(entry).object["metadata"], { name: "a", resourceVersion: "2" })
    assert.strictEqual(storage.get("/configmaps", "default", "a"), undefined)
  })

  it("lists come in the order of etcd's keys, in one namespace or in all", () => {
    const storage = new Storage({ history: 100 })
    for (const [namespace, name] of [["b", "x"], ["a", "z"], ["a-b", "y"], ["a", "m"]] as const) {
      storage.put("/configmaps", namespace, name, object(name))
    }
    assert.deepStrictEqual(names(storage.list("/configmaps")), ["a-b/y", "a/m", "a/z", "b/x"])
    assert.deepStrictEqual(names(storage.list("/configmaps", { namespace: "a" })), ["a/m", "a/z"])
  })

  it("a list at an older revision shows what was there then (S22)", () => {
    const storage = new Storage({ history: 100 })
    const a = storage.put("/configmaps", "d", "a", object("a", "1"))
    const b = storage.put("/configmaps", "d", "b", object("b"))
    storage.put("/configmaps", "d", "a", object("a", "2"))
    storage.remove(b)
    storage.put("/configmaps", "d", "c", object("c"))
    const then = storage.list("/configmaps", { namespace: "d", revision: 2 })
    assert.deepStrictEqual(names(then), ["d/a", "d/b"])
    assert.deepStrictEqual("compacted" in then ? undefined : then.entries[0], a)
    assert.deepStrictEqual(names(storage.list("/configmaps", { namespace: "d" })), ["d/a", "d/c"])
  })

  it("history beyond the limit is forgotten: lists and watches from before are expired (S23, S32)", () => {
    const storage = new Storage({ history: 10 })
    for (let at = 0; at < 100; at++) storage.put("/configmaps", "d", "a", object("a", String(at)))
    assert.isTrue("compacted" in storage.list("/configmaps", { revision: 5 }))
    assert.isTrue("compacted" in storage.since("/configmaps", 5))
    assert.isFalse("compacted" in storage.since("/configmaps", 95))
    storage.compact()
    assert.deepStrictEqual(storage.since("/configmaps", 99), { compacted: true, oldest: 100 })
    assert.deepStrictEqual(storage.since("/configmaps", 100), [])
  })

  it("what is listened to hears each write in its own step, until it stops listening", () => {
    const storage = new Storage({ history: 10 })
    const heard: Array<LogRecord> = []
    const stop = storage.listen("/configmaps", (record) => heard.push(record))
    const entry: Entry = storage.put("/configmaps", "d", "a", object("a"))
    storage.put("/secrets", "d", "a", object("a"))
    storage.remove(entry)
    stop()
    storage.put("/configmaps", "d", "b", object("b"))
    assert.deepStrictEqual(heard.map((record) => [record.type, record.revision]), [["ADDED", 1], ["DELETED", 3]])
  })

  it("a list is the same whether objects came and went in between or not: many random writes against a plain map", () => {
    const storage = new Storage({ history: 10_000 })
    const model = new Map<string, number>()
    const snapshots: Array<{ readonly revision: number; readonly keys: ReadonlyArray<string> }> = []
    let state = 12_345 // a fixed seed: the test is the same each time
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
      return state % below
    }
    for (let at = 0; at < 3000; at++) {
      const name = `n${random(200)}`
      const entry = storage.get("/configmaps", "d", name)
      if (entry !== undefined && random(2) === 0) {
        storage.remove(entry)
        model.delete(name)
      } else {
        model.set(name, storage.put("/configmaps", "d", name, object(name, String(at))).revision)
      }
      if (at % 100 === 0) {
        snapshots.push({
          revision: storage.revision,
          keys: [...model.keys()].sort().map((key) => `d/${key}`)
        })
      }
    }
    assert.deepStrictEqual(names(storage.list("/configmaps")), [...model.keys()].sort().map((key) => `d/${key}`))
    for (const { keys, revision } of snapshots) {
      assert.deepStrictEqual(names(storage.list("/configmaps", { revision })), keys)
    }
  })
})
