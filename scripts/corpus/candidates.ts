/**
 * Values to try at a place, the most likely first. Nothing here must be right: the server judges, and what it says in a
 * refusal gives further values.
 */
import { certificate, certificateRequest } from "./pem.js"
import type { Leaf, Sort } from "./shapes.js"

export const namespace = "corpus"

const uuid = "0e3a5b1c-6a3f-4a5b-9c1e-000000000001"

const bySort: { readonly [S in Exclude<Sort, "string">]: ReadonlyArray<unknown> } = {
  boolean: [true, false],
  integer: [1, 2, 0, 3, 10, 30, 80, 100, 600, 1000, 3600, 30080, 65534, 7200, -1],
  number: [1.5, 1, 0.5, 10],
  quantity: ["1Gi", "1", "100m", "2Gi", "10", "0"],
  time: ["2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-01T23:00:00Z"],
  microTime: ["2026-01-01T00:00:00.123456Z", "2036-01-01T00:00:00.123456Z"],
  duration: ["1h0m0s", "30s"],
  bytes: ["YQ==", base64(certificate), base64(certificateRequest)],
  intOrString: ["50%", 1, 80, "a", 0, "10%"],
  json: [{ a: [1, "b", true] }, { apiVersion: "example.com/v1", kind: "A", a: 1 }, "a", 1],
  empty: [{}]
}

/** Any string may be one of these. */
const strings: ReadonlyArray<string> = [
  "a",
  "example.com/a",
  "a.example.com",
  "/a",
  "10.1.2.3",
  "True",
  "1Gi",
  "1",
  "10.1.0.0/24",
  "https://a.example.com/",
  "2026-01-01T00:00:00Z",
  "2026-01-01T00:00:00.123456Z",
  "YQ==",
  uuid,
  "1h",
  "50%",
  "v1",
  "true",
  "default",
  "linux",
  "Pod"
]

/** By the name of a field. */
const byName: ReadonlyArray<readonly [RegExp, ReadonlyArray<unknown>]> = [
  [/^namespaces?$/, [namespace, "a"]],
  [/^apiVersion$/, ["v1", "apps/v1"]],
  [/^apiVersions$/, ["v1"]],
  [/^apiGroups?$/, ["example.com", "rbac.authorization.k8s.io", "", "apps"]],
  [/^group$/, ["example.com", ""]],
  [/^version$/, ["v1"]],
  [/^kind$/, ["Pod", "ConfigMap", "Thing", "User"]],
  [/^listKind$/, ["ThingList"]],
  [/^plural$/, ["things"]],
  [/^uid$|UID$/, [uuid]],
  [/^(ip|hostIP|podIP|loadBalancerIP)$/, ["10.1.2.3"]],
  [/^(hostIPs|podIPs|clusterIPs|externalIPs|ips|addresses)$/, ["10.1.2.3"]],
  [/^clusterIP$/, ["10.0.0.77"]],
  [/cidr|CIDR|SourceRanges/, ["10.1.0.0/24"]],
  [/url|URL|endpoint$|uri/, ["https://a.example.com/", "http://a.example.com/", "/a"]],
  [/^(path|mountPath|workingDir|devicePath|hostPath|nonResourceURLs|ref)$/, ["/a", "a"]],
  [/expression|^rule$|Expression$/, ["true", "'a'", "object", "self == oldSelf", "Object{}", "1"]],
  [/^image$|ImageID$|imageID/, ["example.com/a:1"]],
  [/^schedule$/, ["@daily"]],
  [/^timeZone$/, ["Etc/UTC"]],
  [/caBundle|trustBundle|certificate/i, [certificate, base64(certificate)]],
  [/^request$|pkcs10/i, [base64(certificateRequest)]],
  [/^fieldPath$/, ["metadata.name", "spec.a"]],
  [/^resource$/, ["pods", "limits.cpu", "cpu", "configmaps"]],
  [/^resources$/, ["pods", "things", "configmaps"]],
  [/^verbs?$/, ["get"]],
  [/signerName/, ["example.com/a"]],
  [/^(driver|attacher|provisioner|driverName|controller)$/, ["a.example.com"]],
  [/^topologyKey/, ["kubernetes.io/hostname"]],
  [/^reason$/, ["A"]],
  [/^schema$|^openAPIV3Schema$/, [{ type: "object" }]],
  [/^jsonPath$/, [".spec.a"]],
  [/(time|at|Timestamp)$/i, ["2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"]],
  [/^(scopes|scope)$/, ["Namespaced", "*", "Cluster"]],
  [/^(type)$/, ["A", "string", "object", "RuntimeDefault", "Opaque"]],
  [/^nodePort$/, [30080, 30081, 30082]],
  [/port$/i, [80, 30080, 443]],
  [/^(labels|annotations|matchLabels|selector|nodeSelector)$/, ["a"]],
  [/^(maxE|e)xpirationSeconds$/, [3600]],
  [/Seconds$/, [30, 600, 3600, 1]],
  [/^(operations)$/, ["CREATE"]],
  [/^(usages)$/, ["client auth", "digital signature"]]
]

