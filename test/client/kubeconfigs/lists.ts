/** Several files at once. */
import type { Corpus } from "./text.js"

const first = `apiVersion: v1
kind: Config
current-context: a
clusters:
- name: a
  cluster: { server: https://a.first }
- name: shared
  cluster: { server: https://shared.first, insecure-skip-tls-verify: true }
users:
- name: shared
  user: { token: s3cr3t-first }
contexts:
- name: a
  context: { cluster: a, user: shared, namespace: first }
`

const second = `apiVersion: v1
kind: Config
current-context: b
clusters:
- name: shared
  cluster: { server: https://shared.second, tls-server-name: second, certificate-authority: ca.pem }
- name: b
  cluster: { server: https://b.second }
users:
- name: shared
  user: { username: me, password: s3cr3t-second }
- name: b
  user: { token: s3cr3t-b }
contexts:
- name: a
  context: { cluster: b, user: b }
- name: b
  context: { cluster: shared, user: shared }
`

export const lists: ReadonlyArray<Corpus> = [
  // Lists of files
  { title: "two files", files: { first, second } },
  { title: "two files the other way", files: { second, first } },
  { title: "a missing file first", files: { "missing-a": "", first, "missing-b": "", second } },
  { title: "only missing files", files: { "missing-a": "", "missing-b": "" } },
  { title: "an empty file first", files: { empty: "", first } },
  { title: "a broken file among good ones", files: { first, broken: "clusters: [", second } },
  {
    title: "a context in one, its cluster in another",
    files: {
      contexts: "contexts: [{ name: one, context: { cluster: one, user: one } }]\ncurrent-context: one\n",
      clusters: "clusters: [{ name: one, cluster: { server: https://one.example } }]\n",
      users: "users: [{ name: one, user: { token: s3cr3t } }]\n"
    }
  },
  { title: "the first one sets an empty context", files: { first: "current-context: \"\"\n", second } },
  {
    title: "paths from their own folders",
    files: {
      "x/first": `clusters:
- name: one
  cluster: { server: https://one.example, certificate-authority: ca.pem }
`,
      "y/second": `clusters:
- name: two
  cluster: { server: https://two.example, certificate-authority: ca.pem }
- name: three
  cluster: { server: https://two.example, certificate-authority: ../x/ca.pem }
`
    },
    beside: { "x/ca.pem": "authority of x", "y/ca.pem": "authority of y" }
  },
  {
    title: "preferences of two files",
    files: {
      first: "preferences: { extensions: [{ name: a, extension: { from: first } }] }\n",
      second:
        "preferences: { colors: true, extensions: [{ name: a, extension: { from: second } }, { name: b, extension: {} }] }\n"
    }
  },
  {
    title: "extensions of two files",
    files: {
      first: "extensions: [{ name: a, extension: { from: first } }]\n",
      second: "extensions: [{ name: a, extension: { from: second } }, { name: b, extension: {} }]\n"
    }
  }
]
