/**
 * What the Go types of the Kubernetes API tell and its documents do not: which fields are pointers, which are written
 * even when they are empty, how types are called in messages, and the numbers of fields in protobuf; and the types in
 * which a server keeps objects inside, which its messages show. Two small programs (gotypes/main.go and
 * internaltypes/main.go) read them by reflection. They need Go, as building the control plane does.
 */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

export interface GoTypes {
  /** Name of a type in documents, to its fields, to `NUMBER FLAGS TYPE` (see gotypes/main.go). */
  readonly served: { readonly [name: string]: { readonly [field: string]: string } }
  /** Name of a type in which a server keeps objects inside, to its fields (see internaltypes/main.go). */
  readonly internal: { readonly [name: string]: string }
}

const here = path.dirname(fileURLToPath(import.meta.url))

/** Compiles and runs a program of this folder, which prints JSON; about a minute the first time. */
const runGo = async (program: string): Promise<unknown> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-gotypes-"))
  try {
    // The module that the control plane is built from has the versions of all packages.
    for (const file of ["go.mod", "go.sum"]) {
      fs.copyFileSync(path.join(here, "../envtest/kubernetes", file), path.join(folder, file))
    }
    fs.copyFileSync(path.join(here, program), path.join(folder, "main.go"))
    const { stdout } = await promisify(execFile)("go", ["run", "."], {
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=mod" }
    })
    return JSON.parse(stdout)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

export const readGoTypes = async (): Promise<GoTypes> => ({
  served: await runGo("gotypes/main.go") as GoTypes["served"],
  internal: await runGo("internaltypes/main.go") as GoTypes["internal"]
})
