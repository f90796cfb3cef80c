/** Writes the table of served resources that TestCluster serves: what a real API server lists in discovery. */
import { literal } from "./literal.js"
import { kindNames } from "./names.js"
import type { Schema, Snapshot } from "./read.js"

/** Top-level fields that the server fills with `{}`, where a client leaves them out: the document says `default: {}`. */
const filledFields = (schema: Schema | undefined): ReadonlyArray<string> =>
  Object.entries(schema?.properties ?? {})
    .filter(([name, field]) => name !== "metadata" && JSON.stringify(field.default) === "{}")
    .map(([name]) => name)

/** The rows of the table. */
const builtins = (snapshot: Snapshot): ReadonlyArray<unknown> => {
  const names = kindNames(snapshot)
  return snapshot.groupVersions.map(({ group, resources, version }) => ({
    group,
    version,
    resources: resources.map(({ subresources, warning: _, ...resource }) => ({
      ...resource,
      filled: filledFields(snapshot.schemas.get(names.get(`${group}/${version}/${resource.kind}`) ?? "")),
      subresources
    }))
  }))
}

/** The text of src/testing/internal/apiserver/builtins.ts. */
export const builtinsText = (snapshot: Snapshot): string =>
  `/**
 * The resources that a real API server serves by default, as its discovery lists them. Generated: \`npm run codegen\`.
 *
 * Groups stand in the order in which the server prefers them, the preferred version of a group first, and resources in
 * the order of their plural: as discovery answers.
 */

export interface BuiltinSubresource {
  readonly name: string
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: ReadonlyArray<string>
}

export interface BuiltinResource {
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: ReadonlyArray<string>
  readonly shortNames: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  /** Top-level fields that are \`{}\` in what is served where the client left them out, such as \`status\`. */
  readonly filled: ReadonlyArray<string>
  readonly subresources: ReadonlyArray<BuiltinSubresource>
}

export interface BuiltinGroupVersion {
  /** The empty text for the core group. */
  readonly group: string
  readonly version: string
  readonly resources: ReadonlyArray<BuiltinResource>
}

export const builtins: ReadonlyArray<BuiltinGroupVersion> = ${literal(builtins(snapshot))}
`
