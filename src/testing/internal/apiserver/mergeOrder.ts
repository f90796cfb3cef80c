/**
 * The order of a list after a strategic merge patch: what the patch names stands in the patch's order, and what only the
 * server has is put between it where it stood before, as well as that can be done.
 */

/** An element by the value that it is known by. */
type Identity = (element: unknown) => unknown

const positionsOf = (order: ReadonlyArray<unknown>, identity: Identity): ReadonlyMap<unknown, number> => {
  const positions = new Map<unknown, number>()
  order.forEach((element, at) => {
    const value = identity(element)
    if (!positions.has(value)) positions.set(value, at)
  })
  return positions
}

/** Sorts by an order; what the order does not name goes to the front, the last of it first. */
const sorted = (
  list: ReadonlyArray<unknown>,
  positions: ReadonlyMap<unknown, number>,
  identity: Identity
): ReadonlyArray<unknown> => {
  const result: Array<unknown> = []
  for (const element of list) {
    const position = positions.get(identity(element))
    let at = result.length
    while (at > 0) {
      const before = positions.get(identity(result[at - 1]))
      if (position !== undefined && before !== undefined && position >= before) break
      at--
    }
    result.splice(at, 0, element)
  }
  return result
}

/**
 * @param named what the patch's order names
 * @param others what only the server has
 * @param order the order that the patch gives
 * @param serverOrder the list as it was
 */
export const mergeOrder = (
  named: ReadonlyArray<unknown>,
  others: ReadonlyArray<unknown>,
  order: ReadonlyArray<unknown>,
  serverOrder: ReadonlyArray<unknown>,
  identity: Identity
): Array<unknown> => {
  const before = positionsOf(serverOrder, identity)
  const right = sorted(named, positionsOf(order, identity), identity)
  const left = sorted(others, before, identity)
  const result: Array<unknown> = []
  let next = 0
  for (const element of right) {
    const limit = before.get(identity(element))
    for (; next < left.length; next++) {
      const position = before.get(identity(left[next]))
      if (position === undefined || limit === undefined || position >= limit) break
      result.push(left[next])
    }
    result.push(element)
  }
  return [...result, ...left.slice(next)]
}
