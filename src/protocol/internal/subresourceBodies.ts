/** What is sent to create a subresource: objects of kinds that exist there alone. */
import * as Duration from "effect/Duration"
import type { BindOptions, DeleteOptions, TokenOptions } from "./requestOptions.js"
import { deleteBody } from "./requestOptions.js"

interface Where {
  readonly namespace?: string | undefined
  readonly name: string
}

/** `dryRun` is said here alone: where the query says otherwise, the server answers 500. */
export const eviction = ({ name, namespace }: Where, options: DeleteOptions | undefined) => ({
  apiVersion: "policy/v1",
  kind: "Eviction",
  metadata: { name, namespace },
  deleteOptions: deleteBody(options)
})

export const binding = ({ name, namespace }: Where, node: string, options: BindOptions | undefined) => ({
  apiVersion: "v1",
  kind: "Binding",
  metadata: { name, namespace, ...options?.preconditions },
  target: { apiVersion: "v1", kind: "Node", name: node }
})

export const tokenRequest = (options: TokenOptions | undefined) => {
  const { audiences, boundTo, expiration } = options ?? {}
  return {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {
      audiences: audiences ?? [],
      expirationSeconds: expiration === undefined ? undefined : Math.ceil(Duration.toSeconds(expiration)),
      boundObjectRef: boundTo && {
        apiVersion: boundTo.apiVersion,
        kind: boundTo.kind,
        name: boundTo.metadata.name,
        uid: boundTo.metadata.uid
      }
    }
  }
}
