/** Which server is behind a cluster, for helpers that look deeper than a test does. */
import type { Service } from "../TestCluster.js"
import type { Server } from "./apiserver/server.js"

const servers = new WeakMap<Service, Server>()

export const remember = (service: Service, server: Server): Service => {
  servers.set(service, server)
  return service
}

/** Undefined where somebody else has made the service. */
export const serverOf = (service: Service): Server | undefined => servers.get(service)
