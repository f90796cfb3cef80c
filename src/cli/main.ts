#!/usr/bin/env node
/**
 * The `effect-kube` command.
 *
 *     effect-kube serve [--port P] [--host H] [--kubeconfig FILE] [--from PATH] [--auth] [--behaviours]
 *                       [--https] [--quiet]
 *
 * `serve` runs the in-memory API server until Ctrl-C. The kubeconfig is written once the server is ready.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { parseArgs } from "node:util"
import type { ServeArguments } from "./serve.js"

const usage = `effect-kube serve [options]

Runs an in-memory Kubernetes API server until Ctrl-C.

  --port P            the port; default: a free one
  --host H            the address to listen at; default: 127.0.0.1
  --kubeconfig FILE   where to write a kubeconfig once the server is ready; it is removed at the end
  --from PATH         a file of manifests (YAML or JSON), or a folder of them, to load first
  --auth              ask who somebody is and what they may (RBAC), over TLS; the kubeconfig is an administrator's
  --behaviours        let Pods run, Deployments roll out, Jobs complete
  --https             listen with TLS, with certificates made on the spot
  --quiet             print no line for each request
  --help              this text`

type Parsed = { readonly _tag: "Serve"; readonly options: ServeArguments } | { readonly _tag: "Help" } | {
  readonly _tag: "Wrong"
  readonly why: string
}

const portOf = (text: string | undefined): number | undefined | "wrong" => {
  if (text === undefined) return undefined
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : -1
  return port >= 0 && port <= 65535 ? port : "wrong"
}

const parse = (args: ReadonlyArray<string>): Parsed => {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: "string" },
        host: { type: "string" },
        kubeconfig: { type: "string" },
        from: { type: "string" },
        auth: { type: "boolean" },
        behaviours: { type: "boolean" },
        https: { type: "boolean" },
        quiet: { type: "boolean" },
        help: { type: "boolean", short: "h" }
      }
    })
    if (values.help === true) return { _tag: "Help" }
    const [command, ...rest] = positionals
    if (command !== "serve") {
      return {
        _tag: "Wrong",
        why: command === undefined ? "a command is missing: serve" : `unknown command ${command}: expected serve`
      }
    }
    if (rest.length > 0) return { _tag: "Wrong", why: `serve takes no further words: ${rest.join(" ")}` }
    const port = portOf(values.port)
    if (port === "wrong") {
      return { _tag: "Wrong", why: `--port: expected a number from 0 to 65535, found ${values.port ?? ""}` }
    }
    const { from, host, kubeconfig } = values
    const flags = {
      auth: values.auth === true,
      behaviours: values.behaviours === true,
      https: values.https === true,
      quiet: values.quiet === true
    }
    return { _tag: "Serve", options: { port, host, kubeconfig, from, ...flags } }
  } catch (cause) {
    return { _tag: "Wrong", why: cause instanceof Error ? cause.message : String(cause) }
  }
}

const program = Effect.gen(function*() {
  const parsed = parse(process.argv.slice(2))
  switch (parsed._tag) {
    case "Help":
      return yield* Console.log(usage)
    case "Wrong":
      yield* Console.error(`effect-kube: ${parsed.why}\n\n${usage}`)
      return yield* Effect.sync(() => {
        process.exitCode = 2
      })
    case "Serve":
      // The server is loaded when it is wanted: help and mistakes in the arguments are told at once.
      return yield* Effect.promise(() => import("./serve.js")).pipe(
        Effect.flatMap(({ serve }) => serve(parsed.options)),
        Effect.catchAll((error) =>
          Effect.zipRight(
            Console.error(`effect-kube: ${error.message}`),
            Effect.sync(() => {
              process.exitCode = 1
            })
          )
        )
      )
  }
})

NodeRuntime.runMain(program)
