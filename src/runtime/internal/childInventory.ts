/**
 * The inventory of a parent's children: an annotation that says of which kinds there may be some. The children themselves
 * carry a label of the same key with the parent's uid, so the annotation changes with the kinds and not with each child.
 *
 * The form is that of ApplySets (KEP-3659, `contains-group-kinds`). Their keys are not used: an object can be the parent of
 * one ApplySet of one tool only, and here each field manager has its own children of it.
 */
import { keyIssue } from "../../protocol/internal/labelSyntax.js"

const prefix = "children.effect-kube/"

/** How long the readable part of a name is that had to be changed: with a dash and the hash it has 63 characters. */
const maxReadable = 54

/** FNV-1a, 32 bits. */
const hash = (text: string): string => {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, "0")
}

/** The key of label and annotation for the children that a field manager makes. */
export const keyOf = (manager: string): string => {
  const key = prefix + manager
  if (!manager.includes("/") && keyIssue(key) === undefined) return key
  const readable = manager.replace(/[^-A-Za-z0-9_.]/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, maxReadable)
  return `${prefix}${readable === "" ? "x" : readable}-${hash(manager)}`
}

/** What a kind is called in the inventory: `ConfigMap`, `Deployment.apps`. */
export const groupKind = ({ group, kind }: { readonly group: string; readonly kind: string }): string =>
  group === "" ? kind : `${kind}.${group}`

/** The kinds of an annotation; undefined where there is none. */
export const read = (
  metadata: { readonly annotations?: { readonly [key: string]: string } | undefined },
  key: string
): ReadonlySet<string> | undefined => {
  const text = metadata.annotations?.[key]
  return text === undefined
    ? undefined
    : new Set(text.split(",").map((name) => name.trim()).filter((name) => name !== ""))
}

/** The annotation of these kinds; `null`, which removes it, of none. */
export const write = (kinds: ReadonlySet<string>): string | null => kinds.size === 0 ? null : [...kinds].sort().join()
