/** All scenarios, by area. */
import { accessArea } from "./access.js"
import { applyArea } from "./apply.js"
import { bodies } from "./bodies.js"
import { celDefinitions } from "./celDefinitions.js"
import { celExpressions } from "./celExpressions.js"
import { celLibraries } from "./celLibraries.js"
import { celRules } from "./celRules.js"
import { configurations } from "./configurations.js"
import { connections } from "./connections.js"
import { definitionParts } from "./definitionParts.js"
import { definitionsArea } from "./definitions.js"
import { deletion } from "./deletion.js"
import { discovery } from "./discovery.js"
import { errors } from "./errors.js"
import { identityArea } from "./identity.js"
import { jobs } from "./jobs.js"
import { limits } from "./limits.js"
import { lists } from "./lists.js"
import { managers } from "./managers.js"
import { metadata } from "./metadata.js"
import { namespaces } from "./namespaces.js"
import { networkingArea } from "./networking.js"
import { objects } from "./objects.js"
import { openapi } from "./openapi.js"
import { patches } from "./patches.js"
import { pods } from "./pods.js"
import { rbacArea } from "./rbac.js"
import { representations } from "./representations.js"
import { rolesArea } from "./roles.js"
import type { Area } from "./scenario.js"
import { selectors } from "./selectors.js"
import { services } from "./services.js"
import { status } from "./status.js"
import { storage } from "./storage.js"
import { storageKinds } from "./storageKinds.js"
import { strategic } from "./strategic.js"
import { subresourceManagers, subresources } from "./subresources.js"
import { tableKinds } from "./tableKinds.js"
import { tables } from "./tables.js"
import { tableWorkloads } from "./tableWorkloads.js"
import { watches } from "./watches.js"
import { workloads } from "./workloads.js"

export const areas: ReadonlyArray<Area> = [
  storage,
  metadata,
  deletion,
  lists,
  representations,
  tables,
  tableWorkloads,
  tableKinds,
  watches,
  patches,
  accessArea,
  identityArea,
  rolesArea,
  applyArea,
  managers,
  strategic,
  bodies,
  status,
  selectors,
  definitionsArea,
  definitionParts,
  celDefinitions,
  celExpressions,
  celLibraries,
  celRules,
  namespaces,
  discovery,
  openapi,
  errors,
  limits,
  networkingArea,
  objects,
  rbacArea,
  services,
  storageKinds,
  configurations,
  subresources,
  connections,
  subresourceManagers,
  pods,
  workloads,
  jobs
]
