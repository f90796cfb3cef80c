/**
 * Where the in-memory server is known to answer otherwise than the real one, and why. A test asserts that exactly these
 * steps still differ, so that what is mended leaves this table.
 */

export interface KnownDifference {
  readonly scenario: string
  /** Which of its steps differ, from 0; all others are the same. */
  readonly steps: ReadonlyArray<number>
  readonly reason: string
}

export const knownDifferences: ReadonlyArray<KnownDifference> = [
  {
    scenario: "a custom resource that is held by finalizers gets a generation more (S11, S17)",
    steps: [4],
    reason: "the real server checks the metadata of a custom resource twice and names the same cause twice"
  },
  {
    scenario: "a malformed JSON patch is a 400 (S33)",
    steps: [1, 3, 4],
    reason: "the texts of the 400 are those of another parser"
  },
  {
    scenario: "the status of a missing object is a 404 (S12)",
    steps: [3, 4],
    reason: "the text of a 405 on a subresource of custom resources"
  },
  {
    scenario: "methods that a path of custom resources does not have (S57)",
    steps: [5],
    reason: "the text of a 405 for a method that nobody knows"
  },
  {
    scenario: "the scale of a custom resource (S48)",
    steps: [5],
    reason: "a patch to a negative scale is refused as a Scale, not as the custom resource"
  },
  {
    scenario: "bad label selectors are refused (S42)",
    steps: [10],
    reason: "the text for two commas in a row"
  },
  {
    scenario: "bad definitions are refused (S44)",
    steps: [2],
    reason: "the real server prints its versions with the names of its own fields"
  },
  {
    scenario: "an object of another kind or version is refused (S44)",
    steps: [1],
    reason: "the real server warns of unknown fields before it refuses another version"
  },
  {
    scenario: "cluster-scoped custom resources (S44)",
    steps: [2],
    reason: "the real server drops the namespace of a cluster-scoped object that is created"
  },
  {
    scenario: "a changed schema holds for new writes and fills in defaults of old objects (S45)",
    steps: [3],
    reason: "a default that was not there when the object was stored counts as a change of its spec"
  },
  {
    scenario: "rules of a schema (S47)",
    steps: [0, 1],
    reason: "definitions with CEL rules are refused"
  },
  {
    scenario: "a namespace that waits says what for (S21)",
    steps: [2],
    reason: "a namespace has no conditions while it is being deleted"
  },
  {
    scenario: "a namespace goes when it is finalized (S50)",
    steps: [3, 4],
    reason: "a namespace has no conditions while it is being deleted"
  },
  {
    scenario: "other methods on discovery are refused (S57)",
    steps: [1],
    reason: "the real server answers the groups to any method"
  },
  {
    scenario: "what cannot be answered as asked is a 406 (S55, S57)",
    steps: [0, 4, 5],
    reason: "the texts of the 406"
  },
  {
    scenario: "paths that are not clean (S58)",
    steps: [1],
    reason: "the real server reads an empty namespace as all namespaces"
  }
]
