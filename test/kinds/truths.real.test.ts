/**
 * What scripts/codegen/truths.ts and the doc comments of kinds say, asked of a real server: one that serves every kind,
 * with the flags that the comments name and no others.
 */
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { getFrom } from "../../scripts/codegen.js"
import { kindNames } from "../../scripts/codegen/names.js"
import { apiVersion, read } from "../../scripts/codegen/read.js"
import { truths } from "../../scripts/codegen/truths.js"
import * as Api from "../../src/client/Api.js"
import { StatefulSet } from "../../src/kinds/apps/v1.js"
import * as EnvTest from "../../src/testing/EnvTest.js"
import { everyKind, modules } from "./all.js"
import { call } from "./calls.js"
import { disagreements } from "./documents.js"

const folder = path.resolve(fileURLToPath(import.meta.url), "../../../src/kinds")
const texts = modules.map((module) => fs.readFileSync(path.join(folder, `${module}.ts`), "utf8")).join("\n")

/** What the comments of all kinds say that a flag must turn on: `needs `--runtime-config=a=true,b=true``. */
const named = (flag: string): { readonly [name: string]: boolean } =>
  Object.fromEntries(
    [...texts.matchAll(new RegExp(`\`--${flag}=([^\`]*)\``, "g"))].flatMap(([, settings]) =>
      settings!.split(",").map((setting) => [setting.replace(/=true$/, ""), true])
    )
  )

const runtimeConfig = named("runtime-config")
const featureGates = named("feature-gates")

/** Features that no kind needs, but fields that are asked of below. */
const featuresOfFields = { DRANodeAllocatableResources: true, ImageVolumeWithDigest: true }

const server = EnvTest.layerWith({ runtimeConfig, featureGates: { ...featureGates, ...featuresOfFields } })

const readSnapshot = Effect.flatMap(EnvTest.EnvTest, (server) => Effect.promise(() => read(getFrom(server))))

/** What the server says: that it accepts, or the message of its refusal. */
const ask = (method: "POST" | "PATCH", path: string, body: object) =>
  Effect.match(call(method, path, body), { onFailure: ({ message }) => message, onSuccess: () => "accepted" })

const pods = "/api/v1/namespaces/default/pods"
const containers = [{ name: "a", image: "a" }]
const aPod = (spec: object, name = "a") => ({ metadata: { name }, spec: { containers, ...spec } })

