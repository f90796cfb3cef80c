import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"

/** Runs the demo as a user does, and answers its exit code and what it printed. */
const demo = (...args: ReadonlyArray<string>): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn("npm", ["run", "--silent", "demo", "--", ...args], { stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, output }))
  })

describe("npm run demo", () => {
  it("tells the whole story on the embedded API server and ends with 0", async () => {
    const { code, output } = await demo()
    assert.strictEqual(code, 0, output)
    for (
      const line of [
        "foos.clux.dev is installed and established",
        "Foo one owns a ConfigMap that says \"Hello\", and is Ready",
        "its ConfigMap and its status have followed, generation 2",
        "it is back, with another uid",
        "its schema refuses it here, with the path",
        "the server refuses it: a typed Invalid with its causes",
        "410 Expired, so everything is listed anew",
        "ConfigMap one is back, nothing was lost",
        "its cleanup ran",
        "Everything came true."
      ]
    ) assert.include(output, line)
    assert.notInclude(output, "\u001b[", "no colours where nobody looks")
  }, 60_000)

  it("an unknown option ends with 2 and the usage", async () => {
    const { code, output } = await demo("--nonsense")
    assert.strictEqual(code, 2)
    assert.include(output, "usage: npm run demo")
  }, 60_000)

  it("a kubeconfig that is not there ends with an error that names it", async () => {
    const { code, output } = await demo("--kubeconfig", "/no/such/file")
    assert.strictEqual(code, 1)
    assert.include(output, "/no/such/file: no such file")
  }, 60_000)
})
