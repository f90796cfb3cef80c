/**
 * What an import costs: time and memory of `import "effect-kube"` against an import of exactly the Effect modules that it
 * reaches, of the kinds on top of it, of the other public folders, and of @kubernetes/client-node. On the package as it
 * is built, in fresh processes that take turns: a ratio is the median of the ratios of the rounds.
 *
 *     npm run bench -- import
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { build, publicNames, reach, resolvePublic } from "../package/built.js"

const rounds = 21
const roundsOfTheRest = 7
const rootBudget = 1.3
const kindBudget = 20

const built = build()
const reached = (name: string) => reach(resolvePublic(built, name))
/** The part of Effect that a public module stands on. */
const effectModules = (name: string) => reached(name).externals.filter((it) => /^(effect|@effect\/[a-z-]+)\//.test(it))

/** A process that imports one thing after another; it says what the last took, in milliseconds, and its memory in the end. */
fs.writeFileSync(
  path.join(built.consumer, "probe.mjs"),
  `
let took = 0
for (const name of process.argv.slice(2)) {
  const before = performance.now()
  await import(name)
  took = performance.now() - before
}
gc()
gc()
const { heapUsed, rss } = process.memoryUsage()
console.log(JSON.stringify({ took, rss: rss / 1e6, heap: heapUsed / 1e6 }))
`
)

interface Sample {
  readonly took: number
  readonly rss: number
  readonly heap: number
}

const probe = (imports: ReadonlyArray<string>): Sample =>
  JSON.parse(execFileSync(process.execPath, ["--expose-gc", "probe.mjs", ...imports], {
    cwd: built.consumer,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", NODE_COMPILE_CACHE: "" }
  }))

/** A module that imports the named ones, as one module of a program would. */
const together = (file: string, names: ReadonlyArray<string>): string => {
  fs.writeFileSync(path.join(built.consumer, file), names.map((name) => `import ${JSON.stringify(name)}\n`).join(""))
  return `./${file}`
}
const effectOf = (name: string) => together(`${name.replaceAll("/", "-")}.mjs`, effectModules(name))

const kinds = publicNames(built.manifest).filter((name) => name.startsWith("effect-kube/kinds/"))
const core = "effect-kube/kinds/core/v1"

interface Program {
  readonly title: string
  readonly imports: ReadonlyArray<string>
  readonly samples: Array<Sample>
}
const program = (title: string, ...imports: ReadonlyArray<string>): Program => ({ title, imports, samples: [] })

const nothing = program("nothing")
const effectOfRoot = program("the Effect modules of the root", effectOf("effect-kube"))
const all = program("effect-kube", "effect-kube")
const withCore = program("kinds/core/v1 after effect-kube", "effect-kube", core)
const withApps = program("kinds/apps/v1 after effect-kube", "effect-kube", "effect-kube/kinds/apps/v1")
const withKinds = program(
  `all ${kinds.length} kind modules after effect-kube`,
  "effect-kube",
  together("kinds.mjs", kinds)
)
const effectOfCore = program("the Effect modules of kinds/core/v1", effectOf(core))
const coreAlone = program("kinds/core/v1 alone", core)
const effectOfNode = program("the Effect modules of node", effectOf("effect-kube/node"))
const node = program("effect-kube/node", "effect-kube/node")
const effectOfTesting = program("the Effect modules of testing", effectOf("effect-kube/testing"))
const testing = program("effect-kube/testing", "effect-kube/testing")
const clientNode = program("@kubernetes/client-node", "@kubernetes/client-node")

const held = [nothing, effectOfRoot, all, withCore, withApps]
const rest = [withKinds, effectOfCore, coreAlone, effectOfNode, node, effectOfTesting, testing, clientNode]
for (let round = 0; round < rounds; round++) {
  for (const { imports, samples } of round < roundsOfTheRest ? [...held, ...rest] : held) {
    samples.push(probe(imports))
  }
}

const best = ({ samples }: Program) => Math.min(...samples.map(({ took }) => took))
const median = (numbers: ReadonlyArray<number>): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
/** Above that of a Node that imports nothing. */
const above = (memory: "rss" | "heap", { samples }: Program) =>
  median(samples.map((sample) => sample[memory])) - median(nothing.samples.map((sample) => sample[memory]))

const line = (title: string, ...columns: ReadonlyArray<string>) =>
  console.log(title.padEnd(40) + columns.map((column) => column.padStart(10)).join(""))
line("", "best ms", "median ms", "RSS MB", "heap MB")
for (const it of [...held, ...rest].filter((it) => it !== nothing)) {
  line(
    it.title,
    best(it).toFixed(0),
    median(it.samples.map(({ took }) => took)).toFixed(0),
    above("rss", it).toFixed(1),
    above("heap", it).toFixed(1)
  )
}

const verdict = (holds: boolean, text: string) => console.log(`${holds ? "  ok" : "MISS"}  ${text}`)
const ratio = (a: Program, b: Program) =>
  median(a.samples.flatMap(({ took }, round) => {
    const other = b.samples[round]
    return other === undefined ? [] : [took / other.took]
  }))
console.log("")
verdict(
  ratio(all, effectOfRoot) <= rootBudget,
  `effect-kube against its Effect modules: x ${ratio(all, effectOfRoot).toFixed(2)}, at most ${rootBudget} ` +
    `(the best of each: x ${(best(all) / best(effectOfRoot)).toFixed(2)})`
)
for (const it of [withCore, withApps]) {
  verdict(best(it) <= kindBudget, `${it.title}: ${best(it).toFixed(1)} ms, at most ${kindBudget}`)
}
const beside = (text: string, value: number) => console.log(`      ${text}: x ${value.toFixed(2)}`)
beside("memory of effect-kube against its Effect modules", above("rss", all) / above("rss", effectOfRoot))
beside("kinds/core/v1 alone against its Effect modules", ratio(coreAlone, effectOfCore))
beside("effect-kube/node against its Effect modules", ratio(node, effectOfNode))
beside("effect-kube/testing against its Effect modules", ratio(testing, effectOfTesting))
beside("effect-kube against client-node", ratio(all, clientNode))
beside("memory of effect-kube against client-node", above("rss", all) / above("rss", clientNode))

const { externals, files } = reached("effect-kube")
const others = externals.filter((name) => !/^@?effect\//.test(name))
console.log(
  `      it is ${files.length} files of ours, ${
    effectModules("effect-kube").length
  } modules of Effect are named in them, ` +
    `and of others: ${others.join(", ") || "nothing"}`
)
