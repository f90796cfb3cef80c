import { segmentProblem } from "../../protocol/internal/pathSegment.js"
import * as Selector from "../../protocol/Selector.js"

/**
 * Selects the object of one name. Throws a `TypeError` for a name that no object can have: of the empty one a server
 * would list everything or nothing, and whoever waits for an object to go would be told that it is gone.
 */
export const selectName = (asker: string, kind: string, name: string): Selector.FieldSelector => {
  const problem = segmentProblem(name)
  if (problem !== undefined) throw new TypeError(`${asker}: name ${JSON.stringify(name)} of ${kind} ${problem}`)
  return Selector.fieldEquals("metadata.name", name)
}
