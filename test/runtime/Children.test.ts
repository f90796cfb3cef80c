import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { ConfigMap, Namespace, PersistentVolume, Secret, Service } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Children from "../../src/runtime/Children.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { definition, Foo } from "./foo.js"

const foos = Api.namespaced(Foo, "default")
const configMaps = Api.namespaced(ConfigMap, "default")
const secrets = Api.namespaced(Secret, "default")
const deployments = Api.namespaced(Deployment, "default")
const cluster = TestCluster.layerWith({ objects: [definition] })
const key = "children.effect-kube/test"

/** As in a controller of this name. */
const managed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, KubeClient.FieldManager, "test")

const parent = (name = "a") => foos.create({ metadata: { name }, spec: { title: name } })

const configMap = (name: string, data: { readonly [key: string]: string } = { k: "v" }) =>
  Children.child(configMaps, { metadata: { name }, data })
const secret = (name: string) => Children.child(secrets, { metadata: { name }, data: { k: btoa("v") } })
const deployment = (name: string, replicas = 1) =>
  Children.child(deployments, {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{
            name: "web",
            image: "web:1",
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: "500m" } }
          }]
        }
      }
    }
  })

const tell = (changes: ReadonlyArray<Children.Change<Resource.KubeObject>>): ReadonlyArray<string> =>
  changes.map((change) =>
    `${change._tag} ${change.object.kind} ${change.object.metadata.name}${
      change._tag === "Pruned" && !change.gone ? " (waits)" : ""
    }`
  )

/** Makes these the children of the parent as it is now. */
const apply = (
  desired: ReadonlyArray<Children.Child<Resource.KubeObject, KubeClient.KubeClient>>,
  options?: Children.Options
) => managed(Effect.flatMap(foos.get("a"), (foo) => Effect.map(Children.apply(foo, desired, options), tell)))

const inventory = Effect.map(foos.get("a"), (foo) => foo.metadata.annotations?.[key])

const versions = Effect.map(
  Effect.flatMap(TestCluster.TestCluster, (cluster) => cluster.objects),
  (objects) =>
    objects.map(({ kind, metadata }) =>
      `${kind} ${metadata.namespace ?? ""}/${metadata.name} ${metadata.resourceVersion}`
    )
)

/** The verbs and plurals of the requests that an effect makes. */
const requestsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const server = yield* TestCluster.TestCluster
    const before = (yield* server.requests).length
    yield* effect
    return (yield* server.requests).slice(before).map(({ resource, verb }) => `${verb} ${resource}`)
  })

