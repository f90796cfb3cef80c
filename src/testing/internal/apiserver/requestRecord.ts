/** What a test may look at of a request that came in. */

/** What a request does, in the words of Kubernetes. */
export type Verb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection"
  /** Discovery, version, health: anything that is about no resource. */
  | "other"

export interface RequestRecord {
  /** Counts from 1. */
  readonly index: number
  readonly method: string
  readonly path: string
  readonly query: string
  readonly verb: Verb
  readonly group: string
  readonly version: string
  /** Plural; empty where the request is about no resource. */
  readonly resource: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string
  /** Names in lower case; without Authorization. */
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** The status that was answered; absent while it is being worked on, and where there was no answer. */
  status?: number | undefined
}
