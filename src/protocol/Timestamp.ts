/**
 * An RFC 3339 time in whole seconds, such as `2026-01-02T03:04:05Z`.
 *
 * ```ts
 * import type { Timestamp } from "effect-kube"
 *
 * const time: Timestamp.Timestamp = "2026-01-02T03:04:05Z"
 * ```
 */

/** An RFC 3339 time in whole seconds, such as `2026-01-02T03:04:05Z`. */
export type Timestamp = string
