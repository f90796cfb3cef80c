/**
 * Writes the roles and bindings that every cluster has from the start, as a real API server lists them, for the in-memory
 * one: those on which programs and people rely, not those of the controllers and nodes that it does not have.
 *
 *     npx tsx -C @effect-kube/source scripts/bootstrapRoles.ts
 *
 * The server is its own, started from `KUBEBUILDER_ASSETS`.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as EnvTest from "../src/testing/EnvTest.js"

const file = fileURLToPath(new URL("../src/testing/internal/apiserver/auth/bootstrapRoles.ts", import.meta.url))

const kinds = ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]
const wanted =
  /^(cluster-admin|admin|edit|view|extension-apiserver-authentication-reader|system:(aggregate-to-.*|discovery|basic-user|public-info-viewer|monitoring|auth-delegator|service-account-issuer-discovery))$/

interface Listed {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object }
  readonly aggregationRule?: object
  readonly rules?: unknown
  readonly roleRef?: unknown
  readonly subjects?: unknown
}

const shown = ({ aggregationRule, kind, metadata, roleRef, rules, subjects }: Listed) => ({
  kind,
  metadata: { name: metadata.name, namespace: metadata.namespace, labels: metadata.labels },
  // What gathers its rules is filled by a controller.
  ...(aggregationRule === undefined ? { rules } : { aggregationRule }),
  roleRef,
  subjects
})

const program = Effect.scoped(Effect.gen(function*() {
  const cluster = yield* EnvTest.start({})
  // The server makes them a moment after it has started.
  yield* Effect.sleep("3 seconds")
  const lists = yield* Effect.forEach(
    kinds,
    (kind) => cluster.kubectl("get", `${kind.toLowerCase()}s`, "--all-namespaces", "-o", "json")
  )
  const objects = lists.flatMap((list) => (JSON.parse(list) as { readonly items: ReadonlyArray<Listed> }).items)
    .filter(({ metadata }) => wanted.test(metadata.name))
    .map(shown)
  const lines = objects.map((object) => `  '${JSON.stringify(object)}'`).join(",\n")
  fs.writeFileSync(
    file,
    `/** Roles and bindings of a kube-apiserver 1.37, written by scripts/bootstrapRoles.ts. */
export const bootstrapRoles: ReadonlyArray<string> = [
${lines}
]
`
  )
  yield* Console.log(`${objects.length} roles and bindings`)
}))

NodeRuntime.runMain(program)
