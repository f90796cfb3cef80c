/** A program of its own, for compiledChecker.test.ts: prints whether code may be generated, and what a few objects are decoded to. */
import * as Either from "effect/Either"
import { Pod } from "../../../src/kinds/core/v1.js"
import { type Codec, CodecId } from "../../../src/protocol/internal/codec.js"
import { formatIssue } from "../../../src/protocol/KubeError.js"
import { pod } from "../../bench/pod.js"

const mayGenerate = (): boolean => {
  try {
    return new Function("return true")() === true
  } catch {
    return false
  }
}

// Every resource has a codec.
const codec = (Pod as unknown as { readonly [CodecId]: Codec<Pod> })[CodecId]

const broken = { ...pod(1), spec: { containers: [{ name: "a", ports: [{ containerPort: 2 ** 31 }] }], priority: null } }

const outcomes = [pod(1), broken, {}, "text"].map((object) =>
  Either.match(codec.decode(JSON.parse(JSON.stringify(object)), "served"), {
    onLeft: (issues) => issues.map(formatIssue),
    onRight: (value) => JSON.stringify(value)
  })
)

console.log(JSON.stringify({ mayGenerate: mayGenerate(), outcomes }))
