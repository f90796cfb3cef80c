/**
 * How long a test waits for an in-memory API server of its own: `TestCluster.layer` built with its client, and the first
 * answer after that. Budget: 20 ms to start. Milliseconds, the median of 20 servers; the very first one, which loads and
 * compiles what the others find ready, stands apart.
 *
 *     npm run bench -- testcluster
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const budget = 20
const rounds = 20
const configMaps = Api.namespaced(ConfigMap, "default")

/** Milliseconds until the layer is built, and from then until a create is answered. */
const round = Effect.scoped(Effect.gen(function*() {
  const start = performance.now()
  const context = yield* Layer.build(Layer.fresh(TestCluster.layer))
  const made = performance.now()
  yield* Effect.provide(configMaps.create({ metadata: { name: "a" }, data: { k: "v" } }), context)
  return { make: made - start, answer: performance.now() - made }
}))

const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[values.length >> 1]!
const shown = (milliseconds: number): string => `${milliseconds.toFixed(2)} ms`

const cold = await Effect.runPromise(round)
const warm = await Effect.runPromise(Effect.all(Array.from({ length: rounds }, () => round)))
const make = median(warm.map((each) => each.make))
const answer = median(warm.map((each) => each.answer))
const whole = median(warm.map((each) => each.make + each.answer))

console.log(`the first server of the process: made in ${shown(cold.make)}, first answer ${shown(cold.answer)} later`)
console.log(`median of ${rounds} more: made in ${shown(make)}, first answer ${shown(answer)} later`)
console.log(
  `budget ${budget} ms to start: ${whole <= budget ? "kept" : "missed"}, ${shown(whole)} to the first answer; ` +
    `the first server ${cold.make <= budget ? "keeps" : "misses"} it with ${shown(cold.make)}`
)
