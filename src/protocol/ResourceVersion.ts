/**
 * Which of two states is newer: comparing `metadata.resourceVersion`.
 *
 * A resourceVersion is a positive decimal integer of any length, without leading zeros (KEP-5504). It is compared as text, never as a
 * number: a JavaScript number cannot hold it past 2^53. The comparison has a meaning between objects of one resource of one cluster only.
 * `"0"` and `""` are requests ("any version", "the most recent one"), not versions that an object could have, so they are not valid here.
 *
 * ```ts
 * import { ResourceVersion } from "effect-kube"
 *
 * const caughtUp = ResourceVersion.isAtLeast("10000", "9999") // true
 * ```
 */
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as EffectOrder from "effect/Order"

const wellFormed = /^[1-9][0-9]*$/

const order = (self: string, that: string): -1 | 0 | 1 => {
  if (self.length !== that.length) return self.length < that.length ? -1 : 1
  return self === that ? 0 : self < that ? -1 : 1
}

/** Whether the text is a resourceVersion that can be compared: a positive decimal integer without leading zeros. */
export const isValid = (resourceVersion: string): boolean => wellFormed.test(resourceVersion)

/** `-1` when the first is older, `1` when it is newer, `0` when they are the same; nothing when either is not valid. */
export const compare: {
  (that: string): (self: string) => Option.Option<-1 | 0 | 1>
  (self: string, that: string): Option.Option<-1 | 0 | 1>
} = dual(
  2,
  (self: string, that: string): Option.Option<-1 | 0 | 1> =>
    isValid(self) && isValid(that) ? Option.some(order(self, that)) : Option.none()
)

/** Oldest first. What is not valid (`""`, `"0"`, other text) stands for "nothing known yet": it comes before every version. */
export const Order: EffectOrder.Order<string> = EffectOrder.make((self, that) => {
  const valid = isValid(self)
  if (valid !== isValid(that)) return valid ? 1 : -1
  return valid ? order(self, that) : 0
})

/** Whether the first has reached the second. False when either is not valid, since then nothing can be promised. */
export const isAtLeast: {
  (that: string): (self: string) => boolean
  (self: string, that: string): boolean
} = dual(2, (self: string, that: string): boolean => isValid(self) && isValid(that) && order(self, that) >= 0)

/** The newer of the two, by {@link Order}; the first one when they are equal. */
export const max: {
  (that: string): (self: string) => string
  (self: string, that: string): string
} = dual(2, (self: string, that: string): string => Order(self, that) >= 0 ? self : that)
