/**
 * The resources that a real API server serves by default, as its discovery lists them. Generated: `npm run codegen`.
 *
 * Groups stand in the order in which the server prefers them, the preferred version of a group first, and resources in
 * the order of their plural: as discovery answers.
 */

export interface BuiltinSubresource {
  readonly name: string
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: ReadonlyArray<string>
}

export interface BuiltinResource {
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: ReadonlyArray<string>
  readonly shortNames: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  /** Top-level fields that are `{}` in what is served where the client left them out, such as `status`. */
  readonly filled: ReadonlyArray<string>
  readonly subresources: ReadonlyArray<BuiltinSubresource>
}

export interface BuiltinGroupVersion {
  /** The empty text for the core group. */
  readonly group: string
  readonly version: string
  readonly resources: ReadonlyArray<BuiltinResource>
}

export const builtins: ReadonlyArray<BuiltinGroupVersion> = [
  {
    group: "",
    version: "v1",
    resources: [
      {
        plural: "bindings",
        singular: "binding",
        kind: "Binding",
        namespaced: true,
        verbs: ["create"],
        shortNames: [],
        categories: [],
        filled: ["target"],
        subresources: []
      },
      {
        plural: "componentstatuses",
        singular: "componentstatus",
        kind: "ComponentStatus",
        namespaced: false,
        verbs: ["get", "list"],
        shortNames: ["cs"],
        categories: [],
        filled: [],
        subresources: []
      },
      {
        plural: "configmaps",
        singular: "configmap",
        kind: "ConfigMap",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["cm"],
        categories: [],
        filled: [],
        subresources: []
      },
      {
        plural: "endpoints",
        singular: "endpoints",
        kind: "Endpoints",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["ep"],
        categories: [],
        filled: [],
        subresources: []
      },
      {
        plural: "events",
        singular: "event",
        kind: "Event",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["ev"],
        categories: [],
        filled: ["involvedObject", "source"],
        subresources: []
      },
      {
        plural: "limitranges",
        singular: "limitrange",
        kind: "LimitRange",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["limits"],
        categories: [],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "namespaces",
        singular: "namespace",
        kind: "Namespace",
        namespaced: false,
        verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
        shortNames: ["ns"],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          { name: "finalize", group: "", version: "v1", kind: "Namespace", verbs: ["update"] },
          { name: "status", group: "", version: "v1", kind: "Namespace", verbs: ["get", "patch", "update"] }
        ]
      },
      {
        plural: "nodes",
        singular: "node",
        kind: "Node",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["no"],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "proxy",
            group: "",
            version: "v1",
            kind: "NodeProxyOptions",
            verbs: ["create", "delete", "get", "patch", "update"]
          },
          { name: "status", group: "", version: "v1", kind: "Node", verbs: ["get", "patch", "update"] }
        ]
      },
      {
        plural: "persistentvolumeclaims",
        singular: "persistentvolumeclaim",
        kind: "PersistentVolumeClaim",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["pvc"],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "",
            version: "v1",
            kind: "PersistentVolumeClaim",
            verbs: ["get", "patch", "update"]
          }
        ]
      },
      {
        plural: "persistentvolumes",
        singular: "persistentvolume",
        kind: "PersistentVolume",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["pv"],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          { name: "status", group: "", version: "v1", kind: "PersistentVolume", verbs: ["get", "patch", "update"] }
        ]
      },
      {
        plural: "pods",
        singular: "pod",
        kind: "Pod",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["po"],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          { name: "attach", group: "", version: "v1", kind: "PodAttachOptions", verbs: ["create", "get"] },
          { name: "binding", group: "", version: "v1", kind: "Binding", verbs: ["create"] },
          { name: "ephemeralcontainers", group: "", version: "v1", kind: "Pod", verbs: ["get", "patch", "update"] },
          { name: "eviction", group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] },
          { name: "exec", group: "", version: "v1", kind: "PodExecOptions", verbs: ["create", "get"] },
          { name: "log", group: "", version: "v1", kind: "Pod", verbs: ["get"] },
          { name: "portforward", group: "", version: "v1", kind: "PodPortForwardOptions", verbs: ["create", "get"] },
          {
            name: "proxy",
            group: "",
            version: "v1",
            kind: "PodProxyOptions",
            verbs: ["create", "delete", "get", "patch", "update"]
          },
          { name: "resize", group: "", version: "v1", kind: "Pod", verbs: ["get", "patch", "update"] },
          { name: "status", group: "", version: "v1", kind: "Pod", verbs: ["get", "patch", "update"] }
        ]
      },
      {
        plural: "podtemplates",
        singular: "podtemplate",
        kind: "PodTemplate",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["template"],
        subresources: []
      },
      {
        plural: "replicationcontrollers",
        singular: "replicationcontroller",
        kind: "ReplicationController",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["rc"],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"] },
          {
            name: "status",
            group: "",
            version: "v1",
            kind: "ReplicationController",
            verbs: ["get", "patch", "update"]
          }
        ]
      },
      {
        plural: "resourcequotas",
        singular: "resourcequota",
        kind: "ResourceQuota",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["quota"],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          { name: "status", group: "", version: "v1", kind: "ResourceQuota", verbs: ["get", "patch", "update"] }
        ]
      },
      {
        plural: "secrets",
        singular: "secret",
        kind: "Secret",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: [],
        subresources: []
      },
      {
        plural: "serviceaccounts",
        singular: "serviceaccount",
        kind: "ServiceAccount",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["sa"],
        categories: [],
        filled: [],
        subresources: [
          { name: "token", group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", verbs: ["create"] }
        ]
      },
      {
        plural: "services",
        singular: "service",
        kind: "Service",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["svc"],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "proxy",
            group: "",
            version: "v1",
            kind: "ServiceProxyOptions",
            verbs: ["create", "delete", "get", "patch", "update"]
          },
          { name: "status", group: "", version: "v1", kind: "Service", verbs: ["get", "patch", "update"] }
        ]
      }
    ]
  },
  {
    group: "apiregistration.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "apiservices",
        singular: "apiservice",
        kind: "APIService",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: ["api-extensions"],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "apiregistration.k8s.io",
            version: "v1",
            kind: "APIService",
            verbs: ["get", "patch", "update"]
          }
        ]
      }
    ]
  },
  {
    group: "apps",
    version: "v1",
    resources: [
      {
        plural: "controllerrevisions",
        singular: "controllerrevision",
        kind: "ControllerRevision",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: [],
        subresources: []
      },
      {
        plural: "daemonsets",
        singular: "daemonset",
        kind: "DaemonSet",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["ds"],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          { name: "status", group: "apps", version: "v1", kind: "DaemonSet", verbs: ["get", "patch", "update"] }
        ]
      },
      {
        plural: "deployments",
        singular: "deployment",
        kind: "Deployment",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["deploy"],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"] },
          { name: "status", group: "apps", version: "v1", kind: "Deployment", verbs: ["get", "patch", "update"] }
        ]
      },
      {
        plural: "replicasets",
        singular: "replicaset",
        kind: "ReplicaSet",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["rs"],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"] },
          { name: "status", group: "apps", version: "v1", kind: "ReplicaSet", verbs: ["get", "patch", "update"] }
        ]
      },
      {
        plural: "statefulsets",
        singular: "statefulset",
        kind: "StatefulSet",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["sts"],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"] },
          { name: "status", group: "apps", version: "v1", kind: "StatefulSet", verbs: ["get", "patch", "update"] }
        ]
      }
    ]
  },
  {
    group: "events.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "events",
        singular: "event",
        kind: "Event",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["ev"],
        categories: [],
        filled: ["deprecatedSource", "regarding"],
        subresources: []
      }
    ]
  },
  {
    group: "authentication.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "selfsubjectreviews",
        singular: "selfsubjectreview",
        kind: "SelfSubjectReview",
        namespaced: false,
        verbs: ["create"],
        shortNames: [],
        categories: [],
        filled: ["status"],
        subresources: []
      },
      {
        plural: "tokenreviews",
        singular: "tokenreview",
        kind: "TokenReview",
        namespaced: false,
        verbs: ["create"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: []
      }
    ]
  },
  {
    group: "authorization.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "localsubjectaccessreviews",
        singular: "localsubjectaccessreview",
        kind: "LocalSubjectAccessReview",
        namespaced: true,
        verbs: ["create"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: []
      },
      {
        plural: "selfsubjectaccessreviews",
        singular: "selfsubjectaccessreview",
        kind: "SelfSubjectAccessReview",
        namespaced: false,
        verbs: ["create"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: []
      },
      {
        plural: "selfsubjectrulesreviews",
        singular: "selfsubjectrulesreview",
        kind: "SelfSubjectRulesReview",
        namespaced: false,
        verbs: ["create"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: []
      },
      {
        plural: "subjectaccessreviews",
        singular: "subjectaccessreview",
        kind: "SubjectAccessReview",
        namespaced: false,
        verbs: ["create"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: []
      }
    ]
  },
  {
    group: "autoscaling",
    version: "v2",
    resources: [
      {
        plural: "horizontalpodautoscalers",
        singular: "horizontalpodautoscaler",
        kind: "HorizontalPodAutoscaler",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["hpa"],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "autoscaling",
            version: "v2",
            kind: "HorizontalPodAutoscaler",
            verbs: ["get", "patch", "update"]
          }
        ]
      }
    ]
  },
  {
    group: "autoscaling",
    version: "v1",
    resources: [
      {
        plural: "horizontalpodautoscalers",
        singular: "horizontalpodautoscaler",
        kind: "HorizontalPodAutoscaler",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["hpa"],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "autoscaling",
            version: "v1",
            kind: "HorizontalPodAutoscaler",
            verbs: ["get", "patch", "update"]
          }
        ]
      }
    ]
  },
  {
    group: "batch",
    version: "v1",
    resources: [
      {
        plural: "cronjobs",
        singular: "cronjob",
        kind: "CronJob",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["cj"],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          { name: "status", group: "batch", version: "v1", kind: "CronJob", verbs: ["get", "patch", "update"] }
        ]
      },
      {
        plural: "jobs",
        singular: "job",
        kind: "Job",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: ["all"],
        filled: ["spec", "status"],
        subresources: [
          { name: "status", group: "batch", version: "v1", kind: "Job", verbs: ["get", "patch", "update"] }
        ]
      }
    ]
  },
  {
    group: "certificates.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "certificatesigningrequests",
        singular: "certificatesigningrequest",
        kind: "CertificateSigningRequest",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["csr"],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "approval",
            group: "certificates.k8s.io",
            version: "v1",
            kind: "CertificateSigningRequest",
            verbs: ["get", "patch", "update"]
          },
          {
            name: "status",
            group: "certificates.k8s.io",
            version: "v1",
            kind: "CertificateSigningRequest",
            verbs: ["get", "patch", "update"]
          }
        ]
      },
      {
        plural: "clustertrustbundles",
        singular: "clustertrustbundle",
        kind: "ClusterTrustBundle",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "podcertificaterequests",
        singular: "podcertificaterequest",
        kind: "PodCertificateRequest",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "certificates.k8s.io",
            version: "v1",
            kind: "PodCertificateRequest",
            verbs: ["get", "patch", "update"]
          }
        ]
      }
    ]
  },
  {
    group: "networking.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "ingressclasses",
        singular: "ingressclass",
        kind: "IngressClass",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "ingresses",
        singular: "ingress",
        kind: "Ingress",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["ing"],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "networking.k8s.io",
            version: "v1",
            kind: "Ingress",
            verbs: ["get", "patch", "update"]
          }
        ]
      },
      {
        plural: "ipaddresses",
        singular: "ipaddress",
        kind: "IPAddress",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["ip"],
        categories: [],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "networkpolicies",
        singular: "networkpolicy",
        kind: "NetworkPolicy",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["netpol"],
        categories: [],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "servicecidrs",
        singular: "servicecidr",
        kind: "ServiceCIDR",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "networking.k8s.io",
            version: "v1",
            kind: "ServiceCIDR",
            verbs: ["get", "patch", "update"]
          }
        ]
      }
    ]
  },
  {
    group: "policy",
    version: "v1",
    resources: [
      {
        plural: "poddisruptionbudgets",
        singular: "poddisruptionbudget",
        kind: "PodDisruptionBudget",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["pdb"],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "policy",
            version: "v1",
            kind: "PodDisruptionBudget",
            verbs: ["get", "patch", "update"]
          }
        ]
      }
    ]
  },
  {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "clusterrolebindings",
        singular: "clusterrolebinding",
        kind: "ClusterRoleBinding",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["roleRef"],
        subresources: []
      },
      {
        plural: "clusterroles",
        singular: "clusterrole",
        kind: "ClusterRole",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: [],
        subresources: []
      },
      {
        plural: "rolebindings",
        singular: "rolebinding",
        kind: "RoleBinding",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["roleRef"],
        subresources: []
      },
      {
        plural: "roles",
        singular: "role",
        kind: "Role",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: [],
        subresources: []
      }
    ]
  },
  {
    group: "storage.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "csidrivers",
        singular: "csidriver",
        kind: "CSIDriver",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "csinodes",
        singular: "csinode",
        kind: "CSINode",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "storage.k8s.io",
            version: "v1",
            kind: "CSINode",
            verbs: ["get", "patch", "update"]
          }
        ]
      },
      {
        plural: "csistoragecapacities",
        singular: "csistoragecapacity",
        kind: "CSIStorageCapacity",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: [],
        subresources: []
      },
      {
        plural: "storageclasses",
        singular: "storageclass",
        kind: "StorageClass",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["sc"],
        categories: [],
        filled: [],
        subresources: []
      },
      {
        plural: "volumeattachments",
        singular: "volumeattachment",
        kind: "VolumeAttachment",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "storage.k8s.io",
            version: "v1",
            kind: "VolumeAttachment",
            verbs: ["get", "patch", "update"]
          }
        ]
      },
      {
        plural: "volumeattributesclasses",
        singular: "volumeattributesclass",
        kind: "VolumeAttributesClass",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["vac"],
        categories: [],
        filled: [],
        subresources: []
      }
    ]
  },
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "mutatingadmissionpolicies",
        singular: "mutatingadmissionpolicy",
        kind: "MutatingAdmissionPolicy",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: ["api-extensions"],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "mutatingadmissionpolicybindings",
        singular: "mutatingadmissionpolicybinding",
        kind: "MutatingAdmissionPolicyBinding",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: ["api-extensions"],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "mutatingwebhookconfigurations",
        singular: "mutatingwebhookconfiguration",
        kind: "MutatingWebhookConfiguration",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: ["api-extensions"],
        filled: [],
        subresources: []
      },
      {
        plural: "validatingadmissionpolicies",
        singular: "validatingadmissionpolicy",
        kind: "ValidatingAdmissionPolicy",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: ["api-extensions"],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "admissionregistration.k8s.io",
            version: "v1",
            kind: "ValidatingAdmissionPolicy",
            verbs: ["get", "patch", "update"]
          }
        ]
      },
      {
        plural: "validatingadmissionpolicybindings",
        singular: "validatingadmissionpolicybinding",
        kind: "ValidatingAdmissionPolicyBinding",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: ["api-extensions"],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "validatingwebhookconfigurations",
        singular: "validatingwebhookconfiguration",
        kind: "ValidatingWebhookConfiguration",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: ["api-extensions"],
        filled: [],
        subresources: []
      }
    ]
  },
  {
    group: "apiextensions.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "customresourcedefinitions",
        singular: "customresourcedefinition",
        kind: "CustomResourceDefinition",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["crd", "crds"],
        categories: ["api-extensions"],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "apiextensions.k8s.io",
            version: "v1",
            kind: "CustomResourceDefinition",
            verbs: ["get", "patch", "update"]
          }
        ]
      }
    ]
  },
  {
    group: "scheduling.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "priorityclasses",
        singular: "priorityclass",
        kind: "PriorityClass",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["pc"],
        categories: [],
        filled: [],
        subresources: []
      }
    ]
  },
  {
    group: "coordination.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "leases",
        singular: "lease",
        kind: "Lease",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec"],
        subresources: []
      }
    ]
  },
  {
    group: "node.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "runtimeclasses",
        singular: "runtimeclass",
        kind: "RuntimeClass",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: [],
        subresources: []
      }
    ]
  },
  {
    group: "discovery.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "endpointslices",
        singular: "endpointslice",
        kind: "EndpointSlice",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: [],
        subresources: []
      }
    ]
  },
  {
    group: "resource.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "deviceclasses",
        singular: "deviceclass",
        kind: "DeviceClass",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "devicetaintrules",
        singular: "devicetaintrule",
        kind: "DeviceTaintRule",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "resource.k8s.io",
            version: "v1",
            kind: "DeviceTaintRule",
            verbs: ["get", "patch", "update"]
          }
        ]
      },
      {
        plural: "resourceclaims",
        singular: "resourceclaim",
        kind: "ResourceClaim",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "resource.k8s.io",
            version: "v1",
            kind: "ResourceClaim",
            verbs: ["get", "patch", "update"]
          }
        ]
      },
      {
        plural: "resourceclaimtemplates",
        singular: "resourceclaimtemplate",
        kind: "ResourceClaimTemplate",
        namespaced: true,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec"],
        subresources: []
      },
      {
        plural: "resourceslices",
        singular: "resourceslice",
        kind: "ResourceSlice",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec"],
        subresources: []
      }
    ]
  },
  {
    group: "flowcontrol.apiserver.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "flowschemas",
        singular: "flowschema",
        kind: "FlowSchema",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "flowcontrol.apiserver.k8s.io",
            version: "v1",
            kind: "FlowSchema",
            verbs: ["get", "patch", "update"]
          }
        ]
      },
      {
        plural: "prioritylevelconfigurations",
        singular: "prioritylevelconfiguration",
        kind: "PriorityLevelConfiguration",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "flowcontrol.apiserver.k8s.io",
            version: "v1",
            kind: "PriorityLevelConfiguration",
            verbs: ["get", "patch", "update"]
          }
        ]
      }
    ]
  },
  {
    group: "storagemigration.k8s.io",
    version: "v1",
    resources: [
      {
        plural: "storageversionmigrations",
        singular: "storageversionmigration",
        kind: "StorageVersionMigration",
        namespaced: false,
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: [],
        categories: [],
        filled: ["spec", "status"],
        subresources: [
          {
            name: "status",
            group: "storagemigration.k8s.io",
            version: "v1",
            kind: "StorageVersionMigration",
            verbs: ["get", "patch", "update"]
          }
        ]
      }
    ]
  }
]
