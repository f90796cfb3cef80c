/** Texts: what YAML 1.1 makes of words, and which bytes are a text. */
import { base64, type Corpus, file, one } from "./text.js"

const utf16 = (text: string, bigEndian: boolean): Uint8Array => {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le")
  return new Uint8Array(bigEndian ? bytes.swap16() : bytes)
}

export const yaml: ReadonlyArray<Corpus> = [
  // YAML 1.1
  ...[
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "true",
    "0644",
    "12",
    "1e3",
    "0x1f",
    "1_000",
    "2026-01-02",
    "~",
    "null",
    ".5",
    "1:30"
  ]
    .map((word) => file(`a name that is ${word}`, one("token: s3cr3t").replaceAll(/\bone$/gm, word))),
  file("quoted words are texts", one("token: s3cr3t").replaceAll(/\bone$/gm, "\"yes\"")),
  file("a token of digits", one("token: 123456"), {}),
  file("a token that is a date", one("token: 2026-01-02")),
  file("a flag that is yes", one("token: s3cr3t", "server: https://one.example\ninsecure-skip-tls-verify: yes")),
  file("a flag that is On", one("token: s3cr3t", "server: https://one.example\ndisable-compression: On")),
  file("a flag that is text", one("token: s3cr3t", "server: https://one.example\ninsecure-skip-tls-verify: \"true\"")),
  file("a flag that is 1", one("token: s3cr3t", "server: https://one.example\ninsecure-skip-tls-verify: 1")),
  file(
    "anchors and merge keys",
    `base: &base { server: https://one.example, disable-compression: true }
clusters:
- name: one
  cluster: *base
- name: two
  cluster: { <<: *base, server: https://two.example }
- name: three
  cluster: { server: https://three.example, <<: [*base] }
`
  ),
  file("an anchor that is not there", "clusters: *nowhere\n"),
  file("an anchor that holds itself", "clusters: &a [*a]\n"),
  file(
    "block texts",
    one(`token: |
  s3cr3t-token`)
  ),
  file(
    "folded data",
    one(
      "token: s3cr3t",
      `server: https://one.example
certificate-authority-data: >-
  ${base64("the authority, which is long").slice(0, 16)}
  ${base64("the authority, which is long").slice(16)}`
    )
  ),
  file(
    "data over lines",
    one(
      "token: s3cr3t",
      `server: https://one.example
certificate-authority-data: |
  ${base64("the authority, which is long").slice(0, 16)}
  ${base64("the authority, which is long").slice(16)}`
    )
  ),
  file("a binary tag", one("token: s3cr3t", `server: !!binary ${base64("https://one.example")}`)),
  file("a text tag", one("token: !!str 12345")),
  file(
    "several documents",
    `${one("token: s3cr3t-first")}---\n${one("token: s3cr3t-second").replaceAll("one", "two")}`
  ),
  file("a document mark first", `---\n${one("token: s3cr3t")}...\n`),
  file("a directive", `%YAML 1.1\n---\n${one("token: s3cr3t")}`),
  file("Windows line ends", one("token: s3cr3t").replaceAll("\n", "\r\n")),
  file("tabs as indentation", "clusters:\n\t- name: one\n"),
  file("a tab after a colon", one("token:\ts3cr3t")),
  file("a key twice in an object", one("token: s3cr3t-first\ntoken: s3cr3t-second")),
  file("not YAML", "clusters: [\n"),
  file("an open quote", one("token: \"s3cr3t")),
  file("a list", "- 1\n- 2\n"),
  file("a text", "just a text\n"),
  file("a number", "5\n"),

  // Bytes
  file("a byte order mark", `\uFEFF${one("token: s3cr3t")}`),
  file("UTF-16, little end first", utf16(one("token: s3cr3t"), false)),
  file("UTF-16, big end first", utf16(one("token: s3cr3t"), true)),
  file("UTF-16 without a mark", new Uint8Array(Buffer.from(one("token: s3cr3t"), "utf16le"))),
  file(
    "not UTF-8",
    new Uint8Array([...Buffer.from(`# s3cr3t `), 0xff, 0xc0, ...Buffer.from(`\n${one("token: s3cr3t")}`)])
  ),
  file("not UTF-8 in a value", new Uint8Array([...Buffer.from("current-context: "), 0xff, 0xc0])),
  file("a zero byte", "current-context: \"a\u0000b\"\n"),
  file("other alphabets", one("token: s3cr3t").replaceAll(/\bone$/gm, "größe-日本-🚀"))
]
