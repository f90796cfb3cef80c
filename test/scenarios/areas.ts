/** All scenarios, by area. */
import { definitionsArea } from "./definitions.js"
import { deletion } from "./deletion.js"
import { discovery } from "./discovery.js"
import { errors } from "./errors.js"
import { limits } from "./limits.js"
import { lists } from "./lists.js"
import { metadata } from "./metadata.js"
import { namespaces } from "./namespaces.js"
import { patches } from "./patches.js"
import { representations } from "./representations.js"
import type { Area } from "./scenario.js"
import { selectors } from "./selectors.js"
import { status } from "./status.js"
import { storage } from "./storage.js"
import { watches } from "./watches.js"

export const areas: ReadonlyArray<Area> = [
  storage,
  metadata,
  deletion,
  lists,
  representations,
  watches,
  patches,
  status,
  selectors,
  definitionsArea,
  namespaces,
  discovery,
  errors,
  limits
]
