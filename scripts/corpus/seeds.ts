/**
 * Values that make sense together, by the struct or field that they are for: what a server asks for and does not say, or
 * not where. The name is the end of its name in the documents.
 */
export const seeds: { readonly [end: string]: unknown } = {
  "v1.LabelSelectorRequirement": { key: "a", operator: "In", values: ["a"] },
  "v1.NodeSelectorRequirement": { key: "a", operator: "In", values: ["a"] },
  "v1.NodeSelectorTerm.matchFields": [{ key: "metadata.name", operator: "In", values: ["a"] }],
  "v1.DownwardAPIVolumeFile": { path: "a", fieldRef: { fieldPath: "metadata.labels" } },
  "v1.ServiceAccountTokenProjection": { path: "a" },
  "v1.ClusterTrustBundleProjection": { path: "a", signerName: "example.com/a" },
  "v1.PodCertificateProjection": { signerName: "example.com/a", keyType: "ED25519", credentialBundlePath: "a" },
  "v1.KeyToPath": { key: "a", path: "a" },
  "v1.ContainerResizePolicy": { resourceName: "cpu", restartPolicy: "NotRequired" },
  "v1.ISCSIVolumeSource.iqn": "iqn.2026-01.com.example:a",
  "v1.ISCSIPersistentVolumeSource.iqn": "iqn.2026-01.com.example:a",
  "v1.EvictionResponder": { name: "example.com/a", priority: 1000 },
  "v1.VolumeMount": { name: "a", mountPath: "/a" },
  "v1.VolumeDevice": { name: "b", devicePath: "/b" },
  "v1.SeccompProfile": { type: "Localhost", localhostProfile: "a" },
  "v1.AppArmorProfile": { type: "Localhost", localhostProfile: "a" },
  "v1.FileKeySelector": { volumeName: "a", path: "a", key: "a" },
  "v1.ContainerRestartRule": { action: "Restart", exitCodes: { operator: "In", values: [1] } },
  "v1.VolumeMount.recursiveReadOnly": "Disabled",
  "v1.PodAffinityTerm.matchLabelKeys": ["b"],
  "v1.PodAffinityTerm.mismatchLabelKeys": ["c"],
  "v1.TopologySpreadConstraint.matchLabelKeys": ["b"],
  "v1.Toleration": { key: "a", operator: "Equal", value: "a", effect: "NoExecute" },
  "v1.ScopedResourceSelectorRequirement": { scopeName: "PriorityClass", operator: "In", values: ["a"] },
  "v1.ISCSIVolumeSource.initiatorName": "iqn.2026-01.com.example:b",
  "v1.ISCSIPersistentVolumeSource.initiatorName": "iqn.2026-01.com.example:b",
  "v1.NodeAllocatableOverheadResources": { name: "cpu", perPod: "1", perContainer: "1" },
  "v1.NodeAllocatableMappedResources": { name: "cpu", quantity: "1" },
  "v1.StatefulSetSpec.volumeClaimTemplates": [{
    metadata: { name: "c" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
  }],
  "v1.StorageClass.allowedTopologies": [{ matchLabelExpressions: [{ key: "a", values: ["a"] }] }],
  "v1.NetworkPolicyPort": { port: 80, protocol: "TCP" },
  "v1.NetworkPolicyPort.endPort": 90,
  "v1.IPBlock": { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] },
  "v2.MetricTarget": { type: "AverageValue", averageValue: "1" },
  "v1.PodFailurePolicy": {
    rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }, {
      action: "FailJob",
      onExitCodes: { operator: "In", values: [1], containerName: "a" }
    }]
  },
  "v1.SuccessPolicyRule": { succeededIndexes: "0-1", succeededCount: 1 },
  "v1.JobStatus.completedIndexes": "0",
  "v1.JobStatus.failedIndexes": "1",
  "v1.CustomResourceColumnDefinition": { name: "a", type: "string", jsonPath: ".spec.a" },
  "v1.CustomResourceSubresourceScale": {
    specReplicasPath: ".spec.b",
    statusReplicasPath: ".status.b",
    labelSelectorPath: ".status.a"
  },
  "v1.SelectableField.jsonPath": ".spec.a",
  "v1.CustomResourceColumnDefinition.format": "date-time",
  ".DeviceSelector": { cel: { expression: "true" } },
  ".CapacityRequestPolicy": { default: "1Gi", validValues: ["1Gi"] },
  ".CapacityRequestPolicyRange": { min: "512Mi", max: "1Gi", step: "1Mi" },
  ".NodeAllocatableOverhead": { perPod: "1", perContainer: "1" },
  ".DeviceAttribute.version": "1.0.0",
  ".DeviceAttribute.versions": ["1.0.0"],
  ".ResourceSliceSpec.partitionTypeAttribute": "a.example.com/a",
  ".PodGroupResourceClaim": { name: "a", resourceClaimName: "a" },
  ".PodGroupResourceClaimStatus": { name: "a", resourceClaimName: "b" },
  ".DeviceRequestAllocationResult": { request: "a", driver: "a.example.com", pool: "a", device: "a" },
  ".AllocatedDeviceStatus": { driver: "a.example.com", pool: "a", device: "a" },
  ".DeviceClaimConfiguration.requests": ["a"],
  ".DeviceConstraint.requests": ["a"],
  "v1.ServiceSpec.clusterIP": "10.0.0.77",
  "v1.ServiceSpec.healthCheckNodePort": 30090,
  "v1.PodExtendedResourceClaimStatus": {
    resourceClaimName: "a",
    requestMappings: [{ containerName: "a", resourceName: "example.com/a", requestName: "a" }]
  }
}

const ends = Object.entries(seeds)

/** A copy of the seed for a struct or field, by its name in the documents. */
export const seedOf = (name: string): unknown => {
  for (const [end, value] of ends) {
    if (name.endsWith(end.startsWith(".") ? end : `.${end}`)) return structuredClone(value)
  }
  return undefined
}