/** Names for the entries of a record. */
const keys: ReadonlyArray<string> = ["a", "cpu", "memory", "example.com/a", "storage", "pods", "b.txt"]

/** Such as `cpu` in `spec.containers[0].resources.limits.cpu`: records of quantities have keys with a meaning. */
export const keysOf = (value: { readonly tag: string; readonly sort?: string }): ReadonlyArray<string> =>
  value.sort === "quantity" ? ["cpu", "memory", "storage", "example.com/a", "a", "pods", "ephemeral-storage"] : keys

const unique = (values: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const seen = new Set<string>()
  return values.filter((value) => {
    const text = JSON.stringify(value)
    return !seen.has(text) && seen.add(text)
  })
}

/**
 * Values for a leaf in a field. Where it tells the elements of a list apart, `index` is the element's and makes the
 * value one of its own.
 */
export const valuesOf = (leaf: Leaf, field: string, index: number): ReadonlyArray<unknown> => {
  const known = byName.filter(([name]) => name.test(field)).flatMap(([, values]) => values)
  const fits = (value: unknown): boolean =>
    leaf.sort === "string" || leaf.sort === "bytes" || leaf.sort === "time" || leaf.sort === "microTime"
      ? typeof value === "string"
      : leaf.sort === "integer" || leaf.sort === "number"
      ? typeof value === "number"
      : leaf.sort === "json"
  const values = leaf.sort === "string"
    ? [...leaf.values, ...known.filter(fits), ...strings]
    : leaf.sort === "time" || leaf.sort === "microTime"
    ? bySort[leaf.sort]
    : [...known.filter(fits), ...bySort[leaf.sort]]
  if (index === 0) return unique(values)
  return unique(values.flatMap((value) => [numbered(value, index), value]))
}

const numbered = (value: unknown, index: number): unknown =>
  typeof value === "number"
    ? value + index
    : typeof value === "string" && /^[A-Za-z/]/.test(value)
    ? /^[a-z]$/.test(value) ? `${value}${index}` : value.includes(".") ? `a${index}.${value}` : `${value}${index}`
    : typeof value === "string" && /^10\.1\.2\.3$/.test(value)
    ? `10.1.2.${3 + index}`
    : value

/** What a refusal says of values that would do. */
export const hints = (message: string, leaf: Leaf | undefined): ReadonlyArray<unknown> => {
  const told = message.slice(message.indexOf(":") + 1)
  const examples = /\(?e\.g\.,? ([^)]+)/.exec(told)?.[1]?.split(/,? or |, /) ?? []
  const quoted = [...told.matchAll(/["'`]([^"'`]*)["'`]/g)].map(([, text]) => text!)
  const bare = /(?:supported values|valid values(?: are)?|must be(?: one of)?|should be)[: ]+\[?([\w, /.-]+)\]?/.exec(
    told
  )
  const texts = [...quoted, ...examples.map((text) => text.trim().replace(/^['"]|['"]$/g, ""))]
    .concat(bare?.[1]?.split(/,\s*|\s+or\s+/).map((text) => text.trim()).filter((text) => /^\S+$/.test(text)) ?? [])
  if (leaf?.sort === "integer" || leaf?.sort === "number") {
    const given = /value: (-?\d+)/.exec(message)?.[1]
    return [...told.matchAll(/-?\d+/g)].map(([text]) => text).filter((text) => text !== given).map(Number)
      .flatMap((value) => [value, value + 1, value - 1])
      .filter((value) => Math.abs(value) < 2 ** 31)
  }
  if (leaf?.sort === "boolean") return []
  return texts.filter((text) => text !== "" && text.length < 300)
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64")
}
