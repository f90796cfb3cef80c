/**
 * Where the in-memory server is known to answer otherwise than the real one, and why. A test asserts that exactly these
 * steps still differ, so that what is mended leaves this table.
 */

export interface KnownDifference {
  readonly scenario: string
  /** Which of its steps differ, from 0; all others are the same. */
  readonly steps: ReadonlyArray<number>
  readonly reason: string
}

export const knownDifferences: ReadonlyArray<KnownDifference> = []
