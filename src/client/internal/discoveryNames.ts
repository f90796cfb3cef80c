/**
 * From what people write to the kind that they mean: kubectl's rules (client-go's restmapper, cli-runtime's builder),
 * as functions of the kinds in the order of their preference.
 */
import type { Kind, Name } from "../Discovery.js"

/** What a name may say: `deploy.v1.apps`. The empty group is the core group where the version is given, else any. */
interface Wanted {
  readonly name: string
  readonly group: string
  readonly version: string
}

/** `a.b.c` is the resource `a` of version `b` and group `c`, or of group `b.c`; a dot at the end means the core group. */
const readings = (text: string): ReadonlyArray<Wanted> => {
  const [name = "", ...rest] = text.split(".")
  const [version = "", ...group] = rest
  const inGroup: Wanted = { name, version: "", group: rest.join(".") }
  return rest.length >= 2 ? [{ name, version, group: group.join(".") }, inGroup] : [inGroup]
}

const isCalled = (kind: Kind, name: string): boolean => kind.plural === name || kind.singular === name

/** Those of the first group and version that has any: kinds come in the order of preference. */
const ofFirstVersion = (kinds: ReadonlyArray<Kind>): ReadonlyArray<Kind> => {
  const [first] = kinds
  return first === undefined
    ? []
    : kinds.filter(({ group, version }) => group === first.group && version === first.version)
}

/** A group may be cut short (`storageclass.storage`) where no version is given and nothing has the name in whole. */
const inGroup = (kinds: ReadonlyArray<Kind>, { group, version }: Wanted): ReadonlyArray<Kind> => {
  const versioned = version === "" ? kinds : kinds.filter((kind) => kind.version === version)
  if (group === "") return versioned
  const exact = versioned.filter((kind) => kind.group === group)
  return exact.length > 0 || version !== "" ? exact : versioned.filter((kind) => kind.group.startsWith(group))
}

/** By plural, singular, and else by short name. */
const asResource = (kinds: ReadonlyArray<Kind>, wanted: Wanted): ReadonlyArray<Kind> => {
  const lower = wanted.name.toLowerCase()
  const named = inGroup(kinds.filter((kind) => isCalled(kind, lower)), wanted)
  if (named.length > 0) return ofFirstVersion(named)
  const short = kinds.filter((kind) => kind.shortNames.includes(wanted.name))
  // The first that has the short name says which resource is meant, also where other groups have it too.
  const meant = inGroup(short, wanted)[0]
  return meant === undefined ? [] : ofFirstVersion(
    inGroup(kinds.filter((kind) => kind.group === meant.group && kind.plural === meant.plural), wanted)
  )
}

const asKind = (kinds: ReadonlyArray<Kind>, wanted: Wanted): ReadonlyArray<Kind> =>
  ofFirstVersion(
    kinds.filter((kind) =>
      (kind.kind === wanted.name || kind.kind.toLowerCase() === wanted.name) &&
      (wanted.group === "" || kind.group === wanted.group) &&
      (wanted.version === "" || kind.version === wanted.version)
    )
  )

const ofReference = (kinds: ReadonlyArray<Kind>, name: Exclude<Name, string>): ReadonlyArray<Kind> => {
  const slash = name.apiVersion.indexOf("/")
  const [group, version] = [name.apiVersion.slice(0, Math.max(slash, 0)), name.apiVersion.slice(slash + 1)]
  return kinds.filter((kind) => kind.kind === name.kind && kind.group === group && kind.version === version)
}

/** The kinds that a name can mean: none, one, or several that nothing puts before each other. */
export const matches = (kinds: ReadonlyArray<Kind>, name: Name): ReadonlyArray<Kind> => {
  if (typeof name !== "string") return ofReference(kinds, name)
  if (name === "") return []
  const wanted = readings(name)
  for (const find of [asResource, asKind]) {
    for (const reading of wanted) {
      const found = find(kinds, reading)
      if (found.length <= 1) {
        if (found.length === 1) return found
        continue
      }
      // Of two resources the plural of one may be the singular of the other.
      const plural = found.filter((kind) => kind.plural === reading.name.toLowerCase())
      return plural.length === 1 ? plural : found
    }
  }
  return []
}

/** Each resource in the version that is preferred, or the first that has it. */
export const preferred = (kinds: ReadonlyArray<Kind>): ReadonlyArray<Kind> => {
  const seen = new Set<string>()
  return kinds.filter(({ group, plural }) => {
    const key = `${plural}.${group}`
    return !seen.has(key) && seen.add(key)
  })
}

/** Those of a category: `all`. */
export const inCategory = (kinds: ReadonlyArray<Kind>, category: string): ReadonlyArray<Kind> => {
  const members = new Set(
    kinds.filter((kind) => kind.categories.includes(category)).map(({ group, plural }) => `${plural}.${group}`)
  )
  return preferred(kinds).filter(({ group, plural }) => members.has(`${plural}.${group}`))
}

// ------------------------------------------------------------------------------------------------ what was meant

/** `deployments.v1.apps`, `pods.v1.`: a name that means this kind and no other. */
export const fullName = ({ group, plural, version }: Kind): string => `${plural}.${version}.${group}`

/** Longer texts are no names. */
const maxName = 253

/** How many letters must be added, left out or changed to come from one text to another (Levenshtein). */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j]! + Number(a[i] !== b[j]), row[j + 1]! + 1, next[j]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

/** Names close to one that means nothing: first those that only another group or version has. */
export const similar = (kinds: ReadonlyArray<Kind>, name: Name): ReadonlyArray<string> => {
  const text = typeof name === "string" ? name : name.kind
  if (text === "" || text.length > maxName) return []
  const wanted = text.split(".", 1)[0]!.toLowerCase()
  const far = Math.max(1, Math.floor(wanted.length / 3))
  const near: Array<{ readonly name: string; readonly distance: number }> = []
  const inOtherVersions = kinds.filter((kind) =>
    isCalled(kind, wanted) || kind.kind.toLowerCase() === wanted || kind.shortNames.includes(wanted)
  )
  if (inOtherVersions.length > 0) return inOtherVersions.slice(0, 5).map(fullName)
  for (const kind of preferred(kinds)) {
    const names = [kind.plural, kind.singular, kind.kind.toLowerCase(), ...kind.shortNames]
    const least = Math.min(
      ...names.map((each) => Math.abs(each.length - wanted.length) > far ? Infinity : distance(wanted, each))
    )
    if (least <= far) near.push({ name: fullName(kind), distance: least })
  }
  return near.sort((a, b) => a.distance - b.distance).slice(0, 5).map((each) => each.name)
}
