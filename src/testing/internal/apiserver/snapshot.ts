/** Everything that a server keeps, for a test to look at. */
import type { Server } from "./server.js"

/** An object as the server keeps it. */
export interface StoredObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string | undefined
    readonly resourceVersion: string
    readonly uid: string
  }
  readonly [field: string]: unknown
}

/** Copies: what a test does to them does not reach the store. Every stored object went through the registry, which saw to its metadata. */
export const snapshot = (server: Server): ReadonlyArray<StoredObject> =>
  Array.from(server.storage.all(), (entry) => structuredClone(entry.object) as unknown as StoredObject)
