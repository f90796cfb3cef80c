/**
 * A number, or text such as the name of a port or `25%`.
 *
 * ```ts
 * import type { IntOrString } from "effect-kube"
 *
 * const port: IntOrString.IntOrString = "http"
 * ```
 */

/** A number, or text such as the name of a port or `25%`. */
export type IntOrString = number | string
