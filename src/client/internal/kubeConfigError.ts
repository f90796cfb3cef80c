/** Why a configuration cannot be used; public as `KubeConfig.KubeConfigError`. */
import * as Data from "effect/Data"

/** A file, the place inside it, and what was expected there. */
export class KubeConfigError extends Data.TaggedError("KubeConfigError")<{
  /** The file, or where else the configuration came from. */
  readonly source: string
  /** The place inside, such as `users[0].user.client-key-data`; empty for the file as a whole. */
  readonly path: string
  /** What is wrong there and what was expected. No value of a file is quoted that could be a secret. */
  readonly problem: string
}> {
  override get message(): string {
    return `${this.source}${this.path === "" ? "" : `: ${this.path}`}: ${this.problem}`
  }
}

export const problem = (source: string, path: string, text: string): KubeConfigError =>
  new KubeConfigError({ source, path, problem: text })
