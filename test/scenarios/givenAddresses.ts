/**
 * Cluster IPs and node ports that a server drew become placeholders: those that it never draws, because they are for
 * people to choose (the lower part of each range), stay as they are.
 */
import type { Json } from "./scenario.js"

/** Addresses of EnvTest's range that are never drawn: its first sixteen. */
const chosen = /^10\.0\.0\.([1-9]|1[0-6])$/
/** The last node port that is never drawn. */
const lastChosenPort = 30085

const ofText = (text: string): string =>
  text.replace(/\b10\.0\.\d+\.\d+\b/g, (address) => chosen.test(address) ? address : "<cluster ip>")

/** An answer with placeholders; give it as `show`. */
export const withoutAddresses = (value: Json, key = ""): Json => {
  if (typeof value === "string") return ofText(value)
  if (typeof value === "number") {
    return /nodePort$/i.test(key) && value > lastChosenPort && value < 32768 ? "<node port>" : value
  }
  if (Array.isArray(value)) return value.map((each) => withoutAddresses(each))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutAddresses(each, name)]))
}

/** The spec alone, with placeholders. */
export const specAlone = (object: Json): Json => withoutAddresses(object.spec ?? object)
