/** Values in fields of a custom resource: what its Schema and its server have to judge alike. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as IntOrString from "../../src/protocol/IntOrString.js"
import * as KubeDuration from "../../src/protocol/KubeDuration.js"
import * as MicroTime from "../../src/protocol/MicroTime.js"
import * as Quantity from "../../src/protocol/Quantity.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Timestamp from "../../src/protocol/Timestamp.js"
import { readTable } from "./recorded.js"

export const fields = {
  quantity: Quantity.Quantity,
  intOrString: IntOrString.IntOrString,
  timestamp: Timestamp.Timestamp,
  microTime: MicroTime.MicroTime,
  duration: KubeDuration.KubeDuration
}

export class Wired extends Resource.Custom<Wired>()("wire-real.dev/v1", "Wired", {
  scope: "Namespaced",
  plural: "wireds",
  spec: Schema.Struct(fields)
}) {}

const inputsOf = (name: string): ReadonlyArray<unknown> => readTable(name).slice(0, 350).map(([input]) => input)

const others = [true, {}, 1.5, -1, 0, 1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 53 - 1, "text"]

/** By field. */
export const candidates: { readonly [Field in keyof typeof fields]: ReadonlyArray<unknown> } = {
  quantity: [...inputsOf("quantities"), ...others],
  intOrString: ["", "http", "80", "25%", ...others],
  timestamp: [...inputsOf("timestamps"), ...others],
  microTime: [...inputsOf("microTimes"), ...others],
  duration: [...inputsOf("durations"), ...others]
}

/** Whether a schema takes a value as it comes over the wire. */
export const accepts = (schema: Schema.Schema.AnyNoContext): (value: unknown) => boolean =>
  Schema.is(Schema.encodedBoundSchema(schema))

/**
 * A value of the right form that only our side refuses: a time of a year, or a duration, that could not be written, and a
 * number that JavaScript does not hold exactly.
 */
export const isBeyond = (value: unknown): boolean => {
  if (typeof value !== "string") return typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER
  const expected: ReadonlyArray<string> = [
    Effect.merge(Effect.mapBoth(Timestamp.parse(value), { onFailure: (error) => error.expected, onSuccess: () => "" })),
    Effect.merge(
      Effect.mapBoth(KubeDuration.parse(value), { onFailure: (error) => error.expected, onSuccess: () => "" })
    )
  ].map(Effect.runSync)
  return expected.some((words) => /^(a year between|at most)/.test(words))
}
