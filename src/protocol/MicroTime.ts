/**
 * An RFC 3339 time in microseconds, such as `2026-01-02T03:04:05.000000Z`.
 *
 * ```ts
 * import type { MicroTime } from "effect-kube"
 *
 * const time: MicroTime.MicroTime = "2026-01-02T03:04:05.000000Z"
 * ```
 */

/** An RFC 3339 time in microseconds, such as `2026-01-02T03:04:05.000000Z`. */
export type MicroTime = string
