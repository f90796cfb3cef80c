/**
 * What kubectl says otherwise of TestCluster than of a real server, and why. A test asserts that exactly these commands
 * differ, so that what is mended leaves this table.
 */

const descriptions = "the OpenAPI documents have no descriptions"
const noOpenApi = "kubectl looks for a kind that OpenAPI v3 does not name in v2, which is not served"

export const notYet: { readonly [command: string]: string } = {
  "version -o json": "it was built by no Go compiler",
  "create -f - # unknown kind": noOpenApi,
  "apply -f - # a list": noOpenApi,
  "delete configmap second listed": "the list before it was not applied",
  "explain configmap": descriptions,
  "explain deployment.spec.template.spec.containers.image": descriptions,
  "exec pod -- true": "containers are no processes: it says so in its own words",
  "auth can-i --list --no-headers": "without authorization there are no rules to list"
}
