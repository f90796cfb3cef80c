/** Rows of tables: kinds of the network, of storage, of a namespace and of the cluster. */
import { type Area, type Json, scenario } from "./scenario.js"
import { cellsOf, rows, show, silent } from "./tableViews.js"
import { definition, version } from "./widgets.js"

export const tableKinds: Area = {
  name: "tableKinds",
  scenarios: [
    scenario("rows of services and what leads to them (S55)", function*(run) {
      const services = run.at("services")
      const hidden = {
        ...rows,
        show: (body: Json) =>
          cellsOf(body).map((cells: Json) =>
            cells.map((cell: Json) =>
              typeof cell === "string"
                ? cell.replace(/^10\.\d+\.\d+\.\d+$/, "<address>").replace(/:3\d{4}\//g, ":<port>/")
                : cell
            )
          )
      }
      const ports = [{ name: "a", port: 80 }, { name: "b", port: 443, protocol: "UDP" }]
      yield* run.post(services, { metadata: { name: "plain" }, spec: { ports, selector: { b: "2", a: "1" } } }, hidden)
      yield* run.post(services, { metadata: { name: "headless" }, spec: { clusterIP: "None" } }, hidden)
      yield* run.post(services, {
        metadata: { name: "outer" },
        spec: { ports, externalIPs: ["192.0.2.1", "192.0.2.2"] }
      }, hidden)
      yield* run.post(services, { metadata: { name: "node" }, spec: { type: "NodePort", ports } }, hidden)
      yield* run.post(services, { metadata: { name: "balanced" }, spec: { type: "LoadBalancer", ports } }, hidden)
      yield* run.merge(`${services}/balanced/status`, {
        status: {
          loadBalancer: { ingress: [{ ip: "192.0.2.9" }, { hostname: "a.example.com" }, { ip: "192.0.2.10" }] }
        }
      }, silent)
      yield* run.get(`${services}/balanced`, hidden)
      yield* run.post(services, {
        metadata: { name: "named" },
        spec: { type: "ExternalName", externalName: "x.example.com" }
      }, hidden)
      const addresses = (...ips: ReadonlyArray<string>) => ips.map((ip) => ({ ip }))
      const endpoints = (name: string, subsets?: Json) => ({ metadata: { name }, subsets })
      yield* run.post(run.at("endpoints"), endpoints("none"), rows)
      yield* run.post(
        run.at("endpoints"),
        endpoints("some", [
          {
            addresses: addresses("192.0.2.1", "192.0.2.2"),
            ports: [{ name: "a", port: 80 }, { name: "b", port: 443 }]
          },
          { addresses: addresses("2001:db8::1"), ports: [{ name: "a", port: 80 }] }
        ]),
        rows
      )
      yield* run.post(
        run.at("endpoints"),
        endpoints("six", [
          { addresses: addresses("2001:db8::1"), ports: [{ port: 80 }] }
        ]),
        rows
      )
      const slices = run.at("endpointslices", "discovery.k8s.io/v1")
      yield* run.post(slices, { metadata: { name: "none" }, addressType: "IPv4", endpoints: [], ports: [] }, rows)
      yield* run.post(slices, {
        metadata: { name: "some" },
        addressType: "IPv4",
        endpoints: [{ addresses: ["192.0.2.1"] }, { addresses: ["192.0.2.2"] }, { addresses: ["192.0.2.3"] }, {
          addresses: ["192.0.2.4"]
        }],
        ports: [{ name: "a", port: 80 }, { name: "b", port: 443 }]
      }, rows)
      const ingresses = run.at("ingresses", "networking.k8s.io/v1")
      const backend = { service: { name: "s", port: { number: 80 } } }
      const rule = (host?: string) => ({ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } })
      yield* run.post(ingresses, { metadata: { name: "plain" }, spec: { defaultBackend: backend } }, rows)
      yield* show(run, ingresses, {
        metadata: { name: "some" },
        spec: {
          ingressClassName: "c",
          tls: [{ hosts: ["a.example.com"] }],
          rules: [rule("a.example.com"), rule(), rule("b.example.com"), rule("c.example.com"), rule("d.example.com")]
        }
      }, { loadBalancer: { ingress: [{ ip: "192.0.2.9" }, { hostname: "lb.example.com" }] } })
      yield* run.post(ingresses, {
        metadata: { name: "three" },
        spec: { rules: [rule("a.example.com"), rule(), rule("b.example.com"), rule("c.example.com")] }
      }, rows)
      // A default class is that of every ingress that is created later, so it comes last and goes at once.
      const classes = "/apis/networking.k8s.io/v1/ingressclasses"
      const [first, second] = [`${run.namespace}-a`, `${run.namespace}-b`]
      yield* run.post(classes, {
        metadata: { name: first, annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } },
        spec: { controller: "example.com/c", parameters: { apiGroup: "example.com", kind: "P", name: "p" } }
      }, rows)
      yield* run.delete(`${classes}/${first}`)
      yield* run.post(classes, { metadata: { name: second }, spec: { controller: "example.com/c" } }, rows)
      yield* run.delete(`${classes}/${second}`)
      yield* run.post(run.at("networkpolicies", "networking.k8s.io/v1"), {
        metadata: { name: "a" },
        spec: { podSelector: {} }
      }, rows)
      yield* run.post(run.at("networkpolicies", "networking.k8s.io/v1"), {
        metadata: { name: "b" },
        spec: {
          podSelector: {
            matchLabels: { z: "1", a: "2" },
            matchExpressions: [
              { key: "m", operator: "Exists" },
              { key: "n", operator: "DoesNotExist" },
              { key: "b", operator: "NotIn", values: ["y", "x"] },
              { key: "c", operator: "In", values: ["x"] }
            ]
          }
        }
      }, rows)
    }),
    scenario("rows of what a namespace holds (S55)", function*(run) {
      yield* run.get(`/api/v1/namespaces/${run.namespace}`, rows)
      yield* run.post(run.at("secrets"), { metadata: { name: "a" }, data: { k: "dg==" }, stringData: { l: "w" } }, rows)
      yield* run.post(run.at("serviceaccounts"), { metadata: { name: "a" } }, rows)
      yield* run.post(run.at("limitranges"), {
        metadata: { name: "a" },
        spec: { limits: [{ type: "Pod", max: { cpu: "1" } }] }
      }, rows)
      yield* show(run, run.at("resourcequotas"), { metadata: { name: "a" }, spec: { hard: { pods: "5" } } }, {
        hard: { pods: "5", "requests.cpu": "2", "limits.cpu": "4" },
        used: { pods: "1", "limits.cpu": "500m" }
      })
      yield* run.post(run.at("leases", "coordination.k8s.io/v1"), {
        metadata: { name: "a" },
        spec: { holderIdentity: "me" }
      }, rows)
      yield* run.post(run.at("leases", "coordination.k8s.io/v1"), { metadata: { name: "b" } }, rows)
      const rbac = "rbac.authorization.k8s.io/v1"
      yield* run.post(run.at("roles", rbac), { metadata: { name: "a" }, rules: [] }, rows)
      yield* run.post(run.at("rolebindings", rbac), {
        metadata: { name: "a" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "a" },
        subjects: [
          { kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "u" },
          { kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "v" },
          { kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "g" },
          { kind: "ServiceAccount", namespace: "n", name: "s" }
        ]
      }, rows)
      const claims = run.at("persistentvolumeclaims")
      yield* run.post(claims, {
        metadata: { name: "a" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "slow" }
      }, rows)
      yield* show(run, claims, {
        metadata: { name: "b" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
          storageClassName: "",
          volumeName: "v"
        }
      }, { phase: "Bound", accessModes: ["ReadWriteMany", "ReadWriteOnce"], capacity: { storage: "2Gi" } })
      yield* run.delete(`${claims}/b`, undefined, rows)
    }),
    scenario("rows of events (S55)", function*(run) {
      const involvedObject = { kind: "Pod", namespace: run.namespace, name: "p", fieldPath: "spec.containers{c}" }
      const path = run.at("events")
      yield* run.post(path, {
        metadata: { name: "a" },
        involvedObject,
        reason: "Pulled",
        message: " pulled\n",
        type: "Normal",
        source: { component: "kubelet", host: "n" },
        firstTimestamp: "2020-01-01T00:00:00Z",
        lastTimestamp: "2020-01-02T00:00:00Z",
        count: 3
      }, rows)
      yield* run.post(path, { metadata: { name: "b" }, involvedObject: { namespace: run.namespace } }, rows)
      yield* run.post(run.at("events", "events.k8s.io/v1"), {
        metadata: { name: "c" },
        regarding: involvedObject,
        reason: "Done",
        action: "Do",
        note: "done",
        type: "Warning",
        eventTime: "2020-01-01T00:00:00.000000Z",
        reportingController: "example.com/controller",
        reportingInstance: "i",
        series: { count: 5, lastObservedTime: "2020-01-02T00:00:00.000000Z" }
      }, rows)
      yield* run.get(`${run.at("events", "events.k8s.io/v1")}/a`, rows)
    }),
    scenario("rows of what belongs to the cluster (S55)", function*(run) {
      const { namespace } = run
      const created: Array<string> = []
      const make = function*(groupVersion: string, plural: string, object: Json, status?: Json) {
        const root = groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`
        const path = `${root}/${plural}`
        created.push(`${path}/${object.metadata.name}`)
        yield* show(run, path, object, status)
      }
      const named = (name: string, more: Json = {}) => ({ metadata: { name: `${namespace}-${name}`, ...more } })
      yield* make("v1", "nodes", named("plain"))
      yield* make("v1", "nodes", {
        ...named("some", { labels: { "node-role.kubernetes.io/worker": "", "kubernetes.io/role": "big" } }),
        spec: { unschedulable: true }
      }, {
        conditions: [{ type: "Ready", status: "True" }],
        addresses: [{ type: "InternalIP", address: "10.0.0.1" }, { type: "ExternalIP", address: "192.0.2.1" }],
        nodeInfo: {
          machineID: "",
          systemUUID: "",
          bootID: "",
          kernelVersion: "6.1",
          osImage: "Linux",
          containerRuntimeVersion: "c://2",
          kubeletVersion: "v1.37.2",
          kubeProxyVersion: "",
          operatingSystem: "linux",
          architecture: "amd64"
        }
      })
      yield* make("v1", "persistentvolumes", {
        ...named("a"),
        spec: {
          capacity: { storage: "5Gi" },
          accessModes: ["ReadWriteMany", "ReadWriteOnce"],
          hostPath: { path: "/x" },
          storageClassName: "slow",
          claimRef: { namespace: "n", name: "c" }
        }
      })
      yield* make("storage.k8s.io/v1", "storageclasses", {
        ...named("a", { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } }),
        provisioner: "example.com/p",
        allowVolumeExpansion: true
      })
      yield* run.get(`/apis/storage.k8s.io/v1/storageclasses?fieldSelector=metadata.name%3D${namespace}-a`, rows)
      yield* make("storage.k8s.io/v1", "csidrivers", { ...named("a"), spec: {} })
      yield* make("storage.k8s.io/v1", "csinodes", { ...named("a"), spec: { drivers: [] } })
      yield* make("storage.k8s.io/v1", "volumeattachments", {
        ...named("a"),
        spec: { attacher: "example.com", nodeName: "n", source: { persistentVolumeName: "v" } }
      })
      yield* make("scheduling.k8s.io/v1", "priorityclasses", { ...named("a"), value: 1000 })
      yield* make("node.k8s.io/v1", "runtimeclasses", { ...named("a"), handler: "h" })
      yield* make("rbac.authorization.k8s.io/v1", "clusterroles", { ...named("a"), rules: [] })
      yield* make("rbac.authorization.k8s.io/v1", "clusterrolebindings", {
        ...named("a"),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "a" }
      })
      yield* make("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", named("a"))
      yield* run.define(
        definition(
          run,
          "Thing",
          [version({}), version({}, { name: "v2", storage: false })].map((each, index) => ({
            ...each,
            storage: index === 0
          })),
          {
            names: {
              plural: "things",
              singular: "thing",
              kind: "Thing",
              listKind: "ThingList",
              shortNames: ["tg", "th"]
            }
          }
        )
      )
      yield* run.get(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.${run.group}`, rows)
      for (const path of created) yield* run.delete(path, undefined, { show: () => "" })
    }),
    scenario("rows of kinds that few people make (S55)", function*(run) {
      const make = function*(groupVersion: string, plural: string, object: Json, namespace = false) {
        const path = namespace ? run.at(plural, groupVersion) : `/apis/${groupVersion}/${plural}`
        yield* run.post(`${path}?dryRun=All`, { metadata: { name: "a" }, ...object }, rows)
      }
      const admission = "admissionregistration.k8s.io/v1"
      const paramKind = { apiVersion: "example.com/v1", kind: "P" }
      const rules = [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["CREATE"], resources: ["*"], scope: "*" }]
      const constraints = { resourceRules: rules, namespaceSelector: {}, objectSelector: {}, matchPolicy: "Equivalent" }
      yield* make(admission, "validatingadmissionpolicies", {
        spec: {
          failurePolicy: "Fail",
          matchConstraints: constraints,
          paramKind,
          validations: [{ expression: "true" }, { expression: "1 == 1" }]
        }
      })
      yield* make(admission, "validatingadmissionpolicies", {
        spec: { failurePolicy: "Fail", matchConstraints: constraints, validations: [{ expression: "true" }] }
      })
      const binding = (paramRef: Json) => ({ spec: { policyName: "p", paramRef, validationActions: ["Deny"] } })
      const parameterNotFoundAction = "Deny"
      yield* make(admission, "validatingadmissionpolicybindings", binding(undefined))
      yield* make(admission, "validatingadmissionpolicybindings", binding({ name: "x", parameterNotFoundAction }))
      yield* make(
        admission,
        "validatingadmissionpolicybindings",
        binding({ name: "x", namespace: "n", parameterNotFoundAction })
      )
      yield* make(admission, "mutatingwebhookconfigurations", {
        webhooks: ["a", "b"].map((name) => ({
          name: `${name}.example.com`,
          clientConfig: { url: "https://example.com" },
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          timeoutSeconds: 10,
          failurePolicy: "Fail",
          matchPolicy: "Equivalent",
          reinvocationPolicy: "Never",
          namespaceSelector: {},
          objectSelector: {}
        }))
      })
      const flow = "flowcontrol.apiserver.k8s.io/v1"
      yield* make(flow, "flowschemas", {
        spec: {
          priorityLevelConfiguration: { name: "p" },
          matchingPrecedence: 500,
          distinguisherMethod: { type: "ByUser" },
          rules: [{
            subjects: [{ kind: "User", user: { name: "u" } }],
            nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }]
          }]
        }
      })
      yield* make(flow, "prioritylevelconfigurations", {
        spec: {
          type: "Limited",
          limited: {
            nominalConcurrencyShares: 7,
            lendablePercent: 0,
            limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 6, queueLengthLimit: 50 } }
          }
        }
      })
      yield* make(flow, "prioritylevelconfigurations", {
        spec: {
          type: "Limited",
          limited: { nominalConcurrencyShares: 7, lendablePercent: 0, limitResponse: { type: "Reject" } }
        }
      })
      yield* make("storage.k8s.io/v1", "csidrivers", {
        spec: {
          attachRequired: false,
          podInfoOnMount: true,
          storageCapacity: true,
          tokenRequests: [{ audience: "x" }, { audience: "y" }],
          requiresRepublish: true,
          serviceAccountTokenInSecrets: true,
          volumeLifecycleModes: ["Persistent"],
          fsGroupPolicy: "File",
          seLinuxMount: false
        }
      })
      yield* make("storage.k8s.io/v1", "volumeattributesclasses", {
        driverName: "d.example.com",
        parameters: { k: "v" }
      })
      yield* make("storage.k8s.io/v1", "csistoragecapacities", { storageClassName: "s", capacity: "1Gi" }, true)
      yield* make("storagemigration.k8s.io/v1", "storageversionmigrations", {
        spec: { resource: { group: "apps", resource: "deployments" } }
      })
      yield* make("apiregistration.k8s.io/v1", "apiservices", {
        metadata: { name: "v1.things.example.com" },
        spec: {
          group: "things.example.com",
          version: "v1",
          groupPriorityMinimum: 100,
          versionPriority: 100,
          insecureSkipTLSVerify: true,
          service: { namespace: "n", name: "s", port: 443 }
        }
      })
    })
  ]
}
