/**
 * The one error of EnvTest. It lives here so that the folder's private modules can raise it; `EnvTest.ts` publishes it.
 */
import * as Data from "effect/Data"

/** Why a control plane could not be started or asked. */
export type EnvTestReason =
  /** No assets folder was given and `KUBEBUILDER_ASSETS` is not set. */
  | "AssetsNotSet"
  /** The assets folder lacks a program, or the file there cannot be executed. */
  | "BinaryMissing"
  /** A server process ended before it was ready. */
  | "Exited"
  /** A server process runs but did not become ready in time. */
  | "NotReady"
  /** `kubectl` ended with a code other than 0. */
  | "KubectlFailed"
  /** The operating system refused a folder, a file or a process; or a running server refused what was asked. */
  | "System"

/**
 * What went wrong while a control plane was started or asked, for a person to act on. `log` holds the last lines that
 * the process concerned wrote.
 */
export class EnvTestError extends Data.TaggedError("EnvTestError")<{
  readonly reason: EnvTestReason
  /** One sentence: what was tried, what happened, what to do. */
  readonly description: string
  /** The program concerned: `etcd`, `kube-apiserver`, `kube-controller-manager` or `kubectl`. */
  readonly component?: string | undefined
  readonly log?: string | undefined
  readonly cause?: unknown
}> {
  override get message(): string {
    return this.log === undefined || this.log === "" ? this.description : `${this.description}\n${this.log}`
  }
}
