/** Ports of containers, Services and policies: their protocols, numbers and names. */
import type { Complaints } from "./checks.js"
import { unless, within } from "./textRules.js"

export const protocols = ["SCTP", "TCP", "UDP"]

export const portNumber = (value: number): Complaints => within(value, 1, 65_535)

export const portName = (text: string): Complaints => [
  ...unless(text.length <= 15, "must be no more than 15 characters"),
  ...unless(/^[-a-z0-9]+$/.test(text), "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"),
  ...unless(/[a-z]/.test(text), "must contain at least one letter (a-z)"),
  ...unless(!text.includes("--"), "must not contain consecutive hyphens"),
  ...unless(!text.startsWith("-") && !text.endsWith("-"), "must not begin or end with a hyphen")
]

/** What a port is named by: a number, or the name of one; nothing is as good as 0. */
export const portOrName = (value: unknown): Complaints =>
  typeof value === "string" ? portName(value) : portNumber(typeof value === "number" ? value : 0)
