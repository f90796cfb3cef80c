/** Runs kubectl as a person would, and makes what it says of two servers comparable. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Server {
  readonly kubeconfig: string
  readonly namespace: string
}

/** Text that is one argument stands in single quotes. */
const argumentsOf = (command: string): ReadonlyArray<string> =>
  [...command.replace(/ +# .*$/, "").matchAll(/(?:[^\s']+|'[^']*')+/g)].map(([text]) => text.replaceAll("'", ""))

/** kubectl with a home, and so with caches, of its own. */
export class Kubectl {
  readonly #home = fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-kubectl-"))
  readonly #program = path.join(process.env["KUBEBUILDER_ASSETS"] ?? "", "kubectl")
  constructor(readonly server: Server) {}

  run(command: string, stdin = "", env: { readonly [name: string]: string } = {}): Promise<Said> {
    return new Promise((resolve, reject) => {
      const all = ["--kubeconfig", this.server.kubeconfig, "--namespace", this.server.namespace]
      const child = spawn(this.#program, [...all, ...argumentsOf(command)], {
        env: { PATH: process.env["PATH"] ?? "", HOME: this.#home, TMPDIR: this.#home, ...env },
        cwd: this.#home,
        timeout: 30_000
      })
      let stdout = ""
      let stderr = ""
      child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text)
      child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text)
      child.on("error", reject).on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }))
      child.stdin.on("error", () => undefined).end(stdin)
    })
  }

  close(): void {
    fs.rmSync(this.#home, { recursive: true, force: true })
  }
}

const replacements: ReadonlyArray<readonly [RegExp, string]> = [
  [/https?:\/\/127\.0\.0\.1:\d+/g, "<server>"],
  [/\/\S*effect-kube-kubectl-\w+/g, "<home>"],
  [/<home>\/(?:LIVE|MERGED)-\d+/g, "<folder>"],
  [/kubectl-edit-\w+/g, "<edited>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/g, "<uid>"],
  [/\b20\d\d-\d\d-\d\d(?:T| )\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| [+-]\d{4}(?: UTC)?)?/g, "<time>"],
  [/\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d [+-]\d{4}/g, "<time>"],
  [/(resourceVersion(?:\\?")?: ?(?:\\?")?)\d+/g, "$1<rv>"],
  [/(Resource Version: +)\d+/g, "$1<rv>"],
  [/(?<=made-)[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "<random>"],
  [/\\"managedFields\\":\[.*?\}\],/g, ""],
  [/\b10\.\d+\.\d+\.\d+\b/g, "<address>"],
  [/(?<=[\s(])(?:\d+[dhms])+(?=[\s),]|$)/gm, "<age>"],
  [/ {2,}/g, "  "]
]

/** What was said without what differs from run to run. */
export const normalised = ({ code, stderr, stdout }: Said): string => {
  const clean = (text: string): string =>
    replacements.reduce((all, [pattern, by]) => all.replace(pattern, by), text).trimEnd()
  return [`exit ${code}`, clean(stdout), ...(stderr === "" ? [] : ["--- stderr", clean(stderr)])].join("\n")
}
