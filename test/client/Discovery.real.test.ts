/** What a real server lists, as the real kubectl reads it. */
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Api from "../../src/client/Api.js"
import * as Discovery from "../../src/client/Discovery.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import * as Request from "../../src/protocol/Request.js"
import type * as Resource from "../../src/protocol/Resource.js"
import * as EnvTest from "../envtest/shared.js"
import { Kubectl } from "../kubectl/run.js"

const kubectl = Effect.acquireRelease(
  Effect.sync(() => new Kubectl({ kubeconfig: EnvTest.kubeconfig, namespace: "default" })),
  (each) => Effect.sync(() => each.close())
)

const definitions = Api.cluster(CustomResourceDefinition)

/** Two groups with the same kind and short name; the preferred version of the first lacks one of its kinds. */
const definition = (group: string, kind: string, versions: ReadonlyArray<string>) => ({
  metadata: { name: `${kind.toLowerCase()}s.${group}` },
  spec: {
    group,
    scope: "Namespaced" as const,
    names: {
      kind,
      plural: `${kind.toLowerCase()}s`,
      singular: kind.toLowerCase(),
      listKind: `${kind}List`,
      shortNames: [kind.slice(0, 3).toLowerCase()],
      // Of all kinds of one domain.
      categories: [group.split(".")[1]!]
    },
    versions: versions.map((name, index) => ({
      name,
      served: true,
      storage: index === 0,
      subresources: { status: {} },
      schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } }
    }))
  }
})

/** A deleted definition stays for a while, so each test has groups of its own: below its domain. */
const installed = (domain: string) =>
  Effect.acquireRelease(
    Effect.forEach([
      definition(`a.${domain}`, "Glitterball", ["v1", "v2alpha1"]),
      definition(`b.${domain}`, "Glitterball", ["v1beta1"]),
      definition(`a.${domain}`, "Fogmachine", ["v2alpha1"])
    ], (each) => definitions.create(each)),
    Effect.forEach((each) => Effect.ignore(definitions.delete(each.metadata.name)))
  )

/** Suites that run at the same time have definitions of their own. */
const isBuiltIn = (group: string): boolean => !group.includes(".") || group.endsWith(".k8s.io")

interface Row {
  readonly name: string
  readonly singularName: string
  readonly namespaced: boolean
  readonly group?: string
  readonly version: string
  readonly kind: string
  readonly verbs: ReadonlyArray<string>
  readonly shortNames?: ReadonlyArray<string>
  readonly categories?: ReadonlyArray<string>
}

const path = (resource: Resource.ApiResource<unknown, unknown, unknown, Resource.ResourceScope, never>): string => {
  const place = resource.scope === "Namespaced" ? "/namespaces/default" : ""
  return `${Request.groupVersionPath(resource.group, resource.version)}${place}/${resource.plural}`
}

/** What a server lists comes some moments after a definition is established. */
const soon = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.retry(effect, Schedule.spaced("200 millis").pipe(Schedule.intersect(Schedule.recurs(100))))

const allListed = (domain: string) =>
  soon(
    Effect.flatMap(
      Discovery.refresh,
      ({ kinds }) =>
        kinds.filter(({ group }) => group.endsWith(`.${domain}`)).length === 4 ? Effect.void : Effect.fail("not yet")
    )
  )

