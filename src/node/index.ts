/** What needs Node: connection pools, files, processes. */

/** The client for Node: pools with TLS, kubeconfig from the disk. */
export * as NodeKubeClient from "./NodeKubeClient.js"