describe("a server with the flags that doc comments name", () => {
  layer(server, { timeout: 60_000 })((it) => {
    it.effect("serves every kind, with all its verbs and subresources", () =>
      Effect.gen(function*() {
        const snapshot = yield* EnvTest.EnvTest.pipe(
          Effect.flatMap((server) => Effect.promise(() => read(getFrom(server))))
        )
        const served = new Map(snapshot.groupVersions.flatMap((groupVersion) =>
          groupVersion.resources.map((resource) => [
            `${apiVersion(groupVersion)} ${resource.kind}`,
            [...resource.verbs, ...resource.subresources.map(({ name }) => name)]
          ])
        ))
        for (const { resource } of everyKind) {
          const kind = `${apiVersion(resource)} ${resource.kind}`
          assert.deepStrictEqual(served.get(kind), [...resource.abilities], kind)
        }
        assert.strictEqual(served.size, everyKind.length)
        assert.isAbove(Object.keys(runtimeConfig).length, 10)
        assert.deepStrictEqual(
          Object.keys(featureGates).sort(),
          [...new Set(Object.values(truths.featureGates).flat())].sort()
        )
      }))

    it.effect("its documents say nothing of fields, requirements, keys, sets and merging that descriptors do not", () =>
      Effect.gen(function*() {
        const snapshot = yield* readSnapshot
        const names = kindNames(snapshot)
        const { problems, structs } = disagreements(
          snapshot.schemas,
          everyKind.map((kind) => {
            const { group, kind: name, version } = kind.resource
            return { ...kind, schema: names.get(`${group}/${version}/${name}`)! }
          })
        )
        assert.deepStrictEqual(problems, [])
        assert.isAbove(structs, 600)
      }))

    it.effect("a profile of a Pod has a localhostProfile where its type is Localhost, and only there", () =>
      Effect.gen(function*() {
        for (const field of ["appArmorProfile", "seccompProfile"]) {
          const answer = (profile: object) =>
            ask("POST", `${pods}?dryRun=All`, aPod({ securityContext: { [field]: profile } }))
          assert.strictEqual(yield* answer({ type: "Localhost", localhostProfile: "a" }), "accepted")
          assert.include(yield* answer({ type: "Localhost" }), `${field}.localhostProfile: Required value`)
          assert.include(
            yield* answer({ type: "RuntimeDefault", localhostProfile: "a" }),
            `${field}.localhostProfile: Invalid value`
          )
        }
      }))

    it.effect("a priority level has what belongs to its type: exempt, or limited with a queue or without", () =>
      Effect.gen(function*() {
        const answer = (spec: object) =>
          ask("POST", "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations?dryRun=All", {
            metadata: { name: "a" },
            spec
          })
        const queuing = { queues: 1, handSize: 1, queueLengthLimit: 1 }
        const limited = (limitResponse: object) => ({
          type: "Limited",
          limited: { nominalConcurrencyShares: 1, limitResponse }
        })
        assert.strictEqual(yield* answer(limited({ type: "Queue", queuing })), "accepted")
        assert.strictEqual(yield* answer(limited({ type: "Reject" })), "accepted")
        assert.include(yield* answer(limited({ type: "Queue" })), "limitResponse.queuing: Required value")
        assert.include(yield* answer(limited({ type: "Reject", queuing })), "limitResponse.queuing: Forbidden")
        assert.include(yield* answer({ ...limited({ type: "Reject" }), exempt: {} }), "spec.exempt: Forbidden")
        assert.include(yield* answer({ ...limited({ type: "Reject" }), type: "Exempt" }), "spec.limited: Forbidden")
      }))

    it.effect("a subject of a FlowSchema has the field of its kind, and no other", () =>
      Effect.gen(function*() {
        const answer = (subject: object) =>
          ask("POST", "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas?dryRun=All", {
            metadata: { name: "a" },
            spec: {
              priorityLevelConfiguration: { name: "exempt" },
              matchingPrecedence: 9,
              rules: [{ subjects: [subject], nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }] }]
            }
          })
        const fields = {
          Group: { group: { name: "a" } },
          ServiceAccount: { serviceAccount: { namespace: "a", name: "a" } },
          User: { user: { name: "a" } }
        }
        for (const [kind, own] of Object.entries(fields)) {
          assert.strictEqual(yield* answer({ kind, ...own }), "accepted")
          for (const [other, field] of Object.entries(fields).filter(([other]) => other !== kind)) {
            assert.include(yield* answer({ kind, ...own, ...field }), "Forbidden", `${other} of ${kind}`)
          }
        }
      }))

    it.effect("a union without a discriminator takes one field", () =>
      Effect.gen(function*() {
        const answer = (schedulingPolicy: object) =>
          ask("POST", "/apis/scheduling.k8s.io/v1beta1/namespaces/default/podgroups?dryRun=All", {
            metadata: { name: "a" },
            spec: { schedulingPolicy }
          })
        assert.strictEqual(yield* answer({ basic: {} }), "accepted")
        assert.strictEqual(yield* answer({ gang: { minCount: 1 } }), "accepted")
        assert.include(yield* answer({ basic: {}, gang: { minCount: 1 } }), "must specify exactly one of")
      }))

    it.effect("a claim in a StatefulSet was never served: it has a status and no uid", () =>
      Effect.gen(function*() {
        const labels = { app: "a" }
        const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
        const set = yield* Api.namespaced(StatefulSet, "default").create({
          metadata: { name: "claiming" },
          spec: {
            selector: { matchLabels: labels },
            serviceName: "",
            template: { metadata: { labels }, spec: { containers } },
            volumeClaimTemplates: [{ metadata: { name: "data" }, spec }]
          }
        })
        assert.deepStrictEqual(set.spec.volumeClaimTemplates, [{
          kind: "PersistentVolumeClaim",
          apiVersion: "v1",
          metadata: { name: "data" },
          spec: { ...spec, volumeMode: "Filesystem" },
          status: { phase: "Pending" }
        }])
      }))

    it.effect("required fields that Go could leave out or send as null are refused where they are not set", () =>
      Effect.gen(function*() {
        assert.include(
          yield* ask("POST", pods, aPod({ evictionResponders: [{ name: "example.com/a" }] })),
          "evictionResponders[0].priority: Required value"
        )
        const claiming = {
          containers: [{ ...containers[0], resources: { claims: [{ name: "c" }] } }],
          resourceClaims: [{ name: "c", resourceClaimName: "d" }],
          volumes: [{ name: "v", image: { reference: "a" } }]
        }
        assert.strictEqual(yield* ask("POST", pods, aPod(claiming, "claiming")), "accepted")
        const status = (status: object) => ask("PATCH", `${pods}/claiming/status`, { status })
        const mapped = (resource: object) =>
          status({
            nodeAllocatableResourceClaimStatuses: [{
              resourceClaimName: "d",
              containers: ["a"],
              mapping: [{ name: "cpu", ...resource }]
            }]
          })
        assert.strictEqual(yield* mapped({ quantity: "1" }), "accepted")
        assert.include(yield* mapped({}), "mapping[0].quantity: Required value")
        const mounted = (image: object) =>
          status({
            containerStatuses: [{
              name: "a",
              image: "a",
              imageID: "",
              ready: false,
              restartCount: 0,
              volumeMounts: [{ name: "v", mountPath: "/v", volumeStatus: { image } }]
            }]
          })
        assert.strictEqual(yield* mounted({ imageRef: "a" }), "accepted")
        assert.include(yield* mounted({}), "imageRef: Required value")
      }))
  })
})
