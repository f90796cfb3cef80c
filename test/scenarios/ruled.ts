/** Definitions with rules, and what scenarios about them have in common. */
import { type Json, type Run, scenario } from "./scenario.js"
import { definition, version, widget } from "./widgets.js"

export const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

/** A definition whose spec has such fields and rules. */
export const ruled = (run: Run, properties: Json, rules: ReadonlyArray<Json>, more: Json = {}): Json => {
  const made = version(properties)
  Object.assign(made.schema.openAPIV3Schema.properties.spec, { "x-kubernetes-validations": rules }, more)
  return definition(run, "Widget", [made])
}

/** The causes of a refusal, without the name that the server makes up for the type of `self`. */
export const causes = (body: Json): Json =>
  (body.details?.causes ?? [body.kind]).map((cause: Json) =>
    typeof cause === "string" ? cause : { ...cause, message: cause.message.replace(/selfType\d+/g, "selfType") }
  )

export const rule = (text: string): Json => ({ rule: text })

/** Rules that always fail, and say what an expression is worth. */
export const told = (...expressions: ReadonlyArray<string>): ReadonlyArray<Json> =>
  expressions.map((expression) => ({
    rule: "!self.fails",
    message: `no value: ${expression}`,
    messageExpression: `"%s".format([${expression}])`
  }))

/** Rules that are asked for the error of an expression. */
export const failing = (...expressions: ReadonlyArray<string>): ReadonlyArray<Json> =>
  expressions.map((expression) => rule(`dyn(${expression}) == dyn("never")`))

export const bounded = { type: "string", maxLength: 50 }
export const texts = { type: "array", maxItems: 10, items: bounded }
export const numbers = { type: "array", maxItems: 10, items: { type: "integer" } }

/** What expressions over the given fields are worth: one definition, one object, one cause for each. */
export const worth = (
  title: string,
  properties: Json,
  spec: Json,
  expressions: ReadonlyArray<string>,
  errors: ReadonlyArray<string> = []
) =>
  scenario(title, function*(run) {
    yield* run.define(
      ruled(run, { fails: { type: "boolean" }, ...properties }, [...told(...expressions), ...failing(...errors)])
    )
    yield* run.post(run.at("widgets", `${run.group}/v1`), widget(run, "a", { fails: true, ...spec }), { show: causes })
  })

/** What a definition with such rules is refused for. */
export const refused = (title: string, properties: Json, rules: ReadonlyArray<Json>, show = causes) =>
  scenario(title, function*(run) {
    yield* run.post(definitions, ruled(run, properties, rules), { show })
  })

/** Without those that only tell which rules cost most: the server counts more digits than it shows. */
export const ownCauses = (body: Json): Json =>
  causes(body).filter(({ message }: Json) => !message.startsWith("Forbidden: contributed"))
