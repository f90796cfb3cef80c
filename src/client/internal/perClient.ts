/**
 * What a part of the library remembers about one client: a slot of its own for each part, made when it is first asked
 * for, and gone with the client. Two clients never share what is in it, also where they go to the same cluster.
 */
import { globalValue } from "effect/GlobalValue"
import type { Service } from "../KubeClient.js"

export const perClient = <A>(name: string, make: () => A): (client: Service) => A => {
  // One map for all copies of the module, which bundlers and test runners make.
  const slots = globalValue(Symbol.for(`effect-kube/client/${name}`), () => new WeakMap<Service, A>())
  return (client) => {
    const known = slots.get(client)
    if (known !== undefined) return known
    const made = make()
    slots.set(client, made)
    return made
  }
}
