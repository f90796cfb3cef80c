/**
 * The control plane that all real-server suites of a run share. Suites run at the same time: each one makes objects in
 * namespaces of its own, and cluster-scoped ones under names of its own.
 */
import type * as Layer from "effect/Layer"
import { inject } from "vitest"
import type * as KubeClient from "../../src/client/KubeClient.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import "./globalSetup.js"

/** The path of its kubeconfig. */
export const kubeconfig: string = inject("envtest").kubeconfig

/** A client of it, with administrator's rights. */
export const layer: Layer.Layer<KubeClient.KubeClient, KubeConfig.KubeConfigError> = NodeKubeClient.layerWith({
  kubeconfig
})
