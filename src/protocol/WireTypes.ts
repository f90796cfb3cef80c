/**
 * The types of values that Kubernetes writes as text or numbers in JSON, as they stand in the fields of built-in kinds.
 *
 * ```ts
 * import type { Quantity } from "effect-kube/WireTypes"
 *
 * const memory: Quantity = "128Mi"
 * ```
 */

/** An amount with a suffix, such as `500m`, `2`, `128Mi`. The server sends it as text, always. */
export type Quantity = string

/** A number, or text such as the name of a port or `25%`. */
export type IntOrString = number | string

/** An RFC 3339 time in whole seconds, such as `2026-01-02T03:04:05Z`. */
export type Timestamp = string

/** An RFC 3339 time in microseconds, such as `2026-01-02T03:04:05.000000Z`. */
export type MicroTime = string
