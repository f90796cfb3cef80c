/** Services: what a server fills in, the addresses and ports that it gives, and what it refuses. */
import { specAlone, withoutAddresses } from "./givenAddresses.js"
import { type Area, type Json, type Run, scenario } from "./scenario.js"

const shown = { show: withoutAddresses }
const spec = { show: specAlone }

const service = (name: string, spec: Json, metadata: Json = {}) => ({ metadata: { name, ...metadata }, spec })
const port = { port: 80 }

/** Tries specs that are refused, each under a name of its own. */
const refuse = function*(run: Run, specs: ReadonlyArray<Json>) {
  for (const [at, each] of specs.entries()) yield* run.post(run.at("services"), service(`s${at}`, each), shown)
}

export const services: Area = {
  name: "services",
  scenarios: [
    scenario("a Service gets an address, a family and defaults (S9, S13)", function*(run) {
      const path = run.at("services")
      yield* run.post(path, service("plain", { ports: [port] }), shown)
      yield* run.get(`${path}/plain`, shown)
      yield* run.post(
        path,
        service("rich", {
          selector: { app: "a" },
          ports: [
            { name: "http", port: 80, targetPort: "web", appProtocol: "kubernetes.io/h2c" },
            { name: "dns", port: 53, protocol: "UDP", targetPort: 5353 },
            { name: "zero", port: 81, targetPort: 0 }
          ],
          sessionAffinity: "ClientIP",
          externalIPs: ["1.2.3.4"],
          publishNotReadyAddresses: true,
          internalTrafficPolicy: "Local",
          ipFamilies: ["IPv4"]
        }),
        shown
      )
      yield* run.post(
        path,
        service("sticky", {
          ports: [port],
          sessionAffinity: "ClientIP",
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } }
        }),
        spec
      )
      yield* run.post(
        path,
        service("unstuck", { ports: [port], sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } }),
        spec
      )
      yield* run.post(path, service("preferred", { ports: [port], ipFamilyPolicy: "PreferDualStack" }), spec)
    }),
    scenario("Services of the other types get their defaults (S9)", function*(run) {
      const path = run.at("services")
      yield* run.post(path, service("node", { type: "NodePort", ports: [port] }), shown)
      yield* run.post(
        path,
        service("nodes", {
          type: "NodePort",
          ports: [
            { name: "tcp", port: 53, protocol: "TCP", nodePort: 30001 },
            { name: "udp", port: 53, protocol: "UDP" },
            { name: "other", port: 54 }
          ]
        }),
        spec
      )
      yield* run.post(path, service("balanced", { type: "LoadBalancer", ports: [port] }), shown)
      yield* run.post(
        path,
        service("local", {
          type: "LoadBalancer",
          ports: [port],
          externalTrafficPolicy: "Local",
          allocateLoadBalancerNodePorts: false,
          loadBalancerClass: "example.com/internal",
          loadBalancerSourceRanges: ["10.0.0.0/8"]
        }),
        spec
      )
      yield* run.post(path, service("headless", { clusterIP: "None", selector: { a: "b" }, ports: [port] }), spec)
      yield* run.post(path, service("rough", { clusterIP: "None" }), spec)
      yield* run.post(path, service("single", { clusterIP: "None", ipFamilyPolicy: "SingleStack" }), spec)
      yield* run.post(path, service("name", { type: "ExternalName", externalName: "db.example.com." }), shown)
      yield* run.post(
        path,
        service("external", { type: "ExternalName", externalName: "db.example.com", ports: [port] }),
        spec
      )
      yield* run.get(`${path}?fieldSelector=spec.clusterIP%3DNone`, {
        show: (body) => body.items.map((item: Json) => item.metadata.name)
      })
      yield* run.get(`${path}?fieldSelector=spec.type%3DNodePort`, {
        show: (body) => body.items.map((item: Json) => item.metadata.name)
      })
    }),
    scenario("an address is given once, and again when its Service is gone (S9, S57)", function*(run) {
      const path = run.at("services")
      yield* run.post(path, service("a", { clusterIP: "10.0.0.5", ports: [port] }), shown)
      yield* run.post(path, service("b", { clusterIP: "10.0.0.5", ports: [port] }), shown)
      yield* run.post(`${path}?dryRun=All`, service("c", { clusterIP: "10.0.0.6", ports: [port] }), shown)
      yield* run.post(path, service("c", { clusterIP: "10.0.0.6", ports: [port] }), spec)
      yield* run.delete(`${path}/a`, undefined, shown)
      yield* run.post(path, service("b", { clusterIP: "10.0.0.5", ports: [port] }), spec)
      yield* run.post(path, service("d", { clusterIP: "192.168.7.7", ports: [port] }), shown)
      yield* run.post(path, service("e", { clusterIP: "10.0.0.0", ports: [port] }), shown)
      yield* run.post(path, service("f", { clusterIP: "10.0.0.1", ports: [port] }), shown)
    }),
    scenario("a node port is given once, and again when its Service is gone (S9, S57)", function*(run) {
      const path = run.at("services")
      const ports = (nodePort: number, more: Json = {}) => [{ port: 80, nodePort, ...more }]
      yield* run.post(path, service("a", { type: "NodePort", ports: ports(30005) }), spec)
      yield* run.post(path, service("b", { type: "NodePort", ports: ports(30005) }), shown)
      yield* run.post(path, service("b", { type: "NodePort", ports: ports(30005, { protocol: "UDP" }) }), shown)
      yield* run.post(path, service("c", { type: "NodePort", ports: ports(29999) }), shown)
      yield* run.post(path, service("c", { type: "NodePort", ports: ports(32768) }), shown)
      yield* run.merge(`${path}/a`, { spec: { ports: ports(30006) } }, spec)
      yield* run.post(path, service("b", { type: "NodePort", ports: ports(30005) }), spec)
      yield* run.merge(`${path}/a`, { spec: { ports: ports(30005) } }, shown)
      yield* run.delete(`${path}/b`, undefined, { show: () => "gone" })
      yield* run.merge(`${path}/a`, { spec: { ports: ports(30005) } }, spec)
      yield* run.post(
        path,
        service("local", {
          type: "LoadBalancer",
          externalTrafficPolicy: "Local",
          healthCheckNodePort: 30008,
          ports: ports(30007)
        }),
        spec
      )
      yield* run.post(
        path,
        service("other", {
          type: "LoadBalancer",
          externalTrafficPolicy: "Local",
          healthCheckNodePort: 30008,
          ports: [port]
        }),
        shown
      )
    }),
    scenario("ports of a Service that are wrong (S57)", function*(run) {
      yield* refuse(run, [
        {},
        { ports: [] },
        { ports: [{ port: 0 }] },
        { ports: [{ port: 70000, targetPort: 70001 }] },
        { ports: [{ port: 80 }, { port: 81 }] },
        { ports: [{ name: "a", port: 80 }, { name: "a", port: 81 }] },
        { ports: [{ name: "a", port: 80 }, { name: "b", port: 80 }] },
        { ports: [{ name: "Big_Name", port: 80 }] },
        { ports: [{ port: 80, protocol: "HTTP" }] },
        { ports: [{ port: 80, targetPort: "a_name_that_is_too_long" }] },
        { ports: [{ port: 80, targetPort: "1234" }] },
        { ports: [{ port: 80, targetPort: "-a--b" }] },
        { ports: [{ port: 80, appProtocol: "not valid" }] },
        { ports: [{ port: 80, nodePort: 30011 }] },
        {
          type: "NodePort",
          ports: [{ name: "a", port: 80, nodePort: 30012 }, { name: "b", port: 81, nodePort: 30012 }]
        }
      ])
    }),
    scenario("a Service whose type does not go with the rest (S57)", function*(run) {
      yield* refuse(run, [
        { type: "Proxy", ports: [port] },
        { type: "ExternalName" },
        { type: "ExternalName", externalName: "not a name" },
        { type: "ExternalName", externalName: "a.b", clusterIP: "10.0.0.9" },
        { type: "ExternalName", externalName: "a.b", clusterIP: "None" },
        { type: "ExternalName", externalName: "a.b", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" },
        { type: "NodePort", clusterIP: "None", ports: [port] },
        { type: "LoadBalancer", clusterIP: "None", ports: [port] },
        { ports: [port], externalTrafficPolicy: "Local" },
        { type: "NodePort", ports: [port], externalTrafficPolicy: "Everywhere" },
        { type: "NodePort", ports: [port], healthCheckNodePort: 30013 },
        { ports: [port], internalTrafficPolicy: "Everywhere" },
        { ports: [port], trafficDistribution: "Far" },
        { ports: [port], loadBalancerClass: "example.com/x" },
        { type: "LoadBalancer", ports: [port], loadBalancerClass: "a b" },
        { ports: [port], allocateLoadBalancerNodePorts: true },
        { ports: [port], loadBalancerSourceRanges: ["10.0.0.0/8"] },
        { type: "LoadBalancer", ports: [port], loadBalancerSourceRanges: ["10.0.0.0", " 10.1.0.0/16 ", "10.0.0.1/8"] },
        { ports: [port], sessionAffinity: "Cookie" },
        {
          ports: [port],
          sessionAffinity: "ClientIP",
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 90000 } }
        },
        { ports: [port], selector: { "a b": "c", d: "-" } }
      ])
    }),
    scenario("addresses and families of a Service that are wrong (S57)", function*(run) {
      yield* refuse(run, [
        { ports: [port], clusterIP: "nowhere" },
        { ports: [port], clusterIP: "10.0.0.300" },
        { ports: [port], clusterIP: "10.0.0.010" },
        { ports: [port], clusterIP: "fd00::1" },
        { ports: [port], clusterIP: "10.0.0.10", clusterIPs: ["10.0.0.11"] },
        { ports: [port], clusterIPs: ["10.0.0.10"] },
        { ports: [port], clusterIP: "None", clusterIPs: ["None", "10.0.0.10"] },
        { ports: [port], clusterIP: "10.0.0.10", clusterIPs: ["10.0.0.10", "10.0.0.11"] },
        { ports: [port], ipFamilies: ["IPv5"] },
        { ports: [port], ipFamilies: ["IPv4", "IPv4"] },
        { ports: [port], ipFamilies: ["IPv6"] },
        { ports: [port], ipFamilies: ["IPv4", "IPv6"] },
        { ports: [port], ipFamilyPolicy: "Both" },
        { ports: [port], ipFamilyPolicy: "RequireDualStack" },
        { ports: [port], clusterIP: "10.0.0.10", ipFamilies: ["IPv6"] },
        { ports: [port], externalIPs: ["nowhere", "127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1", "1.2.3.04"] }
      ])
      yield* run.post(run.at("services"), service("1-digit", { ports: [port] }), shown)
      yield* run.post(run.at("services"), service("dots.are.not", { ports: [port] }), shown)
      yield* run.post(run.at("services"), { metadata: { generateName: "Gen-" }, spec: { ports: [port] } }, {
        show: (body) => body.details?.causes
      })
    }),
    scenario("a Service changes its type (S11, S33)", function*(run) {
      const path = run.at("services")
      yield* run.post(path, service("a", { ports: [port] }), spec)
      yield* run.merge(`${path}/a`, { spec: { type: "NodePort" } }, spec)
      yield* run.merge(`${path}/a`, { spec: { type: "LoadBalancer", externalTrafficPolicy: "Local" } }, spec)
      yield* run.merge(`${path}/a/status`, { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } }, shown)
      yield* run.merge(`${path}/a`, { spec: { externalTrafficPolicy: "Cluster" } }, spec)
      yield* run.merge(`${path}/a`, { spec: { type: "ClusterIP" } }, shown)
      yield* run.merge(`${path}/a`, { spec: { type: "ExternalName", externalName: "a.b" } }, spec)
      yield* run.merge(`${path}/a`, { spec: { type: "ClusterIP", externalName: null } }, spec)
      // A real server tries an update on what its cache has. Where that is old it tries again, and finds the port taken by
      // its own first try.
      yield* run.until(`${path}/a?resourceVersion=0`, ({ body }) => body.spec.type === "ClusterIP", shown)
      yield* run.merge(`${path}/a`, { spec: { type: "NodePort", ports: [{ port: 80, nodePort: 30020 }] } }, spec)
      yield* run.merge(`${path}/a`, { spec: { type: "ClusterIP", ports: [{ port: 80, nodePort: 30021 }] } }, shown)
      yield* run.merge(`${path}/a`, { spec: { clusterIP: "None", clusterIPs: ["None"], type: "ClusterIP" } }, shown)
    }),
    scenario("what was given to a Service stays with it (S4, S34)", function*(run) {
      const path = run.at("services")
      yield* run.post(path, service("a", { type: "NodePort", ports: [{ name: "a", port: 80 }] }), spec)
      yield* run.put(`${path}/a`, service("a", { type: "NodePort", ports: [{ name: "a", port: 81 }] }), spec)
      yield* run.put(
        `${path}/a`,
        service("a", { type: "NodePort", ports: [{ name: "a", port: 81 }, { name: "b", port: 82 }] }),
        spec
      )
      yield* run.merge(`${path}/a`, { spec: { clusterIP: "10.0.0.12" } }, shown)
      yield* run.merge(`${path}/a`, { spec: { clusterIP: null, clusterIPs: null } }, spec)
      yield* run.merge(`${path}/a`, { spec: { clusterIP: "" } }, spec)
      yield* run.merge(`${path}/a`, { spec: { ipFamilies: ["IPv6"] } }, shown)
      yield* run.merge(`${path}/a`, { spec: { ipFamilyPolicy: "RequireDualStack" } }, shown)
      yield* run.merge(`${path}/a`, { spec: { ipFamilyPolicy: "PreferDualStack" } }, spec)
      yield* run.merge(`${path}/a`, { spec: { ports: null } }, shown)
      yield* run.merge(`${path}/a`, { metadata: { name: "b" } }, shown)
      yield* run.put(`${path}/b`, service("b", { ports: [port] }), shown)
      yield* run.put(`${path}/b`, service("b", { ports: [port] }), spec)
      yield* run.post(path, service("lb", { type: "LoadBalancer", ports: [port] }), { show: () => "made" })
      yield* run.merge(`${path}/lb`, { spec: { loadBalancerClass: "example.com/a" } }, shown)
      yield* run.post(path, service("headless", { clusterIP: "None" }), spec)
      yield* run.merge(`${path}/headless`, { spec: { clusterIP: "10.0.0.13", ports: [port] } }, shown)
      yield* run.merge(`${path}/headless`, { spec: { selector: { a: "b" }, ipFamilies: ["IPv4"] } }, spec)
    }),
    scenario("what the author of a Service is warned of (S39)", function*(run) {
      const path = run.at("services")
      yield* run.post(
        path,
        service("a", {
          clusterIP: "None",
          loadBalancerIP: "1.2.3.4",
          externalIPs: ["1.2.3.4"],
          sessionAffinity: "ClientIP"
        }),
        { show: () => "made" }
      )
      yield* run.post(
        path,
        service("b", {
          ports: [port],
          externalName: "a.b",
          externalIPs: ["1.2.3.4", "2001:DB8::1"],
          trafficDistribution: "PreferClose"
        }, { annotations: { "service.kubernetes.io/topology-aware-hints": "auto" } }),
        { show: () => "made" }
      )
      yield* run.post(
        path,
        service("c", { type: "ExternalName", externalName: "a.b", externalIPs: ["1.2.3.4"] }),
        { show: () => "made" }
      )
      yield* run.merge(`${path}/c`, { metadata: { labels: { a: "b" } } }, { show: () => "changed" })
    }),
    scenario("the status of a Service is checked (S12, S57)", function*(run) {
      const path = run.at("services")
      yield* run.post(path, service("a", { type: "LoadBalancer", ports: [port] }), { show: () => "made" })
      yield* run.post(path, service("b", { ports: [port] }), { show: () => "made" })
      const ingress = (...ingress: ReadonlyArray<Json>) => ({ status: { loadBalancer: { ingress } } })
      yield* run.merge(`${path}/a/status`, ingress({ ip: "1.2.3.4" }, { hostname: "lb.example.com" }), shown)
      yield* run.merge(
        `${path}/a/status`,
        ingress(
          { ip: "nowhere" },
          { hostname: "1.2.3.4" },
          { hostname: "a_b" },
          { ipMode: "VIP" },
          { ip: "1.2.3.4", ipMode: "X" }
        ),
        shown
      )
      yield* run.merge(`${path}/b/status`, ingress({ ip: "1.2.3.4" }), shown)
      yield* run.put(`${path}/a/status`, { ...service("a", { ports: [{ port: 99 }] }), status: {} }, shown)
    })
  ]
}
