/** The parts that objects of most kinds have, empty where one is not there. */
import { child, type JsonObject } from "./json.js"
import { number, textOf } from "./members.js"
import { metadataOf } from "./objectMeta.js"

export const specOf = (object: JsonObject | undefined): JsonObject => child(object, "spec") ?? {}
export const statusOf = (object: JsonObject | undefined): JsonObject => child(object, "status") ?? {}
export const nameOf = (object: JsonObject): string => textOf(metadataOf(object), "name")
export const namespaceOf = (object: JsonObject): string => textOf(metadataOf(object), "namespace")
export const labelsOf = (object: JsonObject): JsonObject => child(metadataOf(object), "labels") ?? {}
export const annotationsOf = (object: JsonObject): JsonObject => child(metadataOf(object), "annotations") ?? {}
export const generationOf = (object: JsonObject): number => number(metadataOf(object), "generation") ?? 0
export const isGoing = (object: JsonObject): boolean => metadataOf(object)["deletionTimestamp"] !== undefined
