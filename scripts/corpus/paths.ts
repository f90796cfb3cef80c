/** Places in a JSON value. */
export type Path = ReadonlyArray<string | number>

/** `spec.ports[0].name`, as the server writes it. */
export const printed = (path: Path): string =>
  path.map((key, at) =>
    typeof key === "number" ? `[${key}]` : /[.[\]]/.test(key) ? `[${key}]` : at === 0 ? key : `.${key}`
  )
    .join("")

/** Reads what the server writes: `spec.limits[0].max[cpu]`. */
export const parsed = (text: string): Path =>
  [...text.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, key, name]) =>
    name ?? (/^\d+$/.test(key!) ? Number(key) : key!)
  )

export const startsWith = (path: Path, start: Path): boolean =>
  path.length >= start.length && start.every((key, at) => path[at] === key)

export const get = (value: unknown, path: Path): unknown => {
  let inner: any = value
  for (const key of path) {
    if (inner === null || typeof inner !== "object") return undefined
    inner = inner[key]
  }
  return inner
}

/** Changes the value in place; objects and lists on the way must be there. `undefined` takes the place away. */
export const set = (value: unknown, path: Path, at: unknown): void => {
  const holder = get(value, path.slice(0, -1)) as any
  const last = path[path.length - 1]!
  if (at !== undefined) holder[last] = at
  else if (Array.isArray(holder)) holder.splice(last as number, 1)
  else delete holder[last]
}

/** Neither absent nor empty: what the server counts as set. */
export const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== "" &&
  !(typeof value === "object" && Object.keys(value).length === 0)

export const isServed = (value: unknown): boolean => value !== undefined && value !== null && value !== ""
