/**
 * What the types cost: `tsc --noEmit` on a page that uses the library against the same page with declarations made by
 * hand, both with the same Effect modules; with and without the check of all declaration files, and with Effect's
 * modules imported one by one or all at once. On the declarations as they are built; the runs take turns, and the ratios
 * are of the best, for whatever else the machine does only adds.
 *
 *     npm run bench -- tsc
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { build, root } from "../package/built.js"

const rounds = 5
const budget = 1.5

const built = build()
const compiler = path.join(root, "node_modules/typescript/bin/tsc")
const page = fs.readFileSync(path.join(root, "test/bench/tsc/page.ts"), "utf8")
const stubs = fs.readFileSync(path.join(root, "test/bench/tsc/stubs.ts"), "utf8")

/** `import * as Effect from "effect/Effect"` becomes `import { Effect } from "effect"`. */
const allAtOnce = (text: string) =>
  text.replace(/import (type )?\* as (\w+) from "effect\/\w+"/g, `import $1{ $2 } from "effect"`)

interface Cost {
  readonly total: number
  readonly types: number
  readonly instantiations: number
  readonly memory: number
  readonly files: number
}

const program = (name: string, files: { readonly [file: string]: string }): string => {
  const folder = path.join(built.consumer, name)
  fs.mkdirSync(folder)
  for (const [file, text] of Object.entries(files)) {
    fs.writeFileSync(path.join(folder, file), text)
  }
  return folder
}

const check = (folder: string, skipLibCheck: boolean): Cost => {
  fs.writeFileSync(
    path.join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        module: "NodeNext",
        target: "ES2022",
        lib: ["ES2023", "DOM"],
        types: [],
        noEmit: true,
        skipLibCheck
      },
      include: ["*.ts"]
    })
  )
  const text = execFileSync(process.execPath, [compiler, "-p", folder, "--extendedDiagnostics"], { encoding: "utf8" })
  const number = (label: string) => Number(new RegExp(`^${label}:\\s+([0-9.]+)`, "m").exec(text)?.[1])
  return {
    total: number("Total time"),
    types: number("Types"),
    instantiations: number("Instantiations"),
    memory: number("Memory used") / 1000,
    files: number("Files")
  }
}

const best = (costs: ReadonlyArray<Cost>): number => Math.min(...costs.map(({ total }) => total))

const withoutUs = page.replace(/"effect-kube[^"]*"/g, `"./stubs.js"`)
const programs = [
  [
    "modules one by one",
    program("with", { "page.ts": page }),
    program("without", { "page.ts": withoutUs, "stubs.ts": stubs })
  ],
  [
    "all of effect",
    program("with-all", { "page.ts": allAtOnce(page) }),
    program("without-all", { "page.ts": allAtOnce(withoutUs), "stubs.ts": allAtOnce(stubs) })
  ]
] as const

console.log(`best of ${rounds} runs; the page has ${page.trimEnd().split("\n").length} lines`)
console.log(
  ["", "s", "types", "instantiations", "MB", "files"].map((it, i) => i === 0 ? it.padEnd(52) : it.padStart(15)).join("")
)
for (const skipLibCheck of [true, false]) {
  for (const [title, withUs, without] of programs) {
    const samples: Record<"mine" | "theirs", Array<Cost>> = { mine: [], theirs: [] }
    for (let round = 0; round < rounds; round++) {
      samples.theirs.push(check(without, skipLibCheck))
      samples.mine.push(check(withUs, skipLibCheck))
    }
    const print = (who: string, costs: ReadonlyArray<Cost>) => {
      const [last] = costs
      console.log(
        `${who}, ${title}, skipLibCheck ${skipLibCheck}`.padEnd(52) +
          [
            best(costs).toFixed(2),
            last?.types,
            last?.instantiations,
            last?.memory.toFixed(0),
            last?.files
          ]
            .map((it) => String(it).padStart(15)).join("")
      )
    }
    print("without", samples.theirs)
    print("with", samples.mine)
    const ratio = best(samples.mine) / best(samples.theirs)
    console.log(
      `${ratio <= budget ? "  ok" : "MISS"}  ${title}, skipLibCheck ${skipLibCheck}: x ${
        ratio.toFixed(2)
      }, at most ${budget}\n`
    )
  }
}
