/** Ingresses, their classes, NetworkPolicies, Endpoints and EndpointSlices: defaults and refusals. */
import { type Area, type Json, type Run, scenario } from "./scenario.js"

const networking = "networking.k8s.io/v1"

const service = (name: string, port: Json = { number: 80 }) => ({ service: { name, port } })
const path = (more: Json = {}) => ({ path: "/", pathType: "Prefix", backend: service("web"), ...more })
const http = (...paths: ReadonlyArray<Json>) => ({ http: { paths } })

/** Tries bodies that are refused, each under a name of its own. */
const refuse = function*(run: Run, plural: string, groupVersion: string, bodies: ReadonlyArray<Json>) {
  for (const [at, body] of bodies.entries()) {
    yield* run.post(run.at(plural, groupVersion), { metadata: { name: `x${at}` }, ...body })
  }
}

const classes = `/apis/${networking}/ingressclasses`

export const networkingArea: Area = {
  name: "networking",
  scenarios: [
    scenario("an Ingress as it is stored (S9, S11)", function*(run) {
      const ingresses = run.at("ingresses", networking)
      const ingressClassName = "none"
      yield* run.post(ingresses, {
        metadata: { name: "a" },
        spec: { ingressClassName, defaultBackend: service("web", { name: "http" }) },
        status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } }
      })
      yield* run.post(ingresses, {
        metadata: { name: "b" },
        spec: {
          ingressClassName,
          tls: [{ hosts: ["a.example.com", "*.b.example.com"], secretName: "tls" }, {}],
          rules: [
            { host: "a.example.com", ...http(path(), path({ path: "/b", pathType: "Exact" })) },
            {
              host: "*.b.example.com",
              ...http({
                pathType: "ImplementationSpecific",
                backend: { resource: { apiGroup: "example.com", kind: "Bucket", name: "files" } }
              })
            },
            {}
          ]
        }
      })
      yield* run.merge(`${ingresses}/b`, { spec: { tls: null } }, { show: (body) => body.metadata.generation })
      yield* run.merge(`${ingresses}/b/status`, {
        status: { loadBalancer: { ingress: [{ ip: "1.2.3.4", ports: [{ port: 80, protocol: "TCP" }] }] } }
      })
      yield* run.merge(`${ingresses}/b/status`, {
        status: { loadBalancer: { ingress: [{ ip: "nowhere" }, { hostname: "1.2.3.4" }, { hostname: "A" }] } }
      })
      yield* run.put(`${ingresses}/b`, { metadata: { name: "b" }, spec: { ingressClassName } })
    }),
    scenario("Ingresses that are wrong (S57)", function*(run) {
      const specs: ReadonlyArray<Json> = [
        {},
        { defaultBackend: {} },
        { defaultBackend: { service: { name: "" } } },
        { defaultBackend: service("Web") },
        { defaultBackend: service("1web", { number: 0 }) },
        { defaultBackend: service("web", { number: 70000 }) },
        { defaultBackend: service("web", { number: 80, name: "http" }) },
        { defaultBackend: service("web", { name: "not_a_port" }) },
        { defaultBackend: { ...service("web"), resource: { kind: "A", name: "b" } } },
        { defaultBackend: { resource: { apiGroup: "A B", kind: "", name: "a/b" } } },
        { rules: [{ host: "1.2.3.4" }, { host: "Big" }, { host: "*" }, { host: "a.*.b" }, { host: "*.ok" }] },
        { rules: [http()] },
        { rules: [http({ path: "/", backend: service("web") })] },
        { rules: [http(path({ pathType: "Regex" }))] },
        { rules: [http(path({ path: "a" }), path({ path: "" }), path({ path: "/a//b" }))] },
        { rules: [http(path({ path: "/a/./b/../c%2f%2F" }), path({ path: "/a/.." }), path({ path: "/a/." }))] },
        { rules: [http(path({ pathType: "ImplementationSpecific", path: "a" }))] },
        { rules: [http({ path: "/", pathType: "Prefix", backend: {} })] },
        { defaultBackend: service("web"), tls: [{ hosts: ["A", "*"], secretName: "B" }] },
        { defaultBackend: service("web"), ingressClassName: "A B" }
      ]
      yield* refuse(
        run,
        "ingresses",
        networking,
        specs.map((spec) => ({ spec: { ingressClassName: "none", ...spec } }))
      )
      yield* run.post(run.at("ingresses", networking), {
        metadata: { name: "both", annotations: { "kubernetes.io/ingress.class": "a" } },
        spec: { ingressClassName: "b", defaultBackend: service("web") }
      })
    }),
    scenario("the default class is given to an Ingress that names none (S9)", function*(run) {
      const ingresses = run.at("ingresses", networking)
      const body = (name: string, annotations: Json = {}) => ({
        metadata: { name, annotations },
        spec: { defaultBackend: service("web") }
      })
      yield* run.post(ingresses, body("before"), { show: (body) => body.spec })
      yield* run.post(classes, {
        metadata: { name: run.namespace, annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } },
        spec: { controller: "example.com/ingress" }
      })
      // A real server's own view of the classes is a little behind.
      const watch = yield* run.watch(`${ingresses}?watch=1&timeoutSeconds=1&labelSelector=none`)
      yield* watch.untilEnd
      yield* run.post(ingresses, body("after"), { show: (body) => body.spec })
      yield* run.post(ingresses, body("annotated", { "kubernetes.io/ingress.class": "other" }), {
        show: (body) => body.spec
      })
      yield* run.delete(`${classes}/${run.namespace}`, undefined, { show: (body) => body.status })
    }),
    scenario("IngressClasses: defaults, refusals and what stays (S9, S57)", function*(run) {
      const name = run.namespace
      const parameters = { apiGroup: "example.com", kind: "Parameters", name: "p" }
      yield* run.post(classes, { metadata: { name }, spec: { controller: "example.com/ingress", parameters } })
      yield* run.merge(`${classes}/${name}`, { spec: { controller: "example.com/other" } })
      yield* run.merge(`${classes}/${name}`, { spec: { parameters: { scope: "Namespace" } } })
      yield* run.merge(`${classes}/${name}`, { spec: { parameters: { scope: "Namespace", namespace: "default" } } })
      for (
        const spec of [
          {},
          { controller: "plain" },
          { controller: "A/b c" },
          { controller: "a.b/c", parameters: {} },
          { controller: "a.b/c", parameters: { ...parameters, scope: "World" } },
          { controller: "a.b/c", parameters: { ...parameters, apiGroup: "A", kind: "a/b", namespace: "x" } },
          { controller: "a.b/c", parameters: { ...parameters, scope: "Namespace", namespace: "X" } }
        ]
      ) yield* run.post(classes, { metadata: { name: `${name}-x` }, spec })
      yield* run.delete(`${classes}/${name}`, undefined, { show: (body) => body.status })
    }),
    scenario("a NetworkPolicy as it is stored (S9, S11)", function*(run) {
      const policies = run.at("networkpolicies", networking)
      yield* run.post(policies, { metadata: { name: "empty" } })
      yield* run.post(policies, { metadata: { name: "out" }, spec: { podSelector: {}, egress: [{}] } })
      yield* run.post(policies, {
        metadata: { name: "rich" },
        spec: {
          podSelector: { matchLabels: { app: "a" } },
          policyTypes: ["Egress"],
          ingress: [{
            ports: [{}, { port: 80 }, { port: "http", protocol: "SCTP" }, { port: 1000, endPort: 2000 }],
            from: [
              { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } },
              { podSelector: {}, namespaceSelector: { matchExpressions: [{ key: "a", operator: "Exists" }] } }
            ]
          }],
          egress: [{ to: [{ ipBlock: { cidr: "2001:db8::/32" } }] }]
        }
      })
      yield* run.merge(`${policies}/empty`, { spec: { policyTypes: ["Ingress", "Egress"] } })
      yield* run.merge(`${policies}/empty`, { metadata: { labels: { a: "b" } } })
    }),
    scenario("NetworkPolicies that are wrong (S57)", function*(run) {
      const ports = (...ports: ReadonlyArray<Json>) => ({ ingress: [{ ports }] })
      const from = (...from: ReadonlyArray<Json>) => ({ ingress: [{ from }] })
      const specs: ReadonlyArray<Json> = [
        { podSelector: { matchLabels: { "a b": "c d" } } },
        {
          podSelector: {
            matchExpressions: [
              { key: "a", operator: "In" },
              { key: "b", operator: "Exists", values: ["c"] },
              { key: "", operator: "Is" },
              { key: "d", operator: "NotIn", values: ["-"] }
            ]
          }
        },
        ports({ protocol: "HTTP" }, { port: 0 }, { port: 70000 }, { port: "Big_Name" }),
        ports({ port: 90, endPort: 80 }, { port: "a", endPort: 80 }, { endPort: 80 }, { port: 90, endPort: 70000 }),
        from({}, { podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }),
        from({ ipBlock: {} }, { ipBlock: { cidr: "10.0.0.0" } }, { ipBlock: { cidr: "10.0.0.1/8" } }),
        from({ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16", "10.0.0.0/8", "x", "10.0.0.0/7"] } }),
        { egress: [{ to: [{ ipBlock: { cidr: "x" } }], ports: [{ port: -1 }] }] },
        { policyTypes: ["Both"] },
        { policyTypes: ["Ingress", "Egress", "Ingress"] }
      ]
      yield* refuse(run, "networkpolicies", networking, specs.map((spec) => ({ spec: { podSelector: {}, ...spec } })))
    }),
    scenario("an EndpointSlice as it is stored (S9, S11)", function*(run) {
      const slices = run.at("endpointslices", "discovery.k8s.io/v1")
      yield* run.post(slices, { metadata: { name: "empty" }, addressType: "IPv4", endpoints: [], ports: [] })
      yield* run.post(slices, { metadata: { name: "missing" }, addressType: "IPv6" })
      yield* run.post(slices, {
        metadata: { name: "rich", labels: { "kubernetes.io/service-name": "web" } },
        addressType: "IPv4",
        endpoints: [
          {
            addresses: ["10.1.2.3"],
            conditions: { ready: true },
            nodeName: "node",
            zone: "z",
            hints: { forZones: [{ name: "z" }] },
            targetRef: { kind: "Pod", name: "p", namespace: "n" },
            deprecatedTopology: { a: "b" }
          },
          { addresses: ["10.1.2.4", "10.1.2.5"] }
        ],
        ports: [{}, { name: "http", port: 80, appProtocol: "kubernetes.io/ws" }]
      })
      yield* run.merge(`${slices}/rich`, { metadata: { labels: { a: "b" } } }, {
        show: (body) => body.metadata.generation
      })
      yield* run.merge(`${slices}/rich`, { metadata: { annotations: { a: "b" } } }, {
        show: (body) => body.metadata.generation
      })
      yield* run.merge(`${slices}/rich`, { addressType: "IPv6" })
    }),
    scenario("EndpointSlices that are wrong (S57)", function*(run) {
      const ipv4 = (...addresses: ReadonlyArray<string>) => ({ addressType: "IPv4", endpoints: [{ addresses }] })
      yield* refuse(run, "endpointslices", "discovery.k8s.io/v1", [
        { endpoints: [] },
        { addressType: "MAC", endpoints: [] },
        ipv4(),
        ipv4("nowhere", "127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1", "10.0.0.01", "2001:db8::1"),
        { addressType: "IPv6", endpoints: [{ addresses: ["2001:DB8::1", "10.0.0.1", "fe80::1", "::1"] }] },
        { addressType: "FQDN", endpoints: [{ addresses: ["a.b", "plain", "A.b", ""] }] },
        {
          addressType: "IPv4",
          endpoints: [{
            addresses: ["10.1.2.3"],
            nodeName: "A",
            hostname: "a.b",
            hints: { forZones: [{ name: "a" }, { name: "a" }, { name: "-" }] }
          }]
        },
        {
          addressType: "IPv4",
          endpoints: [],
          ports: [
            { name: "a", port: 80 },
            { name: "a", port: 81 },
            { name: "B" },
            { name: "c", protocol: "HTTP", appProtocol: "not valid" }
          ]
        }
      ])
    }),
    scenario("Endpoints: defaults, refusals and warnings (S9, S39, S57)", function*(run) {
      const endpoints = run.at("endpoints")
      yield* run.post(endpoints, {
        metadata: { name: "a" },
        subsets: [{
          addresses: [{ ip: "10.1.2.3", hostname: "h", nodeName: "n", targetRef: { kind: "Pod", name: "p" } }],
          notReadyAddresses: [{ ip: "10.1.2.2" }],
          ports: [{ port: 80 }]
        }]
      })
      yield* run.post(endpoints, { metadata: { name: "empty" } })
      yield* refuse(run, "endpoints", "v1", [
        { subsets: [{}] },
        { subsets: [{ addresses: [{ ip: "nowhere" }, { ip: "127.0.0.1" }, { ip: "10.1.2.3", hostname: "A" }] }] },
        { subsets: [{ addresses: [{ ip: "10.1.2.3", nodeName: "A B" }], ports: [{ port: 0 }, { port: 1 }] }] },
        { subsets: [{ addresses: [{ ip: "10.1.2.3" }], ports: [{ port: 80, protocol: "HTTP", appProtocol: "a b" }] }] }
      ])
      yield* run.put(`${endpoints}/new`, { metadata: { name: "new" }, subsets: null })
      yield* run.merge(`${endpoints}/a`, { subsets: [{ addresses: [{ ip: "x" }] }] })
    })
  ]
}
