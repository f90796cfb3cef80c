/**
 * What kubectl says otherwise of TestCluster than of a real server, and why. A test asserts that exactly these commands
 * differ, so that what is mended leaves this table.
 */

const descriptions = "the OpenAPI documents have no descriptions"

export const notYet: { readonly [command: string]: string } = {
  "version -o json": "it was built by no Go compiler",
  "explain configmap": descriptions,
  "explain deployment.spec.template.spec.containers.image": descriptions,
  "auth can-i --list --no-headers": "without authorization everybody may do everything, and has no rules of roles"
}