describe("Discovery of a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.scoped("every resource is what kubectl api-resources says, by each of its names (C43)", () =>
      Effect.gen(function*() {
        const tool = yield* kubectl
        const domain = "names.discovery.dev"
        const isOurs = (group: string) => isBuiltIn(group) || group.endsWith(`.${domain}`)
        yield* installed(domain)
        yield* allListed(domain)
        const said = yield* Effect.promise(() => tool.run("api-resources -o json"))
        const rows = (JSON.parse(said.stdout) as { readonly resources: ReadonlyArray<Row> }).resources
          .filter(({ group = "" }) => isOurs(group))
        assert.isAbove(rows.length, 60)
        const preferred = (yield* Discovery.preferred()).filter(({ group }) => isOurs(group))
        const byName = (a: Row, b: Row) => `${a.name}.${a.group ?? ""}` < `${b.name}.${b.group ?? ""}` ? -1 : 1
        assert.deepStrictEqual(
          preferred.map((kind): Row => ({
            name: kind.plural,
            singularName: kind.singular,
            namespaced: kind.scope === "Namespaced",
            ...(kind.group === "" ? {} : { group: kind.group }),
            version: kind.version,
            kind: kind.kind,
            verbs: [...kind.verbs].sort(),
            ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
            ...(kind.categories.length === 0 ? {} : { categories: kind.categories })
          })).sort(byName),
          rows.map((row) => ({ ...row, verbs: [...row.verbs].sort() })).sort(byName)
        )
        for (const kind of preferred) {
          const { group, plural, resource, singular, version } = kind
          for (
            const name of [
              `${plural}.${version}.${group}`,
              `${singular}.${version}.${group}`,
              `${kind.kind}.${version}.${group}`,
              ...kind.shortNames.map((short) => `${short}.${version}.${group}`),
              ...(group === "" ? [plural, singular, kind.kind, ...kind.shortNames] : [`${plural}.${group}`])
            ]
          ) assert.strictEqual(yield* Discovery.resolve(name), resource, name)
          const reference = { apiVersion: group === "" ? version : `${group}/${version}`, kind: kind.kind }
          assert.strictEqual(yield* Discovery.resolve(reference), resource)
          assert.isTrue(yield* Discovery.supports(resource))
        }
      }))

    it.scoped("a name goes to the path that kubectl takes it to (C43)", () =>
      Effect.gen(function*() {
        const tool = yield* kubectl
        const domain = "paths.discovery.dev"
        yield* installed(domain)
        yield* allListed(domain)
        // One run of kubectl lists each kind once, in the order of the names.
        const same = [
          `po,deploy,hpa,events,netpol,storageclass.storage,clusterroles,crd,no,glitterballs.a.${domain}`,
          `pod,deployment.apps,hpa.autoscaling,ev,events.events,gli.a.paths,Fogmachine.v2alpha1.a.${domain}`,
          `PODS,deployments.app,horizontalpodautoscalers.v1.autoscaling,events.events.k8s.io,gli.b.${domain}`,
          `Pod,deployments.v1.apps,glitterballs.v2alpha1.a.${domain},glitterball.b.paths`,
          `pods.v1.,Deployment.v1.apps,fogmachine.a.${domain}`
        ]
        for (const names of same) {
          const { stderr } = yield* Effect.promise(() => tool.run(`get ${names} -v=6`))
          const lists = [...stderr.matchAll(/url="https:\/\/[^/]+([^"?]*)\?limit=/g)].map((match) => match[1])
          const ours = yield* Effect.forEach(names.split(","), (name) => Effect.map(Discovery.resolve(name), path))
          assert.deepStrictEqual(ours, lists, names)
        }
        for (const names of ["all", "paths", "po,svc,pods"]) {
          const { stderr } = yield* Effect.promise(() => tool.run(`get ${names} -v=6`))
          const lists = [...stderr.matchAll(/url="https:\/\/[^/]+([^"?]*)\?limit=/g)].map((match) => match[1])
          assert.deepStrictEqual((yield* Discovery.resolveAll(names)).map(path), lists, names)
        }
        for (const name of ["pods.v1", "deployments.v2.apps", "PO"]) {
          const { stderr } = yield* Effect.promise(() => tool.run(`get ${name}`))
          assert.include(stderr, "the server doesn't have a resource type", name)
          assert.strictEqual((yield* Effect.flip(Discovery.resolve(name)))._tag, "KubeUnknownKind", name)
        }
        // Here we differ on purpose: kubectl drops the version behind a short name.
        const { stderr } = yield* Effect.promise(() => tool.run("get hpa.v1.autoscaling -v=6"))
        assert.include(stderr, "/apis/autoscaling/v2/")
        assert.include(path(yield* Discovery.resolve("hpa.v1.autoscaling")), "/apis/autoscaling/v1/")
      }), 120_000)

    it.scoped("what the aggregated form says and what the old documents say is the same (C43)", () =>
      Effect.gen(function*() {
        const client = yield* KubeClient.KubeClient
        const old: KubeClient.Service = {
          ...client,
          execute: (request) => client.execute({ ...request, accept: Request.mediaTypes.json })
        }
        const plain = ({ kinds }: Discovery.Snapshot) =>
          kinds.filter(({ group }) => isBuiltIn(group))
            .map(({ resource, ...rest }) => ({ ...rest, abilities: [...resource.abilities].sort() }))
            .map((kind) => ({
              ...kind,
              subresources: [...kind.subresources].sort((a, b) => a.name < b.name ? -1 : 1)
            }))
        assert.deepStrictEqual(
          plain(yield* Effect.provideService(Discovery.snapshot(), KubeClient.KubeClient, old)),
          plain(yield* Discovery.snapshot())
        )
      }))

    it.scoped("a refresh of what has not changed is answered without a body, and the version is told (C43)", () =>
      Effect.gen(function*() {
        const client = yield* KubeClient.KubeClient
        const first = yield* client.execute(Request.raw({
          path: "/api",
          accept: `${Request.mediaTypes.json};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`
        }))
        assert.isString(first.etag)
        const second = yield* client.execute(Request.raw({
          path: "/api",
          accept: `${Request.mediaTypes.json};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`,
          ifNoneMatch: first.etag
        }))
        assert.deepStrictEqual([second.status, second.body], [304, undefined])
        const pods = yield* Discovery.resolve("po")
        yield* Discovery.refresh
        assert.strictEqual(yield* Discovery.resolve("po"), pods)
        const version = yield* Discovery.serverVersion
        assert.strictEqual(version.major, 1)
        assert.isAtLeast(version.minor, 33)
      }))
  })
})
