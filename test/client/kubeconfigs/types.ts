/** Values of other types than expected, and names that are there twice, are JavaScript's own, or many. */
import { type Corpus, file, one } from "./text.js"

export const types: ReadonlyArray<Corpus> = [
  // Wrong types
  file("clusters that are an object", "clusters: { one: { server: https://one.example } }\n"),
  file("a cluster that is text", "clusters: [one]\n"),
  file("a cluster that is null", "clusters:\n- name: one\n  cluster: null\n"),
  file("a list entry that is null", "clusters: [null]\nusers: [null]\ncontexts: [null]\n"),
  file("a cluster without a name", "clusters:\n- cluster: { server: https://one.example }\n"),
  file("a name that is a list", "contexts: [{ name: [a], context: {} }]\n"),
  file("a token that is a list", one("token: [s3cr3t]")),
  file("groups that are text", one("as: me\nas-groups: admins")),
  file("groups with a number", one("as: me\nas-groups: [1]")),
  file("extra that is a text", one("as: me\nas-user-extra: { a: b }")),
  file("an exec plugin that is text", one("exec: aws")),
  file("an environment that is an object", one("exec: { command: a, env: { NAME: s3cr3t } }")),
  file("an auth provider whose number is no text", one("auth-provider: { name: oidc, config: { expiry: 5 } }")),
  file("data that is not base64", one("client-key-data: \"s3cr3t !\"")),
  file("data without its padding", one("client-key-data: czNjcjN0LWs")),
  file("data with spaces", one("client-key-data: \"czNj cjN0\"")),
  file("data of another alphabet", one("client-key-data: czNjcjN0-_-_")),
  file("data that is no text", one("token: s3cr3t", "server: https://one.example\ncertificate-authority-data: //79")),
  file("a current context that is a number", "current-context: 5\n"),
  file("another kind", "apiVersion: v1\nkind: Pod\n"),
  file("another version", "apiVersion: v2\nkind: Config\n"),
  file("another group", "apiVersion: apps/v1\nkind: Config\n"),
  file("a version that is a number", "apiVersion: 1\nkind: Config\n"),
  file("an extension that is a text", "extensions: [{ name: a, extension: text }]\n"),
  file("an extension without a value", "extensions: [{ name: a }, { name: b, extension: null }]\n"),

  // Names
  file(
    "a cluster twice",
    "clusters: [{ name: a, cluster: { server: https://x } }, { name: a, cluster: { server: https://y } }]\n"
  ),
  file("a user twice", "users: [{ name: a, user: { token: s3cr3t } }, { name: a, user: {} }]\n"),
  file("a context twice", "contexts: [{ name: a, context: {} }, { name: a, context: {} }]\n"),
  file("an extension twice", "extensions: [{ name: a, extension: {} }, { name: a, extension: {} }]\n"),
  file("no names twice", "contexts: [{ context: {} }, { context: {} }]\n"),
  file("names of JavaScript's own", one("token: s3cr3t").replaceAll(/\bone$/gm, "__proto__")),
  file(
    "keys of JavaScript's own",
    `${
      one(`as: me
as-user-extra: { __proto__: [a], constructor: [b], toString: [c] }`)
    }__proto__: { current-context: evil }
constructor: { prototype: { polluted: true } }
`
  ),
  file(
    "settings of JavaScript's own",
    one("auth-provider: { name: oidc, config: { __proto__: s3cr3t, constructor: b } }")
  ),
  file(
    "an object under its prototype's name",
    "clusters:\n- name: one\n  cluster:\n    __proto__: { server: https://evil.example }\n"
  ),
  file(
    "the order of names",
    `contexts: [${
      ["b", "B", "a", "ä", "_", "10", "9", "🚀", "～"].map((name) => `{ name: "${name}", context: {} }`).join(", ")
    }]\n`
  ),
  file(
    "many entries",
    `users:\n${
      Array.from({ length: 200 }, (_, index) => `- name: user-${index}\n  user:\n    token: s3cr3t-${index}\n`).join(
        ""
      )
    }`
  ),
  file("a long text", one(`token: s3cr3t-${"x".repeat(20_000)}`)),
  file("deep nesting", `extensions: [{ name: a, extension: ${"[".repeat(100)}${"]".repeat(100)} }]\n`),
  file(
    "a bomb of aliases",
    `a: &a [x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]
f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]
`
  )
]
