/**
 * An amount with a suffix, such as `500m`, `2`, `128Mi`. The server sends it as text, always.
 *
 * ```ts
 * import type { Quantity } from "effect-kube"
 *
 * const memory: Quantity.Quantity = "128Mi"
 * ```
 */

/** An amount with a suffix, such as `500m`, `2`, `128Mi`. The server sends it as text, always. */
export type Quantity = string
