/**
 * Kinds that only subresources speak and nobody stores, such as Scale, Eviction and Binding: read and patched like all
 * others.
 */
import type { Served } from "../served.js"
import { strategyOf } from "../strategies.js"

const virtualKind = (group: string, version: string, kind: string): Served => ({
  group,
  version,
  plural: kind.toLowerCase(),
  singular: kind.toLowerCase(),
  kind,
  listKind: "",
  namespaced: true,
  verbs: [],
  shortNames: [],
  categories: [],
  subresources: [],
  storage: "",
  strategy: strategyOf(""),
  zero: {},
  storedZero: {},
  custom: undefined
})

export const scaleKind = virtualKind("autoscaling", "v1", "Scale")
export const evictionKind = virtualKind("policy", "v1", "Eviction")
export const tokenRequestKind = virtualKind("authentication.k8s.io", "v1", "TokenRequest")
export const bindingKind = virtualKind("", "v1", "Binding")
