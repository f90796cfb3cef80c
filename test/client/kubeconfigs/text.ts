/** What the cases of the corpus are made of. */

export interface Corpus {
  readonly title: string
  /** The files of `KUBECONFIG`, in its order. Names that `missing` starts are not written. */
  readonly files: { readonly [name: string]: string | Uint8Array }
  /** Files that lie beside them. */
  readonly beside?: { readonly [name: string]: string }
  /** Where this library decides otherwise than kubectl. */
  readonly otherwise?: "flat"
}

/** Each secret of the corpus has this in it, or is the base64 of what begins with it. */
export const secretMark = "s3cr3t"
export const secretMarkBase64 = Buffer.from(secretMark).toString("base64")

export const base64 = (text: string): string => Buffer.from(text).toString("base64")

export const one = (user: string, cluster = "server: https://one.example"): string =>
  `apiVersion: v1
kind: Config
current-context: one
clusters:
- name: one
  cluster:
    ${cluster.replaceAll("\n", "\n    ")}
users:
- name: one
  user:
    ${user.replaceAll("\n", "\n    ")}
contexts:
- name: one
  context:
    cluster: one
    user: one
`

export const file = (title: string, config: string | Uint8Array, more: Partial<Corpus> = {}): Corpus => ({
  title,
  files: { config },
  ...more
})
