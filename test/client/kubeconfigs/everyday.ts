/** What is there in most homes: all that a kubeconfig may hold. */
import { base64, type Corpus, file, one } from "./text.js"

const exec = (more: string): string =>
  one(`exec:
  command: get-token
  ${more.replaceAll("\n", "\n  ")}`)

const json = JSON.stringify({
  kind: "Config",
  apiVersion: "v1",
  "current-context": "one",
  clusters: [{ name: "one", cluster: { server: "https://one.example" } }],
  users: [{ name: "one", user: { token: "s3cr3t-json" } }],
  contexts: [{ name: "one", context: { cluster: "one", user: "one" } }]
})

export const everyday: ReadonlyArray<Corpus> = [
  file("a token", one("token: s3cr3t-token")),
  file("JSON", json),
  file("JSON over many lines", JSON.stringify(JSON.parse(json), null, 4)),
  file("JSON indented with tabs", JSON.stringify(JSON.parse(json), null, "\t")),
  file("an empty file", ""),
  file("only spaces and a comment", "  \n# nothing here\n"),
  file("only null", "null\n"),
  file("an empty object", "{}"),
  file("no lists", "apiVersion: v1\nkind: Config\ncurrent-context: nowhere\n"),
  file("lists that are null", "clusters: null\nusers:\ncontexts: ~\ncurrent-context: null\n"),
  file("lists that are empty", "clusters: []\nusers: []\ncontexts: []\npreferences: {}\n"),
  file("no kind and no version", one("token: s3cr3t").replace("apiVersion: v1\nkind: Config\n", "")),
  file(
    "all of a cluster",
    one(
      "token: s3cr3t",
      `server: https://one.example:6443/path
certificate-authority-data: ${base64("the authority")}
tls-server-name: other.example
proxy-url: http://me:s3cr3t-proxy@proxy.example:3128
disable-compression: true
extensions:
- name: client.authentication.k8s.io/exec
  extension:
    audience: one
    list: [1, 2.5, yes, null]
- name: other
  extension: { apiVersion: v1, kind: Other }`
    )
  ),
  file(
    "all of a user but what excludes another",
    one(
      `client-certificate-data: ${base64("the certificate")}
client-key-data: ${base64("s3cr3t-key")}
token: s3cr3t-token
tokenFile: token
as: somebody
as-uid: "7"
as-groups: [one, two]
as-user-extra: { scopes: [view, edit], reason: [] }
extensions:
- name: note
  extension: { text: a note }`
    )
  ),
  file("a user and a password", one("username: me\npassword: s3cr3t-password")),
  file(
    "an exec plugin",
    exec(`apiVersion: client.authentication.k8s.io/v1
interactiveMode: IfAvailable
args: [--region, eu]
env:
- { name: PROFILE, value: s3cr3t-profile }
installHint: install it
provideClusterInfo: true`)
  ),
  file("an exec plugin of v1beta1 gets its default", exec("apiVersion: client.authentication.k8s.io/v1beta1")),
  file("an exec plugin of v1alpha1 gets its default", exec("apiVersion: client.authentication.k8s.io/v1alpha1")),
  file("an exec plugin of v1 gets none", exec("apiVersion: client.authentication.k8s.io/v1")),
  file(
    "an exec plugin with nulls",
    exec("apiVersion: client.authentication.k8s.io/v1\nargs: null\nenv: null\ninteractiveMode: null")
  ),
  file(
    "a relative exec command",
    exec("apiVersion: client.authentication.k8s.io/v1").replace("get-token", "./bin/get-token")
  ),
  file(
    "an auth provider",
    one(`auth-provider:
  name: oidc
  config:
    idp-issuer-url: https://issuer.example
    client-id: kube
    client-secret: s3cr3t-client
    id-token: s3cr3t-id
    refresh-token: s3cr3t-refresh`)
  ),
  file("an auth provider that is gone", one("auth-provider: { name: gcp }")),
  file(
    "files beside it",
    one(
      "client-certificate: cert.pem\nclient-key: keys/key.pem",
      "server: https://one.example\ncertificate-authority: ./ca.pem"
    ),
    { beside: { "cert.pem": "the certificate", "keys/key.pem": "s3cr3t-key", "ca.pem": "the authority" } }
  ),
  file("files that are not there", one("client-certificate: no.pem\nclient-key: no.pem")),
  file(
    "data and a file",
    one(
      "token: s3cr3t",
      `server: https://one.example
certificate-authority: ca.pem
certificate-authority-data: ${base64("the authority")}`
    ),
    { beside: { "ca.pem": "another authority" }, otherwise: "flat" }
  ),
  file(
    "preferences and extensions of the file",
    `${one("token: s3cr3t")}preferences:
  colors: true
  extensions: [{ name: p, extension: { a: 1 } }]
extensions:
- name: top
  extension: { b: 2 }
`
  ),
  file(
    "extensions of a context",
    one("token: s3cr3t").replace(
      "    user: one\n",
      `    user: one
    namespace: team
    extensions:
    - name: context_info
      extension: { provider: minikube.sigs.k8s.io, last-update: Fri, 01 Jan 2027 }
`
    ).replace("Fri, 01 Jan 2027", "\"Fri, 01 Jan 2027\"")
  ),
  file(
    "keys that nobody knows",
    `${one("token: s3cr3t\nnickname: joe", "server: https://one.example\ncolour: red")}more: 1\n`
  ),
  file("keys in other cases", one("Token: s3cr3t\ntokenfile: x", "Server: https://one.example"))
]
