/** PersistentVolumes, their claims and classes, and CSI drivers: defaults and refusals. */
import { type Area, type Json, type Run, scenario } from "./scenario.js"

const volumes = "/api/v1/persistentvolumes"
const classes = "/apis/storage.k8s.io/v1/storageclasses"
const drivers = "/apis/storage.k8s.io/v1/csidrivers"
const csiNodes = "/apis/storage.k8s.io/v1/csinodes"

const requests = (storage: Json) => ({ resources: { requests: { storage } } })
const claim = { accessModes: ["ReadWriteOnce"], storageClassName: "none", ...requests("1Gi") }
const volume = { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/data" } }
const isGone = { show: (body: Json) => body.status === "Success" || body.metadata?.deletionTimestamp !== undefined }

/** Tries bodies that are refused, each under a name of its own. */
const refuse = function*(run: Run, path: string, bodies: ReadonlyArray<Json>) {
  for (const [at, body] of bodies.entries()) {
    yield* run.post(path, { metadata: { name: `${run.namespace}-${at}` }, ...body })
  }
}

export const storageKinds: Area = {
  name: "storageKinds",
  scenarios: [
    scenario("a PersistentVolumeClaim as it is stored (S9, S13)", function*(run) {
      const claims = run.at("persistentvolumeclaims")
      yield* run.post(claims, { metadata: { name: "a" }, spec: claim, status: { phase: "Bound" } })
      yield* run.post(claims, {
        metadata: { name: "b" },
        spec: {
          ...claim,
          accessModes: ["ReadWriteMany", "ReadOnlyMany"],
          volumeMode: "Block",
          volumeName: "v",
          storageClassName: "",
          selector: { matchLabels: { a: "b" } },
          dataSource: { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "s" },
          resources: { requests: { storage: "1500Mi" }, limits: { storage: "3G" } }
        }
      })
      yield* run.post(claims, {
        metadata: { name: "c" },
        spec: { ...claim, dataSourceRef: { kind: "PersistentVolumeClaim", name: "a" } }
      }, { show: (body) => body.spec })
      yield* run.post(claims, {
        metadata: { name: "d" },
        spec: { ...claim, dataSource: { apiGroup: "example.com", kind: "Populator", name: "a" } }
      }, { show: (body) => body.spec })
      yield* run.post(claims, {
        metadata: { name: "e", annotations: { "volume.beta.kubernetes.io/storage-class": "old" } },
        spec: { accessModes: ["ReadWriteOnce"], ...requests("1500m") }
      })
    }),
    scenario("PersistentVolumeClaims that are wrong (S57)", function*(run) {
      const specs: ReadonlyArray<Json> = [
        { accessModes: [] },
        { accessModes: ["Write", "ReadWriteOncePod", "ReadWriteOnce"] },
        { resources: {} },
        requests("0"),
        requests("-1Gi"),
        requests("1.5"),
        requests("much"),
        { storageClassName: "A B" },
        { volumeMode: "Tape" },
        { selector: { matchExpressions: [{ key: "a", operator: "In" }] } },
        { dataSource: { kind: "PersistentVolumeClaim", name: "" } },
        { dataSourceRef: { kind: "Other", name: "a" } },
        { dataSourceRef: { apiGroup: "A B", kind: "Other", name: "a" } },
        {
          dataSource: { kind: "PersistentVolumeClaim", name: "a" },
          dataSourceRef: { kind: "PersistentVolumeClaim", name: "b" }
        },
        { volumeAttributesClassName: "A" }
      ]
      yield* refuse(run, run.at("persistentvolumeclaims"), specs.map((spec) => ({ spec: { ...claim, ...spec } })))
      yield* run.post(run.at("persistentvolumeclaims"), { metadata: { name: "none" } })
    }),
    scenario("a PersistentVolumeClaim changes little (S12, S57)", function*(run) {
      const claims = run.at("persistentvolumeclaims")
      const bound = { status: { phase: "Bound", capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"] } }
      yield* run.post(claims, { metadata: { name: "a" }, spec: claim })
      yield* run.merge(`${claims}/a`, { spec: { volumeName: "v" } }, { show: (body) => body.spec })
      yield* run.merge(`${claims}/a`, { spec: { volumeName: "w" } }, { show: (body) => body.details.causes.length })
      yield* run.merge(`${claims}/a`, { spec: { volumeMode: "Block" } }, {
        show: (body) => body.details.causes.map((cause: Json) => [cause.reason, cause.field])
      })
      yield* run.merge(`${claims}/a`, { spec: requests("2Gi") }, {
        show: (body) => body.details.causes.map((cause: Json) => [cause.reason, cause.field])
      })
      yield* run.merge(`${claims}/a/status`, bound)
      yield* run.merge(`${claims}/a`, { spec: requests("3Gi") })
      yield* run.merge(`${claims}/a`, { metadata: { labels: { a: "b" } } }, { show: (body) => body.metadata.labels })
      yield* run.merge(`${claims}/a/status`, { status: { capacity: { storage: "-1" } } })
      yield* run.merge(`${claims}/a`, { metadata: { finalizers: null } }, { show: () => "let go" })
      yield* run.delete(`${claims}/a`, undefined, isGone)
      yield* run.get(`${claims}/a`)
    }),
    scenario("a PersistentVolume as it is stored (S9, S39)", function*(run) {
      const name = run.namespace
      yield* run.post(volumes, { metadata: { name }, spec: volume })
      yield* run.post(volumes, {
        metadata: { name: `${name}-b`, annotations: { "volume.beta.kubernetes.io/mount-options": "ro" } },
        spec: {
          ...volume,
          hostPath: undefined,
          nfs: { server: "s", path: "/p" },
          persistentVolumeReclaimPolicy: "Recycle",
          storageClassName: "slow",
          volumeMode: "Filesystem",
          mountOptions: ["hard"],
          claimRef: { namespace: "n", name: "c" }
        }
      })
      yield* run.post(volumes, {
        metadata: { name: `${name}-c` },
        spec: {
          ...volume,
          hostPath: undefined,
          csi: { driver: "csi.example.com", volumeHandle: "h" },
          nodeAffinity: {
            required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }] }
          }
        }
      })
      yield* run.merge(`${volumes}/${name}/status`, { status: { phase: "Available" } })
      yield* run.merge(`${volumes}/${name}`, { spec: { capacity: { storage: "2Gi" } } }, { show: (body) => body.spec })
      yield* run.merge(`${volumes}/${name}`, { spec: { volumeMode: "Block" } })
      yield* run.merge(`${volumes}/${name}`, { spec: { hostPath: { path: "/other" } } }, {
        show: (body) => body.details.causes.map((cause: Json) => [cause.reason, cause.field])
      })
      for (const made of [name, `${name}-b`, `${name}-c`]) {
        yield* run.merge(`${volumes}/${made}`, { metadata: { finalizers: null } }, { show: () => "let go" })
        yield* run.delete(`${volumes}/${made}`, undefined, isGone)
      }
    }),
    scenario("PersistentVolumes that are wrong (S57)", function*(run) {
      const without = (source: Json) => ({ hostPath: undefined, ...source })
      const specs: ReadonlyArray<Json> = [
        { accessModes: [] },
        { accessModes: ["Write"] },
        { capacity: {} },
        { capacity: { storage: "0" } },
        { capacity: { cpu: "1" } },
        without({}),
        { nfs: { server: "a", path: "/a" } },
        without({ hostPath: { path: "/a/../b" } }),
        without({ hostPath: { path: "/a", type: "Disk" } }),
        without({ nfs: { server: "", path: "a" } }),
        without({ csi: { driver: "", volumeHandle: "" } }),
        without({ local: { path: "/mnt" } }),
        { persistentVolumeReclaimPolicy: "Burn" },
        { persistentVolumeReclaimPolicy: "Recycle", hostPath: { path: "/" } },
        { storageClassName: "A B" },
        { volumeMode: "Tape" },
        { nodeAffinity: { required: { nodeSelectorTerms: [] } } },
        {
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [{
                matchExpressions: [{ key: "a b", operator: "In" }, { key: "a", operator: "Gt", values: [] }]
              }]
            }
          }
        }
      ]
      yield* refuse(run, volumes, specs.map((spec) => ({ spec: { ...volume, ...spec } })))
    }),
    scenario("StorageClasses: defaults, refusals and what stays (S9, S57)", function*(run) {
      const name = run.namespace
      yield* run.post(classes, { metadata: { name }, provisioner: "example.com/disk" })
      yield* run.post(classes, {
        metadata: { name: `${name}-b` },
        provisioner: "kubernetes.io/no-provisioner",
        parameters: { type: "fast" },
        reclaimPolicy: "Retain",
        mountOptions: ["ro"],
        allowVolumeExpansion: true,
        volumeBindingMode: "WaitForFirstConsumer",
        allowedTopologies: [{ matchLabelExpressions: [{ key: "zone", values: ["a", "b"] }] }]
      })
      yield* run.merge(`${classes}/${name}`, { provisioner: "example.com/other" })
      yield* run.merge(`${classes}/${name}`, {
        parameters: { a: "b" },
        reclaimPolicy: "Retain",
        volumeBindingMode: "WaitForFirstConsumer"
      })
      yield* run.merge(`${classes}/${name}`, { allowVolumeExpansion: true }, {
        show: (body) => body.allowVolumeExpansion
      })
      yield* refuse(run, classes, [
        {},
        { provisioner: "a b" },
        { provisioner: "a", reclaimPolicy: "Recycle" },
        { provisioner: "a", volumeBindingMode: "Later" },
        { provisioner: "a", parameters: { "": "x" } },
        {
          provisioner: "a",
          allowedTopologies: [{
            matchLabelExpressions: [{ key: "zone", values: [] }, { key: "zone", values: ["a", "a"] }]
          }]
        }
      ])
      yield* run.delete(`${classes}/${name}`)
      yield* run.delete(`${classes}/${name}-b`, undefined, { show: (body) => body.kind })
    }),
    scenario("the default class is given to a claim that names none (S9)", function*(run) {
      const claims = run.at("persistentvolumeclaims")
      const { storageClassName: _, ...unclassed } = claim
      yield* run.post(claims, { metadata: { name: "before" }, spec: unclassed }, { show: (body) => body.spec })
      yield* run.post(classes, {
        metadata: { name: run.namespace, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: "example.com/disk"
      }, { show: () => "made" })
      // A real server's own view of the classes is a little behind.
      const watch = yield* run.watch(`${claims}?watch=1&timeoutSeconds=1&labelSelector=none`)
      yield* watch.untilEnd
      yield* run.post(claims, { metadata: { name: "after" }, spec: unclassed }, { show: (body) => body.spec })
      yield* run.post(claims, { metadata: { name: "empty" }, spec: { ...unclassed, storageClassName: "" } }, {
        show: (body) => body.spec
      })
      yield* run.merge(`${claims}/before`, { spec: { storageClassName: run.namespace } }, {
        show: (body) => body.spec
      })
      yield* run.delete(`${classes}/${run.namespace}`, undefined, { show: () => "gone" })
    }),
    scenario("what never changes of claims and volumes is told with what would differ (S57)", function*(run) {
      const claims = run.at("persistentvolumeclaims")
      const name = run.namespace
      yield* run.post(claims, { metadata: { name: "a" }, spec: claim }, { show: () => "made" })
      yield* run.merge(`${claims}/a`, {
        spec: { accessModes: ["ReadOnlyMany"], selector: { matchLabels: { a: "b" } } }
      })
      yield* run.merge(`${claims}/a`, { spec: { ...requests("512Mi"), volumeMode: "Block" } })
      yield* run.merge(`${claims}/a`, { spec: { storageClassName: "other" } })
      yield* run.post(volumes, {
        metadata: { name },
        spec: {
          ...volume,
          hostPath: undefined,
          csi: { driver: "csi.example.com", volumeHandle: "h" },
          nodeAffinity: {
            required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }] }
          }
        }
      }, { show: () => "made" })
      yield* run.merge(`${volumes}/${name}`, { spec: { csi: { volumeHandle: "other", readOnly: true } } })
      yield* run.merge(`${volumes}/${name}`, {
        spec: { csi: { controllerExpandSecretRef: { name: "s", namespace: "n" } } }
      }, { show: (body) => body.spec.csi })
      yield* run.merge(`${volumes}/${name}`, {
        spec: {
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "c", operator: "Exists" }] }] } }
        }
      })
      yield* run.merge(`${volumes}/${name}`, { spec: { hostPath: { path: "/x" } } })
      yield* run.merge(`${volumes}/${name}`, { metadata: { finalizers: null } }, { show: () => "let go" })
      yield* run.delete(`${volumes}/${name}`, undefined, { show: () => "gone" })
    }),
    scenario("a claim grows where its class allows it (S12, S57)", function*(run) {
      const claims = run.at("persistentvolumeclaims")
      const storageClassName = run.namespace
      yield* run.post(classes, {
        metadata: { name: storageClassName },
        provisioner: "example.com/disk",
        allowVolumeExpansion: true
      }, { show: () => "made" })
      const bound = { status: { phase: "Bound", capacity: { storage: "1Gi" } } }
      yield* run.post(claims, { metadata: { name: "a" }, spec: { ...claim, storageClassName } }, { show: () => "made" })
      yield* run.merge(`${claims}/a/status`, bound, { show: (body) => body.status })
      // A real server's own view of the classes is a little behind.
      const watch = yield* run.watch(`${claims}?watch=1&timeoutSeconds=1&labelSelector=none`)
      yield* watch.untilEnd
      yield* run.merge(`${claims}/a`, { spec: requests("3Gi") }, { show: (body) => body.spec })
      yield* run.merge(`${claims}/a`, { spec: requests("2Gi") }, { show: (body) => body.spec })
      yield* run.merge(`${claims}/a`, { spec: requests("1Gi") })
      yield* run.merge(`${claims}/a`, { spec: { volumeAttributesClassName: "gold" } }, { show: (body) => body.spec })
      yield* run.delete(`${classes}/${storageClassName}`, undefined, { show: () => "gone" })
    }),
    scenario("CSIDrivers and CSINodes: defaults and refusals (S9, S57)", function*(run) {
      const name = run.namespace
      yield* run.post(drivers, { metadata: { name } })
      yield* run.post(drivers, {
        metadata: { name: `${name}-x` },
        spec: {
          fsGroupPolicy: "Some",
          volumeLifecycleModes: ["Persistent", "Ever"],
          nodeAllocatableUpdatePeriodSeconds: 1,
          tokenRequests: [{ audience: "a", expirationSeconds: 5 }, { audience: "a" }]
        }
      })
      yield* run.merge(`${drivers}/${name}`, { spec: { attachRequired: false } })
      yield* run.merge(`${drivers}/${name}`, { spec: { requiresRepublish: true } }, {
        show: (body) => [body.metadata.generation, body.spec.requiresRepublish]
      })
      yield* run.delete(`${drivers}/${name}`, undefined, { show: (body) => body.kind })
      yield* run.post(csiNodes, {
        metadata: { name },
        spec: {
          drivers: [{ name: "csi.example.com", nodeID: "n", topologyKeys: ["a/zone"], allocatable: { count: 3 } }]
        }
      })
      yield* run.post(csiNodes, {
        metadata: { name: `${name}-x` },
        spec: {
          drivers: [
            { name: "A_B", nodeID: "", topologyKeys: ["a", "a", "b c"], allocatable: { count: -1 } },
            { name: "A_B", nodeID: "n", topologyKeys: [] }
          ]
        }
      })
      yield* run.merge(`${csiNodes}/${name}`, {
        spec: { drivers: [{ name: "csi.example.com", nodeID: "other", topologyKeys: ["a/zone"] }] }
      }, { show: (body) => body.details.causes.map((cause: Json) => [cause.reason, cause.field]) })
      yield* run.delete(`${csiNodes}/${name}`, undefined, { show: (body) => body.kind })
    })
  ]
}