describe("Children", () => {
  it.scoped("children of several kinds are created with their owner, label and field manager, changed, kept and pruned", () =>
    Effect.gen(function*() {
      const foo = yield* parent()
      assert.deepStrictEqual(yield* apply([configMap("one"), secret("two"), deployment("three")]), [
        "Created ConfigMap one",
        "Created Secret two",
        "Created Deployment three"
      ])
      assert.strictEqual(yield* inventory, "ConfigMap,Deployment.apps,Secret")
      const { metadata } = yield* configMaps.get("one")
      assert.deepStrictEqual(metadata.ownerReferences, [Resource.ownerReference(foo)])
      assert.deepStrictEqual(metadata.labels, { [key]: foo.metadata.uid })
      assert.deepStrictEqual(metadata.managedFields?.map(({ manager, operation }) => [manager, operation]), [
        ["test", "Apply"]
      ])
      assert.deepStrictEqual(yield* apply([configMap("one", { k: "w" }), deployment("three", 2)]), [
        "Changed ConfigMap one",
        "Changed Deployment three",
        "Pruned Secret two"
      ])
      assert.deepStrictEqual((yield* configMaps.get("one")).data, { k: "w" })
      assert.isTrue(Option.isNone(yield* secrets.getOption("two")))
      assert.strictEqual(yield* inventory, "ConfigMap,Deployment.apps")
      assert.deepStrictEqual(yield* apply([]), ["Pruned ConfigMap one", "Pruned Deployment three"])
      assert.isUndefined(yield* inventory)
      assert.deepStrictEqual(yield* apply([]), [])
    }).pipe(Effect.provide(cluster)))

  it.scoped("the same children again: nothing is written, and one list a kind is all that is asked", () =>
    Effect.gen(function*() {
      yield* parent()
      const desired = [
        configMap("one"),
        configMap("two", { k: "v", "__proto__": "x" }),
        secret("three"),
        deployment("four"),
        Children.child(Api.namespaced(Service, "default"), {
          metadata: { name: "five", annotations: { a: "b" } },
          spec: {
            selector: { app: "web" },
            ports: [{ name: "http", port: 80, targetPort: "http" }, { name: "x", port: 81 }]
          }
        })
      ]
      yield* apply(desired)
      const foo = yield* foos.get("a")
      const before = yield* versions
      const again = managed(Children.apply(foo, desired))
      assert.deepStrictEqual((yield* requestsOf(again)).sort(), [
        "list configmaps",
        "list deployments",
        "list secrets",
        "list services"
      ])
      assert.deepStrictEqual(tell(yield* again), [
        "Unchanged ConfigMap one",
        "Unchanged ConfigMap two",
        "Unchanged Secret three",
        "Unchanged Deployment four",
        "Unchanged Service five"
      ])
      assert.deepStrictEqual(yield* versions, before)
    }).pipe(Effect.provide(cluster)))

  it.scoped("what the server writes in other words is applied again, and counts as unchanged", () =>
    Effect.gen(function*() {
      yield* parent()
      const desired = [
        Children.child(secrets, { metadata: { name: "s" }, stringData: { k: "v" } }),
        Children.child(deployments, {
          metadata: { name: "d" },
          spec: {
            selector: { matchLabels: { app: "d" } },
            template: {
              metadata: { labels: { app: "d" } },
              spec: { containers: [{ name: "c", image: "i", resources: { limits: { cpu: "1000m" } } }] }
            }
          }
        })
      ]
      yield* apply(desired)
      const before = yield* versions
      assert.deepStrictEqual(yield* apply(desired), ["Unchanged Secret s", "Unchanged Deployment d"])
      assert.deepStrictEqual(yield* versions, before)
    }).pipe(Effect.provide(cluster)))

  it.scoped("what others change of it is put right, and what they add is left", () =>
    Effect.gen(function*() {
      yield* parent()
      yield* apply([configMap("one", { k: "v", l: "w" })])
      yield* configMaps.patch("one", Patch.merge({ data: { k: "changed", theirs: "stays" } }))
      assert.deepStrictEqual(yield* apply([configMap("one", { k: "v", l: "w" })]), ["Changed ConfigMap one"])
      assert.deepStrictEqual((yield* configMaps.get("one")).data, { k: "v", l: "w", theirs: "stays" })
      yield* configMaps.patch("one", Patch.merge({ metadata: { labels: { [key]: null } } }))
      assert.deepStrictEqual(yield* apply([configMap("one", { k: "v" })]), ["Changed ConfigMap one"])
      const { data, metadata } = yield* configMaps.get("one")
      assert.deepStrictEqual(data, { k: "v", theirs: "stays" })
      assert.isString(metadata.labels?.[key])
      yield* configMaps.patch("one", Patch.merge({ data: { k: "changed" } }))
      const error = yield* Effect.flip(apply([configMap("one")], { force: false }))
      assert.strictEqual(error._tag, "KubeConflict")
      assert.deepStrictEqual(yield* apply([configMap("one")]), ["Changed ConfigMap one"])
    }).pipe(Effect.provide(cluster)))

  it.scoped("what is pruned may wait for its finalizers: it is told of until it has gone, and its kind stays known so long", () =>
    Effect.gen(function*() {
      yield* parent()
      yield* apply([configMap("one"), secret("two")])
      yield* secrets.patch("two", Patch.merge({ metadata: { finalizers: ["example.com/hold"] } }))
      assert.deepStrictEqual(yield* apply([configMap("one")]), ["Unchanged ConfigMap one", "Pruned Secret two (waits)"])
      assert.strictEqual(yield* inventory, "ConfigMap,Secret")
      const before = yield* versions
      assert.deepStrictEqual(yield* apply([configMap("one")]), ["Unchanged ConfigMap one", "Pruned Secret two (waits)"])
      assert.deepStrictEqual(yield* versions, before)
      yield* secrets.patch("two", Patch.merge({ metadata: { finalizers: [] } }))
      assert.deepStrictEqual(yield* apply([configMap("one")]), ["Unchanged ConfigMap one"])
      assert.strictEqual(yield* inventory, "ConfigMap")
    }).pipe(Effect.provide(cluster)))

  it.scoped("what another owner has taken over, or owns too, is not pruned", () =>
    Effect.gen(function*() {
      const other = yield* parent("b")
      const foo = yield* parent()
      yield* apply([configMap("taken"), configMap("shared"), configMap("unlabelled"), configMap("ours")])
      yield* configMaps.patch("taken", Patch.merge({ metadata: { ownerReferences: [Resource.ownerReference(other)] } }))
      yield* configMaps.patch(
        "shared",
        Patch.merge({
          metadata: {
            ownerReferences: [Resource.ownerReference(foo), Resource.ownerReference(other, { controller: false })]
          }
        })
      )
      yield* configMaps.patch("unlabelled", Patch.merge({ metadata: { labels: { [key]: null } } }))
      assert.deepStrictEqual(yield* apply([secret("two")]), ["Created Secret two", "Pruned ConfigMap ours"])
      for (const name of ["taken", "shared", "unlabelled"]) {
        assert.isTrue(Option.isSome(yield* configMaps.getOption(name)))
      }
      // It is the other's, and cannot be had back.
      const error = yield* Effect.flip(apply([configMap("taken")]))
      assert.strictEqual(error._tag === "KubeChildRefused" ? error.reason : error._tag, "NotOwned")
    }).pipe(Effect.provide(cluster)))

  it.scoped("a child that changes between the list and the delete is looked at again: taken over, it stays", () =>
    Effect.gen(function*() {
      const other = yield* parent("b")
      yield* parent()
      yield* apply([configMap("taken"), configMap("edited")])
      const client = yield* KubeClient.KubeClient
      const edited = new Set<string>()
      const meddling: KubeClient.Service = {
        ...client,
        execute: (request) =>
          request.info.verb !== "delete" || edited.has(request.info.name ?? "") ?
            client.execute(request) :
            Effect.suspend(() => {
              edited.add(request.info.name ?? "")
              const ownerReferences = [Resource.ownerReference(other)]
              const change = request.info.name === "taken"
                ? { metadata: { ownerReferences } }
                : { data: { edited: "yes" } }
              return Effect.zipRight(
                Effect.orDie(Effect.provideService(
                  configMaps.patch(request.info.name ?? "", Patch.merge(change)),
                  KubeClient.KubeClient,
                  client
                )),
                client.execute(request)
              )
            })
      }
      const changes = yield* Effect.provideService(apply([]), KubeClient.KubeClient, meddling)
      assert.deepStrictEqual(changes, ["Pruned ConfigMap edited"])
      assert.isTrue(Option.isSome(yield* configMaps.getOption("taken")))
      assert.strictEqual(edited.size, 2)
    }).pipe(Effect.provide(cluster)))

  it.scoped("an object that is there and belongs to nobody is refused, and taken over when asked; with our owner it is ours", () =>
    Effect.gen(function*() {
      const foo = yield* parent()
      yield* configMaps.create({ metadata: { name: "free" }, data: { mine: "yes" } })
      yield* configMaps.create({ metadata: { name: "old", ownerReferences: [Resource.ownerReference(foo)] } })
      const error = yield* Effect.flip(apply([configMap("free")]))
      assert.strictEqual(error._tag === "KubeChildRefused" ? error.reason : error._tag, "NotOwned")
      assert.include(error.message, "ConfigMap default/free as a child of Foo default/a")
      assert.deepStrictEqual((yield* configMaps.get("free")).data, { mine: "yes" })
      assert.deepStrictEqual(yield* apply([configMap("old")]), ["Changed ConfigMap old"])
      assert.deepStrictEqual(yield* apply([configMap("free"), configMap("old")], { adopt: true }), [
        "Changed ConfigMap free",
        "Unchanged ConfigMap old"
      ])
      assert.deepStrictEqual(yield* apply([]), ["Pruned ConfigMap free", "Pruned ConfigMap old"])
    }).pipe(Effect.provide(cluster)))

  it.scoped("a child in another namespace than its parent, or in none, or wanted twice, is refused before anything is asked", () =>
    Effect.gen(function*() {
      const foo = yield* parent()
      const refused = (desired: ReadonlyArray<Children.Child.Any>) =>
        Effect.map(
          Effect.flip(Children.apply(foo, desired)),
          (error) => error._tag === "KubeChildRefused" ? error.reason : error._tag
        )
      const asked = yield* requestsOf(Effect.gen(function*() {
        const elsewhere = Api.namespaced(ConfigMap, "kube-system")
        assert.strictEqual(
          yield* refused([configMap("a"), Children.child(elsewhere, { metadata: { name: "a" } })]),
          "OtherNamespace"
        )
        const volumes = Api.cluster(PersistentVolume)
        assert.strictEqual(yield* refused([Children.child(volumes, { metadata: { name: "a" } })]), "OtherNamespace")
        assert.strictEqual(yield* refused([configMap("a"), secret("a"), configMap("a")]), "Duplicate")
      }) as Effect.Effect<void>)
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.provide(cluster)))

  it.scoped("a cluster-scoped parent has children in several namespaces; kinds of the same name in other groups are told apart", () =>
    Effect.gen(function*() {
      const namespaces = Api.cluster(Namespace)
      const owner = yield* namespaces.create({ metadata: { name: "owner" } })
      yield* namespaces.create({ metadata: { name: "one" } })
      yield* namespaces.create({ metadata: { name: "two" } })
      const one = Children.child(Api.namespaced(ConfigMap, "one"), { metadata: { name: "a" } })
      const two = Children.child(Api.namespaced(ConfigMap, "two"), { metadata: { name: "a" } })
      const made = yield* managed(Children.apply(owner, [one, two]))
      assert.deepStrictEqual(tell(made), ["Created ConfigMap a", "Created ConfigMap a"])
      const changes = yield* managed(Children.apply(yield* namespaces.get("owner"), [two]))
      assert.deepStrictEqual(changes.map(({ _tag, object }) => `${_tag} ${Resource.key(object)}`), [
        "Unchanged two/a",
        "Pruned one/a"
      ])
    }).pipe(Effect.provide(cluster)))

  it.scoped("each field manager has its own children of a parent", () =>
    Effect.gen(function*() {
      const foo = yield* parent()
      yield* apply([configMap("one")])
      const others = Effect.provideService(
        Effect.suspend(() => Children.apply(foo, [configMap("two")])),
        KubeClient.FieldManager,
        "example.com/other"
      )
      assert.deepStrictEqual(tell(yield* others), ["Created ConfigMap two"])
      assert.deepStrictEqual(yield* apply([configMap("one")]), ["Unchanged ConfigMap one"])
      assert.deepStrictEqual(tell(yield* others), ["Unchanged ConfigMap two"])
    }).pipe(Effect.provide(cluster)))

  it("a field manager becomes a key that the server takes, and no two become the same", () => {
    const managers = [
      "test",
      "a/b",
      "a-b",
      "a:b",
      "-x",
      "x".repeat(63),
      "x".repeat(64),
      "x".repeat(128),
      "é",
      "/",
      "a_"
    ]
    const keys = managers.map(Children.label)
    assert.strictEqual(new Set(keys).size, managers.length)
    for (const key of keys) {
      assert.match(key, /^children\.effect-kube\/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/)
    }
    assert.strictEqual(keys[0], key)
  })

  it.scoped("a parent that was read before its inventory changed loses nothing of it", () =>
    Effect.gen(function*() {
      const old = yield* parent()
      yield* apply([secret("two")])
      // This one does not say that there may be Secrets.
      assert.deepStrictEqual(tell(yield* managed(Children.apply(old, [configMap("one")]))), [
        "Created ConfigMap one",
        "Pruned Secret two"
      ])
      assert.strictEqual(yield* inventory, "ConfigMap")
      const withSecret = { ...old, metadata: { ...old.metadata, annotations: { [key]: "ConfigMap,Secret" } } }
      yield* managed(Children.apply(withSecret, [configMap("one"), secret("two")]))
      assert.strictEqual(yield* inventory, "ConfigMap,Secret")
    }).pipe(Effect.provide(cluster)))

  it.scoped("a parent that is gone, or that another object has taken the place of, gets no children", () =>
    Effect.gen(function*() {
      const old = yield* parent()
      yield* foos.delete("a")
      const refused = Effect.map(
        Effect.flip(managed(Children.apply(old, [configMap("one")]))),
        (error) => error._tag === "KubeChildRefused" ? error.reason : error._tag
      )
      assert.strictEqual(yield* refused, "NoParent")
      yield* parent()
      assert.strictEqual(yield* refused, "NoParent")
      const known = { ...old, metadata: { ...old.metadata, annotations: { [key]: "ConfigMap" } } }
      const error = yield* Effect.flip(managed(Children.apply(known, [configMap("one")])))
      assert.strictEqual(error._tag === "KubeChildRefused" ? error.reason : error._tag, "NoParent")
      assert.isTrue(Option.isNone(yield* configMaps.getOption("one")))
    }).pipe(Effect.provide(cluster)))

  it.scoped("a parent that is being deleted gets no more children, and loses those that are not wanted", () =>
    Effect.gen(function*() {
      yield* parent()
      yield* apply([configMap("one"), secret("two")])
      yield* foos.patch("a", Patch.merge({ metadata: { finalizers: ["example.com/hold"] } }))
      yield* foos.delete("a")
      assert.deepStrictEqual(yield* apply([configMap("one", { k: "w" }), configMap("new")]), ["Pruned Secret two"])
      assert.deepStrictEqual((yield* configMaps.get("one")).data, { k: "v" })
      assert.isTrue(Option.isNone(yield* configMaps.getOption("new")))
      assert.deepStrictEqual(yield* apply([]), ["Pruned ConfigMap one"])
    }).pipe(Effect.provide(cluster)))

  it.scoped("a kind that the program no longer knows is pruned by the inventory, also after its definition has gone", () =>
    Effect.gen(function*() {
      class Bar extends Resource.Custom<Bar>()("clux.dev/v1", "Bar", {
        scope: "Namespaced",
        spec: Schema.Struct({ n: Schema.Int })
      }) {}
      const server = yield* TestCluster.TestCluster
      const bars = Api.namespaced(Bar, "default")
      const definitionOfBar = {
        ...definition,
        metadata: { name: "bars.clux.dev" },
        spec: { ...definition.spec, names: { kind: "Bar", plural: "bars", singular: "bar", listKind: "BarList" } }
      }
      yield* parent()
      yield* server.seed(definitionOfBar)
      const bar = Children.child(bars, { metadata: { name: "b" }, spec: { n: 1 } })
      assert.deepStrictEqual(yield* apply([bar]), ["Created Bar b"])
      assert.deepStrictEqual(yield* apply([bar]), ["Unchanged Bar b"])
      assert.deepStrictEqual(yield* apply([]), ["Pruned Bar b"])
      assert.isTrue(Option.isNone(yield* bars.getOption("b")))
      yield* foos.patch("a", Patch.merge({ metadata: { annotations: { [key]: "ConfigMap,Nothing.example.com" } } }))
      assert.deepStrictEqual(yield* apply([]), [])
      assert.isUndefined(yield* inventory)
    }).pipe(Effect.provide(cluster)))

  it.scoped("a kind that is known at run time only can be a child, and a projection a parent", () =>
    Effect.gen(function*() {
      yield* parent()
      const Dynamic = Resource.dynamic({ apiVersion: "v1", kind: "ConfigMap", scope: "Namespaced" })
      const child = Children.child(Api.dynamic(Dynamic, "default"), { metadata: { name: "one" }, data: { k: "v" } })
      const Title = Resource.view(Foo, Schema.Struct({ spec: Schema.Struct({ title: Schema.String }) }))
      const views = Api.namespaced(Title, "default")
      const of = (desired: ReadonlyArray<typeof child>) =>
        managed(Effect.flatMap(views.get("a"), (view) => Effect.map(Children.apply(view, desired), tell)))
      assert.deepStrictEqual(yield* of([child]), ["Created ConfigMap one"])
      assert.deepStrictEqual(yield* of([child]), ["Unchanged ConfigMap one"])
      assert.deepStrictEqual(yield* of([]), ["Pruned ConfigMap one"])
    }).pipe(Effect.provide(cluster)))

  it.scoped("the first that fails ends it: what comes after it is not written, and nothing is pruned", () =>
    Effect.gen(function*() {
      yield* parent()
      yield* apply([configMap("old")])
      const error = yield* Effect.flip(apply([configMap("one"), configMap("Not A Name"), configMap("two")]))
      assert.strictEqual(error._tag, "KubeInvalid")
      const { items } = yield* configMaps.list()
      assert.deepStrictEqual(items.map(({ metadata }) => metadata.name).sort(), ["old", "one"])
    }).pipe(Effect.provide(cluster)))

  it.scoped("a program that dies at any of its writes leaves nothing that the next run does not find", () =>
    Effect.gen(function*() {
      const server = yield* TestCluster.TestCluster
      const states = [
        [configMap("one"), secret("two")],
        [secret("two"), deployment("three")],
        [],
        [configMap("one", { k: "w" })]
      ]
      const names = Effect.gen(function*() {
        const found = [yield* configMaps.list(), yield* secrets.list(), yield* deployments.list()]
        return found.flatMap(({ items }) => items.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).sort()
      })
      const ways = [[0, 1], [2, 0], [0, 2], [1, 3]] as const
      let crashes = 0
      for (const [from, to] of ways) {
        for (let writes = 0, died = true; died; writes++) {
          const foo = yield* parent()
          yield* apply(states[from] ?? [])
          // It dies on the way from one state to the other, and finds itself in some other one when it comes again.
          const crash = yield* server.faults.crashAfterWrites(writes)
          const running = yield* Effect.fork(Effect.either(apply(states[to] ?? [])))
          died = yield* Effect.raceFirst(Effect.as(crash.reached, true), Effect.as(Fiber.join(running), false))
          yield* Fiber.interrupt(running)
          yield* crash.recover
          if (died) crashes++
          const next = states[(to + writes) % states.length] ?? []
          yield* apply(next)
          const wanted = (yield* apply(next)).map((text) => text.replace("Unchanged ", "")).sort()
          const where = `${from} to ${to}, ${writes} writes`
          assert.strictEqual(wanted.length, next.length, where)
          assert.deepStrictEqual(yield* names, wanted, where)
          const kinds = new Set(wanted.map((text) => text.startsWith("Dep") ? "Deployment.apps" : text.split(" ")[0]))
          assert.strictEqual(yield* inventory, kinds.size === 0 ? undefined : [...kinds].sort().join(), where)
          yield* apply([])
          assert.deepStrictEqual(yield* names, [], where)
          yield* foos.delete(foo.metadata.name)
        }
      }
      assert.isAbove(crashes, 12)
    }).pipe(Effect.provide(cluster)))

  it.effect.prop(
    "whatever is stale, edited, taken over, held or interrupted: in the end there is what is wanted, and nothing of others is gone",
    {
      steps: FastCheck.array(
        FastCheck.record({
          what: FastCheck.constantFrom("apply", "apply", "stale", "crash", "crash", "take", "edit", "delete", "hold"),
          wanted: FastCheck.subarray(["a", "b", "c", "d"]),
          writes: FastCheck.integer({ min: 0, max: 4 })
        }),
        { minLength: 4, maxLength: 12 }
      )
    },
    ({ steps }) =>
      Effect.gen(function*() {
        const server = yield* TestCluster.TestCluster
        const other = yield* parent("b")
        const foo = yield* parent()
        // Half of the names are of one kind, half of another.
        const child = (name: string) => name < "c" ? configMap(name) : secret(name)
        const objects = Effect.map(
          Effect.zip(configMaps.list(), secrets.list()),
          ([configMaps, secrets]): ReadonlyArray<Resource.KubeObject> => [...configMaps.items, ...secrets.items]
        )
        const patch = (object: Resource.KubeObject, body: { readonly metadata: unknown }) =>
          object.kind === "Secret"
            ? Effect.asVoid(secrets.patch(object.metadata.name, Patch.merge(body as never)))
            : Effect.asVoid(configMaps.patch(object.metadata.name, Patch.merge(body as never)))
        const parents = [foo]
        const taken = new Map<string, string>()
        for (const { wanted, what, writes } of steps) {
          const desired = wanted.map(child)
          parents.push(yield* foos.get("a"))
          const there = yield* objects
          const one = there[writes]
          const attempt = (of: Foo) => Effect.either(managed(Children.apply(of, desired)))
          if (what === "apply") yield* attempt(yield* foos.get("a"))
          else if (what === "stale") yield* attempt(parents[writes % parents.length] ?? foo)
          else if (what === "crash") {
            const crash = yield* server.faults.crashAfterWrites(writes)
            const running = yield* Effect.fork(attempt(parents[(writes * 7) % parents.length] ?? foo))
            yield* Effect.raceFirst(crash.reached, Fiber.join(running))
            yield* Fiber.interrupt(running)
            yield* crash.recover
          } else if (one === undefined) continue
          else if (what === "take") {
            // What is being deleted goes, whoever owns it.
            if (one.metadata.deletionTimestamp !== undefined) continue
            taken.set(one.metadata.name, one.metadata.uid)
            yield* patch(one, { metadata: { ownerReferences: [Resource.ownerReference(other)] } })
          } else if (what === "edit") yield* patch(one, { metadata: { labels: { edited: String(writes) } } })
          else if (what === "hold") yield* patch(one, { metadata: { finalizers: ["example.com/hold"] } })
          else if (!taken.has(one.metadata.name)) {
            yield* one.kind === "Secret" ? secrets.delete(one.metadata.name) : configMaps.delete(one.metadata.name)
          }
        }
        for (const object of yield* objects) yield* patch(object, { metadata: { finalizers: null } })
        const wanted = (steps.at(-1)?.wanted ?? []).filter((name) => !taken.has(name))
        yield* apply(wanted.map(child))
        yield* apply(wanted.map(child))
        const left = yield* objects
        for (const [name, uid] of taken) {
          assert.strictEqual(
            left.find(({ metadata }) => metadata.name === name)?.metadata.uid,
            uid,
            `${name} was taken over`
          )
        }
        const names = left.map(({ metadata }) => metadata.name).filter((name) => !taken.has(name))
        assert.deepStrictEqual(names.sort(), [...wanted].sort())
        const kinds = new Set(wanted.map((name) => name < "c" ? "ConfigMap" : "Secret"))
        assert.strictEqual(yield* inventory, kinds.size === 0 ? undefined : [...kinds].sort().join())
      }).pipe(Effect.provide(cluster), Effect.scoped),
    { fastCheck: { numRuns: Number(process.env["CHILDREN_RUNS"] ?? 6) } }
  )

  it.scoped("in a controller: made, repaired, pruned, and then it is quiet (K8, K22)", () =>
    Effect.gen(function*() {
      let runs = 0
      const controller = Controller.make("test", {
        for: Api.all(Foo),
        reconcile: (foo) =>
          Effect.suspend(() => {
            runs++
            const desired = foo.spec.title.split(" ").filter((name) => name !== "").map((name) => configMap(name))
            return Effect.asVoid(Children.apply(foo, desired))
          })
      }).pipe(Controller.owns(Api.all(ConfigMap)))
      yield* foos.create({ metadata: { name: "a" }, spec: { title: "one two" } })
      yield* Layer.build(Controller.layer(controller))
      const names = Effect.zipRight(
        TestClock.adjust("2 seconds"),
        Effect.map(configMaps.list(), ({ items }) => items.map(({ metadata }) => metadata.name))
      )
      assert.deepStrictEqual(yield* names, ["one", "two"])
      yield* configMaps.delete("one")
      assert.deepStrictEqual(yield* names, ["one", "two"])
      yield* foos.modify("a", (foo) => ({ ...foo, spec: { title: "two three" } }))
      assert.deepStrictEqual(yield* names, ["three", "two"])
      yield* names
      const quiet = runs
      yield* names
      assert.strictEqual(runs, quiet)
      yield* foos.delete("a")
      const server = yield* TestCluster.TestCluster
      yield* server.settle
      assert.deepStrictEqual(yield* names, [])
    }).pipe(Effect.provide(cluster)))
})
