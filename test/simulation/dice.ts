/** What a night is drawn from: the same seed, the same night. */
import { PCGRandom } from "effect/Utils"

export class Dice {
  readonly #random: PCGRandom

  constructor(seed: number) {
    this.#random = new PCGRandom(seed)
  }

  /** A whole number from 0 up to, but not, the limit. */
  below(limit: number): number {
    return this.#random.integer(limit)
  }

  /** A whole number from the first to the second, both included. */
  between(first: number, last: number): number {
    return first + this.#random.integer(last - first + 1)
  }

  chance(probability: number): boolean {
    return this.#random.number() < probability
  }

  pick<A>(from: ReadonlyArray<A>): A {
    return from[this.below(from.length)]!
  }

  /** One of several, each as likely as its weight says. */
  weighted<A>(from: ReadonlyArray<readonly [weight: number, value: A]>): A {
    const total = from.reduce((sum, [weight]) => sum + weight, 0)
    let left = this.#random.number() * total
    for (const [weight, value] of from) {
      left -= weight
      if (left < 0) return value
    }
    return from[from.length - 1]![1]
  }
}
