/** The short form of the soak; `npm run soak` runs it at length. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Schedule from "effect/Schedule"
import * as EnvTest from "../../src/testing/EnvTest.js"
import { soak } from "./soak.js"

const seed = Number(process.env["SOAK_SEED"] ?? Math.floor(Math.random() * 1e9))

describe("Soak", () => {
  it.live(
    "writers, a kill -9 of the API server, and a proxy that cuts: store equals list, memory is flat, each consumer hears of each delete once (W21, W30, W38, W44, W46, W51, W52)",
    () =>
      Effect.gen(function*() {
        // Before it begins: so it is known as well where a time runs out.
        yield* Effect.log(`SOAK_SEED=${seed}`)
        const report = yield* Logger.withMinimumLogLevel(LogLevel.Error)(soak({
          seed,
          objects: 1500,
          writers: 8,
          seconds: 30,
          kills: 1,
          cutsWithin: 3,
          watchTimeout: 8,
          backoff: Schedule.jitteredWith(Schedule.spaced("500 millis"), { min: 1, max: 2 })
        }))
        yield* Effect.log(report.figures)
        assert.deepStrictEqual(report.problems, [])
      }).pipe(Effect.scoped, Effect.provide(EnvTest.layer)),
    240_000
  )
})
