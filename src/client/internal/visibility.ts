/** What a client shows of its work, for the parts of the library that work through it and count and trace as it does. */
import { perClient } from "./perClient.js"
import type { Host } from "./tracing.js"

export interface Visibility {
  /** The client's options `metrics` and `tracing`. */
  metrics: boolean
  tracing: boolean
  host: Host
}

export const visibilityOf = perClient("visibility", (): Visibility => ({
  metrics: true,
  tracing: true,
  host: { host: "none", name: "none", port: undefined }
}))
