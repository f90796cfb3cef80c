/** Which container of a Pod a request means. */
import { child } from "../json.js"
import { objects, textOf } from "../members.js"
import * as status from "../status.js"
import type { Entry } from "../storage.js"

const kinds = ["initContainers", "containers", "ephemeralContainers"] as const

/** The one that is asked for, or the only one. */
export const containerOf = (pod: Entry, asked: string): string => {
  const spec = child(pod.object, "spec")
  const names = kinds.flatMap((kind) => objects(spec, kind)).map((container) => textOf(container, "name"))
  if (asked !== "") {
    if (names.includes(asked)) return asked
    throw status.badRequest(`container ${asked} is not valid for pod ${pod.name}`)
  }
  const [only, ...others] = objects(spec, "containers")
  if (only !== undefined && others.length === 0) return textOf(only, "name")
  throw status.badRequest(
    `a container name must be specified for pod ${pod.name}, choose one of: [${names.join(" ")}]`
  )
}
