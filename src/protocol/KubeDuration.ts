/**
 * A span of time as Go writes it, such as `1h30m` or `500ms`: `metav1.Duration` in custom resources.
 *
 * ```ts
 * import type { KubeDuration } from "effect-kube"
 *
 * const interval: KubeDuration.KubeDuration = "1h30m"
 * ```
 */

/** A span of time as Go writes it, such as `1h30m` or `500ms`. */
export type KubeDuration = string
