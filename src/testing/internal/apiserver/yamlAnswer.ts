/**
 * Answers in YAML, for clients that accept it rather than JSON: the same document, with keys by the alphabet. Where a text
 * needs quotes may differ from what a real server writes; what a reader makes of it does not.
 */
import * as yaml from "js-yaml"
import type { Answer } from "./answers.js"

const jsonType = "application/json"

/** An answer in YAML; a stream, a text or another form of JSON stays as it is. */
export const yamlAnswer = (answer: Answer): Answer =>
  typeof answer.body !== "string" || answer.headers["content-type"] !== jsonType ? answer : {
    ...answer,
    headers: { ...answer.headers, "content-type": "application/yaml" },
    body: yaml.dump(JSON.parse(answer.body), {
      sortKeys: true,
      seqNoIndent: true,
      lineWidth: -1,
      noRefs: true,
      quoteStyle: "double"
    })
  }
