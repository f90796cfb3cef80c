// Wire types: text in the objects, schemas in custom resources, failures that are named.
import type { BigDecimal, DateTime, Duration, Effect } from "effect"
import { Schema } from "effect"
import { describe, expect, test } from "tstyche"
import type { Container } from "../../src/kinds/core/v1.js"
import * as IntOrString from "../../src/protocol/IntOrString.js"
import * as KubeDuration from "../../src/protocol/KubeDuration.js"
import * as MicroTime from "../../src/protocol/MicroTime.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Quantity from "../../src/protocol/Quantity.js"
import * as Selector from "../../src/protocol/Selector.js"
import * as Timestamp from "../../src/protocol/Timestamp.js"

const spec = Schema.Struct({
  memory: Quantity.Quantity,
  port: IntOrString.IntOrString,
  at: Timestamp.Timestamp,
  renewed: MicroTime.MicroTime,
  interval: Schema.optional(KubeDuration.KubeDuration)
})

describe("wire types", () => {
  test("one name is the type of the wire and the schema for custom resources", () => {
    expect<typeof spec.Type>().type.toBe<{
      readonly memory: Quantity.Quantity
      readonly port: IntOrString.IntOrString
      readonly at: Timestamp.Timestamp
      readonly renewed: MicroTime.MicroTime
      readonly interval?: KubeDuration.KubeDuration | undefined
    }>()
    expect<typeof spec.Encoded.memory>().type.toBe<string | number>()
    expect<typeof spec.Encoded.at>().type.toBe<string>()
  })

  test("what is computed fits the objects", () => {
    expect<NonNullable<Container["resources"]>["limits"]>().type.toBeAssignableFrom({
      memory: Quantity.add("1Gi", "512Mi")
    })
  })

  test("what can fail is an Effect with one named error", () => {
    expect(Quantity.parse("1")).type.toBe<Effect.Effect<BigDecimal.BigDecimal, Quantity.QuantityError>>()
    expect(Timestamp.parse("")).type.toBe<Effect.Effect<DateTime.Utc, Timestamp.TimestampError>>()
    expect(MicroTime.parse("")).type.toBe<Effect.Effect<DateTime.Utc, MicroTime.MicroTimeError>>()
    expect(KubeDuration.parse("")).type.toBe<Effect.Effect<Duration.Duration, KubeDuration.KubeDurationError>>()
    expect(IntOrString.percentOf("1%", 1, { rounding: "up" })).type.toBe<
      Effect.Effect<number, IntOrString.IntOrStringError>
    >()
    expect(Selector.make([])).type.toBe<Effect.Effect<Selector.LabelSelector, Selector.SelectorError>>()
    expect(Selector.parseLabels("")).type.toBe<Effect.Effect<Selector.LabelSelector, Selector.SelectorError>>()
    expect(Selector.parseFields("")).type.toBe<Effect.Effect<Selector.FieldSelector, Selector.SelectorError>>()
    expect(Selector.fromLabelSelector({})).type.toBe<Effect.Effect<Selector.LabelSelector, Selector.SelectorError>>()
    expect(Patch.applyJson({}, [])).type.toBe<Effect.Effect<unknown, Patch.PatchFailure>>()
    expect(Patch.applyMerge({}, {})).type.toBe<Effect.Effect<unknown, Patch.PatchFailure>>()
  })

  test("what is no quantity by its type is refused", () => {
    expect(Quantity.add).type.not.toBeCallableWith("1", true)
    expect(IntOrString.percentOf).type.not.toBeCallableWith("1%", 1, { rounding: "nearest" })
    expect(KubeDuration.print).type.not.toBeCallableWith(90)
  })
})
